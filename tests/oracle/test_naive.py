"""The oracle against the answers of the case, and against small worlds worked out by hand from the law."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from .naive import decide
from .words import World

MARCH = Path(__file__).parent.parent / "worlds" / "march-2025.yaml"
PERMIT: tuple[str, list[str]] = ("permit", [])


def refuse(*because: str) -> tuple[str, list[str]]:
    """A refusal for these reasons, in the order given."""
    return "refuse", list(because)


def day(number: int) -> str:
    """Midnight of a day in March 2025."""
    return f"2025-03-{number:02}T00:00:00Z"


def march() -> World:
    """The world of the case. BaseLoader keeps times as strings; the file holds no booleans."""
    loaded: World = yaml.load(MARCH.read_text(encoding="utf-8"), yaml.BaseLoader)  # noqa: S506 - BaseLoader makes nothing but strings, lists and dicts
    return loaded


def world(**facts: object) -> World:
    """The United Kingdom between the United States and Ukraine, one agreement each way of the flow, and the
    facts given.
    """
    plain: World = {
        "holder": "GBR",
        "partners": {code: {"name": code} for code in ("FRA", "GBR", "UKR", "USA")},
        "domains": ["intelligence", "operations"],
        "agreements": [GBR_UKR, USA_GBR],
        "items": [],
    }
    return plain | facts


GBR_UKR = {"id": "gbr-ukr", "from": "GBR", "to": "UKR", "ceiling": "SECRET", "domains": ["*"]}
USA_GBR = {
    "id": "usa-gbr", "from": "USA", "to": "GBR", "ceiling": "SECRET", "domains": ["*"],
    "onward": "listed", "derivation": "own-analysis",
}  # fmt: skip
OURS = {"id": "ours", "originator": "GBR", "level": "SECRET"}
THEIRS = {"id": "theirs", "originator": "USA", "level": "SECRET", "releasable_to": ["GBR", "UKR"]}
HIDDEN = {"id": "theirs", "originator": "USA", "level": "SECRET", "releasable_to": ["GBR"]}
STOP = {"id": "stop", "from": "USA", "to": "UKR", "start": day(5), "end": day(11)}


def drawing(source: str, **edge: object) -> dict[str, Any]:
    """An item of the United Kingdom's own that draws on another, attested on the third unless said otherwise."""
    return OURS | {"sources": [{"item": source, "use": "draws-on", "attested": day(3)} | edge]}


def test_march_2025_has_85_answers() -> None:
    """None of the answers may be lost on the way."""
    assert len(march()["checks"]) == 85


@pytest.mark.parametrize("check", march()["checks"], ids=lambda k: f"{k['item']}-{k['to']}-{k['at']}")
def test_march_2025(check: dict[str, Any]) -> None:
    """Every answer of the case."""
    got = decide(march(), check["item"], check["to"], check["at"])
    assert got == (check["expect"], check.get("because", []))


# --- by hand, one clause each -----------------------------------------------------------------------------------------


def test_channel_needs_one_agreement_that_covers() -> None:
    """Step 1: the ceiling bounds the level, and every domain must be included in one and the same agreement."""
    secret = world(items=[OURS | {"domains": ["intelligence", "operations"]}])
    assert decide(secret, "ours", "UKR", day(1)) == PERMIT
    assert decide(secret, "ours", "FRA", day(1)) == refuse("GBR/ours/channel")
    low = secret | {"agreements": [GBR_UKR | {"ceiling": "CONFIDENTIAL"}]}
    assert decide(low, "ours", "UKR", day(1)) == refuse("GBR/ours/channel")
    halves = [GBR_UKR | {"domains": ["intelligence"]}, GBR_UKR | {"id": "more", "domains": ["operations"]}]
    assert decide(secret | {"agreements": halves}, "ours", "UKR", day(1)) == refuse("GBR/ours/channel")


def test_holders_own_consent_opens_the_channel_and_leaves_conditions() -> None:
    """Step 1: `conditions` stays "whatever h itself consents to"; a `draws-on` consent opens nothing."""
    bound = world(items=[OURS | {"conditions": ["no-copies"]}], conditions=["no-copies"])
    consent = {"id": "c", "by": "GBR", "item": "ours", "to": ["FRA"], "start": day(2)}
    assert decide(bound, "ours", "FRA", day(2)) == refuse("GBR/ours/channel", "GBR/ours/conditions")
    assert decide(bound | {"consents": [consent]}, "ours", "FRA", day(2)) == refuse("GBR/ours/conditions")
    informed = bound | {"consents": [consent | {"use": "draws-on"}]}
    assert decide(informed, "ours", "FRA", day(2)) == refuse("GBR/ours/channel", "GBR/ours/conditions")


def test_conditions_are_accepted_by_one_agreement() -> None:
    """Step 1: "no covering agreement accepts them all"."""
    bound = world(items=[OURS | {"conditions": ["a", "b"]}], conditions=["a", "b"])
    halves = [GBR_UKR | {"accepts": ["a"]}, GBR_UKR | {"id": "more", "accepts": ["b"]}]
    assert decide(bound | {"agreements": halves}, "ours", "UKR", day(1)) == refuse("GBR/ours/conditions")
    whole = [GBR_UKR | {"accepts": ["b", "a"]}]
    assert decide(bound | {"agreements": whole}, "ours", "UKR", day(1)) == PERMIT


def test_windows_are_half_open() -> None:
    """A suspension stops from its start, and no longer at its end."""
    stopped = world(items=[THEIRS], suspensions=[STOP])
    assert decide(stopped, "theirs", "UKR", "2025-03-04T23:59:59.999999Z") == PERMIT
    assert decide(stopped, "theirs", "UKR", day(5)) == refuse("USA/theirs/suspended")
    assert decide(stopped, "theirs", "UKR", "2025-03-10T23:59:59.999999Z") == refuse("USA/theirs/suspended")
    assert decide(stopped, "theirs", "UKR", day(11)) == PERMIT


@pytest.mark.parametrize(
    ("reach", "passed_on", "analysed"), [("direct", False, False), ("onward", True, False), ("derived", True, True)]
)
def test_reach(reach: str, passed_on: bool, analysed: bool) -> None:
    """Step 3 at the stopping partner's own node, at the node that passes on, and for that node's own analysis."""
    stop = STOP | {"reach": reach}
    own_node = world(holder="USA", items=[HIDDEN | {"releasable_to": ["UKR"]}], suspensions=[stop])
    own_node["agreements"] = [GBR_UKR | {"from": "USA"}]
    assert decide(own_node, "theirs", "UKR", day(6)) == refuse("USA/theirs/channel", "USA/theirs/suspended")
    relay = world(items=[THEIRS], suspensions=[stop])
    assert decide(relay, "theirs", "UKR", day(6)) == (refuse("USA/theirs/suspended") if passed_on else PERMIT)
    analysis = world(items=[HIDDEN, drawing("theirs")], suspensions=[stop])
    assert decide(analysis, "ours", "UKR", day(6)) == (refuse("USA/theirs/suspended") if analysed else PERMIT)


def test_an_analysis_stands_on_the_terms_of_its_attestation() -> None:
    """The derivation term is read at the attested time: an agreement may end later."""
    ending = [GBR_UKR, USA_GBR | {"end": day(8)}]
    before = world(agreements=ending, items=[HIDDEN, drawing("theirs", attested=day(7))])
    assert decide(before, "ours", "UKR", day(9)) == PERMIT
    after = world(agreements=ending, items=[HIDDEN, drawing("theirs", attested=day(8))])
    assert decide(after, "ours", "UKR", day(9)) == refuse("USA/theirs/onward")
    taken_back = world(items=[HIDDEN, drawing("theirs", withdrawn=day(6))])
    assert decide(taken_back, "ours", "UKR", day(2)) == refuse("USA/theirs/onward")
    assert decide(taken_back, "ours", "UKR", day(5)) == PERMIT
    assert decide(taken_back, "ours", "UKR", day(6)) == refuse("USA/theirs/onward")


def test_term_a_and_b() -> None:
    """(a) attested while the originator had suspended the analyst; (b) attested by one not in the audience."""
    stop = {"id": "stop", "from": "USA", "to": "GBR", "start": day(2), "end": day(4), "reach": "direct"}
    assert decide(world(items=[HIDDEN, drawing("theirs")], suspensions=[stop]), "ours", "UKR", day(9)) == refuse(
        "USA/theirs/onward"
    )
    unnamed = HIDDEN | {"releasable_to": ["FRA"], "derivation": "own-analysis"}
    assert decide(world(items=[unnamed, drawing("theirs")]), "ours", "UKR", day(9)) == refuse("USA/theirs/onward")


def test_term_c_states_and_d_needs_a_covering_agreement() -> None:
    """(c) what the claim states needs no agreement; (d) what it does not state needs one that covers."""
    none = world(agreements=[GBR_UKR], items=[THEIRS])
    assert decide(none, "theirs", "UKR", day(1)) == refuse("USA/theirs/onward")
    stating = world(agreements=[GBR_UKR], items=[THEIRS | {"onward": "listed"}])
    assert decide(stating, "theirs", "UKR", day(1)) == PERMIT
    low = world(agreements=[GBR_UKR, USA_GBR | {"ceiling": "RESTRICTED"}], items=[THEIRS])
    assert decide(low, "theirs", "UKR", day(1)) == refuse("USA/theirs/onward")


def test_term_e_takes_the_strictest_of_now_and_of_the_received_time() -> None:
    """(e) an agreement that only overlaps is strict too, and so is one in force when the item was received."""
    free = USA_GBR | {"id": "free", "onward": "free", "start": day(5)}
    strict = USA_GBR | {"id": "strict", "onward": "consent", "ceiling": "RESTRICTED", "end": day(4)}
    plain = OURS | {"id": "theirs", "originator": "USA"}
    facts: dict[str, Any] = {"agreements": [GBR_UKR, free, strict]}
    assert decide(world(items=[plain], **facts), "theirs", "UKR", day(5)) == PERMIT
    received = world(items=[plain | {"received": day(3)}], **facts)
    assert decide(received, "theirs", "UKR", day(5)) == refuse("USA/theirs/onward")
    both = world(items=[plain], agreements=[GBR_UKR, free, strict | {"end": day(6)}])
    assert decide(both, "theirs", "UKR", day(5)) == refuse("USA/theirs/onward")


def test_a_community_is_read_now_and_at_the_received_time() -> None:
    """A member now that was none when the item was received is not named; a consent asks for now alone."""
    members = {"E3": ["FRA", {"partner": "UKR", "start": day(4), "end": day(8)}]}
    late = world(communities=members, items=[OURS | {"releasable_to": ["E3"]}])
    assert decide(late, "ours", "UKR", day(4)) == PERMIT
    assert decide(late, "ours", "UKR", day(8)) == refuse("GBR/ours/audience")
    earlier = world(communities=members, items=[OURS | {"releasable_to": ["E3"], "received": day(3)}])
    assert decide(earlier, "ours", "UKR", day(5)) == refuse("GBR/ours/audience")
    consent = {"id": "c", "by": "GBR", "item": "ours", "to": ["E3"], "start": day(1)}
    assert decide(earlier | {"consents": [consent]}, "ours", "UKR", day(5)) == PERMIT


def test_parts_are_named_by_themselves_or_by_the_star() -> None:
    """Neither the partner, nor its community, nor an absent audience names a part. The holder's own need no channel."""
    assert decide(world(items=[OURS]), "ours", "UKR/alice", day(1)) == refuse("GBR/ours/audience")
    for names, expected in [
        (["UKR", "E3"], refuse("GBR/ours/audience")),
        (["UKR/*"], PERMIT),
        (["UKR/alice"], PERMIT),
        (["UKR/clients"], refuse("GBR/ours/audience")),
        (["*"], PERMIT),
    ]:
        named = world(communities={"E3": ["UKR"]}, items=[OURS | {"releasable_to": names}])
        assert decide(named, "ours", "UKR/alice", day(1)) == expected
    home = world(agreements=[], items=[OURS | {"releasable_to": ["GBR/*"]}])
    assert decide(home, "ours", "GBR/alice", day(1)) == PERMIT


def test_own_and_public() -> None:
    """Steps 1 and 2: the originator gets its own back without an agreement; public needs none but heeds h's stop."""
    back = world(agreements=[], items=[HIDDEN | {"conditions": ["a"], "not_before": day(9)}], conditions=["a"])
    assert decide(back, "theirs", "USA", day(1)) == PERMIT
    public = {"id": "open", "originator": "GBR", "level": "UNCLASSIFIED", "releasable_to": ["*"]}
    assert decide(world(agreements=[], items=[public]), "open", "FRA", day(1)) == PERMIT
    stop = {"id": "stop", "from": "GBR", "to": "FRA", "start": day(1)}
    stopped = world(agreements=[], items=[public], suspensions=[stop])
    assert decide(stopped, "open", "FRA", day(1)) == refuse("GBR/open/channel")
    for narrower in ({"level": "RESTRICTED"}, {"conditions": ["a"]}, {"onward": "listed"}, {"not_before": day(2)}):
        closed = world(agreements=[], items=[public | narrower], conditions=["a"])
        assert "GBR/open/channel" in decide(closed, "open", "FRA", day(1))[1]


def test_embargo_and_expiry_bind_in_spite_of_consent() -> None:
    """Step 5 comes before step 6, with half-open ends."""
    timed = THEIRS | {"not_before": day(3), "not_after": day(6)}
    consent = {"id": "c", "by": "USA", "item": "theirs", "to": ["UKR"], "start": day(1)}
    asked = world(items=[timed], consents=[consent])
    assert decide(asked, "theirs", "UKR", day(2)) == refuse("USA/theirs/embargo")
    assert decide(asked, "theirs", "UKR", day(3)) == PERMIT
    assert decide(asked, "theirs", "UKR", day(6)) == refuse("USA/theirs/embargo")


def test_consent_is_given_strictly_after_each_open_suspension() -> None:
    """Step 3: by `given`, not by start; two suspensions both need a later word."""
    consent = {"id": "c", "by": "USA", "item": "theirs", "to": ["UKR"], "start": day(6)}
    stop = STOP | {"given": day(6)}
    same = world(items=[HIDDEN], suspensions=[stop], consents=[consent])
    assert decide(same, "theirs", "UKR", day(7)) == refuse("USA/theirs/suspended")
    later = world(items=[HIDDEN], suspensions=[stop], consents=[consent | {"given": "2025-03-06T00:00:00.000001Z"}])
    assert decide(later, "theirs", "UKR", day(7)) == PERMIT
    again = later | {"suspensions": [stop, STOP | {"id": "again", "start": day(7), "end": day(8)}]}
    assert decide(again, "theirs", "UKR", day(7)) == refuse("USA/theirs/suspended")
    assert decide(again, "theirs", "UKR", day(8)) == PERMIT


def test_delegation_counts_when_the_consent_was_given() -> None:
    """W(X, c): in force when given, covering the claim, one step only."""
    grant = {"id": "d", "from": "USA", "to": "FRA", "ceiling": "SECRET", "domains": ["*"], "end": day(4)}
    consent = {"id": "c", "by": "FRA", "item": "theirs", "to": ["UKR"], "start": day(4), "given": day(3)}
    asked = world(items=[HIDDEN], delegations=[grant], consents=[consent])
    assert decide(asked, "theirs", "UKR", day(9)) == PERMIT
    late = asked | {"consents": [consent | {"given": day(4)}]}
    assert decide(late, "theirs", "UKR", day(9)) == refuse("USA/theirs/onward")
    low = asked | {"delegations": [grant | {"ceiling": "CONFIDENTIAL"}]}
    assert decide(low, "theirs", "UKR", day(9)) == refuse("USA/theirs/onward")
    chain = [grant | {"to": "UKR"}, grant | {"id": "e", "from": "UKR"}]
    assert decide(asked | {"delegations": chain}, "theirs", "UKR", day(9)) == refuse("USA/theirs/onward")


def test_word_for_analysis_holds_while_some_cutter_counts() -> None:
    """Word: a `draws-on` consent frees the analysis, not the source, and not before it is attested."""
    orcon = HIDDEN | {"derivation": "inherit"}
    consent = {"id": "c", "by": "USA", "item": "theirs", "to": ["UKR"], "use": "draws-on", "start": day(1)}
    asked = world(items=[orcon, drawing("theirs")], consents=[consent])
    assert decide(asked, "theirs", "UKR", day(5)) == refuse("USA/theirs/onward")
    assert decide(asked, "ours", "UKR", day(2)) == refuse("USA/theirs/onward")
    assert decide(asked, "ours", "UKR", day(3)) == PERMIT
    assert decide(asked | {"consents": []}, "ours", "UKR", day(3)) == refuse("USA/theirs/onward")


def test_consent_on_a_middle_item_frees_what_passes_through_it() -> None:
    """Waivers are gathered on the way: every path needs its own."""
    quote = OURS | {"id": "quote", "sources": [{"item": "theirs"}]}
    again = OURS | {"id": "again", "sources": [{"item": "quote"}]}
    both = OURS | {"id": "both", "sources": [{"item": "quote"}, {"item": "theirs"}]}
    consent = {"id": "c", "by": "USA", "item": "quote", "to": ["UKR"], "start": day(1)}
    asked = world(items=[HIDDEN, quote, again, both], consents=[consent])
    assert decide(asked, "again", "UKR", day(1)) == PERMIT
    assert decide(asked, "both", "UKR", day(1)) == refuse("USA/theirs/onward")
    assert decide(asked, "theirs", "UKR", day(1)) == refuse("USA/theirs/onward")
    stranger = asked | {"consents": [consent | {"by": "GBR"}]}
    assert decide(stranger, "again", "UKR", day(1)) == refuse("USA/theirs/onward")


def test_cycles_carry_everything_round() -> None:
    """A cites B cites A: each carries both claims; the order of items does not matter."""
    first = HIDDEN | {"id": "first", "sources": [{"item": "second"}]}
    second = OURS | {"id": "second", "releasable_to": [], "sources": [{"item": "first"}]}
    expected = refuse("GBR/second/audience", "USA/first/onward")
    for items in ([first, second], [second, first]):
        assert decide(world(items=items), "first", "UKR", day(1)) == expected
        assert decide(world(items=items), "second", "UKR", day(1)) == expected


def test_recall_stops_the_holder_itself() -> None:
    """r = h: public material too, but not the holder's attested analysis; nothing else is asked."""
    public = {"id": "theirs", "originator": "USA", "level": "UNCLASSIFIED", "releasable_to": ["*"]}
    recall = {"id": "recall", "from": "USA", "to": "GBR", "recall": True, "start": day(5)}
    quote = OURS | {"id": "quote", "sources": [{"item": "theirs"}], "releasable_to": []}
    asked = world(items=[public, quote, drawing("theirs")], suspensions=[recall])
    assert decide(asked, "quote", "GBR", day(4)) == PERMIT
    assert decide(asked, "quote", "GBR", day(5)) == refuse("USA/theirs/recalled")
    assert decide(asked, "theirs", "GBR", day(5)) == refuse("USA/theirs/recalled")
    assert decide(asked, "ours", "GBR", day(5)) == PERMIT
    assert decide(asked, "theirs", "GBR/alice", day(5)) == PERMIT
    kept = asked | {"suspensions": [recall | {"recall": False}]}
    assert decide(kept, "theirs", "GBR", day(5)) == PERMIT


def test_a_hold_binds_within_its_window() -> None:
    """A further claim of the holder, naming nobody, and without a level."""
    hold = {"originator": "GBR", "releasable_to": [], "start": day(3), "end": day(5)}
    held = world(items=[THEIRS | {"further_claims": [hold]}])
    assert decide(held, "theirs", "UKR", day(2)) == PERMIT
    assert decide(held, "theirs", "UKR", day(3)) == refuse("GBR/theirs/audience")
    assert decide(held, "theirs", "UKR", day(5)) == PERMIT


def test_reasons_are_in_the_order_of_the_triple() -> None:
    """`a` stands before `a-b`, although the joined strings would stand the other way round."""
    items = [OURS | {"id": "a"}, OURS | {"id": "a-b", "sources": [{"item": "a"}]}]
    assert decide(world(items=items), "a-b", "FRA", day(1)) == refuse("GBR/a/channel", "GBR/a-b/channel")


def test_unknown_names_raise() -> None:
    """`decide` "raises on others"."""
    with pytest.raises(KeyError):
        decide(world(items=[OURS]), "ours", "XXX", day(1))
    with pytest.raises(KeyError):
        decide(world(items=[OURS]), "other", "UKR", day(1))
