"""Where the logs of parties end, as this process knows it: so that a release need not ask for each of them again.

INVARIANT: an end is only known if every act since it was read is known. Acts are numbered without a gap, so that one of
another process shows; what a transaction has added is kept when it is committed, and not before.
"""

from dataclasses import dataclass, field

from comity.service.records import Side

Log = tuple[str, Side]


@dataclass(slots=True)
class Tail:
    """The next positions of some logs, after the act with this number."""

    act: int = 0
    ends: dict[Log, int] = field(default_factory=dict)

    def copy(self) -> "Tail":
        """The same, for a transaction that may yet fail."""
        return Tail(self.act, dict(self.ends))

    def follow(self, act: int) -> dict[Log, int]:
        """What is known where this act begins, to be added to; nothing if one before it was another's."""
        if act != self.act + 1:
            self.ends.clear()
        self.act = act
        return self.ends
