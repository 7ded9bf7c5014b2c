"""Fixtures every tier of tests shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of recordings and suites beside the checkout; tests that need it are skipped without it."""
    folder = Path(os.environ.get("DIGEST_TEST_DATA") or Path(__file__).parents[1] / "../shared/data").resolve()
    if not (folder / "README.md").is_file():
        pytest.skip(f"needs the recordings: no {folder} (set DIGEST_TEST_DATA)")
    return folder
