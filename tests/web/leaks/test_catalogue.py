"""The catalogue of leaks (docs/explanation/leaks.md), as every partner of one network, over every route.

One node in which everything has happened that `tests.web.leaks.happenings` knows of. Whether somebody may have an item
is asked of the decision itself, item by item, and compared with what stands in the answers, byte for byte.
"""

import logging
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from http import HTTPStatus

import pytest

from comity.core.decision import Permitted
from comity.core.partner import Recipient
from comity.index.holding import Ordinal
from comity.service.gone import tell_withdrawals
from comity.service.release import judged, open_index
from comity.service.suspending import NewSuspension, suspend
from tests.founded import STORES
from tests.postgres import Server
from tests.sending import ident
from tests.staff import OFFICER
from tests.web.leaks.asgi import Ask, Said, unbroken
from tests.web.leaks.asking import ABSENT_UUID, TAXII_MEDIA, Words, learned, steady
from tests.web.leaks.happenings import HIDDEN, SHOWN, done
from tests.web.leaks.network import (
    ACCOUNTS,
    HIDING,
    MARK,
    READER,
    R,
    envelope,
    hidden,
    network,
    seen,
    send,
    send_hidden,
    word_of,
)
from tests.web.leaks.twins import Parted, Twins

pytestmark = pytest.mark.parametrize("keeper", STORES, indirect=True)

ROOT = "/taxii2/comity/collections/all/"
INBOX = "/taxii2/comity/collections/inbox/objects/"
MEDIA = (("content-type", TAXII_MEDIA),)
SECRET, ABSENT = ident("kept from all but the holder"), ident("never")
BY_ID = (
    Ask(path=f"{ROOT}objects/{{}}/"),
    Ask(path=f"{ROOT}objects/{{}}/versions/"),
    Ask(method="HEAD", path=f"{ROOT}objects/{{}}/"),
    Ask(method="DELETE", path=f"{ROOT}objects/{{}}/"),
    Ask(path=f"{ROOT}objects/", query=(("match[id]", "{}"),)),
    Ask(path=f"{ROOT}manifest/", query=(("match[id]", "{}"), ("match[version]", "all"))),
    Ask(path="/api/v1/search", query=(("query", "id:{}"),)),
    Ask(path="/api/v1/decide", query=(("item", "{}"), ("to", "UKR"))),
    *(Ask(path=f"/api/v1/{name}", query=(("item", "{}"),)) for name in ("items", "lineage")),
)
"""Every way to ask for one object."""


@pytest.fixture(scope="module")
def twins(keeper: Server | None) -> Iterator[Twins]:
    with Twins(network(keeper)) as made:
        for number, happening in enumerate((*SHOWN, *HIDDEN) * 2):
            made.pass_by(1)
            made.hidden(done(happening, 7919 * number))
        made.pass_by(1)
        send_hidden(made.other.node, "USA", hidden("kept from all but the holder"), HIDING[1])
        made.pass_by(1)
        yield made


def asked(twins: Twins, ask: Ask, account: str | None) -> Said:
    """The answer of the node in which everything has happened."""
    said = twins.other.line.ask(ask, None if account is None else twins.secrets[account])
    unbroken(ask, said)
    return said


def everything(twins: Twins, account: str | None) -> list[tuple[Ask, Said]]:
    """What every route says to this account, and what pages and searches do."""
    words = Words()
    first = Ask(path="/taxii2/comity/collections/")
    learned(words, first, asked(twins, first, account))
    more = [Ask(path=f"{ROOT}{what}/", query=(("match[version]", version), ("limit", limit)))
            for what in ("objects", "manifest") for version in ("all", "first") for limit in ("1", "1000")]  # fmt: skip
    more += [
        Ask(path="/api/v1/search", query=(("query", text),)) for text in (MARK, "", "type:report", f"label:{MARK}")
    ]
    more += [Ask(path="/api/v1/suggest", query=(("beginning", MARK[:4]),))]
    return [(ask, asked(twins, ask, account)) for ask in (*steady(twins.other.line.app, words), *more)]


def refused(twins: Twins, to: str) -> tuple[set[str], set[str]]:
    """The ids of which this recipient may have no copy, and those of which it may have one."""
    with twins.other.node.store.read() as reader:
        numbers = [Ordinal(number) for number in open_index(reader, reader.now()).carriers.everything]
        held = reader.held(numbers)
        decided = zip(numbers, judged(reader, numbers, Recipient(to), reader.now()), strict=True)
        may = {held[number].stix_id for number, each in decided if isinstance(each, Permitted)}
        return {each.stix_id for each in held.values()} - may, may


@pytest.mark.parametrize("account", ACCOUNTS)
def test_no_answer_names_what_its_reader_may_not_have(twins: Twins, account: str) -> None:
    hidden_ids, _ = refused(twins, ACCOUNTS[account])
    assert hidden_ids
    for ask, said in everything(twins, account):
        named = {name for name in hidden_ids if name.partition("--")[2] in said.everything}
        assert not named - {name for name in named if name in str(ask)}, f"{ask}: {said.everything}"


def test_some_answer_does_name_what_its_reader_may_have(twins: Twins) -> None:
    """So that the test above would notice something."""
    _, may = refused(twins, "UKR")
    said = [said.everything for _, said in everything(twins, READER)]
    assert may
    assert all(any(name in each for each in said) for name in may)


def test_whoever_is_not_let_in_learns_no_name(twins: Twins) -> None:
    hidden_ids, may = refused(twins, "UKR")
    for ask, said in everything(twins, None):
        assert not [name for name in hidden_ids | may if name in said.everything], ask
        assert MARK not in said.everything, ask


@pytest.mark.parametrize("account", ["ukraine", "unit", "germany", "alice", None])
@pytest.mark.parametrize("ask", BY_ID, ids=str)
def test_what_is_hidden_is_answered_as_what_never_was(twins: Twins, ask: Ask, account: str | None) -> None:
    there, never = (said_of(twins, ask, name, account) for name in (SECRET, ABSENT))
    assert there == never


def said_of(twins: Twins, ask: Ask, name: str, account: str | None) -> tuple[int, str]:
    """The answer about this id, with the id itself left out."""
    query = tuple((key, value.replace("{}", name)) for key, value in ask.query)
    said = asked(twins, Ask(method=ask.method, path=ask.path.replace("{}", name), query=query), account)
    return said.status, said.everything.replace(name, "…")


def test_another_s_status_is_as_one_that_never_was(twins: Twins) -> None:
    sent = asked(twins, Ask(method="POST", path=INBOX, headers=MEDIA, body=envelope(seen("f0"))), "france")
    own = Ask(path=f"/taxii2/comity/status/{sent.json()['id']}/")
    assert asked(twins, own, "france").status == HTTPStatus.OK
    never = Ask(path=f"/taxii2/comity/status/{ABSENT_UUID}/")
    for account in (READER, "germany", "alice"):
        assert asked(twins, own, account) == asked(twins, never, account)


def test_a_cursor_holds_a_date_of_its_reader_and_a_seal_and_is_nobody_else_s(twins: Twins) -> None:
    first = Ask(path=f"{ROOT}manifest/", query=(("limit", "1"),))
    said = asked(twins, first, READER)
    date, held = said.header("x-taxii-date-added-last"), urlsafe_b64decode(said.json()["next"])
    assert len(held) == 8 + 16
    assert date is not None
    again = Ask(path=first.path, query=(*first.query, ("next", said.json()["next"])))
    assert asked(twins, again, READER).status == HTTPStatus.OK
    for account in ("unit", "germany", "alice"):
        assert asked(twins, again, account).status == HTTPStatus.BAD_REQUEST
    elsewhere = Ask(path=f"{ROOT}objects/", query=again.query)
    assert asked(twins, elsewhere, READER).status == HTTPStatus.BAD_REQUEST


def test_collections_are_of_their_reader_alone(twins: Twins) -> None:
    lists = {
        account: {
            each["id"]
            for each in asked(twins, Ask(path="/taxii2/comity/collections/"), account).json().get("collections", ())
        }
        for account in ACCOUNTS
    }
    for account, own in lists.items():
        for other in {name for each, names in lists.items() if each != account for name in names}:
            said = asked(twins, Ask(path=f"/taxii2/comity/collections/{other}/"), account)
            assert (said.status == HTTPStatus.OK) is (other in own)


@pytest.mark.parametrize("account", [READER, "germany", None])
def test_nothing_is_kept_compressed_or_dated_by_what_is_there(twins: Twins, account: str | None) -> None:
    for ask, said in everything(twins, account):
        assert said.header("cache-control") == "no-store", ask
        for name in ("etag", "last-modified", "content-encoding", "server", "set-cookie", "x-process-time", "location"):
            assert said.header(name) is None, ask


def test_the_same_error_is_the_same_each_time(twins: Twins) -> None:
    """No number of it, no time: nothing by which to tell how many there were."""
    for path in (f"{ROOT}objects/{ABSENT}/", "/api/v1/decide", "/nothing"):
        assert asked(twins, Ask(path=path), READER) == asked(twins, Ask(path=path), READER)


def test_the_log_has_no_name_and_no_word_of_any_item(twins: Twins, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="comity.web")
    hidden_ids, may = refused(twins, "UKR")
    for ask in BY_ID:
        said_of(twins, ask, SECRET, READER)
    everything(twins, READER)
    logged = "\n".join(str(record.__dict__) for record in caplog.records if record.name.startswith("comity"))
    assert logged
    assert MARK not in logged
    assert not [name for name in hidden_ids | may if name in logged]


def test_metrics_are_not_for_partners_and_name_nothing(twins: Twins) -> None:
    for account in (*ACCOUNTS, None):
        assert asked(twins, Ask(path="/metrics"), account).status in {HTTPStatus.FORBIDDEN, HTTPStatus.UNAUTHORIZED}
    said = twins.other.serving.metrics.text().decode()
    hidden_ids, may = refused(twins, "UKR")
    assert MARK not in said
    assert not [name for name in hidden_ids | may if name in said]


def test_a_copy_of_what_another_has_sent_is_taken_in_as_any_other(keeper: Server | None) -> None:
    """Whether somebody holds it, hidden, changes nothing of what becomes of it: of no id, version or content."""
    with Twins(network(keeper)) as own:
        own.hidden(lambda twin: send_hidden(twin.node, "USA", hidden("h0", 2), HIDING[1]))
        for version in (1, 2, 3, 2):
            own.pass_by(1)
            sent = Ask(method="POST", path=INBOX, headers=MEDIA, body=envelope(seen("h0", version)))
            said = own.ask(sent, READER)
            own.ask(Ask(path=f"/taxii2/comity/status/{said.json()['id']}/"), READER)
            own.ask(Ask(path=f"{ROOT}objects/{ident('h0')}/", query=(("match[version]", "all"),)), READER)
        own.ask(Ask(method="DELETE", path=f"{ROOT}objects/{ident('h0')}/"), READER)
        own.ask(Ask(path=f"{ROOT}manifest/", query=(("match[version]", "all"),)), READER)


@pytest.mark.xfail(
    strict=True,
    raises=(Parted, AssertionError),
    reason="the law binds what names a held id (semantics §6), also for who has sent it: so it can tell what is held",
)
def test_what_one_sends_oneself_is_no_probe_for_what_is_held(keeper: Server | None) -> None:
    """R sends a report that names a guessed id, and looks whether its own report is still there."""
    with Twins(network(keeper)) as own:
        own.hidden(lambda twin: send_hidden(twin.node, "USA", hidden("h0"), HIDING[1]))
        own.pass_by(1)
        probe = seen("r9", kind="report", object_refs=[ident("h0")])
        own.ask(Ask(method="POST", path=INBOX, headers=MEDIA, body=envelope(probe)), READER)
        own.ask(Ask(path=f"{ROOT}manifest/"), READER)


def put_back(own: Twins) -> None:
    """Others have done something in one of them, and then the clock of both is put back before that."""
    own.pass_by(1)
    own.hidden(lambda twin: send_hidden(twin.node, "USA", hidden("h0"), HIDING[1]))
    own.hidden(lambda twin: send_hidden(twin.node, "USA", hidden("h1"), HIDING[1]))
    own.pass_by(-0.5)


def test_a_clock_that_has_gone_back_counts_no_acts(keeper: Server | None) -> None:
    """R is shown something new, loses something and sends something, after others have done much, or little."""
    with Twins(network(keeper)) as own:
        own.both(lambda twin: tell_withdrawals(twin.node.store, "gbr-ukr", OFFICER))
        own.ask(Ask(path=f"{ROOT}manifest/"), READER)
        put_back(own)
        own.both(lambda twin: send(twin.node, "USA", seen("v0", 2)))
        for what in ("manifest", "objects"):
            own.ask(Ask(path=f"{ROOT}{what}/", query=(("limit", "2"),)), READER)
            own.ask(Ask(path=f"{ROOT}{what}/"), READER)
        own.both(lambda twin: send(twin.node, "FRA", seen("v1", 2)))
        own.ask(Ask(path="/api/v1/search", query=(("query", "type:indicator"), ("limit", "2"))), READER)
        own.ask(Ask(path="/api/v1/export", query=(("limit", "2"),)), READER)
        own.both(lambda twin: suspend(twin.node.store, NewSuspension(frm="USA", to=R), word_of("USA"), drain=0))
        gone = own.ask(Ask(path=f"{ROOT.replace('all', 'withdrawn')}manifest/"), READER)
        assert gone.json()["objects"]
        said = own.ask(Ask(method="POST", path=INBOX, headers=MEDIA, body=envelope(seen("r1"))), READER)
        own.ask(Ask(path=f"/taxii2/comity/status/{said.json()['id']}/"), READER)


@pytest.mark.xfail(
    strict=True,
    raises=Parted,
    reason="recorded times strictly increase (ADR 10), and whoever is told of an act is told when it was recorded",
)
def test_a_clock_that_has_gone_back_counts_no_acts_to_whoever_is_told_of_one(keeper: Server | None) -> None:
    """R is told of a suspension of its own."""
    with Twins(network(keeper)) as own:
        own.ask(Ask(path=f"{ROOT}manifest/"), READER)
        put_back(own)
        own.both(lambda twin: suspend(twin.node.store, NewSuspension(frm=R, to="FRA"), word_of(R), drain=0))
        own.ask(Ask(path="/api/v1/events", query=(("from", "start"),)), READER)


@pytest.mark.xfail(
    strict=True,
    raises=Parted,
    reason="what nobody looked at before is there since it was received, which is a recorded time",
)
def test_a_clock_that_has_gone_back_counts_no_acts_at_a_first_look(keeper: Server | None) -> None:
    """R looks for the first time at what was sent while the clock was behind."""
    with Twins(network(keeper)) as own:
        put_back(own)
        own.both(lambda twin: send(twin.node, "USA", seen("v0", 2)))
        own.ask(Ask(path=f"{ROOT}manifest/"), READER)


@pytest.mark.parametrize("windowed", [True, False])
def test_the_domain_of_a_hold_is_told_to_nobody(keeper: Server | None, *, windowed: bool) -> None:
    """R has an item on which the holder has a hold, of one domain or of another: R's agreement covers all."""

    def held(domain: str) -> Mapping[str, object]:
        return {"originator": "GBR", "domains": [domain], "releasable_to": [R]}

    with Twins(network(keeper)) as own:
        for twin, domain in ((own.plain, "operations"), (own.other, "intelligence")):
            beside = {"originator": "USA", "level": "RESTRICTED", "further_claims": [held(domain)]}
            if windowed:
                send(twin.node, "USA", seen("v9"))
            send(twin.node, "USA", seen("v9"), beside={"items": [{"id": ident("v9"), **beside}]})
        own.pass_by(1)
        assert "v9" in own.ask(Ask(path=f"{ROOT}objects/"), READER).everything
        listed = own.ask(Ask(path="/taxii2/comity/collections/"), READER).json()["collections"]
        for each in listed:
            own.ask(Ask(path=f"/taxii2/comity/collections/{each['id']}/manifest/"), READER)
        for query in ("", "domain:operations", "domain:intelligence", "domain:general"):
            own.ask(Ask(path="/api/v1/search", query=(("query", query),)), READER)
        for twin, domain in ((own.plain, "operations"), (own.other, "intelligence")):
            new = NewSuspension(frm="GBR", to=R, domains=frozenset({domain}))
            suspend(twin.node.store, new, OFFICER, drain=0)
        assert "v9" not in own.ask(Ask(path=f"{ROOT}objects/"), READER).everything
