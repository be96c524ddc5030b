"""Appending to the register against pymerkle's trees: one by one and durable, and many at once."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

from pymerkle import InmemoryTree, SqliteTree

from bench.databases import node_on
from bench.figures import Figure, Progress, Report, agree
from bench.nodes import WORD
from bench.timing import Lap, Race, race
from comity.compose import Node
from comity.core.ledger import Frontier, leaf_hash

SETTING = "green-community"
"""What the acts state, for an act has to state something."""


def run(*, quick: bool, progress: Progress) -> Report:
    singly, bulk, rounds = (20, 200, 1) if quick else (200, 20_000, 7)
    report = Report("append")
    with node_on(None) as node, _tree() as tree:
        progress("do both make the same root?")
        entries = _entries(node)
        tree.append_entries(entries)
        agree("the root over the entries", tree.get_state(), _root(entries))
        ours = _lap(lambda: _acts(node, singly), singly)
        theirs = _lap(lambda: _singly(tree, singly), singly)
        progress(f"{singly} one by one, each durable")
        what = "an act with its entry, durable, against SqliteTree.append_entry"
        report.figures.append(_figure(what, race(ours, theirs, rounds)))
        tree.con.execute("PRAGMA journal_mode = WAL")
        report.figures.append(_figure("the same, their file with a write-ahead log", race(ours, theirs, rounds)))
        progress(f"{singly} in one transaction")
        ours = _lap(lambda: _together(node, singly), singly)
        theirs = _lap(lambda: _many(tree, singly), singly)
        what = f"an act of {singly} in one transaction, against SqliteTree.append_entries"
        report.figures.append(_figure(what, race(ours, theirs, rounds)))
    progress(f"{bulk:,} in memory")
    report.figures.append(_bulk(bulk, rounds))
    report.notes.append(f"both make the same root over {len(entries)} entries of our register")
    report.notes.append("ours is an act: who may do it is asked, it has a row of its own, and its entry covers that")
    return report


def _figure(what: str, found: Race) -> Figure:
    return Figure(what=what, ours=found.ours, theirs=found.theirs, ratio=found.ratio)


def _bulk(number: int, rounds: int) -> Figure:
    """The trees alone: hashes of a stream of entries, and the root over them."""
    entries = [b"%0250d" % place for place in range(number)]

    def ours() -> bytes:
        frontier = Frontier()
        for entry in entries:
            frontier.add(leaf_hash(entry))
        return frontier.root()

    def theirs() -> bytes:
        memory = InmemoryTree()
        memory.append_entries(entries)
        state: bytes = memory.get_state()
        return state

    agree("the root over many", ours(), theirs())
    found = race(_lap(ours, number), _lap(theirs, number), rounds)
    what = f"an entry of {number:,} in memory, with the root, against InmemoryTree"
    return _figure(what, found)


def _acts(node: Node, number: int) -> None:
    for _ in range(number):
        with node.store.write(SETTING, WORD, policy=False) as writer:
            writer.set_setting("bench", 1)


def _together(node: Node, number: int) -> None:
    with node.store.several() as begin:
        for _ in range(number):
            with begin(SETTING, WORD) as writer:
                writer.set_setting("bench", 1)


_fresh = count()


def _singly(tree: SqliteTree, number: int) -> None:
    for _ in range(number):
        tree.append_entry(b"%0250d" % next(_fresh))


def _many(tree: SqliteTree, number: int) -> None:
    tree.append_entries([b"%0250d" % next(_fresh) for _ in range(number)])


def _lap(work: Callable[[], object], pieces: int) -> Lap:
    def once() -> float:
        started = perf_counter()
        work()
        return (perf_counter() - started) / pieces

    return once


def _entries(node: Node) -> list[bytes]:
    _acts(node, 50)
    with node.store.read() as reader:
        return [leaf.entry for leaf in reader.leaves()]


def _root(entries: list[bytes]) -> bytes:
    frontier = Frontier()
    for entry in entries:
        frontier.add(leaf_hash(entry))
    return frontier.root()


@contextmanager
def _tree() -> Iterator[SqliteTree]:
    """Their tree on a file of its own, on the disk on which the node is: it syncs as SQLite does by itself."""
    with (
        tempfile.TemporaryDirectory(prefix="comity-bench-") as folder,
        SqliteTree(str(Path(folder) / "tree.db")) as tree,
    ):
        yield tree
