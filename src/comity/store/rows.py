"""Between core values and what the columns hold. The only place that knows how terms, classes and labels are written.

JSON is canonical: keys sorted, no blanks, lists sorted, and what has its default left out, so that equal values are
equal texts and are kept once.
"""

import json
import struct
from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Final

from comity.core.claim import GENERAL, Claim, Derivation, Onward
from comity.core.instant import ALWAYS, NEVER, UNBOUNDED, Instant, Window
from comity.core.partner import Code, Recipient
from comity.service.records import ClassRow

_GENERAL: Final = frozenset({GENERAL})


def code(text: str) -> Code:
    """A partner's code as read from a column."""
    return Code(Recipient(text))


def canonical(value: object) -> str:
    """Canonical JSON. Numbers are whole and may exceed 2**53, which RFC 8785 has no place for."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def terms_key(claim: Claim) -> tuple[object, ...]:
    """What makes two claims the same terms: everything but the window and the time of receipt."""
    return (
        claim.originator,
        claim.level,
        claim.domains,
        claim.audience,
        claim.onward,
        claim.derivation,
        claim.not_before,
        claim.not_after,
        claim.conditions,
    )


def encode_terms(claim: Claim) -> str:
    """The claim without its window and its time of receipt."""
    stated: dict[str, object] = {"originator": claim.originator, "level": claim.level}
    if claim.domains != _GENERAL:
        stated["domains"] = sorted(claim.domains)
    if claim.audience is not None:
        stated["audience"] = sorted(set(claim.audience))
    if claim.onward is not None:
        stated["onward"] = claim.onward.value
    if claim.derivation is not None:
        stated["derivation"] = claim.derivation.value
    if claim.not_before != ALWAYS:
        stated["not_before"] = claim.not_before
    if claim.not_after != NEVER:
        stated["not_after"] = claim.not_after
    if claim.conditions:
        stated["conditions"] = sorted(claim.conditions)
    return canonical(stated)


def decode_terms(text: str, window: Window = UNBOUNDED, received: Instant | None = None) -> Claim:
    """The claim that these terms make with a window and a time of receipt."""
    stated: dict[str, Any] = json.loads(text)
    audience, onward, derivation = (stated.get(key) for key in ("audience", "onward", "derivation"))
    return Claim(
        originator=code(stated["originator"]),
        level=stated["level"],
        domains=frozenset(stated.get("domains", _GENERAL)),
        audience=None if audience is None else tuple(audience),
        onward=None if onward is None else Onward(onward),
        derivation=None if derivation is None else Derivation(derivation),
        not_before=Instant(stated.get("not_before", ALWAYS)),
        not_after=Instant(stated.get("not_after", NEVER)),
        conditions=frozenset(stated.get("conditions", ())),
        window=window,
        received=received,
    )


def encode_class(row: ClassRow, terms: int) -> str:
    """The class, with the number of its claim's terms in their place."""
    claim = row.claim
    value: dict[str, object] = {"terms": terms}
    if claim.window.start != ALWAYS:
        value["start"] = claim.window.start
    if claim.window.end != NEVER:
        value["end"] = claim.window.end
    if claim.received is not None:
        value["received"] = claim.received
    flags = {"own": row.own, "assessable": row.assessable, "analysed": row.analysed}
    value |= {name: True for name, flag in flags.items() if flag}
    lists = {"waivers": row.waivers, "passes": row.passes}
    value |= {name: sorted(ids) for name, ids in lists.items() if ids}
    return canonical(value)


def decode_class(number: int, text: str, terms: str) -> ClassRow:
    """The class with this number, from its text and that of its claim's terms."""
    value: dict[str, Any] = json.loads(text)
    window = Window(Instant(value.get("start", ALWAYS)), Instant(value.get("end", NEVER)))
    received = value.get("received")
    return ClassRow(
        number=number,
        claim=decode_terms(terms, window, None if received is None else Instant(received)),
        own=value.get("own", False),
        assessable=value.get("assessable", False),
        analysed=value.get("analysed", False),
        waivers=frozenset(value.get("waivers", ())),
        passes=frozenset(value.get("passes", ())),
    )


def terms_digest(value: str) -> str:
    """What stands for terms in the register: the digest of their text, in hex."""
    return sha256(value.encode()).hexdigest()


def encode_label(classes: Iterable[int]) -> bytes:
    """Class numbers, sorted, four bytes each, the lowest byte first."""
    return b"".join(number.to_bytes(4, "little") for number in sorted(set(classes)))


def decode_label(label: bytes) -> tuple[int, ...]:
    """The class numbers of a label."""
    return struct.unpack(f"<{len(label) // 4}I", label)
