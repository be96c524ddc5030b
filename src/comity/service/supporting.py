"""What may be told of a node to whoever helps to mend it: counts and states, and nothing that is in it.

INVARIANT: every text in it is a word of this program's own – kinds of acts, reasons for quarantine, roles – or a
version. No name, no id, no title, no digest, no path, no address and no message: those may quote what is held.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from comity.formats.fault import Flaw
from comity.service.authority import GOVERNED, LOCAL_LOGIN, TWO_PERSON
from comity.service.ports import Reader

_FLAWS: Final = frozenset(flaw.value for flaw in Flaw)
_OTHER: Final = "other"
_EVENTS: Final = frozenset({"request", "fault", "node", "library", "worker-died"})
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", _OTHER})

Document = dict[str, Any]


def state(reader: Reader) -> Document:
    """How much there is of everything, and how the node is set up."""
    now, accounts = reader.now(), reader.accounts()
    return {
        "epoch": reader.epoch(),
        "entries": reader.size(),
        "acts": dict(sorted(Counter(act.kind for act in reader.acts()).items())),
        "items": sum(len(list(items)) for _, _, _, items in reader.census()),
        "classes": sum(1 for _ in reader.classes()),
        "partners": len(reader.partners()),
        "accounts": dict(sorted(Counter(_account(each) for each in accounts).items())),
        "tokens": sum(each.scopes is not None and now < each.expires for each in reader.accesses()),
        "sessions": sum(each.scopes is None and now < each.expires for each in reader.accesses()),
        "quarantine": dict(sorted(Counter(_flaw(each.reason) for each in reader.open_quarantine()).items())),
        "in_flight": len(reader.in_flight()),
        "signing_keys": len(reader.signing_keys()),
        "head": (head := reader.newest_head()) is not None and head.size,
        "settings": {
            "governed": reader.setting(GOVERNED) is True,
            "local_login": "required" if reader.setting(LOCAL_LOGIN) == "required" else "trusted",
            "two_person": bool(reader.setting(TWO_PERSON)),
        },
        "clock_behind": reader.latest() >= now,
    }


def _account(account: Any) -> str:  # noqa: ANN401 - an Account
    return f"{account.kind.value}{'' if account.active else ', disabled'}"


def _flaw(reason: str) -> str:
    return reason if reason in _FLAWS else _OTHER


def logged(lines: Iterable[Mapping[str, Any]], routes: frozenset[str]) -> Document:
    """What a server has logged, in sum: requests by route and status, faults by their place, workers that died.

    `routes` are those of the route table: what a line says that is none of ours is left out, whoever wrote it.
    """
    requests: Counter[tuple[str, str, str, str]] = Counter()
    slowest: dict[str, float] = {}
    events: Counter[str] = Counter()
    faults: Counter[tuple[str, str]] = Counter()
    for line in lines:
        event = line.get("event") if line.get("event") in _EVENTS else _OTHER
        events[str(event)] += 1
        if event == "request":
            route = str(line.get("route")) if line.get("route") in routes else "none"
            method = str(line.get("method")) if line.get("method") in _METHODS else _OTHER
            requests[method, route, _number(line.get("status")), "cut" if line.get("cut") is True else "whole"] += 1
            slowest[route] = max(slowest.get(route, 0.0), _seconds(line.get("seconds")))
        elif event == "fault":
            faults[_word(line.get("kind")), _place(line.get("at"))] += 1
    return {
        "events": dict(sorted(events.items())),
        "requests": [
            {"method": method, "route": route, "status": status, "end": end, "count": count}
            for (method, route, status, end), count in sorted(requests.items())
        ],
        "slowest": dict(sorted(slowest.items())),
        "faults": [{"kind": kind, "at": at, "count": count} for (kind, at), count in sorted(faults.items())],
    }


def _number(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _OTHER


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _word(value: object) -> str:
    """The name of a class: no text of anybody's."""
    return value if isinstance(value, str) and value.isidentifier() else _OTHER


def _place(value: object) -> str:
    """The last place in the program: `file.py:12 function`."""
    last = value[-1] if isinstance(value, list) and value else None
    if not isinstance(last, str):
        return _OTHER
    where, _, function = last.partition(" ")
    file, _, line = where.partition(":")
    known = file.removesuffix(".py").isidentifier() and line.isdigit() and function.strip("<>").isidentifier()
    return last if known else _OTHER
