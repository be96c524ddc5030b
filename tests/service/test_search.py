"""A search finds what the reader may see, shows a piece of it, and is on record where it hands something over."""

from collections.abc import Iterator, Sequence

import pytest

from comity.compose import Node, verify
from comity.core.errors import Forbidden, MalformedInput, NotAuthenticated, UnknownName
from comity.formats.marking import AMBER_STRICT
from comity.formats.words import RULES, Snippet
from comity.service import indexing, releasing
from comity.service.consenting import NewConsent, grant_consent
from comity.service.records import Word
from comity.service.releasing import Outlet
from comity.service.search import LIMIT, Answer, Asked, Counted, Suggested, Suggesting, search, suggest
from comity.service.suspending import NewSuspension, suspend
from tests.nodes import ME, SECOND, START, Clock, word_of
from tests.refusing import refused
from tests.sending import derived, ident, marked, refs, send, thing
from tests.staff import ADMIN, OFFICER, govern, through, token


@pytest.fixture
def outlet(network: Node) -> Outlet:
    return releasing.outlet(network.store, network.vault)


@pytest.fixture(params=["indexed", "behind"])
def indexed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether what is searched is in the index, or read by the search itself: the answers are the same."""
    monkeypatch.setattr(indexing, "AHEAD", 0 if request.param == "indexed" else 10_000)
    monkeypatch.setattr(indexing.catch_up, "__defaults__", (indexing.AHEAD, indexing.unheard))
    return bool(request.param == "indexed")


def found(outlet: Outlet, query: str, to: str | None = None, **more: object) -> Answer:
    with search(outlet, Asked(query=query, to=to, word=ME, **more)) as answer:  # type: ignore[arg-type]
        return answer


def titles(outlet: Outlet, query: str, to: str | None = None, **more: object) -> list[str | None]:
    return [hit.title for hit in found(outlet, query, to, **more).hits]


def words(outlet: Outlet, beginning: str, to: str | None = None, limit: int = 10) -> Suggested:
    with suggest(outlet, Suggesting(beginning=beginning, to=to, word=ME, limit=limit)) as answer:
        return answer


def recorded(outlet: Outlet) -> list[tuple[str, list[str | None]]]:
    """What is on record as handed over: to whom, and what."""
    with outlet.store.read() as reader:
        return [
            (row.recipient, [reader.held([item])[item].title for item in row.items]) for row in reader.disclosures()
        ]


def several(network: Node, clock: Clock) -> None:
    """Some things that Ukraine may get, and some that it may not."""
    send(network, "USA", thing("missile launch", description="An early warning.", labels=["Alert"]))
    clock.pass_by(60)
    send(network, "USA", thing("secret launch", **marked(AMBER_STRICT), labels=["Hidden"]))
    send(network, "FRA", thing("radar", kind="report", description="Warning early, of a launch", **refs(ident("x"))))
    clock.pass_by(60)
    send(network, "GBR", thing("launches", kind="malware", is_family=False))


def test_words_phrases_and_beginnings(network: Node, outlet: Outlet, clock: Clock, indexed: bool) -> None:
    several(network, clock)
    assert titles(outlet, "launch", "UKR") == ["radar", "missile launch"]
    assert titles(outlet, "launch*", "UKR") == ["launches", "radar", "missile launch"]
    assert titles(outlet, '"early warning"', "UKR") == ["missile launch"]
    assert titles(outlet, '"warning early"', "UKR") == ["radar"]
    assert titles(outlet, "warning LAUNCH", "UKR") == ["radar", "missile launch"]
    assert titles(outlet, "secret", "UKR") == []
    assert titles(outlet, "secret") == ["secret launch"]
    with network.store.read() as reader:
        assert bool(reader.indexed(RULES)) is indexed


def test_fields(network: Node, outlet: Outlet, clock: Clock, indexed: bool) -> None:
    several(network, clock)
    assert titles(outlet, "type:report", "UKR") == ["radar"]
    assert titles(outlet, "type:report,malware launch*", "UKR") == ["launches", "radar"]
    assert titles(outlet, "type:no-such-type", "UKR") == []
    assert titles(outlet, "label:alert", "UKR") == ["missile launch"]
    assert titles(outlet, "label:hidden,alert", "UKR") == ["missile launch"]
    assert titles(outlet, "label:hidden") == ["secret launch"]
    assert titles(outlet, "originator:USA") == ["secret launch", "missile launch"]
    assert titles(outlet, "originator:FRA,GBR") == ["launches", "radar"]
    assert titles(outlet, "domain:general type:report", "UKR") == ["radar"]
    assert titles(outlet, "domain:nowhere", "UKR") == []
    assert titles(outlet, f"id:{ident('missile launch')}", "UKR") == ["missile launch"]
    assert titles(outlet, f"id:{ident('secret launch')}", "UKR") == titles(outlet, f"id:{ident('never')}", "UKR") == []
    assert indexed in (True, False)


def test_bounds_of_time_are_of_the_readers_own_dates(network: Node, outlet: Outlet, clock: Clock) -> None:
    several(network, clock)
    assert titles(outlet, "after:2025-03-01T00:01:00Z", "UKR") == ["launches", "radar"]
    assert titles(outlet, "before:2025-03-01T00:01:00Z", "UKR") == ["missile launch"]
    assert titles(outlet, "after:2025-03-01T00:00:30Z before:2025-03-01T00:02:00Z", "UKR") == ["radar"]
    assert titles(outlet, "after:2025-03-02 before:2025-03-01", "UKR") == []
    clock.pass_by(3600)
    grant_consent(network.store, NewConsent(by="USA", item=ident("secret launch"), to=("UKR",)), word_of("USA"))
    assert titles(outlet, "after:2025-03-01T00:30:00Z", "UKR") == ["secret launch"]
    assert titles(outlet, "launch", "UKR") == ["secret launch", "radar", "missile launch"]


def test_what_is_found_is_counted_by_its_values(network: Node, outlet: Outlet, clock: Clock, indexed: bool) -> None:
    several(network, clock)
    theirs = found(outlet, "", "UKR", limit=1)
    assert theirs.count == 3
    assert theirs.facets == {
        "type": (Counted("indicator", 1), Counted("malware", 1), Counted("report", 1)),
        "domain": (Counted("general", 3),),
    }
    ours = found(outlet, "launch")
    assert ours.count == 3
    assert ours.facets["originator"] == (Counted("USA", 2), Counted("FRA", 1))
    assert ours.facets["label"] == (Counted("alert", 1), Counted("hidden", 1))
    assert ours.facets["type"] == (Counted("indicator", 2), Counted("report", 1))
    assert indexed in (True, False)


def test_a_hit_shows_where_it_was_found(network: Node, outlet: Outlet, clock: Clock) -> None:
    several(network, clock)
    (hit,) = found(outlet, '"early warning"', "UKR").hits
    assert hit.snippet == Snippet("An early warning.", ((3, 16),))
    assert (hit.id, hit.name, hit.type) == (ident("missile launch"), ident("missile launch"), "indicator")
    assert hit.version == "2025-01-01T00:00:00Z"
    assert hit.since is not None
    assert START < hit.since < START + SECOND
    (ours,) = found(outlet, "radar").hits
    assert ours.name == ident("radar", "report")


def pages(outlet: Outlet, query: str, to: str | None, limit: int) -> Iterator[Sequence[str | None]]:
    after = None
    while True:
        page = found(outlet, query, to, limit=limit, after=after)
        yield [hit.title for hit in page.hits]
        after = page.next
        if after is None:
            return


@pytest.mark.parametrize("to", ["UKR", None])
def test_pages_follow_one_another(network: Node, outlet: Outlet, to: str | None) -> None:
    send(network, "USA", *(thing(f"n{number}") for number in range(5)))
    send(network, "USA", *(thing(f"n{number}") for number in range(5, 7)))
    assert list(pages(outlet, "", to, 3)) == [["n6", "n5", "n4"], ["n3", "n2", "n1"], ["n0"]]
    assert list(pages(outlet, "", to, 7)) == [[f"n{number}" for number in range(6, -1, -1)]]


def test_no_change_of_policy_makes_a_cursor_invalid(network: Node, outlet: Outlet, clock: Clock) -> None:
    """What has come meanwhile is at the beginning; what has gone leaves no gap."""
    send(network, "USA", *(thing(f"n{number}") for number in range(4)), thing("late", **marked(AMBER_STRICT)))
    send(network, "FRA", thing("french"))
    first = found(outlet, "", "UKR", limit=2)
    assert [hit.title for hit in first.hits] == ["french", "n3"]
    clock.pass_by(10)
    grant_consent(network.store, NewConsent(by="USA", item=ident("late"), to=("UKR",)), word_of("USA"))
    suspend(network.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"), drain=0)
    assert titles(outlet, "", "UKR", after=first.next) == ["n2", "n1", "n0"]
    assert titles(outlet, "", "UKR", limit=2) == ["late", "n3"]


def test_a_cursor_is_good_for_who_was_given_it_and_for_what(network: Node, outlet: Outlet) -> None:
    send(network, "USA", *(thing(f"n{number}") for number in range(4)))
    given = found(outlet, "type:indicator", "UKR", limit=1).next
    assert given is not None
    assert titles(outlet, "TYPE:indicator", "UKR", after=given) == ["n2", "n1", "n0"]
    others = [
        Asked(query="", to="UKR", word=ME, after=given),
        Asked(query="type:indicator", to="FRA", word=ME, after=given),
        Asked(query="type:indicator", word=ME, after=given),
        Asked(query="type:indicator", to="UKR", word=Word(actor="another"), after=given),
        Asked(query="type:indicator", to="UKR", word=ME, after=given[:-1] + ("A" if given[-1] != "A" else "B")),
        Asked(query="type:indicator", to="UKR", word=ME, after=""),
        Asked(query="type:indicator", to="UKR", word=ME, after="né"),
    ]
    for asked in others:
        with refused(MalformedInput, match="begin without one"), search(outlet, asked):
            pass


def test_the_earliest_copy_that_one_may_see_is_found_once(network: Node, outlet: Outlet, indexed: bool) -> None:
    send(network, "USA", thing("same", description="first", **marked(AMBER_STRICT)))
    send(network, "FRA", thing("same", description="second"))
    send(network, "DEU", thing("same", description="third"))
    assert [hit.snippet and hit.snippet.text for hit in found(outlet, "", "UKR").hits] == ["same"]
    assert found(outlet, "second", "UKR").count == 1
    assert found(outlet, "third", "UKR").count == 0
    assert found(outlet, "first", "UKR").count == 0
    assert found(outlet, "first").count == 1
    assert found(outlet, "", "UKR").count == 1
    suspend(network.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"), drain=0)
    assert found(outlet, "second", "UKR").count == 0
    assert found(outlet, "third", "UKR").count == 1
    assert indexed in (True, False)


def test_what_is_shown_to_a_recipient_is_on_record_and_nothing_else(
    network: Node, outlet: Outlet, clock: Clock
) -> None:
    several(network, clock)
    with search(outlet, Asked(query="launch*", to="UKR", word=ME, limit=2)) as answer:
        assert recorded(outlet) == [("UKR", ["launches", "radar"])]
        assert answer.response is not None
        assert answer.response.entry is not None
    assert found(outlet, "secret", "UKR").response is not None
    assert recorded(outlet) == [("UKR", ["launches", "radar"])]
    assert found(outlet, "launch").response is None
    assert recorded(outlet) == [("UKR", ["launches", "radar"])]
    verify(network)


def test_the_gate_is_held_while_the_answer_is_handed_over(network: Node, outlet: Outlet, clock: Clock) -> None:
    several(network, clock)
    with (
        refused(Exception, match="stopped"),
        search(outlet, Asked(query="", to="UKR", word=ME)) as answer,
    ):
        assert answer.response is not None
        suspend(network.store, NewSuspension(frm="GBR", to="UKR"), ME, drain=0)
        answer.response.go_on()
    assert titles(outlet, "", "UKR") == []


def test_words_are_suggested_from_what_is_seen(network: Node, outlet: Outlet, indexed: bool) -> None:
    send(network, "USA", thing("launch launcher"), thing("launch"), thing("launderer", **marked(AMBER_STRICT)))
    assert words(outlet, "laun", "UKR").words == ("launch", "launcher")
    assert words(outlet, "LAUN", "UKR", limit=1).words == ("launch",)
    assert words(outlet, "launch").words == ("launch", "launcher")
    assert words(outlet, "laund", "UKR").words == ()
    assert words(outlet, "laund").words == ("launderer",)
    assert recorded(outlet) == [("UKR", ["launch", "launch launcher"]), ("UKR", ["launch"])]
    assert indexed in (True, False)


def test_whose_an_item_is_is_for_the_holders_own_people(network: Node, outlet: Outlet, clock: Clock) -> None:
    several(network, clock)
    with refused(Forbidden, match="for the holder's own people"):
        found(outlet, "originator:USA", "UKR")
    assert set(found(outlet, "", "UKR").facets) == {"type", "domain"}


def test_domains_are_those_that_an_item_states_itself(network: Node, outlet: Outlet) -> None:
    """What it carries from what it is built on may be of what the reader may not see."""
    with network.store.write("domain", ME, policy=True) as writer:
        writer.add_domain("hidden")
    beside = f"items: [{{id: {ident('root')}, originator: USA, domains: [hidden], level: RESTRICTED}}]"
    send(network, "USA", thing("root"), sidecar=beside)
    send(network, "USA", thing("built", **refs(ident("root"))), derived("edge", ident("built"), ident("root")))
    assert titles(outlet, "domain:hidden") == ["root"]
    assert "built" in titles(outlet, "domain:general")


def test_by_the_names_of_the_holder_only_the_holder_finds(node: Node) -> None:
    """The item is Ukraine's to see; what it is called in the holder's world is not."""
    way = releasing.outlet(node.store, node.vault)
    (note,) = found(way, "id:note").hits
    assert note.name == "note"
    assert [hit.id for hit in found(way, f"id:{note.id}", "UKR").hits] == [note.id]
    assert [hit.name for hit in found(way, "", "UKR").hits] == [note.id]
    assert found(way, "id:note", "UKR").count == 0


@pytest.mark.parametrize("limit", [0, -1, LIMIT + 1])
def test_so_many_hits_can_be_asked_for(outlet: Outlet, limit: int) -> None:
    with refused(MalformedInput, match=f"ask for 1 to {LIMIT}"):
        found(outlet, "", limit=limit)


def test_a_stranger_finds_nothing(outlet: Outlet) -> None:
    with refused(UnknownName):
        found(outlet, "", "ATL")


def test_everyone_searches_by_their_own_duty(network: Node, outlet: Outlet, clock: Clock) -> None:
    several(network, clock)
    govern(network)

    def count(word: Word, to: str | None = None) -> int:
        with search(outlet, Asked(query="", word=word, to=to)) as answer:
            return answer.count

    ukraine = through(token(network, "release", account="ukraine"))
    assert count(Word(actor="ann")) == count(Word(actor="audrey")) == 4
    assert count(ukraine) == count(ukraine, "UKR") == count(OFFICER, "UKR") == 3
    assert [to for to, _ in recorded(outlet)] == ["UKR"] * 3
    for word, to in ((ADMIN, None), (Word(actor="ann"), "UKR"), (ukraine, "FRA"), (ADMIN, "UKR")):
        with refused(Forbidden):
            count(word, to)
    for word in (Word(actor="nobody"), Word(actor="ukraine")):
        with refused(NotAuthenticated):
            count(word)
    with refused(Forbidden), suggest(outlet, Suggesting(beginning="la", word=ADMIN)):
        pass


def test_a_search_goes_on_while_somebody_else_keeps_writing(
    network: Node, outlet: Outlet, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is not filled then; the answer is the same."""
    several(network, clock)
    monkeypatch.setattr(indexing.catch_up, "__defaults__", (0, indexing.unheard))
    with network.store.write("domain", ME, policy=False):
        assert titles(outlet, "launch") == ["radar", "secret launch", "missile launch"]
    with network.store.read() as reader:
        assert reader.indexed(RULES) == 0
