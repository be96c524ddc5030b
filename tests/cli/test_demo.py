import time
from importlib import resources
from pathlib import Path

import pytest

from comity.cli.app import run
from tests.cli.stage import WORLD, Stage

WORLDS = resources.files("comity").joinpath("examples")


def test_the_example_that_the_package_brings_is_that_of_the_tests() -> None:
    assert WORLDS.joinpath("march-2025.yaml").read_bytes() == WORLD.read_bytes()


@pytest.mark.parametrize("columns", ["80", "120"])
def test_march_2025_is_played_in_under_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", columns)
    began = time.monotonic()
    assert run(["demo"]) == 0
    assert time.monotonic() - began < 60
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert max(map(len, printed.splitlines())) <= int(columns)
    flat = " ".join(printed.split())
    for fact in (
        "UKR would no longer get 4 reports",
        "USA suspends UKR, reach onward (evidence: liaison note from USA)",
        "gb-digest-of-digest stops USA/us-launch-detections/suspended",
        "us-public-statement goes on USA: public",
        "└─ reproduces gb-digest (GBR) └─ reproduces us-launch-detections (USA)",
        "+ gb-early-warning NOR consents",
        "+ us-delivery-schedule USA consents",
        "+ gb-exercise-plan",
        "+ us-launch-detections",
        "it can get 10 again",
        "export COMITY_NODE=comity-demo comity visible --to UKR",
    ):
        assert fact in flat


def test_the_node_goes_on_after_the_play(fresh: Stage, tmp_path: Path) -> None:
    assert fresh.type("demo").code == 0
    assert fresh.ask("verify")["whole"]
    listed = fresh.ask("visible", "--to", "UKR")
    assert listed["count"] == 14
    since = {each["item"]: each["since"] for each in listed["items"]}
    assert since["gb-early-warning"] == "2025-03-06T12:00:00Z"
    assert since["us-launch-detections"] == "2025-03-11T18:00:00Z"
    (stop,) = fresh.ask("suspension", "list")["suspensions"]
    assert (stop["id"], stop["start"], stop["end"]) == (
        "usa-stops-ukr", "2025-03-05T12:00:00Z", "2025-03-11T18:00:00Z",
    )  # fmt: skip
    assert fresh.type("decide", "gb-digest", "--to", "UKR", "--at", "2025-03-06T12:00:00Z").code == 1
    assert fresh.ask("export", "--to", "UKR", "-o", tmp_path / "ukr.json")["count"] == 14


def test_without_a_folder_it_takes_the_first_free_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["demo"]) == 0
    assert run(["demo"]) == 0
    assert "The node stays in comity-demo-2" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["comity-demo", "comity-demo-2"]
