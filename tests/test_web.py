"""What a letter links to: the unsubscribe page, the issue on the web, and what any stranger may try there."""

from __future__ import annotations

import logging
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from digest.cadence import next_for
from digest.model import FOR_EVER, DeliveryStatus, Every, Profile, SuppressionReason
from digest.rendering.presses import Presses
from digest.resources import templates_dir
from digest.run import is_paused, render_issue
from digest.run.issuing.first_letter import opening
from digest.tokens import Purpose, make_token
from digest.web import create_app
from digest.web.answers import Pages, Words

from .builders import NOON, a_subscription
from .web_site import HOSTILE, PUBLIC, Site, a_site, filled, stored

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, previews=False) as site:
        yield site


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site for the many requests that are refused and so change nothing."""
    with a_site(tmp_path_factory.mktemp("still"), previews=False) as site:
        yield site


def has_left(site: Site) -> bool:
    return site.parts.catalog.subscribers.by_id(site.ana.id).left_at is not None


def told(answer: httpx2.Response) -> tuple[int, str, tuple[tuple[str, str], ...]]:
    """All that an answer tells."""
    return answer.status_code, answer.text, tuple(answer.headers.items())


def damaged(token: str) -> Iterable[str]:
    """The token with each character changed, by turns to one of four, with each end cut off, and with something added."""
    letters = [next(letter for letter in "AZ9_AZ9_"[place % 4 :] if letter != token[place]) for place in range(len(token))]
    changed = (token[:place] + letter + token[place + 1 :] for place, letter in enumerate(letters))
    return [*changed, *(token[:length] for length in range(1, len(token))), token + "A", token + "=", token + "~", token.swapcase()]


# --- unsubscribing ----------------------------------------------------------------------------------------------------


def test_a_site_goes_on_with_the_templates_it_began_with_while_others_are_installed_over_them(tmp_path: Path) -> None:
    copy = shutil.copytree(templates_dir() / "web", tmp_path / "web")
    pages, words = Pages(tmp_path, "digest"), Words("Nothing here", "Begin anew")
    for template in copy.glob("*.html"):
        template.write_text("{{ what_a_later_version_knows }}", encoding="utf-8")

    assert b"Begin anew" in pages.message("en", words, status=404).body


def test_the_unsubscribe_page_shows_its_button_first_and_names_the_subscription_but_not_the_address(still: Site) -> None:
    page = still.client.get(f"/u/{still.token}")

    assert page.status_code == 200
    assert re.findall(r'action="(.*?)".*?>([^<>]+)</button>', page.text) == [
        ("?", "Unsubscribe"),
        ("?weekly", "Once a week"),
        ("?pause=28", "Pause for four weeks"),
    ]
    assert "evenings" in page.text
    assert "every day at 07:00" in page.text
    assert "ana" not in page.text


def test_a_scanner_that_follows_every_link_three_times_changes_nothing(site: Site, tmp_path: Path) -> None:
    before = stored(tmp_path)

    answers = [site.client.request(method, f"/{room}/{site.token}") for method in ("GET", "HEAD") * 3 for room in "ui"]

    assert {answer.status_code for answer in answers} == {200}
    assert stored(tmp_path) == before


def test_one_post_as_a_mail_provider_sends_it_ends_the_subscription(site: Site) -> None:
    answer = site.client.post(f"/u/{site.token}", data=ONE_CLICK)

    assert answer.status_code == 200
    assert "You are unsubscribed" in answer.text
    assert "set-cookie" not in answer.headers
    assert site.parts.catalog.subscribers.by_id(site.ana.id).left_at == NOON


def test_the_same_post_as_multipart_and_again_is_answered_alike(site: Site) -> None:
    answers = [site.client.post(f"/u/{site.token}", files={"List-Unsubscribe": (None, "One-Click")}) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert has_left(site)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", None),
        (b"", "application/x-www-form-urlencoded"),
        (b"something=else", "application/x-www-form-urlencoded"),
        (b"%%%\xff\x00", "application/x-www-form-urlencoded"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"no boundary", "multipart/form-data"),
        (b'{"List-Unsubscribe":"One-Click"}', "application/json"),
        (b"<a/>", "text/xml; charset=klingon"),
    ],
)
def test_what_a_post_says_decides_nothing(site: Site, content: bytes, kind: str | None) -> None:
    answer = site.client.post(f"/u/{site.token}", content=content, headers={"Content-Type": kind} if kind else {})

    assert answer.status_code == 200
    assert has_left(site)


def test_a_post_of_ten_megabytes_is_refused_and_changes_nothing(site: Site) -> None:
    answer = site.client.post(f"/u/{site.token}", content=b"x" * 10_000_000)

    assert answer.status_code == 413
    assert not has_left(site)


def test_a_post_that_names_no_length_is_cut_at_the_same_limit(site: Site) -> None:
    answer = site.client.post(f"/u/{site.token}", content=(b"x" * 1024 for _ in range(10_000)))

    assert answer.status_code == 413
    assert not has_left(site)


@pytest.mark.parametrize("path", ["/papers", "/u", "/a/b"])
def test_below_a_path_a_link_works_whether_the_proxy_takes_the_path_away_or_not(tmp_path: Path, path: str) -> None:
    with a_site(tmp_path, previews=False, base_url=PUBLIC + path) as site:
        reads = [site.client.get(f"{before}/u/{site.token}").status_code for before in (path, "")]
        elsewhere = [site.client.get(f"{before}/u/{site.token}").status_code for before in ("/else", path * 2, f"{path}s")]
        assert not has_left(site)

        left = site.client.post(f"{path}/u/{site.token}", data=ONE_CLICK)

        assert (reads, elsewhere, left.status_code) == ([200, 200], [404, 404, 404], 200)
        assert has_left(site)


def test_after_leaving_the_page_says_so_and_its_one_button_undoes_it(site: Site) -> None:
    site.parts.catalog.subscribers.leave(site.ana.id, NOON - timedelta(hours=23))

    page = site.client.get(f"/u/{site.token}")
    stays = has_left(site)
    back = [site.client.post(f"/u/{site.token}?undo") for _ in range(2)]

    assert page.status_code == 200
    assert re.findall("<form.*<button", page.text) == ['<form method="post" action="?undo"><button']
    assert "You are unsubscribed" in page.text
    assert stays
    assert [("You are back" in one.text, "every day at 07:00" in one.text) for one in back] == [(True, True)] * 2
    assert not has_left(site)


@pytest.mark.parametrize("when", ["the day before yesterday", "suppressed"])
def test_who_left_before_yesterday_or_is_suppressed_is_not_brought_back_by_a_letter(site: Site, when: str) -> None:
    site.parts.catalog.subscribers.leave(site.ana.id, NOON - timedelta(hours=25) if when == "the day before yesterday" else NOON)
    if when == "suppressed":
        site.parts.catalog.suppressions.add("ana@example.org", SuppressionReason.OPERATOR, NOON, "")

    answers = [site.client.get(f"/u/{site.token}"), site.client.post(f"/u/{site.token}?undo")]

    assert ["takes you back" in one.text and "<button" not in one.text for one in answers] == [True] * 2
    assert has_left(site)


def test_a_letter_that_waits_is_not_sent_to_who_left_before_it_was_handed_over(site: Site) -> None:
    site.client.post(f"/u/{site.token}")

    claimed = site.parts.catalog.outbox.claim(NOON, "worker", 10, timedelta(minutes=5))

    assert claimed == ()
    assert site.parts.catalog.outbox.counts()[DeliveryStatus.CANCELLED] == 1


def test_leaving_one_subscription_leaves_the_others_of_everybody(site: Site) -> None:
    second = site.parts.catalog.subscribers.add(a_subscription("ana@example.org", "mornings"), NOON)

    site.client.post(f"/u/{site.token}")

    assert [site.parts.catalog.subscribers.by_id(s.id).left_at for s in (second, site.bo)] == [None, None]


# --- less often -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("every", "days"), [(Every.DAILY, ()), (Every.DAYS, (0, 2, 4))])
def test_once_a_week_keeps_the_hour_and_ends_nothing(site: Site, every: Every, days: tuple[int, ...]) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, cadence=replace(site.ana.cadence, every=every, days=days)), NOON)

    answer = site.client.post(f"/u/{site.token}?weekly")

    after = site.parts.catalog.subscribers.by_id(site.ana.id)
    assert "every Monday at 07:00" in answer.text
    assert (after.cadence.every, after.cadence.days, after.cadence.at, after.left_at) == (Every.WEEKLY, (), time(7), None)
    assert "?weekly" not in answer.text


def test_who_has_it_once_a_week_keeps_their_day(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, cadence=replace(site.ana.cadence, every=Every.WEEKLY, days=(4,))), NOON)

    answer = site.client.post(f"/u/{site.token}?weekly")

    assert "every Friday at 07:00" in answer.text
    assert site.parts.catalog.subscribers.by_id(site.ana.id).cadence.days == (4,)


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (NOON + timedelta(days=28), "Letters are paused and begin again on Monday, 21 December 2026."),
        (FOR_EVER, "Letters are paused until you end the pause."),
    ],
)
def test_who_asks_for_it_weekly_or_back_while_it_rests_is_told_that_it_rests(site: Site, until: datetime, said: str) -> None:
    site.parts.catalog.subscribers.rest(site.ana.id, until)

    answer, back = (site.client.post(f"/u/{site.token}{query}") for query in ("?weekly", "?undo"))

    assert "every Monday at 07:00" in answer.text
    assert "You are back" in back.text
    assert [said in one.text for one in (answer, back)] == [True, True]


def test_a_pause_of_four_weeks_ends_by_itself_and_never_shortens_a_longer_one(site: Site) -> None:
    answers = [site.client.post(f"/u/{site.token}?pause=28") for _ in range(2)]
    site.parts.catalog.subscribers.rest(site.ana.id, NOON + timedelta(days=90))
    longer = site.client.post(f"/u/{site.token}?pause=28")

    assert {answer.status_code for answer in answers} == {200}
    assert "Monday, 21 December 2026" in answers[0].text
    assert "Sunday, 21 February 2027" in longer.text
    assert not has_left(site)


def test_after_a_pause_of_four_weeks_letters_begin_again_on_the_day_that_was_named(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=replace(site.ana.subscriber, zone="Asia/Tokyo")), NOON)

    answer = site.client.post(f"/u/{site.token}?pause=28")

    rested = site.parts.catalog.subscribers.by_id(site.ana.id)
    assert "No letters come until Monday, 21 December 2026; then they begin again." in answer.text
    assert next_for(rested, NOON, None) == datetime(2026, 12, 20, 22, tzinfo=UTC)  # Monday at seven, in Tokyo


def test_a_pause_by_mistake_is_ended_where_it_began_and_where_its_reader_comes_back_to(site: Site) -> None:
    pages = [site.client.post(f"/u/{site.token}?pause=28"), site.client.get(f"/u/{site.token}")]

    back = [site.client.post(f"/u/{site.token}?resume") for _ in range(2)]

    assert [re.findall(r'action="\?resume".*?>([^<>]+)</button>', page.text) for page in pages] == [["End the pause"]] * 2
    assert ["You are back" in page.text and "every day at 07:00" in page.text for page in back] == [True, True]
    assert not is_paused(site.parts.catalog.subscribers.by_id(site.ana.id), NOON)


@pytest.mark.parametrize("until", [NOON + timedelta(days=26), NOON + timedelta(days=90), FOR_EVER])
def test_a_pause_that_the_page_did_not_begin_today_is_not_ended_by_a_letter(site: Site, until: datetime) -> None:
    site.parts.catalog.subscribers.rest(site.ana.id, until)

    pages = [site.client.get(f"/u/{site.token}"), site.client.post(f"/u/{site.token}?resume")]

    assert ["?resume" in page.text for page in pages] == [False, False]
    assert site.parts.catalog.subscribers.by_id(site.ana.id).subscriber.paused_until == until


def test_a_suppressed_reader_is_not_told_that_letters_come_again_where_they_end_a_pause(site: Site) -> None:
    site.client.post(f"/u/{site.token}?pause=28")
    site.parts.catalog.suppressions.add("ana@example.org", SuppressionReason.OPERATOR, NOON, "")

    page = site.client.post(f"/u/{site.token}?resume")

    assert "You are back" not in page.text


def test_who_pauses_is_told_so_where_they_could_leave_by_the_day_of_their_own_zone(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=replace(site.ana.subscriber, zone="Asia/Tokyo")), NOON)
    site.parts.catalog.subscribers.rest(site.ana.id, datetime(2026, 12, 23, 15, tzinfo=UTC))  # Tokyo's Christmas Eve begins

    answer = site.client.get(f"/u/{site.token}")

    assert "All your letters are paused until Thursday, 24 December 2026." in answer.text
    assert ("?pause=28" in answer.text, "?weekly" in answer.text) == (False, True)
    assert answer.text.count(">Unsubscribe</button>") == 1


def test_a_reader_whom_the_operator_set_is_offered_a_pause_and_no_other_days(site: Site) -> None:
    site.parts.catalog.subscribers.adopt([replace(a_subscription("cy@example.org", "set"), configured=True)], NOON)
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")
    token = make_token(Purpose.LETTER, cy.id, 0, site.parts.secrets[0])

    answers = [site.client.get(f"/u/{token}"), site.client.post(f"/u/{token}?weekly")]

    assert [(answer.status_code, "?weekly" in answer.text) for answer in answers] == [(200, False), (200, False)]
    assert site.client.post(f"/u/{token}?pause=28").status_code == 200
    assert site.parts.catalog.subscribers.by_id(cy.id).subscriber.paused_until == datetime(2026, 12, 20, 23, tzinfo=UTC)  # in Berlin
    assert site.parts.catalog.subscribers.by_id(cy.id).cadence.every is Every.DAILY


def test_who_was_taken_out_of_the_configuration_is_told_of_no_letter_to_come(site: Site) -> None:
    site.parts.catalog.subscribers.adopt([replace(a_subscription("cy@example.org", "set"), configured=True)], NOON)
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")
    site.parts.catalog.subscribers.adopt([], NOON)
    token = make_token(Purpose.LETTER, cy.id, 0, site.parts.secrets[0])

    pages = [site.client.get(f"/{path}") for path in (f"u/{token}", f"p/{site.key(cy)}")]
    pages += [site.client.post(f"/u/{token}{query}") for query in ("?weekly", "", "?undo")]
    pages += [site.client.post(f"/p/{site.key(cy)}", data={"do": "back"})]

    assert "You get no more letters of <strong>set</strong>." in pages[0].text
    assert ["You are unsubscribed" in page.text for page in pages] == [False, *[True] * 5]
    assert not any("at 07:00" in page.text or "back." in page.text for page in pages)


def test_who_leaves_what_the_configuration_names_no_more_stays_away_when_it_does_again(site: Site) -> None:
    set_ = replace(a_subscription("cy@example.org", "set"), configured=True)
    site.parts.catalog.subscribers.adopt([set_], NOON)
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")
    site.parts.catalog.subscribers.adopt([], NOON)
    path = f"/u/{make_token(Purpose.LETTER, cy.id, 0, site.parts.secrets[0])}"

    buttons = site.client.get(path).text.count("<button"), site.client.post(path).text.count("<button")
    site.parts.catalog.subscribers.adopt([set_], NOON + timedelta(days=1))

    assert buttons == (1, 0)
    assert site.parts.catalog.subscribers.by_id(cy.id).left_at == NOON


def test_who_left_is_not_brought_back_by_asking_for_less(site: Site) -> None:
    site.client.post(f"/u/{site.token}")

    answers = [site.client.post(f"/u/{site.token}{query}") for query in ("?weekly", "?pause=28", "?resume")]

    assert all("You are unsubscribed" in answer.text for answer in answers)
    assert has_left(site)


def test_a_pause_of_another_length_than_the_button_s_is_refused(site: Site) -> None:
    answer = site.client.post(f"/u/{site.token}?pause=9999999")

    assert answer.status_code == 400
    assert site.parts.catalog.subscribers.by_id(site.ana.id).subscriber.paused_until is None


def test_what_somebody_else_adds_to_the_address_does_not_keep_a_mail_program_from_unsubscribing(site: Site) -> None:
    answer = site.client.post(f"/u/{site.token}?utm_source=mail", data=ONE_CLICK)

    assert answer.status_code == 200
    assert has_left(site)


# --- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("method", "room"), [("GET", "u"), ("POST", "u"), ("GET", "i")])
def test_every_token_that_is_not_ours_gets_the_same_answer(site: Site, tmp_path: Path, method: str, room: str) -> None:
    before = stored(tmp_path)
    gone = make_token(Purpose.LETTER, 999, 999, site.parts.secrets[0])
    other_purpose = make_token(Purpose.PREFERENCES, site.ana.id, site.issue.id, site.parts.secrets[0])
    other_key = make_token(Purpose.LETTER, site.ana.id, site.issue.id, b"k" * 32)

    answers = [site.client.request(method, f"/{room}/{token}") for token in (*damaged(site.token), gone, other_purpose, other_key)]

    assert {told(answer) for answer in answers} == {told(site.client.request(method, f"/{room}/anything"))}
    assert answers[0].status_code == 404
    assert stored(tmp_path) == before


def test_whose_letters_were_signed_with_a_key_that_is_lost_learns_how_to_leave_all_the_same(site: Site) -> None:
    lost = make_token(Purpose.LETTER, site.ana.id, site.issue.id, b"k" * 32)

    answer = site.client.get(f"/u/{lost}", headers={"Accept-Language": "de"})

    assert "antworte auf einen von ihnen" in answer.text


def test_the_token_of_a_removed_subscription_never_acts_on_the_next_one(site: Site) -> None:
    site.parts.catalog.subscribers.remove("bo@example.org", None, NOON)
    old = make_token(Purpose.LETTER, site.bo.id, 0, site.parts.secrets[0])
    newcomer = site.parts.catalog.subscribers.add(a_subscription("cy@example.org"), NOON)

    page = site.client.get(f"/u/{old}")
    answers = [site.client.post(f"/u/{old}{query}") for query in ("?weekly", "?pause=28", "?resume", "?undo", "")]

    assert [one.status_code for one in (page, *answers)] == [200] * 6
    assert {one.text for one in answers} == {page.text}
    assert "You are unsubscribed" in page.text
    assert ("takes you back" in page.text, "<button" in page.text) == (False, False)
    assert site.parts.catalog.subscribers.by_id(newcomer.id).left_at is None


def test_an_old_letter_unsubscribes_again_after_its_reader_came_back(site: Site) -> None:
    site.client.post(f"/u/{site.token}")
    site.parts.catalog.subscribers.resume(site.ana.id, site.parts.catalog.subscribers.by_id(site.ana.id).left_at, "a page")

    answer = site.client.post(f"/u/{site.token}")

    assert answer.status_code == 200
    assert has_left(site)


def test_a_token_from_before_the_key_was_changed_still_unsubscribes(site: Site) -> None:
    rotated = replace(site.parts, secrets=(b"n" * 32, *site.parts.secrets))

    with TestClient(create_app(rotated, clock=lambda: NOON, previews=False)) as client:
        answer = client.post(f"/u/{site.token}")

    assert answer.status_code == 200
    assert has_left(site)


def test_the_issue_page_shows_the_letter_to_its_own_token_only(still: Site) -> None:
    crossed = make_token(Purpose.LETTER, still.bo.id, still.issue.id, still.parts.secrets[0])

    assert "Calibration of language models" in still.client.get(f"/i/{still.token}").text
    assert still.client.get(f"/i/{crossed}").status_code == 404


def test_who_reads_the_issue_page_is_not_led_to_its_reader_s_preferences(still: Site) -> None:
    letter, page = render_issue(still.parts, still.issue).html, still.client.get(f"/i/{still.token}").text

    assert [f"{PUBLIC}/p/" in html for html in (letter, page)] == [True, False]


def test_the_issue_page_does_not_point_to_preferences_that_it_has_not(still: Site) -> None:
    first = replace(still.issue, notes=opening(Profile(), (), {}, still.parts.sender, has_page=True))

    letter, page = render_issue(still.parts, first).html, render_issue(still.parts, first, to_its_reader=False).html

    assert ["This is your first letter." in html for html in (letter, page)] == [True, True]
    assert ["use “Preferences”" in html for html in (letter, page)] == [True, False]


def test_a_hostile_title_is_text_in_the_issue_page(still: Site) -> None:
    page = still.client.get(f"/i/{still.token}").text

    assert HOSTILE not in page
    assert "<script" not in page
    assert "7 * 7" in page


# --- what every answer carries ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/u/{token}", 200),
        ("POST", "/u/{token}", 200),
        ("GET", "/i/{token}", 200),
        ("GET", "/u/wrong", 404),
        ("GET", "/", 404),
        ("DELETE", "/u/{token}", 405),
        ("POST", "/i/{token}", 405),
        ("BREW", "/i/{token}", 405),
    ],
)
def test_no_answer_is_cached_indexed_framed_or_handed_on(site: Site, method: str, address: str, status: int) -> None:
    answer = site.client.request(method, address.format(token=site.token))

    assert answer.status_code == status
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


def test_the_site_s_own_pages_allow_no_inline_style_but_their_own(still: Site) -> None:
    page = still.client.get(f"/u/{still.token}")

    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert "unsafe-inline" not in page.headers["content-security-policy"]
    assert "style=" not in page.text


def test_text_on_the_site_s_own_pages_has_the_size_that_was_chosen_in_the_browser(still: Site) -> None:
    # A size in pixels stays as it is however large somebody has set the text of all pages.
    page = still.client.get(f"/u/{still.token}")

    assert re.findall(r"font(?:-size)?: [\d.]+px", page.text) == []


def test_a_bug_is_answered_with_the_same_headers_and_no_detail(site: Site) -> None:
    def broken() -> None:
        raise RuntimeError("the clock of ana@example.org fell off the wall")

    app = create_app(site.parts, clock=broken, previews=False)  # type: ignore[arg-type]  # a broken clock is the point

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.post(f"/u/{site.token}")

    assert answer.status_code == 500
    assert "wall" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-frame-options"] == "DENY"


def test_nobody_is_told_that_they_have_left_where_the_database_was_taken_away(site: Site, tmp_path: Path) -> None:
    (tmp_path / "digest.db").unlink()

    answer = site.client.post(f"/u/{site.token}")

    assert (answer.status_code, "Not now" in answer.text) == (503, True)


def test_a_reader_learns_nothing_of_what_is_wrong_inside(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.ana, theme="nowhere"), NOON)

    answer = site.client.get(f"/i/{site.token}")

    assert answer.status_code == 503
    assert "nowhere" not in answer.text
    assert "Try again" in answer.text


def test_a_line_in_the_log_names_the_page_and_nothing_that_was_sent(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digest.web.access")

    for method, address in (("GET", f"/i/{site.token}"), ("POST", "/i/somebody"), ("BREW", "/nowhere")):
        site.client.request(method, address)

    lines = [(r.method, r.route, r.status) for r in caplog.records if r.name == "digest.web.access"]
    assert lines == [("GET", "issue", 200), ("POST", "issue", 405), ("?", "none", 404)]


def test_the_operator_learns_from_the_log_what_is_wrong(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with site.parts.catalog.writing() as connection:
        connection.exec_driver_sql("alter table subscribers rename to lost")

    answer = site.client.post(f"/u/{site.token}")

    assert answer.status_code == 503
    assert [r.getMessage() for r in caplog.records if r.name == "digest.web"] == ["not answered: no such table: subscribers (catalog)"]


def test_a_letter_whose_theme_cannot_be_set_is_read_in_a_built_in_one_as_it_was_sent(tmp_path: Path) -> None:
    with filled(tmp_path) as (parts, ana, _, issue):
        presses = Presses(themes=tmp_path)
        parts.catalog.subscribers.edit(replace(ana, theme="nowhere"), NOON)
        app = create_app(replace(parts, press=presses, themes=presses), clock=lambda: NOON, previews=False)
        with TestClient(app) as client:
            answer = client.get(f"/i/{make_token(Purpose.LETTER, ana.id, issue.id, parts.secrets[0])}")

    assert (answer.status_code, "Calibration of language models" in answer.text) == (200, True)


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "[::1", "a b", "", "digest.example.org"])
def test_pages_with_a_token_answer_for_any_host_and_never_repeat_it(still: Site, host: str) -> None:
    addresses = (f"/u/{still.token}", f"/u/{still.token}/", "/u?next=//evil.test", "//evil.test/", f"/i/{still.token}?url=https://evil.test")

    answers = [still.client.get(address, headers={"Host": host, "X-Forwarded-Host": "evil.test"}) for address in addresses]

    assert [answer.status_code for answer in answers] == [200, 404, 404, 404, 200]
    assert all("evil.test" not in str(told(answer)) for answer in answers)


@pytest.mark.parametrize(
    "address",
    ["/u/", "/u/%00", "/u/%ff%fe", "/u/%2e%2e%2f", "/u/" + "a" * 10_000, "/i/%F0%9F%A6%8A", "/i/%ED%A0%80", "/u/a%0d%0ab", "/x" * 2000],
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_malformed_address_is_not_found(still: Site, method: str, address: str) -> None:
    assert still.client.request(method, address).status_code in (404, 405)


def test_a_pages_title_says_what_became_of_what_was_asked(site: Site) -> None:
    leaving, word = f"/u/{site.token}", f"/f/{site.token}/arxiv:2611.00001/more"
    pages = [
        site.client.get(leaving),
        site.client.post(f"{leaving}?weekly"),
        site.client.post(leaving),
        site.client.post(f"{leaving}?undo"),
        site.client.post(word),
        site.client.post(f"{word}?undo=1"),
    ]

    assert [re.findall("<title>(.*?) · |<h1>(.*?)</h1>", page.text) for page in pages] == [
        [(words, ""), ("", words)]
        for words in (
            "Unsubscribe?",
            "Once a week from now on",
            "You are unsubscribed",
            "You are back",
            "Noted: more like this",
            "Taken back",
        )
    ]
