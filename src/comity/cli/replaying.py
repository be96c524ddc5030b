"""`comity register replay`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from cyclopts import Parameter

from comity.cli.options import ASKING, Asking, AskingOptions, opened_node
from comity.cli.plain import plural
from comity.cli.terminal import answer, drawn, said, table, time_or_none
from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.core.role import Duty
from comity.service.ports import Reader
from comity.service.replay import Finding, Progress
from comity.service.replay import replay as decide_again


def replay(
    *,
    to: str | None = None,
    start: Annotated[int, Parameter(name="--from")] = 0,
    options: AskingOptions = ASKING,
) -> int:
    """Decide every recorded disclosure again, as of its time, from what was recorded by then.

    It is for who may see both the content and the register. All must be permitted; exit code 1, and what is wrong with
    which response, if any is not.

    Example: `comity register replay --to UKR`

    Args:
        to: Only what was handed to this recipient.
        start: Only from this entry of the register on.
    """
    with opened_node(options, also=Duty.RECORD) as node, _progress(options) as progress:
        with node.store.read() as reader:
            begun(reader, start)
        done = decide_again(node.store, node.vault, to=to, start=start, progress=progress)
    document = {
        "responses": done.responses,
        "items": done.items,
        "findings": [_document(each) for each in done.findings],
    }
    line = f"{plural(done.responses, 'response')} with {plural(done.items, 'item')} decided again"
    if not done.findings:
        return answer(options, document, said(f"{line}: all were permitted"))
    rows = [
        (str(each.leaf), each.recipient, each.item or "–", "\n".join((each.wrong, *each.reasons)))
        for each in done.findings
    ]
    found = said(f"{line}: {plural(len(rows), 'finding')}; see who recorded these entries, and how")
    return answer(options, document, drawn(table(("entry", "to", "item", "what is wrong"), rows), found), 1)


def begun(reader: Reader, start: int) -> int:
    """How many entries the register has. MalformedInput where --from is neither one of them nor the next to come."""
    size = reader.size()
    if not 0 <= start <= size:
        raise MalformedInput(f"--from {start}: the register has the entries 0 to {size - 1}; name one, or the next")
    return size


def _document(found: Finding) -> dict[str, object]:
    return {
        "entry": found.leaf,
        "to": found.recipient,
        "at": _time(found.at),
        "item": found.item,
        "wrong": found.wrong,
        "because": list(found.reasons),
    }


def _time(at: Instant) -> str | None:
    """A row that was forged may hold what is no time."""
    try:
        return time_or_none(at)
    except ValueError:
        return None


@contextmanager
def _progress(options: Asking) -> Iterator[Progress | None]:
    """A count on stderr, on a terminal."""
    if options.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal pays for it

    with Console(stderr=True).status("deciding again") as status:
        yield lambda done: status.update(f"deciding again: {plural(done, 'response')}")
