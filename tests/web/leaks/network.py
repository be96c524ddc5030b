"""The node that all twins are copies of, and names for what R may see of it and what it may not.

Great Britain holds it; R is Ukraine. What the United States, France and Germany send unmarked may go on to Ukraine.
What is sent with a word beside it that keeps it – an audience, a level, an embargo – may not, and is hidden. Names of
visible objects begin with `v`, of hidden ones with `h`; `k` are held from the beginning, hidden, and waiting for a
consent. Whatever is hidden says so in its text, so that an answer that tells of it can be found.
"""

import io
import json
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from comity.compose import Node
from comity.core.instant import Instant
from comity.formats import world
from comity.service.accounts import NewAccount, add_account
from comity.service.partners import as_code
from comity.service.receive import Receipt, receive
from comity.service.records import Word
from comity.service.tokens import NewToken, create_token
from tests.nodes import START, Clock
from tests.postgres import Server
from tests.sending import Object, bundle, found, ident, thing
from tests.staff import ADMIN, OFFICER, govern

R: Final = "UKR"
READER: Final = "ukraine"
"""R's account."""
MARK: Final = "zanzibar"
"""What everything hidden has in its text, and nothing else."""
SENDERS: Final = ("USA", "FRA", "DEU")
SEEN: Final = tuple(f"v{number}" for number in range(12))
COVERT: Final = tuple(f"h{number}" for number in range(12))
KEPT: Final = tuple(f"k{number}" for number in range(4))
ABSENT: Final = ("never", "nowhere")
CLEAR: Final = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
AMBER_STRICT: Final = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
KINDS: Final = ("indicator", "malware", "report", "identity")
WORLD: Final = """
holder: GBR
partners: {GBR: {name: UK}, USA: {name: US}, FRA: {name: France}, DEU: {name: Germany}, UKR: {name: Ukraine}}
domains: [intelligence, operations]
communities: {E2: [GBR, FRA]}
agreements:
  - {id: usa-gbr, from: USA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free, derivation: own-analysis}
  - {id: fra-gbr, from: FRA, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: deu-gbr, from: DEU, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: ukr-gbr, from: UKR, to: GBR, ceiling: SECRET, domains: ["*"], onward: free}
  - {id: gbr-ukr, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-fra, from: GBR, to: FRA, ceiling: SECRET, domains: ["*"]}
  - {id: gbr-deu, from: GBR, to: DEU, ceiling: SECRET, domains: ["general"]}
requirements:
  - {id: need, title: "What goes on", rate: {items: 4, period: P1D}, corroboration: 2}
  - {id: other, title: "What else goes on", freshness: PT1H}
tags:
  - {requirement: need, type: indicator}
  - {requirement: other, text: "words"}
"""
HIDING: Final[tuple[Mapping[str, Any], ...]] = (
    {"level": "SECRET", "releasable_to": []},
    {"level": "SECRET", "releasable_to": ["GBR"]},
    {"level": "RESTRICTED", "releasable_to": ["FRA", "GBR/*"]},
    {"level": "TOP SECRET"},
    {"level": "RESTRICTED", "onward": "consent"},
    {"level": "RESTRICTED", "not_before": "2031-01-01T00:00:00Z"},
    {"level": "RESTRICTED", "domains": ["intelligence"], "releasable_to": ["E2"]},
)
"""What is said beside an object that keeps it from R."""
ACCOUNTS: Final = {
    READER: "UKR",
    "unit": "UKR/unit",
    "france": "FRA",
    "germany": "DEU",
    "states": "USA",
    "alice": "GBR/alice",
}
"""The accounts of partners and of their parts."""


class Network(NamedTuple):
    """The founded node's folder, the tokens by account, the time on its clock, and who keeps its record."""

    folder: Path
    secrets: Mapping[str, str]
    now: Instant
    keeper: Server | None


@cache
def network(keeper: Server | None) -> Network:
    """Founded once in a process for each store: on PostgreSQL if a server is named."""
    folder, clock = Path(tempfile.mkdtemp(prefix="comity-twins-")), Clock(Instant(START))
    with found(folder / "node", clock, WORLD, database=None if keeper is None else keeper.fresh()) as node:
        govern_all(node)
        secrets = {account: enter(node, account) for account in ACCOUNTS}
        for number, name in enumerate(KEPT):
            clock.pass_by(1)
            send_hidden(node, SENDERS[number % 2], hidden(name), HIDING[number % 3])
        for sender, name in zip(SENDERS, SEEN, strict=False):
            clock.pass_by(1)
            send(node, sender, seen(name))
    clock.pass_by(1)
    return Network(folder / "node", secrets, clock.now, keeper)


def govern_all(node: Node) -> None:
    """The staff, and an account for every partner."""
    govern(node)
    for name, recipient in ACCOUNTS.items():
        if name not in {"ukraine", "alice"}:
            add_account(node.store, NewAccount(name=name, recipient=recipient), ADMIN, vault=node.vault)


def enter(node: Node, account: str) -> str:
    """A token by which the partner's account does all that it may."""
    new = NewToken(name=f"token of {account}", scopes=frozenset({"release", "submit"}), account=account)
    return create_token(node.store, new, OFFICER, vault=node.vault).secret


def seen(name: str, version: int = 1, kind: str = "indicator", **members: object) -> Object:
    """An object that R may see, if it is sent without a word."""
    said = f"plain words about {name}, version {version}"
    clear = {"object_marking_refs": [CLEAR]} if name[-1] in "258" else {}
    return thing(name, version, kind, description=said, **(clear | members))


def hidden(name: str, version: int = 1, kind: str = "indicator", **members: object) -> Object:
    """An object that says that it is hidden."""
    said = f"{MARK} {name}, version {version}"
    strict = {"object_marking_refs": [AMBER_STRICT]} if name[-1] in "13" else {}
    return thing(name, version, kind, description=said, labels=[MARK], **(strict | members))


def word_of(partner: str) -> Word:
    """The release officer's word for what a partner has said."""
    return (
        OFFICER if partner == "GBR" else Word(actor="olga", by=as_code(partner), evidence="a letter", why="it said so")
    )


def envelope(*objects: Object) -> bytes:
    """What a partner sends over TAXII."""
    return json.dumps({"objects": list(objects)}).encode()


def send(node: Node, frm: str, *objects: Object | bytes, beside: Mapping[str, Any] | None = None) -> Receipt:
    """Have a partner's bundle taken in by the release officer, with what is said beside it."""
    said = None
    if beside is not None:
        with node.store.read() as reader:
            said = world.read_sidecar(json.dumps(beside), reader.policy())
    stream = io.BytesIO(bundle(*objects))
    return receive(node.store, stream, submitter=as_code(frm), word=OFFICER, sidecar=said, drain=0)


def send_hidden(node: Node, frm: str, stated: Object, hiding: Mapping[str, Any], **more: object) -> Receipt:
    """Have it sent with what keeps it from R."""
    return send(node, frm, stated, beside={"items": [{"id": stated["id"], "originator": frm, **hiding, **more}]})


IDS: Final = {name: ident(name) for name in (*SEEN, *COVERT, *KEPT, *ABSENT)}
"""The id of the indicator of each name."""
