"""Stock clients under load: they page at the same time, from two processes, while others send, consent and suspend."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any, Final

import pytest
from cytaxii2.cytaxii2 import cytaxii2  # type: ignore[import-untyped]
from stix2 import TAXIICollectionStore  # type: ignore[import-untyped]
from taxii2client.v21 import Collection, Server, as_pages  # type: ignore[import-untyped]

from comity.compose import open_node
from comity.service.consenting import NewConsent, grant_consent
from comity.service.partners import as_code
from comity.service.suspending import NewSuspension, lift, suspend
from tests import postgres, serving
from tests.conformance.taxii import ROOT, WORLD, clock
from tests.conformance.test_taxii_clients import RED, indicator, send, word_of
from tests.founded import emptied
from tests.nodes import Clock
from tests.sending import Object, found, ident
from tests.staff import OFFICER, govern, token

OPEN: Final = [f"open {number}" for number in range(400)]
FREED: Final = [f"freed {number}" for number in range(12)]
LATER: Final = [f"later {number}" for number in range(12)]
FRENCH: Final = [f"french {number}" for number in range(40)]
HIDDEN: Final = [f"hidden {number}" for number in range(600)]
EVER: Final = frozenset(map(ident, (*OPEN, *FREED, *LATER, *FRENCH)))
Walk = Callable[[str, str], Counter[str]]
"""One walk of a client through everything, from where it is served with this token: how often each object came."""


def by_taxii2_client(where: str, secret: str) -> Counter[str]:
    pages = as_pages(collection(where, secret).get_objects, per_request=random.Random(secret).choice((17, 60, 250)))
    return counted(each for page in pages for each in page.get("objects", ()))


def by_stix2(where: str, secret: str) -> Counter[str]:
    store = TAXIICollectionStore(collection(where, secret), allow_custom=True, items_per_page=70)
    return counted(store.query([]))


def by_cytaxii2(where: str, secret: str) -> Counter[str]:
    stock = cytaxii2(f"{where}/taxii2/", "ukraine", secret)
    stock.api_root = f"{where}{ROOT}"
    came: Counter[str] = Counter()
    after = None
    while True:
        said = stock.poll_request("all", limit=45, next=after)["response"]
        came += counted(said.get("objects", ()))
        if not said.get("more"):
            return came
        after = said["next"]


def counted(objects: Any) -> Counter[str]:  # noqa: ANN401 - the clients' own
    return Counter(each["id"] for each in objects)


def collection(where: str, secret: str) -> Collection:
    (root,) = Server(f"{where}/taxii2/", user="ukraine", password=secret).api_roots
    return next(each for each in root.collections if each.title == "All")


def secret(name: str) -> Object:
    """One that nobody gets without a consent."""
    return {**indicator(name), **RED}


@pytest.fixture
def folder(tmp_path: Path, keeper: postgres.Server | None) -> Iterator[Path]:
    """A node with all but what comes later."""
    with emptied(keeper) as database:
        with found(tmp_path / "node", Clock(), WORLD, "RESTRICTED", database) as node:
            govern(node)
            send(node, "USA", *map(indicator, OPEN), *map(secret, (*FREED, *HIDDEN)))
            send(node, "FRA", *map(indicator, FRENCH))
        yield tmp_path / "node"


@pytest.mark.parametrize("walk", [by_taxii2_client, by_stix2, by_cytaxii2])
def test_a_walk_gets_nothing_twice_and_nothing_hidden_while_others_act(folder: Path, walk: Walk) -> None:
    """What is open all the while comes once in every walk; what was lifted meanwhile is new, and comes again."""
    ended = Event()
    with open_node(folder, clock) as node:
        secrets = [token(node, "release", "submit", account="ukraine", word=OFFICER).secret for _ in range(3)]
    with serving.served(folder, "--workers", "2") as served, ThreadPoolExecutor(5) as pool:
        walking = [pool.submit(lambda secret: list(walks(walk, served.url, secret, ended)), each) for each in secrets]
        acting = [pool.submit(sends, folder), pool.submit(suspends, folder)]
        try:
            for each in acting:
                each.result(180)
        finally:
            ended.set()
        found_by = [each.result(180) for each in walking]
    always, again = frozenset(map(ident, OPEN)), frozenset(map(ident, FRENCH))
    for of_one in found_by:
        for came in of_one:
            assert {name for name, times in came.items() if times > 1} <= again
            assert always <= came.keys() <= EVER
        assert of_one[-1].keys() == EVER


def walks(walk: Walk, where: str, secret: str, ended: Event) -> Iterator[Counter[str]]:
    """Walk after walk; the last one begins after everybody else has ended."""
    while True:
        last = ended.is_set()
        yield walk(where, secret)
        if last:
            return


def sends(folder: Path) -> None:
    with open_node(folder, clock, patience=60) as node:
        for later, freed in zip(LATER, FREED, strict=True):
            send(node, "USA", indicator(later), secret(f"more than {later}"))
            grant_consent(node.store, NewConsent(by="USA", item=ident(freed), to=("UKR",)), word_of("USA"))


def suspends(folder: Path) -> None:
    with open_node(folder, clock, patience=60) as node:
        for _ in range(6):
            stop = suspend(node.store, NewSuspension(frm=as_code("FRA"), to="UKR"), word_of("FRA"))
            lift(node.store, stop.id, word_of("FRA"))
