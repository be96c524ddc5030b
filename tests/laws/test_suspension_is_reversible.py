import copy
import random

from hypothesis import given

from tests.laws.worlds import LOTS, Plain, drawn
from tests.oracle import parts
from tests.oracle.words import live, moment


def without_attestations_in(plain: Plain, window: Plain) -> None:
    for item in plain["items"]:
        for edge in item.get("sources", []):
            if "attested" in edge and live(window, moment(edge["attested"])):
                del edge["attested"]
                edge.pop("withdrawn", None)


@given(LOTS)
def test_suspension_is_reversible(rng: random.Random) -> None:
    """Suspend, then lift ⇒ outside the window every answer is as before.

    Of what was attested in the window it need not be: the terms of an analysis are read at the time of its attestation,
    and while the suspension was open they were the strictest.
    """
    plain, questions = drawn(rng, 8)
    stop = parts.a_suspension(rng, plain, 100)
    begin = rng.randint(0, parts.STEPS - 2)
    stop |= {"start": parts.step(begin), "end": parts.step(rng.randint(begin + 1, parts.STEPS - 1))}
    without_attestations_in(plain, stop)
    lifted = copy.deepcopy(plain)
    lifted["suspensions"].append(stop)
    for question in [*questions, *(each._replace(at=stop["end"]) for each in questions)]:
        if not live(stop, moment(question.at)):
            assert question.of_plain(lifted) == question.of_plain(plain)
