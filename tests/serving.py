"""A node that is served by real processes, on a free port of this machine, for the length of a block."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_COMITY: Final = (sys.executable, "-c", "from comity.cli import main; main()")
PATIENCE: Final = 60.0
"""Seconds that whatever is waited for may take on a machine that has other things to do."""


@dataclass(slots=True, kw_only=True)
class Served:
    """`comity serve`, running."""

    process: subprocess.Popen[bytes]
    folder: Path
    addresses: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it is."""
        return self.addresses[0]

    @property
    def place(self) -> tuple[str, int]:
        """The same, for a socket."""
        found = re.fullmatch(r"https?://([0-9.]+):([0-9]+)", self.url)
        assert found is not None
        return found[1], int(found[2])

    def log(self) -> list[dict[str, Any]]:
        """What it has logged so far."""
        lines = (self.folder / "serve.err").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def workers(self) -> list[int]:
        """The processes of its workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(each) for each in path.read_text("ascii").split()]

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Have it stop; its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def served(
    node: Path, *options: str, folder: Path | None = None, environment: dict[str, str] | None = None
) -> Iterator[Served]:
    """Serve the node in this folder; its output goes to files in `folder`, by default the node's parent."""
    place = folder or node.parent
    with (place / "serve.out").open("wb") as out, (place / "serve.err").open("wb") as err:
        process = subprocess.Popen(
            [*_COMITY, "serve", "--node", str(node), "--port", "0", "--json", *options],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **(environment or {})},
        )
    made = Served(process=process, folder=place)
    try:
        until(lambda: (place / "serve.out").read_bytes().endswith(b"\n") or process.poll() is not None)
        assert process.poll() is None, (place / "serve.err").read_text("utf-8")
        made.addresses = json.loads((place / "serve.out").read_text("utf-8"))["addresses"]
        yield made
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def until(done: Callable[[], bool], patience: float = PATIENCE) -> None:
    """Wait until this is so."""
    deadline = time.monotonic() + patience
    while not done():
        assert time.monotonic() < deadline, "it has not come to pass"
        time.sleep(0.02)


def ask(place: tuple[str, int], request: bytes, *, patience: float = PATIENCE) -> bytes:
    """All that comes back for these bytes, until the other side ends."""
    with socket.create_connection(place, patience) as line:
        line.sendall(request)
        return b"".join(iter(lambda: line.recv(65536), b""))
