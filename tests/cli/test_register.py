import json
import stat
from pathlib import Path

import comity_verify
from tests.cli.stage import Stage
from tools.shapes import SERVED


def test_the_entries_are_shown_page_by_page(plain: Stage) -> None:
    whole = plain.ask("register", "show")
    assert [each["entry"] for each in whole["entries"]] == list(range(whole["size"]))
    assert (whole["entries"][0]["kind"], whole["next"]) == ("init", None)
    page = plain.ask("register", "show", "--from", "1", "--limit", "2")
    assert page["entries"] == whole["entries"][1:3]
    assert (page["size"], page["next"]) == (whole["size"], 3)
    assert "more: --from 3" in plain.type("register", "show", "--from", "1", "--limit", "2").out
    assert plain.ask("register", "show", "--from", str(whole["size"]))["entries"] == []
    for start in ("-1", str(whole["size"] + 1), "99"):
        message = plain.error(2, "register", "show", "--from", start)["message"]
        assert (
            message == f"--from {start}: the register has the entries 0 to {whole['size'] - 1}; name one, or the next"
        )
    plain.error(2, "register", "show", "--limit", "0")


def test_an_entry_says_what_was_handed_over_and_why(march: Stage, tmp_path: Path) -> None:
    march.ask("export", "--to", "UKR", "-o", tmp_path / "ukr.json", "--why", "asked by phone")
    (entry,) = march.ask("register", "show", "--from", "1")["entries"]
    assert (entry["disclosure"], entry["why"]) == ({"to": "UKR", "count": 14}, "asked by phone")
    assert "14 items to UKR, “asked by phone”" in march.type("register", "show").out


def test_from_a_disclosure_to_a_partner_who_checks_it(march: Stage, tmp_path: Path) -> None:
    heads, out = tmp_path / "heads.jsonl", tmp_path / "usa.jsonl"
    entry = march.ask("export", "--to", "UKR", "-o", tmp_path / "ukr.json")["entry"]
    public = march.ask("register", "head")["public"]
    march.ask("register", "witness", heads)
    made = march.ask("register", "statement", "--for", "USA", "-o", out, "--witness", heads)
    assert (made["party"], made["side"], made["entries"]) == ("USA", "originated", 1)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert made["bytes"] == out.stat().st_size
    assert made["witnessed"] is True
    assert "witness" not in march.type("register", "statement", "--for", "USA", "-o", out, "--witness", heads).out
    proof = tmp_path / "proof.jsonl"
    proved = march.ask("register", "prove", str(entry), "--for", "UKR", "--item", "gb-digest", "-o", proof)
    assert (proved["entry"], proved["side"], proved["place"]) == (entry, "received", 0)
    march.ask("register", "prove", "--item", "gb-digest", "--to", "UKR", "--for", "UKR", "-o", proof)
    received = tmp_path / "ukr.jsonl"
    march.ask("register", "statement", "--received", "--for", "UKR", "-o", received, "--since", "2020-01-01T00:00:00Z")
    alone = "its head is in no witness file: who checks it with one will refuse it; for them, make it with --witness"
    for asked in (("prove", str(entry), "--for", "UKR"), ("statement", "--for", "USA")):
        shown = march.type("register", *asked, "-o", tmp_path / "alone.jsonl").out
        assert alone in " ".join(shown.split())
        assert comity_verify.main([str(tmp_path / "alone.jsonl"), "--witness", str(heads)]) == 1
    march.ask("register", "rotate", "--why", "once a year")
    checked = march.ask("register", "verify", "--witness", heads)
    assert (checked["whole"], checked["heads"]) == (True, 7)
    assert march.ask("verify")["whole"] is True
    assert comity_verify.main([str(out), "--key", public, "--witness", str(heads)]) == 0
    assert comity_verify.main([str(proof), str(received), "--key", public]) == 0


def test_a_lost_key_is_replaced_and_that_is_said_wherever_it_is_checked(march: Stage, tmp_path: Path) -> None:
    assert "leave out --lost" in march.error(1, "register", "rotate", "--lost", "--why", "gone")["message"]
    (key,) = (march.node / "keys" / "signing").iterdir()
    key.unlink()
    assert "`comity register rotate --lost`" in march.error(3, "verify")["message"]
    march.error(2, "register", "rotate", "--lost")
    made = march.ask("register", "rotate", "--lost", "--why", "the disk died")
    assert made["endorsed"] is False
    for command in (("verify",), ("register", "verify")):
        document = march.ask(*command)
        (found,) = document["begun_anew"]
        wanted = SERVED[" ".join(command)]
        assert (document.keys(), found.keys()) == (wanted.keys(), wanted["begun_anew"][0].keys())
        assert (found["key"], found["entry"]) == (made["key"], made["entry"])
        assert f"no key endorses {made['key']}, which signs since entry 1" in " ".join(march.type(*command).out.split())
    entry = march.ask("register", "show")["entries"][-1]
    assert (entry["kind"], entry["why"]) == ("signing-key-lost", "the disk died")
    out = tmp_path / "usa.jsonl"
    march.ask("register", "statement", "--for", "USA", "-o", out)
    assert comity_verify.main([str(out)]) == 1
    assert comity_verify.main([str(out), "--new-key", made["key"]]) == 0


def test_nothing_is_written_into_the_node(march: Stage, tmp_path: Path) -> None:
    inside = march.node / "comity.sqlite"
    march.error(2, "register", "witness", inside)
    march.error(2, "register", "statement", "--for", "USA", "-o", inside)
    march.error(2, "register", "prove", "1", "--for", "USA", "-o", inside)
    assert list(tmp_path.iterdir()) == [march.node]


def test_what_cannot_be_stated_or_proved_is_said(march: Stage, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert "no log" in march.error(2, "register", "statement", "--for", "ESP", "-o", out)["message"]
    assert "name an entry" in march.error(2, "register", "prove", "--for", "UKR", "-o", out)["message"]
    assert "hands nothing over" in march.error(2, "register", "prove", "0", "--for", "UKR", "-o", out)["message"]
    march.error(2, "register", "statement", "--for", "USA", "-o", out, "--since", "yesterday")
    day, next_day = "2025-03-05T00:00:00Z", "2025-03-06T00:00:00Z"
    for since, until in ((next_day, day), (day, day)):
        bounds = ("--since", since, "--until", until)
        message = march.error(2, "register", "statement", "--for", "USA", "-o", out, *bounds)["message"]
        assert message == "--since is not before --until: nothing would be opened; swap the two"
    march.error(2, "register", "statement", "--for", "USA", "-o", out, "--witness", tmp_path / "none")
    assert not out.exists()


def test_a_head_is_signed_again_each_time_and_opened_for_the_holder_only(march: Stage) -> None:
    one, two = march.ask("register", "head"), march.ask("register", "head")
    assert one["head"] != two["head"]
    assert one["main"]["size"] == two["main"]["size"] == 1
    assert one["main"]["root"] == two["main"]["root"]
    assert set(one["head"]) == {"at", "key", "main", "node", "parties", "signature"}
    assert json.dumps(one["main"]["root"]) not in json.dumps(one["head"])


def test_a_damaged_register_ends_with_3(march: Stage, tmp_path: Path) -> None:
    heads = tmp_path / "heads"
    heads.write_bytes(b"{}\n")
    assert "line 1 of" in march.error(3, "register", "verify", "--witness", heads)["message"]
    assert "is no signed head" in march.error(2, "register", "witness", heads)["message"]
