import copy
import random
from collections.abc import Iterator
from typing import Any

from hypothesis import given

from tests.laws.worlds import LOTS, Plain, drawn


def lists(value: object) -> Iterator[list[Any]]:
    """Every list in a plain world, but the order of its levels."""
    if isinstance(value, list):
        yield value
    for key, each in value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ()):
        if key != "levels":
            yield from lists(each)


@given(LOTS)
def test_order_does_not_matter(rng: random.Random) -> None:
    """Shuffling agreements, suspensions, consents, sources, items, names … changes no answer and no reason.

    Each agreement has a second beside it with other rules, for where there is one, any order is the same.
    """
    plain, questions = drawn(rng, 10)
    for number, grant in enumerate(plain["agreements"][:]):
        rules = {"onward": rng.choice(["consent", "free"]), "derivation": rng.choice(["inherit", "own-analysis"])}
        plain["agreements"].append(grant | rules | {"id": f"second-{number}"})
    shuffled: Plain = copy.deepcopy(plain)
    for each in lists(shuffled):
        rng.shuffle(each)
    for question in questions:
        assert question.of_plain(plain) == question.of_plain(shuffled)
