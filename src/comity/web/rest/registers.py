"""Domains and conditions of use: the words that claims and agreements may use."""

from typing import Final

from pydantic import Field
from starlette.responses import Response

from comity.core.role import Duty
from comity.service import partners
from comity.service.ports import Store
from comity.web.rest.acting import Ask, Do, answered
from comity.web.rest.describing import get, post
from comity.web.rest.shapes import Name, Shape, Why


class DomainAdded(Why):
    """A domain to register."""

    domain: Name = Field(description="As claims and agreements will write it.", examples=["early-warning"])


class ConditionAdded(Why):
    """A condition of use to register."""

    condition: Name = Field(description="As claims and agreements will write it.", examples=["no-targeting"])


class DomainShown(Shape):
    """A domain."""

    domain: str


class ConditionShown(Shape):
    """A condition of use."""

    condition: str


class DomainList(Shape):
    """The domains, by name; `general` always exists."""

    domains: list[str]


class ConditionList(Shape):
    """The conditions of use, by name."""

    conditions: list[str]


def list_domains(ask: Ask) -> Response:
    """List the domains."""
    with ask.reading(Duty.TERMS) as reader:
        return answered(DomainList(domains=sorted(reader.policy().known_domains())))


def add_domain(do: Do, body: DomainAdded) -> Response:
    """Register a domain."""

    def done(store: Store) -> DomainShown:
        partners.add_domain(store, body.domain, do.word(body))
        return DomainShown(domain=body.domain)

    return do.done(Duty.REGISTERS, done)


def list_conditions(ask: Ask) -> Response:
    """List the conditions of use."""
    with ask.reading(Duty.TERMS) as reader:
        return answered(ConditionList(conditions=sorted(reader.policy().conditions)))


def add_condition(do: Do, body: ConditionAdded) -> Response:
    """Register a condition of use."""

    def done(store: Store) -> ConditionShown:
        partners.add_condition(store, body.condition, do.word(body))
        return ConditionShown(condition=body.condition)

    return do.done(Duty.REGISTERS, done)


ROUTES: Final = (
    get("/domains", list_domains, DomainList, command="domain list"),
    post("/domains", add_domain, DomainShown, command="domain add"),
    get("/conditions", list_conditions, ConditionList, command="condition list"),
    post("/conditions", add_condition, ConditionShown, command="condition add"),
)
