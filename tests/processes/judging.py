"""Whether what the processes have logged, and what the register has recorded, is as the law says.

`no_disclosure_after_suspension`: from the moment that a stop has returned until what lets it go begins,
1. nobody is handed what it stops, whenever the release began;
2. no entry of the register between the two acts records it.
Both are judged by the stops that `network` writes down, and by the clock that all processes share. Acts are told by
their times, of which no two are the same.
"""

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from comity.compose import Node
from comity.core.instant import NEVER, Instant
from comity.index.holding import Ordinal
from comity.service.replay import Finding
from tests.processes.network import ROOTS, Stop, stops


class Span(NamedTuple):
    """While something is stopped: on the shared clock, in nanoseconds, and by the numbers of the two acts."""

    returned: int
    going: int
    act: int
    until: int


class Release(NamedTuple):
    """One release, as its reader has logged it: to whom and by which token; what it gave, and when."""

    to: str
    token: str
    began: int
    ended: int
    entry: int | None
    how: str
    given: list[tuple[str, int]]


class Export(NamedTuple):
    """One export, as its process has logged it: the file had its name at some time between these."""

    to: str
    began: int
    ended: int
    entry: int
    items: list[str]


class Entry(NamedTuple):
    """One disclosure of the register: its act, to whom, by which token, and what."""

    act: int
    to: str
    token: str | None
    items: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was seen, and what is wrong."""

    counts: Counter[str] = field(default_factory=Counter)
    sent_late: list[str] = field(default_factory=list)
    """Handed over while it was stopped."""
    recorded_late: list[str] = field(default_factory=list)
    """In the register, and stopped by an act before."""
    unrecorded: list[str] = field(default_factory=list)
    """Handed over, and not as the register says."""
    refused: list[Finding] = field(default_factory=list)
    """What replay refuses."""


Spans = Mapping[Stop, list[Span]]
"""By what stops, in order."""


def judge(node: Node, logs: Iterable[Path]) -> Judged:
    """Hold the logs and the register of the node against one another, and against the law."""
    lines = [json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines()]
    releases = [Release(*(line[name] for name in Release._fields)) for line in lines if line["what"] == "release"]
    exports = [Export(*(line[name] for name in Export._fields)) for line in lines if line["what"] == "export"]
    with node.store.read() as reader:
        acts = {act.at: act.id for act in reader.acts()}
        names = {number: held.stix_id for number, held in reader.held(map(Ordinal, range(1, len(ROOTS) + 1))).items()}
        rows = list(reader.disclosures())
    tokens = {each.entry: each.token for each in releases if each.entry is not None}
    entries = [
        Entry(row.leaf + 1, row.recipient, tokens.get(row.leaf), [names[one] for one in row.items]) for row in rows
    ]
    stopped = spans(lines, acts)
    found = Judged()
    found.counts.update(_counted(lines, releases, stopped))
    found.sent_late.extend((*_sent_late(releases, stopped), *_exported_late(exports, stopped)))
    found.recorded_late.extend(recorded_late(entries, stopped))
    by_entry = {entry.act - 1: entry for entry in entries}
    found.unrecorded.extend(_unrecorded(releases, by_entry))
    found.unrecorded.extend(str(each) for each in exports if by_entry[each.entry][1:] != (each.to, None, each.items))
    return found


def spans(lines: list[dict[str, Any]], acts: Mapping[Instant, int]) -> dict[Stop, list[Span]]:
    """While what was stopped. What waits for a consent is stopped from the beginning."""
    found: dict[Stop, list[Span]] = {}
    stopped: dict[Stop, tuple[int, int]] = {}
    turns = [line for line in lines if line["what"] in ("stop", "go")]
    for line in sorted(turns, key=lambda line: line["began"]):
        stop, act = Stop(**line["of"]), acts[line["at"]]
        if line["what"] == "stop":
            stopped[stop] = (line["returned"], act)
        elif stop in stopped or stop.item is not None:
            returned, since = stopped.pop(stop, (0, 0))
            found.setdefault(stop, []).append(Span(returned, line["began"], since, act))
    for stop, (returned, since) in stopped.items():
        found.setdefault(stop, []).append(Span(returned, NEVER, since, NEVER))
    return found


def _concerned(item: str, to: str, token: str | None, spans: Spans) -> Iterator[tuple[Stop, list[Span]]]:
    """What may stop this item for this recipient, by this token."""
    near = [stop for stop in spans if stop.frm is not None and stops(stop, item, to)]
    if token is not None:
        near.append(Stop(token=token))
    for stop in (*near, Stop(item=item, to=to)):
        if stop in spans:
            yield stop, spans[stop]


def _sent_late(releases: Iterable[Release], spans: Spans) -> Iterator[str]:
    for each in releases:
        for item, at in each.given:
            for stop, while_ in _concerned(item, each.to, each.token, spans):
                place = bisect_right(while_, at, key=lambda span: span.returned) - 1
                if place >= 0 and at < while_[place].going:
                    began = "after" if each.began > while_[place].returned else "before"
                    late = (at - while_[place].returned) / 1e6
                    yield f"entry {each.entry}, begun {began} it: {item} to {each.to} {late:.1f} ms after {stop}"


def _exported_late(exports: Iterable[Export], spans: Spans) -> Iterator[str]:
    """What began and ended while it was stopped. When exactly a file has got its name, nobody has noted."""
    for each in exports:
        for item in each.items:
            for stop, while_ in _concerned(item, each.to, None, spans):
                place = bisect_right(while_, each.began, key=lambda span: span.returned) - 1
                if place >= 0 and each.ended < while_[place].going:
                    yield f"entry {each.entry}, an export: {item} to {each.to} after {stop}"


def recorded_late(entries: Iterable[Entry], spans: Spans) -> Iterator[str]:
    for entry in entries:
        for item in entry.items:
            for stop, while_ in _concerned(item, entry.to, entry.token, spans):
                place = bisect_right(while_, entry.act, key=lambda span: span.act) - 1
                if place >= 0 and entry.act < while_[place].until:
                    yield f"act {entry.act}: {item} to {entry.to} after act {while_[place].act}, {stop}"


def _unrecorded(releases: Iterable[Release], entries: Mapping[int, Entry]) -> Iterator[str]:
    for each in releases:
        items = [item for item, _ in each.given]
        entry = entries.get(-1 if each.entry is None else each.entry)
        if entry is None:
            if items:
                yield f"{items} to {each.to}: no entry {each.entry}"
        elif entry.to != each.to or entry.items[: len(items)] != items:
            yield f"{items} to {each.to}: entry {each.entry} says {entry.items} to {entry.to}"


def _counted(lines: list[dict[str, Any]], releases: list[Release], spans: Spans) -> Iterator[str]:
    """How often what happened, so that a run in which nothing happened is seen."""
    for line in lines:
        if line["what"] != "release":
            of = next((word for word in ("frm", "item", "token") if word in line.get("of", {})), "")
            yield f"{line['what']} {of}".strip()
    for each in releases:
        yield "released" if each.given else "nothing to release" if each.how == "whole" else each.how
        yield from ("item" for _ in each.given)
        for stop, while_ in spans.items():
            if stop.frm is not None and stop.to == each.to:
                yield from _placed(each, while_)


def _placed(each: Release, while_: list[Span]) -> Iterator[str]:
    """Whether a release began in a span, or gave something after one."""
    place = bisect_right(while_, each.began, key=lambda span: span.returned) - 1
    if place < 0:
        return
    if each.began < while_[place].going:
        yield "asked while suspended"
    elif each.given:
        yield "released after a lift"
