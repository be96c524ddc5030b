"""`comity events`: what concerns whoever asks, as it comes to pass."""

import json
import sys
import time
from typing import Final

from comity.cli.options import ASKING, Asking, AskingOptions, Flag, clock, opened_node
from comity.cli.plain import safe
from comity.compose import Node
from comity.core.errors import MalformedInput, NodeBusy
from comity.service.events import BEGINNING, Event, Feed, Place, Wire, opened, sealed, wire
from comity.service.records import Word
from comity.service.releasing import outlet

_BEAT: Final = 0.25
_WHEN: Final = ("date_added", "at")


def events(*, start: Flag = False, last: str | None = None, once: Flag = False, options: AskingOptions = ASKING) -> int:
    """Follow what concerns you, one line for each event, until it is interrupted; from now on if nothing else is said.

    A partner's account (by its token in $COMITY_TOKEN) is told what it may have, and each such event is a disclosure on
    record; people are told what their duties let them know.

    Example: `comity events --start --once`

    Args:
        start: Begin with everything that there is.
        last: Go on after the event with this id.
        once: Print what there is by now, and end.
    """
    if start and last is not None:
        raise MalformedInput("--start and --last say two things: where to begin is one or the other")
    word = options.asker
    with opened_node(options, needs=None) as node:  # the feed asks in each snapshot who this is, and what they may know
        source = _wire(node)
        feed = Feed(source, word, _place(source, word, last, start=start))
        feed.begin()
        with source.tide.watched():
            while True:
                _look(source, feed, word, options)
                if once:
                    return 0
                time.sleep(_BEAT)


def _wire(node: Node) -> Wire:
    return wire(outlet(node.store, node.vault))


def _place(source: Wire, word: Word, last: str | None, *, start: bool) -> Place | None:
    if last is not None:
        return opened(source, word.actor, last)
    return BEGINNING if start else None


def _look(source: Wire, feed: Feed, word: Word, options: Asking) -> None:
    """Print what has come to pass. A node that is busy is asked again at the next beat: it is still due."""
    level = source.tide.level
    if not feed.due(level, clock()):
        return
    try:
        for each in feed.look(level):
            with each as batch:
                for event in batch.events:
                    _print(source, event, word, options)
                sys.stdout.flush()
    except NodeBusy:
        return


def _print(source: Wire, event: Event, word: Word, options: Asking) -> None:
    if options.json:
        document = {"id": sealed(source, word.actor, event.place), "event": event.kind, "data": event.said}
        sys.stdout.write(f"{json.dumps(document)}\n")
        return
    when = next((f"{event.said[name]}  " for name in _WHEN if name in event.said), "")
    rest = ", ".join(f"{name}: {_text(value)}" for name, value in event.said.items() if name not in _WHEN)
    sys.stdout.write(safe(f"{when}{event.kind}  {rest}") + "\n")


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
