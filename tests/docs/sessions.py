"""Plays the sessions of a page: what stands after `$` in ```console blocks is run, and what follows must be printed.

All blocks of a page are one session in one folder that is empty at first. What a block may hold:

- `$ comity …` is run by the command line inside this process; with a pipe or a redirection, by a shell that finds the
  installed `comity`. `$ export NAME=VALUE` holds from then on; `$ echo $?` prints the last exit code.
- `…` in what is printed, with the blanks after it, stands for any run of characters of a line, and a line of nothing
  else for any lines.
- any other block whose info string has `file=NAME` is written to that file.

Both what goes to standard output and to standard error is compared, in this order. Output is 100 columns wide.
"""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tools.terminal import Said, comity, placed

BLOCK: Final = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SHELL: Final = re.compile(r"[|<>;&*`]|\$[({A-Za-z]")
_DOTS: Final = re.compile("… *")
_COLUMNS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of a session, with the line on which it stands and what it must print."""

    line: int
    typed: str
    expected: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that the page shows, to be written."""

    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A command as it went."""

    command: Command
    printed: str

    @property
    def holds(self) -> bool:
        """Whether it printed what the page says."""
        return re.fullmatch(_pattern(self.command.expected), self.printed) is not None


@dataclass(slots=True, kw_only=True)
class Terminal:
    """Where a session is played: a folder, its environment, and how the last command ended."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def run(self, typed: str) -> str:
        """What the command prints."""
        if typed == "echo $?":
            return f"{self.code}\n"
        words = shlex.split(typed)
        if words[0] == "export":
            self.environment |= dict(word.split("=", 1) for word in words[1:])
            return ""
        plain = words[0] == "comity" and not _SHELL.search(re.sub(r"'[^']*'|\"[^\"$`]*\"", "", typed))
        with placed(self.folder, self._environment()):
            said = comity(words[1:]) if plain else _shell(typed)
        self.code = said.code
        return said.out + said.err

    def _environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return {"PATH": path, "COLUMNS": str(_COLUMNS), "USER": "alice", "LOGNAME": "alice"} | self.environment


def steps(page: str) -> list[Command | File]:
    """What the page has to be played, in its order."""
    found: list[Command | File] = []
    for match in BLOCK.finditer(page):
        info, text = match.group(1).split(), match.group(2)
        named = [word.removeprefix("file=") for word in info if word.startswith("file=")]
        if info[:1] == ["console"]:
            found.extend(_commands(text, page.count("\n", 0, match.start(2)) + 1))
        elif named:
            found.append(File(name=named[0], text=text))
    return found


def _commands(text: str, first: int) -> list[Command]:
    found: list[Command] = []
    for number, line in enumerate(text.splitlines(keepends=True), first):
        if line.startswith("$ "):
            found.append(Command(line=number, typed=line[2:].strip(), expected=""))
        elif found:
            last = found[-1]
            if last.typed.endswith("\\"):
                found[-1] = Command(line=last.line, typed=f"{last.typed[:-1].strip()} {line.strip()}", expected="")
            else:
                found[-1] = Command(line=last.line, typed=last.typed, expected=last.expected + line)
    return found


def play(page: str, folder: Path) -> list[Played]:
    """Play the page in `folder`."""
    terminal, played = Terminal(folder=folder), []
    for step in steps(page):
        if isinstance(step, File):
            (folder / step.name).write_text(step.text, "utf-8")
        else:
            played.append(Played(command=step, printed=_trimmed(terminal.run(step.typed))))
    return played


def _shell(typed: str) -> Said:
    done = subprocess.run(typed, shell=True, capture_output=True, text=True, check=False)  # noqa: S602 - our own pages
    return Said(done.stdout, done.stderr, done.returncode)


def _trimmed(text: str) -> str:
    """Without blanks at the ends of lines, and without empty lines at the end."""
    lines = [line.rstrip() for line in text.splitlines()]
    while lines and not lines[-1]:
        lines.pop()
    while lines and not lines[0]:
        lines.pop(0)
    return "".join(f"{line}\n" for line in lines)


def _pattern(expected: str) -> str:
    return "".join(
        "(?:.*\n)*?" if line.strip() == "…" else ".*".join(re.escape(part) for part in _DOTS.split(line)) + "\n"
        for line in _trimmed(expected).splitlines()
    )
