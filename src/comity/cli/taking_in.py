"""`comity import`."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from cyclopts import Parameter

from comity.cli.files import read_text, reading
from comity.cli.options import ACTING, Acting, ActingOptions, Names, listed, opened
from comity.cli.terminal import Draw, answer, drawn, said, table
from comity.core.errors import ComityError, MalformedInput
from comity.core.partner import Code, Recipient
from comity.formats.world import Sidecar, read_sidecar
from comity.service.ports import Store
from comity.service.receive import Receipt, receive

LARGE: Final = 5 * 2**20
"""Bytes from which a file's progress is shown."""

Progress = Callable[[int], None]


class _Sent(NamedTuple):
    """Who sent the files, and what is said beside them."""

    frm: str
    beside: Sidecar | None
    persons: tuple[str, ...]


def import_(
    files: Annotated[tuple[Path, ...], Parameter(name="FILE", negative=())],
    /,
    *,
    frm: Annotated[str, Parameter(name="--from")],
    sidecar: Path | None = None,
    persons: Names = (),
    options: ActingOptions = ACTING,
) -> int:
    """Take in STIX 2.1 bundles that a partner sent; each file is an act of its own, taken in whole or not at all.

    Nothing is dropped: every object is accepted, known already, or in quarantine with its reason. Importing twice
    changes nothing.

    Example: `comity import report.json --from USA --sidecar terms.yaml`

    Args:
        files: The bundles.
        frm: The partner who sent them, as you have made sure of.
        sidecar: A world file with only `items`, keyed by STIX id, that says what the objects do not. It goes with one
            bundle, which must hold every object that it speaks of.
        persons: Whom TLP:RED names: `GBR/alice`.
    """
    if not files:
        raise MalformedInput("no file: name at least one, as in `comity import report.json --from USA`")
    if sidecar is not None and len(files) > 1:
        raise MalformedInput("several files with --sidecar: import one at a time, for all that it says is of that one")
    with opened(options, needs=None) as store:
        beside = None if sidecar is None else _sidecar(store, sidecar)
        sent = _Sent(frm=frm, beside=beside, persons=listed(persons))
        taken: list[tuple[Path, Receipt]] = []
        try:
            taken.extend((file, _take(store, file, sent, options)) for file in files)
        except ComityError:
            for done, receipt in taken:
                sys.stderr.write(f"taken in before: {done}: {_line(receipt)}\n")
            raise
    return answer(options, _document(taken), _draw(taken))


def _take(store: Store, file: Path, sent: _Sent, options: Acting) -> Receipt:
    with reading(file) as stream, _progress(file, options) as progress:
        return receive(
            store,
            stream,
            submitter=Code(Recipient(sent.frm)),
            word=options.word,
            sidecar=sent.beside,
            persons=sent.persons,
            progress=progress,
        )


@contextmanager
def _progress(file: Path, options: Acting) -> Iterator[Progress | None]:
    """A bar on stderr for a large file, on a terminal."""
    size = file.stat().st_size
    if size < LARGE or options.json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only large files on a terminal pay for it
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=size)

        def told(count: int) -> None:
            bar.update(task, completed=count, description="labelling" if count >= size else "reading")

        yield told


def _sidecar(store: Store, path: Path) -> Sidecar:
    with store.read() as reader:
        return read_sidecar(read_text(path), reader.policy())


def _document(taken: list[tuple[Path, Receipt]]) -> dict[str, object]:
    """The totals, and what became of each file."""
    return {**_total(taken), "files": [{"file": str(file), **asdict(receipt)} for file, receipt in taken]}


def _total(taken: list[tuple[Path, Receipt]]) -> dict[str, object]:
    receipts = [receipt for _, receipt in taken]
    reasons: Counter[str] = Counter()
    for receipt in receipts:
        reasons.update(receipt.reasons)
    return {
        "read": sum(receipt.read for receipt in receipts),
        "accepted": sum(receipt.accepted for receipt in receipts),
        "unchanged": sum(receipt.unchanged for receipt in receipts),
        "quarantined": sum(receipt.quarantined for receipt in receipts),
        "flagged": sum(receipt.flagged for receipt in receipts),
        "bound": sum(receipt.bound for receipt in receipts),
        "reasons": dict(sorted(reasons.items())),
    }


def _draw(taken: list[tuple[Path, Receipt]]) -> Draw:
    fields = ("read", "accepted", "unchanged", "quarantined", "flagged")
    rows = [(str(file), *(str(getattr(receipt, field)) for field in fields)) for file, receipt in taken]
    total = _total(taken)
    if len(rows) > 1:
        rows.append(("all", *(str(total[field]) for field in fields)))
    reasons = total["reasons"]
    why = [said(f"in quarantine: {reason} {count}") for reason, count in reasons.items()]  # type: ignore[attr-defined]
    more = [said("see `comity quarantine list`")] if why else []
    bound = [said(f"held before, and bound by more from now on: {total['bound']}")] if total["bound"] else []
    return drawn(table(("file", *fields), rows), *bound, *why, *more)


def _line(receipt: Receipt) -> str:
    return f"{receipt.accepted} accepted, {receipt.unchanged} unchanged, {receipt.quarantined} quarantined"
