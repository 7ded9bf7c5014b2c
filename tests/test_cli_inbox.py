"""`digest inbox`: what readers mail back, through the real command line, from letters as they were sent."""

from __future__ import annotations

import email
import io
import os
import re
import shutil
import sys
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from time import process_time
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.catalog import open_catalog
from digest.cli import digest
from digest.cli.frame import guarded
from digest.delivery.mailboxes.inbox import Command, read_command
from digest.delivery.mailboxes.maildir import Maildir
from digest.errors import MailboxError
from digest.model import Author, Place

from .builders import NOON, a_batch, a_paper
from .command_line import MONDAY_NOON, NOWHERE, SENDER, Run, digest_command, nobody, with_inbox
from .servers import FaultServer, Talk
from .test_imap import opened_folder, tagged

ANA = "ana@example.org"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_inbox(tmp_path)


@pytest.fixture(scope="module")
def lettered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which Ana got a letter with one paper by two people."""
    folder = with_inbox(tmp_path_factory.mktemp("lettered"))
    configured, at_noon = ["--config", str(folder / "config.toml")], ["--now", MONDAY_NOON]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        guarded(digest, [*configured, "subscribers", "add", ANA, "--topic", "foxes", "--at", "07:00", *at_noon])
        with open_catalog(str(folder / "digest.db")) as catalog:
            paper = a_paper("arxiv:2611.00002", "Foxes of the north", authors=(Author("Ana Silva"), Author("Bo Lind")))
            catalog.papers.record(a_batch(paper), NOON)
        guarded(digest, [*configured, "run", *at_noon])
    return folder


@pytest.fixture
def run(folder: Path, lettered: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`digest …` in a copy of it."""
    monkeypatch.setenv("TZ", "UTC")
    shutil.copytree(lettered, folder, dirs_exist_ok=True)
    return digest_command(folder, capsys)


def subjects(folder: Path) -> dict[str, EmailMessage]:
    """The mails that the letter's mailto links make, by their command."""
    (letter,) = (folder / "out").glob("*.eml")
    text = email.message_from_bytes(letter.read_bytes(), policy=default).get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
    found = {}
    for link in re.findall(r"mailto:\S+", text):
        asked = parse_qs(urlsplit(link).query)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "somebody@example.org", unquote(urlsplit(link).path), asked["subject"][0]
        mail.set_content(asked["body"][0])
        found[asked["subject"][0].partition(" ")[0]] = mail
    return found


def arrives(folder: Path, mail: EmailMessage, name: str = "1") -> Path:
    path = folder / "mail" / "new" / name
    path.write_bytes(mail.as_bytes())
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    return path


def kinds(run: Run) -> list[tuple[str, str]]:
    return [(one["kind"], one["origin"]) for one in run("feedback", "list", ANA, "--json").json]


@pytest.mark.parametrize("kind", ["more", "less", "save"])
def test_a_letters_link_sent_back_is_carried_out_once(kind: str, run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)[kind])
    arrives(folder, subjects(folder)[kind], "2")

    done = run("inbox")

    assert "2 of 2 mails carried out" in done.err
    assert kinds(run) == [(kind, "mail")]


def test_what_was_carried_out_is_marked_as_read_and_not_looked_at_again(run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)["more"])
    run("inbox")

    again = run("inbox")

    assert "0 of 0 mails" in again.err
    assert [path.name for path in (folder / "mail" / "cur").iterdir()] == ["1:2,S"]


def test_a_mail_that_somebody_opened_before_it_was_looked_at_is_carried_out(run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)["more"]).rename(folder / "mail" / "cur" / "1:2,S")

    run("inbox")

    assert kinds(run) == [("more", "mail")]


def test_a_mail_that_was_read_long_ago_is_not_looked_at(run: Run, folder: Path) -> None:
    path = arrives(folder, subjects(folder)["more"]).rename(folder / "mail" / "cur" / "1:2,S")
    long_ago = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
    os.utime(path, (long_ago, long_ago))

    done = run("inbox")

    assert "0 of 0 mails" in done.err


def test_a_mail_without_a_command_stays_unread_where_it_lies(run: Run, folder: Path) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Dinner? Tell me more"
    mail.set_content("unsubscribe me from your cooking")
    path = arrives(folder, mail)
    before = path.read_bytes()

    run("inbox")

    assert path.read_bytes() == before
    assert kinds(run) == []


@pytest.mark.parametrize(
    "named",
    ["Bo Lind", "Bo\nLind", "Bo \nLind\n-- \nAna", "\nBo Lind", "Bo Lind\nSent from a telephone", "Bo\xa0Lind\xa0\nAna", "bo li…"],
)
def test_an_author_named_in_the_body_is_followed(run: Run, folder: Path, named: str) -> None:
    mail = subjects(folder)["follow"]
    mail.set_content(mail.get_content().replace("Ana Silva", named))
    arrives(folder, mail)

    run("inbox")

    assert [one["author"] for one in run("feedback", "list", ANA, "--json").json] == ["Bo Lind"]


def test_unsubscribing_by_mail_ends_the_subscription(run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)["unsubscribe"])

    done = run("inbox")

    assert "ana@example.org (main): subscription ended" in done.err
    assert "unsubscribed 2026-11-23" in run("subscribers", "list").out


def test_the_letter_of_a_subscription_that_was_removed_still_unsubscribes(run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)["unsubscribe"])
    removed = run("subscribers", "remove", ANA, "--yes")

    assert removed.status == 0, removed
    done = run("inbox")

    assert "subscription 1: subscription ended" in done.err
    assert "1 of 1 mails carried out\n" in done.err


def test_the_pause_of_a_subscription_that_was_removed_is_neither_taken_back_nor_promised(run: Run, folder: Path) -> None:
    mail = subjects(folder)["unsubscribe"]
    mail.replace_header("Subject", f"undo pause {str(mail['Subject']).split()[1]}")
    arrives(folder, mail)
    run("subscribers", "remove", ANA, "--yes")

    beforehand, done = run("inbox", "--dry-run"), run("inbox")

    assert "0 of 1 mails would be carried out" in beforehand.err
    assert "0 of 1 mails carried out" in done.err


def test_a_forged_token_a_stranger_paper_and_an_automatic_reply_do_nothing(run: Run, folder: Path) -> None:
    forged, stranger, automatic = (subjects(folder)["more"] for _ in range(3))
    subject = str(forged["Subject"])
    forged.replace_header("Subject", subject[:-2] + ("AA" if subject[-2:] != "AA" else "BB"))
    stranger.replace_header("Subject", subject.replace("arxiv:2611.00002", "arxiv:2611.99999"))
    automatic["Auto-Submitted"] = "auto-replied"
    for number, mail in enumerate((forged, stranger, automatic)):
        arrives(folder, mail, str(number))

    beforehand, done = run("inbox", "--dry-run"), run("inbox")

    assert "0 of 3 mails would be carried out" in beforehand.err
    assert "0 of 3 mails carried out" in done.err
    assert kinds(run) == []


def test_what_was_said_is_taken_back_by_the_same_mail_with_undo_before_it(run: Run, folder: Path) -> None:
    said = subjects(folder)["more"]
    arrives(folder, said)
    run("inbox")
    said.replace_header("Subject", f"undo {said['Subject']}")
    arrives(folder, said, "2")

    done = run("inbox")

    assert "more of arxiv:2611.00002 taken back" in done.err
    assert kinds(run) == []


def test_a_mail_that_comes_again_after_it_was_taken_back_is_not_done_again(run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)["more"])
    run("inbox")
    run("feedback", "undo", "1")
    arrives(folder, subjects(folder)["more"], "2")

    done = run("inbox")

    assert "more, which this mail said before" in done.err
    assert kinds(run) == []


def test_two_mails_that_say_the_same_are_two(run: Run, folder: Path) -> None:
    for number in ("1", "2"):
        mail = subjects(folder)["more"]
        mail["Message-ID"] = f"<{number}@example.org>"
        arrives(folder, mail, number)
        run("inbox")
        run("feedback", "undo", number)

    listed = run("feedback", "list", ANA, "--all", "--json").json

    assert [one["origin"] for one in listed] == ["mail", "mail"]


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("2026-12-24", "paused until 2026-12-24"),
        ("2 weeks", "paused until 2026-12-07"),
        ("", "paused"),
    ],
)
def test_a_reader_pauses_everything_of_their_address_until_a_day(run: Run, folder: Path, words: str, until: str) -> None:
    mail = subjects(folder)["unsubscribe"]
    mail.replace_header("Subject", f"pause {str(mail['Subject']).split()[1]} {words}")
    arrives(folder, mail)

    run("inbox")

    assert run("subscribers", "list", "--json").json[0]["state"] == until


def test_a_pause_that_would_be_over_stays_unread(run: Run, folder: Path) -> None:
    mail = subjects(folder)["unsubscribe"]
    mail.replace_header("Subject", f"pause {str(mail['Subject']).split()[1]} 2026-11-23")
    path = arrives(folder, mail)

    beforehand, done = run("inbox", "--dry-run"), run("inbox")

    assert "0 of 1 mails would be carried out" in beforehand.err
    assert "0 of 1 mails carried out" in done.err
    assert path.exists()


def test_of_a_mail_of_any_size_the_beginning_is_read_and_what_is_no_file_is_not_waited_for(run: Run, folder: Path) -> None:
    path = arrives(folder, subjects(folder)["more"])
    with path.open("ab") as file:
        file.truncate(10_000_000_000)  # a hole: it takes no room on the disk, and would all of the memory
    os.mkfifo(folder / "mail" / "new" / "2")

    done = run("inbox")

    assert "1 of 1 mails carried out" in done.err


def test_a_run_reads_the_maildir_first(run: Run, folder: Path) -> None:
    arrives(folder, subjects(folder)["unsubscribe"])

    done = run("run", now="2026-11-24T12:00:00+00:00")

    assert "carried out what readers mailed: 1" in done.err
    assert len(list((folder / "out").glob("*.eml"))) == 1


def test_a_folder_that_is_no_maildir_is_a_failure_of_the_run(run: Run, folder: Path) -> None:
    (folder / "mail" / "new").rmdir()

    done = run("run")

    assert (done.status, "is not a Maildir" in done.err) == (1, True)


def test_a_maildir_that_this_user_may_not_read_is_told_as_such(tmp_path: Path) -> None:
    for name in ("new", "cur"):
        (tmp_path / name).mkdir(mode=0)

    with nobody(), pytest.raises(MailboxError, match="cannot be read: permission denied"):
        list(Maildir(tmp_path).mails(Place(), NOON))


def test_a_mail_that_cannot_be_read_is_told_and_stops_no_other(run: Run, folder: Path) -> None:
    (folder / "mail" / "new" / "1").symlink_to("/proc/self/mem")  # a file whose first octets nobody can read
    for name, kind in (("2", "more"), ("3", "save")):
        arrives(folder, subjects(folder)[kind], name)

    carried_out, of_mailbox, of_files, rerun = run("inbox"), run("bounces"), run("bounces", str(folder / "mail")), run("run")

    said = f"{folder}/mail: 1: cannot be read: input/output error\n  → look at the disk"
    told = (carried_out, of_mailbox, of_files, rerun)
    assert [(done.status, said in done.err) for done in told] == [(1, True)] * 4
    assert "2 of 2 mails carried out\n" in carried_out.err
    assert "mails read: 2 other" in of_files.err
    assert (folder / "mail" / "new" / "1").is_symlink()


def comes(folder: Path, name: str, at: datetime) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"Subject: hello\n\n")
    os.utime(folder / name, (at.timestamp(), at.timestamp()))


def looks(mailbox: Maildir, since: Place, now: datetime) -> list[str]:
    (Path(mailbox.name) / "new").mkdir(exist_ok=True)
    return [Path(mail.name).name for mail in mailbox.mails(since, now)]


def test_a_mail_with_a_date_to_come_hides_none_that_somebody_opened_after_it(tmp_path: Path) -> None:
    mailbox = Maildir(tmp_path)
    comes(tmp_path, "cur/1", NOON + timedelta(days=400))
    first = looks(mailbox, Place(), NOON)
    comes(tmp_path, "cur/2:2,S", NOON + timedelta(minutes=5))

    second = looks(mailbox, mailbox.place, NOON + timedelta(hours=1))

    assert (first, second) == (["1"], ["1", "2:2,S"])
    assert looks(mailbox, mailbox.place, NOON + timedelta(hours=2)) == ["1"]


def test_a_place_in_a_maildir_that_is_still_to_come_was_that_of_a_clock_gone_wrong(tmp_path: Path) -> None:
    comes(tmp_path, "cur/1:2,S", NOON)
    to_come = Place(next=int((NOON + timedelta(days=400)).timestamp()) * 1_000_000_000)

    assert looks(Maildir(tmp_path), to_come, NOON) == ["1:2,S"]


def test_a_dry_run_says_what_it_would_do_and_does_nothing(run: Run, folder: Path) -> None:
    path = arrives(folder, subjects(folder)["more"])

    done = run("inbox", "--dry-run")

    assert "would do: ana@example.org (main): more arxiv:2611.00002" in done.err
    assert path.exists()
    assert kinds(run) == []


def test_a_file_that_is_not_there_keeps_no_other_mail_from_being_carried_out(run: Run, folder: Path) -> None:
    (folder / "mail.eml").write_bytes(subjects(folder)["more"].as_bytes())

    done = run("inbox", str(folder / "none.eml"), str(folder / "mail.eml"))

    assert done.status == 1
    assert "none.eml: cannot be read: no such file or directory\n  → name a mail that this user can read\n" in done.err
    assert kinds(run) == [("more", "mail")]


def test_what_may_help_where_a_disk_fails_is_said_of_a_file_too(run: Run) -> None:
    done = run("inbox", "/proc/self/mem")  # a file whose first octets nobody can read

    assert done.status == 1
    assert "/proc/self/mem: cannot be read: input/output error\n  → look at the disk" in done.err


def test_a_mail_from_a_file_is_carried_out(run: Run, folder: Path) -> None:
    (folder / "mail.eml").write_bytes(subjects(folder)["more"].as_bytes())

    run("inbox", str(folder / "mail.eml"))

    assert kinds(run) == [("more", "mail")]


@pytest.mark.parametrize("is_piped", [True, False])
def test_a_mail_that_came_with_pictures_is_carried_out_and_taken_to_its_end(
    is_piped: bool, run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = io.BytesIO(subjects(folder)["more"].as_bytes() + b"\r\npictures" * 700_000)
    (folder / "mail.eml").write_bytes(piped.getvalue())
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=piped, isatty=lambda: False))

    run("inbox", "-" if is_piped else str(folder / "mail.eml"))

    assert kinds(run) == [("more", "mail")]
    assert not is_piped or piped.read() == b""


def test_what_was_carried_out_before_the_mailbox_broke_off_is_told(run: Run, folder: Path) -> None:
    header = f"Subject: {subjects(folder)['unsubscribe']['Subject']}\r\n\r\n".encode()

    def behave(talk: Talk) -> None:
        opened_folder(talk)
        tagged(talk, "* SEARCH 9")
        tagged(talk, b"* 9 FETCH (UID 9 BODY[HEADER.FIELDS (SUBJECT)]<0> {%d}\r\n" % len(header), header, b")\r\n")

    (folder / "password").write_text("secret")
    (folder / "password").chmod(0o600)
    with FaultServer(behave) as server:
        inbox = f'[inbox]\nimap_host = "127.0.0.1"\nimap_port = {server.port}\nimap_security = "none"\nimap_user = "ana"\n'
        (folder / "config.toml").write_text(SENDER + NOWHERE + inbox + 'imap_password_file = "password"\n')
        done = run("inbox")

    assert done.status != 0
    assert "ana@example.org (main): subscription ended" in done.err
    assert ": the server closed the connection\n" in done.err


TOKEN = "AbCdEfGhIjKlMnOpQrStUvWx"


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        (f"more arxiv:2611.00002 {TOKEN}", Command("more", TOKEN, "arxiv:2611.00002")),
        (f"Re: AW: Save doi:10.1/x {TOKEN}", Command("save", TOKEN, "doi:10.1/x")),
        (f"unsubscribe {TOKEN}", Command("unsubscribe", TOKEN)),
        (f"less arxiv:2611.00002\n {TOKEN}", Command("less", TOKEN, "arxiv:2611.00002")),
        (f"pause {TOKEN}", Command("pause", TOKEN)),
        (f"pause {TOKEN} 2026-12-24", Command("pause", TOKEN, until=date(2026, 12, 24))),
        (f"Re: pause until 2026-12-24 {TOKEN}", Command("pause", TOKEN, until=date(2026, 12, 24))),
        (f"pause {TOKEN} 2 weeks", Command("pause", TOKEN, days=14)),
        (f"Pause for three days {TOKEN}", Command("pause", TOKEN, days=3)),
        (f"pause {TOKEN} a month", Command("pause", TOKEN, days=30)),
        (f"pause 2 Wochen {TOKEN}", Command("pause", TOKEN, days=14)),
        (f"AW: Pause für einen Monat {TOKEN}", Command("pause", TOKEN, days=30)),
        (f"pause drei Tage {TOKEN}", Command("pause", TOKEN, days=3)),
        (f"pause zwei Wochen {TOKEN}", Command("pause", TOKEN, days=14)),
        (f"pause {TOKEN} for two weeks", Command("pause", TOKEN, days=14)),
        (f"pause {TOKEN} bis 2026-12-24", Command("pause", TOKEN, until=date(2026, 12, 24))),
        (f"pause {TOKEN} 0 Wochen", None),
        (f"pause {TOKEN} 0 weeks", None),
        (f"pause {TOKEN} until Easter", None),
        (f"pause {TOKEN} 2026-02-30", None),
        (f"pause {TOKEN} 0001-01-01", None),
        (f"undo pause {TOKEN}", Command("pause", TOKEN, undo=True)),
        (f"Undo more arxiv:2611.00002 {TOKEN}", Command("more", TOKEN, "arxiv:2611.00002", undo=True)),
        (f"undo unsubscribe {TOKEN}", None),
        (f"undo join {TOKEN}", None),
        (f"Automatic reply: unsubscribe {TOKEN}", None),
        (f"Out of office: Re: unsubscribe {TOKEN}", None),
        (f"more {TOKEN}", None),
        ("more arxiv:2611.00002 short", None),
        ("", None),
    ],
)
def test_a_command_is_read_from_a_subject(subject: str, expected: Command | None) -> None:
    assert read_command(f"Subject: {subject}\n\nbody".encode()) == expected


MACHINES = ("Auto-Submitted: auto-replied", "Precedence: bulk", "Return-Path: <>", "X-Autoreply: yes", "Content-Type: multipart/report")


@pytest.mark.parametrize("header", MACHINES)
def test_what_a_machine_sent_is_no_command(header: str) -> None:
    assert read_command(f"Subject: unsubscribe {TOKEN}\n{header}\n\nbody".encode()) is None


def test_what_a_mail_program_sends_for_its_unsubscribe_button_is_a_command_and_no_other_generated_mail_is() -> None:
    token = "A" * 40
    mails = [f"Subject: {said} {token}\r\nAuto-Submitted: auto-generated\r\n\r\n" for said in ("unsubscribe", "join", "more arxiv:2611.1")]

    assert [command and command.action for command in map(read_command, map(str.encode, mails))] == ["unsubscribe", None, None]


def test_apples_unsubscribe_button_is_a_command_though_it_says_that_it_is_an_automatic_reply() -> None:
    marks = "Auto-Submitted: auto-replied\r\nX-Apple-Unsubscribe: true"
    mails = [f"Subject: {said} {TOKEN}\r\n{marks}\r\n\r\n" for said in ("unsubscribe", "join", "more arxiv:2611.1")]

    assert [command and command.action for command in map(read_command, map(str.encode, mails))] == ["unsubscribe", None, None]


@given(st.text(max_size=200), st.sampled_from(["", "\r\nAuto-Submitted: no", "\r\nContent-Type: multipart/mixed"]))
def test_no_subject_breaks_the_reading_and_none_without_a_token_is_a_command(words: str, more: str) -> None:
    raw = words.encode(errors="surrogatepass")
    command = read_command(b"Subject: " + raw + more.encode() + b"\r\n\r\n")

    assert command is None or command.token in words


@pytest.mark.parametrize("unit", ['"', ";", "=?utf-8?q?a?= ", "("])
def test_a_long_field_takes_no_time_whoever_sent_it(unit: str) -> None:
    long = f"Content-Type: multipart/mixed; boundary={unit * (15_000 // len(unit))}"
    mail = f"Subject: follow arxiv:2611.00002 {TOKEN}\n{long}\nFrom: {unit * 2000}\n\n--x\n{long}\n\nbody"

    started = process_time()
    read_command(mail.encode())

    assert process_time() - started < 1
