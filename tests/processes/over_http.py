"""Clients of a served node, and whoever stops what they are told: `python -m tests.processes.over_http`.

Clients page through TAXII, and note when they asked and when they had the answer. Whoever suspends has open streams of
events, too, and reads them itself: what had come when the suspension returned was handed over before, and from then on,
until the lift begins, nothing may come of what is stopped. So no clock and no patience is in the judgement.
"""

import http.client
import json
import random
import re
import select
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from comity.compose import open_node
from comity.core.agreement import Suspension
from comity.core.errors import NodeBusy
from comity.core.instant import Instant
from comity.service.ports import Store
from comity.service.suspending import NewSuspension, lift, suspend
from tests.nodes import ME, word_of

EVENTS: Final = "/api/v1/events"
OBJECTS: Final = "/taxii2/comity/collections/all/objects/"
TAXII: Final = "application/taxii+json;version=2.1"
PAUSE: Final = 0.6
"""Seconds that a stop lasts, or is away, at most; on a slow machine a few times as long as it took."""
LONGEST: Final = 20.0
"""Seconds to wait until something that was let go is told."""
STREAMS: Final = 3
_ITEM: Final = re.compile(rb'event: item\ndata: \{"id":"([^"]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a child does for so many seconds: `page` as a recipient, or `suspend` what flows `frm` → `to`."""

    what: str
    frm: str
    to: str
    node: str
    place: tuple[str, int]
    token: str
    log: str
    seed: int
    seconds: float


class Log:
    """What a child has done."""

    def __init__(self, path: str) -> None:
        self._file = Path(path).open("w", encoding="utf-8")  # noqa: SIM115 - closed with the process

    def __call__(self, what: str, **said: object) -> None:
        self._file.write(json.dumps({"what": what, **said}) + "\n")
        self._file.flush()


class Stream:
    """One open stream of events, read when somebody asks for what has come."""

    def __init__(self, task: Task) -> None:
        self._line = socket.create_connection(task.place, 60)
        head = f"GET {EVENTS} HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer {task.token}\r\n\r\n"
        self._line.sendall(head.encode())
        self._come = bytearray()
        while b"event: begin" not in self._come:
            self._come += self._more()
        assert self._come.startswith(b"HTTP/1.1 200 "), bytes(self._come)
        self._line.setblocking(False)
        self._seen = 0

    def heard(self) -> list[str]:
        """The items that it was told of since the last time, by all that has come by now."""
        while select.select([self._line], [], [], 0)[0]:
            self._come += self._more()
        found = list(_ITEM.finditer(self._come, self._seen))
        if found:
            self._seen = found[-1].end()
        return [each[1].decode() for each in found]

    def _more(self) -> bytes:
        more = self._line.recv(1 << 20)
        assert more, "the stream has ended"
        return more

    def close(self) -> None:
        self._line.close()


class Suspending:
    """Stops and lets go, and listens."""

    def __init__(self, task: Task, store: Store, log: Log, streams: list[Stream]) -> None:
        self._task, self._store, self._log, self._streams = task, store, log, streams
        self._rng = random.Random(task.seed)
        self._lasted = 0.0
        self._word = ME if task.frm == "GBR" else word_of(task.frm)

    def run(self) -> None:
        """Once: stop, listen, let go, listen."""
        made = self._surely("stop", self._stop)
        self._listen("before")
        self._pause()
        self._listen("while")
        self._surely("go", lambda: lift(self._store, made, self._word))
        self._until_told()
        if self._rng.random() < 1 / 2:  # else in the midst of the others' being told
            self._pause()

    def _stop(self) -> tuple[str, Instant]:
        stop = suspend(self._store, NewSuspension(frm=self._task.frm, to=self._task.to), self._word)
        assert isinstance(stop, Suspension)
        return stop.id, stop.given

    def _surely(self, what: str, act: Any) -> str:  # noqa: ANN401 - either act
        """Do what must be done, however busy the node is, and note when it began, returned and is dated."""
        while True:
            began = time.monotonic_ns()
            try:
                found = act()
            except NodeBusy:
                self._log("busy")
                continue
            returned = time.monotonic_ns()
            name, at = found if isinstance(found, tuple) else ("", found)
            of = {"frm": self._task.frm, "to": self._task.to}
            self._log(what, of=of, began=began, returned=returned, at=at)
            self._lasted = (returned - began) / 1e9
            return cast("str", name)

    def _listen(self, when: str) -> bool:
        """Note what has come: `before` the suspension had returned, `while` it holds, or `after`; whether anything."""
        heard = [each.heard() for each in self._streams]
        for items in filter(None, heard):
            self._log("heard", when=when, frm=self._task.frm, to=self._task.to, items=items)
        return any(heard)

    def _until_told(self) -> None:
        """Wait until one of the streams tells what was let go, however slow the machine is just now."""
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline and not self._listen("after"):
            time.sleep(0.01)

    def _pause(self) -> None:
        time.sleep(self._rng.random() * max(PAUSE, 2 * self._lasted))


def page(task: Task, log: Log) -> None:
    """Ask for pages, of all sizes and from the beginning, and note what came."""
    rng, deadline = random.Random(task.seed), time.monotonic() + task.seconds
    headers = {"Authorization": f"Bearer {task.token}", "Accept": TAXII}
    line = http.client.HTTPConnection(*task.place, timeout=60)
    while time.monotonic() < deadline:
        method = "manifest" if rng.random() < 0.3 else "objects"
        path = f"{OBJECTS.replace('objects', method)}?limit={rng.randint(1, 50)}"
        began = time.monotonic_ns()
        try:
            line.request("GET", path, headers=headers)
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):  # cut off: what came of it is no answer
            line.close()
            log("cut")
            continue
        ended, items = time.monotonic_ns(), []
        if answer.status == http.HTTPStatus.OK:
            items = [each["id"] for each in json.loads(body).get("objects", ())]
        log("response", to=task.to, status=answer.status, began=began, ended=ended, items=items)
    line.close()


@contextmanager
def ready(count: int) -> Iterator[None]:
    """Say that so many streams are open, and wait until all others are ready."""
    print(json.dumps({"ready": count}), flush=True)  # noqa: T201 - the answer
    sys.stdin.readline()
    yield


def main() -> None:
    """Do what the line on standard input says."""
    said = json.loads(sys.stdin.readline())
    task = Task(**{**said, "place": tuple(said["place"])})
    log = Log(task.log)
    if task.what == "page":
        with ready(0):
            page(task, log)
        return
    with ExitStack() as held:
        node = held.enter_context(open_node(Path(task.node), lambda: Instant(time.time_ns() // 1000)))
        streams = [Stream(task) for _ in range(STREAMS)]
        for each in streams:
            held.callback(each.close)
        held.enter_context(ready(len(streams)))
        suspending, deadline = Suspending(task, node.store, log, streams), time.monotonic() + task.seconds
        while time.monotonic() < deadline:
            suspending.run()


if __name__ == "__main__":
    main()
