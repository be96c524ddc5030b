"""A report is kept as an item: labelled by what it mentions, and handed over, or not, as any other item is.

Rules kept here:
1. it is taken in as the holder's own, by the same import as everything else: the same labels, quarantine and register;
2. it is built on all that it tells of (`index.mentioned`), and reproduces it: so it carries what each of these carries;
3. what it tells that no item stands for – who sees what, what is needed, what was supposed – is the holder's own. Its
   first claim protects that: the highest level and nobody but the holder, unless its maker says less;
4. its maker can name nobody but the one for whom it was counted: what it leaves out tells what that one may not have;
5. what partners offer is their word: a report that tells of offers has a claim of each of them, which admits nobody;
6. a report of what is public stops for whom the holder stops what is public.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, Literal, NamedTuple
from uuid import UUID

from pyroaring import BitMap

from comity.core import validity
from comity.core.claim import GENERAL, Claim, Derivation, Onward
from comity.core.errors import Forbidden, InvalidFacts, MalformedInput
from comity.core.instant import Instant
from comity.core.partner import ANYONE, Code, Recipient
from comity.core.role import Duty
from comity.core.world import Policy
from comity.formats import bundle, instant
from comity.formats.canonical import canonical
from comity.formats.outline import outline
from comity.formats.world import Beside, Sidecar
from comity.index.holding import Ordinal
from comity.index.mentioned import Reported, told
from comity.service.authority import check
from comity.service.in_force import must_be_printable
from comity.service.intake import Counts, take_in
from comity.service.policy import DRAIN
from comity.service.policy import settle as end_releases
from comity.service.ports import Reader, Store, Writer
from comity.service.receive import settle, submission_of
from comity.service.records import Word
from comity.service.vault import Vault

MOST: Final = 10_000
"""Items that a report may tell of: each time it is decided on, all that they carry is read."""

Kind = Literal["coverage", "dependence", "loss", "singles", "pairs", "plan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How its maker marks a report; what is None is the strictest: the highest level, nobody but the holder."""

    level: str | None = None
    domains: frozenset[str] = frozenset({GENERAL})
    releasable_to: tuple[str, ...] = ()
    conditions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report to keep: what it says, from which its text for people is made, and what it was counted from."""

    kind: Kind
    title: str
    document: Mapping[str, object]
    reported: Reported
    terms: Terms = field(default_factory=Terms)


class Kept(NamedTuple):
    """A report that is kept: its name, its STIX id, when, and how many items it mentions."""

    name: str
    stix_id: str
    at: Instant
    mentions: int


def keep(store: Store, new: NewReport, word: Word, *, vault: Vault, drain: float = DRAIN) -> Kept:
    """Keep a report as an item of the holder's. It takes the duty to take in, and that of seeing content.

    Raises MalformedInput for a report that tells of more than MOST items, or is too large; Forbidden for a reader for
    whom it was not counted; InvalidFacts for terms that are not valid.
    """
    with store.write("import", word, policy=True) as writer:
        check(writer, word, Duty.CONTENT)
        must_be_printable("title", new.title)
        mentioned = _mentioned(writer, new.reported.counted)
        stix_id = f"report--{UUID(bytes=vault.randomness(16), version=4)}"
        beside = _beside(writer.policy(), new, _public_domains(writer, mentioned))
        submission = submission_of(writer, writer.policy().holder, Sidecar(items={stix_id: beside}))
        counts = Counts()
        elements = bundle.split(BytesIO(_bundled(_object(writer, new, stix_id))))
        fresh = list(take_in(writer, submission.submitter, elements, counts))
        settle(writer, submission, fresh, counts, map(Ordinal, mentioned))
        _must_be_accepted(counts)
        epoch, kept = writer.act.epoch, Kept(writer.handle(fresh[0].ordinal), stix_id, writer.act.at, len(mentioned))
    end_releases(store, epoch, drain)
    return kept


def _mentioned(writer: Writer, counted: BitMap) -> BitMap:
    found = BitMap() if len(counted) > MOST else told(writer, counted)
    if max(len(counted), len(found)) > MOST:
        raise MalformedInput(
            f"the report tells of more than {MOST} items, and so would carry all of them: narrow it, by its window or"
            " to fewer requirements or recipients"
        )
    return found


def _public_domains(reader: Reader, mentioned: BitMap) -> frozenset[str]:
    """The domains of what is mentioned and may go to anyone."""
    claims = (claim for stated in reader.claims(map(Ordinal, mentioned)).values() for claim in stated)
    return frozenset[str]().union(*(claim.domains for claim in claims if ANYONE in (claim.audience or ())))


def _beside(policy: Policy, new: NewReport, public: frozenset[str]) -> Beside:
    """The report's claims: that of its maker, those of who offers, and what stops with what is public."""
    _must_be_counted_for(policy.holder, new)
    first = Claim(
        originator=policy.holder,
        level=policy.levels[-1] if new.terms.level is None else new.terms.level,
        domains=new.terms.domains,
        audience=new.terms.releasable_to,
        onward=Onward.CONSENT,
        derivation=Derivation.INHERIT,
        conditions=new.terms.conditions,
    )
    claims = [first, *_offered(first, new.reported.offering - {policy.holder})]
    if public:
        # It admits anyone. But it is of the report itself, and so the holder's own channel is asked about it.
        claims.append(
            Claim(
                originator=policy.holder,
                level=policy.lowest,
                domains=public,
                audience=(ANYONE,),
                onward=Onward.FREE,
            )
        )
    if faults := [fault for claim in claims for fault in validity.of_claim(policy, claim, ())]:
        raise InvalidFacts(tuple(faults))
    return Beside(claim=claims[0], further_claims=tuple(claims[1:]), sources=())


def _offered(first: Claim, offering: Iterable[Code]) -> list[Claim]:
    return [
        Claim(
            originator=partner,
            level=first.level,
            domains=first.domains,
            audience=(),
            onward=Onward.CONSENT,
            derivation=Derivation.INHERIT,
        )
        for partner in sorted(offering)
    ]


def _must_be_counted_for(holder: Code, new: NewReport) -> None:
    """Rule 4. Of a report on several recipients none may know what the others see."""
    readers = set(new.reported.readers)
    alone = readers if len(readers) == 1 else set[Recipient]()
    others = [name for name in new.terms.releasable_to if name not in alone - {holder}]
    if others:
        raise Forbidden(
            f"the report was not counted for `{others[0]}` alone, and would tell it what others may not have: name the"
            " one recipient for whom it was counted, or nobody"
        )


def _object(writer: Writer, new: NewReport, stix_id: str) -> bytes:
    """The report as STIX has it; lineage stays beside the object, never in it."""
    policy, now = writer.policy(), instant.show(writer.act.at)
    identity = next(each.identity for each in writer.partners() if each.code == policy.holder)
    return canonical(
        {
            "type": "report",
            "spec_version": "2.1",
            "id": stix_id,
            "created_by_ref": identity,
            "created": now,
            "modified": now,
            "name": new.title,
            "description": outline(new.document),
            "report_types": [new.kind],
            "published": now,
            "object_refs": [identity],
            "x_comity_report": new.document,
        }
    )


def _bundled(raw: bytes) -> bytes:
    return b'{"type":"bundle","objects":[' + raw + b"]}"


def _must_be_accepted(counts: Counts) -> None:
    if counts.accepted != 1:
        raise MalformedInput(
            f"the report is no object that can be kept ({', '.join(counts.reasons)}): narrow it, to make it smaller"
        )
