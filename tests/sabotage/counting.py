"""Mutations of what is counted over a node: another moment, another grade, for others, or of what is not held yet."""

from typing import Final

from tests.sabotage.mutation import Mutation

DESK: Final = ("tests/service/test_surveying.py", "tests/laws/test_check_counts.py")
REST: Final = ("tests/web/test_rest_counted.py",)
SUPPOSED: Final = ("tests/service/test_supposing.py",)


def _mutation(name: str, path: str, old: str, new: str, tests: tuple[str, ...] = DESK) -> Mutation:
    return Mutation(name=f"counting: {name}", path=path, old=old, new=new, tests=tests)


MUTATIONS: Final = (
    _mutation(
        "labels of today are those of a past day",
        "index/engine.py",
        "        if now < labelled < NEVER:\n",
        "        if False:\n",
    ),
    _mutation(
        "what comes later is held already",
        "index/surveying.py",
        "    index.leave_out_later()\n",
        "",
    ),
    _mutation(
        "of two grades one is taken",
        "index/grading.py",
        "items - twice",
        "items",
    ),
    _mutation(
        "what is not indexed has no labels",
        "service/surveying.py",
        " | self._tail.labelled(label)",
        "",
    ),
    _mutation(
        "what is not indexed says nothing",
        "service/surveying.py",
        " | self._tail.saying(text)",
        "",
    ),
    _mutation(
        "one word of a rule is enough",
        "index/tagging.py",
        "said.issuperset(wanted)",
        "not said.isdisjoint(wanted)",
        ("tests/index/test_counting.py",),
    ),
    _mutation(
        "the newest item is any",
        "index/facets.py",
        "bisect_right(self._firsts, items.max()) - 1",
        "bisect_right(self._firsts, items.min()) - 1",
        ("tests/index/test_counting.py",),
    ),
    _mutation(
        "losses without detail hurt nothing",
        "service/supposing.py",
        "hurts=detailed.get((each.supposed, reader))",
        "hurts=detailed.get((each.supposed, reader), ())",
        SUPPOSED,
    ),
    _mutation(
        "who sees no content is told its numbers",
        "web/rest/counted.py",
        "    with ask.reading(Duty.CONTENT):\n        return lambda reader: ask.must(reader, Duty.CONTENT)\n",
        "    with ask.reading():\n        return lambda reader: ask.must(reader)\n",
        REST,
    ),
    _mutation(
        "the place of a fault counts the suspensions that there are",
        "service/supposing.py",
        'place=("suspensions", place, *fault.place[2:])',
        "place=fault.place",
        SUPPOSED,
    ),
)
