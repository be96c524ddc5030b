"""What the markings on one submitter's objects mean to the node: which bind, and what claims they make.

A marking definition is believed only as the same submitter has sent it: nobody can redefine another's marking. One that
is not held is not known, and what is not known binds.
"""

from collections.abc import Sequence

from comity.core.claim import Claim
from comity.core.partner import Code, Recipient
from comity.formats import marking, stix, strict_json
from comity.formats.fault import Fault
from comity.formats.marking import Context, DefaultTerms, Kind, NoTerms
from comity.formats.stix import StixObject
from comity.index.holding import Ordinal
from comity.service.intake import Fresh
from comity.service.partners import GREEN
from comity.service.ports import Writer
from comity.service.records import Held

NAMED_ONLY = ("identity", "marking-definition")
"""The types of objects that bind those that name them only if they are marked themselves."""


def context(
    writer: Writer, submitter: Code, terms: DefaultTerms | None, persons: tuple[Recipient, ...] = ()
) -> Context:
    """What the markings of the submitter's objects do not say, by today's record; `persons` are those of TLP:RED."""
    policy, green = writer.policy(), writer.setting(GREEN)
    return Context(
        holder=policy.holder,
        submitter=submitter,
        originator=submitter,
        community=green if isinstance(green, str) else None,
        persons=persons,
        terms=terms,
        lowest=policy.lowest,
        received=writer.act.at,
    )


class Markings:
    """The markings of the objects of `submitter`, and of those that they name."""

    def __init__(self, writer: Writer, submitter: Code, fresh: Sequence[Fresh]) -> None:
        """`fresh` are the submitter's new objects, whose contents have been written."""
        self.submitter = submitter
        self._writer = writer
        self._kinds: dict[tuple[Code, str], Kind | None] = {}
        self._binds: dict[Ordinal, bool] = {}
        self._claims: dict[object, tuple[Claim, ...] | NoTerms] = {}
        self._fresh_kinds: dict[str, set[Kind]] = {}
        for item in fresh:
            if item.type == stix.MARKING_DEFINITION:
                self._fresh_kinds.setdefault(item.stix_id, set()).add(item.kind or Kind.OTHER)
        self._fresh = {item.ordinal: item for item in fresh if item.type in NAMED_ONLY}

    def kind(self, name: str, submitter: Code | None = None) -> Kind | None:
        """What the marking definition is; None where the submitter has sent none of this id."""
        key = submitter or self.submitter, name
        if key not in self._kinds:
            found = set(self._fresh_kinds.get(name, ())) if key[0] == self.submitter else set()
            for copy in self._writer.copies([name]).get(name, ()):
                if copy.submitter == key[0] and copy.ordinal not in self._fresh:
                    held = self.examined(copy.ordinal)
                    found.add(Kind.OTHER if held is None or held.kind is None else held.kind)
            self._kinds[key] = None if not found else Kind.STATEMENT if found == {Kind.STATEMENT} else Kind.OTHER
        return self._kinds[key]

    def binds(self, copy: Held) -> bool:
        """Whether a reference to this copy binds: an unmarked identity or marking definition does not."""
        if copy.type not in NAMED_ONLY:
            return True
        if copy.ordinal not in self._binds:
            found = self._fresh.get(copy.ordinal) or self.examined(copy.ordinal)
            flawed = found is None or (isinstance(found, Fresh) and found.flaw is not None)
            self._binds[copy.ordinal] = flawed or not self._unmarked(found, copy.submitter)
        return self._binds[copy.ordinal]

    def claims(self, item: Fresh | StixObject, context: Context) -> tuple[Claim, ...] | NoTerms:
        """The claims that an item's markings make in one submission, whose `context` is the same for all its items."""
        key = item.markings, item.granular
        if key not in self._claims:
            self._claims[key] = marking.claims(item.markings, item.granular, kinds=self.kind, context=context)
        return self._claims[key]

    def unmarked(self, item: Fresh) -> bool:
        """Whether none of the item's markings binds."""
        return self._unmarked(item, self.submitter)

    def examined(self, number: Ordinal) -> StixObject | None:
        """A held object as it was read, None if it is no proper one."""
        raw = next(content for _, content in self._writer.content([number]))
        value = strict_json.parse(raw)
        found = value if isinstance(value, Fault) else strict_json.vet(raw, value)
        found = stix.examine(found, raw) if isinstance(found, dict) else None
        return found if isinstance(found, StixObject) else None

    def _unmarked(self, found: Fresh | StixObject | None, submitter: Code) -> bool:
        return found is not None and marking.unmarked(
            (*found.markings, *found.granular), lambda name: self.kind(name, submitter)
        )
