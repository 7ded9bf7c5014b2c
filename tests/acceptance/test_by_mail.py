"""Without a public address: letters go out by SMTP, readers answer by mail, and `digest run` reads the answers by IMAP the next day."""

from __future__ import annotations

import json
import re
import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from ..dovecot import PASSWORD, USER, Dovecot, needs_dovecot
from ..forge import Done, Forge
from ..servers import SmtpSink, certificate
from .listing_server import Listed, ListingServer, atom

MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T07:00:00+00:00" for day in (23, 24, 25))
FOXES = Listed("2611.00001", "Foxes of the north", "We follow urban foxes through the winter.", authors="Ana Silva, Bo Lind")
OWLS = Listed("2611.00002", "Owls at night", "We count owls at night.", authors="Cleo Ray")
LATER = Listed("2611.00003", "Owls by day", "We count the owls of cities by day.", authors="Cleo Ray")


@dataclass
class Place:
    """A folder with a configuration, the server its letters go to, and the mailbox that its readers write to."""

    folder: Path
    listings: ListingServer
    sink: SmtpSink
    imap: Dovecot
    forge: Forge

    def digest(self, *arguments: str, status: int = 0) -> Done:
        done = self.forge.start(self.folder, *arguments, environment={"HOME": str(self.folder)}).ended(120)
        assert done.status == status, f"exit {done.status}\n{done.out}\n{done.err}"
        return done

    def links(self, address: str) -> dict[str, EmailMessage]:
        """The mails that a mail program makes of the links in the last letter to an address, by their subjects without the token."""
        body = self.sink.to(address)[-1].get_body(("plain",))
        assert body is not None
        found = {}
        for link in re.findall(r"mailto:\S+", str(body.get_content())):
            asked = parse_qs(urlsplit(link).query, strict_parsing=True)
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Subject"] = "somebody@example.org", unquote(urlsplit(link).path), asked["subject"][0]
            mail["Message-ID"] = f"<{len(found)}.{address}>"
            mail.set_content(asked["body"][0])
            found[asked["subject"][0].rpartition(" ")[0]] = mail
        return found

    def send(self, *mails: EmailMessage) -> None:
        """Send mails by SMTP, into the mailbox."""
        before = len(self.sink.messages)
        with smtplib.SMTP(self.sink.host, self.sink.port) as session:
            for mail in mails:
                session.send_message(mail)
        self.sink.wait_for(before + len(mails))
        self.imap.deliver(*(letter.content for letter in self.sink.messages[before:]))

    def feedback(self, address: str) -> list[tuple[str, str]]:
        listed = json.loads(self.digest("feedback", "list", address, "--json").out)
        return sorted((one["kind"], one["origin"]) for one in listed)


@pytest.fixture
def place(tmp_path: Path, forge: Forge) -> Iterator[Place]:
    """Ana and Bo read about foxes and owls, and had a letter on Monday."""
    made = certificate(tmp_path)
    with ListingServer() as listings, SmtpSink() as sink, Dovecot(made) as imap:
        here = Place(tmp_path, listings, sink, imap, forge)
        listings.pages["/atom"] = atom([FOXES, OWLS], "2026-11-23")
        (tmp_path / "imap-password").write_text(f"{PASSWORD}\n")
        (tmp_path / "imap-password").chmod(0o600)
        (tmp_path / "config.toml").write_text(
            f"""
[sender]
from = "digest@example.org"
[smtp]
host = "{sink.host}"
port = {sink.port}
security = "none"
[delivery]
linger = "0"
[inbox]
address = "answers@example.org"
imap_host = "{imap.host}"
imap_port = {imap.tls_port}
imap_ca_file = "{made.cert.name}"
imap_user = "{USER}"
imap_password_file = "imap-password"
[[sources]]
kind = "arxiv"
url = "{listings.url}/atom"
allow_private = true
[[subscribers]]
address = "ana@example.org"
topics = ["urban foxes"]
zone = "UTC"
at = "06:00"
[[subscribers]]
address = "bo@example.org"
topics = ["owls at night"]
zone = "UTC"
at = "06:00"
"""
        )
        here.digest("run", "--now", MONDAY)
        listings.pages["/atom"] = atom([LATER], "2026-11-24")
        yield here


def automatic(mail: EmailMessage) -> EmailMessage:
    """What an absent person's server answers: the subject quoted, as the next mail of its own."""
    answer = EmailMessage()
    answer["From"], answer["To"], answer["Subject"] = "bo@example.org", str(mail["To"]), f"Re: {mail['Subject']}"
    answer["Auto-Submitted"], answer["Message-ID"] = "auto-replied", "<away@example.org>"
    answer.set_content("I am away until Monday.")
    return answer


def private() -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "cleo@example.org", "answers@example.org", "Dinner? Tell me more"
    mail.set_content("unsubscribe me from your cooking")
    return mail


@needs_dovecot
def test_answers_of_yesterday_count_in_the_letters_of_today(place: Place) -> None:
    anas, bos = place.links("ana@example.org"), place.links("bo@example.org")
    place.send(private(), anas["more arxiv:2611.00001"], automatic(bos["less arxiv:2611.00002"]), anas["follow arxiv:2611.00002"])
    place.send(bos["unsubscribe"])

    done = place.digest("run", "--now", TUESDAY)

    assert "carried out what readers mailed: 3" in done.err
    assert place.feedback("ana@example.org") == [("follow", "mail"), ("more", "mail")]
    assert place.feedback("bo@example.org") == []
    (letter,) = (mail for mail in place.sink.to("ana@example.org")[1:])
    assert "you follow Cleo Ray" in " ".join(str(letter.get_body(("plain",)).get_content()).split())  # type: ignore[union-attr]  # it has one
    assert len(place.sink.to("bo@example.org")) == 1
    assert place.imap.flags() == ["", "S", "", "S", "S"]


@needs_dovecot
def test_mails_delivered_twice_change_nothing_the_second_time(place: Place) -> None:
    mails = place.links("ana@example.org")
    said = mails["more arxiv:2611.00001"]
    place.send(said, said)
    place.digest("run", "--now", TUESDAY)
    place.digest("feedback", "undo", "1")
    place.send(said)

    place.digest("run", "--now", WEDNESDAY)

    assert place.feedback("ana@example.org") == []
    assert place.imap.flags() == ["S", "S", "S"]


@needs_dovecot
def test_a_reader_pauses_by_mail_and_takes_it_back(place: Place) -> None:
    rest = place.links("ana@example.org")["unsubscribe"]
    assert "pause 2 weeks" in rest.get_content()
    token = str(rest["Subject"]).split()[-1]
    rest.replace_header("Subject", f"pause 2 weeks {token}")
    back = place.links("ana@example.org")["unsubscribe"]
    back.replace_header("Subject", f"undo pause {token}")

    place.send(rest)
    place.digest("run", "--now", TUESDAY)
    paused = len(place.sink.to("ana@example.org"))
    place.send(back)
    place.digest("run", "--now", WEDNESDAY)

    assert (paused, len(place.sink.to("ana@example.org"))) == (1, 2)


@needs_dovecot
def test_an_inbox_out_of_reach_is_a_failure_of_the_run_and_stops_no_letter(place: Place) -> None:
    (place.folder / "imap-password").write_text("not it\n")

    done = place.digest("run", "--now", TUESDAY, status=1)

    assert "the login was refused" in done.err
    assert "app password" in done.err
    assert "not it" not in done.err
    assert len(place.sink.to("ana@example.org")) == 2


@needs_dovecot
def test_the_verb_reads_the_mailbox_too_and_a_rehearsal_changes_nothing(place: Place) -> None:
    place.send(place.links("ana@example.org")["save arxiv:2611.00001"], private())

    rehearsed = place.digest("inbox", "--dry-run")
    before = (place.imap.flags(), place.feedback("ana@example.org"))
    done = place.digest("inbox", "--now", TUESDAY)

    assert "would do: ana@example.org (main): save arxiv:2611.00001" in rehearsed.err
    assert before == (["", ""], [])
    assert "1 of 1 mails carried out" in done.err
    assert place.imap.flags() == ["S", ""]
