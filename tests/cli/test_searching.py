import pytest

from comity.cli.app import run
from tests.cli.stage import Stage, bundle, report, report_id


@pytest.fixture
def searched(plain: Stage) -> Stage:
    """A node with a few reports of the United States, which may go on to Ukraine."""
    file = plain.node.parent / "bundle.json"
    reports = [
        report(1, "Launch seen", description="An early warning\x1b[31m of a launch"),
        report(2, "Radar", labels=["Alert"]),
        report(3, "Launch over"),
    ]
    identity = {"type": "identity", "spec_version": "2.1", "id": "identity--00000000-0000-4000-8000-000000000099"}
    made = {"created": "2025-03-01T00:00:00Z", "modified": "2025-03-01T00:00:00Z", "name": "someone"}
    file.write_text(bundle(*reports, {**identity, **made}))
    plain.ask("import", file, "--from", "USA")
    return plain


def test_what_is_held_is_searched(searched: Stage) -> None:
    found = searched.ask("search", "launch type:report")
    assert set(found) == {"to", "count", "hits", "facets", "next"}
    assert (found["to"], found["count"], found["next"]) == ("GBR", 2, None)
    assert [hit["title"] for hit in found["hits"]] == ["Launch over", "Launch seen"]
    (hit,) = searched.ask("search", '"early warning"')["hits"]
    assert (hit["item"], hit["id"], hit["type"]) == (report_id(1), report_id(1), "report")
    assert hit["snippet"] == {"text": "An early warning\x1b[31m of a launch", "marks": [[3, 16]]}
    assert found["facets"]["type"] == [{"value": "report", "count": 2}]


def test_what_is_printed_is_safe_for_a_terminal(searched: Stage) -> None:
    printed = searched.type("search", "early").out
    assert "\x1b" not in printed
    assert "\\x1b[31m" in printed
    assert "1 item found" in printed
    assert "type: report 1" in printed


def test_pages(searched: Stage) -> None:
    first = searched.ask("search", "type:report", "--limit", "2")
    second = searched.ask("search", "type:report", "--limit", "2", "--after", first["next"])
    assert [hit["title"] for page in (first, second) for hit in page["hits"]] == ["Launch over", "Radar", "Launch seen"]
    assert f"more: --after {first['next'][:10]}" in searched.type("search", "type:report", "--limit", "2").out
    assert searched.error(2, "search", "--after", first["next"])["kind"] == "MalformedInput"


def test_a_search_for_a_recipient_is_a_disclosure(searched: Stage) -> None:
    assert searched.ask("disclosures")["disclosures"] == []
    assert searched.ask("search", "launch", "--to", "UKR")["count"] == 2
    searched.ask("search", "launch")
    given = searched.ask("disclosures", "--to", "UKR")["disclosures"]
    assert [each["title"] for each in given] == ["Launch over", "Launch seen"]
    assert searched.error(1, "search", "originator:USA", "--to", "UKR")["kind"] == "Forbidden"


def test_words_are_suggested(searched: Stage) -> None:
    assert searched.ask("search", "ear", "--suggest") == {"to": "GBR", "words": ["early"]}
    assert searched.type("search", "la", "--suggest", "--to", "UKR").out == "launch\n"
    assert searched.type("search", "zz", "--suggest").out == "none\n"


def test_a_query_that_is_none_is_refused(searched: Stage) -> None:
    for query in ('"open', "colour:red", "l*"):
        assert searched.error(2, "search", query)["kind"] == "MalformedInput"


def test_the_index_is_made_anew(searched: Stage) -> None:
    assert searched.ask("reindex") == {"indexed": 4}
    assert searched.type("reindex").out == "4 items indexed\n"
    assert searched.ask("search", "launch")["count"] == 2
    assert searched.type("verify").code == 0
    assert run(["reindex", "--node", str(searched.node / "nowhere")]) == 3
