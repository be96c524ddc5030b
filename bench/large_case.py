"""Plans as large as they come, drawn at random: what `plan` measures, and what is too large to be tried out."""

from collections.abc import Iterator
from random import Random
from typing import Final

from comity.core.compensation import Barrier, Case, Means, Need, Pool, Route, Supply

BARRED: Final = 0.1
"""The share of routes that something bars."""


def large(rng: Random, *, needs: int = 200, partners: int = 40) -> Case:
    """Two supplies a partner, which share a pool and each of which has a route to three needs of twenty."""
    names = [f"need-{place:03}" for place in range(needs)]
    pools = [Pool(id=f"pool-{place:02}", capacity=rng.randint(15, 25)) for place in range(partners)]
    wanted = [
        Need(
            id=name,
            weight=rng.randint(1, 10),
            wanted=rng.randint(2, 12),
            held=rng.randint(0, 2),
            independent=rng.choice((0, 1, 2, 3)),
            fresh=rng.choice((None, 24, 72)),
        )
        for name in names
    ]
    return Case(wanted, _supplies(rng, names, pools), pools)


def _supplies(rng: Random, names: list[str], pools: list[Pool]) -> Iterator[Supply]:
    for place, pool in enumerate(pools):
        barrier = Barrier(id=f"barrier-{place % 7}", means=Means.LIFT, text=f"suspension {place % 7}")
        for side in "ab":
            chosen = rng.sample(names, max(1, len(names) * 3 // 20))
            yield Supply(
                id=f"supply-{place:02}{side}",
                partner=f"P{place:02}",
                capacity=rng.randint(5, 20),
                quality=rng.choice((50, 70, 80, 100)),
                lead=rng.choice((6, 12, 48, 96)),
                pool=pool.id,
                routes=tuple(
                    Route(
                        need=name,
                        most=rng.choice((None, 3)),
                        barriers=frozenset({barrier}) if rng.random() < BARRED else frozenset(),
                    )
                    for name in chosen
                ),
            )
