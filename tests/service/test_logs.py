"""The logs of parties follow from the responses on record, and tell of nothing that does not concern them."""

import json
from pathlib import Path

from comity.core.instant import Instant
from comity.formats import instant
from comity.formats.canonical import canonical
from comity.index.holding import Ordinal
from comity.service import logs
from comity.service.partners import as_code
from comity.service.records import Disclosed, Portion
from tests.nodes import ME, Clock, make

USA, FRA = (Portion(as_code(name), items, name.encode() * 8) for name, items in (("USA", 2), ("FRA", 1)))


def response(to: str, *portions: Portion, leaf: int = 7) -> Disclosed:
    items = (Ordinal(4), Ordinal(2), Ordinal(9))
    return Disclosed(leaf, to, Instant(1_741_000_000_000_000), items, b"n" * 16, b"r" * 32, portions)


def test_a_response_is_a_leaf_of_everyone_whom_it_concerns() -> None:
    given = response("UKR/ops", FRA, USA)
    found = {(party, side): json.loads(said) for party, side, said in logs.leaves(given)}
    at = instant.show(given.at)
    assert found == {
        ("UKR/ops", "received"): {"at": at, "count": 3, "items": given.root.hex(), "to": "UKR/ops"},
        ("FRA", "originated"): {"at": at, "count": 1, "items": FRA.root.hex(), "to": "UKR/ops"},
        ("USA", "originated"): {"at": at, "count": 2, "items": USA.root.hex(), "to": "UKR/ops"},
    }


def test_a_leaf_is_canonical_whatever_the_recipient_is_called() -> None:
    for name in ("UKR/ops", 'UKR/"a"\\b', "UKR/Łódź", "UKR/\u2028\x7f"):
        for _, _, said in logs.leaves(response(name, USA)):
            assert said == canonical(json.loads(said))
        assert logs.entry(response(name), 3, b"r" * 32) in {said for *_, said in logs.leaves(response(name))}


def test_a_log_counts_from_nought_and_names_its_entries(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock()) as node:
        for to, portions in (("UKR", (USA,)), ("FRA", (USA, FRA)), ("UKR", (FRA,)), ("USA", (USA,))):
            with node.store.write("export", ME, policy=False) as writer:
                writer.add_disclosure(response(to, *portions, leaf=writer.act.leaf))
        with node.store.read() as reader:
            assert [(row.seq, row.leaf) for row in logs.receipts(reader, "UKR", "received")] == [(0, 1), (1, 3)]
            own = list(logs.receipts(reader, "USA", "originated"))
            assert [(row.seq, row.leaf, json.loads(row.entry)["to"]) for row in own] == [
                (0, 1, "UKR"),
                (1, 2, "FRA"),
                (2, 4, "USA"),
            ]
            assert [row.leaf for row in logs.receipts(reader, "USA", "received")] == [4]
            assert list(logs.receipts(reader, "DEU", "received")) == []
            assert logs.sizes(reader) == {
                ("UKR", "received"): 2,
                ("FRA", "received"): 1,
                ("USA", "received"): 1,
                ("USA", "originated"): 3,
                ("FRA", "originated"): 2,
            }
