"""`listing_agrees`, for searching: what is found, counted, suggested is what `decide` permits and a plain look finds.

The plain look is written here, from the page on searching and never from the code: each item's texts, cut into words by
hand. Both stores answer alike, indexed or not.
"""

import random
import re
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given, settings

from comity.compose import Node, verify
from comity.core.decision import Permitted, decide
from comity.core.instant import Instant
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.core.world import World
from comity.formats.world import WorldFile, from_plain
from comity.service import indexing, releasing
from comity.service.releasing import Outlet
from comity.service.search import Answer, Asked, Suggesting, search, suggest
from tests.laws.worlds import SEEDED
from tests.nodes import ME, Clock, make
from tests.oracle.generator import boundaries, random_world
from tests.plain import instant
from tests.postgres import Server

WORDS: Final = ("launch", "launcher", "launched", "early", "warning", "radar", "radio", "coast", "sea")
TYPES: Final = ("report", "indicator", "malware")
LABELS: Final = ("alert", "threat report", "radar")
PAGE: Final = 2

Plain = dict[str, Any]


class Wanted(NamedTuple):
    """A query, as it is typed, and what it asks for: phrases of which the last word may be a beginning, and fields."""

    typed: str
    phrases: list[tuple[list[str], bool]]
    fields: list[tuple[str, list[str]]]


def spoken(rng: random.Random, plain: Plain) -> dict[str, Plain]:
    """Let every item of the world say something at random; its object."""
    said = {}
    for number, item in enumerate(plain["items"]):
        item["object"] = said[item["id"]] = {
            "type": (kind := rng.choice(TYPES)),
            "spec_version": "2.1",
            "id": f"{kind}--{UUID(int=number, version=4)}",
            "created": "2025-01-01T00:00:00Z",
            "modified": "2025-01-01T00:00:00Z",
            "name": " ".join(rng.choices(WORDS, k=rng.randint(1, 3))).title(),
            "description": rng.choice(["-", " ", ", "]).join(rng.choices(WORDS, k=rng.randint(0, 6))),
            "labels": rng.sample(LABELS, rng.randint(0, 2)),
        }
    return said


def drawn(rng: random.Random, plain: Plain) -> Wanted:
    """A query at random."""
    phrases: list[tuple[list[str], bool]] = []
    fields: list[tuple[str, list[str]]] = []
    typed = []
    for _ in range(rng.randint(0, 2)):
        words = rng.choices(WORDS, k=rng.choice([1, 1, 1, 2, 2, 3]))
        if prefix := rng.random() < 0.4:
            words[-1] = words[-1][: rng.randint(2, 6)]
        phrases.append((words, prefix))
        text = " ".join(words)
        typed.append(f'"{text}"{"*" if prefix else ""}' if len(words) > 1 else f"{text}{'*' if prefix else ''}")
    values = {"type": [*TYPES], "label": [*LABELS], "domain": ["general", *plain.get("domains", ())]}
    for name in rng.sample(sorted(values), rng.choice([0, 0, 1, 2])):
        chosen = rng.sample(values[name], rng.randint(1, min(2, len(values[name]))))
        chosen = chosen[:1] if any(" " in value for value in chosen) else chosen
        fields.append((name, chosen))
        typed.append(f'{name}:"{chosen[0]}"' if len(chosen) == 1 else f"{name}:{','.join(chosen)}")
    rng.shuffle(typed)
    return Wanted(" ".join(typed), phrases, fields)


def domains(item: Any, at: Instant, *, own: bool) -> set[str]:  # noqa: ANN401 - a core item
    """Of which domains an item is: to the holder's own people of all that it claims now, else of its first claim."""
    claims = item.claims if own else item.claims[:1]
    return {domain for claim in claims if at in claim.window for domain in claim.domains}


def holds(wanted: Wanted, said: Plain, of: set[str]) -> bool:
    """Whether an item that says this, and is of these domains, is one that the query finds, by a plain look at it."""
    texts = [re.findall("[a-z]+", text.lower()) for text in (said["name"], said["description"], *said["labels"])]
    has = {"type": {said["type"]}, "label": set(said["labels"]), "domain": of}
    return all(any(within(words, prefix, text) for text in texts) for words, prefix in wanted.phrases) and all(
        has[name] & set(values) for name, values in wanted.fields
    )


def within(words: list[str], prefix: bool, text: list[str]) -> bool:
    for start in range(len(text) - len(words) + 1):
        piece = text[start : start + len(words)]
        if piece[:-1] == words[:-1] and (piece[-1].startswith(words[-1]) if prefix else piece[-1] == words[-1]):
            return True
    return False


class Known(NamedTuple):
    """A world, what its items say, and when it is asked."""

    world: World
    said: dict[str, Plain]
    at: Instant


def expected(known: Known, wanted: Wanted, reader: Recipient, *, own: bool) -> list[str]:
    """The STIX ids of what is permitted and found."""
    world, said, at = known
    return sorted(
        said[name]["id"]
        for name, item in world.items.items()
        if isinstance(decide(world, ItemId(name), reader, at), Permitted)
        and holds(wanted, said[name], domains(item, at, own=own))
    )


def paged(outlet: Outlet, query: str, to: str | None) -> tuple[list[str], Answer]:
    """What is found, page by page, and the first page."""
    found: list[str] = []
    after, first = None, None
    while True:
        with search(outlet, Asked(query=query, to=to, word=ME, limit=PAGE, after=after)) as page:
            first = first or page
            found += [hit.id for hit in page.hits]
            assert page.count == first.count
            assert page.facets == first.facets
            assert len(page.hits) == PAGE or page.next is None
        after = page.next
        if after is None:
            return found, first


def agrees(outlet: Outlet, known: Known, wanted: Wanted, to: str | None) -> None:
    """One answer is what a plain look finds."""
    said = known.said
    found, first = paged(outlet, wanted.typed, to)
    assert len(found) == len(set(found)) == first.count
    assert sorted(found) == expected(known, wanted, first.to, own=to is None), wanted.typed
    kinds = Counter(id_.partition("--")[0] for id_ in found)
    assert {each.value: each.number for each in first.facets["type"]} == kinds
    if to is None:
        labels = Counter(label for each in said.values() if each["id"] in found for label in each["labels"])
        assert {each.value: each.number for each in first.facets["label"]} == labels


def suggests(outlet: Outlet, said: dict[str, Plain], permitted: list[str], to: str | None) -> None:
    """Every suggestion is a word of what is permitted, and none of these is missing."""
    with suggest(outlet, Suggesting(beginning="la", to=to, word=ME, limit=20)) as answer:
        mine = [each for each in said.values() if each["id"] in permitted]
        words = {word for each in mine for word in f"{each['name']} {each['description']}".lower().split()}
        words = {part for word in words for part in re.findall("[a-z]+", word)}
        assert set(answer.words) == {word for word in words if word.startswith("la")}


def worlds(rng: random.Random) -> tuple[Plain, dict[str, Plain], WorldFile, Clock]:
    plain = random_world(rng)
    said = spoken(rng, plain)
    moments = sorted({instant(text) for text in boundaries(plain)})
    return plain, said, from_plain(plain), Clock(Instant(rng.choice(moments) if moments else 0))


@given(SEEDED)
@settings(max_examples=max(20, settings().max_examples // 10))
def test_search_agrees(rng: random.Random) -> None:
    plain, said, stated, clock = worlds(rng)
    readers = [*sorted(stated.world.policy.partners), f"{stated.world.policy.holder}/clients"]
    with tempfile.TemporaryDirectory() as folder, make(Path(folder) / "node", clock, stated) as node:
        outlet = releasing.outlet(node.store, node.vault)
        everything = Wanted("", [], [])
        for to in [None, *rng.sample(readers, min(2, len(readers)))]:
            if rng.random() < 0.5:
                indexing.catch_up(node.store, 0)
            clock.pass_by(1)
            with node.store.read() as reader:
                known = Known(stated.world, said, reader.now())
            agrees(outlet, known, everything, to)
            reads = Recipient(to or stated.world.policy.holder)
            suggests(outlet, said, expected(known, everything, reads, own=to is None), to)
            for _ in range(3):
                agrees(outlet, known, drawn(rng, plain), to)
        verify(node)


def told(node: Node, queries: list[str], readers: list[str | None]) -> list[object]:
    """All that these searches answer, cursors apart: they are sealed by each node's own secret."""
    outlet = releasing.outlet(node.store, node.vault)
    answers: list[object] = []
    for to in readers:
        for query in queries:
            with search(outlet, Asked(query=query, to=to, word=ME)) as found:
                answers.append((found.to, found.count, found.hits, found.facets, found.next is None))
        with suggest(outlet, Suggesting(beginning="ra", to=to, word=ME)) as words:
            answers.append(words.words)
    return answers


@pytest.mark.parametrize("seed", range(4))
def test_both_stores_answer_alike(tmp_path: Path, server: Server, seed: int) -> None:
    rng = random.Random(seed)
    plain, _, stated, clock = worlds(rng)
    queries = [drawn(rng, plain).typed for _ in range(12)]
    readers: list[str | None] = [None, *sorted(stated.world.policy.partners)]
    url = server.fresh()
    answers = []
    for name, database in (("file", None), ("server", url)):
        with make(tmp_path / name, Clock(clock.now), stated, database) as node:
            indexing.catch_up(node.store, seed % 2 * 100)
            answers.append(told(node, queries, readers))
    server.drop(url)
    assert answers[0] == answers[1]
