"""Processes that release and processes that stop and let go: `python -m tests.processes.acting`, one task a line.

All are forked from one process that has read the program already. Each opens the node for itself and waits until all
are ready. It writes what it does into a log of its own, with times from CLOCK_MONOTONIC, which all processes share.
What a reader is given is noted while it is being given: its release has not ended then.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final, cast

from comity.compose import Node, open_node
from comity.core.agreement import Suspension
from comity.core.errors import ComityError, NodeBusy, NotAuthenticated
from comity.core.instant import Instant
from comity.core.partner import Recipient
from comity.index.appearances import Position
from comity.index.engine import Index
from comity.service.consenting import NewConsent, grant_consent, withdraw_consent
from comity.service.disclose import export
from comity.service.ports import Reader
from comity.service.records import Word
from comity.service.releasing import LIMIT, Request, outlet, release
from comity.service.suspending import NewSuspension, lift, suspend
from comity.service.tokens import authenticate, revoke_token
from tests.nodes import ME, SECOND, word_of
from tests.processes import breaking
from tests.processes.network import RECIPIENTS, hand, id_of, new_token, token_file
from tests.sending import ident

PAUSE: Final = 0.06
"""Seconds that a stop lasts, or is away, at most; on a slow machine a few times as long as it took."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a child does for so many seconds, on a clock that is `apart` seconds from the others'.

    `what` and `of`: `release` by one account, `export`, `suspend` from and to, `consent` (or one that may `lapse`) to
    an item for a recipient, `tokens` of some accounts. `broken` is what the child goes without.
    """

    what: str
    of: Sequence[str]
    node: str
    log: str
    seed: int
    seconds: float
    apart: float
    threads: int = 1
    broken: str = ""


class Child:
    """One process on its node."""

    def __init__(self, task: Task, node: Node) -> None:
        self.task, self.node, self.store = task, node, node.store
        self.rng = random.Random(task.seed)
        self.log = Path(task.log).open("a", encoding="utf-8")  # noqa: SIM115 - closed with the process
        self.outlet = outlet(node.store, node.vault)
        self.writing = Lock()
        self.lasted = 0.0
        """Seconds that the last stop, or what lets go, took."""

    def run(self) -> None:
        acts: dict[str, Callable[[], None]] = {
            "release": self.release,
            "export": self.export,
            "suspend": self.suspend,
            "consent": self.consent,
            "lapse": self.lapse,
            "tokens": self.tokens,
        }
        deadline = time.monotonic() + self.task.seconds

        def go_on() -> None:
            while time.monotonic() < deadline:
                acts[self.task.what]()

        with ThreadPoolExecutor(self.task.threads) as threads:
            for each in [threads.submit(go_on) for _ in range(self.task.threads)]:
                each.result()

    def note(self, what: str, **said: object) -> None:
        line = json.dumps({"what": what, **said})
        with self.writing:
            self.log.write(f"{line}\n")
            self.log.flush()

    def pause(self) -> None:
        """So long that releases begin and end meanwhile, however slow the machine is just now."""
        time.sleep(self.rng.random() * max(PAUSE, 2 * self.lasted))

    # What stops, and what lets go

    def surely(self, what: str, of: dict[str, str], act: Callable[[], Instant]) -> None:
        """Do what must be done, however busy the node is, and note when it began, returned and is dated."""
        while True:
            began = time.monotonic_ns()
            try:
                at = act()
            except NodeBusy:
                self.note("busy")
            else:
                returned = time.monotonic_ns()
                self.note(what, of=of, began=began, returned=returned, at=at)
                self.lasted = (returned - began) / 1e9
                return

    def suspend(self) -> None:
        frm, to = self.task.of
        of, word = {"frm": frm, "to": to}, ME if frm == "GBR" else word_of(frm)
        ids: list[str] = []

        def stop() -> Instant:
            made = suspend(self.store, NewSuspension(frm=frm, to=to), word)
            assert isinstance(made, Suspension)
            ids.append(made.id)
            return made.given

        self.surely("stop", of, stop)
        self.pause()
        self.surely("go", of, lambda: cast("Instant", lift(self.store, ids[-1], word)))
        self.pause()

    def consent(self) -> None:
        """Given and withdrawn."""
        name, to = self.task.of
        item, word = ident(name), word_of("FRA")
        ids: list[str] = []

        def go() -> Instant:
            made = grant_consent(self.store, NewConsent(by="FRA", item=item, to=(to,)), word)
            ids.append(made.id)
            return made.given

        self.surely("go", {"item": item, "to": to}, go)
        self.pause()
        self.surely("stop", {"item": item, "to": to}, lambda: withdraw_consent(self.store, ids[-1], word))
        self.pause()

    def lapse(self) -> None:
        """A consent that ends by itself, soon: no act tells of it, and replay alone judges it."""
        name, to = self.task.of
        with self.store.read() as reader:
            end = Instant(reader.now() + self.rng.randint(SECOND // 2, 3 * SECOND))
        try:
            grant_consent(self.store, NewConsent(by="FRA", item=ident(name), to=(to,), end=end), word_of("FRA"))
        except ComityError as problem:  # it would have ended already
            self.note(type(problem).__name__)
        else:
            self.note("lapse")
        self.pause()

    def tokens(self) -> None:
        """A new token for each account, by which its reader asks from then on; the one before is revoked."""
        for account in self.task.of:
            before = id_of(token_file(self.node, account).read_text())
            fresh = new_token(self.node, account)
            early = self.rng.random() < 0.5
            if early:  # the reader comes with it still
                self.revoke(before)
            hand(self.node, account, fresh)
            if not early:
                self.revoke(before)
        self.pause()

    def revoke(self, name: str) -> None:
        self.surely("stop", {"token": name}, partial(revoke_token, self.store, name, ME))
        self.pause()

    # What releases

    def release(self) -> None:
        account, to = self.task.of[0], self.rng.choice(RECIPIENTS)
        secret = token_file(self.node, account).read_text()
        token = id_of(secret)
        given: list[tuple[str, int]] = []
        entry, how, began = None, "whole", time.monotonic_ns()
        try:
            with release(self.outlet, self.request(to, Word(actor=account, through=token), secret)) as response:
                entry = response.entry
                for item, _ in zip(response.items, response.content, strict=True):
                    given.append((item.stix_id, time.monotonic_ns()))
        except (NotAuthenticated, NodeBusy) as refused:
            how = type(refused).__name__
        except ComityError as stopped:
            how = str(stopped)
        ended = time.monotonic_ns()
        self.note("release", to=to, token=token, began=began, ended=ended, entry=entry, how=how, given=given)

    def export(self) -> None:
        """Everything, into a file, by whoever has the node's folder."""
        to, file = self.rng.choice(RECIPIENTS), Path(self.task.log).with_suffix(".json")
        began = time.monotonic_ns()
        try:
            made = export(self.store, to, file, ME, vault=self.node.vault)
        except ComityError as problem:  # the policy changed meanwhile, or others write
            self.note(f"export: {type(problem).__name__}")
        else:
            ended, items = time.monotonic_ns(), [each["id"] for each in json.loads(file.read_bytes())["objects"]]
            self.note("export", to=to, began=began, ended=ended, entry=made.leaf, items=items)
        self.pause()

    def request(self, to: str, word: Word, secret: str) -> Request:
        """For some of what may be seen, and with a token that counts."""

        def check(reader: Reader) -> None:
            authenticate(reader, secret, self.node.vault)

        def choose(index: Index, recipient: Recipient) -> list[Position]:
            whole = index.page(recipient, None, LIMIT)
            return self.rng.sample(whole, self.rng.randint(0, len(whole)))

        return Request(to=to, word=word, choose=choose, check=check)


def act(task: Task, ready: int, go: int) -> None:
    """What a child does."""
    breaking.without(task.broken)

    def clock() -> Instant:
        return Instant(time.time_ns() // 1000 + int(task.apart * SECOND))

    with open_node(Path(task.node), clock) as node:
        child = Child(task, node)
        with closing(child.log):
            os.write(ready, b".")
            os.read(go, 1)
            child.run()


def main() -> None:
    """A child for each task; says how each ended."""
    tasks = [Task(**json.loads(line)) for line in sys.stdin]
    (said, ready), (go, start) = os.pipe(), os.pipe()
    children = []
    for task in tasks:
        child = os.fork()
        if not child:
            os.close(start)
            try:
                act(task, ready, go)
                os._exit(0)
            finally:
                sys.excepthook(*cast("Any", sys.exc_info()))
                os._exit(1)
        children.append(child)
    os.close(ready)
    waited = 0
    while waited < len(tasks) and (more := os.read(said, len(tasks))):
        waited += len(more)
    os.close(start)
    print(json.dumps([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
