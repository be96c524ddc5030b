"""Nodes to type commands at."""

from pathlib import Path

import pytest

from tests.cli.stage import WORLD, Stage


@pytest.fixture
def fresh(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Stage:
    """No node yet; what is printed is 120 columns wide."""
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("COMITY_NODE", "COMITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return Stage(tmp_path / "node", capsys)


@pytest.fixture
def march(fresh: Stage) -> Stage:
    """The United Kingdom's node with the whole of March 2025, some time after it."""
    fresh.ask("init", "--world", WORLD)
    return fresh


@pytest.fixture
def plain(fresh: Stage) -> Stage:
    """The United Kingdom's node, with partners that share early warnings."""
    fresh.ask("init", "--holder", "GBR")
    fresh.ask("domain", "add", "early-warning")
    fresh.ask("partner", "add", "USA", "United States", "--level", "RESTRICTED", "--domains", "early-warning")
    fresh.ask("partner", "add", "UKR", "Ukraine")
    grant = ("--ceiling", "SECRET", "--domains", "early-warning")
    fresh.ask("agreement", "add", "GBR", "UKR", *grant)
    usa = ("--by", "USA", "--evidence", "note 1", "--onward", "free")
    fresh.ask("agreement", "add", "USA", "GBR", *grant, *usa)
    return fresh
