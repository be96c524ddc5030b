"""What readers remember under a policy epoch is found by others under the same, and by nobody who takes it away."""

from comity.service.ports import Store
from comity.service.records import Word
from tests.nodes import ME

KEY = ("who", "t-1")


def test_what_one_reader_remembers_another_finds(store: Store) -> None:
    with store.read() as reader:
        assert reader.remembered(KEY) is None
        reader.remember(KEY, "ann")
    with store.read() as reader:
        assert reader.remembered(KEY) == "ann"
        assert reader.remembered(("who", "t-2")) is None
    with store.write("note", ME, policy=False):
        pass
    with store.read() as reader:
        assert reader.remembered(KEY) == "ann"


def test_under_another_epoch_it_is_not_found(store: Store) -> None:
    with store.read() as reader:
        reader.remember(KEY, "ann")
    with store.write("suspend", ME, policy=True) as writer:
        assert writer.remembered(KEY) is None
    with store.read() as reader:
        assert reader.remembered(KEY) is None


def test_who_writes_remembers_nothing(store: Store) -> None:
    """It would be kept under the epoch that the act makes, of which it may take that away a moment later."""
    with store.write("suspend", ME, policy=True) as writer:
        writer.remember(KEY, "ann")
        assert writer.remembered(KEY) is None
    with store.derive() as deriver:
        deriver.remember(KEY, "ann")
    with store.read() as reader:
        assert reader.remembered(KEY) is None


def test_a_reader_of_the_past_neither_finds_nor_remembers(store: Store) -> None:
    with store.read() as reader:
        reader.remember(KEY, "ann")
    with store.read(until=3) as past:
        assert past.remembered(KEY) is None
        past.remember(("who", "t-3"), "zoe")
    with store.read() as reader:
        assert reader.remembered(("who", "t-3")) is None


def test_there_is_room_for_the_last_ones_only(store: Store) -> None:
    with store.read() as reader:
        for number in range(5000):
            reader.remember(("who", number), Word(actor=str(number)))
        assert reader.remembered(("who", 0)) is None
        assert reader.remembered(("who", 4999)) == Word(actor="4999")
