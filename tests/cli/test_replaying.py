"""`comity register replay`, as typed."""

from pathlib import Path

from comity.compose import open_node
from comity.core.instant import Instant
from comity.index.holding import Ordinal
from comity.service.records import Disclosed
from tests.cli.stage import Stage
from tests.crash.acting import clock
from tests.forging import forge
from tests.nodes import ME
from tools.shapes import SERVED


def forged(node: Path, item: str) -> int:
    """The entry of a disclosure behind the back of the decision."""
    with open_node(node, clock) as opened:
        with opened.store.read() as reader:
            number = reader.one(item).ordinal
        return forge(opened, "UKR", [number]).leaf


def test_what_was_handed_over_is_permitted_again(march: Stage, tmp_path: Path) -> None:
    march.ask("export", "--to", "UKR", "-o", tmp_path / "ukr.json")
    march.ask("export", "--to", "DEU", "-o", tmp_path / "deu.json")
    assert march.ask("register", "replay") == {"responses": 2, "items": 15, "findings": []}
    assert march.ask("register", "replay", "--to", "DEU") == {"responses": 1, "items": 1, "findings": []}
    assert march.ask("register", "replay", "--from", "2")["responses"] == 1
    assert march.ask("register", "replay", "--from", "3")["responses"] == 0
    assert "all were permitted" in march.type("register", "replay").out
    for start in ("-5", "99"):
        message = march.error(2, "register", "replay", "--from", start)["message"]
        assert message == f"--from {start}: the register has the entries 0 to 2; name one, or the next"
    march.error(2, "register", "replay", "--to", "XXX")


def test_what_may_not_have_gone_is_named_with_its_reasons(march: Stage) -> None:
    entry = forged(march.node, "gb-raw-collection")
    assert march.ask("verify")["entries"] == entry + 1
    found = march.type("register", "replay", "--json")
    assert found.code == 1
    (finding,) = found.json["findings"]
    assert finding["because"] == march.type("decide", "gb-raw-collection", "--to", "UKR", "--json").json["because"]
    assert (finding["entry"], finding["item"], finding["wrong"]) == (entry, "gb-raw-collection", "it is refused")
    assert finding.keys() == SERVED["register replay"]["findings"][0].keys()
    shown = march.type("register", "replay")
    assert shown.code == 1
    assert "gb-raw-collection" in shown.out
    assert "1 finding" in shown.out


def test_a_forged_row_that_holds_no_time_is_named(march: Stage) -> None:
    with open_node(march.node, clock) as node, node.store.write("export", ME, policy=False) as writer:
        at = Instant(2**62)
        writer.add_disclosure(Disclosed(writer.act.leaf, "UKR", at, (Ordinal(1),), b"n" * 16, b"r" * 32, ()))
    found = march.type("register", "replay", "--json")
    assert found.code == 1
    assert {each["at"] for each in found.json["findings"]} == {None}
    assert "dated" in march.type("register", "replay").out
