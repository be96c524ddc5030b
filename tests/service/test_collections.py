"""Collections are of the caller alone, and tell of no domain that it has nothing to do with."""

import re

import pytest

from comity.compose import Node
from comity.core.errors import UnknownName
from comity.core.partner import Recipient
from comity.core.role import OF_PARTNERS, Duty
from comity.service import releasing
from comity.service.collections import Asker, Collection, Holds, listed, one
from comity.service.partners import NewPartner, add_domain, add_partner
from tests.nodes import ME
from tests.sending import send, thing

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def collections(node: Node, to: str, duties: frozenset[Duty] = OF_PARTNERS) -> tuple[Collection, ...]:
    outlet = releasing.outlet(node.store, node.vault)
    return listed(node.store, outlet.standing, node.vault, Asker(to=Recipient(to), duties=duties, check=lambda _: None))


def domains(node: Node, to: str) -> list[str | None]:
    return [each.domain for each in collections(node, to) if each.holds is Holds.DOMAIN]


def test_ids_are_random_to_look_at_always_the_same_and_nobody_else_s(network: Node) -> None:
    send(network, "USA", thing("a"))
    found = {to: [each.id for each in collections(network, to)] for to in ("UKR", "FRA", "UKR/soc")}
    assert found["UKR"] == [each.id for each in collections(network, "UKR")]
    every = [name for names in found.values() for name in names]
    assert all(map(UUID4.fullmatch, every))
    assert len(set(every)) == len(every)


def test_a_domain_is_listed_if_something_of_it_is_seen(network: Node) -> None:
    add_domain(network.store, "operation-x", ME)
    add_partner(network.store, NewPartner(code="USA", level="RESTRICTED", domains=frozenset({"operation-x"})), ME)
    assert domains(network, "UKR") == []
    send(network, "FRA", thing("a"))
    assert domains(network, "UKR") == ["general"]
    send(network, "USA", thing("b"))
    assert domains(network, "UKR") == ["general", "operation-x"]
    assert domains(network, "DEU") == []


def test_duties_say_what_may_be_read_and_written(network: Node) -> None:
    def may(duties: set[Duty]) -> list[tuple[str | None, bool, bool]]:
        return [(each.alias, each.can_read, each.can_write) for each in collections(network, "UKR", frozenset(duties))]

    assert may({Duty.RELEASE, Duty.SUBMIT}) == [("all", True, True), ("inbox", False, True)]
    assert may({Duty.RELEASE}) == [("all", True, False)]
    assert may({Duty.SUBMIT}) == [("inbox", False, True)]
    assert may(set()) == []


def test_another_s_collection_is_as_unknown_as_none(network: Node) -> None:
    mine, said = collections(network, "UKR"), set()
    assert one(mine, "all") == one(mine, mine[0].id)
    for name in (collections(network, "FRA")[0].id, "nothing", ""):
        with pytest.raises(UnknownName) as problem:
            one(mine, name)
        said.add(str(problem.value))
    assert len(said) == 1
