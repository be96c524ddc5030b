"""What the counted scenes of the demo ask about: for whom, about which moment, and as if which order were given."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from comity.core.agreement import Suspension
from comity.core.instant import Instant
from comity.core.loss import Supposed
from comity.core.partner import Code
from comity.service.ports import Reader, Store

_SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A store, a recipient, the last moment before an order, and that order as if it had been given then."""

    store: Store
    to: str
    at: Instant
    order: Supposed
    names: Mapping[Code, str]

    @classmethod
    def before(cls, stop: Suspension, store: Store, to: str, names: Mapping[Code, str]) -> Self:
        """About the moment before `stop` was given."""
        order = Supposed(frm=stop.frm, to=stop.to, domains=stop.domains, reach=stop.reach, recall=stop.recall)
        return cls(store=store, to=to, at=Instant(stop.given - _SECOND), order=order, names=names)

    def named(self, code: str) -> str:
        """What people call the partner, in a list."""
        return next((name for each, name in self.names.items() if each == code), code)

    def called(self, code: str) -> str:
        """The same in a sentence."""
        name = self.named(code)
        return f"the {name}" if name.startswith("United ") else name


def anybody(_: Reader) -> None:
    """Whoever plays the demo may see its node."""


def plural(count: int, noun: str) -> str:
    """`1 report`, `2 reports`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def both(names: list[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f" {word} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
