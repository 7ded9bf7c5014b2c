"""Signatures: another's program finds them good whatever the letter holds, and bad as soon as anything of it changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.delivery.dkim import Signer, canonical_fields, signatures, without_empty_end
from digest.delivery.dkim_keys import load, make_key, record
from digest.delivery.message import write
from digest.errors import ConfigurationError
from digest.fragments import relaxed
from tests.dkim_checks import records, signers, verdicts
from tests.test_message import a_draft

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
HEAD = b"From: Digest <digest@example.org>\r\nTo: ana@example.org\r\nSubject: On Foxes\r\nList-Id: <digest.example.org>\r\n"
# The line ends of a text are CRLF; a lone CR or LF never leaves (the transport refuses it), and dkimpy reads LF as CRLF.
BLANKS = st.text(alphabet=" \tax.=-é漢:;\x00\x0b\x0c\xa0\u2028", max_size=30).map(str.encode)
BODIES = st.lists(BLANKS.map(lambda line: line + b"\r\n"), max_size=12).map(b"".join)
VALUES = st.lists(st.text(alphabet=" \tabB=?;:<>@漢é\xa0\"", max_size=20).map(str.encode), min_size=1, max_size=4)
NAMES = st.sampled_from(["From", "To", "subject", "SUBJECT", "Date", "List-Unsubscribe", "X-Other", "Cc", "Content-Type", "Feedback-ID"])


@st.composite
def heads(draw: st.DrawFn) -> bytes:
    """Fields in any order, some more than once, folded anywhere; From is among them, as it is in every letter."""
    fields = draw(st.lists(st.tuples(NAMES, st.sampled_from(["", " ", "\t "]), VALUES), max_size=12))
    # A folded line of nothing but blanks is one that RFC 5322 calls obsolete; all others are drawn.
    lines = [name.encode() + b":" + blank.encode() + b"\r\n ".join(v or b"x" for v in value) + b"\r\n" for name, blank, value in fields]
    place = draw(st.integers(0, len(lines)))
    return b"".join([*lines[:place], b"From: =?utf-8?q?=0D=0ABcc?= <digest@example.org>\r\n", *lines[place:]])


@pytest.fixture(autouse=True, scope="module")
def _keys() -> None:
    """Keys take a while to make; that is no property's time."""
    signers()


def canonical_body(body: bytes) -> bytes:
    """The relaxed form of a body that, unlike a letter's, need not be made of whole lines."""
    return without_empty_end(relaxed(body).removesuffix(b" "))


def a_letter(head: bytes = HEAD, body: bytes = b"hello\r\n") -> bytes:
    return signatures(signers(), head, canonical_body(body), AT) + head + b"\r\n" + body


# --- what another's program says --------------------------------------------------------------------------------------


@settings(deadline=None)  # dkimpy reckons with Python's own integers
@given(heads(), BODIES)
def test_every_letter_holds_for_both_keys(head: bytes, body: bytes) -> None:
    assert verdicts(a_letter(head, body)) == [True, True]


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=2000), st.text(max_size=2000))
def test_every_letter_as_digest_writes_it_holds_for_both_keys(subject: str, name: str, text: str, html: str) -> None:
    letter = write(a_draft(subject=subject, sender_name=name, text=text, html=html), signers())

    assert verdicts(letter) == [True, True]


@given(BODIES)
def test_the_relaxed_body_is_the_one_that_others_see(body: bytes) -> None:
    assert canonical_body(body) == Relaxed.canonicalize_body(body)


@given(VALUES)
def test_the_relaxed_field_is_the_one_that_others_see(lines: list[bytes]) -> None:
    value = b"\r\n ".join(lines)
    [(_, expected)] = Relaxed.canonicalize_headers([(b"Subject", value + b"\r\n")])

    assert canonical_fields(b"Subject:" + value + b"\r\n") == {"subject": [b"subject:" + expected]}


@given(st.data())
def test_a_letter_with_one_octet_changed_holds_no_more(data: st.DataObject) -> None:
    letter = a_letter(body=b"On Foxes and hounds.\r\nThe end.\r\n")
    start = letter.index(b"From: ")
    place = data.draw(st.integers(start, len(letter) - 1).filter(lambda n: letter[n] not in b" \r\n:-" and letter[n - 1] not in b"\r\n"))
    other = data.draw(st.integers(0x21, 0x7E).filter(lambda octet: bytes([octet]).lower() != letter[place : place + 1].lower()))

    assert verdicts(letter[:place] + bytes([other]) + letter[place + 1 :]) == [False, False]


@pytest.mark.parametrize("field", ["From", "To", "Cc", "Subject", "Date", "Reply-To", "Message-ID", "Content-Type", "MIME-Version"])
def test_a_second_field_that_a_reader_would_see_breaks_the_signature(field: str) -> None:
    letter = write(a_draft(), signers())

    assert verdicts(f"{field}: forged@evil.example\r\n".encode() + letter) == [False, False]


def test_what_servers_add_and_change_on_the_way_does_no_harm() -> None:
    letter = write(a_draft(), signers())

    assert verdicts(b"Received: from a by b\r\nList-Archive: <https://example.org/>\r\nSender: a@example.org\r\n" + letter) == [True, True]
    assert verdicts(letter.replace(b"\r\nSubject: On Foxes and", b"\r\nsubject:  On\r\n\tFoxes and") + b"\r\n\r\n") == [True, True]


def test_another_key_in_the_dns_says_no() -> None:
    other = record("example.org", "r2026", load(make_key(ed25519=False), ""))

    assert verdicts(a_letter(), {**records(), other.name: other.value}) == [False, True]


# --- what it says ------------------------------------------------------------------------------------------------------


def tags(field: bytes) -> dict[str, str]:
    value = re.sub(r"\s", "", field.decode().partition(":")[2])
    return dict(tag.partition("=")[::2] for tag in value.split(";"))  # type: ignore[misc]


def test_a_signature_says_how_it_was_made_and_lists_both_unsubscribe_fields_and_seals_the_rest() -> None:
    draft = a_draft(unsubscribe_url="https://digest.example.org/u/AQF", reply_to="help@example.org")
    first, second = re.findall(rb"DKIM-Signature:.*?\r\n(?=\S)", write(draft, signers()), re.DOTALL)

    assert {**tags(first), "b": "", "bh": ""} == {
        "v": "1",
        "a": "rsa-sha256",
        "c": "relaxed/relaxed",
        "d": "example.org",
        "s": "r2026",
        "t": "1795413600",
        "h": "From:From:To:To:Cc:Subject:Subject:Date:Date:Reply-To:Reply-To:Message-ID:Message-ID:MIME-Version:MIME-Version:Content-Type:"
        "Content-Type:Content-Transfer-Encoding:List-Id:List-Unsubscribe:List-Unsubscribe-Post:Auto-Submitted:Feedback-ID",
        "bh": "",
        "b": "",
    }
    assert (tags(second)["a"], tags(second)["s"], tags(second)["bh"]) == ("ed25519-sha256", "e2026", tags(first)["bh"])
    assert len(tags(second)["b"]) == 88


def test_the_lines_of_a_signature_are_short_whatever_the_domain() -> None:
    domain = "a-rather-long-department.of-a-university-with-a-name.example.org"
    made = Signer(domain, "selector-of-november-2026.digest", make_key(ed25519=False))

    lines = signatures([made], HEAD, b"hello\r\n", AT).split(b"\r\n")

    assert lines[-1] == b""
    assert max(map(len, lines)) <= 78
    assert [line for line in lines[1:-1] if not line.startswith(b" ") or not line.strip()] == []


def test_a_letter_written_again_has_the_same_signatures() -> None:
    assert write(a_draft(), signers()) == write(a_draft(), signers())


def test_a_letter_without_signers_has_no_signature() -> None:
    assert b"DKIM" not in write(a_draft())
    assert signatures((), HEAD, b"hello\r\n", AT) == b""


def test_the_time_is_the_same_moment_in_every_zone() -> None:
    berlin = AT.astimezone(timezone(timedelta(hours=1)))

    assert signatures(signers(), HEAD, b"x\r\n", berlin) == signatures(signers(), HEAD, b"x\r\n", AT)


def test_a_letter_to_an_address_outside_ascii_is_signed_too() -> None:
    assert verdicts(write(a_draft(to="ána@example.org"), signers())) == [True, True]


@pytest.mark.parametrize(
    ("body", "relaxed"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \t\r\n", b""),
        (b"x", b"x\r\n"),
        (b"x ", b"x\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),  # the example of RFC 6376 §3.4.5
        (b" " * 100_000 + b"x" + b"\r\n" * 50_000, b" x\r\n"),
    ],
)
def test_the_relaxed_form_of_a_body(body: bytes, relaxed: bytes) -> None:
    assert canonical_body(body) == relaxed


def test_the_fields_of_the_rfc_are_relaxed_as_it_says() -> None:
    assert canonical_fields(b"A: X\r\nB : Y\t\r\n\tZ  \r\n") == {"a": [b"a:X\r\n"], "b": [b"b:Y Z\r\n"]}  # RFC 6376 §3.4.5


# --- keys --------------------------------------------------------------------------------------------------------------


def pem(key: object, *, locked: bool = False) -> bytes:
    encryption = BestAvailableEncryption(b"x") if locked else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (b"", "no private key in PEM form"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key in PEM form"),
        (pem(rsa.generate_private_key(65537, 1024)), "an RSA key of 1024 bits; DKIM wants at least 2048"),
        (pem(ec.generate_private_key(ec.SECP256R1())), "neither an RSA nor an Ed25519 key"),
        (pem(ec.generate_private_key(ec.SECP256R1()), locked=True), "locked with a passphrase"),
    ],
    ids=["empty", "damaged", "short", "other", "locked"],
)
def test_a_key_that_cannot_be_used_is_refused_with_a_cure(key: bytes, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Signer("example.org", "s", key, name="dkim.pem")

    assert caught.value.subject == "dkim.pem"
    assert caught.value.hint


def test_a_key_as_openssl_writes_it_is_taken() -> None:
    traditional = rsa.generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    assert Signer("example.org", "s", traditional).algorithm == "rsa-sha256"


def test_a_record_says_the_key_in_pieces_that_dns_can_hold() -> None:
    made = record("example.org", "s", load(make_key(ed25519=False), ""))

    assert made.name == "s._domainkey.example.org"
    assert made.value.startswith("v=DKIM1; k=rsa; p=MII")
    assert [len(piece) for piece in made.strings] == [255, 155]
    assert "".join(made.strings) == made.value


def test_the_record_of_an_ed25519_key_is_short() -> None:
    made = record("example.org", "s", load(make_key(ed25519=True), ""))

    assert re.fullmatch(r"v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=", made.value)
