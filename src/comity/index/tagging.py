"""Which items count towards a requirement: what a rule says of them, and what was tagged by hand.

Everything that a rule states must hold; of several rules, or tags, one is enough. A rule that states nothing matches
nothing, and so does what nobody can look up: empty means no.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from pyroaring import BitMap

from comity.core.requirement import RequirementId, Rule
from comity.formats.words import Entry, compared, words
from comity.index.facets import Facets
from comity.index.holding import Ordinal


class Said(Protocol):
    """What only whoever keeps the objects can look up."""

    def labelled(self, label: str) -> BitMap:
        """The items whose object has this label."""
        ...

    def saying(self, text: str) -> BitMap:
        """The items that say these words."""
        ...


class Entries:
    """What objects are looked up by, each under the number of its item; answers as Said asks."""

    def __init__(self, entries: Mapping[Ordinal, Entry]) -> None:
        """Keep them, in sets of what they say."""
        self._labels = {item: frozenset(each.labels) for item, each in entries.items()}
        self._words = {item: frozenset(each.words) for item, each in entries.items()}

    def labelled(self, label: str) -> BitMap:
        """See Said."""
        wanted = compared(label)
        return BitMap(item for item, labels in self._labels.items() if wanted in labels)

    def saying(self, text: str) -> BitMap:
        """See Said. Every word of the text has to be said; a text without any is said by nobody."""
        wanted = words(text)
        return BitMap(item for item, said in self._words.items() if wanted and said.issuperset(wanted))


def tagged(
    rules: Iterable[Rule], tags: Iterable[tuple[RequirementId, Ordinal]], facets: Facets, said: Said
) -> dict[RequirementId, BitMap]:
    """The items of each requirement that a rule or a tag names, whoever may see them."""
    found: dict[RequirementId, BitMap] = {}
    for rule in rules:
        found.setdefault(rule.requirement, BitMap()).update(_matching(rule, facets, said))
    for requirement, item in tags:
        found.setdefault(requirement, BitMap()).add(item)
    return found


def _matching(rule: Rule, facets: Facets, said: Said) -> BitMap:
    asked: list[tuple[str | None, Callable[[str], BitMap]]] = [
        (rule.type, lambda name: facets.by_type.get(name, BitMap())),
        (rule.domain, lambda name: facets.by_domain.get(name, BitMap())),
        (rule.label, said.labelled),
        (rule.text, said.saying),
    ]
    matches = [look(value) for value, look in asked if value is not None]
    return BitMap.intersection(*matches) if matches else BitMap()
