import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from comity.cli.app import COMMANDS, build, run
from comity.service import release
from tests.cli.stage import WORLD, Stage
from tools.commands import commands

HEAVY = {"sqlalchemy", "alembic", "pyroaring", "yaml", "sqlite3", "rfc8785", "comity.store", "comity.core", "ortools"}


def paths() -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for command in COMMANDS:
        resolved = build(command.name)[command.name]
        inner = [name for name in resolved if not name.startswith("-")]
        found += [(command.name, name) for name in inner] or [(command.name,)]
    return found


@pytest.mark.parametrize("path", paths(), ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path, "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"Example: comity {' '.join(path)}" in printed
    assert len(printed) > 100


def test_every_command_answers_with_documents_but_for_the_demo() -> None:
    told = {each.name: {name for option in each.options for name in option.names} for each in commands()}
    assert {name for name, options in told.items() if "--json" not in options} == {"demo"}


@pytest.mark.parametrize("name", [None, *sorted({path[0] for path in paths() if len(path) > 1})])
def test_subcommands_are_listed_as_commands(name: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"] if name else ["--help"]) == 0
    printed = capsys.readouterr().out
    assert ("─ Commands ─" in printed, "─ Options ─" in printed) == (name is not None, name is None)


def test_help_reads_no_command_and_nothing_heavy() -> None:
    program = (
        "import sys; from comity.cli.app import run; assert run(['--help']) == 0; "
        "print('\\n'.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "demo" in done.stdout
    loaded = set(done.stderr.split())
    assert not {name for name in loaded for heavy in HEAVY if name == heavy and heavy != "comity.core"} - {
        "comity.core"
    }
    ours = {name for name in loaded if name.startswith("comity")}
    assert ours <= {"comity", "comity.cli", "comity.cli.app", "comity.cli.failure", "comity.cli.plain",
                    "comity.core", "comity.core.errors"}  # fmt: skip


def test_wrong_use_is_said_in_one_shape(fresh: Stage) -> None:
    assert fresh.error(2, "decide")["kind"] == "WrongUse"
    assert fresh.error(2, "nonsense")["kind"] == "WrongUse"
    assert fresh.error(2, "visible", "--to", "UKR", "--limit", "many")["kind"] == "WrongUse"
    assert fresh.error(2, "suspend", "A", "B", "--reach", "sideways")["kind"] == "WrongUse"


def test_wrong_use_ends_as_it_is_documented(fresh: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    assert fresh.type("account", "nonsense").code == 2
    assert fresh.type("account", "list", "--nonsense").code == 2
    assert [run([]), run(["account"])] == [0, 0]
    assert "Who may come in" in capsys.readouterr().out


def test_what_is_wrong_has_a_line_only_where_there_are_lines(fresh: Stage) -> None:
    message = fresh.error(2, "init", "--holder", "GBR", "--name", "")["message"]
    assert message.startswith("partners.GBR.name: an empty text; ")


def test_what_to_do_next_is_said_however_long_the_names_are(fresh: Stage) -> None:
    fresh.node = fresh.node / ("n" * 200) / ("o" * 200)
    said = fresh.type("verify")
    assert said.err.endswith("or name its folder with --node\n")


def test_a_node_that_is_not_there_is_said_so(fresh: Stage) -> None:
    error = fresh.error(3, "visible", "--to", "UKR")
    assert error["kind"] == "NodeDamaged"
    assert "comity init" in error["message"]


def test_a_node_is_made_once(fresh: Stage, tmp_path: Path) -> None:
    made = fresh.ask("init", "--world", WORLD)
    code = made.pop("code")
    assert made == {
        "node": str(fresh.node),
        "holder": "GBR",
        "partners": 10,
        "items": 18,
        "requirements": 4,
        "offers": 5,
        "administrator": "admin",
        "link": f"/enrol#{code}",
    }
    assert fresh.error(1, "init", "--holder", "GBR")["kind"] == "Forbidden"
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("holder: NO\n")
    error = Stage(tmp_path / "other", fresh._capsys).error(2, "init", "--world", wrong)
    assert error["kind"] == "InvalidWorldFile"
    assert not (tmp_path / "other").exists()


def test_a_fault_of_ours_is_one_line_and_debug_shows_where(march: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(release, "who", broken)
    said = march.type("who", "us-imagery")
    assert said.code == 70
    assert said.err.count("\n") == 1
    assert "COMITY_DEBUG=1" in said.err
    assert "Traceback" not in said.err
    monkeypatch.setenv("COMITY_DEBUG", "1")
    assert "Traceback" in march.type("who", "us-imagery").err


def test_the_environment_names_the_node(
    march: Stage, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COMITY_NODE", str(march.node))
    capsys.readouterr()
    assert run(["visible", "--to", "UKR", "--count"]) == 0
    assert capsys.readouterr().out == "14\n"


@pytest.mark.parametrize("columns", ["80", "120"])
def test_what_is_piped_has_no_colour_codes_and_fits(march: Stage, columns: str) -> None:
    environment = {**os.environ, "COLUMNS": columns, "COMITY_NODE": str(march.node)}
    program = "import sys; from comity.cli import main; main()"
    for words in (
        ["who", "us-imagery"],
        ["agreement", "list"],
        ["consent", "list"],
        ["suspension", "list"],
        ["visible", "--to", "UKR"],
        ["decide", "gb-digest", "--to", "FRA"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", program, *words], capture_output=True, text=True, env=environment, check=False
        )
        assert done.returncode in {0, 1}, done.stderr
        assert "\x1b" not in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= int(columns)


def test_a_reader_that_has_read_enough_is_no_fault(march: Stage) -> None:
    command = f"{sys.executable} -c 'from comity.cli import main; main()' agreement list --node {march.node} | true"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["agreement", "list"], 1),
        (["agreement", "list", "--json"], 1),
        (["--help"], 1),
        (["suspend", "GBR", "UKR", "--why", "order"], 1),
        (["decide", "nothing", "--to", "UKR", "--json"], 2),
    ],
)
def test_an_answer_that_cannot_be_written_is_said_in_one_line(march: Stage, words: list[str], lines: int) -> None:
    program = [sys.executable, "-c", "from comity.cli import main; main()"]
    environment = {**os.environ, "COMITY_NODE": str(march.node)}
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*program, *words], stdout=full, stderr=-1, text=True, env=environment, check=False)
    assert done.returncode == 74
    assert len(done.stderr.splitlines()) == lines
    assert "could not be written to standard output: no space left on device" in done.stderr
    if words[0] == "suspend":
        assert "GBR → UKR" in march.type("suspension", "list").out


def test_without_a_standard_output_nothing_is_done(march: Stage) -> None:
    command = f"{sys.executable} -c 'from comity.cli import main; main()'"
    typed = f"{command} suspend GBR UKR --id ours --why order --node {march.node}"
    done = subprocess.run(["bash", "-c", f"{typed} >&-"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (74, 1)
    assert "standard output is closed, nothing was done" in done.stderr
    assert "ours" not in march.type("suspension", "list").out
    done = subprocess.run(["bash", "-c", f"{typed} 2>&-"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.count("\n")) == (0, 1)
    assert subprocess.run(["bash", "-c", f"{typed} 2> /dev/full"], capture_output=True, check=False).returncode == 1


def test_documents_are_plain_ascii_on_one_line(march: Stage) -> None:
    out = march.type("decide", "us-imagery", "--to", "UKR", "--json").out
    assert out.isascii()
    assert re.fullmatch(r"\{.*\}\n", out)
    json.loads(out)


def test_a_terminal_without_our_signs_gets_them_escaped(march: Stage) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "COMITY_NODE": str(march.node)}
    program = "from comity.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "agreement", "list"],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
