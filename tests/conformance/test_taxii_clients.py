"""Stock clients page through 10 000 objects of which 6 000 are hidden from them, and get each of the 4 000 once."""

import io
import json
import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from cytaxii2.cytaxii2 import cytaxii2  # type: ignore[import-untyped]
from stix2 import TAXIICollectionStore  # type: ignore[import-untyped]
from taxii2client.v21 import Collection, Server, as_pages  # type: ignore[import-untyped]

from comity.compose import Node, open_node
from comity.service.consenting import NewConsent, grant_consent
from comity.service.partners import as_code
from comity.service.receive import receive
from comity.service.records import Word
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.tokens import Issued
from tests import postgres
from tests.conformance.taxii import ROOT, Api, client, clock, served
from tests.founded import emptied
from tests.sending import Object, bundle, ident, marked, thing
from tests.staff import OFFICER, token

OBJECTS: Final = 10_000
HIDDEN: Final = 6_000
RED: Final = marked("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")
NAMES: Final = [f"object {number}" for number in range(OBJECTS)]
SECRET: Final = frozenset(random.Random(4).sample(NAMES, HIDDEN))
SEEN: Final = frozenset(ident(name) for name in NAMES if name not in SECRET)


def indicator(name: str) -> Object:
    """One that every client can read."""
    pattern = {"pattern": "[ipv4-addr:value = '198.51.100.3']", "pattern_type": "stix"}
    return thing(name, **pattern, valid_from="2025-01-01T00:00:00Z", **(RED if name in SECRET else {}))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory, kept: str | None) -> Iterator[tuple[Node, str]]:
    """A served node with everything in it, as the United States has sent it, in four bundles."""
    with served(tmp_path_factory.mktemp("many") / "node", kept) as (node, where):
        for start in range(0, OBJECTS, OBJECTS // 4):
            part = NAMES[start : start + OBJECTS // 4]
            send(node, "USA", *(indicator(name) for name in part))
        yield node, where


@pytest.fixture(scope="module")
def credentials(there: tuple[Node, str]) -> Issued:
    """Of Ukraine."""
    return token(there[0], "release", "submit", account="ukraine", word=OFFICER)


@pytest.fixture
def collection(there: tuple[Node, str], credentials: Issued) -> Collection:
    """Everything that Ukraine may have, as found by discovery."""
    found = Server(f"{there[1]}/taxii2/", user="ukraine", password=credentials.secret)
    (root,) = found.api_roots
    assert found.default.url == root.url
    return next(each for each in root.collections if each.title == "All")


def send(node: Node, frm: str, *objects: Object) -> None:
    """Take in what a partner has sent by hand."""
    receive(node.store, io.BytesIO(bundle(*objects)), submitter=as_code(frm), word=OFFICER)


def word_of(partner: str) -> Word:
    """The word of a partner, as the release officer has it."""
    return Word(actor=OFFICER.actor, by=as_code(partner), evidence="a call")


def ids(envelopes: Any) -> Counter[str]:  # noqa: ANN401 - the client's own
    return Counter(each["id"] for envelope in envelopes for each in envelope.get("objects", ()))


@pytest.mark.parametrize("size", [97, 1000, 4000])
def test_taxii2_client_gets_each_once(collection: Collection, size: int) -> None:
    assert ids(as_pages(collection.get_objects, per_request=size)) == Counter(SEEN)


def test_taxii2_client_gets_each_once_in_the_manifest(collection: Collection) -> None:
    assert ids(as_pages(collection.get_manifest, per_request=500)) == Counter(SEEN)


def test_taxii2_client_sends_asks_for_the_status_and_withdraws(collection: Collection) -> None:
    one = thing("of Ukraine")
    done = collection.add_objects({"objects": [one, thing("of Ukraine", 2)]})
    assert (done.status, done.total_count, done.success_count) == ("complete", 2, 2)
    assert [each["id"] for each in done.successes] == [one["id"]] * 2
    done.refresh()
    assert done.success_count == 2
    assert collection.object_versions(one["id"])["versions"] == [one["modified"], thing("of Ukraine", 2)["modified"]]
    collection.delete_object(one["id"], version="all")
    with pytest.raises(Exception, match="404"):
        collection.get_object(one["id"])


def test_stix2_s_store_gets_each_once(collection: Collection) -> None:
    store = TAXIICollectionStore(collection, allow_custom=True, items_per_page=300)
    found = store.query([])
    assert Counter(each["id"] for each in found) == Counter(SEEN)
    one = min(SEEN)
    assert store.get(one)["id"] == one
    assert store.get(ident(min(SECRET))) is None


def test_cytaxii2_gets_each_once(there: tuple[Node, str], credentials: Issued) -> None:
    stock = cytaxii2(f"{there[1]}/taxii2/", "ukraine", credentials.secret)
    assert stock.discovery_request()["response"]["default"] == ROOT
    stock.api_root = f"{there[1]}{ROOT}"  # it joins no paths: over TLS the default is a whole address
    assert stock.root_discovery()["status"]
    (name,) = [each["id"] for each in stock.collection_request()["response"]["collections"] if each["title"] == "All"]
    assert stock.collection_data_request(name)["response"]["can_read"]
    found: Counter[str] = Counter()
    after = None
    while True:
        said = stock.poll_request(name, limit=750, next=after)["response"]
        found += ids([said])
        if not said.get("more"):
            break
        after = said["next"]
    assert found == Counter(SEEN)
    sent = stock.inbox_request(name, json.dumps({"objects": [thing("by cytaxii2")]}))
    assert (sent["status_code"], sent["response"]["success_count"]) == (202, 1)


def test_none_twice_and_none_missed_while_others_act(tmp_path: Path, keeper: postgres.Server | None) -> None:
    """Readers page on and on, while partners send, consent, suspend and lift.

    What is never suspended comes to each reader once, also what becomes visible by a consent while it reads; what was
    suspended and lifted comes back, and is there at the end; what is hidden to the end never comes.
    """
    freed, later = [f"secret {number}" for number in range(20)], [f"later {number}" for number in range(40)]
    with emptied(keeper) as database, served(tmp_path / "node", database) as (node, where):
        send(node, "USA", *map(thing, NAMES[:300]), *(thing(name, **RED) for name in (*freed, *NAMES[300:600])))
        send(node, "FRA", *(thing(f"french {number}") for number in range(50)))
        ended = threading.Event()
        with ThreadPoolExecutor(5) as pool:
            reading = [pool.submit(_reads, node, where, size, ended) for size in (7, 40, 1000)]
            acting = [pool.submit(_sends, node, later, freed), pool.submit(_suspends, node)]
            for each in acting:
                each.result(120)
            ended.set()
            found = [each.result(120) for each in reading]
    once = {ident(name) for name in (*NAMES[:300], *freed, *later)}
    french = {ident(f"french {number}") for number in range(50)}
    for got in found:
        assert {name for name in got if name not in french} == once
        assert {name for name in once if got[name] != 1} == set()
        assert french <= got.keys()


def _sends(node: Node, later: list[str], freed: list[str]) -> None:
    with open_node(node.directory, clock, patience=60) as own:
        for name, secret in zip(later[::2], freed, strict=True):
            send(own, "USA", thing(name), thing(f"hidden {name}", **RED))
            grant_consent(own.store, NewConsent(by="USA", item=ident(secret), to=("UKR",)), word_of("USA"))
            send(own, "USA", thing(later[later.index(name) + 1]))


def _suspends(node: Node) -> None:
    with open_node(node.directory, clock, patience=60) as own:
        for _ in range(8):
            stop = suspend(own.store, NewSuspension(frm="FRA", to="UKR"), word_of("FRA"))
            lift(own.store, stop.id, word_of("FRA"))


def _reads(node: Node, where: str, size: int, ended: threading.Event) -> Counter[str]:
    """All that a reader gets that goes on from its cursor, or its last date, until everybody else has ended."""
    found: Counter[str] = Counter()
    with client(node, where, "ukraine") as api:
        params: dict[str, Any] = {"limit": size}
        while True:
            last = ended.is_set()
            for said in _pages(api, params):
                found += ids([said])
            if last:
                return found


def _pages(api: Api, params: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The pages from a date on; the date goes on with them."""
    more: dict[str, Any] = {}
    while True:
        said = api.get("collections/all/objects/", {**params, **more})
        assert said.status_code == 200, said.text
        document: dict[str, Any] = said.json()
        yield document
        if not document["more"]:
            params["added_after"] = said.headers["X-TAXII-Date-Added-Last"]
            return
        more = {"next": document["next"]}
