"""`comity token`: what programs come in with."""

from cyclopts import App

from comity.cli.options import (
    ACTING,
    ASKING,
    ActingOptions,
    AskingOptions,
    Names,
    StatingOptions,
    clock,
    listed,
    opened,
    opened_node,
)
from comity.cli.terminal import answer, drawn, lines, said, table, time_or_none, time_shown
from comity.core.role import Duty
from comity.service import authority, tokens
from comity.service.ports import Store
from comity.service.records import Access, Word
from comity.service.tokens import DEFAULT_DAYS, NewToken

token = App(name="token", help="What programs come in with: $COMITY_TOKEN.")


@token.command(name="create")
def create(
    name: str,
    /,
    *,
    scopes: Names,
    account: str | None = None,
    days: int = DEFAULT_DAYS,
    options: ActingOptions = ACTING,
) -> int:
    """Make a token. It is printed this once, and only a keyed digest of it is kept.

    Example: `comity token create feed --scopes submit --account misp --days 30`

    Args:
        name: What its owner calls it.
        scopes: What it may be used for; never more than you may do yourself.
        account: A program's or a partner's account, by default your own.
        days: How long it can be used, 366 at most.
    """
    new = NewToken(name=name, scopes=frozenset(listed(scopes)), account=account, days=days)
    with opened_node(options, needs=None) as node:
        made = tokens.create_token(node.store, new, options.word, vault=node.vault)
    document = {**_document(made.access), "token": made.secret}
    until = time_shown(made.access.expires)
    line = f"{made.access.id} of {made.access.account} can be used until {until}; shown only now:"
    return answer(options, document, drawn(said(line), said(made.secret)))


@token.command(name="list")
def list_tokens(*, account: str | None = None, options: AskingOptions = ASKING) -> int:
    """List tokens that can still be used: one's own, and for whoever may list accounts those of all.

    Example: `comity token list`

    Args:
        account: Only those of this account.
    """
    with opened(options, needs=None) as store:
        found = [each for each in current(store, options.asker, account) if each.scopes is not None]
    rows = [(each.id, each.account, each.name, lines(each.scopes or ()), time_shown(each.expires)) for each in found]
    headings = ("id", "account", "name", "scopes", "until")
    return answer(options, {"tokens": list(map(_document, found))}, table(headings, rows))


@token.command(name="revoke")
def revoke(id: str, /, *, options: StatingOptions) -> int:
    """Revoke a token. When this returns, nothing is handed out on it any more, in any process.

    Example: `comity token revoke t-5f1a09c2d4 --why "the machine was sold"`

    Args:
        id: The token's id, as `comity token list` shows it.
    """
    with opened(options, needs=None) as store:
        when = tokens.revoke_token(store, id, options.word)
    return answer(options, {"revoked": id, "at": time_or_none(when)}, said(f"{id} is revoked since {time_shown(when)}"))


def current(store: Store, word: Word, account: str | None) -> list[Access]:
    """The tokens and sessions that let in now, and that this one may see."""
    with store.read() as reader:
        who = authority.identified(reader, word)
        mine = who.account if Duty.LISTS not in who.duties else account
        now = max(clock(), reader.latest())
        return [each for each in reader.accesses(mine) if now < each.expires and account in (None, each.account)]


def _document(found: Access) -> dict[str, object]:
    return {
        "id": found.id,
        "account": found.account,
        "name": found.name,
        "scopes": list(found.scopes or ()),
        "expires": time_or_none(found.expires),
    }
