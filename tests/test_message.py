"""Letters as bytes: no text makes a header, no line is too long, and the same draft is the same letter."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from digest.delivery.addresses import mailbox
from digest.delivery.message import Attachment, Draft, write
from digest.errors import DeliveryError
from digest.fragments import Fragment, as_lines
from digest.model import WireText
from digest.tokens import BLANK
from tests.dkim_checks import signers, verdicts

HEADERS_OF_A_PRIVATE_SITE = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "Auto-Submitted",
    "Precedence",
    "X-Auto-Response-Suppress",
    "Feedback-ID",
    "MIME-Version",
    "Content-Type",
]
NASTY = "=?utf8qQbB_-:;,<>@\"\\() \t\r\n\x00\x0b\x1b\x85\u2028\u202eaé漢🦊\u0301\ud800Bc0D"
HOSTILE = st.text(alphabet=st.sampled_from(NASTY), max_size=200)
ANY_TEXT = st.one_of(st.text(max_size=300), HOSTILE, HOSTILE.map(lambda text: f"=?utf-8?q?=0D=0ABcc:_v@evil.test?={text}"))

TOKEN = "AQF" * 25
# Texts as templates and papers make them, and as nobody does: long ones without a line end, any line end, any character. A piece is on
# its own, so it does not end in the first half of a line end.
PIECES = st.one_of(
    st.text(max_size=90),
    st.text(alphabet="ab =.\t\n\r\x00\x0b\x0c\x1c\x7f\x85\x9f\u2028\u2029\ud800é漢🦊\u202e", max_size=200),
    st.text(alphabet="abc def = ", min_size=60, max_size=400),
    st.text(alphabet="..a \n=é", max_size=400),
    st.sampled_from((BLANK, "\n", "\r\n", "", " ", f"<a href='https://example.org/f/{BLANK}/x'>", "é" * 200, "a" * 75, "a" * 76, "=" * 30)),
).filter(lambda piece: not piece.endswith("\r"))
CHUNKS = st.lists(PIECES, min_size=1, max_size=12).map(tuple)


def a_draft(**changes: object) -> Draft:
    fields: dict[str, object] = {
        "sender": "digest@example.org",
        "sender_name": "The Digest",
        "reply_to": None,
        "to": "ana@example.org",
        "subject": "On Foxes and 11 more",
        "message_id": "2026-11-23.7@example.org",
        "date": datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=1))),
        "list_id": "digest.example.org",
        "unsubscribe_mailto": "mailto:digest@example.org?subject=unsubscribe%20AQF",
        "unsubscribe_url": None,
        "text": "On Foxes\n",
        "html": "<p>On Foxes</p>",
    }
    return Draft(**{**fields, **changes})  # type: ignore[arg-type]


def read(letter: bytes) -> EmailMessage:
    message = message_from_bytes(letter, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def written(**changes: object) -> EmailMessage:
    return read(write(a_draft(**changes)))


def content(*, text: str) -> str:
    """The only part of a letter without HTML, with line ends as Python writes them."""
    part = written(text=text, html=None).get_content()
    assert isinstance(part, str)
    return part.replace("\r\n", "\n")


def test_a_letter_has_these_headers_and_no_others() -> None:
    message = written()

    assert message.keys() == HEADERS_OF_A_PRIVATE_SITE
    assert message["From"] == "The Digest <digest@example.org>"
    assert message["To"] == "ana@example.org"
    assert message["Subject"] == "On Foxes and 11 more"
    assert message["Date"] == "Mon, 23 Nov 2026 07:00:00 +0100"
    assert message["Message-ID"] == "<2026-11-23.7@example.org>"
    assert message["List-Id"] == "<digest.example.org>"
    assert message["List-Unsubscribe"] == "<mailto:digest@example.org?subject=unsubscribe%20AQF>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Precedence"] == "bulk"
    assert message["Feedback-ID"] == "letter:list:digest:exampleorg"


def test_the_same_moment_is_written_in_the_zone_that_it_is_given_in() -> None:
    there = datetime(2026, 11, 23, 7, tzinfo=timezone(timedelta(hours=1)))

    dates = [written(date=date)["Date"] for date in (there, there.astimezone(UTC), there)]

    assert dates == ["Mon, 23 Nov 2026 07:00:00 +0100", "Mon, 23 Nov 2026 06:00:00 +0000", "Mon, 23 Nov 2026 07:00:00 +0100"]


def test_a_public_site_offers_one_click_with_the_page_first() -> None:
    message = written(unsubscribe_url="https://digest.example.org/u/AQF")

    assert message["List-Unsubscribe"] == "<https://digest.example.org/u/AQF>, <mailto:digest@example.org?subject=unsubscribe%20AQF>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_reply_to_stands_where_it_is_set() -> None:
    assert written(reply_to="help@example.org")["Reply-To"] == "help@example.org"


def test_the_list_id_is_in_angle_brackets_with_or_without_a_name() -> None:
    assert b"\r\nList-Id: <digest.example.org>\r\n" in write(a_draft())
    assert b"\r\nList-Id: Foxes daily <foxes.example.org>\r\n" in write(a_draft(list_id="Foxes daily <foxes.example.org>"))


@given(ANY_TEXT, ANY_TEXT)
def test_no_title_and_no_name_makes_a_header(subject: str, name: str) -> None:
    message = written(subject=subject, sender_name=name)

    assert message.keys() == HEADERS_OF_A_PRIVATE_SITE
    assert "\n" not in message["Subject"]
    assert "\r" not in message["Subject"]
    assert [address.addr_spec for address in message["From"].addresses] == ["digest@example.org"]
    assert not message["Subject"].defects


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=120).filter(lambda text: "=?" not in text))
def test_a_subject_arrives_as_it_was_written(subject: str) -> None:
    assert written(subject=subject)["Subject"] == subject


@given(ANY_TEXT)
def test_header_lines_are_short_and_ascii_and_words_are_whole(subject: str) -> None:
    head = write(a_draft(subject=subject, sender_name=subject)).partition(b"\r\n\r\n")[0]

    assert head.isascii()
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert max((len(word) for word in re.findall(rb"=\?utf-8\?[qb]\?[^?]*\?=", head)), default=0) <= 75


@given(ANY_TEXT)
@example("Füchse " * 30)
def test_a_line_with_an_encoded_word_has_at_most_76_octets(subject: str) -> None:
    head = write(a_draft(subject=subject, sender_name=subject)).partition(b"\r\n\r\n")[0]

    assert max((len(line) for line in head.split(b"\r\n") if b"=?utf-8?" in line), default=0) <= 76
    assert ("\ufffd" in read(head + b"\r\n\r\n")["Subject"]) <= ("\ufffd" in subject)


def test_the_encoded_word_that_became_a_header_stays_text() -> None:
    message = written(subject="=?utf-8?q?=0D=0ABcc:_v@evil.test?=")

    assert "Bcc" not in message
    assert message["Subject"] == "= ?utf-8?q?=0D=0ABcc:_v@evil.test?="


def test_a_name_with_a_comma_and_quotes_is_one_name() -> None:
    [address] = written(sender_name='Silva, "Ana"')["From"].addresses

    assert (address.display_name, address.addr_spec) == ('Silva, "Ana"', "digest@example.org")


def test_controls_and_bidirectional_marks_are_gone_from_a_subject() -> None:
    assert written(subject="a\x00b\x1b[31mc\u202ed\u2028e\x85f\tg")["Subject"] == "a b [31mcd e f g"


def test_a_very_long_subject_is_cut() -> None:
    assert len(written(subject="fox " * 1000)["Subject"]) <= 500


@given(st.text(max_size=2000), st.text(max_size=2000))
@example("a" * 77, "é" * 26)  # longer than a line, and without a line end of its own
def test_bodies_are_seven_bit_in_short_lines_and_text_comes_first(text: str, html: str) -> None:
    letter = write(a_draft(text=text, html=html))
    kinds = [part.get_content_type() for part in read(letter).iter_parts()]

    assert kinds == ["text/plain", "text/html"]
    assert letter.isascii()
    assert max(map(len, letter.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert b"\n" not in letter.replace(b"\r\n", b"")
    assert b"\r" not in letter.replace(b"\r\n", b"")


@given(st.text(alphabet="ab .=\tFrom-é漢🦊\n", max_size=600))
def test_a_text_arrives_as_it_was_written(text: str) -> None:
    assert content(text=text) == text.rstrip("\n") + "\n"


@given(st.lists(st.sampled_from(["From ", "From foxes to hounds", "F", "rom ", "\n", " ", "a" * 70, "狐"]), max_size=40))
def test_no_line_looks_as_if_another_letter_began(words: list[str]) -> None:
    letter = write(a_draft(text=tuple(map(Fragment, words)), html="".join(words)))

    assert b"\r\nFrom " not in letter.partition(b"\r\n\r\n")[2]
    assert max(map(len, letter.split(b"\r\n"))) <= 100
    assert lines(next(read(letter).iter_parts())) == "".join(words).rstrip("\n")


@given(st.lists(st.sampled_from([".", "..", ".a", "a.", "\n", " ", "=", "a" * 70, "é", "狐", "From "]), max_size=40))
def test_no_line_begins_with_a_dot_that_would_have_to_be_doubled_on_its_way(words: list[str]) -> None:
    letter = write(a_draft(text=tuple(map(Fragment, words)), html="".join(words)))

    assert b"\r\n." not in letter
    assert max(map(len, letter.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert lines(next(read(letter).iter_parts())) == "".join(words).rstrip("\n")


@settings(deadline=None)  # the first example waits for the keys
@given(CHUNKS, CHUNKS)
def test_parts_mean_what_the_standard_library_would_make_of_them(text: tuple[str, ...], html: tuple[str, ...]) -> None:
    draft = a_draft(text=tuple(map(Fragment, text)), html=tuple(map(Fragment, html)), token=TOKEN)
    letter = write(draft)
    message = read(letter)

    assert message.keys() == HEADERS_OF_A_PRIVATE_SITE
    assert [lines(part) for part in message.iter_parts()] == [lines(a_part(text, "plain")), lines(a_part(html, "html"))]
    assert letter.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", letter)
    assert max(map(len, letter.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert b"\r\n." not in letter
    assert isinstance(letter, WireText)
    assert verdicts(write(draft, signers())) == [True, True]


def a_part(chunks: tuple[str, ...], kind: str) -> EmailMessage:
    """The same text as a part that the standard library wrote."""
    part = EmailMessage()
    part.set_content(as_lines("".join(chunks).replace(BLANK, TOKEN)).decode(), subtype=kind)
    return part


def lines(part: object) -> str:
    """What a part says, without its last line end, which in a letter of several parts belongs to the boundary."""
    assert isinstance(part, EmailMessage)
    text = part.get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n").removesuffix("\n")


def test_a_text_of_another_script_is_base64_and_comes_back() -> None:
    message = written(text="狐の研究" * 100, html=None)

    assert message["Content-Transfer-Encoding"] == "base64"
    assert content(text="狐の研究" * 100) == "狐の研究" * 100 + "\n"


def test_a_markdown_letter_is_one_plain_part() -> None:
    message = written(text="# On Foxes\n\n- *one*\n", html=None)

    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert content(text="# On Foxes\n\n- *one*\n") == "# On Foxes\n\n- *one*\n"


def test_a_file_stands_beside_the_letter_that_it_comes_with() -> None:
    message = written(attachment=Attachment("digest-2026-11-23.bib", "@misc{silva2026foxes,\n}\n"))
    letter, file = message.iter_parts()

    assert message.keys() == HEADERS_OF_A_PRIVATE_SITE
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/x-bibtex",
    ]
    assert file.items() == [
        ("Content-Type", "application/x-bibtex; charset=\"utf-8\""),
        ("Content-Transfer-Encoding", "quoted-printable"),
        ("Content-Disposition", 'attachment; filename="digest-2026-11-23.bib"'),
    ]
    assert file.get_content() == b"@misc{silva2026foxes,\r\n}\r\n"
    assert letter["Content-Type"].params["boundary"] == written()["Content-Type"].params["boundary"]


def test_a_text_alone_may_bring_a_file() -> None:
    message = written(html=None, attachment=Attachment("a.bib", "@misc{a,\n}\n\n@misc{b,\n}\n\n"))
    text, file = message.iter_parts()

    assert [part.get_content_type() for part in message.walk()] == ["multipart/mixed", "text/plain", "application/x-bibtex"]
    assert text.get_content().rstrip() == "On Foxes"
    assert file.get_content() == b"@misc{a,\r\n}\r\n\r\n@misc{b,\r\n}\r\n"


@settings(deadline=None)  # dkimpy reckons with Python's own integers
@given(st.text(max_size=2000), st.one_of(st.none(), st.text(max_size=200)), st.lists(st.text(max_size=500), min_size=1, max_size=4))
def test_a_letter_with_a_file_is_seven_bit_and_its_signatures_hold(text: str, html: str | None, file: list[str]) -> None:
    letter = write(a_draft(text=text, html=html, attachment=Attachment("digest-2026-W48.bib", "".join(file))), signers())

    assert letter.isascii()
    assert max(map(len, letter.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert verdicts(letter) == [True, True]
    assert [part.get_filename() for part in read(letter).iter_attachments()] == ["digest-2026-W48.bib"]


@given(st.lists(st.text(alphabet="@{}ab .=\tFrom-é漢🦊\n", max_size=300), min_size=1, max_size=4))
def test_a_file_arrives_as_it_was_written(chunks: list[str]) -> None:
    (file,) = written(attachment=Attachment("a.bib", "".join(chunks))).iter_attachments()

    assert file.get_content().decode().replace("\r\n", "\n") == "".join(chunks).rstrip("\n") + "\n"


@pytest.mark.parametrize("content", [f"@misc{{a{BLANK},\n}}\n", (Fragment("@misc{a"), Fragment(f"{BLANK},\n"), Fragment("}\n"))])
def test_the_readers_token_is_not_put_into_a_file(content: str | tuple[Fragment, ...]) -> None:
    (file,) = written(token="secret", attachment=Attachment("a.bib", content)).iter_attachments()

    assert file.get_content() == b"@misc{a,\r\n}\r\n"


@pytest.mark.parametrize("name", ["", "../a.bib", 'a".bib', "a.bib\r\nBcc: v@evil.test", "a b.bib", "é.bib", ".bib", "a" * 61])
def test_a_file_with_another_than_a_plain_name_is_refused(name: str) -> None:
    with pytest.raises(DeliveryError):
        write(a_draft(attachment=Attachment(name, "@misc{a,\n}\n")))


def test_dots_alone_on_a_line_arrive() -> None:
    assert content(text=".\n..\n.x\nend") == ".\n..\n.x\nend\n"


def test_the_same_draft_is_the_same_letter_and_another_has_another_boundary() -> None:
    assert write(a_draft()) == write(a_draft())
    assert written()["Content-Type"].params["boundary"] != written(message_id="2@example.org")["Content-Type"].params["boundary"]


def test_a_domain_outside_ascii_is_written_as_a_label() -> None:
    assert b"\r\nTo: ana@xn--bcher-kva.example\r\n" in write(a_draft(to="ana@bücher.example"))


def test_a_local_part_outside_ascii_stays_as_it_is_for_a_server_that_takes_it() -> None:
    assert "\r\nTo: ána@example.org\r\n".encode() in write(a_draft(to="ána@example.org"))


@pytest.mark.parametrize(
    "address",
    [
        "a@b.test\r\nBcc: v@evil.test",
        "a@b.test\nX: y",
        '"a b"@example.org',
        "<a@example.org>,c@example.org",
        "a@example.org,c@example.org",
        "a@example.org c@example.org",
        "a@b.test?cc=c@d.test",
        "a" * 320 + "@example.org",
        "a" * 65 + "@example.org",
        "a@" + "b" * 250 + ".org",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "-oQ@example.org",
        "a@localhost",
        "a@example..org",
        ".a@example.org",
        "a@-x.org",
        "a(x)@example.org",
        "a@example.org>",
        "a\u202e@example.org",
        "a\u2028b@example.org",
        "a b@example.org",
        "a\ud800@example.org",
        "ana@faß.example",
        "ana@FAẞ.example",
        "ana",
        "@example.org",
        "",
    ],
)
def test_what_is_not_one_plain_mailbox_is_refused(address: str) -> None:
    with pytest.raises(DeliveryError):
        mailbox(address)
    with pytest.raises(DeliveryError):
        write(a_draft(to=address))


@pytest.mark.parametrize("address", ["ana@example.org", "ana+papers@mail.example.org", "o'hara_1@example.co.uk", "x@xn--bcher-kva.example"])
def test_usual_addresses_are_taken_as_they_are(address: str) -> None:
    assert str(mailbox(address)) == address


@pytest.mark.parametrize(
    "changes",
    [
        {"message_id": "a@b\r\nBcc: v@evil.test"},
        {"message_id": "nothing"},
        {"list_id": "digest"},
        {"list_id": "x\r\nBcc: v <digest.example.org\r\n>"},
        {"unsubscribe_url": "http://digest.example.org/u/A"},
        {"unsubscribe_url": "https://digest.example.org/u/A>\r\nBcc: v@evil.test"},
        {"unsubscribe_mailto": "mailto:a@example.org>,<https://evil.test"},
        {"reply_to": "a@example.org, b@example.org"},
    ],
)
def test_ids_and_links_that_would_break_the_header_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(DeliveryError):
        write(a_draft(**changes))
