"""Facts of the policy: read back as written; endings close them early; what never came into force is left out."""

from dataclasses import replace

import pytest

from comity.core.agreement import Agreement, Delegation, Reach, Suspension
from comity.core.claim import Derivation, Onward
from comity.core.consent import Consent
from comity.core.instant import NEVER, Instant, Window
from comity.core.lineage import Use
from comity.core.partner import Membership
from comity.formats.marking import DefaultTerms
from comity.index.holding import Ordinal, item_id
from comity.service.partners import as_code
from comity.service.ports import Store
from comity.service.records import Ended, NewAttestation, Partner
from tests.nodes import ME, small

USA, GBR, UKR = as_code("USA"), as_code("GBR"), as_code("UKR")
SPAN = Window(Instant(10), Instant(20))
AGREEMENT = Agreement(
    id="a",
    frm=USA,
    to=UKR,
    ceiling="SECRET",
    domains=frozenset({"operations", "intelligence"}),
    window=SPAN,
    onward=Onward.FREE,
    derivation=Derivation.OWN_ANALYSIS,
    accepts=frozenset({"no-copies"}),
)
DELEGATION = Delegation(id="d", frm=USA, to=UKR, ceiling="SECRET", domains=frozenset({"*"}), window=SPAN)
SUSPENSION = Suspension(
    id="s",
    frm=USA,
    to=UKR,
    window=SPAN,
    given=Instant(9),
    domains=frozenset({"operations"}),
    reach=Reach.DERIVED,
    recall=True,
)
CONSENT = Consent(
    id="c",
    by=USA,
    item=item_id(Ordinal(1)),
    to=("E2", "UKR", "USA/*"),
    window=SPAN,
    given=Instant(8),
    use=Use.DRAWS_ON,
)


def record(store: Store) -> None:
    with store.write("facts", ME, policy=True) as writer:
        writer.add_agreement(AGREEMENT)
        writer.add_delegation(DELEGATION)
        writer.add_suspension(SUSPENSION)
        writer.add_consent(CONSENT)
        writer.add_member("E2", Membership(partner=UKR, window=SPAN))


def test_the_policy_of_a_world_is_read_back(store: Store) -> None:
    stated = small().world.policy
    with store.read() as reader:
        policy = reader.policy()
    assert set(policy.agreements) == set(stated.agreements)
    assert replace(policy, agreements=stated.agreements) == stated


def test_facts_are_read_back_as_they_were_written(store: Store) -> None:
    record(store)
    with store.read() as reader:
        policy = reader.policy()
        assert policy.agreements[-1] == AGREEMENT
        assert policy.delegations == (DELEGATION,)
        assert policy.suspensions == (SUSPENSION,)
        assert policy.consents == (CONSENT,)
        assert policy.communities["E2"].members[-1] == Membership(partner=UKR, window=SPAN)


@pytest.mark.parametrize(("at", "end"), [(15, 15), (25, 20), (11, 11)])
def test_an_ending_closes_a_window_early_and_never_late(store: Store, at: int, end: int) -> None:
    record(store)
    with store.write("end", ME, policy=True) as writer:
        kinds: list[tuple[Ended, str]] = [
            ("agreement", "a"),
            ("delegation", "d"),
            ("suspension", "s"),
            ("consent", "c"),
        ]
        for kind, subject in kinds:
            writer.add_ending(kind, subject, Instant(at))
            writer.add_ending(kind, subject, Instant(at + 1))
        writer.add_ending("membership", writer.memberships()[-1].id, Instant(at))
        seen = writer.policy()
    with store.read() as reader:
        policy = reader.policy()
    assert policy == seen
    ends = {
        policy.agreements[-1].window.end,
        policy.delegations[-1].window.end,
        policy.suspensions[-1].window.end,
        policy.consents[-1].window.end,
        policy.communities["E2"].members[-1].window.end,
    }
    assert ends == {end}


@pytest.mark.parametrize("at", [10, 9])
def test_what_ended_before_it_started_is_left_out_and_its_id_stays_taken(store: Store, at: int) -> None:
    record(store)
    with store.write("end", ME, policy=True) as writer:
        writer.add_ending("agreement", "a", Instant(at))
        writer.add_ending("consent", "c", Instant(at))
        writer.add_ending("membership", writer.memberships()[-1].id, Instant(at))
    with store.read() as reader:
        policy = reader.policy()
        assert "a" not in {grant.id for grant in policy.agreements}
        assert policy.consents == ()
        assert len(policy.communities["E2"].members) == 2
        assert reader.knows("agreement", "a")
        assert reader.knows("consent", "c")
        assert not reader.knows("suspension", "a")


def test_an_ending_is_of_one_kind_only(store: Store) -> None:
    record(store)
    with store.write("more", ME, policy=True) as writer:
        writer.add_delegation(replace(DELEGATION, id="a"))
        writer.add_ending("agreement", "a", Instant(15))
    with store.read() as reader:
        assert [grant.window.end for grant in reader.policy().delegations] == [20, 20]


def test_an_attestation_ends_like_everything_else(store: Store) -> None:
    with store.write("attest", ME, policy=True) as writer:
        analysis, imagery = writer.one("analysis").ordinal, writer.one("imagery").ordinal
        number = writer.add_attestation(NewAttestation(analysis, imagery, Window(Instant(5))))
        assert writer.attestations(analysis, imagery) == ((number, analysis, imagery, 5, NEVER, 0),)
        assert list(writer.attested()) == [(5, analysis)]
        writer.add_ending("attestation", number, Instant(9))
        assert writer.sources([analysis])[analysis][0].attestations == (Window(Instant(5), Instant(9)),)
        assert sorted(writer.attested()) == [(5, analysis), (9, analysis)]
        spans = ((4, 5), (5, 8), (8, 9), (9, 99), (0, 4))
        turned = [writer.turned(Instant(since), Instant(until)) for since, until in spans]
        assert turned == [{analysis}, set(), {analysis}, set(), set()]
        never = writer.add_attestation(NewAttestation(analysis, imagery, Window(Instant(50))))
        writer.add_ending("attestation", never, Instant(50))
        assert len(writer.sources([analysis])[analysis][0].attestations) == 1
        assert writer.turned(Instant(9), Instant(49)) == set()


def test_the_newest_setting_and_the_newest_terms_hold(store: Store) -> None:
    first = DefaultTerms(level="SECRET", domains=frozenset({"operations", "general"}), audience=None)
    second = DefaultTerms(level="RESTRICTED", domains=frozenset({"general"}), audience=())
    with store.write("settings", ME, policy=False) as writer:
        assert writer.setting("green-community") is None
        assert writer.default_terms(USA) is None
        for value in ("E2", None, ["a", {"b": 1}]):
            writer.set_setting("green-community", value)
            assert writer.setting("green-community") == value
        for terms in (first, second):
            writer.add_default_terms(USA, terms)
            assert writer.default_terms(USA) == terms
    with store.read() as reader:
        assert reader.default_terms(USA) == second
        assert reader.default_terms(UKR) is None


def test_partners_have_names_and_identities_of_their_own(store: Store) -> None:
    with store.write("partner", ME, policy=True) as writer:
        writer.add_partner(Partner(code=as_code("NOR"), name="Norway", identity="identity--x"))
    with store.read() as reader:
        partners = reader.partners()
    assert [(partner.code, partner.name) for partner in partners] == [
        ("FRA", "France"),
        ("GBR", "United Kingdom"),
        ("NOR", "Norway"),
        ("UKR", "Ukraine"),
        ("USA", "United States"),
    ]
    assert len({partner.identity for partner in partners}) == 5


def test_fresh_ids_are_short_and_taken_by_nobody(store: Store) -> None:
    with store.write("ids", ME, policy=True) as writer:
        assert [writer.fresh_id(kind) for kind in ("suspension", "consent", "delegation", "agreement")] == [
            "s-1",
            "c-1",
            "d-1",
            "a-3",
        ]
        writer.add_suspension(replace(SUSPENSION, id="s-2"))
        assert writer.fresh_id("suspension") == "s-3"
        writer.add_suspension(replace(SUSPENSION, id="s-3"))
        writer.add_ending("suspension", "s-3", SUSPENSION.window.start)
        assert writer.fresh_id("suspension") == "s-4"
