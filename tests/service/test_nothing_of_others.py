"""From what one party is given nothing about the others can be told: sizes, order, counts, times, places.

Two nodes that are copies of each other differ only in what others got, or in what of a response is not the party's. All
that the party is given must be the same, but for what is random in either: hashes, salts and signatures.
"""

import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from comity.compose import Node, open_node
from comity.core.instant import Instant
from comity.formats import instant
from comity.service import disclose, proving, statement, witness
from comity.service.consenting import NewConsent, grant_consent
from comity.service.proving import Wanted
from comity.service.statement import Asked
from tests import stating
from tests.nodes import ME, START, Clock
from tests.stating import checked, lines, notary

HEX: Final = re.compile(rb"[0-9a-f]{16,}")

Event = tuple[int, Callable[[Node], object]]
"""Something that happens, so many seconds after the start."""


def to(recipient: str) -> Callable[[Node], object]:
    def hand(node: Node) -> object:
        return disclose.export(node.store, recipient, node.directory / ".." / "out", ME, vault=node.vault)

    return hand


def more_for(recipient: str) -> Callable[[Node], object]:
    """The holder consents to one more item of its own, so that responses have one more from then on."""

    def consent(node: Node) -> object:
        return grant_consent(node.store, NewConsent(by="GBR", item="gb-kept", to=(recipient,)), ME)

    return consent


MINE: Final[list[Event]] = [(100, to("UKR")), (200, to("UKR")), (300, to("UKR"))]
OTHERS: Final[dict[str, list[Event]]] = {
    "none": [],
    "one": [(150, to("DEU"))],
    "many": [(50 + 7 * number, to("DEU")) for number in range(12)],
    "two partners": [(150, to("DEU")), (151, to("USA")), (250, to("GBR/alice"))],
    "bigger": [(60, more_for("DEU")), (150, to("DEU"))],
    "earlier": [(10, to("DEU"))],
    "later": [(350, to("DEU"))],
    "much later, after the first documents": [(550, to("DEU")), (560, to("USA"))],
}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded") / "node"
    stating.found(folder, Clock()).close()
    return folder


@pytest.fixture(scope="module")
def alone(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[bytes]]:
    """What Ukraine and France are given by a node that hands nothing to anybody else."""
    place = tmp_path_factory.mktemp("alone")
    return {
        "UKR": given(founded, place / "UKR", MINE, "UKR", "received"),
        "FRA": given(founded, place / "FRA", MINE, "FRA", "originated"),
    }


def given(founded: Path, place: Path, events: Sequence[Event], party: str, side: str) -> list[bytes]:
    """All that a party is given, at two times, by a node to which this happens."""
    place.mkdir()
    shutil.copytree(founded, place / "node")
    documents: list[bytes] = []

    def write(node: Node) -> None:
        mine = len(documents)
        office, log = notary(node), Asked(party=party, side=side)  # type: ignore[arg-type]
        files = [place / f"{mine}.{name}" for name in ("statement", "bounded", "proof", "witnessed")]
        statement.write(office, log, files[0])
        bounded = Asked(party=party, side=side, since=instant.parse("2025-03-01T00:02:00Z"))  # type: ignore[arg-type]
        statement.write(office, bounded, files[1])
        proving.write(office, Wanted(party=party, item="gb-joint", to="UKR"), files[2])
        witness.append(office, place / "heads")
        anchored = Asked(party=party, side=side, witness=place / "heads")  # type: ignore[arg-type]
        statement.write(office, anchored, files[3])
        assert all(checked(file).holds for file in files)
        documents.extend(file.read_bytes() for file in [*files, place / "heads"])

    clock = Clock()
    with open_node(place / "node", clock) as node:
        for seconds, event in sorted([*events, (500, write), (600, write)], key=lambda each: each[0]):
            clock.now = Instant(START + seconds * 1_000_000)
            event(node)
    return documents


def masked(documents: Sequence[bytes]) -> list[bytes]:
    """With every hash, salt and signature made the same, and its length kept."""
    return [HEX.sub(lambda found: b"x" * len(found.group()), document) for document in documents]


@pytest.mark.parametrize("others", [name for name in OTHERS if name != "none"])
def test_a_recipient_cannot_tell_what_others_got(
    founded: Path, tmp_path: Path, alone: dict[str, list[bytes]], others: str
) -> None:
    among = given(founded, tmp_path / "among", [*MINE, *OTHERS[others]], "UKR", "received")
    assert masked(alone["UKR"]) == masked(among)


@pytest.mark.parametrize("others", [name for name in OTHERS if name != "none"])
def test_an_originator_cannot_tell_what_was_handed_over_of_others_material(
    founded: Path, tmp_path: Path, alone: dict[str, list[bytes]], others: str
) -> None:
    """Nothing that Germany, the United States or Alice get is built on the French report."""
    among = given(founded, tmp_path / "among", [*MINE, *OTHERS[others]], "FRA", "originated")
    assert masked(alone["FRA"]) == masked(among)


def test_an_originator_cannot_tell_how_much_else_a_response_had(
    founded: Path, tmp_path: Path, alone: dict[str, list[bytes]]
) -> None:
    among = given(founded, tmp_path / "among", [(60, more_for("UKR")), *MINE], "FRA", "originated")
    assert masked(alone["FRA"]) == masked(among)


def test_a_recipient_does_see_when_its_own_responses_differ(
    founded: Path, tmp_path: Path, alone: dict[str, list[bytes]]
) -> None:
    """So that the comparisons above would notice something."""
    among = given(founded, tmp_path / "among", [(60, more_for("UKR")), *MINE], "UKR", "received")
    assert masked(alone["UKR"]) != masked(among)


def test_two_paths_of_one_party_do_not_show_what_has_moved_in_between(founded: Path, tmp_path: Path) -> None:
    for name in ("none", "many"):
        place = tmp_path / name
        given(founded, place, [*MINE, *OTHERS[name]], "UKR", "received")
        files = [file for file in sorted(place.glob("*.*")) if file.suffix != ".witnessed"]
        assert len({str(lines(file)[0]["head"]) for file in files}) == 2
        paths = [lines(file)[0]["log"]["path"] for file in files]
        assert len({beside for path in paths for beside in path}) == 64 * 2
