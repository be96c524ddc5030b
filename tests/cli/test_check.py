import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App

from comity.cli.app import run
from comity.cli.check import answers, check
from comity.core.decision import Permitted, decide
from comity.formats.instant import show
from comity.formats.world import Audience, Check, Holdings, WorldFile, from_plain
from tests.formats.reading import plain_of
from tests.oracle.generator import random_questions, random_world

MARCH = Path(__file__).parents[1] / "worlds" / "march-2025.yaml"
AT = "2025-03-05T12:00:00Z"
BASE = """\
holder: GBR
partners: {GBR: {}, UKR: {}, FRA: {}}
agreements:
- {id: a, from: GBR, to: UKR, ceiling: SECRET, domains: ["*"]}
items:
- {id: one, originator: GBR, level: SECRET}
- {id: two, originator: GBR, level: TOP SECRET}
"""


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def lines_of(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_march_2025_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert check((MARCH,)) == 0
    printed = capsys.readouterr()
    assert "92 of 92 expectations hold" in printed.out
    assert "NO " not in printed.out
    assert not printed.err


def test_march_2025_says_what_the_loss_costs_and_what_remains_open(capsys: pytest.CaptureFixture[str]) -> None:
    assert check((MARCH,), json=True) == 0
    (found,) = lines_of(capsys)
    before, after = found["coverage"][:2]
    assert (before["soles"], before["concentration"], before["covered"]) == (["USA"], 1.0, False)
    assert (after["items"], after["newest"], after["concentration"]) == ([], None, None)
    assert [(each["requirement"], each["effect"], each["broken"]) for each in found["loss"][0]["requirements"]] == [
        ("launch-warning", "lost", ["freshness", "rate"]),
        ("deliveries", "lost", ["rate"]),
        ("front-picture", "unaffected", []),
        ("border-watch", "unaffected", []),
    ]
    (planned,) = found["plans"]
    assert planned["assigned"] == [
        {"need": "border-watch for UKR", "supply": "fr-satellite", "units": 2},
        {"need": "launch-warning for UKR", "supply": "gb-analysts", "units": 2},
    ]
    assert {each["offer"]: each["because"] for each in planned["barred"]} == {
        "fr-radar": ["FRA/fr-radar/onward"],
        "no-patrols": ["NOR/no-patrols/onward"],
        "pl-convoys": ["POL/pl-convoys/onward"],
    }


@pytest.mark.parametrize(
    ("section", "index", "expect"),
    [
        ("coverage", 0, {"independent": 2}),
        ("coverage", 0, {"items": []}),
        ("coverage", 0, {"unmet": ["rate"]}),
        ("coverage", 0, {"soles": []}),
        ("loss", 0, {"items": ["us-imagery"]}),
        ("loss", 0, {"requirements": {"front-picture": "lost"}}),
        ("plans", 0, {"uncovered": []}),
        ("plans", 0, {"barred": []}),
    ],
)
def test_what_is_counted_otherwise_than_expected_fails(section: str, index: int, expect: dict[str, Any]) -> None:
    plain = plain_of(MARCH.read_text(encoding="utf-8"))
    questions = {"coverage": [], "loss": [], "plans": [], section: [{**plain[section][index], "expect": expect}]}
    file = from_plain({**plain, "checks": [], **questions})
    assert [answer.holds for answer in answers(file).values()] == [False]


def test_march_2025_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert check((MARCH,), json=True) == 0
    (found,) = lines_of(capsys)
    assert list(found) == ["file", "holder", "checks", "audiences", "holdings", "coverage", "loss", "plans"]
    assert (found["file"], found["holder"]) == (str(MARCH), "GBR")
    assert len(found["checks"]) == 85
    assert found["checks"][4] == {
        "item": "us-launch-detections",
        "to": "FRA",
        "at": "2025-03-06T16:00:00Z",
        "verdict": "refuse",
        "because": ["GBR/us-launch-detections/channel", "USA/us-launch-detections/onward"],
    }
    assert found["checks"][0]["because"] == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        (f"checks: [{{item: one, to: UKR, at: {AT}, expect: permit}}]", 0),
        (f"checks: [{{item: one, to: UKR, at: {AT}, expect: permit, because: []}}]", 0),
        (f"checks: [{{item: one, to: UKR, at: {AT}, because: []}}]", 0),
        (f"checks: [{{item: one, to: UKR, at: {AT}}}]", 0),
        (f"checks: [{{item: one, to: UKR, at: {AT}, expect: refuse}}]", 1),
        (f"checks: [{{item: two, to: UKR, at: {AT}, expect: refuse}}]", 0),
        (f"checks: [{{item: two, to: UKR, at: {AT}, expect: refuse, because: [GBR/two/channel]}}]", 0),
        (f"checks: [{{item: two, to: UKR, at: {AT}, because: [GBR/two/channel, GBR/two/channel]}}]", 0),
        (f"checks: [{{item: two, to: UKR, at: {AT}, expect: refuse, because: [GBR/two/onward]}}]", 1),
        (f"checks: [{{item: two, to: UKR, at: {AT}, expect: refuse, because: []}}]", 1),
        (f"audiences: [{{item: one, at: {AT}, expect: [UKR, GBR]}}]", 0),
        (f"audiences: [{{item: one, at: {AT}, expect: [UKR]}}]", 1),
        (f"audiences: [{{item: two, at: {AT}, expect: []}}]", 1),
        (f"audiences: [{{item: two, at: {AT}}}]", 0),
        (f"holdings: [{{to: UKR, at: {AT}, expect: [one]}}]", 0),
        (f"holdings: [{{to: GBR, at: {AT}, expect: [two, one]}}]", 0),
        (f"holdings: [{{to: FRA, at: {AT}, expect: []}}]", 0),
        (f"holdings: [{{to: FRA, at: {AT}, expect: [two]}}]", 1),
        (f"checks: [{{item: three, to: UKR, at: {AT}}}]", 2),
    ],
)
def test_the_exit_code_says_whether_expectations_hold(tmp_path: Path, question: str, code: int) -> None:
    file = write(tmp_path, "world.yaml", f"{BASE}{question}\n")
    assert check((file,)) == code
    assert check((file,), json=True) == code


def test_questions_without_expectation_are_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = (
        f"checks: [{{item: one, to: UKR/alice, at: 2025-03-05T14:00:00.50+02:00}}]\n"
        f"audiences: [{{item: one, at: {AT}}}]\n"
        f"holdings: [{{to: GBR, at: {AT}}}]\n"
    )
    assert check((write(tmp_path, "world.yaml", BASE + asked),), json=True) == 0
    (found,) = lines_of(capsys)
    assert found["checks"] == [
        {
            "item": "one",
            "to": "UKR/alice",
            "at": "2025-03-05T12:00:00.5Z",
            "verdict": "refuse",
            "because": ["GBR/one/audience"],
        }
    ]
    assert found["audiences"] == [{"item": "one", "at": AT, "found": ["GBR", "UKR"]}]
    assert found["holdings"] == [{"to": "GBR", "at": AT, "found": ["one", "two"]}]


def test_an_invalid_file_among_valid_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path, "good.yaml", BASE)
    failing = write(tmp_path, "failing.yaml", f"{BASE}holdings: [{{to: FRA, at: {AT}, expect: [two]}}]\n")
    bad = write(tmp_path, "bad.yaml", f"{BASE}holdngs: []\n")
    assert check((good, bad, failing, good), json=True) == 2
    found = lines_of(capsys)
    assert [each["file"] for each in found] == [str(file) for file in (good, bad, failing, good)]
    assert found[1] == {
        "file": str(bad),
        "errors": [
            {
                "line": 8,
                "key": "holdngs",
                "message": "unknown key `holdngs`",
                "mend": "did you mean `holdings`?",
            }
        ],
    }
    assert check((failing, good)) == 1


def test_an_error_is_told_where_editors_look(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = write(tmp_path, "bad.yaml", f"{BASE}holdngs: []\n")
    assert check((bad,)) == 2
    printed = capsys.readouterr()
    assert not printed.out
    assert printed.err == f"{bad}:8: holdngs: unknown key `holdngs`; did you mean `holdings`?\n"


def test_a_table_shows_expected_against_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write(tmp_path, "world.yaml", f"{BASE}checks: [{{item: two, to: UKR, at: {AT}, expect: permit}}]\n")
    assert check((file,)) == 1
    printed = capsys.readouterr().out
    (row,) = [line for line in printed.splitlines() if "two to UKR" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["two to UKR", AT, "permit", "refuse", "NO"]
    assert "GBR/two/channel" in printed
    assert "0 of 1 expectations hold" in printed


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        (b"holder: GBR\n# \xff\n", 2, "the byte 0xff is not UTF-8"),
        ("holder: GBR\n".encode("utf-16"), 1, "the byte 0xff is not UTF-8"),
        (b"", 1, "an empty file"),
    ],
)
def test_a_file_that_is_no_text_is_invalid(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, line: int, message: str
) -> None:
    file = tmp_path / "world.yaml"
    file.write_bytes(content)
    assert check((file,), json=True) == 2
    (found,) = lines_of(capsys)
    assert [(error["line"], error["message"]) for error in found["errors"]] == [(line, message)]


@pytest.mark.parametrize("name", ["missing.yaml", ".", "\0"])
def test_a_file_that_cannot_be_read_is_invalid(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert check((tmp_path / name,), json=True) == 2
    (found,) = lines_of(capsys)
    (error,) = found["errors"]
    assert (error["line"], error["key"], error["mend"]) == (0, "", "name a world file")
    assert check((tmp_path / name,)) == 2


def test_no_file_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", "--json"]) == 2
    said = capsys.readouterr()
    assert "name at least one" in said.err
    assert json.loads(said.out)["error"]["kind"] == "MalformedInput"


def test_the_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert check((), schema=True) == 0
    assert json.loads(capsys.readouterr().out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("seed", range(100))
def test_every_answer_is_that_of_the_decision(seed: int) -> None:
    rng = random.Random(seed)
    plain = random_world(rng)
    asked = random_questions(rng, plain, 10)
    plain["checks"] = [{"item": item, "to": to, "at": at} for item, to, at in asked]
    plain["audiences"] = [{"item": item, "at": at} for item, _, at in asked]
    plain["holdings"] = [{"to": to, "at": at} for _, to, at in asked]
    file = from_plain(plain)
    for question, answer in answers(file).items():
        assert isinstance(question, Check | Audience | Holdings)
        assert list(answer.found) == _decided(file, question), (question, show(question.at))


def _decided(file: WorldFile, question: Check | Audience | Holdings) -> list[str]:
    world, at = file.world, question.at
    match question:
        case Check(item=item, to=to):
            found = decide(world, item, to, at)
            return [] if isinstance(found, Permitted) else [str(reason) for reason in found.reasons]
        case Audience(item=item):
            codes = sorted(world.policy.partners)
            return [code for code in codes if isinstance(decide(world, item, code, at), Permitted)]
        case Holdings(to=to):
            return [item for item in sorted(world.items) if isinstance(decide(world, item, to, at), Permitted)]


def test_it_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    app = App(name="comity")
    app.command(check)
    with pytest.raises(SystemExit) as caught:
        app(["check", "--json", str(MARCH), str(MARCH)])
    assert caught.value.code == 0
    assert len(lines_of(capsys)) == 2


def test_it_needs_neither_store_nor_index() -> None:
    heavy = "{'sqlalchemy', 'alembic', 'pyroaring'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", f"import sys, comity.cli.check; sys.exit(bool({heavy}))"], check=True)
