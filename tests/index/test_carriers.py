from comity.core.claim import Claim
from comity.core.decision import Case
from comity.core.instant import Instant
from comity.core.lineage import State
from comity.core.partner import Code, Recipient
from comity.index.carriers import Carriers
from comity.index.classes import Book
from comity.index.holding import Ordinal

CASE = Case(claim=Claim(originator=Code(Recipient("GBR")), level="SECRET"), state=State(), own=True, passes=frozenset())


def test_an_item_without_a_label_is_not_there_to_be_seen() -> None:
    carriers = Carriers(Book([CASE]))
    carriers.load([((), Instant(0), "report", [Ordinal(1)]), ((1,), Instant(0), "report", [Ordinal(2)])])
    carriers.add(Ordinal(3), Instant(0), "report")
    assert set(carriers.everything) == {2}
    carriers.relabel({Ordinal(3): (1,), Ordinal(2): ()})
    assert set(carriers.everything) == {3}
    assert carriers.label(Ordinal(3)) == (1,)
    assert carriers.label(Ordinal(2)) == ()
