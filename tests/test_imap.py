"""The IMAP mailbox against Dovecot, and against servers that do not behave."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from digest.delivery.mailboxes.imap import ImapMailbox, Patience, _messages, _utf7
from digest.delivery.mailboxes.imap_hints import connection
from digest.errors import ConfigurationError, MailboxError
from digest.model import Mail, Place

from .bounce_mails import a_report
from .builders import NOON
from .dovecot import PASSWORD, USER, Dovecot, needs_dovecot
from .servers import FaultServer, Talk, certificate

TOKEN = "AbCdEfGhIjKlMnOpQrStUvWx"
COMMAND = f"Subject: unsubscribe {TOKEN}\r\nMessage-ID: <1@example.org>\r\n\r\nPlease send this mail as it is.\r\n".encode()
FOLLOW = f"Subject: follow arxiv:1 {TOKEN}\r\n\r\nPlease send this mail with the author to follow: Bo Lind\r\n".encode()
NEVER = Place()
PRIVATE = b"Subject: Dinner?\r\nFrom: bo@example.org\r\n\r\nTell me more.\r\n"


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


def mailbox(server: Dovecot | FaultServer, **changes: object) -> ImapMailbox:
    options = {"security": "none", "user": USER, "password": PASSWORD, **changes}
    port = options.pop("port", server.port)
    return ImapMailbox(server.host, port, **options)  # type: ignore[arg-type]  # as the test wants them


def read(server: Dovecot, since: Place = NEVER, *, mark: bool = False) -> tuple[list[bytes], Place]:
    """The subjects of what was found, and the place after it."""
    with mailbox(server) as opened:
        found: list[Mail] = []
        for mail in opened.mails(since, NOON):
            found.append(mail)
            if mark:
                opened.mark_read(mail)
        return [mail.content.split(b"\r\n")[0].split()[1] for mail in found], opened.place


@needs_dovecot
def test_only_mails_with_a_command_are_found_and_only_those_marked_become_read(server: Dovecot) -> None:
    server.deliver(PRIVATE, COMMAND, PRIVATE)
    server.deliver(PRIVATE, flags="F")

    found, _ = read(server, mark=True)

    assert found == [b"unsubscribe"]
    assert server.flags() == ["", "S", "", "F"]


@needs_dovecot
def test_what_is_found_and_not_marked_stays_unread(server: Dovecot) -> None:
    server.deliver(COMMAND, FOLLOW)

    found, _ = read(server)

    assert found == [b"unsubscribe", b"follow"]
    assert server.flags() == ["", ""]


@needs_dovecot
def test_a_command_that_somebody_has_opened_in_their_mail_program_is_found(server: Dovecot) -> None:
    server.deliver(COMMAND, flags="S")

    assert read(server)[0] == [b"unsubscribe"]


@needs_dovecot
def test_the_text_is_fetched_only_where_the_command_stands_in_it(server: Dovecot) -> None:
    server.deliver(FOLLOW, COMMAND)

    with mailbox(server) as opened:
        follow, unsubscribe = opened.mails(Place(), NOON)

    assert b"Bo Lind" in follow.content
    assert b"as it is" not in unsubscribe.content


@needs_dovecot
def test_what_was_read_is_not_read_again(server: Dovecot) -> None:
    server.deliver(COMMAND)
    _, place = read(server)
    again, still = read(server, place)
    server.deliver(PRIVATE, FOLLOW)

    found, later = read(server, still)

    assert (again, found) == ([], [b"follow"])
    assert (place.next, still.next, later.next) == (2, 2, 4)


@needs_dovecot
def test_a_mailbox_numbered_anew_is_searched_again(server: Dovecot) -> None:
    server.deliver(COMMAND)
    _, place = read(server)

    found, later = read(server, Place(place.numbering + 1, 900))

    assert found == [b"unsubscribe"]
    assert later == place


@needs_dovecot
def test_the_first_look_goes_back_a_month(server: Dovecot) -> None:
    server.deliver(COMMAND)

    with mailbox(server) as opened:
        found = list(opened.mails(Place(), NOON + timedelta(days=365)))

    assert found == []


@needs_dovecot
def test_hundreds_of_mails_are_read_in_portions(server: Dovecot) -> None:
    server.deliver(*[PRIVATE] * 250, COMMAND, *[PRIVATE] * 199, FOLLOW)

    found, place = read(server, mark=True)

    assert (found, place.next) == ([b"unsubscribe", b"follow"], 452)
    assert [n for n, flags in enumerate(server.flags()) if flags] == [250, 450]


@needs_dovecot
def test_a_huge_mail_and_a_huge_header_hold_nothing_up(server: Dovecot) -> None:
    server.deliver(b"Subject: " + b"x" * 3_000_000 + b"\r\n\r\n", FOLLOW + b"y" * 3_000_000, COMMAND)

    with mailbox(server) as opened:
        found = list(opened.mails(Place(), NOON))

    assert [len(mail.content) < 100_000 for mail in found] == [True, True]


@needs_dovecot
@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_connection_is_encrypted_and_its_certificate_checked(tmp_path: Path, security: str) -> None:
    made = certificate(tmp_path)
    with Dovecot(made) as server:
        server.deliver(COMMAND)
        port = server.tls_port if security == "tls" else server.port

        with mailbox(server, security=security, port=port, ca_file=made.cert) as opened:
            found = list(opened.mails(Place(), NOON))
        with pytest.raises(MailboxError, match="certificate is not trusted: self-signed certificate") as refused, mailbox(
            server, security=security, port=port
        ):
            pass

    assert len(found) == 1
    assert "imap_ca_file" in refused.value.hint


@needs_dovecot
def test_a_wrong_password_is_told_with_what_gmail_wants_and_is_shown_nowhere(server: Dovecot) -> None:
    wrong = mailbox(server, password="quite a wrong one")

    with pytest.raises(MailboxError, match=r"the login was refused: .*Authentication failed") as refused, wrong:
        pass

    assert "for Gmail this needs an app password" in refused.value.hint
    assert "quite a wrong" not in repr(wrong) + str(refused.value) + repr(refused.value.__cause__)


@needs_dovecot
@pytest.mark.parametrize("password", ['with "quotes" and \\', "pässword ✓"])
def test_a_password_may_hold_anything(password: str) -> None:
    server = Dovecot(password=password)
    with server, mailbox(server, password=password) as opened:
        assert list(opened.mails(Place(), NOON)) == []


@needs_dovecot
def test_a_folder_that_is_not_there_is_told(server: Dovecot) -> None:
    with pytest.raises(MailboxError, match="the folder cannot be opened: .*doesn't exist: Nowhere") as refused, mailbox(
        server, folder="Nowhere"
    ):
        pass

    assert "imap_folder" in refused.value.hint


@needs_dovecot
def test_another_folder_than_the_inbox_may_be_read(server: Dovecot) -> None:
    server.deliver(COMMAND, room=".Lists/new")

    with mailbox(server, folder="Lists") as opened:
        found = list(opened.mails(Place(), NOON))

    assert len(found) == 1


# --- servers that do not behave ---------------------------------------------------------------------------------------

GREETING = "* OK ready"


def tagged(talk: Talk, *untagged: str | bytes, answer: str = "OK done") -> str:
    """Answer the next command, and give it."""
    tag, _, command = talk.hear().partition(" ")
    talk.say(*untagged, f"{tag} {answer}")
    return command


def logged_in(talk: Talk) -> None:
    talk.say(GREETING)
    tagged(talk, "* CAPABILITY IMAP4rev1")
    tagged(talk, "* CAPABILITY IMAP4rev1")  # which imaplib asks for from Python 3.14 on where the login did not tell it


def opened_folder(talk: Talk, *told: str) -> None:
    logged_in(talk)
    tagged(talk, "* 9 EXISTS", *(told or ("* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 10] .")))


def found_one_mail(talk: Talk) -> None:
    """The folder has a command in its ninth mail."""
    header = f"Subject: unsubscribe {TOKEN}\r\n\r\n".encode()
    opened_folder(talk)
    tagged(talk, "* SEARCH 9")
    tagged(talk, b"* 9 FETCH (UID 9 BODY[HEADER.FIELDS (SUBJECT)]<0> {%d}\r\n" % len(header), header, b")\r\n")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)", "app password"),
        ("NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page (Failure)", "switch IMAP on"),
        ("NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", "check [inbox] imap_user and the password file"),
        ("NO [ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754", "on the web once"),
        ("NO [ALERT] Too many simultaneous connections. (Failure)", "try again later"),
        ("NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.", 'imap_security = "tls"'),
        ("BAD User is authenticated but not connected.", "switch IMAP on"),
    ],
)
def test_a_refused_login_says_what_to_do(answer: str, hint: str) -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, "* CAPABILITY IMAP4rev1")
        tagged(talk, answer=answer)

    with FaultServer(behave) as server, pytest.raises(MailboxError) as refused, mailbox(server):
        pass

    assert hint in refused.value.hint


@pytest.mark.parametrize("offers", ["", " LOGINDISABLED AUTH=PLAIN"])
def test_a_password_that_a_server_repeats_is_not_told(offers: str) -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, f"* CAPABILITY IMAP4rev1{offers}")
        tag, _, command = talk.hear().partition(" ")
        if offers:
            talk.say("+ ")
            command = talk.hear()
        talk.say(f"{tag} BAD unknown command: {command}")

    with FaultServer(behave) as server, pytest.raises(MailboxError, match="unknown command") as refused, mailbox(
        server, user="ana", password="secret-of-ana"
    ):
        pass

    assert "secret-of" not in refused.value.message
    assert "AGFuYQBz" not in refused.value.message


@pytest.mark.parametrize("kind", ["BAD", "NO"])
@pytest.mark.parametrize("password", ["it's-of-ana", 'q"-of-ana', "b\\-of-ana", "b  -of-ana"])
def test_a_password_of_any_characters_that_a_server_repeats_is_not_told(password: str, kind: str) -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, "* CAPABILITY IMAP4rev1")
        tag, _, command = talk.hear().partition(" ")
        talk.say(f"{tag} {kind} unknown command: {command}")

    with FaultServer(behave) as server, pytest.raises(MailboxError) as refused, mailbox(server, user="ana", password=password):
        pass

    assert "-of-ana" not in refused.value.message


@pytest.mark.parametrize("answer", ["{tag} NO ana may not come in with {password}", "* BYE you said {password}"])
@pytest.mark.parametrize("password", ["secret-of-ana", "it's-of-ana", 'q"-of-ana'])
def test_a_password_that_a_server_repeats_in_words_of_its_own_is_not_told(password: str, answer: str) -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, "* CAPABILITY IMAP4rev1")
        talk.say(answer.format(tag=talk.hear().partition(" ")[0], password=password))

    with FaultServer(behave) as server, pytest.raises(MailboxError) as refused, mailbox(server, user="ana", password=password):
        pass

    assert "of-ana" not in refused.value.message


def cannot_give(talk: Talk, *broken: str, words: str = "[SERVERBUG] Internal error") -> None:
    """The folder has commands in three mails, of which the server gives all but those."""
    opened_folder(talk)
    tagged(talk, "* SEARCH 7 8 9")
    header = f"Subject: unsubscribe {TOKEN}\r\n\r\n".encode()
    while True:
        tag, _, command = talk.hear().partition(" ")
        asked = command.split()[2].split(",") if "FETCH" in command else []
        if set(asked) & set(broken):
            talk.say(f"{tag} NO {words}")
            continue
        for number in asked:
            talk.say(f"* {number} FETCH (UID {number} BODY[] {{{len(header)}}}\r\n".encode(), header, b")\r\n")
        talk.say(f"{tag} OK done")


def test_a_mail_that_the_server_cannot_read_keeps_nobody_from_those_behind_it() -> None:
    with FaultServer(lambda talk: cannot_give(talk, "7", "8")) as server, mailbox(server) as opened:
        found = [mail.name for mail in opened.mails(Place(7, 1), NOON)]

    assert (found, opened.place) == (["9"], Place(7, 10))


def cannot_give_the_text(talk: Talk, words: str) -> None:
    """The folder has a wish to follow somebody, a letter that came back and a command; the server gives their headers alone."""
    opened_folder(talk)
    tagged(talk, "* SEARCH 7 8 9")
    command = f"Subject: unsubscribe {TOKEN}\r\n\r\n".encode()
    headers = {"7": FOLLOW.partition(b"Please")[0], "8": a_report(recipient="ana@example.org").partition(b"\n\n")[0], "9": command}
    while True:
        tag, _, asked = talk.hear().partition(" ")
        if "BODY.PEEK[]" in asked:
            talk.say(f"{tag} NO {words}")
            continue
        for number in asked.split()[2].split(",") if "FETCH" in asked else []:
            header = headers[number]
            talk.say(f"* {number} FETCH (UID {number} BODY[] {{{len(header)}}}\r\n".encode(), header, b")\r\n")
        talk.say(f"{tag} OK done")


def test_a_mail_whose_text_the_server_cannot_read_keeps_nobody_from_those_behind_it() -> None:
    with FaultServer(lambda talk: cannot_give_the_text(talk, "[SERVERBUG] Internal error")) as server, mailbox(server) as opened:
        found = [mail.name for mail in opened.mails(Place(7, 1), NOON)]

    assert (found, opened.place) == (["9"], Place(7, 10))


def test_a_text_that_a_server_cannot_give_for_now_is_not_passed_over() -> None:
    with (
        FaultServer(lambda talk: cannot_give_the_text(talk, "[UNAVAILABLE] for now")) as server,
        mailbox(server) as opened,
        pytest.raises(MailboxError),
    ):
        list(opened.mails(Place(7, 1), NOON))

    assert opened.place == Place()


@pytest.mark.parametrize(("broken", "words"), [("9", "[SERVERBUG] Oh"), ("8", "[UNAVAILABLE] for now"), ("8", "Try again later")])
def test_what_a_server_cannot_give_for_now_is_not_passed_over(broken: str, words: str) -> None:
    def behave(talk: Talk) -> None:
        cannot_give(talk, broken, words=words)

    with FaultServer(behave) as server, mailbox(server) as opened, pytest.raises(MailboxError):
        list(opened.mails(Place(7, 1), NOON))

    assert opened.place == Place()


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (993, "ask whoever runs the server which encryption it speaks there: it has to be TLS 1.2 or newer"),
        (143, 'port 143 usually speaks imap_security = "starttls"; "tls" belongs to 993'),
    ],
)
def test_a_handshake_that_fails_is_not_blamed_on_settings_that_fit(port: int, expected: str) -> None:
    failed = ssl.SSLError(1, "tlsv1 alert protocol version")
    failed.reason = "TLSV1_ALERT_PROTOCOL_VERSION"

    assert connection(failed, port, "tls")[1] == expected


def test_encryption_that_is_not_offered_is_not_gone_without() -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, "* CAPABILITY IMAP4rev1")
        talk.hear()

    with FaultServer(behave) as server, pytest.raises(MailboxError, match="offers no encryption"), mailbox(server, security="starttls"):
        pass

    assert not any("LOGIN" in command for command in server.commands)


def test_a_silent_server_is_left() -> None:
    with FaultServer(lambda talk: talk.hear() and None) as server, pytest.raises(MailboxError, match="no answer in time"), mailbox(
        server, patience=Patience(answer=0.2)
    ):
        pass


def test_a_server_that_drips_is_left_after_a_while() -> None:
    def behave(talk: Talk) -> None:
        talk.say(b"* OK ")
        while True:
            talk.say(b"x")
            talk.connection.settimeout(0.02)
            try:
                talk.connection.recv(1)
            except TimeoutError:
                continue
            return

    patience = Patience(answer=10, whole=0.3)
    with FaultServer(behave) as server, pytest.raises(MailboxError, match="took more than 0 seconds"), mailbox(server, patience=patience):
        pass


@pytest.mark.parametrize(
    "said", [b"220 smtp.example.org ESMTP\r\n", b"* BYE overloaded\r\n", b"\xff\xfe\r\n", b"* OK " + b"x" * 1_100_000 + b"\r\n", b""]
)
def test_rubbish_is_told_as_a_failure_of_the_mailbox(said: bytes) -> None:
    with FaultServer(lambda talk: talk.say(said)) as server, pytest.raises(MailboxError), mailbox(server):
        pass


@pytest.mark.parametrize("told", [b"", b"* 9 FETCH (UID 9 BODY[] ", b"* 9 FETCH (UID 9 BODY[] {60}\r\nSubject: Din"])
def test_a_server_that_goes_away_in_the_middle_is_told_in_plain_words(told: bytes) -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk)
        tagged(talk, "* SEARCH 9")
        talk.hear()
        talk.say(told)

    with FaultServer(behave) as server, mailbox(server) as opened, pytest.raises(MailboxError) as failed:
        list(opened.mails(Place(7, 1), NOON))

    assert failed.value.message == "the server closed the connection"
    assert opened.place == Place()


def test_a_server_that_falls_silent_at_the_login_has_refused_nothing() -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, "* CAPABILITY IMAP4rev1")
        talk.hear()
        talk.hear()

    with FaultServer(behave) as server, pytest.raises(MailboxError) as failed, mailbox(server, patience=Patience(answer=0.2)):
        pass

    assert failed.value.message == "no answer in time"


def test_a_mailbox_is_opened_to_be_written_to_only_while_mails_are_marked() -> None:
    def behave(talk: Talk) -> None:
        found_one_mail(talk)
        for _ in range(3):
            tagged(talk, "* OK [UIDVALIDITY 7] .")
        tagged(talk, "* BYE")

    with FaultServer(behave) as server, mailbox(server) as opened:
        for mail in opened.mails(Place(7, 1), NOON):
            opened.mark_read(mail)

    verbs = [command.split()[1:] for command in server.commands]
    said = [" ".join(words[: 1 + (words[0] == "UID")]) for words in verbs]
    assert said == ["CAPABILITY", "LOGIN", "EXAMINE", "UID SEARCH", "UID FETCH", "SELECT", "UID STORE", "EXAMINE", "LOGOUT"]


def test_a_mailbox_that_was_read_leaves_no_clock_running() -> None:
    with FaultServer(found_one_mail) as server, mailbox(server) as opened:
        list(opened.mails(Place(7, 1), NOON))

    clocks = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    assert [clock for clock in clocks if not clock.finished.is_set()] == []  # one that was called off takes a moment to end


def test_a_literal_without_end_is_not_read() -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk)
        tagged(talk, "* SEARCH 9")
        talk.hear()
        talk.say(b"* 9 FETCH (UID 9 BODY[HEADER.FIELDS (SUBJECT)] {4000000000}\r\n")

    with FaultServer(behave) as server, mailbox(server) as opened, pytest.raises(MailboxError, match="4000000000 bytes at once"):
        list(opened.mails(Place(7, 1), NOON))


@pytest.mark.parametrize("told", [b"* OK %s\r\n" % (b"wait " * 9999), b"* 9 FETCH (UID 9 BODY[] {60000}\r\n" + b"x" * 60_000 + b")\r\n"])
def test_an_answer_without_end_is_not_kept(told: bytes) -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk)
        talk.hear()
        for _ in range(400):
            talk.say(told)
        talk.hear()

    with FaultServer(behave) as server, mailbox(server) as opened, pytest.raises(MailboxError, match="longer than 16777216 bytes"):
        list(opened.mails(Place(7, 1), NOON))


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 30, str(2**32), "-1"])
def test_numbers_that_are_none_of_imaps_are_passed_over(number: str) -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk, "* OK [UIDVALIDITY 7] .", f"* OK [UIDNEXT {number}] .")
        tagged(talk, f"* SEARCH {number}")

    with FaultServer(behave) as server, mailbox(server) as opened:
        assert list(opened.mails(Place(7, 5), NOON)) == []
        assert opened.place == Place(7, 5)


def test_a_mailbox_that_was_set_back_under_its_old_numbering_is_searched_again() -> None:
    def behave(talk: Talk) -> None:
        found_one_mail(talk)

    with FaultServer(behave) as server, mailbox(server) as opened:
        assert [mail.name for mail in opened.mails(Place(7, 500), NOON)] == ["9"]
        assert opened.place == Place(7, 10)


def test_a_literal_whose_length_is_no_number_is_a_failure_of_the_mailbox() -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk)
        tagged(talk, "* SEARCH 9")
        talk.hear()
        talk.say(b"* 9 FETCH (UID 9 BODY[] {%s}\r\n" % (b"9" * 5000))

    with FaultServer(behave) as server, mailbox(server) as opened, pytest.raises(MailboxError):
        list(opened.mails(Place(7, 1), NOON))


def test_a_challenge_that_is_none_is_a_failure_of_the_mailbox() -> None:
    def behave(talk: Talk) -> None:
        talk.say(GREETING)
        tagged(talk, "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=PLAIN")
        talk.hear()
        talk.say("+ a")

    with FaultServer(behave) as server, pytest.raises(MailboxError), mailbox(server):
        pass


def test_mails_that_were_numbered_anew_meanwhile_are_not_marked() -> None:
    def behave(talk: Talk) -> None:
        found_one_mail(talk)
        tagged(talk, "* OK [UIDVALIDITY 8] .")
        tagged(talk, "* OK [UIDVALIDITY 8] .")

    with FaultServer(behave) as server, mailbox(server) as opened:
        for mail in opened.mails(Place(7, 1), NOON):
            opened.mark_read(mail)

    assert not any("STORE" in command for command in server.commands)


def test_a_server_that_tells_no_next_number_is_read_up_to_the_last_mail() -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk, "* OK [UIDVALIDITY 7] .")
        tagged(talk, "* SEARCH 5 6")
        tagged(talk)

    with FaultServer(behave) as server, mailbox(server) as opened:
        list(opened.mails(Place(7, 5), NOON))

        assert opened.place == Place(7, 7)


def test_an_empty_mailbox_that_tells_no_next_number_is_never_searched_from_number_0_which_is_none() -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk, "* OK [UIDVALIDITY 7] .")
        tagged(talk, "* SEARCH")
        tagged(talk, "* SEARCH")

    with FaultServer(behave) as server, mailbox(server) as opened:
        list(opened.mails(Place(), NOON))
        list(opened.mails(opened.place, NOON))

    searches = [command.partition("SEARCH ")[2] for command in server.commands if "SEARCH" in command]
    assert searches == ["SINCE 24-Oct-2026 UNDELETED"] * 2


def test_a_look_that_is_cut_short_goes_on_from_the_last_portion() -> None:
    def behave(talk: Talk) -> None:
        opened_folder(talk, "* OK [UIDVALIDITY 7] .", "* OK [UIDNEXT 900] .")
        tagged(talk, f"* SEARCH {' '.join(map(str, range(1, 451)))}")
        tagged(talk)
        tagged(talk)
        talk.hear()

    with FaultServer(behave) as server, mailbox(server) as opened, pytest.raises(MailboxError):
        list(opened.mails(Place(), NOON))

    assert opened.place == Place(7, 401)


def test_a_mailbox_that_may_only_be_read_is_read() -> None:
    def behave(talk: Talk) -> None:
        found_one_mail(talk)
        tagged(talk, answer="NO [NOPERM] you may only look")
        tagged(talk, "* OK [UIDVALIDITY 7] .")

    with FaultServer(behave) as server, mailbox(server) as opened:
        for mail in opened.mails(Place(7, 1), NOON):
            opened.mark_read(mail)

        assert opened.place == Place(7, 10)


def test_a_certificate_file_that_holds_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("not one")
    with FaultServer(lambda talk: None) as server, pytest.raises(ConfigurationError, match="holds no certificates"), mailbox(
        server, security="tls", ca_file=tmp_path / "ca.pem"
    ):
        pass


# --- what imaplib makes of answers ------------------------------------------------------------------------------------


def test_a_number_is_found_before_the_text_and_behind_it() -> None:
    answer = [(b"1 (UID 4 BODY[] {3}", b"one"), b")", (b"2 (BODY[] {3}", b"two"), b" UID 5)", b"3 (UID 9 FLAGS (\\Seen))", None]

    assert _messages(answer) == [(4, b"one"), (5, b"two")]


def test_an_answer_of_literals_alone_takes_a_time_that_grows_with_its_length() -> None:
    began = time.process_time()

    assert _messages([(b"A {0}", b"")] * 400_000 + [b" UID 4)"]) == [(4, b"")]

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("name", "coded"), [("INBOX", "INBOX"), ("Entwürfe", "Entw&APw-rfe"), ("A & B", "A &- B"), ("台北", "&U,BTFw-")]
)
def test_a_folders_name_is_written_as_imap_wants_it(name: str, coded: str) -> None:
    assert _utf7(name) == coded


def test_of_a_full_mailbox_the_numbers_are_asked_for_in_portions() -> None:
    first = 4_000_000_000

    def behave(talk: Talk) -> None:
        logged_in(talk)
        tagged(talk, "* 100001 EXISTS", "* OK [UIDVALIDITY 7] .", f"* OK [UIDNEXT {first + 200_000}] .")
        while "SEARCH" in (command := talk.hear()):
            tag, *_, some, since, day, flag = command.split()
            begin, _, end = some.partition(":")
            numbers = range(int(begin), int(end) + 1) if end else range(1, 100_002)
            talk.say(f"* SEARCH {' '.join(str(first + number) for number in numbers)}", f"{tag} OK done")
        while True:
            tag, _, _ = command.partition(" ")
            talk.say(f"{tag} OK done")
            command = talk.hear()

    with FaultServer(behave) as server, mailbox(server) as opened:
        assert list(opened.mails(Place(), NOON)) == []
        place = opened.place

    assert place == Place(7, first + 200_000)
    assert [c.split()[3] for c in server.commands if "SEARCH" in c] == ["100001:100001", "50001:100000", "1:50000"]
    assert sum("FETCH" in command for command in server.commands) == 501
