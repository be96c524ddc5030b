"""A plan as one page of HTML to read, print and file: no script, nothing fetched, light or dark as the reader likes.

The pictures are SVG in the page, and say nothing that the tables do not. INVARIANT: whatever a partner wrote is escaped
(the templates escape everything), and isolated from the direction of the text around it.
"""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from comity.core.contrast import Contrast
from comity.core.plan_report import PlanReport
from comity.core.planning import Plan
from comity.core.worth import Worth
from comity.formats import plan_picture as picture
from comity.formats import plan_words as words

_PLAN: Final = "plan.html.jinja"
_CONTRAST: Final = "contrast.html.jinja"


def plan_page(
    report: PlanReport,
    *,
    title: str,
    stated: Sequence[str],
    marking: str = "",
    barred: Mapping[str, Sequence[str]] = MappingProxyType({}),
) -> str:
    """The whole report.

    `stated` says, a line for each, when and of what it was made; `marking` stands at the top and the end; `barred` are
    the supplies of which nothing could reach anybody, and why.
    """
    made = report.plan
    return _render(
        _PLAN,
        title=title,
        stated=stated,
        marking=marking,
        report=report,
        barred=barred,
        plan=made,
        case=made.case,
        before=made.before(),
        covered=made.covered(),
        flow=picture.flow(made),
        supplies=_supplies(made),
        barriers=[_worth_row(report, one) for one in report.barriers],
        partners=[(name, _worth_row(report, one)) for name, one in report.partners.items()],
    )


def contrast_page(
    found: Contrast, *, title: str, stated: Sequence[str], names: tuple[str, str], marking: str = ""
) -> str:
    """Two plans side by side; `names` are what their reader calls them."""
    both = {**found.second.case.needs, **found.first.case.needs}
    return _render(
        _CONTRAST,
        title=title,
        stated=stated,
        marking=marking,
        names=names,
        found=found,
        titles={name: need.title or name for name, need in both.items()},
        givers={
            name: supply.title or name
            for name, supply in {**found.second.case.supplies, **found.first.case.supplies}.items()
        },
    )


def _supplies(made: Plan) -> list[Mapping[str, object]]:
    given = {name: sum(each.units for each in made.assigned if each.supply == name) for name in made.case.supplies}
    return [
        {"of": supply, "given": given[name], "bar": picture.gauge(given[name], supply.capacity)}
        for name, supply in made.case.supplies.items()
    ]


def _worth_row(report: PlanReport, one: Worth) -> Mapping[str, object]:
    """A worth, its bar as long as it is beside the greatest of its kind."""
    every = [*report.partners.values(), *report.barriers]
    greatest = max((max(each.at_once, each.anew.gained if each.anew else Fraction(0)) for each in every), default=0)
    anew = one.anew.gained if one.anew else one.at_once
    return {"one": one, "bar": picture.between(one.at_once, anew, greatest)}


def _render(name: str, **shown: object) -> str:
    page = _templates().get_template(name)
    return page.render(words=words, picture=picture, style=_style(), policy=content_policy(), **shown)


@cache
def content_policy() -> str:
    """What a browser may do with a page, as Content-Security-Policy says it: show it, in this very style."""
    return f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_style().encode()).digest()).decode()}'"


@cache
def _style() -> str:
    return f"\n{_templates().get_template('sheet.css').render()}"


@cache
def _templates() -> Environment:
    """The templates are code and come with it: reading them is like importing a module."""
    return Environment(
        loader=PackageLoader("comity.formats"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
