"""What a process can be made to go without, to see that the tests would notice: see `without`."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf
from typing import Any, Final

from comity.core.instant import Instant
from comity.service import releasing
from comity.service.ports import Gate
from comity.service.recording import prepared, record
from comity.service.records import Word
from comity.service.releasing import Outlet
from comity.store.record import Record

PAUSE: Final = 0.25
"""Seconds between the commit and the first byte."""

SOON: Final = 0.04
"""Seconds between the snapshot and the commit: a stop comes in between often, and the time of a verdict seldom ends."""

_recorded = releasing._record


class _Open:
    """A gate that keeps nobody waiting."""

    entered = -inf

    def lapsed(self) -> bool:
        return False

    def let_go(self) -> None:
        """Nobody waits for it."""


@contextmanager
def _no_gate(_: Record, __: str | None = None) -> Iterator[Gate]:
    yield _Open()


def _slowly(outlet: Outlet, word: Word, decided: Any) -> tuple[int, Instant]:  # noqa: ANN401 - a value of its own
    """With a pause between what is recorded and what is sent. Before it, whatever has changed is decided again."""
    found = _recorded(outlet, word, decided)
    time.sleep(PAUSE)
    return found


def _carelessly(outlet: Outlet, word: Word, decided: Any) -> tuple[int, Instant]:  # noqa: ANN401 - a value of its own
    """With a pause between what is decided and what is recorded, and no look at whether the epoch is the same.

    Time passes without an act, so no lock stops it: that the verdicts still hold then is looked at as ever.
    """
    time.sleep(SOON)
    with outlet.store.write("release", word, policy=False) as writer:
        if writer.act.at not in decided.span:
            raise releasing._Changed
        response = prepared(decided.items, decided.originators.__getitem__, outlet.vault)
        record(writer, decided.recipient, response)
    return writer.act.leaf, writer.act.at


def without(what: str) -> None:
    """From now on this process does without the `gate`, without the look at the `epoch`, or without `both`."""
    if what in ("gate", "both"):
        setattr(Record, "gate", _no_gate)  # noqa: B010 - a method, to mypy
    if what == "gate":
        releasing._record = _slowly
    if what in ("epoch", "both"):
        releasing._record = _carelessly
