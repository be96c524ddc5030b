"""Nodes that are served: a holding, the clients of some partners, and each partner's list as they page through it."""

import json
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final

from bench.databases import node_on, settled
from bench.figures import Progress, agree
from bench.holdings import Columns, Facts, Shape, code, labelled
from bench.nodes import WORD, fill
from bench.serving_client import Place, answer, request
from comity.compose import Node
from comity.core.partner import Code
from comity.core.role import Role
from comity.index.classes import Book
from comity.index.holding import Ordinal
from comity.service.accounts import NewAccount, add_account, reset
from comity.service.records import Word
from comity.service.release import open_index
from comity.service.sessions import enrol
from comity.service.tokens import NewToken, create_token
from tests import postgres
from tests.serving import served

PAGE: Final = 100
READERS: Final = 8
MEDIA: Final = "application/taxii+json;version=2.1"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_OBJECTS: Final = "/taxii2/comity/collections/all/objects/"
_MANIFEST: Final = "/taxii2/comity/collections/all/manifest/"
_ADMIN: Final = Word(actor="admin", why="bench")
_OFFICER: Final = Word(actor="officer", why="bench")
Holding = tuple[Shape, Facts, Columns, Book]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """One partner's client: its token, what it may see, in the order of its list, and the dates of that."""

    code: Code
    token: str
    visible: "array[int]"
    dates: "array[int]"

    def page(self, place: Place, first: int) -> str:
        """The request for a page from this place of its list on, which is not the very first."""
        after = _EPOCH + timedelta(microseconds=self.dates[first - 1])
        return _asked(place, self.token, f"{_OBJECTS}?limit={PAGE}&added_after={after:%Y-%m-%dT%H:%M:%S.%f}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """A node that is served: where, and whose clients come."""

    node: Node
    items: int
    place: Place
    readers: list[Reader]

    def requests(self, seed: int) -> list[list[str]]:
        """Pages from anywhere in each reader's list: a connection for each."""
        rng = Random(seed)
        return [
            [each.page(self.place, rng.randrange(1, len(each.visible) - PAGE)) for _ in range(200)]
            for each in self.readers
        ]


def holding(shape: Shape, progress: Progress) -> Holding:
    """The items of this shape."""
    return (shape, *labelled(shape, progress))


@contextmanager
def here(server: postgres.Server | None, held: Holding, progress: Progress) -> Iterator[Here]:
    """A node with this holding, on this database, served by one worker."""
    shape, known, columns, book = held
    with node_on(server) as node:
        fill(node, known, columns, book, progress)
        settled(node, server)
        codes = [code(shape.partners // 16 + number) for number in range(READERS)]
        tokens = [_let_in(node, number, each) for number, each in enumerate(codes)]
        progress(f"serving {len(columns):,} items")
        with (
            tempfile.TemporaryDirectory(prefix="comity-bench-") as folder,
            served(node.directory, folder=Path(folder)) as running,
        ):
            readers = _readers(node, codes, tokens)
            _seen(readers, running.place)
            yield Here(node=node, items=len(columns), place=running.place, readers=readers)


def contents(node: Node, reader: Reader) -> Iterator[bytes]:
    """What a reader may have, object by object, in the order of its list."""
    with node.store.read() as record:
        for _, content in record.content(map(Ordinal, reader.visible)):
            yield content


def _let_in(node: Node, number: int, partner: Code) -> str:
    """An account of the partner; its token."""
    if number == 0:
        enrol(node.store, reset(node.store, "admin", WORD, vault=node.vault), "correct horse battery", vault=node.vault)
        officer = NewAccount(name="officer", roles=frozenset({Role.RELEASE_OFFICER}))
        add_account(node.store, officer, _ADMIN, vault=node.vault)
    name = f"reader-{number}"
    add_account(node.store, NewAccount(name=name, recipient=partner), _ADMIN, vault=node.vault)
    new = NewToken(name="bench", scopes=frozenset({"release"}), account=name)
    return create_token(node.store, new, _OFFICER, vault=node.vault).secret


def _readers(node: Node, codes: list[Code], tokens: list[str]) -> list[Reader]:
    """The lists of these partners, who have not looked at anything yet."""
    found = []
    with node.store.read() as record:
        index = open_index(record)
        for who, token in zip(codes, tokens, strict=True):
            listed = list(index.appearances(who).dated())
            visible, dates = array("q", (each.item for each in listed)), array("q", (each.at for each in listed))
            found.append(Reader(code=who, token=token, visible=visible, dates=dates))
    return found


def _seen(readers: list[Reader], place: Place) -> None:
    """Each reader's first look, which makes its list; it begins where it must."""
    for each in readers:
        found = json.loads(answer(place, _asked(place, each.token, f"{_MANIFEST}?limit=1")))
        first = datetime.fromisoformat(found["objects"][0]["date_added"])
        agree(f"the first date of {each.code}", first, _EPOCH + timedelta(microseconds=each.dates[0]))


def _asked(place: Place, token: str, path: str) -> str:
    return request(place, path, {"Accept": MEDIA, "Authorization": f"Bearer {token}"})
