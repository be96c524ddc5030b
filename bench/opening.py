"""Opening a node with a million items: the folder, the index over it, and the first answer; and an act upon it.

Opened in a process of its own, so that its memory is its own: `python -m bench.opening NODE READER`.
"""

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from bench.figures import Figure, Progress, Report, agree
from bench.holdings import Shape, carried_terms, code, denied_terms, labelled
from bench.nodes import clock, fill, fresh_node
from bench.timing import lap, typical
from comity.compose import open_node
from comity.core.partner import Recipient
from comity.service.records import Word
from comity.service.release import open_index
from comity.service.suspending import NewSuspension, lift, suspend

READER = code(12)


def run(*, quick: bool, progress: Progress) -> Report:
    shape = Shape(items=2_000, partners=16, originators=8) if quick else Shape(items=1_000_000)
    known, columns, book = labelled(shape, progress)
    with fresh_node() as node:
        fill(node, known, columns, book, progress)
        denied = denied_terms(known, READER)
        progress("opening it")
        expected = sum(terms.isdisjoint(denied) for terms in carried_terms(columns)[1:])
        found = [_opened(node.directory) for _ in range(1 if quick else 3)]
        agree("how many items the reader may see", {one["visible"] for one in found}, {expected})
        times = {part: sorted(one[part] for one in found)[len(found) // 2] for part in found[0]}
        progress("suspending and lifting")
        spoken = Word(actor="bench", by=code(0), evidence="bench")

        def stop() -> None:
            made = suspend(node.store, NewSuspension(frm=code(0), to=READER), spoken)
            stops.append(made.id)

        stops: list[str] = []
        durable = typical(lap(stop), 1 if quick else 7)
        for name in stops:
            lift(node.store, name, spoken)
        size = sum(part.stat().st_size for part in Path(node.directory).glob("comity.sqlite*")) / 1e6
    return Report(
        "open",
        [
            Figure(what="open a node, index it, answer for one reader", ours=times["all"], at_most=5, aim=True),
            Figure(what="  the folder and its record", ours=times["folder"]),
            Figure(what="  the index over the items", ours=times["index"]),
            Figure(what="  the first answer of a reader", ours=times["answer"]),
            Figure(what="memory of the process at its height", ours=times["memory"], unit="MB", at_most=500, aim=True),
            Figure(what="a suspension as an act upon it, recorded and durable", ours=durable),
        ],
        [
            f"{shape.items:,} items, {len(columns.sources_of):,} edges, {len(book):,} classes",
            f"{len(columns.kept) - 1:,} different labels; {size:,.0f} MB on disk",
            f"the reader may see {expected:,} items, as counted from the lineage alone",
        ],
    )


def _opened(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.opening", str(folder), READER]
    found = subprocess.run(command, capture_output=True, check=True, text=True, cwd=Path(__file__).parent.parent)
    answer: dict[str, float] = json.loads(found.stdout)
    return answer


def _open(folder: Path, reader: Recipient) -> dict[str, float]:
    started = perf_counter()
    with open_node(folder, clock) as node, node.store.read() as record:
        opened = perf_counter()
        index = open_index(record)
        indexed = perf_counter()
        visible = index.visible(reader)
        answered = perf_counter()
    return {
        "folder": opened - started,
        "index": indexed - opened,
        "answer": answered - indexed,
        "all": answered - started,
        "memory": _height(),
        "visible": len(visible),
    }


def _height() -> float:
    """MB at the height of this process. What `getrusage` says would count the process that started it, too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (held,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(held) / 1000


if __name__ == "__main__":
    print(json.dumps(_open(Path(sys.argv[1]), Recipient(sys.argv[2]))))
