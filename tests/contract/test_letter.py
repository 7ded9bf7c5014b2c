"""What a letter keeps, whatever its papers say: one test for each requirement on outgoing mail that a program can check.

The requirements go by their numbers (R1 … R42). Each test runs over real letters of a hostile listing, in every form and with every
kind of base_url; those about HTML over the letters that have it.
"""

from __future__ import annotations

import re
from base64 import b64decode
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from quopri import decodestring
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from digest.delivery.smtp import SmtpTransport
from digest.delivery.verp import delivery_of
from digest.model import Format
from digest.tokens import Claim

from ..builders import NOON
from ..dkim_checks import verdicts
from ..hostile_letters import BOUNCES, READER, Made, Page, letters
from ..servers import SmtpSink

OURS = [
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Auto-Submitted", "Precedence",
    "X-Auto-Response-Suppress", "Feedback-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
]  # fmt: skip
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, ...]:
    return letters(tmp_path_factory.mktemp("letters"))


@pytest.fixture(scope="module")
def pages(made: tuple[Made, ...]) -> tuple[Made, ...]:
    return tuple(letter for letter in made if letter.html)


def named(letter: Made) -> str:
    return f"{letter.issue.subscription.format} {letter.reach} {len(letter.issue.picks)}"


def test_no_letter_here_is_empty(made: tuple[Made, ...]) -> None:
    assert {len(m.issue.picks) for m in made} == {15, 80}


def test_every_hostile_title_is_the_subject_of_some_letter(made: tuple[Made, ...]) -> None:
    turned = [m for m in made if m.issue.subscription.format is Format.TEXT and m.reach == "none" and len(m.issue.picks) == 15]

    assert len({str(m.message["Subject"]) for m in turned}) == 15


# --- header -----------------------------------------------------------------------------------------------------------


def test_r1_every_field_stands_once_and_none_is_missing(made: tuple[Made, ...]) -> None:
    assert [m.fields for m in made if len(set(m.fields)) != len(m.fields)] == []
    assert [m.fields for m in made if not {"From", "Date", "To", "Subject", "Message-ID"} <= set(m.fields)] == []


def test_r2_the_message_id_is_ours_and_the_same_whenever_the_issue_is_written(made: tuple[Made, ...]) -> None:
    assert [m.letter.message_id for m in made if not re.fullmatch(r"<[^<>@\s]+@example\.org>", m.letter.message_id)] == []
    assert [m.letter.message_id for m in made if m.message["Message-ID"] != m.letter.message_id] == []
    assert len({m.letter.message_id for m in made}) == len({m.issue.message_id for m in made}) == 6


def test_r2_a_letter_written_again_later_is_the_same_to_the_byte(made: tuple[Made, ...]) -> None:
    assert [named(m) for m in made if m.again != m.letter] == []


def test_r3_the_date_is_the_issues_with_a_numeric_zone(made: tuple[Made, ...]) -> None:
    assert {m.message["Date"] for m in made} == {"Mon, 23 Nov 2026 12:00:00 +0000"}
    assert {parsedate_to_datetime(m.message["Date"]) for m in made} == {NOON}


def test_r4_lines_end_in_crlf_and_are_short(made: tuple[Made, ...]) -> None:
    assert [named(m) for m in made if re.search(rb"(?<!\r)\n|\r(?!\n)", m.letter.content)] == []
    assert max(len(line) for m in made for line in m.letter.content.split(b"\r\n")) <= 998
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
    assert {m.message["To"] for m in made} == {f"{form}.li@xn--bcher-kva.example" for form in ("html", "text", "markdown")}


def test_r7_no_title_makes_a_header_field_or_a_control_character(made: tuple[Made, ...]) -> None:
    assert set().union(*(m.fields for m in made)) == set(OURS)
    assert [named(m) for m in made if m.message.keys() != m.fields] == []
    shown = {m.message[name] for m in made for name in ("Subject", "From")}
    assert [text for text in shown if UNSEEN.search(text) or "=?" in text] == []
    assert [named(m) for m in made if re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]", m.letter.content)] == []


# --- signatures and the envelope --------------------------------------------------------------------------------------


def signed_fields(letter: Made, number: int) -> list[str]:
    """The names in h= of one of a letter's signatures, in small letters."""
    found = re.findall(rb"^DKIM-Signature:.*?\r\n(?=\S)", letter.signed.content, re.DOTALL | re.MULTILINE)
    return re.sub(r"\s", "", found[number].decode()).partition(";h=")[2].partition(";")[0].lower().split(":")


def test_r13_both_unsubscribe_fields_are_under_each_signature(made: tuple[Made, ...]) -> None:
    public = [m for m in made if m.reach == "public"]
    both = {"list-unsubscribe", "list-unsubscribe-post"}

    assert public
    assert [named(m) for m in public if not both <= set(signed_fields(m, 0)) & set(signed_fields(m, 1))] == []
    assert [named(m) for m in made if "list-unsubscribe" not in signed_fields(m, 0) or "list-unsubscribe" not in signed_fields(m, 1)] == []


def test_r22_every_letter_holds_for_an_rsa_and_for_an_ed25519_key(made: tuple[Made, ...]) -> None:
    assert [named(m) for m in made if verdicts(m.signed.content) != [True, True]] == []


def test_r22_signatures_are_relaxed_over_the_whole_body_with_from_sealed(made: tuple[Made, ...]) -> None:
    heads = [m.signed.content.partition(b"\r\nFrom:")[0] for m in made]

    assert {tuple(re.findall(rb"a=([\w-]+); c=([\w/]+); d=(\S+);", head)) for head in heads} == {
        ((b"rsa-sha256", b"relaxed/relaxed", b"example.org"), (b"ed25519-sha256", b"relaxed/relaxed", b"example.org"))
    }
    assert [head for head in heads if re.search(rb"[;\s]l=|rsa-sha1|[;\s]x=", head)] == []
    assert [named(m) for m in made if signed_fields(m, 0).count("from") != 2 or signed_fields(m, 1).count("from") != 2] == []


def test_r23_signatures_stand_before_the_letter_and_change_nothing_of_it(made: tuple[Made, ...]) -> None:
    assert [named(m) for m in made if not m.signed.content.startswith(b"DKIM-Signature: ")] == []
    assert [named(m) for m in made if not m.signed.content.endswith(b"\r\n" + m.letter.content)] == []


def test_r23_what_a_server_gets_is_what_was_signed(made: tuple[Made, ...]) -> None:
    longest = max((m.signed for m in made), key=lambda letter: len(letter.content))

    with SmtpSink() as sink:
        transport = SmtpTransport(sink.host, sink.port, "none")
        transport.send(longest)
        transport.close()

    assert verdicts(sink.messages[0].content) == [True, True]


def test_r25_the_envelope_sender_is_the_letters_own_and_names_nobody(made: tuple[Made, ...]) -> None:
    senders = {m.signed.sender: m.issue.message_id for m in made}

    assert len(senders) == len(set(senders.values())) == 6
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
    kinds = {m.issue.subscription.format: [part.get_content_type() for part in m.message.walk()] for m in made}
    parts = [part for m in made for part in m.message.walk() if not part.is_multipart()]

    assert kinds == {
        Format.HTML: ["multipart/alternative", "text/plain", "text/html"],
        Format.TEXT: ["text/plain"],
        Format.MARKDOWN: ["text/plain"],
    }
    assert {part.get_content_charset() for part in parts} == {"utf-8"}
    assert {part["Content-Transfer-Encoding"] for part in parts} <= {"quoted-printable", "base64"}
    assert [part.defects for m in made for part in m.message.walk() if part.defects] == []


def test_r10_a_letter_arrives_over_smtp_as_it_was_written(made: tuple[Made, ...]) -> None:
    longest = max((m.letter for m in made), key=lambda letter: len(letter.content))

    with SmtpSink() as sink:
        transport = SmtpTransport(sink.host, sink.port, "none")
        transport.send(longest)
        transport.close()

    assert sink.messages[0].content == longest.content


def test_r11_the_text_has_the_same_links_as_the_html(pages: tuple[Made, ...]) -> None:
    assert [link for m in pages for link in m.page.links if link not in m.text] == []


def test_r11_the_text_is_wrapped_and_holds_no_entity_of_ours(made: tuple[Made, ...]) -> None:
    plain = [m.text for m in made if m.issue.subscription.format is not Format.MARKDOWN]
    lines = [line for text in plain for line in text.splitlines()]

    assert [line for line in lines if len(line) > 72 and "://" not in line and "mailto:" not in line] == []
    assert [line for line in lines if re.search(r"&(?:quot|#34|#39|#123|#125);", line)] == []


def test_r11_what_is_not_known_is_not_shown_as_none(made: tuple[Made, ...]) -> None:
    # One paper is called None, wrote an abstract None and is somebody's name: nothing else may be.
    assert [line for m in made for line in m.text.splitlines() if re.search(r"\bNone\b[ ·]*(?:comment|authors|vote)|by None\b", line)] == []


def test_markdown_is_a_title_headings_paragraphs_and_links_and_nothing_from_a_paper(made: tuple[Made, ...]) -> None:
    texts = [m.text for m in made if m.issue.subscription.format is Format.MARKDOWN]
    pages = [Page(MarkdownIt("commonmark").render(text)) for text in texts]

    assert {tag for page in pages for tag, _ in page.tags} <= {"h1", "h2", "h3", "p", "a", "em", "strong", "hr"}
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


def test_r8_r14_the_links_of_a_letter_name_nobody_and_differ_for_every_issue(made: tuple[Made, ...]) -> None:
    tokens = {re.search(r"unsubscribe%20([\w-]+)", m.message["List-Unsubscribe"])[1]: m.issue.message_id for m in made}  # type: ignore[index]

    assert [m for m in made if "cher" in m.message["List-Unsubscribe"]] == []
    assert len(tokens) == len(set(tokens.values())) == 6
    assert min(map(len, tokens)) >= 22  # 128 bits in base64


def test_r17_the_list_has_one_name_for_ever(made: tuple[Made, ...]) -> None:
    assert {m.message["List-Id"] for m in made} == {"<digest.example.org>"}


def test_r19_every_part_says_why_it_comes_and_how_to_leave(made: tuple[Made, ...], pages: tuple[Made, ...]) -> None:
    assert [named(m) for m in made if "nsubscribe" not in m.text or "because" not in m.text or READER not in m.text] == []
    assert [named(m) for m in pages if "Unsubscribe" not in m.page.text or READER not in m.page.text] == []


def test_r24_machines_are_told_not_to_answer(made: tuple[Made, ...]) -> None:
    assert {m.message["Auto-Submitted"] for m in made} == {"auto-generated"}
    assert {m.message["Precedence"] for m in made} == {"bulk"}
    assert {m.message["Feedback-ID"] for m in made} == {"letter:list:digest:exampleorg"}


# --- HTML -------------------------------------------------------------------------------------------------------------


def test_r34_the_html_is_smaller_than_what_gmail_clips(pages: tuple[Made, ...]) -> None:
    assert max(len(m.html.encode()) for m in pages) <= 100_000
    assert max(len(m.html.encode()) for m in pages if len(m.issue.picks) <= 15) <= 60_000


def test_r35_the_styles_are_small_and_closed_and_r36_keep_to_what_mail_programs_know(pages: tuple[Made, ...]) -> None:
    assert max(len(m.page.style) for m in pages) <= 8_192
    assert [named(m) for m in pages if m.page.style.count("{") != m.page.style.count("}")] == []
    assert [named(m) for m in pages if re.search(r"display:\s*(?:flex|grid)|position:\s*(?:absolute|fixed)|var\(--", m.html)] == []


def test_r37_conditional_comments_and_tags_are_balanced(pages: tuple[Made, ...]) -> None:
    assert [named(m) for m in pages if m.html.count("<!--[if") != m.html.count("<![endif]")] == []
    assert [(m.page.wrong, m.page.open) for m in pages if m.page.wrong or m.page.open] == []


def test_r38_the_page_says_its_language_title_and_width(pages: tuple[Made, ...]) -> None:
    assert {m.page.every("html")[0]["lang"] for m in pages} == {"en"}
    assert [named(m) for m in pages if not m.html.lower().startswith("<!doctype html>") or not m.page.title.strip()] == []
    assert [named(m) for m in pages if "viewport" not in {meta.get("name") for meta in m.page.every("meta")}] == []


def test_r38_there_is_one_h1_and_no_level_is_left_out(pages: tuple[Made, ...]) -> None:
    outlines = ["".join(tag[1] for tag, _ in m.page.tags if re.fullmatch("h[1-6]", tag)) for m in pages]

    assert [outline for outline in outlines if not re.fullmatch("1(?:23+)+", outline)] == []


def test_r38_layout_tables_say_so_and_pictures_have_a_text_and_no_word_is_small(pages: tuple[Made, ...]) -> None:
    assert [table for m in pages for table in m.page.every("table") if table.get("role") != "presentation"] == []
    assert [image for m in pages for image in m.page.every("img") if "alt" not in image] == []
    # 0 and 1 are MJML's own: the preheader, and rules without words.
    assert {int(size) for m in pages for size in re.findall(r"font-size:\s*(\d+)px", m.html)} - set(range(13, 60)) <= {0, 1}


def test_r39_the_dark_is_known(pages: tuple[Made, ...]) -> None:
    assert [named(m) for m in pages if {"name": "color-scheme", "content": "light dark"} not in m.page.every("meta")] == []
    assert [named(m) for m in pages if "@media (prefers-color-scheme: dark)" not in m.page.style] == []


def test_r40_the_preheader_says_what_is_inside(pages: tuple[Made, ...]) -> None:
    preheaders = {re.search(r'<div style="display:none[^>]*>([^<]*)</div>', m.html)[1] for m in pages}  # type: ignore[index]

    assert [text for text in preheaders if not text.startswith("Also: ")] == []


def test_r41_nothing_is_loaded_and_no_link_is_a_detour(pages: tuple[Made, ...]) -> None:
    assert [tag for m in pages for tag in m.page.every("img", "link", "video", "audio", "source")] == []
    assert "@import" not in "".join(m.page.style for m in pages)
    assert "url(" not in "".join(m.html for m in pages)


def test_r42_nothing_runs_and_nothing_is_sent(pages: tuple[Made, ...]) -> None:
    assert [t for m in pages for t in m.page.every("script", "form", "iframe", "base", "object", "embed", "svg", "math", "input")] == []
    assert [name for m in pages for _, attributes in m.page.tags for name in attributes if name.startswith("on")] == []
    assert [named(m) for m in pages if re.search(r"<mj-|\{\{|\{%|\{#", m.html)] == []


def test_r42_links_are_absolute_and_lead_to_public_places(pages: tuple[Made, ...]) -> None:
    assert [link for m in pages for link in m.page.links if not may_stand(link)] == []


def test_no_part_holds_what_nobody_can_see(made: tuple[Made, ...]) -> None:
    assert [named(m) for m in made if UNSEEN.search(m.text) or UNSEEN.search(m.page.text)] == []
    assert [named(m) for m in made if re.search("[\u0300-\u036f]{4}", m.text)] == []


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
