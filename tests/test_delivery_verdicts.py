"""Of whom a reply speaks, and what to do about it: one row for each reply that people meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery import Judgement, Reply, Stage, judge
from digest.delivery.verdicts import escaped, reply

ACCEPTED, DEFER, REFUSE, STOP, UNKNOWN = (
    Judgement.ACCEPTED,
    Judgement.DEFER,
    Judgement.REFUSE,
    Judgement.STOP_BATCH,
    Judgement.UNKNOWN,
)


@pytest.mark.parametrize(
    ("stage", "code", "text", "judgement"),
    [
        (Stage.DOT, 250, "2.0.0 queued", ACCEPTED),
        (Stage.DOT, 200, "queued", ACCEPTED),
        (Stage.RCPT, 251, "2.1.5 will forward", ACCEPTED),
        (Stage.DATA, 354, "go on", ACCEPTED),
        (Stage.DATA, 250, "done already", DEFER),
        (Stage.DOT, 354, "go on", DEFER),
        (Stage.RCPT, 450, "4.2.1 mailbox busy", DEFER),
        (Stage.RCPT, 452, "4.5.3 too many recipients", DEFER),
        (Stage.RCPT, 421, "4.7.0 try again later", DEFER),
        (Stage.MAIL, 451, "4.3.0 try again later", DEFER),
        (Stage.DOT, 451, "4.7.1 greylisted", DEFER),
        (Stage.DOT, 421, "4.4.2 closing", DEFER),
        (Stage.DOT, 452, "4.2.2 over quota", DEFER),
        (Stage.RCPT, 500, "syntax error", REFUSE),
        (Stage.RCPT, 550, "5.1.1 no such user", REFUSE),
        (Stage.RCPT, 552, "5.2.2 mailbox full", REFUSE),
        (Stage.RCPT, 550, "5.7.1 <bo@example.org>: Recipient address rejected: Access denied", REFUSE),
        (Stage.RCPT, 550, "5.7.133 sender not authenticated for group", REFUSE),
        (Stage.DOT, 550, "5.7.1 RESOLVER.RST.AuthRequired; authentication required", REFUSE),
        (Stage.DOT, 554, "5.7.1 looks like spam", REFUSE),
        (Stage.MAIL, 552, "5.3.4 message too large", REFUSE),
        (Stage.MAIL, 552, "message size exceeds fixed maximum message size", REFUSE),
        (Stage.MAIL, 500, "syntax error", STOP),
        (Stage.MAIL, 550, "5.7.1 you are blocked", STOP),
        (Stage.MAIL, 501, "5.1.7 bad sender address", STOP),
        (Stage.GREETING, 554, "go away", STOP),
        (Stage.GREETING, 421, "busy", STOP),
        (Stage.EHLO, 550, "who are you", STOP),
        (Stage.AUTH, 454, "4.7.0 temporary authentication failure", STOP),
        (Stage.AUTH, 535, "5.7.8 bad credentials", STOP),
        (Stage.RCPT, 550, "5.4.5 Daily user sending limit exceeded", STOP),
        (Stage.DOT, 550, "5.4.5 Daily user sending limit exceeded", STOP),
        (Stage.RCPT, 550, "5.1.90 you've reached your daily limit for message recipients", STOP),
        (Stage.DOT, 554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", STOP),
        (Stage.DOT, 550, "5.7.26 This mail has been blocked because the sender is unauthenticated", STOP),
        (Stage.DOT, 550, "5.7.708 Service unavailable. Access denied, traffic not accepted from this IP", STOP),
        (Stage.RCPT, 550, "5.7.60 SMTP; Client does not have permissions to send as this sender", STOP),
        (Stage.RCPT, 553, "5.7.1 <a@example.org>: Sender address rejected: not owned by user b", STOP),
        (Stage.RCPT, 530, "5.7.0 Must issue a STARTTLS command first", STOP),
        (Stage.DOT, 0, "no reply: the server closed the connection", UNKNOWN),
        (Stage.DATA, 0, "no reply: the server closed the connection", DEFER),
        (Stage.RCPT, 0, "not a reply of SMTP", DEFER),
    ],
)
def test_a_reply_speaks_of_the_mailbox_or_of_us(stage: Stage, code: int, text: str, judgement: Judgement) -> None:
    assert judge(stage, Reply(code, text, stage)).judgement is judgement


@pytest.mark.parametrize(
    ("stage", "code", "text", "cure"),
    [
        (Stage.AUTH, 535, "5.7.8 Username and Password not accepted. gsmtp", "app password, which needs 2-step"),
        (Stage.AUTH, 534, "5.7.9 Application-specific password required. gsmtp", "https://myaccount.google.com/apppasswords"),
        (Stage.AUTH, 535, "5.7.139 Authentication unsuccessful, basic authentication is disabled.", "Microsoft takes no plain passwords"),
        (Stage.AUTH, 535, "5.7.8 Error: authentication failed: UGFzc3dvcmQ6", "check [smtp] user and the password file"),
        (Stage.AUTH, 504, "5.5.4 no way to log in that digest knows; offered: none", "port 587 (starttls)"),
        (Stage.MAIL, 530, "5.7.0 Must issue a STARTTLS command first", 'security = "starttls"'),
        (Stage.MAIL, 530, "5.7.57 Client not authenticated to send mail", "user and password_file"),
        (Stage.MAIL, 553, "5.7.1 Sender address rejected: not owned by user", "[sender] from"),
        (Stage.DOT, 550, "5.7.60 Client does not have permissions to send as this sender", "[sender] from"),
        (Stage.MAIL, 553, "sorry, your envelope sender is in my badmailfrom list (#5.7.1)", "[sender] from"),
        (Stage.DOT, 550, "5.4.5 Daily user sending limit exceeded", "tomorrow"),
        (Stage.DOT, 550, "5.4.5 You have reached a limit for sending mail. Your message was not sent.", "tomorrow"),
        (Stage.RCPT, 450, "4.2.1 The user you are trying to contact is receiving mail too quickly.", "the reader gets too much mail"),
        (Stage.DOT, 552, "5.3.4 Message size exceeds fixed limit", "the letter is too large"),
        (Stage.RCPT, 553, "5.6.7 the server takes no address with letters outside ASCII before the @", "takes only ASCII before the @"),
        (Stage.RCPT, 550, "5.1.1 no such user", "correct the address"),
        (Stage.RCPT, 452, "4.3.2 too many connections", "fewer letters at a time"),
        (Stage.GREETING, 421, "busy", "try again later"),
        (Stage.MAIL, 550, "5.7.1 you are blocked", "digest test-mail"),
        (Stage.DOT, 554, "5.7.1 message refused as spam", "digest doctor"),
        (Stage.RCPT, 552, "5.2.2 over quota", "ask its reader to make room"),
    ],
)
def test_a_refusal_comes_with_its_cure(stage: Stage, code: int, text: str, cure: str) -> None:
    assert cure in judge(stage, Reply(code, text, stage)).hint


@pytest.mark.parametrize("text", ["5.7.9 Application-specific password required.", "5.7.8 Username and Password not accepted. - gsmtp"])
def test_where_google_refuses_the_login_its_app_password_is_the_cure(text: str) -> None:
    assert judge(Stage.AUTH, Reply(534, text, Stage.AUTH)).hint.startswith("for Gmail this needs an app password")


def test_a_refusal_of_which_all_is_said_comes_without_a_cure() -> None:
    assert judge(Stage.RCPT, Reply(554, "5.0.0 transaction failed", Stage.RCPT)).hint == ""


@pytest.mark.parametrize(
    ("code", "text", "is_greylisting"),
    [
        (450, "4.7.1 try again in 300 seconds", True),
        (451, "4.7.1 Greylisting in action", True),
        (450, "4.2.0 Recipient address rejected: Greylisted", True),
        (450, "4.2.0 Recipient address rejected: try again later", True),
        (451, "gray-listed", True),
        (451, "4.7.1 try again in 300 seconds", True),
        (421, "4.7.0 try again later", False),
        (450, "4.2.1 mailbox busy", False),
        (452, "4.2.2 over quota", False),
    ],
)
def test_greylisting_is_known_by_its_word_or_status(code: int, text: str, is_greylisting: bool) -> None:
    assert judge(Stage.RCPT, Reply(code, text, Stage.RCPT)).is_greylisting is is_greylisting


@pytest.mark.parametrize(
    ("code", "text", "slows_domain"),
    [
        (421, "4.7.0 try again later", True),
        (452, "4.3.1 out of room", True),
        (450, "4.3.0 too many connections", True),
        (450, "4.3.0 try again later", False),
        (450, "4.7.1 try again in 300 seconds", False),
        (452, "4.2.2 over quota", False),
    ],
)
def test_a_domain_that_has_enough_is_known_by_code_status_or_words(code: int, text: str, slows_domain: bool) -> None:
    assert judge(Stage.RCPT, Reply(code, text, Stage.RCPT)).slows_domain is slows_domain


@given(st.sampled_from(Stage), st.integers(0, 999), st.binary(max_size=3000))
def test_any_reply_has_a_verdict_and_is_safe_to_store(stage: Stage, code: int, text: bytes) -> None:
    heard = reply(code, text, stage)

    assert judge(stage, heard).judgement in Judgement
    assert len(heard.text) <= 500
    assert not [c for c in heard.text if ord(c) < 32 or 0x7F <= ord(c) <= 0x9F or c in "\u2028\u2029\u202e"]


def test_a_status_repeated_on_each_line_is_said_once() -> None:
    heard = reply(550, b"5.7.26 This mail has been blocked\n5.7.26 because of you\n5.7.26  gsmtp", Stage.DOT)

    assert heard.text == "5.7.26 This mail has been blocked because of you gsmtp"
    assert heard.enhanced == "5.7.26"


def test_a_reply_of_as_many_characters_as_are_kept_is_whole_and_what_is_longer_says_that_it_was_cut() -> None:
    assert escaped("a" * 500) == "a" * 500
    assert escaped("a" * 501) == "a" * 499 + "…"


def test_a_reply_says_its_code_where_it_has_one() -> None:
    assert [str(Reply(550, "no")), str(Reply(0, "no reply"))] == ["550 no", "no reply"]


def test_space_around_the_lines_of_a_reply_is_left_out() -> None:
    assert reply(550, b" no \r\n\tnever ", Stage.DOT).text == "no never"
    assert escaped(" no\n") == "no"
