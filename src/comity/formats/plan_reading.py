"""An exported plan, read back: to lay it beside another, or to begin a new one with what it assigns.

Rules kept here:
1. what can be reckoned is not believed: points are made anew from the items, and a file that says others is refused;
2. a plan is read whole or not at all, and what is wrong has its place in the file;
3. explanations are not read: they are made anew from a case, or not at all.

An export does not tell the routes, so a plan that was read can be compared, and cannot be explained or improved.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final, TypeVar

from comity.core.compensation import Assigned, Case, Need, Supply
from comity.core.errors import InvalidFacts, MalformedInput
from comity.core.planning import CERTAIN, Plan
from comity.core.programme import Ended, Limits
from comity.formats import strict_json
from comity.formats.fault import Fault

Kind = TypeVar("Kind")
Object = Mapping[str, Any]

_MEND: Final = "hand in what `comity plan make --json` has written, as it is"
_NUMBER: Final = (int, float)
_MOST: Final = 2**53 - 1


def read(raw: bytes) -> Plan:
    """The plan that was exported as this JSON. MalformedInput, with the place of what is wrong."""
    value = strict_json.parse(raw)
    if not isinstance(value, Fault):
        value = strict_json.vet(raw, value)
    if isinstance(value, Fault):
        raise MalformedInput(f"no plan: {value.detail}: {_MEND}")
    return plan_of(value)


def plan_of(value: object) -> Plan:
    """As `read`, of JSON that is parsed."""
    whole = _is(value, dict, "the plan")
    said = _get(whole, "plan", dict)
    try:
        case = Case(_each(whole, "needs", _need), _each(whole, "supplies", _supply), ())
    except InvalidFacts as problem:
        raise MalformedInput(f"no plan: {problem}: {_MEND}") from None
    assigned = tuple(sorted(_each(whole, "assigned", lambda one, place: Assigned(**_fields(one, Assigned, place)))))
    if wrong := next(_wrong(case, assigned), None):
        raise MalformedInput(f"assigned: {wrong}: {_MEND}")
    bound, ended = float(_get(said, "bound", _NUMBER, "plan.")), _get(said, "ended", str, "plan.")
    if ended not in set(Ended):
        raise MalformedInput(f"plan.ended: `{ended}` is no way to end: {_MEND}")
    made = Plan(case=case, assigned=assigned, bound=bound, ended=Ended(ended), limits=_limits(said))
    _as_reckoned(made, _get(said, "points", _NUMBER, "plan."))
    return made


def _as_reckoned(made: Plan, points: float) -> None:
    """Rule 1; numbers in exports have six places."""
    reckoned = float(made.points)
    if abs(reckoned - points) > CERTAIN or made.bound < reckoned - CERTAIN * max(1.0, reckoned):
        raise MalformedInput(f"plan: its items make {reckoned:.6f} points, and not what it says: {_MEND}")


def _wrong(case: Case, assigned: tuple[Assigned, ...]) -> Iterator[str]:
    """What cannot be of an assignment, as far as it can be told without the routes."""
    given: Counter[str] = Counter()
    for each in assigned:
        if each.need not in case.needs or each.supply not in case.supplies:
            yield f"`{each.supply}` gives to `{each.need}`, and not both are there"
            return
        given[each.supply] += each.units
        if each.units < 1 or given[each.supply] > case.supplies[each.supply].capacity:
            yield f"`{each.supply}` gives {given[each.supply]}, and has {case.supplies[each.supply].capacity}"
    if len({(each.need, each.supply) for each in assigned}) < len(assigned):
        yield "the same supply gives to the same need twice"


def _need(one: Object, place: str) -> Need:
    said = _fields(one, Need, place, fresh=(int, type(None)), roots=list)
    roots = [_is(root, str, f"{place}.roots") for root in said["roots"]]
    return Need(**{**said, "roots": frozenset(roots)})


def _supply(one: Object, place: str) -> Supply:
    """Without its pool and its routes, which nothing that is read back asks for."""
    said = {key: _get(one, key, str, f"{place}.") for key in ("id", "partner", "title")}
    counts = {key: _get(one, key, int, f"{place}.") for key in ("capacity", "quality", "lead")}
    return Supply(**said, **counts, root=_get(one, "origin", str, f"{place}."))


def _limits(said: Object) -> Limits | None:
    found = _get(said, "limits", (dict, type(None)), "plan.")
    if found is None:
        return None
    gap, seconds = (float(_get(found, key, _NUMBER, "plan.limits.")) for key in ("gap", "seconds"))
    return Limits(gap=gap, seconds=seconds)


def _each(whole: Object, key: str, make: Any) -> list[Any]:  # noqa: ANN401 - what `make` makes
    rows = _get(whole, key, list)
    return [make(_is(one, dict, f"{key}.{place}"), f"{key}.{place}") for place, one in enumerate(rows)]


def _fields(one: Object, of: type, place: str, **other: Any) -> dict[str, Any]:  # noqa: ANN401 - types of members
    """The members that a value of the core has, each of its own type."""
    kinds = {each.name: other.get(each.name, each.type) for each in fields(of)}
    return {name: _get(one, name, kind, f"{place}.") for name, kind in kinds.items()}


def _get(of: Object, key: str, kind: Any, place: str = "") -> Any:  # noqa: ANN401 - any member
    if key not in of:
        raise MalformedInput(f"{place}{key}: it is missing: {_MEND}")
    return _is(of[key], kind, f"{place}{key}")


def _held(number: float) -> bool:
    """Whether it is a number that every reader holds alike: nothing beyond, and no `NaN`."""
    return -_MOST <= number <= _MOST


def _is(value: object, kind: Any, place: str) -> Any:  # noqa: ANN401 - any member
    # What is true or false is a number to Python, and none to whoever wrote the file.
    if not isinstance(value, kind) or isinstance(value, bool) or (isinstance(value, _NUMBER) and not _held(value)):
        raise MalformedInput(f"{place}: it is not what stands there in a plan: {_MEND}")
    return value
