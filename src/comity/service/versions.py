"""The versions of one object: those of one id that its originator has submitted itself, in the order it gave them.

A new version comes only from the originator's own channel; what anybody else submits under the id is a copy of its own,
and stands beside. Semantics §6.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.formats import instant
from comity.index.holding import Holding
from comity.service.ports import Writer
from comity.service.records import Held

Chain = list[list[Held]]
"""The versions in order; more than one copy stands in one place only where contents differ under one version."""


def chains(writer: Writer, holding: Holding, ids: Iterable[str]) -> list[Chain]:
    """The chain of versions of each id and originator, where there is more than one copy."""
    several = [copies for copies in writer.copies(ids).values() if len(copies) > 1]
    claims = holding.claims([copy.ordinal for copies in several for copy in copies])
    return [
        chain
        for copies in several
        for chain in _of_one_id([copy for copy in copies if claims[copy.ordinal][0].originator == copy.submitter])
    ]


def _of_one_id(copies: Sequence[Held]) -> Iterator[Chain]:
    """One chain for each submitter of these copies, which are its own."""
    for submitter in sorted({copy.submitter for copy in copies}):
        dated = [(at, copy) for copy in copies if copy.submitter == submitter and (at := _at(copy)) is not None]
        dated.sort(key=lambda pair: (pair[0], pair[1].ordinal))
        if len(dated) > 1:
            yield [[copy for _, copy in group] for _, group in groupby(dated, key=lambda pair: pair[0])]


def _at(copy: Held) -> Instant | None:
    """The version as a time; None where the object is not versioned, or states no proper time."""
    try:
        return instant.parse(copy.version)
    except MalformedInput:
        return None
