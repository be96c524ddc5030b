"""`comity login`, `logout`, `whoami` and `session`: to come in, and to go."""

from cyclopts import App

from comity.cli import kept, signing_in
from comity.cli.options import ACTING, ASKING, ActingOptions, Asking, AskingOptions, StatingOptions, opened, opened_node
from comity.cli.secret import asked
from comity.cli.terminal import answer, said, table, time_or_none, time_shown
from comity.cli.tokens import current
from comity.core.errors import MalformedInput, NotAuthenticated
from comity.core.role import SCOPES
from comity.service import authority, sessions
from comity.service.records import Access
from comity.service.tokens import Issued

session = App(name="session", help="Who has come in by a password or a provider.")


def login(name: str | None = None, /, *, provider: str | None = None, options: AskingOptions = ASKING) -> int:
    """Come in, by a password or by a provider. The session lasts twelve hours and is kept in a file of yours.

    The password is typed, or given as a line of standard input. With --provider an address is printed, to be opened in
    a browser on this machine.

    Example: `comity login carol`

    Args:
        name: The account.
        provider: The provider whose word is taken: see `comity provider list`.
    """
    if (name is None) == (provider is None):
        raise MalformedInput("say who comes in: `comity login NAME`, or `comity login --provider NAME`")
    with opened_node(options, needs=None) as node:
        if name is not None:
            issued = sessions.login(node.store, name, asked("password"), vault=node.vault)
        else:
            issued = signing_in.by_provider(node, str(provider))
    return _came_in(options, issued)


def logout(*, options: ActingOptions = ACTING) -> int:
    """Go: the session that is kept for this node ends, and is forgotten.

    Example: `comity logout`
    """
    told = options.told
    if (secret := kept.session(told)) is None:
        raise NotAuthenticated("no session is kept for this node: nothing is left to do")
    try:
        word = options.word
        with opened(options, needs=None) as store:
            sessions.end_session(store, str(word.through), word)
    except NotAuthenticated:
        pass  # it has ended already
    finally:
        kept.forget(told)
    return answer(options, {"ended": secret.split("_")[1]}, said("you have gone"))


def whoami(*, options: AskingOptions = ASKING) -> int:
    """Who you are in this node, and what you may do.

    Example: `comity whoami`
    """
    with opened(options, needs=None) as store, store.read() as reader:
        who, open_ = authority.identified(reader, options.asker), not authority.governed(reader)
    duties = sorted(duty.value for duty in who.duties & SCOPES)
    document = {
        "account": who.account,
        "through": who.through,
        "expires": time_or_none(who.expires),
        "for": who.recipient,
        "duties": duties,
        "open": open_,
    }
    if open_:
        line = "nobody has come in to this node yet: whoever may read its folder may do everything"
    else:
        line = f"{who.account} may: {', '.join(duties) or 'nothing'}"
    return answer(options, document, said(line))


@session.command(name="list")
def list_sessions(*, account: str | None = None, options: AskingOptions = ASKING) -> int:
    """List open sessions: one's own, and for whoever may list accounts those of all.

    Example: `comity session list`

    Args:
        account: Only those of this account.
    """
    with opened(options, needs=None) as store:
        found = [each for each in current(store, options.asker, account) if each.scopes is None]
    rows = [(each.id, each.account, each.name, time_shown(each.expires)) for each in found]
    return answer(options, {"sessions": list(map(_document, found))}, table(("id", "account", "by", "until"), rows))


@session.command(name="end")
def end_session(id: str, /, *, options: StatingOptions) -> int:
    """End a session. When this returns, nothing is handed out on it any more, in any process.

    Example: `comity session end n-5f1a09c2d4 --why "left the desk"`

    Args:
        id: The session's id, as `comity session list` shows it.
    """
    with opened(options, needs=None) as store:
        when = sessions.end_session(store, id, options.word)
    return answer(options, {"ended": id, "at": time_or_none(when)}, said(f"{id} has ended at {time_shown(when)}"))


def _came_in(options: Asking, issued: Issued) -> int:
    kept.keep(options.told, issued.secret)
    found = issued.access
    line = f"you are {found.account} in this node until {time_shown(found.expires)}, or until `comity logout`"
    return answer(options, _document(found), said(line))


def _document(found: Access) -> dict[str, object]:
    return {
        "id": found.id,
        "account": found.account,
        "by": found.name,
        "expires": time_or_none(found.expires),
    }
