"""One exception tree. Every message is lower case, puts what the user typed in back-ticks and says what to do next.

ComityError
├── InvalidFacts        facts on which no decision is defined; carries every fault with its place
├── UnknownName         a partner, item, agreement … that is not there
├── AmbiguousItem       a name that more than one held item answers to; carries the candidates
├── MalformedInput      bytes or text that are not what they are said to be
├── Forbidden           an act that the actor's word does not cover (someone else's consent, a back-dated act)
├── NotAuthenticated    nobody whom this node knows: no account, a wrong password, a token that is revoked
├── PlanFailed          the solver has no plan, or one that breaks a rule
├── NodeBusy            another process is writing to the node
├── NodeUnwritable      the node's disk is full, or may not be written to
└── NodeDamaged         the node's files are missing, unsafe, newer than this program, or do not verify
"""

from dataclasses import dataclass


class ComityError(Exception):
    """Whatever Comity refuses to do, with a message for the person who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with stated facts.

    `place` is the path of keys and list positions to it (`("items", 3, "level")`), `message` says what is wrong and
    `mend` what to write instead.
    """

    place: tuple[str | int, ...]
    message: str
    mend: str

    def __str__(self) -> str:
        """Place, message and mend on one line."""
        where = ".".join(str(step) for step in self.place) or "the whole"
        return f"{where}: {self.message}; {self.mend}"


class InvalidFacts(ComityError):
    """Facts on which no decision is defined: they are refused whole, with every fault."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        """Keep `faults`, of which there is at least one."""
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


class UnknownName(ComityError):
    """A name that answers to nothing."""


class AmbiguousItem(ComityError):
    """A name that several held items answer to; `candidates` are the names that tell them apart."""

    def __init__(self, name: str, candidates: tuple[str, ...]) -> None:
        """Name the candidates, so that the user can pick one."""
        listed = ", ".join(f"`{candidate}`" for candidate in candidates)
        super().__init__(f"`{name}` names {len(candidates)} items: say which of {listed}")
        self.candidates = candidates


class MalformedInput(ComityError):
    """Bytes or text that are not what they are said to be."""


class Forbidden(ComityError):
    """An act that the actor's word does not cover."""


class NotAuthenticated(ComityError):
    """Whoever acts or asks is nobody whom this node lets in; which of the possible reasons holds is not said."""


class PlanFailed(ComityError):
    """The solver has no plan, or one that breaks a rule; the greedy plan needs no solver."""


class NodeBusy(ComityError):
    """Another process is writing to the node."""


class NodeUnwritable(ComityError):
    """The node's disk is full, or may not be written to; nothing that was recorded is lost."""


class NodeDamaged(ComityError):
    """The node's files are missing, unsafe, newer than this program, or do not verify."""
