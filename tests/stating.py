"""A node that hands things to several partners, and what it states to them: for tests of heads and statements."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import comity_verify
from comity.compose import Node
from comity.formats import world
from comity.service import disclose, statement
from comity.service.heads import Notary
from comity.service.records import Side
from comity.service.statement import Asked, Stated
from comity_verify import Against, Report
from tests.nodes import ME, Clock, make

WORLD = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, FRA: {name: France}, DEU: {name: Germany}, UKR: {name: Ukraine}}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: listed, derivation: own-analysis}
  - {id: fra-gbr, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: listed, derivation: own-analysis}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-deu, from: GBR, to: DEU, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-fra, from: GBR, to: FRA, ceiling: SECRET, domains: ["*"]}
items:
  - {id: us-report, originator: USA, level: SECRET, releasable_to: [GBR, UKR, DEU]}
  - {id: us-second, originator: USA, level: SECRET, releasable_to: [GBR, UKR, DEU, FRA]}
  - {id: fr-report, originator: FRA, level: SECRET, releasable_to: [GBR, UKR]}
  - {id: gb-note, originator: GBR, level: SECRET, releasable_to: [UKR, DEU, FRA]}
  - {id: gb-digest, originator: GBR, level: SECRET, releasable_to: [UKR, DEU], sources: [{item: us-report}]}
  - {id: gb-kept, originator: GBR, level: SECRET, releasable_to: []}
  - id: gb-joint
    originator: GBR
    level: SECRET
    releasable_to: [UKR]
    sources: [{item: us-report}, {item: us-second}, {item: fr-report}]
"""
"""Ukraine may have all of it, Germany what is not built on France's, France its own, the note and a US report."""


def found(folder: Path, clock: Clock, database: str | None = None) -> Node:
    """A node on this world, open; on PostgreSQL if a database is named."""
    return make(folder, clock, world.read(WORLD), database)


def hand(node: Node, to: str) -> int:
    """Hand everything that it may have to a recipient; the entry."""
    return disclose.export(node.store, to, node.directory.parent / "handed.json", ME, vault=node.vault).leaf


def notary(node: Node) -> Notary:
    """What it takes to sign for the node."""
    return Notary(store=node.store, vault=node.vault, keyring=node.keyring, word=ME)


def state(node: Node, party: str, side: Side = "originated", file: str = "statement", **asked: Any) -> Path:  # noqa: ANN401
    """The file of a statement."""
    return stated(node, party, side, file, **asked)[0]


def stated(
    node: Node,
    party: str,
    side: Side = "originated",
    file: str = "statement",
    **asked: Any,  # noqa: ANN401
) -> tuple[Path, Stated]:
    """A statement: its file, and what was said of it."""
    path = node.directory.parent / f"{file}.jsonl"
    return path, statement.write(notary(node), Asked(party=party, side=side, **asked), path)


def lines(file: Path) -> list[Any]:
    """What stands in a file of JSON lines."""
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def write(file: Path, listed: list[Any]) -> Path:
    """A file of these lines, as a node writes them."""
    file.write_bytes(b"".join(comity_verify.canonical(line) + b"\n" for line in listed))
    return file


def entries(file: Path) -> list[Any]:
    """The entries of a statement or proof."""
    return [line for line in lines(file) if "entry" in line]


def checked(  # noqa: PLR0913 - what a file can be held to
    file: Path,
    *,
    key: bytes | None = None,
    witness: Path | None = None,
    earlier: Path | None = None,
    since: str | None = None,
    confirmed: Collection[str] = (),
) -> Report:
    """What `comity-verify` finds."""
    heads = None if witness is None else comity_verify._witness(witness)
    before = None if earlier is None else comity_verify.check(earlier, Against(confirmed=confirmed))
    return comity_verify.check(file, Against(key, heads, before, since, confirmed=confirmed))


def holds(file: Path, **against: Any) -> bool:  # noqa: ANN401
    """Whether `comity-verify` finds nothing wrong."""
    return checked(file, **against).holds


def public(node: Node) -> bytes:
    """The public half of the key that signs now."""
    with node.store.read() as reader:
        return reader.signing_keys()[-1].public
