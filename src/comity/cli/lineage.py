"""`comity lineage`: a tree both ways."""

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from comity.cli.options import ASKING, AskingOptions, opened
from comity.cli.plain import safe
from comity.cli.terminal import answer, time_or_none, time_shown
from comity.core.errors import MalformedInput
from comity.service import lineage as trees
from comity.service.lineage import DEPTH, SIZE, Branch, Lineage

_AGAIN = {"cycle": "↺ closes a cycle", "shown": "see above"}


def lineage(item: str, /, *, depth: int = DEPTH, size: int = SIZE, options: AskingOptions = ASKING) -> int:
    """What an item is built on, and what is built on it.

    Example: `comity lineage gb-digest`

    Args:
        item: `id`, `id@modified` or `PARTNER:id[@modified]`.
        depth: Show at most so many steps.
        size: Show at most so many items each way.
    """
    for number, option in ((depth, "--depth"), (size, "--size")):
        if number < 1:
            raise MalformedInput(f"{option}: {number} shows nothing: give 1 or more")
    with opened(options) as store:
        found = trees.lineage(store, item, depth=depth, size=size)
    document = {
        **_described(found, found.sources),
        "sources": _below(found, found.sources),
        "more_sources": found.sources.more,
        "dependants": _below(found, found.dependants),
        "more_dependants": found.dependants.more,
    }

    def draw(console: Console) -> None:
        console.print(Text(_title(found, found.sources), style="bold"), soft_wrap=True)
        for heading, branch in (("is built on", found.sources), ("goes into", found.dependants)):
            tree = Tree(Text(heading if branch.below or branch.more else f"{heading} nothing"), guide_style="dim")
            _grow(tree, found, branch)
            console.print(tree)

    return answer(options, document, draw)


def _below(found: Lineage, branch: Branch) -> list[dict[str, object]]:
    return [_document(found, child) for child in branch.below]


def _document(found: Lineage, branch: Branch) -> dict[str, object]:
    edge = branch.edge
    return {
        **_described(found, branch),
        "use": None if edge is None else edge.use.value,
        "attested": None if edge is None else time_or_none(edge.attested),
        "again": branch.again,
        "below": _below(found, branch),
        "more": branch.more,
    }


def _described(found: Lineage, branch: Branch) -> dict[str, object]:
    known = found.known[branch.item]
    return {
        "item": known.name,
        "originator": known.originator,
        "type": known.item.type,
        "title": known.item.title,
        "apart_from": known.apart_from,
    }


def _grow(tree: Tree, found: Lineage, branch: Branch) -> None:
    for child in branch.below:
        edge = child.edge
        use = "" if edge is None else edge.use.value
        attested = "" if edge is None or edge.attested is None else f", attested {time_shown(edge.attested)}"
        mark = f"  {_AGAIN[child.again]}" if child.again else ""
        line = Text.assemble((f"{use}{attested} ", "dim"), _title(found, child), (mark, "dim"))
        _grow(tree.add(line), found, child)
    if branch.more:
        tree.add(Text(f"… {branch.more} more", style="dim"))


def _title(found: Lineage, branch: Branch) -> str:
    known = found.known[branch.item]
    title = known.item.title
    about = f" “{safe(title, 60)}”" if title and title != known.name else ""
    apart = f", kept apart from {safe(known.apart_from)}: other content" if known.apart_from else ""
    return f"{safe(known.name)} ({known.originator}){about}{apart}"
