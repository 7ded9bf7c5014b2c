"""Envelope senders over SMTP: one of the letter's own, the plain one where a server wants that, and addresses outside ASCII."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from digest.delivery import Judgement, Stage
from digest.model import Letter
from tests.servers import FaultServer, SmtpSink, Talk
from tests.test_smtp import Opened, a_letter, opened, verdict, when

__all__ = ["opened"]  # the fixture

OWN, PLAIN = "bounces+abc@example.org", "bounces@example.org"


def an_own_letter(to: str = "ana@example.org", plain: str = PLAIN) -> Letter:
    return Letter(sender=OWN, to=to, message_id="1@example.org", content=b"Subject: On Foxes\r\n\r\nhello\r\n", plain_sender=plain)


def picky(stage: str, refusal: str) -> Callable[[Talk], None]:
    """A server that says that of a letter's own sender, at MAIL or later."""

    def answer(talk: Talk, line: str) -> str | None:
        sender = next((c for c in reversed(talk.commands) if c.startswith("MAIL")), "")
        return refusal if line.startswith(stage) and "+abc" in sender else None

    return lambda talk: talk.obey(answer)


def test_a_letter_leaves_with_its_own_sender_where_the_server_takes_it(opened: Opened) -> None:
    with SmtpSink() as sink:
        reply = opened(sink).send(an_own_letter())

        assert (reply.code, reply.of_sender) == (250, "")
        assert sink.messages[0].sender == OWN


@pytest.mark.parametrize(
    ("stage", "refusal"),
    [
        ("MAIL", "553 5.7.1 sender address rejected"),
        ("MAIL", "550 we know no such address"),
        ("MAIL", "501 5.1.7 bad sender address syntax"),
        ("RCPT", "553 5.7.1 <bounces+abc@example.org>: Sender address rejected: not owned by user ana"),
        (".", "554 5.2.252 SendAsDenied; ana@example.org not allowed to send as bounces+abc@example.org"),
    ],
    ids=["mail", "mail, plain words", "mail, syntax", "postfix at rcpt", "exchange at the dot"],
)
def test_a_sender_that_is_refused_is_exchanged_for_the_plain_one_at_once(opened: Opened, stage: str, refusal: str) -> None:
    with FaultServer(picky(stage, refusal)) as server:
        transport = opened(server)
        first, second = transport.send(an_own_letter()), transport.send(an_own_letter("bo@example.org"))

        assert (first.code, first.of_sender, second.code, second.of_sender) == (250, refusal, 250, "")
        assert [(received.sender, received.to) for received in server.messages] == [
            (PLAIN, ("ana@example.org",)),
            (PLAIN, ("bo@example.org",)),
        ]
        assert [line for line in server.commands if line == f"MAIL FROM:<{OWN}>"] == [f"MAIL FROM:<{OWN}>"]
        assert server.connections == 1


def test_a_server_that_hangs_up_on_such_a_sender_is_called_again_with_the_plain_one(opened: Opened) -> None:
    def offended(talk: Talk) -> None:
        def answer(talk: Talk, line: str) -> str | None:
            if line == "RSET":
                talk.drop()
            return "550 no" if line == f"MAIL FROM:<{OWN}>" else None

        talk.obey(answer)

    with FaultServer(offended) as server:
        reply = opened(server).send(an_own_letter())

        assert (reply.code, reply.of_sender) == (250, "550 no")
        assert [received.sender for received in server.messages] == [PLAIN]
        assert server.connections == 2


def test_a_server_that_refuses_the_plain_sender_too_speaks_of_us_and_is_not_remembered(opened: Opened) -> None:
    with FaultServer(when("MAIL", "550 5.7.1 sender address rejected")) as server:
        reply = opened(server).send(an_own_letter())

        assert (verdict(reply), reply.of_sender) == (Judgement.STOP_BATCH, "")
        assert [line for line in server.commands if line.startswith("MAIL")] == [f"MAIL FROM:<{OWN}>", f"MAIL FROM:<{PLAIN}>"]


@pytest.mark.parametrize("refusal", ["450 4.7.1 try again later", "552 5.3.4 too large"])
def test_what_does_not_speak_of_the_sender_changes_no_sender(opened: Opened, refusal: str) -> None:
    with FaultServer(when("MAIL", refusal)) as server:
        opened(server).send(an_own_letter())

        assert [line for line in server.commands if line.startswith("MAIL")] == [f"MAIL FROM:<{OWN}>"]


def test_an_unknown_mailbox_is_not_taken_for_a_refused_sender(opened: Opened) -> None:
    with SmtpSink(replies={"bo@example.org": "550 5.1.1 no such user"}) as sink:
        transport = opened(sink)
        transport.send(an_own_letter("bo@example.org"))
        transport.send(an_own_letter())

        assert [received.sender for received in sink.messages] == [OWN]


def test_a_refused_mailbox_after_the_plain_sender_was_taken_fails_alone(opened: Opened) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        return {f"MAIL FROM:<{OWN}>": "550 no", "RCPT TO:<bo@example.org>": "550 5.1.1 no such user"}.get(line)

    with FaultServer(lambda talk: talk.obey(answer)) as server:
        reply = opened(server).send(an_own_letter("bo@example.org"))

        assert (verdict(reply), reply.stage, reply.of_sender) == (Judgement.REFUSE, Stage.RCPT, "550 no")


def test_without_a_plain_sender_there_is_no_other_try(opened: Opened) -> None:
    with FaultServer(picky("MAIL", "550 no")) as server:
        reply = opened(server).send(an_own_letter(plain=""))

        assert (verdict(reply), server.messages) == (Judgement.STOP_BATCH, ())


# --- letters outside ASCII --------------------------------------------------------------------------------------------


def said_of_the_sender(opened: Opened, letter: Letter, *features: str) -> str:
    """The MAIL command that a letter makes with a server that offers these."""
    with FaultServer(lambda talk: talk.obey(features=features)) as server:
        opened(server).send(letter)
        return next((line for line in server.commands if line.startswith("MAIL")), "")


def test_smtputf8_is_said_only_where_it_is_needed_and_offered(opened: Opened) -> None:
    utf8 = a_letter("ána@example.org", "To: ána@example.org\r\n\r\nhello\r\n".encode())

    assert said_of_the_sender(opened, a_letter(), "SMTPUTF8", "8BITMIME") == "MAIL FROM:<digest@example.org>"
    assert said_of_the_sender(opened, utf8, "SMTPUTF8", "8BITMIME") == "MAIL FROM:<digest@example.org> BODY=8BITMIME SMTPUTF8"
    assert said_of_the_sender(opened, a_letter("ana@bücher.example"), "8BITMIME") == "MAIL FROM:<digest@example.org>"
    assert said_of_the_sender(opened, utf8, "8BITMIME") == ""


def test_a_sender_of_ours_outside_ascii_needs_it_for_every_letter(opened: Opened) -> None:
    from_us = a_letter(content="From: dígest@example.org\r\nTo: ana@example.org\r\n\r\nhello\r\n".encode())

    assert said_of_the_sender(opened, from_us, "SMTPUTF8") == "MAIL FROM:<digest@example.org> SMTPUTF8"
    with FaultServer(lambda talk: talk.obey()) as server:
        reply = opened(server).send(from_us)
    assert (verdict(reply), "sender" in reply.text, server.messages) == (Judgement.STOP_BATCH, True, ())


def test_a_server_that_breaks_its_promise_of_smtputf8_fails_that_letter_alone(opened: Opened) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        return "553 5.6.7 not for that address" if "SMTPUTF8" in line else None

    with FaultServer(lambda talk: talk.obey(answer, features=["SMTPUTF8"])) as server:
        transport = opened(server)
        refused, taken = transport.send(a_letter("ána@example.org")), transport.send(a_letter())

    assert (verdict(refused), verdict(taken)) == (Judgement.REFUSE, Judgement.ACCEPTED)
