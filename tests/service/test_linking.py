"""What STIX structure brings: references, late arrivals, identities, `derived-from`. Semantics §6."""

from itertools import permutations

import pytest

from comity.compose import Node
from comity.formats.marking import AMBER_STRICT, CLEAR
from tests.sending import STATEMENT, Object, derived, ident, marked, may, refs, roots, send, thing, why_not

SECRET = marked(AMBER_STRICT)


def test_an_object_goes_only_with_its_whole_closure(network: Node) -> None:
    send(
        network,
        "USA",
        thing("sensor", **SECRET),
        thing("case", kind="grouping", context="x", **refs(ident("sensor"))),
        thing("seen", kind="sighting", sighting_of_ref=ident("free"), where_sighted_refs=[ident("case", "grouping")]),
        thing("free"),
        thing("deep", kind="x-note", inner=[{"more": {"about_ref": ident("seen", "sighting")}}]),
    )
    assert may(network, ident("free"))
    for name, kind in [("sensor", "indicator"), ("case", "grouping"), ("seen", "sighting"), ("deep", "x-note")]:
        assert roots(network, ident(name, kind)) == {ident("sensor")}
    assert why_not(network, ident("deep", "x-note")) == [f"USA/{ident('sensor')}/onward"]


def test_a_reference_binds_to_the_submitter_s_own_copy_else_to_every_copy(network: Node) -> None:
    send(network, "USA", thing("shared", **SECRET))
    send(network, "FRA", thing("shared"), thing("french", kind="note", **refs(ident("shared"))))
    send(network, "DEU", thing("german", kind="note", **refs(ident("shared"))))
    assert may(network, ident("french", "note"))
    assert roots(network, ident("german", "note")) == {f"USA:{ident('shared')}"}


def test_a_copy_of_another_partner_binds_until_the_own_one_comes_and_stays_bound(network: Node) -> None:
    send(network, "USA", thing("shared", **SECRET))
    send(network, "FRA", thing("french", kind="note", **refs(ident("shared"))))
    assert not may(network, ident("french", "note"))
    send(network, "FRA", thing("shared"))
    assert not may(network, ident("french", "note"))


def test_what_arrives_late_is_bound_then_and_re_labels_all_that_is_built_on_it(network: Node) -> None:
    send(network, "FRA", thing("middle", kind="note", **refs(ident("late"))))
    send(network, "DEU", thing("top", kind="note", **refs(ident("middle", "note"))))
    assert may(network, ident("top", "note"))
    send(network, "USA", thing("late", **SECRET))
    assert roots(network, ident("top", "note")) == roots(network, ident("middle", "note")) == {ident("late")}


def test_a_late_copy_of_another_partner_does_not_bind_who_has_its_own(network: Node) -> None:
    send(network, "FRA", thing("shared"), thing("french", kind="note", **refs(ident("shared"))))
    send(network, "USA", thing("shared", **SECRET))
    assert may(network, ident("french", "note"))


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("markings", "binds"),
    [(("none",), False), (("statement",), False), (("statement", "strict"), True), (("strict",), True)],
)
def test_an_identity_binds_only_if_it_is_marked(
    network: Node, markings: tuple[str, ...], late: bool, binds: bool
) -> None:
    statement = thing("copyright", kind="marking-definition", **STATEMENT)
    known = {"none": [], "statement": [statement["id"]], "strict": [AMBER_STRICT]}
    said = [name for each in markings for name in known[each]]
    maker = thing("maker", kind="identity", **(marked(*said) if said else {}))
    note = thing("note", kind="note", created_by_ref=maker["id"])
    send(network, "USA", statement, *((note,) if late else (maker, note)))
    if late:
        assert may(network, note["id"])
        send(network, "USA", maker)
    assert may(network, note["id"]) is not binds


@pytest.mark.parametrize(("more", "binds"), [({}, False), (SECRET, True)])
def test_a_marking_definition_binds_only_if_it_is_marked_itself(network: Node, more: Object, binds: bool) -> None:
    statement = thing("copyright", kind="marking-definition", **STATEMENT, **more)
    send(network, "USA", statement, thing("note", kind="note", **marked(statement["id"])))
    assert may(network, ident("note", "note")) is not binds


def test_a_malformed_identity_binds_for_nobody_knows_its_marking(network: Node) -> None:
    send(
        network,
        "USA",
        thing("maker", kind="identity", revoked="yes"),
        thing("n", created_by_ref=ident("maker", "identity")),
    )
    assert roots(network, ident("n")) == {ident("maker", "identity")}


ORDERS = list(permutations(range(3)))


@pytest.mark.parametrize("order", ORDERS)
def test_derived_from_taints_the_ends_of_its_own_submitter_in_every_order(
    network: Node, order: tuple[int, int, int]
) -> None:
    french = derived("from", ident("product"), ident("secret"))
    sent = [("FRA", thing("product")), ("USA", thing("secret", **SECRET)), ("FRA", french)]
    for place in order:
        send(network, *sent[place])
    assert roots(network, ident("product")) == {ident("secret")}
    assert roots(network, french["id"]) == {ident("secret")}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(("teller", "believed"), [("DEU", False), ("GBR", True)])
def test_derived_from_of_a_stranger_taints_only_itself_and_that_of_the_holder_all(
    network: Node, order: tuple[int, int, int], teller: str, believed: bool
) -> None:
    said = derived("from", ident("product"), ident("secret"))
    sent = [("FRA", thing("product")), ("USA", thing("secret", **SECRET)), (teller, said)]
    for place in order:
        send(network, *sent[place])
    assert may(network, ident("product")) is not believed
    assert ident("secret") in roots(network, said["id"])


def test_derived_from_taints_both_ways_for_its_direction_is_not_certain(network: Node) -> None:
    send(network, "FRA", thing("one", **SECRET), thing("other"), derived("from", ident("one"), ident("other")))
    assert roots(network, ident("other")) == {ident("one")}


def test_a_cycle_carries_what_any_of_it_carries(network: Node) -> None:
    send(network, "USA", thing("secret", **SECRET))
    send(
        network,
        "FRA",
        thing("one", kind="note", **refs(ident("two", "note"))),
        thing("two", kind="note", **refs(ident("one", "note"), ident("secret"))),
    )
    assert roots(network, ident("one", "note")) == roots(network, ident("two", "note")) == {ident("secret")}


def test_what_is_clear_does_not_free_what_names_something_else(network: Node) -> None:
    send(network, "USA", thing("s", **SECRET), thing("n", kind="note", **marked(CLEAR), **refs(ident("s"))))
    assert not may(network, ident("n", "note"))


def test_the_holder_s_own_bundle_makes_nothing_its_own_that_it_was_given(network: Node) -> None:
    send(network, "USA", thing("given", **SECRET))
    send(network, "GBR", thing("report", kind="note", **refs(ident("given"))), thing("given", **SECRET))
    send(network, "GBR", thing("given", 2), thing("later", kind="note", **refs(ident("given"))))
    for name in (ident("report", "note"), ident("later", "note")):
        assert f"USA:{ident('given')}" in roots(network, name)
    assert not may(network, f"GBR:{ident('given')}@2025-01-02T00:00:00Z")


def test_what_partners_echo_of_the_holder_s_does_not_bind_the_holder(network: Node) -> None:
    send(network, "GBR", thing("ours"))
    send(network, "USA", thing("ours", **SECRET))
    send(network, "GBR", thing("ours", 2), thing("report", kind="note", **refs(ident("ours"))))
    assert may(network, ident("report", "note"))
    assert may(network, f"GBR:{ident('ours')}@2025-01-02T00:00:00Z")
