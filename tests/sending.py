"""What partners send to a node in tests: small STIX objects by name, and bundles of them."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from comity.compose import Node
from comity.core.decision import Reason
from comity.formats import world
from comity.formats.world import Sidecar
from comity.service.partners import NewPartner, add_partner, as_code
from comity.service.receive import Receipt, receive
from comity.service.release import Answer, decide
from tests.nodes import ME, Clock, make

Object = dict[str, Any]

STATEMENT = {"definition_type": "statement", "definition": {"statement": "Copyright 2025"}}

WORLD = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, FRA: {name: France}, DEU: {name: Germany}, UKR: {name: Ukraine}}
communities: {E2: [GBR, UKR]}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free, derivation: own-analysis}
  - {id: fra-gbr, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: deu-gbr, from: DEU, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
"""
"""What the United States, France and Germany send unmarked may go on to Ukraine; what they mark may not."""


def found(
    folder: Path, clock: Clock, stated: str = WORLD, level: str | None = "RESTRICTED", database: str | None = None
) -> Node:
    """A node on this world, open; every partner but the holder has default terms of this level, if any."""
    node = make(folder, clock, world.read(stated), database)
    if level is not None:
        with node.store.read() as reader:
            codes = [partner.code for partner in reader.partners()]
        for code in codes:
            add_partner(node.store, NewPartner(code=code, level=level), ME)
    return node


def ident(name: str, kind: str = "indicator") -> str:
    """The id of the object of this name, always the same."""
    return f"{kind}--{uuid5(NAMESPACE_DNS, f'{kind} {name}')}"


def thing(name: str, version: int = 1, /, kind: str = "indicator", **members: object) -> Object:
    """An object of this name; version 1, 2, … are of as many days in January."""
    stated: Object = {
        "type": kind,
        "spec_version": "2.1",
        "id": ident(name, kind),
        "created": "2025-01-01T00:00:00Z",
        "modified": f"2025-01-{version:02}T00:00:00Z",
        "name": name,
        **members,
    }
    if kind == "marking-definition":
        del stated["modified"]
    return stated


def marked(*markings: str) -> Mapping[str, Any]:
    """Members that mark an object."""
    return {"object_marking_refs": list(markings)}


def refs(*ids: str) -> Mapping[str, Any]:
    """Members that refer to other objects."""
    return {"object_refs": list(ids)}


def derived(name: str, source: str, target: str, **members: object) -> Object:
    """A `derived-from` between two ids."""
    ends = {"relationship_type": "derived-from", "source_ref": source, "target_ref": target}
    return thing(name, kind="relationship", **ends, **members)


def bundle(*objects: Object | bytes) -> bytes:
    """The bundle of these objects; bytes stand in it as they are."""
    listed = b",\n".join(each if isinstance(each, bytes) else json.dumps(each).encode() for each in objects)
    return b'{"type": "bundle", "id": "%s", "objects": [%s]}' % (ident("any", "bundle").encode(), listed)


def send(
    node: Node, frm: str, *objects: Object | bytes, sidecar: str | None = None, persons: tuple[str, ...] = ()
) -> Receipt:
    """Let the node take in one bundle of these objects."""
    return send_bytes(node, frm, bundle(*objects), sidecar=sidecar, persons=persons)


def send_bytes(
    node: Node, frm: str, content: bytes, *, sidecar: str | None = None, persons: tuple[str, ...] = ()
) -> Receipt:
    """Let the node take in these bytes; nothing of them is lost."""
    beside = None if sidecar is None else _sidecar(node, sidecar)
    stream = io.BytesIO(content)
    receipt = receive(node.store, stream, submitter=as_code(frm), word=ME, sidecar=beside, persons=persons, drain=0)
    assert receipt.read == receipt.accepted + receipt.unchanged + receipt.quarantined
    assert sum(receipt.reasons.values()) == receipt.quarantined
    return receipt


def _sidecar(node: Node, text: str) -> Sidecar:
    with node.store.read() as reader:
        return world.read_sidecar(text, reader.policy())


def ask(node: Node, name: str, to: str = "UKR") -> Answer:
    """The node's answer, now."""
    return decide(node.store, name, to)


def may(node: Node, name: str, to: str = "UKR") -> bool:
    """Whether the object may go, now."""
    return ask(node, name, to).permitted


def why_not(node: Node, name: str, to: str = "UKR") -> list[str]:
    """The reasons why it may not, as `ORIGINATOR/ROOT/CODE`."""
    return [str(reason) for reason in ask(node, name, to).reasons]


def roots(node: Node, name: str, to: str = "UKR") -> set[str]:
    """The items that stand in its way, by the names that the node shows."""
    reasons: tuple[Reason, ...] = ask(node, name, to).reasons
    return {str(reason.root) for reason in reasons}


def acts(node: Node) -> int:
    """How many acts the node has recorded."""
    with node.store.read() as reader:
        return len(list(reader.acts()))
