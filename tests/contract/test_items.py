"""Items: what a name means, what is held, claimed, referred to and built on."""

from collections.abc import Iterable
from hashlib import sha256
from itertools import pairwise

import pytest

from comity.core.claim import Claim
from comity.core.errors import AmbiguousItem, UnknownName
from comity.core.instant import ALWAYS, Instant, Window
from comity.core.lineage import Source, Use
from comity.index.holding import Ordinal, item_id
from comity.service.partners import as_code
from comity.service.ports import Store, Writer
from comity.service.records import NewAttestation, NewClaim, NewItem, NewSource, Reference
from tests.nodes import ME, START

USA, GBR = as_code("USA"), as_code("GBR")
AT = Instant(START + 5)

Row = tuple[str, str, str, str]
"""Name, STIX id, version, submitter."""


def hold(writer: Writer, rows: Iterable[Row]) -> list[Ordinal]:
    """Hold items, each with bytes of its own."""
    first = writer.next_ordinal()
    items = [
        NewItem(
            Ordinal(first + place), name, stix, version, "report", None, as_code(by), AT, sha256(b"%d" % place).digest()
        )
        for place, (name, stix, version, by) in enumerate(rows)
    ]
    writer.add_items(items)
    writer.add_contents((item.ordinal, b"%d" % place) for place, item in enumerate(items))
    writer.add_claims(NewClaim(item.ordinal, 0, Claim(originator=item.submitter, level="SECRET")) for item in items)
    return [item.ordinal for item in items]


def test_a_name_alone_is_enough_while_it_is_unique(store: Store) -> None:
    with store.read() as reader:
        analysis = reader.one("analysis")
        assert (analysis.name, analysis.submitter, analysis.type) == ("analysis", "GBR", "report")
        assert reader.one(analysis.stix_id) == analysis
        assert reader.one(f"{analysis.stix_id}@{analysis.version}") == analysis
        assert reader.one(f"GBR:analysis#{analysis.ordinal}") == analysis
        assert reader.one(f"#{analysis.ordinal}") == analysis
        assert reader.handle(analysis.ordinal) == "analysis"


@pytest.mark.parametrize(
    "name", ["nothing", "", "analysis@2", "USA:analysis", "XXX:analysis", "analysis#1", "#99", "@"]
)
def test_a_name_that_nothing_answers_to_is_an_error(store: Store, name: str) -> None:
    with store.read() as reader:
        assert reader.find(name) == []
        with pytest.raises(UnknownName, match="it is not held"):
            reader.one(name)


def test_several_answers_are_an_error_that_tells_them_apart(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        hold(writer, [("x", "x", "1", "USA"), ("x", "x", "2", "USA"), ("x", "x", "2", "GBR"), ("x", "x", "2", "GBR")])
        assert len(writer.find("x")) == 4
        assert len(writer.find("GBR:x")) == 2
        with pytest.raises(AmbiguousItem) as ambiguous:
            writer.one("x")
        assert ambiguous.value.candidates == ("x@1", "USA:x@2", "GBR:x@2#7", "GBR:x@2#8")


ODD = [
    "x",
    "x@2",
    "GBR:x",
    "GBR:x@2",
    "x#5",
    "a@b@c",
    "@",
    "#",
    ":",
    "USA:",
    "x@",
    "é\u202e",
    "%_",
    "x#99999999999999999999",
]


def test_every_handle_finds_its_item_and_no_other(store: Store) -> None:
    rows = [
        (name, stix, version, by)
        for name in ODD
        for stix in (name, "s")
        for version in ("", "2")
        for by in ("USA", "GBR")
    ]
    with store.write("hold", ME, policy=False) as writer:
        numbers = hold(writer, rows)
        handles = writer.handles(numbers)
        assert list(handles) == numbers
        for number, handle in handles.items():
            assert [item.ordinal for item in writer.find(handle)] == [number], handle
            assert writer.handle(number) == handle


def test_a_handle_is_the_shortest_form_that_will_do(store: Store) -> None:
    rows = [
        ("a", "1", "", "USA"),
        ("b", "2", "1", "USA"),
        ("b", "2", "2", "USA"),
        ("c", "3", "1", "USA"),
        ("c", "3", "1", "GBR"),
    ]
    with store.write("hold", ME, policy=False) as writer:
        handles = writer.handles(hold(writer, rows))
        assert list(handles.values()) == ["a", "b@1", "b@2", "USA:c", "GBR:c"]
        with pytest.raises(UnknownName):
            writer.handle(Ordinal(99))


def test_unknown_numbers_are_as_if_not_asked_for(store: Store) -> None:
    asked = [Ordinal(99), Ordinal(1)]
    with store.read() as reader:
        for answer in (reader.held(asked), reader.claims(asked), reader.labels(asked), reader.handles(asked)):
            assert list(answer) == [1]
        assert [item for item, _ in reader.content(asked)] == [1]
        assert reader.dependants([Ordinal(99)]) == set()
        assert reader.closure(Ordinal(99)) == {}


def test_content_comes_exactly_as_received_in_the_order_asked_for(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        numbers = hold(writer, [(f"n{place}", f"n{place}", "", "USA") for place in range(250)])
        asked = numbers[::-1]
        assert list(writer.content(asked)) == [(number, b"%d" % (number - numbers[0])) for number in asked]


def test_numbers_are_dense_and_in_order(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        assert hold(writer, [("x", "x", "", "USA")]) == [5]
        item = NewItem(Ordinal(7), "y", "y", "", "report", None, USA, None, b"")
        with pytest.raises(ValueError, match="numbered on from 6"):
            writer.add_items([item])


def test_the_newest_first_claim_holds_and_further_ones_stand_beside_it(store: Store) -> None:
    span = Window(Instant(5), Instant(9))
    first, second = (Claim(originator=USA, level=level) for level in ("SECRET", "RESTRICTED"))
    further = Claim(originator=GBR, level="SECRET", audience=("USA",), window=span)
    with store.write("hold", ME, policy=False) as writer:
        (number,) = hold(writer, [("x", "x", "", "USA")])
        writer.add_claims([NewClaim(number, 1, further), NewClaim(number, 0, second), NewClaim(number, 1, first)])
        levels = [claim.level for claim in writer.claims([number])[number]]
        assert levels == ["RESTRICTED", "SECRET", "SECRET"]
        found = writer.claims([number])[number][1]
        assert (found.audience, found.window, found.received) == (("USA",), span, AT)


def test_sources_and_references_are_kept_once(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        one, two = hold(writer, [("x", "x", "", "USA"), ("y", "y", "", "USA")])
        for _ in range(2):
            writer.add_sources([NewSource(one, two, Use.REPRODUCES), NewSource(one, two, Use.DRAWS_ON, inherited=True)])
            writer.add_references(
                [Reference("y", one, "ref"), Reference("z", one, "ref"), Reference("z", two, "derived")]
            )
        assert writer.sources([one, two]) == {
            one: (Source(item=item_id(two), use=Use.DRAWS_ON), Source(item=item_id(two), use=Use.REPRODUCES))
        }
        assert writer.dependants([two]) == {one}
        assert writer.referrers(["z", "y", "nowhere"], before=Ordinal(two + 1)) == [
            ("y", one, "ref"),
            ("z", one, "ref"),
            ("z", two, "derived"),
        ]
        assert writer.referrers(["z"], before=two) == [("z", one, "ref")]
        assert writer.derivations([one, two]) == [("z", two, "derived")]


def test_parallel_edges_are_attested_one_by_one(store: Store) -> None:
    span = Window(Instant(5), Instant(9))
    with store.write("hold", ME, policy=False) as writer:
        one, two = hold(writer, [("x", "x", "", "USA"), ("y", "y", "", "USA")])
        writer.add_sources(NewSource(one, two, Use.DRAWS_ON, edge=edge) for edge in (0, 1))
        writer.add_attestation(NewAttestation(one, two, span, 1))
        assert [source.attestations for source in writer.sources([one])[one]] == [(), (span,)]
        assert [row.edge for row in writer.attestations(one, two)] == [1]


def test_copies_of_an_id_stand_side_by_side(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        numbers = hold(writer, [("x", "s", "1", "USA"), ("y", "s", "2", "GBR"), ("z", "t", "1", "GBR")])
        copies = writer.copies(["s", "t", "u"])
        assert {name: [item.ordinal for item in items] for name, items in copies.items()} == {
            "s": numbers[:2],
            "t": numbers[2:],
        }


def test_items_and_their_copies_are_found_at_once(store: Store) -> None:
    rows = [("x", "s", "1", "USA"), ("y", "s", "2", "GBR"), ("z", "t", "1", "GBR"), ("w", "u", "1", "GBR")]
    with store.write("hold", ME, policy=False) as writer:
        one, two, three, four = numbers = hold(writer, rows)
        asked = [three, two, Ordinal(max(numbers) + 1)]
        both = writer.held_and_copies(asked)
        assert both == (writer.held(asked), writer.copies(["s", "t"]))
        assert {name: [copy.ordinal for copy in copies] for name, copies in both[1].items()} == {
            "s": [one, two],
            "t": [three],
        }
    with store.read() as reader:
        assert reader.held_and_copies(asked) == both
        assert reader.held_and_copies([four, two]) == (reader.held([two, four]), reader.copies(["s", "u"]))
    with store.read() as reader:
        assert list(reader.held([two])) == [two]  # its copies are not known by that
        assert reader.held_and_copies(asked) == both
        assert reader.held_and_copies([]) == ({}, {})


def test_what_was_looked_at_before_changes_no_answer(store: Store) -> None:
    """A reader remembers rows; one that was asked before gets what a new one does, and who writes sees what it adds."""
    rows = [("x", "s", "1", "USA"), ("y", "s", "2", "GBR"), ("z", "t", "1", "GBR")]
    with store.write("hold", ME, policy=False) as writer:
        numbers = hold(writer, rows)
        assert len(writer.copies(["s"])["s"]) == 2
        added = hold(writer, [("w", "s", "3", "FRA")])
        assert [item.ordinal for item in writer.copies(["s"])["s"]] == [*numbers[:2], *added]
    with store.read() as fresh:
        copies, held = fresh.copies(["s", "t", "u"]), fresh.held([*numbers, *added])
    with store.read() as asked:
        assert asked.held(numbers[1:]) == {number: held[number] for number in numbers[1:]}
        asked.copies(["t"])["t"].clear()
        for _ in range(2):
            assert asked.copies(["s", "t", "u"]) == copies
            assert asked.held([*numbers, *added, Ordinal(99)]) == held


def test_the_closure_is_all_that_an_item_is_built_on_also_around_a_cycle(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        a, b, c, _ = hold(writer, [(name, name, "", "USA") for name in "abcd"])
        writer.add_sources(
            [NewSource(a, b, Use.REPRODUCES), NewSource(b, c, Use.REPRODUCES), NewSource(c, a, Use.REPRODUCES)]
        )
        closure = writer.closure(a)
        assert sorted(closure) == sorted(map(item_id, (a, b, c)))
        assert all(item.received == AT for item in closure.values())


def test_a_deep_closure_takes_one_query_a_layer(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        numbers = hold(writer, [(f"n{place}", f"n{place}", "", "USA") for place in range(300)])
        writer.add_sources(NewSource(after, before, Use.REPRODUCES) for before, after in pairwise(numbers))
        assert len(writer.closure(numbers[-1])) == 300


def test_the_census_counts_every_item_once(store: Store) -> None:
    with store.read() as reader:
        groups = list(reader.census())
        assert sorted(item for _, _, _, items in groups for item in items) == [1, 2, 3, 4]
        for label, received, kind, items in groups:
            for item in items:
                assert reader.labels([Ordinal(item)])[Ordinal(item)] == label
                assert (reader.held([Ordinal(item)])[Ordinal(item)].type, received) == (kind, None)


def test_the_latest_receipt_is_that_of_all_items(store: Store) -> None:
    with store.write("hold", ME, policy=False) as writer:
        assert writer.latest_receipt() == ALWAYS
        hold(writer, [("x", "x", "", "USA")])
        assert writer.latest_receipt() == AT
