"""The operator's pages: what they show, that looking changes nothing, and that nobody else sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.model import FOR_EVER, UNNAMED, Every, Facts, SubscriberStatus, SuppressionReason
from digest.web import create_app
from digest.web.preview import is_local

from .builders import NOON, a_batch, a_paper, a_subscription
from .web_site import HOSTILE, Site, a_site, stored


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Site]:
    """One for all: looking changes nothing."""
    with a_site(folder) as site:
        yield site


def test_the_index_leads_to_every_reader_s_next_issue_and_to_the_latest_ones(site: Site) -> None:
    page = site.client.get("/")

    assert page.status_code == 200
    assert f'href="/next/{site.ana.id}"' in page.text
    assert f'href="/next/{site.bo.id}"' in page.text
    assert f'href="/issues/{site.issue.id}"' in page.text
    assert "the trending edition" in page.text


def test_the_index_is_outlined_by_its_headings(site: Site) -> None:
    page = site.client.get("/")

    assert re.findall("<h([1-6])", page.text) == ["1", "2", "3", "3", "2"]


def test_a_name_written_from_right_to_left_does_not_draw_the_number_of_papers_to_itself(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        site.parts.catalog.subscribers.edit(replace(site.ana, name="קריאה"), NOON)
        page = site.client.get("/")

    assert "<bdi>קריאה</bdi> · 2&#160;papers</span>" in page.text


def test_the_index_says_who_gets_no_next_issue_and_why(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        readers = site.parts.catalog.subscribers
        for email, status in (("cy@example.org", SubscriberStatus.PENDING), ("di@example.org", SubscriberStatus.BOUNCING)):
            asked = a_subscription(email, "asked")
            readers.add(replace(asked, subscriber=replace(asked.subscriber, status=status)), NOON)
        readers.edit(replace(site.ana, subscriber=replace(site.ana.subscriber, zone="Asia/Tokyo")), NOON)
        readers.rest(site.ana.id, datetime(2026, 12, 23, 15, tzinfo=UTC))  # Tokyo's Christmas Eve begins
        readers.rest(site.bo.id, FOR_EVER)
        page = site.client.get("/")

    assert re.findall(r" · (.+)</p>", page.text)[:4] == ["paused until Thursday, 24 December 2026", "paused", "pending", "bouncing"]


def test_the_index_names_readers_by_their_address_and_their_hours_in_their_zone(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=replace(site.ana.subscriber, zone="Asia/Tokyo")), NOON)
        page = site.client.get("/")

    assert f'<a href="/next/{site.ana.id}">ana@example.org</a>' in page.text
    assert "every day at 07:00 · next Tue 24 Nov 07:00 Asia/Tokyo</p>" in page.text
    assert "2026-11-23 · ana@example.org</a>" in page.text


def test_the_index_says_whose_issue_is_due_and_promises_no_second_one_for_the_day_of_the_last(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        later = replace(site.ana.cadence, at=time(18))
        site.parts.catalog.subscribers.edit(replace(site.ana, cadence=later), NOON)
        page = site.client.get("/")

    assert re.findall(r"at \d\d:00 · (.+)</p>", page.text) == ["next Tue 24 Nov 18:00 Europe/Berlin", "due now"]


def test_a_subscription_that_was_given_no_name_is_not_called_main(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        cy = site.parts.catalog.subscribers.add(a_subscription("cy@example.org", UNNAMED), NOON)
        pages = site.client.get("/").text + site.client.get(f"/next/{cy.id}").text

    assert re.findall(r"\bmain\b(?!>)", re.sub(r"(?s)<style>.*?</style>", "", pages)) == []
    assert '<p class="name">evenings</p>' in pages


def test_the_index_writes_the_first_days_of_a_month_without_a_nought(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        weekly = replace(site.ana.cadence, every=Every.WEEKLY, days=(1,))
        site.parts.catalog.subscribers.edit(replace(site.ana, cadence=weekly), NOON)
        app = create_app(site.parts, clock=lambda: datetime(2026, 11, 30, 12, tzinfo=UTC), previews=True)
        with TestClient(app, base_url="http://127.0.0.1:8025") as client:
            page = client.get("/")

    assert "· next Tue 1 Dec 07:00 " in page.text


def test_lines_that_the_text_part_has_already_wrapped_are_not_broken_again_on_a_phone(site: Site) -> None:
    pages = {view: site.client.get(f"/issues/{site.issue.id}?as={view}").text for view in ("text", "markdown", "source")}

    assert [view for view, page in pages.items() if '<pre tabindex="0" class="wrapped">' in page] == ["text"]
    assert ".wrapped { white-space: pre; overflow-x: auto; }" in pages["text"].partition("(max-width: 39.99em)")[2]


def test_the_index_says_who_has_left(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        site.parts.catalog.subscribers.leave(site.ana.id, NOON)
        page = site.client.get("/")

    assert "every day at 07:00 · unsubscribed</p>" in page.text


def test_the_index_says_who_is_suppressed(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        site.parts.catalog.suppressions.add("ana@example.org", SuppressionReason.COMPLAINED, NOON, "a report")
        page = site.client.get("/")

    assert "suppressed (complained)" in page.text


@pytest.mark.parametrize("view", ["html", "text", "markdown", "source"])
def test_an_issue_is_shown_in_each_form(site: Site, view: str) -> None:
    pages = [site.client.get(f"/issues/{site.issue.id}?as={view}"), site.client.get(f"/next/{site.bo.id}?as={view}")]

    assert [page.status_code for page in pages] == [200, 200]
    assert all('aria-current="page"' in page.text for page in pages)
    assert all("<script>" not in page.text for page in pages)


def test_the_text_and_the_markdown_hold_the_papers(site: Site) -> None:
    pages = [site.client.get(f"/issues/{site.issue.id}?as={view}").text for view in ("text", "markdown")]

    assert all("Calibration of language models" in page for page in pages)


def test_the_source_is_the_letter_as_it_goes_over_the_wire(site: Site) -> None:
    page = site.client.get(f"/issues/{site.issue.id}?as=source").text

    assert "To: ana@example.org" in page
    assert "List-Unsubscribe-Post: List-Unsubscribe=One-Click" in page


def test_the_letter_stands_in_a_frame_that_can_run_nothing(site: Site) -> None:
    page = site.client.get(f"/issues/{site.issue.id}")
    frame = site.client.get(f"/issues/{site.issue.id}.html")

    assert f'src="/issues/{site.issue.id}.html" sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert page.headers["x-frame-options"] == "DENY"
    assert "frame-src 'self'" in page.headers["content-security-policy"]
    assert frame.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in frame.headers["content-security-policy"]
    assert "sandbox allow-popups" in frame.headers["content-security-policy"]
    assert "Calibration of language models" in frame.text
    assert HOSTILE not in frame.text
    assert '<base target="_blank">' in frame.text


def test_looking_at_everything_changes_nothing_and_sends_nothing(site: Site, folder: Path) -> None:
    before = stored(folder)
    rooms = (f"/next/{site.ana.id}", f"/next/{site.bo.id}", f"/issues/{site.issue.id}")
    views = ("?as=html", "?as=text", "?as=markdown", "?as=source", ".html")

    answers = [site.client.get("/"), *(site.client.get(room + view) for room in rooms for view in views)]

    assert {answer.status_code for answer in answers} == {200}
    assert stored(folder) == before


@pytest.mark.parametrize(
    "address",
    ["/next/999", "/next/0", "/next/-1", "/next/x", "/next/1e3", "/next/٣", "/next/" + "9" * 5000, "/next/" + "9" * 18, "/next/9.html"]
    + ["/next/", "/issues/999", "/issues/999.html", "/issues/1.html.html", "/issues/1/", "/issues/1?as=pdf", "/issues/%00", "/issues"],
)
def test_what_there_is_not_is_not_found(site: Site, address: str) -> None:
    answer = site.client.get(address)

    assert answer.status_code == 404
    assert answer.headers["cache-control"] == "no-store"


def test_a_preview_that_fails_says_why_and_what_to_do(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        site.parts.catalog.subscribers.edit(replace(site.ana, theme="nowhere"), NOON)
        answer = site.client.get(f"/next/{site.ana.id}")

    assert answer.status_code == 500
    assert "nowhere" in answer.text


def test_without_previews_their_addresses_do_not_exist(tmp_path: Path) -> None:
    with a_site(tmp_path, previews=False) as site:
        answers = [site.client.get(address) for address in ("/", f"/next/{site.ana.id}", f"/issues/{site.issue.id}")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"Host": "digest.example.org"},
        {"Host": "127.0.0.1.evil.test:8025"},
        {"X-Forwarded-For": "127.0.0.1"},
        {"X-Forwarded-Host": "localhost"},
        {"Forwarded": "for=127.0.0.1"},
        {"Via": "1.1 proxy"},
    ],
)
def test_a_request_that_comes_through_a_proxy_or_under_another_name_finds_no_preview(site: Site, headers: dict[str, str]) -> None:
    addresses = ("/", f"/next/{site.ana.id}", f"/issues/{site.issue.id}.html")

    answers = [site.client.get(address, headers=headers) for address in addresses]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert all("ana@example.org" not in answer.text for answer in answers)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8025", "localhost:1", "LOCALHOST", "[::1]", "[::1]:8025", "127.1.2.3"])
def test_a_loopback_name_is_this_machine(host: str) -> None:
    assert is_local([(b"host", host.encode())])


@pytest.mark.parametrize(
    "host",
    ["", "evil.test", "localhost.evil.test", "127.0.0.1:x", "0.0.0.0", "[::1", "::1]", "10.0.0.1", "[::2]:80", "127.1", "a@localhost", "é"],
)
def test_another_name_is_not(host: str) -> None:
    assert not is_local([(b"host", host.encode())])


def test_two_hosts_or_none_are_not_this_machine() -> None:
    assert not is_local([(b"host", b"localhost"), (b"host", b"localhost")])
    assert not is_local([])


def test_a_frame_shows_the_issue_that_its_page_was_made_of(tmp_path: Path) -> None:
    late = a_paper("arxiv:2611.09999", "A paper that came in between", facts=Facts(votes=9_999))

    with a_site(tmp_path) as site:
        page = site.client.get(f"/next/{site.bo.id}")
        site.parts.catalog.papers.record(a_batch(late, source="huggingface"), NOON)
        first, again = (site.client.get(f"/next/{site.bo.id}.html") for _ in range(2))

    assert page.status_code == 200
    assert late.title not in first.text
    assert late.title in again.text


def test_the_index_of_very_many_readers_shows_the_first_and_says_how_many_more_there_are(tmp_path: Path) -> None:
    with a_site(tmp_path) as site:
        for number in range(210):
            site.parts.catalog.subscribers.add(a_subscription(f"reader{number}@example.org"), NOON)
        readers = site.parts.catalog.subscribers.count()
        page = site.client.get("/")

    assert page.text.count('href="/next/') == 200
    assert f"And {readers - 200} more:" in page.text


def test_a_letter_that_is_read_as_a_page_is_what_the_page_is_about(site: Site) -> None:
    alone, framed = site.client.get(f"/i/{site.token}").text, site.client.get(f"/issues/{site.issue.id}.html").text

    found = [re.findall('role="(main|article)"|aria-roledescription', page) for page in (alone, framed)]
    assert found == [["main"], ["main"]]
