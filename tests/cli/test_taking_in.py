import os
from pathlib import Path

from comity.cli.plain import safe
from tests.cli.stage import Stage, bundle, report, report_id


def test_a_bundle_is_taken_in_once(plain: Stage, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(bundle(report(1), report(2)))
    found = plain.ask("import", file, "--from", "USA")
    assert set(found) == {"read", "accepted", "unchanged", "quarantined", "flagged", "bound", "reasons", "files"}
    assert (found["read"], found["accepted"], found["unchanged"], found["quarantined"]) == (2, 2, 0, 0)
    again = plain.ask("import", file, "--from", "USA")
    assert (again["read"], again["accepted"], again["unchanged"], again["quarantined"]) == (2, 0, 2, 0)
    assert plain.ask("visible", "--to", "UKR")["count"] == 2


def test_several_files_are_several_acts_and_one_total(plain: Stage, tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.json" for number in (1, 2)]
    for number, file in enumerate(files):
        file.write_text(bundle(report(number), report(9)))
    found = plain.ask("import", *files, "--from", "USA")
    assert (found["read"], found["accepted"], found["unchanged"]) == (4, 3, 1)
    assert [each["read"] for each in found["files"]] == [2, 2]
    assert "all" in plain.type("import", *files, "--from", "USA").out


def test_what_is_no_plain_file_is_refused(plain: Stage, tmp_path: Path) -> None:
    real, link, pipe = tmp_path / "real.json", tmp_path / "link.json", tmp_path / "pipe"
    real.write_text(bundle(report(1)))
    link.symlink_to(real)
    os.mkfifo(pipe)
    for file in (link, pipe, tmp_path, tmp_path / "nothing", Path("/dev/null")):
        assert plain.error(2, "import", file, "--from", "USA")["kind"] == "MalformedInput"
    assert "symbolic link" in plain.error(2, "import", link, "--from", "USA")["message"]
    assert plain.error(2, "import", "--from", "USA")["kind"] in {"MalformedInput", "WrongUse"}
    real.write_text("[1, 2")
    assert plain.error(2, "import", real, "--from", "USA")["kind"] == "MalformedInput"
    assert plain.ask("visible", "--to", "USA")["count"] == 0


def test_a_sidecar_says_what_the_objects_do_not(plain: Stage, tmp_path: Path) -> None:
    file, sidecar = tmp_path / "a.json", tmp_path / "a.yaml"
    file.write_text(bundle(report(1)))
    sidecar.write_text(
        f"items:\n  - {{id: {report_id(1)}, originator: USA, level: SECRET, domains: [early-warning], "
        "releasable_to: [GBR]}\n"
    )
    assert plain.ask("import", file, "--from", "USA", "--sidecar", sidecar)["accepted"] == 1
    assert plain.type("decide", report_id(1), "--to", "UKR").code == 1


def test_a_sidecar_that_comes_later_binds_and_says_so(plain: Stage, tmp_path: Path) -> None:
    file, sidecar = tmp_path / "a.json", tmp_path / "a.yaml"
    file.write_text(bundle(report(1)))
    sidecar.write_text(f"items: [{{id: {report_id(1)}, originator: USA, level: SECRET, releasable_to: []}}]\n")
    plain.ask("import", file, "--from", "USA")
    assert "bound by more from now on: 1" in plain.type("import", file, "--from", "USA", "--sidecar", sidecar).out
    assert plain.type("decide", report_id(1), "--to", "UKR").code == 1
    assert plain.ask("import", file, "--from", "USA", "--sidecar", sidecar)["bound"] == 0


def test_a_sidecar_goes_with_one_file_that_holds_what_it_speaks_of(plain: Stage, tmp_path: Path) -> None:
    file, other, sidecar = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "a.yaml"
    file.write_text(bundle(report(1)))
    other.write_text(bundle(report(2)))
    sidecar.write_text(f"items: [{{id: {report_id(2)}, originator: USA, level: SECRET, releasable_to: []}}]\n")
    found = plain.error(2, "import", file, "--from", "USA", "--sidecar", sidecar)
    assert report_id(2) in found["message"]
    assert "one at a time" in plain.error(2, "import", file, other, "--from", "USA", "--sidecar", sidecar)["message"]
    assert plain.ask("visible", "--to", "GBR")["count"] == 0


def test_what_waits_in_quarantine_is_shown_accepted_or_discarded(plain: Stage, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(bundle(report(1), report(2)))
    found = plain.ask("import", file, "--from", "UKR")
    assert (found["quarantined"], found["reasons"]) == (2, {"no-terms": 2})
    first, second = (each["number"] for each in plain.ask("quarantine", "list")["quarantine"])
    shown = plain.ask("quarantine", "show", str(first))
    assert shown["reason"] == "no-terms"
    assert report_id(1) in shown["text"]
    claim = ("--level", "RESTRICTED", "--domains", "early-warning", "--releasable-to", "GBR", "UKR")
    assert plain.ask("quarantine", "accept", str(first), *claim)["outcome"] == "accepted"
    assert "--why" in plain.error(2, "quarantine", "discard", str(second))["message"]
    assert plain.ask("quarantine", "discard", str(second), "--why", "a test")["outcome"] == "discarded"
    assert plain.ask("quarantine", "list")["quarantine"] == []
    assert plain.error(2, "quarantine", "show", str(first))["kind"] == "UnknownName"


def test_once_terms_are_stated_an_import_again_clears_what_waited_for_them(plain: Stage, tmp_path: Path) -> None:
    file, strict = tmp_path / "a.json", "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
    file.write_text(bundle(report(1), report(2, object_marking_refs=[strict]), report(3), report(4, revoked="no")))
    plain.ask("import", file, "--from", "UKR")
    again = plain.ask("import", file, "--from", "UKR")
    assert (again["accepted"], again["unchanged"]) == (0, 4)
    listed = plain.ask("quarantine", "list")["quarantine"]
    assert [each["reason"] for each in listed] == ["no-terms", "no-terms", "no-terms", "bad-revoked"]
    plain.ask("quarantine", "discard", str(listed[2]["number"]), "--why", "a test")
    plain.ask("partner", "add", "UKR", "--level", "RESTRICTED", "--domains", "early-warning")
    grant = ("--ceiling", "SECRET", "--domains", "early-warning", "--by", "UKR", "--evidence", "call")
    plain.ask("agreement", "add", "UKR", "GBR", *grant, "--onward", "free")
    plain.ask("agreement", "add", "GBR", "USA", "--ceiling", "SECRET", "--domains", "early-warning")
    again = plain.ask("import", file, "--from", "UKR")
    assert (again["accepted"], again["unchanged"], again["quarantined"]) == (2, 2, 0)
    (left,) = plain.ask("quarantine", "list")["quarantine"]
    assert left["reason"] == "bad-revoked"
    assert [plain.type("decide", report_id(number), "--to", "USA").code for number in (1, 2, 3, 4)] == [0, 1, 1, 1]
    plain.ask("verify")
    assert plain.ask("import", file, "--from", "UKR")["unchanged"] == 4


def test_titles_are_not_trusted_with_the_terminal(plain: Stage, tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(bundle(report(1, "\x1b[2J\x1b]0;owned\x07 [red]x[/red] \u202eevil\nnext line")))
    plain.ask("import", file, "--from", "USA")
    for words in (("visible", "--to", "UKR"), ("lineage", report_id(1)), ("who", report_id(1))):
        printed = plain.type(*words).out
        assert not {"\x1b", "\x07", "\u202e"} & set(printed)
    whole = plain.type("lineage", report_id(1)).out
    assert "[red]x[/red]" in whole


def test_what_is_unsafe_to_print_is_shown_and_not_hidden() -> None:
    assert safe("\x1b[2J a\u202eb\n\x9b") == "\\x1b[2J a\\u202eb\\n\\x9b"
    assert safe("é “quoted” 🙂") == "é “quoted” 🙂"
    assert safe("abcdef", 3) == "abc…"
