"""One response at a time: exactly what is permitted, recorded before its first byte leaves, stopped when it must be."""

import fcntl
import threading
import time
from contextlib import ExitStack, suppress
from hashlib import sha256
from itertools import count
from pathlib import Path

import pytest

from comity.compose import Node
from comity.core.commitment import root_over
from comity.core.errors import ComityError, Forbidden, NodeBusy, UnknownName
from comity.core.instant import ALWAYS
from comity.index.appearances import Position
from comity.index.holding import Ordinal
from comity.service import logs, releasing
from comity.service.ports import Reader
from comity.service.recording import committing
from comity.service.releasing import LIMIT, Outlet, Request, Response, page, release
from comity.service.suspending import NewSuspension, suspend
from comity.service.watchdog import FRESH, Watched
from comity.store.gate import LAPSED
from tests.nodes import ME


@pytest.fixture
def outlet(node: Node) -> Outlet:
    return releasing.outlet(node.store, node.vault)


def asked(to: str, limit: int = 10, after: Position | None = None) -> Request:
    return Request(to=to, word=ME, choose=page(after, limit))


def taken(outlet: Outlet, request: Request) -> tuple[Response, list[bytes]]:
    """A response, whose bytes were all taken."""
    with release(outlet, request) as response:
        return response, list(response.content)


def names(response: Response) -> list[str]:
    return [item.name for item in response.items]


def test_what_is_permitted_leaves_and_is_on_record(outlet: Outlet) -> None:
    response, content = taken(outlet, asked("UKR"))
    assert names(response) == ["note"]
    assert [sha256(each).digest() for each in content] == [item.digest for item in response.items]
    with outlet.store.read() as reader:
        (disclosed,) = reader.disclosures()
        assert (disclosed.leaf, disclosed.at) == (response.entry, response.at)
        assert (disclosed.recipient, disclosed.items) == ("UKR", tuple(item.ordinal for item in response.items))
        key = outlet.vault.key("salts")
        assert disclosed.root == root_over(map(committing(key, disclosed.nonce), response.items))
        assert [act.kind for act in reader.acts()][1:] == ["release"]
        assert logs.sizes(reader) == {("UKR", "received"): 1, ("GBR", "originated"): 1}


def test_it_is_on_record_before_the_first_byte(outlet: Outlet) -> None:
    with release(outlet, asked("UKR")) as response, outlet.store.read() as reader:
        assert [row.leaf for row in reader.disclosures()] == [response.entry]
        assert next(response.content)


def test_nothing_leaves_after_the_block(outlet: Outlet) -> None:
    with release(outlet, asked("UKR")) as response:
        pass
    assert list(response.content) == []


def test_an_answer_without_items_is_not_recorded(outlet: Outlet) -> None:
    response, content = taken(outlet, asked("FRA"))
    assert (response.entry, response.items, content) == (None, (), [])
    with outlet.store.read() as reader:
        assert len(list(reader.acts())) == 1


def test_pages_follow_one_another(outlet: Outlet) -> None:
    first, _ = taken(outlet, asked("GBR", 2))
    second, _ = taken(outlet, asked("GBR", 2, first.positions[-1]))
    third, _ = taken(outlet, asked("GBR", 2, second.positions[-1]))
    assert names(first) + names(second) + names(third) == ["imagery", "note", "analysis", "digest"]
    assert third.entry is None


def test_what_is_not_permitted_is_left_out_whatever_was_chosen(outlet: Outlet) -> None:
    places = [Position(ALWAYS, Ordinal(number)) for number in (4, 3, 2, 1, 77)]
    response, _ = taken(outlet, Request(to="UKR", word=ME, choose=lambda _index, _to: places))
    assert names(response) == ["note"]
    assert [place.item for place in response.positions] == [2]


def test_a_response_is_bounded(outlet: Outlet) -> None:
    places = [Position(ALWAYS, Ordinal(2))] * (LIMIT + 1)
    request = Request(to="UKR", word=ME, choose=lambda _index, _to: places)
    with pytest.raises(ComityError, match="ask for fewer"), release(outlet, request):
        pass


def test_a_stranger_gets_nothing(outlet: Outlet) -> None:
    with pytest.raises(UnknownName), release(outlet, asked("ATL")):
        pass


def test_whoever_is_refused_gets_nothing_and_nothing_is_recorded(outlet: Outlet) -> None:
    def refuse(reader: Reader) -> None:
        assert reader.epoch() == 1
        raise Forbidden("the token has ended: make another")

    request = Request(to="UKR", word=ME, choose=page(None, 10), check=refuse)
    with pytest.raises(Forbidden, match="token"), release(outlet, request):
        pass
    with outlet.store.read() as reader:
        assert list(reader.disclosures()) == []


def test_a_suspension_by_another_connection_stops_the_next_release(outlet: Outlet) -> None:
    assert names(taken(outlet, asked("UKR"))[0]) == ["note"]
    suspend(outlet.store, NewSuspension(frm="GBR", to="UKR"), ME)
    assert taken(outlet, asked("UKR"))[0].items == ()


def test_a_release_under_way_is_stopped_when_a_suspension_has_waited(outlet: Outlet, node: Node) -> None:
    """The change waits for the release, until the release asks whether it must stop."""
    getattr(node.store, "_database")._gate._drain = 0.0  # noqa: B009 - the port has none
    stop = NewSuspension(frm="GBR", to="UKR")
    change = threading.Thread(target=suspend, args=(node.store, stop, ME), daemon=True)
    with release(outlet, asked("GBR")) as response:
        assert next(response.content)
        change.start()
        until_lapsed(node.directory / LAPSED)
        since = time.monotonic()
        while time.monotonic() < since + releasing.TRUST:
            pass
        with pytest.raises(ComityError, match="stopped"):
            next(response.content)
    change.join(10)
    assert not change.is_alive()
    assert taken(outlet, asked("UKR"))[0].items == ()


def test_a_reader_that_does_not_read_keeps_no_suspension_waiting(outlet: Outlet, node: Node) -> None:
    getattr(node.store, "_database")._gate._drain = 0.0  # noqa: B009 - the port has none
    with ExitStack() as held:
        response = held.enter_context(release(outlet, asked("GBR")))
        assert next(response.content)
        suspend(outlet.store, NewSuspension(frm="GBR", to="UKR"), ME)
        with pytest.raises(ComityError, match="stopped"):
            next(response.content)
        with pytest.raises(ComityError, match="stopped"):
            held.close()
    assert taken(outlet, asked("UKR"))[0].items == ()


def test_what_is_still_here_is_thrown_away_before_the_change_is_made(outlet: Outlet, node: Node) -> None:
    getattr(node.store, "_database")._gate._drain = 0.0  # noqa: B009 - the port has none
    suspended: list[int] = []

    def cut() -> None:
        with outlet.store.read() as reader:
            suspended.append(len(reader.policy().suspensions))

    with suppress(ComityError), release(outlet, asked("GBR")) as response:
        response.cut_by(cut)
        assert next(response.content)
        assert response.go_on() <= time.monotonic()
        suspend(outlet.store, NewSuspension(frm="GBR", to="UKR"), ME)
        assert suspended[0] == 0  # it may be called again
        with pytest.raises(ComityError, match="stopped"):
            response.go_on()


@pytest.mark.parametrize("drain", [0.0, 60.0])
def test_a_release_that_stood_still_after_its_look_looks_again(
    outlet: Outlet, node: Node, monkeypatch: pytest.MonkeyPatch, drain: float
) -> None:
    """However the change came to its end meanwhile: nothing leaves by a look from before it."""
    getattr(node.store, "_database")._gate._drain = drain  # noqa: B009 - the port has none
    go_on, looks = Watched.go_on, count()

    def slow(gate: Watched) -> None:
        look = next(looks)
        go_on(gate)
        if look == 1:
            if drain:
                time.sleep(FRESH)
            else:
                suspend(outlet.store, NewSuspension(frm="GBR", to="UKR"), ME)

    monkeypatch.setattr(Watched, "go_on", slow)
    monkeypatch.setattr(releasing, "TRUST", 0.0)
    with suppress(ComityError), release(outlet, asked("UKR")) as response:
        assert list(response.content) if drain else not list(response.content)
    assert next(looks) == 3


def test_a_release_that_cannot_look_in_time_gives_up(outlet: Outlet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releasing, "FRESH", 0.0)
    monkeypatch.setattr(releasing, "TRUST", 0.0)
    with pytest.raises(NodeBusy, match="too slowly"), release(outlet, asked("UKR")) as response:
        next(response.content)


def until_lapsed(path: Path) -> None:
    """Wait until somebody holds this lock alone."""
    deadline = time.monotonic() + 10
    with path.open("rb") as file:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(file, fcntl.LOCK_UN)
    pytest.fail("the suspension does not wait")
