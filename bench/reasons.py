"""A verdict with all that is in the way: the index against Cedar, which names the policies that forbid."""

from bench.cedar import Pair, drawn, explaining, shape
from bench.figures import Figure, Progress, Report, agree, faster
from bench.holdings import Setting, build
from bench.timing import lap, race
from comity.core.decision import Permitted, Refused
from comity.index.holding import ordinal


def run(*, quick: bool, progress: Progress) -> Report:
    setting = build(shape(quick=quick), progress)
    index = setting.index
    pairs = drawn(setting, 60 if quick else 2_500)
    for _, reader in pairs:
        index.visible(reader)
    progress(f"asking both sides about {len(pairs):,} pairs")
    cedar = explaining(setting, pairs)

    def ours() -> list[Permitted | Refused]:
        return [index.decide(item, reader) for item, reader in pairs]

    cold = lap(ours, len(pairs))()
    blocked = [set(map(int, found)) for found in cedar.blockers()]
    agree("blocking terms", [_terms(setting, pair) for pair in pairs], blocked)
    found = race(lap(ours, len(pairs), times=20), lap(cedar.blockers, len(pairs)), 1 if quick else 11)
    return Report(
        "reasons",
        [
            faster("with all reasons, warm, against Cedar's forbidding policies", found, at_least=100),
            Figure(what="the same, the first time that an item is explained", ours=cold),
        ],
        [_asked(setting, ours()), "ours names partner, root item and code; Cedar the terms only, one `forbid` each"],
    )


def _asked(setting: Setting, answers: list[Permitted | Refused]) -> str:
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    mean = sum(len(answer.reasons) for answer in refused) / max(len(refused), 1)
    return (
        f"{len(answers):,} pairs blocked by the same of {len(setting.facts.terms)} terms; "
        f"{len(refused) / len(answers):.0%} refused, with {mean:.1f} reasons each"
    )


def _terms(setting: Setting, pair: Pair) -> set[int]:
    """The terms of the root items that our reasons name."""
    answer = setting.index.decide(*pair)
    if isinstance(answer, Permitted):
        return set()
    return {setting.columns.term_of[ordinal(reason.root) - 1] for reason in answer.reasons}
