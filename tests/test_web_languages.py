"""What a letter leads to speaks its reader's language: pages, mails to send back, invitations, and what the inbox makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import pytest

from digest.delivery.folder import FolderTransport
from digest.delivery.mailboxes.inbox import read_command
from digest.model import Cadence, Every, FeedbackKind, Subscriber, SubscriberStatus
from digest.rendering import TOKEN
from digest.run.mailing.fresh_links import mail_fresh_link
from digest.run.mailing.inviting import invitation
from digest.run.mailing.letters import letter_of, links_of
from digest.tokens import Purpose, make_token
from tests.builders import NOON, a_subscription
from tests.web_site import Site, a_site

KEY = "arxiv:2611.00001"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The site, whose ana reads German."""
    with a_site(tmp_path, previews=False, connect=lambda: FolderTransport(tmp_path / "mails")) as site:
        german = replace(site.ana.subscriber, language="de")
        site.parts.catalog.subscribers.edit(replace(site.ana, subscriber=german), NOON)
        yield site


def text_of(site: Site, address: str, *, post: bool = False) -> str:
    return (site.client.post if post else site.client.get)(address).text


def mailto(site: Site, kind: FeedbackKind) -> str:
    """Where a letter without pages leads that says this of the paper."""
    issue = site.parts.catalog.issues.load(site.issue.id)
    links = links_of(replace(site.parts, base_url=""), issue)
    assert links.feedback is not None
    return unquote(links.feedback(issue.picks[0].paper, kind).replace(TOKEN, links.token))


def test_the_page_for_unsubscribing_speaks_german(site: Site) -> None:
    asked = text_of(site, f"/u/{site.token}")
    paused = text_of(site, f"/u/{site.token}?pause=28", post=True)
    weekly = text_of(site, f"/u/{site.token}?weekly", post=True)
    left = text_of(site, f"/u/{site.token}", post=True)

    assert '<html lang="de">' in asked
    assert "<p>Das beendet <strong>evenings</strong>; bisher täglich um 07:00.</p>" in asked
    assert "Bis Montag, 21. Dezember 2026 kommen keine Briefe" in paused
    assert "<strong>evenings</strong> kommt jeden Montag um 07:00." in weekly
    assert "Du bekommst keine Briefe von <strong>evenings</strong> mehr." in left


def test_the_page_of_a_reader_who_pauses_is_german(site: Site) -> None:
    text_of(site, f"/u/{site.token}?pause=28", post=True)

    assert "Alle deine Briefe machen Pause bis Montag, 21. Dezember 2026." in text_of(site, f"/u/{site.token}")


def test_the_list_of_saved_papers_is_german(site: Site) -> None:
    text_of(site, f"/f/{site.token}/{KEY}/save", post=True)

    page = text_of(site, f"/p/{site.key(site.ana)}")

    assert "<h2>Gemerkt</h2>" in page
    assert ">Herunterladen (BibTeX)</a>" in page


def test_a_preview_of_the_past_week_is_announced_in_german(site: Site) -> None:
    form = {"do": "preview", "every": "daily", "at": "07:00", "zone": "UTC", "limit": "12", "language": "de", "format": "html"}
    page = site.client.post(f"/p/{site.key(site.ana)}", data=form).text

    assert "Die letzte Woche mit diesen Einstellungen" in page


def test_chosen_days_are_said_in_german(site: Site) -> None:
    days = Cadence(every=Every.DAYS, days=(0, 4))
    site.parts.catalog.subscribers.edit(replace(site.parts.catalog.subscribers.by_id(site.ana.id), cadence=days), NOON)

    assert "jeden Montag und Freitag um 07:00" in text_of(site, f"/u/{site.token}")


def test_the_pages_of_feedback_speak_german(site: Site) -> None:
    asked = text_of(site, f"/f/{site.token}/{KEY}/save")
    done = text_of(site, f"/f/{site.token}/{KEY}/follow?author=Ana+Silva", post=True)

    assert "<h1>Diese Arbeit merken?</h1>" in asked
    assert "<h1>Du folgst Ana Silva</h1>" in done


def test_a_name_of_a_subscription_is_text_in_every_language(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.parts.catalog.subscribers.by_id(site.ana.id), name="<b>{when}</b>"), NOON)

    assert "<strong>&lt;b&gt;{when}&lt;/b&gt;</strong>" in text_of(site, f"/u/{site.token}")


def test_an_old_link_to_preferences_and_what_comes_of_it_is_german(site: Site) -> None:
    old = f"/p/{site.key(site.ana, days=-1)}"

    pages = [text_of(site, old), text_of(site, f"{old}/fresh", post=True)]

    assert "Dieser Link ist abgelaufen" in pages[0]
    assert ['<html lang="de"' in page for page in pages] == [True, True]


def test_who_erases_what_is_known_of_them_is_asked_and_told_in_german(site: Site) -> None:
    address = f"/p/{site.key(site.ana)}/erase"

    pages = [text_of(site, address), text_of(site, address, post=True)]

    assert ['<html lang="de"' in page for page in pages] == [True, True]


def test_the_mail_with_a_fresh_link_is_german(site: Site, tmp_path: Path) -> None:
    mail_fresh_link(site.parts, site.ana.id, NOON)

    (mail,) = (tmp_path / "mails").glob("*.eml")
    said = mail.read_text()
    assert "er gilt bis Montag, 30. November 2026:" in said
    assert "brauchst du nichts zu tun." in said


def test_a_fresh_link_is_mailed_whatever_the_address_is_that_commands_go_to(site: Site, tmp_path: Path) -> None:
    mail_fresh_link(replace(site.parts, sender=replace(site.parts.sender, inbox="grüße&mehr@example.org")), site.ana.id, NOON)

    (mail,) = (tmp_path / "mails").glob("*.eml")
    assert "<mailto:gr%C3%BC%C3%9Fe%26mehr@example.org?subject=unsubscribe%20" in mail.read_text()


def test_an_invitation_and_its_page_are_german(site: Site) -> None:
    reader = Subscriber(email="ed@example.org", language="de", status=SubscriberStatus.PENDING)
    asked = site.parts.catalog.subscribers.add(replace(a_subscription(), subscriber=reader), NOON)
    written = invitation(site.parts, asked, lambda: NOON).content.decode()
    join = make_token(Purpose.JOIN, asked.id, 0, site.parts.secrets[0])

    page = text_of(site, f"/j/{join}")

    assert "Wenn du nichts tust, bleibt das der einzige Brief an dich." in written
    assert "<h1>Möchtest du diese Briefe?</h1>" in page
    assert "<strong>Lab digest</strong> käme täglich um 07:00." in page


def test_mails_to_send_back_are_german_and_the_inbox_knows_whom_to_follow(site: Site) -> None:
    save, follow = mailto(site, FeedbackKind.SAVE), mailto(site, FeedbackKind.FOLLOW)
    subject, _, body = follow.partition("?subject=")[2].partition("&body=")

    command = read_command(f"Subject: {subject}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n".encode())

    assert save.endswith("&body=Bitte sende diese Mail so, wie sie ist.")
    assert body == "Bitte sende diese Mail mit dem Namen, dem du folgen willst:\r\nfollow: Ana Silva"
    assert command is not None
    assert (command.action, command.author) == ("follow", "Ana Silva")


def test_the_header_that_unsubscribes_stays_ascii(site: Site) -> None:
    content = letter_of(replace(site.parts, base_url=""), site.parts.catalog.issues.load(site.issue.id)).content

    assert content.partition(b"\r\n\r\n")[0].isascii()


def test_who_reads_english_is_answered_in_english(site: Site) -> None:
    bo = make_token(Purpose.LETTER, site.bo.id, 0, site.parts.secrets[0])

    page = text_of(site, f"/u/{bo}")

    assert '<html lang="en">' in page
    assert "<p>This ends <strong>trends (trending)</strong>, which comes every day at 07:00.</p>" in page


def test_the_form_of_preferences_is_german(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.parts.catalog.subscribers.by_id(site.ana.id), group="{lab}", share_saves=True), NOON)
    address = f"/p/{site.key(site.ana)}"

    page = text_of(site, address)
    answer = site.client.post(address, data={"do": "resume"}).text

    assert "<h2>Was du liest</h2>" in page
    assert "wie viele von uns in der Gruppe „{lab}“ eine Arbeit gemerkt haben" in page
    assert "Zugestimmt am Montag, 23. November 2026 (a command)" in page
    assert "<span>Mo</span>" in page
    assert "<span>Di</span>" in page
    assert ">Speichern</button>" in page
    assert "Dein nächster Brief kommt am Dienstag, 24. November um 07:00 (Europe/Berlin), mit höchstens 12 Arbeiten." in answer


def test_where_a_word_comes_from_is_text_and_no_message(site: Site) -> None:
    site.parts.catalog.subscribers.edit(replace(site.parts.catalog.subscribers.by_id(site.ana.id), group="lab"), NOON)
    site.parts.catalog.groups.share(site.ana.id, NOON, "a list {of} <b>theirs</b>")

    assert "(a list {of} &lt;b&gt;theirs&lt;/b&gt;)" in text_of(site, f"/p/{site.key(site.ana)}")


def test_a_pause_without_an_end_names_no_day_wherever_the_reader_is(site: Site) -> None:
    east = replace(site.parts.catalog.subscribers.by_id(site.ana.id).subscriber, zone="Pacific/Kiritimati", language="en")
    site.parts.catalog.subscribers.edit(replace(site.parts.catalog.subscribers.by_id(site.ana.id), subscriber=east), NOON)
    site.parts.catalog.subscribers.rest(site.ana.id, datetime(9999, 12, 31, 11, tzinfo=UTC))

    assert "Letters are paused until you end the pause." in text_of(site, f"/p/{site.key(site.ana)}")
    assert "All your letters are paused. This ends <strong>evenings</strong> for good." in text_of(site, f"/u/{site.token}")
    assert "Letters are paused until you end the pause." in text_of(site, f"/u/{site.token}?pause=28", post=True)


def test_who_is_not_known_is_answered_in_the_language_their_browser_asks_for(site: Site) -> None:
    def heading(accept: str, address: str = "/u/nobodys") -> str:
        text = str(site.client.get(address, headers={"Accept-Language": accept}).text)
        return text.partition("<h1>")[2].partition("</h1>")[0]

    assert heading("de-AT,de;q=0.9,en;q=0.8") == "Hier ist nichts"
    assert heading("en-GB,en;q=0.9,de;q=0.8") == "Nothing here"
    assert '<html lang="de">' in site.client.get("/u/nobodys", headers={"Accept-Language": "de"}).text


def test_who_asks_too_often_learns_it_in_their_language(site: Site) -> None:
    german = {"Accept-Language": "de"}
    refused = next(answer for _ in range(200) if (answer := site.client.get(f"/u/{site.token}", headers=german)).status_code == 429)

    assert "<h1>Zu oft</h1>" in refused.text
    assert "Warte kurz und versuch es dann noch einmal." in refused.text


def test_what_is_wrong_with_a_field_is_said_in_german(site: Site) -> None:
    given = {"do": "save", "at": "7 Uhr", "zone": "Europa/Berlin", "limit": "viele", "categories": "machine learning", "every": "days"}
    page = site.client.post(f"/p/{site.key(site.ana)}", data=given).text

    assert "„7 Uhr“ ist keine Uhrzeit; schreib sie als &#34;07:00&#34;." in page
    assert "„Europa/Berlin“ ist keine Zeitzone; meinst du „Europe/Berlin“? Namen sehen aus wie Europe/Berlin." in page
    assert "„viele“ ist keine Zahl; schreib Ziffern, etwa 12." in page
    assert "ist keine Kategorie; meinst du cs.LG? schreib sie wie arXiv: cs.LG, q-bio.BM, hep-th." in page
    assert "Wähl mindestens einen Tag." in page
    assert "is not" not in page


def test_what_is_wrong_with_a_day_is_said_in_german(site: Site) -> None:
    page = site.client.post(f"/p/{site.key(site.ana)}", data={"do": "pause", "until": "2020-01-01"}).text

    assert "Wähl einen Tag in der Zukunft, innerhalb von zwei Jahren." in page


def test_each_language_is_called_by_its_own_name_and_in_itself(site: Site) -> None:
    page = text_of(site, f"/p/{site.key(site.ana)}")

    assert '<option value="de" lang="de" selected>Deutsch</option>' in page
    assert '<option value="en" lang="en">English</option>' in page


def test_an_english_title_on_a_german_page_is_marked_as_english(site: Site) -> None:
    page = text_of(site, f"/f/{site.token}/{KEY}/more")

    assert '<p dir="auto" lang="en"><strong>Calibration of language models</strong></p>' in page
