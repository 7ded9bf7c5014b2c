"""The site in a real browser: Chromium without a screen, at the width of a phone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from digest.tokens import Purpose, make_token

from ..forge import Forge
from ..web_site import filled, forked

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on the PATH (Debian: apt-get install chromium)")


def dom(address: str, profile: Path) -> str:
    """The page as Chromium understood it."""
    assert CHROMIUM is not None
    options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=390,844", f"--user-data-dir={profile}"]
    command = [CHROMIUM, "--headless", *options, "--dump-dom", address]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_the_index_and_the_unsubscribe_page_show_what_they_should(tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path) as (parts, ana, _, issue):
        token = make_token(Purpose.LETTER, ana.id, issue.id, parts.secrets[0])
        with forked(forge, tmp_path, "--previews") as address:
            index = dom(address, tmp_path / "profile")
            unsubscribe = dom(f"{address}u/{token}", tmp_path / "profile")

        assert f'<a href="/next/{ana.id}">ana@example.org</a>' in index
        assert '<button type="submit">Unsubscribe</button>' in unsubscribe
        assert parts.catalog.subscribers.by_id(ana.id).left_at is None
