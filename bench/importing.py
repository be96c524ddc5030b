"""Taking in STIX – checked, labelled, linked, stored, durable – against the `stix2` library merely parsing the same.

The bar is that of the generated bundle, whose types stix2 knows. What it does not know it hands on unread, so a file
with much of that is reported without a bar.
"""

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import stix2

from bench.bundles import bundle
from bench.figures import Figure, Progress, Report, agree
from bench.nodes import SENDER, WORD, fresh_node, rows
from bench.timing import lap, race
from comity.service.receive import receive

BAR = 5
"""How many times faster the generated bundle is to be taken in than parsed."""


def run(*, quick: bool, progress: Progress) -> Report:
    number = 200 if quick else 20_000
    report = Report("import")
    rounds = 1 if quick else 5
    generated = _measured(report, f"generated, {number:,} objects", bundle(number), rounds, progress)
    report.figures.append(replace(generated, at_least=BAR))
    real = Path(os.environ.get("COMITY_DATA", "/nowhere")) / "stix" / "attack-ics.json"
    if quick or not real.is_file():
        report.notes.append("attack-ics.json: not asked for, or COMITY_DATA does not name the folder that has it")
    else:
        report.figures.append(_measured(report, "attack-ics.json", real.read_bytes(), rounds, progress))
    return report


def _measured(report: Report, name: str, text: bytes, rounds: int, progress: Progress) -> Figure:
    """The figure, without a bar; the notes go into the report."""
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
    report.notes.append(f"{name}: {1 / found.ours:,.0f} objects/s, stix2 {1 / found.theirs:,.0f} objects/s")
    if unread := sum(isinstance(one, dict) for one in parsed):
        report.notes.append(f"{name}: {unread:,} objects are of types that stix2 does not know, and hands on unread")
    return Figure(what=f"an object of {name}", ours=found.ours, theirs=found.theirs, ratio=found.ratio)


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
