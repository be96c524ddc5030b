"""What a change would change, as JSON and for people."""

from collections import Counter
from collections.abc import Sequence

from comity.cli.options import Asking
from comity.cli.plain import plural
from comity.cli.terminal import Draw, answer, drawn, said, table
from comity.service.preview import Changed, Effect, by_domain, by_kind, by_originator

_LISTED = 20


def answer_effects(options: Asking, effects: list[Effect]) -> int:
    """Print what the change would change, reader by reader. Nothing was changed."""
    document = {
        "preview": True,
        "readers": [
            {"to": each.recipient, "lost": _document(each.lost), "gained": _document(each.gained)} for each in effects
        ],
    }
    return answer(options, document, drawn(*_draws(effects), said("nothing was changed")))


def _document(items: Sequence[Changed]) -> dict[str, object]:
    return {
        "count": len(items),
        "by_originator": dict(sorted(by_originator(items).items())),
        "by_domain": dict(sorted(by_domain(items).items())),
        "by_kind": dict(sorted(by_kind(items).items())),
        "items": [
            {
                "item": each.name,
                "title": each.item.title,
                "originator": each.originator,
                "domains": list(each.domains),
                "kind": each.item.type,
            }
            for each in items
        ],
    }


def _draws(effects: list[Effect]) -> list[Draw]:
    if not effects:
        return [said("no reader would lose or gain anything")]
    draws = []
    for effect in effects:
        for items, verb in ((effect.lost, "no longer get"), (effect.gained, "get beside what it gets now")):
            if items:
                draws += _draw(f"{effect.recipient} would {verb} {plural(len(items), 'item')}", items)
    return draws


def _draw(heading: str, items: Sequence[Changed]) -> list[Draw]:
    rows = [(each.name, each.originator, ", ".join(each.domains), each.item.type) for each in items[:_LISTED]]
    rest = len(items) - _LISTED
    return [
        said(heading),
        said(f"  by originator: {_counts(by_originator(items))}"),
        said(f"  by domain: {_counts(by_domain(items))}"),
        said(f"  by kind: {_counts(by_kind(items))}"),
        table(("item", "originator", "domains", "kind"), rows),
        *([said(f"… and {rest} more; --json lists all")] if rest > 0 else []),
    ]


def _counts(found: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
