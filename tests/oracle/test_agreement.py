"""The product's decision against the oracle's: the same verdict and the same reasons, on every random world.

`COMITY_ORACLE_WORLDS` says how many worlds, `COMITY_ORACLE_FIRST` from which seed on; `make soak` asks for more.
"""

import os
import random

import pytest

from comity.core.decision import Refused, decide
from comity.core.lineage import ItemId
from comity.core.partner import Recipient
from tests.oracle import generator, naive
from tests.plain import core_world, instant

WORLDS = int(os.environ.get("COMITY_ORACLE_WORLDS", "1000"))
FIRST = int(os.environ.get("COMITY_ORACLE_FIRST", "0"))
QUESTIONS = 10
BLOCK = 50


@pytest.mark.parametrize("first", range(FIRST, FIRST + WORLDS, BLOCK))
def test_the_core_answers_as_the_oracle_does(first: int) -> None:
    for seed in range(first, min(first + BLOCK, FIRST + WORLDS)):
        rng = random.Random(seed)
        plain = generator.random_world(rng)
        world = core_world(plain)
        for item, to, at in generator.random_questions(rng, plain, QUESTIONS):
            decision = decide(world, ItemId(item), Recipient(to), instant(at))
            reasons = [str(reason) for reason in decision.reasons] if isinstance(decision, Refused) else []
            assert (seed, item, to, at, reasons) == (seed, item, to, at, naive.decide(plain, item, to, at)[1])
