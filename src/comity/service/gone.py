"""The word of withdrawal: what a recipient had and may have no more, told where an agreement says that it is.

Rules kept here:
1. it is told to whom the record says that it was handed to, and to nobody else;
2. it is told what is gone, by its id and its version, which this recipient has; not why, nor by whom: what was stopped,
   taken back, changed or expired is told alike;
3. it is told if an agreement of the holder with the recipient's partner that is in force says so; by itself none does;
4. a version of which the recipient may have another copy is not gone.

What is gone stands in a list of the recipient's own, each with a date of its own, as what it may have does. Nothing of
it is handed over, so that it is no response: that it was told is no disclosure, and has no entry.
"""

from threading import Lock
from typing import Final, NamedTuple, cast

from pyroaring import BitMap

from comity.core.errors import Forbidden
from comity.core.instant import NEVER, Instant
from comity.core.partner import Recipient, base
from comity.core.world import Policy
from comity.index.appearances import Appearances
from comity.index.engine import Index
from comity.index.holding import Ordinal
from comity.service.listing import stated
from comity.service.policy import find_fact
from comity.service.ports import Reader, Store
from comity.service.records import Word
from comity.service.releasing import Outlet
from comity.service.shown import Shown, keep, shown, unkept
from comity.service.standing import Behind

SETTING: Final = "withdrawals"
"""The setting that lists the agreements which say that withdrawals are told."""
_LIST: Final = "withdrawn"


class _Gone(NamedTuple):
    """What is gone for one recipient, as of one snapshot; `fresh` is what of the list has to be kept."""

    listed: Appearances
    kept: Shown
    fresh: dict[Instant, bytes]


class Had:
    """What each recipient was handed, as one process has read it."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self._lock = Lock()
        self._known: dict[Recipient, tuple[int, BitMap]] = {}

    def by(self, reader: Reader, to: Recipient) -> BitMap:
        """Everything that the recipient was ever handed, in this snapshot. Nobody changes it."""
        size = reader.size()
        with self._lock:
            start, before = self._known.get(to, (0, BitMap()))
        if start > size:
            raise Behind
        handed = BitMap(item for each in reader.disclosures(to=to, start=start) for item in each.items)
        found = before | handed
        with self._lock:
            if self._known.get(to, (0,))[0] <= size:
                self._known[to] = (size, found)
        return found


def tell_withdrawals(store: Store, name: str, word: Word, *, told: bool = True) -> None:
    """Have an agreement say that withdrawals are told to its recipient, or that they are not."""
    with store.write("agreement-withdrawals", word, policy=True) as writer:
        find_fact(writer, "agreement", name)
        policy, telling = writer.policy(), agreements(writer)
        (found,) = (grant for grant in policy.agreements if grant.id == name)
        if found.frm != policy.holder:
            raise Forbidden(f"`{name}` is an agreement of `{found.frm}`: only what `{policy.holder}` grants says this")
        if (name in telling) is told:
            said = "says so already" if told else "does not say so"
            raise Forbidden(f"`{name}` {said}: nothing is left to do")
        writer.set_setting(SETTING, sorted(telling | {name} if told else telling - {name}))


def agreements(reader: Reader) -> frozenset[str]:
    """The agreements that say so."""
    kept = reader.setting(SETTING)
    return frozenset(cast("list[str]", kept)) if isinstance(kept, list) else frozenset()


def is_told(telling: frozenset[str], policy: Policy, to: Recipient, now: Instant) -> bool:
    """Whether withdrawals are told to the recipient: rule 3."""
    return any(
        grant.id in telling and (grant.frm, grant.to) == (policy.holder, base(to)) and now in grant.window
        for grant in policy.agreements
    )


def gone(outlet: Outlet, had: Had, reader: Reader, to: Recipient) -> Appearances:
    """The list of what is gone in this snapshot; it is kept before anything of it is told. Raises Behind.

    INVARIANT: what is told as gone has left the list of what the reader may have, in the same snapshot. So it comes
    after every cursor when the reader may have it again.
    """
    handed = had.by(reader, to)
    with outlet.standing.at(reader) as index:
        outlet.standing.resume(reader, index, to)
        index.appearances(to)
        items, found = outlet.standing.listing(index, to), _gone(reader, index, to, handed)
    if items.fresh:
        with outlet.store.derive() as deriver:
            if deriver.epoch() != reader.epoch() or deriver.listing(to) != items.kept.version:
                raise Behind
            keep(deriver, to, items.fresh)
        outlet.standing.keep(to, items)
    _keep(outlet.store, to, found, reader.epoch())
    return found.listed


def _gone(reader: Reader, index: Index, to: Recipient, had: BitMap) -> _Gone:
    """What is gone, with the list brought up to date: what is so since the last look is so by the clock of this one."""
    visible = index.visible(to)
    kept = shown(reader, _key(to))
    listed = Appearances(kept.segments())
    before, away = listed.between(Instant(0), NEVER), had - visible
    listed.follow((before & away) | _versions(reader, away - before, visible), index.clock)
    return _Gone(listed, kept, unkept(listed.segments, kept))


def _keep(store: Store, to: Recipient, found: _Gone, epoch: int) -> None:
    """Keep the list. Behind where it, or the policy, has changed meanwhile."""
    if not found.fresh:
        return
    with store.derive() as deriver:
        if deriver.epoch() != epoch or deriver.listing(_key(to)) != found.kept.version:
            raise Behind
        keep(deriver, _key(to), found.fresh)


def _versions(reader: Reader, items: BitMap, visible: BitMap) -> BitMap:
    """Those of the items of whose version no copy is visible, one of each: rule 4."""
    found, copies = reader.held_and_copies(map(Ordinal, items))
    left: dict[tuple[str, object], Ordinal] = {}
    for row in sorted(found.values()):
        same = (copy for copy in copies[row.stix_id] if stated(copy) == stated(row))
        if not any(copy.ordinal in visible for copy in same):
            left.setdefault((row.stix_id, stated(row)), row.ordinal)
    return BitMap(left.values())


def _key(to: Recipient) -> str:
    """Under which the list is kept, beside that of what the recipient may have: no recipient is called so."""
    return f"{to} {_LIST}"
