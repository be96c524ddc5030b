"""What happens to a node: to both twins, where R may see it, or to one of them alone, where R may not know of it.

Each is an act on one twin. `HIDDEN` are those that change nothing of what R may have, nor in which order: other
partners' objects, versions, deletions and quarantines, what is agreed, stopped and consented between others, accounts,
tokens and what other callers ask. Each takes a lot, by which it chooses; one that finds nothing to do does nothing.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from comity.core.agreement import Reach
from comity.core.claim import Claim
from comity.core.errors import ComityError
from comity.core.instant import Instant, Window
from comity.core.lineage import Use
from comity.core.loss import Supposed
from comity.core.partner import Recipient
from comity.core.role import Role
from comity.index.holding import Ordinal
from comity.index.mentioned import Reported
from comity.service import quarantine
from comity.service.accounts import NewAccount, add_account, disable, enable
from comity.service.attesting import Edge, attest
from comity.service.consenting import NewConsent, grant_consent, withdraw_consent
from comity.service.disclose import export
from comity.service.grants import NewGrant, add_agreement, end_agreement
from comity.service.partners import NewPartner, add_domain, add_partner, as_code
from comity.service.reporting import NewReport, Terms, keep
from comity.service.surveying import desk_on
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.tokens import NewToken, create_token
from comity.service.withdrawing import Withdrawal, withdraw
from tests.laws.reported import Asked, reports
from tests.sending import Object, ident, marked, refs
from tests.staff import ADMIN, OFFICER
from tests.web.leaks.asgi import Ask
from tests.web.leaks.network import (
    AMBER_STRICT,
    COVERT,
    HIDING,
    KEPT,
    KINDS,
    MARK,
    SEEN,
    SENDERS,
    R,
    envelope,
    hidden,
    seen,
    send,
    send_hidden,
    word_of,
)
from tests.web.leaks.twins import Twin

DAY: Final = 24 * 3600 * 1_000_000
SUPPOSED: Final = (("USA", R), ("FRA", R), ("GBR", R), ("USA", "GBR"), ("DEU", "GBR"), ("USA", "FRA"))
"""Who is supposed to suspend whom."""
Act = Callable[[Twin], object]
Happening = Callable[[Twin, int], object]
TAXII: Final = "application/taxii+json;version=2.1"


def sender(name: str) -> str:
    """Who sends the object of this name: always the same."""
    return SENDERS[int(name[1:]) % len(SENDERS)]


def kind_of(name: str) -> str:
    """What the object of this name is: always the same."""
    return KINDS[int(name[1:]) % len(KINDS)]


# What R may see


def arrives(twin: Twin, lot: int) -> None:
    """An object that R may have, or a version of one, perhaps built on another of the same partner."""
    rng = random.Random(lot)
    name = rng.choice(SEEN)
    near = [each for each in SEEN[: int(name[1:])] if sender(each) == sender(name)]
    named = refs(ident(near[0], kind_of(near[0]))) if near and kind_of(name) == "report" else {}
    send(twin.node, sender(name), seen(name, rng.choice([1, 2, 3]), kind_of(name), **named))


def consented(twin: Twin, lot: int) -> None:
    """R may have an object from now on that it might not have before."""
    number = lot % len(KEPT)
    by = SENDERS[number % 2]
    new = NewConsent(by=by, item=ident(KEPT[number]), to=(R,), id=_free(twin, "consents", f"c{number}"))
    grant_consent(twin.node.store, new, word_of(by))


def taken_back(twin: Twin, lot: int) -> None:
    """A consent to R ends."""
    if (found := _picked(_open(twin, "consents", "c"), lot)) is not None:
        withdraw_consent(twin.node.store, found.id, word_of(found.by), drain=0)


def stopped(twin: Twin, lot: int) -> None:
    """A partner suspends R."""
    frm = SENDERS[lot % len(SENDERS)]
    new = NewSuspension(frm=frm, to=R, id=_free(twin, "suspensions", "s"))
    suspend(twin.node.store, new, word_of(frm), drain=0)


def lifted(twin: Twin, lot: int) -> None:
    """A suspension of R ends."""
    if (found := _picked(_open(twin, "suspensions", "s"), lot)) is not None:
        lift(twin.node.store, found.id, word_of(found.frm))


def reported(twin: Twin, lot: int) -> None:
    """A report on what R sees, for R: of any kind, and of what was supposed."""
    _keep(twin, lot, Recipient(R), (R,))


SHOWN: Final[tuple[Happening, ...]] = (
    arrives,
    arrives,
    arrives,
    consented,
    taken_back,
    stopped,
    lifted,
    lifted,
    reported,
    reported,
)
"""What happens to both."""


# What R may not know of


def arrives_hidden(twin: Twin, lot: int) -> None:
    """An object that R may not have, or a version of one, perhaps built on others, hidden or not."""
    rng = random.Random(lot)
    name = rng.choice(COVERT)
    other = rng.choice([*COVERT, *SEEN])
    named = refs(ident(other, kind_of(other))) if rng.random() < 0.5 else {}
    stated = hidden(name, rng.choice([1, 2, 3, 4]), kind_of(name), **named)
    send_hidden(twin.node, sender(name), stated, rng.choice(HIDING))


def copied_hidden(twin: Twin, lot: int) -> None:
    """Another partner's copy of what R has, of the same version or a later one, with more in it, which R may not have.

    It has come from the object's own partner before: else it would be the first of that id, and others may name it.
    """
    name = SEEN[lot % 3]
    frm = SENDERS[(int(name[1:]) + 1) % len(SENDERS)]
    stated = hidden(name, 1 + lot % 4, "indicator", x_own="a copy of its own")
    send_hidden(twin.node, frm, stated, HIDING[lot % 3])


def flawed(twin: Twin, lot: int) -> None:
    """What goes to quarantine: no object, one without a time, one with a marking that cannot be read."""
    rng = random.Random(lot)
    name = rng.choice(COVERT)
    stated = hidden(f"q{lot}", 1, kind_of(name))
    broken: list[Object | bytes] = [b"[1]", b'{"type": "indicator"}', dict(stated, modified=MARK)]
    broken.append(dict(stated, object_marking_refs=[MARK]))
    send(twin.node, rng.choice(SENDERS), rng.choice(broken))


def answered(twin: Twin, lot: int) -> None:
    """What waits is accepted for nobody, or discarded."""
    waiting = [each for each in quarantine.listing(twin.node.store) if each.submitter != R]
    if (found := _picked(waiting, lot)) is None:
        return
    claim = Claim(originator=found.submitter, level="SECRET", audience=())
    if lot % 2 and found.item is not None:
        quarantine.accept(twin.node.store, found.id, claim, OFFICER, drain=0)
    else:
        quarantine.discard(twin.node.store, found.id, OFFICER)


def consented_to_others(twin: Twin, lot: int) -> None:
    """Others may have what R may or may not have."""
    name = ident(random.Random(lot).choice([*KEPT, *SEEN[:3]]))
    by, to = SENDERS[lot % 3], random.Random(lot).choice([("FRA",), ("DEU", "FRA"), ("GBR/*",)])
    if _held(twin, name):
        new = NewConsent(by=by, item=name, to=to, use=Use.REPRODUCES, id=_free(twin, "consents", "o"))
        grant_consent(twin.node.store, new, word_of(by))


def taken_back_from_others(twin: Twin, lot: int) -> None:
    """A consent to others ends."""
    if (found := _picked(_open(twin, "consents", "o"), lot)) is not None:
        withdraw_consent(twin.node.store, found.id, word_of(found.by), drain=0)


def stopped_among_others(twin: Twin, lot: int) -> None:
    """One of the others suspends another."""
    frm, to = random.Random(lot).choice([("USA", "FRA"), ("GBR", "DEU"), ("FRA", "USA"), ("GBR", "FRA")])
    new = NewSuspension(frm=frm, to=to, id=_free(twin, "suspensions", "o"))
    suspend(twin.node.store, new, word_of(frm), drain=0)


def lifted_among_others(twin: Twin, lot: int) -> None:
    """A suspension of others ends."""
    if (found := _picked(_open(twin, "suspensions", "o"), lot)) is not None:
        lift(twin.node.store, found.id, word_of(found.frm))


def agreed_among_others(twin: Twin, lot: int) -> None:
    """An agreement between others begins or ends."""
    found = _picked(_open(twin, "agreements", "o"), lot)
    if found is not None and lot % 2:
        end_agreement(twin.node.store, found.id, word_of(found.frm), drain=0)
        return
    frm, to = random.Random(lot).choice([("GBR", "FRA"), ("GBR", "USA"), ("FRA", "DEU")])
    new = NewGrant(frm=frm, to=to, ceiling="TOP SECRET", domains=frozenset({"operations"}),
                   id=_free(twin, "agreements", "o"))  # fmt: skip
    add_agreement(twin.node.store, new, word_of(frm))


def registered(twin: Twin, lot: int) -> None:
    """A partner, or a domain, that R has nothing to do with."""
    if lot % 2:
        add_domain(twin.node.store, f"{MARK}-{lot % 7}", OFFICER)
    else:
        add_partner(twin.node.store, NewPartner(code=f"ZZ-{lot % 7}", name=f"{MARK} {lot % 7}"), OFFICER)


def attested_hidden(twin: Twin, lot: int) -> None:
    """The holder's own analysis of what R may not have, kept to itself, and attested."""
    name, source = f"h{100 + lot % 50}", ident(KEPT[lot % len(KEPT)])
    stated = hidden(name, 1)
    said = [{"item": source, "use": "draws-on"}]
    send_hidden(twin.node, "GBR", stated, HIDING[0], sources=said)
    attest(twin.node.store, Edge(item=stated["id"], source=source), OFFICER)


def withdrawn_by_others(twin: Twin, lot: int) -> None:
    """A partner withdraws what R may not have."""
    name = COVERT[lot % len(COVERT)]
    what = Withdrawal(submitter=as_code(sender(name)), item=ident(name, kind_of(name)))
    withdraw(twin.node.store, what, OFFICER, drain=0)


def let_in(twin: Twin, lot: int) -> None:
    """Accounts and tokens of others come and go."""
    rng = random.Random(lot)
    store, vault = twin.node.store, twin.node.vault
    if rng.random() < 0.4:
        name = f"{MARK}-{lot % 9}"
        add_account(store, NewAccount(name=name, roles=frozenset({Role.ANALYST})), ADMIN, vault=vault)
    elif rng.random() < 0.5:
        new = NewToken(name=f"{MARK} {lot % 9}", scopes=frozenset({"release"}), account="germany")
        create_token(store, new, OFFICER, vault=vault)
    elif rng.random() < 0.5:
        disable(store, "states", ADMIN)
    else:
        enable(store, "states", ADMIN)


def asked_by_others(twin: Twin, lot: int) -> None:
    """Others ask, send, withdraw and fail to come in, over the network."""
    rng = random.Random(lot)
    paths = ["/taxii2/", "/taxii2/comity/collections/", "/taxii2/comity/collections/all/objects/",
             "/taxii2/comity/collections/all/manifest/", "/api/v1/search"]  # fmt: skip
    secrets = twin.secrets
    who = rng.choice([secrets["france"], secrets["germany"], secrets["alice"], "comity_t-0123456789_" + "A" * 43])
    path, limit = rng.choice(paths), str(rng.choice([1, 2, 1000]))
    twin.line.ask(Ask(path=path, query=(("limit", limit), ("query" if "search" in path else "q", "words"))), who)
    if rng.random() < 0.4:
        sent = hidden(f"h{200 + lot % 20}", 1 + lot % 3, **marked(AMBER_STRICT))
        headers = (("content-type", TAXII),)
        inbox = "/taxii2/comity/collections/inbox/objects/"
        twin.line.ask(Ask(method="POST", path=inbox, headers=headers, body=envelope(sent)), secrets["france"])


def handed_to_others(twin: Twin, lot: int) -> None:
    """The holder hands over to others."""
    export(twin.node.store, random.Random(lot).choice(["FRA", "DEU", "GBR/alice"]), twin.folder / f"out-{lot}.json",
           OFFICER, vault=twin.node.vault)  # fmt: skip


def reported_to_others(twin: Twin, lot: int) -> None:
    """A report on what another sees, for it, or on what R sees, and kept by the holder."""
    reader = Recipient(random.Random(lot).choice([R, "FRA", "DEU"]))
    _keep(twin, lot, reader, () if reader == R else (reader,))


HIDDEN: Final[tuple[Happening, ...]] = (
    arrives_hidden,
    arrives_hidden,
    arrives_hidden,
    copied_hidden,
    flawed,
    answered,
    consented_to_others,
    taken_back_from_others,
    stopped_among_others,
    lifted_among_others,
    agreed_among_others,
    registered,
    attested_hidden,
    withdrawn_by_others,
    let_in,
    asked_by_others,
    handed_to_others,
    reported_to_others,
)
"""What happens to the other twin alone."""


def done(happening: Happening, lot: int) -> Act:
    """The act of a lot. What cannot be done is not, and says why to whoever tried."""

    def act(twin: Twin) -> None:
        with suppress(ComityError):
            happening(twin, lot)

    return act


def _keep(twin: Twin, lot: int, reader: Recipient, audience: tuple[str, ...]) -> None:
    """Count what this reader sees, and keep it."""
    rng = random.Random(lot)
    with twin.node.store.read() as snapshot:
        desk = desk_on(snapshot)
        called = snapshot.held(map(Ordinal, desk.survey.index.carriers.everything))
        supposed = tuple(Supposed(frm=as_code(frm), to=as_code(to)) for frm, to in rng.sample(SUPPOSED, 2))
        question = Asked(reader, Window(Instant(desk.at - DAY), desk.at), supposed, rng.choice(list(Reach)))
        made = list(reports(desk.survey, desk.wants, question, lambda item: called[Ordinal(item)].stix_id))
    counted, terms = made[lot % len(made)], Terms(level="RESTRICTED", releasable_to=audience)
    reported = Reported(counted.items, (reader,))
    new = NewReport(kind=counted.kind, title=f"On {reader}", document=counted.document, reported=reported, terms=terms)
    keep(twin.node.store, new, OFFICER, vault=twin.node.vault, drain=0)


def _held(twin: Twin, name: str) -> bool:
    with twin.node.store.read() as reader:
        return bool(reader.find(name))


def _open(twin: Twin, facts: str, begins: str) -> list[Any]:
    """The facts of this kind that are in force now, and whose id begins so."""
    with twin.node.store.read() as reader:
        found = getattr(reader.policy(), facts)
        return [each for each in found if each.id.startswith(f"{begins}-") and reader.now() in each.window]


def _free(twin: Twin, facts: str, begins: str) -> str:
    """An id that none of these facts has yet."""
    with twin.node.store.read() as reader:
        taken = sum(each.id.startswith(f"{begins}-") for each in getattr(reader.policy(), facts))
    return f"{begins}-{taken}"


def _picked(found: list[Any], lot: int) -> Any:  # noqa: ANN401
    return found[lot % len(found)] if found else None
