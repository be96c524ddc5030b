"""Every option of `comity-verify`, and what it prints with `--json`: read from the program, as for `comity` itself."""

import contextlib
import io
import json
from argparse import Action
from collections.abc import Sequence
from typing import Final

import comity_verify
from tools.commands import Option

NAME: Final = "comity-verify"


def options() -> tuple[Option, ...]:
    """Its arguments, in their order."""
    found = comity_verify.parser()._actions  # noqa: SLF001 - argparse tells its options in no other way
    return tuple(_option(action) for action in found if "--help" not in action.option_strings)


def about() -> str:
    """What it does, and how it ends."""
    ends = (
        "It ends with 0 if everything holds, with 1 if something does not, and with 2 for wrong use or a file that is "
        "none of these. It is one file, `comity_verify.py`, that needs nothing but Python and `cryptography`."
    )
    return f"{comity_verify.parser().description} {ends}"


def said(arguments: Sequence[str]) -> object:
    """The document that it prints."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        comity_verify.main([*arguments, "--json"])
    return json.loads(out.getvalue())


def _option(action: Action) -> Option:
    takes = "" if action.nargs == 0 else action.metavar or " or ".join(f"`{each}`" for each in action.choices or ())
    return Option(
        names=tuple(action.option_strings) or ("FILE",),
        positional=not action.option_strings,
        required=not action.option_strings,
        takes="several files" if not action.option_strings else str(takes),
        default="",
        help=" ".join((action.help or "").split()),
    )
