"""`comity init` and `comity verify`: a node's folder."""

from pathlib import Path

from comity.cli import begun_anew
from comity.cli.coming_in import first_step
from comity.cli.files import read_text
from comity.cli.options import ACTING, ASKING, ActingOptions, AskingOptions, clock, opened_node
from comity.cli.plain import plural
from comity.cli.terminal import answer, drawn, said
from comity.compose import Founding
from comity.compose import init as make_node
from comity.compose import verify as verify_node
from comity.core.errors import MalformedInput
from comity.core.role import Duty
from comity.formats import world as world_file
from comity.service import keys
from comity.service.found import Founded


def init(
    *,
    holder: str | None = None,
    name: str | None = None,
    world: Path | None = None,
    administrator: str = "admin",
    options: ActingOptions = ACTING,
) -> int:
    """Make a node: one folder, which nobody else may look into. It is there whole or not at all.

    With --database its record is kept on PostgreSQL, in an empty database, and the folder notes where.

    Example: `comity init --holder GBR --world march-2025.yaml --node gbr-node`

    Args:
        holder: The code of the partner whose node this is.
        name: What people call the holder; by default its code.
        world: A world file whose facts, items, requirements and offers the node starts with.
        administrator: The first account. Its one-time link is printed this once; until it is used, whoever may look
            into the folder acts under any name.
    """
    stated = None if world is None else world_file.read(read_text(world))
    if name is not None:
        if holder is None or world is not None:
            raise MalformedInput("--name goes with --holder; a world file names its partners itself")
        stated = world_file.from_plain({"holder": holder, "partners": {holder: {"name": name}}})
    told = options.told
    made = make_node(
        told.node,
        clock,
        Founding(holder=holder, world=stated, administrator=administrator),
        options.said_by(options.by_name),
        told.database,
    )
    document = {
        "node": str(options.folder),
        "holder": made.holder,
        "partners": made.partners,
        "items": made.items,
        "requirements": made.requirements,
        "offers": made.offers,
        "administrator": administrator,
        "code": made.code,
        "link": f"/enrol#{made.code}",
    }
    line = f"{options.folder} is the node of {made.holder}, with {_holding(made)}"
    return answer(options, document, drawn(said(line), first_step(f"its administrator {administrator}", made.code)))


def _holding(made: Founded) -> str:
    """What the node starts with; of needs and offers nothing is said where there are none."""
    counted = [plural(made.partners, "partner"), plural(made.items, "item")]
    counted += [plural(made.requirements, "requirement")] if made.requirements else []
    counted += [plural(made.offers, "offer")] if made.offers else []
    return f"{', '.join(counted[:-1])} and {counted[-1]}"


def verify(*, options: AskingOptions = ASKING) -> int:
    """Check a node's whole record against itself: its database, its register, its labels. Exits with 3 if it fails.

    Example: `comity verify --node gbr-node`
    """
    with opened_node(options, Duty.TERMS) as node:
        verify_node(node)
        with node.store.read() as reader:
            acts = sum(1 for _ in reader.acts())
            entries = sum(1 for _ in reader.leaves())
            lost = keys.begun_anew(reader)
    counted = {"acts": acts, "entries": entries, "begun_anew": begun_anew.document(lost)}
    document = {"node": str(options.folder), "whole": True, **counted}
    line = f"{options.folder} is whole: {plural(acts, 'act')}, {plural(entries, 'entry')} in the register"
    return answer(options, document, drawn(*map(said, (line, *begun_anew.lines(lost)))))
