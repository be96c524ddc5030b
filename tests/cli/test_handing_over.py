import json
import os
import stat
from pathlib import Path

from tests.cli.stage import Stage


def names(file: Path) -> list[str]:
    return [each["name"] for each in json.loads(file.read_text())["objects"]]


def test_an_export_holds_exactly_what_is_permitted_and_is_recorded(march: Stage, tmp_path: Path) -> None:
    out = tmp_path / "ukr.json"
    found = march.ask("export", "--to", "UKR", "-o", out)
    assert set(found) == {"to", "at", "count", "file", "bytes", "sha256", "entry", "epoch"}
    listed = {each["item"] for each in march.ask("visible", "--to", "UKR")["items"]}
    assert set(names(out)) == listed
    assert found["count"] == len(listed) == 14
    assert found["bytes"] == out.stat().st_size
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    recorded = march.ask("disclosures", "--to", "UKR")["disclosures"]
    assert {each["item"] for each in recorded} == listed
    assert set(recorded[0]) == {"entry", "at", "to", "item", "title", "sha256"}
    assert len(march.ask("disclosures", "--of", "gb-digest")["disclosures"]) == 1
    assert march.ask("disclosures", "--to", "FRA")["disclosures"] == []
    assert march.ask("verify")["entries"] == 2


def test_an_export_to_the_holders_own_part(march: Stage, tmp_path: Path) -> None:
    out = tmp_path / "alice.json"
    march.ask("consent", "grant", "gb-own-assessment", "--to", "GBR/alice")
    march.ask("consent", "grant", "gb-raw-collection", "--to", "GBR/alice")
    march.ask("export", "--to", "GBR/alice", "-o", out)
    assert {"gb-own-assessment", "gb-raw-collection", "us-public-statement"} <= set(names(out))


def test_nothing_is_written_through_a_link_or_into_the_node(march: Stage, tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real", tmp_path / "link", tmp_path / "pipe"
    real.write_text("mine")
    link.symlink_to(real)
    os.mkfifo(pipe)
    assert "symbolic link" in march.error(1, "export", "--to", "UKR", "-o", link)["message"]
    march.error(1, "export", "--to", "UKR", "-o", pipe)
    march.error(1, "export", "--to", "UKR", "-o", tmp_path)
    march.error(1, "export", "--to", "UKR", "-o", tmp_path / "no" / "where")
    march.error(2, "export", "--to", "UKR", "-o", march.node / "comity.sqlite")
    assert real.read_text() == "mine"
    assert march.ask("disclosures")["disclosures"] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "node", "pipe", "real"]


def test_a_plain_file_that_is_there_is_replaced(march: Stage, tmp_path: Path) -> None:
    out = tmp_path / "ukr.json"
    out.write_text("old")
    march.ask("export", "--to", "UKR", "-o", out)
    assert len(names(out)) == 14
    march.ask("export", "--to", "DEU", "-o", out)
    assert names(out) == ["us-public-statement"]
