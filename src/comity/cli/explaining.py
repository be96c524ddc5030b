"""An explanation for the holder's release officer: why, by which way, and what would change it."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.text import Text

from comity.cli.plain import safe
from comity.cli.terminal import Draw, time_or_none, time_shown, verdict
from comity.core.carriage import Hop
from comity.core.explanation import Cause
from comity.core.ground import Ground
from comity.core.lineage import ItemId
from comity.core.remedy import Agree, Attest, Lift, Name, Remedy, Restate, Shortfall, Wait, Waive, Way
from comity.service.release import Answer

Names = Mapping[ItemId, str]


def document(found: Answer) -> dict[str, object]:
    """The explanation as plain data: `causes` of a refusal with their `ways` out, `grounds` of what permits."""
    explanation, names = found.explanation, found.names
    return {
        "until": time_or_none(explanation.until),
        "causes": [
            {
                "reason": _reason(cause, names),
                "originator": cause.originator,
                "path": _hops(cause.path, names),
                "ways": [[_act(remedy, names) for remedy in way] for way in cause.ways],
            }
            for cause in explanation.causes
        ],
        "grounds": [_ground(ground, names) for ground in explanation.grounds],
    }


def draw(found: Answer) -> Draw:
    """The verdict and, for each reason, the path to its root and the ways out."""

    def drawing(console: Console) -> None:
        head = Text.assemble(
            verdict(permitted=found.permitted), f"  {safe(found.name)} to {found.recipient} at {time_shown(found.at)}"
        )
        console.print(head, soft_wrap=True)
        for cause in found.explanation.causes:
            console.print()
            console.print(Text(safe(_reason(cause, found.names)), style="bold"), soft_wrap=True)
            _lines(console, [("   ", line) for line in path_lines(cause.path, found.names)])
            _lines(console, [("   ", "this falls if")] if cause.ways else [])
            _lines(console, [("   • ", way_text(way, found.names)) for way in cause.ways])
        if found.permitted:
            _lines(console, [("   ", ground_text(ground, found.names)) for ground in found.explanation.grounds])
        if found.explanation.until is not None:
            console.print(f"this changes by itself at {time_shown(found.explanation.until)}", style="dim")

    return drawing


def path_lines(path: tuple[Hop, ...], names: Names) -> Iterator[str]:
    """The path, one item a line, from the item asked about down to the root."""
    for depth, hop in enumerate(path):
        use = "" if hop.use is None else f"└─ {hop.use.value} "
        cut = ", attested" if hop.attested else ""
        parties = ", ".join(sorted(hop.parties))
        indent = "   " * max(depth - 1, 0)
        yield f"{indent}{use}{_name(hop.item, names)} ({parties}{cut})"


def way_text(way: Way, names: Names) -> str:
    """One way out: the acts that help together."""
    return ", and ".join(_act(remedy, names) for remedy in way)


def ground_text(ground: Ground, names: Names) -> str:
    """What one originator's word rests on."""
    by = [*ground.consents, *ground.terms, *ground.channel, *ground.passes]
    return f"{ground.originator}/{_name(ground.root, names)}: {ground.basis.value}" + (
        f" ({', '.join(by)})" if by else ""
    )


def _lines(console: Console, lines: list[tuple[str, str]]) -> None:
    """Lines that hang under their mark when they are wrapped."""
    for mark, line in lines:
        text = Text(safe(line, 2000))
        for number, wrapped in enumerate(text.wrap(console, max(console.width - len(mark), 20))):
            console.print(Text(mark if number == 0 else " " * len(mark)) + wrapped, no_wrap=True, overflow="ignore")


def _act(remedy: Remedy, names: Names) -> str:  # noqa: PLR0911 - one for each kind of act
    """One act, in words: who would do what."""
    match remedy:
        case Lift(suspension=name, by=by, end=end):
            planned = time_or_none(end)
            return f"{by} lifts suspension {name}" + (f", which ends by itself at {planned}" if planned else "")
        case Waive(by=by, items=items, use=use, after=after):
            on = " or ".join(_name(item, names) for item in items)
            later = "" if after is None else f", given after {time_shown(after)}"
            return f"{' or '.join(by)} consents ({use.value}) on {on}{later}"
        case Agree():
            return _agree(remedy)
        case Name(by=by, item=item, names=audience):
            return f"{by} names {', '.join(audience)} in the audience of {_name(item, names)}"
        case Attest(by=by, item=item, source=source, frees=frees):
            rest = "" if frees else " (a consent to draws-on can then speak)"
            return f"{by} attests that {_name(item, names)} only draws on {_name(source, names)}{rest}"
        case Wait(until=until):
            return f"nobody does anything until {time_shown(until)}"
        case Restate(by=by, item=item):
            return f"{by} issues a version of {_name(item, names)} with another embargo"


def _agree(remedy: Agree) -> str:
    parts = [f"{remedy.frm} grants {remedy.to} an agreement for {remedy.level}, {', '.join(sorted(remedy.domains))}"]
    if remedy.conditions:
        parts.append(f"accepting {', '.join(sorted(remedy.conditions))}")
    if remedy.onward is not None:
        parts.append(f"onward {remedy.onward.value}")
    if remedy.replaces:
        parts.append(f"in place of {', '.join(remedy.replaces)}")
    parts += [_short(shortfall, barring=shortfall.agreement in remedy.replaces) for shortfall in remedy.short]
    return "; ".join(parts)


def _short(short: Shortfall, *, barring: bool) -> str:
    """How one agreement falls short; one that is `barring` lets nothing go on without a consent."""
    lacks = ["has the onward rule consent"] if barring else []
    if short.ceiling is not None:
        lacks.append(f"has the ceiling {short.ceiling}")
    if short.domains or short.conditions:
        lacks.append(f"leaves out {', '.join(sorted(short.domains | short.conditions))}")
    if short.starts is not None:
        lacks.append(f"starts only at {time_shown(short.starts)}")
    if short.ended is not None:
        lacks.append(f"ended at {time_shown(short.ended)}")
    return f"{short.agreement} {' and '.join(lacks) or 'does not do'}"


def _reason(cause: Cause, names: Names) -> str:
    return str(cause.reason._replace(root=ItemId(_name(cause.reason.root, names))))


def _name(item: ItemId | None, names: Names) -> str:
    return "something else" if item is None else names.get(item, item)


def _hops(path: tuple[Hop, ...], names: Names) -> list[dict[str, object]]:
    return [
        {
            "item": None if hop.item is None else _name(hop.item, names),
            "originators": sorted(hop.parties),
            "use": None if hop.use is None else hop.use.value,
            "attested": hop.attested,
        }
        for hop in path
    ]


def _ground(ground: Ground, names: Names) -> dict[str, object]:
    return {
        "root": _name(ground.root, names),
        "originator": ground.originator,
        "basis": ground.basis.value,
        "path": _hops(ground.path, names),
        "consents": list(ground.consents),
        "terms": list(ground.terms),
        "channel": list(ground.channel),
    }
