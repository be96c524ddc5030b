"""Reports of every kind on random worlds, with the names of all that was counted: whatever a node prints is less.

The objects of the items have fixed ids, so that one world can be put into two nodes, or reduced, and counted alike.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import NAMESPACE_DNS, uuid5

from pyroaring import BitMap

from comity.core.agreement import Reach
from comity.core.instant import Instant, Window
from comity.core.loss import Supposed
from comity.core.partner import Code, Recipient, base
from comity.core.plan_report import plan_report
from comity.core.planning import greedy
from comity.core.preparing import prepared
from comity.core.wants import Wants
from comity.formats.plan_document import plan_plain
from comity.index.counting import CommonSource, Survey, common_sources, dependence
from comity.index.losing import hurt, loss, pairs, singles, standing
from comity.service.reporting import Kind
from tests.laws import recount
from tests.laws.test_analysis_is_a_recount import LABELS, WORDS, at_an_attestation, enrich
from tests.oracle.generator import a_moment, random_world
from tests.oracle.parts import LEVELS, Fact, step

Plain = dict[str, Any]
Namer = Callable[[int], str]
"""What an item is called in a report: by its object's id, which nothing else in the holding can change."""


class Counted(NamedTuple):
    """A report on what one recipient sees: its kind, what it says, and what it was counted from."""

    kind: Kind
    document: Plain
    items: BitMap


class Asked(NamedTuple):
    """What reports are asked for: by whom, in which window, and what is supposed."""

    reader: Recipient
    window: Window
    supposed: tuple[Supposed, ...]
    reach: Reach


def drawn(rng: random.Random) -> tuple[Plain, str]:
    """A world file with needs and offers, and a moment at which it is counted."""
    plain: Plain = {"conditions": [], **random_world(rng)}
    enrich(rng, plain)
    plain["items"] += a_hidden_way(rng, plain)
    recount.received(rng, plain)
    now = a_moment(rng, plain) if rng.random() < 0.7 else at_an_attestation(rng, plain)
    needs(rng, plain)
    for item in plain["items"]:
        item["object"] = said(rng, item)
    return plain, now


def a_hidden_way(rng: random.Random, plain: Plain) -> list[Fact]:
    """The holder's analysis and its root, which most may see, and a report between them that nobody may."""
    holder, lowest = plain["holder"], plain.get("levels", LEVELS)[0]
    whose = rng.choice(sorted(plain["partners"].keys() - {holder}))
    edge = {"item": "between", "use": "draws-on", "attested": step(0)}
    return [
        {"id": "end", "originator": whose, "level": lowest},
        {"id": "between", "originator": holder, "level": lowest, "releasable_to": [], "sources": [{"item": "end"}]},
        {"id": "told", "originator": holder, "level": lowest, "sources": [edge]},
    ]


def said(rng: random.Random, item: Fact) -> Plain:
    """The object of an item: it has labels and words, and names no other."""
    labels = [label for label in LABELS if rng.random() < 0.5]
    grades = [f'admiralty-scale:source-reliability="{rng.choice("abcdef")}"'] if rng.random() < 0.5 else []
    words = " ".join(word for word in WORDS if rng.random() < 0.5)
    return {
        "type": "report",
        "spec_version": "2.1",
        "id": f"report--{uuid5(NAMESPACE_DNS, item['id'])}",
        "created": step(0),
        "modified": step(0),
        "name": item["id"],
        "description": f"of {words}",
        **({"labels": [*labels, *grades]} if labels or grades else {}),
    }


def needs(rng: random.Random, plain: Plain) -> None:
    """Requirements, what counts towards them, and what partners offer."""
    names, partners = [item["id"] for item in plain["items"]], sorted(plain["partners"])
    rate = {"items": 2, "period": "P3D"}
    plain["requirements"] = [
        {"id": f"need-{number}", "title": "anything", "priority": rng.randint(1, 5), "corroboration": 2, "rate": rate}
        for number in range(3)
    ]
    plain["tags"] = [
        *({"requirement": f"need-{number}", "item": rng.choice(names)} for number in range(3) for _ in range(3)),
        {"requirement": "need-0", "type": "report", "domain": rng.choice([*plain["domains"], "general"])},
        {"requirement": "need-1", "label": rng.choice(LABELS)},
        {"requirement": "need-2", "text": rng.choice(WORDS)},
    ]
    plain["tags"] = [each for place, each in enumerate(plain["tags"]) if each not in plain["tags"][:place]]
    plain["offers"] = [
        {"id": f"offer-{code}", "partner": code, "capacity": rate, "ceiling": plain.get("levels", LEVELS)[0],
         "requirement": f"need-{rng.randint(0, 2)}"}
        for code in partners
    ]  # fmt: skip


def reduced(plain: Plain, names: set[str]) -> Plain:
    """The same policy and needs, and of the items those of these names, with what is said of them alone."""
    items = [
        {**item, "sources": [edge for edge in item.get("sources", ()) if edge["item"] in names]}
        for item in plain["items"]
        if item["id"] in names
    ]
    consents = [each for each in plain["consents"] if each["item"] in names]
    tags = [each for each in plain["tags"] if each.get("item") in {None, *names}]
    return {**plain, "items": items, "consents": consents, "tags": tags}


def asked(rng: random.Random, plain: Plain, reader: Recipient, now: Instant) -> Asked:
    """Something to ask of a reader's sight."""
    partners = [Code(Recipient(code)) for code in sorted(plain["partners"])]
    supposed = tuple(
        Supposed(
            frm=rng.choice([each for each in partners if each != to]),
            to=to,
            reach=rng.choice(list(Reach)),
            recall=rng.random() < 0.2,
        )
        for to in (base(reader), rng.choice(partners))
    )
    start = Instant(now - rng.randint(1, 12) * 24 * 3600 * 1_000_000)
    return Asked(reader, Window(start, Instant(now + 1)), supposed, rng.choice(list(Reach)))


def reports(survey: Survey, wants: Wants, question: Asked, name: Namer) -> Iterator[Counted]:
    """One report of each kind, and for each what it was counted from."""
    reader, index = question.reader, survey.index
    stands = standing(survey, wants.requirements, reader, question.window)
    seen, needed = index.visible(reader), BitMap().union(*(stand.items for stand in stands))
    gone = loss(survey, question.supposed, reader)
    hurts = hurt(survey, stands, gone.items)
    one, two = question.supposed
    rests = [dependence(survey, items) for items in (seen, *(stand.items for stand in stands))]
    made = prepared(wants, [each.after for each in hurts], index.now, question.supposed)
    planned = plan_plain(plan_report(greedy(made.case)))

    def report(kind: Kind, items: BitMap, *found: object) -> Counted:
        return Counted(kind, {"found": plain_of(found, name), "reader": str(reader)}, items)

    yield report("coverage", needed, stands)
    yield report("dependence", seen, rests, common_sources(survey, reader, seen))
    yield report("loss", seen, gone, hurts)
    yield report("loss", seen, loss(survey, (one,), reader), loss(survey, (two,), reader))
    yield report("singles", seen, [each for each in singles(index, [reader], question.reach) if each.lost])
    yield report("pairs", seen, pairs(index, stands, reader, question.reach))
    yield report("plan", needed, planned, sorted(made.reasons.items()))


def plain_of(value: object, name: Namer) -> object:  # noqa: PLR0911 - one line for each sort of value
    """Whatever was found, as plain values."""
    if isinstance(value, CommonSource):  # whose root is of numbers
        value = {**{each.name: getattr(value, each.name) for each in fields(value)}, "root": BitMap(value.root)}
    if isinstance(value, BitMap):
        return [name(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Fraction):
        return str(value)
    if is_dataclass(value):
        return {each.name: plain_of(getattr(value, each.name), name) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain_of(each, name) for key, each in value.items()}
    if isinstance(value, frozenset):
        return sorted(str(each) for each in value)
    if isinstance(value, list | tuple):
        return [plain_of(each, name) for each in value]
    return value
