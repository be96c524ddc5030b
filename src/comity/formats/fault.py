"""Why a piece of what a partner sent goes to quarantine: a closed list of reasons, from which the docs are made.

A fault is a value and not an exception: it concerns one piece, and the rest of the bundle goes on.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Self


class Flaw(Enum):
    """What may be wrong with one piece; `meaning` is the line that the docs print."""

    meaning: str

    def __new__(cls, code: str, meaning: str = "") -> Self:
        """The value is `code` alone, so that `Flaw("truncated")` finds it."""
        flaw = object.__new__(cls)
        flaw._value_ = code
        flaw.meaning = meaning
        return flaw

    # Found while the bytes are split (comity.formats.bundle).
    TRUNCATED = "truncated", "the file ends before this piece does"
    TRAILING = "trailing", "bytes after the end of the bundle"
    NOT_JSON = "not-json", "not JSON as RFC 8259 defines it"
    NOT_UTF8 = "not-utf-8", "bytes that are not UTF-8"
    LONE_SURROGATE = "lone-surrogate", "an escaped half of a surrogate pair, which is no character"
    DUPLICATE_KEY = "duplicate-key", "a key stated twice in one object: readers differ on which one counts"
    NUMBER_RANGE = "number-range", "an integer beyond ±(2^53 − 1), or a number that is not finite: readers differ"
    TOO_DEEP = "too-deep", "objects and lists nested deeper than 100"
    TOO_LARGE = "too-large", "one piece larger than the limit"
    UNKNOWN_PROPERTY = (
        "unknown-property",
        "a property of the bundle itself that STIX does not define, perhaps a mistyped one",
    )
    NOT_AN_OBJECT = "not-an-object", "an element of `objects` that is no JSON object"

    # Found in one object (comity.formats.stix).
    NOT_JSON_VALUE = "not-json-value", "a value that JSON does not have, or a key that is not text"
    BAD_TYPE = "bad-type", "`type` is missing, is no STIX type name, or is `bundle`"
    BAD_ID = "bad-id", "`id` is not the object's own type, `--` and a lower-case UUID"
    NOT_STIX_21 = "not-stix-2.1", "`spec_version` is not `2.1`, or is missing where STIX 2.1 requires it"
    BAD_TIME = "bad-time", "`created` or `modified` is missing, out of place, or no time in UTC as STIX writes it"
    TIME_ORDER = "time-order", "`modified` is earlier than `created`"
    BAD_REVOKED = "bad-revoked", "`revoked` is not true or false"
    BAD_REFERENCE = "bad-reference", "a `_ref` that holds no STIX id, or a `_refs` that holds no list of them"
    BAD_MARKING = "bad-marking", "a marking that names no marking definition, or a granular marking of another shape"
    BAD_RELATIONSHIP = "bad-relationship", "a relationship without a proper `relationship_type` or without both ends"

    # Found when a sidecar is read beside the bundle (comity.service.beside).
    UNKNOWN_SOURCE = "unknown-source", "the sidecar names a source that is not held"

    # Found when the claim is made (comity.formats.marking).
    NO_TERMS = "no-terms", "the level must come from the submitter's default terms, and it has none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One reason for quarantine; `detail` says where and what, and may quote what the submitter wrote."""

    code: Flaw
    detail: str

    def __str__(self) -> str:
        """Code and detail on one line."""
        return f"{self.code.value}: {self.detail}"
