"""A suspension over a whole holding: what a reader loses, by the index and by a recursive query in SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from time import perf_counter

from pyroaring import BitMap

from bench.figures import Figure, Progress, Report, agree, faster
from bench.holdings import Setting, Shape, build, code, suspension
from bench.timing import Lap, lap, race, typical
from comity.core.agreement import Suspension
from comity.core.instant import Instant
from comity.core.partner import Code

LOST = """
WITH RECURSIVE stopped (item) AS (
    SELECT id FROM item WHERE originator = ?
    UNION
    SELECT source.item FROM stopped CROSS JOIN source ON source.source = stopped.item
)
SELECT item FROM stopped CROSS JOIN visible USING (item)
"""


def shape(*, quick: bool) -> Shape:
    """20 000 classes: 64 originators with 160 terms each, carried as an item's own or from a source."""
    if quick:
        return Shape(items=3_000, partners=16, originators=8, terms_each=8, lineage="uniform")
    return Shape(items=1_000_000, terms_each=160, lineage="uniform")


def run(*, quick: bool, progress: Progress) -> Report:
    setting = build(shape(quick=quick), progress)
    index = setting.index
    index.advance(Instant(index.now + 1))
    frm, reader = code(0), code(12 if quick else 200)
    stop = suspension(frm, reader, index.now)
    progress("judging every class for one reader")
    before = BitMap(index.visible(reader))
    progress("loading SQLite")
    link = in_sqlite(setting, before)
    first = lap(lambda: index.preview_suspension(stop, reader))()
    lost = index.preview_suspension(stop, reader).lost

    def query() -> list[int]:
        return [item for (item,) in link.execute(LOST, (frm,))]

    agree("what the reader loses", BitMap(query()), lost)
    _agree_by_suspending(setting, stop, before - lost)
    progress(f"timing: {len(lost):,} of {len(before):,} items are lost")
    rounds = 1 if quick else 7
    figures = [*_raced(setting, stop, lap(query), rounds), *_alone(setting, stop, rounds)]
    figures.append(Figure(what="the first preview after labels have changed", ours=first))
    everyone = _everyone(setting, progress)
    figures.append(Figure(what=f"suspend {len(everyone)} readers, and what each may see then", ours=sum(everyone)))
    return Report("suspension", figures, _notes(setting, frm, len(lost), len(before)))


def _raced(setting: Setting, stop: Suspension, query: Lap, rounds: int) -> Iterator[Figure]:
    """The two that have a bar: as a question, and as an act."""
    index, name = setting.index, f"{len(setting.columns):,} items"
    previews = race(lap(lambda: index.preview_suspension(stop, stop.to), times=20), query, rounds)
    yield faster(f"preview: what the reader would lose of {name}", previews, at_least=5_000)
    suspends = race(_suspending(setting, stop, lambda: index.visible(stop.to), 20), query, rounds)
    yield faster("suspend, and what the reader may see then", suspends, at_least=5_000)


def _alone(setting: Setting, stop: Suspension, rounds: int) -> Iterator[Figure]:
    again = typical(_suspending(setting, stop, lambda: _judge_all(setting, stop), 1), rounds)
    yield Figure(what="suspend, and every reason of the originator's classes anew", ours=again)
    yield Figure(what="lift, and what the reader may see then", ours=typical(_lifting(setting, stop), rounds))


def _notes(setting: Setting, frm: Code, lost: int, before: int) -> list[str]:
    columns, book = setting.columns, setting.book
    partners = len(setting.facts.policy.partners) - 1
    return [
        f"{lost:,} of {before:,} visible items lost alike; {partners} partners, {len(columns.sources_of):,} edges",
        f"classes: {len(book):,}, {len(book.of(frm)):,} of the originator; {len(columns.kept) - 1:,} different labels",
        "a suspension judges classes by the stratum; the reasons of each are made when they are next asked for",
        "SQLite: in memory, indexed, and given what the reader sees beforehand",
    ]


def in_sqlite(setting: Setting, visible: BitMap) -> sqlite3.Connection:
    """The same lineage in SQLite, in memory, with what the reader sees."""
    columns = setting.columns
    link = sqlite3.connect(":memory:")
    link.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, originator TEXT NOT NULL)")
    link.execute("CREATE TABLE source (item INTEGER, source INTEGER, PRIMARY KEY (source, item)) WITHOUT ROWID")
    link.execute("CREATE TABLE visible (item INTEGER PRIMARY KEY)")
    names = [claim.originator for claim in columns.terms]
    link.executemany("INSERT INTO item VALUES (?, ?)", enumerate((names[term] for term in columns.term_of), start=1))
    edges = ((item, cited) for item in range(1, len(columns) + 1) for cited in columns.cited(item))
    link.executemany("INSERT INTO source VALUES (?, ?)", edges)
    link.executemany("INSERT INTO visible VALUES (?)", ((item,) for item in visible))
    link.execute("CREATE INDEX item_originator ON item (originator)")
    link.execute("ANALYZE")
    return link


def _agree_by_suspending(setting: Setting, stop: Suspension, expected: BitMap) -> None:
    """The act does what its preview says, and every class judged one by one says the same as the strata."""
    index, policy, reader = setting.index, setting.index.policy, stop.to
    index.suspend(stop)
    agree("suspension and preview", index.visible(reader), expected)
    index.view(reader).forget(None)
    agree("strata and classes", index.visible(reader), expected)
    index.replace(policy, index.now)
    index.visible(reader)


def _suspending(setting: Setting, stop: Suspension, then: Callable[[], object], times: int) -> Lap:
    """Laps of so many suspensions with what follows; between them each is lifted, and that is not timed."""
    index, policy = setting.index, setting.index.policy

    def once() -> float:
        seconds = 0.0
        for _ in range(times):
            started = perf_counter()
            index.suspend(stop)
            then()
            seconds += perf_counter() - started
            index.replace(policy, index.now)
            index.visible(stop.to)
        return seconds / times

    return once


def _lifting(setting: Setting, stop: Suspension) -> Lap:
    """Laps of a lift, until the reader sees again what it saw."""
    index, policy = setting.index, setting.index.policy

    def work() -> None:
        index.replace(policy, index.now)
        index.visible(stop.to)

    def once() -> float:
        index.suspend(stop)
        return lap(work)()

    return once


def _judge_all(setting: Setting, stop: Suspension) -> None:
    index = setting.index
    view = index.view(stop.to)
    for number in setting.book.of(stop.frm):
        view.judge(number, index.policy, index.now)


def _everyone(setting: Setting, progress: Progress) -> list[float]:
    """The seconds of suspending each reader in turn, all views warm."""
    index = setting.index
    readers = sorted(index.policy.partners - {index.policy.holder, code(0)})
    progress(f"judging every class for {len(readers)} readers")
    for reader in readers:
        index.visible(reader)
    laps = []
    for reader in readers:
        stop = suspension(code(0), reader, index.now)
        started = perf_counter()
        index.suspend(stop)
        index.visible(reader)
        laps.append(perf_counter() - started)
    return laps
