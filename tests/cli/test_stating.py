"""Which commands ask for a reason, and that they do."""

import pytest

from comity.service.reasons import STATED
from tests.cli.stage import Stage
from tools.commands import commands

GIVING = {"add", "create", "grant", "link", "accept", "enrol", "password", "list", "show"}
"""What only adds, or only looks, in the words of commands."""
PREVIEWED = {"suspend": "GBR UKR", "lift": "usa-stops-ukr", "agreement end": "gbr-fra"}
"""What states its reason and has a preview, which needs none."""


def test_what_ends_or_takes_away_says_that_it_requires_why() -> None:
    required = {
        each.name for each in commands() for option in each.options if "--why" in option.names if option.required
    }
    stating = {name for name in STATED if "--" not in name}  # `attest --withdraw` is a way to type `attest`
    assert required == stating - set(PREVIEWED)
    nouns = {name.partition(" ")[0] for name in stating if " " in name} - {"register"}
    others = {each.name for each in commands() if each.name.partition(" ")[0] in nouns} - stating
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
