"""How it is said that heads are signed by a key that nothing endorses, because the one before it was lost."""

from collections.abc import Sequence

from comity.cli.terminal import time_or_none
from comity.service.keys import BegunAnew


def document(found: Sequence[BegunAnew]) -> list[dict[str, object]]:
    """As JSON."""
    return [
        {"key": each.key.id, "entry": each.act.leaf, "at": time_or_none(each.act.at), "actor": each.act.word.actor}
        for each in found
    ]


def lines(found: Sequence[BegunAnew]) -> list[str]:
    """For people: one line each."""
    return [
        f"no key endorses {each.key.id}, which signs since entry {each.act.leaf}: {each.act.word.actor} said that the "
        "one before it was lost; see that this is true"
        for each in found
    ]
