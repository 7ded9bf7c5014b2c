"""The SMTP transport against real servers: well-behaved, tired, broken and hostile ones."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from digest.delivery import Judgement, Reply, Stage, judge
from digest.delivery.hints import silence, why
from digest.delivery.session import Timeouts
from digest.delivery.smtp import SmtpTransport, _own_name
from digest.delivery.transport import Interrupted
from digest.errors import ConfigurationError, DeliveryError, SenderRefused, TransportUnreachable
from digest.model import Letter
from tests.servers import Certificate, FaultServer, SmtpSink, Talk, certificate

SHORT = Timeouts(connect=5, greeting=5, command=5, data=5, block=5, dot=5)
IMPATIENT = Timeouts(connect=5, greeting=0.2, command=0.2, data=0.2, block=0.2, dot=0.2)


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def opened() -> Iterator[Callable[..., SmtpTransport]]:
    """Makes transports to a server (in clear unless told otherwise) and closes them."""
    made: list[SmtpTransport] = []

    def open_to(server: SmtpSink | FaultServer, security: str = "none", timeouts: Timeouts = SHORT, **options: object) -> SmtpTransport:
        made.append(SmtpTransport(server.host, server.port, security, timeouts=timeouts, **options))  # type: ignore[arg-type]
        return made[-1]

    yield open_to
    for transport in made:
        transport.close()


Opened = Callable[..., SmtpTransport]


def a_letter(to: str = "ana@example.org", content: bytes = b"Subject: On Foxes\r\n\r\nhello\r\n") -> Letter:
    return Letter(sender="digest@example.org", to=to, message_id="1@example.org", content=content)


def verdict(reply: Reply) -> Judgement:
    return judge(reply.stage, reply).judgement


def when(verb: str, reply: str | bytes, *, times: int = 1_000_000) -> Callable[[Talk], None]:
    """A server like any other, save for its first replies to one command."""
    left = [times]

    def answer(talk: Talk, line: str) -> str | bytes | None:
        if line.split(" ")[0].upper() != verb or left[0] == 0:
            return None
        left[0] -= 1
        return reply

    return lambda talk: talk.obey(answer)


def test_letters_arrive_whole_over_one_connection(opened: Opened) -> None:
    content = b"Subject: dots\r\n\r\n.\r\n..\r\n.x\r\nend.\r\n.\r\n"
    with SmtpSink() as sink:
        transport = opened(sink)
        replies = [transport.send(a_letter(content=content)), transport.send(a_letter("bo@example.org"))]

        assert [verdict(reply) for reply in replies] == [Judgement.ACCEPTED, Judgement.ACCEPTED]
        assert [received.content for received in sink.messages] == [content, b"Subject: On Foxes\r\n\r\nhello\r\n"]
        assert [(received.sender, received.to) for received in sink.messages] == [
            ("digest@example.org", ("ana@example.org",)),
            ("digest@example.org", ("bo@example.org",)),
        ]
        assert sink.connections == 1


def test_a_letter_that_begins_with_a_dot_keeps_it(opened: Opened) -> None:
    with SmtpSink() as sink:
        opened(sink).send(a_letter(content=b".Subject: x\r\n\r\n"))

        assert sink.messages[0].content == b".Subject: x\r\n\r\n"


def test_a_refused_mailbox_does_not_spoil_the_next_letter(opened: Opened) -> None:
    with SmtpSink(replies={"bo@example.org": "550 5.1.1 no such user", "cy@example.org": "450 4.2.1 busy"}) as sink:
        transport = opened(sink)
        replies = [transport.send(a_letter(to)) for to in ("bo@example.org", "cy@example.org", "ana@example.org")]

        assert [verdict(reply) for reply in replies] == [Judgement.REFUSE, Judgement.DEFER, Judgement.ACCEPTED]
        assert replies[0] == Reply(550, "5.1.1 no such user", Stage.RCPT)
        assert sink.connections == 1


def test_a_connection_is_left_after_a_hundred_letters(opened: Opened) -> None:
    with SmtpSink() as sink:
        transport = opened(sink)
        for _ in range(101):
            transport.send(a_letter())

        assert len(sink.messages) == 101
        assert sink.connections == 2


def test_a_server_that_tires_after_two_letters_is_called_again(opened: Opened) -> None:
    def tired(talk: Talk) -> None:
        talk.obey(lambda talk, line: "421 4.7.0 enough" if len([c for c in talk.commands if c.startswith("MAIL")]) > 2 else None)

    with FaultServer(tired) as server:
        transport = opened(server)
        replies = [transport.send(a_letter(f"r{n}@example.org")) for n in range(5)]

        assert [reply.code for reply in replies] == [250] * 5
        assert [received.to for received in server.messages] == [(f"r{n}@example.org",) for n in range(5)]
        assert server.connections == 3


def test_a_connection_that_went_stale_between_letters_is_opened_again(opened: Opened) -> None:
    def forgetful(talk: Talk) -> None:
        talk.obey(lambda talk, line: talk.drop() if talk.number == 1 and len(talk.commands) > 4 else None)

    with FaultServer(forgetful) as server:
        transport = opened(server)
        replies = [transport.send(a_letter(f"r{n}@example.org")) for n in range(2)]

        assert [reply.code for reply in replies] == [250, 250]
        assert len(server.messages) == 2


def test_a_server_busy_from_the_start_is_unreachable(opened: Opened) -> None:
    with FaultServer(when("", "421 4.3.2 come back later")) as server, pytest.raises(TransportUnreachable, match="come back later"):
        opened(server).send(a_letter())


def test_a_lost_reply_to_the_dot_is_unknown_and_is_not_tried_again_here(opened: Opened) -> None:
    def stores_and_drops(talk: Talk) -> None:
        talk.obey(lambda talk, line: (talk.keep("", "ana@example.org", b""), talk.drop())[0] if line == "." else None)

    with FaultServer(stores_and_drops) as server:
        reply = opened(server).send(a_letter())

        assert (reply.code, reply.stage) == (0, Stage.DOT)
        assert verdict(reply) is Judgement.UNKNOWN
        assert len(server.messages) == 1
        assert server.connections == 1


def test_a_reset_at_the_dot_is_unknown_too(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.obey(lambda talk, line: talk.reset() if line == "." else None)) as server:
        assert verdict(opened(server).send(a_letter())) is Judgement.UNKNOWN


LARGE = b"Subject: On Foxes\r\n\r\n" + b"hello\r\n" * 2_000_000
"""More than all that lies between two sockets holds."""
SIZEABLE = b"Subject: On Foxes\r\n\r\n" + b"hello\r\n" * 600_000  # more than is taken while nobody reads


def deaf_to_text(text: threading.Event) -> FaultServer:
    """A server that asks for the letter's text, and reads none of it."""

    def behaviour(talk: Talk) -> None:
        talk.say("220 fault.example.org")
        for reply in ("250 fault.example.org", "250 OK", "250 OK", "354 go on"):
            talk.hear()
            talk.say(reply)
        text.wait(30)

    return FaultServer(behaviour)


@pytest.mark.parametrize("size", ["9" * 5000, "9" * 30, "-1", "1e3", "100 200", "0"])
def test_a_size_that_is_none_is_no_limit(opened: Opened, size: str) -> None:
    with FaultServer(lambda talk: talk.obey(features=[f"SIZE {size}"])) as server:
        assert verdict(opened(server).send(a_letter())) is Judgement.ACCEPTED


def test_who_asks_to_stop_is_heard_while_a_server_does_not_read(opened: Opened) -> None:
    end, asked = threading.Event(), []
    with deaf_to_text(end) as server:
        transport = opened(server, timeouts=Timeouts(block=30))
        transport.stop_when(lambda: bool(asked))
        assert transport.offer(a_letter(content=LARGE)) is None
        asked.append(True)
        began = time.monotonic()
        with pytest.raises(Interrupted):
            transport.hand_over()
        end.set()

    assert time.monotonic() - began < 10


def test_a_server_that_reads_slowly_has_its_time_for_each_portion(opened: Opened) -> None:
    def behaviour(talk: Talk) -> None:
        talk.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        talk.say("220 fault.example.org")
        for reply in ("250 fault.example.org", "250 OK", "250 OK", "354 go on"):
            talk.hear()
            talk.say(reply)
        left = len(LARGE) + len(".\r\n")
        while left:
            left -= len(talk.connection.recv(min(left, 1_000_000), socket.MSG_WAITALL))
            time.sleep(0.07)  # together longer than the wait, each far shorter
        talk.say("250 kept")

    with FaultServer(behaviour) as server:
        reply = opened(server, timeouts=Timeouts(block=0.6)).send(a_letter(content=LARGE))

    assert str(reply) == "250 kept"


def test_a_server_that_does_not_read_has_its_time_and_no_letter(opened: Opened) -> None:
    end = threading.Event()
    with deaf_to_text(end) as server:
        reply = opened(server, timeouts=Timeouts(block=0.2)).send(a_letter(content=LARGE))
        end.set()

    assert (str(reply), reply.stage) == ("cannot send: no answer in time", Stage.DATA)


def test_silence_at_the_dot_is_unknown_when_the_patience_ends(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.obey(lambda talk, line: talk.hear() if line == "." else None)) as server:
        reply = opened(server, timeouts=IMPATIENT).send(a_letter())

        assert verdict(reply) is Judgement.UNKNOWN
        assert reply.text == "no reply: no answer in time"


def test_a_connection_lost_before_the_dot_puts_the_letter_off(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.obey(lambda talk, line: talk.drop() if line == "DATA" else None)) as server:
        reply = opened(server).send(a_letter())

        assert (reply.code, reply.stage, verdict(reply)) == (0, Stage.DATA, Judgement.DEFER)


def test_a_connection_lost_at_every_mail_is_the_server_s_trouble(opened: Opened) -> None:
    with FaultServer(when("MAIL", b"")) as server, pytest.raises(TransportUnreachable):
        opened(server, timeouts=IMPATIENT).send(a_letter())


@pytest.mark.parametrize(
    "rubbish",
    [b"\x00\xff\x1b[2J\r\n", b"HTTP/1.1 400 Bad Request\r\n", b"2" * 20_000 + b"\r\n", b"250-more\r\n" * 20_000, b"999 x\r\n", b"\r\n"],
    ids=["binary", "http", "20 kB line", "no end", "no such code", "empty"],
)
def test_rubbish_for_a_reply_ends_the_attempt_only(opened: Opened, rubbish: bytes) -> None:
    with FaultServer(when("RCPT", rubbish, times=1)) as server:
        transport = opened(server)

        assert verdict(transport.send(a_letter())) is Judgement.DEFER
        assert verdict(transport.send(a_letter())) is Judgement.ACCEPTED


def test_rubbish_for_a_greeting_is_an_error_with_a_hint(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.say("SSH-2.0-OpenSSH_9.2")) as server, pytest.raises(TransportUnreachable) as caught:
        opened(server).send(a_letter())

    assert "not a reply of SMTP" in caught.value.message
    assert "SMTP server listens there" in caught.value.hint


def test_a_reply_too_many_is_not_taken_for_the_next_answer(opened: Opened) -> None:
    with FaultServer(when("MAIL", "250 OK\r\n250 OK")) as server:
        reply = opened(server).send(a_letter())

        assert (reply.code, reply.text) == (0, "the server spoke out of turn")
        assert server.messages == ()


def test_a_yes_before_the_letter_was_sent_is_no_yes(opened: Opened) -> None:
    with FaultServer(when("DATA", "354 go on\r\n250 queued")) as server:
        reply = opened(server).send(a_letter())

        assert (reply.code, reply.text, reply.stage) == (0, "the server spoke out of turn", Stage.DATA)


def test_yes_to_data_without_waiting_for_the_letter_is_no_yes(opened: Opened) -> None:
    with FaultServer(when("DATA", "250 OK")) as server:
        assert verdict(opened(server).send(a_letter())) is Judgement.DEFER


@pytest.mark.parametrize(
    ("verb", "told", "stage", "fate"),
    [
        (".", "354 go on", Stage.DOT, Judgement.UNKNOWN),
        ("DATA", "250 OK", Stage.DATA, Judgement.DEFER),
        ("RCPT", "354 go on", Stage.RCPT, Judgement.DEFER),
    ],
    ids=["dot", "data", "rcpt"],
)
def test_a_server_that_is_out_of_step_is_hung_up_on(opened: Opened, verb: str, told: str, stage: Stage, fate: Judgement) -> None:
    with FaultServer(when(verb, told, times=2)) as server:
        transport = opened(server)
        reply = transport.send(a_letter())

        assert (reply.stage, verdict(reply), reply.text) == (stage, fate, f"not an answer to that: {told}")
        assert [verdict(transport.send(a_letter())) for _ in range(2)][-1] is Judgement.ACCEPTED


def test_a_letter_too_large_for_the_server_fails_alone(opened: Opened) -> None:
    with SmtpSink(size_limit=1000) as sink:
        transport = opened(sink)
        large = transport.send(a_letter(content=b"Subject: x\r\n\r\n" + b"fox\r\n" * 300))

        assert (large.code, verdict(large)) == (552, Judgement.REFUSE)
        assert verdict(transport.send(a_letter())) is Judgement.ACCEPTED


def test_a_mailbox_outside_ascii_fails_alone_where_the_server_cannot_take_it(opened: Opened) -> None:
    with SmtpSink(smtputf8=False) as sink:
        transport = opened(sink)

        assert verdict(transport.send(a_letter("ána@example.org"))) is Judgement.REFUSE
        assert verdict(transport.send(a_letter())) is Judgement.ACCEPTED


def test_a_mailbox_outside_ascii_gets_its_letter_where_the_server_takes_it(opened: Opened) -> None:
    with SmtpSink() as sink:
        assert verdict(opened(sink).send(a_letter("ána@bücher.example"))) is Judgement.ACCEPTED
        assert sink.messages[0].to == ("ána@xn--bcher-kva.example",)


def test_a_letter_with_a_bare_line_end_never_leaves(opened: Opened) -> None:
    with SmtpSink() as sink, pytest.raises(DeliveryError):
        opened(sink).send(a_letter(content=b"Subject: x\r\n\r\nhello\n.\nMAIL FROM:<v@evil.test>\r\n"))


def test_an_address_that_is_two_never_reaches_the_server(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.obey()) as server:
        with pytest.raises(DeliveryError):
            opened(server).send(a_letter("ana@example.org>\r\nRCPT TO:<bo@example.org"))

        assert server.connections == 0


def test_a_sender_refused_is_said_of_us(opened: Opened) -> None:
    with SmtpSink(mail_reply="553 5.7.1 sender address rejected: not owned by user ana") as sink:
        reply = opened(sink).send(a_letter())

        assert judge(reply.stage, reply).judgement is Judgement.STOP_BATCH
        assert "[sender] from" in judge(reply.stage, reply).hint


def test_letters_go_encrypted_and_logged_in(opened: Opened, own_certificate: Certificate) -> None:
    with SmtpSink(tls=own_certificate, password=("ana", "pässword")) as sink:
        transport = opened(sink, "starttls", ca_file=own_certificate.cert, user="ana", password="pässword")

        assert verdict(transport.send(a_letter())) is Judgement.ACCEPTED
        assert len(sink.messages) == 1


def test_a_large_letter_goes_encrypted_to_a_server_that_reads_late(opened: Opened, own_certificate: Certificate) -> None:
    def late(talk: Talk) -> None:
        talk.start_tls(own_certificate.context())
        talk.say("220 fault.example.org")
        for reply in ("250 fault.example.org", "250 OK", "250 OK", "354 go on"):
            talk.hear()
            talk.say(reply)
        time.sleep(1.2)  # longer than a look whether to stop: the same octets are then offered to the encryption once more
        talk.keep("digest@example.org", "ana@example.org", talk.hear_letter())
        talk.say("250 kept")
        talk.hear()

    with FaultServer(late) as server:
        transport = opened(server, "tls", timeouts=Timeouts(block=20, dot=20), ca_file=own_certificate.cert)
        assert verdict(transport.send(a_letter(content=SIZEABLE))) is Judgement.ACCEPTED
        assert [received.content for received in server.messages] == [SIZEABLE]


def test_letters_go_over_a_port_that_is_encrypted_from_the_start(opened: Opened, own_certificate: Certificate) -> None:
    with SmtpSink(tls=own_certificate, implicit=True, password=("ana", "secret")) as sink:
        transport = opened(sink, "tls", ca_file=str(own_certificate.cert), user="ana", password="secret")

        assert verdict(transport.send(a_letter())) is Judgement.ACCEPTED


def test_check_says_what_the_server_showed(opened: Opened, own_certificate: Certificate) -> None:
    with SmtpSink(tls=own_certificate, password=("ana", "secret")) as sink:
        seen = opened(sink, "starttls", ca_file=own_certificate.cert, user="ana", password="secret").check()

    assert seen.encryption in ("TLSv1.2", "TLSv1.3")
    assert "SIZE 33554432" in seen.features
    assert seen.logged_in


def test_a_wrong_password_is_told_once_with_its_cure(opened: Opened, own_certificate: Certificate) -> None:
    with SmtpSink(tls=own_certificate, password=("ana", "secret")) as sink, pytest.raises(SenderRefused) as caught:
        opened(sink, "starttls", ca_file=own_certificate.cert, user="ana", password="wrong").send(a_letter())

    assert "535" in caught.value.message
    assert "https://myaccount.google.com/apppasswords" in caught.value.hint
    assert "wrong" not in str(caught.value)


def test_a_certificate_nobody_vouches_for_is_refused(opened: Opened, own_certificate: Certificate) -> None:
    with SmtpSink(tls=own_certificate) as sink, pytest.raises(TransportUnreachable) as caught:
        opened(sink, "starttls").check()

    assert "certificate is not trusted" in caught.value.message
    assert "ca_file" in caught.value.hint


def test_an_expired_certificate_is_told_as_what_its_owner_mends() -> None:
    expired = ssl.SSLCertVerificationError(1, "certificate verify failed")
    expired.verify_code, expired.verify_message = 10, "certificate has expired"

    message, hint = why(expired, 587, "starttls")

    assert message == "the server's certificate is not trusted: certificate has expired"
    assert hint == "it has to be renewed by who runs the server; if it is good, this machine's clock is wrong"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (62, "name the server as its certificate does in [smtp] host"),  # X509_V_ERR_HOSTNAME_MISMATCH
        (18, "where it is signed by an authority of your own, or by itself, set [smtp] ca_file to the PEM file of that"),  # self-signed
    ],
)
def test_a_certificate_that_is_not_trusted_is_told_with_what_helps_against_that(code: int, expected: str) -> None:
    refused = ssl.SSLCertVerificationError(1, "certificate verify failed")
    refused.verify_code, refused.verify_message = code, "why"

    assert why(refused, 587, "starttls") == ("the server's certificate is not trusted: why", expected)


THERE = "ask whoever runs the server which encryption it speaks there: it has to be TLS 1.2 or newer"


@pytest.mark.parametrize(
    ("port", "security", "expected"),
    [(465, "tls", THERE), (587, "starttls", THERE), (587, "tls", 'port 587 usually speaks security = "starttls"; "tls" belongs to 465')],
)
def test_a_handshake_that_fails_is_not_blamed_on_settings_that_fit(port: int, security: str, expected: str) -> None:
    failed = ssl.SSLError(1, "tlsv1 alert protocol version")
    failed.reason = "TLSV1_ALERT_PROTOCOL_VERSION"

    assert why(failed, port, security)[1] == expected


@pytest.mark.parametrize(
    ("error", "port", "message", "hint"),
    [
        (socket.gaierror(-2, "Name or service not known"), 587, "no such host", "the machine's name server"),
        (TimeoutError("timed out"), 25, "no answer in time", "try 587 with starttls"),
        (TimeoutError("timed out"), 465, "no answer in time", 'port 465 speaks security = "tls"'),
        (OSError(113, "No route to host"), 587, "no route to host", "check [smtp] host and port"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_with_what_to_check(error: OSError, port: int, message: str, hint: str) -> None:
    said, advice = why(error, port, "starttls")

    assert (said, hint in advice) == (message, True)


def test_a_server_that_says_nothing_before_starttls_may_expect_encryption_at_once() -> None:
    assert 'set [smtp] security = "tls"' in silence(2465, "starttls")


def test_a_server_without_encryption_gets_nothing(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.obey()) as server:
        with pytest.raises(TransportUnreachable, match="STARTTLS"):
            opened(server, "starttls", user="ana", password="secret").send(a_letter())

        assert [line.split(" ")[0] for line in server.commands] == ["EHLO"]


def test_what_is_slipped_in_before_the_encryption_is_refused(opened: Opened, own_certificate: Certificate) -> None:
    def injecting(talk: Talk) -> None:
        talk.obey(lambda talk, line: "220 go\r\n250 AUTH PLAIN" if line == "STARTTLS" else None, features=["STARTTLS"])

    with FaultServer(injecting) as server:
        with pytest.raises(TransportUnreachable, match="plain text after agreeing to encrypt"):
            opened(server, "starttls", ca_file=own_certificate.cert, user="ana", password="secret").send(a_letter())

        assert server.commands[1:] == ("STARTTLS",)


def test_what_was_offered_in_clear_does_not_count_once_encrypted(opened: Opened, own_certificate: Certificate) -> None:
    def forging(talk: Talk) -> None:
        talk.say("220 hello")
        talk.hear()
        talk.say("250-x", "250-STARTTLS", "250 AUTH PLAIN")
        talk.hear()
        talk.say("220 go")
        talk.start_tls(own_certificate.context())
        talk.hear()
        talk.say("250 x")
        talk.hear()

    with FaultServer(forging) as server, pytest.raises(SenderRefused, match="no way to log in"):
        opened(server, "starttls", ca_file=own_certificate.cert, user="ana", password="secret").send(a_letter())

    assert not [line for line in server.commands if line.startswith("AUTH")]


def test_login_is_offered_in_the_way_the_server_knows(opened: Opened, own_certificate: Certificate) -> None:
    heard: list[str] = []

    def old_fashioned(talk: Talk) -> None:
        talk.say("220 hello")
        talk.hear()
        talk.say("250-x", "250 STARTTLS")
        talk.hear()
        talk.say("220 go")
        talk.start_tls(own_certificate.context())
        talk.hear()
        talk.say("250-x", "250 AUTH=LOGIN")
        heard.append(talk.hear())
        talk.say("334 VXNlcm5hbWU6")
        heard.append(talk.hear())
        talk.say("334 UGFzc3dvcmQ6")
        heard.append(talk.hear())
        talk.say("235 2.7.0 welcome")
        talk.hear()

    with FaultServer(old_fashioned) as server:
        assert opened(server, "starttls", ca_file=own_certificate.cert, user="ana", password="secret").check().logged_in

    assert heard == ["AUTH LOGIN", "YW5h", "c2VjcmV0"]


def test_a_challenge_is_answered_as_its_standard_shows(opened: Opened, own_certificate: Certificate) -> None:
    challenge = "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+"  # RFC 2195 §2, as is the answer
    answers = {"AUTH CRAM-MD5": challenge, "dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw": "235 2.7.0 welcome"}

    def encrypted(talk: Talk) -> None:
        talk.start_tls(own_certificate.context())
        talk.obey(lambda talk, line: answers.get(line), features=["AUTH CRAM-MD5"])

    with FaultServer(encrypted) as server:
        assert opened(server, "tls", ca_file=own_certificate.cert, user="tim", password="tanstaaftanstaaf").check().logged_in


def test_a_challenge_that_cannot_be_read_is_told_and_not_answered(opened: Opened, own_certificate: Certificate) -> None:
    def encrypted(talk: Talk) -> None:
        talk.start_tls(own_certificate.context())
        talk.obey(lambda talk, line: "334 go on" if line.startswith("AUTH") else None, features=["AUTH CRAM-MD5"])

    with FaultServer(encrypted) as server, pytest.raises(TransportUnreachable, match="not a challenge"):
        opened(server, "tls", ca_file=own_certificate.cert, user="ana", password="secret").check()

    assert server.commands[-1] == "AUTH CRAM-MD5"


@pytest.mark.parametrize("way", ["PLAIN", "LOGIN"])
def test_a_password_that_a_server_repeats_is_not_told(opened: Opened, way: str, own_certificate: Certificate) -> None:
    def repeating(talk: Talk, line: str) -> str | None:
        if line in ("", "QUIT") or line.startswith("EHLO"):
            return None
        return "334 go on" if line in ("AUTH LOGIN", "YW5h") else f"500 5.5.2 unknown command: {line}"

    def encrypted(talk: Talk) -> None:
        talk.start_tls(own_certificate.context())
        talk.obey(repeating, features=[f"AUTH {way}"])

    with FaultServer(encrypted) as server, pytest.raises(SenderRefused, match="unknown command") as refused:
        opened(server, "tls", ca_file=own_certificate.cert, user="ana", password="secret-of-ana").check()

    assert "c2VjcmV0" not in refused.value.message
    assert "AGFuYQBz" not in refused.value.message


def test_a_password_that_a_server_repeats_in_words_of_its_own_is_not_told(opened: Opened, own_certificate: Certificate) -> None:
    def encrypted(talk: Talk) -> None:
        talk.start_tls(own_certificate.context())
        no = "535 5.7.8 no: ana may not come in with secret-of-ana"
        talk.obey(lambda talk, line: no if line.startswith("AUTH") else None, features=["AUTH PLAIN"])

    with FaultServer(encrypted) as server, pytest.raises(SenderRefused, match="may not come in") as refused:
        opened(server, "tls", ca_file=own_certificate.cert, user="ana", password="secret-of-ana").check()

    assert "of-ana" not in refused.value.message


def test_a_password_that_a_server_repeats_in_what_is_no_reply_is_not_told(opened: Opened, own_certificate: Certificate) -> None:
    def encrypted(talk: Talk) -> None:
        talk.start_tls(own_certificate.context())
        talk.obey(lambda talk, line: f"what? {line}" if line.startswith("AUTH") else None, features=["AUTH PLAIN"])

    with FaultServer(encrypted) as server, pytest.raises(DeliveryError, match="not a reply of SMTP: b'what") as failed:
        opened(server, "tls", ca_file=own_certificate.cert, user="ana", password="secret-of-ana").check()

    assert "AGFuYQBz" not in failed.value.message


def test_a_password_is_never_given_to_a_connection_in_clear() -> None:
    with pytest.raises(ConfigurationError, match="never sent over an unencrypted connection"):
        SmtpTransport("127.0.0.1", 25, "none", user="ana", password="secret")


def test_options_that_cannot_work_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="is none of"):
        SmtpTransport("127.0.0.1", 25, "ssl")
    with pytest.raises(ConfigurationError, match="without a password"):
        SmtpTransport("127.0.0.1", 587, "starttls", user="ana")
    with pytest.raises(ConfigurationError, match="holds no certificates"):
        SmtpTransport("127.0.0.1", 587, "starttls", ca_file=tmp_path / "missing.pem")
    with pytest.raises(ConfigurationError, match="no host name"):
        SmtpTransport("smtp..example.org", 587)


def test_a_port_where_nobody_listens_is_told_with_a_cure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(TransportUnreachable) as caught:
        SmtpTransport("127.0.0.1", port, "none").send(a_letter())

    assert caught.value.message == "connection refused"
    assert "host and port" in caught.value.hint


def test_encryption_spoken_to_a_server_in_clear_is_told_with_a_cure(opened: Opened) -> None:
    with FaultServer(lambda talk: talk.obey()) as server, pytest.raises(TransportUnreachable) as caught:
        opened(server, "tls").send(a_letter())

    assert 'security = "starttls"' in caught.value.hint


def test_a_reply_with_terminal_codes_is_stored_escaped(opened: Opened) -> None:
    with SmtpSink(replies={"bo@example.org": "550 5.1.1 \x1b[31m<script>no\u202e"}) as sink:
        reply = opened(sink).send(a_letter("bo@example.org"))

    assert reply.text.startswith("5.1.1 \\x1b[31m<script>no")
    assert reply.text.isprintable()


def test_a_long_reply_of_many_lines_is_one_line_of_at_most_500_characters(opened: Opened) -> None:
    with FaultServer(when("RCPT", "550-5.1.1 no\r\n" + "550-5.1.1 really not\r\n" * 100 + "550 5.1.1 never")) as server:
        reply = opened(server).send(a_letter())

    assert reply.text.startswith("5.1.1 no really not really not")
    assert len(reply.text) == 500


def test_a_link_local_address_greets_without_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "laptop")
    connection = SimpleNamespace(getsockname=lambda: ("fe80::1%eth0", 40000, 0, 2))

    assert _own_name(connection) == "[IPv6:fe80::1]"  # type: ignore[arg-type]  # all that is asked of it
