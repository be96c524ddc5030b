from pathlib import Path

import pytest

from comity.core.decision import Obstacle, Permitted, decide
from comity.core.errors import UnknownName
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.formats.instant import show
from comity.formats.world import Check, Verdict, read
from comity.formats.world_questions import OBSTACLES

MARCH = read((Path(__file__).parents[1] / "worlds" / "march-2025.yaml").read_text(encoding="utf-8"))


def test_march_2025_asks_85_questions_and_expects_an_answer_to_each() -> None:
    assert len(MARCH.checks) == 85
    assert all(check.expect is not None for check in MARCH.checks)
    refusals = [check for check in MARCH.checks if check.expect is Verdict.REFUSE]
    assert all(check.because for check in refusals)


@pytest.mark.parametrize("check", MARCH.checks, ids=lambda check: f"{check.item} to {check.to} at {show(check.at)}")
def test_march_2025(check: Check) -> None:
    found = decide(MARCH.world, check.item, check.to, check.at)
    if isinstance(found, Permitted):
        assert check.expect is Verdict.PERMIT
    else:
        assert check.expect is Verdict.REFUSE
        assert tuple(str(reason) for reason in found.reasons) == check.because


def test_an_item_that_is_not_held_is_an_error() -> None:
    with pytest.raises(UnknownName, match="no item `nothing`"):
        decide(MARCH.world, ItemId("nothing"), Recipient("UKR"), MARCH.checks[0].at)


@pytest.mark.parametrize("recipient", ["XXX", "XXX/alice", "UKR/", "FVEY", ""])
def test_a_recipient_whose_partner_is_not_known_is_an_error(recipient: str) -> None:
    with pytest.raises(UnknownName, match="no partner for"):
        decide(MARCH.world, MARCH.checks[0].item, Recipient(recipient), MARCH.checks[0].at)


def test_world_files_know_every_code_of_a_reason() -> None:
    assert set(OBSTACLES) == {obstacle.value for obstacle in Obstacle}
