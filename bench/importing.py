"""Taking in STIX – checked, labelled, linked, stored, durable – against the `stix2` library merely parsing the same."""

import os
from io import BytesIO
from pathlib import Path

import stix2

from bench.bundles import bundle
from bench.figures import Progress, Report, agree, faster
from bench.nodes import SENDER, WORD, fresh_node, rows
from bench.timing import lap, race
from comity.service.receive import receive


def run(*, quick: bool, progress: Progress) -> Report:
    number = 200 if quick else 20_000
    report = Report("import")
    _measure(report, f"generated, {number:,} objects", bundle(number), 1 if quick else 5, progress)
    real = Path(os.environ.get("COMITY_DATA", "/nowhere")) / "stix" / "attack-ics.json"
    if quick or not real.is_file():
        report.notes.append("attack-ics.json: not asked for, or COMITY_DATA does not name the folder that has it")
    else:
        _measure(report, "attack-ics.json", real.read_bytes(), 5, progress)
    return report


def _measure(report: Report, name: str, text: bytes, rounds: int, progress: Progress) -> None:
    progress(f"{name}: do both read the same objects?")
    parsed = stix2.parse(text, allow_custom=True).objects
    agree(f"the ids of {name}", _held(report, name, text), sorted(str(one["id"]) for one in parsed))
    pieces = len(parsed)
    progress(f"{name}: timing {rounds} rounds")
    found = race(
        lambda: _taking_in(text, pieces),
        lap(lambda: stix2.parse(text, allow_custom=True), pieces, collecting=True),
        rounds,
    )
    report.figures.append(faster(f"an object of {name}", found, at_least=5))
    report.notes.append(f"{name}: {1 / found.ours:,.0f} objects/s, stix2 {1 / found.theirs:,.0f} objects/s")


def _taking_in(text: bytes, pieces: int) -> float:
    """Seconds an object, into a fresh node; making the node does not count."""
    with fresh_node() as node:
        return lap(lambda: receive(node.store, BytesIO(text), submitter=SENDER, word=WORD), pieces, collecting=True)()


def _held(report: Report, name: str, text: bytes) -> list[str]:
    """The ids that a node holds after taking the bundle in; what it holds is counted in the notes."""
    with fresh_node() as node:
        receipt = receive(node.store, BytesIO(text), submitter=SENDER, word=WORD)
        agree(f"what became of {name}", receipt.read, receipt.accepted + receipt.unchanged + receipt.quarantined)
        counts = {table: rows(node, f'SELECT count(*) FROM "{table}"')[0][0] for table in ("class", "label", "source")}  # noqa: S608 - our own words
        report.notes.append(
            f"{name}: {receipt.accepted:,} accepted, {receipt.quarantined:,} quarantined, "
            f"{counts['source']:,} edges, {counts['class']:,} classes, {counts['label']:,} labels"
        )
        return sorted(str(row[0]) for row in rows(node, "SELECT stix_id FROM item"))
