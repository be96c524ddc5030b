"""What an item rests on in the end: its roots, which rest on nothing else.

Rules kept here:
1. an item without sources is a root;
2. items that cite one another in a circle, and rest on nothing outside it, are one root together;
3. an item has all the roots of its sources, by whatever use; what it says itself adds none, for nothing tells which
   part of it is its own.

So what is said of independence errs to one side only: what may have come from one root is not counted twice.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Root = TypeVar("Root", bound=Hashable)


def rooted(
    edges: Mapping[Node, Collection[Node]],
    known: Mapping[Node, frozenset[Root]],
    root: Callable[[list[Node]], Root],
) -> dict[Node, frozenset[Root]]:
    """The roots of every node of `edges`, which has the sources of each; what it does not have, `known` has.

    `root` names the root that these nodes are together.
    """
    found: dict[Node, frozenset[Root]] = {}
    for circle in circles(edges):
        inside = set(circle)
        given = [
            found.get(source) or known[source] for node in circle for source in edges[node] if source not in inside
        ]
        roots = given[0] if len(given) == 1 else frozenset[Root]().union(*given)
        roots = roots or frozenset({root(circle)})
        found.update((node, roots) for node in circle)
    return found


def circles(edges: Mapping[Node, Collection[Node]]) -> Iterator[list[Node]]:
    """The nodes of `edges`, together where they lead to one another, and each after all that it leads to.

    Tarjan's algorithm, without recursion: lineage may be deeper than the stack.
    """
    place: dict[Node, int] = {}
    low: dict[Node, int] = {}
    path: list[Node] = []
    for start in edges:
        work = [] if start in place else [(start, iter(edges[start]))]
        while work:
            node, rest = work[-1]
            if node not in place:
                place[node] = low[node] = len(place)
                path.append(node)
            for source in rest:
                if source not in place and source in edges:
                    work.append((source, iter(edges[source])))
                    break
                low[node] = min(low[node], low.get(source, low[node]))
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == place[node]:
                    yield _popped(path, node, low)


def _popped(path: list[Node], first: Node, low: dict[Node, int]) -> list[Node]:
    """The end of the path from `first` on; it is done with, so nothing is drawn to it any more."""
    start = len(path) - 1
    while path[start] != first:
        start -= 1
    circle = path[start:]
    del path[start:]
    for node in circle:
        del low[node]
    return circle
