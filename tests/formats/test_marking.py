from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comity.core.agreement import Agreement
from comity.core.claim import GENERAL, LEVELS, Claim, Onward
from comity.core.decision import Permitted, decide
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import Item, ItemId
from comity.core.partner import Code, Community, Membership, Recipient
from comity.core.world import Policy, World
from comity.formats.fault import Flaw
from comity.formats.marking import (
    AMBER,
    AMBER_1,
    AMBER_STRICT,
    CLEAR,
    GREEN,
    GREEN_1,
    RED,
    RED_1,
    WHITE_1,
    Context,
    DefaultTerms,
    Kind,
    NoTerms,
    claims,
    unmarked,
)

USA, GBR, UKR, FRA = (Code(Recipient(code)) for code in ("USA", "GBR", "UKR", "FRA"))
ALICE, BOB, CLIENTS = Recipient("GBR/alice"), Recipient("UKR/bob"), Recipient("GBR/clients")
TLP_1 = {WHITE_1: CLEAR, GREEN_1: GREEN, AMBER_1: AMBER, RED_1: RED}
TLP = [CLEAR, GREEN, AMBER, AMBER_STRICT, RED]
STATEMENT, ACS, UNKNOWN = (f"marking-definition--00000000-0000-4000-8000-00000000000{n}" for n in range(3))

TERMS = DefaultTerms(
    level="SECRET", domains=frozenset({"cyber"}), audience=("FRA",), conditions=frozenset({"no-print"})
)
CONTEXT = Context(
    holder=GBR,
    submitter=USA,
    originator=USA,
    community="PACT",
    persons=(ALICE, BOB),
    terms=TERMS,
    lowest="UNCLASSIFIED",
    received=Instant(7),
)


def kinds(marking: str) -> Kind | None:
    return {STATEMENT: Kind.STATEMENT, ACS: Kind.OTHER}.get(marking)


def made(*markings: str, granular: Iterable[str] = (), context: Context = CONTEXT) -> tuple[Claim, ...]:
    found = claims(markings, granular, kinds=kinds, context=context)
    assert isinstance(found, tuple)
    return found


def audiences(*markings: str, granular: Iterable[str] = (), context: Context = CONTEXT) -> list[tuple[str, ...] | None]:
    return [claim.audience for claim in made(*markings, granular=granular, context=context)]


def claim(
    audience: tuple[str, ...] | None,
    onward: Onward | None,
    level: str = "SECRET",
    conditions: frozenset[str] = TERMS.conditions,
) -> Claim:
    return Claim(
        originator=USA,
        level=level,
        domains=TERMS.domains,
        audience=audience,
        onward=onward,
        conditions=conditions,
        received=Instant(7),
    )


# One marking


def test_the_ids_of_tlp_are_those_of_the_standards() -> None:
    # The ends of each, as FIRST and OASIS publish them.
    assert [(marking[20:28], marking[-12:]) for marking in [*TLP, *TLP_1]] == [
        ("94868c89", "a1a8aa3c8487"),
        ("bab4a63c", "dfca5abac2bb"),
        ("55d920b0", "91f868d9b421"),
        ("939a9414", "375ea402b003"),
        ("e828b379", "e53a884c97c1"),
        ("613f2e26", "b8e91df99dc9"),
        ("34098fce", "ebd3cc5e41da"),
        ("f88d31f6", "01333bde0b82"),
        ("5e57c739", "7d15ca92d5ed"),
    ]


@pytest.mark.parametrize(
    ("marking", "expected"),
    [
        (CLEAR, claim(("*",), Onward.FREE, "UNCLASSIFIED", frozenset())),
        (GREEN, claim(("PACT",), Onward.FREE)),
        (AMBER, claim(("GBR/*",), Onward.LISTED)),
        (AMBER_STRICT, claim(("GBR",), Onward.CONSENT)),
        (RED, claim(("GBR/alice", "UKR/bob"), Onward.CONSENT)),
        (ACS, claim((), Onward.CONSENT)),
        (UNKNOWN, claim((), Onward.CONSENT)),
        ("marking-definition--anything", claim((), Onward.CONSENT)),
    ],
)
def test_each_marking_has_its_claim(marking: str, expected: Claim) -> None:
    assert made(marking) == (expected,)


@pytest.mark.parametrize(("first", "second"), TLP_1.items())
def test_tlp_1_stands_for_tlp_2(first: str, second: str) -> None:
    assert made(first) == made(second)
    assert made(first, second) == made(second)


def test_without_a_marking_the_default_terms_hold_as_they_stand() -> None:
    assert made() == (claim(("FRA",), None),)
    assert made(context=replace(CONTEXT, terms=replace(TERMS, audience=None))) == (claim(None, None),)


def test_a_statement_binds_nothing() -> None:
    assert made(STATEMENT) == made()
    assert made(STATEMENT, AMBER) == made(AMBER)
    assert made(granular=[STATEMENT]) == made()


@pytest.mark.parametrize("marking", [*TLP, *TLP_1])
def test_nobody_can_turn_tlp_off_by_sending_a_statement_of_its_id(marking: str) -> None:
    assert claims([marking], [], kinds=lambda _: Kind.STATEMENT, context=CONTEXT) == made(marking)
    assert not unmarked([marking], lambda _: Kind.STATEMENT)


def test_unmarked_is_what_no_marking_binds() -> None:
    assert unmarked([], kinds)
    assert unmarked([STATEMENT, STATEMENT], kinds)
    assert not unmarked([STATEMENT, ACS], kinds)
    assert not unmarked([UNKNOWN], kinds)
    assert not unmarked([CLEAR], kinds)


def test_without_a_community_or_persons_nobody_is_admitted() -> None:
    assert audiences(GREEN, context=replace(CONTEXT, community=None)) == [()]
    assert audiences(GREEN, RED, context=replace(CONTEXT, community=None)) == [()]
    assert audiences(RED, context=replace(CONTEXT, persons=())) == [()]


# No default terms


@pytest.mark.parametrize(
    "markings", [[], [STATEMENT], [GREEN], [AMBER], [AMBER_STRICT], [RED], [ACS], [UNKNOWN, CLEAR]]
)
def test_what_needs_default_terms_is_not_claimed_without(markings: list[str]) -> None:
    found = claims(markings, [], kinds=kinds, context=replace(CONTEXT, terms=None))
    assert found == NoTerms(submitter=USA)
    assert isinstance(found, NoTerms)
    assert found.fault.code is Flaw.NO_TERMS
    assert "`USA`" in found.fault.detail


def test_what_is_clear_as_a_whole_needs_no_default_terms() -> None:
    context = replace(CONTEXT, terms=None)
    (found,) = made(CLEAR, WHITE_1, STATEMENT, granular=[CLEAR], context=context)
    assert (found.level, found.audience, set(found.domains)) == ("UNCLASSIFIED", ("*",), {GENERAL})
    assert claims([], [CLEAR], kinds=kinds, context=context) == NoTerms(submitter=USA)
    assert claims([CLEAR], [AMBER], kinds=kinds, context=context) == NoTerms(submitter=USA)


# Several markings


@pytest.mark.parametrize(
    ("markings", "expected", "onward"),
    [
        ([CLEAR, GREEN], [("PACT",)], Onward.FREE),
        ([CLEAR, AMBER], [("GBR/*",)], Onward.LISTED),
        ([CLEAR, RED], [("GBR/alice", "UKR/bob")], Onward.CONSENT),
        ([AMBER, AMBER_STRICT], [("GBR",)], Onward.CONSENT),
        ([AMBER, RED], [("GBR/alice",)], Onward.CONSENT),
        ([AMBER_STRICT, RED], [()], Onward.CONSENT),
        ([GREEN, AMBER], [("GBR/*",), ("PACT",)], Onward.LISTED),
        ([GREEN, AMBER_STRICT, RED], [()], Onward.CONSENT),
        ([GREEN, RED], [("GBR/alice", "UKR/bob"), ("PACT",)], Onward.CONSENT),
        ([GREEN, UNKNOWN], [()], Onward.CONSENT),
        ([CLEAR, UNKNOWN], [()], Onward.CONSENT),
        ([GREEN, AMBER, STATEMENT, ACS], [()], Onward.CONSENT),
    ],
)
def test_markings_join_into_what_all_of_them_allow(
    markings: list[str], expected: list[tuple[str, ...]], onward: Onward
) -> None:
    for order in (markings, markings[::-1]):
        found = made(*order)
        assert [claim.audience for claim in found] == expected
        assert {claim.onward for claim in found} == {onward}
        assert {claim.level for claim in found} == {"SECRET"}
        assert {claim.conditions for claim in found} == {TERMS.conditions}


def test_persons_may_stand_for_whole_partners_and_more() -> None:
    named = tuple(map(Recipient, ("GBR/*", "UKR", "FRA/x", "*")))
    assert audiences(RED, AMBER, context=replace(CONTEXT, persons=named)) == [("GBR/*",)]
    assert audiences(RED, AMBER_STRICT, context=replace(CONTEXT, persons=named)) == [("GBR",)]
    assert audiences(RED, GREEN, context=replace(CONTEXT, persons=(Recipient("PACT"),))) == [("PACT",)]
    with_pact = (Recipient("PACT"), ALICE)
    assert audiences(RED, AMBER, context=replace(CONTEXT, persons=with_pact)) == [("GBR/*",), with_pact]


def test_a_granular_marking_binds_the_object_and_lowers_nothing() -> None:
    assert made(AMBER, granular=[RED]) == made(AMBER, RED)
    assert made(CLEAR, granular=[AMBER]) == made(CLEAR, AMBER)
    assert made(AMBER, granular=[CLEAR]) == made(AMBER)
    assert made(granular=[CLEAR]) == made()
    assert made(STATEMENT, granular=[CLEAR, STATEMENT]) == made()
    assert made(granular=[AMBER]) == made() + made(AMBER)
    assert made(granular=[GREEN, AMBER]) == made() + made(GREEN, AMBER)


def test_content_of_another_originator_gets_its_claims_first_and_then_the_relays() -> None:
    context = replace(CONTEXT, submitter=GBR)
    found = made(GREEN, AMBER, context=context)
    assert [(claim.originator, claim.audience) for claim in found] == [
        (USA, ("GBR/*",)),
        (USA, ("PACT",)),
        (GBR, ("GBR/*",)),
        (GBR, ("PACT",)),
    ]
    assert {replace(claim, originator=USA) for claim in found} == set(made(GREEN, AMBER))


# Laws, asked of the decision itself

RECIPIENTS = [Recipient(name) for name in ("USA", "GBR", "GBR/alice", "GBR/clients", "UKR", "UKR/bob", "FRA", "FRA/x")]
MARKINGS = [*TLP, *TLP_1, STATEMENT, ACS, UNKNOWN]
SUBSETS = [frozenset(some) for size in range(4) for some in combinations([*TLP, STATEMENT, ACS], size)]


def readers(markings: Iterable[str], granular: Iterable[str], context: Context) -> frozenset[Recipient]:
    """To whom the holder may disclose an object with these markings; to nobody if there is no claim."""
    found = claims(markings, granular, kinds=kinds, context=context)
    if isinstance(found, NoTerms):
        return frozenset()
    members = (
        Membership(partner=GBR),
        Membership(partner=UKR),
        Membership(partner=FRA, window=Window(Instant(9), NEVER)),
    )
    policy = Policy(
        holder=GBR,
        partners=frozenset({USA, GBR, UKR, FRA}),
        domains=frozenset({"cyber"}),
        conditions=frozenset({"no-print"}),
        communities={"PACT": Community(name="PACT", members=members)},
        agreements=tuple(
            Agreement(
                id=f"{frm}-{to}",
                frm=frm,
                to=to,
                ceiling=LEVELS[-1],
                domains=frozenset({"*"}),
                onward=Onward.FREE,
                accepts=frozenset({"no-print"}),
            )
            for frm, to in [(USA, GBR), (GBR, UKR), (GBR, FRA), (GBR, USA)]
        ),
    )
    item = ItemId("x")
    world = World(policy=policy, items={item: Item(id=item, claims=found)})
    verdicts = {who: decide(world, item, who, Instant(10)) for who in RECIPIENTS if who != GBR}
    return frozenset(who for who, answer in verdicts.items() if isinstance(answer, Permitted))


def contexts() -> st.SearchStrategy[Context]:
    people = [Recipient(name) for name in ("GBR/alice", "UKR/bob", "GBR", "UKR/*", "PACT", "FRA")]
    terms = st.builds(
        DefaultTerms,
        level=st.sampled_from(LEVELS),
        audience=st.sampled_from([None, (), ("*",), ("UKR", "GBR/*"), ("PACT",)]),
        conditions=st.sampled_from([frozenset(), frozenset({"no-print"})]),
    )
    return st.builds(
        Context,
        holder=st.just(GBR),
        submitter=st.sampled_from([USA, GBR]),
        originator=st.sampled_from([USA, GBR]),
        community=st.sampled_from([None, "PACT", "PACT"]),
        persons=st.lists(st.sampled_from(people), max_size=3).map(tuple),
        terms=st.none() | terms,
        lowest=st.just(LEVELS[0]),
        received=st.sampled_from([None, Instant(5), Instant(9)]),
    )


SETS = st.sets(st.sampled_from(MARKINGS), max_size=4)


@given(contexts(), SETS, SETS, st.sampled_from(MARKINGS))
def test_adding_a_marking_never_adds_a_reader(context: Context, whole: set[str], parts: set[str], added: str) -> None:
    before = readers(whole, parts, context)
    assert readers(whole, {*parts, added}, context) <= before
    # A first binding marking replaces the default terms, and may well say more than they do.
    if not unmarked(whole, kinds):
        assert readers({*whole, added}, parts, context) <= before


@given(contexts(), st.sets(st.sampled_from(MARKINGS), min_size=1, max_size=4))
def test_a_join_admits_exactly_whom_each_marking_admits(context: Context, whole: set[str]) -> None:
    binding = [marking for marking in whole if not unmarked([marking], kinds)]
    if context.terms is not None and binding:
        assert readers(whole, (), context) == frozenset.intersection(
            *(readers([marking], (), context) for marking in binding)
        )


@given(contexts(), SETS, SETS, st.randoms(use_true_random=False))
def test_order_and_repetition_of_markings_do_not_matter(
    context: Context, whole: set[str], parts: set[str], lots: Random
) -> None:
    shuffled = [*whole, *whole]
    lots.shuffle(shuffled)
    assert claims(shuffled, [*parts, *parts], kinds=kinds, context=context) == claims(
        sorted(whole), sorted(parts), kinds=kinds, context=context
    )


def test_the_laws_are_not_empty() -> None:
    assert readers([CLEAR], [], CONTEXT) == frozenset(RECIPIENTS) - {"GBR"}
    assert readers([GREEN], [], CONTEXT) == {USA, UKR}
    assert readers([GREEN], [], replace(CONTEXT, received=Instant(9))) == {USA, UKR, FRA}
    assert readers([AMBER], [], CONTEXT) == {USA, ALICE, CLIENTS}
    assert readers([AMBER], [], replace(CONTEXT, submitter=GBR)) == {ALICE, CLIENTS}
    assert readers([RED], [], CONTEXT) == {USA}
    assert readers([RED], [], replace(CONTEXT, submitter=GBR, originator=GBR)) == {ALICE, BOB}
    assert len({readers(some, (), CONTEXT) for some in SUBSETS}) > 4
