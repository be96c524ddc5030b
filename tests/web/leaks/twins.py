"""Two nodes that begin as one, with one clock and the same lots: what happens to one of them may be hidden from R.

`Twin` is one node, served; `Twins` are two of them in lock-step. Whoever asks asks both, and `Twins.ask` holds that
they answer with the same bytes. Before each question both draw from the same place of the same lots, so that what one
of them drew meanwhile for somebody else makes no difference.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import Final, Self

from comity.compose import Node, open_node, serving
from comity.core.decision import Permitted
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.index.holding import Ordinal
from comity.service.release import judged, open_index
from comity.service.vault import Vault
from comity.web.serving import Serving
from tests.nodes import Clock, Lots
from tests.web.leaks.asgi import Ask, Line, Said
from tests.web.leaks.network import Network, R

LOTS: Final = 1_000
"""Lots that one question, or one act, may draw."""
MOMENT: Final = 0.001
"""Seconds after something has happened: more microseconds than it was acts."""
LONG: Final = 5.0
"""Seconds to listen to a stream where less may have been too few."""

Act = Callable[["Twin"], object]


class Parted(AssertionError):
    """The two nodes were told apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """One node, open and served, with its clock and its lots."""

    node: Node
    clock: Clock
    lots: Lots
    line: Line
    folder: Path
    secrets: Mapping[str, str]

    @property
    def serving(self) -> Serving:
        """What its application serves."""
        return self.line.serving


def twin(founded: Network, folder: Path) -> tuple[Twin, ExitStack]:
    """A copy of the founded node, served; and what closes it."""
    held, lots, clock = ExitStack(), Lots(), Clock(founded.now)
    if founded.keeper is None:
        shutil.copytree(founded.folder, folder / "node")
    else:
        founded.keeper.copy(founded.folder, folder / "node")
        held.callback(founded.keeper.drop, (folder / "node" / "database").read_text().strip())
    node = held.enter_context(open_node(folder / "node", clock, patience=5))
    node = replace(node, vault=Vault(secret=node.vault.secret, randomness=lots))
    line = Line(serving(node, clock))
    held.callback(line.close)
    return Twin(node=node, clock=clock, lots=lots, line=line, folder=folder, secrets=founded.secrets), held


class Twins:
    """`plain`, and `other`, to which more may happen."""

    def __init__(self, founded: Network) -> None:
        """Two copies of the founded node."""
        self._held = ExitStack()
        place = Path(self._held.enter_context(tempfile.TemporaryDirectory()))
        self.secrets: Final = founded.secrets
        self.asked = 0
        pair = []
        for name in ("plain", "other"):
            (place / name).mkdir()
            made, held = twin(founded, place / name)
            self._held.push(held)
            pair.append(made)
        self.plain, self.other = pair

    @property
    def now(self) -> Instant:
        """The time on both clocks."""
        return self.plain.clock.now

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        for each in (self.plain, self.other):
            each.clock.pass_by(seconds)

    def both(self, act: Act) -> None:
        """Something happens to both."""
        self._aligned()
        act(self.plain)
        act(self.other)

    def hidden(self, act: Act) -> None:
        """Something happens to the other one alone, that R may not know of; and time goes on, as clocks do.

        Recorded times strictly increase: to a clock that stood still, each act would be a microsecond later.
        """
        self._aligned()
        act(self.other)
        self.pass_by(MOMENT)

    def ask(self, ask: Ask, account: str | None) -> Said:
        """What both answer. Parted where they do not answer with the same bytes."""
        self._aligned()
        secret = None if account is None else self.secrets[account]
        plain, other = self.plain.line.ask(ask, secret), self.other.line.ask(ask, secret)
        if plain != other and _cut_short(plain, other):
            self._aligned()
            plain, other = self.plain.line.ask(ask, secret, LONG), self.other.line.ask(ask, secret, LONG)
        if plain != other:
            assert permitted(self.plain) == permitted(self.other), "the test is wrong: R may not see the same of both"
            raise Parted(f"{ask} by {account or 'nobody'}, and where more has happened:\n{_difference(plain, other)}")
        return plain

    def close(self) -> None:
        """Close both."""
        self._held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _aligned(self) -> None:
        """Both draw the same lots next, whatever the other one has drawn for others."""
        self.asked += 1
        for each in (self.plain, self.other):
            each.lots.drawn = self.asked * LOTS


def _cut_short(plain: Said, other: Said) -> bool:
    """Whether one of them may only have been left too early, by a listener on a busy machine."""
    begin = plain.body.startswith(other.body) or other.body.startswith(plain.body)
    return plain.stream and other.stream and begin and plain.headers == other.headers


def permitted(which: Twin) -> set[tuple[str, str, bytes]]:
    """The copies that R may have now, item by item by the decision itself."""
    with which.node.store.read() as reader:
        numbers = [Ordinal(number) for number in open_index(reader, reader.now()).carriers.everything]
        held, decided = reader.held(numbers), judged(reader, numbers, Recipient(R), reader.now())
        may = [number for number, each in zip(numbers, decided, strict=True) if isinstance(each, Permitted)]
        return {(held[number].stix_id, held[number].version, held[number].digest) for number in may}


def _difference(plain: Said, other: Said) -> str:
    """What differs of two answers, in lines of about one value each."""
    return "\n".join(unified_diff(_lines(plain), _lines(other), lineterm="", n=1))


def _lines(said: Said) -> list[str]:
    status = f"{said.status}{'' if said.whole else ', cut off'}"
    return [status, *re.sub(r'([{,]) ?"', '\\1\n"', said.everything).splitlines()]
