"""Real public material goes in without a lost object. Runs where `comity_data` is."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from comity.compose import Node, verify
from comity.core.decision import Permitted
from comity.core.partner import Recipient
from comity.index.holding import Ordinal
from comity.service import quarantine
from comity.service.disclose import export
from comity.service.receive import Receipt
from comity.service.release import judged
from tests.nodes import ME
from tests.sending import acts, send_bytes


def taken(node: Node, file: Path, frm: str) -> Receipt:
    """Take a file in, and then once more, which changes nothing."""
    content = file.read_bytes()
    receipt = send_bytes(node, frm, content)
    before = acts(node)
    again = send_bytes(node, frm, content)
    assert again.unchanged == again.read == receipt.read
    assert acts(node) == before
    return receipt


def objects(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_bytes())["objects"]
    return found


def test_two_releases_of_attack_go_in_whole(network: Node, comity_data: Path) -> None:
    old, new = (comity_data / "stix" / name for name in ("attack-ics-9.0.json", "attack-ics.json"))
    one, two = taken(network, old, "USA"), taken(network, new, "USA")
    assert (one.read, two.read) == (len(objects(old)), len(objects(new)))
    assert (one.quarantined, dict(two.reasons)) == (0, {"bad-reference": 5})
    verify(network)
    kept = {row.id: quarantine.show(network.store, row.id) for row in quarantine.listing(network.store)}
    assert len(kept) == one.quarantined + two.quarantined
    whole = old.read_bytes() + new.read_bytes()
    assert all(row.reason and row.detail and raw in whole for row, raw in kept.values())
    reasons = Counter(row.reason for row, _ in kept.values())
    assert reasons == Counter(one.reasons) + Counter(two.reasons)


def ais(node: Node, data: Path, senders: dict[str, str]) -> tuple[list[Receipt], dict[str, list[bool]]]:
    """Take the AIS set in, each colour from its sender; which of a sender's indicators Ukraine may have."""
    files = sorted((data / "stix" / "ais").glob("*.json"))
    assert len(files) == 18
    receipts = [taken(node, file, senders[file.stem.split("-")[2]]) for file in files]
    verify(node)
    with node.store.read() as reader:
        held = reader.held(map(Ordinal, range(1, 1 + sum(receipt.read for receipt in receipts)))).values()
        found = [copy for copy in held if copy.type == "indicator"]
        verdicts = judged(reader, [copy.ordinal for copy in found], Recipient("UKR"), reader.now())
        may: dict[str, list[bool]] = {}
        for copy, verdict in zip(found, verdicts, strict=True):
            may.setdefault(copy.submitter, []).append(isinstance(verdict, Permitted))
    assert len({(copy.stix_id, copy.version) for copy in found}) == 1
    return receipts, may


def indicators(node: Node, folder: Path) -> int:
    """How many indicators Ukraine gets."""
    export(node.store, "UKR", folder / "ukr.json", ME, vault=node.vault)
    return sum(each["type"] == "indicator" for each in objects(folder / "ukr.json"))


def test_a_downgraded_copy_frees_nobody_else_s(network: Node, comity_data: Path, tmp_path: Path) -> None:
    """One indicator under one version: white, green and amber from three partners, by 18 creators."""
    receipts, may = ais(network, comity_data, {"w": "USA", "g": "FRA", "a": "DEU"})
    assert may == {"USA": [True] * 6, "FRA": [False] * 6, "DEU": [False] * 6}
    assert sum(receipt.flagged for receipt in receipts) >= 17
    assert indicators(network, tmp_path) == 1


def test_of_one_partner_the_strictest_marking_binds_every_copy(
    network: Node, comity_data: Path, tmp_path: Path
) -> None:
    receipts, may = ais(network, comity_data, dict.fromkeys("wga", "USA"))
    assert may == {"USA": [False] * 18}
    assert sum(receipt.quarantined for receipt in receipts) == 0
    assert indicators(network, tmp_path) == 0


def test_the_idioms_go_in_whole(network: Node, comity_data: Path) -> None:
    for file in sorted((comity_data / "stix" / "idioms").glob("*.json")):
        receipt = taken(network, file, "USA")
        assert receipt.read == len(objects(file))
    verify(network)
    for row in quarantine.listing(network.store):
        _, raw = quarantine.show(network.store, row.id)
        assert json.loads(raw)
