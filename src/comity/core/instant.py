"""Time in the core: whole microseconds since 1970-01-01T00:00:00Z, always UTC, always an argument.

Intervals are half-open `[start, end)`. An absent bound is unbounded, so the two extremes stand in for it and every
comparison is one of integers.
"""

from dataclasses import dataclass
from typing import Final, NewType

Instant = NewType("Instant", int)

ALWAYS: Final = Instant(-(2**63))
"""Before everything: an absent start."""
NEVER: Final = Instant(2**63 - 1)
"""After everything: an absent end."""


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open interval `[start, end)`."""

    start: Instant = ALWAYS
    end: Instant = NEVER

    def __contains__(self, moment: Instant) -> bool:
        """Live, open, in force at `moment`: start ≤ moment < end."""
        return self.start <= moment < self.end


UNBOUNDED: Final = Window()
"""From always until never."""
