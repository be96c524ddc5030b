"""Whether whoever acts, or asks, may: the one place that says so, asked by the record itself before every act.

Rules kept here:
1. a node is *open* until its first administrator has come in: whoever may read its folder acts under any name;
2. from then on it is *governed*, for good: an act is that of an active account that has its duty (`core.role`);
3. who came in by a token or a session has what that gives, as it stands in the snapshot in which the act is written:
   what was revoked, disabled or has expired meanwhile gives nothing, nor does what its maker may do no more;
4. who came in by neither is trusted with the name given, because the folder is only its owner's; unless the setting
   `local-login` is `required`;
5. a partner's account hands over to its own recipient only, and takes in from its own partner only;
6. an act that needs a second person is written only for a proposal of another account, which it answers, and does what
   was proposed, no more and no less;
7. what lets flow what did not – an attestation, the end of a suspension – is judged by the rows themselves, whatever
   act they are written in: they take the duty of the act that is for it, and two persons where that one does.

An account that is not there, one that is disabled and one that is no person's get the same answer. One that is let in
and has not the duty is told what is in the way – what the account stands for, its roles, the scopes of its token, or
whoever made that: the roles are no secret, and who has come in knows their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, cast

from comity.core.errors import Forbidden, NotAuthenticated
from comity.core.instant import Instant
from comity.core.partner import Code, Recipient, base
from comity.core.role import (
    ACTS,
    ALWAYS_HELD,
    OF_PARTNERS,
    PAIRED,
    SCOPES,
    Duty,
    Kind,
    duties,
    held_by,
    is_account_name,
)
from comity.service.ports import Reader, Writer
from comity.service.records import Access, Account, Proposal, Word

GOVERNED: Final = "governed"
"""The setting that is true once an administrator has come in."""
LOCAL_LOGIN: Final = "local-login"
"""The setting that is `required` where --as is not trusted by itself."""
TWO_PERSON: Final = "two-person"
"""The setting that lists the acts for which a second person is asked."""
LAPSE: Final = 7 * 24 * 3600 * 1_000_000
"""Microseconds after which a proposal is nothing any more."""
_FROM_ONE: Final = frozenset({"import", "withdraw"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who acts or asks, and what they may. `recipient` is the only one to whom, and for whom, a partner's account acts.

    `through` is the token or session, and `expires` when that ends by itself.
    """

    account: str
    duties: frozenset[Duty]
    recipient: Recipient | None = None
    through: str | None = None
    expires: Instant | None = None


def governed(reader: Reader) -> bool:
    """Whether the node is governed: rule 2."""
    return reader.setting(GOVERNED) is True


def must_be_governed(reader: Reader) -> None:
    """Forbidden on a node whose first administrator has not come in."""
    if not governed(reader):
        raise Forbidden("nobody has come in to this node yet: `comity account enrol` first")


def check(reader: Reader, word: Word, duty: Duty) -> Principal:
    """Who this is. NotAuthenticated unless they are let in, Forbidden unless they have the duty."""
    if (known := _known(reader, word)) is not None and duty in known.duties:
        return known
    principal = identified(reader, word, duty)
    if duty not in principal.duties:
        raise Forbidden(_missing(reader, principal, duty))
    if word.through is not None:
        reader.remember(("came in", word.through, word.actor), principal)
    return principal


def _known(reader: Reader, word: Word) -> Principal | None:
    """Who has come in by this token or session in this epoch, unless it has ended by itself since.

    INVARIANT: whatever takes from an account raises the epoch. What was given under it is not missed: `check` asks
    again for the duty that is not there.
    """
    found = None if word.through is None else reader.remembered(("came in", word.through, word.actor))
    if not isinstance(found, Principal) or found.expires is None or reader.now() >= found.expires:
        return None
    return found


def _missing(reader: Reader, principal: Principal, duty: Duty) -> str:
    """Why the duty is not there, and what to do: the account first, which no other token would mend."""
    name, account = principal.account, reader.account(principal.account)
    access = None if principal.through is None else reader.access(principal.through)
    if principal.recipient is not None and duty not in OF_PARTNERS:
        return (
            f"`{name}` stands for `{principal.recipient}`: a partner's account gets what it may have and hands in its "
            "own, and nothing else; ask the holder"
        )
    if not _is_partner(principal.recipient) and duty is Duty.SUBMIT:
        return (
            f"`{name}` stands for `{principal.recipient}`, a part of a partner, and what is sent in is the partner's: "
            "send it with an account of the partner itself"
        )
    if access is None or access.scopes is None or (account and account.roles and duty not in duties(account.roles)):
        wanted = ", ".join(held_by(duty))
        mend = f"it is for: {wanted}" if wanted else "no role has it"
        return f"`{name}` may not do this: {mend}; ask one, or act by an account that may"
    if duty not in SCOPES:
        return f"no token of `{name}` may do this, whatever its scopes: come in with `comity login`"
    if duty.value not in access.scopes:
        stated = ", ".join(access.scopes) or "nothing"
        return f"this token of `{name}` is for {stated}, and this takes `{duty.value}`: use one that has that scope"
    return f"whoever made this token of `{name}` may not do this any more: have one made by an account that may"


def identified(reader: Reader, word: Word, duty: Duty = Duty.OWN) -> Principal:
    """Who this is. NotAuthenticated unless they are let in."""
    if word.through is not None:
        return came_in(reader, reader.access(word.through), word)
    if not governed(reader):
        return Principal(account=word.actor, duties=frozenset(Duty))
    account = reader.account(word.actor) if is_account_name(word.actor) else None
    if duty is not Duty.ENTER and reader.setting(LOCAL_LOGIN) == "required":
        raise NotAuthenticated("this node lets nobody in by name alone: `comity login`, or set COMITY_TOKEN")
    if account is None or not account.active or (account.kind is not Kind.PERSON and duty is not Duty.ENTER):
        raise NotAuthenticated(
            f"`{word.actor}` is nobody who may act here by name: name an account with --as, or `comity login`"
        )
    return Principal(account=account.name, duties=duties(account.roles))


def came_in(reader: Reader, access: Access | None, word: Word | None = None) -> Principal:
    """Who has this token or session, and what it gives now. NotAuthenticated where it gives nothing."""
    account = None if access is None else reader.account(access.account)
    if access is None or account is None or not account.active or reader.now() >= access.expires:
        raise NotAuthenticated("this token or session is not valid (any more): `comity login`, or get a new token")
    if word is not None and word.actor != account.name:
        raise NotAuthenticated(f"`{word.actor}` is not whose token or session this is: leave out --as")
    return Principal(
        account=account.name,
        duties=given(reader, account, access),
        recipient=account.recipient,
        through=access.id,
        expires=access.expires,
    )


def given(reader: Reader, account: Account, access: Access) -> frozenset[Duty]:
    """What a token or a session of this account gives: never more than the account has, and a program has no other.

    INVARIANT: nor more than its maker has now, if that is another: who is disabled or loses a role leaves nothing in
    the hands of programs. A maker who is nobody gives nothing, except in an open node, where nobody is anybody.
    """
    of_partner = (OF_PARTNERS if _is_partner(account.recipient) else OF_PARTNERS - {Duty.SUBMIT}) | ALWAYS_HELD
    held = {Kind.PERSON: duties(account.roles), Kind.PARTNER: of_partner, Kind.SERVICE: SCOPES}
    if access.scopes is None:
        return held[account.kind] if account.kind is not Kind.SERVICE else frozenset()
    stated = frozenset(duty for duty in SCOPES if duty.value in access.scopes)
    return held[account.kind] & stated & (SCOPES if access.maker == account.name else _held_now(reader, access.maker))


def _is_partner(recipient: Recipient | None) -> bool:
    """Whether this is a partner, and no part of one: a part gets what it may have, and does not speak for the partner.

    What is sent in is a partner's (semantics §1, §6). A part that could withdraw, or send anew, what its partner has
    sent would learn what that is.
    """
    return recipient is None or recipient == base(recipient)


def _held_now(reader: Reader, maker: str) -> frozenset[Duty]:
    """What the maker of a token has to give."""
    if not governed(reader):
        return SCOPES
    account = reader.account(maker) if is_account_name(maker) else None
    return duties(account.roles) if account is not None and account.active else frozenset()


def may_release(word: Word, to: str) -> Callable[[Reader], None]:
    """What a release to this recipient asks of each snapshot that it decides on: also where nothing is handed over."""

    def check_release(reader: Reader) -> None:
        principal = check(reader, word, Duty.RELEASE)
        if principal.recipient not in (None, to):
            raise _refused_to(principal)

    return check_release


def must_speak_for(writer: Writer, submitter: Code) -> None:
    """Say from whom an act takes in. Forbidden for another's account, before it learns what is held: rule 5."""
    writer.take_in_from(submitter)
    _alone(writer, identified(writer, writer.act.word))


def begin(writer: Writer) -> Principal:
    """Before an act is written: who this is. Answers the proposal that the act carries out, if it does.

    INVARIANT: the record asks this, and `finish`, for every act but the first.
    """
    act = writer.act
    duty = ACTS.get(act.kind)
    if duty is None and governed(writer):  # nobody's: rule 1 of core.role
        raise Forbidden(f"no role has the duty of `{act.kind}`: this version of comity cannot do it here")
    principal = check(writer, act.word, Duty.NODE if duty is None else duty)
    if act.word.seconds is not None or (act.kind in PAIRED and act.kind in paired(writer)):
        _second(writer, principal)
    return principal


def finish(writer: Writer, principal: Principal) -> None:
    """After an act is written, before it counts: by what it has written. Rules 5, 6 and 7."""
    _alone(writer, principal)
    act, seconded = writer.act, None
    if act.word.seconds is not None:
        seconded = writer.proposal(act.word.seconds)
    for kind, freed in _freed(writer).items():
        if freed and act.kind != kind:
            _in_passing(writer, principal, kind)
        if seconded is not None and act.kind == kind and freed != _proposed(seconded):
            raise Forbidden(f"`{seconded.id}` proposes something else: do what it says, or propose this")


def _alone(writer: Writer, principal: Principal) -> None:
    """Rule 5. What takes in, or takes back, and does not say from whom, is nobody's."""
    if principal.recipient is None:
        return
    (to, submitters), own = writer.parties(), frozenset({base(principal.recipient)})
    said = submitters == own if writer.act.kind in _FROM_ONE else submitters <= own
    if to not in (None, principal.recipient) or not said:
        raise _refused_to(principal)


def _refused_to(principal: Principal) -> Forbidden:
    return Forbidden(f"`{principal.account}` stands for `{principal.recipient}` alone: act for nobody else")


def _freed(writer: Writer) -> Mapping[str, frozenset[str]]:
    """What the act has written that lets flow what did not, by the act that is for it: `PAIRED`."""
    edges = frozenset(f"#{item} #{source}" for item, source in writer.newly_attested())
    return {"attest": edges, "lift": writer.newly_ended("suspension")}


def _proposed(proposal: Proposal) -> frozenset[str]:
    """What a proposal lets flow, as `_freed` writes it."""
    said = proposal.arguments
    return frozenset({f"{said['item']} {said['source']}" if proposal.kind == "attest" else said["id"]})


def _in_passing(writer: Writer, principal: Principal, kind: str) -> None:
    """Rule 7: what frees is done in another act only by one who may do it, alone."""
    mend = "leave out `attested`, and attest with `comity attest` afterwards" if kind == "attest" else "lift it first"
    if ACTS[kind] not in principal.duties:
        wanted = ", ".join(held_by(ACTS[kind]))
        raise Forbidden(f"`{principal.account}` may not {kind}, which is for: {wanted}; {mend}")
    if kind in paired(writer):
        raise Forbidden(f"`{kind}` takes two persons in this node, so not in passing: {mend}")


def paired(reader: Reader) -> frozenset[str]:
    """The acts for which a second person is asked."""
    stated = reader.setting(TWO_PERSON)
    return frozenset(cast("list[str]", stated)) if isinstance(stated, list) else frozenset()


def is_open(proposal: Proposal, now: Instant) -> bool:
    """Whether a proposal waits for its answer still."""
    return proposal.answer is None and now < proposal.at + LAPSE


def _second(writer: Writer, principal: Principal) -> None:
    """Rule 6. Both must be persons who may do it now: a token of one's own making is no second person."""
    act, proposed = writer.act, None
    if act.word.seconds is not None:
        proposed = writer.proposal(act.word.seconds)
    if proposed is None or proposed.kind != act.kind or not is_open(proposed, act.at):
        raise Forbidden(f"`{act.kind}` takes two persons in this node: propose it, and let another approve it")
    if proposed.word.actor == principal.account:
        raise Forbidden("it takes two persons, and this proposal is yours: let another approve it")
    for name in (principal.account, proposed.word.actor):
        account = writer.account(name)
        if account is None or not account.active or ACTS[act.kind] not in duties(account.roles):
            raise Forbidden(
                f"it takes two persons who may do this, and `{name}` is none: let another propose, or approve"
            )
    writer.answer(proposed.id, "approved")
