"""Fixtures every tier of tests shares."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from digest.catalog import Catalog, open_catalog

from .forge import Forge
from .http_faults import HttpFaults
from .kept import keep_statements, keep_tables, keep_templates, keep_themes, keep_words

# Tests start many processes; each would compile every module anew where the environment forbids keeping the result. So would each worker
# the tests themselves, whose assertions pytest rewrites: 8 of the 14 seconds in which it collects them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# A busy machine is no fault: no example of a property is timed.
settings.register_profile("untimed", settings.default, deadline=None)
settings.load_profile("untimed")

SHARED = Path(__file__).parents[2] / "shared"
SLOW = ("contract", "test_bench_", "test_deploy", "acceptance", "faults", "browser")
"""Folders and files of tests that start processes or browsers, or work for seconds; in this order, after all others."""

MEMORY, ROOM = Path("/dev/shm"), 1_000_000_000
"""A disk in memory, and how many octets of it must be free: many times what lies there at once, for what has passed leaves nothing."""


def pytest_configure() -> None:
    """Let what tests write lie in memory where there is room: each commit of each database waited for a real disk, 6 ms of a slow one."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK):
        disk = os.statvfs(MEMORY)
        if disk.f_bavail * disk.f_frsize >= ROOM and not disk.f_flag & os.ST_NOEXEC:
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The fast tests first: most of what is wrong fails there."""
    items.sort(key=lambda item: _slowness(item.path.relative_to(Path(__file__).parent).parts[0]))


def pytest_collection_finish() -> None:
    """Thousands of tests lie in memory until the last one; looking through them for garbage again and again takes time."""
    gc.collect()
    gc.freeze()


def _slowness(name: str) -> int:
    return next((place for place, slow in enumerate(SLOW, start=1) if name.startswith(slow)), 0)


@pytest.fixture(scope="session", autouse=True)
def kept() -> Iterator[None]:
    """See `kept.py`."""
    with pytest.MonkeyPatch.context() as patch:
        keep_themes(patch)
        keep_templates(patch)
        keep_words(patch)
        keep_tables(patch)
        keep_statements(patch)
        yield


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """An empty catalog."""
    with open_catalog(str(tmp_path / "digest.db")) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[HttpFaults]:
    """A server that answers as it is told, also wrongly."""
    with HttpFaults() as running:
        yield running


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of recordings and suites beside the checkout; tests that need it are skipped without it."""
    folder = Path(os.environ.get("DIGEST_TEST_DATA") or SHARED / "data").resolve()
    if not (folder / "README.md").is_file():
        pytest.skip(f"needs the recordings: no {folder} (set DIGEST_TEST_DATA)")
    return folder


@pytest.fixture(scope="session")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forge]:
    """Where commands come from that are processes; one for all tests of a worker."""
    with Forge(tmp_path_factory.mktemp("forge")) as started:
        yield started


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI a skip is a failure: what a test needs is installed there. Only the recordings may be absent, where no `shared` lies beside."""
    report = yield
    reason = str(report.longrepr)
    if report.skipped and os.environ.get("CI") == "true" and (SHARED.is_dir() or "needs the recordings" not in reason):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where it must run: {reason}"
    return report
