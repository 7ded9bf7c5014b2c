"""Readers' mails, read: what a command asks for, and which mail it was."""

from __future__ import annotations

import pytest

from digest.delivery.mailboxes.inbox import Command, read_command

TOKEN = "AYGC" * 6


def a_mail(subject: str, *, date: str = "Mon, 23 Nov 2026 08:00:00 +0000", body: str = "\n") -> Command | None:
    return read_command(f"From: ana@example.org\nDate: {date}\nSubject: {subject} {TOKEN}{body}".encode())


def test_a_pause_in_words_that_only_a_person_understands_is_left_for_one() -> None:
    assert a_mail("pause", body=" next week\n") is None


def test_mails_without_an_id_are_told_apart_by_when_they_were_sent() -> None:
    first, again, later = a_mail("pause"), a_mail("pause"), a_mail("pause", date="Tue, 24 Nov 2026 08:00:00 +0000")

    assert first is not None
    assert again is not None
    assert later is not None
    assert first.mail == again.mail != later.mail


def test_whom_to_follow_stands_in_the_plain_text_of_a_mail() -> None:
    parts = "".join(
        f"--b\nContent-Type: {kind}\n\nfollow: {name}\n" for kind, name in (("text/html", "Bo Lind"), ("text/plain", "Ana Silva"))
    )

    command = a_mail("follow 2611.00001", body=f'\nContent-Type: multipart/alternative; boundary="b"\n\n{parts}--b--\n')

    assert command is not None
    assert command.author == "Ana Silva"


@pytest.mark.parametrize(
    "body",
    [
        "\nContent-Type: text/html\n\n<style>p {x:y}</style><p>Please send this mail with the author to follow: <b>Ana Silva</b></p>\n",
        "\nContent-Type: text/html\n\n<p>Bitte sende diese Mail mit dem Namen:<br>follow: Ana&nbsp;Silva</p><p>Gr&uuml;&szlig;e</p>\n",
        '\nContent-Type: multipart/alternative; boundary="b"\n\n--b\n\n \n--b\nContent-Type: text/html\n\nfollow: Ana Silva\n--b--\n',
    ],
    ids=["English", "German", "its plain text is empty"],
)
def test_whom_to_follow_is_found_in_a_mail_that_is_a_page_alone(body: str) -> None:
    command = a_mail("follow 2611.00001", body=body)

    assert command is not None
    assert command.author.split("\n")[0] == "Ana Silva"
