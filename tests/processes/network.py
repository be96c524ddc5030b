"""The node on which processes meet: three originators, two recipients, and what may stop what.

A *stop* is a suspension, a consent that is not (or no longer) given, or a token that is revoked. Which items a
suspension keeps from whom is written down here by hand, and not asked of the product.
"""

import time
from pathlib import Path
from typing import Final, NamedTuple

from comity.compose import Node
from comity.service.accounts import NewAccount, add_account
from comity.service.tokens import NewToken, create_token
from tests.nodes import ME, Clock
from tests.sending import Object, found, ident, refs, send, thing

WORLD: Final = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, FRA: {name: France}, UKR: {name: Ukraine}, POL: {name: Poland}}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free, derivation: own-analysis}
  - {id: fra-gbr, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-pol, from: GBR, to: POL, ceiling: SECRET, domains: ["*"]}
"""
RECIPIENTS: Final = ("UKR", "POL")
MANY: Final = 8
"""Items of each kind."""


class Stop(NamedTuple):
    """What is stopped: by a suspension `frm` → `to`, for want of the consent to `item`, or by the end of a token."""

    frm: str | None = None
    to: str | None = None
    item: str | None = None
    token: str | None = None

    def __str__(self) -> str:
        """By what and for whom."""
        return f"{self.frm} to {self.to}" if self.frm else f"{self.item} without consent" if self.item else "token"


def named(kind: str) -> list[str]:
    return [f"{kind} {number}" for number in range(MANY)]


OF_USA, OF_FRA, OF_GBR, REPORTS, WORDED = (named(kind) for kind in ("usa", "fra", "gbr", "report", "worded"))
"""Of one originator each; reports of GBR that quote one of USA; of FRA, which go to UKR by its consent only."""

ROOTS: Final[dict[str, frozenset[str]]] = {
    **{ident(name): frozenset({"USA"}) for name in OF_USA},
    **{ident(name): frozenset({"FRA"}) for name in (*OF_FRA, *WORDED)},
    **{ident(name): frozenset({"GBR"}) for name in OF_GBR},
    **{ident(name): frozenset({"GBR", "USA"}) for name in REPORTS},
}
"""Whose claims each item carries."""


def stops(stop: Stop, item: str, to: str) -> bool:
    """Whether the suspension keeps this item from going to that recipient.

    The holder's own stops its channel, and whatever goes through it.
    """
    return stop.to == to and (stop.frm == "GBR" or stop.frm in ROOTS[item])


def make(folder: Path, clock: Clock, services: int, database: str | None) -> Node:
    """The node, with everything that it hands over, and an account for each program that asks."""
    node = found(folder, clock, WORLD, database=database)
    send(node, "USA", *map(thing, OF_USA))
    send(node, "FRA", *map(thing, OF_FRA))
    send(node, "GBR", *map(thing, OF_GBR))
    send(node, "GBR", *(_quoting(report, item) for report, item in zip(REPORTS, OF_USA, strict=True)))
    claim = "originator: FRA, level: RESTRICTED, releasable_to: [GBR], onward: consent"
    beside = "\n".join(f"  - {{id: {ident(name)}, {claim}}}" for name in WORDED)
    send(node, "FRA", *map(thing, WORDED), sidecar=f"items:\n{beside}\n")
    for number in range(services):
        add_account(node.store, NewAccount(name=service(number), service=True), ME, vault=node.vault)
        hand(node, service(number), new_token(node, service(number)))
    return node


def new_token(node: Node, account: str) -> str:
    """The secret of a new token by which the account may release."""
    new = NewToken(name=str(time.monotonic_ns()), scopes=frozenset({"release"}), account=account)
    return create_token(node.store, new, ME, vault=node.vault).secret


def hand(node: Node, account: str, secret: str) -> None:
    """Give the token to the account, in place of the one that it had."""
    kept = token_file(node, account)
    fresh = kept.with_suffix(".new")
    fresh.write_text(secret)
    fresh.rename(kept)


def token_file(node: Node, account: str) -> Path:
    """Where a program finds its token."""
    return node.directory.with_name(f"{account}.token")


def id_of(secret: str) -> str:
    """The id of a token."""
    return secret.split("_")[1]


def service(number: int) -> str:
    """The account of a program that asks."""
    return f"reader-{number}"


def _quoting(name: str, source: str) -> Object:
    return thing(name, **refs(ident(source)))
