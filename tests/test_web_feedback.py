"""The links by which a reader says what they think of a paper: looking changes nothing, a button says it, another takes it back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from digest.model import Author, Edition, Format, Issue, Profile
from digest.naming import short_name
from digest.run import render_issue
from digest.tokens import Purpose, make_token

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import a_draft
from .web_site import HOSTILE, Site, a_site, stored

CALIBRATION = "arxiv:2611.00001"
JOURNAL = "doi:10.1000/foxes/7"
HOSTILE_AUTHOR = 'Bo "><script>alert(2)</script> {{ 7 * 7 }} Ünal'
KINDS = ("more", "less", "seen", "save", "follow")


@dataclass(frozen=True, slots=True)
class Room:
    """The site with another reader, cy, whose issue shows one paper of two authors from a journal."""

    site: Site
    issue: Issue

    def get(self, rest: str, method: str = "GET") -> httpx2.Response:
        """Ask for ana's token, and what follows it."""
        return self.site.client.request(method, f"/f/{self.site.token}/{rest}")

    def post(self, rest: str) -> httpx2.Response:
        return self.get(rest, "POST")

    @property
    def cy(self) -> str:
        """The address of the journal's paper in cy's letter, up to the kind."""
        token = make_token(Purpose.LETTER, self.issue.subscription.id, self.issue.id, self.site.parts.secrets[0])
        return f"/f/{token}/{short_name(JOURNAL)}"

    def said(self, subscription: int | None = None) -> list[tuple[str, str, str]]:
        """What stands of what ana (or another) said: kind, paper and author, newest first."""
        number = subscription or self.site.ana.id
        given = self.site.parts.catalog.feedback.of([number]).get(number, ())
        return [(str(one.kind), one.paper.key, one.author) for one in given]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with a_site(tmp_path, previews=False) as site:
        catalog = site.parts.catalog
        foxes = a_paper(JOURNAL, HOSTILE + " again", authors=(Author("Ana Silva"), Author(HOSTILE_AUTHOR)))
        catalog.papers.record(a_batch(foxes, source="journal"), NOON)
        cy = catalog.subscribers.add(a_subscription("cy@example.org"), NOON)
        (issue,) = catalog.issues.publish([a_draft(cy, foxes)], NOON)
        yield Room(site, issue)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_a_page_shows_the_paper_and_one_button_and_names_nobody(room: Room) -> None:
    page = room.get(f"{CALIBRATION}/more")

    assert page.status_code == 200
    assert "Calibration of language models" in page.text
    assert page.text.count("<button") == 1
    assert '<form method="post" action="?"><button type="submit">More like this</button></form>' in page.text
    assert "Nothing happens until you press the button." in page.text
    assert "ana@" not in page.text


def test_each_page_leads_to_the_other_things_to_say(room: Room) -> None:
    page = room.get(f"{CALIBRATION}/less").text

    assert [kind for kind in KINDS if f'<a href="{kind}">' in page] == ["more", "seen", "save", "follow"]


def test_a_scanner_that_opens_every_link_three_times_changes_nothing(room: Room, tmp_path: Path) -> None:
    before = stored(tmp_path)
    addresses = [f"{CALIBRATION}/{kind}{query}" for kind in KINDS for query in ("", "?undo=1", "?author=Ana+Silva")]

    answers = [room.get(address, method) for method in ("GET", "HEAD") * 3 for address in addresses]

    assert {answer.status_code for answer in answers} == {200}
    assert stored(tmp_path) == before


def test_looking_at_what_was_said_does_not_take_it_back(room: Room) -> None:
    room.post(f"{CALIBRATION}/more")

    page = room.get(f"{CALIBRATION}/more?undo=1")

    assert "Noted: more like this" in page.text
    assert room.said() == [("more", CALIBRATION, "")]


# --- saying -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "author", "told"),
    [
        ("more", "", "Noted: more like this"),
        ("less", "", "Noted: less like this"),
        ("seen", "", "Noted: you know this paper"),
        ("save", "", "Saved"),
        ("follow", "Ana Silva", "You follow Ana Silva"),
    ],
)
def test_the_button_says_it_and_offers_to_undo_it(room: Room, kind: str, author: str, told: str) -> None:
    answer = room.post(f"{CALIBRATION}/{kind}")

    assert answer.status_code == 200
    assert f"<h1>{told}</h1>" in answer.text
    assert answer.text.count("<button") == 1
    assert ">Undo</button>" in answer.text
    assert "set-cookie" not in answer.headers
    assert room.said() == [(kind, CALIBRATION, author)]


def test_what_was_said_by_a_link_says_so(room: Room) -> None:
    room.post(f"{CALIBRATION}/save")

    (one,) = room.site.parts.catalog.feedback.of([room.site.ana.id])[room.site.ana.id]
    assert (one.origin, one.at) == ("link", NOON)


def test_pressing_twice_is_pressing_once(room: Room, tmp_path: Path) -> None:
    first = room.post(f"{CALIBRATION}/more")
    before = stored(tmp_path)

    second = room.post(f"{CALIBRATION}/more")

    assert second.text == first.text
    assert stored(tmp_path) == before


def test_less_after_more_is_less(room: Room) -> None:
    room.post(f"{CALIBRATION}/more")
    room.post(f"{CALIBRATION}/less")

    assert room.said() == [("less", CALIBRATION, "")]
    assert "<h1>More like this?</h1>" in room.get(f"{CALIBRATION}/more").text


def test_what_was_saved_before_it_was_disliked_can_be_saved_again(room: Room) -> None:
    room.post(f"{CALIBRATION}/save")
    room.post(f"{CALIBRATION}/less")

    page, answer = room.get(f"{CALIBRATION}/save"), room.post(f"{CALIBRATION}/save")

    assert "Save this paper?" in page.text
    assert "<h1>Saved</h1>" in answer.text
    assert [kind for kind, _, _ in room.said()] == ["save"]


def test_what_was_saved_before_it_was_disliked_can_be_taken_from_what_is_saved(room: Room) -> None:
    room.post(f"{CALIBRATION}/save")
    room.post(f"{CALIBRATION}/less")

    page, less = room.get(f"{CALIBRATION}/save").text, room.get(f"{CALIBRATION}/more").text
    room.post(f"{CALIBRATION}/save?undo=1")

    assert ("?undo=1" in page, "?undo=1" in less) == (True, False)
    assert "Nothing happens until you press a button." in page
    assert [kind for kind, _, _ in room.said()] == ["less"]


@pytest.mark.parametrize("content", [b"", b"author=Evil&undo=1", b"%%%\xff\x00", b"--x\r\nbroken"])
def test_what_a_form_contains_decides_nothing(room: Room, content: bytes) -> None:
    room.site.client.post(f"/f/{room.site.token}/{CALIBRATION}/follow", content=content)

    assert room.said() == [("follow", CALIBRATION, "Ana Silva")]


def test_a_form_of_a_megabyte_is_refused_and_changes_nothing(room: Room) -> None:
    answer = room.site.client.post(f"/f/{room.site.token}/{CALIBRATION}/more", content=b"x" * 1_000_000)

    assert answer.status_code == 413
    assert room.said() == []


# --- undoing ----------------------------------------------------------------------------------------------------------


def test_undo_takes_it_back_and_again_changes_nothing(room: Room) -> None:
    room.post(f"{CALIBRATION}/save")
    room.post(f"{CALIBRATION}/more")

    answers = [room.post(f"{CALIBRATION}/more?undo=1") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].text == answers[1].text
    assert "<h1>Taken back</h1>" in answers[0].text
    assert '<form method="post" action="?"><button type="submit">More like this</button></form>' in answers[0].text
    assert room.said() == [("save", CALIBRATION, "")]


def test_undo_before_anything_was_said_is_no_error(room: Room) -> None:
    assert room.post(f"{CALIBRATION}/seen?undo=1").status_code == 200
    assert room.said() == []


def test_what_was_taken_back_can_be_said_again(room: Room) -> None:
    room.post(f"{CALIBRATION}/more")
    room.post(f"{CALIBRATION}/more?undo=1")
    room.post(f"{CALIBRATION}/more")

    assert room.said() == [("more", CALIBRATION, "")]


def test_undo_takes_back_nothing_that_another_reader_said(room: Room) -> None:
    number = room.issue.subscription.id
    room.site.client.post(f"{room.cy}/more")

    room.post(f"{CALIBRATION}/more?undo=1")

    assert room.said(number) == [("more", JOURNAL, "")]


# --- following --------------------------------------------------------------------------------------------------------


def test_each_author_has_a_button_and_the_one_pressed_is_followed(room: Room) -> None:
    page = room.site.client.get(f"{room.cy}/follow")
    answer = room.site.client.post(f"{room.cy}/follow?author=Ana+Silva")

    assert page.text.count("<button") == 2
    assert '<form method="post" action="?author=Ana+Silva">' in page.text
    assert "<h1>You follow Ana Silva</h1>" in answer.text
    assert 'action="?author=Ana+Silva&amp;undo=1"' in answer.text
    assert '<a href="follow">' in answer.text
    assert room.said(room.issue.subscription.id) == [("follow", JOURNAL, "Ana Silva")]


def test_one_of_several_authors_has_to_be_chosen(room: Room) -> None:
    answers = [room.site.client.post(f"{room.cy}/follow{query}") for query in ("", "?undo=1", "?author=")]

    assert ["<h1>Follow whom?</h1>" in answer.text for answer in answers] == [True, True, True]
    assert room.said(room.issue.subscription.id) == []


def test_one_author_is_undone_and_the_other_stays_followed(room: Room) -> None:
    number = room.issue.subscription.id
    for author in ("Ana Silva", HOSTILE_AUTHOR):
        room.site.client.post(f"{room.cy}/follow", params={"author": author})

    room.site.client.post(f"{room.cy}/follow", params={"author": "Ana Silva", "undo": "1"})

    assert room.said(number) == [("follow", JOURNAL, HOSTILE_AUTHOR)]


@pytest.mark.parametrize("author", ["Eve", "ana silva", "Ana Silva ", "\x00", "%"])
def test_nobody_but_an_author_of_the_paper_is_followed(room: Room, author: str) -> None:
    answer = room.site.client.post(f"{room.cy}/follow", params={"author": author})

    assert answer.status_code == 404
    assert room.said(room.issue.subscription.id) == []


def test_of_many_authors_the_first_eleven_and_the_last_have_a_button(room: Room) -> None:
    many = tuple(Author(f"Person {number}") for number in range(1, 41))
    room.site.parts.catalog.papers.record(a_batch(a_paper(CALIBRATION, "Calibration", authors=many, version=2)), NOON)

    page = room.get(f"{CALIBRATION}/follow").text

    assert page.count("<button") == 12
    assert [number for number in range(1, 41) if f">Person {number}</button>" in page] == [*range(1, 12), 40]


def test_of_a_large_collaboration_whose_last_author_is_not_known_the_first_twelve_have_a_button(room: Room) -> None:
    many = tuple(Author(f"Person {number}") for number in range(1, 201))
    room.site.parts.catalog.papers.record(a_batch(a_paper(CALIBRATION, "Calibration", authors=many, version=2)), NOON)

    page = room.get(f"{CALIBRATION}/follow").text

    assert [number for number in range(1, 201) if f">Person {number}</button>" in page] == [*range(1, 13)]


def test_a_paper_of_nobody_offers_nobody_to_follow(room: Room) -> None:
    catalog = room.site.parts.catalog
    bare = a_paper("arxiv:2611.00009", "Of Unknown Origin", authors=())
    catalog.papers.record(a_batch(bare), NOON)
    (issue,) = catalog.issues.publish([a_draft(room.issue.subscription, bare, day="2026-11-24")], NOON)
    token = make_token(Purpose.LETTER, issue.subscription.id, issue.id, room.site.parts.secrets[0])

    assert '<a href="follow">' not in room.site.client.get(f"/f/{token}/arxiv:2611.00009/more").text
    assert room.site.client.get(f"/f/{token}/arxiv:2611.00009/follow").status_code == 404
    assert "/follow" not in render_issue(room.site.parts, issue).text


# --- what a letter cannot say -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_all_that_a_letter_cannot_say_gets_the_same_answer(room: Room, tmp_path: Path, method: str) -> None:
    ana, secret, token = room.site.ana.id, room.site.parts.secrets[0], room.site.token
    crossed = make_token(Purpose.LETTER, ana, room.issue.id, secret)
    gone = make_token(Purpose.LETTER, ana, 999, secret)
    other_purpose = make_token(Purpose.PREFERENCES, ana, room.site.issue.id, secret)
    other_key = make_token(Purpose.LETTER, ana, room.site.issue.id, b"k" * 32)
    before = stored(tmp_path)
    tokens = ["wrong", token[:-1], token.swapcase(), crossed, gone, other_purpose, other_key]
    papers = [short_name(JOURNAL), "arxiv:2611.99999", "ARXIV:2611.00001", "1", "doi:10.1000%2Ffoxes%2F7", "%00", "..", "a" * 5000]
    kinds = ["MORE", "more ", "love", "more/", "more/undo", "%6dore%00", "", "undo"]
    queries = ["follow?author=Eve", "follow?author=%ff", "follow?author=Ana+Silva&author=Eve"]

    answers = [room.site.client.request(method, f"/f/{one}/{CALIBRATION}/more") for one in tokens]
    answers += [room.get(f"{one}/more", method) for one in papers]
    answers += [room.get(f"{CALIBRATION}/{one}", method) for one in (*kinds, *queries)]

    expected = room.site.client.request(method, "/anything")
    assert expected.status_code == 404
    assert {(a.status_code, a.text, tuple(a.headers.items())) for a in answers} == {(404, expected.text, tuple(expected.headers.items()))}
    assert stored(tmp_path) == before


def test_another_method_is_refused(room: Room) -> None:
    assert room.get(f"{CALIBRATION}/more", "DELETE").status_code == 405


def test_an_edition_has_no_links_for_feedback_and_takes_none(room: Room) -> None:
    catalog = room.site.parts.catalog
    edition = catalog.subscribers.add(a_subscription("di@example.org", edition=Edition(name="cs.LG")), NOON)
    (issue,) = catalog.issues.publish([a_draft(edition, a_paper(CALIBRATION))], NOON)
    token = make_token(Purpose.LETTER, edition.id, issue.id, room.site.parts.secrets[0])

    rendering = render_issue(room.site.parts, issue)

    assert "/f/" not in rendering.html + rendering.text + rendering.markdown
    assert room.site.client.post(f"/f/{token}/{CALIBRATION}/more").status_code == 404


def test_a_removed_subscription_learns_nothing_more(room: Room) -> None:
    room.site.parts.catalog.subscribers.remove("ana@example.org", None, NOON)

    assert room.post(f"{CALIBRATION}/more").status_code == 404


def test_an_old_letter_speaks_of_its_papers_by_whatever_name_they_went_by_then(room: Room) -> None:
    both = (JOURNAL, "arxiv:2611.00005")
    room.site.parts.catalog.papers.record(a_batch(a_paper("arxiv:2611.00005", "Foxes", ids=both)), NOON)

    answer = room.site.client.post(f"{room.cy}/more")

    assert answer.status_code == 200
    assert room.said(room.issue.subscription.id) == [("more", "arxiv:2611.00005", "")]


def test_the_title_of_a_page_tells_what_is_asked_of_which_paper(room: Room) -> None:
    assert "<title>More like this? · Calibration of language models · Lab digest</title>" in room.get(f"{CALIBRATION}/more").text


# --- hostile papers ---------------------------------------------------------------------------------------------------


def test_a_hostile_title_and_author_are_text(room: Room) -> None:
    page = room.site.client.get(f"{room.cy}/follow").text
    done = room.site.client.post(f"{room.cy}/follow", params={"author": HOSTILE_AUTHOR}).text

    assert "<script" not in page + done
    assert "49" not in page + done
    assert "Foxes &lt;script&gt;alert(1)&lt;/script&gt; &amp; &#123;&#123; 7 * 7 &#125;&#125; again" in page
    assert "You follow Bo &#34;&gt;&lt;script&gt;alert(2)&lt;/script&gt; {{ 7 * 7 }} Ünal" in done
    assert 'action="?author=Bo+%22%3E%3Cscript%3Ealert%282%29%3C%2Fscript%3E+%7B%7B+7+%2A+7+%7D%7D+%C3%9Cnal"' in page


def test_no_answer_is_cached_framed_or_handed_on(room: Room) -> None:
    answers = [room.get(f"{CALIBRATION}/more"), room.post(f"{CALIBRATION}/more"), room.get("x/more")]

    assert [answer.headers["referrer-policy"] for answer in answers] == ["no-referrer"] * 3
    assert [answer.headers["cache-control"] for answer in answers] == ["no-store"] * 3
    assert [answer.headers["x-frame-options"] for answer in answers] == ["DENY"] * 3
    assert ["form-action 'self'" in answer.headers["content-security-policy"] for answer in answers] == [True] * 3


# --- the letters ------------------------------------------------------------------------------------------------------


def test_the_links_of_a_letter_are_the_pages_that_answer(room: Room) -> None:
    text = render_issue(room.site.parts, room.issue).text
    paths = re.findall(r"https://digest\.example\.org(/f/\S+)", text)

    answers = [room.site.client.get(path) for path in paths]

    assert paths == [f"{room.cy}/{kind}" for kind in ("more", "less", "save", "follow")]
    assert [answer.status_code for answer in answers] == [200] * 4


def test_two_readers_of_one_paper_each_have_their_own_links(room: Room) -> None:
    issue = replace(room.site.issue, picks=room.issue.picks)

    first, second = render_issue(room.site.parts, issue), render_issue(room.site.parts, room.issue)

    assert (first.html.count(room.site.token), first.html.count(room.cy)) == (7, 0)
    assert (second.html.count(room.site.token), second.html.count(room.cy)) == (0, 4)


def test_every_form_of_a_letter_links_to_the_pages(room: Room) -> None:
    rendering = render_issue(room.site.parts, room.site.issue)
    pages = [f"https://digest.example.org/f/{room.site.token}/{CALIBRATION}/{kind}" for kind in ("more", "less", "save", "follow")]

    assert [page for page in pages if f'<a href="{page}"' not in rendering.html] == []
    assert [page for page in pages if f" {page}\n" not in rendering.text] == []
    assert [page for page in pages if f"]({page})" not in rendering.markdown] == []


def test_without_a_base_url_every_form_of_a_letter_has_mails_that_say_it(room: Room) -> None:
    rendering = render_issue(replace(room.site.parts, base_url=""), room.site.issue)
    start, words = "mailto:digest@example.org?subject=", f"%20{CALIBRATION}%20{room.site.token}"
    mails = [f"{start}{kind}{words}&body=Please%20send%20this%20mail%20as%20it%20is." for kind in ("more", "less", "save")]
    mails.append(f"{start}follow{words}&body=Please%20send%20this%20mail%20with%20the%20author%20to%20follow%3A%20Ana%20Silva")

    assert [mail for mail in mails if f'<a href="{mail.replace("&", "&amp;")}"' not in rendering.html] == []
    assert [mail for mail in mails if f" {mail}\n" not in rendering.text] == []
    assert [mail for mail in mails if f"]({mail})" not in rendering.markdown] == []
    assert "/f/" not in rendering.html + rendering.text + rendering.markdown


def test_a_letter_of_plain_text_alone_has_one_short_mail_for_each_paper_and_says_what_else_it_may_say(room: Room) -> None:
    plain = replace(room.site.issue, subscription=replace(room.site.issue.subscription, format=Format.TEXT))
    text = render_issue(replace(room.site.parts, base_url=""), plain).text

    mails = re.findall(r"^     (\w+:) +(mailto:\S+)$", text, re.M)
    assert mails[0] == ("More:", f"mailto:digest@example.org?subject=more%20{CALIBRATION}%20{room.site.token}")
    assert {label for label, _ in mails} == {"More:"}
    assert len(mails) == len(plain.picks)
    assert "may be “less”, “save” or “follow” (its first author). You get this letter" in " ".join(text.split())


def test_with_a_base_url_a_letter_of_plain_text_alone_has_every_page(room: Room) -> None:
    plain = replace(room.site.issue, subscription=replace(room.site.issue.subscription, format=Format.TEXT))
    text = render_issue(room.site.parts, plain).text

    assert re.findall(r"^     (More|Less|Save|Follow): ", text, re.M)[:4] == ["More", "Less", "Save", "Follow"]
    assert "may be “less”" not in text


def test_a_hostile_author_s_name_adds_nothing_to_a_mail(room: Room) -> None:
    foxes = a_paper(JOURNAL, authors=(Author("Eve\r\nBcc: v@evil.test&cc=v@evil.test?"),))
    issue = replace(room.issue, picks=tuple(replace(pick, paper=foxes) for pick in room.issue.picks))

    text = render_issue(replace(room.site.parts, base_url=""), issue).text

    (mail,) = [line for line in text.splitlines() if line.startswith("     Follow:")]
    assert mail.endswith(
        "&body=Please%20send%20this%20mail%20with%20the%20author%20to%20follow%3A%20Eve%20Bcc%3A%20v%40evil.test%26cc%3Dv%40evil.test%3F"
    )
    assert mail.count("&") == 1


def test_a_profile_with_nothing_to_rank_by_is_asked_too(room: Room) -> None:
    thin = replace(room.site.issue, subscription=replace(room.site.ana, profile=Profile()))

    assert f"/{CALIBRATION}/more" in render_issue(room.site.parts, thin).text
