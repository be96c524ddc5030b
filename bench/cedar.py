"""The release question in Cedar, with equal meaning: may this reader see everything that the item carries?

Cedar is given the label of each item worked out beforehand; it walks no lineage. Policies and entities are parsed once
and kept as handles, and only the items that are asked about are loaded.
"""

import json
import random
from collections.abc import Iterable, Sequence

from cedarpy import Entities, PolicySet, is_authorized_batch

from bench.holdings import HOLDER, Setting, Shape, carried_terms, denied_terms
from comity.core.partner import Code
from comity.index.holding import Ordinal

Pair = tuple[Ordinal, Code]


def shape(*, quick: bool) -> Shape:
    """A holding for single questions: how many items it has changes nothing for either side."""
    return Shape(items=600, partners=24, originators=16, stops=10) if quick else Shape(items=10_000, stops=200)


def drawn(setting: Setting, number: int) -> list[Pair]:
    """As many pairs of an item and a reader, at random, no item twice."""
    rng = random.Random(4)
    readers = sorted(setting.facts.policy.partners - {HOLDER})
    items = rng.sample(range(1, len(setting.columns) + 1), number)
    return [(Ordinal(item), rng.choice(readers)) for item in items]


class Question:
    """Some pairs, asked of Cedar as one batch."""

    def __init__(self, policies: str, entities: list[dict[str, object]], pairs: Sequence[Pair]) -> None:
        """Parse policies and entities once."""
        self._policies = PolicySet.from_str(policies)
        self._entities = Entities.from_json_str(json.dumps(entities))
        self._requests = [
            {"principal": _uid("Reader", reader), "action": _uid("Action", "see"), "resource": _uid("Item", item)}
            for item, reader in pairs
        ]

    def allowed(self) -> list[bool]:
        """Cedar's verdicts."""
        answers = is_authorized_batch(self._requests, self._policies, self._entities)
        return [answer.allowed for answer in answers]

    def blockers(self) -> list[list[str]]:
        """For each pair the forbidding policies, by the names that we gave them."""
        answers = is_authorized_batch(self._requests, self._policies, self._entities)
        return [list(answer.diagnostics.id_annotations_by_reason.values()) for answer in answers]


def plain(setting: Setting, pairs: Sequence[Pair]) -> Question:
    """One policy over the attributes of the reader and the item. Of four such forms, Cedar is fastest with this one."""
    label = carried_terms(setting.columns)
    denied = {name: sorted(denied_terms(setting.facts, name)) for name in _readers(pairs)}
    readers = [_entity("Reader", name, {"denied": terms}) for name, terms in denied.items()]
    items = [_entity("Item", item, {"label": sorted(label[item])}) for item, _ in pairs]
    rule = "permit(principal, action, resource) unless { resource.label.containsAny(principal.denied) };"
    return Question(rule, [*readers, *items], pairs)


def explaining(setting: Setting, pairs: Sequence[Pair]) -> Question:
    """One `forbid` for each of the terms: the only form in which Cedar can name all that is in the way."""
    label = carried_terms(setting.columns)
    terms = range(len(setting.facts.terms))
    readers = [_entity("Reader", name, {}, "Denied", denied_terms(setting.facts, name)) for name in _readers(pairs)]
    items = [_entity("Item", item, {}, "Terms", label[item]) for item, _ in pairs]
    groups = [_entity(kind, number, {}) for kind in ("Denied", "Terms") for number in terms]
    rules = [
        f'@id("{number}") forbid(principal in Denied::"{number}", action, resource in Terms::"{number}");'
        for number in terms
    ]
    return Question("\n".join(["permit(principal, action, resource);", *rules]), [*readers, *items, *groups], pairs)


def _readers(pairs: Iterable[Pair]) -> list[Code]:
    return sorted({reader for _, reader in pairs})


def _uid(kind: str, name: object) -> dict[str, str]:
    return {"type": kind, "id": str(name)}


def _entity(
    kind: str, name: object, attributes: dict[str, object], group: str = "", groups: Iterable[int] = ()
) -> dict[str, object]:
    parents = [_uid(group, number) for number in sorted(groups)]
    return {"uid": _uid(kind, name), "attrs": attributes, "parents": parents}
