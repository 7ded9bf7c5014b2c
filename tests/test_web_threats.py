"""What strangers, scanners and other sites may try at the pages behind a letter's links: one test for each row of the list of threats.

The list is shared/facts/threats.md, and a test is named after its row: a1 … a18, a41, a42. Rows about signing up have no page here.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.delivery.folder import FolderTransport
from digest.model import Author, DeliveryStatus, FeedbackKind, Interest, Profile
from digest.tokens import Purpose, make_token
from digest.web import create_app
from digest.web.limits import Limits
from tests.fates import began

from .builders import NOON, a_batch, a_paper, a_subscription
from .test_web import damaged, stored, told
from .test_web_limits import Ticks
from .test_web_preferences import form_of, sent
from .web_site import Site, a_site

PAPER = "arxiv:2611.00001"
EVIL = "https://evil.example.org"
SCRIPT = '"><script>alert(1)</script><svg onload=alert(2)>{{ 7 * 7 }}{% raw %}&amp;lt;'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with a_site(tmp_path, previews=False, limits=Limits(Ticks()), connect=lambda: FolderTransport(tmp_path / "mails")) as site:
        yield site


def pages(site: Site) -> list[str]:
    """The address of every page that a reader's links lead to."""
    key, old = site.key(site.ana), site.key(site.ana, days=-1)
    own = [f"/p/{key}", f"/p/{key}/export.json", f"/p/{key}/saved.bib", f"/p/{key}/erase", f"/p/{old}", f"/p/{old}/erase"]
    said = [f"/f/{site.token}/{PAPER}/{kind}" for kind in FeedbackKind]
    return [f"/u/{site.token}", f"/i/{site.token}", f"/b/{site.token}/{PAPER}.bib", *said, *own]


def test_a1_a_scanner_that_gets_every_link_three_times_changes_nothing(site: Site, tmp_path: Path) -> None:
    before = stored(tmp_path)

    answers = [site.client.request(method, address) for address in pages(site) for method in ("GET", "HEAD") * 3]

    assert {answer.status_code for answer in answers} == {200, 410}
    assert stored(tmp_path) == before
    assert not (tmp_path / "mails").exists()


@pytest.mark.parametrize("encoding", ["data", "files"])
def test_a2_one_click_without_cookies_ends_the_subscription_however_often_it_comes(site: Site, encoding: str) -> None:
    said = {"data": {"List-Unsubscribe": "One-Click"}} if encoding == "data" else {"files": {"List-Unsubscribe": (None, "One-Click")}}

    answers = [site.client.post(f"/u/{site.token}", headers={"Origin": EVIL}, **said) for _ in range(4)]  # type: ignore[arg-type]

    assert [(answer.status_code, "set-cookie" in answer.headers) for answer in answers] == [(200, False)] * 4
    assert len({answer.text for answer in answers}) == 1
    assert site.parts.catalog.subscribers.by_id(site.ana.id).left_at == NOON


@pytest.mark.parametrize("room", ["u", "f", "p", "erase", "fresh"])
@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", ""),
        (b"\xff\x00%%%&&&===", "application/x-www-form-urlencoded"),
        (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
        (b"--x", 'multipart/form-data; boundary=""'),
        (b"<a/>", "text/xml; charset=klingon"),
        (b"{}", "application/json"),
    ],
)
def test_a3_no_body_is_answered_with_a_fault_of_ours(site: Site, room: str, content: bytes, kind: str) -> None:
    answer = site.client.post(address_of(site, room), content=content, headers={"Content-Type": kind} if kind else {})

    assert answer.status_code in (200, 400)


@pytest.mark.parametrize("room", ["u", "f", "p", "erase", "fresh"])
def test_a3_a_body_of_ten_megabytes_is_refused_and_does_nothing(site: Site, tmp_path: Path, room: str) -> None:
    before = stored(tmp_path)

    answer = site.client.post(address_of(site, room), content=b"x" * 10_000_000)

    assert answer.status_code == 413
    assert stored(tmp_path) == before


def test_a3_a_file_is_read_only_from_who_has_a_key(site: Site) -> None:
    key = site.key(site.ana)
    assert [site.client.post(f"/p/{one}", content=b"x" * 1_000_000).status_code for one in (key, key[:-1], "guess")] == [400, 413, 413]


def test_who_sends_a_file_that_is_too_large_is_told_how_large_one_may_be(site: Site) -> None:
    answer = site.client.post(f"/p/{site.key(site.ana)}", files={"library": ("refs.bib", b"x" * 3_000_000)})

    assert answer.status_code == 413
    assert "choose one of at most 1 MB" in answer.text


def address_of(site: Site, room: str) -> str:
    """Where a POST acts."""
    key = site.key(site.ana)
    rooms = {
        "u": f"/u/{site.token}",
        "f": f"/f/{site.token}/{PAPER}/more",
        "p": f"/p/{key}",
        "erase": f"/p/{key}/erase",
        "fresh": f"/p/{key}/fresh",
    }
    return rooms[room]


@pytest.mark.parametrize(
    ("method", "rest"),
    [("GET", ""), ("POST", ""), ("GET", "/export.json"), ("GET", "/erase"), ("POST", "/erase"), ("GET", "/fresh"), ("POST", "/fresh")],
)
def test_a4_every_token_that_is_not_ours_is_refused_with_the_same_words(site: Site, tmp_path: Path, method: str, rest: str) -> None:
    before = stored(tmp_path)
    nobody = make_token(Purpose.PREFERENCES, 999, 999, site.parts.secrets[0], last_day=(NOON + timedelta(days=9)).date())
    other_key = make_token(Purpose.PREFERENCES, site.ana.id, 1, b"k" * 32, last_day=(NOON + timedelta(days=9)).date())
    tokens = [*damaged(site.key(site.ana)), site.token, other_key, *([] if rest == "/fresh" else [nobody])]

    answers = [site.client.request(method, f"/p/{token}{rest}") for token in tokens]

    assert {told(answer) for answer in answers} == {told(site.client.request(method, f"/p/anything{rest}"))}
    assert answers[0].status_code == 404
    assert stored(tmp_path) == before


def test_a4_a_key_to_preferences_is_no_letter_s_token_and_the_other_way_round(site: Site, tmp_path: Path) -> None:
    key, before = site.key(site.ana), stored(tmp_path)

    answers = [site.client.post(f"/u/{key}"), site.client.post(f"/f/{key}/{PAPER}/more"), site.client.post(f"/p/{site.token}/erase")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert stored(tmp_path) == before


def test_a5_keys_of_who_was_removed_never_open_who_came_after(site: Site) -> None:
    key = site.key(site.ana)
    site.client.post(f"/p/{key}/erase")
    site.parts.catalog.suppressions.lift("ana@example.org")  # since they asked for letters again
    newcomer = site.parts.catalog.subscribers.add(a_subscription("ana@example.org", "evenings"), NOON)

    answers = [site.client.get(f"/p/{key}"), site.client.post(f"/p/{key}/erase"), site.client.post(f"/u/{site.token}")]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert site.parts.catalog.subscribers.by_id(newcomer.id).left_at is None


def test_a5_after_the_signing_key_is_changed_old_links_still_work(site: Site) -> None:
    rotated = replace(site.parts, secrets=(b"n" * 32, *site.parts.secrets))

    with TestClient(create_app(rotated, clock=lambda: NOON, previews=False)) as client:
        answers = [client.get(f"/p/{site.key(site.ana)}"), client.post(f"/u/{site.token}")]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_a6_a_letter_in_a_sender_s_hands_is_not_sent_once_its_reader_has_left_or_is_erased(site: Site) -> None:
    outbox = site.parts.catalog.outbox
    (claimed,) = outbox.claim(NOON, "worker", 10, timedelta(minutes=5))

    site.client.post(f"/u/{site.token}")

    assert not began(outbox, claimed.id, NOON, "worker")
    assert outbox.counts()[DeliveryStatus.CANCELLED] == 1

    site.client.post(f"/p/{site.key(site.ana)}/erase")

    assert not began(outbox, claimed.id, NOON, "worker")
    assert outbox.counts()[DeliveryStatus.CANCELLED] == 0


@pytest.mark.parametrize(
    "name", ["x\r\nBcc: v@example.org", "=?utf-8?q?x?=\x00", "a" * 10_000, "\u202egnp.exe", "\ud800", "line\u2028end"], ids=range(6)
)
def test_a10_a_name_that_is_more_than_a_name_is_refused(site: Site, name: str) -> None:
    before = site.parts.catalog.subscribers.by_id(site.ana.id)

    answer = sent(site, interest_0_name=name.encode("utf-8", "replace").decode(), keywords=name.encode("utf-8", "replace").decode())

    kept = site.parts.catalog.subscribers.by_id(site.ana.id)
    assert kept == before or all(text.isprintable() and len(text) < 400 for text in texts_of(kept.profile))
    assert answer.status_code in (200, 422)


def texts_of(profile: Profile | None) -> list[str]:
    assert profile is not None
    return [*profile.keywords, *(interest.name for interest in profile.interests)]


def test_a11_an_expired_link_offers_a_new_mail_and_a_scanner_that_presses_the_button_gets_nothing(site: Site, tmp_path: Path) -> None:
    old = site.key(site.ana, days=-1)

    page, pressed = site.client.get(f"/p/{old}"), [site.client.post(f"/p/{old}/fresh") for _ in range(3)]

    assert "Mail me a fresh link" in page.text
    assert not any("/p/" in answer.text or "@example.org" in answer.text for answer in pressed)
    assert len(list((tmp_path / "mails").rglob("*.eml"))) == 1


def test_a12_no_guessed_number_and_no_other_reader_s_key_leads_to_somebody(site: Site) -> None:
    crossed = make_token(Purpose.LETTER, site.bo.id, site.issue.id, site.parts.secrets[0])

    answers = [
        *(site.client.get(f"/{room}/{number}") for room in "uip" for number in (1, 2, "1.1", "..%2f1")),
        site.client.get(f"/i/{crossed}"),
        site.client.post(f"/f/{crossed}/{PAPER}/more"),
        site.client.get(f"/b/{crossed}/{PAPER}.bib"),
    ]
    own = site.client.get(f"/p/{site.key(site.bo)}/export.json")

    assert {answer.status_code for answer in answers} == {404}
    assert ("bo@example.org" in own.text, "ana@example.org" in own.text) == (True, False)


def test_a13_another_site_s_form_can_do_nothing_without_the_key(site: Site, tmp_path: Path) -> None:
    before = stored(tmp_path)
    browser = {"Origin": EVIL, "Referer": f"{EVIL}/", "Cookie": f"session={site.key(site.ana)}", "Sec-Fetch-Site": "cross-site"}
    fields = form_of(site.client.get(f"/p/{site.key(site.ana)}")) | {"do": "save", "keywords": "evil", "token": site.key(site.ana)}

    answers = [
        site.client.post(address, data=fields, headers=browser) for address in ("/p/", "/p/me", "/p/me/erase", "/u/me", "/f/me/x/more")
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert stored(tmp_path) == before
    assert not any(name.startswith("access-control") for answer in answers for name in answer.headers)


def test_a14_feedback_counts_only_after_a_post_and_once(site: Site) -> None:
    address = f"/f/{site.token}/{PAPER}/more"
    given = site.parts.catalog.feedback

    looks = [site.client.request(method, address) for method in ("GET", "HEAD", "OPTIONS")]
    assert given.of([site.ana.id]) == {}
    says = [site.client.post(address) for _ in range(3)]

    assert [answer.status_code for answer in (*looks, *says)] == [200, 200, 405, 200, 200, 200]
    assert len(given.of([site.ana.id])[site.ana.id]) == 1


def test_a15_no_page_hands_its_address_on_or_loads_anything_from_elsewhere(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    answers = [site.client.get(address) for address in pages(site)]
    answers.append(sent(site, "preview"))

    assert {answer.headers["referrer-policy"] for answer in answers} == {"no-referrer"}
    loaded = [re.findall(r'(?:src|srcset|action|formaction)="(.*?)"|url\((.*?)\)|@import', answer.text) for answer in answers]
    assert [one for some in loaded for one, _ in some if "//" in one] == []
    logged = [str(record.__dict__) for record in caplog.records if record.name.startswith("digest")]
    assert logged
    assert [line for line in logged if site.token in line or site.key(site.ana) in line or "@example.org" in line] == []


def test_a16_no_page_is_framed_by_others_indexed_or_kept(site: Site) -> None:
    answers = [site.client.get(address) for address in pages(site)]

    kept = {(a.headers["cache-control"], a.headers["x-robots-tag"], a.headers["x-content-type-options"]) for a in answers}
    assert kept == {("no-store", "noindex, nofollow", "nosniff")}
    own = [answer for answer in answers if "attachment" not in answer.headers.get("content-disposition", "")]
    assert {answer.headers["x-frame-options"] for answer in own} == {"DENY"}
    assert all("frame-ancestors 'none'" in answer.headers["content-security-policy"] for answer in own)
    assert all("script-src" not in answer.headers["content-security-policy"] for answer in answers)
    assert all(
        "unsafe-inline" not in a.headers["content-security-policy"] for a in own if "sandbox" not in a.headers["content-security-policy"]
    )
    assert all("sandbox" in answer.headers["content-security-policy"] for answer in answers if answer not in own)


def test_a17_no_host_and_no_parameter_gets_into_a_page_or_a_mail(site: Site, tmp_path: Path) -> None:
    forged = {
        "Host": "evil.example.org",
        "X-Forwarded-Host": "evil.example.org",
        "Forwarded": "host=evil.example.org",
        "X-Forwarded-Proto": "http",
    }
    queries = "?next=//evil.example.org&url=https://evil.example.org&back=evil.example.org"
    old = site.key(site.ana, days=-1)

    answers = [site.client.get(address + queries, headers=forged) for address in pages(site)]
    answers.append(site.client.post(f"/p/{old}/fresh{queries}", headers=forged))
    answers += [site.client.get(f"/p/{site.key(site.ana)}/", headers=forged), site.client.get("//evil.example.org/", headers=forged)]

    (mail,) = (path.read_text() for path in (tmp_path / "mails").rglob("*.eml"))
    assert not any("evil.example.org" in answer.text or "location" in answer.headers for answer in answers)
    assert "evil" not in mail
    assert "https://digest.example.org/p/" in mail.replace("=\n", "")


def test_a18_hostile_words_are_text_on_every_page(site: Site) -> None:
    hostile = a_paper(f"{PAPER}9", f"Foxes {SCRIPT}", abstract=SCRIPT, authors=(Author(SCRIPT),))
    site.parts.catalog.papers.record(a_batch(hostile), NOON)
    profile = Profile(
        interests=(Interest(name=SCRIPT[:60], topics=(SCRIPT, "foxes")),), keywords=(SCRIPT,), muted=("'; drop table papers",)
    )
    site.parts.catalog.subscribers.edit(replace(site.ana, profile=profile), NOON)
    key = site.key(site.ana)

    shown = [
        site.client.get(f"/p/{key}"),
        sent(site, "preview"),
        site.client.get(f"/p/{key}/preview.html"),
        site.client.get(f"/u/{site.token}"),
    ]
    shown.append(sent(site, zone=SCRIPT, at=SCRIPT, papers=SCRIPT, until=SCRIPT, interest_0_weight=SCRIPT, categories=SCRIPT))

    assert [answer.status_code for answer in shown] == [200, 200, 200, 200, 422]
    assert not any("<script" in answer.text or "<svg" in answer.text or ">49<" in answer.text for answer in shown)
    assert form_of(shown[0])["interest-0-topics"] == f"{SCRIPT}\nfoxes"
    assert form_of(shown[-1])["papers"] == SCRIPT


def a_stranger(site: Site) -> TestClient:
    """Who asks the site from another address; in a `with`, so that not each of their questions starts a loop of its own."""
    return TestClient(site.client.app, client=("203.0.113.7", 1), raise_server_exceptions=False)


def test_a41_who_asks_without_end_is_asked_to_wait_and_nobody_else_is(tmp_path: Path) -> None:
    with a_site(tmp_path, limits=Limits(Ticks())) as site, a_stranger(site) as stranger:
        answers = [stranger.get(f"/u/guess-{number}") for number in range(310)]
        same = [site.client.get(f"/u/{site.token}") for _ in range(95)]
        other = site.client.get(f"/p/{site.key(site.bo)}")

    assert [answers[299].status_code, answers[300].status_code, answers[-1].headers["retry-after"]] == [404, 429, "1"]
    assert [same[89].status_code, same[90].status_code] == [200, 429]
    assert "frame-ancestors 'none'" in same[-1].headers["content-security-policy"]
    assert other.status_code == 200


def test_a41_a_scanner_that_looks_at_every_link_keeps_nobody_from_leaving(tmp_path: Path) -> None:
    with a_site(tmp_path, limits=Limits(Ticks())) as site, a_stranger(site) as scanner:
        looked = [scanner.get(f"/f/{site.token}/{number}/more").status_code for number in range(310)]
        left = [scanner.post(f"/u/{site.token}", data={"List-Unsubscribe": "One-Click"}).status_code for _ in range(91)]

    assert looked[-1] == 429
    assert (left[0], left[-1]) == (200, 429)


def test_a41_the_limit_of_an_address_is_not_got_round_by_a_header(tmp_path: Path) -> None:
    with a_site(tmp_path, limits=Limits(Ticks())) as site, a_stranger(site) as stranger:
        answers = [stranger.get(f"/u/guess-{number}", headers={"X-Forwarded-For": f"198.51.100.{number % 250}"}) for number in range(310)]

    assert answers[-1].status_code == 429


def test_a42_the_site_listens_on_this_machine_alone_unless_told_otherwise_and_strangers_see_no_previews(tmp_path: Path) -> None:
    from digest.cli.serve import serve

    host = next(parameter for parameter in serve.params if parameter.name == "host")
    with a_site(tmp_path) as site:
        through_a_proxy = site.client.get("/", headers={"X-Forwarded-For": "203.0.113.7"})
        elsewhere = site.client.get("/", headers={"Host": "digest.example.org"})

    assert host.default == "127.0.0.1"
    assert (through_a_proxy.status_code, elsewhere.status_code) == (404, 404)
