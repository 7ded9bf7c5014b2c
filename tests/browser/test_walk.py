"""What a reader does with a letter: say something of a paper, take it back, change what comes, leave.

On a phone and a desk, with scripts and without.

A second reader is a scanner, which follows every link of a letter three times before anybody has read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest

from digest.model import Interest, Issue, Profile, Subscription
from digest.resources import templates_dir
from digest.run import Parts, render_issue
from digest.tokens import Purpose, make_token

from ..builders import a_subscription
from ..forge import Forge
from ..rendering_builders import WEB, an_issue, papers_named
from ..web_site import PUBLIC, filled, forked, press
from .walking import DESKTOP, PHONE, VIEWS, View, fits, looking, needs_browser, show, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_browser


@dataclass(frozen=True, slots=True)
class Walk:
    """The site at `address`, whose letter ana got."""

    parts: Parts
    ana: Subscription
    issue: Issue
    address: str

    @property
    def letter(self) -> str:
        return render_issue(self.parts, self.issue).html

    def said(self) -> list[tuple[str, str]]:
        """What stands of what ana said: kind and paper."""
        given = self.parts.catalog.feedback.of([self.ana.id]).get(self.ana.id, ())
        return [(str(one.kind), one.paper.key) for one in given]

    def keywords(self) -> tuple[str, ...]:
        profile = self.parts.catalog.subscribers.by_id(self.ana.id).profile
        assert profile is not None
        return profile.keywords

    def others(self) -> list[str]:
        """Pages that no letter links to: a link that has expired, an invitation, and last the end of everything."""
        secret, today = self.parts.secrets[0], self.issue.made_at.date()
        old, key = (
            make_token(Purpose.PREFERENCES, self.ana.id, 0, secret, last_day=today + timedelta(days=days)) for days in (-1000, 1000)
        )
        return [f"{PUBLIC}/p/{old}", f"{PUBLIC}/j/{make_token(Purpose.JOIN, self.ana.id, 0, secret)}", f"{PUBLIC}/p/{key}/erase"]

    def has_left(self) -> bool:
        return self.parts.catalog.subscribers.by_id(self.ana.id).left_at is not None


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for all of them; each looks with a profile of its own."""
    with started() as launched:
        yield launched


@pytest.fixture
def walk(tmp_path: Path, forge: Forge) -> Iterator[Walk]:
    with filled(tmp_path) as (parts, ana, _, issue), forked(forge, tmp_path) as address:
        yield Walk(parts, ana, issue, address)


def test_the_index_and_the_unsubscribe_page_show_what_they_should(browser: Browser, tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path) as (parts, ana, _, issue):
        token = make_token(Purpose.LETTER, ana.id, issue.id, parts.secrets[0])
        with forked(forge, tmp_path, "--previews") as address, browser.new_context() as context:
            page = context.new_page()
            page.goto(address)
            index = page.content()
            page.goto(f"{address}u/{token}")
            unsubscribe = page.content()

        assert f'<a href="/next/{ana.id}">ana@example.org</a>' in index
        assert '<button type="submit">Unsubscribe</button>' in unsubscribe
        assert parts.catalog.subscribers.by_id(ana.id).left_at is None


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_a_reader_says_something_takes_it_back_changes_what_comes_leaves_and_comes_back(browser: Browser, walk: Walk, view: View) -> None:
    first = walk.issue.picks[0].paper.key
    with looking(browser, walk.address, view) as page:
        show(page, walk.letter)
        page.get_by_role("link", name="More", exact=True).first.click()
        assert page.get_by_role("heading", level=1).inner_text() == "More like this?"
        assert walk.said() == []

        page.get_by_role("button", name="More like this").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Noted: more like this"
        assert walk.said() == [("more", first)]

        page.get_by_role("button", name="Undo").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Taken back"
        assert walk.said() == []

        show(page, walk.letter)
        page.get_by_role("link", name="Preferences").click()
        page.get_by_label("Keywords").fill("foxes")
        page.get_by_role("button", name="Preview the next issue").click()
        page.get_by_role("heading", name="The past week, with these settings").wait_for()
        assert walk.keywords() == ()

        # By the keyboard: while the issue comes into its frame, the page moves under a pointer.
        page.get_by_role("button", name="Save", exact=True).last.press("Enter")
        assert page.get_by_role("status").inner_text().startswith("Saved")
        assert walk.keywords() == ("foxes",)

        show(page, walk.letter)
        page.get_by_role("link", name="Unsubscribe").click()
        assert not walk.has_left()
        page.get_by_role("button", name="Unsubscribe", exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
        assert walk.has_left()

        page.get_by_role("button", name="Undo").click()
        assert page.get_by_role("heading", level=1).inner_text() == "You are back"
        assert not walk.has_left()


def test_no_page_needs_scrolling_sideways_and_nothing_is_wrong_with_it(browser: Browser, walk: Walk) -> None:
    from axe_playwright_python.sync_playwright import Axe

    links = re.findall(rf"{PUBLIC}/[^\s]+", render_issue(walk.parts, walk.issue).text)
    # Pages that are the same but for their paper are looked at once, with the last paper's title, which is hostile.
    pages = {re.sub("/arxiv:[0-9.]+", "", link): link for link in links if not link.endswith(".bib")}.values()
    wrong = []
    with looking(browser, walk.address, View(PHONE, has_scripts=True), bypass_csp=True) as page:
        page.add_init_script(Axe().axe_script)

        def examine(what: str) -> None:
            for size in (PHONE, DESKTOP):
                page.set_viewport_size(size)
                found = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
                wrong.extend((what, size, one["id"], one["help"]) for one in found if one["impact"] in ("serious", "critical"))
                wrong.extend([] if fits(page) else [(what, size, "scrolls", "sideways")])

        for link in [*pages, *walk.others()]:
            page.goto(link, wait_until="domcontentloaded")
            examine(link)
        for link in [*pages, *walk.others()]:
            page.goto(link, wait_until="domcontentloaded")
            if button := page.query_selector("button"):
                button.click()
                page.wait_for_load_state("domcontentloaded")
                examine(f"{link}, its first button pressed")

    assert {link.split("/")[3] for link in pages} == {"i", "u", "f", "p"}
    assert wrong == []


def test_a_word_longer_than_the_screen_widens_no_page(browser: Browser, tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path) as (parts, ana, _, issue):
        readers, interest = parts.catalog.subscribers, Interest(name="a" * 90, topics=("b" * 90,))
        readers.edit(replace(ana, profile=Profile(interests=(interest,))), issue.made_at)
        readers.add(a_subscription("ana@example.org", "c" * 90), issue.made_at)
        last_day = issue.made_at.date() + timedelta(days=1000)
        key = make_token(Purpose.PREFERENCES, ana.id, 0, parts.secrets[0], last_day=last_day)
        with forked(forge, tmp_path, "--previews") as address, looking(browser, address, View(PHONE, has_scripts=True)) as page:
            page.goto(f"{PUBLIC}/p/{key}", wait_until="domcontentloaded")
            preferences = fits(page)
            show(page, httpx2.get(address).text)
            index = fits(page)

    assert (preferences, index) == (True, True)


def test_a_scanner_that_follows_every_link_three_times_changes_nothing(walk: Walk) -> None:
    links = re.findall(rf'href="({PUBLIC}/[^"]+)"', walk.letter)

    with httpx2.Client(base_url=walk.address) as scanner:
        answers = [scanner.get(link.removeprefix(PUBLIC)).status_code for link in links for _ in range(3)]

    assert len(links) >= 10
    assert set(answers) == {200}
    assert (walk.said(), walk.has_left()) == ([], False)


def test_the_letter_itself_fits_a_phone(browser: Browser, walk: Walk) -> None:
    with looking(browser, walk.address, View(PHONE, has_scripts=True)) as page:
        show(page, walk.letter)

        assert fits(page)


@pytest.mark.parametrize(("theme", "least"), [("paper", 44), ("compact", 36)])
def test_on_a_phone_a_thumb_hits_the_link_that_it_means(browser: Browser, theme: str, least: int) -> None:
    letter = press(theme, "en").render(an_issue(*papers_named("On Foxes", "On Hounds")), WEB).html
    with looking(browser, PUBLIC, View(PHONE, has_scripts=True)) as page:
        show(page, letter)
        heights = page.evaluate("[...document.querySelectorAll('p:not([dir]) > a')].map(link => link.getBoundingClientRect().height)")
        rows = page.evaluate("[...document.querySelectorAll('.say a')].map(link => link.getBoundingClientRect().top)")

    assert min(heights) >= least
    assert min(below - above for above, below in pairwise(sorted(set(rows)))) >= least


def test_on_a_phone_no_link_of_a_page_is_lower_than_a_thumb_and_fields_stand_level(browser: Browser, walk: Walk) -> None:
    (key,) = set(re.findall(rf'href="({PUBLIC}/p/[^"]+)"', walk.letter))
    more = next(iter(re.findall(rf'href="({PUBLIC}/f/[^"]+)"', walk.letter)))
    low, tops, hints, edges, sunk = [], [], [], [], []
    with looking(browser, walk.address, View(PHONE, has_scripts=True)) as page:
        page.emulate_media(color_scheme="dark")
        for link in (key, f"{key}/erase", more):
            page.goto(link, wait_until="domcontentloaded")
            low += page.evaluate(
                "[...document.querySelectorAll('a, button:not(.unseen), select')].filter(e => e.offsetHeight < 44).map(e => e.innerText)"
            )
            tops += page.evaluate(
                "[...document.querySelectorAll('.pair')].map(e => [...e.querySelectorAll('input, select, button')])"
                ".map(row => new Set(row.map(e => e.getBoundingClientRect().top)).size)"
            )
            edges += page.evaluate("[...document.querySelectorAll('.second, select')].map(e => getComputedStyle(e).borderTopColor)")
            sunk += page.evaluate(
                "[...document.querySelectorAll('legend:not(.unseen)')]"
                ".map(e => e.getBoundingClientRect().top - e.parentNode.getBoundingClientRect().top > 10)"
            )
            hints += page.evaluate("[...document.querySelectorAll('[placeholder]')].map(e => getComputedStyle(e, '::placeholder').color)")

    assert low == []
    assert set(tops) == {1}
    assert set(hints) == {"rgb(169, 162, 151)"}
    assert set(edges) == {"rgb(125, 119, 109)"}
    assert sunk == [True]


def test_where_colours_are_forced_a_button_has_an_edge_and_only_the_view_that_is_shown_is_underlined(
    browser: Browser, tmp_path: Path, forge: Forge
) -> None:
    # With a contrast theme of Windows all backgrounds and shadows are gone, and a transparent border is drawn.
    with filled(tmp_path) as (parts, ana, _, issue), forked(forge, tmp_path, "--previews") as address:
        token = make_token(Purpose.LETTER, ana.id, issue.id, parts.secrets[0])
        with browser.new_context(forced_colors="active") as context:
            page = context.new_page()
            page.goto(f"{address}u/{token}")
            edges = page.evaluate("[...document.querySelectorAll('button')].map(e => getComputedStyle(e).borderTopWidth)")
            page.goto(f"{address}issues/{issue.id}?as=text")
            marked = page.evaluate("[...document.querySelectorAll('nav a')].map(e => getComputedStyle(e).borderBottomWidth)")

    assert edges == ["1px", "1px", "1px"]
    assert marked == ["0px", "3px", "0px", "0px"]


def test_on_paper_a_page_is_black_and_has_no_controls_and_a_field_keeps_its_label(browser: Browser, tmp_path: Path, forge: Forge) -> None:
    shown = "[...document.querySelectorAll('button, nav, a, iframe')].filter(e => e.checkVisibility()).length"
    paper = []
    with filled(tmp_path) as (parts, ana, _, issue), forked(forge, tmp_path, "--previews") as address:
        key = make_token(Purpose.PREFERENCES, ana.id, 0, parts.secrets[0], last_day=issue.made_at.date() + timedelta(days=1000))
        with browser.new_context(color_scheme="dark") as context:
            page = context.new_page()
            page.emulate_media(media="print")
            for link in (f"p/{key}", f"issues/{issue.id}"):
                page.goto(address + link, wait_until="domcontentloaded")
                paper.append((page.evaluate("getComputedStyle(document.body).color"), page.evaluate(shown)))
            note = page.get_by_text("To print the letter").is_visible()
            page.goto(f"{address}p/{key}", wait_until="domcontentloaded")
            breaks = page.evaluate("[...document.querySelectorAll('.field')].map(e => getComputedStyle(e).breakInside)")

    assert paper == [("rgb(0, 0, 0)", 0)] * 2
    assert note
    assert set(breaks) == {"avoid"}


def test_on_paper_no_card_of_the_demo_is_cut(browser: Browser) -> None:
    with looking(browser, PUBLIC, View(DESKTOP, has_scripts=True)) as page:
        show(page, (templates_dir() / "demo" / "index.html").read_text(encoding="utf-8"))
        page.emulate_media(media="print")

        assert page.evaluate("getComputedStyle(document.querySelector('article')).breakInside") == "avoid"


def test_no_day_of_the_week_stands_alone(browser: Browser, walk: Walk) -> None:
    (link,) = set(re.findall(rf'href="({PUBLIC}/p/[^"]+)"', walk.letter))
    rows = []
    with looking(browser, walk.address, View(PHONE, has_scripts=True)) as page:
        page.goto(link, wait_until="domcontentloaded")
        for width in (375, 640):
            page.set_viewport_size({"width": width, "height": 800})
            tops = page.evaluate("[...document.querySelectorAll('.day')].map(day => day.offsetTop)")
            rows.append([tops.count(top) for top in dict.fromkeys(tops)])

    assert rows == [[4, 3], [7]]


@pytest.mark.parametrize("theme", ["paper", "compact"])
def test_a_printed_letter_begins_on_its_first_page_and_no_page_ends_within_a_line(browser: Browser, theme: str) -> None:
    # Chromium takes an inline-block, as which MJML sets its columns, for one line: it begins on the next page and is cut through.
    letter = press(theme, "en").render(an_issue(*papers_named("On Foxes", "On Hounds")), WEB).html
    with looking(browser, PUBLIC, View(PHONE, has_scripts=True)) as page:
        show(page, letter)
        page.emulate_media(media="print")

        styles = page.evaluate("[...document.querySelectorAll('body *:has(h3)')].map(e => getComputedStyle(e).display)")
        cards = page.evaluate("[...document.querySelectorAll('tr:has(> td > h3)')].map(e => getComputedStyle(e).breakInside)")

    assert "inline-block" not in styles
    assert cards == ["avoid", "avoid"]
