"""The one table of commands, and what a run of the program ends with.

Exit codes: 0 done, or permitted; 1 what was asked is refused, by the release rules or by an act's own conditions; 2
wrong use or invalid input; 3 the node is busy, damaged or on a full disk; 70 a fault of this program; 74 the answer
could not be written; 130 interrupted; 141 whoever read it stopped reading.

INVARIANT: nothing is imported here that only some command needs. `comity --help` reads this table and no command.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from cyclopts import App, Group

from comity import __version__
from comity.cli.failure import INTERRUPTED, OUTPUT, PIPE, may_answer, report, tell, written

_ABOUT: Final = """Comity decides what may go to whom, hands over exactly that, and can prove it afterwards.

Start with `comity demo`, or with `comity init --holder CODE`. Every command has `--help` with an example.

Exit codes: 0 done or permitted, 1 refused, 2 wrong use or invalid input, 3 the node is busy, damaged or on a full disk,
74 the answer could not be written.
"""


class Command(NamedTuple):
    """One command: its name, where it is, and what `comity --help` says of it."""

    name: str
    place: str
    help: str


_TABLE: Final = {
    "Try": (
        Command("demo", "demo:demo", "Play March 2025 on a node of its own."),
        Command("check", "check:check", "Test a sharing policy: world files and what they expect."),
    ),
    "Node": (
        Command("init", "founding:init", "Make a node."),
        Command("serve", "serving:serve", "Serve a node to partners and people."),
        Command("verify", "founding:verify", "Check a node's whole record against itself."),
        Command("reindex", "searching:reindex", "Make the search index anew."),
        Command("support-bundle", "support:support_bundle", "Write down how a node is, and nothing that is in it."),
        Command("backup", "keeping:backup", "Copy a node while others go on working with it."),
        Command("restore", "keeping:restore", "Make a node from a backup."),
        Command("move", "keeping:move", "Move a node's record to PostgreSQL, or back into its folder."),
        Command("migrate", "keeping:migrate", "Bring a node that an earlier version has written up to this one."),
    ),
    "Who there is, and what was agreed": (
        Command("partner", "partners:partner", "Partners and their default terms."),
        Command("community", "partners:community", "Communities and their members."),
        Command("domain", "registers:domain", "Domains."),
        Command("condition", "registers:condition", "Conditions of use."),
        Command("agreement", "grants:agreement", "Agreements: who may receive what from whom."),
        Command("delegation", "grants:delegation", "Delegations: who may consent for whom."),
    ),
    "What is needed, and what could be added": (
        Command("requirement", "requirements:requirement", "What recipients need, and how much of it."),
        Command("tag", "requirements:tag", "What counts towards a requirement."),
        Command("offer", "offers:offer", "What partners say that they could add."),
        Command("pool", "offers:pool", "What several offers of one partner share."),
        Command("coverage", "coverage:coverage", "How well is it covered, for whom?"),
        Command("dependence", "coverage:dependence", "On whom does that depend?"),
        Command("loss", "losing:loss", "What would suspensions cost?"),
        Command("plan", "planning:plan", "Who could make up for what is not covered."),
    ),
    "Who may come in": (
        Command("account", "accounts:account", "Who may come in, and as what."),
        Command("token", "tokens:token", "What programs come in with."),
        Command("provider", "providers:provider", "Who else may say who somebody is."),
        Command("login", "login:login", "Come in, by a password or by a provider."),
        Command("logout", "login:logout", "Go."),
        Command("session", "login:session", "Who has come in."),
        Command("whoami", "login:whoami", "Who you are here, and what you may do."),
        Command("two-person", "proposals:two_person", "Which acts take two persons."),
        Command("proposal", "proposals:proposal", "Acts that wait for a second person."),
    ),
    "Take in": (
        Command("import", "taking_in:import_", "Take in STIX bundles that a partner sent."),
        Command("quarantine", "quarantine:quarantine", "What could not be accepted."),
    ),
    "Ask": (
        Command("search", "searching:search", "Find items by what they say."),
        Command("decide", "asking:decide", "May this item go to that recipient, and why not?"),
        Command("who", "asking:who", "Who may get this item?"),
        Command("suspension", "stopping:suspension", "What is suspended."),
        Command("visible", "asking:visible", "What may this recipient get?"),
        Command("events", "following:events", "What comes to pass, as it does."),
        Command("lineage", "lineage:lineage", "What an item is built on, and what is built on it."),
    ),
    "Act": (
        Command("suspend", "stopping:suspend", "Stop what flows from one partner to another."),
        Command("lift", "stopping:lift", "Lift a suspension."),
        Command("consent", "consents:consent", "An originator's word that an item may go."),
        Command("attest", "attesting:attest", "State that an analysis reproduces nothing of a source."),
    ),
    "Hand over": (
        Command("export", "handing_over:export", "Write a bundle of exactly what a recipient may get."),
        Command("disclosures", "handing_over:disclosures", "What was handed over, to whom and when."),
        Command("register", "register:register", "What was done: signed, stated, proved and checked."),
    ),
}

COMMANDS: Final = tuple(command for commands in _TABLE.values() for command in commands)


def build(asked: str = "") -> App:
    """The command line, with every command still unread; the one `asked` for is described by itself."""
    app = App(
        name="comity",
        help=_ABOUT,
        help_format="markdown",
        version=__version__,
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
    )
    options = Group("Options", sort_key=len(_TABLE))
    for flag in ("--help", "--version"):  # these alone: a group for all would be that of every subcommand, too
        app[flag].group = options
    for place, (title, commands) in enumerate(_TABLE.items()):
        group = Group(title, sort_key=place)
        for order, command in enumerate(commands):
            said = None if command.name == asked else command.help
            where = f"comity.cli.{command.place}"
            app.command(where, name=command.name, help=said, group=group, sort_key=order)
    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command; its exit code. Whatever goes wrong is said on stderr, and never as a traceback."""
    if not may_answer():
        return OUTPUT
    try:
        code = build(next(iter(arguments), ""))(list(arguments))
    except KeyboardInterrupt:
        tell("interrupted")
        code = INTERRUPTED
    except SystemExit:  # rich's, when nobody reads any more
        code = PIPE
    except OSError as problem:
        code = written(0) or report(problem, json="--json" in arguments)
    except Exception as problem:  # noqa: BLE001 - the last place where a fault can be said in words
        code = report(problem, json="--json" in arguments)
    return written(code if isinstance(code, int) else 0)
