"""A page of a collection: exactly what the reader may have, by its own dates, and `more` that tells of nothing else."""

import json
from collections.abc import Iterable, Iterator
from itertools import count

import pytest

from comity.compose import Node
from comity.core.errors import UnknownName
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.core.role import OF_PARTNERS
from comity.service import collections, releasing
from comity.service.collections import Asker, Collection
from comity.service.consenting import NewConsent, grant_consent
from comity.service.listing import LAST, Page, Question, Versions, version
from comity.service.ports import Reader
from comity.service.releasing import Outlet, release
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.withdrawing import Withdrawal, withdraw
from tests.nodes import ME, Clock, word_of
from tests.sending import ident, marked, send, thing

ALL = Versions(every=True)
RED = marked("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")
"""What a partner marks so goes to nobody else."""


def everybody(_: Reader) -> None:
    """Nobody is refused."""


def asker(to: str) -> Asker:
    return Asker(to=Recipient(to), duties=OF_PARTNERS, check=everybody)


@pytest.fixture
def outlet(network: Node) -> Outlet:
    return releasing.outlet(network.store, network.vault)


def listed(outlet: Outlet, to: str) -> tuple[Collection, ...]:
    return collections.listed(outlet.store, outlet.standing, outlet.vault, asker(to))


def page(outlet: Outlet, question: Question, to: str = "UKR") -> tuple[list[str], Page]:
    """The names of what was handed over, and the page."""
    found = Page(outlet.vault, asker(to), question)
    with release(outlet, found.request(ME)) as response:
        names = [json.loads(content)["name"] for content in response.content]
        assert [item.ordinal for item in response.items] == list(found.dates)
    return names, found


def names(outlet: Outlet, to: str = "UKR", **asked: object) -> list[str]:
    return page(outlet, Question(**{"collection": "all", **asked}), to)[0]  # type: ignore[arg-type]


def pages(outlet: Outlet, limit: int, to: str = "UKR", between: Iterable[object] = ()) -> list[list[str]]:
    """Every page, by the date of the last object of the one before."""
    found: list[list[str]] = []
    after: Instant | None = None
    happening = iter(between)
    while True:
        got, one = page(outlet, Question(collection="all", limit=limit, after=after), to)
        found.append(got)
        after = max(one.dates.values(), default=after)
        if not one.more:
            return found
        next(happening, None)


def test_more_is_of_what_the_reader_may_have(network: Node, outlet: Outlet) -> None:
    send(network, "USA", *(thing(f"{place}", **({} if place % 3 == 0 else RED)) for place in range(9)))
    assert pages(outlet, 2) == [["0", "3"], ["6"]]
    assert pages(outlet, 3) == [["0", "3", "6"]]


def test_an_empty_page_is_no_response(network: Node, outlet: Outlet) -> None:
    send(network, "USA", thing("a", **RED))
    assert names(outlet) == []
    with network.store.read() as reader:
        assert list(reader.disclosures()) == []


def test_a_page_is_one_recorded_response(network: Node, outlet: Outlet) -> None:
    send(network, "USA", thing("a"), thing("b"))
    assert names(outlet) == ["a", "b"]
    with network.store.read() as reader:
        (one,) = reader.disclosures()
        assert (one.recipient, len(one.items)) == ("UKR", 2)


def test_what_appears_later_comes_after_every_cursor(network: Node, outlet: Outlet, clock: Clock) -> None:
    send(network, "USA", thing("a", **RED), thing("b"), thing("c"))
    got, one = page(outlet, Question(collection="all", limit=1))
    assert (got, one.more) == (["b"], True)
    clock.pass_by(1)
    grant_consent(network.store, NewConsent(by="USA", item=ident("a"), to=("UKR",)), word_of("USA"))
    after = max(one.dates.values())
    assert page(outlet, Question(collection="all", after=after))[0] == ["c", "a"]


def test_what_was_suspended_comes_back_after_every_cursor(network: Node, outlet: Outlet, clock: Clock) -> None:
    send(network, "USA", thing("a"))
    send(network, "FRA", thing("b"))
    _, one = page(outlet, Question(collection="all"))
    after = max(one.dates.values())
    clock.pass_by(1)
    stop = suspend(network.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"))
    assert names(outlet) == ["b"]
    assert names(outlet, after=after) == []
    clock.pass_by(1)
    lift(network.store, stop.id, word_of("USA"))
    assert names(outlet, after=after) == ["a"]


def test_none_twice_and_none_missed_whatever_happens_in_between(network: Node, outlet: Outlet, clock: Clock) -> None:
    send(network, "USA", *(thing(f"{place}", **({} if place % 2 else RED)) for place in range(20)))
    lots = count(20)

    def happens() -> Iterator[None]:
        for place in range(0, 8, 2):
            clock.pass_by(1)
            send(network, "FRA", thing(f"{next(lots)}"), thing(f"hidden {place}", **RED))
            yield
            clock.pass_by(1)
            grant_consent(network.store, NewConsent(by="USA", item=ident(f"{place}"), to=("UKR",)), word_of("USA"))
            yield

    got = [name for one in pages(outlet, 2, between=happens()) for name in one]
    assert len(got) == len(set(got))
    assert sorted(got) == sorted(names(outlet))


def test_versions_are_those_that_the_reader_sees(network: Node, outlet: Outlet) -> None:
    send(network, "USA", thing("a", 1), thing("a", 2), thing("a", 3, **RED))
    with network.store.read() as reader:
        assert len(reader.copies([ident("a")])[ident("a")]) == 3
    assert names(outlet) == []  # a later version's claim binds all earlier ones
    send(network, "FRA", thing("b", 1), thing("b", 2))
    times = {"first": Versions(first=True), "last": LAST, "all": ALL}
    assert {word: len(names(outlet, versions=each)) for word, each in times.items()} == {
        "first": 1,
        "last": 1,
        "all": 2,
    }
    exactly = Versions(exactly=frozenset({version("2025-01-01T00:00:00.000Z")}))
    assert names(outlet, versions=exactly) == ["b"]


def test_nobody_makes_another_s_version_an_older_one(network: Node, outlet: Outlet) -> None:
    """Who sends a newer version of what is not its own has a copy beside, which hides nothing."""
    send(network, "USA", thing("a", 1))
    send(network, "FRA", {**thing("a", 2), "name": "forged"})
    assert names(outlet) == ["a", "forged"]


def test_of_one_version_there_is_one_copy(network: Node, outlet: Outlet) -> None:
    send(network, "USA", thing("a"))
    send(network, "FRA", {**thing("a"), "name": "another"})
    assert names(outlet) == ["a"]
    assert names(outlet, versions=ALL) == ["a"]
    suspend(network.store, NewSuspension(frm="USA", to="UKR"), word_of("USA"))
    assert names(outlet) == ["another"]


def test_filters_are_of_what_is_permitted(network: Node, outlet: Outlet) -> None:
    send(network, "USA", thing("a"), thing("b", kind="malware"), thing("c", **RED))
    assert names(outlet, types=frozenset({"malware"})) == ["b"]
    assert names(outlet, types=frozenset({"malware", "indicator", "tool"})) == ["a", "b"]
    assert names(outlet, ids=frozenset({ident("a"), ident("c"), ident("no such")})) == ["a"]
    assert names(outlet, specs=frozenset({"2.0"})) == []
    assert names(outlet, specs=frozenset({"2.0", "2.1"})) == ["a", "b"]


def test_what_is_hidden_is_as_unknown_as_what_was_never_there(network: Node, outlet: Outlet) -> None:
    send(network, "USA", thing("a", **RED), thing("b"))
    said = set()
    for name in ("a", "never there"):
        with pytest.raises(UnknownName) as problem:
            names(outlet, item=ident(name))
        said.add(str(problem.value))
    assert len(said) == 1
    assert names(outlet, item=ident("b")) == ["b"]


def test_what_waits_in_quarantine_is_listed_to_nobody(network: Node, outlet: Outlet) -> None:
    send(network, "USA", {**thing("a"), "revoked": "perhaps"}, thing("b"))
    assert names(outlet, to="USA") == names(outlet) == ["b"]
    send(network, "UKR", {**thing("c"), "revoked": "perhaps"}, thing("d"))
    assert names(outlet) == ["b", "d"]


def test_what_is_withdrawn_goes_to_nobody_and_what_names_it_waits(network: Node, outlet: Outlet) -> None:
    send(network, "UKR", thing("a"), thing("r", kind="report", object_refs=[ident("a")]), thing("b"))
    send(network, "FRA", thing("a"))
    assert names(outlet) == ["a", "r", "b"]
    gone = withdraw(network.store, Withdrawal(submitter="UKR", item=ident("a")), ME)  # type: ignore[arg-type]
    assert [held.submitter for held in gone] == ["UKR"]
    assert names(outlet) == ["b", "a"]  # the copy of France, which stands beside
    with pytest.raises(UnknownName, match="not withdrawn before"):
        withdraw(network.store, Withdrawal(submitter="UKR", item=ident("a")), ME)  # type: ignore[arg-type]
    with pytest.raises(UnknownName, match="not withdrawn before"):
        withdraw(network.store, Withdrawal(submitter="DEU", item=ident("b")), ME)  # type: ignore[arg-type]
    send(network, "UKR", thing("a", 2))
    assert names(outlet)[-1] == "a"
