"""What is wrong with a world file is said once, at its line, with the key and the mend."""

import json

import jsonschema
import pytest

from comity.formats.world import InvalidWorldFile, from_plain, read
from comity.formats.world_questions import OBSTACLES
from comity.formats.world_schema import schema
from comity.formats.world_tree import MAX_DEPTH
from tests.formats.reading import plain_of

BASE = """\
holder: GBR
partners: {GBR: {}, UKR: {}, USA: {name: United States}}
domains: [intelligence]
conditions: [no-print]
items:
- {id: x, originator: USA, level: SECRET, received: 2025-01-02T00:00:00Z}
"""
"""Six lines; what a case adds begins on the seventh."""

TIME = "2025-03-05T12:00:00Z"
HINT = "write it in UTC as `2025-03-05T12:00:00Z`"
NO_CODE = "use a code of printable signs, without blanks and without any of / * : @ # ,"
QUOTE_NO = 'quote it: "NO"'
STEP = "- {id: y, originator: USA, level: SECRET"

Expected = tuple[int, str, str, str]

FORM: dict[str, tuple[str, Expected]] = {
    "nothing": ("", (1, "", "an empty file", "write a world: at least `holder` and `partners`")),
    "a list": ("- a\n", (1, "", "a list, where a mapping belongs", "write `key: value` pairs")),
    "a second document": (
        f"{BASE}---\nholder: USA\n",
        (7, "", "a second document", "keep one world in one file, without `---`"),
    ),
    "a tag": (
        f"{BASE}checks: !!python/object/apply:os.system [ls]\n",
        (7, "", "a tag `tag:yaml.org,2002:python/object/apply:os.system`", "leave the tag out; quote what is text"),
    ),
    "a tab": (f"{BASE}checks:\n\t- a\n", (8, "", "a tab in the margin", "indent with blanks")),
    "a control character": (f"{BASE}# \x00\n", (7, "", "the control character U+0000", "take it out")),
    "a half of a pair": (f"{BASE}# \ud800\n", (7, "", "the control character U+D800", "take it out")),
    "broken YAML": (
        f"{BASE}checks: [a\nholdings: []\n",
        (8, "", "malformed YAML: did not find expected ',' or ']'", "mend the YAML here"),
    ),
    "broken JSON": (
        '{"holder": "GBR",\n "partners": {"GBR": {}},\n "items": [1, 2}',
        (3, "", "malformed JSON: expecting ',' delimiter", "mend the JSON here"),
    ),
    "a file cut in half": (
        '{"holder": "GBR",\n "partners": {"GBR"',
        (2, "", "malformed JSON: expecting ':' delimiter", "mend the JSON here"),
    ),
    "deep nesting": (
        f"{BASE}checks:\n " + "[" * 100_000,
        (8, "", f"nested deeper than {MAX_DEPTH} levels", "nest less deeply"),
    ),
    "deep nesting in JSON": (
        '{"checks":\n' + "[" * 100_000,
        (2, "", f"nested deeper than {MAX_DEPTH} levels", "nest less deeply"),
    ),
    "an alias of itself": (
        f"{BASE}checks: &a [*a]\n",
        (7, "", "`*a` repeats nothing that ends before it", "write it out"),
    ),
    "a billion laughs": (
        f"{BASE}checks:\n" + "".join(f"- &a{n} [{','.join([f'*a{n - 1}'] * 9 if n else 'x')}]\n" for n in range(12)),
        (14, "", "aliases that repeat over 1000000 values", "write them out"),
    ),
    "a list as a key": (f"{BASE}? [a]\n: b\n", (7, "", "a key that is no text", "write the key as text")),
    "a merge key": (f"{BASE}<<: {{}}\n", (7, "<<", "a merge key `<<`", "write out what it merges")),
    "a key that stands twice": (
        f"{BASE}holder: USA\n",
        (7, "holder", "the key `holder` stands twice", "keep one of the two"),
    ),
    "a key that stands twice in JSON": (
        '{"holder": "GBR",\n "partners": {"GBR": {}},\n "holder": "GBR"}',
        (3, "holder", "the key `holder` stands twice", "keep one of the two"),
    ),
    "the key NO": (
        f"{BASE}communities:\n  NO: []\n",
        (8, "communities.NO", "`NO` without quotes is true or false to YAML", QUOTE_NO),
    ),
    "a key that is a number": (
        f"{BASE}communities:\n  12: []\n",
        (8, "communities.12", "`12` without quotes is a number to YAML", 'quote it: "12"'),
    ),
    "a number for a name": (
        f"{BASE}- originator: USA\n  level: SECRET\n  id: 1e3\n",
        (9, "items.1.id", "`1e3` without quotes is a number to YAML", 'quote it: "1e3"'),
    ),
    "a date for a name": (
        f"{BASE}- {{id: 2025-03-05, originator: USA, level: SECRET}}\n",
        (7, "items.1.id", "`2025-03-05` without quotes is a time to YAML", 'quote it: "2025-03-05"'),
    ),
    "yes for true": (
        f"{BASE}suspensions:\n- {{id: s, from: GBR, to: UKR, start: {TIME}, recall: yes}}\n",
        (8, "suspensions.0.recall", "`yes`, where true or false belongs", "write `true` or `false`"),
    ),
}
"""The form of the text itself; a schema never sees it."""

NEED = "requirements:\n- {id: n, title: need"
ASKED = f"requirements: [{{id: n, title: need}}]\ncoverage:\n- {{requirement: n, to: UKR, at: {TIME}"
LOST = f"loss:\n- {{to: UKR, at: {TIME}, start: 2025-03-01T00:00:00Z, suspensions: [{{from: USA, to: UKR"
OFFERED = "offers:\n- {id: o, partner: USA, domain: intelligence, ceiling: SECRET"
UNQUOTED = "write a whole number, without quotes"
LENGTHS = "write it as `P7D`, `PT36H` or `PT30M`"

FACTS: dict[str, tuple[str, Expected]] = {
    "a priority that is no number": (
        f"{BASE}{NEED}, priority: high}}\n",
        (8, "requirements.0.priority", "`high`, where a whole number belongs", UNQUOTED),
    ),
    "a quoted number": (
        f'{BASE}{NEED}, corroboration: "2"}}\n',
        (
            8,
            "requirements.0.corroboration",
            "`2`, where a whole number belongs",
            "write a whole number, without quotes",
        ),
    ),
    "a freshness in days": (
        f"{BASE}{NEED}, freshness: 7d}}\n",
        (8, "requirements.0.freshness", "`7d` is no length of time", LENGTHS),
    ),
    "a rate without a period": (
        f"{BASE}{NEED}, rate: {{items: 1}}}}\n",
        (8, "requirements.0.rate.period", "no `period`", "state `period`"),
    ),
    "a rate of nothing": (
        f"{BASE}{NEED}, rate: {{items: 0, period: P7D}}}}\n",
        (8, "requirements.0.rate", "no amount in a time", "state at least one item, and the time it is for"),
    ),
    "a misspelt want": (
        f"{BASE}{NEED}, fresh: P1D}}\n",
        (8, "requirements.0.fresh", "unknown key `fresh`", "did you mean `freshness`?"),
    ),
    "a tag for all and for one": (
        f"{BASE}{NEED}}}\ntags:\n- {{requirement: n, item: x, type: report}}\n",
        (10, "tags.0", "an item, and what items have", "state the item alone, or write a tag of its own for it"),
    ),
    "an offer without capacity": (
        f"{BASE}{OFFERED}}}\n",
        (8, "offers.0.capacity", "no `capacity`", "state `capacity`"),
    ),
    "an offer for nothing": (
        f"{BASE}offers:\n- {{id: o, partner: USA, capacity: {{items: 1, period: P1D}}, ceiling: SECRET}}\n",
        (8, "offers.0", "not for one thing", "state a requirement or a domain, and not both"),
    ),
    "a count without a start": (f"{BASE}{ASKED}}}\n", (9, "coverage.0.start", "no `start`", "state `start`")),
    "an unknown want": (
        f"{BASE}{ASKED}, start: 2025-03-01T00:00:00Z, expect: {{unmet: [speed]}}}}\n",
        (
            *(9, "coverage.0.expect.unmet.0", "`speed` is none of the values of `unmet`"),
            "write some of `rate`, `freshness`, `corroboration`",
        ),
    ),
    "a loss without suspensions": (
        f"{BASE}loss: [{{to: UKR, at: {TIME}, start: 2025-03-01T00:00:00Z}}]\n",
        (7, "loss.0.suspensions", "no `suspensions`", "state `suspensions`"),
    ),
    "a supposed suspension with a start": (
        f"{BASE}{LOST}, start: {TIME}}}]}}\n",
        (
            *(8, "loss.0.suspensions.0.start", "unknown key `start`"),
            "take it out; known here: domains, from, reach, recall, to",
        ),
    ),
    "a supposed suspension of no domain": (
        f"{BASE}{LOST}, domains: []}}]}}\n",
        (8, "loss.0.suspensions.0.domains", "no domain", 'name at least one, "*" for all, or leave the key out'),
    ),
    "no holder": ("partners: {GBR: {}}\n", (1, "holder", "no `holder`", "state `holder`")),
    "no partners": ("holder: GBR\n", (1, "partners", "no `partners`", "state `partners`")),
    "the holder NO": (
        'holder: NO\npartners: {"NO": {}}\n',
        (1, "holder", "`NO` without quotes is true or false to YAML", QUOTE_NO),
    ),
    "a partner list": (
        "holder: GBR\npartners: [GBR]\n",
        (2, "partners", "a list, where a mapping belongs", "write `key: value` pairs"),
    ),
    "a bare partner": (
        "holder: GBR\npartners:\n  GBR:\n",
        (3, "partners.GBR", "nothing, where a mapping belongs", "write `key: value` pairs"),
    ),
    "a slash in a code": (
        "holder: GBR\npartners: {GBR: {}, A/B: {}}\n",
        (2, "partners.A/B", "`A/B` is no partner code", NO_CODE),
    ),
    "a comma in a code": (
        'holder: GBR\npartners: {GBR: {}, "A,B": {}}\n',
        (2, "partners.A,B", "`A,B` is no partner code", NO_CODE),
    ),
    "a consent to nobody": (
        f"{BASE}consents:\n- {{id: c, by: GBR, item: x, to: [], start: {TIME}}}\n",
        (8, "consents.0.to", "a consent to nobody", "name at least one partner or community, or `*`"),
    ),
    "an unknown key": (
        f"{BASE}agreement: []\n",
        (7, "agreement", "unknown key `agreement`", "did you mean `agreements`?"),
    ),
    "an unknown key like no other": (
        f"{BASE}checks:\n- {{item: x, to: UKR, at: {TIME}, zzz: 1}}\n",
        (8, "checks.0.zzz", "unknown key `zzz`", "take it out; known here: at, because, expect, item, to"),
    ),
    "an empty section": (
        f"{BASE}consents:\n",
        (7, "consents", "nothing, where a list belongs", "write a list, `[…]`; an empty one is `[]`"),
    ),
    "a text for a list": (
        f"{BASE}{STEP}, releasable_to: UKR}}\n",
        (7, "items.1.releasable_to", "`UKR`, where a list belongs", "write a list, `[…]`; an empty one is `[]`"),
    ),
    "an item without level": (
        f"{BASE}- id: y\n  originator: USA\n",
        (7, "items.1.level", "no `level`", "state `level`"),
    ),
    "an item that is text": (
        f"{BASE}- y\n",
        (7, "items.1", "`y`, where a mapping belongs", "write `key: value` pairs"),
    ),
    "an item without id": (
        f"{BASE}- {{originator: USA, level: SECRET}}\n",
        (7, "items.1.id", "no `id`", "state `id`"),
    ),
    "NO among names": (
        f"{BASE}{STEP},\n   releasable_to: [UKR,\n   NO]}}\n",
        (9, "items.1.releasable_to.1", "`NO` without quotes is true or false to YAML", QUOTE_NO),
    ),
    "nothing among names": (
        f"{BASE}{STEP}, releasable_to: [~]}}\n",
        (7, "items.1.releasable_to.0", "nothing, where text belongs", "write the text"),
    ),
    "an empty name": (
        f'{BASE}{STEP}, releasable_to: [""]}}\n',
        (7, "items.1.releasable_to.0", "an empty text", "write what is meant"),
    ),
    "blanks around a name": (
        f'{BASE}{STEP}, releasable_to: [" UKR"]}}\n',
        (7, "items.1.releasable_to.0", "` UKR` has blanks around it", "take them out"),
    ),
    "an unknown rule": (
        f"{BASE}{STEP}, onward: list}}\n",
        (7, "items.1.onward", "`list` is none of the values of `onward`", "write one of `consent`, `listed`, `free`"),
    ),
    "an unknown use": (
        f"{BASE}{STEP}, sources: [{{item: x, use: draws_on, attested: {TIME}}}]}}\n",
        (
            7,
            "items.1.sources.0.use",
            "`draws_on` is none of the values of `use`",
            "write one of `reproduces`, `draws-on`",
        ),
    ),
    "withdrawn, never attested": (
        f"{BASE}{STEP}, sources: [{{item: x, use: draws-on, withdrawn: {TIME}}}]}}\n",
        (
            7,
            "items.1.sources.0.withdrawn",
            "withdrawn, but never attested",
            "state `attested` too, or leave `withdrawn` out",
        ),
    ),
    "a local time": (
        f"{BASE}{STEP},\n   received: 2025-03-05T12:00:00}}\n",
        (8, "items.1.received", "`2025-03-05T12:00:00` is no time", HINT),
    ),
    "a year for a time": (f"{BASE}{STEP}, received: 2025}}\n", (7, "items.1.received", "`2025` is no time", HINT)),
    "too fine a time": (
        f"{BASE}{STEP}, received: '2025-03-05T12:00:00.1234567Z'}}\n",
        (
            7,
            "items.1.received",
            "`2025-03-05T12:00:00.1234567Z` is finer than a microsecond",
            "write at most 6 decimals",
        ),
    ),
    "an object that is text": (
        f"{BASE}{STEP}, object: report}}\n",
        (
            7,
            "items.1.object",
            "`report`, where a STIX object belongs",
            "write the object, or leave the key out",
        ),
    ),
    "an agreement without ceiling": (
        f"{BASE}agreements:\n- {{id: a, from: GBR, to: UKR, domains: [intelligence]}}\n",
        (8, "agreements.0.ceiling", "no `ceiling`", "state `ceiling`"),
    ),
    "an agreement without domains": (
        f"{BASE}agreements:\n- {{id: a, from: GBR, to: UKR, ceiling: SECRET}}\n",
        (8, "agreements.0.domains", "no `domains`", "state `domains`"),
    ),
    "an agreement with no domain": (
        f"{BASE}agreements:\n- id: a\n  from: GBR\n  to: UKR\n  ceiling: SECRET\n  domains: []\n",
        (12, "agreements.0.domains", "an empty list of domains", "name at least one domain"),
    ),
    "a suspension without start": (
        f"{BASE}suspensions:\n- {{id: s, from: GBR, to: UKR}}\n",
        (8, "suspensions.0.start", "no `start`", "state `start`"),
    ),
    "a consent without recipients": (
        f"{BASE}consents:\n- {{id: c, by: USA, item: x, start: {TIME}}}\n",
        (8, "consents.0.to", "no `to`", "state `to`"),
    ),
    "an expectation of no": (
        f"{BASE}checks:\n- {{item: x, to: UKR, at: {TIME}, expect: no}}\n",
        (8, "checks.0.expect", "`no` without quotes is true or false to YAML", 'quote it: "no"'),
    ),
    "a reason without root": (
        f"{BASE}checks:\n- item: x\n  to: UKR\n  at: {TIME}\n  because: [channel]\n",
        (
            11,
            "checks.0.because.0",
            "`channel` is no reason",
            f"write ORIGINATOR/ROOT/CODE; the codes are {', '.join(OBSTACLES)}",
        ),
    ),
    "a recipient that is many": (
        f"{BASE}checks:\n- {{item: x, to: UKR/*, at: {TIME}}}\n",
        (8, "checks.0.to", "`UKR/*` is no single recipient", "name a partner, or one part as `CODE/part`"),
    ),
}
"""Faults that the schema, too, can tell: what it validates is the plain value."""

RELATIONS: dict[str, tuple[str, Expected]] = {
    "a tag for an unknown requirement": (
        f"{BASE}{NEED}}}\ntags: [{{requirement: m, type: report}}]\n",
        (9, "tags.0.requirement", "unknown requirement `m`", "use one of n"),
    ),
    "an unknown item that is tagged": (
        f"{BASE}{NEED}}}\ntags: [{{requirement: n, item: y}}]\n",
        (9, "tags.0.item", "unknown item `y`", "use the id of an item that is held"),
    ),
    "a question of an unknown requirement": (
        f"{BASE}coverage: [{{requirement: m, to: UKR, at: {TIME}, start: 2025-03-01T00:00:00Z}}]\n",
        (7, "coverage.0.requirement", "unknown requirement `m`", "name one of the requirements of this file"),
    ),
    "a count of no time": (
        f"{BASE}{ASKED}, start: {TIME}}}\n",
        (9, "coverage.0.start", "no time between start and end", "let it end later"),
    ),
    "a supposed suspension of itself": (
        f"{BASE}{LOST}}}, {{from: USA, to: USA}}]}}\n",
        (8, "loss.0.suspensions.1.to", "`USA` cannot stop itself", "name another partner"),
    ),
    "a supposed suspension in an unknown domain": (
        f"{BASE}{LOST}, domains: [sea]}}]}}\n",
        (8, "loss.0.suspensions.0.domains.0", "unknown domain `sea`", "name one of the domains of this file"),
    ),
    "an unknown offer that is barred": (
        f"{BASE}plans: [{{to: UKR, at: {TIME}, start: 2025-03-01T00:00:00Z, expect: {{barred: [o]}}}}]\n",
        (7, "plans.0.expect.barred.0", "unknown offer `o`", "name one of the offers of this file"),
    ),
    "an id that stands twice": (
        f"{BASE}- {{id: x, originator: USA, level: SECRET}}\n",
        (7, "items.1.id", "the id `x` stands twice", "give each item its own"),
    ),
    "an unknown level": (
        f"{BASE}- {{id: y, originator: USA,\n   level: COSMIC}}\n",
        (
            8,
            "items.1.level",
            "unknown level `COSMIC`",
            "one of UNCLASSIFIED, RESTRICTED, CONFIDENTIAL, SECRET, TOP SECRET",
        ),
    ),
    "an unknown originator": (
        f"{BASE}- {{id: y, originator: FRA, level: SECRET}}\n",
        (7, "items.1.originator", "unknown partner `FRA`", "a code of `partners`"),
    ),
    "an unknown source": (
        f"{BASE}- id: y\n  originator: USA\n  level: SECRET\n  sources:\n  - item: z\n",
        (11, "items.1.sources.0.item", "unknown item `z`", "the id of an item of this file"),
    ),
    "an unknown condition in a further claim": (
        f"{BASE}{STEP},\n  further_claims: [\n  {{originator: GBR, conditions: [secret]}}]}}\n",
        (
            9,
            "items.1.further_claims.0.conditions",
            "unknown condition `secret`",
            "register it, or use one of no-print",
        ),
    ),
    "an attestation before receipt": (
        f"{BASE}{STEP}, sources: [{{item: x, use: draws-on, attested: 2025-01-01T00:00:00Z}}]}}\n",
        (
            7,
            "items.1.sources.0.attested",
            "attested before the source `x` was received",
            "attest at or after the source's `received`",
        ),
    ),
    "an attestation of a quotation": (
        f"{BASE}{STEP}, sources: [{{item: x, attested: {TIME}}}]}}\n",
        (
            7,
            "items.1.sources.0.attested",
            "only a source of use `draws-on` can be attested",
            "write `use: draws-on`, or leave out `attested`",
        ),
    ),
    "an end at its start": (
        f"{BASE}suspensions:\n- id: s\n  from: GBR\n  to: UKR\n  start: {TIME}\n  end: {TIME}\n",
        (12, "suspensions.0.end", "not after `start`", "give a time after `start`"),
    ),
    "a member that is no partner": (
        f"{BASE}communities:\n  JEF:\n  - GBR\n  - partner: NOR\n",
        (10, "communities.JEF.1.partner", "unknown partner `NOR`", "a code of `partners`"),
    ),
    "a community that is a partner": (
        f"{BASE}communities:\n  UKR: [GBR]\n",
        (
            8,
            "communities.UKR",
            "`UKR` is a partner and a community",
            "give the community a name that is no partner's",
        ),
    ),
    "a consent on nothing": (
        f"{BASE}consents:\n- {{id: c, by: USA, item: z, to: [UKR], start: {TIME}}}\n",
        (8, "consents.0.item", "unknown item `z`", "the id of an item of this file"),
    ),
    "a question of nothing": (
        f"{BASE}checks:\n- {{item: z, to: UKR, at: {TIME}}}\n",
        (8, "checks.0.item", "unknown item `z`", "name one of the items of this file"),
    ),
    "a question to nobody": (
        f"{BASE}holdings:\n- {{to: FRA/alice, at: {TIME}}}\n",
        (8, "holdings.0.to", "unknown partner `FRA`", "name one of the partners of this file"),
    ),
    "an expected nobody": (
        f"{BASE}audiences:\n- {{item: x, at: {TIME}, expect: [USA, FRA]}}\n",
        (8, "audiences.0.expect.1", "unknown partner `FRA`", "name one of the partners of this file"),
    ),
    "an expected nothing": (
        f"{BASE}holdings:\n- {{to: UKR, at: {TIME}, expect: [z]}}\n",
        (8, "holdings.0.expect.0", "unknown item `z`", "name one of the items of this file"),
    ),
    "a reason of nothing": (
        f"{BASE}checks:\n- {{item: x, to: UKR, at: {TIME}, because: [USA/z/onward]}}\n",
        (8, "checks.0.because.0", "unknown item `z`", "name one of the items of this file"),
    ),
    "a time that does not exist": (
        f"{BASE}{STEP}, received: 2025-02-30T00:00:00Z}}\n",
        (
            7,
            "items.1.received",
            "`2025-02-30T00:00:00Z` is no time (day is out of range for month)",
            "write one that exists",
        ),
    ),
    "no in an object": (
        f"{BASE}{STEP},\n   object: {{a: [no]}}}}\n",
        (
            8,
            "items.1.object.a.0",
            "`no` without quotes is not read alike by all readers",
            'quote it: "no", or write it as JSON does',
        ),
    ),
}
"""What stands in relation to the rest of the file; no schema can tell it."""


def faults_of(text: str) -> list[Expected]:
    with pytest.raises(InvalidWorldFile) as caught:
        read(text)
    return [(fault.line, fault.key, fault.message, fault.mend) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "expected"), [pytest.param(*case, id=name) for name, case in (FORM | FACTS | RELATIONS).items()]
)
def test_each_fault_is_told_once_at_its_line(text: str, expected: Expected) -> None:
    assert faults_of(text) == [expected]


def test_the_base_of_the_cases_has_no_fault() -> None:
    read(BASE)
    jsonschema.Draft202012Validator(schema()).validate(plain_of(BASE))


@pytest.mark.parametrize("name", FACTS)
def test_a_plain_structure_has_the_fault_of_its_text_without_line(name: str) -> None:
    text, (_, key, _, _) = FACTS[name]
    with pytest.raises(InvalidWorldFile) as caught:
        from_plain(plain_of(text))
    assert [(fault.line, fault.key) for fault in caught.value.faults] == [(0, key)]


def test_all_faults_are_told_by_line() -> None:
    text = (
        "holder: NOR\n"
        "partners: {GBR: {nam: x}}\n"
        "agreements:\n"
        "- {id: a, from: GBR, to: UKR, ceiling: SECRET, domains: [none]}\n"
        "- {from: GBR, to: GBR, ceiling: SECRET, domains: [general], end: 2025}\n"
        "holder: GBR\n"
        "items:\n"
        "- {id: x, originator: GBR, level: LOW}\n"
    )
    assert [(line, key) for line, key, _, _ in faults_of(text)] == [
        (1, "holder"),
        (2, "partners.GBR.nam"),
        (4, "agreements.0.to"),
        (4, "agreements.0.domains"),
        (5, "agreements.1.id"),
        (5, "agreements.1.end"),
        (6, "holder"),
        (8, "items.0.level"),
    ]


def test_one_fault_in_a_register_is_not_told_again_by_what_refers_to_it() -> None:
    text = "holder: GBR\npartners: [GBR]\nitems:\n- {id: x, originator: GBR, level: SECRET}\n"
    asked = f"checks:\n- {{item: x, to: GBR, at: {TIME}}}\n"
    assert [key for _, key, _, _ in faults_of(text + asked)] == ["partners"]


def test_a_name_without_quotes_is_known_to_what_quotes_it() -> None:
    text = (
        'holder: GBR\npartners: {GBR: {}, NO: {}}\ndomains: [12]\nitems:\n- {id: x, originator: "NO", level: SECRET}\n'
    )
    assert [key for _, key, _, _ in faults_of(text)] == ["partners.NO", "domains.0"]


def test_lines_are_counted_as_editors_count_them() -> None:
    text = "holder: GBR\r\npartners: {GBR: {name: 'a\u2028b\u0085c'}}\r\nholdngs: []\r\n"
    assert [(line, key) for line, key, _, _ in faults_of(text)] == [(2, "partners.GBR.name"), (3, "holdngs")]


def test_faults_in_json_have_lines_whatever_its_escapes_and_indentation() -> None:
    plain = {"holder": "GBR", "partners": {"GBR": {"name": "\U0001f1ec /"}}, "items": [{"id": "x", "object": {}}]}
    text = json.dumps(plain, indent="\t").replace("/", "\\/")
    assert "\\ud83c" in text
    assert [(line, key) for line, key, _, _ in faults_of(text)] == [(9, "items.0.level"), (9, "items.0.originator")]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x"])
def test_an_object_holds_what_json_can_say(value: object) -> None:
    plain = plain_of(BASE)
    plain["items"][0]["object"] = {"a": value}
    with pytest.raises(InvalidWorldFile, match="is nothing that JSON knows"):
        from_plain(plain)


def test_what_is_shown_of_a_file_can_be_printed() -> None:
    text = '{"holder": "GBR", "partners": {"GBR": {}}, "\\u001b[31m\\ud800": 1, "x": "' + "y" * 1000 + '"}'
    with pytest.raises(InvalidWorldFile) as caught:
        read(text)
    assert all(str(fault).isprintable() and len(str(fault)) < 400 for fault in caught.value.faults)


def test_an_error_reads_as_lines() -> None:
    with pytest.raises(InvalidWorldFile) as caught:
        read("holder: GBR\npartners: {GBR: {}}\nitem: []\n")
    assert str(caught.value) == "line 3: item: unknown key `item`; did you mean `items`?"
