"""Commands sent ahead (RFC 2920): one wait for each letter, and nothing mixed up when a server refuses, forgets or goes."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from digest.delivery import Judgement, Stage
from digest.delivery.smtp import SmtpTransport
from digest.errors import DeliveryError
from tests.servers import FaultServer, Talk
from tests.test_smtp import Opened, a_letter, opened, verdict

__all__ = ["opened"]  # the fixture

Answer = Callable[[Talk, str], str | bytes | None]
ANA, BO, CY = a_letter("ana@example.org"), a_letter("bo@example.org"), a_letter("cy@example.org")


def ahead(answer: Answer = lambda talk, line: None) -> FaultServer:
    return FaultServer(lambda talk: talk.obey(answer, features=["PIPELINING"]))


def once(verb: str, reply: str, to: str = "") -> Answer:
    """That reply to the first such command, after RCPT for `to` where one is named."""
    left = [reply]

    def answer(talk: Talk, line: str) -> str | None:
        last = next((c for c in reversed(talk.commands) if c.startswith("RCPT")), "")
        return left.pop() if left and line.split(" ")[0] == verb and (not to or to in last or to in line) else None

    return answer


def verbs(server: FaultServer) -> list[list[str]]:
    return [[line.split(" ")[0] for line in talk.commands] for talk in server.talks]


def takers(server: FaultServer) -> list[str]:
    return [received.to[0].partition("@")[0] for received in server.messages]


def carry(transport: SmtpTransport, *letters: object) -> list[int]:
    """Offer and hand over each, each with the one that follows it; the codes that decided."""
    codes = []
    for n, letter in enumerate(letters):
        refusal = transport.offer(letter)  # type: ignore[arg-type]
        following = letters[n + 1] if n + 1 < len(letters) else None
        codes.append(refusal.code if refusal else transport.hand_over(following).code)  # type: ignore[arg-type]
    return codes


def test_with_the_dot_of_a_letter_goes_the_question_for_the_next(opened: Opened) -> None:
    heard: list[list[str]] = []

    def answer(talk: Talk, line: str) -> None:
        if line == ".":
            heard.append([part.decode().split(" ")[0] for part in talk._buffer.split(b"\r\n") if part])

    with ahead(answer) as server:
        assert carry(opened(server), ANA, BO, CY) == [250, 250, 250]
        assert takers(server) == ["ana", "bo", "cy"]
        # What follows may arrive a moment later than the dot; what never arrives with it is anything but the next question.
        assert all(commands in ([], ["MAIL", "RCPT", "DATA"]) for commands in heard)
        assert heard[-1] == []
        assert verbs(server) == [["EHLO", *["MAIL", "RCPT", "DATA"] * 3]]


def test_a_server_that_offers_no_pipelining_is_asked_step_by_step(opened: Opened) -> None:
    waiting: list[bytes] = []

    def answer(talk: Talk, line: str) -> None:
        waiting.append(talk._buffer if line and line != "DATA" else b"")

    with FaultServer(lambda talk: talk.obey(answer)) as server:
        assert carry(opened(server), ANA, BO) == [250, 250]
        assert set(waiting) == {b""}


def test_a_server_that_waits_for_a_text_after_a_refusal_is_hung_up_on(opened: Opened) -> None:
    with ahead(once("RCPT", "550 5.1.1 no such user", "bo")) as server:
        assert carry(opened(server), ANA, BO, CY) == [250, 550, 250]
        assert takers(server) == ["ana", "cy"]
        # The server says 354 to bo's DATA although it has nobody to deliver to: no text would do, so it is hung up on.
        assert verbs(server) == [["EHLO", *["MAIL", "RCPT", "DATA"] * 2], ["EHLO", "MAIL", "RCPT", "DATA"]]


def test_a_refused_letter_is_forgotten_before_the_next_is_asked_for(opened: Opened) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        if line.startswith("RCPT TO:<bo"):
            return "550 5.1.1 no such user"
        return "554 5.5.1 no valid recipients" if line == "DATA" and "bo" in talk.commands[-2] else None

    with ahead(answer) as server:
        assert carry(opened(server), ANA, BO, CY) == [250, 550, 250]
        assert takers(server) == ["ana", "cy"]
        assert verbs(server) == [["EHLO", *["MAIL", "RCPT", "DATA"] * 2, "RSET", "MAIL", "RCPT", "DATA"]]


@pytest.mark.parametrize("reply", ["451 4.3.0 later", "554 5.6.0 your letter is odd"])
def test_a_letter_refused_at_its_end_does_not_touch_the_one_asked_for_ahead(opened: Opened, reply: str) -> None:
    with ahead(once(".", reply, "ana")) as server:
        assert carry(opened(server), ANA, BO) == [int(reply[:3]), 250]
        assert takers(server) == ["bo"]
        assert server.connections == 1


def test_a_server_that_wants_to_be_reset_after_a_refused_letter_is(opened: Opened) -> None:
    stuck: set[int] = set()

    def answer(talk: Talk, line: str) -> str | None:
        if line == "." and "ana" in next(c for c in reversed(talk.commands) if c.startswith("RCPT")):
            stuck.add(talk.number)
            return "451 4.3.0 later"
        if line == "RSET":
            stuck.discard(talk.number)
        return "503 5.5.1 send RSET first" if talk.number in stuck and line[:4] in ("MAIL", "RCPT", "DATA") else None

    with ahead(answer) as server:
        assert carry(opened(server), ANA, BO) == [451, 250]
        assert takers(server) == ["bo"]


@pytest.mark.parametrize("code", ["421 4.3.2 closing", "drop"])
def test_a_server_that_goes_after_a_letter_is_called_again_for_the_next(opened: Opened, code: str) -> None:
    def answer(talk: Talk, line: str) -> str | None:
        if talk.number == 1 and line.startswith("MAIL") and len(server.messages) == 1:
            if code == "drop":
                talk.drop()
            return code
        return None

    with ahead(answer) as server:
        assert carry(opened(server), ANA, BO) == [250, 250]
        assert takers(server) == ["ana", "bo"]
        assert server.connections == 2


def test_an_answer_that_never_comes_leaves_that_letter_unknown_and_the_next_untouched(opened: Opened) -> None:
    def answer(talk: Talk, line: str) -> None:
        if line == "." and talk.number == 1:
            talk.keep("digest@example.org", "ana@example.org", b"stored, not said")
            talk.drop()

    with ahead(answer) as server:
        transport = opened(server)
        assert transport.offer(ANA) is None
        lost = transport.hand_over(BO)

        assert (lost.code, lost.stage, verdict(lost)) == (0, Stage.DOT, Judgement.UNKNOWN)
        assert carry(transport, BO) == [250]
        assert takers(server) == ["ana", "bo"]


def test_a_letter_asked_for_ahead_and_then_abandoned_is_not_sent(opened: Opened) -> None:
    with ahead() as server:
        transport = opened(server)
        assert transport.offer(ANA) is None
        assert transport.hand_over(BO).code == 250
        assert transport.offer(BO) is None
        transport.abandon()

        assert carry(transport, CY) == [250]
        assert takers(server) == ["ana", "cy"]


def test_a_question_asked_ahead_is_not_answered_before_all_of_its_replies_are_there(opened: Opened) -> None:
    thought = threading.Event()

    def answer(talk: Talk, line: str) -> str | bytes | None:
        if line == "." and len(takers(server)) == 0:
            return "250 taken\r\n250 the next one's sender is welcome"
        if line.startswith("RCPT TO:<bo"):
            thought.wait(5)
        return b"" if line.startswith("MAIL") and takers(server) else None

    with ahead(answer) as server:
        transport = opened(server)
        assert transport.offer(ANA) is None
        assert transport.hand_over(BO).code == 250
        could_answer = transport.has_heard
        thought.set()

        assert transport.offer(BO) is None
        assert not could_answer


def test_another_letter_than_the_one_asked_for_ahead_goes_over_a_new_connection(opened: Opened) -> None:
    with ahead() as server:
        transport = opened(server)
        assert transport.offer(ANA) is None
        assert transport.hand_over(BO).code == 250

        assert carry(transport, CY) == [250]
        assert takers(server) == ["ana", "cy"]
        assert server.connections == 2


def test_a_letter_that_cannot_be_put_on_the_wire_is_told_when_it_is_offered(opened: Opened) -> None:
    broken = a_letter("bo@example.org", b"Subject: bare\nline\n")
    with ahead() as server:
        transport = opened(server)
        with pytest.raises(DeliveryError):
            transport.offer(broken)
        assert carry(transport, ANA) == [250]


def test_a_text_with_dots_arrives_whole_when_the_next_question_follows_it(opened: Opened) -> None:
    dotted = a_letter("ana@example.org", b"Subject: dots\r\n\r\n.\r\n..\r\n.MAIL FROM:<x@example.org>\r\n.\r\n")
    with ahead() as server:
        assert carry(opened(server), dotted, BO) == [250, 250]
        assert server.messages[0].content == dotted.content


def test_a_letter_whose_follower_cannot_be_sent_is_sent(opened: Opened) -> None:
    with ahead() as server:
        transport = opened(server)
        assert transport.offer(ANA) is None
        assert transport.hand_over(a_letter("bo bo@example.org")).code == 250
        assert takers(server) == ["ana"]


def gone_after(replies: dict[str, str], last: str) -> FaultServer:
    """A server that answers so, and hangs up after the reply to the `last` of the commands sent together."""

    def behaviour(talk: Talk) -> None:
        talk.say("220 fault.example.org")
        talk.hear()
        talk.say("250-fault.example.org", "250 PIPELINING")
        while True:
            verb = talk.hear().split(" ")[0]
            talk.say(replies.get(verb, "250 OK"))
            if verb == last:
                talk.hear() if verb != "DATA" else None
                talk.drop()

    return FaultServer(behaviour)


def test_a_mailbox_that_is_refused_by_a_server_that_hangs_up_at_once_is_refused(opened: Opened) -> None:
    with gone_after({"RCPT": "550 5.1.1 no such user"}, "RCPT") as server:
        refusal = opened(server).offer(ANA)

        assert refusal is not None
        assert verdict(refusal) is Judgement.REFUSE
        assert str(refusal) == "550 5.1.1 no such user"


def test_a_server_that_hangs_up_at_a_mailbox_puts_off_that_letter_alone(opened: Opened) -> None:
    with gone_after({}, "MAIL") as server:
        refusal = opened(server).offer(ANA)

        assert refusal is not None
        assert (refusal.code, refusal.stage, verdict(refusal)) == (0, Stage.RCPT, Judgement.DEFER)


def test_a_server_that_refuses_us_and_hangs_up_says_why(opened: Opened) -> None:
    with gone_after({"MAIL": "550 5.7.1 your host is blocked using spamhaus.example.org"}, "MAIL") as server:
        refusal = opened(server).offer(ANA)

        assert refusal is not None
        assert verdict(refusal) is Judgement.STOP_BATCH
        assert "spamhaus" in str(refusal)


@pytest.mark.parametrize("said", ["552 5.3.4 too large", "550 5.7.1 no", "451 4.3.0 later"])
def test_a_letter_refused_twice_at_its_end_does_not_take_the_next_with_it(opened: Opened, said: str) -> None:
    with ahead(once(".", f"{said}\r\n{said}")) as server:
        codes = carry(opened(server), ANA, BO, CY)

    assert codes == [int(said[:3]), 250, 250]
    assert takers(server) == ["bo", "cy"]
