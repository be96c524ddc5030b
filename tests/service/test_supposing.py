"""What supposed suspensions would cost: what is counted by requirement, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from comity.compose import Node
from comity.core.errors import InvalidFacts, MalformedInput
from comity.core.loss import Supposed
from comity.core.partner import Code, Recipient
from comity.formats.instant import parse
from comity.formats.world import read
from comity.service.supposing import Supposing, every_pair, every_single, losses
from comity.service.surveying import asked_already
from tests.nodes import Clock, make

BEFORE = parse("2025-03-05T11:00:00Z")
MARCH = Path(__file__).parents[1] / "worlds" / "march-2025.yaml"


@pytest.fixture(scope="module")
def march(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node of March 2025. Nothing here changes it."""
    clock = Clock(parse("2025-04-01T00:00:00Z"))
    with make(tmp_path_factory.mktemp("supposing") / "node", clock, read(MARCH.read_text())) as node:
        yield node


def test_only_the_first_losses_are_counted_by_requirement_and_the_others_say_so(march: Node) -> None:
    whole = every_single(march.store, asked_already, Supposing(at=BEFORE))
    some = every_single(march.store, asked_already, Supposing(at=BEFORE, detailed=2))
    every = [cost for each in whole.ranked for cost in each.costs]
    found = [cost for each in some.ranked for cost in each.costs]
    assert [(cost.reader, cost.items) for cost in found] == [(cost.reader, cost.items) for cost in every]
    assert [cost.hurts for cost in found[:2]] == [cost.hurts for cost in every[:2]]
    assert len(found) > 2
    assert {cost.hurts for cost in found[2:]} == {None}


def test_what_cannot_be_supposed_is_refused(march: Node) -> None:
    strange = Supposed(frm=Code(Recipient("XXX")), to=Code(Recipient("UKR")))
    with pytest.raises(InvalidFacts) as problem:
        losses(march.store, asked_already, Supposing(), [strange])
    assert problem.value.faults[0].place[:2] == ("suspensions", 0)
    with pytest.raises(MalformedInput, match="name at least one suspension"):
        losses(march.store, asked_already, Supposing(), [])
    with pytest.raises(MalformedInput, match="name exactly one"):
        every_pair(march.store, asked_already, Supposing(to=("UKR", "FRA")))


def test_nobody_is_supposed_to_stop_itself(march: Node) -> None:
    itself = Supposed(frm=Code(Recipient("USA")), to=Code(Recipient("USA")))
    with pytest.raises(MalformedInput, match="between two partners"):
        losses(march.store, asked_already, Supposing(at=BEFORE), [itself])
