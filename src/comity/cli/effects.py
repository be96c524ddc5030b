"""What a change would change, as JSON and for people."""

from collections.abc import Mapping
from typing import Final

from comity.cli.options import Asking
from comity.cli.plain import plural
from comity.cli.terminal import Draw, answer, drawn, said, table
from comity.service.preview import Effect, Items

_LISTED: Final = 20


def limit(options: Asking) -> int | None:
    """How many items are listed: all in a document, a few for people."""
    return None if options.json else _LISTED


def answer_effects(options: Asking, effects: list[Effect]) -> int:
    """Print what the change would change, reader by reader. Nothing was changed."""
    document = {
        "preview": True,
        "readers": [
            {"to": each.recipient, "lost": _document(each.lost), "gained": _document(each.gained)} for each in effects
        ],
    }
    return answer(options, document, drawn(*_draws(effects), said("nothing was changed")))


def _document(items: Items) -> dict[str, object]:
    return {
        "count": items.count,
        "by_originator": items.by_originator,
        "by_domain": items.by_domain,
        "by_kind": items.by_kind,
        "items": [
            {
                "item": each.name,
                "title": each.item.title,
                "originator": each.originator,
                "domains": list(each.domains),
                "kind": each.item.type,
            }
            for each in items.listed
        ],
    }


def _draws(effects: list[Effect]) -> list[Draw]:
    if not effects:
        return [said("no reader would lose or gain anything")]
    draws = []
    for effect in effects:
        for items, verb in ((effect.lost, "no longer get"), (effect.gained, "get beside what it gets now")):
            if items.count:
                draws += _draw(f"{effect.recipient} would {verb} {plural(items.count, 'item')}", items)
    return draws


def _draw(heading: str, items: Items) -> list[Draw]:
    rows = [(each.name, each.originator, ", ".join(each.domains), each.item.type) for each in items.listed]
    rest = items.count - len(rows)
    return [
        said(heading),
        said(f"  by originator: {_counts(items.by_originator)}"),
        said(f"  by domain: {_counts(items.by_domain)}"),
        said(f"  by kind: {_counts(items.by_kind)}"),
        table(("item", "originator", "domains", "kind"), rows),
        *([said(f"… and {rest} more; --json lists all")] if rest > 0 else []),
    ]


def _counts(found: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in found.items())
