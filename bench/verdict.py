"""A verdict: may this reader see this item? The index, with the reader's view warm, against Cedar's batch call."""

from bench.cedar import drawn, plain, shape
from bench.figures import Progress, Report, agree, faster
from bench.holdings import build
from bench.timing import lap, race


def run(*, quick: bool, progress: Progress) -> Report:
    setting = build(shape(quick=quick), progress)
    index = setting.index
    pairs = drawn(setting, 60 if quick else 5_000)
    progress(f"asking both sides about {len(pairs):,} pairs")
    cedar = plain(setting, pairs)

    def ours() -> list[bool]:
        return [index.permits(item, reader) for item, reader in pairs]

    answers = ours()
    agree("verdicts", answers, cedar.allowed())
    found = race(lap(ours, len(pairs), times=20), lap(cedar.allowed, len(pairs)), 1 if quick else 11)
    permitted = sum(answers) / len(answers)
    return Report(
        "verdict",
        [faster("a verdict, view warm, against Cedar's batch call", found, at_least=20)],
        [
            f"{len(pairs):,} pairs answered alike, {permitted:.0%} of them permitted; {len(setting.book):,} classes",
            "Cedar: one policy over sets, handles parsed beforehand, labels worked out beforehand",
        ],
    )
