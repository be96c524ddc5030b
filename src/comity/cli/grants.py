"""`comity agreement` and `comity delegation`."""

from collections.abc import Iterable

from cyclopts import App

from comity.cli.effects import answer_effects, limit
from comity.cli.facts import ended, grant, span_shown
from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Flag,
    From,
    Names,
    StatingOptions,
    Time,
    listed,
    moment,
    opened,
    typed,
)
from comity.cli.terminal import Draw, answer, lines, said, table, time_shown
from comity.core.agreement import Agreement, Grant
from comity.core.claim import Derivation, Onward
from comity.core.role import Duty
from comity.service import gone, grants, preview
from comity.service.grants import NewGrant

agreement = App(name="agreement", help="Agreements: who may receive what from whom.")
delegation = App(name="delegation", help="Delegations: who may consent for whom.")


@agreement.command(name="add")
def add_agreement(
    frm: From,
    to: str,
    /,
    *,
    ceiling: str,
    domains: Names,
    onward: Onward = Onward.LISTED,
    derivation: Derivation = Derivation.INHERIT,
    accepts: Names = (),
    start: Time = None,
    end: Time = None,
    id: str | None = None,
    options: ActingOptions = ACTING,
) -> int:
    """Record an agreement, on the word of the one who grants it.

    Example: `comity agreement add GBR UKR --ceiling SECRET --domains intelligence early-warning`

    Args:
        frm: Who grants.
        to: Who may receive.
        ceiling: The highest level.
        domains: The domains; `*` for all.
        onward: How far it may be passed on.
        derivation: What an analysis of it carries.
        accepts: Conditions of use that the recipient accepts.
        start: From when, by default now.
        end: Until when.
        id: Its id; one is made if none is given.
    """
    new = NewGrant(
        frm=frm,
        to=to,
        ceiling=ceiling,
        domains=frozenset(listed(domains)),
        start=moment(start, "--start"),
        end=moment(end, "--end"),
        id=id,
        onward=onward,
        derivation=derivation,
        accepts=frozenset(listed(accepts)),
    )
    with typed(to="TO"), opened(options, needs=None) as store:
        made = grants.add_agreement(store, new, options.word)
    return answer(
        options, grant(made), said(f"{made.id}: {made.frm} → {made.to}, {', '.join(span_shown(made.window))}")
    )


@agreement.command(name="list")
def list_agreements(*, options: AskingOptions = ASKING) -> int:
    """List the agreements.

    Example: `comity agreement list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        found, telling = reader.policy().agreements, gone.agreements(reader)
    documents = [grant(each) | {"withdrawals": each.id in telling} for each in found]
    return answer(options, {"agreements": documents}, _table(found))


@agreement.command(name="end")
def end_agreement(
    id: str,
    /,
    *,
    at: Time = None,
    preview: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """End an agreement, on the word of the one who granted it. `--why` is asked for, `--preview` apart.

    Example: `comity agreement end gbr-ukr --why "order of 5 March"`

    Args:
        id: The agreement's id.
        at: When, by default now.
        preview: Only show what would change if it ended now.
    """
    with opened(options, Duty.CONTENT if preview else None) as store:
        if preview:
            return answer_effects(options, _would_end(store, id, limit=limit(options)))
        when = grants.end_agreement(store, id, options.stated_word, moment(at))
    return answer(options, ended("agreement", id, when), said(f"{id} ends at {time_shown(when)}"))


@agreement.command(name="withdrawals")
def tell_withdrawals(id: str, /, *, off: Flag = False, options: StatingOptions) -> int:
    """Have an agreement of the holder say that its recipient is told what it had and may have no more.

    It is told by events, without a reason. By itself no agreement says so.

    Example: `comity agreement withdrawals gbr-ukr --why "so that they take it off their lists"`

    Args:
        id: The agreement's id.
        off: Have it say so no more.
    """
    with opened(options, needs=None) as store:
        gone.tell_withdrawals(store, id, options.word, told=not off)
    told = "are told" if not off else "are told no more"
    return answer(options, {"agreement": id, "withdrawals": not off}, said(f"{id}: withdrawals {told}"))


@delegation.command(name="add")
def add_delegation(
    frm: From,
    to: str,
    /,
    *,
    ceiling: str,
    domains: Names,
    start: Time = None,
    end: Time = None,
    id: str | None = None,
    options: ActingOptions = ACTING,
) -> int:
    """Record that one partner may consent for another, on the word of the latter.

    Example: `comity delegation add USA GBR --ceiling SECRET --domains early-warning --by USA --evidence "note 12"`

    Args:
        frm: Whose consent it is.
        to: Who may give it.
        ceiling: The highest level.
        domains: The domains; `*` for all.
        start: From when, by default now.
        end: Until when.
        id: Its id; one is made if none is given.
    """
    new = NewGrant(
        frm=frm,
        to=to,
        ceiling=ceiling,
        domains=frozenset(listed(domains)),
        start=moment(start, "--start"),
        end=moment(end, "--end"),
        id=id,
    )
    with typed(to="TO"), opened(options, needs=None) as store:
        made = grants.add_delegation(store, new, options.word)
    return answer(options, grant(made), said(f"{made.id}: {made.to} may consent for {made.frm}"))


@delegation.command(name="list")
def list_delegations(*, options: AskingOptions = ASKING) -> int:
    """List the delegations.

    Example: `comity delegation list`
    """
    with opened(options, Duty.TERMS) as store, store.read() as reader:
        found = reader.policy().delegations
    return answer(options, {"delegations": [grant(each) for each in found]}, _table(found))


@delegation.command(name="end")
def end_delegation(
    id: str,
    /,
    *,
    at: Time = None,
    options: StatingOptions,
) -> int:
    """End a delegation, on the word of the one who granted it. Consents given under it stand.

    Example: `comity delegation end d-1 --why "the exercise is over"`

    Args:
        id: The delegation's id.
        at: When, by default now.
    """
    with opened(options, needs=None) as store:
        when = grants.end_delegation(store, id, options.word, moment(at))
    return answer(options, ended("delegation", id, when), said(f"{id} ends at {time_shown(when)}"))


_would_end = preview.preview_end


def _table(found: Iterable[Grant]) -> Draw:
    rows = [
        (
            each.id,
            f"{each.frm} → {each.to}",
            each.ceiling,
            ", ".join(sorted(each.domains)),
            f"{each.onward.value}, {each.derivation.value}" if isinstance(each, Agreement) else "–",
            lines(span_shown(each.window)),
        )
        for each in found
    ]
    return table(("id", "from → to", "ceiling", "domains", "rules", "when"), rows)
