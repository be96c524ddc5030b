"""medallion and OpenTAXII, each served by gunicorn with as many objects as it is given, from the bench's environment.

Neither looks at a policy or keeps a record. medallion asks for a password, and keeps its objects in memory; OpenTAXII
keeps them in a file of SQLite, and its collection is one that everybody may read: it need not look up who asks.
"""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from bench.serving_client import PATIENCE, NoAnswerError, Place, answer, request

MEDIA: Final = "application/taxii+json;version=2.1"
START: Final = datetime(2025, 1, 1, tzinfo=UTC)
_ROOT: Final = str(UUID(int=1, version=4))
_COLLECTION: Final = str(UUID(int=2, version=4))
_OBJECTS: Final = f"collections/{_COLLECTION}/objects/"
_BASIC: Final = "Basic " + b64encode(b"bench:bench").decode()
Thing = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A server that runs: where, and at which path its objects are."""

    place: Place
    path: str
    headers: dict[str, str]

    def page(self, first: int | None = None) -> str:
        """The request for a page of a hundred from an object on, from the beginning if none is named."""
        after = "" if first is None else f"&added_after={show(added(first - 1))}"
        return request(self.place, f"{self.path}?limit=100{after}", self.headers)


def added(place: int) -> datetime:
    """When the object at this place was added."""
    return START + timedelta(milliseconds=place)


def show(moment: datetime) -> str:
    """As TAXII writes it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}Z"


@contextmanager
def medallion(folder: Path, things: list[Thing]) -> Iterator[Peer]:
    """medallion 3, its backend in memory. ImportError where it is not installed."""
    import_module("medallion")
    manifest = [
        {
            "id": each["id"],
            "date_added": show(added(place)),
            "version": each["modified"],
            "media_type": "application/stix+json;version=2.1",
        }
        for place, each in enumerate(things)
    ]
    about = {"id": _COLLECTION, "title": "all", "can_read": True, "can_write": False, "media_types": []}
    known = {
        "/discovery": {"title": "medallion", "default": "/api/", "api_roots": ["/api/"]},
        "api": {
            "information": {"title": "api", "versions": [MEDIA], "max_content_length": 10_000_000},
            "status": [],
            "collections": [{**about, "objects": things, "manifest": manifest}],
        },
    }
    data, config = folder / "medallion-data.json", folder / "medallion.json"
    data.write_text(json.dumps(known))
    backend = {
        "module": "medallion.backends.memory_backend",
        "module_class": "MemoryBackend",
        "filename": str(data),
        "session_timeout": 1,
    }
    config.write_text(json.dumps({"backend": backend, "users": {"bench": "bench"}, "taxii": {"max_page_size": 100}}))
    headers = {"Accept": MEDIA, "Authorization": _BASIC}
    with _gunicorn(f"medallion:load_app({str(config)!r})", folder, {}) as place:
        yield _tried(Peer(place=place, path=f"/api/{_OBJECTS}", headers=headers), None)


@contextmanager
def opentaxii(folder: Path, things: list[Thing], *, statistics: bool = False) -> Iterator[Peer]:
    """OpenTAXII, its objects in a file of SQLite. ImportError where it is not installed."""
    models = import_module("opentaxii.persistence.sqldb.taxii2models")
    kept = f"sqlite:///{folder / 'opentaxii.sqlite'}"
    _fill(models, kept, things, statistics=statistics)
    settings = {"db_connection": kept, "create_tables": True}
    config = folder / "opentaxii.yml"
    known = {
        "domain": "localhost",
        "auth_api": {
            "class": "opentaxii.auth.sqldb.SQLDatabaseAPI",
            "parameters": {**settings, "db_connection": f"sqlite:///{folder / 'accounts.sqlite'}", "secret": "bench"},
        },
        "taxii1": None,
        "taxii2": {
            "title": "OpenTAXII",
            "max_content_length": 10_000_000,
            "public_discovery": True,
            "persistence_api": {
                "class": "opentaxii.persistence.sqldb.Taxii2SQLDatabaseAPI",
                "parameters": settings,
            },
        },
        "logging": {"opentaxii": "warning", "root": "warning"},
    }
    config.write_text(json.dumps(known))  # what is JSON is YAML
    with _gunicorn("opentaxii.http:app", folder, {"OPENTAXII_CONFIG": str(config)}) as place:
        peer = Peer(place=place, path=f"/taxii2/{_ROOT}/{_OBJECTS}", headers={"Accept": MEDIA})
        yield _tried(peer, len(things) // 2)


opentaxii_with_statistics = partial(opentaxii, statistics=True)
"""The same, its file analysed once it is filled, which OpenTAXII never does."""


def _fill(models: Any, address: str, things: list[Thing], *, statistics: bool) -> None:  # noqa: ANN401 - a module of OpenTAXII
    from sqlalchemy import create_engine, insert  # noqa: PLC0415 - where it is needed

    engine = create_engine(address)
    models.Base.metadata.create_all(engine)
    root = {"id": UUID(_ROOT), "default": True, "title": "api", "description": "", "is_public": True}
    collection = {"id": UUID(_COLLECTION), "api_root_id": UUID(_ROOT), "title": "all", "description": ""}
    rng = Random(7)
    rows = [
        {
            "pk": UUID(int=rng.getrandbits(128), version=4),  # drawn by lot, as it does itself
            "id": each["id"],
            "collection_id": UUID(_COLLECTION),
            "type": each["type"],
            "spec_version": "2.1",
            "date_added": added(place),
            "version": datetime.fromisoformat(each["modified"]),
            "serialized_data": {name: value for name, value in each.items() if name not in ("id", "type")},
        }
        for place, each in enumerate(things)
    ]
    with engine.begin() as link:
        link.execute(insert(models.ApiRoot), [root])
        link.execute(insert(models.Collection), [{**collection, "is_public": True, "is_public_write": False}])
        link.execute(insert(models.STIXObject), rows)
    engine.dispose()
    if statistics:
        with sqlite3.connect(address.removeprefix("sqlite:///")) as plain:
            plain.execute("ANALYZE")


@contextmanager
def _gunicorn(application: str, folder: Path, more: dict[str, str]) -> Iterator[Place]:
    """The application, served by one worker; its log goes into the folder."""
    with socket.create_server(("127.0.0.1", 0)) as listening, (folder / "gunicorn.log").open("wb") as log:
        number = listening.fileno()
        command = [sys.executable, "-m", "gunicorn", "--bind", f"fd://{number}", "--workers", "1"]
        command += ["--timeout", str(int(PATIENCE)), "--no-control-socket", application]
        process = subprocess.Popen(command, pass_fds=[number], stderr=log, stdout=log, env=os.environ | more)
        try:
            yield listening.getsockname()[:2]
        finally:
            process.terminate()
            process.wait()


def _tried(peer: Peer, first: int | None) -> Peer:
    """The peer, when it has once answered with a hundred objects."""
    found = json.loads(answer(peer.place, peer.page(first)))["objects"]
    if len(found) != 100:
        raise NoAnswerError(f"{peer.path}: {len(found)} objects instead of 100")
    return peer
