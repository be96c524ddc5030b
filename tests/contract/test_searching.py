"""The search index: both databases keep the same words and labels, and lose none."""

import random
from collections.abc import Iterator

import pytest
from pyroaring import BitMap

from comity.compose import Node, verify
from comity.core.errors import NodeDamaged
from comity.formats.words import LONGEST, ROOM, RULES, entry
from comity.index.holding import Ordinal
from comity.service import indexing
from comity.service.ports import Reader
from comity.store import search_tables
from tests.nodes import Clock
from tests.refusing import refused
from tests.sending import found, send, thing

STRANGE = (
    "Ünïcode cafés, naïve",
    "東京 report カタカナ",
    "ﬁnance ½ ㎏ \uff21\uff22\uff23 ǅ ß ẞ İstanbul",
    "हिन्दी भाषा and עִבְרִית and العَرَبِيَّة",
    "it's \"quoted\" & 'single' | ! <-> * : \\ (AND) OR NOT NEAR",
    "emoji 🛰 and sign ¢ and \u2044 and ²",
    "x" * (LONGEST + 10),
    "a_b-c.d/e@f 10.0.0.1 CVE-2025-1234 evil.example.com",
    "\u2028line\u00a0space\tTab \u200bzero",
)


@pytest.fixture
def node(kept: str | None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with found(tmp_path_factory.mktemp("searched") / "node", Clock(), database=kept) as made:
        yield made


def said(node: Node) -> dict[int, set[str]]:
    """What the index should have: the words of every item, read again."""
    with node.store.read() as reader:
        numbers = reader.unindexed("none of these rules")
        return {item: set(entry(raw).words) for item, raw in reader.content(map(Ordinal, numbers))}


def kept_words(reader: Reader) -> dict[int, set[str]]:
    words: dict[int, set[str]] = {}
    for word, item in reader.spelled():
        words.setdefault(item, set()).add(word)
    return words


def test_every_word_is_found_whole_and_by_its_beginning(node: Node) -> None:
    send(node, "USA", *(thing(f"n{number}", description=text) for number, text in enumerate(STRANGE)))
    assert indexing.catch_up(node.store, 0) == len(STRANGE)
    stated = said(node)
    with node.store.read() as reader:
        assert kept_words(reader) == stated
        for word in sorted(set().union(*stated.values())):
            holding = {item for item, words in stated.items() if word in words}
            assert set(reader.having([(word, False)])) == holding, word
            stem = word[:2]
            begun = {item for item, words in stated.items() if any(each.startswith(stem) for each in words)}
            assert set(reader.having([(stem, True)])) == begun, stem
        assert set(reader.having([("cafes", False), ("naive", False), ("unic", True)])) == {1}
        assert not reader.having([("cafes", False), ("finance", False)])


def test_random_words_are_kept_alike(node: Node) -> None:
    rng = random.Random(7)
    signs = [chr(code) for code in (*range(0x20, 0x250), *range(0x370, 0x590), *range(0x2000, 0x2100))]
    texts = ["".join(rng.choices(signs, k=rng.randint(1, 200))) for _ in range(60)]
    send(node, "USA", *(thing(f"n{number}", description=text) for number, text in enumerate(texts)))
    indexing.catch_up(node.store, 0)
    with node.store.read() as reader:
        assert kept_words(reader) == said(node)
    verify(node)


def test_an_object_with_more_words_than_there_is_room_for_is_found_by_its_first(node: Node) -> None:
    text = " ".join(f"word{number:06}" for number in range(ROOM // 10))
    send(node, "USA", thing("long", description=text))
    indexing.catch_up(node.store, 0)
    with node.store.read() as reader:
        assert set(reader.having([("word000001", False)])) == {1}
        assert not reader.having([(f"word{ROOM // 10 - 1:06}", False)])
        assert kept_words(reader) == said(node)


def test_labels_are_marked_and_versions_that_are_held_twice(node: Node) -> None:
    send(node, "USA", thing("a", labels=["Threat  Report", "x"]), thing("b", labels=["threat report"]))
    indexing.catch_up(node.store, 0)
    send(node, "FRA", thing("a", labels=["y"]), thing("a", 2))
    indexing.catch_up(node.store, 0)
    with node.store.read() as reader:
        assert dict(reader.marked("label")) == {
            "threat report": BitMap([1, 2]),
            "x": BitMap([1]),
            "y": BitMap([3]),
        }
        assert dict(reader.marked("label", ["x", "z"])) == {"x": BitMap([1])}
        assert dict(reader.marked(indexing.DOUBLED)) == {"": BitMap([1, 3])}
    verify(node)


def test_a_copy_that_is_not_indexed_yet_makes_no_index_wrong(node: Node) -> None:
    send(node, "USA", thing("a"))
    indexing.catch_up(node.store, 0)
    send(node, "FRA", thing("a"), thing("b"))
    verify(node)
    indexing.catch_up(node.store, 0)
    verify(node)


def test_what_is_not_indexed_is_known(node: Node) -> None:
    send(node, "USA", thing("a"), thing("b"))
    with node.store.read() as reader:
        assert (reader.indexed(RULES), reader.unindexed(RULES)) == (0, BitMap([1, 2]))
    assert indexing.catch_up(node.store, ahead=2) == 0
    assert indexing.catch_up(node.store, 0) == 2
    send(node, "USA", thing("c"))
    with node.store.read() as reader:
        assert (reader.indexed(RULES), reader.unindexed(RULES)) == (2, BitMap([3]))
        assert reader.unindexed("other rules") == BitMap([1, 2, 3])
    assert indexing.rebuild(node.store) == 3
    with node.store.read() as reader:
        assert not reader.unindexed(RULES)
        assert kept_words(reader) == said(node)


def test_parts_of_an_index_are_filled_one_after_the_other(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "CHUNK", 2)
    send(node, "USA", *(thing(f"n{number}", labels=["one"]) for number in range(5)))
    heard: list[tuple[int, int]] = []
    assert indexing.catch_up(node.store, 0, lambda done, of: heard.append((done, of))) == 5
    assert heard == [(0, 5), (2, 5), (4, 5), (5, 5)]
    with node.store.read() as reader:
        assert dict(reader.marked("label")) == {"one": BitMap(range(1, 6))}


DAMAGE = {
    "a word that is not there": f"INSERT INTO {search_tables.WORD} (%s) VALUES (1000, %s)",  # noqa: S608 - our own names
    "a label that is not there": "UPDATE search_mark SET value = 'other' WHERE field = 'label'",
    "a label that was lost": "DELETE FROM search_mark WHERE field = 'label'",
    "a copy that was lost": "DELETE FROM search_mark WHERE field = 'copies'",
    "a copy that is none": "UPDATE search_mark SET items = (SELECT items FROM search_mark WHERE field = 'label')",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_verify_finds_an_index_that_is_not_what_is_held(node: Node, kept: str | None, damage: str) -> None:
    send(node, "USA", thing("b", labels=["one"]), thing("a"))
    send(node, "FRA", thing("a"))
    indexing.catch_up(node.store, 0)
    verify(node)
    statement = DAMAGE[damage]
    if "%s" in statement:
        statement = statement % (("rowid, words", "'evil'") if kept is None else ("item, words", "'evil'::tsvector"))
    with node.store._database.writing() as connection:
        connection.exec_driver_sql(statement)
    with refused(NodeDamaged, match=r"the search index is not what is held.*`comity reindex` makes it anew"):
        verify(node)
    indexing.rebuild(node.store)
    verify(node)
