"""The routes of all nouns."""

from collections.abc import Mapping
from typing import Final

from comity.web.rest import (
    accounts,
    asking,
    attestations,
    consents,
    coverage,
    document,
    grants,
    handing_over,
    importing,
    lineage,
    losses,
    markings,
    offers,
    partners,
    plans,
    problems,
    proposals,
    providers,
    quarantine,
    register,
    registers,
    reports,
    requirements,
    searching,
    sessions,
    settings,
    suspensions,
    tokens,
)
from comity.web.routes import Route

DOCUMENTED: Final[tuple[Route, ...]] = (
    *sessions.ROUTES,
    *providers.ROUTES,
    *partners.ROUTES,
    *registers.ROUTES,
    *grants.ROUTES,
    *requirements.ROUTES,
    *offers.ROUTES,
    *coverage.ROUTES,
    *losses.ROUTES,
    *plans.ROUTES,
    *reports.ROUTES,
    *suspensions.ROUTES,
    *consents.ROUTES,
    *attestations.ROUTES,
    *proposals.ROUTES,
    *asking.ROUTES,
    *lineage.ROUTES,
    *markings.ROUTES,
    *searching.ROUTES,
    *importing.ROUTES,
    *quarantine.ROUTES,
    *handing_over.ROUTES,
    *register.ROUTES,
    *accounts.ROUTES,
    *tokens.ROUTES,
    *settings.ROUTES,
    *problems.ROUTES,
)
ROUTES: Final[tuple[Route, ...]] = (*DOCUMENTED, document.route(DOCUMENTED))

LEFT_OUT: Final[Mapping[str, str]] = {
    "demo": "it plays on a node of its own",
    "check": "it asks world files, and no node",
    "init": "it makes the node's folder",
    "serve": "it is what answers here",
    "support-bundle": "it reads the folder and the processes of the machine",
    "verify": "it reads the whole record, and the folder; `register/verify` checks the register",
    "backup": "it writes the node's keys to a place of the machine",
    "restore": "it makes the node's folder",
    "move": "it changes where the record is, while nothing is served",
    "migrate": "it changes the record, while nothing is served",
    "reindex": "it is work for whoever runs the node; searches keep the index by themselves",
}
"""The commands that have no route, and why."""
