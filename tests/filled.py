"""A node in which every kind of act has left its rows."""

from pathlib import Path

from comity.compose import Node
from comity.core.requirement import Rate
from comity.service.attesting import Edge, attest
from comity.service.consenting import NewConsent, grant_consent
from comity.service.disclose import export
from comity.service.offers import NewOffer, NewPool, add_offer, add_pool
from comity.service.requirements import NewRequirement, NewTag, add_requirement, add_tag, remove_tag
from comity.service.suspending import NewSuspension, lift, suspend
from tests.nodes import ME, Clock, word_of
from tests.sending import found, ident, marked, refs, send, thing

STRANGE = "tab\t back\\slash \\N new\nline “quotes” 'single' \"double\" \\. 🛰 é"
"""What a careless copy would read as something else."""


def filled(folder: Path, database: str | None = None, clock: Clock | None = None) -> Node:
    """A node in `folder`, open, in which something was done."""
    node = found(folder, clock or Clock(), database=database)
    fill(node, folder.with_name(f"{folder.name}-out.json"))
    return node


def fill(node: Node, out: Path) -> None:
    """Imports, what cannot be taken in, policy with its endings, needs, an attestation, a disclosure."""
    send(node, "USA", thing("a", name=STRANGE), thing("b", **refs(ident("a"))), thing("c", **marked("none")), b"[1]")
    edge = Edge(item=ident("mine"), source=ident("a"))
    beside = f"items: [{{id: {edge.item}, sources: [{{item: {edge.source}, use: draws-on}}]}}]"
    send(node, "GBR", thing("mine"), sidecar=beside)
    attest(node.store, edge, ME)
    stop = suspend(node.store, NewSuspension(frm="USA", to="FRA", recall=True), word_of("USA"), drain=0)
    lift(node.store, stop.id, word_of("USA"))
    add_requirement(node.store, NewRequirement(title=STRANGE.replace("\t", " ").replace("\n", " ")), ME)
    rule = add_tag(node.store, NewTag(requirement="r-1", type="report", text="“quotes” é"), ME)
    add_tag(node.store, NewTag(requirement="r-1", item=ident("mine")), ME)
    remove_tag(node.store, rule.id, ME)
    add_pool(node.store, NewPool(partner="USA", capacity=Rate(items=3, period=1)), word_of("USA"))
    pooled = NewOffer(partner="USA", capacity=Rate(items=2, period=1), ceiling="SECRET", requirement="r-1", pool="p-1")
    add_offer(node.store, pooled, word_of("USA"))
    grant_consent(node.store, NewConsent(by="USA", item=ident("a"), to=("FRA",)), word_of("USA"))
    export(node.store, "UKR", out, ME, vault=node.vault)
