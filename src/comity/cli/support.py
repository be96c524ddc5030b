"""`comity support-bundle`: what may be told of a node to whoever helps to mend it."""

import json
import os
import platform
import resource
import shutil
import sqlite3
import ssl
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from comity import __version__
from comity.cli.files import reading, refuse_inside, write_new
from comity.cli.options import ASKING, AskingOptions, Flag, clock, opened_node
from comity.cli.terminal import answer, drawn, said
from comity.compose import Node
from comity.core.errors import ComityError
from comity.core.role import Duty
from comity.formats import instant
from comity.service import supporting

_PARTS: Final = ("comity.sqlite", "comity.sqlite-wal", "comity.sqlite-shm")
"""Files of a node whose size is told."""


def support_bundle(
    out: Path, /, *, log: Path | None = None, quick: Flag = False, options: AskingOptions = ASKING
) -> int:
    """Write down how a node is, for whoever helps to mend it: counts, versions and states, and nothing that is in it.

    It is one JSON document, so that you can read it before you give it away. No name, id, title, address, path or
    message is in it. It tells how much there is of everything, and how many acts of each kind.

    Example: `comity support-bundle node.json --log serve.log`

    Args:
        out: The file to write; nothing may stand there.
        log: What `comity serve` has logged: added in sum, without accounts and addresses.
        quick: Do not check the record against itself.
    """
    refuse_inside(options.folder, out)
    with opened_node(options, Duty.NODE) as node:
        document: dict[str, object] = {
            "made": instant.show(clock()),
            "program": _program(),
            "machine": _machine(options.folder),
            "database": _database(node),
            "node": _state(node),
            "faults": None if quick else _faults(node),
            "log": None if log is None else _log(log),
        }
    write_new(out, json.dumps(document, indent=2) + "\n", 0o600)
    found = {"bundle": str(out), "faults": document["faults"]}
    lines = [said(f"{out} says how the node is, and nothing that is in it: read it before you give it away")]
    if document["faults"]:
        lines.append(said(f"the record has {document['faults']} faults: see `comity verify`"))
    return answer(options, found, drawn(*lines))


def _program() -> dict[str, Any]:
    packages = {each.name.lower(): each.version for each in distributions()}
    return {
        "comity": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "openssl": ssl.OPENSSL_VERSION,
        "packages": dict(sorted(packages.items())),
    }


def _machine(folder: Path) -> dict[str, Any]:
    disk = shutil.disk_usage(folder)
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": os.cpu_count(),
        "open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        "disk_free": disk.free,
        "disk": disk.total,
        "utf8": sys.flags.utf8_mode == 1 or sys.getfilesystemencoding() == "utf-8",
    }


def _database(node: Node) -> dict[str, Any]:
    file = node.directory / _PARTS[0]
    sizes = {name: path.stat().st_size for name in _PARTS if (path := node.directory / name).exists()}
    kept = "sqlite" if file.exists() and not (node.directory / "database").exists() else "postgresql"
    return {"kept": kept, "sizes": sizes}


def _state(node: Node) -> dict[str, Any]:
    with node.store.read() as reader:
        return supporting.state(reader)


def _faults(node: Node) -> int:
    """How many; what they say names what is held."""
    try:
        return len(node.store.faults())
    except ComityError:
        return 1


def _log(path: Path) -> dict[str, Any]:
    from comity.web.app import TABLE  # noqa: PLC0415 - the route table, where a log is read by it

    return supporting.logged(_lines(path), frozenset(route.path for route in TABLE))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with reading(path) as file:
        for line in file:
            try:
                found = json.loads(line)
            except ValueError:
                continue
            if isinstance(found, dict):
                yield found
