"""A process that starts others which act on a node until they are killed: `python -m tests.crash.acting`.

It reads one task a line and starts a child for each, by fork, so that a child acts at once. Of each child it prints the
number, and how it ended. A child writes every acknowledgement to a log, durably, after the act has returned.
"""

import json
import os
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Engine, event

from comity.compose import Node, open_node
from comity.core.errors import ComityError, NodeBusy
from comity.core.instant import Instant
from comity.service import witness
from comity.service.attesting import Edge, attest
from comity.service.consenting import NewConsent, grant_consent
from comity.service.disclose import export
from comity.service.heads import Notary
from comity.service.releasing import Request, outlet, page, release
from comity.service.suspending import NewSuspension, lift, suspend
from tests.nodes import ME, word_of
from tests.sending import ident, send, thing

KILLED: Final = 137
PAUSE: Final = 0.15
"""Seconds between two acts of a child that takes its time, at most."""
CALLS: Final = {
    "call": ("replace", "rename", "link", "fsync", "unlink", "open"),
    "name": ("replace", "rename", "link"),
}
"""What a child may be stopped at beside the statements of the database: calls of the system that change files, and of
these the few that give names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a child does: `acts` acts drawn from `seed`, logging to `log`; `stop` names where it ends itself.

    One that is `patient` takes its time, and goes on when an act is refused: others write, or the server is away.
    """

    node: str
    log: str
    out: str
    seed: int
    acts: int
    stop: tuple[str, int] | None = None
    patient: bool = False


class Child:
    """Acts, and acknowledges."""

    def __init__(self, task: Task, node: Node, log: TextIO) -> None:
        self.task, self.node, self.log = task, node, log
        self.rng = random.Random(task.seed)
        self.names: list[str] = []
        self.outlet = outlet(node.store, node.vault)

    def run(self) -> None:
        """Every act of the task."""
        acts = [self.take_in, self.suspend, self.consent, self.attest, self.export, self.release, self.witness]
        for number in range(self.task.acts):
            name = f"{self.task.seed}-{number}"
            act = acts[number % len(acts)] if self.names else self.take_in
            try:
                self.acknowledge(act(name))
            except ComityError as refused:
                if not self.task.patient:
                    raise
                self.acknowledge({"kind": "refused", "why": f"{type(refused).__name__}: {str(refused)[:40]}"})
            if self.task.patient:
                time.sleep(self.rng.random() * PAUSE)

    def acknowledge(self, said: dict[str, Any]) -> None:
        """What follows is not begun before this is durable."""
        self.note(said)
        os.fdatasync(self.log.fileno())

    def note(self, said: dict[str, Any]) -> None:
        """This outlives the process."""
        self.log.write(json.dumps(said) + "\n")
        self.log.flush()

    def take_in(self, name: str) -> dict[str, Any]:
        objects = [
            thing(f"{name}-{place}", content="x" * self.rng.randint(0, 2_000))
            for place in range(self.rng.randint(1, 12))
        ]
        send(self.node, "USA", *objects)
        self.names.append(name)
        return {"kind": "import", "ids": [each["id"] for each in objects]}

    def suspend(self, _: str) -> dict[str, Any]:
        made = suspend(self.node.store, NewSuspension(frm="USA", to="FRA"), word_of("USA"), drain=0)
        lifted = self.rng.random() < 0.5
        if lifted:
            lift(self.node.store, made.id, word_of("USA"))
        return {"kind": "suspend", "id": made.id, "lifted": lifted}

    def consent(self, _: str) -> dict[str, Any]:
        item = ident(f"{self.names[-1]}-0")
        made = grant_consent(self.node.store, NewConsent(by="USA", item=item, to=("FRA",)), word_of("USA"))
        return {"kind": "consent", "id": made.id}

    def attest(self, name: str) -> dict[str, Any]:
        edge = Edge(item=ident(f"analysis {name}"), source=ident(f"{self.names[-1]}-0"))
        beside = f"items: [{{id: {edge.item}, sources: [{{item: {edge.source}, use: draws-on}}]}}]"
        send(self.node, "GBR", thing(f"analysis {name}"), sidecar=beside)
        attest(self.node.store, edge, ME)
        return {"kind": "attest", "item": edge.item, "source": edge.source}

    def export(self, name: str) -> dict[str, Any]:
        file = Path(self.task.out) / f"{name}.json"
        made = export(self.node.store, "UKR", file, ME, vault=self.node.vault)
        return {
            "kind": "export",
            "file": str(file),
            "leaf": made.leaf,
            "count": made.count,
            "sha256": made.digest.hex(),
        }

    def release(self, _: str) -> dict[str, Any]:
        """A page; what is given is noted before the next is taken."""
        request = Request(to="UKR", word=ME, choose=page(None, self.rng.randint(1, 30)))
        with release(self.outlet, request) as response:
            for content in response.content:
                self.note({"kind": "given", "leaf": response.entry, "sha256": sha256(content).hexdigest()})
        return {"kind": "release", "leaf": response.entry, "count": len(response.items)}

    def witness(self, _: str) -> dict[str, Any]:
        """A head for whoever is outside, in a file for all children."""
        file = Path(self.task.out).with_name("witness.jsonl")
        node = self.node
        signed = witness.append(Notary(store=node.store, vault=node.vault, keyring=node.keyring, word=ME), file)
        return {"kind": "head", "size": signed.state.size}


def act(task: Task) -> None:
    """What a child does."""
    stop_at(task.stop)
    with opened(task) as node, Path(task.log).open("a", encoding="utf-8") as log:
        Child(task, node, log).run()


def opened(task: Task) -> Node:
    """The node of the task. Its server may be away just now."""
    while True:
        try:
            return open_node(Path(task.node), clock)
        except NodeBusy:
            if not task.patient:
                raise
            time.sleep(PAUSE)


def clock() -> Instant:
    return Instant(time.time_ns() // 1000)


def stop_at(where: tuple[str, int] | None) -> None:
    """End this process at the n-th statement, or before or after the n-th call of the system that changes files."""
    if where is None:
        return
    kind, number = where
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os._exit(KILLED)

    if kind == "statement":
        for name in ("before_cursor_execute", "commit", "rollback"):
            event.listen(Engine, name, count)
        return
    for name in CALLS[kind]:
        setattr(os, name, _counted(getattr(os, name), count))


def _counted(call: Callable[..., Any], count: Callable[..., None]) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - any call
        count()
        found = call(*args, **kwargs)
        count()
        return found

    return counted


def main() -> None:
    """A child for each task."""
    for line in sys.stdin:
        stated = json.loads(line)
        task = Task(**{**stated, "stop": tuple(stated["stop"]) if stated["stop"] else None})
        child = os.fork()
        if not child:
            try:
                act(task)
                os._exit(0)
            finally:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
