"""A desk over a node counts what a recount by `decide` counts: now, on a past day, and whichever database keeps it."""

import random
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from pyroaring import BitMap

from comity.compose import Node
from comity.core.agreement import Reach
from comity.core.instant import Instant
from comity.core.loss import Change, Supposed
from comity.core.partner import Recipient
from comity.core.requirement import Grade
from comity.formats.world import from_plain
from comity.index.counting import coverage, covering
from comity.index.holding import Ordinal
from comity.service import covering as services
from comity.service import indexing, supposing
from comity.service.covering import Asked, Span
from comity.service.requirements import NewRequirement, NewTag, add_requirement, add_tag
from comity.service.supposing import Supposing
from comity.service.surveying import Desk, desk
from comity.service.suspending import NewSuspension, suspend
from tests.founded import emptied
from tests.laws import recount
from tests.laws.recount import Case
from tests.laws.test_analysis_is_a_recount import drawn, some_readers, some_supposed
from tests.laws.test_check_counts import file_of
from tests.nodes import ME, Clock, make, word_of
from tests.plain import instant
from tests.postgres import Server

Plain = dict[str, Any]
BEFORE: Final = instant("2025-02-20T00:00:00Z")
LATE: Final = instant("2025-05-01T00:00:00Z")
SOURCE, SAID = "admiralty-scale:source-reliability", "admiralty-scale:information-credibility"


def everybody(_: object) -> None:
    """Everybody may look."""


def spoken(rng: random.Random, case: Case) -> Plain:
    """The case as a world file of objects that a node keeps, their grades written as labels."""
    plain = file_of(case)
    for key in ("requirements", "tags"):
        del plain[key]
    for number, item in enumerate(plain["items"]):
        said = item["object"]
        item["object"] = {
            **said,
            "spec_version": "2.1",
            "id": f"{said['type']}--{UUID(int=number, version=4)}",
            "created": "2025-01-01T00:00:00Z",
            "modified": "2025-01-01T00:00:00Z",
            "labels": [*said["labels"], *graded(rng, case.grades.get(item["id"], Grade()))],
        }
    return plain


def graded(rng: random.Random, grade: Grade) -> list[str]:
    """How the field writes the grade; of an axis without one it says nothing, what is none, or two things at once."""
    letter, digit = grade.reliability, grade.credibility
    no_letters: list[list[str]] = [[], [f'{SOURCE}="g"'], [f"{SOURCE}=b"], [f'{SOURCE}="a"', f'{SOURCE}="B"']]
    no_digits: list[list[str]] = [[], [f'{SAID}="7"'], [f"{SAID}=2"], [f'{SAID}="1"', f'{SAID}="6"']]
    letters = (
        rng.choice(no_letters) if letter is None else [f'{SOURCE}="{rng.choice([letter.name.lower(), letter.name])}"']
    )
    return [*letters, *(rng.choice(no_digits) if digit is None else [f'{SAID}="{digit.value}"'])]


def stated(node: Node, case: Case) -> None:
    """Record what is needed, and what counts towards it."""
    for each in case.requirements:
        new = NewRequirement(
            id=each.id, title=each.title, rate=each.rate, freshness=each.freshness, corroboration=each.corroboration
        )
        add_requirement(node.store, new, ME)
    for rule in dict.fromkeys(case.rules):
        if (rule.type, rule.domain, rule.label, rule.text) != (None,) * 4:
            said = {"type": rule.type, "domain": rule.domain, "label": rule.label, "text": rule.text}
            add_tag(node.store, NewTag(requirement=rule.requirement, **said), ME)
    for requirement, item in dict.fromkeys(case.tags):
        add_tag(node.store, NewTag(requirement=requirement, item=item), ME)


def named(at: Desk, items: BitMap) -> set[str]:
    return {str(each.name) for each in at.reader.held(map(Ordinal, items)).values()}


@pytest.mark.parametrize("keeper", ["sqlite", "postgresql"], indirect=True)
@pytest.mark.parametrize("seed", range(8))
def test_a_desk_is_a_recount(seed: int, keeper: Server | None, tmp_path: Path) -> None:
    rng = random.Random(seed)
    case, clock, past = drawn(rng), Clock(BEFORE), seed % 2 == 0
    with (
        emptied(keeper) as database,
        make(tmp_path / "node", clock, from_plain(spoken(rng, case)), database) as node,
    ):
        stated(node, case)
        clock.now = LATE if past else Instant(max(case.now, clock.now + 1_000_000))
        if past:  # labels are kept as of this act; what they say of the moment is made anew
            one, two = sorted(case.world.policy.partners)[:2]
            suspend(node.store, NewSuspension(frm=one, to=two), word_of(one), drain=0)
        if rng.random() < 0.5:
            indexing.catch_up(node.store, 0)
        with desk(node.store, everybody, case.now if past else None) as found:
            assert found.at == case.now
            agrees(rng, case, found)
        answers(rng, case, node, case.now if past else None)


def agrees(rng: random.Random, case: Case, found: Desk) -> None:
    """What the desk counts is what the recount says."""
    assert {each.id for each in found.wants.requirements} == {each.id for each in case.requirements}
    for reader in some_readers(rng, case):
        seen = recount.held(case, recount.permitted(case.world, reader, case.now))
        assert named(found, found.survey.index.visible(reader)) == seen
        for requirement in case.requirements:
            want = recount.covering(case, requirement.id, seen)
            items = covering(found.survey, requirement.id, reader, case.window)
            assert named(found, items) == want
            counted = coverage(found.survey, requirement.id, reader, case.window)
            assert counted == recount.coverage(case, requirement.id, reader, want)


def answers(rng: random.Random, case: Case, node: Node, at: Instant | None) -> None:
    """So is every answer of a service."""
    span = Span(start=case.window.start, end=case.window.end)
    for reader in some_readers(rng, case)[:2]:
        seen = recount.held(case, recount.permitted(case.world, reader, case.now))
        asked = Asked(to=reader, span=span, at=at)
        stands = {stand.requirement.id: stand for stand in services.coverage(node.store, everybody, asked).stands}
        for requirement in case.requirements:
            want = recount.covering(case, requirement.id, seen)
            one = services.coverage_of(node.store, everybody, asked, requirement.id)
            assert one.stand.coverage == stands[requirement.id].coverage
            assert one.stand.coverage == recount.coverage(case, requirement.id, reader, want)
            assert {each.name for each in one.listed} == want
            graded = {each.name: each.grade for each in one.listed}
            assert graded == {name: case.grades.get(name, Grade()) for name in want}
        rests = services.dependence(node.store, everybody, asked)
        assert rests.dependence == recount.dependence(case, seen)
        common = {(frozenset(each.root), each.originators, each.items, each.hidden) for each in rests.common}
        assert common == {(root, of, len(items), hid) for root, of, items, hid in recount.common(case, seen, seen)}
        soles = {each.requirement.id: each.originators for each in rests.soles}
        for requirement in case.requirements:
            want = recount.covering(case, requirement.id, seen)
            assert soles.get(requirement.id, ()) == recount.dependence(case, want).soles
        losses(rng, case, node, Supposing(to=(reader,), span=span, at=at))


def losses(rng: random.Random, case: Case, node: Node, asked: Supposing) -> None:
    """And what suspensions would cost."""
    (reader,) = map(Recipient, asked.to)
    seen = recount.held(case, recount.permitted(case.world, reader, case.now))
    supposed = tuple(each for each in some_supposed(rng, case, reader) if each.frm != each.to)
    if supposed:
        (lost,) = supposing.losses(node.store, everybody, asked, supposed).readers
        gone = recount.lost(case, supposed, reader, seen)
        assert {each.name for each in lost.listed} == gone
        assert lost.loss.whole == Change(before=len(seen), after=len(seen - gone))
        for hurt in lost.hurts:
            left = recount.covering(case, hurt.requirement.id, seen - gone)
            assert hurt.after == recount.coverage(case, hurt.requirement.id, reader, left)
    partners, reach = case.world.policy.partners, rng.choice(list(Reach))
    costs = {}
    for one in (Supposed(frm=frm, to=to, reach=reach) for frm in partners for to in partners if frm != to):
        if gone := recount.lost(case, (one,), reader, seen):
            costs[one] = len(gone)
    ranking = supposing.every_single(node.store, everybody, asked, reach)
    assert {each.supposed: each.items for each in ranking.ranked} == costs
    assert [each.items for each in ranking.ranked] == sorted(costs.values(), reverse=True)
    assert all(cost.items == each.items for each in ranking.ranked for cost in each.costs)
    for pair in supposing.every_pair(node.store, everybody, asked, reach).pairs:
        assert pair.lost == len(recount.lost(case, (pair.first, pair.second), reader, seen))
        assert pair.lost > max(costs.get(pair.first, 0), costs.get(pair.second, 0))
