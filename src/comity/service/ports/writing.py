"""A `Deriver`, who may only rewrite what can be computed again; and a `Writer`, who is one act under way."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from pyroaring import BitMap

from comity.core.agreement import Agreement, Delegation, Suspension
from comity.core.consent import Consent
from comity.core.instant import Instant
from comity.core.offer import Offer, Pool
from comity.core.partner import Code, Membership
from comity.core.requirement import Requirement, Rule, Tag
from comity.core.role import Role
from comity.formats.marking import DefaultTerms
from comity.index.holding import Ordinal
from comity.service.needs import During
from comity.service.ports.reading import Reader
from comity.service.records import (
    Access,
    Account,
    Act,
    ClassRow,
    Disclosed,
    Ended,
    Head,
    Named,
    NewAttestation,
    NewClaim,
    NewCredential,
    NewItem,
    NewQuarantine,
    NewSource,
    Outcome,
    Partner,
    Reference,
    Repeat,
    SigningKey,
    Submitted,
    Verdict,
)


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

    def add_requirement(self, new: During[Requirement]) -> None:
        """A requirement."""
        ...

    def add_tag(self, new: During[Rule | Tag]) -> None:
        """A rule, or a tag, which names its item by `index.holding.item_id`."""
        ...

    def add_pool(self, new: During[Pool]) -> None:
        """A pool."""
        ...

    def add_offer(self, new: During[Offer]) -> None:
        """An offer."""
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
