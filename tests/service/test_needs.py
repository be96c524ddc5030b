"""Acts on requirements, tags, pools and offers: whose word they take, what they refuse, and what is in force."""

from collections.abc import Callable

import pytest

from comity.compose import Node, verify
from comity.core.errors import ComityError, Forbidden, InvalidFacts, MalformedInput, UnknownName
from comity.core.instant import NEVER, Instant, Window
from comity.core.offer import Offer, Pool
from comity.core.requirement import Kind, Rate, Requirement, RequirementId, Rule, Tag
from comity.index.holding import item_id
from comity.service.in_force import in_force
from comity.service.needs import During
from comity.service.offers import NewOffer, NewPool, add_offer, add_pool, end_offer, end_pool
from comity.service.records import Word
from comity.service.requirements import (
    NewRequirement,
    NewTag,
    add_requirement,
    add_tag,
    end_requirement,
    remove_tag,
)
from tests.nodes import ME, SECOND, START, Clock, make, word_of
from tests.refusing import refused

DAY = 86_400 * SECOND
LATER = Instant(START + DAY)
WEEKLY = Rate(items=3, period=7 * DAY)
USA = word_of("USA")


def needed(node: Node, **more: object) -> During[Requirement]:
    """A requirement that was recorded."""
    return add_requirement(node.store, NewRequirement(**{"title": "Strikes on the grid", **more}), ME)  # type: ignore[arg-type]


def offered(node: Node, word: Word = USA, **more: object) -> During[Offer]:
    """An offer of the United States that was recorded, for operations unless `more` says otherwise."""
    new = {"partner": "USA", "capacity": WEEKLY, "ceiling": "SECRET", "domain": "operations", **more}
    return add_offer(node.store, NewOffer(**new), word)  # type: ignore[arg-type]


def standing(node: Node, at: Instant | None = None) -> tuple[list[str], int, list[str], list[str]]:
    """The ids of what is in force, and how many tags."""
    with node.store.read() as reader:
        found = in_force(reader, reader.now() if at is None else at)
    requirements, offers = [each.id for each in found.requirements], [each.id for each in found.offers]
    return [str(name) for name in requirements], len(found.tags), [each.id for each in found.pools], offers


def test_a_requirement_is_recorded_as_it_was_stated(node: Node) -> None:
    made = needed(
        node,
        domains=frozenset({"operations"}),
        region="UKR",
        priority=1,
        kind=Kind.ASSISTANCE,
        rate=WEEKLY,
        freshness=DAY,
        corroboration=2,
        end=LATER,
    )
    assert made.stated == Requirement(
        id=RequirementId("r-1"),
        title="Strikes on the grid",
        domains=frozenset({"operations"}),
        region="UKR",
        priority=1,
        kind=Kind.ASSISTANCE,
        rate=WEEKLY,
        freshness=DAY,
        corroboration=2,
    )
    with node.store.read() as reader:
        assert reader.requirements() == (made,)
        (*_, act) = reader.acts()
    assert (act.kind, made.window) == ("requirement", Window(act.at, LATER))
    verify(node)


def test_what_counts_is_said_by_rule_and_by_hand_and_taken_back(node: Node) -> None:
    needed(node)
    rule = add_tag(node.store, NewTag(requirement="r-1", type="report", domain="operations"), ME)
    assert rule.stated == Rule(requirement=RequirementId("r-1"), type="report", domain="operations")
    tag = add_tag(node.store, NewTag(requirement="r-1", item="note"), ME)
    with node.store.read() as reader:
        assert tag.stated == Tag(requirement=RequirementId("r-1"), item=item_id(reader.one("note").ordinal))
        assert reader.tags() == (rule, tag)
    assert standing(node) == (["r-1"], 2, [], [])
    when = remove_tag(node.store, rule.id, ME)
    assert standing(node) == (["r-1"], 1, [], [])
    assert standing(node, Instant(when - 1)) == (["r-1"], 2, [], [])
    again = add_tag(node.store, NewTag(requirement="r-1", type="report", domain="operations"), ME)
    assert again.id == "t-3"


def test_an_offer_is_the_word_of_the_partner_whose_it_is(node: Node) -> None:
    for word in (ME, word_of("FRA"), Word(actor="tester", by=USA.by), Word(actor="tester", by=USA.by, evidence=" ")):
        with refused(Forbidden, match="only `USA` can say this"):
            offered(node, word)
        with refused(Forbidden, match="only `USA` can say this"):
            add_pool(node.store, NewPool(partner="USA", capacity=WEEKLY), word)
    assert offered(node, ME, partner="GBR").id == "o-1"
    pool = add_pool(node.store, NewPool(partner="USA", capacity=WEEKLY, id="crew"), USA)
    assert pool.stated == Pool(id="crew", partner=USA.by, capacity=WEEKLY)  # type: ignore[arg-type]
    made = offered(node, pool="crew", quality=80, lead_time=DAY)
    assert (made.id, made.stated.pool, made.stated.quality, made.stated.lead_time) == ("o-2", "crew", 80, DAY)
    for end, name in ((end_offer, "o-2"), (end_pool, "crew")):
        with refused(Forbidden, match="only `USA` can say this"):
            end(node.store, name, ME)
    assert standing(node) == ([], 0, ["crew"], ["o-1", "o-2"])
    end_offer(node.store, "o-2", USA)
    assert standing(node) == ([], 0, ["crew"], ["o-1"])


def test_what_belongs_to_what_has_ended_counts_no_more(node: Node) -> None:
    needed(node, id="winter")
    add_tag(node.store, NewTag(requirement="winter", item="note"), ME)
    add_pool(node.store, NewPool(partner="USA", capacity=WEEKLY, id="crew"), USA)
    offered(node, domain=None, requirement="winter", id="one")
    offered(node, pool="crew", id="other")
    offered(node, id="free")
    assert standing(node) == (["winter"], 1, ["crew"], ["one", "other", "free"])
    end_pool(node.store, "crew", USA)
    assert standing(node) == (["winter"], 1, [], ["one", "free"])
    when = end_requirement(node.store, "winter", ME)
    assert standing(node) == ([], 0, [], ["free"])
    assert standing(node, Instant(when - 1)) == (["winter"], 1, [], ["one", "free"])
    for new in (NewTag(requirement="winter", item="note"), NewTag(requirement="winter", type="report")):
        with refused(Forbidden, match="the requirement `winter` has ended"):
            add_tag(node.store, new, ME)
    with refused(Forbidden, match="the requirement `winter` has ended"):
        offered(node, domain=None, requirement="winter")
    with refused(Forbidden, match="the pool `crew` has ended"):
        offered(node, pool="crew")
    verify(node)


def test_what_begins_later_is_not_in_force_before(node: Node, clock: Clock) -> None:
    needed(node, start=LATER)
    add_tag(node.store, NewTag(requirement="r-1", item="note"), ME)
    offered(node, start=LATER, end=Instant(LATER + DAY))
    assert standing(node) == ([], 0, [], [])
    clock.now = LATER
    assert standing(node) == (["r-1"], 1, [], ["o-1"])
    clock.now = Instant(LATER + DAY)
    assert standing(node) == (["r-1"], 1, [], [])


def test_what_was_ended_before_it_started_is_ended_once(node: Node) -> None:
    needed(node, start=LATER)
    end_requirement(node.store, "r-1", ME)
    with refused(Forbidden, match="the requirement `r-1` was ended before it started"):
        end_requirement(node.store, "r-1", ME)
    with refused(Forbidden, match="is there already"):
        needed(node, id="r-1")


Act = Callable[[Node], object]
REFUSED: list[tuple[type[ComityError], str, Act]] = [
    (MalformedInput, "no title", lambda node: needed(node, title="")),
    (MalformedInput, "no title", lambda node: needed(node, title="a\x1b[2J")),
    (MalformedInput, "no region", lambda node: needed(node, region=" ")),
    (InvalidFacts, "unknown domain `space`", lambda node: needed(node, domains=frozenset({"space"}))),
    (InvalidFacts, "9 is no priority", lambda node: needed(node, priority=9)),
    (InvalidFacts, "no amount in a time", lambda node: needed(node, rate=Rate(items=0, period=1))),
    (InvalidFacts, "freshness: less than one", lambda node: needed(node, freshness=0)),
    (InvalidFacts, "more than 100 originators", lambda node: needed(node, corroboration=101)),
    (MalformedInput, "more than 1000000000", lambda node: needed(node, rate=Rate(items=10**30, period=1))),
    (MalformedInput, "hundred years", lambda node: needed(node, freshness=10**30)),
    (MalformedInput, "not after the start", lambda node: needed(node, start=LATER, end=LATER)),
    (Forbidden, "the start is past", lambda node: needed(node, start=Instant(START - 1))),
    (UnknownName, "no requirement `r-9`", lambda node: end_requirement(node.store, "r-9", ME)),
    (UnknownName, "no requirement `r-9`", lambda node: add_tag(node.store, NewTag(requirement="r-9", item="note"), ME)),
    (UnknownName, "`none`", lambda node: add_tag(node.store, NewTag(requirement="base", item="none"), ME)),
    (MalformedInput, "one of the two", lambda node: add_tag(node.store, NewTag(requirement="base"), ME)),
    (
        MalformedInput,
        "one of the two",
        lambda node: add_tag(node.store, NewTag(requirement="base", item="note", type="report"), ME),
    ),
    (
        InvalidFacts,
        "unknown domain `space`",
        lambda node: add_tag(node.store, NewTag(requirement="base", domain="space"), ME),
    ),
    (MalformedInput, "no text", lambda node: add_tag(node.store, NewTag(requirement="base", text=" "), ME)),
    (
        Forbidden,
        "counts towards `base` already",
        lambda node: add_tag(node.store, NewTag(requirement="base", item="note"), ME),
    ),
    (UnknownName, "no tag `t-9`", lambda node: remove_tag(node.store, "t-9", ME)),
    (InvalidFacts, "not for one thing", lambda node: offered(node, domain=None)),
    (InvalidFacts, "not for one thing", lambda node: offered(node, requirement="base")),
    (InvalidFacts, "unknown level `HIGH`", lambda node: offered(node, ceiling="HIGH")),
    (InvalidFacts, "unknown domain `space`", lambda node: offered(node, domain="space")),
    (InvalidFacts, "0 is no quality", lambda node: offered(node, quality=0)),
    (InvalidFacts, "lead_time: before now", lambda node: offered(node, lead_time=-1)),
    (UnknownName, "no requirement `r-9`", lambda node: offered(node, domain=None, requirement="r-9")),
    (UnknownName, "no pool `none`", lambda node: offered(node, pool="none")),
    (InvalidFacts, "`ours` is no pool of `USA`", lambda node: offered(node, pool="ours")),
    (UnknownName, "no partner `XXX`", lambda node: offered(node, partner="XXX")),
    (UnknownName, "no offer `o-9`", lambda node: end_offer(node.store, "o-9", USA)),
    (UnknownName, "no pool `p-9`", lambda node: end_pool(node.store, "p-9", USA)),
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node to which nothing may happen: with a requirement, a tag and a pool of the holder's."""
    node = make(tmp_path_factory.mktemp("needs") / "node", Clock())
    needed(node, id="base")
    add_tag(node.store, NewTag(requirement="base", item="note"), ME)
    add_pool(node.store, NewPool(partner="GBR", capacity=WEEKLY, id="ours"), ME)
    return node


@pytest.mark.parametrize(("problem", "said", "act"), REFUSED)
def test_what_is_not_valid_is_refused_and_nothing_is_recorded(
    shared: Node, problem: type[ComityError], said: str, act: Act
) -> None:
    with shared.store.read() as reader:
        before = reader.size()
    with refused(problem, match=said):
        act(shared)
    with shared.store.read() as reader:
        assert reader.size() == before


def test_none_of_them_is_a_change_of_policy(node: Node) -> None:
    with node.store.read() as reader:
        before = (reader.epoch(), reader.policy())
    needed(node)
    add_tag(node.store, NewTag(requirement="r-1", item="note"), ME)
    offered(node)
    remove_tag(node.store, "t-1", ME)
    end_offer(node.store, "o-1", USA)
    end_requirement(node.store, "r-1", ME)
    with node.store.read() as reader:
        assert (reader.epoch(), reader.policy()) == before


def test_an_ending_says_when_and_is_never_back_dated(node: Node) -> None:
    needed(node)
    with refused(Forbidden, match="the end is past"):
        end_requirement(node.store, "r-1", ME, Instant(START - 1))
    assert end_requirement(node.store, "r-1", ME, LATER) == LATER
    with node.store.read() as reader:
        assert reader.requirements()[0].window.end == LATER < NEVER
