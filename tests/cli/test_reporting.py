"""Reports that are kept, as they are typed: each an item, marked as its maker says."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.stage import WORLD, Stage

NEED = "launch-warning"
BEFORE = ("--at", "2025-03-05T11:00:00Z")
AT = ("--to", "UKR", *BEFORE)
OPEN = ("--keep", "A report", "--keep-level", "UNCLASSIFIED", "--keep-domains", "early-warning", "--keep-releasable")
QUESTIONS = (
    ("coverage", *AT),
    ("coverage", NEED, *AT),
    ("dependence", *AT),
    ("dependence", NEED, *AT),
    ("loss", "--suspend", "USA:UKR", *AT),
    ("loss", "--every-single", *AT),
    ("loss", "--every-pair", *AT),
    ("plan", "make", "--greedy", *AT),
)


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node of March 2025, for all tests."""
    return tmp_path_factory.mktemp("reporting") / "node"


@pytest.fixture
def march(node: Path, fresh: Stage) -> Stage:
    fresh.node = node
    if not node.exists():
        fresh.ask("init", "--world", WORLD)
    return fresh


@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_it_answers_as_ever_and_keeps_what_it_has_answered(march: Stage, question: tuple[str, ...]) -> None:
    before = march.ask(*question)
    made = march.ask(*question, *OPEN)
    kept = made.pop("kept")
    assert made.keys() == before.keys()
    sources = march.ask("lineage", kept["item"])["sources"]
    assert len(sources) == kept["mentions"] >= 3
    found = march.ask("search", f"id:{kept['stix_id']}")
    assert [each["title"] for each in found["hits"]] == ["A report"]


def test_it_may_go_where_all_that_it_tells_of_may_go(march: Stage) -> None:
    kept = march.ask("coverage", NEED, *AT, *OPEN)["kept"]["item"]
    assert decided(march, kept, *AT)["verdict"] == "permit"
    assert any(
        reason.startswith("USA/")
        for reason in decided(march, kept, "--to", "UKR", "--at", "2025-03-06T11:00:00Z")["because"]
    )


def test_it_says_which_root_keeps_it_back(march: Stage) -> None:
    """Ukraine may read the analyses that were drawn from these, and not know that they were."""
    kept = march.ask("coverage", *AT, *OPEN)["kept"]["item"]
    because = set(decided(march, kept, *AT)["because"])
    assert {"GBR/gb-raw-collection/audience", "POL/pl-border-report/onward"} <= because


def test_what_partners_offer_is_told_on_their_word_alone(march: Stage) -> None:
    kept = march.ask("plan", "make", "--greedy", *AT, *OPEN)["kept"]["item"]
    because = set(decided(march, kept, *AT)["because"])
    assert {reason.split("/")[0] for reason in because if f"/{kept}/onward" in reason} >= {"FRA", "POL"}


def decided(march: Stage, item: str, *words: str) -> Any:  # noqa: ANN401 - any document
    """What is decided of an item, be it yes or no."""
    return march.type("decide", item, *words, "--json").json


def test_items_are_named_by_their_objects_in_what_is_kept(march: Stage) -> None:
    """The shortest name of an item tells what else is held."""
    shown = march.ask("coverage", NEED, *AT)["items"]
    kept = march.ask("coverage", NEED, *AT, *OPEN)["items"]
    assert [each["title"] for each in shown] == [each["title"] for each in kept]
    assert all(each["item"].startswith("report--") and "@" in each["item"] for each in kept)
    assert not {each["item"] for each in shown} & {each["item"] for each in kept}


def test_by_default_nobody_else_may_have_it(march: Stage) -> None:
    kept = march.ask("coverage", *AT, "--keep", "Ours")["kept"]["item"]
    assert f"GBR/{kept}/audience" in decided(march, kept, *AT)["because"]
    assert "kept as " in march.type("coverage", *AT, "--keep", "Ours").out


def test_what_cannot_be_kept_so_is_refused_before_anything_is(march: Stage) -> None:
    held = march.ask("search", "")["count"]
    for code, words in (
        (2, ("coverage", *AT, "--keep-level", "SECRET")),
        (2, ("coverage", *AT, "--keep", "a\nb")),
        (2, ("coverage", *AT, "--keep", "A report", "--keep-level", "COSMIC")),
        (1, ("loss", "--suspend", "USA:UKR", *BEFORE, *OPEN)),
        (2, ("plan", "make", "--greedy", *AT, *OPEN, "--csv", "worth")),
    ):
        assert march.type(*words).code == code, words
    assert march.ask("search", "")["count"] == held
