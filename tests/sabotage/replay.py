"""Mutations of replay, and of the reader that knows only what was recorded by then."""

from typing import Final

from tests.sabotage.laws import law
from tests.sabotage.mutation import Mutation

REPLAY: Final = "service/replay.py"
UNTIL: Final = ("tests/contract/test_until.py",)
FOUND: Final = ("tests/service/test_replay.py",)

MUTATIONS: Final = (
    Mutation(
        name="replay: by today's record",
        path=REPLAY,
        old="self._store.read(until)",
        new="self._store.read()",
        tests=law("replay"),
    ),
    Mutation(
        name="replay: what was recorded in between is not read",
        path=REPLAY,
        old="        moved = not said.rows <= _DISCLOSED or not self.until\n",
        new="        moved = not self.until\n",
        tests=FOUND,
    ),
    Mutation(
        name="replay: a response may be dated back",
        path=REPLAY,
        old="        elif not moment.after < disclosed.at <= moment.recorded:\n",
        new="        elif not disclosed.at <= moment.recorded:\n",
        tests=FOUND,
    ),
    Mutation(
        name="replay: any root will do",
        path=REPLAY,
        old="            if made != disclosed.root:\n",
        new="            if not made:\n",
        tests=FOUND,
    ),
    Mutation(
        name="replay: any bytes will do",
        path=REPLAY,
        old="            if hashlib.sha256(content).digest() == held[item].digest:\n",
        new="            if content:\n",
        tests=FOUND,
    ),
    Mutation(
        name="as recorded by then: and by the act after",
        path="store/bound.py",
        old="        return table.c.act <= by\n",
        new="        return table.c.act <= by + 1\n",
        tests=UNTIL,
    ),
    Mutation(
        name="as recorded by then: bytes and references of later items",
        path="store/bound.py",
        old="    return exists().where(item.c.id == table.c.item, item.c.act <= by)\n",
        new="    return exists().where(item.c.id == table.c.item)\n",
        tests=UNTIL,
    ),
)
