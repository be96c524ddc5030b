"""The analysis once more, from docs/explanation/analysis.md alone: plain sets, and `decide` for every single item.

It shares with the product the values that are compared, and nothing that counts.
"""

import random
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from comity.core.agreement import Suspension
from comity.core.coverage import Coverage, Dependence
from comity.core.decision import Permitted, decide
from comity.core.instant import Instant, Window
from comity.core.loss import Supposed
from comity.core.partner import Code, Recipient
from comity.core.requirement import Credibility, Grade, Reliability, Requirement, RequirementId, Rule
from comity.core.world import World
from tests.oracle.parts import Fact, step
from tests.plain import instant

Plain = dict[str, Any]
TYPE = "item"
"""The type of every item of a world."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """A world and what is asked of it."""

    plain: Plain
    world: World
    now: Instant
    window: Window
    requirements: tuple[Requirement, ...]
    rules: tuple[Rule, ...]
    tags: tuple[tuple[RequirementId, str], ...]
    labels: dict[str, set[str]]
    texts: dict[str, set[str]]
    grades: dict[str, Grade]

    def item(self, name: str) -> Fact:
        """The item as its world file has it."""
        return next(item for item in self.plain["items"] if item["id"] == name)


def received(rng: random.Random, plain: Plain) -> None:
    """Give most items a time of receipt, none after an attestation that it is a source of."""
    for item in plain["items"]:
        edges = [edge for other in plain["items"] for edge in other.get("sources", ()) if edge["item"] == item["id"]]
        latest = min((edge["attested"] for edge in edges if "attested" in edge), default=step(16))
        if "received" not in item and rng.random() < 0.9:
            item["received"] = rng.choice([step(number) for number in range(17) if step(number) <= latest])


def permitted(world: World, reader: Recipient, at: Instant) -> set[str]:
    return {name for name in world.items if isinstance(decide(world, name, reader, at), Permitted)}


def held(case: Case, names: set[str]) -> set[str]:
    """Those of the items that have been received by the moment, and those that are held since nobody knows when."""
    times = {item["id"]: instant(item["received"]) for item in case.plain["items"] if "received" in item}
    return {name for name in names if name not in times or times[name] <= case.now}


def supposing(case: Case, supposed: tuple[Supposed, ...]) -> World:
    """The world in which these suspensions are made now."""
    made = tuple(
        Suspension(
            id=f"supposed-{number}",
            frm=each.frm,
            to=each.to,
            domains=each.domains,
            reach=each.reach,
            recall=each.recall,
            window=Window(case.now),
            given=case.now,
        )
        for number, each in enumerate(supposed)
    )
    policy = replace(case.world.policy, suspensions=(*case.world.policy.suspensions, *made))
    return World(policy=policy, items=case.world.items)


def lost(case: Case, supposed: tuple[Supposed, ...], reader: Recipient, seen: set[str]) -> set[str]:
    """What `reader` does not see any more of what it has `seen`."""
    return seen - permitted(supposing(case, supposed), reader, case.now)


def covering(case: Case, requirement: RequirementId, seen: set[str]) -> set[str]:
    """What is seen, tagged, and received in the window."""
    tagged = {name for which, name in case.tags if which == requirement}
    for rule in case.rules:
        if rule.requirement == requirement:
            tagged |= {item["id"] for item in case.plain["items"] if matches(case, rule, item)}
    times = {item["id"]: instant(item["received"]) for item in case.plain["items"] if "received" in item}
    return {name for name in tagged & seen if name in times and case.window.start <= times[name] < case.window.end}


def matches(case: Case, rule: Rule, item: Fact) -> bool:
    stated = [
        rule.type is None or rule.type == TYPE,
        rule.domain is None or rule.domain in item.get("domains", ["general"]),
        rule.label is None or rule.label in case.labels[item["id"]],
        rule.text is None or rule.text in case.texts[item["id"]],
    ]
    return all(stated) and (rule.type, rule.domain, rule.label, rule.text) != (None,) * 4


def coverage(case: Case, requirement: RequirementId, reader: Recipient, items: set[str]) -> Coverage:
    grades = [case.grades.get(name, Grade()) for name in items]
    groups: list[set[str]] = [set(origin) for name in items for origin in origins(case, name)]
    while touching := [(one, two) for one in groups for two in groups if one is not two and one & two]:
        one, two = touching[0]
        groups = [group for group in groups if group is not one and group is not two] + [one | two]
    return Coverage(
        requirement=requirement,
        recipient=reader,
        window=case.window,
        items=len(items),
        newest=max((instant(case.item(name)["received"]) for name in items), default=None),
        independent=tuple(sorted(tuple(map(code, sorted(group))) for group in groups)),
        reliability=tuple(sum(grade.reliability is axis for grade in grades) for axis in Reliability),
        credibility=tuple(sum(grade.credibility is axis for grade in grades) for axis in Credibility),
    )


def code(name: str) -> Code:
    return Code(Recipient(name))


def above(case: Case, name: str) -> frozenset[str]:
    """The item and all that it is built on."""
    found, front = {name}, [name]
    for each in front:
        fresh = {edge["item"] for edge in case.item(each).get("sources", ())} - found
        found |= fresh
        front += fresh
    return frozenset(found)


def roots(case: Case, name: str) -> set[frozenset[str]]:
    """Whatever it is built on that all leads back to itself: an item alone, or a circle."""
    everything = {each: above(case, each) for each in above(case, name)}
    return {found for found in everything.values() if all(everything[each] == found for each in found)}


def origins(case: Case, name: str) -> set[frozenset[str]]:
    return {frozenset(case.item(each)["originator"] for each in root) for root in roots(case, name)}


def dependence(case: Case, items: set[str]) -> Dependence:
    shares = Counter[str]()
    exact: dict[str, Fraction] = {}
    for name in items:
        whose = frozenset[str]().union(*origins(case, name))
        shares.update(whose)
        for originator in whose:
            exact[originator] = exact.get(originator, Fraction(0)) + Fraction(1, len(whose) * len(items))
    return Dependence(
        items=len(items),
        shares=tuple((code(name), exact[name]) for name in sorted(exact, key=lambda name: (-exact[name], name))),
        soles=tuple(code(name) for name in sorted(shares) if shares[name] == len(items)),
    )


def common(
    case: Case, seen: set[str], items: set[str]
) -> set[tuple[frozenset[str], tuple[str, ...], frozenset[str], bool]]:
    """Root, whose the items are, the items, and whether the reader sees nothing of the root."""
    found = set()
    for root in {root for name in items for root in roots(case, name)}:
        members = frozenset(name for name in items if root in roots(case, name))
        whose = tuple(sorted({case.item(name)["originator"] for name in members}))
        if len(whose) > 1:
            found.add((root, whose, members, not root & seen))
    return found
