"""An originator's word that one item may go to named recipients, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from comity.core.consent import Consent
from comity.core.instant import Instant
from comity.core.lineage import Use
from comity.core.partner import Code
from comity.index.holding import item_id, ordinal
from comity.service.partners import as_code
from comity.service.policy import DRAIN, First, changing, check_word, end_fact, find_fact, name_for, nothing, window
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A consent to record: `by` says that the item called `item` may go to `to`, from now until `end`."""

    by: str
    item: str
    to: tuple[str, ...]
    use: Use = Use.REPRODUCES
    end: Instant | None = None
    id: str | None = None


def grant_consent(store: Store, new: NewConsent, word: Word) -> Consent:
    """Record a consent, on the word of the one who gives it; it names its item by number."""
    (made,) = grant_all(store, (new,), word)
    return made


def grant_all(store: Store, new: Sequence[NewConsent], word: Word, *, first: First = nothing) -> tuple[Consent, ...]:
    """As `grant_consent`, many in one act; `first` is asked before anything is written."""
    with changing(store, "consent", word) as writer:
        first(writer)
        return tuple(_grant(writer, each, word) for each in new)


def _grant(writer: Writer, new: NewConsent, word: Word) -> Consent:
    policy, item = writer.policy(), writer.one(new.item)
    check_word(policy, as_code(new.by), word)
    consent = Consent(
        id=name_for(writer, "consent", new.id),
        by=as_code(new.by),
        item=item_id(item.ordinal),
        to=tuple(dict.fromkeys(new.to)),
        window=window(writer, None, new.end),
        given=writer.act.at,
        use=new.use,
    )
    replace(policy, consents=(*policy.consents, consent))
    writer.add_consent(consent)
    return consent


def withdraw_consent(store: Store, name: str, word: Word, drain: float = DRAIN) -> Instant:
    """Take a consent back, on the word of the one who gave it, or of an originator for whom it speaks; when it ends.

    A delegate's consent is its originator's word too: so that originator can take it back.
    """
    (when,) = withdraw_all(store, (name,), word, drain=drain)
    return when


def withdraw_all(
    store: Store, names: Sequence[str], word: Word, *, first: First = nothing, drain: float = DRAIN
) -> tuple[Instant, ...]:
    """As `withdraw_consent`, many in one act; `first` is asked before anything is written."""
    with changing(store, "consent-withdraw", word, drain) as writer:
        first(writer)
        return tuple(_withdraw(writer, name, word) for name in names)


def _withdraw(writer: Writer, name: str, word: Word) -> Instant:
    find_fact(writer, "consent", name)
    (found,) = (consent for consent in writer.policy().consents if consent.id == name)
    policy = writer.policy()
    speaker = policy.holder if word.by is None else word.by
    check_word(policy, speaker if speaker in _originators(writer, found) else found.by, word)
    return end_fact(writer, "consent", (name, found.window), None)


def _originators(reader: Reader, consent: Consent) -> set[Code]:
    """Those in whose name the consent speaks of the item or of what it is built on, whoever gave it."""
    policy, closure = reader.policy(), reader.closure(ordinal(consent.item))
    claims = (claim for item in closure.values() for claim in item.claims)
    return {claim.originator for claim in claims if policy.speaks_for(consent.by, claim, consent.given)}
