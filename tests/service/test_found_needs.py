"""What a world file states is needed and offered is in force in the node that is made from it, and nothing else is."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comity.cli.check import answers
from comity.compose import verify
from comity.core.errors import InvalidFacts
from comity.core.instant import ALWAYS, NEVER, Instant
from comity.core.requirement import Rule, Tag
from comity.core.wants import Wants
from comity.formats import world
from comity.formats.instant import parse
from comity.formats.world import Covering, Losing, Planning
from comity.index.holding import item_id
from comity.service.covering import Asked, Span, coverage_of
from comity.service.in_force import in_force
from comity.service.planning import Aim, Manner, basis, planned
from comity.service.ports import Reader
from comity.service.supposing import Supposing, losses
from comity.service.surveying import desk
from comity.solver.highs import solve
from tests.laws.test_analysis_is_a_recount import drawn
from tests.laws.test_check_counts import file_of
from tests.nodes import Clock, make
from tests.refusing import refused
from tests.service.test_found import MARCH

WEEK = {"items": 3, "period": "P7D"}


def everybody(_: object) -> None:
    """Everybody may look."""


def told(wants: Wants) -> tuple[object, ...]:
    """All that is stated, in whatever order it is kept."""
    tags = sorted(map(repr, wants.tags))
    return tuple(sorted(map(repr, each)) for each in (wants.requirements, wants.pools, wants.offers)), tags


def numbered(reader: Reader, stated: Wants) -> Wants:
    """The wants of a world, with its items called as the node calls them."""
    tags: list[Rule | Tag] = [
        tag if isinstance(tag, Rule) else replace(tag, item=item_id(reader.one(tag.item).ordinal))
        for tag in stated.tags
    ]
    return replace(stated, tags=tuple(tags), items=frozenset(tag.item for tag in tags if isinstance(tag, Tag)))


def test_what_march_2025_needs_and_offers_is_in_force_at_every_time(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock(), MARCH) as node, node.store.read() as reader:
        for at in (ALWAYS, reader.now(), Instant(NEVER - 1)):
            assert told(in_force(reader, at)) == told(numbered(reader, MARCH.wants))
        assert len(MARCH.wants.offers) == 5
        assert [act.kind for act in reader.acts()] == ["init"]
        verify(node)


def test_the_node_counts_of_march_2025_what_check_finds_in_the_file(tmp_path: Path) -> None:
    found = answers(MARCH)
    with make(tmp_path / "node", Clock(parse("2025-04-01T00:00:00Z")), MARCH) as node:
        for question in MARCH.counted:
            told: Any = found[question].plain
            span = Span(start=question.window.start, end=question.window.end)
            if isinstance(question, Covering):
                asked = Asked(to=question.to, span=span, at=question.at)
                one = coverage_of(node.store, everybody, asked, question.requirement)
                assert sorted(each.name for each in one.listed) == told["items"]
                assert [list(group) for group in one.stand.coverage.independent] == told["independent"]
                continue
            (lost,) = losses(
                node.store,
                everybody,
                Supposing(to=(question.to,), span=span, at=question.at),
                question.suspensions,
            ).readers
            if isinstance(question, Losing):
                assert sorted(each.name for each in lost.listed) == told["items"]
                effects = {each.requirement.id: each.effect.value for each in lost.hurts}
                assert effects == {each["requirement"]: each["effect"] for each in told["requirements"]}
            else:
                with desk(node.store, everybody, question.at) as at:
                    made_from = basis(at, Aim(to=(question.to,), span=span, supposed=question.suspensions))
                report = planned(made_from, solve, Manner()).report
                assert [(each.need, each.supply, each.units) for each in report.plan.assigned] == [
                    (each["need"], each["supply"], each["units"]) for each in told["assigned"]
                ]
    assert {type(question) for question in MARCH.counted} == {Covering, Losing, Planning}


@pytest.mark.parametrize("seed", range(12))
def test_what_any_world_needs_and_offers_is_in_force(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    case = drawn(rng)
    plain = file_of(case)
    partners, levels = sorted(plain["partners"]), case.world.policy.levels
    plain["items"] = [{key: value for key, value in item.items() if key != "object"} for item in plain["items"]]
    plain["pools"] = [{"id": f"pool-{code}", "partner": code, "capacity": WEEK} for code in partners[:2]]
    plain["offers"] = [
        {
            "id": f"offer-{number}",
            "partner": (code := rng.choice(partners[:2])),
            "capacity": {"items": rng.randint(1, 9), "period": "P1D"},
            "ceiling": rng.choice(levels),
            "quality": rng.randint(1, 100),
            "lead_time": f"PT{rng.randint(0, 72)}H",
            **({"domain": "general"} if rng.random() < 0.5 else {"requirement": rng.choice(case.requirements).id}),
            **({"pool": f"pool-{code}"} if rng.random() < 0.5 else {}),
        }
        for number in range(4)
    ]
    stated = world.from_plain(plain)
    with make(tmp_path / "node", Clock(), stated) as node, node.store.read() as reader:
        assert told(in_force(reader, reader.now())) == told(numbered(reader, stated.wants))
        verify(node)


def test_amounts_that_no_node_records_are_refused_with_their_places(tmp_path: Path) -> None:
    much = "1000000001"
    text = f"""
holder: GBR
partners: {{GBR: {{name: UK}}}}
requirements:
  - {{id: fine, title: Fine, rate: {{items: 1000000000, period: P1D}}}}
  - {{id: many, title: Many, rate: {{items: {much}, period: P1D}}}}
pools: [{{id: wide, partner: GBR, capacity: {{items: {much}, period: P1D}}}}]
offers: [{{id: all, partner: GBR, requirement: many, ceiling: SECRET, capacity: {{items: {much}, period: P1D}}}}]
"""
    with refused(InvalidFacts) as caught:
        make(tmp_path / "node", Clock(), world.read(text))
    assert isinstance(caught.value, InvalidFacts)
    assert [fault.place for fault in caught.value.faults] == [
        ("requirements", 1, "rate", "items"),
        ("pools", 0, "capacity", "items"),
        ("offers", 0, "capacity", "items"),
    ]
    assert not (tmp_path / "node").exists()
