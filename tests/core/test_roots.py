"""Roots of random graphs, circles and all, against their definition."""

from hypothesis import given
from hypothesis import strategies as st

from comity.core.roots import circles, rooted

Graph = dict[int, list[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    nodes = range(draw(st.integers(1, 9)))
    return {node: draw(st.lists(st.sampled_from(nodes), max_size=3, unique=True)) for node in nodes}


def reached(graph: Graph, start: int) -> set[int]:
    found, front = {start}, [start]
    for node in front:
        fresh = set(graph[node]) - found
        found |= fresh
        front += fresh
    return found


@given(graphs())
def test_roots_are_what_all_leads_back_to_itself(graph: Graph) -> None:
    found = rooted(graph, {}, frozenset)
    for node in graph:
        closed = {frozenset(reached(graph, each)) for each in reached(graph, node)}
        assert found[node] == {each for each in closed if all(reached(graph, near) == each for near in each)}


@given(graphs())
def test_circles_come_whole_and_after_what_they_lead_to(graph: Graph) -> None:
    seen = set[int]()
    for circle in circles(graph):
        for node in circle:
            assert {each for each in graph if each in reached(graph, node) and node in reached(graph, each)} == set(
                circle
            )
            assert reached(graph, node) <= seen | set(circle)
        assert seen.isdisjoint(circle)
        seen.update(circle)
    assert seen == set(graph)


@given(graphs(), st.integers(0, 8))
def test_what_is_known_already_is_not_walked_again(graph: Graph, last: int) -> None:
    whole = rooted(graph, {}, frozenset)
    below = set[int]().union(*(reached(graph, node) for node in graph if node <= last))
    known = {node: whole[node] for node in below}
    assert rooted({node: graph[node] for node in graph if node not in below}, known, frozenset) == {
        node: whole[node] for node in graph if node not in below
    }


def test_lineage_may_be_deeper_than_the_stack() -> None:
    deep = {node: [node + 1] for node in range(100_000)} | {100_000: []}
    assert rooted(deep, {}, tuple)[0] == {(100_000,)}
