"""A SQLite database copied page by page, from one snapshot, while others write to it."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final, cast

from sqlalchemy import Connection

from comity.store.copying import Progress

_STEP: Final = 2048
"""Pages between two reports: 16 MB."""


def copy_pages(source: Connection, target: Path, progress: Progress) -> None:
    """Write the snapshot that the connection reads as a new database, durably. Raises sqlite3.Error.

    The connection is in a transaction, so that what others write meanwhile is not in the copy, and does not begin it
    anew. The file must not be there, and is no node's before this has returned: it is written without a journal.
    """
    link = cast("sqlite3.Connection", source.connection.driver_connection)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        link.backup(copy, pages=_STEP, progress=lambda _, left, of: progress("copying", of - left, of))
        copy.execute("DELETE FROM in_flight")  # INVARIANT: a copy has no release under way
    descriptor = os.open(target, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
