"""Every command and option of the command line, read from the program itself."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from cyclopts import App
from cyclopts.argument import Argument

from comity.cli.app import COMMANDS, build
from tools.pages import codes, table

_MANY: Final = 10
"""So many commands have an option that is described once."""
_SECTION: Final = re.compile(r"^(Args|Example|Raises|Returns):", re.MULTILINE)
_EXAMPLE: Final = re.compile(r"^Example: `(.+?)`", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option or positional argument: its names, whether it must be given, what it takes and what it is for."""

    names: tuple[str, ...]
    positional: bool
    required: bool
    takes: str
    default: str
    help: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command: its full name, what it does, an example, and its options."""

    name: str
    about: str
    example: str | None
    options: tuple[Option, ...]


def commands() -> list[Command]:
    """Every command, in the order of the program's own table; one with subcommands stands as these."""
    app = build()
    return [found for entry in COMMANDS for found in _commands(app[entry.name], entry.name)]


def _commands(app: App, name: str) -> Iterator[Command]:
    if app.default_command is not None:
        about, example = _said(inspect.getdoc(app.default_command) or "")
        found = app.assemble_argument_collection(parse_docstring=True)
        options = tuple(_option(each) for each in found if not each.children)
        yield Command(name=name, about=about, example=example, options=options)
    for sub in app:
        if not sub.startswith("-"):
            yield from _commands(app[sub], f"{name} {sub}")


def _said(doc: str) -> tuple[str, str | None]:
    """What a docstring says before its sections, and its example."""
    example = _EXAMPLE.search(doc)
    section = _SECTION.search(doc)
    return doc[: section.start()].strip() if section else doc, example.group(1) if example else None


def _option(found: Argument) -> Option:
    default = found.field_info.default
    plain = None if default is inspect.Parameter.empty else default
    positional = found.index is not None
    return Option(
        names=(found.names[0].strip("-").upper(),) if positional else found.names,
        positional=positional,
        required=bool(found.required),
        takes=_takes(found.hint),
        default="" if plain in (None, False, ()) else str(plain.value if isinstance(plain, Enum) else plain),
        help=" ".join((found.parameter.help or "").split()),
    )


def _takes(hint: Any) -> str:  # noqa: ANN401 - a type, of any kind
    text = str(hint)
    if hint is bool:
        return ""
    if isinstance(hint, type) and issubclass(hint, Enum):
        return codes(member.value for member in hint)
    inner = [each for each in getattr(hint, "__args__", ()) if each not in (type(None), ...)]
    if "tuple" in text or "list" in text:
        return "several files" if Path in _flat(hint) else "several"
    if len(inner) == 1:
        return _takes(inner[0])
    return {str: "text", int: "number", Path: "path"}.get(hint, "text")


def _flat(hint: Any) -> set[Any]:  # noqa: ANN401 - as above
    inner = getattr(hint, "__args__", ())
    return {hint} if not inner else {part for each in inner for part in _flat(each)}


def page() -> str:
    """The reference page."""
    found = commands()
    shared = _shared(found)
    parts = [
        "# Commands and options",
        (
            "Every command has `--help`; one that has subcommands shows them when it stands alone, and so does `comity`"
            " itself. An unknown command or option, a value that is none and one that is missing are wrong use: exit"
            " code 2, as for all [input that is invalid](settings.md#exit-codes)."
            " An option that takes several values takes them after one another, with commas"
            " between them, or by being repeated: `--to A B`, `--to A,B`, `--to A --to B`."
        ),
        (
            "What ends something, takes it away or refuses it, undoes one of these, or attests, states its reason:"
            " `--why` is required. An act with a `--preview`, which changes nothing, asks for it only where it is done."
        ),
        ("An ITEM is `id`, `id@modified` or `PARTNER:id[@modified]`; more than one match is an error that lists them."),
        "- " + "\n- ".join(f"[`comity {command.name}`](#{_anchor(command.name)})" for command in found),
        "Beside it, for partners: [`comity-verify`](#comity-verify).",
        "## Options that many commands have",
        "Their names stand at the commands that have them.",
        _options(tuple(sorted(shared, key=lambda option: option.names))),
        *(part for command in found for part in _section(command, shared)),
        *_verifier(),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _verifier() -> list[str]:
    """`comity-verify`, which is a program of its own."""
    from tools import verifier  # noqa: PLC0415 - it is told what an Option is

    own = verifier.options()
    usage = " ".join(_usage(option) for option in own)
    example = f"Example: `{verifier.NAME} usa.jsonl --key PUBLIC --witness heads.jsonl`"
    return [f"## {verifier.NAME}", verifier.about(), f"    {verifier.NAME} {usage}", _options(own), example]


def _shared(found: list[Command]) -> frozenset[Option]:
    """The options that many commands have, with the same meaning; one that must be given stands at each."""
    counted = Counter(option for command in found for option in command.options if not option.positional)
    return frozenset(option for option, count in counted.items() if count >= _MANY and not option.required)


def _anchor(name: str) -> str:
    return f"comity-{name.replace(' ', '-')}"


def _section(command: Command, shared: frozenset[Option]) -> list[str]:
    own = tuple(option for option in command.options if option not in shared)
    also = sorted(option.names[0] for option in command.options if option in shared)
    usage = " ".join(_usage(option) for option in own)
    return [
        f"## comity {command.name}",
        command.about,
        f"    comity {command.name} {usage}".rstrip(),
        _options(own) if own else "",
        f"Also: {codes(also)}." if also else "",
        f"Example: `{command.example}`" if command.example else "",
    ]


def _usage(option: Option) -> str:
    several = "…" if option.takes.startswith("several") else ""
    if option.positional:
        return f"{option.names[0]}{several}" if option.required else f"[{option.names[0]}{several}]"
    shown = option.names[0] if not option.takes else f"{option.names[0]} {option.names[0].strip('-').upper()}{several}"
    return shown if option.required else f"[{shown}]"


def _options(options: tuple[Option, ...]) -> str:
    return table(
        ("option", "takes", "default", ""),
        (
            (
                codes(option.names),
                option.takes,
                "required" if option.required else f"`{option.default}`" if option.default else "",
                option.help,
            )
            for option in options
        ),
    )
