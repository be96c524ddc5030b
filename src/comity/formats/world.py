"""World files: who shares what with whom, on which terms, what is held, and the questions asked of it.

Rules kept here:
1. a file is refused whole, with every fault, each with its line, key and mend;
2. the form is judged here and the facts by the core, and no fault is told twice;
3. nothing is guessed: what YAML reads as something other than text (`NO`) is a fault, and so is an unknown key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from comity.core import validity
from comity.core.errors import Fault, InvalidFacts
from comity.core.lineage import ItemId
from comity.core.partner import Code
from comity.core.wants import Wants
from comity.core.world import World
from comity.formats import world_text, world_wants
from comity.formats.world_analysis import Counted, Covering, Known, Losing, Planning, counted
from comity.formats.world_facts import Draft, Holding, draft, holding, judged
from comity.formats.world_faults import FileFault, InvalidWorldFile, add_untold
from comity.formats.world_fields import Entry
from comity.formats.world_questions import Audience, Check, Holdings, Names, Verdict, questions
from comity.formats.world_sidecar import Beside, Sidecar, canonical, read_sidecar

__all__ = [
    "Audience",
    "Beside",
    "Check",
    "Counted",
    "Covering",
    "FileFault",
    "Holdings",
    "InvalidWorldFile",
    "Losing",
    "Planning",
    "Sidecar",
    "Verdict",
    "WorldFile",
    "canonical",
    "from_plain",
    "read",
    "read_sidecar",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldFile:
    """A world, the names of its partners, the STIX objects of items that state one, and the questions asked of it.

    `wants` is what is needed and offered, `counted` the questions that are answered by counting.
    """

    world: World
    names: Mapping[Code, str]
    objects: Mapping[ItemId, Mapping[str, object]]
    checks: tuple[Check, ...]
    audiences: tuple[Audience, ...]
    holdings: tuple[Holdings, ...]
    wants: Wants
    counted: tuple[Counted, ...]


def read(text: str) -> WorldFile:
    """The world file that `text` is, as YAML or JSON. Raises InvalidWorldFile with every fault at its line."""
    plain, positioned = world_text.load(text)
    faults: list[Fault] = []
    found = _world_file(plain, faults)
    if found is None or positioned:
        raise InvalidWorldFile(world_text.with_lines(text, positioned, faults))
    return found


def from_plain(plain: Mapping[str, object]) -> WorldFile:
    """The world file that a plain structure states, times as text. Raises InvalidWorldFile; its faults have no line."""
    faults: list[Fault] = []
    found = _world_file(plain, faults)
    if found is None:
        raise InvalidWorldFile(
            tuple(
                FileFault(line=0, key=world_text.dotted(fault.place), message=fault.message, mend=fault.mend)
                for fault in faults
            )
        )
    return found


def _world_file(plain: object, faults: list[Fault]) -> WorldFile | None:
    """The world file, or None and at least one fault."""
    top = Entry(plain, (), faults)
    policy, called = draft(top)
    held = holding(top, policy.levels[0] if policy.levels else "")
    said = world_wants.stated(top)
    names = _known(policy, held, faults)
    asked, analysed = questions(top, names), counted(top, _named(policy, said, names, faults))
    top.close()
    wants = world_wants.judged(said, policy, held.items)
    world = None if faults or isinstance(wants, InvalidFacts) else _judged(policy, held)
    if world is None or isinstance(wants, InvalidFacts):
        unfit = wants.faults if isinstance(wants, InvalidFacts) else ()
        add_untold(faults, [*validity.of_policy(policy), *validity.of_items(policy, held.items), *unfit])
        return None
    return WorldFile(
        world=world,
        names=called,
        objects=held.objects,
        checks=asked.checks,
        audiences=asked.audiences,
        holdings=asked.holdings,
        wants=replace(wants, policy=world.policy),
        counted=analysed,
    )


def _known(policy: Draft, held: Holding, faults: list[Fault]) -> Names:
    """What questions may name; a section that cannot be read leaves them open."""
    told = {fault.place for fault in faults}
    return Names(
        partners=None if told & {(), ("partners",)} else policy.partners,
        items=None if told & {(), ("items",)} else held.items,
    )


def _named(policy: Draft, said: world_wants.Stated, names: Names, faults: list[Fault]) -> Known:
    """What questions that are counted may name."""
    told = {fault.place for fault in faults}
    return Known(
        names=names,
        domains=None if told & {(), ("domains",)} else policy.known_domains(),
        requirements=None if told & {(), ("requirements",)} else {each.id for each in said.requirements},
        offers=None if told & {(), ("offers",)} else {each.id for each in said.offers},
    )


def _judged(policy: Draft, held: Holding) -> World | None:
    try:
        return World(policy=judged(policy), items=held.items)
    except InvalidFacts:
        return None
