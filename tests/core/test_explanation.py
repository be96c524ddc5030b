"""Explanations: of the case of March 2025 by hand, and of random worlds by what must hold of each."""

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from comity.core.carriage import Hop
from comity.core.decision import Permitted, Refused
from comity.core.errors import UnknownName
from comity.core.explanation import (
    UNAVAILABLE,
    Cause,
    Explanation,
    explain,
    for_holder,
    for_originator,
    for_requester,
)
from comity.core.ground import Basis, Ground
from comity.core.instant import NEVER
from comity.core.lineage import ItemId, Use
from comity.core.partner import Code, Recipient, base
from comity.core.remedy import Agree, Attest, Lift, Name, Restate, Shortfall, Wait, Waive
from tests.laws.worlds import LOTS, Asked, Plain, drawn
from tests.oracle import generator, naive, parts
from tests.oracle.words import Claim, Triple, claims_of, find_item, live, moment
from tests.plain import core_world, instant

FILE = Path(__file__).parent.parent / "worlds" / "march-2025.yaml"
TEXT = FILE.read_text(encoding="utf-8").partition("\nrequirements:")[0]
MARCH = yaml.load(TEXT, yaml.BaseLoader)  # noqa: S506 - BaseLoader makes nothing but strings, lists and dicts
GIVEN = instant("2025-03-05T12:00:00Z")
LIFTED = instant("2025-03-11T18:00:00Z")
US, GB, UA = (Code(Recipient(code)) for code in ("USA", "GBR", "UKR"))


def explained(item: str, to: str, at: str, **changed: object) -> Explanation:
    return explain(core_world(MARCH | changed), ItemId(item), Recipient(to), instant(at))


def only(explanation: Explanation) -> Cause:
    (cause,) = explanation.causes
    return cause


def ids(path: tuple[Hop, ...]) -> list[str | None]:
    return [hop.item for hop in path]


# The case


def test_a_suspension_is_explained_to_the_root_through_every_quotation() -> None:
    found = explained("gb-digest-of-digest", "UKR", "2025-03-06T11:00:00Z")
    cause = only(found)
    assert str(cause.reason) == "USA/us-launch-detections/suspended"
    assert ids(cause.path) == ["gb-digest-of-digest", "gb-digest", "us-launch-detections"]
    assert [hop.use for hop in cause.path] == [None, Use.REPRODUCES, Use.REPRODUCES]
    assert cause.ways == (
        (Lift(suspension="usa-stops-ukr", by=US, end=LIFTED),),
        (
            Waive(
                by=(US,),
                items=(ItemId("gb-digest-of-digest"), ItemId("gb-digest"), ItemId("us-launch-detections")),
                use=Use.REPRODUCES,
                after=GIVEN,
            ),
        ),
        (Wait(until=LIFTED),),
    )
    assert found.until == LIFTED


def test_a_delegate_may_consent_too_if_its_delegation_will_be_in_force_then() -> None:
    delegations = [
        {"id": "norwegian", "from": "USA", "to": "NOR", "ceiling": "TOP SECRET", "domains": ["*"]},
        {
            "id": "ended",
            "from": "USA",
            "to": "FRA",
            "ceiling": "SECRET",
            "domains": ["*"],
            "end": "2025-03-06T00:00:00Z",
        },
        {"id": "low", "from": "USA", "to": "DEU", "ceiling": "RESTRICTED", "domains": ["*"]},
    ]
    found = explained("us-launch-detections", "UKR", "2025-03-06T11:00:00Z", delegations=delegations)
    (waive,) = (remedy for way in only(found).ways for remedy in way if isinstance(remedy, Waive))
    assert waive.by == ("USA", "NOR")


def test_an_attestation_that_the_terms_let_stand_is_a_way_out() -> None:
    cause = only(explained("gb-assessment-with-us", "UKR", "2025-03-04T12:00:00Z"))
    attest = Attest(by=GB, item=ItemId("gb-assessment-with-us"), source=ItemId("us-imagery"), frees=True)
    assert str(cause.reason) == "USA/us-imagery/onward"
    assert [type(remedy) for way in cause.ways for remedy in way] == [Name, Waive, Attest, Wait]
    assert cause.ways[2] == (attest,)


def test_an_attestation_that_the_terms_do_not_let_stand_is_none() -> None:
    unreceived = [{key: value for key, value in each.items() if key != "received"} for each in MARCH["items"]]
    found = explained("gb-early-warning", "UKR", "2025-03-06T08:00:00Z", items=unreceived)
    ways = [way for cause in found.causes if cause.originator == "NOR" for way in cause.ways]
    assert [[type(remedy) for remedy in way] for way in ways] == [[Agree, Name], [Waive], [Wait]]
    agree, waive = ways[0][0], ways[1][0]
    assert isinstance(agree, Agree)
    assert agree.replaces == ("nor-gbr",)
    assert isinstance(waive, Waive)
    assert waive.use is Use.DRAWS_ON


def test_what_the_channel_lacks_is_said_of_each_agreement() -> None:
    found = explained("gb-raw-collection", "UKR", "2025-03-04T12:00:00Z")
    audience, channel = found.causes
    assert channel.ways[0] == (
        Agree(
            frm=GB,
            to=UA,
            level="TOP SECRET",
            domains=frozenset({"intelligence"}),
            short=(Shortfall(agreement="gbr-ukr", ceiling="SECRET"),),
        ),
    )
    assert channel.ways[1] == (Waive(by=(GB,), items=(ItemId("gb-raw-collection"),), use=Use.REPRODUCES),)
    assert audience.ways[0] == (Name(by=GB, item=ItemId("gb-raw-collection"), claim=0, names=("UKR",)),)


def test_an_embargo_is_waited_for_or_stated_anew() -> None:
    found = explained("gb-exercise-plan", "UKR", "2025-03-06T11:00:00Z")
    begins = instant("2025-03-07T00:00:00Z")
    restate = Restate(by=GB, item=ItemId("gb-exercise-plan"), claim=0)
    assert only(found).ways == ((restate,), (Wait(until=begins),))
    assert found.until == begins


def test_a_permit_says_what_it_rests_on_and_until_when() -> None:
    found = explained("us-launch-detections", "UKR", "2025-03-04T12:00:00Z")
    (ground,) = found.grounds
    assert (ground.basis, ground.terms, ground.channel) == (Basis.NAMED, ("usa-gbr",), ("gbr-ukr",))
    assert found.until == GIVEN


def test_analysis_is_what_goes_on_through_the_suspension() -> None:
    found = explained("gb-assessment-with-us", "UKR", "2025-03-06T11:00:00Z")
    assert isinstance(found.decision, Permitted)
    imagery = next(ground for ground in found.grounds if ground.root == "us-imagery")
    assert (imagery.basis, imagery.analyses, imagery.channel) == (Basis.ANALYSIS, ("gb-assessment-with-us",), ())


def test_the_originator_sees_no_item_of_others() -> None:
    shown = for_originator(explained("gb-digest-of-digest", "UKR", "2025-03-06T11:00:00Z"), US)
    assert shown is not None
    (cause,) = shown.causes
    assert ids(cause.path) == [None, None, "us-launch-detections"]
    assert cause.ways == (
        (Lift(suspension="usa-stops-ukr", by=US, end=LIFTED),),
        (Waive(by=(US,), items=(ItemId("us-launch-detections"),), use=Use.REPRODUCES, after=GIVEN),),
    )


def test_who_has_no_word_in_it_sees_nothing() -> None:
    found = explained("gb-digest-of-digest", "UKR", "2025-03-06T11:00:00Z")
    assert for_originator(found, Code(Recipient("NOR"))) is None


def test_the_holder_sees_all() -> None:
    found = explained("gb-digest", "UKR", "2025-03-06T11:00:00Z")
    assert for_holder(found) == found


def test_a_refused_requester_is_told_what_it_is_told_of_no_item() -> None:
    refused = explained("gb-digest", "UKR", "2025-03-06T11:00:00Z").decision
    permitted = explained("gb-digest", "UKR", "2025-03-04T12:00:00Z").decision
    assert for_requester(refused) is for_requester(None) is UNAVAILABLE
    assert for_requester(permitted) is permitted


# What must hold of every explanation


def explanations(rng: random.Random, questions: int) -> Iterator[tuple[Plain, Asked, Explanation]]:
    plain, asked = drawn(rng, questions)
    world = core_world(plain)
    for question in asked:
        yield plain, question, explain(world, ItemId(question.item), Recipient(question.to), instant(question.at))


@given(LOTS)
def test_until_is_when_the_verdict_turns(rng: random.Random) -> None:
    """It is the same at every time that the world mentions before, and another one then."""
    plain, questions = drawn(rng, 3)
    for grant in plain["agreements"]:
        if rng.random() < 0.4:
            grant.setdefault("end", parts.step(rng.randint(parts.STEPS - 11, parts.STEPS)))
    world = core_world(plain)
    for question in questions:
        found = explain(world, ItemId(question.item), Recipient(question.to), instant(question.at))
        permitted = isinstance(found.decision, Permitted)
        later = [at for at in generator.boundaries(plain) if instant(at) > found.decision.at]
        end = NEVER if found.until is None else found.until
        before = [isinstance(question._replace(at=at).of(world), Permitted) for at in later if instant(at) < end]
        then = [isinstance(question._replace(at=at).of(world), Permitted) for at in later if instant(at) == end]
        assert set(before) <= {permitted}
        assert set(then) == (set() if found.until is None else {not permitted})


def edges_of(plain: Plain, above: Hop, below: Hop, at: str) -> list[dict[str, Any]]:
    """The edges that this hop may be."""
    assert above.item is not None
    return [
        edge
        for edge in find_item(plain, above.item).get("sources", [])
        if edge["item"] == below.item
        and Use(edge.get("use", "reproduces")) is below.use
        and below.attested == ("attested" in edge and is_counting(edge, at))
    ]


def is_counting(edge: dict[str, Any], at: str) -> bool:
    return live({"start": edge["attested"], **({"end": edge["withdrawn"]} if "withdrawn" in edge else {})}, moment(at))


def claim_at(plain: Plain, cause: Cause | Ground) -> Claim:
    root = cause.reason.root if isinstance(cause, Cause) else cause.root
    return next(each for each in claims_of(plain, find_item(plain, root)) if each.number == cause.claim)


def triples_along(plain: Plain, question: Asked, cause: Cause | Ground) -> Iterator[Triple]:
    """What the oracle's law makes of the claim on that path, for each choice among parallel edges."""
    claim = claim_at(plain, cause)
    choices = [edges_of(plain, above, below, question.at) for above, below in pairwise(cause.path)]
    waivers = frozenset().union(*(naive.waivers(plain, str(hop.item), claim) for hop in cause.path))
    for edges in product(*choices):
        cuts = [naive.cut(find_item(plain, str(hop.item)), edge) for hop, edge in zip(cause.path, edges, strict=False)]
        yield claim, frozenset().union(*cuts), waivers


@given(LOTS)
def test_a_path_leads_to_the_root_and_carries_what_refuses(rng: random.Random) -> None:
    """Judged by the oracle, the claim as carried along the path gives the reason."""
    for plain, question, found in explanations(rng, 6):
        for cause in found.causes:
            assert ids(cause.path)[0] == question.item
            assert ids(cause.path)[-1] == cause.reason.root
            at = moment(question.at)
            given_by = [
                naive.recalled(plain, triple, at)
                if question.to == plain["holder"]
                else naive.refusals(plain, question.item, triple, question.to, at)
                for triple in triples_along(plain, question, cause)
            ]
            assert any(tuple(cause.reason) in reasons for reasons in given_by)


@given(LOTS)
def test_grounds_are_what_the_oracle_finds_too(rng: random.Random) -> None:
    """Every claim that gives no reason of its originator's has a ground, and no other has."""
    for plain, question, found in explanations(rng, 6):
        at, silent = moment(question.at), set()
        for triple in naive.asked_triples(plain, question.item, at):
            if question.to == plain["holder"]:
                reasons = naive.recalled(plain, triple, at)
            else:
                reasons = naive.refusals(plain, question.item, triple, question.to, at)
            if triple[0].originator not in {partner for partner, _, _ in reasons}:
                silent.add((triple[0].item, triple[0].number))
        assert {(ground.root, ground.claim) for ground in found.grounds} <= silent
        if isinstance(found.decision, Permitted):
            assert {(ground.root, ground.claim) for ground in found.grounds} == silent
        for ground in found.grounds:
            assert (ground.basis is not Basis.ANALYSIS) or ground.analyses
            assert (ground.basis is not Basis.CONSENT) or ground.consents
            assert any(True for _ in triples_along(plain, question, ground))


def strings_in(value: object) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            yield from strings_in(getattr(value, field.name))
    elif isinstance(value, tuple | frozenset | list):
        for each in value:
            yield from strings_in(each)
    else:
        assert value is None or isinstance(value, int | Enum)


def may_know(plain: Plain, partner: str, question: Asked) -> set[str]:
    """What an originator's own material and arrangements name."""
    known = {partner, plain["holder"], question.to, base(Recipient(question.to))}
    known |= {
        item["id"] for item in plain["items"] if partner in {claim.originator for claim in claims_of(plain, item)}
    }
    known |= {grant["id"] for grant in plain["agreements"] + plain["suspensions"] if grant["from"] == partner}
    delegates = {grant["to"] for grant in plain["delegations"] if grant["from"] == partner}
    known |= delegates | {word["id"] for word in plain["consents"] if word["by"] in {partner, *delegates}}
    return known


@given(LOTS)
def test_an_originator_is_told_of_nothing_but_its_own(rng: random.Random) -> None:
    for plain, question, found in explanations(rng, 4):
        facts = [
            *plain["items"],
            *plain["agreements"],
            *plain["suspensions"],
            *plain["consents"],
            *plain["delegations"],
        ]
        secrets = {fact["id"] for fact in facts} | set(plain["partners"])
        for code in plain["partners"]:
            shown = for_originator(found, Code(Recipient(code)))
            told = {text for text in strings_in(shown) if text in secrets or "/" in text}
            assert told <= may_know(plain, code, question)
            if shown is not None:
                assert {cause.originator for cause in shown.causes} <= {code}
                assert {ground.originator for ground in shown.grounds} <= {code}


@given(LOTS)
def test_a_requester_cannot_tell_one_refusal_from_another(rng: random.Random) -> None:
    refused = {for_requester(f.decision) for _, _, f in explanations(rng, 4) if isinstance(f.decision, Refused)}
    assert refused <= {for_requester(None)}


def test_an_item_that_is_not_held_is_not_explained() -> None:
    with pytest.raises(UnknownName, match="no item `nothing`"):
        explained("nothing", "UKR", "2025-03-06T11:00:00Z")
