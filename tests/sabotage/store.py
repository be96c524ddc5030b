"""Mutations of the locks of the store: each lets a release, a change or a writer by that must wait."""

from typing import Final

from tests.sabotage.mutation import Mutation

FILES: Final = "store/gate.py"
SERVER: Final = "store/postgres.py"
HELD: Final = "store/postgres_gate.py"
GATE: Final = "tests/contract/test_gate.py::test_"

MUTATIONS: Final = (
    Mutation(
        name="let a change through the gate beside releases",
        path=FILES,
        old="        for waited in _tries(gate, fcntl.LOCK_EX, self._sleep):\n",
        new="        for waited in _tries(gate, fcntl.LOCK_SH, self._sleep):\n",
        tests=(f"{GATE}a_change_waits_for_the_release_and_who_comes_after_waits_for_the_change[sqlite]",),
    ),
    Mutation(
        name="let a release by that begins while a change waits",
        path=FILES,
        old="                self._pass(intent, fcntl.LOCK_SH)\n",
        new="",
        tests=(f"{GATE}a_change_waits_for_the_release_and_who_comes_after_waits_for_the_change[sqlite]",),
    ),
    Mutation(
        name="never tell a release to stop",
        path=FILES,
        old="            if waited >= self._drain:\n",
        new="            if False:\n",
        tests=(f"{GATE}a_release_that_keeps_a_change_waiting_for_long_is_told_to_stop[sqlite]",),
    ),
    Mutation(
        name="hand over by a look from before the release stood still",
        path="service/releasing.py",
        old="        if time.monotonic() < gate.known + FRESH:\n",
        new="        if True:\n",
        tests=("tests/service/test_releasing.py::test_a_release_that_stood_still_after_its_look_looks_again",),
    ),
    Mutation(
        name="let a change through the server's gate beside releases",
        path=SERVER,
        old="            self._drained(connection)\n",
        new="",
        tests=(f"{GATE}a_change_waits_for_the_release_and_who_comes_after_waits_for_the_change[postgresql]",),
    ),
    Mutation(
        name="let a connection that is gone hold the gate",
        path=HELD,
        old="            except psycopg.Error:\n                return True\n            return row",
        new="            except psycopg.Error:\n                return False\n            return row",
        tests=("tests/store/test_postgres.py::test_a_release_whose_connection_is_gone_does_not_get_another",),
    ),
    Mutation(
        name="let a release pass the server's gate beside a change",
        path=HELD,
        old="        if row is not None and row[0]:\n            self.entered",
        new="        if row is not None:\n            self.entered",
        tests=(f"{GATE}a_change_waits_for_the_release_and_who_comes_after_waits_for_the_change[postgresql]",),
    ),
    Mutation(
        name="look for a page before the server's gate was passed",
        path=HELD,
        old="            self._link.rollback()\n            queue(self._link)\n",
        new="            queue(self._link)\n            self._fresh = True\n",
        tests=("tests/store/test_postgres_gate.py",),
    ),
    Mutation(
        name="let two write to the server at once",
        path=SERVER,
        old="            if row is not None and row[0]:\n",
        new="            if row is not None:\n",
        tests=("tests/contract/test_acts.py::test_many_writers_at_once_all_get_their_turn_or_are_told[postgresql]",),
    ),
    Mutation(
        name="write to a backup",
        path="store/sqlite.py",
        old="    if (folder / SEAL).exists():\n",
        new="    if False:\n",
        tests=("tests/test_keeping.py::test_nobody_writes_to_a_backup[sqlite-False]",),
    ),
    Mutation(
        name="leave a packed backup without its seal",
        path="store/backup.py",
        old="(LOCK, *gate.FILES, SEAL, folder.DATABASE)",
        new="(LOCK, *gate.FILES, folder.DATABASE)",
        tests=("tests/test_keeping.py::test_nobody_writes_to_a_backup[sqlite-True]",),
    ),
    Mutation(
        name="store: who waits keeps its turn",
        path="store/turn.py",
        old="        if me not in self._depths:\n            yield",
        new="        if True:\n            yield",
        tests=("tests/store/test_turn.py",),
    ),
)
