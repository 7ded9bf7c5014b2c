"""`digest doctor`, through the real command line, against a real SMTP server, a real DNS server and a real HTTP server."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.config import parse
from digest.delivery.dkim_keys import load, record
from digest.doctor import Options, examine
from tests.builders import NOON, a_batch, a_paper
from tests.command_line import Done, Run, closed, digest_command, nobody
from tests.dkim_checks import pem_of
from tests.dns_server import DnsServer, Zone, text
from tests.http_faults import HttpFaults, page
from tests.servers import SmtpSink, certificate

HERE = "192.0.2.10"


@dataclass(frozen=True)
class Surgery:
    """A configuration whose mail server takes everything, and a folder for it."""

    run: Run
    folder: Path
    sink: SmtpSink
    listing: HttpFaults

    def write(self, more: str = "", *, password: str = "secret", top: str = "") -> None:
        """The configuration, with its password and its key in files of their own."""
        for name, content in (("password", password.encode()), ("r.pem", pem_of("r2026"))):
            (self.folder / name).write_bytes(content)
            (self.folder / name).chmod(0o600)
        (self.folder / "config.toml").write_text(
            f'{top}\n[sender]\nfrom = "digest@example.org"\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {self.sink.port}\nca_file = "cert.pem"\nuser = "ana"\npassword_file = "password"\n'
            '[dkim]\nselector = "r2026"\nkey_file = "r.pem"\n'
            f'[[sources]]\nname = "journal"\nkind = "feed"\nurl = "{self.listing.url("/feed")}"\nallow_private = true\n{more}'
        )

    def look(self, zone: Zone, *arguments: str) -> Done:
        """`digest doctor` where the DNS says this."""
        with DnsServer(zone) as server:
            return self.run("doctor", "--resolver", server.address, "--sends-from", HERE, *arguments)


@pytest.fixture
def surgery(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Surgery]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DIGEST_SMTP_PASSWORD", raising=False)
    now = format_datetime(NOON.astimezone(UTC), usegmt=True)
    plays = {"/robots.txt": page(b"", "404 Not Found", date=now), "/feed": page(FEED.encode(), content_type="application/rss+xml")}
    with SmtpSink(tls=certificate(tmp_path, days=3650), password=("ana", "secret")) as sink, HttpFaults(plays) as listing:
        yield Surgery(digest_command(tmp_path, capsys), tmp_path, sink, listing)


FEED = (
    '<rss version="2.0"><channel><title>Journal</title><item><title>On Foxes</title><link>https://journal.example.org/1</link>'
    "<guid>1</guid><description>We study foxes.</description></item></channel></rss>"
)
HEALTHY: Zone = {
    ("example.org", "TXT"): [text("v=spf1 ip4:192.0.2.10 -all")],
    ("_dmarc.example.org", "TXT"): [text("v=DMARC1; p=none; rua=mailto:digest@example.org")],
    ("r2026._domainkey.example.org", "TXT"): [text(record("example.org", "r2026", load(pem_of("r2026"), "")).value)],
    ("10.2.0.192.in-addr.arpa", "PTR"): ["mail.example.org."],
    ("mail.example.org", "A"): [HERE],
}


def with_a_fetch(folder: Path) -> None:
    """A database whose source came in at noon."""
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper(), source="journal"), datetime(2026, 11, 23, 11, tzinfo=UTC))


def test_all_is_well_and_no_mail_is_sent(surgery: Surgery) -> None:
    surgery.write()
    with_a_fetch(surgery.folder)

    done = surgery.look(HEALTHY)

    assert (done.status, surgery.sink.messages) == (0, ())
    lines = [line.split(":")[0] for line in done.out.splitlines() if not line.startswith(" ")]
    assert [line.split()[:2] for line in lines] == [
        ["ok", "configuration"],
        ["ok", "files"],
        ["ok", "database"],
        ["ok", "disk"],
        ["ok", "sources"],
        ["ok", "zones"],
        ["ok", "clock"],
        ["ok", "smtp"],
        ["ok", "certificate"],
        ["ok", "smtp"],
        ["ok", "smtp"],
        ["note", "base_url"],
        ["note", "inbox"],
        ["ok", "spf"],
        ["ok", "dkim"],
        ["ok", "dkim"],
        ["ok", "dmarc"],
        ["ok", "alignment"],
        ["ok", "ptr"],
    ]
    assert "answers, TLSv1.3, the login works" in done.out
    assert done.err.endswith(" in order\n")


def test_what_is_wrong_is_told_with_the_record_to_publish(surgery: Surgery) -> None:
    surgery.write()

    done = surgery.look({})

    assert done.status == 1
    assert "has no SPF record that allows mail from 192.0.2.10" in " ".join(done.out.split())
    assert "Value:  v=spf1 ip4:192.0.2.10 ~all\n" in done.out
    assert "Name:   r2026._domainkey.example.org\n" in done.out
    assert "Value:  v=DMARC1; p=none; rua=mailto:digest@example.org\n" in done.out
    assert done.err.startswith("4 problems, ")


def test_a_server_that_takes_no_letters_of_ours_is_found_out_without_sending_one(surgery: Surgery) -> None:
    refusal = "553 5.7.1 sender address rejected: not owned by user ana"
    with SmtpSink(tls=certificate(surgery.folder, days=3650), password=("ana", "secret"), mail_reply=refusal) as strict:
        replace(surgery, sink=strict).write()
        done = surgery.look(HEALTHY)

    assert (done.status, strict.messages) == (1, ())
    assert f"does not take letters of this sender: {refusal}" in " ".join(done.out.split())
    assert "set [sender] from to the account you log in with" in " ".join(done.out.split())


def test_json_is_one_object_with_the_same_findings(surgery: Surgery) -> None:
    surgery.write(password="wrong")

    done = surgery.look(HEALTHY, "--json")

    assert (done.status, done.json["problems"]) == (1, 1)
    (wrong,) = [found for found in done.json["findings"] if found["verdict"] == "problem"]
    assert list(wrong) == ["check", "subject", "verdict", "sentence", "advice", "publish"]
    assert (wrong["check"], wrong["publish"]) == ("smtp", None)
    assert "535" in wrong["sentence"]
    assert "[smtp] user" in wrong["advice"]


def test_offline_asks_nobody(surgery: Surgery) -> None:
    surgery.write()

    done = surgery.run("doctor", "--offline", "--json")

    assert (done.status, surgery.sink.connections, surgery.listing.asked) == (0, 0, [])
    assert {found["check"] for found in done.json["findings"]} == {"configuration", "files", "database", "sources", "zones", "inbox"}
    assert not (surgery.folder / "digest.db").exists()


def test_a_folder_for_letters_that_cannot_be_written_is_a_problem(surgery: Surgery) -> None:
    surgery.write('[delivery]\ntransport = "folder"\nfolder = "password/letters"\n')

    (found,) = (one for one in surgery.look(HEALTHY, "--json").json["findings"] if one["check"] == "smtp")

    assert (found["verdict"], found["sentence"]) == ("problem", "letters cannot be written there")


def test_a_folder_for_letters_is_on_this_machine_and_so_looked_at_without_the_network(surgery: Surgery) -> None:
    surgery.write('[delivery]\ntransport = "folder"\nfolder = "password/letters"\n')

    done = surgery.run("doctor", "--offline")

    assert done.status == 1
    assert "letters cannot be written there" in done.out


def test_a_folder_in_place_of_the_database_is_to_be_a_file_and_not_to_be_closed(surgery: Surgery) -> None:
    surgery.write()
    (surgery.folder / "digest.db").mkdir()

    done, run = surgery.run("doctor", "--offline"), surgery.run("run")

    assert (done.status, run.status) == (1, 2)
    assert "check that it is a file" in done.out
    assert "check that it is a file in a folder that exists, the disk not read-only" in run.err
    assert "chmod" not in done.out


def test_what_lies_in_a_folder_that_this_user_may_not_look_into_is_no_crash(tmp_path: Path) -> None:
    place = closed(tmp_path) / "digest.db"
    text = f'database = "{place}"\n[sender]\nfrom = "digest@example.org"\n[inbox]\nmaildir = "{tmp_path}"\n'
    read = parse(f'{text}[delivery]\ntransport = "null"\n', tmp_path / "config.toml", {})
    read = replace(read, inbox=replace(read.inbox, maildir=place.parent))

    list(examine(read, Options(offline=True), NOON))  # what this imports nobody may not read
    with nobody():
        found = list(examine(read, Options(offline=True), NOON))

    assert [one.check for one in found if str(place.parent) in one.subject] == ["database", "inbox"]


def test_sources_are_tried_only_where_that_is_asked_for(surgery: Surgery) -> None:
    surgery.write()

    surgery.look(HEALTHY)
    quiet = [asked.target for asked in surgery.listing.asked]
    done = surgery.look(HEALTHY, "--sources", "--json")

    assert quiet == ["/robots.txt"]
    assert [found["sentence"] for found in done.json["findings"] if found["check"] == "sources"] == [
        "was never asked yet; the next `digest run` does",
        "answers, and lists 1 paper",
    ]


def test_a_source_whose_maker_is_not_there_is_named_by_every_command_and_by_doctor(surgery: Surgery) -> None:
    surgery.write('[[sources]]\nname = "lab"\nkind = "no_such_module:make"\n')

    examined, shown = surgery.run("doctor", "--offline", "--json"), surgery.run("status")

    assert examined.status == 1
    assert [found["subject"] for found in examined.json["findings"] if found["verdict"] == "problem"] == ["lab"]
    said = "digest: [[sources]] 'lab': kind: 'no_such_module' cannot be imported: No module named 'no_such_module'"
    assert (shown.status, shown.err.splitlines()[0]) == (2, said)


def test_a_letter_is_looked_at(surgery: Surgery) -> None:
    surgery.write()
    letter = surgery.folder / "letter.eml"
    letter.write_bytes(b"From: digest@example.org\nList-Unsubscribe: <mailto:digest@example.org>\n\nfoxes\n")

    done = surgery.look(HEALTHY, "--letter", str(letter), "--json")

    assert done.status == 1
    assert [found["sentence"] for found in done.json["findings"] if found["check"] == "letter"] == ["nobody signed it"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--sends-from", "mail.example.org"), "--sends-from: 'mail.example.org' is no IP address"),
        (("--letter", "no.eml"), "no.eml cannot be read: no such file or directory"),
        (("--resolver", "localhost"), "'localhost' is no name server's address"),
    ],
)
def test_what_cannot_be_looked_at_is_a_usage_error(surgery: Surgery, arguments: tuple[str, ...], said: str) -> None:
    surgery.write()

    done = surgery.run("doctor", *arguments)

    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_an_older_database_is_neither_changed_nor_taken_for_an_empty_one(surgery: Surgery) -> None:
    surgery.write()
    with_a_fetch(surgery.folder)
    connection = sqlite3.connect(surgery.folder / "digest.db")
    connection.execute("update alembic_version set version_num = '0001'")
    connection.commit()

    done = surgery.run("doctor", "--offline", "--json")
    after = connection.execute("select version_num from alembic_version").fetchone()
    connection.close()

    assert (done.status, after) == (0, ("0001",))
    assert [found["check"] for found in done.json["findings"] if found["check"] in ("database", "sources")] == ["database"]
