"""`comity consent`: the originators' words that are on record."""

from typing import Annotated

from cyclopts import App, Parameter

from comity.cli.effects import answer_effects, limit
from comity.cli.facts import consent as consent_document
from comity.cli.facts import ended, span_shown
from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Flag,
    StatingOptions,
    Time,
    listed,
    moment,
    opened,
    typed,
)
from comity.cli.terminal import answer, lines, said, table, time_shown
from comity.core.lineage import Use
from comity.core.role import Duty
from comity.index.holding import ordinal
from comity.service import consenting
from comity.service import preview as previews
from comity.service.consenting import NewConsent
from comity.service.ports import Store

consent = App(name="consent", help="An originator's word that an item may go.")

To = Annotated[tuple[str, ...], Parameter(consume_multiple=True, negative=())]


@consent.command(name="grant")
def grant(
    item: str,
    /,
    *,
    to: To,
    use: Use = Use.REPRODUCES,
    end: Time = None,
    id: str | None = None,
    preview: Flag = False,
    options: ActingOptions = ACTING,
) -> int:
    """Record that an item, and what is built on it, may go to these recipients.

    It is the holder's own consent, or with `--by` and `--evidence` that of another partner. It speaks only for claims
    of the one who gives it, or of those whose delegate that one is.

    Example: `comity consent grant no-maritime-track --to UKR --use draws-on --by NOR --evidence "note 7 of 6 March"`

    Args:
        item: The item.
        to: Partners, `CODE/*`, parts, communities or `*`.
        use: What may go: what reproduces the item, or only analyses that draw on it.
        end: Until when.
        id: Its id; one is made if none is given.
        preview: Only show what each reader would get. Nothing is changed.
    """
    with typed(), opened(options, Duty.CONTENT if preview else None) as store:
        by = options.by or _holder(store)
        if preview:
            return answer_effects(
                options, previews.preview_consent(store, item, by=by, to=listed(to), use=use, limit=limit(options))
            )
        new = NewConsent(by=by, item=item, to=listed(to), use=use, end=moment(end, "--end"), id=id)
        made = consenting.grant_consent(store, new, options.word)
        with store.read() as reader:
            name = reader.handle(ordinal(made.item))
    line = f"{made.id}: {made.by} consents ({made.use.value}) that {name} goes to {', '.join(made.to)}"
    return answer(options, consent_document(made, name), said(line))


@consent.command(name="withdraw")
def withdraw(
    id: str,
    /,
    *,
    options: StatingOptions,
) -> int:
    """Take a consent back, on the word of the one who gave it, or of the originator for whom a delegate gave it.

    Example: `comity consent withdraw c-1 --why "given in error"`

    Args:
        id: The consent's id.
    """
    with opened(options, needs=None) as store:
        when = consenting.withdraw_consent(store, id, options.word)
    return answer(options, ended("consent", id, when), said(f"{id} is withdrawn since {time_shown(when)}"))


@consent.command(name="list")
def list_consents(*, options: AskingOptions = ASKING) -> int:
    """List the consents that are on record.

    Example: `comity consent list`
    """
    with opened(options) as store, store.read() as reader:
        found = reader.policy().consents
        names = reader.handles(ordinal(each.item) for each in found)
    document = {"consents": [consent_document(each, names[ordinal(each.item)]) for each in found]}
    rows = [
        (each.id, each.by, names[ordinal(each.item)], lines(each.to), each.use.value, lines(span_shown(each.window)))
        for each in found
    ]
    return answer(options, document, table(("id", "by", "item", "to", "use", "when"), rows))


def _holder(store: Store) -> str:
    with store.read() as reader:
        return reader.policy().holder
