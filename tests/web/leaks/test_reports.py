"""Reports that R reads, beside one another and as they come and go: nothing of them tells what R may not know."""

import json
from collections.abc import Iterator

import pytest

from tests.postgres import Server
from tests.web.leaks.asgi import Ask
from tests.web.leaks.happenings import HIDDEN, done, lifted, reported, stopped
from tests.web.leaks.network import READER, hidden, network, seen, send, send_hidden
from tests.web.leaks.twins import Twin, Twins, permitted

REPORTS = Ask(path="/taxii2/comity/collections/all/objects/", query=(("match[type]", "report"), ("limit", "1000")))
ALL_REPORTS = Ask(path=REPORTS.path, query=(*REPORTS.query, ("match[version]", "all")))
KINDS = {"coverage", "dependence", "loss", "singles", "pairs", "plan"}


@pytest.fixture
def twins(keeper: Server | None) -> Iterator[Twins]:
    with Twins(network(keeper)) as made:
        yield made


def read(twins: Twins) -> set[str]:
    """The reports of ours that R is handed by both nodes, in the same bytes: their ids and kinds."""
    answer = twins.ask(REPORTS, READER)
    assert twins.ask(ALL_REPORTS, READER).status == answer.status
    return set(kinds(answer.everything))


def kinds(body: str) -> Iterator[str]:
    """The kinds of our reports in the body of an answer."""
    for each in json.loads(body[body.index("{") :]).get("objects", ()):
        if "x_comity_report" in each:
            yield each["report_types"][0]


def test_reports_of_before_and_after_a_loss_tell_nothing_of_what_was_hidden_meanwhile(twins: Twins) -> None:
    met_with = set[str]()
    for lot in range(14):
        twins.pass_by(1)
        twins.both(done(reported, lot))
        met_with |= read(twins)
        twins.hidden(done(HIDDEN[lot % len(HIDDEN)], 7919 * lot))
        twins.both(done(stopped if lot % 2 else lifted, lot))
        twins.both(done(reported, lot + 100))
        met_with |= read(twins)
    assert met_with == KINDS


def test_a_report_goes_when_what_it_tells_of_goes_and_comes_back_with_it(twins: Twins) -> None:
    for lot in range(6):
        twins.both(done(reported, lot))
    before = read(twins)
    assert before
    for lot in range(3):
        twins.both(done(stopped, lot))
    assert not read(twins)
    for _ in range(3):
        twins.both(done(lifted, 0))
    assert read(twins) == before


@pytest.mark.xfail(
    strict=True,
    raises=AssertionError,
    reason="a report that rests on what R may not know of does not come: who waits for it learns that there is such",
)
def test_a_report_that_does_not_come_tells_nothing(twins: Twins) -> None:
    """R may see the analysis in both nodes. In one of them it is drawn from what R may not know of."""
    send_hidden(twins.plain.node, "USA", hidden("raw"), {"level": "SECRET", "releasable_to": ["GBR"]})
    send_hidden(twins.other.node, "USA", hidden("raw"), {"level": "SECRET", "releasable_to": ["GBR"]})
    analysis, raw = seen("analysis"), hidden("raw")["id"]
    drawn = {"item": raw, "use": "draws-on", "attested": "2025-03-01T00:00:00Z"}
    send(twins.plain.node, "GBR", analysis)
    send(twins.other.node, "GBR", analysis, beside={"items": [{"id": analysis["id"], "sources": [drawn]}]})
    assert permitted(twins.plain) == permitted(twins.other), "the test is wrong: R may not see the same of both"
    twins.both(done(reported, 1))
    assert handed(twins.plain) == handed(twins.other)


def handed(twin: Twin) -> str:
    """What R is handed of reports."""
    return twin.line.ask(REPORTS, twin.secrets[READER]).everything
