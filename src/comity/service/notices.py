"""Of which acts a caller is told, and in which words.

A partner's account that stands for the partner itself is told of what is its own: its suspensions and consents, what it
is granted and grants, and what became of what it has sent. A part of a partner speaks for nobody, and is told of none.
The holder's people are told what their duties let them know. Of whoever stopped it a partner is told nothing (semantics
§5), and nothing of anybody else.

INVARIANT: no partner is told a number that counts what others do: no id that was numbered, no place in the record. What
is its own is named by when it was recorded and when it starts.
"""

from collections.abc import Mapping
from typing import Final

from comity.core.instant import Instant
from comity.core.partner import Code, base
from comity.core.role import Duty
from comity.formats import instant
from comity.service.authority import Principal
from comity.service.listing import UNVERSIONED
from comity.service.records import Notice, Subject

_OWN: Final[Mapping[Duty, tuple[Subject, ...]]] = {
    Duty.RELEASE: ("suspension", "consent", "agreement"),
    Duty.SUBMIT: ("quarantine",),
}
_HOLDERS: Final[Mapping[Duty, tuple[Subject, ...]]] = {
    Duty.TERMS: ("suspension", "consent", "agreement"),
    Duty.QUARANTINE: ("quarantine",),
    Duty.POLICY: ("proposal",),
    Duty.LISTS: ("account",),
    Duty.RECORD: ("act",),
}
_TIMES: Final = frozenset({"start", "end", "ends"})
_NAMES: Final = {"frm": "from", "kind": "act"}
"""What a column is called in words, where that is not its name."""
_ITEM: Final = frozenset({"stix_id", "version", "submitter", "id"})

Asked = tuple[Subject, Code | None]
"""A subject, and whose; None for everybody's."""


def concerns(principal: Principal) -> list[Asked]:
    """Of what the caller is told, always in the same order."""
    to, duties = principal.recipient, principal.duties
    if to is None:
        found = [subject for duty, subjects in _HOLDERS.items() if duty in duties for subject in subjects]
        return [(subject, None) for subject in found if subject != "account" or "act" not in found]
    if to != base(to):
        return []
    return [(subject, base(to)) for duty, subjects in _OWN.items() if duty in duties for subject in subjects]


def words(notice: Notice, principal: Principal) -> dict[str, object]:
    """What is said of a notice to the caller that it concerns."""
    own = None if principal.recipient is None else base(principal.recipient)
    found: dict[str, object] = {} if own is not None else {notice.subject: notice.id}
    found |= {"state": notice.state, "at": instant.show(notice.at)}
    submitter, name = notice.said.get("submitter"), notice.said.get("stix_id")
    if own is None and submitter is not None:
        found["submitter"] = submitter
    if name and own in (None, submitter):
        found |= {"id": name, "version": notice.said.get("version") or UNVERSIONED}
    for column, value in notice.said.items():
        if column not in _ITEM:
            found[_NAMES.get(column, column)] = _shown(column, value)
    return found


def _shown(column: str, value: object) -> object:
    return instant.show(Instant(value)) if column in _TIMES and isinstance(value, int) else value
