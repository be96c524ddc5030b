"""Requirements, tags, pools and offers, as they are typed."""

import pytest

from tests.cli.stage import Stage

ADD = ("requirement", "add", "Strikes on the grid")
OFFER = ("offer", "add", "GBR", "--capacity", "2", "--per", "P7D", "--ceiling", "SECRET")
USA = ("--by", "USA", "--evidence", "note 7")
WHY = ("--why", "the test")


def test_a_requirement_is_recorded_listed_shown_and_ended(march: Stage) -> None:
    made = march.ask(
        *ADD, "--domains", "early-warning", "--region", "UKR", "--priority", "1", "--kind", "assistance",
        "--rate", "3", "--per", "P1W", "--freshness", "PT36H", "--corroboration", "2",
    )  # fmt: skip
    assert {key: value for key, value in made.items() if key != "start"} == {
        "id": "r-5",
        "title": "Strikes on the grid",
        "kind": "assistance",
        "domains": ["early-warning"],
        "region": "UKR",
        "priority": 1,
        "rate": {"items": 3, "period": "P7D"},
        "freshness": "P1DT12H",
        "corroboration": 2,
        "end": None,
    }
    bare = march.ask("requirement", "add", "Aid", "--id", "aid", "--end", "2100-01-01T00:00:00Z")
    assert (bare["rate"], bare["freshness"], bare["corroboration"], bare["priority"]) == (None, None, None, 3)
    assert march.ask("requirement", "list")["requirements"][4:] == [made, bare]
    assert march.ask("requirement", "show", "r-5") == {**made, "tags": [], "offers": []}
    shown = march.type("requirement", "list").out
    assert "3 each P7D" in shown
    assert "not older than P1DT12H" in shown
    ended = march.ask("requirement", "end", "aid", *WHY)
    assert (ended["ended"], ended["id"]) == ("requirement", "aid")
    (*_, after) = march.ask("requirement", "list")["requirements"]
    assert after["end"] == ended["at"]


def test_what_counts_is_tagged_listed_and_taken_back(march: Stage) -> None:
    march.ask(*ADD)
    march.ask("requirement", "add", "Aid")
    tag = march.ask("tag", "add", "r-5", "gb-digest")
    assert (tag["id"], tag["requirement"], tag["item"], tag["type"]) == ("t-6", "r-5", "gb-digest", None)
    rule = march.ask("tag", "add", "r-6", "--type", "report", "--label", "aid", "--text", "field hospital")
    assert [rule[key] for key in ("item", "type", "domain", "label", "text")] == [
        None, "report", None, "aid", "field hospital",
    ]  # fmt: skip
    assert march.ask("tag", "list")["tags"][5:] == [tag, rule]
    assert march.ask("tag", "list", "--requirement", "r-6") == {"tags": [rule]}
    assert march.ask("requirement", "show", "r-6")["tags"] == [rule]
    shown = march.type("tag", "list").out
    assert "item gb-digest" in shown
    assert "text field hospital" in shown
    when = march.ask("tag", "remove", "t-6", *WHY)["at"]
    assert march.ask("tag", "list")["tags"][5]["end"] == when


def test_offers_and_pools_are_recorded_listed_and_ended(march: Stage) -> None:
    march.ask(*ADD, "--domains", "early-warning")
    pool = march.ask("pool", "add", "GBR", "--capacity", "3", "--per", "P7D", "--id", "crew")
    assert (pool["partner"], pool["capacity"]) == ("GBR", {"items": 3, "period": "P7D"})
    one = march.ask(*OFFER, "--requirement", "r-5", "--pool", "crew", "--quality", "80", "--lead-time", "P2D")
    assert {key: value for key, value in one.items() if key != "start"} == {
        "id": "o-6",
        "partner": "GBR",
        "requirement": "r-5",
        "domain": None,
        "capacity": {"items": 2, "period": "P7D"},
        "ceiling": "SECRET",
        "quality": 80,
        "lead_time": "P2D",
        "pool": "crew",
        "end": None,
    }
    american = ("offer", "add", "USA", "--capacity", "2", "--per", "P7D", "--ceiling", "SECRET", "--domain")
    assert "only `USA` can say this" in march.error(1, *american, "early-warning")["message"]
    other = march.ask(*american, "early-warning", *USA)
    far = march.ask(*american, "general", *USA)
    assert march.ask("offer", "list")["offers"][5:] == [one, other, far]
    assert march.ask("pool", "list")["pools"][1:] == [pool]
    assert march.ask("requirement", "show", "r-5")["offers"] == [one, other]
    shown = march.type("offer", "list").out
    assert "pool crew" in shown
    assert "domain general" in shown
    assert march.ask("offer", "end", "o-6", *WHY)["ended"] == "offer"
    assert march.ask("pool", "end", "crew", *WHY)["ended"] == "pool"
    assert march.type("verify").code == 0


@pytest.mark.parametrize(
    ("code", "said", "typed"),
    [
        (2, "--rate and --per belong together", (*ADD, "--rate", "3")),
        (2, "--per: `7 days` is no length of time", (*ADD, "--rate", "3", "--per", "7 days")),
        (2, "--freshness: `2d` is no length of time", (*ADD, "--freshness", "2d")),
        (2, "--priority: 9 is no priority", (*ADD, "--priority", "9")),
        (2, "--domains: unknown domain `space`", (*ADD, "--domains", "space")),
        (2, "--rate: no amount in a time", (*ADD, "--rate", "0", "--per", "P7D")),
        (2, "no requirement `r-1`", ("requirement", "show", "r-1")),
        (2, "no requirement `r-1`", ("tag", "list", "--requirement", "r-1")),
        (2, "do one of the two", ("tag", "add", "r-1")),
        (2, "no offer `o-1`", ("offer", "end", "o-1", *WHY)),
        (2, "an offer is for one requirement or for one domain: state --requirement or --domain", OFFER),
        (2, "state --requirement or --domain", (*OFFER, "--requirement", "r-5", "--domain", "general")),
        (2, "`` lists a name that is empty: write each name, or leave the option out", (*ADD, "--domains", "")),
        (2, "`general,` lists a name that is empty", (*ADD, "--domains", "general,")),
        (2, "`` is no region: write one in printable signs, or leave it out", (*ADD, "--region", "")),
        (2, "--quality: 101 is no quality", (*OFFER, "--domain", "general", "--quality", "101")),
        (2, "--capacity: no amount in a time", (*OFFER[:4], "0", *OFFER[5:], "--domain", "general")),
        (2, "--lead-time: `1` is no length of time", (*OFFER, "--domain", "general", "--lead-time", "1")),
    ],
)  # fmt: skip
def test_what_is_wrong_says_which_option(march: Stage, code: int, said: str, typed: tuple[str, ...]) -> None:
    assert said in march.error(code, *typed)["message"]


def test_a_title_that_says_nothing_cannot_be_left_out(march: Stage) -> None:
    message = march.error(2, "requirement", "add", "")["message"]
    assert message == "`` is no title: write one in printable signs"


@pytest.mark.parametrize("wide", [80, 100])
def test_ids_stand_on_one_line(march: Stage, monkeypatch: pytest.MonkeyPatch, wide: int) -> None:
    """So that they can be marked and typed again."""
    monkeypatch.setenv("COLUMNS", str(wide))
    for noun in ("offer", "requirement", "tag", "pool"):
        ids = [each["id"] for each in march.ask(noun, "list")[f"{noun}s"]]
        lines = march.type(noun, "list").out.splitlines()
        assert ids
        assert {each.split()[0] for each in lines if each.strip()} >= set(ids)
        assert max(map(len, lines)) <= wide


def test_an_id_that_takes_most_of_a_line_is_folded_and_not_cut(march: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "the-drones-of-the-northern-squadron-and-their-crews"
    march.ask("pool", "add", "GBR", "--capacity", "3", "--per", "P7D", "--id", name)
    monkeypatch.setenv("COLUMNS", "80")
    assert name in "".join(line[1:].split(" ")[0] for line in march.type("pool", "list").out.splitlines())
