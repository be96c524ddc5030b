"""Mutations of the analysis: each makes it count what it may not, forget what it must, or ask one question too few."""

from typing import Final

from tests.sabotage.mutation import Mutation

LAW: Final = "tests/laws/test_analysis_is_a_recount.py"
TESTS: Final = (LAW, "tests/core/test_coverage.py", "tests/core/test_roots.py", "tests/index/test_counting.py")


def _mutation(name: str, path: str, old: str, new: str) -> Mutation:
    return Mutation(name=f"analysis: {name}", path=path, old=old, new=new, tests=TESTS)


MUTATIONS: Final = (
    _mutation(
        "what nobody may see is counted",
        "index/counting.py",
        " & survey.index.visible(reader)\n",
        "\n",
    ),
    _mutation(
        "a window has its end",
        "index/facets.py",
        "bisect_left(self._times, window.end)",
        "bisect_left(self._times, window.end + 1)",
    ),
    _mutation(
        "any own claim says whose an item is",
        "index/firsts.py",
        "    if doubtful:\n",
        "    if False:\n",
    ),
    _mutation(
        "the last number is the newest",
        "index/facets.py",
        "self._in_order = all(",
        "self._in_order = True or all(",
    ),
    _mutation(
        "one part of a rule is enough",
        "index/tagging.py",
        "BitMap.intersection(*matches)",
        "BitMap.union(*matches)",
    ),
    _mutation(
        "a circle is one of its items",
        "core/roots.py",
        "roots or frozenset({root(circle)})",
        "roots or frozenset({root(circle[:1])})",
    ),
    _mutation(
        "who cites one another is independent",
        "core/coverage.py",
        "origin.union(*(group_of[one] for one in origin if one in group_of))",
        "origin",
    ),
    _mutation(
        "who is in some is in all",
        "core/coverage.py",
        "common & originators",
        "common | originators",
    ),
    _mutation(
        "what is seen is hidden",
        "index/counting.py",
        "hidden=seen.isdisjoint(BitMap(root))",
        "hidden=True",
    ),
    _mutation(
        "roots outlive lineage",
        "index/origins.py",
        "        self._known -= gone\n",
        "",
    ),
    _mutation(
        "attestations of the moment stand",
        "index/engine.py",
        "if reader == policy.holder or moved:\n",
        "if reader == policy.holder:\n",
    ),
    _mutation(
        "attestations of the moment are not ranked",
        "index/losing.py",
        "    everybody = {index.policy.holder, *index.attesting(index.now)}\n",
        "    everybody = {index.policy.holder}\n",
    ),
    _mutation(
        "two losses are always their sum",
        "index/losing.py",
        "moving = attesting & {first.supposed.to, second.supposed.to}",
        "moving = attesting & {first.supposed.to} & {second.supposed.to}",
    ),
    _mutation(
        "what stops the holder stops nobody else",
        "index/losing.py",
        "    near |= {partner: list(readers) for partner in everybody}\n",
        "    near |= {partner: [] for partner in everybody}\n",
    ),
    _mutation(
        "a requirement outlives its items",
        "index/losing.py",
        "    if stand.items.isdisjoint(gone):\n",
        "    if True:\n",
    ),
    _mutation(
        "what one loses, both lose together",
        "index/losing.py",
        "        if one and two and one.issubset(gone):\n",
        "        if one.issubset(gone):\n",
    ),
)
