from pathlib import Path

from comity.formats import instant, world
from tests.cli.stage import WORLD, Stage


def test_every_answer_of_march_2025_is_given_with_its_reasons(march: Stage) -> None:
    checks = world.read(WORLD.read_text()).checks
    assert len(checks) == 85
    for check in checks:
        said = march.type("decide", check.item, "--to", check.to, "--at", instant.show(check.at), "--json")
        assert check.expect is not None
        assert said.json["verdict"] == check.expect.value
        assert said.json["because"] == list(check.because or ())
        assert said.code == (0 if check.expect.value == "permit" else 1)


def test_a_refusal_is_explained_down_to_the_root(march: Stage) -> None:
    asked = ("decide", "gb-digest-of-digest", "--to", "UKR", "--at", "2025-03-06T11:00:00Z")
    said = march.type(*asked, "--json")
    assert said.code == 1
    assert set(said.json) == {"item", "to", "at", "verdict", "because", "explanation"}
    (cause,) = said.json["explanation"]["causes"]
    assert cause["reason"] == "USA/us-launch-detections/suspended"
    assert [hop["item"] for hop in cause["path"]] == ["gb-digest-of-digest", "gb-digest", "us-launch-detections"]
    assert said.json["explanation"]["until"] == "2025-03-11T18:00:00Z"
    printed = march.type(*asked).out
    assert "└─ reproduces gb-digest (GBR)" in printed
    assert "USA lifts suspension usa-stops-ukr, which ends by itself at 2025-03-11T18:00:00Z" in printed


def test_a_permit_says_what_it_rests_on(march: Stage) -> None:
    found = march.ask("decide", "gb-early-warning", "--to", "UKR")
    assert (found["verdict"], found["because"]) == ("permit", [])
    bases = {ground["root"]: ground["basis"] for ground in found["explanation"]["grounds"]}
    assert bases["no-maritime-track"] == "consent"


def test_who_may_get_an_item_partner_by_partner(march: Stage) -> None:
    found = march.ask("who", "us-launch-detections", "--at", "2025-03-06T11:00:00Z")
    assert (found["item"], found["at"]) == ("us-launch-detections", "2025-03-06T11:00:00Z")
    answers = {each["to"]: (each["verdict"], each["because"]) for each in found["partners"]}
    assert answers["USA"] == ("permit", [])
    assert answers["UKR"] == ("refuse", ["USA/us-launch-detections/suspended"])
    assert answers["FRA"] == ("refuse", ["GBR/us-launch-detections/channel", "USA/us-launch-detections/onward"])
    assert answers["GBR"] == ("permit", [])


def test_what_a_recipient_may_get_is_counted_and_paged(march: Stage) -> None:
    count = march.ask("visible", "--to", "UKR", "--count")
    assert set(count) == {"to", "at", "count"}
    names: list[str] = []
    page = march.ask("visible", "--to", "UKR", "--limit", "5")
    while page["items"]:
        names += [each["item"] for each in page["items"]]
        if page["next"] is None:
            break
        page = march.ask("visible", "--to", "UKR", "--limit", "5", "--after", page["next"])
    assert len(names) == len(set(names)) == count["count"] == 14
    assert march.type("visible", "--to", "UKR", "--count").out == "14\n"


def test_what_becomes_visible_later_is_listed_later_whenever_it_was_received(march: Stage) -> None:
    march.ask("suspend", "USA", "UKR", "--why", "order", "--by", "USA", "--evidence", "call", "--id", "stop")
    before = [each["item"] for each in march.ask("visible", "--to", "UKR")["items"]]
    assert "us-launch-detections" not in before
    march.ask("lift", "stop", "--why", "order", "--by", "USA", "--evidence", "call")
    after = [each["item"] for each in march.ask("visible", "--to", "UKR")["items"]]
    assert after[: len(before)] == before
    assert "us-launch-detections" in after[len(before) :]


def test_a_page_says_that_something_follows_only_where_it_does(march: Stage) -> None:
    assert march.ask("visible", "--to", "UKR", "--limit", "14")["next"] is None
    assert march.ask("visible", "--to", "UKR", "--limit", "13")["next"] is not None
    for number in ("0", "-1"):
        assert "--limit" in march.error(2, "visible", "--to", "UKR", "--limit", number)["message"]
        assert "--depth" in march.error(2, "lineage", "gb-digest", "--depth", number)["message"]


def test_a_recipient_is_one(march: Stage) -> None:
    for name in ("UKR/*", "*"):
        assert "is no single recipient" in march.error(2, "decide", "us-imagery", "--to", name)["message"]
    assert "names no part: write `UKR`" in march.error(2, "decide", "us-imagery", "--to", "UKR/")["message"]


def test_an_agreement_whose_onward_rule_bars_is_said_to_do_so(fresh: Stage, tmp_path: Path) -> None:
    (stated := tmp_path / "world.yaml").write_text(
        # of what was received under an agreement, its rule holds whatever comes in its place: semantics §3, clause (e)
        WORLD.read_text("utf-8").replace("originator: NOR, received: 2025-03-04T05:00:00Z,", "originator: NOR,")
    )
    fresh.ask("init", "--world", stated)
    said = fresh.type("decide", "gb-early-warning", "--to", "UKR", "--at", "2025-03-06T08:00:00Z").out
    assert "in place of nor-gbr" in said
    assert "nor-gbr has the onward rule consent" in " ".join(said.split())
    assert "does not do" not in said


def test_lineage_is_a_tree_both_ways(march: Stage) -> None:
    found = march.ask("lineage", "gb-digest")
    assert [(each["item"], each["use"]) for each in found["sources"]] == [("us-launch-detections", "reproduces")]
    assert [each["item"] for each in found["dependants"]] == ["gb-digest-of-digest"]
    attested = march.ask("lineage", "gb-early-warning")["sources"][1]
    assert (attested["item"], attested["attested"]) == ("no-maritime-track", "2025-03-06T08:00:00Z")
    assert "└── reproduces us-launch-detections (USA)" in march.type("lineage", "gb-digest").out
    cut = march.ask("lineage", "us-launch-detections", "--depth", "1")["dependants"]
    assert (cut[0]["below"], cut[0]["more"]) == ([], 1)


def test_names_that_are_not_there_or_not_alone_are_wrong_use(march: Stage, tmp_path: Path) -> None:
    assert march.error(2, "decide", "nothing", "--to", "UKR")["kind"] == "UnknownName"
    for recipient in ("XXX", "UKR/", "UKR/*", "*", "UKR/a\nb"):
        assert march.error(2, "decide", "us-imagery", "--to", recipient)["kind"] == "UnknownName"
        assert march.error(2, "visible", "--to", recipient)["kind"] == "UnknownName"
        assert march.error(2, "export", "--to", recipient, "-o", tmp_path / "x")["kind"] == "UnknownName"
    assert not (tmp_path / "x").exists()
    assert march.error(2, "decide", "us-imagery", "--to", "UKR", "--at", "yesterday")["kind"] == "MalformedInput"
    assert march.error(2, "visible", "--to", "UKR", "--after", "x")["kind"] == "MalformedInput"
