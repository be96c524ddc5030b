"""A disclosure that nobody has decided on, with all else that belongs to one: its entry fits; replay alone tells."""

from collections.abc import Iterable

from comity.compose import Node
from comity.index.holding import Ordinal
from comity.service.recording import held_in_order, prepared, record
from comity.service.records import Disclosed
from comity.service.release import named, open_index
from tests.nodes import ME


def forge(node: Node, to: str, items: Iterable[Ordinal]) -> Disclosed:
    """Record that these items were handed over, behind the back of the decision."""
    with node.store.write("export", ME, policy=False) as writer:
        recipient, held = named(writer.policy(), to), held_in_order(writer, list(items))
        return record(writer, recipient, prepared(held, open_index(writer, writer.act.at).originators, node.vault))
