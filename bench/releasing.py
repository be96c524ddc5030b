"""Releasing page by page, each response recorded before it leaves, against the same pages without the register."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from time import perf_counter

from bench.databases import node_on, servers
from bench.figures import Figure, Progress, Report, agree
from bench.holdings import Shape, code, labelled
from bench.nodes import WORD, fill
from bench.timing import Lap, race
from comity.compose import Node
from comity.index.appearances import Position
from comity.service import releasing
from comity.service.release import releasable
from comity.service.releasing import Outlet, Request, page, release

PAGE = 100
THREADS = 8
Answer = tuple[bytes, Position | None]
"""The bytes of a page, and the place after which the next one begins."""
Ask = Callable[[Outlet, Request], Answer]


def run(*, quick: bool, progress: Progress) -> Report:
    shape = Shape(items=2_000, partners=16, originators=8) if quick else Shape(items=100_000)
    known, columns, book = labelled(shape, progress)
    report = Report("releases")
    with servers() as found:
        for name, server in found:
            with node_on(server) as node:
                fill(node, known, columns, book, progress)
                _measure(report, name, node, quick=quick, progress=progress)
    if len(found) == 1:
        report.notes.append("PostgreSQL: not measured, its binaries are not found")
    report.notes.append(
        f"a page of {PAGE} of {shape.items:,} items, {shape.originators} originators; both sides hold the gate, decide "
        "by the index and join the bytes"
    )
    return report


def recorded(outlet: Outlet, request: Request) -> Answer:
    """A page as it is released."""
    with release(outlet, request) as response:
        return b"".join(response.content), response.positions[-1] if response.positions else None


def unrecorded(outlet: Outlet, request: Request) -> Answer:
    """The same page, of which nothing is written down."""
    with outlet.store.gate(), outlet.store.read() as reader:
        decided = releasing.decide(outlet.standing, reader, request)
        content = b"".join(content for _, content in releasable(reader, decided.permits))
        return content, decided.positions[-1] if decided.positions else None


def _measure(report: Report, name: str, node: Node, *, quick: bool, progress: Progress) -> None:
    outlet = releasing.outlet(node.store, node.vault)
    readers = [code(12 if quick else 12 + number) for number in range(THREADS)]
    progress(f"{name}: do both hand over the same pages?")
    for reader in readers:
        ours, theirs = (list(islice(_pages(outlet, ask, reader), 3)) for ask in (recorded, unrecorded))
        agree(f"the pages of {reader} on {name}", ours, theirs)
    agree(f"the disclosures on {name}", _count(node), 3 * THREADS)
    pages, rounds = (2, 1) if quick else (40, 9)
    for threads in (1, THREADS):
        progress(f"{name}: timing {threads} threads")
        sides = [_lap(outlet, ask, readers[:threads], pages) for ask in (recorded, unrecorded)]
        found = race(*sides, rounds)
        what = f"{name}, {threads} {'thread' if threads == 1 else 'threads'}: a release, against the same read"
        report.figures.append(Figure(what=what, ours=found.ours, theirs=found.theirs, ratio=found.ratio, at_least=0.5))
        report.notes.append(
            f"{name}, {threads} {'thread' if threads == 1 else 'threads'}: {1 / found.ours:,.0f} recorded releases/s, "
            f"{1 / found.theirs:,.0f} reads/s; the ratio is that of the two rates"
        )


def _pages(outlet: Outlet, ask: Ask, reader: str) -> Iterator[bytes]:
    """Page after page of what the reader may see, and again from the start."""
    after: Position | None = None
    while True:
        content, after = ask(outlet, Request(to=reader, word=WORD, choose=page(after, PAGE)))
        yield content


def _lap(outlet: Outlet, ask: Ask, readers: list[str], pages: int) -> Lap:
    """Seconds for one page, of so many for each reader, who all read at the same time."""
    streams = [_pages(outlet, ask, reader) for reader in readers]

    def read(stream: Iterator[bytes]) -> int:
        return sum(map(len, islice(stream, pages)))

    def once() -> float:
        with ThreadPoolExecutor(len(streams)) as threads:
            started = perf_counter()
            list(threads.map(read, streams))
            return (perf_counter() - started) / (pages * len(streams))

    return once


def _count(node: Node) -> int:
    with node.store.read() as reader:
        return sum(1 for _ in reader.disclosures())
