"""Nodes on disk for the benches: fresh, with one partner that sends and default terms for what it sends."""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from time import time_ns
from uuid import UUID

from bench.figures import Progress
from bench.holdings import CHUNK, HOLDER, KINDS, Columns, Facts
from comity.compose import Founding, Node, init, open_node
from comity.core.instant import Instant
from comity.core.lineage import Use
from comity.core.partner import Code, Recipient
from comity.index.classes import Book
from comity.index.holding import Ordinal
from comity.service.partners import NewPartner, add_partner
from comity.service.ports import Writer
from comity.service.records import ClassRow, NewClaim, NewItem, NewSource, Partner, Word

WORD = Word(actor="bench")
SENDER = Code(Recipient("GBR"))


def clock() -> Instant:
    return Instant(time_ns() // 1_000)


@contextmanager
def fresh_node() -> Iterator[Node]:
    """A node in a folder of its own, which goes away afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="comity-bench-"))
    try:
        init(folder / "node", clock, Founding(holder=HOLDER), WORD)
        with open_node(folder / "node", clock) as node:
            add_partner(node.store, NewPartner(code=SENDER, level="RESTRICTED"), WORD)
            yield node
    finally:
        shutil.rmtree(folder)


def rows(node: Node, question: str) -> list[tuple[object, ...]]:
    """What the record of a node says to a plain SQL question."""
    with closing(sqlite3.connect(f"file:{node.directory / 'comity.sqlite'}?mode=ro", uri=True)) as link:
        return link.execute(question).fetchall()


def fill(node: Node, known: Facts, columns: Columns, book: Book, progress: Progress) -> None:
    """Write a holding into a node in one act, in bulk: the same rows as imports write, but for the STIX references."""
    policy = known.policy
    with node.store.write("import", WORD, policy=True) as writer:
        for number, partner in enumerate(sorted(policy.partners - writer.policy().partners)):
            writer.add_partner(Partner(code=partner, name=partner, identity=f"identity--{UUID(int=number, version=4)}"))
        for name in sorted(policy.domains):
            writer.add_domain(name)
        for agreement in policy.agreements:
            writer.add_agreement(agreement)
        writer.intern_classes(
            ClassRow(
                number=number,
                claim=case.claim,
                own=case.own,
                assessable=case.state.assessable,
                analysed=case.state.analysed,
                waivers=case.state.waivers,
                passes=case.passes,
            )
            for number, case in book.cases.items()
        )
        for first in range(1, len(columns) + 1, CHUNK):
            numbers = range(first, min(first + CHUNK, len(columns) + 1))
            _write(writer, columns, [Ordinal(item) for item in numbers])
            progress(f"wrote {numbers[-1]:,} items into a node")
        writer.set_labelled(writer.act.at)


def _write(writer: Writer, columns: Columns, items: list[Ordinal]) -> None:
    claims = columns.claims(items)
    bodies = {item: _body(columns, item, claims[item][0].originator) for item in items}
    writer.add_items(
        NewItem(
            ordinal=item,
            name=body["id"],
            stix_id=body["id"],
            version=body["modified"],
            type=body["type"],
            title=body["name"],
            submitter=claims[item][0].originator,
            received=columns.received(item),
            digest=sha256(json.dumps(body).encode()).digest(),
        )
        for item, body in bodies.items()
    )
    writer.add_contents((item, json.dumps(body).encode()) for item, body in bodies.items())
    writer.add_claims(NewClaim(item, 0, claim) for item, (claim,) in claims.items())
    edges = ((item, Ordinal(cited)) for item in items for cited in columns.cited(item))
    writer.add_sources(NewSource(item, cited, Use.REPRODUCES) for item, cited in edges)
    writer.set_labels(columns.labels(items))


def _body(columns: Columns, item: Ordinal, originator: Code) -> dict[str, str]:
    """A small object: what is decided does not read it."""
    kind = KINDS[columns.kind_of[item - 1]]
    time = "2025-06-15T15:06:40.000Z"
    name = f"{kind} {item} of {originator}"
    body = {"type": kind, "id": f"{kind}--{UUID(int=item, version=4)}", "created": time, "modified": time, "name": name}
    return {**body, "description": columns.text} if columns.text else body
