import pytest

from comity.core.claim import Claim, Onward
from comity.core.lineage import ItemId, Source, Use
from comity.formats.instant import parse
from comity.formats.world import Beside, InvalidWorldFile, canonical, read, read_sidecar

POLICY = read("holder: GBR\npartners: {GBR: {}, UKR: {}}\nlevels: [LOW, HIGH]\ndomains: [cyber]\n").world.policy
ONE = "indicator--11111111-1111-4111-8111-111111111111"
TWO = "report--22222222-2222-4222-8222-222222222222"
(UKR,) = POLICY.partners - {POLICY.holder}
AT = "2025-03-05T12:00:00.123Z"
SAME = "2025-03-05T14:00:00.12300+02:00"


def test_what_is_said_of_each_object() -> None:
    found = read_sidecar(
        f"items:\n"
        f"- {{id: {ONE}, originator: UKR, level: HIGH, domains: [cyber], onward: consent, releasable_to: [GBR]}}\n"
        f"- id: {TWO}@{AT}\n"
        f"  sources: [{{item: {ONE}@{AT}, use: draws-on, attested: {AT}}}]\n"
        f"  further_claims: [{{originator: GBR}}]\n",
        POLICY,
    )
    first, second = found.items.values()
    assert list(found.items) == [ONE, f"{TWO}@{AT}"]
    assert first == Beside(
        claim=Claim(
            originator=UKR,
            level="HIGH",
            domains=frozenset({"cyber"}),
            onward=Onward.CONSENT,
            audience=("GBR",),
        ),
        further_claims=(),
        sources=(),
    )
    assert second.claim is None
    assert second.further_claims == (Claim(originator=POLICY.holder, level="LOW"),)
    (source,) = second.sources
    assert isinstance(source, Source)
    assert (source.item, source.use) == (ItemId(f"{ONE}@{AT}"), Use.DRAWS_ON)
    assert [window.start for window in source.attestations] == [parse(AT)]


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        ("holder: GBR\nitems: []\n", 1, "holder", "unknown key `holder`"),
        ("item: []\nitems: []\n", 1, "item", "unknown key `item`"),
        ("{}\n", 1, "items", "no `items`"),
        ("items:\n- {id: one}\n", 2, "items.0.id", "`one` is no STIX id"),
        (f"items:\n- {{id: {ONE}@yesterday}}\n", 2, "items.0.id", f"`{ONE[:47]}"),
        (f"items:\n- {{id: {ONE}}}\n- {{id: {ONE}}}\n", 3, "items.1.id", f"the id `{ONE}` stands twice"),
        (f"items:\n- {{id: {ONE}@{AT}}}\n- {{id: {ONE}@{SAME}}}\n", 3, "items.1.id", f"the id `{ONE[:40]}"),
        (f"items:\n- {{id: {TWO.replace('2', 'A')}}}\n", 2, "items.0.id", f"`{TWO.replace('2', 'A')[:40]}"),
        (f"items:\n- {{id: {ONE}, originator: UKR}}\n", 2, "items.0.level", "no `level`"),
        (f"items:\n- {{id: {ONE}, originator: UKR, level: SECRET}}\n", 2, "items.0.level", "unknown level `SECRET`"),
        (f"items:\n- {{id: {ONE}, object: {{}}}}\n", 2, "items.0.object", "unknown key `object`"),
        (f"items:\n- id: {ONE}\n  sources:\n  - item: one\n", 4, "items.0.sources.0.item", "`one` is no STIX id"),
        (
            f"items:\n- id: {ONE}\n  sources:\n  - {{item: {TWO}, attested: {AT}}}\n",
            4,
            "items.0.sources.0.attested",
            "only a source of use `draws-on` can be attested",
        ),
        (
            f"items:\n- id: {ONE}\n  further_claims:\n  - originator: FRA\n",
            4,
            "items.0.further_claims.0.originator",
            "unknown partner `FRA`",
        ),
    ],
)
def test_each_fault_is_told_once_at_its_line(text: str, line: int, key: str, message: str) -> None:
    with pytest.raises(InvalidWorldFile) as caught:
        read_sidecar(text, POLICY)
    (fault,) = caught.value.faults
    assert (fault.line, fault.key) == (line, key)
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    ("name", "one"),
    [
        (ONE, ONE),
        (f"{ONE}@{SAME}", f"{ONE}@{AT}"),
        (f"{ONE}@2026-01-05T08:00:00.000Z", f"{ONE}@2026-01-05T08:00:00Z"),
        (f"{ONE}@2026-01-05T08:00:00.00000010Z", f"{ONE}@2026-01-05T08:00:00.0000001Z"),
        (f"{ONE}@yesterday", f"{ONE}@yesterday"),
        (f"{ONE}@", f"{ONE}@"),
    ],
)
def test_a_version_is_a_moment_however_it_is_written(name: str, one: str) -> None:
    assert canonical(name) == canonical(one) == one
