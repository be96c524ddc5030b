"""The 85 answers of March 2025 through the index: built at each moment, and taken over its boundaries."""

from pathlib import Path

import pytest

from comity.core.decision import Refused
from comity.core.instant import Instant
from comity.formats.instant import show
from comity.formats.world import Check, Verdict, read
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.index.memory import WorldHolding, index_of

MARCH = read((Path(__file__).parents[1] / "worlds" / "march-2025.yaml").read_text(encoding="utf-8"))


def answered(index: Index, holding: WorldHolding, check: Check) -> tuple[Verdict, tuple[str, ...]]:
    found = index.decide(Ordinal(holding.names.index(check.item)), check.to)
    if not isinstance(found, Refused):
        return Verdict.PERMIT, ()
    named = sorted((reason.partner, holding.names[int(reason.root)], reason.code) for reason in found.reasons)
    return Verdict.REFUSE, tuple("/".join(reason) for reason in named)


@pytest.mark.parametrize("check", MARCH.checks, ids=lambda check: f"{check.item} to {check.to} at {show(check.at)}")
def test_march_2025_at_its_moment(check: Check) -> None:
    index, holding = index_of(MARCH.world, check.at)
    assert answered(index, holding, check) == (check.expect, check.because or ())


def test_march_2025_as_time_passes() -> None:
    index, holding = index_of(MARCH.world, Instant(min(check.at for check in MARCH.checks) - 1))
    for check in sorted(MARCH.checks, key=lambda check: check.at):
        index.advance(check.at)
        assert answered(index, holding, check) == (check.expect, check.because or ()), check
