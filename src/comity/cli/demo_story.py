"""March 2025, scene by scene. Every answer that is shown is asked of the node at that moment."""

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from comity.cli.demo_counted import counted
from comity.cli.demo_page import day, listed, paragraph, put, scene, table
from comity.cli.demo_plan import planned
from comity.cli.demo_question import Question
from comity.cli.demo_script import OFFICER, Act, Clock, acts, opening
from comity.cli.explaining import draw as draw_explanation
from comity.compose import Founding, init, open_node
from comity.core.instant import Instant
from comity.formats import instant
from comity.formats.world import WorldFile
from comity.service import preview, release, visible
from comity.service.ports import Store
from comity.service.records import Word

READER: Final = "UKR"
_WIDEST: Final = 100


def _at(text: str) -> Instant:
    return instant.parse(text)


_OPENING: Final = _at("2025-03-04T12:00:00Z")
_EXPLAINED: Final = "gb-digest-of-digest"


def play(console: Console, folder: Path, file: WorldFile) -> None:
    """Make the node, play the days from 4 to 12 March 2025 on it, and say how to go on."""
    console.width = min(console.width, _WIDEST)
    clock = Clock(_OPENING)
    made = init(folder, clock, Founding(world=opening(file, _OPENING)), Word(actor=OFFICER, why="the demo"))
    with open_node(folder, clock) as node:
        to_come = acts(file, _OPENING)
        stop = next(act.stop for act in to_come if act.stop)
        stage = _Stage(console, node.store, clock, to_come)
        stage.open(folder, made.holder, made.items)
        stage.suspended()
        stage.explained()
        stage.answered()
        stage.lifted()
        asked = Question.before(stop, node.store, READER, file.names)
        counted(console, asked)
        planned(console, asked)
    _go_on(console, folder)


class _Stage:
    """The node, its clock, the acts to come, and where they are shown."""

    def __init__(self, console: Console, store: Store, clock: Clock, to_come: list[Act]) -> None:
        self.console = console
        self.store = store
        self.clock = clock
        self.to_come = to_come
        self.seen: frozenset[str] = frozenset()
        self.first: frozenset[str] = frozenset()

    # The scenes

    def open(self, folder: Path, holder: str, items: int) -> None:
        self._scene("Before", "2025-03-04T12:00:00Z")
        self._say(
            f"{holder}, the United Kingdom, holds {items} reports: its own, and what its partners gave it. Its node is "
            f"the folder {folder}. This is what it may give to whom (● it may go, · it may not):"
        )
        self._everyone()
        self.first = self.seen = self._visible()
        self._say(f"{READER} may get {len(self.seen)} of the {items}.")

    def suspended(self) -> None:
        self._until("2025-03-05T11:59:59Z")
        before = self.seen = self._visible()
        act = self.to_come[0]
        self._scene("The suspension", instant.show(act.at))
        found = self._preview(act)
        lost = sum(effect.lost.count for effect in found if effect.recipient == READER)
        self._say(f"The preview says that {READER} would no longer get {lost} reports. Nothing has changed yet.")
        self._until(instant.show(act.at))
        now = self._visible()
        self._outcome(sorted(before, key=lambda name: (name in now, name)), now)
        self._say(
            "What stops is American: given by the United States, or built on what it gave by quoting. What goes on is "
            "the United Kingdom's own, what others gave, and what is public."
        )
        self.seen = now

    def explained(self) -> None:
        self._scene("Why", "2025-03-05T13:00:00Z")
        self._say(f"The United Kingdom's own {_EXPLAINED} does not go. Down to the root:")
        draw_explanation(release.decide(self.store, _EXPLAINED, READER))(self.console)

    def answered(self) -> None:
        self._scene("Own analysis, and the originators' word", "2025-03-06T08:00:00Z")
        self._say("A release authority attests what is analysis, and two originators are asked and agree.")
        until = _at("2025-03-07T00:00:00Z")
        for moment in [act.at for act in self.to_come if act.at < until]:
            self._until(instant.show(moment))
            self._changed()
        self._say("Norway's track itself stays: its consent speaks of analyses. And time passes:")
        self._until("2025-03-07T00:00:00Z")
        self._changed("an embargo ends")
        self._until("2025-03-08T00:00:00Z")
        self._changed("Poland's agreement ends")

    def lifted(self) -> None:
        self._scene("The lift", instant.show(self.to_come[0].at))
        self.console.print()
        self._until(instant.show(self.to_come[0].at))
        self._changed()
        self._until("2025-03-12T12:00:00Z")
        back = self.first & self._visible()
        self._say(
            f"Of the {len(self.first)} reports that {READER} could get on 4 March, it can get {len(back)} again. "
            "On 12 March:"
        )
        self._everyone()

    # What is asked and shown

    def _until(self, moment: str) -> None:
        """Let time pass, and do what is said until then."""
        until = _at(moment)
        while self.to_come and self.to_come[0].at <= until:
            act = self.to_come.pop(0)
            self.clock.now = act.at
            act.do(self.store)
            self._line(act.at, act.line)
        self.clock.now = until

    def _visible(self) -> frozenset[str]:
        return frozenset(each.name for each in visible.visible(self.store, READER, limit=1000).items)

    def _everyone(self) -> None:
        """Every item against every partner."""
        with self.store.read() as reader:
            numbers = [number for _, _, _, items in reader.census() for number in items]
            names = [reader.handles([number])[number] for number in sorted(numbers)]
        found = [release.who(self.store, name) for name in names]
        made = table("report")
        for partner in found[0].refused:
            made.add_column(partner, justify="center", header_style="bold cyan" if partner == READER else "bold")
        for each in found:
            marks = (_mark(permitted=not reasons) for reasons in each.refused.values())
            made.add_row(each.name, *marks)
        put(self.console, made)

    def _outcome(self, names: Iterable[str], now: frozenset[str]) -> None:
        """What became of each item, and why."""
        rows = []
        for name in names:
            goes = name in now
            word = Text("goes on", style="green") if goes else Text("stops", style="bold red")
            rows.append((name, word, self._because(name)))
        listed(self.console, ("report", f"to {READER}", "because"), rows)

    def _because(self, name: str) -> Text:
        found = release.decide(self.store, name, READER)
        if not found.permitted:
            return Text("\n".join(map(str, found.reasons)), style="red")
        grounds = (f"{ground.originator}: {ground.basis.value}" for ground in found.explanation.grounds)
        return Text("\n".join(dict.fromkeys(grounds)), style="dim")

    def _changed(self, line: str | None = None) -> None:
        """What the reader gets that it did not, and the other way round, since this was last asked."""
        now = self._visible()
        if line is not None:
            self._line(self.clock.now, line)
        for name in sorted(now - self.seen):
            grounds = release.decide(self.store, name, READER).explanation.grounds
            by = ", ".join(f"{ground.originator} consents" for ground in grounds if ground.consents)
            self.console.print(Text.assemble("    + ", (name, "green"), (f"  {by}" if by else "", "dim")))
        for name in sorted(self.seen - now):
            self.console.print(Text.assemble("    − ", (name, "red")))
        if now == self.seen:
            self.console.print(Text(f"    nothing changes for {READER}", style="dim"))
        self.seen = now

    def _scene(self, title: str, moment: str) -> None:
        self._until_quietly(moment)
        scene(self.console, title, day(_at(moment)))

    def _until_quietly(self, moment: str) -> None:
        if not self.to_come or self.to_come[0].at > _at(moment):
            self.clock.now = max(self.clock.now, _at(moment))

    def _say(self, text: str) -> None:
        paragraph(self.console, text)

    def _preview(self, act: Act) -> list[preview.Effect]:
        """What the suspension to come would stop."""
        if act.stop is None:
            raise ValueError("the example's next act is no suspension")
        stop = act.stop
        return preview.preview_suspension(
            self.store, stop.frm, stop.to, domains=stop.domains, reach=stop.reach, recall=stop.recall
        )

    def _line(self, at: Instant, line: str) -> None:
        """One act, or one moment that changes something by itself."""
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        grid.add_row(Text("▸", style="bold cyan"), Text(f"{day(at, short=True)}", style="dim"), line)
        self.console.print(grid)


def _mark(*, permitted: bool) -> Text:
    return Text("●", style="green") if permitted else Text("·", style="dim")


def _go_on(console: Console, folder: Path) -> None:
    """The commands to go on with."""
    scene(console, "Go on")
    paragraph(console, f"The node stays in {folder}, and from now on it goes by your clock. For instance:")
    for command in (
        *_path(),
        f"export COMITY_NODE={folder}",
        f"comity visible --to {READER}",
        "comity who us-imagery",
        f"comity decide {_EXPLAINED} --to {READER} --at 2025-03-06T12:00:00Z",
        "comity lineage us-launch-detections",
        f"comity suspend USA {READER} --preview",
        f"comity export --to {READER} -o ukr.json",
        "comity disclosures",
        f"comity loss --suspend USA:{READER} --to {READER} --at 2025-03-05T11:00:00Z",
        f"comity plan make --to {READER} --suspend USA:{READER} --at 2025-03-05T11:00:00Z",
    ):
        console.print(Text.assemble("  ", (command, "bold")), soft_wrap=True)


def _path() -> tuple[str, ...]:
    """What makes `comity` a command of this shell, where it is none yet (after `make demo`, say)."""
    program = Path(sys.argv[0]).absolute()
    if shutil.which("comity") or program.name != "comity":
        return ()
    here = Path.cwd()
    folder = f"$PWD/{program.parent.relative_to(here)}" if program.is_relative_to(here) else str(program.parent)
    return (f'export PATH="{folder}:$PATH"',)
