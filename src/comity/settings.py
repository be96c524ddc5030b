"""Environment and arguments → one frozen value, read once."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

NODE: Final = "COMITY_NODE"
"""The environment's name for the node's folder."""
DEFAULT_NODE: Final = Path("comity-node")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a run of the program was told."""

    node: Path


def read(environment: Mapping[str, str], node: Path | None = None) -> Settings:
    """The settings: `node` if given, else `$COMITY_NODE`, else `./comity-node`. An empty variable counts as absent."""
    return Settings(node=node or Path(environment.get(NODE) or DEFAULT_NODE))
