"""What every test may ask for, and the rule that on CI nothing is skipped."""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests import postgres
from tests.founded import STORE, Founded

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

NO_SKIPS = os.environ.get("COMITY_CI") == "1"

# Wall time on a shared machine says nothing about the code: no deadline, and no complaint about slow generation.
settings.register_profile(
    "default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.register_profile("soak", settings.get_profile("default"), derandomize=False, max_examples=2_000)
settings.register_profile("soak-short", settings.get_profile("soak"), max_examples=15)
# Under sabotage a failure is expected: nobody looks at it, so it is not made small.
settings.register_profile("sabotage", settings.get_profile("default"), phases=[Phase.generate])
settings.load_profile(os.environ.get("COMITY_HYPOTHESIS_PROFILE", "default"))


@pytest.fixture(scope="session")
def comity_data() -> Path:
    """The folder of real public material (STIX, MISP, CAP, KEV), which is not part of the repository."""
    named = os.environ.get("COMITY_DATA")
    if not named:
        pytest.skip("set COMITY_DATA to the folder of real public material")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"COMITY_DATA names no folder: `{named}`")
    return folder


@pytest.fixture(scope="session")
def server() -> postgres.Server:
    """The PostgreSQL server of this process; stopped at its end."""
    try:
        return postgres.shared()
    except postgres.NoBinaries as problem:
        pytest.skip(str(problem))


@pytest.fixture
def own(server: postgres.Server) -> Iterator[postgres.Server]:
    """A PostgreSQL server of the test's own, to be killed; synced to the disk."""
    assert server.port
    made = postgres.Server()
    yield made
    made.stop()


@pytest.fixture
def database(server: postgres.Server) -> Iterator[str]:
    """The address of an empty database on PostgreSQL."""
    with server.database() as url:
        yield url


@pytest.fixture(scope="module")
def keeper(request: pytest.FixtureRequest) -> postgres.Server | None:
    """The server that keeps a node's record, None for its folder.

    As a test is parametrised, else as $COMITY_TEST_STORE says, else the folder.
    """
    named = getattr(request, "param", STORE)
    found: postgres.Server | None = request.getfixturevalue("server") if named == "postgresql" else None
    return found


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """Nodes that are made once, and copied for each test."""
    return Founded(tmp_path_factory.mktemp("founded"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """On CI, a test that skips itself has failed."""
    report = yield
    return _unskipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """On CI, a module that skips itself has failed."""
    report = yield
    return _unskipped(report)


def _unskipped(report: Report) -> Report:
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"not run, and COMITY_CI=1 lets nothing be skipped: {reason}"
    return report
