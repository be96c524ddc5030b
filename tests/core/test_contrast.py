"""Two plans side by side."""

from comity.core.alternative import Open, changed
from comity.core.compensation import Barrier, Case, Means, Need, Route, Supply
from comity.core.contrast import Covered, Moved, contrast
from comity.core.planning import greedy


def test_a_contrast_shows_each_need_and_only_what_moved() -> None:
    barrier = Barrier(id="b", means=Means.LIFT, text="the suspension USA → UKR")
    supplies = [
        Supply(id="a", partner="AAA", capacity=2, lead=9, routes=(Route(need="r"), Route(need="q"))),
        Supply(id="b", partner="BBB", capacity=1, routes=(Route(need="r", barriers=frozenset({barrier})),)),
    ]
    case = Case([Need(id="r", weight=2, wanted=2), Need(id="q", wanted=1)], supplies)
    first, second = greedy(case), greedy(changed(case, [Open(barrier=barrier)]))
    found = contrast(first, second)
    assert found.gained == 1
    assert found.needs == (Covered(need="r", first=1, second=1), Covered(need="q", first=0, second=1))  # type: ignore[arg-type]
    assert found.moved == (
        Moved(need="q", supply="a", first=0, second=1),
        Moved(need="r", supply="a", first=2, second=1),
        Moved(need="r", supply="b", first=0, second=1),
    )


def test_a_need_of_one_case_alone_has_no_coverage_in_the_other() -> None:
    first, second = (greedy(Case([Need(id=name, wanted=1)], [])) for name in "rq")
    assert [(each.need, each.first, each.second) for each in contrast(first, second).needs] == [
        ("r", 0, None),
        ("q", None, 0),
    ]
