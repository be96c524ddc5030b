"""Whatever a reader may see of reports, it could have computed from what it may see.

A random world is put into a node, and reports of every kind on everybody's sight are kept in it. Each report that
somebody may see by the gate is made again in the world that is reduced to what that reader may see, its policy the
same: both say the same, byte for byte.

`COMITY_ANALYSIS_WORLDS` says how many worlds, `COMITY_ANALYSIS_FIRST` from which seed on; `make soak` asks for more.
"""

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from comity.compose import Node
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.formats.canonical import canonical
from comity.formats.world import from_plain
from comity.index.holding import Ordinal
from comity.index.mentioned import Reported
from comity.index.surveying import surveyed
from comity.service.release import decide
from comity.service.reporting import NewReport, Terms, keep
from comity.service.surveying import desk_on
from comity.service.visible import visible
from tests.laws.reported import Asked, Counted, Plain, asked, drawn, reduced, reports
from tests.nodes import ME, Clock, make
from tests.oracle.parts import LEVELS
from tests.plain import instant

WORLDS = max(8, int(os.environ.get("COMITY_ANALYSIS_WORLDS", "25")) // 3)
FIRST = int(os.environ.get("COMITY_ANALYSIS_FIRST", "0"))


class Shared(NamedTuple):
    """A report that was kept, what was asked, and what it says; whether its reader may see it, and what else it may."""

    question: Asked
    place: int
    counted: Counted
    at: Instant
    may: bool
    seen: set[str]


@cache
def kept(seed: int) -> tuple[Plain, list[Shared]]:
    """Reports on what some see of a world, in a node that holds it."""
    rng = random.Random(seed)
    plain, now = drawn(rng)
    partners = [code for code in sorted(plain["partners"]) if code != plain["holder"]]
    readers = [Recipient(each) for each in rng.sample([*partners, *partners, f"{partners[0]}/clients"], 2)]
    with tempfile.TemporaryDirectory() as folder:
        file, clock = from_plain(plain), Clock(instant(now))
        with make(Path(folder) / "node", clock, file) as node:
            return plain, [each for reader in readers for each in on(rng, plain, node, reader)]


def on(rng: random.Random, plain: Plain, node: Node, reader: Recipient) -> Iterator[Shared]:
    """The reports on what this reader sees, kept for it."""
    names = {item["object"]["id"]: item["id"] for item in plain["items"]}
    with node.store.read() as snapshot:
        desk = desk_on(snapshot)
        called = {
            item: held.stix_id
            for item, held in snapshot.held(map(Ordinal, desk.survey.index.carriers.everything)).items()
        }
        question = asked(rng, plain, reader, desk.at)
        made = list(reports(desk.survey, desk.wants, question, lambda item: called[Ordinal(item)]))
    listed = [each.item.stix_id for each in visible(node.store, reader, limit=1000).items]
    seen = {names[stix_id] for stix_id in listed if stix_id in names}  # other reports are none of the world's
    terms = terms_for(rng, plain, reader)
    for place, counted in enumerate(made):
        reported = Reported(counted.items, (reader,))
        new = NewReport(kind=counted.kind, title="a report", document=counted.document, reported=reported, terms=terms)
        stix_id = keep(node.store, new, ME, vault=node.vault, drain=0).stix_id
        yield Shared(question, place, counted, desk.at, decide(node.store, stix_id, reader).permitted, seen)


def terms_for(rng: random.Random, plain: Plain, reader: Recipient) -> Terms:
    """The laxest terms by which the reader may have a report, in one domain or another."""
    domains = rng.choice([*plain["domains"], "general", "general", "general"])
    level = plain.get("levels", LEVELS)[0]
    return Terms(level=level, domains=frozenset({domains}), releasable_to=(reader,))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + WORLDS))
def test_what_a_reader_may_see_of_reports_it_could_have_computed(seed: int) -> None:
    plain, found = kept(seed)
    for each in found:
        if each.may:
            assert canonical(again(plain, each).document) == canonical(each.counted.document), each.counted.kind


def again(plain: Plain, shared: Shared) -> Counted:
    """The same report, of what its reader may see."""
    file = from_plain(reduced(plain, shared.seen))
    survey, holding = surveyed(file, shared.at)
    names = {item["id"]: item["object"]["id"] for item in plain["items"]}
    made = reports(survey, file.wants, shared.question, lambda item: names[holding.names[item]])
    return list(made)[shared.place]


def test_the_reports_are_of_all_sorts_and_some_may_be_seen() -> None:
    """Else the law would hold of nothing."""
    met_with = Counter[str]()
    for seed in range(8):
        for each in kept(seed)[1]:
            met_with[f"{each.counted.kind} {'seen' if each.may and each.counted.items else 'not seen'}"] += 1
    for kind in ("coverage", "dependence", "loss", "singles", "pairs", "plan"):
        assert met_with[f"{kind} seen"], met_with
        assert met_with[f"{kind} not seen"], met_with
