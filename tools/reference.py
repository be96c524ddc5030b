"""Writes docs/reference from the code: `python -m tools.reference`. A test holds what is committed to it."""

import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from json import dumps
from typing import Any, Final

import comity
from comity.cli import check, failure
from comity.cli.failure import _CODES as EXITS
from comity.core.decision import Obstacle
from comity.core.errors import ComityError
from comity.formats.fault import Flaw
from comity.formats.world_schema import schema
from comity.web import problem
from tools import api, commands, shapes, verifier
from tools.meanings import REASONS, WORLD
from tools.pages import ROOT, table

FOLDER: Final = ROOT / "docs" / "reference"
_MADE: Final = "\n<!-- Made from the code by `python -m tools.reference`: not to be changed by hand. -->\n"


def reasons() -> str:
    """The codes of refusing reasons."""
    rows = [(f"`{code.value}`", *REASONS[code]) for code in Obstacle]
    return _page(
        "Reasons for a refusal",
        "A reason is written `PARTNER/ROOT/CODE`: whose word is in the way, of which item that word was said, and"
        " how. A refusal names all of them. The clauses behind the codes stand in"
        " [semantics §3](../explanation/semantics.md#3-the-decision).",
        table(("code", "whose word", "what it says", "what takes it away"), rows),
        "An attestation by which the originator's terms make it own analysis takes away every reason but two: a"
        " suspension with reach `derived`, and what the item's own claims say.",
    )


def quarantine() -> str:
    """The reasons for quarantine."""
    return _page(
        "Reasons for quarantine",
        "Why one piece of what a partner sent was not accepted. The rest of the bundle goes on. See"
        " [how to clear the quarantine](../how-to/import-and-quarantine.md).",
        table(("code", "meaning"), ((f"`{flaw.value}`", flaw.meaning) for flaw in Flaw)),
    )


def errors() -> str:
    """The classes of errors, with the exit code that each ends the program with."""
    found = [kind for kind in error_classes() if not issubclass(kind, problem.Unserved)]
    rows = [(f"`{kind.__name__}`", str(_exit_code(kind)), _first(kind)) for kind in found]
    return _page(
        "Errors",
        "One message on standard error, and with `--json` also one document on standard output:"
        ' `{"error": {"kind", "message"}}`, where `kind` is one of these names, or `WrongUse` for a command line'
        " that cannot be read (exit code 2). An `AmbiguousItem` adds `candidates`, `InvalidFacts` adds `faults`.",
        "Where standard output itself cannot be written there is no document, only the message, and the exit code is"
        f" {failure.OUTPUT} whatever the answer was. [All exit codes](settings.md#exit-codes)",
        table(("kind", "exit code", "meaning"), rows),
    )


def problems() -> str:
    """What a server answers that is an error."""
    rows = [
        (f"`/problems/{said.type}`", str(said.status.value), said.title, meaning)
        for said, meaning in problem.meanings()
    ]
    return _page(
        "Problems over HTTP",
        "What a server answers that is an error: a problem of RFC 9457, `application/problem+json`, with `type`,"
        " `title`, `status` and `detail`; `invalid-facts` adds `faults`, and `ambiguous-item` adds `candidates`. Below"
        " `/taxii2/` it is a TAXII 2.1 error with the same status, `title`, and `detail` as its `description`. Programs"
        " go by `status` and `type`; `detail` is for people, and may change.",
        table(("type", "status", "title", "meaning"), rows),
        "Whoever is not let in gets one text, whatever the reason, and what the one who asks may not have is answered"
        " as what was never there.",
    )


def error_classes() -> list[type[ComityError]]:
    """Every public error class of the package, by name."""
    for module in pkgutil.walk_packages(comity.__path__, "comity."):
        if not module.name.startswith("comity.store.migrations"):
            import_module(module.name)
    return sorted(_below(ComityError), key=lambda kind: kind.__name__)


def _below(kind: type[ComityError]) -> Iterator[type[ComityError]]:
    if not kind.__name__.startswith("_") and kind.__module__.startswith("comity."):  # and no test's own
        yield kind
    for sub in kind.__subclasses__():
        yield from _below(sub)


def _exit_code(kind: type[ComityError]) -> int:
    return next(code for kinds, code in EXITS if issubclass(kind, kinds))


def _first(kind: type[Any]) -> str:
    """The first sentence of a class's docstring."""
    return (inspect.getdoc(kind) or "").split("\n\n")[0]


def settings() -> str:
    """Environment and exit codes."""
    variables = [
        ("`COMITY_NODE`", "the node's folder, where `--node` is not given; else `./comity-node`"),
        (
            "`COMITY_DATABASE`",
            (
                "the address of the node's PostgreSQL database, where `--database` is not given; else what the file"
                " `database` in the node's folder says, else the folder's own `comity.sqlite`. See"
                " [how to keep a node on PostgreSQL](../how-to/postgresql.md)"
            ),
        ),
        (
            "`COMITY_TOKEN`",
            "a token, by which you come in: see [accounts](../how-to/accounts.md); no command takes one as an argument",
        ),
        ("`XDG_STATE_HOME`", "where your sessions are kept, in `comity/sessions.json`; else `~/.local/state`"),
        (f"`{failure.DEBUG}`", "`1`: say where in the program something went wrong"),
        ("`COLUMNS`", "how wide to write into a pipe or a file"),
        ("`NO_COLOR`", "set to anything: no colours on a terminal"),
    ]
    exits = [
        (0, "done; permitted; all expectations hold"),
        (
            failure.REFUSED,
            "what was asked is refused, by the release rules or by an act's own conditions; an expectation fails",
        ),
        (failure.WRONG, "wrong use or invalid input"),
        (failure.NODE, "the node is busy, damaged or on a full disk"),
        (failure.FAULT, "a fault of Comity itself"),
        (
            failure.OUTPUT,
            "the answer could not be written to standard output, on a full disk say; an act is recorded all the same",
        ),
        (failure.INTERRUPTED, "interrupted"),
        (failure.PIPE, "whoever read the output stopped reading"),
    ]
    return _page(
        "Settings and exit codes",
        "There is no configuration file: a node carries its own settings in its record, each with its act.",
        "## Environment",
        table(("variable", "meaning"), variables),
        "## Exit codes",
        table(("code", "meaning"), ((str(code), meaning) for code, meaning in exits)),
        f"`comity check` ends with {check.ALL_HOLD} if all expectations hold, {check.ONE_FAILS} if one fails and"
        f" {check.INVALID} if a file is invalid; {check.INVALID} beats {check.ONE_FAILS}."
        " [ADR 12](../adr/0012-exit-codes.md) says why.",
    )


def world_files() -> str:
    """The keys of world files, from their JSON Schema."""
    made = schema()
    parts = ["## The file", _keys("", made)]
    for name, section in _entries(made["properties"]):
        parts += [f"## {name}", WORLD[name], *_nested(name, section)]
    return _page(
        "World files",
        "One YAML or JSON file: who there is, what is agreed, what is held, and what is asked. The words are those"
        " of [semantics §1](../explanation/semantics.md#1-words). Keys are text (quote what YAML would read as"
        " something else), times are RFC 3339 with `Z` or an offset, lengths of time ISO 8601 (`P7D`,"
        " `PT36H`), and an unknown key is an error. `comity check --schema` prints the"
        " [JSON Schema](world-file.schema.json).",
        *parts,
        "## Sidecars",
        "A sidecar of `comity import` is a world file with only `items`, whose ids are STIX ids (`type--uuid`, or"
        " `type--uuid@modified`). Of the keys of an item all may be left out but `id`: where it says nothing of"
        " terms, those of the submission stand. An entry for `id` and one for `id@modified` add up; the terms of the"
        " second go first. An entry of which no object is in the bundle is an error, and nothing is taken in.",
    )


def _entries(properties: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """The sections that hold keys of their own."""
    yield from ((name, found) for name, form in properties.items() if (found := _shape(form)) is not None)


def _shape(form: Any) -> Any:  # noqa: ANN401 - JSON
    """The mapping that a list or mapping holds, None where it holds plain values."""
    if not isinstance(form, dict) or "properties" in form:
        return form if isinstance(form, dict) else None
    inner = [form.get("items"), form.get("additionalProperties"), *form.get("anyOf", ())]
    return next((shape for each in inner if (shape := _shape(each)) is not None), None)


def _nested(name: str, shape: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    yield _keys(name, shape)
    for inner, found in _entries(shape["properties"]):
        yield f"### {inner}"
        yield from _nested(inner, found)


def _keys(section: str, shape: Any) -> str:  # noqa: ANN401 - JSON
    required = set(shape.get("required", ()))
    rows = [
        (f"`{key}`", "yes" if key in required else "", _form(form), WORLD.get(f"{section}.{key}") or WORLD[key])
        for key, form in shape["properties"].items()
    ]
    return table(("key", "required", "holds", "meaning"), rows)


def _form(form: Any) -> str:  # noqa: ANN401 - JSON
    """What a key holds, in a word or two."""
    if "enum" in form:
        return " or ".join(f"`{value}`" for value in form["enum"])
    match form.get("type"):
        case "array":
            each = form["items"]
            some = "at least one " if form.get("minItems") else ""
            return "list" if _shape(form) is not None else f"list of {some}{_form(each)}"
        case "object":
            return "object" if form.get("additionalProperties") is None else "mapping"
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return "whole number"
        case _:
            return _NAMED.get(str(form.get("$ref", "")), "text")


_NAMED: Final = {"#/$defs/time": "time", "#/$defs/length": "length of time"}
"""What kinds of text are called that have a form of their own."""


def json_shapes() -> str:
    """What each command prints with `--json`."""
    found = shapes.found()
    parts = [part for name, shape in found.items() for part in (f"## {_command(name)}", f"```text\n{shape}\n```")]
    return _page(
        "JSON output",
        "With `--json` a command prints one JSON document on one line, `comity check` one for each file and"
        " `comity events` one for each event. What stands here was read off real answers: `text`, `number`, `boolean`,"
        " `time` (RFC 3339 in UTC), `null`"
        " where there is nothing to say, `?` after a key that is not always there, `…` in place of keys that are"
        " data. Keys may be added in a later version; those that are here stay.",
        *parts,
    )


def _command(name: str) -> str:
    return name if name == verifier.NAME else f"comity {name}"


def world_schema() -> str:
    """The JSON Schema of world files, as `comity check --schema` prints it."""
    return f"{dumps(schema(), indent=2)}\n"


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "commands.md": commands.page,
    "reasons.md": reasons,
    "quarantine.md": quarantine,
    "errors.md": errors,
    "problems.md": problems,
    "rest.md": api.page,
    "openapi.json": api.document,
    "settings.md": settings,
    "world-files.md": world_files,
    "json.md": json_shapes,
    "world-file.schema.json": world_schema,
}


def made() -> dict[str, str]:
    """Every page of the reference, by file name."""
    return {name: _marked(make()) if name.endswith(".md") else make() for name, make in PAGES.items()}


def _marked(text: str) -> str:
    head, _, rest = text.partition("\n")
    return f"{head}\n{_MADE}{rest}"


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"# {title}", *parts)) + "\n"


def stale() -> list[str]:
    """The pages that are not what the code would write, and files that are none of them."""
    now = made()
    there = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*")}
    return sorted(name for name in now.keys() | there.keys() if now.get(name) != there.get(name))


def main() -> None:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in made().items():
        (FOLDER / name).write_text(text, "utf-8")
        print(f"docs/reference/{name}")


if __name__ == "__main__":
    main()
