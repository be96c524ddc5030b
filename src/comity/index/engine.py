"""The index: what each reader may see now, since when, who may see an item, and what a change would change.

INVARIANT: its answers are those of `core.decision.decide`, verdict and reasons, for every reader and item, after any
sequence of changes; tests hold it to that on random worlds. It is good for [now, next boundary): `advance` takes it
over the boundaries that have passed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Final, NamedTuple

from pyroaring import BitMap

from comity.core.agreement import Suspension
from comity.core.decision import Case, Permitted, Refused, passes_on, refusals, terms
from comity.core.instant import ALWAYS, NEVER, Instant, Window
from comity.core.lineage import ItemId, carried
from comity.core.partner import Code, Recipient, base
from comity.core.world import Policy
from comity.index import change
from comity.index.appearances import Appearances, Position
from comity.index.attested import Attested, Edges
from comity.index.carriers import Carriers
from comity.index.classes import Book, Eras
from comity.index.firsts import Domains
from comity.index.holding import Holding, Ordinal, item_id, ordinal
from comity.index.labelling import Label, relabel
from comity.index.stopping import stopped
from comity.index.view import Trace, View, union

TRACES: Final = 10_000
"""Items whose roots are remembered at a time, for explanations."""


class Arrival(NamedTuple):
    """A new item: its number, its time of receipt, its kind."""

    item: Ordinal
    received: Instant | None
    kind: str


class Difference(NamedTuple):
    """What a change would change for one reader."""

    lost: BitMap
    gained: BitMap


class Index:
    """Many answers at once over one policy and one holding.

    `labelled` is the time as of which the holding's kept labels were computed; what time has changed in them since then
    is computed anew – or what it had not changed yet, where `now` is earlier.
    """

    def __init__(
        self, policy: Policy, holding: Holding, now: Instant, *, cases: Iterable[Case] = (), labelled: Instant = NEVER
    ) -> None:
        """Load the census; nothing is judged before somebody asks."""
        self.policy = policy
        self.holding = holding
        self.now = self.clock = min(now, labelled)
        self.book = Book(cases)
        self.carriers = Carriers(self.book)
        self.carriers.load(holding.census())
        self._views: dict[Recipient, View] = {}
        self._traces: dict[Ordinal, Trace] = {}
        self._domains = Domains()
        self._attested = sorted(holding.attested())
        self._eras = Eras(policy)
        self._span: Window | None = None
        if now < labelled < NEVER:
            self._relabel({item for moment, item in self._attested if now < moment <= labelled})
        self.advance(now)

    # Questions

    def span(self) -> Window:
        """The moments around now at which every answer is the same: from the last boundary to the next."""
        if self._span is None:
            last, following = ALWAYS, NEVER
            for moment in self._boundaries():
                if moment <= self.now:
                    last = max(last, moment)
                else:
                    following = min(following, moment)
            self._span = Window(last, following)
        return self._span

    def visible(self, reader: Recipient) -> BitMap:
        """Everything that `reader` may see now. The caller must not change it."""
        return self.view(reader).visible

    def permits(self, item: Ordinal, reader: Recipient) -> bool:
        """Whether `reader` may see `item` now."""
        return item in self.view(reader).visible

    def decide(self, item: Ordinal, reader: Recipient) -> Permitted | Refused:
        """As `core.decision.decide`, now: the verdict with all reasons."""
        view = self.view(reader)
        if item not in view.visible and (reasons := view.reasons(self._trace(item), self.policy, self.now)):
            return Refused(item=item_id(item), recipient=reader, at=self.now, reasons=reasons)
        return Permitted(item=item_id(item), recipient=reader, at=self.now)

    def page(self, reader: Recipient, after: Position | None, limit: int) -> list[Position]:
        """Up to `limit` of what `reader` may see, in its own order of becoming visible, from `after` (exclusive) on."""
        return self.appearances(reader).page(after, limit)

    def appearances(self, reader: Recipient) -> Appearances:
        """What `reader` may see, in order of becoming visible."""
        return self.view(reader).list(self.clock)

    def shown(self, reader: Recipient) -> Appearances | None:
        """What `reader` was shown in order of becoming visible, as far as it has asked; None if it has not."""
        view = self._views.get(reader)
        return None if view is None else view.appearances

    def who(self, item: Ordinal) -> list[Code]:
        """The partners who may see `item` now."""
        label = self.carriers.label(item)
        if not label:
            return []
        cases = [self.book.cases[number] for number in label]
        return [
            partner
            for partner in sorted(self.policy.partners)
            if not any(True for case in cases for _ in refusals(self.policy, case, partner, self.now))
        ]

    def originators(self, item: Ordinal) -> frozenset[Code]:
        """Whose claims `item` carries."""
        return self.carriers.originators(item)

    def domains(self) -> Mapping[str, BitMap]:
        """The items by the domains that their first claims name. Nothing of it is to be changed."""
        return self._domains.of(self.carriers, self.holding)

    def view(self, reader: Recipient) -> View:
        """The view of `reader`, judged as of now."""
        view = self._views.get(reader)
        if view is None:
            view = self._views[reader] = View(reader, self.carriers, None)
        if not view.fresh:
            view.refresh(self.policy, self.now)
        return view

    def resume(self, reader: Recipient, kept: Iterable[tuple[Instant, BitMap]]) -> None:
        """Go on from what `reader` was shown elsewhere, if anything was, in place of what this index has shown it."""
        view, segments = self._views.setdefault(reader, View(reader, self.carriers, None)), list(kept)
        view.appearances, view.listed = Appearances(segments) if segments else None, False

    def leave_out_later(self) -> None:
        """What was received after now is not held yet: from here on nobody sees it. For a past moment that is asked.

        It goes on carrying its label: what is built on it carries that, too. `decide` answers for it as the law does.
        """
        received = self.carriers.by_receipt.items()
        self.carriers.later = union(items for at, items in received if at is not None and at > self.now)
        for view in self._views.values():
            view.fresh = False

    # Changes

    def advance(self, now: Instant, clock: Instant | None = None) -> None:
        """Let the boundaries up to and including `now` take effect. Time never goes back.

        `clock` is what the clock says, where that is behind `now`: what readers are shown is dated by it.
        """
        self.clock = now if clock is None else clock
        if now <= self.now:
            return
        end, before = self.span().end, self.now
        self.now = now
        if now < end:
            return
        self._span = None
        for view in self._views.values():
            view.forget(None)
        self._relabel({item for moment, item in self._attested if before < moment <= now})

    def replace(self, policy: Policy, now: Instant) -> None:
        """Go over to `policy`, which has held since `now`."""
        self.advance(now)
        found = change.between(self.policy, policy, self._horizon())
        self.policy, self._eras = policy, Eras(policy)
        self._span = None
        self._relabel(self._moved(found))
        for view in self._views.values():
            dirty = found.dirty(base(view.reader))
            if dirty is None or dirty:
                view.forget(dirty)

    def suspend(self, stop: Suspension) -> None:
        """As `replace` with one more suspension that starts now or later, at the cost of its own strata only."""
        policy = self.policy.with_suspension(stop)
        if stop.to == policy.holder or stop.window.start <= self._horizon() or self.now not in stop.window:
            self.replace(policy, self.now)
            return
        self.policy = policy
        if self._span is not None:
            start, end = max(self._span.start, stop.window.start), min(self._span.end, stop.window.end)
            self._span = Window(start, end)
        for view in self._views.values():
            if base(view.reader) == stop.to:
                originator = None if stop.frm == policy.holder else stop.frm
                lost = stopped(self.carriers, policy, stop, view.reader, self.now) if view.fresh else BitMap()
                view.lose(lost, originator)

    def receive(self, items: Iterable[Arrival], touched: Iterable[Ordinal] = ()) -> None:
        """Take in new items (number, time of receipt, kind), and re-label what else was `touched`."""
        fresh = list(items)
        for item, received, kind in fresh:
            self.carriers.add(item, received, kind)
        self._span = None
        self._attested = sorted(self.holding.attested())
        self._relabel([*(item for item, _, _ in fresh), *touched])

    def adopt(
        self, policy: Policy, fresh: Iterable[Arrival], labels: Mapping[Ordinal, Label], now: Instant, labelled: Instant
    ) -> None:
        """Go over to what has been recorded elsewhere: a policy, new items, and the labels that were set since.

        `labels` hold at `labelled`, as those that the holding keeps, and are of classes of this index's book.
        Afterwards everything is as in an index that is built anew, but for what readers were shown.
        """
        self.advance(now)
        found = change.between(self.policy, policy, self._horizon())
        for arrival in fresh:
            self.carriers.add(*arrival)
        self.carriers.relabel(labels)
        self._domains.forget(labels)
        self.policy, self._eras, self._attested = policy, Eras(policy), sorted(self.holding.attested())
        self._traces.clear()
        for view in self._views.values():
            view.forget(found.dirty(base(view.reader)))
        self._relabel({item for moment, item in self._attested if labelled < moment <= self.now})
        self._span = None

    # What if …

    def preview(self, policy: Policy, reader: Recipient, attested: Edges = frozenset()) -> Difference:
        """What `reader` would lose and gain under `policy`, with these edges attested, from now on.

        Nothing is changed.
        """
        found = change.between(self.policy, policy, self._horizon())
        holding = Attested(holding=self.holding, edges=attested, since=self.now) if attested else self.holding
        moved = [*self._moved(found), *(item for item, _ in attested)]
        return self._foreseen(policy, reader, found, self._relabelled(policy, holding, moved))

    def preview_suspension(self, stop: Suspension, reader: Recipient) -> Difference:
        """As `preview` with one more suspension, at the cost of its own strata only where that is possible."""
        return self.preview_suspensions((stop,), reader)

    def preview_suspensions(self, stops: Sequence[Suspension], reader: Recipient) -> Difference:
        """As `preview_suspension` with all of these: what several stop is what any of them stops."""
        policy = self.policy
        for stop in stops:
            policy = policy.with_suspension(stop)
        if any(self.now not in stop.window for stop in stops):
            return self.preview(policy, reader)
        moved = {item for stop in stops for item in self.attesting(stop.window.start).get(stop.to, ())}
        if reader == policy.holder or moved:
            found = change.between(self.policy, policy, ALWAYS)  # of labels, only those of `moved` change
            return self._foreseen(policy, reader, found, self._relabelled(policy, self.holding, moved))
        met = [stopped(self.carriers, policy, stop, reader, self.now) for stop in stops]
        return Difference(self.visible(reader) & (met[0] if len(met) == 1 else union(met)), BitMap())

    def attesting(self, since: Instant) -> dict[Code, set[Ordinal]]:
        """Who has an attestation that begins or ends to count from `since` until now, and the items that have it.

        Their terms read a suspension of that partner from `since` on, so it moves these labels.
        """
        first = bisect_left(self._attested, since, key=itemgetter(0))
        last = bisect_right(self._attested, self.now, key=itemgetter(0))
        found: dict[Code, set[Ordinal]] = {}
        if first < last:
            items = {item for _, item in self._attested[first:last]}
            for item, claims in self.holding.claims(items).items():
                found.setdefault(claims[0].originator, set()).add(item)
        return found

    def _foreseen(
        self, policy: Policy, reader: Recipient, found: change.Change, labels: Mapping[Ordinal, Label]
    ) -> Difference:
        """What `reader` would lose and gain by such a change, which gives these items other labels."""
        view = self.view(reader)
        other = view.branch(found.dirty(base(reader)))
        other.refresh(policy, self.now)
        after = other.visible - BitMap(labels)
        for item, label in labels.items():
            if item not in self.carriers.later and not any(other.judge(number, policy, self.now) for number in label):
                after.add(item)
        return Difference(view.visible - after, after - view.visible)

    def _relabelled(self, policy: Policy, holding: Holding, items: Iterable[Ordinal]) -> dict[Ordinal, Label]:
        return relabel(policy, holding, items, self.now, self.book, kept=self._labels)

    # Keeping up

    def _moved(self, found: change.Change) -> Iterable[Ordinal]:
        """The items whose labels a change of policy may move, what is built on them apart."""
        return map(Ordinal, self.carriers.everything) if found.labels else map(ordinal, found.items)

    def _labels(self, items: Iterable[Ordinal]) -> dict[Ordinal, Label]:
        return {item: self.carriers.label(item) for item in items}

    def _relabel(self, items: Iterable[Ordinal]) -> None:
        labels = self._relabelled(self.policy, self.holding, items)
        if not labels:
            return
        self.carriers.relabel(labels)
        self._domains.forget(labels)
        self._traces.clear()
        self._span = None
        for view in self._views.values():
            view.fresh = False

    def _trace(self, item: Ordinal) -> Trace:
        """The label of `item`, class by class with its roots: what its reasons are made of."""
        known = self._traces.get(item)
        if known is None:
            closure = self.holding.closure(item)
            name = item_id(item)
            passes = passes_on(self.policy, name)
            roots: dict[int, list[ItemId]] = {}
            for triple in carried(closure, name, self.now, terms(self.policy)):
                claim = self._eras.rounded(closure[triple.root].claims[triple.place])
                case = Case(claim=claim, state=triple.state, own=triple.root == name, passes=passes)
                roots.setdefault(self.book.number(case), []).append(triple.root)
            if len(self._traces) >= TRACES:
                self._traces.clear()
            known = self._traces[item] = Trace(roots)
        return known

    def _horizon(self) -> Instant:
        """The latest time that any label has read facts at: a receipt, or an attestation that has counted."""
        counted = bisect_right(self._attested, self.now, key=itemgetter(0))
        return max(self.carriers.latest, self._attested[counted - 1][0] if counted else ALWAYS)

    def _boundaries(self) -> set[Instant]:
        """Every moment at which the judgement of some class may change by itself."""
        policy = self.policy
        windows: list[Window] = [fact.window for fact in policy.agreements]
        windows += [fact.window for fact in policy.suspensions]
        windows += [fact.window for fact in policy.consents]
        windows += [member.window for community in policy.communities.values() for member in community.members]
        for number in self.carriers.by_class:
            claim = self.book.cases[number].claim
            windows += (claim.window, Window(claim.not_before, claim.not_after))
        found = {moment for window in windows for moment in (window.start, window.end)}
        return found.union(moment for moment, _ in self._attested)
