import random

from hypothesis import given

from tests.laws.worlds import LOTS, Asked, Plain, drawn, reasons
from tests.oracle import naive, parts
from tests.oracle.words import moment


def refused_though_not_public(plain: Plain, asked: Asked) -> set[str]:
    """The reasons that a direct request meets, but those of what is public."""
    at, found = moment(asked.at), set()
    for triple in naive.asked_triples(plain, asked.item, at):
        if asked.to == plain["holder"]:
            found |= naive.recalled(plain, triple, at)
        elif not naive.is_public(plain, triple[0], at):
            found |= naive.refusals(plain, asked.item, triple, asked.to, at)
    return {"/".join(reason) for reason in found}


def launder(rng: random.Random, plain: Plain, item: str) -> str:
    """Quote, revise, merge, translate, re-import or relay it a few times, as harmlessly marked as can be."""
    lowest = plain.get("levels", parts.LEVELS)[0]
    for number in range(rng.randint(1, 4)):
        harmless = {"id": f"laundered-{number}", "originator": parts.an_originator(rng, plain), "level": lowest}
        edges: list[Plain] = [{"item": item, "use": rng.choice(["reproduces", "draws-on"])}]
        if rng.random() < 0.4:
            edges.append({"item": rng.choice(plain["items"])["id"], "use": "reproduces"})
        plain["items"].append(harmless | {"releasable_to": ["*"], "onward": "free", "sources": edges})
        item = str(harmless["id"])
    return item


@given(LOTS)
def test_laundering_fails(rng: random.Random) -> None:
    """Without attestation and consent, nothing built on what is refused goes, for the same reasons at least.

    Of what is not public: a suspension of the holder's own stops a public item when that itself is asked for, and
    does not stop what quotes it.
    """
    plain, questions = drawn(rng, 5)
    direct = [(question, refused_though_not_public(plain, question)) for question in questions]
    for question, refusing in direct:
        laundered = launder(rng, plain, question.item)
        assert refusing <= reasons(question._replace(item=laundered).of_plain(plain))
        plain["items"] = [item for item in plain["items"] if not item["id"].startswith("laundered")]
