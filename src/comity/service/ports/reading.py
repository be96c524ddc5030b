"""A `Reader`: one consistent snapshot of the record, and all that the acts ask of it."""

from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import Protocol

from pyroaring import BitMap

from comity.core.instant import Instant
from comity.core.offer import Offer, Pool
from comity.core.partner import Code
from comity.core.requirement import Requirement, Rule, Tag
from comity.core.world import Policy
from comity.formats.marking import DefaultTerms
from comity.index.holding import Holding, Ordinal
from comity.service.needs import During
from comity.service.records import (
    Access,
    Account,
    Act,
    AttestationRow,
    ClassRow,
    Credential,
    Disclosed,
    Flight,
    Head,
    Held,
    Leaf,
    MembershipRow,
    Named,
    Notice,
    Partner,
    Proof,
    Proposal,
    Quarantined,
    Reference,
    Repeat,
    SigningKey,
    Subject,
    Submitted,
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

    def clock(self) -> Instant:
        """What the clock says, also where it is behind the latest recorded time.

        Nothing is decided by it. It is for what a partner is shown: a recorded time tells when others have acted.
        """
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

    def requirements(self) -> tuple[During[Requirement], ...]:
        """Every requirement that is, was or will be in force, in the order recorded; endings close windows early."""
        ...

    def tags(self) -> tuple[During[Rule | Tag], ...]:
        """As `requirements`, every rule and every tag."""
        ...

    def pools(self) -> tuple[During[Pool], ...]:
        """As `requirements`, every pool."""
        ...

    def offers(self) -> tuple[During[Offer], ...]:
        """As `requirements`, every offer."""
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

    def held_and_copies(self, items: Iterable[Ordinal]) -> tuple[Mapping[Ordinal, Held], Mapping[str, list[Held]]]:
        """What `held` gives for the items, and `copies` for their STIX ids, both asked at once."""
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

    def awaits(self, submitter: Code) -> bool:
        """Whether anything that this partner has sent is `waiting`."""
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
