"""Random worlds and questions for properties, drawn by the oracle's generator.

They come from plain seeds, where the generator's own bias to rare paths is undisturbed. When a law fails, run it again
with COMITY_SHRINK=1: every lot is then drawn by Hypothesis, which makes the world that fails as small as it can.
"""

import os
import random
from typing import Any, NamedTuple

from hypothesis import strategies as st

from comity.core.decision import Permitted, Refused, decide
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from comity.core.world import World
from tests.oracle import generator
from tests.plain import core_world, instant

Plain = dict[str, Any]

SHRINKING: st.SearchStrategy[random.Random] = st.randoms(use_true_random=False)
SEEDED: st.SearchStrategy[random.Random] = st.integers(min_value=0, max_value=2**32).map(random.Random)
LOTS = SHRINKING if os.environ.get("COMITY_SHRINK") == "1" else SEEDED


class Asked(NamedTuple):
    """One question: may `item` go to `to` at `at`?"""

    item: str
    to: str
    at: str

    def of(self, world: World) -> Permitted | Refused:
        """The product's answer."""
        return decide(world, ItemId(self.item), Recipient(self.to), instant(self.at))

    def of_plain(self, plain: Plain) -> Permitted | Refused:
        """The product's answer in a plain world."""
        return self.of(core_world(plain))


def drawn(rng: random.Random, questions: int) -> tuple[Plain, list[Asked]]:
    """A world and some questions of it."""
    plain: Plain = {"conditions": []} | generator.random_world(rng)
    return plain, [Asked(*question) for question in generator.random_questions(rng, plain, questions)]


def reasons(decision: Permitted | Refused) -> set[str]:
    """The reasons as text; none for a permit."""
    return {str(reason) for reason in decision.reasons} if isinstance(decision, Refused) else set()
