"""From STIX data markings to claims: what the markings of one object say about who may have it. Semantics §6.

- TLP is matched by the exact ids that the standards fix, never by a name or by what a marking says of itself. The four
  ids of TLP 1 stand for the levels of TLP 2.0 of the same names, WHITE for CLEAR.
- A `statement` binds nothing. Any other marking binds, and one that is not known admits nobody.
- Markings join: highest level, common audience, strictest rules. Nothing here ever adds a reader.
- A granular marking speaks for a part of the object, so it cannot lower what holds for the rest: where no object
  marking binds, the submitter's default terms hold beside it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from comity.core.claim import GENERAL, Claim, Onward
from comity.core.instant import Instant
from comity.core.partner import ANYONE, Code, Recipient
from comity.formats.fault import Fault, Flaw

CLEAR: Final = "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
GREEN: Final = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"
AMBER: Final = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
AMBER_STRICT: Final = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"
RED: Final = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"

WHITE_1: Final = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
GREEN_1: Final = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
AMBER_1: Final = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
RED_1: Final = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"

_TLP: Final = {
    CLEAR: CLEAR,
    GREEN: GREEN,
    AMBER: AMBER,
    AMBER_STRICT: AMBER_STRICT,
    RED: RED,
    WHITE_1: CLEAR,
    GREEN_1: GREEN,
    AMBER_1: AMBER,
    RED_1: RED,
}
"""Every id of TLP, and the one of TLP 2.0 whose rules it follows."""
_ONWARD: Final = {
    CLEAR: Onward.FREE,
    GREEN: Onward.FREE,
    AMBER: Onward.LISTED,
    AMBER_STRICT: Onward.CONSENT,
    RED: Onward.CONSENT,
}


class Kind(Enum):
    """What a held marking definition is, so far as it matters here."""

    STATEMENT = "statement"
    OTHER = "other"


Kinds = Callable[[str], Kind | None]
"""What the marking definition with an id is; None where none is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultTerms:
    """What holds for a submitter's objects without a marking, and gives the marked ones their level and domains."""

    level: str
    domains: frozenset[str] = frozenset({GENERAL})
    audience: tuple[str, ...] | None = None
    conditions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """All that the markings themselves do not say.

    `originator` is the submitter unless the content names another whose signature does not verify: then the
    originator's claims come first and the submitter's, as the relay's, follow. `community` is that of GREEN and
    `persons` those named at submission for RED; without them, these admit nobody. `lowest` is the lowest level.
    """

    holder: Code
    submitter: Code
    originator: Code
    community: str | None
    persons: tuple[Recipient, ...]
    terms: DefaultTerms | None
    lowest: str
    received: Instant | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoTerms:
    """There is no claim: the level must come from the default terms of `submitter`, which has none."""

    submitter: Code

    @property
    def fault(self) -> Fault:
        """Why the object goes to quarantine."""
        return Fault(
            code=Flaw.NO_TERMS,
            detail=f"`{self.submitter}` has no default terms: state them and import again, or accept it with a claim",
        )


def unmarked(markings: Iterable[str], kinds: Kinds) -> bool:
    """Whether none of `markings` binds."""
    return not _binding(markings, kinds)


def claims(
    markings: Iterable[str], granular: Iterable[str], *, kinds: Kinds, context: Context
) -> tuple[Claim, ...] | NoTerms:
    """The claims of an object with these object markings and these granular ones, the first claim first.

    Claims are conjunctive: each must admit a reader. There is more than one where audiences meet whose common part no
    list can state (a community, whose members change, and partners), or where a part of an unmarked object is marked.
    """
    whole, parts = _binding(markings, kinds), _binding(granular, kinds)
    stated: list[Claim] = []
    if not whole:
        if context.terms is None:
            return NoTerms(submitter=context.submitter)
        stated.append(_default(context.terms, context))
    joined = whole | parts
    if joined and (whole or joined != {CLEAR}):
        if joined != {CLEAR} and context.terms is None:
            return NoTerms(submitter=context.submitter)
        stated.extend(_joined(joined, context))
    speakers = dict.fromkeys((context.originator, context.submitter))
    return tuple(_said_by(speaker, claim) for speaker in speakers for claim in stated)


def _binding(markings: Iterable[str], kinds: Kinds) -> frozenset[str]:
    """Those of `markings` that bind, the TLP ones by their id in TLP 2.0."""
    return frozenset(
        _TLP.get(marking, marking)
        for marking in markings
        # INVARIANT: TLP goes by its id alone, so that nobody can turn it off by sending a statement of that id.
        if marking in _TLP or kinds(marking) is not Kind.STATEMENT
    )


def _default(terms: DefaultTerms, context: Context) -> Claim:
    """What holds without a marking: the default terms as they stand."""
    return Claim(
        originator=context.originator,
        level=terms.level,
        domains=terms.domains,
        audience=terms.audience,
        conditions=terms.conditions,
        received=context.received,
    )


def _joined(markings: frozenset[str], context: Context) -> list[Claim]:
    """What these binding markings say together, one claim for each audience that no list can state in common."""
    clear = markings == {CLEAR}
    terms = context.terms or DefaultTerms(level=context.lowest)
    return [
        Claim(
            originator=context.originator,
            level=context.lowest if clear else terms.level,
            domains=terms.domains,
            audience=audience,
            onward=min(
                (_ONWARD.get(marking, Onward.CONSENT) for marking in markings), key=lambda rule: rule.strictness
            ),
            conditions=frozenset() if clear else terms.conditions,
            received=context.received,
        )
        for audience in _common(sorted(markings), context)
    ]


def _said_by(speaker: Code, claim: Claim) -> Claim:
    return claim if claim.originator == speaker else replace(claim, originator=speaker)


def _common(markings: Iterable[str], context: Context) -> list[tuple[str, ...]]:
    """The audiences of `markings` as few lists, each of which must name a reader."""
    audiences = dict.fromkeys(_audience(marking, context) for marking in markings)
    # Who is in a community changes with time, so its common part with partners is for each decision to find.
    changing = [audience for audience in audiences if context.community in audience]
    fixed: tuple[str, ...] = (ANYONE,)
    for audience in (audience for audience in audiences if audience not in changing):
        fixed = _meet(fixed, audience)
    if not fixed:
        return [()]
    return changing if changing and fixed == (ANYONE,) else [fixed, *changing]


def _audience(marking: str, context: Context) -> tuple[str, ...]:
    """Whom one binding marking admits; nobody where that is not known."""
    admitted: dict[str, tuple[str, ...]] = {
        CLEAR: (ANYONE,),
        GREEN: () if context.community is None else (context.community,),
        AMBER: (f"{context.holder}/*",),
        AMBER_STRICT: (context.holder,),
        RED: context.persons,
    }
    return admitted.get(marking, ())


def _meet(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    """Whom both lists name, exactly: neither names a community that the other does not name too."""
    meets = (_narrower(name, named) for name in one for named in other)
    return tuple(dict.fromkeys(name for name in meets if name is not None))


def _narrower(name: str, other: str) -> str | None:
    """Whom both names name, if anybody."""
    for wide, narrow in ((name, other), (other, name)):
        if wide in (narrow, ANYONE) or (wide.endswith("/*") and wide[:-2] == narrow.partition("/")[0]):
            return narrow
    return None
