"""The logs of parties, as the responses on record make them: what a party may be shown, leaf by leaf.

A response is one leaf in the log of its recipient (side `received`), and one in that of each originator whose claims it
carries (`originated`). INVARIANT: a leaf tells of nothing that does not concern its party; sizes of the register and
places in it are in none.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping

from comity.formats import instant
from comity.service.ports import Reader
from comity.service.records import Disclosed, Receipt, Side


def entry(given: Disclosed, count: int, root: bytes) -> bytes:
    """A leaf, as RFC 8785 has it: the time, how many items, the root over them, to whom."""
    at, to = _words(given)
    return _said(at, to, count, root)


def leaves(given: Disclosed) -> Iterator[tuple[str, Side, bytes]]:
    """The leaves that one response makes: of which log, and what they say."""
    at, to = _words(given)
    yield given.recipient, "received", _said(at, to, len(given.items), given.root)
    for code, count, root in given.portions:
        yield code, "originated", _said(at, to, count, root)


def receipts(reader: Reader, party: str, side: Side) -> Iterator[Receipt]:
    """One log, in order."""
    concerning = reader.disclosures(to=party) if side == "received" else reader.disclosures(of=party)
    place = 0
    for given in concerning:
        for name, found, said in leaves(given):
            if name == party and found == side:
                yield Receipt(party, side, place, said, given.leaf)
                place += 1


def sizes(reader: Reader) -> Mapping[tuple[str, Side], int]:
    """How many leaves each log has that has any."""
    return Counter((party, side) for given in reader.disclosures() for party, side, _ in leaves(given))


def _words(given: Disclosed) -> tuple[str, str]:
    """What every leaf of one response has in common: when, and to whom."""
    return instant.show(given.at), json.dumps(given.recipient, ensure_ascii=False)


def _said(at: str, to: str, count: int, root: bytes) -> bytes:
    return f'{{"at":"{at}","count":{count},"items":"{root.hex()}","to":{to}}}'.encode()
