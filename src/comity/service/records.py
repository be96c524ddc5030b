"""The rows of the record as plain values: what the ports hand in and out, beside the values of the core."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from comity.core.claim import Claim
from comity.core.instant import Instant, Window
from comity.core.lineage import Use
from comity.core.partner import Code, Membership, Recipient
from comity.core.role import Kind, Role
from comity.index.holding import Ordinal

Ended = Literal[
    "agreement",
    "delegation",
    "suspension",
    "consent",
    "membership",
    "attestation",
    "claim",
    "requirement",
    "tag",
    "pool",
    "offer",
    "credential",
    "token",
    "session",
]
"""What can be ended early by a later row."""
Named = Literal["agreement", "delegation", "suspension", "consent", "requirement", "tag", "pool", "offer"]
"""What has an id that people use."""
Side = Literal["received", "originated"]
"""Which of a party's two logs."""
Outcome = Literal["accepted", "discarded"]
"""How an open quarantine was answered."""
Proof = Literal["password", "link", "oidc"]
"""What a credential is: an argon2id hash, the keyed digest of a one-time code, a provider's name for somebody."""
Verdict = Literal["approved", "rejected"]
"""How a proposal was answered."""
Subject = Literal["suspension", "consent", "agreement", "quarantine", "proposal", "account", "act"]
"""What a notice is about; `account` are the acts that say who may come in, `act` are all acts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Who did it, and on whose word: `by` is a partner other than the holder, `evidence` how its word reached us.

    `through` is the token or session by which the actor came in; None for whoever may read the node's folder. `seconds`
    is the proposal of another person that this act carries out. Neither is recorded with the act itself.
    """

    actor: str
    by: Code | None = None
    evidence: str | None = None
    why: str | None = None
    through: str | None = field(default=None, compare=False)
    seconds: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One recorded act: `at` is its recorded time, strictly increasing; `epoch` is the policy epoch after it.

    Acts are numbered from 1 without a gap, and each is one entry of the register.
    """

    id: int
    at: Instant
    kind: str
    word: Word
    epoch: int

    @property
    def leaf(self) -> int:
        """Its position in the register, from 0."""
        return self.id - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner as registered; `identity` is the id of the STIX identity made for it, random."""

    code: Code
    name: str
    identity: str


class NewItem(NamedTuple):
    """A row to add: see `Held`. `digest` is the SHA-256 of its bytes; `version` is empty without a `modified`."""

    ordinal: Ordinal
    name: str
    stix_id: str
    version: str
    type: str
    title: str | None
    submitter: Code
    received: Instant | None
    digest: bytes
    apart_from: Ordinal | None = None


class Held(NamedTuple):
    """One held item, without its bytes; `act` is the number of the act that recorded it."""

    ordinal: Ordinal
    name: str
    stix_id: str
    version: str
    type: str
    title: str | None
    submitter: Code
    received: Instant | None
    digest: bytes
    apart_from: Ordinal | None
    act: int


class NewClaim(NamedTuple):
    """A claim on an item: `place` 0 is the first claim (the newest such row holds), others are further claims.

    The claim's `received` is not kept: it is the item's own.
    """

    item: Ordinal
    place: int
    claim: Claim


class NewSource(NamedTuple):
    """A lineage edge; `inherited` from the predecessor of a new version.

    A world may state the same edge several times, one attested and another not: `edge` numbers them from 0.
    """

    item: Ordinal
    source: Ordinal
    use: Use
    inherited: bool = False
    edge: int = 0


class Reference(NamedTuple):
    """`item` names the STIX id `ref`, held or not. Kind `ref`: by a `*_ref(s)` property; `derived`: as an end."""

    ref: str
    item: Ordinal
    kind: str


class NewAttestation(NamedTuple):
    """An attestation of the `draws-on` edge from `item` to `source` with this number; it counts in its window."""

    item: Ordinal
    source: Ordinal
    window: Window
    edge: int = 0


class AttestationRow(NamedTuple):
    """An attestation as recorded; `withdrawn` counts the endings, `edge` is as in NewSource."""

    id: int
    item: Ordinal
    source: Ordinal
    attested: Instant
    withdrawn: Instant
    edge: int = 0


class MembershipRow(NamedTuple):
    """A membership as recorded, with the number by which it can be ended."""

    id: int
    community: str
    member: Membership


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRow:
    """One class of the index as plain data; `claim` holds its window and time of receipt as far as they matter."""

    number: int
    claim: Claim
    own: bool
    assessable: bool
    analysed: bool
    waivers: frozenset[str]
    passes: frozenset[str]


class NewQuarantine(NamedTuple):
    """What could not be accepted: `position` in its bundle, `content` where there is no `item` that keeps it."""

    item: Ordinal | None
    submitter: Code
    position: int
    reason: str
    detail: str
    digest: bytes
    content: bytes | None


class Quarantined(NamedTuple):
    """An open quarantine, without its bytes."""

    id: int
    item: Ordinal | None
    submitter: Code
    position: int
    reason: str
    detail: str
    digest: bytes
    act: int


class Portion(NamedTuple):
    """What of a response carries an originator's claims: how many items, the Merkle root over their commitments."""

    originator: Code
    items: int
    root: bytes


class Disclosed(NamedTuple):
    """The recorded fact that one response with these items was handed to a recipient.

    `leaf` is its entry of the register, `at` the time that was decided on. `root` is the Merkle root over the
    commitments to the items, in their order; their salts follow from `nonce` (16 bytes) and the node's secret.
    `portions` are in the order of the originators' codes.
    """

    leaf: int
    recipient: str
    at: Instant
    items: tuple[Ordinal, ...]
    nonce: bytes
    root: bytes
    portions: tuple[Portion, ...]


class Receipt(NamedTuple):
    """One leaf of a party's own log: `received`, what was handed to it, or `originated`, what was of its material.

    `seq` counts from 0 in that log; `leaf` is the entry of the register that both belong to.
    """

    party: str
    side: Side
    seq: int
    entry: bytes
    leaf: int


class Leaf(NamedTuple):
    """One entry of the register with its RFC 9162 leaf hash."""

    seq: int
    entry: bytes
    hash: bytes
    act: int


class SigningKey(NamedTuple):
    """A key that signs heads, by the id of its public half (Ed25519, 32 bytes); `leaf` is the entry that records it.

    `endorsement` is the signature of the key before it, None for the first and where the one before it was lost.
    """

    id: str
    public: bytes
    endorsement: bytes | None
    leaf: int


class Head(NamedTuple):
    """A signed head as it was kept: how many entries it speaks of, the root over them, and what was signed."""

    size: int
    root: bytes
    document: bytes


class Flight(NamedTuple):
    """A release under way: its leaf, the epoch that it was decided under, when it began."""

    leaf: int
    epoch: int
    began: Instant


class Account(NamedTuple):
    """Who may come in, as what. `recipient` is whom a partner's account stands for; `roles` are of persons only."""

    name: str
    kind: Kind
    recipient: Recipient | None
    roles: frozenset[Role]
    active: bool


class NewCredential(NamedTuple):
    """A credential to add: see Credential."""

    account: str
    kind: Proof
    value: str
    expires: Instant


class Credential(NamedTuple):
    """By what somebody comes in, until it expires or is ended."""

    id: int
    account: str
    kind: Proof
    value: str
    expires: Instant


class Access(NamedTuple):
    """A token, or a session, which has no scopes; `name` is what its owner calls it, or by which way it was opened.

    `maker` is who made it: the actor of its act. `expires` counts the endings. Of the secret only the keyed digest is
    kept.
    """

    id: str
    account: str
    digest: bytes
    expires: Instant
    name: str
    scopes: tuple[str, ...] | None
    maker: str = ""


class Became(NamedTuple):
    """What became of one object that was submitted: `message` says why it was not taken in, None where it was.

    `id` and `version` are empty where the object states none that could be read.
    """

    id: str
    version: str
    message: str | None


class Submitted(NamedTuple):
    """What became of one submission: when, by whom it was submitted, and of each object in its order."""

    id: str
    recipient: Recipient
    at: Instant
    outcomes: tuple[Became, ...]


class Repeat(NamedTuple):
    """A request that may come again: `name` is a keyed digest of its account and key, `request` that of what it asks.

    `claim` is a lot of whoever works on it, since `at`. `did` is the number of its first act, None while there is none;
    `answer` is what was answered, sealed, None while it was not.
    """

    name: str
    request: bytes
    claim: str
    at: Instant
    did: int | None = None
    answer: bytes | None = None


class Proposal(NamedTuple):
    """An act that waits, or waited, for a second person; `word` is that of the proposer."""

    id: str
    kind: str
    arguments: Mapping[str, str]
    at: Instant
    word: Word
    answer: Verdict | None


class Notice(NamedTuple):
    """What an act has said of one thing, by its id: `given` or `ended`; `waiting`, or how it was answered; `recorded`.

    `at` is the recorded time of the act; `said` has the rest, by the names of the columns.
    """

    at: Instant
    subject: Subject
    id: str
    state: str
    said: Mapping[str, object]
