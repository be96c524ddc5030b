"""Facts of the policy as JSON and as rows: grants, suspensions, consents, memberships."""

from comity.cli.terminal import time_or_none, time_shown
from comity.core.agreement import Agreement, Grant, Suspension
from comity.core.consent import Consent
from comity.core.instant import ALWAYS, NEVER, Instant, Window


def window(span: Window) -> dict[str, object]:
    """Start and end, None where unbounded."""
    return {"start": time_or_none(span.start), "end": time_or_none(span.end)}


def span_shown(span: Window) -> list[str]:
    """From when until when, for people, line by line."""
    since = "" if span.start == ALWAYS else f"since {time_shown(span.start)}"
    until = "" if span.end == NEVER else f"until {time_shown(span.end)}"
    return [said for said in (since, until) if said] or ["always"]


def grant(stated: Grant) -> dict[str, object]:
    """An agreement or a delegation."""
    document: dict[str, object] = {
        "id": stated.id,
        "from": stated.frm,
        "to": stated.to,
        "ceiling": stated.ceiling,
        "domains": sorted(stated.domains),
        **window(stated.window),
    }
    if isinstance(stated, Agreement):
        document |= {
            "onward": stated.onward.value,
            "derivation": stated.derivation.value,
            "accepts": sorted(stated.accepts),
        }
    return document


def suspension(stated: Suspension) -> dict[str, object]:
    """A suspension."""
    return {
        "id": stated.id,
        "from": stated.frm,
        "to": stated.to,
        "domains": sorted(stated.domains),
        "reach": stated.reach.value,
        "recall": stated.recall,
        "given": time_or_none(stated.given),
        **window(stated.window),
    }


def consent(stated: Consent, item: str) -> dict[str, object]:
    """A consent; `item` is the name by which people know its item."""
    return {
        "id": stated.id,
        "by": stated.by,
        "item": item,
        "to": list(stated.to),
        "use": stated.use.value,
        "given": time_or_none(stated.given),
        **window(stated.window),
    }


def ended(kind: str, name: str, at: Instant) -> dict[str, object]:
    """What has ended, and when."""
    return {"ended": kind, "id": name, "at": time_or_none(at)}
