"""`comity loss`: what suspensions would cost that nobody has made."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from comity.cli import counted, counting
from comity.cli.counted import supposed_shown
from comity.cli.counting import COUNTING, CountingOptions, window_shown
from comity.cli.options import Flag, Names, listed, opened_node, typed
from comity.cli.picture import Picture, bar
from comity.cli.plain import plural
from comity.cli.reporting import KEEPING, KeepingOptions, Made, told
from comity.cli.terminal import Draw, drawn, said, table, time_shown
from comity.core.agreement import Reach
from comity.core.claim import EVERY_DOMAIN
from comity.core.errors import MalformedInput
from comity.core.loss import Change, Effect, Hurt, Supposed
from comity.core.partner import Code, Recipient
from comity.service import supposing
from comity.service.supposing import Losses, Lost, Pairs, Ranked, Ranking, Supposing
from comity.service.surveying import asked_already

PLACES: Final = {"from": "--suspend", "to": "--suspend", "domains": "--suspend"}
_MOST: Final = 5
"""Parts of a suspension as it is typed: FROM, TO, domains, reach, recall."""


def loss(
    *,
    suspend: Names = (),
    domains: Names = (),
    reach: Reach = Reach.ONWARD,
    recall: Flag = False,
    to: Names = (),
    every_single: Flag = False,
    every_pair: Flag = False,
    keeping: KeepingOptions = KEEPING,
    options: CountingOptions = COUNTING,
) -> int:
    """What suspensions would cost, before they are made. Nothing is changed.

    Say of which: `--suspend`, several at once; `--every-single`, each suspension of one partner by another, ranked; or
    `--every-pair`, each two that cost a recipient more together than either alone.

    Example: `comity loss --suspend USA:UKR --to UKR --at 2025-03-05T11:00:00Z`

    Args:
        suspend: `FROM:TO`, or `FROM:TO:DOMAINS:REACH:recall` as far as they are stated: `USA:UKR:sea,air:derived`.
        domains: Only these domains, where `--suspend` states none.
        reach: As of `comity suspend`, where `--suspend` states none.
        recall: The holder may not use what it was given either (where it is suspended).
        to: Who would lose: partners, or parts of them; by default every partner.
        every_single: Rank every single loss (N−1), the worst with the requirements that they hurt.
        every_pair: Find every two losses that are worse together (N−2), for one recipient.
    """
    asked = Supposing(to=listed(to), span=options.span, at=options.moment, by_object=keeping.asked)
    if (len(suspend) > 0) + every_single + every_pair != 1:
        raise MalformedInput("say which losses: --suspend FROM:TO, --every-single or --every-pair")
    if not suspend and (domains or recall):
        raise MalformedInput("--domains and --recall belong to --suspend: every loss is whole; leave them out")
    supposed = [supposition(text, listed(domains), reach, recall=recall) for text in suspend]
    with typed(**PLACES), opened_node(options) as node:
        store, limit = node.store, options.listed
        if every_single:
            made = _made_ranking(supposing.every_single(store, asked_already, asked, reach, limit))
        elif every_pair:
            made = _made_pairs(supposing.every_pair(store, asked_already, asked, reach, limit))
        else:
            made = _made_losses(supposing.losses(store, asked_already, asked, supposed, limit))
        return told(options, keeping, node, made)


def supposition(text: str, domains: Sequence[str], reach: Reach, *, recall: bool) -> Supposed:
    """A suspension as it is typed. MalformedInput for what is none."""
    parts = text.split(":")
    if not 1 < len(parts) <= _MOST or not all(parts[:2]):
        raise MalformedInput(f"--suspend: `{text}` is no suspension: write `FROM:TO`, `FROM:TO:DOMAINS:REACH:recall`")
    frm, to, named, reaching, recalled = [*parts, *[""] * (_MOST - len(parts))]
    reaches = {each.value: each for each in Reach}
    if named in reaches and not reaching:
        raise MalformedInput(
            f"--suspend: `{named}` is a reach, and a domain stands before it: write `{frm}:{to}::{named}`"
        )
    if reaching and reaching not in reaches:
        raise MalformedInput(f"--suspend: `{reaching}` is no reach: write {', '.join(f'`{each}`' for each in reaches)}")
    if recalled not in ("", "recall"):
        raise MalformedInput(f"--suspend: `{recalled}` is not `recall`: write that, or leave it out")
    return Supposed(
        frm=Code(Recipient(frm)),
        to=Code(Recipient(to)),
        domains=frozenset(listed((named,)) if named else domains) or frozenset({EVERY_DOMAIN}),
        reach=reaches.get(reaching, reach),
        recall=recall or recalled == "recall",
    )


# Some, together


def _made_losses(found: Losses) -> Made:
    document = {
        **counting.asked(found.at, found.window),
        "suspensions": list(map(counted.supposed, found.supposed)),
        "readers": [
            {
                "to": each.loss.reader,
                **counted.change(each.loss.whole),
                "originators": [{"originator": code, **counted.change(one)} for code, one in each.loss.originators],
                "domains": [{"domain": name, **counted.change(one)} for name, one in each.loss.domains],
                "requirements": list(map(counted.hurt, each.hurts)),
                "items": counting.items(each.listed),
            }
            for each in found.readers
        ],
    }
    return Made("loss", found.reported, document, drawn(*_losses(found)))


def _losses(found: Losses) -> Iterator[Draw]:
    yield said(f"if {' and '.join(map(supposed_shown, found.supposed))} were suspended, as of {time_shown(found.at)}")
    rows = [
        (each.loss.reader, *_changed(each.loss.whole)) for each in sorted(found.readers, key=lambda each: -_gone(each))
    ]
    yield table(("to", "sees", "would lose", "", "effect"), rows)
    hurts = [(each.loss.reader, one) for each in found.readers for one in each.hurts]
    yield from _hurts(hurts, f"requirements, {window_shown(found.window)}:")
    for each in found.readers:
        if len(found.readers) == 1 and _gone(each):
            yield table(
                ("of", "sees", "would lose", "", "effect"), [(n, *_changed(c)) for n, c in each.loss.originators]
            )
            yield table(
                ("domain", "sees", "would lose", "", "effect"), [(n, *_changed(c)) for n, c in each.loss.domains]
            )
            yield counting.items_drawn(each.listed, each.more)


def _gone(each: Lost) -> int:
    return each.loss.whole.before - each.loss.whole.after


def _changed(change: Change) -> tuple[str, str, Picture, str]:
    gone = change.before - change.after
    return str(change.before), str(gone), bar(gone / change.before if change.before else 0.0), change.effect.value


def _hurts(found: Iterable[tuple[Recipient, Hurt]], heading: str) -> Iterator[Draw]:
    rows = [
        (
            to,
            f"{each.requirement.id}: {each.requirement.title}",
            f"{each.before.items} → {each.after.items}",
            each.effect.value,
            counted.broken(each) or "–",
        )
        for to, each in found
        if each.effect is not Effect.UNAFFECTED
    ]
    if rows:
        yield said(heading)
        yield table(("to", "requirement", "items", "effect", "no longer met"), rows)


# Every single one


def _made_ranking(found: Ranking) -> Made:
    document = {
        **counting.asked(found.at, found.window),
        "to": list(found.readers),
        "losses": [
            {
                **counted.supposed(each.supposed),
                "lost": each.items,
                "readers": [
                    {
                        "to": one.reader,
                        "lost": one.items,
                        "requirements": None if one.hurts is None else list(map(counted.hurt, one.hurts)),
                    }
                    for one in each.costs
                ],
            }
            for each in found.ranked
        ],
        "more": found.more,
    }
    return Made("singles", found.reported, document, drawn(*_ranking(found)))


def _ranking(found: Ranking) -> Iterator[Draw]:
    yield said(f"single suspensions that cost anything, as of {time_shown(found.at)}: the costliest first")
    most = max((each.items for each in found.ranked), default=1)
    rows = [
        (
            supposed_shown(each.supposed),
            str(each.items),
            bar(each.items / most),
            ", ".join(f"{one.reader} {one.items}" for one in each.costs),
            _worst(each),
        )
        for each in found.ranked
    ]
    yield table(("suspension", "lost", "", "to whom", "requirements lost"), rows)
    yield from counting.rest(found.more)
    if found.ranked:
        worst = found.ranked[0]
        hurts = [(cost.reader, one) for cost in worst.costs for one in cost.hurts or ()]
        yield from _hurts(hurts, f"{supposed_shown(worst.supposed)}, requirements {window_shown(found.window)}:")


def _worst(each: Ranked) -> str:
    counts = [cost.hurts for cost in each.costs if cost.hurts is not None]
    lost = dict.fromkeys(one.requirement.id for hurts in counts for one in hurts if one.effect is Effect.LOST)
    some = "" if len(counts) == len(each.costs) else "not counted"
    return ", ".join(filter(None, (*lost, some))) or "–"


# Every pair


def _made_pairs(found: Pairs) -> Made:
    document = {
        "to": found.recipient,
        **counting.asked(found.at, found.window),
        "pairs": [
            {
                "suspensions": [counted.supposed(each.first), counted.supposed(each.second)],
                "lost": each.lost,
                "requirements": list(each.together),
            }
            for each in found.pairs
        ],
        "more": found.more,
    }
    return Made("pairs", found.reported, document, drawn(*_pairs(found)))


def _pairs(found: Pairs) -> Iterator[Draw]:
    yield said(
        f"two suspensions that cost {found.recipient} more together than either alone, as of {time_shown(found.at)}: "
        f"{plural(len(found.pairs) + found.more, 'pair')}"
    )
    rows = [
        (
            supposed_shown(each.first),
            supposed_shown(each.second),
            str(each.lost),
            ", ".join(each.together) or "–",
        )
        for each in found.pairs
    ]
    yield table(("one", "and the other", "lost", "requirements lost only together"), rows)
    yield from counting.rest(found.more)
