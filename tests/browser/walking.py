"""A real browser on the site: Debian's Chromium, driven by Playwright, in which the letters' public address leads to this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from ..web_site import PUBLIC

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Route

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None or find_spec("axe_playwright_python") is None,
    reason="needs Chromium on the PATH and the group browser (apt-get install chromium; uv sync --group browser)",
)
PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


@dataclass(frozen=True, slots=True)
class View:
    """How somebody looks at the site."""

    size: dict[str, int]
    has_scripts: bool

    def __str__(self) -> str:
        return f"{self.size['width']} pixels, {'with' if self.has_scripts else 'without'} JavaScript"


VIEWS = (View(PHONE, has_scripts=False), View(DESKTOP, has_scripts=True))
"""Each width and each kind of browser once: the site has no script whose work a width could change."""


@contextmanager
def started() -> Iterator[Browser]:
    """The browser, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def looking(browser: Browser, address: str, view: View, *, bypass_csp: bool = False) -> Iterator[Page]:
    """A page of a browser that remembers nothing, for which PUBLIC is at that address and nothing else is anywhere."""
    context = browser.new_context(
        viewport={"width": view.size["width"], "height": view.size["height"]},
        java_script_enabled=view.has_scripts,
        bypass_csp=bypass_csp,
    )
    try:
        _lead(context, address)
        yield context.new_page()
    finally:
        context.close()


def _lead(context: BrowserContext, address: str) -> None:
    def answer(route: Route) -> None:
        if not route.request.url.startswith(f"{PUBLIC}/"):
            route.abort()
            return
        here = address.rstrip("/") + route.request.url.removeprefix(PUBLIC)
        route.fulfill(response=route.fetch(url=here, max_redirects=0))

    context.route("**/*", answer)


def show(page: Page, html: str) -> None:
    """Open a letter's HTML as a mail program would show it."""
    page.set_content(html, wait_until="domcontentloaded")


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return bool(widths[0] <= widths[1])
