"""`non_interference` on every route: all that can be asked, of two nodes in one of which much more has happened.

The routes are the application's own, their parameters too; so what is added is asked from the day that it is there.
"""

import random
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.founded import STORE, STORES
from tests.postgres import Server
from tests.sending import ident
from tests.web.leaks.asgi import Ask, unbroken
from tests.web.leaks.asking import (
    READING,
    Words,
    every_act,
    every_ask,
    learned,
    methods,
    routes,
    shortest,
    steady,
)
from tests.web.leaks.happenings import HIDDEN, SHOWN, done, kind_of
from tests.web.leaks.network import COVERT, MARK, READER, network
from tests.web.leaks.twins import Parted, Twins

BOTH = pytest.mark.parametrize("keeper", STORES, indirect=True)
ROUNDS = 2
ASKERS = (READER, "unit", None)
"""R, a person of R's with an account of their own, and nobody who is let in."""
COLLECTIONS = Ask(path="/taxii2/comity/collections/")
ROOT = "/taxii2/comity/collections/all/"
LIMITS = ("1", "2", "10", "16", "20", "25", "30")
PAGES = (
    *(Ask(path=f"{ROOT}{what}/", query=(("limit", limit),)) for what in ("objects", "manifest") for limit in LIMITS),
    *(Ask(path=f"{ROOT}objects/{ident(name, kind_of(name))}/") for name in COVERT),
    *(Ask(path="/api/v1/search", query=(("query", text), ("limit", "2"))) for text in ("", MARK)),
)
"""Pages that are cut, objects that may be there and hidden, and searches."""


def a_day(twins: Twins) -> None:
    """Something of everything that R may see happens to both, and of everything that it may not know of to one."""
    rng = random.Random(4)
    for happening in (*SHOWN, *HIDDEN) * ROUNDS:
        lot = rng.randrange(1_000_000)
        twins.pass_by(1)
        (twins.both if happening in SHOWN else twins.hidden)(done(happening, lot))


@pytest.fixture(scope="module")
def twins(keeper: Server | None) -> Iterator[Twins]:
    with Twins(network(keeper)) as made:
        a_day(made)
        yield made


@pytest.mark.parametrize("keeper", [STORE], indirect=True)
def test_every_question_has_one_answer(twins: Twins) -> None:
    words, parted = Words(), list[Parted]()
    app = twins.plain.line.app
    ask(twins, words, COLLECTIONS, READER, parted)
    reading = [route for route in routes(app) if methods(route) & READING]
    closed = {
        route.path for route in reading if twins.ask(shortest(route, words), READER).status == HTTPStatus.FORBIDDEN
    }
    for each in every_ask(app, words, frozenset(closed)):
        ask(twins, words, each, READER, parted)
    assert not parted, f"{len(parted)} answers differ, the first:\n{parted[0]}"


@BOTH
def test_every_act_has_one_answer(twins: Twins) -> None:
    words, parted = Words(), list[Parted]()
    ask(twins, words, COLLECTIONS, READER, parted)
    for each in every_act(twins.plain.line.app, words):
        ask(twins, words, each, READER, parted)
    assert not parted, f"{len(parted)} answers differ, the first:\n{parted[0]}"


@BOTH
@pytest.mark.parametrize("account", ASKERS)
def test_each_route_has_one_answer(twins: Twins, account: str | None) -> None:
    words, parted = Words(), list[Parted]()
    for each in (COLLECTIONS, *PAGES, *steady(twins.plain.line.app, words)):
        ask(twins, words, each, account, parted)
    assert not parted, f"{len(parted)} answers differ, the first:\n{parted[0]}"


def ask(twins: Twins, words: Words, each: Ask, account: str | None, parted: list[Parted]) -> None:
    twins.pass_by(1)
    try:
        said = twins.ask(each, account)
    except Parted as problem:
        parted.append(problem)
        return
    unbroken(each, said)
    learned(words, each, said)
