"""What every single suspension would cost, out of the index and by a recount, over lineage of both shapes.

The recount is `decide` over all items for every reader whom a suspension concerns. It would take weeks: it is timed on
a sample, and multiplied. On the sample both must answer alike.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from pyroaring import BitMap

from bench.figures import Figure, Progress, Report, agree
from bench.holdings import HOLDER, Setting, Shape, build, code
from bench.timing import lap, typical
from comity.core.decision import Permitted, decide
from comity.core.instant import Instant, Window
from comity.core.lineage import Item, ItemId
from comity.core.loss import Supposed
from comity.core.partner import Code, Recipient, base
from comity.core.requirement import Rate, Requirement, RequirementId
from comity.core.world import World
from comity.index.counting import Survey
from comity.index.facets import Facets
from comity.index.holding import Ordinal, item_id
from comity.index.losing import Single, Stand, hurt, lost, pairs, singles, standing
from comity.index.origins import Origins

SHAPES = ("local", "uniform")
WORST = 100
REQUIREMENTS = 200
DAY = 24 * 3600 * 1_000_000


class Size(NamedTuple):
    """How large: items, partners, items and cells of the recount's sample, and how often each side is timed."""

    items: int
    partners: int
    sample: int
    cells: int
    rounds: int


def run(*, quick: bool, progress: Progress) -> Report:
    size = Size(3_000, 8, 40, 10, 1) if quick else Size(1_000_000, 64, 400, 60, 3)
    report = Report("loss")
    for lineage in SHAPES:
        shape = Shape(items=size.items, partners=size.partners, originators=size.partners, lineage=lineage)
        _measure(report, build(shape, progress), size, lineage, progress)
    report.notes.append(
        f"the recount is `decide`, timed on {size.sample} items and multiplied by {size.items:,} and by the losses; "
        f"{size.cells} losses agree with it on the sample, and in all items when every class is judged anew"
    )
    report.notes.append(
        f"{size.partners} partners and the holder; every one of them suspends every other, and the holder"
    )
    return report


def _measure(report: Report, setting: Setting, size: Size, lineage: str, progress: Progress) -> None:
    index = setting.index
    index.advance(Instant(index.now + 1))
    readers = [code(number) for number in range(size.partners)]
    progress(f"{lineage}: every single suspension, from a fresh index")
    cold = lap(lambda: singles(index, readers))()
    warm = typical(lap(lambda: singles(index, readers)), size.rounds)
    found = singles(index, readers)
    cells = sum(1 for single in found for reader in readers if _concerned(single.supposed, reader))
    progress(f"{lineage}: the recount, on a sample")
    each = _recounted(setting, found, readers, size)
    recount = each * size.items * cells
    what = f"{len(found):,} single suspensions from a fresh index, {lineage} lineage"
    figures = report.figures
    figures.append(Figure(what=what, ours=cold, theirs=recount, ratio=recount / cold, at_least=1_000))
    figures.append(Figure(what="the same: seconds", ours=cold, at_most=2, aim=True))
    figures.append(Figure(what="the same, every view warm", ours=warm))
    figures.extend(_detailed(setting, found, size, progress))
    report.notes.append(
        f"{lineage}: {cells:,} losses of one reader to one suspension; {len(setting.book):,} classes, "
        f"{len(setting.columns.kept) - 1:,} labels, {len(setting.columns.sources_of):,} edges; the worst loses "
        f"{found[0].lost:,} items to {len(found[0].readers)} readers"
    )


def _concerned(supposed: Supposed, reader: Recipient) -> bool:
    return supposed.to in {base(reader), HOLDER} and supposed.frm != reader


def _recounted(setting: Setting, found: Sequence[Single], readers: Sequence[Code], size: Size) -> float:
    """The seconds that one `decide` takes; AnswersDifferError where it does not find what is lost."""
    index, rng = setting.index, random.Random(7)
    sample = sorted(map(Ordinal, rng.sample(range(1, len(setting.columns) + 1), size.sample)))
    items: dict[ItemId, Item] = {}
    for number in sample:
        items.update(setting.columns.closure(number))
    names = {item_id(number): number for number in sample}
    seconds = []
    for single in rng.sample(list(found), min(size.cells, len(found))):
        reader = rng.choice([reader for reader in readers if _concerned(single.supposed, reader)])
        stop = single.supposed.made("supposed", index.now)
        policy = replace(index.policy, suspensions=(*index.policy.suspensions, stop))
        world, kept = World(policy=policy, items=items), BitMap()

        def recount(world: World = world, reader: Code = reader, kept: BitMap = kept) -> None:
            for name, number in names.items():
                if isinstance(decide(world, name, reader, index.now), Permitted):
                    kept.add(number)

        seconds.append(lap(recount, pieces=len(names))())
        gone = lost(index, [single.supposed], reader)
        agree("what is left on the sample", (index.visible(reader) - gone) & BitMap(sample), kept)
        agree("what is lost in all", index.preview(policy, reader).lost, gone)
        agree("how many are lost", dict(single.readers).get(reader, 0), len(gone))
    return sorted(seconds)[len(seconds) // 2]


def _detailed(setting: Setting, found: Sequence[Single], size: Size, progress: Progress) -> Iterator[Figure]:
    """What the worst of them do to requirements, and every pair for one reader."""
    index, columns = setting.index, setting.columns
    rng = random.Random(11)
    needs = [_requirement(number) for number in range(REQUIREMENTS)]
    drawn = [rng.randrange(2 * REQUIREMENTS) for _ in range(len(columns))]
    members: list[list[int]] = [[] for _ in range(2 * REQUIREMENTS)]
    for item, number in enumerate(drawn, start=1):
        members[number].append(item)
    tagged = {need.id: BitMap(items) for need, items in zip(needs, islice(members, REQUIREMENTS), strict=True)}
    progress("what the items are, and whose their roots are")
    survey = Survey(index=index, facets=Facets(index), origins=Origins(columns), tagged=tagged)
    walk = lap(lambda: list(survey.origins.among(index.carriers.everything)))()
    yield Figure(what=f"the roots of {len(columns):,} items, walked once", ours=walk)
    worst = [(single.supposed, single.readers[0][0]) for single in found[:WORST] if single.readers]
    window = Window(columns.received(1), Instant(columns.last() + 1))
    progress(f"{REQUIREMENTS} requirements")
    stands: dict[Recipient, list[Stand]] = {}

    def stood() -> None:
        stands.update((reader, standing(survey, needs, reader, window)) for _, reader in worst)

    reader = worst[0][1]
    yield Figure(what=f"coverage of {REQUIREMENTS} requirements for one", ours=_one(survey, needs, reader, window))
    stood()
    detail = lap(lambda: [hurt(survey, stands[to], lost(index, [supposed], to)) for supposed, to in worst])
    yield Figure(
        what=f"what the worst {len(worst)} do to {REQUIREMENTS} requirements", ours=typical(detail, size.rounds)
    )
    every = lap(lambda: pairs(index, stands[reader], reader))
    yield Figure(what="every pair, for one reader, with its requirements", ours=every())


def _one(survey: Survey, needs: list[Requirement], reader: Recipient, window: Window) -> float:
    return lap(lambda: standing(survey, needs, reader, window))()


def _requirement(number: int) -> Requirement:
    return Requirement(
        id=RequirementId(f"need-{number}"),
        title="anything",
        rate=Rate(items=100, period=DAY),
        freshness=DAY,
        corroboration=2,
    )
