"""Which commands ask for a reason, and that they do."""

import pytest

from tests.cli.stage import Stage
from tools.commands import commands

GIVING = {"add", "create", "grant", "link", "accept", "enrol", "password", "list", "show"}
"""What only adds, or only looks, in the words of commands."""
STATING = {
    "partner end",
    "community end",
    "delegation end",
    "account role",
    "account disable",
    "account enable",
    "account reset",
    "account unlock",
    "account unlink",
    "account local",
    "token revoke",
    "session end",
    "two-person on",
    "two-person off",
    "proposal approve",
    "proposal reject",
    "quarantine discard",
    "consent withdraw",
    "attest",
    "register rotate",
    "restore",
}
"""Whatever ends, takes away or refuses, undoes one of these, or attests."""
PREVIEWED = {"suspend": "GBR UKR", "lift": "usa-stops-ukr", "agreement end": "gbr-fra"}
"""Those of them that have a preview, which needs no reason."""


def test_what_ends_or_takes_away_says_that_it_requires_why() -> None:
    required = {
        each.name for each in commands() for option in each.options if "--why" in option.names if option.required
    }
    assert required == STATING
    nouns = {name.partition(" ")[0] for name in STATING if " " in name} - {"register"}
    others = {each.name for each in commands() if each.name.partition(" ")[0] in nouns} - STATING - set(PREVIEWED)
    assert {name.partition(" ")[2] for name in others} <= GIVING


@pytest.mark.parametrize("name", sorted(PREVIEWED))
def test_a_preview_needs_no_reason_and_the_act_does(march: Stage, name: str) -> None:
    typed = (*name.split(), *PREVIEWED[name].split())
    assert march.type(*typed, "--preview").code == 0
    assert "--why" in march.error(2, *typed)["message"]


def test_a_reason_of_blanks_is_none(march: Stage) -> None:
    for typed in (("partner", "end", "POL"), ("suspend", "GBR", "UKR"), ("community", "end", "E3")):
        assert "--why" in march.error(2, *typed)["message"]
        assert "states its reason" in march.error(2, *typed, "--why", " ")["message"]
    assert "1 act, " in march.type("verify").out
