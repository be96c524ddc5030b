"""One kept mutation: a place in the source, what it is made to say, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path

RULES = ("tests/oracle/test_agreement.py", "tests/core/test_decision.py")
"""The oracle's agreement and the 85 answers: what holds the rules of the decision."""


class Misplaced(Exception):
    """The text that a mutation replaces is not there exactly once: the mutation has to be brought up to date."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """`old` in `src/comity/PATH` becomes `new`; `tests` (pytest arguments) must fail then, and pass otherwise."""

    name: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...] = RULES

    def apply(self, package: Path) -> None:
        """Change a copy of the package. Raises Misplaced."""
        file = package / self.path
        text = file.read_text(encoding="utf-8")
        if (count := text.count(self.old)) != 1:
            raise Misplaced(f"`{self.name}`: stands {count} times in {self.path}: `{self.old}`")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")
