"""One target under atheris, for as long as it is told: `python -m tests.fuzz.guided NAME FOLDER [OPTION…]`.

The options are libFuzzer's. What is new to the code goes to FOLDER; what breaks the law ends the process, and is kept.
"""

import logging
import sys
import warnings
from pathlib import Path

import atheris

_INSTRUMENTED = ("comity", "comity_verify")


def main(name: str, folder: Path, options: list[str]) -> None:
    """Fuzz it; never returns."""
    with atheris.instrument_imports(include=list(_INSTRUMENTED), enable_loader_override=False):
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - what it imports is instrumented
    (target,) = (each for each in TARGETS if each.name == name)
    logging.disable()
    warnings.simplefilter("error")
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    bounds = [f"-max_len={target.longest}", f"-artifact_prefix={folder}/"]
    if target.words:  # libFuzzer takes no list that is empty
        words = folder / "words"
        words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words), "ascii")
        bounds.append(f"-dict={words}")
    atheris.Setup([sys.argv[0], *bounds, *options, str(corpus)], target.hold)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    """As libFuzzer reads it."""
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
