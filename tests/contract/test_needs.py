"""Requirements, tags, pools and offers: read back as written, closed by endings, and no change of the policy."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from comity.compose import Node, verify
from comity.core.instant import NEVER, Instant, Window
from comity.core.offer import Offer, Pool
from comity.core.requirement import Kind, Rate, Requirement, RequirementId, Rule, Tag
from comity.index.holding import Ordinal, item_id
from comity.service.needs import During
from comity.service.partners import as_code
from comity.service.ports import Reader, Store
from comity.service.records import Ended
from tests.nodes import ME

LONG, SPAN = Window(Instant(10), NEVER), Window(Instant(10), Instant(20))
WINTER, AID = RequirementId("winter"), RequirementId("aid")
FULL = During(
    "winter",
    Requirement(
        id=WINTER,
        title="Strikes on the grid",
        domains=frozenset({"operations", "intelligence"}),
        region="UKR",
        priority=1,
        kind=Kind.ASSISTANCE,
        rate=Rate(items=2**53 - 1, period=3_155_760_000_000_000),
        freshness=3_155_760_000_000_000,
        corroboration=2,
    ),
    SPAN,
)
BARE = During("aid", Requirement(id=AID, title="Aid"), LONG)
TAGS: tuple[During[Rule | Tag], ...] = (
    During("t-1", Rule(requirement=WINTER, type="report", domain="operations", label="grid", text="a b"), LONG),
    During("t-2", Tag(requirement=AID, item=item_id(Ordinal(2))), SPAN),
    During("t-3", Rule(requirement=AID, text="aid"), LONG),
)
POOL = During("crew", Pool(id="crew", partner=as_code("USA"), capacity=Rate(items=3, period=86_400_000_000)), LONG)
OFFERS = (
    During(
        "o-1",
        Offer(
            id="o-1",
            partner=as_code("USA"),
            capacity=Rate(items=1, period=1),
            ceiling="SECRET",
            requirement=WINTER,
            quality=80,
            lead_time=5,
            pool="crew",
        ),
        SPAN,
    ),
    During(
        "o-2",
        Offer(
            id="o-2",
            partner=as_code("GBR"),
            capacity=Rate(items=9, period=7),
            ceiling="RESTRICTED",
            domain="general",
        ),
        LONG,
    ),
)
KINDS: tuple[tuple[Ended, str], ...] = (("requirement", "winter"), ("tag", "t-1"), ("pool", "crew"), ("offer", "o-1"))


def record(store: Store) -> None:
    with store.write("needs", ME, policy=False) as writer:
        writer.add_requirement(FULL)
        writer.add_requirement(BARE)
        for tag in TAGS:
            writer.add_tag(tag)
        writer.add_pool(POOL)
        for offer in OFFERS:
            writer.add_offer(offer)


def windows(reader: Reader) -> dict[str, Window]:
    return (
        {each.id: each.window for each in reader.requirements()}
        | {each.id: each.window for each in reader.tags()}
        | {each.id: each.window for each in reader.pools()}
        | {each.id: each.window for each in reader.offers()}
    )


def test_they_are_read_back_as_they_were_written(node: Node) -> None:
    record(node.store)
    with node.store.read() as reader:
        assert reader.requirements() == (BARE, FULL)
        assert reader.tags() == TAGS
        assert reader.pools() == (POOL,)
        assert reader.offers() == OFFERS
    verify(node)


@pytest.mark.parametrize(("at", "end"), [(15, 15), (25, 20)])
def test_an_ending_closes_them_early_and_never_late(store: Store, at: int, end: int) -> None:
    record(store)
    with store.write("end", ME, policy=False) as writer:
        for kind, subject in KINDS:
            writer.add_ending(kind, subject, Instant(at))
            writer.add_ending(kind, subject, Instant(at + 1))
        seen = windows(writer)
    with store.read() as reader:
        assert windows(reader) == seen
    assert (seen["winter"].end, seen["o-1"].end) == (end, end)
    assert (seen["t-1"].end, seen["crew"].end) == (at, at)
    assert (seen["aid"].end, seen["t-2"].end, seen["t-3"].end, seen["o-2"].end) == (NEVER, 20, NEVER, NEVER)


def test_what_ended_before_it_started_is_left_out_and_its_id_stays_taken(store: Store) -> None:
    record(store)
    with store.write("end", ME, policy=False) as writer:
        for kind, subject in KINDS:
            writer.add_ending(kind, subject, Instant(10))
    with store.read() as reader:
        assert sorted(windows(reader)) == ["aid", "o-2", "t-2", "t-3"]
        assert reader.knows("requirement", "winter")
        assert reader.knows("tag", "t-1")
        assert reader.knows("pool", "crew")
        assert reader.knows("offer", "o-1")
        assert not reader.knows("offer", "winter")


def test_fresh_ids_say_of_what_kind_they_are(store: Store) -> None:
    record(store)
    with store.write("ids", ME, policy=False) as writer:
        made = [writer.fresh_id("requirement"), writer.fresh_id("tag"), writer.fresh_id("pool")]
        assert [*made, writer.fresh_id("offer")] == ["r-3", "t-4", "p-2", "o-3"]


def test_they_are_no_policy(store: Store) -> None:
    with store.read() as reader:
        before = (reader.epoch(), reader.policy())
    record(store)
    with store.read() as reader:
        assert (reader.epoch(), reader.policy()) == before


def test_nothing_counts_towards_what_was_never_stated(store: Store) -> None:
    stray = replace(BARE.stated, id=RequirementId("stray"))
    with pytest.raises(IntegrityError), store.write("needs", ME, policy=False) as writer:
        writer.add_tag(During("t-1", Rule(requirement=stray.id, text="a"), LONG))
    with store.read() as reader:
        assert reader.tags() == ()


def test_earlier_readers_know_nothing_of_later_acts(store: Store) -> None:
    record(store)
    with store.write("end", ME, policy=False) as writer:
        writer.add_ending("requirement", "winter", Instant(15))
        last = writer.act.id
    with store.read(until=last - 2) as reader:
        assert windows(reader) == {}
    with store.read(until=last - 1) as reader:
        assert reader.requirements() == (BARE, FULL)
    with store.read(until=last) as reader:
        assert windows(reader)["winter"].end == 15
