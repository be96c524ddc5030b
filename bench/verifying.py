"""Verifying a register of a million entries: each entry, what it covers, and the logs of those whom it concerns."""

import random
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from sqlite3 import Connection, connect

from bench.databases import node_on
from bench.figures import Figure, Progress, Report, agree
from bench.holdings import Shape, code, labelled
from bench.nodes import WORD, fill
from bench.timing import lap, typical
from comity.compose import Node, verify_register
from comity.core.errors import NodeDamaged
from comity.core.instant import Instant
from comity.core.ledger import leaf_hash, root
from comity.core.partner import Code
from comity.index.holding import Ordinal
from comity.service import logs
from comity.service.recording import NONCE, committing, portions
from comity.service.records import Act, Disclosed, Held
from comity.service.release import open_index
from comity.store import seal
from comity.store.register import pack

ITEMS = 3
"""Items of a response, at most."""
CHUNK = 20_000
Rows = dict[str, list[tuple[object, ...]]]


def run(*, quick: bool, progress: Progress) -> Report:
    entries = 2_000 if quick else 1_000_000
    known, columns, book = labelled(Shape(items=1_000, partners=16, originators=8), progress)
    with node_on(None) as node:
        fill(node, known, columns, book, progress)
        _release(node, entries, progress)
        progress("verifying")
        seconds = typical(lap(lambda: verify_register(node), collecting=True), 1)
        _agree_that_it_looks(node, entries)
        size = sum(part.stat().st_size for part in Path(node.directory).glob("comity.sqlite*")) / 1e6
        with node.store.read() as reader:
            leaves = sum(logs.sizes(reader).values())
    what = f"verify a register of {entries:,} entries"
    return Report(
        "verify",
        [Figure(what=what, ours=seconds, at_most=60, aim=True), Figure(what="  an entry", ours=seconds / entries)],
        [
            f"{entries / seconds:,.0f} entries/s; {leaves:,} leaves in the parties' logs; {size:,.0f} MB on SQLite",
            f"releases of 1 to {ITEMS} items, made in bulk by the functions that record them; a flipped bit is found",
        ],
    )


def _release(node: Node, entries: int, progress: Progress) -> None:
    """Fill the register up with releases: the same rows and entries as the acts write, without a transaction each."""
    rng = random.Random(7)
    with node.store.read() as reader:
        index, number, at, epoch = open_index(reader), len(list(reader.acts())), reader.latest(), reader.epoch()
        held = list(reader.held(map(Ordinal, range(1, 1_001))).values())
    whose = {item.ordinal: index.originators(item.ordinal) for item in held}
    acts = (
        Act(id=number + place, at=Instant(at + place), kind="release", word=WORD, epoch=epoch)
        for place in range(1, entries - number + 1)
    )
    with closing(connect(node.directory / "comity.sqlite", isolation_level=None)) as link:
        while chunk := list(islice(acts, CHUNK)):
            rows: Rows = {"act": [], "disclosure": [], "leaf": []}
            for act in chunk:
                items = rng.sample(held, rng.randint(1, ITEMS))
                _written(rows, act, _disclosed(node, act, items, whose, rng))
            _insert(link, rows)
            progress(f"recorded {chunk[-1].id:,} entries")


def _disclosed(
    node: Node, act: Act, items: list[Held], whose: dict[Ordinal, frozenset[Code]], rng: random.Random
) -> Disclosed:
    nonce = rng.randbytes(NONCE)
    committed = committing(node.vault.key("salts"), nonce)
    hashes = {item.ordinal: leaf_hash(committed(item)) for item in items}
    parts = portions(hashes, whose.__getitem__)
    whole = root([*hashes.values()])
    return Disclosed(act.leaf, code(rng.randrange(16)), act.at, tuple(hashes), nonce, whole, parts)


def _written(rows: Rows, act: Act, disclosed: Disclosed) -> None:
    """The rows of one release, and its entry."""
    noted = seal.Seal()
    packed = b"".join(item.to_bytes(4, "little") for item in disclosed.items)
    row = {"recipient": disclosed.recipient, "at": disclosed.at, "items": packed, "nonce": disclosed.nonce}
    row |= {"root": disclosed.root, "portions": pack(disclosed.portions)}
    noted.note_one("disclosure", row)
    entry = seal.entry(act, noted.sums(), seal.Disclosure(disclosed.recipient, len(disclosed.items), disclosed.root))
    rows["act"].append((act.id, act.at, act.kind, act.word.actor, act.epoch))
    rows["disclosure"].append((act.id, *row.values()))
    rows["leaf"].append((act.leaf, entry, leaf_hash(entry), act.id))


def _insert(link: Connection, rows: Rows) -> None:
    columns = {
        "act": "id, at, kind, actor, epoch",
        "disclosure": "act, recipient, at, items, nonce, root, portions",
        "leaf": "seq, entry, hash, act",
    }
    link.execute("BEGIN")
    for table, values in rows.items():
        marks = ", ".join("?" * len(values[0]))
        link.executemany(f"INSERT INTO {table} ({columns[table]}) VALUES ({marks})", values)  # noqa: S608 - our own words
    link.execute("COMMIT")


def _agree_that_it_looks(node: Node, entries: int) -> None:
    """A register in which one bit is another does not verify."""
    with closing(connect(node.directory / "comity.sqlite", isolation_level=None)) as link:
        where = "UPDATE disclosure SET root = ? WHERE act = ?"
        (kept,) = link.execute("SELECT root FROM disclosure WHERE act = ?", (entries // 2,)).fetchone()
        link.execute(where, (bytes([kept[0] ^ 1]) + kept[1:], entries // 2))
        agree("a flipped bit is found", list(_faults(node)), [f"entry {entries // 2 - 1}"])
        link.execute(where, (kept, entries // 2))


def _faults(node: Node) -> Iterator[str]:
    """The entries that are named as changed."""
    try:
        verify_register(node)
    except NodeDamaged as problem:
        named = {f"entry {entry}" for line in str(problem).splitlines() for entry in _entries(line)}
        yield from sorted(named)


def _entries(line: str) -> list[str]:
    words = line.replace(",", "").split()
    return [words[place + 1] for place, word in enumerate(words[:-1]) if word == "entry" and words[place + 1].isdigit()]
