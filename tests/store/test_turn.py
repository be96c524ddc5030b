"""So many threads work at a time; who waits is away, and finds its turn again."""

from threading import Event, Lock, Thread

import pytest

from comity.store.turn import Turn

PATIENCE = 5.0


def holding(turn: Turn, held: Event, until: Event) -> None:
    with turn:
        held.set()
        assert until.wait(PATIENCE)


def taking(turn: Turn, taken: Event) -> None:
    with turn:
        taken.set()


@pytest.mark.parametrize("many", [1, 2])
def test_no_more_work_at_once_than_may(many: int) -> None:
    turn, inside, most, counting = Turn(many), [0], [0], Lock()

    def count(by: int) -> None:
        with counting:
            inside[0] += by
            most[0] = max(most[0], inside[0])

    def work() -> None:
        for _ in range(300):
            with turn, turn:  # a thread may take it again
                count(1)
                count(-1)

    threads = [Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(PATIENCE)
    assert inside == [0]
    assert 1 <= most[0] <= many


def test_as_many_work_at_once_as_may() -> None:
    turn, first, second, third = Turn(2), Event(), Event(), Event()
    other, late = Thread(target=lambda: taking(turn, second)), Thread(target=lambda: holding(turn, first, third))
    late.start()
    assert first.wait(PATIENCE)
    other.start()
    assert second.wait(PATIENCE)
    third.set()
    other.join(PATIENCE)
    late.join(PATIENCE)


def test_who_is_away_lets_another_work_and_goes_on_with_its_own_turn() -> None:
    turn, begun, done = Turn(), Event(), Event()

    def work() -> None:
        begun.wait(PATIENCE)
        with turn:
            done.set()

    other = Thread(target=work)
    other.start()
    with turn, turn:
        begun.set()
        assert not done.wait(0.05)
        with turn.away():
            assert done.wait(PATIENCE)
        free = Event()
        late = Thread(target=lambda: taking(turn, free))
        late.start()
        assert not free.wait(0.05)  # it is had again, as deep as before
    late.join(PATIENCE)
    other.join(PATIENCE)
    assert free.is_set()


def test_away_gives_back_what_it_took_whatever_happens() -> None:
    turn = Turn()
    with pytest.raises(LookupError), turn, turn.away():
        raise LookupError
    taken = Event()
    other = Thread(target=lambda: taking(turn, taken))
    other.start()
    assert taken.wait(PATIENCE)
    other.join(PATIENCE)


def test_who_has_no_turn_is_not_kept() -> None:
    turn = Turn()
    with turn.away():
        pass
    turn.sleep(0)
