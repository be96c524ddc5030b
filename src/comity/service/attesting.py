"""The statement that an analysis reproduces nothing of a source that it draws on, and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass

from comity.core.errors import Forbidden
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import Use
from comity.index.holding import Ordinal, item_id
from comity.service.labels import Labels
from comity.service.policy import DRAIN, First, check_word, nothing, settle
from comity.service.ports import Store, Writer
from comity.service.proposals import is_paired, propose
from comity.service.records import AttestationRow, Held, NewAttestation, Proposal, Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The lineage edge from the item called `item` to the one called `source`."""

    item: str
    source: str


def attest(store: Store, edge: Edge, word: Word) -> AttestationRow | Proposal:
    """Attest an edge from now on, on the word of the item's originator; where that takes two persons, propose it.

    Raises Forbidden for an edge that is no `draws-on`, that is attested already, or whose source is received later.
    """
    (made,) = attest_all(store, (edge,), word)
    return made


def attest_all(
    store: Store, edges: Sequence[Edge], word: Word, *, first: First = nothing
) -> tuple[AttestationRow | Proposal, ...]:
    """As `attest`, many in one act; `first` is asked before anything is written."""
    if not is_paired(store, "attest"):
        return _perform(store, edges, word, first)
    with store.write("propose", word, policy=False) as writer:
        first(writer)
        return tuple(_propose(writer, edge, word) for edge in edges)


def perform(store: Store, edge: Edge, word: Word) -> AttestationRow:
    """Attest an edge as the second person."""
    (made,) = _perform(store, (edge,), word, nothing)
    return made


def _perform(store: Store, edges: Sequence[Edge], word: Word, first: First) -> tuple[AttestationRow, ...]:
    with store.write("attest", word, policy=True) as writer:
        first(writer)
        made = tuple(_attest(writer, edge, word) for edge in edges)
        Labels(writer).refresh({row.item for row in made})
    return made


def _attest(writer: Writer, edge: Edge, word: Word) -> AttestationRow:
    item, source, bare = _bare(writer, edge, word)
    at = writer.act.at
    new = [NewAttestation(item.ordinal, source.ordinal, Window(at), number) for number in bare]
    made = [writer.add_attestation(row) for row in new]
    return AttestationRow(made[0], item.ordinal, source.ordinal, at, NEVER, new[0].edge)


def _propose(writer: Writer, edge: Edge, word: Word) -> Proposal:
    item, source, _ = _bare(writer, edge, word)
    return propose(writer, "attest", {"item": f"#{item.ordinal}", "source": f"#{source.ordinal}"})


def withdraw_attestation(store: Store, edge: Edge, word: Word, drain: float = DRAIN) -> Instant:
    """Withdraw what is attested of an edge, on the word of the item's originator; when it stops counting."""
    with store.write("attest-withdraw", word, policy=True) as writer:
        item, source = _ends(writer, edge, word)
        standing = _standing(writer, item.ordinal, source.ordinal)
        if not standing:
            raise Forbidden(f"`{edge.item}` is not attested for `{edge.source}`: nothing is left to do")
        for row in standing:
            writer.add_ending("attestation", row.id, writer.act.at)
        Labels(writer).refresh({item.ordinal})
        at, epoch = writer.act.at, writer.act.epoch
    settle(store, epoch, drain)
    return at


def _bare(writer: Writer, edge: Edge, word: Word) -> tuple[Held, Held, list[int]]:
    """The item, the source, and the numbers of the edges between them that can be attested."""
    item, source = _ends(writer, edge, word)
    if source.received is not None and writer.act.at < source.received:
        raise Forbidden(f"`{edge.source}` is received only later: attest when it is there")
    standing = {row.edge for row in _standing(writer, item.ordinal, source.ordinal)}
    bare = set(range(_count(writer, item.ordinal, source.ordinal))) - standing
    if not bare:
        raise Forbidden(f"`{edge.item}` is attested for `{edge.source}` already: nothing is left to do")
    return item, source, sorted(bare)


def _ends(writer: Writer, edge: Edge, word: Word) -> tuple[Held, Held]:
    """The item and the source of a `draws-on` edge, if the word is that of the item's originator."""
    item, source = writer.one(edge.item), writer.one(edge.source)
    check_word(writer.policy(), writer.claims([item.ordinal])[item.ordinal][0].originator, word)
    if not _count(writer, item.ordinal, source.ordinal):
        raise Forbidden(
            f"`{edge.item}` does not draw on `{edge.source}`: only a source of use `draws-on` can be attested"
        )
    return item, source


def _count(writer: Writer, item: Ordinal, source: Ordinal) -> int:
    """How many `draws-on` edges lead from the item to the source: one, unless a world states it several times."""
    sources = writer.sources([item]).get(item, ())
    return sum(stated.item == item_id(source) and stated.use is Use.DRAWS_ON for stated in sources)


def _standing(writer: Writer, item: Ordinal, source: Ordinal) -> list[AttestationRow]:
    """The attestations of an edge that count now or will."""
    return [row for row in writer.attestations(item, source) if max(row.attested, writer.act.at) < row.withdrawn]
