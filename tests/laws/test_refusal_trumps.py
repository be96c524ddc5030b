import copy
import random

import pytest
from hypothesis import given

from comity.core.decision import Refused
from tests.laws import stricter
from tests.laws.worlds import LOTS, drawn


@pytest.mark.parametrize("change", stricter.CHANGES, ids=lambda change: change.__name__)
@given(rng=LOTS)
def test_refusal_trumps(rng: random.Random, change: stricter.Change) -> None:
    """No stricter fact turns a refusal into a permission.

    The law speaks of verdicts, not of reasons: an open suspension o → h changes `audience` into `onward`, a stated
    `consent` likewise. And it means just what it says:

    - stating a rule is stricter only if it is so of the term then in force: a claim whose agreement `free` has ended
      is under `consent`, and a `listed` that it states then permits, because clause (c) stands before (d);
    - a domain is added to the effective set: the first domain that a claim names replaces `general`, and an agreement
      may cover the one and not the other;
    - narrowing is of a stated audience: stating one where there was none may name a part that was not let in before.
    """
    plain, questions = drawn(rng, 24)
    for question in questions:
        if isinstance(question.of_plain(plain), Refused):
            changed = copy.deepcopy(plain)
            change(rng, changed, question)
            assert isinstance(question.of_plain(changed), Refused)
