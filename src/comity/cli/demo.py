"""`comity demo`: March 2025, played in the terminal on a node of its own."""

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Final

from comity.cli.demo_story import play
from comity.cli.terminal import console
from comity.formats import world

_DEFAULT: Final = Path("comity-demo")


def demo(*, node: Path | None = None) -> int:
    """Play March 2025 in the terminal: who sees what, what the suspension stops, what goes on, and why.

    It makes a node of its own, with a clock of its own, and really acts on it. The node stays, to go on with.

    Example: `comity demo --node comity-demo`

    Args:
        node: The folder for the node; by default ./comity-demo, or the first of ./comity-demo-2 … that is free.
    """
    folder = next(_free()) if node is None else node
    play(console(), folder, world.read(example()))
    return 0


def example() -> str:
    """The leading example, as this package brings it along."""
    return resources.files("comity").joinpath("examples", "march-2025.yaml").read_text("utf-8")


def _free() -> Iterator[Path]:
    names = (_DEFAULT, *(_DEFAULT.with_name(f"{_DEFAULT}-{number}") for number in range(2, 1000)))
    yield from (folder for folder in names if not folder.exists() and not folder.is_symlink())
