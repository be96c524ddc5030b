"""A support bundle says how a node is, and nothing that is in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from comity.service.supporting import logged
from tests.filled import filled
from tests.staff import govern
from tools.terminal import comity


@pytest.fixture
def node(tmp_path: Path) -> Path:
    """A node in which every kind of act has left its rows."""
    made = filled(tmp_path / "node")
    govern(made)
    made.close()
    return tmp_path / "node"


def bundle(node: Path, *options: str) -> dict[str, Any]:
    out = node.parent / "how.json"
    said = comity(["support-bundle", str(out), "--node", str(node), "--as", "admin", *options])
    assert (said.code, said.err) == (0, "")
    found: dict[str, Any] = json.loads(out.read_text("utf-8"))
    assert out.stat().st_mode & 0o077 == 0
    return found


def test_it_says_how_much_there_is(node: Path) -> None:
    found = bundle(node)
    assert found["node"]["acts"]["import"] == 2
    assert found["node"]["items"] > 3
    assert found["node"]["accounts"] == {"partner": 2, "person": 7, "service": 1}
    assert found["node"]["settings"]["governed"] is True
    assert sum(found["node"]["quarantine"].values()) == 2
    assert found["faults"] == 0
    assert found["database"]["kept"] == "sqlite"
    assert found["log"] is None


def test_it_says_nothing_that_is_in_it(node: Path) -> None:
    log = node.parent / "serve.log"
    hostile = {
        "event": "request",
        "route": "/secret/imagery",
        "method": "imagery",
        "status": "imagery",
        "seconds": "imagery",
        "account": "ukraine",
        "client": "198.51.100.7",
        "cut": "imagery",
    }
    places = [["imagery says: x.py:1 f"], ["x.py:1 the imagery"], "imagery", [7], []]
    lines = [
        hostile,
        {"event": "imagery"},
        {"event": "node", "said": "imagery"},
        *({"event": "fault", "kind": "the imagery", "at": each} for each in places),
    ]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + "imagery\n[1]\n", "utf-8")
    text = json.dumps(bundle(node, "--log", str(log)))
    hidden = ("imagery", "USA", "UKR", "ukraine", "olga", "indicator--", "Copyright", "198.51", str(node), "tester")
    for each in hidden:
        assert each not in text


def test_a_log_is_added_in_sum() -> None:
    line = {"event": "request", "route": "/healthz", "method": "GET", "status": 200, "seconds": 0.5, "cut": False}
    fault = {"event": "fault", "kind": "ValueError", "at": ["a.py:1 <module>", "b.py:2 read"]}
    found = logged([line, {**line, "seconds": 0.25}, {**line, "cut": True}, fault], frozenset({"/healthz"}))
    assert found["events"] == {"fault": 1, "request": 3}
    whole = {"method": "GET", "route": "/healthz", "status": "200", "end": "whole", "count": 2}
    assert found["requests"] == [{**whole, "end": "cut", "count": 1}, whole]
    assert found["slowest"] == {"/healthz": 0.5}
    assert found["faults"] == [{"kind": "ValueError", "at": "b.py:2 read", "count": 1}]


def test_it_is_for_who_keeps_the_node(node: Path) -> None:
    for account in ("ann", "olga", "audrey"):
        said = comity(["support-bundle", str(node.parent / "x.json"), "--node", str(node), "--as", account])
        assert said.code == 1
        assert "administrator" in said.err
    assert not (node.parent / "x.json").exists()


def test_it_is_written_over_nothing_and_not_into_the_node(node: Path) -> None:
    bundle(node)
    for out in (node.parent / "how.json", node / "how.json"):
        said = comity(["support-bundle", str(out), "--node", str(node), "--as", "admin"])
        assert said.code == 2
