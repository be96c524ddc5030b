"""An explanation for the holder's release officer: why, by which way, and what would change it."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from comity.cli.plain import safe
from comity.cli.terminal import Draw, time_or_none, time_shown, verdict
from comity.core.carriage import Hop
from comity.core.ground import Ground
from comity.core.remedy import Way
from comity.service.release import Answer
from comity.service.telling import Names, act_said, name_said, reason_said


def document(found: Answer) -> dict[str, object]:
    """The explanation as plain data: `causes` of a refusal with their `ways` out, `grounds` of what permits."""
    explanation, names = found.explanation, found.names
    return {
        "until": time_or_none(explanation.until),
        "causes": [
            {
                "reason": reason_said(cause, names),
                "originator": cause.originator,
                "path": _hops(cause.path, names),
                "ways": [[act_said(remedy, names) for remedy in way] for way in cause.ways],
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
            console.print(Text(safe(reason_said(cause, found.names)), style="bold"), soft_wrap=True)
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
        yield f"{indent}{use}{name_said(hop.item, names)} ({parties}{cut})"


def way_text(way: Way, names: Names) -> str:
    """One way out: the acts that help together."""
    return ", and ".join(act_said(remedy, names) for remedy in way)


def ground_text(ground: Ground, names: Names) -> str:
    """What one originator's word rests on."""
    by = [*ground.consents, *ground.terms, *ground.channel, *ground.passes]
    return f"{ground.originator}/{name_said(ground.root, names)}: {ground.basis.value}" + (
        f" ({', '.join(by)})" if by else ""
    )


def _lines(console: Console, lines: list[tuple[str, str]]) -> None:
    """Lines that hang under their mark when they are wrapped."""
    for mark, line in lines:
        text = Text(safe(line, 2000))
        for number, wrapped in enumerate(text.wrap(console, max(console.width - len(mark), 20))):
            console.print(Text(mark if number == 0 else " " * len(mark)) + wrapped, no_wrap=True, overflow="ignore")


def _hops(path: tuple[Hop, ...], names: Names) -> list[dict[str, object]]:
    return [
        {
            "item": None if hop.item is None else name_said(hop.item, names),
            "originators": sorted(hop.parties),
            "use": None if hop.use is None else hop.use.value,
            "attested": hop.attested,
        }
        for hop in path
    ]


def _ground(ground: Ground, names: Names) -> dict[str, object]:
    return {
        "root": name_said(ground.root, names),
        "originator": ground.originator,
        "basis": ground.basis.value,
        "path": _hops(ground.path, names),
        "consents": list(ground.consents),
        "terms": list(ground.terms),
        "channel": list(ground.channel),
    }
