"""`comity events`, and the word of withdrawal of an agreement."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.stage import Stage, bundle, report, report_id

WHY = ("--why", "so that they take it off their lists")
_COMITY = (
    sys.executable,
    "-c",
    # Whoever started the tests may have had it ignored, as shells do for what runs in the background.
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from comity.cli import main; main()",
)


def told(stage: Stage, *words: str) -> list[dict[str, Any]]:
    said = stage.type("events", "--once", *words, "--json")
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def test_what_there_is_is_told_and_gone_on_with(march: Stage) -> None:
    everything = told(march, "--start")
    assert {"item", "suspension", "consent", "agreement", "act"} <= {each["event"] for each in everything}
    assert told(march) == []
    assert told(march, "--last", everything[-1]["id"]) == []
    assert told(march, "--last", everything[4]["id"]) == everything[5:]
    march.ask("suspend", "GBR", "UKR", "--why", "order")
    found = told(march, "--last", everything[-1]["id"])
    assert [each["event"] for each in found] == ["suspension", "act"]
    assert found[0]["data"]["suspension"].startswith("s-")
    (act,) = [each["data"]["act"] for each in found if each["event"] == "act"]
    assert act == "suspend"


def test_people_read_lines(march: Stage) -> None:
    said = march.type("events", "--start", "--once")
    assert said.code == 0
    assert any("  item  id: " in line for line in said.out.splitlines())
    assert "  suspension  suspension: usa-stops-ukr, state: given, from: USA, to: UKR" in said.out


def test_where_to_begin_is_said_once_and_rightly(march: Stage) -> None:
    assert "one or the other" in march.error(2, "events", "--start", "--last", "x")["message"]
    assert "not one that you were given" in march.error(2, "events", "--last", "x")["message"]


def test_it_follows_until_it_is_interrupted(plain: Stage, tmp_path: Path) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(bundle(report(1)))
    words = [*_COMITY, "events", "--json", "--node", str(plain.node)]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([*words, "--start"], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        begun = [json.loads(process.stdout.readline())]  # it follows by now
        plain.ask("import", file, "--from", "USA")
        while begun[-1]["event"] != "item":
            begun.append(json.loads(process.stdout.readline()))
        assert begun[-1]["data"]["id"] == report_id(1)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(60) == 130
        finally:
            process.kill()


def test_an_agreement_says_whether_withdrawals_are_told(march: Stage) -> None:
    def says() -> dict[str, bool]:
        return {each["id"]: each["withdrawals"] for each in march.ask("agreement", "list")["agreements"]}

    assert not any(says().values())
    assert march.ask("agreement", "withdrawals", "gbr-ukr", *WHY) == {"agreement": "gbr-ukr", "withdrawals": True}
    assert [name for name, told in says().items() if told] == ["gbr-ukr"]
    assert march.error(1, "agreement", "withdrawals", "gbr-ukr", *WHY)["kind"] == "Forbidden"
    march.ask("agreement", "withdrawals", "gbr-ukr", "--off", *WHY)
    assert not any(says().values())
    assert march.error(2, "agreement", "withdrawals", "nothing", *WHY)["kind"] == "UnknownName"
