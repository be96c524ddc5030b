"""Examines one STIX 2.1 object: the common rules on which its release rests, not the schema of its type.

Checked here: type, id, specification version, times, `revoked`, every reference at any depth, markings, and the ends of
a relationship (STIX 2.1, sections 2, 3, 5 and 7.2). What else an object holds is kept as it is and judged by nobody.

A fault is never mended. In particular an id in capitals is one: whoever compares ids by their bytes would take it for
another object's, and the reference would bind nothing.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple

from comity.core.errors import MalformedInput
from comity.core.instant import Instant
from comity.formats import instant
from comity.formats.fault import Fault, Flaw
from comity.formats.marking import Kind
from comity.formats.strict_json import DEEPEST, QUOTED

OBSERVABLES: Final = frozenset(
    {
        *("artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file"),
        *("ipv4-addr", "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url"),
        *("user-account", "windows-registry-key", "x509-certificate"),
    }
)
"""The cyber observables (SCO) of STIX 2.1, section 6: no versions, and `spec_version` is optional."""
STANDARD: Final = OBSERVABLES | {
    *("attack-pattern", "campaign", "course-of-action", "grouping", "identity", "incident", "indicator"),
    *("infrastructure", "intrusion-set", "location", "malware", "malware-analysis", "note", "observed-data"),
    *("opinion", "report", "threat-actor", "tool", "vulnerability", "relationship", "sighting"),
    *("extension-definition", "language-content", "marking-definition"),
}
"""Every type that STIX 2.1 defines; any other is custom."""
MARKING_DEFINITION: Final = "marking-definition"
DERIVED_FROM: Final = "derived-from"
RELATIONSHIP: Final = "relationship"
"""The `relationship_type` by which one object is said to rest on another."""

_NAME: Final = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_TYPE: Final = re.compile(_NAME)
_LONGEST_TYPE: Final = 250
_ID: Final = re.compile(rf"{_NAME}--[0-9a-f]{{8}}(?:-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}")
_UUID_LENGTH: Final = 36
_RELATION: Final = re.compile(r"[a-z0-9-]+")
_TIME: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?)[0-9]*Z")
_REFERENCE: Final = "_ref"
_REFERENCES: Final = "_refs"
REFERRING: Final = (_REFERENCE, _REFERENCES)
"""How the keys end that refer to other objects."""
_REFERRING_KEY: Final = re.compile(rb'_refs?"')
_MOMENTS: Final = 1024
"""Times that are remembered: most objects of a bundle state the same few."""
_TITLE: Final = 120
_PLAIN: Final = frozenset({int, float, bool, type(None)})


class StixObject(NamedTuple):
    """What the release authority needs to know of one object.

    `modified` is the text that, with `id`, names the version: `created` where the type has no `modified`, empty where
    it has no versions. `modified_at` is the same time in whole microseconds, what is finer being cut. `refs` are the
    ids named in any `_ref` or `_refs`, markings included, itself excluded, each once. `markings` are those of the whole
    object, `granular` those of parts of it. `derived` are the two ends, source and target, of a `derived-from`
    relationship. `kind` is stated for a marking definition only. `title` is for display, never for decisions.
    """

    id: str
    type: str
    modified: str
    modified_at: Instant | None
    refs: tuple[str, ...]
    markings: tuple[str, ...]
    granular: tuple[str, ...]
    derived: tuple[str, str] | None
    revoked: bool
    title: str | None
    kind: Kind | None


def examine(value: Mapping[str, Any], raw: bytes | None = None) -> StixObject | Fault:
    """What `value`, a parsed JSON object, says of itself as a STIX object, or the first rule that it breaks.

    `raw` are the bytes that `value` was made of, if it was `strict_json` that parsed and vetted them. In nearly every
    object they tell at once that nothing refers further in, and then it is not walked.
    """
    try:
        return _examined(value, raw)
    except _Broken as broken:
        return broken.fault


def is_id(text: str) -> bool:
    """Whether `text` is a STIX id, by which other objects can name an object."""
    return _ID.fullmatch(text) is not None


@lru_cache(_MOMENTS)
def moment(text: str) -> Instant | None:
    """The time that `text` is as STIX writes it, None where it is of another form.

    STIX allows any number of decimals; those beyond microseconds are cut. Raises MalformedInput where there is none.
    """
    match = _TIME.fullmatch(text)
    return None if match is None else instant.parse(f"{match[1]}Z")


class _Broken(Exception):
    """A rule is broken; it stays in this module."""

    def __init__(self, code: Flaw, detail: str) -> None:
        super().__init__(detail)
        self.fault = Fault(code=code, detail=detail)


def _examined(value: Mapping[str, Any], raw: bytes | None) -> StixObject:
    type_ = _type(value)
    id_ = _id(value, type_)
    modified, modified_at = _version(value, type_)
    refs = _refs(value, raw)
    refs.pop(id_, None)
    revoked = value.get("revoked", False)
    if type(revoked) is not bool:
        raise _Broken(Flaw.BAD_REVOKED, f"`revoked` is {_quoted(revoked)}: it is true or false")
    return StixObject(
        id=id_,
        type=type_,
        modified=modified,
        modified_at=modified_at,
        refs=tuple(refs),
        markings=_markings(value),
        granular=_granular(value),
        derived=_derived(value) if type_ == RELATIONSHIP else None,
        revoked=revoked,
        title=_title(value),
        kind=_kind(value) if type_ == MARKING_DEFINITION else None,
    )


def _type(value: Mapping[str, Any]) -> str:
    stated = value.get("type")
    if type(stated) is not str or not _TYPE.fullmatch(stated) or len(stated) > _LONGEST_TYPE:
        raise _Broken(Flaw.BAD_TYPE, f"`type` is {_quoted(stated)}: lower-case letters, digits and single hyphens")
    if stated == "bundle":
        raise _Broken(Flaw.BAD_TYPE, "a bundle is no object, and holds none of its own kind")
    return stated


def _id(value: Mapping[str, Any], type_: str) -> str:
    stated = value.get("id")
    if type(stated) is not str or not _ID.fullmatch(stated) or stated[:-_UUID_LENGTH] != f"{type_}--":
        raise _Broken(Flaw.BAD_ID, f"`id` is {_quoted(stated)}: write `{type_}--` and a UUID in lower case")
    return stated


def _version(value: Mapping[str, Any], type_: str) -> tuple[str, Instant | None]:
    """The text and the time that tell this version from others; checks `spec_version` on the way."""
    created, modified = "created" in value, "modified" in value
    timeless = type_ in OBSERVABLES or not (created or modified or type_ in STANDARD)
    spec = value.get("spec_version")
    if spec != "2.1" and not (timeless and "spec_version" not in value):
        raise _Broken(Flaw.NOT_STIX_21, f"`spec_version` is {_quoted(spec)}: only STIX 2.1 is read")
    if timeless:
        if created or modified:
            raise _Broken(Flaw.BAD_TIME, f"`{type_}` has neither `created` nor `modified` in STIX 2.1")
        return "", None
    born = _moment(value, "created")
    if type_ == MARKING_DEFINITION:
        if modified:
            raise _Broken(Flaw.BAD_TIME, "a marking definition has no versions, and no `modified`")
        return value["created"], born
    changed = born if value.get("modified") == value["created"] else _moment(value, "modified")
    if changed < born:
        raise _Broken(Flaw.TIME_ORDER, f"modified {_quoted(value['modified'])}, created {_quoted(value['created'])}")
    return value["modified"], changed


def _moment(value: Mapping[str, Any], key: str) -> Instant:
    """The time under `key`."""
    stated = value.get(key)
    try:
        found = moment(stated) if type(stated) is str else None
    except MalformedInput as error:
        raise _Broken(Flaw.BAD_TIME, f"`{key}`: {error}") from None
    if found is None:
        raise _Broken(Flaw.BAD_TIME, f"`{key}` is {_quoted(stated)}: write it in UTC as `2025-03-05T12:00:00.000Z`")
    return found


def _refs(value: Mapping[str, Any], raw: bytes | None) -> dict[str, None]:
    """Every id that `value` refers to, in the order in which they stand."""
    refs: dict[str, None] = {}
    outermost = None if raw is None else _outermost(value, raw)
    if outermost is None:
        _collect(value, refs, DEEPEST)
        return refs
    for key in outermost:
        for ref in _references(key, value[key]):
            refs[ref] = None
    return refs


def _outermost(value: Mapping[str, Any], raw: bytes) -> list[str] | None:
    """The keys of `value` itself that refer; None where there may be others further in.

    INVARIANT: a key that refers ends in the bytes as it does in the value, unless a letter of it is escaped.
    """
    if b"\\" in raw and b"\\u" in raw:
        return None
    keys = [key for key in value if _REFERENCE in key and key.endswith(REFERRING)]
    return keys if len(keys) == len(_REFERRING_KEY.findall(raw)) else None


def _collect(held: Mapping[str, Any], refs: dict[str, None], levels: int) -> None:
    """Add every id that `held` refers to, at any depth, in the order in which they stand."""
    for key, value in held.items():
        if type(key) is not str or not (key.isascii() or _is_text(key)):
            raise _Broken(Flaw.NOT_JSON_VALUE, f"the key {_quoted(key)}")
        if key.endswith(REFERRING):
            for ref in _references(key, value):
                refs[ref] = None
        elif not _is_plain(value):
            _collect_from(value, refs, levels - 1)


def _collect_from(value: object, refs: dict[str, None], levels: int) -> None:
    """As `_collect`, from any JSON value that is not plain."""
    if not isinstance(value, (dict, list)):
        raise _Broken(Flaw.NOT_JSON_VALUE, _quoted(value))
    if levels <= 0:
        raise _Broken(Flaw.TOO_DEEP, f"more than {DEEPEST} objects and lists within one another")
    if isinstance(value, dict):
        _collect(value, refs, levels)
        return
    for member in value:
        if not _is_plain(member):
            _collect_from(member, refs, levels - 1)


def _is_plain(value: object) -> bool:
    """Whether it is a JSON value that refers to nothing: text, a number, true, false or null."""
    if type(value) is str:
        return value.isascii() or _is_text(value)
    return type(value) in _PLAIN


def _references(key: str, value: object) -> list[str]:
    """The ids under a key that refers: one for `_ref`, at least one for `_refs`."""
    ids = [value] if key.endswith(_REFERENCE) else value
    if not isinstance(ids, list) or not ids:
        raise _Broken(Flaw.BAD_REFERENCE, f"`{key[:QUOTED]}` is {_quoted(value)}: write a list of one id or more")
    for ref in ids:
        if type(ref) is not str or not _ID.fullmatch(ref):
            raise _Broken(Flaw.BAD_REFERENCE, f"`{key[:QUOTED]}` holds {_quoted(ref)}, which is no STIX id")
    return ids


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _markings(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The markings of the whole object, known to be ids."""
    markings = value.get("object_marking_refs", ())
    for marking in markings:
        _must_mark(marking)
    return tuple(dict.fromkeys(markings))


def _granular(value: Mapping[str, Any]) -> tuple[str, ...]:
    """The markings of parts of the object."""
    if "granular_markings" not in value:
        return ()
    stated = value["granular_markings"]
    if not isinstance(stated, list) or not stated:
        raise _Broken(Flaw.BAD_MARKING, "`granular_markings` is no list, or an empty one")
    found: dict[str, None] = {}
    for place, part in enumerate(stated):
        selectors = part.get("selectors") if isinstance(part, dict) else None
        if not isinstance(selectors, list) or not selectors or not all(isinstance(path, str) for path in selectors):
            raise _Broken(Flaw.BAD_MARKING, f"`granular_markings[{place}]` selects nothing")
        if ("marking_ref" in part) == ("lang" in part) or not isinstance(part.get("lang", ""), str):
            raise _Broken(Flaw.BAD_MARKING, f"`granular_markings[{place}]` needs one of `marking_ref` and `lang`")
        if "marking_ref" in part:
            _must_mark(part["marking_ref"])
            found[part["marking_ref"]] = None
    return tuple(found)


def _must_mark(marking: str) -> None:
    if not marking.startswith(f"{MARKING_DEFINITION}--"):
        raise _Broken(Flaw.BAD_MARKING, f"{_quoted(marking)} is no marking definition")


def _derived(value: Mapping[str, Any]) -> tuple[str, str] | None:
    """The ends of a relationship, known to be ids if they are there, where it says `derived-from`."""
    said = value.get("relationship_type")
    if type(said) is not str or not _RELATION.fullmatch(said):
        raise _Broken(Flaw.BAD_RELATIONSHIP, f"`relationship_type` is {_quoted(said)}: lower-case letters and hyphens")
    if "source_ref" not in value or "target_ref" not in value:
        raise _Broken(Flaw.BAD_RELATIONSHIP, "it needs `source_ref` and `target_ref`")
    return (value["source_ref"], value["target_ref"]) if said == DERIVED_FROM else None


def _kind(value: Mapping[str, Any]) -> Kind:
    """Only what says that it is a statement, and carries nothing else that might restrict, is one."""
    is_statement = value.get("definition_type") == "statement" and "extensions" not in value
    return Kind.STATEMENT if is_statement else Kind.OTHER


def _title(value: Mapping[str, Any]) -> str | None:
    """`name` on one line, without what a terminal would obey."""
    name = value.get("name")
    if type(name) is not str:
        return None
    shown = name[:_TITLE]
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else " " for char in shown)
    return " ".join(shown.split()) or None


def _quoted(value: object) -> str:
    """What the submitter wrote, cut and made plain for a message."""
    if isinstance(value, str):
        return f"`{ascii(value[:QUOTED])[1:-1]}`"
    if isinstance(value, bool | float):
        return f"`{value}`"
    return "missing" if value is None else "no text"
