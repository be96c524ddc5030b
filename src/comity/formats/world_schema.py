"""The JSON Schema (draft 2020-12) of world files, for editors and other people's tools.

It tells the form only: whether a name is known or an end is after its start, the reader judges.
"""

from enum import Enum
from typing import Final

from comity.core.agreement import Reach
from comity.core.claim import Derivation, Onward
from comity.core.coverage import Want
from comity.core.lineage import Use
from comity.core.loss import Effect
from comity.core.requirement import LEAST_URGENT, MOST_ORIGINATORS, MOST_URGENT, Kind
from comity.core.wants import BEST
from comity.formats.world_questions import OBSTACLES, Verdict

Schema = dict[str, object]

_HOUR_MINUTE: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
_TIME_PATTERN: Final = (
    f"^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt]{_HOUR_MINUTE}:[0-5][0-9]([.][0-9]{{1,6}}0*)?([Zz]|[+-]{_HOUR_MINUTE})$"
)
_LENGTH_PATTERN: Final = (
    "^P(?=[0-9T])([0-9]{1,9}W)?([0-9]{1,9}D)?(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,9}M)?([0-9]{1,9}([.][0-9]{1,6})?S)?)?$"
)
_NAME: Final[Schema] = {"$ref": "#/$defs/name"}
_TIME: Final[Schema] = {"$ref": "#/$defs/time"}
_NAMES: Final[Schema] = {"type": "array", "items": _NAME}
_SOME_NAMES: Final[Schema] = {"type": "array", "items": _NAME, "minItems": 1}
_LENGTH: Final[Schema] = {"$ref": "#/$defs/length"}
_RECIPIENT: Final[Schema] = {"allOf": [_NAME, {"pattern": "^[^*]*[^*/]$"}]}
_AMOUNT: Final[Schema] = {"type": "integer", "minimum": 1}
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
            "length": {
                "type": "string",
                "pattern": _LENGTH_PATTERN,
                "description": "ISO 8601 in weeks, days, hours, minutes and seconds: P7D, PT36H",
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
        "requirements": _list(_requirement()),
        "tags": _list(_tag()),
        "pools": _list(_shape(("id", "partner", "capacity"), {"id": _NAME, "partner": _NAME, "capacity": _rate()})),
        "offers": _list(_offer()),
        "checks": _list(_check()),
        "audiences": _list(_shape(("item", "at"), {"item": _NAME, "at": _TIME, "expect": _NAMES})),
        "holdings": _list(_shape(("to", "at"), {"to": _NAME, "at": _TIME, "expect": _NAMES})),
        "coverage": _list(_coverage()),
        "loss": _list(_loss()),
        "plans": _list(_plan()),
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


def _one_of(kind: type[Enum]) -> Schema:
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
            "to": _RECIPIENT,
            "at": _TIME,
            "expect": _one_of(Verdict),
            "because": {"type": "array", "items": _REASON, "description": "the reasons of a refusal; [] for a permit"},
        },
    )


def _rate() -> Schema:
    return _shape(("items", "period"), {"items": _AMOUNT, "period": _LENGTH})


def _requirement() -> Schema:
    return _shape(
        ("id", "title"),
        {
            "id": _NAME,
            "title": _NAME,
            "kind": _one_of(Kind),
            "domains": _NAMES,
            "region": _NAME,
            "priority": {"type": "integer", "minimum": MOST_URGENT, "maximum": LEAST_URGENT},
            "rate": _rate(),
            "freshness": _LENGTH,
            "corroboration": {**_AMOUNT, "maximum": MOST_ORIGINATORS},
        },
    )


def _tag() -> Schema:
    rule = dict.fromkeys(("type", "domain", "label", "text"), _NAME)
    either = {"oneOf": [{"required": ["item"]}, {"anyOf": [{"required": [key]} for key in rule]}]}
    return {**_shape(("requirement",), {"requirement": _NAME, "item": _NAME, **rule}), **either}


def _offer() -> Schema:
    keys = {"id": _NAME, "partner": _NAME, "capacity": _rate(), "ceiling": _NAME}
    more: dict[str, Schema] = {
        "requirement": _NAME,
        "domain": _NAME,
        "quality": {"type": "integer", "minimum": 1, "maximum": BEST},
        "lead_time": _LENGTH,
        "pool": _NAME,
    }
    return {
        **_shape(tuple(keys), {**keys, **more}),
        "oneOf": [{"required": [key]} for key in ("requirement", "domain")],
    }


def _counted(required: tuple[str, ...], more: dict[str, Schema], expect: dict[str, Schema]) -> Schema:
    """A question that is answered by counting what was received in a window."""
    keys = {"to": _RECIPIENT, "at": _TIME, **_window(), **more, "expect": _shape((), expect)}
    return _shape(("to", "at", "start", *required), keys)


def _supposed() -> dict[str, Schema]:
    keys = {"from": _NAME, "to": _NAME}
    more: dict[str, Schema] = {"domains": _SOME_NAMES, "reach": _one_of(Reach), "recall": {"type": "boolean"}}
    return {"suspensions": _list(_shape(tuple(keys), {**keys, **more}))}


def _coverage() -> Schema:
    unmet: Schema = {"type": "array", "items": _one_of(Want)}
    count: Schema = {"type": "integer"}
    expect = {"items": _NAMES, "independent": count, "unmet": unmet, "soles": _NAMES}
    return _counted(("requirement",), {"requirement": _NAME}, expect)


def _loss() -> Schema:
    return _counted(
        ("suspensions",), _supposed(), {"items": _NAMES, "requirements": _named(_one_of(Effect), "", "by id")}
    )


def _plan() -> Schema:
    return _counted((), _supposed(), {"uncovered": _NAMES, "barred": _NAMES})
