"""Mutations of the plan: its model, its limits, and what it says of itself."""

from typing import Final

from tests.sabotage.mutation import Mutation

_PLAN: Final = ("tests/core/test_planning.py",)
_WHY: Final = ("tests/core/test_uncovered.py",)
_WORTH: Final = ("tests/core/test_worth.py",)
_PAGE: Final = ("tests/formats/test_plan_page.py", "tests/formats/test_plan_document.py")

_NODE: Final = ("tests/laws/test_plans_come_true.py", "tests/cli/test_planning.py")
_REST: Final = ("tests/web/test_plans.py",)
_READ: Final = ("tests/formats/test_plan_reading.py",)

MUTATIONS: Final = (
    Mutation(
        name="plan: what is supposed takes nothing",
        path="service/planning.py",
        old="gone = lost(found.survey.index, supposed, reader)",
        new="gone = lost(found.survey.index, (), reader)",
        tests=_NODE,
    ),
    Mutation(
        name="plan: what is supposed bars nothing",
        path="service/planning.py",
        old="prepared(found.wants, found.coverages, found.at, found.supposed)",
        new="prepared(found.wants, found.coverages, found.at)",
        tests=_NODE,
    ),
    Mutation(
        name="plan: a known plan is forgotten",
        path="core/planning.py",
        old="assigned = max([_known(case, known), _tidy(case, ())]",
        new="assigned = max([_known(case, ()), _tidy(case, ())]",
        tests=(*_NODE, *_REST, *_PLAN),
    ),
    Mutation(
        name="plan: an account makes as many plans at a time as it likes",
        path="web/rest/plans.py",
        old="if not plans.enter(account):",
        new="if not plans.enter(account) and False:",
        tests=_REST,
    ),
    Mutation(
        name="plan: the snapshot is held while it is solved",
        path="web/rest/plans.py",
        old="made = planned(_basis(ask, body, check), ask.served.solve, manner)",
        new="with ask.reading():\n            made = planned(_basis(ask, body, check), ask.served.solve, manner)",
        tests=_REST,
    ),
    Mutation(
        name="plan: whoever comes in has a plan made",
        path="web/rest/plans.py",
        old="media, check = chosen(request, _MEDIA), counted.content(ask)",
        new="media, check = chosen(request, _MEDIA), lambda reader: None",
        tests=_REST,
    ),
    Mutation(
        name="plan: points of a file are believed",
        path="formats/plan_reading.py",
        old="if abs(reckoned - points) > CERTAIN or ",
        new="if ",
        tests=_READ,
    ),
    Mutation(
        name="plan: a late supply adds to a need",
        path="core/compensation.py",
        old="return need.fresh is not None and self.lead > need.fresh",
        new="return need.fresh is not None and self.lead > need.fresh + 1",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: a barred supply adds to a need",
        path="core/compensation.py",
        old="if not route.barriers and not supply.late(self.needs[route.need]):",
        new="if len(route.barriers) < 2 and not supply.late(self.needs[route.need]):",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: originators make up for items",
        path="core/compensation.py",
        old="return min(Fraction(1), rate, spread)",
        new="return min(Fraction(1), max(rate, spread))",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: whoever passes it on is an originator",
        path="core/compensation.py",
        old="return self.partner if self.root is None else self.root",
        new="return self.partner",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: greed forgets the pool",
        path="core/filling.py",
        old="min(self.case.usable.get(pair, 0) - self.given[pair], self.left[supply.id], pool)",
        new="min(self.case.usable.get(pair, 0) - self.given[pair], self.left[supply.id])",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: what adds nothing is kept",
        path="core/planning.py",
        old="return trim(case, fill(case, trim(case, assigned)))",
        new="return fill(case, assigned)",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: the solver is believed",
        path="core/planning.py",
        old="if faults := list(broken(case, assigned)):",
        new="if faults := list(broken(case, ())):",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: the solver is given nothing of a pool",
        path="core/programme.py",
        old="Row(most=case.pools[name].capacity,",
        new="Row(most=0,",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: an originator counts that gives nothing",
        path="core/programme.py",
        old="Row(most=0, terms=((roots[pair], 1)",
        new="Row(most=1, terms=((roots[pair], 1)",
        tests=_PLAN,
    ),
    Mutation(
        name="plan: a cure asks for one item too few",
        path="core/uncovered.py",
        old="changes.append(More(supply=supply.id, units=lacks, need=need.id))",
        new="changes.append(More(supply=supply.id, units=lacks - 1, need=need.id))",
        tests=_WHY,
    ),
    Mutation(
        name="plan: one barrier is named where it is not enough",
        path="core/alternative.py",
        old="barriers=route.barriers - opened) for",
        new="barriers=frozenset()) for",
        tests=_WHY,
    ),
    Mutation(
        name="plan: a new plan's gain forgets that this one is not proved",
        path="core/worth.py",
        old="low=max(0.0, float(other.points) - made.bound),",
        new="low=max(0.0, other.bound - points + 1),",
        tests=_WORTH,
    ),
    Mutation(
        name="plan: what a partner wrote is markup",
        path="formats/plan_page.py",
        old="autoescape=True",
        new="autoescape=False",
        tests=_PAGE,
    ),
    Mutation(
        name="plan: a cell may be a formula",
        path="formats/plan_document.py",
        old='f"\'{value}" if value.startswith(_FORMULA) else value',
        new="value",
        tests=_PAGE,
    ),
)
