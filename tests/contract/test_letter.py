"""What a letter keeps, whatever its papers say: one test for each requirement on outgoing mail that a program can check.

The requirements go by their numbers (R1 … R42). Each test runs over real letters of hostile papers (`hostile_letters.py`): in every form,
theme, language and with every kind of base_url; those about HTML over the letters that have it.
"""

# Not here, because no program can check it before a letter leaves, or because digest does not do it:
# R20  that SPF, DKIM and DMARC align: it depends on the sender's DNS (`digest dkim show` says what has to stand there)
# R21  the rate at which readers call it spam, the server's reverse name, its certificate
# R26, R27, R28  what comes back (bounces, complaints): digest writes the addresses they come back to (R25) and does not read them yet

from __future__ import annotations

import re
import sqlite3
from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from quopri import decodestring
from unicodedata import normalize
from urllib.parse import urlsplit

import bibtexparser
import pytest
from markdown_it import MarkdownIt
from starlette.testclient import TestClient

from digest.delivery import Policy, Reply
from digest.delivery.policy import settlement
from digest.delivery.session import Timeouts
from digest.delivery.smtp import SmtpTransport
from digest.delivery.verp import delivery_of
from digest.errors import TransportUnreachable
from digest.model import Delivery, DeliveryStatus, Format, Letter
from digest.tokens import Claim
from digest.web import create_app

from ..builders import NOON
from ..dkim_checks import records, verdicts
from ..hostile_letters import BOUNCES, LANGUAGES, LOGO, REACH, THEMES, Made, letters, opened, presses
from ..kept import memo
from ..letter_page import Page, for_outlook
from ..mail_programs import KEYWORDS, features, support
from ..servers import FaultServer, SmtpSink

UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
ADDRESS = re.compile(r"\b\w+\.(?:html|text|markdown)\.li@")


@dataclass(frozen=True, slots=True)
class Written:
    """The letters, and what a DNS has to say for their signatures to hold."""

    made: tuple[Made, ...]
    dns: dict[str, str]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Written]:
    return memo(tmp_path_factory, "letters", lambda folder: Written(letters(folder), records()))


@pytest.fixture(scope="module")
def folder(written: tuple[Path, Written]) -> Path:
    return written[0]


@pytest.fixture(scope="module")
def made(written: tuple[Path, Written]) -> tuple[Made, ...]:
    return written[1].made


@pytest.fixture(scope="module")
def dns(written: tuple[Path, Written]) -> dict[str, str]:
    return written[1].dns


@pytest.fixture(scope="module")
def pages(made: tuple[Made, ...]) -> tuple[Made, ...]:
    return tuple(letter for letter in made if letter.html)


def test_every_theme_language_and_kind_of_base_url_is_here_with_everything_on_it(pages: tuple[Made, ...]) -> None:
    full = [m for m in pages if m.kind == "extremes"]

    assert {(m.dress.theme, m.dress.language, m.reach) for m in full} == {(t, c, r) for t in THEMES for c in LANGUAGES for r in REACH}
    assert {(len(m.issue.picks), len(m.issue.others), len(m.issue.looked)) for m in full} == {(15, 250, 4)}
    assert {m.kind for m in pages} == {"extremes", "crowd", "updates", "nothing", "parsed", "edition", "quiet"}
    assert max(len(m.page.titles) for m in pages if m.kind == "crowd") > 150


def test_every_hostile_title_is_the_subject_of_some_letter(made: tuple[Made, ...]) -> None:
    subjects = {str(m.message["Subject"]) for m in made if m.kind in ("extremes", "parsed")}

    assert len(subjects) >= 35


# --- header -----------------------------------------------------------------------------------------------------------


def test_r1_every_field_stands_once_and_none_is_missing(made: tuple[Made, ...]) -> None:
    assert [m.fields for m in made if len(set(m.fields)) != len(m.fields)] == []
    assert [m.fields for m in made if not {"From", "Date", "To", "Subject", "Message-ID"} <= set(m.fields)] == []


def test_r2_the_message_id_is_ours_and_the_same_whenever_the_issue_is_written(made: tuple[Made, ...]) -> None:
    assert [m.letter.message_id for m in made if not re.fullmatch(r"<[^<>@\s]+@example\.org>", m.letter.message_id)] == []
    assert [m.letter.message_id for m in made if m.message["Message-ID"] != m.letter.message_id] == []
    assert len({m.letter.message_id for m in made}) == len({m.issue.message_id for m in made}) == 21


def test_r2_a_letter_written_again_later_is_the_same_to_the_byte(made: tuple[Made, ...]) -> None:
    assert len([m for m in made if m.again]) > 50
    assert [str(m) for m in made if m.again and m.again != m.letter] == []


def test_r3_the_date_is_the_issues_with_a_numeric_zone(made: tuple[Made, ...]) -> None:
    assert {m.message["Date"] for m in made} == {"Mon, 23 Nov 2026 12:00:00 +0000"}
    assert {parsedate_to_datetime(m.message["Date"]) for m in made} == {NOON}


def test_r4_lines_end_in_crlf_begin_with_no_dot_and_are_short(made: tuple[Made, ...]) -> None:
    assert [str(m) for m in made if re.search(rb"(?<!\r)\n|\r(?!\n)|^\.|\r\n\.", m.signed.content)] == []
    assert max(len(line) for m in made for line in m.signed.content.split(b"\r\n")) <= 998
    assert max(len(line) for m in made for line in m.letter.content.partition(b"\r\n\r\n")[2].split(b"\r\n")) <= 76
    assert [line for m in made for line in m.head if len(line) > 78 and "mailto:" not in line] == []


def test_r5_headers_are_ascii_and_encoded_words_short_and_whole(made: tuple[Made, ...]) -> None:
    words = [word for m in made for word in re.findall(r"=\?utf-8\?[bq]\?\S*\?=", "\n".join(m.head))]

    assert all(line.isascii() for m in made for line in m.head)
    assert words
    assert max(map(len, words)) <= 75
    assert all(decoded(word) for word in words)


def decoded(word: str) -> str:
    """One encoded word by itself; raises UnicodeDecodeError where a character was cut."""
    _, _, kind, text, _ = word.split("?")
    return (b64decode(text) if kind == "b" else decodestring(text.encode(), header=True)).decode()


def test_r6_a_domain_outside_ascii_is_written_as_its_label(made: tuple[Made, ...]) -> None:
    assert [m.message["To"] for m in made if m.message["To"] != f"{m.kind}.{m.form}.li@xn--bcher-kva.example"] == []


def intended(letter: Made) -> list[str]:
    """The header fields that the letter is to have, and no others."""
    one_click = ["List-Unsubscribe-Post"] if letter.reach == "public" else []
    encoding = [] if letter.form is Format.HTML or letter.has_file else ["Content-Transfer-Encoding"]
    list_fields = ["List-Id", "List-Unsubscribe", *one_click]
    machine = ["Auto-Submitted", "Precedence", "X-Auto-Response-Suppress", "Feedback-ID"]
    return ["From", "To", "Subject", "Date", "Message-ID", *list_fields, *machine, "MIME-Version", "Content-Type", *encoding]


def test_r7_a_letter_has_the_intended_fields_and_no_others_however_it_is_parsed(made: tuple[Made, ...]) -> None:
    assert [str(m) for m in made if m.fields != intended(m) or m.message.keys() != intended(m)] == []


def test_r7_nothing_in_a_letter_is_a_control_character_or_an_encoded_word(made: tuple[Made, ...]) -> None:
    shown = {m.message[name] for m in made for name in ("Subject", "From")}

    assert [text for text in shown if UNSEEN.search(text) or "=?" in text] == []
    assert [str(m) for m in made if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]", m.letter.content)] == []


def test_r8_a_letter_holds_its_own_readers_address_and_token_and_nobody_elses(made: tuple[Made, ...]) -> None:
    tokens = {m.token for m in made}
    said = [(m, f"{m.head}{m.text}{m.html}{m.file}") for m in made]

    assert [str(m) for m, text in said if set(ADDRESS.findall(text)) != {f"{m.kind}.{m.form}.li@"}] == []
    assert [str(m) for m, text in said if {token for token in tokens if token in text} != {m.token}] == []


# --- signatures and the envelope --------------------------------------------------------------------------------------


def signed_fields(letter: Made, number: int) -> list[str]:
    """The names in h= of one of a letter's signatures, in small letters."""
    found = re.findall(rb"^DKIM-Signature:.*?\r\n(?=\S)", letter.signed.content, re.DOTALL | re.MULTILINE)
    return re.sub(r"\s", "", found[number].decode()).partition(";h=")[2].partition(";")[0].lower().split(":")


def test_r13_both_unsubscribe_fields_are_under_each_signature(made: tuple[Made, ...]) -> None:
    public = [m for m in made if m.reach == "public"]
    both = {"list-unsubscribe", "list-unsubscribe-post"}

    assert public
    assert [str(m) for m in public if not both <= set(signed_fields(m, 0)) & set(signed_fields(m, 1))] == []
    assert [str(m) for m in made if "list-unsubscribe" not in signed_fields(m, 0) or "list-unsubscribe" not in signed_fields(m, 1)] == []


def test_r22_every_letter_holds_for_an_rsa_and_for_an_ed25519_key(made: tuple[Made, ...], dns: dict[str, str]) -> None:
    assert [str(m) for m in made if verdicts(m.signed.content, dns) != [True, True]] == []


def test_r22_signatures_are_relaxed_over_the_whole_body_with_from_sealed(made: tuple[Made, ...]) -> None:
    heads = [m.signed.content.partition(b"\r\nFrom:")[0] for m in made]

    assert {tuple(re.findall(rb"a=([\w-]+); c=([\w/]+); d=(\S+);", head)) for head in heads} == {
        ((b"rsa-sha256", b"relaxed/relaxed", b"example.org"), (b"ed25519-sha256", b"relaxed/relaxed", b"example.org"))
    }
    assert [head for head in heads if re.search(rb"[;\s]l=|rsa-sha1|[;\s]x=", head)] == []
    assert [str(m) for m in made if signed_fields(m, 0).count("from") != 2 or signed_fields(m, 1).count("from") != 2] == []


def test_r23_signatures_stand_before_the_letter_and_change_nothing_of_it(made: tuple[Made, ...]) -> None:
    assert [str(m) for m in made if not m.signed.content.startswith(b"DKIM-Signature: ")] == []
    assert [str(m) for m in made if not m.signed.content.endswith(b"\r\n" + m.letter.content)] == []


def test_r23_what_a_server_gets_is_what_was_signed(made: tuple[Made, ...], dns: dict[str, str]) -> None:
    longest = max((m.signed for m in made), key=lambda letter: len(letter.content))

    with SmtpSink() as sink:
        transport = SmtpTransport(sink.host, sink.port, "none")
        transport.send(longest)
        transport.close()

    assert verdicts(sink.messages[0].content, dns) == [True, True]


def test_r25_the_envelope_sender_is_the_letters_own_and_names_nobody(made: tuple[Made, ...]) -> None:
    senders = {m.signed.sender: m.issue.message_id for m in made}

    assert len(senders) == len(set(senders.values())) == 21
    assert [sender for sender in senders if not re.fullmatch(r"digest\+bounces\+[a-z2-7]{21,34}@example\.org", sender)] == []
    assert {m.signed.plain_sender for m in made} == {BOUNCES}


def test_r25_a_bounce_says_whose_letter_it_was_and_a_forged_one_nothing(made: tuple[Made, ...]) -> None:
    issue = made[0].issue
    sender, secret = made[0].signed.sender, made[0].secret

    assert delivery_of(sender, (b"n" * 32, secret)) == Claim(issue.subscription.id, issue.id)
    assert delivery_of(sender.upper(), (secret,)) == Claim(issue.subscription.id, issue.id)
    assert delivery_of(sender, (b"n" * 32,)) is None


# --- parts ------------------------------------------------------------------------------------------------------------


def test_r9_text_comes_first_and_every_part_is_seven_bit_utf8_without_defects(made: tuple[Made, ...]) -> None:
    kinds = {(m.form, m.has_file): [part.get_content_type() for part in m.message.walk()] for m in made}
    parts = [part for m in made for part in m.message.walk() if not part.is_multipart()]

    assert kinds == {
        (Format.HTML, False): ["multipart/alternative", "text/plain", "text/html"],
        (Format.TEXT, False): ["text/plain"],
        (Format.MARKDOWN, False): ["text/plain"],
        (Format.HTML, True): ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/x-bibtex"],
        (Format.TEXT, True): ["multipart/mixed", "text/plain", "application/x-bibtex"],
        (Format.MARKDOWN, True): ["multipart/mixed", "text/plain", "application/x-bibtex"],
    }
    assert {part.get_content_charset() for part in parts} == {"utf-8"}
    assert {part["Content-Transfer-Encoding"] for part in parts} <= {"quoted-printable", "base64"}
    assert [part.defects for m in made for part in m.message.walk() if part.defects] == []


def test_r10_a_letter_arrives_over_smtp_as_it_was_written(made: tuple[Made, ...]) -> None:
    longest = max((m.letter for m in made), key=lambda letter: len(letter.content))
    dots = replace(longest, content=longest.content + b".\r\n..\r\n.x\r\n")

    with SmtpSink() as sink:
        transport = SmtpTransport(sink.host, sink.port, "none")
        transport.send(longest)
        transport.send(dots)
        transport.close()

    assert [received.content for received in sink.messages] == [longest.content, dots.content]


def test_r11_both_parts_have_the_same_links_in_the_same_order(pages: tuple[Made, ...]) -> None:
    there = {m: re.findall(r"^ *(?:\S[^:\n]*: +)?((?:https?://|mailto:)\S+)$", m.text.replace("\r", ""), re.MULTILINE) for m in pages}

    assert [str(m) for m, links in there.items() if list(dict.fromkeys(links)) != list(dict.fromkeys(m.page.links))] == []


def test_r11_both_parts_name_the_same_papers_in_the_same_order(pages: tuple[Made, ...]) -> None:
    assert [(str(m), missing(m.page.titles, m.text)) for m in pages if missing(m.page.titles, m.text)] == []
    assert [str(m) for m in pages if len(m.page.titles) < min(len(m.issue.picks), 50)] == []


def test_r11_a_file_that_comes_with_a_letter_has_an_entry_for_each_paper_and_nothing_unseen(made: tuple[Made, ...]) -> None:
    files = [m for m in made if m.has_file]

    assert {m.kind for m in files} == {"extremes", "crowd", "updates"}
    assert [str(m) for m in files if UNSEEN.search(m.file)] == []
    read = [(str(m), bibtexparser.parse_string(m.file), len(m.issue.picks)) for m in files]
    assert [name for name, library, papers in read if library.failed_blocks or len(library.entries) != papers] == []


def missing(titles: list[str], text: str) -> list[str]:
    """Those of the titles that do not stand in the text after the one before them; however lines are broken and exponents set."""
    there, place, lost = squeezed(text), 0, []
    for title in map(squeezed, titles):
        found = there.find(title, place)
        place = place if found < 0 else found + len(title)
        lost += [title] if found < 0 else []
    return lost


def squeezed(text: str) -> str:
    """Without blanks and without the signs that raise and lower in plain text."""
    return re.sub(r"[\s^_()]", "", normalize("NFKC", text))


def test_r11_the_text_is_wrapped_and_holds_no_entity_of_ours(made: tuple[Made, ...]) -> None:
    plain = [m.text for m in made if m.form is not Format.MARKDOWN]
    lines = [line for text in plain for line in text.splitlines()]

    assert [line for line in lines if len(line) > 72 and "://" not in line and "mailto:" not in line and not marks(line)] == []
    assert [line for line in lines if re.search(r"&(?:quot|#34|#39|#123|#125);", line)] == []


def marks(line: str) -> bool:
    """Whether there are characters in it that take no column of their own."""
    return bool(re.search("[\u0300-\u036f\u200c\u200d\ufe0f]", line))


def test_r11_what_is_not_known_is_not_shown_as_none(made: tuple[Made, ...]) -> None:
    # One paper is called None, wrote an abstract None and is somebody's name: nothing else may be.
    assert [line for m in made for line in m.text.splitlines() if re.search(r"\bNone\b[ ·]*(?:comment|authors|vote)|by None\b", line)] == []


def test_r11_markdown_is_a_title_headings_paragraphs_and_links_and_nothing_from_a_paper(made: tuple[Made, ...]) -> None:
    texts = [m.text for m in made if m.form is Format.MARKDOWN]
    pages = [Page(MarkdownIt("commonmark").render(text)) for text in texts]

    shown = {"h1", "h2", "h3", "p", "a", "em", "strong", "hr", "ul", "li"}
    assert {tag for page in pages for tag, _ in page.tags} - {"html", "head", "body"} <= shown
    assert [link for page in pages for link in page.links if not may_stand(link)] == []


# --- leaving ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reach", "pattern", "post"),
    [
        ("none", r"<mailto:[^<>]+>", None),
        ("internal", r"<mailto:[^<>]+>", None),
        ("public", r"<https://digest\.example\.org/u/[\w-]+>,\s+<mailto:[^<>]+>", "List-Unsubscribe=One-Click"),
    ],
)
def test_r12_one_click_is_offered_where_a_public_address_is_and_mail_everywhere(
    made: tuple[Made, ...], reach: str, pattern: str, post: str | None
) -> None:
    here = [m.message for m in made if m.reach == reach]

    assert [m["List-Unsubscribe"] for m in here if not re.fullmatch(pattern, m["List-Unsubscribe"])] == []
    assert {m["List-Unsubscribe-Post"] for m in here} == {post}


def test_r14_the_links_of_a_letter_name_nobody_and_differ_for_every_issue(made: tuple[Made, ...]) -> None:
    tokens = {m.token: m.issue.message_id for m in made}

    assert [str(m) for m in made if "cher" in m.message["List-Unsubscribe"] or ".li" in m.message["List-Unsubscribe"]] == []
    assert len(tokens) == len(set(tokens.values())) == 21
    assert min(map(len, tokens)) >= 22  # 128 bits in base64


@pytest.fixture
def site(made: tuple[Made, ...], folder: Path) -> Iterator[tuple[TestClient, str]]:
    """What a letter with a public address links to, and the path of its one-click address there."""
    letter = next(m for m in made if m.kind == "updates" and m.reach == "public")
    page = str(letter.message["List-Unsubscribe"]).partition(">")[0].removeprefix("<https://digest.example.org")
    with opened(str(folder / "_by_hand.db"), presses(folder / "site")) as parts:
        app = create_app(replace(parts, base_url="https://digest.example.org"), clock=lambda: NOON, previews=False)
        with TestClient(app, base_url="https://digest.example.org", follow_redirects=False) as client:
            yield client, page


def test_r15_and_r16_looking_changes_nothing_and_one_post_of_either_kind_acts(site: tuple[TestClient, str], folder: Path) -> None:
    client, page = site

    before = stored(folder)
    looked = [client.request(method, page) for method in ("GET", "HEAD", "GET")]
    between = stored(folder)
    acted = [client.post(page, data={"List-Unsubscribe": "One-Click"}), client.post(page, files={"List-Unsubscribe": (None, "One-Click")})]

    assert {answer.status_code for answer in (*looked, *acted)} == {200}
    assert [answer.headers["set-cookie"] for answer in (*looked, *acted) if "set-cookie" in answer.headers] == []
    assert looked[0].text.count("<form method=\"post\" action=\"?\">") == 1
    assert before == between != stored(folder)
    assert acted[0].text == acted[1].text


def stored(folder: Path) -> list[str]:
    """Everything the database holds, as SQL."""
    with closing(sqlite3.connect(folder / "_by_hand.db")) as connection:
        return list(connection.iterdump())


def test_r17_the_list_has_one_name_for_ever(made: tuple[Made, ...]) -> None:
    assert {m.message["List-Id"] for m in made} == {"<digest.example.org>"}


def test_r18_no_field_says_that_the_list_takes_post(made: tuple[Made, ...]) -> None:
    assert {name for m in made for name in m.fields if name.startswith("List-")} == {"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post"}


def test_r19_every_part_says_why_it_comes_and_how_to_leave(made: tuple[Made, ...], pages: tuple[Made, ...]) -> None:
    assert [str(m) for m in made if m.issue.subscription.subscriber.email not in m.text or m.token not in m.text] == []
    assert [str(m) for m in pages if m.issue.subscription.subscriber.email not in m.page.text or not leaving(m)] == []
    assert {leaving(m) for m in pages if m.dress.language in ("en", "de")} == {"Unsubscribe", "Abbestellen"}


def leaving(letter: Made) -> str:
    """What the link is called that ends the subscription; "" where there is none."""
    return next((text for text, link in letter.page.named_links if "/u/" in link or "=unsubscribe%20" in link), "")


def test_r24_machines_are_told_not_to_answer(made: tuple[Made, ...]) -> None:
    assert {m.message["Auto-Submitted"] for m in made} == {"auto-generated"}
    assert {m.message["Precedence"] for m in made} == {"bulk"}
    assert {m.message["X-Auto-Response-Suppress"] for m in made} == {"DR, RN, NRN, OOF, AutoReply"}
    assert {m.message["Feedback-ID"] for m in made} == {"letter:list:digest:exampleorg"}


# --- handing over (in full in test_smtp.py and test_delivery.py) ---------------------------------------------------------

WAITING = Delivery(id=1, issue=1, status=DeliveryStatus.SENDING, attempts=0, due=NOON, queued_at=NOON, message_id="<1@example.org>")


def offered(server: SmtpSink | FaultServer, *offers: Letter, security: str = "none") -> list[Reply]:
    """What the server says to each of these letters, over one transport."""
    transport = SmtpTransport(server.host, server.port, security)
    try:
        return [transport.send(letter) for letter in offers]
    finally:
        transport.close()


def some(made: tuple[Made, ...], count: int) -> list[Letter]:
    """Letters to as many readers."""
    return list({m.letter.to: m.letter for m in made}.values())[:count]


def test_r29_a_letter_put_off_is_kept_half_an_hour_and_one_refused_spoils_no_other(made: tuple[Made, ...]) -> None:
    readers = ("ana", "bo", "cy")
    first, second, third = (replace(letter, to=f"{name}@example.org") for letter, name in zip(some(made, 3), readers, strict=True))

    with SmtpSink(replies={"ana@example.org": "451 4.3.0 try later", "bo@example.org": "550 5.1.1 no such user"}) as sink:
        settled = [settlement(Policy(), WAITING, reply, NOON, 0.0) for reply in offered(sink, first, second, third)]

    assert [one.status for one in settled] == [DeliveryStatus.DEFERRED, DeliveryStatus.REFUSED, DeliveryStatus.SENT]
    assert [(one.due - NOON).total_seconds() for one in settled if one.due] == [1800]
    assert [received.content for received in sink.messages] == [third.content]


def test_r30_a_letter_whose_answer_is_lost_is_sent_again_four_times_and_no_more(made: tuple[Made, ...]) -> None:
    [letter] = some(made, 1)

    with FaultServer(lambda talk: talk.obey(lambda talk, line: talk.drop() if line == "." else None)) as server:
        [reply] = offered(server, replace(letter, to="ana@example.org"))

    first = settlement(Policy(), WAITING, reply, NOON, 0.0)
    doubtful = [replace(WAITING, status=DeliveryStatus.UNKNOWN, attempts=attempts) for attempts in (1, 2, 3, 4)]
    again = [settlement(Policy(), delivery, reply, NOON, 0.0) for delivery in doubtful]
    held = settlement(Policy(unknown="hold"), WAITING, reply, NOON, 0.0)
    assert {settled.status for settled in (first, *again, held)} == {DeliveryStatus.UNKNOWN}
    assert [settled.due is not None for settled in (first, *again, held)] == [True, True, True, True, False, False]


def test_r31_the_patience_is_that_of_the_standard() -> None:
    patience = Timeouts()

    assert (patience.greeting, patience.command, patience.data, patience.block, patience.dot) == (300, 300, 120, 180, 600)


def test_r32_a_letter_too_large_for_the_server_fails_alone(made: tuple[Made, ...]) -> None:
    large = max((m.letter for m in made), key=lambda letter: len(letter.content))
    small = min((m.letter for m in made), key=lambda letter: len(letter.content))

    with SmtpSink(size_limit=len(large.content) - 1) as sink:
        settled = [settlement(Policy(), WAITING, reply, NOON, 0.0).status for reply in offered(sink, large, small)]

    assert settled == [DeliveryStatus.REFUSED, DeliveryStatus.SENT]


def test_r33_nothing_is_said_in_clear_where_encryption_was_asked_for(made: tuple[Made, ...]) -> None:
    with SmtpSink() as sink, pytest.raises(TransportUnreachable):
        offered(sink, *some(made, 1), security="starttls")

    assert sink.messages == ()


# --- HTML -------------------------------------------------------------------------------------------------------------


def test_r34_the_html_is_smaller_than_what_gmail_clips(pages: tuple[Made, ...]) -> None:
    assert max(len(m.html.encode()) for m in pages) <= 100_000
    assert max(len(m.html.encode()) for m in pages if len(m.issue.picks) <= 15) <= 60_000


def test_r35_the_styles_are_small_and_without_error(pages: tuple[Made, ...]) -> None:
    assert max(len(m.page.style) for m in pages) <= 8_192
    rules = re.compile(r"(?:[^{};@]+\{(?:\s*[\w-]+:[^{};]+;)*\s*\}|\s*@media[^{};]+\{|\s*\})*\s*")
    assert [str(m) for m in pages if not rules.fullmatch(m.page.style)] == []
    assert [str(m) for m in pages if m.page.style.count("{") != m.page.style.count("}")] == []
    assert [value for m in pages for name, value in m.page.declarations if not name or not value or UNSEEN.search(value)] == []


def test_r36_letters_ask_of_mail_programs_what_these_know(pages: tuple[Made, ...], test_data: Path) -> None:
    known = test_data / "caniemail" / "_features"
    asked = set().union(*(features(m.page) for m in pages))

    assert {feature for feature in asked if not (known / f"{feature}.md").is_file()} == set()
    told = {feature: set("".join(said[0] for said in support(known, feature).values())) for feature in asked}
    assert {feature for feature, said in told.items() if said & {"n", "u"}} == DEGRADES.keys()
    assert {feature for feature, said in told.items() if said in ({"a"}, {"a", "y"})} == READ.keys()


def test_r36_of_what_is_known_in_part_letters_use_the_part_that_is_known(pages: tuple[Made, ...]) -> None:
    said = {(name, value.removesuffix(" !important")) for m in pages for name, value in m.page.declarations}

    assert {(name, value) for name, value in said if value not in KEYWORDS.get(name, {value, "none"})} <= {("display", "none")}
    assert {(name, value) for name, value in said if name.startswith(("margin", "padding")) and "-" in value} == set()
    assert {value for name, value in said if name.startswith("border") and re.search(r"\b(?:9|\d\d+)px", value)} == set()
    assert [link for m in pages for link in m.page.links if link.startswith("mailto:") and "bcc=" in link.lower()] == []
    assert [attributes for m in pages for tag, attributes in m.page.tags if tag in ("a", "table", "td") and "dir" in attributes] == []


def test_r37_conditional_comments_are_balanced_and_drawings_stand_in_them(pages: tuple[Made, ...]) -> None:
    assert [str(m) for m in pages if m.html.count("<!--[if") != m.html.count("<![endif]")] == []
    assert [tag for m in pages for tag, _ in m.page.tags if ":" in tag] == []


def test_r37_what_outlook_reads_is_whole_and_has_its_widths_as_attributes(pages: tuple[Made, ...]) -> None:
    outlook = [Page(for_outlook(m.html)) for m in pages]

    assert {error for page in outlook for error in page.errors} == set()
    boxes = [a for page in outlook for a in page.every("table", "img")]
    boxes += [a for page in outlook for a in page.every("td") if "number" in a.get("class", "")]
    widths = [(a, found[1]) for a in boxes if (found := re.search(r"(?<!-)width:(\d+)px", a.get("style", "")))]
    assert {width for _, width in widths} >= {"600", "48", "34"}
    assert [a for a, width in widths if a.get("width", "").removesuffix("px") != width] == []


def test_r38_a_strict_parser_finds_no_error_in_any_letter(pages: tuple[Made, ...]) -> None:
    assert {error for m in pages for error in m.page.errors} == set()


def test_r38_the_page_says_its_language_direction_title_and_width(pages: tuple[Made, ...]) -> None:
    pages_html = {m.dress.language: (m.page.every("html")[0]["lang"], m.page.every("html")[0]["dir"]) for m in pages}

    assert pages_html == {"en": ("en", "ltr"), "de": ("de", "ltr"), "en-XA": ("en-XA", "ltr"), "ar-XX": ("ar-XX", "rtl")}
    assert [str(m) for m in pages if not m.html.lower().startswith("<!doctype html>") or not m.page.title.strip()] == []
    assert [str(m) for m in pages if squeezed(m.page.title) != squeezed(m.message["Subject"].replace("= ?", "=?"))[:500]] == []
    assert [str(m) for m in pages if "viewport" not in {meta.get("name") for meta in m.page.every("meta")}] == []


def test_r38_what_papers_say_has_its_own_direction_and_the_letter_its_start(pages: tuple[Made, ...]) -> None:
    titles = [(m, tag) for m in pages for tag, a in m.page.tags if tag == "h3" and "ink" in a["class"].split() and a.get("dir") != "auto"]
    aligned = {(m.dress.language, a["align"]) for m in pages for a in m.page.every("td") if "date" in a.get("class", "").split()}

    assert titles == []
    assert aligned == {("en", "right"), ("de", "right"), ("en-XA", "right"), ("ar-XX", "left")}


def test_r38_a_word_from_the_right_turns_nothing_beside_it(pages: tuple[Made, ...]) -> None:
    turned = {text for m in pages if m.dress.language != "ar-XX" for text in m.page.turned}

    assert turned == set()


def test_r38_there_is_one_h1_and_no_level_is_left_out(pages: tuple[Made, ...]) -> None:
    outlines = ["".join(level for level, _ in m.page.headings) for m in pages]

    assert [outline for outline in outlines if not re.fullmatch("1(?:23+)*", outline)] == []
    assert [heading for m in pages for heading in m.page.headings if not heading[1].strip()] == []


def test_r38_links_say_where_they_lead(pages: tuple[Made, ...]) -> None:
    named = {text for m in pages for text, _ in m.page.named_links}

    assert "" not in named
    assert {text for text in named if re.fullmatch(r"(?i)(?:click )?here|hier|link|https?:.*|mailto:.*", text)} == set()


def test_r38_layout_tables_say_so_and_pictures_have_a_text(pages: tuple[Made, ...]) -> None:
    assert [table for m in pages for table in m.page.every("table") if table.get("role") != "presentation"] == []
    assert [image for m in pages for image in m.page.every("img") if "alt" not in image] == []


def test_r38_no_word_is_smaller_than_13_pixels(pages: tuple[Made, ...]) -> None:
    assert [(str(m), piece) for m in pages for piece in m.page.pieces() if piece.size < 13] == []
    # What a narrow screen changes, as it stands in the sheet; 0 and 1 are MJML's own: the preheader, and rules without words.
    assert {int(size) for m in pages for size in re.findall(r"font-size:\s*(\d+)px", m.html)} - set(range(13, 60)) <= {0, 1}


@pytest.mark.parametrize("dark", [False, True])
def test_r38_and_r39_every_word_and_link_can_be_read_on_its_ground_by_day_and_by_night(pages: tuple[Made, ...], dark: bool) -> None:
    pieces = [(m.dress.theme, piece) for m in pages for piece in m.page.pieces(dark=dark)]

    assert {(theme, piece.colour, piece.background) for theme, piece in pieces if piece.contrast < 4.5} == set()
    assert {(theme, piece.background) for theme, piece in pieces} == (
        {("paper", "#171613"), ("compact", "#14171a")} if dark else {("paper", "#fffefa"), ("compact", "#ffffff")}
    )


def test_r39_the_dark_is_known(pages: tuple[Made, ...]) -> None:
    assert [str(m) for m in pages if {"name": "color-scheme", "content": "light dark"} not in m.page.every("meta")] == []
    assert [str(m) for m in pages if "@media (prefers-color-scheme: dark)" not in m.page.style] == []


def test_r40_the_preheader_says_what_is_inside(pages: tuple[Made, ...]) -> None:
    assert {bool(m.page.preheader) and len(m.page.preheader) <= 140 for m in pages} == {True}
    several = [(m.page.preheader, squeezed(m.page.titles[1])[:30]) for m in pages if len(m.issue.picks) > 1]
    few = [(m.page.preheader, m.page.text.replace(m.page.preheader, "", 1)) for m in pages if len(m.issue.picks) < 2]
    assert [preheader for preheader, second in several if second not in squeezed(preheader)] == []
    assert [preheader for preheader, rest in few if preheader not in rest] == []


def test_r41_nothing_is_loaded_but_the_operators_logo_and_no_link_is_a_detour(pages: tuple[Made, ...]) -> None:
    assert {(m.dress.theme, a["src"], a["height"]) for m in pages for a in m.page.every("img")} == {("compact", LOGO, "40")}
    assert [tag for m in pages for tag in m.page.every("link", "video", "audio", "source", "picture")] == []
    assert [str(m) for m in pages if "@import" in m.page.style or "url(" in m.html] == []
    assert [str(m) for m in pages for paper in m.issue.picks[:1] if paper.paper.url and paper.paper.url not in m.page.links] == []


def test_r42_nothing_runs_and_nothing_is_sent(pages: tuple[Made, ...]) -> None:
    assert [t for m in pages for t in m.page.every("script", "form", "iframe", "base", "object", "embed", "svg", "math", "input")] == []
    assert [name for m in pages for _, attributes in m.page.tags for name in attributes if name.startswith("on")] == []
    assert [str(m) for m in pages if re.search(r"<mj-|\{\{|\{%|\{#", m.html)] == []


def test_r42_links_are_absolute_and_lead_to_public_places(pages: tuple[Made, ...]) -> None:
    assert [link for m in pages for link in m.page.links if not may_stand(link)] == []


def test_r42_links_to_digest_itself_are_there_only_where_it_has_an_address(pages: tuple[Made, ...]) -> None:
    own = {(m.reach, urlsplit(link).netloc) for m in pages for link in m.page.links if "digest." in urlsplit(link).netloc}

    assert own == {("internal", "digest.lab.example.org"), ("public", "digest.example.org")}


def test_r7_and_r42_no_part_holds_what_nobody_can_see(made: tuple[Made, ...]) -> None:
    assert [str(m) for m in made if UNSEEN.search(m.text) or (m.html and UNSEEN.search(m.page.text))] == []
    # Marks heaped on a letter are cut where papers come in; what was recorded raw, or is the reader's own topic, is as it was written.
    assert [str(m) for m in made if m.kind in ("parsed", "edition") and re.search("[\u0300-\u036f]{4}", m.text)] == []


def may_stand(link: str) -> bool:
    """A mailto, or http(s) to a public host without a login, in ASCII."""
    parts = urlsplit(link)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme == "mailto":
        return True
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not link.isascii() or "." not in host:
        return False
    last = host.rpartition(".")[2]
    return ip_address(host).is_global if last.isdigit() else last not in ("localhost", "local", "internal")


# --- what not every program knows (R36) -------------------------------------------------------------------------------

_SHEET = "Gmail on the web of a phone reads no sheet: everything that matters stands in the tags"
DEGRADES = {
    "html-style": _SHEET,
    "css-selector-class": _SHEET,
    "css-selector-descendant": _SHEET,
    "css-selector-grouping": _SHEET,
    "css-selector-id": _SHEET + "; MJML's own, for Outlook on the web",
    "css-selector-type": _SHEET,
    "css-at-media": "smaller letters on a narrow screen; without it the column is as wide as the screen all the same",
    "css-at-media-prefers-color-scheme": "by night the letter stays light, or the program turns its colours itself",
    "css-color-scheme": "as above; Apple Mail, the only one that reads it, needs it",
    "html-meta-color-scheme": "as above",
    "css-pseudo-class-hover": "a link that stays as it was under the pointer",
    "css-display-none": "the preheader is also 1 px high at most, transparent and cut off, each of which is enough",
    "css-max-height": "as above: Outlook for Windows knows display:none",
    "css-overflow": "as above",
    "css-opacity": "as above",
    "css-height": "the logo's height is an attribute too",
    "css-outline": "MJML's own, for borders that old programs drew around pictures",
    "css-word-spacing": "MJML's own, and the value is the one without it",
    "css-word-break": "Yahoo breaks long words by word-wrap",
    "css-word-wrap": "Outlook for Windows breaks them by word-break",
    "css-sytem-ui": "-apple-system is the first of a list; Helvetica or Arial in the tags",
    "html-aria-label": "MJML's own: it repeats the title",
    "html-body": "the ground's colour is that of the letter's first box too",
    "html-doctype": "Outlook for Windows has one way to lay out; Yahoo puts the letter into a page of its own",
}
READ = {
    "css-border": "not over 8 px, and in Outlook for Windows on cells and tables only",
    "css-direction": "Gmail may turn a letter with a title from the right; titles have dir=auto of their own",
    "css-display": "only block and inline-block; on MJML's column, which Outlook for Windows gets as a cell, and on what may stay one line",
    "css-font-size": "no rem",
    "css-font-weight": "only normal and bold",
    "css-important": "in small letters, with a blank before it, and in sheets only",
    "css-letter-spacing": "a pixel, in px",
    "css-line-height": "in px; Outlook for Windows takes it for the least height",
    "css-margin": "none is negative or on a span; auto is MJML's, beside align=center",
    "css-max-width": "MJML's, beside a table of that width for Outlook for Windows",
    "css-padding": "on cells; the logo's is a gap that may close",
    "css-text-align": "only left, right and center",
    "css-text-decoration": "only underline and none, one value each",
    "css-text-transform": "only uppercase",
    "css-width": "on cells and tables, beside the attribute",
    "html-dir": "on no link; Gmail as for css-direction",
    "html-height": "of one picture, in pixels",
    "html-lang": "on no cell",
    "html-mailto-links": "no bcc",
    "html-role": "on tables",
    "html-width": "no picture has it in percent",
}
