"""The two-person rule: an act that one person proposes, and another carries out or rejects.

Rules kept here:
1. which acts take two persons is a setting, which an administrator switches on and off, in the register;
2. a proposal is checked when it is made, and everything again, as of then, when it is approved;
3. approving is done by another person, who may do the act alone where the rule is off; the proposer can only take the
   proposal back. That is held by `authority`, which every act passes;
4. a proposal that nobody answers lapses after seven days.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from comity.core.errors import Forbidden, UnknownName
from comity.core.instant import Instant
from comity.core.role import PAIRED
from comity.service.authority import LAPSE, TWO_PERSON, is_open, must_be_governed, paired
from comity.service.ports import Reader, Store, Writer
from comity.service.records import Proposal, Word

_ID: Final = re.compile(r"p-[0-9]{1,18}")
APPROVE: Final = "comity proposal approve"


def is_paired(store: Store, kind: str) -> bool:
    """Whether this act takes two persons now. Only how to go about it is decided by this; `authority` sees to it."""
    with store.read() as reader:
        return kind in paired(reader)


def propose(writer: Writer, kind: str, arguments: Mapping[str, str]) -> Proposal:
    """Record a proposal, in an act `propose` that is under way and has checked what is proposed."""
    if kind not in paired(writer):
        raise Forbidden(f"`{kind}` no longer takes two persons: do it again")
    name = writer.add_proposal(kind, dict(arguments))
    return Proposal(name, kind, arguments, writer.act.at, writer.act.word, None)


def waiting(reader: Reader, name: str) -> Proposal:
    """The open proposal with this id. UnknownName when there is none, Forbidden when it is answered or lapsed."""
    found = reader.proposal(name) if _ID.fullmatch(name) else None
    if found is None:
        raise UnknownName(f"no proposal `{name}`: see `comity proposal list`")
    if not is_open(found, reader.now()):
        said = f"has been {found.answer}" if found.answer else "has lapsed"
        raise Forbidden(f"the proposal `{name}` {said}: make a new one")
    return found


def seconding(proposal: Proposal, word: Word) -> Word:
    """The word under which a proposal is carried out: the approver's, with the evidence that the proposer gave."""
    said = proposal.word
    return replace(word, by=said.by, evidence=said.evidence, seconds=proposal.id)


def reject(store: Store, name: str, word: Word) -> Proposal:
    """Say no to a proposal, or take one's own back."""
    with store.write("proposal-reject", word, policy=False) as writer:
        found = waiting(writer, name)
        writer.answer(name, "rejected")
    return found._replace(answer="rejected")


def set_two_person(store: Store, kinds: frozenset[str], word: Word) -> None:
    """Ask for two persons for these acts, and for no others. Forbidden for what cannot be, or is so already."""
    if unknown := sorted(kinds - PAIRED):
        raise Forbidden(f"`{unknown[0]}` cannot take two persons: {' and '.join(sorted(PAIRED))} can")
    with store.write("two-person", word, policy=True) as writer:
        must_be_governed(writer)
        if paired(writer) == kinds:
            raise Forbidden("this is so already: nothing is left to do")
        writer.set_setting(TWO_PERSON, sorted(kinds))


def lapses(proposal: Proposal) -> Instant:
    """When the proposal is nothing any more, if nobody answers it."""
    return Instant(proposal.at + LAPSE)
