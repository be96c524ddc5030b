"""Both sides by turns, so that a machine that slows down slows both; medians, so that one bad turn says nothing."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter

Lap = Callable[[], float]
"""Does the work once, and says how many seconds one piece of it took."""


@dataclass(frozen=True, slots=True)
class Race:
    """Seconds of either side, and how many times longer theirs took: the median of the rounds' own ratios."""

    ours: float
    theirs: float
    ratio: float


def lap(work: Callable[[], object], pieces: int = 1, times: int = 1, *, collecting: bool = False) -> Lap:
    """A lap of `work`, so many times over, which does so many pieces of it at once.

    What takes microseconds is done many times a lap: else a lap shows only how cold the other side left the caches.
    The collector is off, as it is in `timeit`, unless its work belongs to what is measured (`collecting`).
    """

    def once() -> float:
        gc.collect()
        if not collecting:
            gc.disable()
        try:
            started = perf_counter()
            for _ in range(times):
                work()
            return (perf_counter() - started) / (pieces * times)
        finally:
            gc.enable()

    return once


def race(ours: Lap, theirs: Lap, rounds: int) -> Race:
    """Each side once a round, ours first."""
    laps = [(ours(), theirs()) for _ in range(rounds)]
    return Race(
        ours=median(own for own, _ in laps),
        theirs=median(other for _, other in laps),
        ratio=median(other / own for own, other in laps),
    )


def typical(work: Lap, rounds: int) -> float:
    """The median lap."""
    return median(work() for _ in range(rounds))
