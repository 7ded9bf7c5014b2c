"""What comes back, read: the labelled mails of this project and of flufl.bounce, and mails made to do harm."""

from __future__ import annotations

import base64
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.bounces.mime import MOST
from digest.delivery.bounces.reading import may_be_returned, read_returned
from digest.delivery.mailboxes.mail_files import mails_in
from digest.errors import MailboxError
from digest.model import Action, Cause, ReturnedKind, Verdict

from .bounce_mails import Labelled, a_complaint, a_report, labelled

DATA = Path(os.environ.get("DIGEST_TEST_DATA", Path(__file__).parents[2] / "shared" / "data")) / "bounces"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="needs the labelled bounces of flufl.bounce (DIGEST_TEST_DATA)")
OURS = labelled()
THEIRS: list[dict[str, Any]] = (
    [json.loads(line) for line in (DATA / "manifest.jsonl").read_text(encoding="utf-8").splitlines()] if DATA.is_dir() else []
)
DAEMON = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nSubject: failure notice\n"


@pytest.mark.parametrize("mail", OURS, ids=lambda mail: mail.path.stem)
def test_each_mail_written_after_a_format_is_read_as_its_label_says(mail: Labelled) -> None:
    returned = read_returned(mail.path.read_bytes())

    assert (str(returned.kind), str(returned.action)) == (mail.kind, mail.action)
    assert [(refusal.address, str(refusal.verdict)) for refusal in returned.refusals] == list(mail.recipients)


def test_a_mail_without_a_body_says_nothing_in_its_last_field() -> None:
    assert read_returned(DAEMON + b"Keywords: user unknown bo@example.org").refusals == ()


def test_the_own_set_has_what_the_other_one_lacks() -> None:
    kinds = [mail.kind for mail in OURS]
    temporary = [mail for mail in OURS if mail.kind == "bounce" and any(verdict == "soft" for _, verdict in mail.recipients)]

    assert len(OURS) == 225
    assert kinds.count("complaint") >= 7
    assert kinds.count("auto_reply") >= 15
    assert len(temporary) >= 20


@needs_data
@pytest.mark.parametrize("row", THEIRS, ids=lambda row: row["path"])
def test_each_mail_of_flufl_names_its_recipients_with_their_verdict(row: dict[str, Any]) -> None:
    returned = read_returned((DATA / row["path"]).read_bytes())

    found = {refusal.address.lower(): str(refusal.verdict) for refusal in returned.refusals}
    assert found == {one["recipient"].lower(): "hard" if one["hard"] else "soft" for one in row["expected"]}


@needs_data
@pytest.mark.parametrize("row", [row for row in THEIRS if row["policy"] == "must_not_suppress_at_once"], ids=lambda row: row["path"])
def test_no_temporary_one_of_flufl_suppresses(row: dict[str, Any]) -> None:
    assert read_returned((DATA / row["path"]).read_bytes()).action is not Action.SUPPRESS


@pytest.mark.parametrize("name", ["", "\n", "delivered", "relayed", "expanded", "Delivered (to mailbox)"])
def test_a_report_of_success_counts_nothing(name: str) -> None:
    returned = read_returned(a_report(action=name, status="2.1.5", said="250 2.1.5 Ok"))

    assert (returned.refusals, returned.action) == ((), Action.NONE)


@pytest.mark.parametrize(
    "said",
    [
        "554 5.7.1 Service unavailable; client [192.0.2.1] blocked using zen.spamhaus.org",
        "550 5.7.1 Message rejected as spam by Content Filtering",
        "550-5.7.26 This mail is unauthenticated; SPF and DKIM did not pass",
        "550 5.1.1 Mail from 192.0.2.1 rejected: poor reputation",
        "571 5.7.1 message violates our policy",
        "550 5.7.515 Access denied, sending domain EXAMPLE.ORG doesn't meet the required authentication level",
        "550-5.7.1 This message does not have authentication information",
        "550 Your server requires confirmation",
        "550 Protocol violation (in reply to DATA command)",
        "550 5.2.0 From: Domain is invalid",
        "553 http://www.spamhaus.org/query/bl?ip=192.0.2.1",
        "554 INVALID IP FOR SENDING MAIL OF DOMAIN example.org",
        "5.1.0 - Unknown address error 550-'5.7.1 <bounces@example.org>... Access denied' (delivery attempts: 0)",
    ],
)
def test_a_refusal_that_speaks_of_us_counts_nothing(said: str) -> None:
    returned = read_returned(a_report(status="5.0.0", said=said))

    assert [refusal.cause for refusal in returned.refusals] == [Cause.SENDER]
    assert returned.action is Action.NONE


@pytest.mark.parametrize("status", ["4.2.2", "4.4.1", "4.4.7", "4.0.0", "5.2.2"])
def test_what_may_pass_is_soft_though_its_server_gave_up(status: str) -> None:
    returned = read_returned(a_report(status=status, said=f"552 {status} mailbox full"))

    assert [refusal.verdict for refusal in returned.refusals] == [Verdict.SOFT]
    assert returned.action is Action.SCORE


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.0.0", "5.1.0 - Unknown address error 550-'5.2.2 <ana@example.org>... Mailbox Full' (delivery attempts: 0)"),
        ("5.0.0", "452 <junk.mail@example.org> Mailbox size limit exceeded"),
        ("5.0.0", "550 Benutzer hat zuviele Mails auf dem Server. / User has too many messages on the server."),
        ("5.0.0", "500 Line limit exceeded"),
        ("5.1.1 (bad destination mailbox address)", "550 RCPT TO:<ana@example.org> max message size exceeded"),
        ("5.2.1", "550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages"),
        ("5.4.4", "Name service error for name=example.org type=MX: Malformed or unexpected name server reply"),
    ],
)
def test_what_passes_is_no_reason_to_suppress_whatever_else_is_said(status: str, said: str) -> None:
    assert read_returned(a_report(status=status, said=said)).action is Action.SCORE


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("4.0.0", "The domain example.org doesn't receive email according to the administrator: returned Null MX"),
        ("5.5.0", "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked."),
        ("5.2.1", "550 5.2.1 <ana@example.org>... User Unknown Giving up on 192.0.2.1."),
    ],
)
def test_what_tells_of_the_address_suppresses(status: str, said: str) -> None:
    assert read_returned(a_report(status=status, said=said)).action is Action.SUPPRESS


FROM_ANA = "From: Ana <ana@example.org>\n"
FROM_A_SERVER = "From: relay7@mx.example.net\n"
NOWHERE, BY_ITSELF = "Return-Path: <>\n", "Auto-Submitted: auto-replied\n"
NAMED_ONE = "Report; report-type=Disposition-Notification"
REFUSED = "\n<bo@example.org>: 550 5.1.1 User unknown\n"
REPORT = 'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: text/plain\n' + REFUSED + "--b--\n"
RECEIPT = 'Content-Type: multipart/{}; boundary="b"\n\n--b\nContent-Type: text/plain\n' + REFUSED + "--b\nContent-Type: {}\n\nx\n--b--\n"


@pytest.mark.parametrize(
    ("kind", "mail"),
    [
        # Who is away has an answer sent from nowhere, as reports are, and may name somebody else in it.
        (ReturnedKind.AUTO_REPLY, NOWHERE + FROM_ANA + "Subject: Out of office: papers\n" + REFUSED),
        (ReturnedKind.AUTO_REPLY, NOWHERE + FROM_ANA + "Subject: Back on Monday\n" + BY_ITSELF + REFUSED),
        (ReturnedKind.AUTO_REPLY, NOWHERE + FROM_ANA + "Subject: papers\nPrecedence: Auto_Reply\n" + REFUSED),
        (ReturnedKind.AUTO_REPLY, FROM_ANA + "Subject: papers\n" + RECEIPT.format(NAMED_ONE, "text/plain")),
        (ReturnedKind.AUTO_REPLY, NOWHERE + FROM_ANA + RECEIPT.format("mixed", "message/disposition-notification")),
        (ReturnedKind.OTHER, FROM_ANA + "Subject: AW: Undeliverable: papers\nReferences: <1@example.org>\n" + REFUSED),
        (ReturnedKind.OTHER, "From: postmaster@example.net\nSubject: Our new rooms\n\nWe have moved.\n"),
        # A server may say that it answers by itself, and need not call itself one.
        (ReturnedKind.BOUNCE, "From: MAILER-DAEMON@mx.example.net\nSubject: Automatic reply: papers\n" + REFUSED),
        (ReturnedKind.BOUNCE, "From: MAILER-DAEMON@mx.example.net\nSubject: papers\n" + BY_ITSELF + REFUSED),
        (ReturnedKind.BOUNCE, NOWHERE + FROM_A_SERVER + "Subject: Delivery failure\n" + BY_ITSELF + REFUSED),
        (ReturnedKind.BOUNCE, FROM_A_SERVER + "Subject: papers\n" + BY_ITSELF + REPORT),
        (ReturnedKind.BOUNCE, FROM_A_SERVER + "Subject: papers\n" + REPORT.replace("multipart/report", "Multipart/Report")),
        (ReturnedKind.BOUNCE, NOWHERE + FROM_A_SERVER + "Subject: papers\n" + REFUSED),
        (ReturnedKind.BOUNCE, FROM_A_SERVER + "Subject: papers\nX-Failed-Recipients: bo@example.org\n" + REFUSED),
        (ReturnedKind.BOUNCE, FROM_A_SERVER + "Subject: papers\nX-Failed-Recipients: bo@example.org\n" + BY_ITSELF + REFUSED),
        (ReturnedKind.BOUNCE, "From: Mail Delivery System <x1@mx.example.net>\nSubject: papers\n" + REFUSED),
        (ReturnedKind.BOUNCE, "From: <>\nSubject: papers\n" + REFUSED),
    ],
)
def test_who_wrote_a_mail_decides_what_its_words_mean(kind: ReturnedKind, mail: str) -> None:
    returned = read_returned(mail.encode())

    assert (returned.kind, bool(returned.refusals)) == (kind, kind is ReturnedKind.BOUNCE)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", "virus", "anything"])
def test_a_feedback_report_that_asks_for_nothing_stops_nothing(kind: str) -> None:
    assert read_returned(a_complaint("Subject: papers\n", kind=kind)).action is Action.NONE


@pytest.mark.parametrize(
    ("report", "kind"),
    [
        ("Feedback-Type: abuse\nVersion: 1\n", ReturnedKind.COMPLAINT),
        ("Feedback-Type:\nVersion: 1\n", ReturnedKind.OTHER),
        ("Version: 1\n\nOriginal-Rcpt-To: ana@example.org\n", ReturnedKind.OTHER),
    ],
)
def test_a_feedback_report_that_names_nobody_and_returns_nothing_blames_nobody(report: str, kind: ReturnedKind) -> None:
    content = f'Content-Type: multipart/report; boundary="b"\n\n--b\nContent-Type: message/feedback-report\n\n{report}--b--\n'

    returned = read_returned(f"From: abuse@isp.example.net\nSubject: FW: papers\n{content}".encode())

    assert (returned.kind, returned.refusals) == (kind, ())


@pytest.mark.parametrize("mail", [a_report(said="550 gone \x1b[2J \u202e away"), DAEMON + REFUSED.replace("User", "\x1b[2J User").encode()])
def test_what_a_server_said_of_a_reader_moves_no_cursor(mail: bytes) -> None:
    (refusal,) = read_returned(mail).refusals

    assert "[2J" in refusal.said
    assert refusal.said.isprintable()


def test_who_writes_about_abuse_and_returns_no_letter_has_not_complained() -> None:
    assert read_returned(FROM_ANA.encode() + b"Subject: Abuse report\n\nBo takes my pens.\n").kind is ReturnedKind.OTHER


@pytest.mark.parametrize("kind", ["abuse", "Fraud", "opt-out", "OPT-OUT-LIST"])
def test_a_complaint_stops(kind: str) -> None:
    assert read_returned(a_complaint("Subject: papers\n", kind=kind)).action is Action.STOP


HOSTILE = {
    "30 MB": DAEMON + b"\n" + b"a" * 30_000_000,
    "addresses": DAEMON + b"\n" + b"a@b.example.org " * 2_000_000,
    "a million lines": DAEMON + b"\n" + b"<a@example.org>: no\n" * 1_000_000,
    "10,000 levels": DAEMON + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(10_000)),
    "10,000 levels of one boundary": DAEMON + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 10_000,
    "10,000 mails in mails": DAEMON + b"Content-Type: message/rfc822\n\n" * 10_000,
    "a million fields": DAEMON + b"X: y\n" * 1_000_000,
    "a long field": DAEMON + b"To: " + b"a" * 1_000_000,
    "a long word": b"Subject: =?utf-8?q?" + b"=41" * 200_000 + b"?=\n\n",
    "a thousand comments within each other": b"From: " + b"(" * 1_900 + b"\nSubject: failure notice\n\n",
    "open tags": DAEMON + b"Content-Type: text/html\n\n" + b"<script " * 100_000,
    "open comments": DAEMON + b"Content-Type: text/html\n\n" + b"<!--" * 100_000,
    "100,000 recipients": DAEMON
    + b"Content-Type: multipart/report; boundary=q\n\n--q\nContent-Type: message/delivery-status\n\n"
    + b"Final-Recipient: rfc822; a@example.org\nAction: failed\n\n" * 100_000,
    "NUL": b"\0" * 500_000,
    "no text": b"\xff" * 500_000,
    "plus signs": DAEMON + b"\n" + b"a+" * 250_000,
    "base64": DAEMON + b"Content-Transfer-Encoding: base64\n\n" + b"A" * 500_001,
    "deep JSON": b"From: no-reply@sns.amazonaws.com\n\n" + b'{"a":[' * 80_000,
    "JSON of another shape": b"From: no-reply@sns.amazonaws.com\n\n" + b'{"eventType": "Bounce", "bounce": {"bouncedRecipients": [1, {}]}}',
    "a codec that is none": DAEMON + b"Content-Type: text/plain; charset=rot13\n\nabc\n",
    "a codec of host names": DAEMON
    + b"Content-Type: text/plain; charset=-PunyCode\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(b"a-" + b"9aaa" * 92_000),
    "a number without end": DAEMON
    + b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(b"<p>ana@example.org &#" + b"1" * 5_000 + b"; unknown</p>"),
    "addresses of somebody else": DAEMON
    + b"Content-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(b"sent by " + b" ".join(b"a%d@example.org" % number for number in range(4_000))),
    "hosts of names without one": DAEMON
    + b"Content-Transfer-Encoding: base64\n\n"
    + base64.encodebytes(
        b" ".join(b"mailing NAME@h%d" % number for number in range(2_000)) + b"\nfollowing recipients:\n" + b" ana\n" * 450
    ),
    "an X.400 address without an end": DAEMON + b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"dda:SMTP=" * 7_000 + b"@"),
    "a codec of bytes": DAEMON + b"Content-Type: text/plain; charset=zlib\n\nabc\n",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_mail_made_to_do_harm_is_read_in_bounded_time(name: str) -> None:
    begun = time.process_time()

    returned = read_returned(HOSTILE[name])

    assert time.process_time() - begun < 20  # some take one second where nothing else runs
    assert len(returned.refusals) <= 100
    assert len(returned.traces) <= 400


@given(st.binary(max_size=2000), st.integers(0, len(OURS) - 1), st.integers(0, 3000))
def test_no_bytes_are_too_strange(junk: bytes, number: int, place: int) -> None:
    mail = OURS[number].path.read_bytes()

    returned = read_returned(mail[:place] + junk + mail[place:])

    assert all("\n" not in refusal.said and "\x1b" not in refusal.said for refusal in returned.refusals)


@given(st.integers(0, len(OURS) - 1))
def test_line_ends_and_an_mboxs_first_line_change_nothing(number: int) -> None:
    mail = OURS[number].path.read_bytes()

    assert (
        read_returned(b"From MAILER-DAEMON Mon Nov 23 07:02:10 2026\n" + mail.replace(b"\n", b"\r\n")).refusals
        == read_returned(mail).refusals
    )


@pytest.mark.parametrize("mail", [mail for mail in OURS if mail.kind in ("bounce", "complaint")], ids=lambda mail: mail.path.stem)
def test_the_header_of_what_came_back_is_reason_enough_to_fetch_it(mail: Labelled) -> None:
    assert may_be_returned(mail.path.read_bytes().partition(b"\n\n")[0])


@pytest.mark.parametrize("name", ["person_answer", "person_about_bounce"])
def test_a_persons_mail_is_not_fetched(name: str) -> None:
    (mail,) = [mail for mail in OURS if mail.path.stem == name]

    assert not may_be_returned(mail.path.read_bytes().partition(b"\n\n")[0])


def test_what_stands_behind_half_a_megabyte_is_not_looked_at() -> None:
    returned = read_returned(DAEMON + b"\n" + b"\n" * MOST + b"<ana@example.org>: user unknown\n")

    assert (returned.kind, returned.refusals) == (ReturnedKind.BOUNCE, ())


def test_an_encoding_of_host_names_takes_no_time() -> None:
    started = time.process_time()
    read_returned(HOSTILE["a codec of host names"])

    assert time.process_time() - started < 4  # it was nine seconds


def test_a_mail_that_another_program_takes_out_of_a_maildir_meanwhile_keeps_none_of_the_others_back(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    for name in ("1", "2", "3"):
        (tmp_path / "new" / name).write_bytes(b"Subject: " + name.encode())

    mails = mails_in(tmp_path)
    first = next(mails)
    (tmp_path / "new" / "2").unlink()

    assert [mail.content for mail in (first, *mails)] == [b"Subject: 1", b"Subject: 3"]


def test_addresses_of_somebody_else_take_no_time() -> None:
    started = time.process_time()
    read_returned(HOSTILE["addresses of somebody else"])

    assert time.process_time() - started < 4  # it was half a minute


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="there is no /proc")
def test_a_file_of_mails_on_a_failing_disk_is_told_with_what_to_do_about_the_disk() -> None:
    with pytest.raises(MailboxError) as caught:
        list(mails_in(Path("/proc/self/mem")))  # reading at its beginning is answered as a broken disk answers

    assert caught.value.hint == "look at the disk; the system's log (dmesg) says what is wrong with it"
