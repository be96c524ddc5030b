"""A report is labelled by what it tells of: the counted items, and all that they rest on."""

from typing import Any

from pyroaring import BitMap

from comity.core.claim import Claim
from comity.core.decision import Permitted, decide
from comity.core.instant import Window
from comity.core.lineage import Item, ItemId, Source
from comity.core.partner import Code, Recipient
from comity.core.requirement import RequirementId
from comity.core.world import World
from comity.formats.world import WorldFile, from_plain
from comity.index.losing import standing
from comity.index.mentioned import by_loss, by_stands, mentioned
from comity.index.surveying import surveyed
from tests.plain import instant

AT, UKR, GBR = "2025-03-06T00:00:00Z", Recipient("UKR"), Code(Recipient("GBR"))
PLAIN: dict[str, Any] = {
    "holder": "GBR",
    "partners": {"GBR": {}, "USA": {}, "UKR": {}},
    "agreements": [
        {"id": "a", "from": "USA", "to": "GBR", "ceiling": "SECRET", "domains": ["*"], "derivation": "own-analysis"},
        {"id": "b", "from": "GBR", "to": "UKR", "ceiling": "SECRET", "domains": ["*"]},
    ],
    "items": [
        {"id": "raw", "originator": "USA", "level": "SECRET", "releasable_to": ["GBR"]},
        {
            "id": "analysis",
            "originator": "GBR",
            "level": "SECRET",
            "received": "2025-03-05T00:00:00Z",
            "sources": [{"item": "raw", "use": "draws-on", "attested": "2025-03-04T00:00:00Z"}],
        },
        {"id": "middle", "originator": "GBR", "level": "SECRET", "sources": [{"item": "raw"}]},
        {"id": "hidden", "originator": "GBR", "level": "TOP SECRET"},
        {
            "id": "quote",
            "originator": "GBR",
            "level": "SECRET",
            "releasable_to": [],
            "sources": [{"item": "middle"}, {"item": "one"}],
        },
        {"id": "one", "originator": "GBR", "level": "SECRET", "sources": [{"item": "other"}]},
        {"id": "other", "originator": "GBR", "level": "SECRET", "sources": [{"item": "one"}]},
    ],
    "requirements": [{"id": "need", "title": "need"}],
    "tags": [{"requirement": "need", "item": "analysis"}, {"requirement": "need", "item": "hidden"}],
}
FILE = from_plain(PLAIN)


def named(items: BitMap) -> set[str]:
    return {PLAIN["items"][item]["id"] for item in items}


def report_on(file: WorldFile, items: set[str]) -> bool:
    """Whether a report with these sources may go to UKR."""
    claim = Claim(originator=GBR, level="UNCLASSIFIED")
    report = Item(id=ItemId("report"), claims=(claim,), sources=tuple(Source(item=ItemId(each)) for each in items))
    world = World(policy=file.world.policy, items={**file.world.items, report.id: report})
    return isinstance(decide(world, report.id, UKR, instant(AT)), Permitted)


def test_a_report_on_coverage_quotes_the_roots_of_what_is_counted() -> None:
    survey, _ = surveyed(FILE, instant(AT))
    window = Window(instant("2025-03-01T00:00:00Z"), instant(AT))
    (stand,) = standing(survey, FILE.wants.requirements, UKR, window)
    assert named(stand.items) == {"analysis"}
    assert stand.coverage.independent == (("USA",),)
    assert named(by_stands(survey, [stand])) == {"analysis", "raw"}


def test_what_a_reader_sees_does_not_tell_it_whose_the_roots_are_but_a_report_does() -> None:
    """UKR may read the attested analysis, which gives nobody away; a report that says `USA` it may not."""
    assert report_on(FILE, {"analysis"})
    assert not report_on(FILE, {"analysis", "raw"})


def test_who_may_read_an_analysis_and_its_root_may_not_know_what_is_hidden_between_them() -> None:
    """The way from the one to the other is what an attestation hides, and a report says where it ends."""
    items = [
        {"id": "root", "originator": "GBR", "level": "SECRET", "releasable_to": ["UKR"]},
        {"id": "between", "originator": "GBR", "level": "SECRET", "releasable_to": [], "sources": [{"item": "root"}]},
        {"id": "told", "originator": "GBR", "level": "SECRET", "releasable_to": ["UKR"],
         "sources": [{"item": "between", "use": "draws-on", "attested": "2025-03-04T00:00:00Z"}]},
    ]  # fmt: skip
    file = from_plain({**PLAIN, "items": items, "tags": []})
    survey, holding = surveyed(file, instant(AT))
    seen = survey.index.visible(UKR)
    assert {holding.names[item] for item in seen} == {"root", "told"}
    found = {str(holding.names[item]) for item in by_loss(survey, [UKR])}
    assert found == {"root", "between", "told"}
    assert report_on(file, {"root", "told"})
    assert not report_on(file, found)


def test_the_roots_are_told_of_and_all_that_leads_to_them() -> None:
    survey, holding = surveyed(FILE, instant(AT))
    quote = BitMap([holding.names.index(ItemId("quote"))])
    assert named(mentioned(survey, quote)) == {"quote", "middle", "raw", "one", "other"}
    assert named(mentioned(survey, BitMap())) == set()


def test_a_report_on_a_loss_tells_of_all_that_was_there() -> None:
    survey, _ = surveyed(FILE, instant(AT))
    assert named(by_loss(survey, [UKR])) == {"analysis", "raw", "one", "other"}
    assert named(by_loss(survey, [UKR, GBR])) == {each["id"] for each in PLAIN["items"]}
    assert RequirementId("need") in survey.tagged
