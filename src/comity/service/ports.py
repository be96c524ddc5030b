"""What the acts need of whoever keeps the record. `comity.store` keeps it; `tests/contract` holds every guarantee.

A `Reader` answers from one consistent snapshot. A `Writer` is one act: everything it adds carries that act's recorded
time, actor and epoch, and is durable all together or not at all. A `Deriver` may only rewrite what can be computed
again. Facts are written as core values; whether they are valid is judged by the acts, before they are written.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from pyroaring import BitMap

from comity.core.agreement import Agreement, Delegation, Suspension
from comity.core.consent import Consent
from comity.core.instant import Instant
from comity.core.partner import Code, Membership
from comity.core.role import Role
from comity.core.world import Policy
from comity.formats.marking import DefaultTerms
from comity.index.holding import Holding, Ordinal
from comity.service.records import (
    Access,
    Account,
    Act,
    AttestationRow,
    ClassRow,
    Credential,
    Disclosed,
    Ended,
    Flight,
    Head,
    Held,
    Leaf,
    MembershipRow,
    Named,
    NewAttestation,
    NewClaim,
    NewCredential,
    NewItem,
    NewQuarantine,
    NewSource,
    Notice,
    Outcome,
    Partner,
    Proof,
    Proposal,
    Quarantined,
    Reference,
    Repeat,
    SigningKey,
    Subject,
    Submitted,
    Verdict,
    Word,
)


class Reader(Holding, Protocol):
    """One consistent snapshot of the record: no later write changes what it answers."""

    def epoch(self) -> int:
        """The policy epoch."""
        ...

    def latest(self) -> Instant:
        """The recorded time of the latest act."""
        ...

    def now(self) -> Instant:
        """The time of a decision: the later of the clock and the latest recorded time."""
        ...

    def latest_receipt(self) -> Instant:
        """The latest time of receipt of any item; `core.instant.ALWAYS` where none is known."""
        ...

    def remembered(self, key: Hashable) -> object | None:
        """What a reader of this process has asked to `remember` for this policy epoch, None if nothing."""
        ...

    def remember(self, key: Hashable, value: object) -> None:
        """Remember what was found out, for all readers of the same epoch, as far as there is room.

        Only for what nothing but acts that raise the epoch makes untrue. Who writes remembers nothing.
        """
        ...

    def setting(self, name: str) -> object | None:
        """The newest value of a setting (`holder`, `levels`, `green-community` …), None if never set."""
        ...

    def policy(self) -> Policy:
        """All facts by today's record: endings close windows early, and what never came into force is left out.

        Consents name items by `index.holding.item_id`.
        """
        ...

    def labelled(self) -> Instant:
        """The moment at which the labels that are kept hold for every item; an attestation counts as it did then."""
        ...

    def partners(self) -> tuple[Partner, ...]:
        """Every partner, by code."""
        ...

    def default_terms(self, partner: Code) -> DefaultTerms | None:
        """The newest default terms of the partner, None if it has none."""
        ...

    def memberships(self) -> tuple[MembershipRow, ...]:
        """Every membership that is not left out as never in force, in the order recorded."""
        ...

    def attestations(self, item: Ordinal, source: Ordinal) -> tuple[AttestationRow, ...]:
        """The attestations of the edges from an item to a source, in the order recorded."""
        ...

    def turned(self, since: Instant, until: Instant) -> set[Ordinal]:
        """The items of which an attestation starts or stops counting after `since`, up to and including `until`."""
        ...

    def knows(self, kind: Named, name: str) -> bool:
        """Whether something of this kind has, or ever had, this id."""
        ...

    def find(self, name: str) -> list[Held]:
        """The held items that `name` may mean, by ordinal; empty when there is none.

        `name` is `id`, `id@version`, `PARTNER:id` or `PARTNER:id@version`, each with `#ordinal` appended or not, where
        `id` is an item's name or its STIX id; or `#ordinal` by itself.
        """
        ...

    def one(self, name: str) -> Held:
        """The one item that `name` means. UnknownName when there is none, AmbiguousItem when there are several."""
        ...

    def held(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, Held]:
        """The held items with these numbers; unknown numbers are left out."""
        ...

    def handle(self, item: Ordinal) -> str:
        """The shortest name by which `find` finds exactly this item."""
        ...

    def handles(self, items: Iterable[Ordinal]) -> Mapping[Ordinal, str]:
        """The same for many items."""
        ...

    def copies(self, stix_ids: Iterable[str]) -> Mapping[str, list[Held]]:
        """Every held item of each STIX id, by ordinal; ids that are not held are left out."""
        ...

    def referrers(self, stix_ids: Iterable[str], *, before: Ordinal) -> list[Reference]:
        """Every reference to one of these STIX ids by an item numbered before `before`, by item."""
        ...

    def derivations(self, items: Iterable[Ordinal]) -> list[Reference]:
        """The references of kind `derived` that these items make."""
        ...

    def marked_since(self, item: Ordinal) -> Iterator[tuple[str, Ordinal]]:
        """The references to marking definitions by items numbered after this one: the id, and the item."""
        ...

    def content(self, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, bytes]]:
        """The bytes of the items exactly as received, in the order asked for; unknown numbers are left out."""
        ...

    def classes(self, after: int = 0) -> Iterator[ClassRow]:
        """Every class of the index numbered after `after`, by number; numbers are dense from 1."""
        ...

    def relabelled(self, since: int) -> BitMap:
        """The items, new ones among them, whose label was set by an act of a later epoch than `since`."""
        ...

    def shown(self, reader: str) -> tuple[tuple[Instant, bytes], ...]:
        """What became visible to a reader and when, in order of time; the bytes are the index's."""
        ...

    def listing(self, reader: str) -> int:
        """How often what was shown to a reader has been kept: the same number, the same `shown`."""
        ...

    def open_quarantine(self, item: Ordinal | None = None) -> tuple[Quarantined, ...]:
        """The quarantines without an outcome, in the order recorded; of one item if given."""
        ...

    def waiting(self, items: Iterable[Ordinal]) -> set[Ordinal]:
        """Which of these items are quarantined and have not been accepted since; discarded ones are."""
        ...

    def quarantined_bytes(self, quarantine: int) -> bytes:
        """The bytes of a quarantine, wherever they are kept. UnknownName when there is none with this number."""
        ...

    def quarantined_digests(self, submitter: Code, digests: Collection[bytes]) -> set[bytes]:
        """Which of these digests were quarantined before, with an outcome or not, from this submitter."""
        ...

    def disclosures(self, *, to: str | None = None, of: str | None = None, start: int = 0) -> Iterator[Disclosed]:
        """The recorded disclosures, in order: to one recipient, of one originator's material, from one entry on."""
        ...

    def leaves(self, start: int = 0) -> Iterator[Leaf]:
        """The register from position `start`."""
        ...

    def size(self) -> int:
        """How many entries the register has."""
        ...

    def hashes(self) -> Iterator[bytes]:
        """The leaf hashes of the register, in order."""
        ...

    def disclosed(self, leaves: Iterable[int]) -> Mapping[int, Disclosed]:
        """The disclosures at these positions of the register; others are left out."""
        ...

    def enrolled(self) -> Mapping[Code, int]:
        """The entry that registered each partner."""
        ...

    def edges(self, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, Ordinal, int]]:
        """The lineage edges of these items: item, source, and the entry that recorded the edge."""
        ...

    def stated(self, items: Iterable[Ordinal]) -> Iterator[tuple[Ordinal, int, Code, int]]:
        """Every claim on these items in the order recorded: item, place, originator, and the entry that recorded it."""
        ...

    def signing_keys(self) -> tuple[SigningKey, ...]:
        """The keys that sign heads, in the order recorded; the last one signs."""
        ...

    def heads(self) -> Iterator[Head]:
        """The heads that were signed, in that order."""
        ...

    def newest_head(self) -> Head | None:
        """The last of them, None if there is none."""
        ...

    def in_flight(self, before: int | None = None) -> tuple[Flight, ...]:
        """The releases under way, decided under an epoch smaller than `before` if given."""
        ...

    def acts(self, after: int = 0) -> Iterator[Act]:
        """Every act after the one with this number, in the order recorded."""
        ...

    def notices(self, subject: Subject, party: Code | None, since: Instant, limit: int) -> list[Notice]:
        """What acts recorded at `since` or later have said of a subject, in the order recorded, at most `limit`.

        With a `party`, what is that partner's own: its suspensions and consents, what it has sent, and agreements from
        it, or from the holder to it. Those of one act are always in the same order.
        """
        ...

    def last_notice(self, subject: Subject, party: Code | None) -> Instant | None:
        """The time of the last of all notices of a subject, None where there is none."""
        ...

    def account(self, name: str) -> Account | None:
        """The account as it stands, None if there is none."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by name."""
        ...

    def credentials(self, account: str) -> tuple[Credential, ...]:
        """The credentials of an account that are neither ended nor expired, in the order recorded."""
        ...

    def credential(self, kind: Proof, value: str) -> Credential | None:
        """The newest such credential that is neither ended nor expired."""
        ...

    def access(self, name: str) -> Access | None:
        """The token or session with this id, ended or not."""
        ...

    def accesses(self, account: str | None = None) -> tuple[Access, ...]:
        """Every token, then every session, in the order recorded; of one account if given."""
        ...

    def attempts(self, subject: str) -> tuple[Instant, ...]:
        """When somebody tried to come in and failed, or has not succeeded yet, in order."""
        ...

    def submission(self, name: str) -> Submitted | None:
        """What became of the submission with this id, None if there is none, or it is forgotten."""
        ...

    def repeat(self, name: str) -> Repeat | None:
        """What is kept of a request that may come again, None if there is nothing, or it is forgotten."""
        ...

    def proposals(self) -> tuple[Proposal, ...]:
        """Every proposal, in the order recorded."""
        ...

    def proposal(self, name: str) -> Proposal | None:
        """The proposal with this id, None if there is none."""
        ...

    def indexed(self, rules: str) -> Ordinal:
        """Up to which item the search index was filled by these rules, 0 where it was not."""
        ...

    def unindexed(self, rules: str) -> BitMap:
        """The items that the search index does not have, by these rules."""
        ...

    def having(self, words: Collection[tuple[str, bool]]) -> BitMap:
        """The indexed items that have all of these words, at least one; with True, words that begin so."""
        ...

    def marked(self, field: str, values: Collection[str] | None = None) -> Mapping[str, BitMap]:
        """The indexed items by their values of a field; of these values only if given, none without an item."""
        ...

    def spelled(self) -> Iterator[tuple[str, int]]:
        """Every word of every indexed item, in any order."""
        ...


class Deriver(Reader, Protocol):
    """A reader that may rewrite what is derived; it sees what it has written."""

    def intern_classes(self, rows: Iterable[ClassRow]) -> None:
        """Keep new classes. Their numbers go on from the last one kept."""
        ...

    def set_labels(self, labels: Mapping[Ordinal, tuple[int, ...]]) -> None:
        """Keep the class numbers of the items' labels. In an act, it is one that raises the epoch."""
        ...

    def set_labelled(self, moment: Instant) -> None:
        """State that the labels kept hold at `moment` for every item."""
        ...

    def keep_shown(self, reader: str, since: Instant, items: bytes) -> None:
        """Keep what became visible to a reader at a time, in place of what was kept for both."""
        ...

    def end_flight(self, leaf: int) -> bool:
        """The release has handed over its last byte, or is aborted; False if it was no longer under way."""
        ...

    def keep_head(self, head: Head) -> None:
        """Keep a head that was signed."""
        ...

    def keep_submission(self, new: Submitted) -> None:
        """Keep what became of a submission."""
        ...

    def forget_submissions_before(self, moment: Instant) -> None:
        """Keep no more what became of earlier ones."""
        ...

    def keep_repeat(self, new: Repeat) -> None:
        """Keep a request that may come again, in place of what was kept by its name."""
        ...

    def forget_repeat(self, name: str) -> None:
        """Keep nothing by this name."""
        ...

    def forget_repeats_before(self, moment: Instant) -> None:
        """Keep no more what was asked earlier."""
        ...

    def note_attempt(self, subject: str, at: Instant) -> int:
        """Somebody tries to come in; the number of the row."""
        ...

    def forget_attempt(self, number: int) -> None:
        """It was no failure."""
        ...

    def forget_attempts(self, subject: str, *, under: bool = False) -> None:
        """Count from nothing again; with `under` also what goes on with a `/` after the subject."""
        ...

    def forget_attempts_before(self, moment: Instant) -> None:
        """What was tried before is counted no more."""
        ...

    def keep_index(self, rules: str | None) -> None:
        """Empty the search index unless it was filled by these rules; None empties it."""
        ...

    def add_words(self, rows: Iterable[tuple[Ordinal, Sequence[str]]]) -> None:
        """Index the words of items that are not indexed yet, each word once."""
        ...

    def mark(self, field: str, values: Mapping[str, BitMap]) -> None:
        """Index items by their values of a field, beside those that they have."""
        ...

    def set_indexed(self, item: Ordinal, rules: str) -> None:
        """State that every item up to this one is indexed by these rules."""
        ...


class Writer(Deriver, Protocol):
    """One act under way. It reads what it has written; nobody else does until it is committed."""

    @property
    def act(self) -> Act:
        """The act itself: every fact that starts now starts at `act.at`. Its register entry is `act.leaf`."""
        ...

    def fresh_id(self, kind: Named) -> str:
        """A short id that none of its kind has: `s-1`, `c-12`, `a-3`, `d-2`."""
        ...

    def set_setting(self, name: str, value: object) -> None:
        """A setting, as JSON; the newest holds."""
        ...

    def add_partner(self, partner: Partner) -> None:
        """A partner."""
        ...

    def add_default_terms(self, partner: Code, terms: DefaultTerms) -> None:
        """Default terms; the newest hold."""
        ...

    def add_domain(self, name: str) -> None:
        """A domain."""
        ...

    def add_condition(self, name: str) -> None:
        """A condition of use."""
        ...

    def add_community(self, name: str) -> None:
        """A community, without members."""
        ...

    def add_member(self, community: str, member: Membership) -> None:
        """A membership."""
        ...

    def add_agreement(self, agreement: Agreement) -> None:
        """An agreement."""
        ...

    def add_delegation(self, delegation: Delegation) -> None:
        """A delegation."""
        ...

    def add_suspension(self, suspension: Suspension) -> None:
        """A suspension."""
        ...

    def add_consent(self, consent: Consent) -> None:
        """A consent; it names its item by `index.holding.item_id`."""
        ...

    def add_ending(self, kind: Ended, subject: str | int, at: Instant) -> None:
        """The fact ends at `at`; of several endings, and the end stated at first, the earliest holds."""
        ...

    def next_ordinal(self) -> Ordinal:
        """The number that the next item must have; numbers are dense from 1."""
        ...

    def add_items(self, rows: Iterable[NewItem]) -> None:
        """Items, numbered on from `next_ordinal` without a gap (ValueError otherwise). Contents and claims follow."""
        ...

    def add_contents(self, rows: Iterable[tuple[Ordinal, bytes]]) -> None:
        """The bytes of items, exactly as received."""
        ...

    def add_claims(self, rows: Iterable[NewClaim]) -> None:
        """Claims on items."""
        ...

    def add_sources(self, rows: Iterable[NewSource]) -> None:
        """Lineage edges; those already there stay as they are."""
        ...

    def add_attestation(self, new: NewAttestation) -> int:
        """An attestation of an edge; its number."""
        ...

    def add_references(self, rows: Iterable[Reference]) -> None:
        """References; those already there stay as they are."""
        ...

    def add_quarantine(self, rows: Iterable[NewQuarantine]) -> list[int]:
        """What could not be accepted; the numbers of the rows."""
        ...

    def resolve(self, quarantine: int, outcome: Outcome) -> None:
        """Answer an open quarantine. UnknownName when none with this number is open."""
        ...

    def add_disclosure(self, disclosed: Disclosed) -> None:
        """The one response that this act hands over; its `leaf` is that of the act."""
        ...

    def add_signing_key(self, key: SigningKey) -> None:
        """A key that signs heads from now on; its `leaf` is that of the act."""
        ...

    def begin_flight(self) -> None:
        """The release that this act records is under way, under the epoch of this act."""
        ...

    def take_in_from(self, submitter: Code) -> None:
        """Say from whom this act takes in, whether or not anything of theirs is new."""
        ...

    def parties(self) -> tuple[str | None, frozenset[Code]]:
        """To whom this act hands over, and from whom it takes in: as was said, and as far as it is written."""
        ...

    def newly_attested(self) -> frozenset[tuple[Ordinal, Ordinal]]:
        """The edges that this act has attested so far: item and source."""
        ...

    def newly_ended(self, kind: Ended) -> frozenset[str]:
        """What of this kind this act has ended so far."""
        ...

    def add_account(self, account: Account) -> None:
        """An account, with its first standing."""
        ...

    def add_standing(self, account: str, roles: frozenset[Role], *, active: bool) -> None:
        """The roles of an account and whether it is active; the newest hold."""
        ...

    def add_credential(self, new: NewCredential) -> int:
        """A credential; its number."""
        ...

    def add_access(self, access: Access) -> None:
        """A token, or without scopes a session."""
        ...

    def add_proposal(self, kind: str, arguments: dict[str, str]) -> str:
        """An act that waits for a second person; its id, `p-1`."""
        ...

    def answer(self, proposal: str, outcome: Verdict) -> None:
        """Answer a proposal that has no answer yet."""
        ...


class Gate(Protocol):
    """A release holds this while it is under way, together with other releases; a change of policy waits for all."""

    def lapsed(self) -> bool:
        """Whether a change has waited for `service.policy.DRAIN` seconds, or the gate is lost: the release must stop.

        To be asked before each piece that is handed over.
        """
        ...

    def let_go(self) -> None:
        """Let go of it now: it has lapsed then, and the release is stopped. Any thread may ask for it, and again."""
        ...


Begin = Callable[[str, Word], AbstractContextManager[Writer]]
"""Begins an act of this kind, on this word."""


class Store(Protocol):
    """The record of one node."""

    def read(self, until: int | None = None) -> AbstractContextManager[Reader]:
        """One consistent snapshot; no lock is taken.

        With `until`, as if no act after the one with this number had been recorded. What is derived (labels, classes,
        what was shown) is of today also then, so that such a reader is for the decision itself, not for the index.
        """
        ...

    def write(self, kind: str, word: Word, *, policy: bool) -> AbstractContextManager[Writer]:
        """One act, durable when the block ends, with its register entry, and rolled back whole on any exception.

        `at` is the clock's time, or just after the latest act where the clock is behind; `policy` raises the epoch.
        Raises UnknownName for the word of one who is no partner, NodeBusy when another process keeps
        writing, and ComityError when the disk is full: nothing recorded before is lost by any.
        """
        ...

    def several(self) -> AbstractContextManager[Begin]:
        """Acts that change no policy, in one transaction: when the block ends all of them are durable, or none is.

        Each is begun as by `write`, and the one before has ended by then. Raises as `write` does.
        """
        ...

    def derive(self) -> AbstractContextManager[Deriver]:
        """A transaction that records no act, for what is derived. Raises as `write` does."""
        ...

    def gate(self) -> AbstractContextManager[Gate]:
        """Held from before a release reads anything until its last byte is handed over.

        No act with `policy` begins, ends or returns meanwhile; whoever enters after one has returned reads what it
        changed. A release must not record such an act itself. Raises NodeBusy when a change is under way for too long,
        and at its end ComityError when the gate was lost before.
        """
        ...

    def turn(self) -> AbstractContextManager[object]:
        """Held by a thread while it works with what it reads, and while it waits for nobody else.

        Where threads of one process that read at once hold each other up, one of them has it at a time.
        """
        ...

    def wait(self, after: int, timeout: float) -> int:
        """The number of the newest act, as soon as one greater than `after` is committed by whatever process.

        After `timeout` seconds it is the newest known, which may be `after` or less. Any number of threads may wait.
        Raises NodeBusy when the record cannot be reached for that long.
        """
        ...
