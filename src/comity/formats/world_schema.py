"""The JSON Schema (draft 2020-12) of world files, for editors and other people's tools.

It tells the form only: whether a name is known or an end is after its start, the reader judges.
"""

from typing import Final

from comity.core.agreement import Reach
from comity.core.claim import Derivation, Onward
from comity.core.lineage import Use
from comity.formats.world_questions import OBSTACLES, Verdict

Schema = dict[str, object]

_HOUR_MINUTE: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
_TIME_PATTERN: Final = (
    f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt]{_HOUR_MINUTE}:[0-5][0-9]([.][0-9]{{1,6}}0*)?([Zz]|[+-]{_HOUR_MINUTE})$"
)
_NAME: Final[Schema] = {"$ref": "#/$defs/name"}
_TIME: Final[Schema] = {"$ref": "#/$defs/time"}
_NAMES: Final[Schema] = {"type": "array", "items": _NAME}
_SOME_NAMES: Final[Schema] = {"type": "array", "items": _NAME, "minItems": 1}
_REASON: Final[Schema] = {"type": "string", "pattern": f"^[^/]+/.+/({'|'.join(OBSTACLES)})$"}


def schema() -> Schema:
    """The schema of a world file; each call makes a new one."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:comity:world-file",
        "title": "Comity world file",
        "description": "Who shares what with whom, on which terms, what is held, and the questions asked of it.",
        **_shape(("holder", "partners"), _sections()),
        "$defs": {
            "name": {"type": "string", "pattern": "^\\S(.*\\S)?$"},
            "time": {
                "type": "string",
                "pattern": _TIME_PATTERN,
                "description": "RFC 3339 with `Z` or an offset, at most microseconds: 2025-03-05T12:00:00Z",
            },
        },
    }


def _sections() -> dict[str, Schema]:
    return {
        "holder": _NAME | {"description": "the partner whose node is asked to disclose"},
        "partners": _named(_shape((), {"name": _NAME}), "^[^/*:@#,\\s]+$", "by code"),
        "levels": _SOME_NAMES | {"description": "the lowest first; five are given where this is left out"},
        "domains": _NAMES | {"description": "`general` is always one"},
        "conditions": _NAMES,
        "communities": _named({"type": "array", "items": {"anyOf": [_NAME, _member()]}}, "^[^/*]+$", "by name"),
        "agreements": _list(_agreement()),
        "delegations": _list(_grant({})),
        "suspensions": _list(_suspension()),
        "consents": _list(_consent()),
        "items": _list(_item()),
        "checks": _list(_check()),
        "audiences": _list(_shape(("item", "at"), {"item": _NAME, "at": _TIME, "expect": _NAMES})),
        "holdings": _list(_shape(("to", "at"), {"to": _NAME, "at": _TIME, "expect": _NAMES})),
    }


def _shape(required: tuple[str, ...], keys: dict[str, Schema]) -> Schema:
    """A mapping with these keys and no others."""
    return {"type": "object", "required": list(required), "additionalProperties": False, "properties": keys}


def _list(each: Schema) -> Schema:
    return {"type": "array", "items": each}


def _named(each: Schema, pattern: str, description: str) -> Schema:
    return {
        "type": "object",
        "description": description,
        "propertyNames": {"allOf": [_NAME, {"pattern": pattern}]},
        "additionalProperties": each,
    }


def _window() -> dict[str, Schema]:
    return {"start": _TIME, "end": _TIME}


def _one_of(kind: type[Onward | Derivation | Reach | Use | Verdict]) -> Schema:
    return {"enum": [member.value for member in kind]}


def _member() -> Schema:
    return _shape(("partner",), {"partner": _NAME, **_window()})


def _grant(more: dict[str, Schema]) -> Schema:
    keys = {"id": _NAME, "from": _NAME, "to": _NAME, "ceiling": _NAME, "domains": _SOME_NAMES}
    return _shape(tuple(keys), {**keys, **_window(), **more})


def _agreement() -> Schema:
    return _grant({"onward": _one_of(Onward), "derivation": _one_of(Derivation), "accepts": _NAMES})


def _suspension() -> Schema:
    keys = {"id": _NAME, "from": _NAME, "to": _NAME}
    more: dict[str, Schema] = {
        "domains": _SOME_NAMES,
        "reach": _one_of(Reach),
        "recall": {"type": "boolean"},
        "given": _TIME,
    }
    return _shape((*keys, "start"), {**keys, **_window(), **more})


def _consent() -> Schema:
    keys = {"id": _NAME, "by": _NAME, "item": _NAME, "to": _SOME_NAMES}
    return _shape((*keys, "start"), {**keys, **_window(), "use": _one_of(Use), "given": _TIME})


def _claim() -> dict[str, Schema]:
    return {
        "originator": _NAME,
        "level": _NAME,
        "domains": _SOME_NAMES,
        "releasable_to": _NAMES,
        "onward": _one_of(Onward),
        "derivation": _one_of(Derivation),
        "not_before": _TIME,
        "not_after": _TIME,
        "conditions": _NAMES,
    }


def _item() -> Schema:
    source = _shape(("item",), {"item": _NAME, "use": _one_of(Use), "attested": _TIME, "withdrawn": _TIME})
    return _shape(
        ("id", "originator", "level"),
        {
            "id": _NAME,
            **_claim(),
            "received": _TIME,
            "further_claims": _list(_shape(("originator",), {**_claim(), **_window()})),
            "sources": _list({**source, "dependentRequired": {"withdrawn": ["attested"]}}),
            "object": {"type": "object", "description": "the STIX object"},
        },
    )


def _check() -> Schema:
    return _shape(
        ("item", "to", "at"),
        {
            "item": _NAME,
            "to": {"allOf": [_NAME, {"pattern": "^[^*]*[^*/]$"}]},
            "at": _TIME,
            "expect": _one_of(Verdict),
            "because": {"type": "array", "items": _REASON, "description": "the reasons of a refusal; [] for a permit"},
        },
    )
