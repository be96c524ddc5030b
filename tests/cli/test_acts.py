import threading
from pathlib import Path

import pytest

from tests.cli.stage import Stage
from tests.store.test_lock import another_writer

UK_WORD = ("--as", "officer", "--why", "order")
US_WORD = (*UK_WORD, "--by", "USA", "--evidence", "call of 12:00Z")


def verdict(stage: Stage, item: str, to: str = "UKR") -> str:
    answer: str = stage.type("decide", item, "--to", to, "--json").json["verdict"]
    return answer


def test_a_suspension_stops_and_a_lift_restores(march: Stage) -> None:
    assert verdict(march, "gb-digest") == "permit"
    preview = march.ask("suspend", "USA", "UKR", "--preview")
    assert verdict(march, "gb-digest") == "permit"
    stop = march.ask("suspend", "USA", "UKR", *US_WORD)
    assert set(stop) == {"id", "from", "to", "domains", "reach", "recall", "given", "start", "end"}
    assert (stop["from"], stop["to"], stop["domains"], stop["reach"], stop["end"]) == (
        "USA", "UKR", ["*"], "onward", None,
    )  # fmt: skip
    (reader,) = preview["readers"]
    lost = [each["item"] for each in reader["lost"]["items"]]
    assert lost == ["us-launch-detections", "us-delivery-schedule", "gb-digest", "gb-digest-of-digest"]
    assert {name: verdict(march, name) for name in lost} == dict.fromkeys(lost, "refuse")
    assert reader["lost"]["by_originator"] == {"GBR": 2, "USA": 2}
    assert reader["lost"]["by_domain"] == {"assistance": 1, "early-warning": 3}
    assert reader["lost"]["by_kind"] == {"report": 4}
    assert verdict(march, "gb-assessment-with-us") == "permit"
    back = march.ask("lift", stop["id"], "--preview")["readers"][0]
    assert [each["item"] for each in back["gained"]["items"]] == lost
    assert march.ask("lift", stop["id"], *US_WORD)["ended"] == "suspension"
    assert {name: verdict(march, name) for name in lost} == dict.fromkeys(lost, "permit")
    listed = march.ask("suspension", "list")["suspensions"]
    assert [each["id"] for each in listed] == ["usa-stops-ukr", stop["id"]]


def test_a_suspension_may_be_of_some_domains_and_reach_analyses(march: Stage) -> None:
    march.ask("suspend", "USA", "UKR", "--domains", "assistance,exercises", "--reach", "derived", *US_WORD)
    assert verdict(march, "us-delivery-schedule") == "refuse"
    assert verdict(march, "gb-assessment-with-us") == "permit"
    march.ask("suspend", "USA", "UKR", "--domains", "intelligence", "technology", "--reach", "derived", *US_WORD)
    assert verdict(march, "gb-assessment-with-us") == "refuse"


def test_a_recall_takes_back_what_the_holder_itself_was_given(march: Stage) -> None:
    preview = march.ask("suspend", "USA", "GBR", "--recall", "--preview")
    readers = {each["to"]: each["lost"]["count"] for each in preview["readers"]}
    assert readers["GBR"] == 6
    assert readers["UKR"] > 0
    march.ask("suspend", "USA", "GBR", "--recall", *US_WORD)
    assert verdict(march, "us-imagery", "GBR") == "refuse"


def test_anothers_word_needs_its_evidence(march: Stage) -> None:
    for words in (
        ("suspend", "USA", "UKR", "--why", "x"),
        ("suspend", "USA", "UKR", "--why", "x", "--by", "USA"),
        ("suspend", "USA", "UKR", "--why", "x", "--by", "FRA", "--evidence", "call"),
        ("consent", "grant", "us-imagery", "--to", "UKR", "--by", "USA"),
        ("agreement", "end", "usa-gbr", "--why", "x"),
    ):
        assert march.error(1, *words)["kind"] == "Forbidden"
    assert "--why" in march.error(2, "suspend", "GBR", "UKR")["message"]
    assert "--why" in march.error(2, "attest", "gb-early-warning", "--source", "no-maritime-track")["message"]


def test_a_consent_lets_one_item_go_until_it_is_withdrawn(march: Stage) -> None:
    assert verdict(march, "us-imagery") == "refuse"
    grant = ("consent", "grant", "us-imagery", "--to", "UKR")
    preview = march.ask(*grant, "--preview", *US_WORD)
    gained = {each["to"]: [one["item"] for one in each["gained"]["items"]] for each in preview["readers"]}
    assert gained == {"UKR": ["us-imagery"]}
    consent = march.ask(*grant, *US_WORD)
    assert (consent["by"], consent["item"], consent["to"], consent["use"]) == (
        "USA", "us-imagery", ["UKR"], "reproduces",
    )  # fmt: skip
    assert verdict(march, "us-imagery") == "permit"
    assert consent["id"] in {each["id"] for each in march.ask("consent", "list")["consents"]}
    assert march.ask("consent", "withdraw", consent["id"], *US_WORD)["ended"] == "consent"
    assert verdict(march, "us-imagery") == "refuse"


def test_an_attestation_can_be_withdrawn_and_given_again(march: Stage) -> None:
    edge = ("attest", "gb-assessment-with-us", "--source", "us-imagery", *UK_WORD)
    assert verdict(march, "gb-assessment-with-us") == "permit"
    assert march.ask(*edge, "--withdraw")["attested"] is None
    assert verdict(march, "gb-assessment-with-us") == "refuse"
    assert march.ask(*edge)["withdrawn"] is None
    assert verdict(march, "gb-assessment-with-us") == "permit"


def test_agreements_are_added_listed_and_ended(march: Stage) -> None:
    assert verdict(march, "gb-own-assessment", "DEU") == "refuse"
    made = march.ask(
        "agreement", "add", "GBR", "DEU", "--ceiling", "SECRET", "--domains", "*", "--end", "2999-01-01T00:00:00Z"
    )
    assert set(made) == {
        "id", "from", "to", "ceiling", "domains", "start", "end", "onward", "derivation", "accepts",
    }  # fmt: skip
    assert verdict(march, "gb-own-assessment", "DEU") == "permit"
    preview = march.ask("agreement", "end", made["id"], "--preview")["readers"]
    assert "gb-own-assessment" in {
        one["item"] for each in preview if each["to"] == "DEU" for one in each["lost"]["items"]
    }
    assert march.ask("agreement", "end", made["id"], *UK_WORD)["id"] == made["id"]
    assert verdict(march, "gb-own-assessment", "DEU") == "refuse"
    assert made["id"] in {each["id"] for each in march.ask("agreement", "list")["agreements"]}


def test_a_delegate_consents_for_another(march: Stage) -> None:
    grant = ("--ceiling", "SECRET", "--domains", "intelligence")
    made = march.ask("delegation", "add", "USA", "GBR", *grant, *US_WORD)
    march.ask("consent", "grant", "us-imagery", "--to", "UKR")
    assert verdict(march, "us-imagery") == "permit"
    assert [each["id"] for each in march.ask("delegation", "list")["delegations"]] == [made["id"]]
    assert march.ask("delegation", "end", made["id"], *US_WORD)["ended"] == "delegation"


def test_partners_and_their_terms(plain: Stage) -> None:
    found = plain.ask("partner", "list")
    assert found["holder"] == "GBR"
    by_code = {each["code"]: each for each in found["partners"]}
    assert by_code["USA"]["terms"] == {"level": "RESTRICTED", "domains": ["early-warning"], "releasable_to": None}
    assert by_code["UKR"]["terms"] is None
    plain.ask("partner", "add", "UKR", "--level", "SECRET", "--domains", "general", "--audience", "")
    assert {each["code"]: each for each in plain.ask("partner", "list")["partners"]}["UKR"]["terms"][
        "releasable_to"
    ] == []
    plain.ask("community", "add", "PAIR", "USA,UKR")
    ended = plain.ask("partner", "end", "UKR", *UK_WORD)
    assert ended == {"ended": {"agreements": ["a-1"], "memberships": ["PAIR"]}, "left": []}
    assert plain.error(1, "partner", "end", "XXX", *UK_WORD)["kind"] == "Forbidden"


def test_communities_and_their_members(plain: Stage) -> None:
    plain.ask("community", "add", "PAIR", "USA", "--green")
    found = plain.ask("community", "add", "PAIR", "UKR", "--end", "2999-01-01T00:00:00Z")
    assert [each["partner"] for each in found["members"]] == ["USA", "UKR"]
    assert "a name that is empty" in plain.error(2, "community", "end", "PAIR", "", *UK_WORD)["message"]
    assert set(plain.ask("community", "end", "PAIR", *UK_WORD)["ended"]) == {"USA", "UKR"}
    (community,) = plain.ask("community", "list")["communities"]
    assert community["name"] == "PAIR"


def test_domains_and_conditions(plain: Stage) -> None:
    plain.ask("domain", "add", "exercises")
    plain.ask("condition", "add", "no-targeting")
    assert plain.ask("domain", "list")["domains"] == ["early-warning", "exercises", "general"]
    assert plain.ask("condition", "list")["conditions"] == ["no-targeting"]
    assert plain.error(1, "domain", "add", "exercises")["kind"] == "Forbidden"


def test_members_of_a_new_community_are_in_it_from_the_time_stated(plain: Stage) -> None:
    span = ("--start", "2990-01-01T00:00:00Z", "--end", "2999-01-01T00:00:00Z")
    (member,) = plain.ask("community", "add", "LATE", "UKR", *span)["members"]
    assert member == {"partner": "UKR", "start": "2990-01-01T00:00:00Z", "end": "2999-01-01T00:00:00Z"}
    assert "--start" in plain.error(2, "community", "add", "NEW", "UKR", "--start", "soon")["message"]
    assert "past" in plain.error(1, "community", "add", "NEW", "UKR", "--start", "2001-01-01T00:00:00Z")["message"]
    assert "name the members" in plain.error(2, "community", "add", "NEW", *span)["message"]
    assert [each["name"] for each in plain.ask("community", "list")["communities"]] == ["LATE"]


def test_a_community_that_is_not_there_is_an_unknown_name(plain: Stage) -> None:
    plain.ask("community", "add", "PAIR", "UKR")
    assert "is `PAIR` meant" in plain.error(2, "community", "end", "PAIRR", *UK_WORD)["message"]


def test_what_was_typed_wrong_is_named_as_it_was_typed(march: Stage) -> None:
    grant = ("consent", "grant", "us-imagery", *US_WORD, "--to")
    assert march.error(2, *grant, "XXX")["message"].startswith("--to: unknown partner or community `XXX`")
    assert march.error(2, *grant, ",")["message"].startswith("`,` lists a name that is empty")
    agreement = ("agreement", "add", "GBR", "UKR", "--domains", "*", "--ceiling")
    assert march.error(2, *agreement, "HIGH")["message"].startswith("--ceiling: unknown level `HIGH`")
    assert march.error(2, "suspend", "GBR", "UKR", "--domains", "x", *UK_WORD)["message"].startswith("--domains: ")


@pytest.mark.parametrize("name", ["", " ", "a,b", "a\nb", " early", "\u2028", f"{'a' * 40}\x1b", f"{'a' * 40}\u202e"])
def test_a_name_that_nobody_could_type_or_read_is_refused(plain: Stage, name: str) -> None:
    for noun in ("domain", "condition", "community"):
        error = plain.error(2, noun, "add", name)
        assert error["kind"] == "MalformedInput"
        assert f"is no name for a {noun}: use printable signs" in error["message"]
    if name not in {"a,b", " early"}:
        assert "is no name for NOR" in plain.error(2, "partner", "add", "NOR", name)["message"]
        grant = ("--ceiling", "SECRET", "--domains", "*", "--id", name)
        assert "is no id" in plain.error(1, "agreement", "add", "GBR", "USA", *grant)["message"]
    assert plain.ask("domain", "list")["domains"] == ["early-warning", "general"]
    assert len(plain.ask("partner", "list")["partners"]) == 3


def test_a_partner_may_have_a_comma_in_its_name(plain: Stage) -> None:
    assert plain.ask("partner", "add", "NOR", "Norway, Kingdom of")["name"] == "Norway, Kingdom of"


def test_a_world_file_names_nothing_that_could_not_be_registered(fresh: Stage, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text('holder: GBR\npartners: {GBR: {}}\ndomains: ["a,b"]\n')
    assert "`a,b` is no name for a domain" in fresh.error(2, "init", "--world", world)["message"]
    assert not fresh.node.exists()


def test_nobody_grants_anything_to_itself_or_stops_it(plain: Stage) -> None:
    grant = ("GBR", "GBR", "--ceiling", "SECRET", "--domains", "*")
    for typed in (("agreement", "add", *grant), ("delegation", "add", *grant), ("suspend", "GBR", "GBR", "--why", "x")):
        assert "between two partners" in plain.error(2, *typed)["message"]


def test_a_recipient_that_is_not_there_is_looked_for_before_it_is_added(plain: Stage) -> None:
    for typed in (("visible", "--to", "URK"), ("export", "--to", "URK", "-o", plain.node.parent / "out")):
        message = plain.error(2, *typed)["message"]
        assert message == "no partner for `URK`: see `comity partner list`, or add it with `comity partner add`"


def test_a_holder_may_have_a_name(fresh: Stage) -> None:
    assert "--holder" in fresh.error(2, "init", "--name", "Norway")["message"]
    said = fresh.type("init", "--holder", "NOR", "--name", "Norway")
    assert "is the node of NOR, with 1 partner and 0 items\n" in said.out
    (partner,) = fresh.ask("partner", "list")["partners"]
    assert (partner["code"], partner["name"]) == ("NOR", "Norway")
    assert "1 act, 1 entry" in fresh.type("verify").out


def test_a_suspension_waits_for_another_writer_and_says_so(march: Stage) -> None:
    with another_writer(march.node) as other:
        release = threading.Timer(6, other.kill)
        release.start()
        said = march.type("suspend", "GBR", "UKR", *UK_WORD)
        release.join()
    assert said.code == 0
    assert "is suspended since" in said.out
    assert f"comity: process {other.pid} is changing the policy of the node" in said.err
