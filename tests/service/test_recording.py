"""What is recorded of a response is what is handed over: each item, in its order, once."""

from pathlib import Path

import pytest

from comity.index.holding import Ordinal
from comity.service.partners import as_code
from comity.service.recording import prepared, record
from comity.service.records import Held
from comity.service.release import named
from tests.nodes import ME, Clock, make
from tests.sending import send, thing


def test_a_response_that_hands_an_item_over_twice_is_not_recorded(tmp_path: Path) -> None:
    with make(tmp_path / "node", Clock()) as node:
        send(node, "USA", thing("a"), thing("b"))
        with node.store.read() as reader:
            to, (first, second) = named(reader.policy(), "UKR"), reader.held(map(Ordinal, (1, 2))).values()

        def hand(*items: Held) -> None:
            with node.store.write("release", ME, policy=False) as writer:
                record(writer, to, prepared(items, lambda _: {as_code("USA")}, node.vault))

        with pytest.raises(ValueError, match="hands an item over once"):
            hand(first, second, first)
        hand(second, first)
        with node.store.read() as reader:
            (given,) = reader.disclosures()
            assert given.items == (second.ordinal, first.ordinal)
            assert [(each.originator, each.items) for each in given.portions] == [("USA", 2)]
