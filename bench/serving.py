"""Pages over HTTP, to clients that are known, decided and recorded, against what others serve.

One run: a page of 100 of a million objects, three fifths of which its reader may not see. Beside it the same pages
from a bare route (`serving_bare`), and pages of medallion and OpenTAXII (`serving_peers`) with as many objects as these
bear.
Every server is one process; the client is another (`serving_client`), over loopback, on eight connections.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from typing import Final, NamedTuple
from uuid import UUID

from bench import serving_bare
from bench.databases import servers
from bench.figures import Figure, Progress, Report, agree
from bench.holdings import Shape, carried_terms, denied_terms
from bench.serving_bare import BYTES, OBJECTS
from bench.serving_client import Asked, Client, Place, answer, client, request
from bench.serving_nodes import MEDIA, PAGE, READERS, Here, Holding, contents, here, holding
from bench.serving_peers import Peer, Thing, medallion, opentaxii, opentaxii_with_statistics
from tests import postgres

_TEXT: Final = "An object of some nine hundred bytes, as they are when they say what was seen, where and by whom. " * 7
_MIXED: Final = (0.55, 0.9)
"""Audiences by which three fifths are hidden from a reader."""
Lap = Callable[[], Asked]


class _Pages(NamedTuple):
    """Requests for pages of the bare routes, for each connection."""

    objects: list[list[str]]
    bytes: list[list[str]]


_BUNDLE: Final = 1825
_LONG: Final = 30.0
"""Seconds of a lap that is taken once."""


class _Other(NamedTuple):
    """Another server, with these objects; and how many times faster ours is to be, if that is demanded."""

    name: str
    serve: Callable[[Path, list[Thing]], AbstractContextManager[Peer]]
    things: list[Thing]
    bar: float | None


def run(*, quick: bool, progress: Progress) -> Report:
    report = Report("serving")
    many = (
        Shape(items=2_000, partners=16, originators=8) if quick else Shape(items=1_000_000, audience=_MIXED, text=_TEXT)
    )
    few = Shape(items=1_000, partners=16, originators=8) if quick else Shape(items=10_000, audience=_MIXED, text=_TEXT)
    large, small = holding(many, progress), holding(few, progress)
    with servers() as found, client() as asking:
        for name, server in found:
            with here(server, large, progress) as ours, here(server, small, progress) as less:
                _check(ours, large)
                with _bare(server, ours, progress) as (bare, bare_pages):
                    bench = _Bench(report, asking, progress, 0.2 if quick else 3.0, 1 if quick else 5)
                    bench.beside_a_bare_route(name, ours, less, bare, bare_pages)
                for other in _others(quick=quick) if server is None else ():
                    bench.beside(ours, other)
                hidden = _hidden(ours)
                if hidden not in report.notes:
                    report.notes.append(hidden)
    if len(found) == 1:
        report.notes.append("PostgreSQL: not measured, its binaries are not found")
    return report


class _Bench:
    """Laps by turns, and what comes of them."""

    def __init__(self, report: Report, asking: Client, progress: Progress, seconds: float, rounds: int) -> None:
        self.report = report
        self._asking = asking
        self._progress = progress
        self._seconds = seconds
        self._rounds = rounds

    def beside_a_bare_route(self, name: str, ours: Here, less: Here, bare: Place, pages: _Pages) -> None:
        """The page of a large holding, of a small one, and of no holding at all, in two ways."""
        laps = [self._lap(ours.place, ours.requests(1)), self._lap(bare, pages.objects), self._lap(bare, pages.bytes)]
        laps.append(self._lap(less.place, less.requests(2)))
        for each in laps:
            each()  # warm
        self._progress(f"{name}: timing")
        own, other, barest, fewer = zip(*([each() for each in laps] for _ in range(self._rounds)), strict=True)
        what = f"{name}: a page of {PAGE} of {ours.items:,}, against a bare route that returns as many objects"
        self._figure(what, own, other, at_least=0.4)
        self._figure(f"{name}: the same, against the barest route, which joins stored bytes", own, barest)
        for share, said in ((0.5, "half of the answers within"), (0.99, "99 of 100 answers within")):
            times = [median(one.within(share) for one in side) for side in (own, other)]
            self.report.figures.append(Figure(what=f"  {said}", ours=times[0], theirs=times[1]))
        growth = median(small.rate / large.rate for large, small in zip(own, fewer, strict=True))
        took, before = (1 / median(one.rate for one in side) for side in (own, fewer))
        what = f"{name}: the same, against {less.items:,} of ours"
        self.report.figures.append(Figure(what=what, ours=took, theirs=before, ratio=growth, at_most=1.5))

    def beside(self, ours: Here, other: _Other) -> None:
        """The page of another server. Where that is not installed, its bar is missed."""
        name, serve, things, bar = other
        items = len(things)
        what = f"SQLite: a page of {PAGE} of {ours.items:,}, against {name} with {items:,}"
        with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
            try:
                with serve(Path(folder), things) as peer:
                    self._progress(f"timing {name}")
                    lap = self._lap(ours.place, ours.requests(3))
                    laps = [(lap(), self._theirs(peer, items))]
                    while len(laps) < self._rounds and laps[-1][1].seconds < _LONG:
                        laps.append((lap(), self._theirs(peer, items)))
            except ImportError as problem:
                self.report.figures.append(Figure(what=what, ours=0, unit="", ratio=0, at_least=bar))
                self.report.notes.append(f"{name}: not measured, it is not installed here: {problem}")
            else:
                mine, theirs = zip(*laps, strict=True)
                self._figure(what, mine, theirs, at_least=bar)

    def _theirs(self, peer: Peer, items: int) -> Asked:
        """Eight connections, or where a page takes longer than a lap one, for one page from the beginning."""
        alone = self._asking.ask(peer.place, [[peer.page()]], times=1)
        if alone.seconds > self._seconds:
            return alone
        rng = Random(4)
        pages = [[peer.page(rng.randrange(1, items - PAGE)) for _ in range(50)] for _ in range(READERS)]
        return self._asking.ask(peer.place, pages, seconds=self._seconds)

    def _lap(self, place: Place, requests: list[list[str]]) -> Lap:
        return lambda: self._asking.ask(place, requests, seconds=self._seconds)

    def _figure(
        self, what: str, ours: tuple[Asked, ...], theirs: tuple[Asked, ...], *, at_least: float | None = None
    ) -> None:
        ratio = median(own.rate / other.rate for own, other in zip(ours, theirs, strict=True))
        own, other = (median(one.rate for one in side) for side in (ours, theirs))
        self.report.figures.append(
            Figure(what=what, ours=1 / own, theirs=1 / other, ratio=ratio, at_least=at_least),
        )
        size = ours[0].size / len(ours[0].each) / 1000
        self.report.notes.append(f"{what}: {own:,.0f} and {other:,.3g} answers/s; ours have {size:,.0f} kB")


def _others(*, quick: bool) -> tuple[_Other, ...]:
    many = 400 if quick else 50_000
    as_they_are, apart = _things(many), _things(many, together=0)
    return (
        _Other("OpenTAXII", opentaxii, as_they_are, 200),
        _Other("OpenTAXII, given SQLite's statistics,", opentaxii_with_statistics, as_they_are, None),
        _Other("OpenTAXII, no two of one time,", opentaxii, apart, None),
        _Other("medallion", medallion, _things(150 if quick else 2_000), 1000),
    )


@contextmanager
def _bare(server: postgres.Server | None, ours: Here, progress: Progress) -> Iterator[tuple[Place, _Pages]]:
    """The bare routes with the objects of the first reader, which must hand over what ours does; and their requests."""
    progress("filling a bare route")
    reader = ours.readers[0]
    with tempfile.TemporaryDirectory(prefix="comity-bench-") as folder:
        if server is None:
            kept = str(Path(folder) / "bare.sqlite")
            serving_bare.fill_sqlite(kept, contents(ours.node, reader))
        else:
            kept = server.fresh().replace("postgresql+psycopg:", "postgresql:")
            serving_bare.fill_postgres(kept, contents(ours.node, reader))
        command = [sys.executable, "-m", "bench.serving_bare", kept]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent.parent) as process:
            try:
                place = ("127.0.0.1", int(process.stdout.readline() if process.stdout else ""))
                yield place, _same(ours, place)
            finally:
                process.terminate()
        if server is not None:
            server.drop(kept)


def _same(ours: Here, bare: Place) -> _Pages:
    """Requests for pages of the bare routes, of which some were seen to be the same objects, or bytes, as ours."""
    rng, reader = Random(5), ours.readers[0]
    for first in [rng.randrange(1, len(reader.visible) - PAGE) for _ in range(5)]:
        own = answer(ours.place, reader.page(ours.place, first))
        written, joined = (answer(bare, _bare_page(bare, way, first)) for way in (OBJECTS, BYTES))
        agree("the bytes of the barest route", *(page.partition(b'"objects":')[2] for page in (own, joined)))
        agree("the objects of a bare route", *(json.loads(page)["objects"] for page in (own, written)))
        agree("how many objects a page has", len(json.loads(own)["objects"]), PAGE)
    firsts = [[rng.randrange(1, len(reader.visible) - PAGE) for _ in range(200)] for _ in range(READERS)]
    return _Pages(*([[_bare_page(bare, way, first) for first in each] for each in firsts] for way in (OBJECTS, BYTES)))


def _bare_page(place: Place, way: str, first: int) -> str:
    after = datetime(1970, 1, 1) + timedelta(microseconds=first - 1)  # noqa: DTZ001 - a number, said as a time
    path = f"{way}?limit={PAGE}&added_after={after:%Y-%m-%dT%H:%M:%S.%f}Z"
    return request(place, path, {"Accept": MEDIA})


def _check(ours: Here, large: Holding) -> None:
    """That the first reader may see what a plain walk of the lineage finds, item by item."""
    _, known, columns, _ = large
    reader = ours.readers[0]
    denied = denied_terms(known, reader.code)
    walked = (item for item, terms in enumerate(islice(carried_terms(columns), 1, None), 1) if terms.isdisjoint(denied))
    agree("what a reader may see", sorted(reader.visible), list(walked))


def _hidden(ours: Here) -> str:
    shares = sorted(100 - 100 * len(each.visible) / ours.items for each in ours.readers)
    return f"{shares[0]:.0f} to {shares[-1]:.0f}% of the objects are hidden from the {READERS} readers"


def _things(count: int, *, together: int = 271) -> list[Thing]:
    """Objects of a peer, as large as ours, in bundles of 1825, in each of which so many were modified at one time.

    So it is in MITRE ATT&CK for ICS 18.1 (in 9.0 306 of 803). Ids, and all other times, are drawn by lot. Where many
    have one time, OpenTAXII's own index of versions misleads SQLite; where all have one, as ours do, a page takes it
    minutes.
    """
    rng = Random(6)
    moments = [rng.randrange(10**10) for _ in range(count)]
    first = (number - number % _BUNDLE if number % _BUNDLE < together else number for number in range(count))
    return [_thing(number, moments[each], rng) for number, each in enumerate(first)]


def _thing(number: int, milliseconds: int, rng: Random) -> Thing:
    name = f"malware--{UUID(int=rng.getrandbits(128), version=4)}"
    moment = datetime(2025, 1, 1) + timedelta(milliseconds=milliseconds)  # noqa: DTZ001 - said to be UTC below
    time = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
    said = {"type": "malware", "spec_version": "2.1", "id": name, "created": time, "modified": time}
    return {**said, "name": f"malware {number}", "is_family": False, "description": _TEXT}
