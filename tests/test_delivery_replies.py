"""What real servers say, and whom it blames: texts as providers send them or as people quote them, one row each."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.delivery import Judgement, Reply, Stage, judge
from digest.delivery.policy import delay

DEFER, REFUSE, STOP = Judgement.DEFER, Judgement.REFUSE, Judgement.STOP_BATCH


@pytest.mark.parametrize(
    ("stage", "code", "text", "judgement", "hours"),
    [
        # Gmail
        (Stage.DOT, 550, "5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to", STOP, 4),
        # Gmail relay
        (Stage.RCPT, 550, "5.7.1 Daily SMTP relay sending limit exceeded for customer. For more information on SMTP relay", STOP, 4),
        # Gmail
        (Stage.DATA, 421, "4.7.0 Try again later, closing connection. (EHLO) - gsmtp", DEFER, 0),
        (Stage.DOT, 421, "4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.", DEFER, 0),
        (Stage.RCPT, 450, "4.2.1 The user you are trying to contact is receiving mail too quickly. Please resend your message", DEFER, 0),
        (Stage.RCPT, 550, "5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional", REFUSE, 0),
        (Stage.RCPT, 452, "4.2.2 The recipient's inbox is out of storage space.", DEFER, 0),
        (Stage.RCPT, 550, "5.1.1 The email account that you tried to reach does not exist.", REFUSE, 0),
        # M365
        (Stage.DOT, 550, "5.1.90 Your message can't be sent because you've reached your daily limit for message recipients", STOP, 4),
        (Stage.DOT, 554, "5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException; Failed to process message due", STOP, 4),
        (Stage.DOT, 550, "5.7.233 Your message can't be sent because your tenant exceeded its daily limit for sending email to", STOP, 4),
        (Stage.DOT, 554, "5.2.252 SendAsDenied; digest@example.org not allowed to send as ana@example.org", STOP, 0),
        (Stage.DOT, 550, "5.1.8 Access denied, bad outbound sender AS(42003)", STOP, 0),
        (Stage.MAIL, 432, "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded", DEFER, 0),
        (Stage.RCPT, 451, "4.7.500 Server busy. Please try again later from [192.0.2.1]", STOP, 0),
        (Stage.RCPT, 550, "5.4.1 Recipient address rejected: Access denied. AS(201806281)", REFUSE, 0),
        (Stage.DOT, 552, "5.2.2 Quota exceeded: Submission quota", REFUSE, 0),
        (Stage.RCPT, 550, "5.2.122 The recipient has exceeded their limit for the number of messages they can receive per hour", REFUSE, 0),
        (Stage.RCPT, 450, "4.7.1 The recipient <bo@example.org> has exceeded their daily message limit", DEFER, 0),
        (Stage.DOT, 552, "5.3.4 Message exceeds the maximum message limit", REFUSE, 0),
        # SES
        (Stage.DOT, 454, "Throttling failure: Daily message quota exceeded.", STOP, 4),
        (Stage.DOT, 454, "Throttling failure: Maximum sending rate exceeded.", DEFER, 0),
        (Stage.DOT, 554, "Message rejected: Email address is not verified. The following identities failed the check in region", STOP, 0),
        (Stage.DOT, 554, "Message rejected: Sending suspended for this account. For more information, please check the inbox", STOP, 0),
        # SendGrid
        (Stage.DOT, 550, "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is", STOP, 0),
        (Stage.AUTH, 451, "Authentication failed: Maximum credits exceeded", STOP, 4),
        (Stage.RCPT, 452, "Too many recipients received this hour", STOP, 1),
        # Mailgun
        (Stage.DOT, 550, "5.7.1 Domain sandbox1.mailgun.org is not allowed to send: Sandbox subdomains are for test purposes", STOP, 0),
        # Postfix
        (Stage.RCPT, 554, "5.7.1 <bo@example.org>: Relay access denied", STOP, 0),
        (Stage.RCPT, 454, "4.7.1 <bo@example.org>: Relay access denied", STOP, 0),
        (Stage.RCPT, 450, "4.1.8 <digest@example.org>: Sender address rejected: Domain not found", STOP, 0),
        (Stage.RCPT, 550, "5.1.0 <digest@example.org>: Sender address rejected: User unknown in virtual mailbox table", STOP, 0),
        (Stage.RCPT, 504, "5.5.2 <laptop>: Helo command rejected: need fully-qualified hostname", STOP, 0),
        (Stage.RCPT, 450, "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]", STOP, 0),
        (Stage.RCPT, 554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org;", STOP, 0),
        (Stage.MAIL, 450, "4.7.1 Error: too much mail from 192.0.2.1", DEFER, 0),
        (Stage.MAIL, 452, "4.3.1 Insufficient system storage", DEFER, 0),
        (Stage.RCPT, 550, "5.1.1 <bo@example.org>: Recipient address rejected: User unknown in local recipient table", REFUSE, 0),
        # Postfix/Dovecot
        (Stage.DOT, 552, "5.2.2 <bo@example.org> Quota exceeded (mailbox for user is full)", REFUSE, 0),
        # Vmail
        (Stage.DATA, 554, "5.7.1 <DATA>: Data command rejected: only 10 messages per day", STOP, 4),
        # Mailcow
        (Stage.DOT, 451, '4.7.1 Ratelimit "user" exceeded', STOP, 1),
        # Exim/cPanel
        (Stage.DOT, 550, "Domain example.org has exceeded the max emails per hour (100/100 (100%)) allowed. Message discarded.", STOP, 1),
        (Stage.RCPT, 550, "Domain example.org has exceeded the max defers and failures per hour (5/5 (100%)) allowed. Message", STOP, 1),
        # Exim
        (Stage.RCPT, 550, "relay not permitted", STOP, 0),
        (Stage.RCPT, 550, "Verification failed for <digest@example.org> No Such User Here Sender verify failed", STOP, 0),
        (Stage.RCPT, 550, "Unrouteable address", REFUSE, 0),
        # A host
        (Stage.DOT, 550, "User digest@example.org has exceeded its 24-hour sending limit. Messages to 25 recipients out of 25", STOP, 4),
        (Stage.DOT, 552, "Message would take you over your relay quota of 500 Current quota used: 487", STOP, 4),
        (Stage.RCPT, 550, "Daily limit has been exceeded for digest@example.org", STOP, 4),
        # OVH
        (Stage.RCPT, 553, "5.7.1 <digest@example.org>: Sender address rejected: not owned by user ana@example.org", STOP, 0),
        (Stage.DOT, 550, "5.7.1 You have sent too many emails, please try again later", STOP, 4),
        # Yahoo
        (Stage.DOT, 421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user", DEFER, 0),
        (Stage.MAIL, 553, "5.7.1 [BL21] Connections will not be accepted from 192.0.2.1, because the ip is in Spamhaus's list", STOP, 0),
        (Stage.DOT, 553, "From address not verified - see https://help.yahoo.com/kb/SLN3229.html", STOP, 0),
        (Stage.DOT, 554, "delivery error: dd This user doesn't have a yahoo.com account", REFUSE, 0),
        # ICloud
        (Stage.DOT, 550, "5.7.0 From address is not one of your addresses", STOP, 0),
        (Stage.DOT, 554, "5.7.1 [CS01] Message rejected due to local policy.", REFUSE, 0),
        (Stage.DOT, 550, "5.7.1 You have exceeded the number of messages you can send today", STOP, 4),
        # Fastmail
        (Stage.DOT, 551, "5.7.1 Not authorised to send from this header address", STOP, 0),
        (Stage.RCPT, 452, "4.7.1 You have exceeded your message sending quota", STOP, 4),
        # Zoho
        (Stage.DOT, 550, "5.4.6 Unusual sending activity detected. Please try after sometime", STOP, 1),
        (Stage.MAIL, 553, "Relaying disallowed as digest@example.org", STOP, 0),
        # GMX
        (Stage.DOT, 450, "Requested mail action not taken: mailbox unavailable Mail send limit exceeded.", STOP, 4),
        # Brevo
        (Stage.DOT, 502, "5.7.0 Your SMTP account is not yet activated", STOP, 0),
        # A reader's server
        (Stage.RCPT, 452, "4.2.2 <bo@example.org>: mail quota exceeded", DEFER, 0),
        (Stage.RCPT, 550, "5.2.2 mailbox has exceeded its message quota limit", REFUSE, 0),
        (Stage.RCPT, 550, "Mailbox quota exceeded", REFUSE, 0),
        (Stage.RCPT, 552, "Mailbox size limit exceeded", REFUSE, 0),
        (Stage.DOT, 554, "5.7.1 message content rejected as spam", REFUSE, 0),
        (Stage.DOT, 550, "5.7.1 No HTML on this list, please resend as plain text", REFUSE, 0),
        (Stage.RCPT, 450, "4.7.1 <digest@example.org>: Sender address rejected: Greylisted for 300 seconds", DEFER, 0),
        (Stage.RCPT, 450, "4.7.1 <digest@example.org>: Sender address rejected: try again later", STOP, 0),
        (Stage.RCPT, 452, "4.5.3 Too many recipients", DEFER, 0),
        # A reader
        (Stage.RCPT, 552, "mail quota exceeded", REFUSE, 0),
        (Stage.RCPT, 552, "Recipient quota exceeded", REFUSE, 0),
        (Stage.DOT, 552, "message size limit exceeded", REFUSE, 0),
        (Stage.DOT, 550, "The email account quota has been reached", REFUSE, 0),
    ],
)
def test_a_reply_as_servers_send_it_stops_us_or_fails_one_letter(
    stage: Stage, code: int, text: str, judgement: Judgement, hours: int
) -> None:
    verdict = judge(stage, Reply(code, text, stage))

    assert (verdict.judgement, verdict.rest) == (judgement, timedelta(hours=hours))


@pytest.mark.parametrize(
    ("code", "text", "slows"),
    [
        (421, "4.7.28 Gmail has detected an unusual rate of unsolicited mail originating from your IP address.", True),
        (421, "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected volume or user complaints", True),
        (454, "Throttling failure: Maximum sending rate exceeded.", True),
        (450, "4.7.1 Error: too much mail from 192.0.2.1", True),
        (452, "4.5.3 Too many recipients", True),
        (452, "4.3.1 Insufficient system storage", True),
        (451, "4.7.1 Greylisted, please try again in 300 seconds", False),
        (452, "4.2.2 The recipient's inbox is out of storage space.", False),
        (450, "4.2.1 The user you are trying to contact is receiving mail too quickly.", False),
        (451, "4.5.1 The recipient <bo@example.org> has exceeded their message rate limit. Try again later.", False),  # Yandex
        (451, "4.3.0 Temporary lookup failure", False),
        (550, "5.7.1 rejected", False),
        (250, "2.0.0 queued", False),
    ],
)
def test_a_server_that_has_too_much_slows_its_domain(code: int, text: str, slows: bool) -> None:
    assert judge(Stage.RCPT, Reply(code, text, Stage.RCPT)).slows_domain is slows


@pytest.mark.parametrize("chance", [0.0, 1.0])
@pytest.mark.parametrize(("text", "minutes"), [("4.2.0 Greylisted", (5, 60, 120, 240, 240)), ("4.3.0 later", (30, 60, 120, 240, 240))])
def test_nothing_is_asked_again_before_its_time(text: str, minutes: tuple[int, ...], chance: float) -> None:
    verdict = judge(Stage.RCPT, Reply(450, text, Stage.RCPT))

    waits = [delay(earlier, verdict, chance) for earlier in range(5)]

    assert waits == [timedelta(minutes=least * (1 + chance / 10)) for least in minutes]


def test_too_much_mail_is_not_taken_for_greylisting() -> None:
    assert not judge(Stage.MAIL, Reply(450, "4.7.1 Error: too much mail from 192.0.2.1", Stage.MAIL)).is_greylisting


@pytest.mark.parametrize(
    ("code", "text", "judgement"),
    [
        (550, "5.7.1 Access denied for <digest@example.org>", STOP),
        (554, "5.7.0 Digest+kx7@Example.org may not use this relay", STOP),
        (550, "5.7.1 <digest@example.org> is blocked by the recipient", REFUSE),
        (550, "5.7.1 <digest@example.org>: the address is on the user's list of blocked senders", REFUSE),
        (550, "5.7.1 Access denied for <mydigest@example.org>", REFUSE),
        (550, "5.7.1 Access denied for <digest@example.org.example.net>", REFUSE),
        (550, "5.1.1 no mailbox for a letter by digest@example.org", REFUSE),
        (451, "4.7.1 digest@example.org comes later", DEFER),
    ],
)
def test_a_refusal_for_policy_that_names_our_address_stops_us(code: int, text: str, judgement: Judgement) -> None:
    senders = ("digest+kx7@example.org", "digest@example.org", "")

    assert judge(Stage.DOT, Reply(code, text, Stage.DOT), senders).judgement is judgement


@pytest.mark.parametrize("text", ["4.2.2 The user exceeded the daily limit of incoming mail", "Receiving limit per hour exceeded for bo"])
def test_what_one_mailbox_may_receive_is_no_limit_of_ours(text: str) -> None:
    assert judge(Stage.RCPT, Reply(452, text, Stage.RCPT)).judgement is DEFER
