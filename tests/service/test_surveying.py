"""A desk over a node counts what a recount by `decide` counts: now, on a past day, and whichever database keeps it."""

import random
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from pyroaring import BitMap

from comity.compose import Node
from comity.core.instant import Instant
from comity.core.loss import Change
from comity.core.requirement import Grade
from comity.formats.world import from_plain
from comity.index.counting import coverage, covering, dependence
from comity.index.holding import Ordinal
from comity.index.losing import loss
from comity.service import indexing
from comity.service.requirements import NewRequirement, NewTag, add_requirement, add_tag
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


def agrees(rng: random.Random, case: Case, found: Desk) -> None:
    """Every answer of the desk is the recount's."""
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
            assert dependence(found.survey, items) == recount.dependence(case, want)
        supposed = tuple(each for each in some_supposed(rng, case, reader) if each.frm != each.to)
        gone = recount.lost(case, supposed, reader, seen)
        told = loss(found.survey, supposed, reader)
        assert named(found, told.items) == gone
        assert told.whole == Change(before=len(seen), after=len(seen - gone))
