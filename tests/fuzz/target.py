"""What is fuzzed: one parser that a stranger reaches, the law that it keeps whatever it is given, and where to begin.

A law takes any bytes. What they are refused with must be one of our documented errors; of what is accepted it holds
what can be said of it. Whatever else is raised, and whatever takes too long or too much memory, is a finding.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"
SECONDS: Final = 5.0
"""Seconds of computing, of all threads, that one input may take: some hundred times what any takes."""

Law = Callable[[bytes], None]
"""Raises for bytes with which the law is broken."""


def nothing() -> Sequence[bytes]:
    """No seeds but those of the corpus."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser and its law. `corpus/NAME/` has the inputs to begin with, and those that have once broken it.

    `words` are what its inputs are made of, `made` gives seeds that no file can hold, because they are signed or sealed
    by a node of this process. No input is longer than `longest` bytes. `tries` are those of `make test`.
    """

    name: str
    law: Law
    words: tuple[bytes, ...] = ()
    made: Callable[[], Sequence[bytes]] = nothing
    longest: int = 4096
    tries: int = 150

    @property
    def corpus(self) -> Path:
        """Where its committed inputs are."""
        return CORPUS / self.name

    def seeds(self) -> list[bytes]:
        """The inputs to begin with, always in one order."""
        return [*(file.read_bytes() for file in sorted(self.corpus.glob("*"))), *self.made()]

    def hold(self, content: bytes) -> None:
        """Hold the law, in bounded time."""
        began = time.process_time()
        self.law(content)
        took = time.process_time() - began
        assert took < SECONDS, f"{took:.1f} s of computing for {len(content)} bytes"
