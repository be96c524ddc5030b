"""The benches still work, and both sides answer alike. Nothing is asserted of time: that is what `make bench` is for.

What a bench compares with is installed in .venv-bench; here run those that need nothing that is missing.
"""

import json
from importlib.util import find_spec

import pytest

from bench.__main__ import BENCHES, main
from bench.figures import AnswersDifferError, Figure, Report, agree, amount, table

NEEDED = {"verdict": "cedarpy", "reasons": "cedarpy", "import": "stix2", "append": "pymerkle"}
POSSIBLE = [name for name in BENCHES if name not in NEEDED or find_spec(NEEDED[name])]


@pytest.mark.parametrize("name", POSSIBLE)
def test_a_quick_bench_agrees_and_prints_its_table(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--quick"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"## {name}\nwhat ")
    assert printed.err


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help", "--quick", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [report["bench"] for report in said["reports"]] == ["help"]
    assert said["missed"] == []
    assert said["machine"]


def test_an_unknown_bench_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["verdicts"])
    assert "verdicts" in capsys.readouterr().err


def test_a_bar_is_on_the_ratio_where_there_is_one() -> None:
    assert Figure(what="x", ours=9, theirs=90, ratio=10, at_least=10).met is True
    assert Figure(what="x", ours=9, theirs=90, ratio=9.9, at_least=10).missed
    assert Figure(what="x", ours=1, theirs=1, ratio=1.6, at_most=1.5).missed
    assert Figure(what="x", ours=9).met is None


def test_an_aim_is_shown_and_fails_nothing() -> None:
    figure = Figure(what="memory", ours=501, unit="MB", at_most=500, aim=True)
    assert figure.met is False
    assert not figure.missed
    assert table(Report("open", [figure])).endswith("≤ 500 MB  aim missed")


def test_amounts_are_shown_in_the_unit_that_suits_them() -> None:
    assert [amount(value, "s") for value in (12.0, 0.0123, 4.56e-6, 7e-9)] == ["12 s", "12.3 ms", "4.56 µs", "7 ns"]


def test_sides_that_differ_are_not_timed() -> None:
    with pytest.raises(AnswersDifferError, match="verdicts"):
        agree("verdicts", [True], [False])
