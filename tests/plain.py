"""Plain worlds, as world files hold them, made into the core's own values: the one place where tests do so."""

from typing import Any

from comity.core.agreement import Agreement, Delegation, Reach, Suspension
from comity.core.claim import LEVELS, Claim, Derivation, Onward
from comity.core.consent import Consent
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.core.lineage import Item, ItemId, Source, Use
from comity.core.partner import Code, Community, Membership, Recipient
from comity.core.world import Policy, World
from tests.oracle import words

Plain = dict[str, Any]


def instant(text: str) -> Instant:
    """The instant that an RFC 3339 string names."""
    gone = words.moment(text) - words.moment("1970-01-01T00:00:00Z")
    return Instant((gone.days * 86_400 + gone.seconds) * 1_000_000 + gone.microseconds)


def core_world(plain: Plain) -> World:
    """The plain world as the core's own value."""
    policy = Policy(
        holder=Code(Recipient(plain["holder"])),
        partners=frozenset(plain["partners"]),
        levels=tuple(plain.get("levels", LEVELS)),
        domains=frozenset(plain.get("domains", ())),
        conditions=frozenset(plain.get("conditions", ())),
        communities={name: _community(name, members) for name, members in plain.get("communities", {}).items()},
        agreements=tuple(_agreement(each) for each in plain.get("agreements", ())),
        suspensions=tuple(_suspension(each) for each in plain.get("suspensions", ())),
        delegations=tuple(Delegation(**_grant(each)) for each in plain.get("delegations", ())),
        consents=tuple(_consent(each) for each in plain.get("consents", ())),
    )
    return World(policy=policy, items={ItemId(each["id"]): _item(policy, each) for each in plain["items"]})


def _window(plain: Plain, start: str = "start", end: str = "end") -> Window:
    return Window(
        instant(plain[start]) if start in plain else ALWAYS,
        instant(plain[end]) if end in plain else NEVER,
    )


def _community(name: str, members: list[Any]) -> Community:
    dated = [{"partner": each} if isinstance(each, str) else each for each in members]
    return Community(
        name=name, members=tuple(Membership(partner=each["partner"], window=_window(each)) for each in dated)
    )


def _grant(plain: Plain) -> Plain:
    return {
        "id": plain["id"],
        "frm": plain["from"],
        "to": plain["to"],
        "ceiling": plain["ceiling"],
        "domains": frozenset(plain["domains"]),
        "window": _window(plain),
    }


def _agreement(plain: Plain) -> Agreement:
    return Agreement(
        **_grant(plain),
        onward=Onward(plain.get("onward", "listed")),
        derivation=Derivation(plain.get("derivation", "inherit")),
        accepts=frozenset(plain.get("accepts", ())),
    )


def _suspension(plain: Plain) -> Suspension:
    return Suspension(
        id=plain["id"],
        frm=plain["from"],
        to=plain["to"],
        window=_window(plain),
        given=instant(plain.get("given", plain["start"])),
        domains=frozenset(plain.get("domains", ["*"])),
        reach=Reach(plain.get("reach", "onward")),
        recall=plain.get("recall", False),
    )


def _consent(plain: Plain) -> Consent:
    return Consent(
        id=plain["id"],
        by=plain["by"],
        item=plain["item"],
        to=tuple(plain["to"]),
        window=_window(plain),
        given=instant(plain.get("given", plain["start"])),
        use=Use(plain.get("use", "reproduces")),
    )


def _item(policy: Policy, plain: Plain) -> Item:
    claims = [plain, *plain.get("further_claims", [])]
    received = instant(plain["received"]) if "received" in plain else None
    return Item(
        id=plain["id"],
        claims=tuple(_claim(policy, each, received, first=number == 0) for number, each in enumerate(claims)),
        sources=tuple(_source(each) for each in plain.get("sources", ())),
    )


def _claim(policy: Policy, plain: Plain, received: Instant | None, *, first: bool) -> Claim:
    embargo = _window(plain, "not_before", "not_after")
    return Claim(
        originator=plain["originator"],
        level=plain.get("level", policy.lowest),
        domains=frozenset(plain.get("domains", ["general"])),
        audience=tuple(plain["releasable_to"]) if "releasable_to" in plain else None,
        onward=Onward(plain["onward"]) if "onward" in plain else None,
        derivation=Derivation(plain["derivation"]) if "derivation" in plain else None,
        not_before=embargo.start,
        not_after=embargo.end,
        conditions=frozenset(plain.get("conditions", ())),
        window=Window() if first else _window(plain),
        received=received,
    )


def _source(plain: Plain) -> Source:
    attested = (_window(plain, "attested", "withdrawn"),) if "attested" in plain else ()
    return Source(item=plain["item"], use=Use(plain.get("use", "reproduces")), attestations=attested)
