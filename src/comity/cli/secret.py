"""How secrets are typed: on the terminal without being shown, or line by line on standard input. Never in arguments."""

import sys
from getpass import getpass

from comity.core.errors import MalformedInput


def asked(prompt: str) -> str:
    """One secret. MalformedInput where nothing is typed."""
    if sys.stdin.isatty():
        try:
            said = getpass(f"{prompt}: ", stream=sys.stderr)
        except EOFError:
            said = ""
    else:
        said = sys.stdin.readline().removesuffix("\n").removesuffix("\r")
    if not said:
        raise MalformedInput(f"{prompt}: nothing was typed; type it, or give it as a line of standard input")
    return said


def chosen(prompt: str) -> str:
    """A new secret, which is typed twice on a terminal."""
    said = asked(prompt)
    if sys.stdin.isatty() and asked(f"{prompt} again") != said:
        raise MalformedInput(f"{prompt}: the two are not the same; start again")
    return said
