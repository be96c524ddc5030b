"""To run the tests of one mutation in a process that has read everything already but the package itself.

Most of the time of a short test is spent on reading libraries. They are read once, by a process that is forked for each
mutation. INVARIANT: nothing of `comity` is read before the fork.
"""

import os
import signal
import sys
import tempfile
from collections.abc import Mapping
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import pytest

LIBRARIES: Final = (
    "alembic.command",
    "anyio.pytest_plugin",
    "authlib.integrations.httpx_client",
    "cryptography.x509",
    "cyclopts",
    "fastapi.testclient",
    "highspy",
    "hypothesis.stateful",
    "jinja2",
    "joserfc.jwt",
    "numpy",
    "prometheus_client",
    "psycopg",
    "pyroaring",
    "rich.tree",
    "schemathesis.pytest.plugin",
    "sqlalchemy.dialects.postgresql",
    "sqlalchemy.dialects.sqlite",
    "stix2",
    "uvicorn.server",
    "xdist.plugin",
    "yaml",
)
"""What is read before: where one is missing, its readers take longer."""
ELSEWHERE: Final = 120
"""The exit code of tests that would read the package from elsewhere."""
TOO_LONG: Final = 124
"""The exit code of tests that were not done in time."""

_CONTEXT: Final = get_context("forkserver")


def begin() -> None:
    """Say what is to be read before. To be called before the first `run`."""
    _CONTEXT.set_forkserver_preload(list(LIBRARIES))


def run(folder: Path, arguments: list[str], environment: Mapping[str, str], patience: float) -> tuple[int, str]:
    """Run pytest with the package that is in `folder`: its exit code, and what it has printed."""
    with tempfile.TemporaryDirectory() as place:
        printed = Path(place) / "printed"
        process = _CONTEXT.Process(target=_tested, args=(folder, arguments, dict(environment), printed))
        process.start()
        process.join(patience)
        late = process.is_alive()
        if late and process.pid is not None:
            os.killpg(process.pid, signal.SIGKILL)
        process.join()
        code = TOO_LONG if late else process.exitcode
        return 1 if code is None else code, printed.read_text("utf-8", "replace") if printed.exists() else ""


def _tested(folder: Path, arguments: list[str], environment: Mapping[str, str], printed: Path) -> None:
    os.setsid()  # so that what the tests start ends with them
    with printed.open("wb", buffering=0) as out:
        for each in (sys.stdout, sys.stderr):
            os.dup2(out.fileno(), each.fileno())
    os.environ.update(environment)
    read = [name for name in sys.modules if name.partition(".")[0] == "comity"]
    sys.path.insert(0, str(folder))
    import comity  # noqa: PLC0415 - see the invariant

    if read or not (comity.__file__ or "").startswith(str(folder)):
        sys.exit(ELSEWHERE)
    sys.exit(pytest.main(["-W", "ignore::pytest.PytestAssertRewriteWarning", *arguments]))
