"""What a caller is told: everything that concerns it, once, in order, and nothing of anybody else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comity.compose import Node
from comity.core.errors import Forbidden, MalformedInput, NotAuthenticated, UnknownName
from comity.core.instant import Instant
from comity.core.role import Role
from comity.service.accounts import NewAccount, add_account, disable
from comity.service.events import BEGINNING, LIMIT, Event, Feed, Place, Wire, opened, sealed, wire
from comity.service.gone import tell_withdrawals
from comity.service.grants import end_agreement
from comity.service.partners import as_code
from comity.service.proposals import reject, set_two_person
from comity.service.quarantine import discard
from comity.service.records import Word
from comity.service.releasing import Request as Asking
from comity.service.releasing import outlet, page, release
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.tide import Level, Tide
from comity.service.tokens import revoke_token
from comity.service.withdrawing import Withdrawal, withdraw
from tests.nodes import ME, Clock, lots
from tests.sending import WORLD, found, ident, send, thing
from tests.staff import ADMIN, OFFICER, govern, through, token

Told = list[tuple[str, dict[str, object]]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("database") if request.param == "postgresql" else None


@pytest.fixture
def node(kept: str | None, tmp_path: Path, clock: Clock) -> Iterator[Node]:
    with found(tmp_path / "node", clock, database=kept) as node:
        staffed(node)
        yield replace(node, vault=lots())


def staffed(node: Node) -> None:
    govern(node)
    tester = NewAccount(name=ME.actor, roles=frozenset({Role.RELEASE_OFFICER}))
    for account in (tester, NewAccount(name="america", recipient="USA")):
        add_account(node.store, account, ADMIN, vault=node.vault)


def partner(node: Node, account: str = "ukraine", *scopes: str) -> Word:
    return through(token(node, *(scopes or ("release", "submit")), account=account))


def wired(node: Node) -> Wire:
    return wire(outlet(node.store, node.vault))


def feed(node: Node, word: Word, place: Place | None = BEGINNING) -> Feed:
    made = Feed(wired(node), word, place)
    made.begin()
    return made


def events(feed: Feed) -> list[Event]:
    told: list[Event] = []
    for each in feed.look(Level()):
        with each as batch:
            if batch.release is not None:
                batch.release.go_on()
            told += batch.events
    return told


def told(feed: Feed) -> Told:
    return [(each.kind, dict(each.said)) for each in events(feed)]


def names(feed: Feed, kind: str = "item") -> list[object]:
    return [said["id"] for each, said in told(feed) if each == kind]


def of(feed: Feed, kind: str) -> list[dict[str, object]]:
    return [said for each, said in told(feed) if each == kind]


def stop(node: Node, frm: str = "USA", to: str = "UKR") -> str:
    word = replace(OFFICER, by=as_code(frm), evidence="a letter") if frm != "GBR" else OFFICER
    return suspend(node.store, NewSuspension(frm=frm, to=to), word, drain=0).id


def free(node: Node, stopped: str, frm: str = "USA") -> None:
    lift(node.store, stopped, replace(OFFICER, by=as_code(frm), evidence="a letter"))


def hand_over(node: Node, to: str = "UKR") -> None:
    """All that the recipient may have, by another way."""
    asking = Asking(to=to, word=OFFICER, choose=page(None, 1000))
    with release(outlet(node.store, node.vault), asking) as response:
        assert list(response.content)


def test_what_becomes_visible_is_told_once_and_in_order(node: Node, clock: Clock) -> None:
    send(node, "USA", thing("old"))
    following = feed(node, partner(node), None)
    assert told(following) == []
    for name in "abc":
        clock.pass_by(1)
        send(node, "USA", thing(name))
    found = told(following)
    assert [said["id"] for _, said in found] == [ident(name) for name in "abc"]
    assert found[0][1] == {
        "id": ident("a"),
        "version": "2025-01-01T00:00:00Z",
        "type": "indicator",
        "date_added": found[0][1]["date_added"],
    }
    assert told(following) == []


def test_from_the_beginning_everything_is_told(node: Node) -> None:
    send(node, "USA", *(thing(str(number)) for number in range(2 * LIMIT + 1)))
    following = feed(node, partner(node))
    assert len(names(following)) == 2 * LIMIT + 1


def test_each_event_is_where_to_go_on(node: Node, clock: Clock) -> None:
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    send(node, "USA", thing("a"), thing("b"), thing("c"))
    send(node, "UKR", thing("own"), thing("bad", object_marking_refs=["marking-definition--x"]))
    word = partner(node)
    names(feed(node, word))
    stopped = stop(node)
    clock.pass_by(1)
    send(node, "FRA", thing("d"))
    everything = events(feed(node, word))
    assert {each.kind for each in everything} >= {"item", "withdrawn", "agreement", "quarantine"}
    for number, event in enumerate(everything):
        text = sealed(wired(node), word.actor, event.place)
        after = events(feed(node, word, opened(wired(node), word.actor, text)))
        assert after == everything[number + 1 :]
    free(node, stopped)


def test_a_place_is_for_the_account_that_was_given_it(node: Node) -> None:
    text = sealed(wired(node), "ukraine", BEGINNING)
    assert opened(wired(node), "ukraine", text) == BEGINNING
    for account, changed in [("alice", text), ("ukraine", text[:-4] + "AAA="), ("ukraine", ""), ("ukraine", "é")]:
        with pytest.raises(MalformedInput):
            opened(wired(node), account, changed)


def test_what_is_told_of_an_item_is_on_record_before(node: Node) -> None:
    send(node, "USA", thing("a"), thing("b"))
    following = feed(node, partner(node))
    seen = 0
    for each in following.look(Level()):
        with each as batch, node.store.read() as reader:
            on_record = [item for response in reader.disclosures(to="UKR") for item in response.items]
            handed = {row.stix_id for row in reader.held(on_record).values()}
            items = [event.said["id"] for event in batch.events if event.kind == "item"]
            assert set(items) <= handed
            seen += len(items)
    assert seen == 2


def test_what_was_not_handed_over_is_told_again(node: Node) -> None:
    send(node, "USA", thing("a"))
    following = feed(node, partner(node))

    def interrupted() -> None:
        for each in following.look(Level()):
            with each as batch:
                _ = 1 / (0 if any(event.kind == "item" for event in batch.events) else 1)

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert following.due(Level(), Instant(0))
    assert names(following) == [ident("a")]


def test_what_was_told_as_gone_is_told_again_when_it_is_back(node: Node, clock: Clock) -> None:
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    send(node, "USA", thing("a"))
    word = partner(node)
    before = feed(node, word)
    assert names(before) == [ident("a")]
    stopped = stop(node)
    clock.pass_by(1)
    with next(iter(before.look(Level()))) as batch:  # and then the stream breaks off, before anything else is looked at
        assert [(each.kind, each.said["id"]) for each in batch.events] == [("withdrawn", ident("a"))]
    free(node, stopped)
    clock.pass_by(1)
    after = feed(node, word, before.place)
    assert told(after)[-1][1]["id"] == ident("a")


def test_what_nobody_may_have_wakes_and_tells_nothing(node: Node) -> None:
    word = partner(node)
    following = feed(node, word)
    told(following)
    before = following.place
    send(
        node,
        "USA",
        thing("hidden", 1, object_marking_refs=["marking-definition--" + "0" * 8 + "-0000-4000-8000-" + "0" * 12]),
    )
    stop(node, "USA", "FRA")
    assert following.due(Tide(node.store).level._replace(noted=99), Instant(0))
    assert told(following) == []
    assert following.place == before


def test_a_suspension_tells_nothing_by_itself(node: Node) -> None:
    send(node, "USA", thing("a"))
    following = feed(node, partner(node))
    names(following)
    stop(node)
    assert told(following) == []
    send(node, "USA", thing("b"))
    assert told(following) == []


def test_what_a_recipient_had_is_told_as_withdrawn_where_the_agreement_says_so(node: Node, clock: Clock) -> None:
    send(node, "USA", thing("a"))
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    following = feed(node, partner(node))
    assert names(following) == [ident("a")]
    clock.pass_by(1)
    stopped = stop(node)
    assert told(following) == [("withdrawn", {"id": ident("a"), "version": "2025-01-01T00:00:00Z"})]
    assert told(following) == []
    clock.pass_by(1)
    free(node, stopped)
    assert names(following) == [ident("a")]
    clock.pass_by(1)
    stop(node)
    assert names(following, "withdrawn") == [ident("a")]


def test_it_is_told_alike_whatever_the_reason(node: Node, clock: Clock) -> None:
    send(node, "USA", thing("a"))
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    following = feed(node, partner(node))
    names(following)
    clock.pass_by(1)
    withdraw(node.store, Withdrawal(submitter=as_code("USA"), item=ident("a")), partner(node, "america"), drain=0)
    assert told(following) == [("withdrawn", {"id": ident("a"), "version": "2025-01-01T00:00:00Z"})]


def test_what_nobody_handed_to_it_is_not_told_as_withdrawn(node: Node) -> None:
    send(node, "USA", thing("a"))
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    following = feed(node, partner(node), None)
    stop(node)
    assert told(following) == []


def test_what_it_had_by_another_way_is_told_as_withdrawn(node: Node) -> None:
    send(node, "USA", thing("a"))
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    following = feed(node, partner(node), None)
    hand_over(node)
    stop(node)
    assert names(following, "withdrawn") == [ident("a")]


def test_a_version_of_which_there_is_another_copy_is_not_withdrawn(node: Node, clock: Clock) -> None:
    send(node, "USA", thing("a"))
    send(node, "FRA", thing("a"))
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    following = feed(node, partner(node))
    names(following)
    clock.pass_by(1)
    stop(node, "USA")
    assert names(following, "withdrawn") == []
    clock.pass_by(1)
    stop(node, "FRA")
    assert names(following, "withdrawn") == [ident("a")]


def test_when_the_agreement_ends_nothing_says_so_any_more(node: Node) -> None:
    send(node, "USA", thing("a"))
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    following = feed(node, partner(node))
    names(following)
    end_agreement(node.store, "gbr-ukr", OFFICER, drain=0)
    assert names(following, "withdrawn") == []


def test_only_what_the_holder_grants_says_so_and_once(node: Node) -> None:
    with pytest.raises(Forbidden, match="only what `GBR` grants"):
        tell_withdrawals(node.store, "usa-gbr", OFFICER)
    with pytest.raises(UnknownName):
        tell_withdrawals(node.store, "none", OFFICER)
    with pytest.raises(Forbidden, match="does not say so"):
        tell_withdrawals(node.store, "gbr-ukr", OFFICER, told=False)
    tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    with pytest.raises(Forbidden, match="says so already"):
        tell_withdrawals(node.store, "gbr-ukr", OFFICER)
    tell_withdrawals(node.store, "gbr-ukr", OFFICER, told=False)
    with pytest.raises(Forbidden):
        tell_withdrawals(node.store, "gbr-ukr", Word(actor="ann"))


def test_a_partner_is_told_of_its_own_word_and_of_no_others(node: Node, clock: Clock) -> None:
    own, other = feed(node, partner(node, "america"), None), feed(node, partner(node), None)
    part = feed(node, partner(node, "alice"), None)
    clock.pass_by(1)
    free(node, stop(node))
    stop(node, "FRA")
    given, ended = of(own, "suspension")
    assert (given["state"], given["from"], given["to"], given["reach"]) == ("given", "USA", "UKR", "onward")
    assert given["at"] == given["start"]
    assert (ended["state"], ended["start"], ended["ends"]) == ("ended", given["start"], ended["at"])
    assert not {"suspension", "id"} & set(given)
    assert told(other) == []
    assert told(part) == []


def test_a_submitter_is_told_what_became_of_what_it_sent(node: Node) -> None:
    own, other = feed(node, partner(node, "america"), None), feed(node, partner(node), None)
    send(node, "USA", thing("fine"), thing("bad", object_marking_refs=["nonsense"]))
    with node.store.read() as reader:
        (waiting,) = reader.open_quarantine()
    discard(node.store, waiting.id, OFFICER)
    found = of(own, "quarantine")
    assert [(said["state"], said["id"], said["position"]) for said in found] == [
        ("waiting", ident("bad"), 1),
        ("discarded", ident("bad"), 1),
    ]
    assert all("quarantine" not in said for said in found)
    assert of(other, "quarantine") == []


def test_the_holders_people_are_told_what_their_duties_let_them_know(node: Node) -> None:
    following = {name: feed(node, Word(actor=name), None) for name in ("ann", "olga", "audrey", "adam", "colin")}
    set_two_person(node.store, frozenset({"lift"}), ADMIN)
    send(node, "USA", thing("a"), thing("bad", object_marking_refs=["nonsense"]))
    free(node, stopped := stop(node))
    reject(node.store, "p-1", OFFICER)
    found = {name: told(each) for name, each in following.items()}
    kinds = {name: {kind for kind, _ in said} for name, said in found.items()}
    assert kinds == {
        "ann": {"item", "suspension"},
        "colin": {"item", "suspension", "quarantine"},
        "olga": {"item", "suspension", "quarantine", "proposal", "act"},
        "audrey": {"item", "suspension", "act"},
        "adam": {"suspension", "account"},
    }
    assert [said["state"] for kind, said in found["olga"] if kind == "proposal"] == ["waiting", "rejected"]
    assert [said["suspension"] for kind, said in found["ann"] if kind == "suspension"] == [stopped]
    assert [said["act"] for kind, said in found["adam"] if kind == "account"] == ["two-person"]
    assert [said["act"] for kind, said in found["audrey"] if kind == "act"] == [
        "two-person",
        "import",
        "suspend",
        "propose",
        "proposal-reject",
    ]
    with node.store.read() as reader:
        assert not list(reader.disclosures())


def test_many_notices_of_one_act_are_told_once(node: Node) -> None:
    bad = (thing(str(number), object_marking_refs=["nonsense"]) for number in range(2 * LIMIT + 7))
    word = partner(node, "america")
    send(node, "USA", *bad)
    following = feed(node, word)
    assert [said["position"] for said in of(following, "quarantine")] == list(range(2 * LIMIT + 7))
    assert of(following, "quarantine") == []


def test_whoever_is_let_in_no_more_is_told_nothing(node: Node) -> None:
    issued = token(node, "release", account="ukraine")
    following, other = feed(node, through(issued)), feed(node, partner(node))
    revoke_token(node.store, issued.access.id, OFFICER)
    send(node, "USA", thing("a"))
    with pytest.raises(NotAuthenticated):
        told(following)
    assert names(other) == [ident("a")]
    disable(node.store, "ukraine", ADMIN)
    with pytest.raises(NotAuthenticated):
        told(other)


def test_a_token_that_may_not_ask_for_items_is_told_of_none(node: Node) -> None:
    send(node, "USA", thing("a"))
    assert names(feed(node, partner(node, "ukraine", "submit"))) == []


def test_time_alone_tells_what_it_lets_go(node: Node, clock: Clock) -> None:
    suspend(
        node.store,
        NewSuspension(frm="USA", to="UKR", end=Instant(clock.now + 60_000_000)),
        replace(OFFICER, by=as_code("USA"), evidence="a letter"),
        drain=0,
    )
    send(node, "USA", thing("a"))
    following = feed(node, partner(node))
    assert names(following) == []
    following_level = Level()
    assert not following.due(following_level, clock())
    clock.pass_by(61)
    assert following.due(following_level, clock())
    assert names(following) == [ident("a")]


HIDDEN = WORLD.replace("holder: GBR", "holder: GBR\ndomains: [secrets]")


def test_two_nodes_that_differ_in_what_it_may_not_see_tell_the_same(tmp_path: Path) -> None:
    """Byte for byte, the ids too, at every look; what is hidden comes, is changed and goes between any two looks."""
    clock = Clock()
    with found(tmp_path / "one", clock, HIDDEN) as one, found(tmp_path / "two", clock, HIDDEN) as two:
        pair = [replace(node, vault=lots()) for node in (one, two)]
        for each in pair:
            staffed(each)
            tell_withdrawals(each.store, "gbr-ukr", OFFICER)
        words = [partner(each) for each in pair]
        feeds = [feed(each, word) for each, word in zip(pair, words, strict=True)]
        stops: list[list[str]] = [[], []]
        for step in range(12):
            clock.pass_by(1)
            for number, each in enumerate(pair):
                _visible(each, step, stops[number])
            clock.pass_by(1)
            _hidden(pair[0], step)
            clock.pass_by(1)
            said = [
                [
                    json.dumps([event.kind, event.said, sealed(wired(pair[0]), "ukraine", event.place)])
                    for event in events(each)
                ]
                for each in feeds
            ]
            assert said[0] == said[1]
            if step % 5 == 4:  # and after a break
                feeds = [feed(each, word, before.place) for each, word, before in zip(pair, words, feeds, strict=True)]
        assert feeds[0].place == feeds[1].place


def _visible(node: Node, step: int, stops: list[str]) -> None:
    match step % 4:
        case 0 | 1:
            send(node, "USA", thing(f"seen {step}"))
            send(node, "FRA", thing(f"seen {step}"))
        case 2:
            stops += [stop(node, "USA"), stop(node, "FRA")]
        case _:
            free(node, stops.pop(), "FRA")
            free(node, stops.pop(), "USA")


def _hidden(node: Node, step: int) -> None:
    red = ["marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"]
    send(
        node,
        "DEU",
        thing(f"hidden {step}", object_marking_refs=red),
        thing(f"bad {step}", object_marking_refs=["nonsense"]),
    )
    if step % 3 == 1:
        stop(node, "DEU", "FRA")
    if step % 3 == 2:
        hand_over(node, "USA")
