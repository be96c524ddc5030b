"""The versions of one object: those of one id that its originator has submitted itself, in the order it gave them.

A new version comes only from the originator's own channel; what anybody else submits under the id is a copy of its own,
and stands beside. Semantics §6.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from comity.core.errors import MalformedInput
from comity.core.instant import NEVER, Instant
from comity.formats import stix
from comity.index.holding import Holding, Ordinal
from comity.service.ports import Writer
from comity.service.records import Held

_MICROSECONDS: Final = len("2025-03-05T12:00:00.000000")

Chain = list[Held]
"""The versions in order. Of one version, whose contents differ, what was received later comes later."""


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
        chain = sorted((copy for copy in copies if copy.submitter == submitter), key=_place)
        if len(chain) > 1:
            yield chain


def _place(copy: Held) -> tuple[Instant, str, Ordinal]:
    """What orders versions: the time, what of it is finer than a microsecond, the receipt.

    INVARIANT: what states no proper time comes last, and so inherits from all; it is a later word on all of them.
    """
    return _at(copy.version), copy.version.removesuffix("Z")[_MICROSECONDS:].rstrip("0"), copy.ordinal


def _at(version: str) -> Instant:
    try:
        found = stix.moment(version)
    except MalformedInput:
        found = None
    return NEVER if found is None else found
