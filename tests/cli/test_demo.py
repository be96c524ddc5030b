import time
from importlib import resources
from pathlib import Path

import pytest

from comity.cli.app import run
from comity.cli.demo_story import play
from comity.cli.terminal import console
from comity.formats import world
from tests.cli.stage import WORLD, Stage

COUNTED = (
    "Of 11 reports it loses 4",
    "United States █░░ 1 of 3",
    "2 of these 4 were not written by the United States",
    "2 of the 4 needs of Ukraine are hurt",
    "Warning of launches against cities 3 ░░░ 0 of 3 nothing is left",
    "Picture of the front 4 ███████ 7 of 7 as before",
    "USA stops UKR ░░░░ 4 2 2",
    "Ukraine █████████ 45 % 11",
    "its concentration is 0.29",
    "What is delivered and when: without the United States, nothing would be left of its 1 report",
    "2 reports, of France and the United Kingdom, look as if they confirmed each other",
    "rest on gb-raw-collection, and Ukraine may not see that",
    "France gives 2 reports a week (fr-satellite) for: Movements along the eastern flank",
    "Warning of launches against cities ▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░ 50 %",
    "The plan has 20 of 32 points. No plan covers more.",
    "Warning of launches against cities lacks 1 report a week and 1 independent source.",
    "no-patrols, of Norway: waits until NOR consents that what it offers goes to UKR",
    "covered if POL consents that what it offers goes to UKR",
    "12 USA takes its order back",
    "8 NOR consents that what it offers goes to UKR",
    "With all of these but the lift: 32 of 32 points, without the United States",
)
"""What the counted scenes say of the example: each number was counted by hand from its reports."""
WORLDS = resources.files("comity").joinpath("examples")


def test_the_example_that_the_package_brings_is_that_of_the_tests() -> None:
    assert WORLDS.joinpath("march-2025.yaml").read_bytes() == WORLD.read_bytes()


@pytest.mark.parametrize("columns", ["80", "100", "120"])
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
        *COUNTED,
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


def test_the_counted_scenes_ask_the_node(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    drones = "{id: gb-drones, partner: GBR, domain: assistance, ceiling: SECRET, capacity: {items: 4, period: P7D}}"
    told = WORLD.read_text("utf-8").replace("offers:\n", f"offers:\n  - {drones}\n")
    told = told.replace("id: fr-satellite, partner: FRA", "id: fr-satellite, partner: POL")
    play(console(), tmp_path / "node", world.read(told))
    flat = " ".join(capsys.readouterr().out.split())
    for fact in (
        "United Kingdom gives 1 report a week (gb-drones) for: What is delivered and when",
        "Movements along the eastern flank lacks 2 reports a week",
        "fr-satellite, of Poland: waits until POL consents",
        "8 USA takes its order back",
    ):
        assert fact in flat
