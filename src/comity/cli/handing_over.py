"""`comity export` and `comity disclosures`: what leaves, and the record of it."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from comity.cli.files import refuse_inside
from comity.cli.options import ACTING, ASKING, ActingOptions, AskingOptions, opened, opened_node
from comity.cli.plain import plural
from comity.cli.terminal import answer, said, table, time_or_none, time_shown
from comity.compose import Node
from comity.core.role import Duty
from comity.service import authority, disclose
from comity.service.records import Word


def export(
    *,
    to: str,
    out: Annotated[Path, Parameter(name=("--output", "-o"))],
    options: ActingOptions = ACTING,
) -> int:
    """Write a STIX bundle of exactly what the recipient may get now, and record it first.

    The bytes of every object are those that were received. The file appears whole or not at all. Which entry of the
    register it is, and in which epoch, is told to those who may see the register: to no partner's account.

    Example: `comity export --to UKR -o ukr.json`

    Args:
        to: A partner, or a part of one.
        out: The file to write; a plain file that is there is replaced.
    """
    refuse_inside(options.folder, out)
    with opened_node(options, needs=None) as node:
        word = options.word
        told = _sees_the_register(node, word)
        made = disclose.export(node.store, to, out, word, vault=node.vault)
    document = {
        "to": made.recipient,
        "at": time_or_none(made.at),
        "count": made.count,
        "file": str(out),
        "bytes": made.size,
        "sha256": made.digest.hex(),
        "entry": made.leaf if told else None,
        "epoch": made.epoch if told else None,
    }
    recorded = f"recorded as entry {made.leaf} of the register" if told else "recorded"
    return answer(options, document, said(f"{out}: {plural(made.count, 'item')} for {made.recipient}, {recorded}"))


def _sees_the_register(node: Node, word: Word) -> bool:
    """Whether who asks may know how far the register and the policy have come: that tells what happened to others."""
    with node.store.read() as reader:
        return Duty.RECORD in authority.identified(reader, word).duties


def disclosures(*, to: str | None = None, of: str | None = None, options: AskingOptions = ASKING) -> int:
    """What was handed over, to whom and when.

    It is for who may see both the content and the register.

    Example: `comity disclosures --to UKR`

    Args:
        to: Only to this recipient.
        of: Only of this item.
    """
    with opened(options, also=Duty.RECORD) as store:
        found = disclose.disclosures(store, to=to, of=of)
    document = {
        "disclosures": [
            {
                "entry": each.leaf,
                "at": time_or_none(each.at),
                "to": each.recipient,
                "item": each.name,
                "title": each.title,
                "sha256": each.digest.hex(),
            }
            for each in found
        ]
    }
    rows = [(str(each.leaf), time_shown(each.at), each.recipient, each.name) for each in found]
    return answer(options, document, table(("entry", "at", "to", "item"), rows))
