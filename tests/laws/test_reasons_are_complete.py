import random

from hypothesis import given

from comity.core.decision import Obstacle, Permitted, Refused
from comity.core.explanation import Cause, explain
from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.core.remedy import Restate, Wait, Way
from comity.core.world import World
from tests.laws.cures import Cure
from tests.laws.worlds import LOTS, Asked, drawn
from tests.plain import core_world, instant


def acts(cause: Cause) -> list[Way]:
    """The ways in which somebody does something, in this version."""
    return [way for way in cause.ways if not any(isinstance(remedy, Wait | Restate) for remedy in way)]


def cause_of(cause: Cause) -> tuple[object, int]:
    return cause.reason, cause.claim


@given(LOTS)
def test_reasons_are_complete(rng: random.Random) -> None:
    """Lifting, covering, consenting, naming or attesting for *all* listed reasons permits, at once.

    An embargo is waited for, and that is a matter of its own: waiting for one claim may pass another's `not_after`, and
    meanwhile other windows open and close. So the reasons are listed anew after the wait. An expiry is exempt: nothing
    but an attestation cures it in the version that states it.
    """
    plain, questions = drawn(rng, 6)
    for question in questions:
        world, at = core_world(plain), instant(question.at)
        for _ in range(12):
            explained = explain(world, ItemId(question.item), Recipient(question.to), at)
            chosen = [rng.choice(found) for cause in explained.causes if (found := acts(cause))]
            left = [cause for cause in explained.causes if not acts(cause)]
            world = cured(rng, world, question, at, chosen)
            after = explain(world, ItemId(question.item), Recipient(question.to), at)
            assert {cause_of(cause) for cause in after.causes} == {cause_of(cause) for cause in left}
            assert {cause.reason.code for cause in left} <= {Obstacle.EMBARGO.value}
            waits = [way[0].until for cause in left for way in cause.ways if isinstance(way[0], Wait)]
            if not waits:
                expired = all(is_expired(world, cause, at) for cause in left)
                assert expired or isinstance(after.decision, Permitted)
                break
            at = max(waits)


def is_expired(world: World, cause: Cause, at: Instant) -> bool:
    return world.items[cause.reason.root].claims[cause.claim].not_after <= at


def cured(rng: random.Random, world: World, question: Asked, at: Instant, ways: list[Way]) -> World:
    cure = Cure(rng, world, Recipient(question.to), at)
    for way in ways:
        for remedy in way:
            cure.apply(remedy)
    return cure.world


@given(LOTS)
def test_every_way_takes_its_reason_away(rng: random.Random) -> None:
    """Each way by itself, with whichever of the parties and items it offers; waiting too, for as long as it says."""
    plain, questions = drawn(rng, 4)
    world = core_world(plain)
    for question in questions:
        item, to, at = ItemId(question.item), Recipient(question.to), instant(question.at)
        for cause in explain(world, item, to, at).causes:
            for way in acts(cause):
                after = explain(cured(rng, world, question, at, [way]), item, to, at)
                assert cause_of(cause) not in {cause_of(other) for other in after.causes}
            for way in cause.ways:
                if isinstance(way[0], Wait):
                    causes = [explain(world, item, to, Instant(way[0].until - early)).causes for early in (1, 0)]
                    assert [cause_of(cause) in {cause_of(each) for each in found} for found in causes] == [True, False]


@given(LOTS)
def test_every_reason_is_explained_and_no_other(rng: random.Random) -> None:
    plain, questions = drawn(rng, 8)
    world = core_world(plain)
    for question in questions:
        explained = explain(world, ItemId(question.item), Recipient(question.to), instant(question.at))
        assert explained.decision == question.of(world)
        reasons = explained.decision.reasons if isinstance(explained.decision, Refused) else ()
        assert tuple(dict.fromkeys(cause.reason for cause in explained.causes)) == reasons
