"""The doctor's looks at what is on this machine and at servers: files, database, sources, clock, mail server, inbox, base_url, a letter."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from digest.catalog import SourceState, open_catalog
from digest.config import Smtp, parse
from digest.delivery.dkim import signatures
from digest.delivery.smtp import ServerCheck
from digest.doctor.clock import clock, compared, witness, zone_releases, zones
from digest.doctor.configuration import configuration
from digest.doctor.database import database
from digest.doctor.findings import Finding
from digest.doctor.inbox import mailbox, maildir
from digest.doctor.letter import inspected
from digest.doctor.listings import remembered
from digest.doctor.pages import pages
from digest.doctor.server import judged, limits, rewriting
from digest.model import SourceOptions
from digest.net import Net
from tests.builders import NOON
from tests.command_line import closed, nobody
from tests.dkim_checks import signers
from tests.dovecot import PASSWORD, Dovecot, needs_dovecot
from tests.forge import Forge
from tests.http_faults import HttpFaults, page, turns
from tests.servers import certificate
from tests.web_site import filled, forked

ARXIV = SourceOptions(name="arxiv", kind="arxiv")


def told(findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """Check, verdict and sentence of each."""
    return [(f.check, str(f.verdict), f.sentence) for f in findings]


# --- files and database -----------------------------------------------------------------------------------------------


def test_a_password_is_not_missed_where_letters_leave_without_one(tmp_path: Path) -> None:
    text = '[sender]\nfrom = "digest@example.org"\n[smtp]\nhost = "mail.example.org"\nuser = "ana"\n[delivery]\ntransport = "folder"\n'

    found = configuration(parse(text, tmp_path / "config.toml", {}))

    assert told(found) == [("configuration", "ok", "can be used")]


def test_secrets_that_others_can_read_are_a_problem(tmp_path: Path) -> None:
    key = tmp_path / "password"
    key.write_text("secret")
    key.chmod(0o644)
    text = f'[sender]\nfrom = "digest@example.org"\n[smtp]\nhost = "mail.example.org"\nuser = "ana"\npassword_file = "{key}"\n'

    open_to_all = list(configuration(parse(text, tmp_path / "config.toml", {})))
    key.chmod(0o600)
    closed = list(configuration(parse(text, tmp_path / "config.toml", {})))

    assert told(open_to_all)[1:] == [("files", "problem", "can be read by others on this machine, and holds secrets")]
    assert open_to_all[1].advice == f"chmod 600 {key}"
    assert told(closed)[1:] == [("files", "ok", "1 file that only this user can read")]


@pytest.mark.parametrize("before", ["", "sqlite:///"])
def test_a_database_that_others_can_read_is_a_problem_however_it_is_named(tmp_path: Path, before: str) -> None:
    (tmp_path / "digest.db").touch(0o644)
    text = f'database = "{before}{tmp_path}/digest.db"\n[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n'

    found = list(configuration(parse(text, tmp_path / "config.toml", {})))

    assert found[1].advice == f"chmod 600 {tmp_path}/digest.db"


def test_a_database_of_another_kind_is_left_to_who_looks_at_it(tmp_path: Path) -> None:
    text = 'database = "postgresql://localhost/digest"\n[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n'

    assert told(configuration(parse(text, tmp_path / "config.toml", {}))) == [("configuration", "ok", "can be used")]


def test_a_password_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    text = '[sender]\nfrom = "digest@example.org"\n[smtp]\nhost = "mail.example.org"\nuser = "ana"\n'

    found = list(configuration(parse(text, tmp_path / "config.toml", {})))

    assert told(found)[1:] == [("configuration", "problem", "cannot be used: there is a user but no password")]


def test_a_model_that_is_not_installed_is_a_problem_since_no_run_can_start(tmp_path: Path) -> None:
    text = '[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n[ranking]\nmodel = "minilm"\nmodels = "models"\n'

    found = list(configuration(parse(text, tmp_path / "config.toml", {})))

    assert told(found)[1:] == [("configuration", "problem", f"cannot be used: 'minilm' is not installed in {tmp_path / 'models'}")]
    assert found[1].advice == "digest models install minilm"


def test_a_database_is_looked_at_and_not_made(tmp_path: Path) -> None:
    before = database(str(tmp_path / "digest.db"))
    open_catalog(str(tmp_path / "digest.db")).close()
    after = database(str(tmp_path / "digest.db"))

    assert told(before) == [("database", "note", "is not there yet; the first command that needs it makes it")]
    assert [(f.check, str(f.verdict)) for f in after] == [("database", "ok"), ("disk", "ok")]
    assert after[0].sentence.startswith("opens, is whole and can be written; 0.")
    assert told(database(str(tmp_path / "no" / "digest.db")))[0][1] == "problem"


def test_a_database_that_is_named_as_an_address_is_the_same_file(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path}/digest.db?timeout=5"
    before = database(address)
    open_catalog(address).close()

    assert told(before) == [("database", "note", "is not there yet; the first command that needs it makes it")]
    assert [str(f.verdict) for f in database(address)] == ["ok", "ok"]
    assert told(database("postgresql://localhost/digest")) == [("database", "problem", "'postgresql' is not supported yet")]


def of_version(number: str, folder: Path) -> Path:
    """A database that says it is of that version."""
    path = folder / "digest.db"
    open_catalog(str(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("update alembic_version set version_num = ?", (number,))
    connection.close()
    return path


def test_an_older_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = of_version("0001", tmp_path)

    found = database(str(path))

    assert told(found)[0] == ("database", "note", "is of an older digest (0001); the first command that uses it brings it up to date")
    with sqlite3.connect(path) as connection:
        assert connection.execute("select version_num from alembic_version").fetchone() == ("0001",)
    connection.close()


def test_a_database_of_a_newer_digest_is_not_taken_for_an_older_one(tmp_path: Path) -> None:
    path = of_version("9999", tmp_path)

    assert told(database(str(path)))[0] == ("database", "problem", "is of a newer digest (9999): this one does not open it")


def test_a_damaged_database_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    open_catalog(str(path)).close()
    content = bytearray(path.read_bytes())
    content[8192 : len(content) // 2] = b"\x5a" * (len(content) // 2 - 8192)
    path.write_bytes(content)

    found = database(str(path))

    assert (found[0].check, str(found[0].verdict)) == ("database", "problem")
    assert "restore" in found[0].advice


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table items (name text)")
    connection.close()
    before = path.read_bytes()

    found = database(str(path))

    assert told(found) == [("database", "problem", "this database belongs to another program")]
    assert found[0].subject == str(path)
    assert path.read_bytes() == before


def test_what_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "digest.db").write_text("a letter to a friend, not a database" * 40)

    assert told(database(str(tmp_path / "digest.db"))) == [("database", "problem", "file is not a database")]


# --- sources ----------------------------------------------------------------------------------------------------------


def state(**changes: object) -> SourceState:
    fields: dict[str, object] = {"name": "arxiv", "state": "fresh", "fetched_at": NOON, "new": 12, "message": ""}
    return SourceState(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "verdict", "sentence"),
    [
        (None, "note", "was never asked yet; the next `digest run` does"),
        (state(), "ok", "came in on 2026-11-23 12:00 UTC, with 12 new papers"),
        (state(state="failed", message="answers 503"), "problem", "did not come in at the last run: answers 503"),
        (
            state(fetched_at=NOON - timedelta(days=4)),
            "problem",
            "last answered on 2026-11-19 12:00 UTC, so `digest run` is not run every day",
        ),
    ],
)
def test_the_last_fetch_of_a_source(known: SourceState | None, verdict: str, sentence: str) -> None:
    found = remembered([ARXIV], {"arxiv": known} if known else {}, NOON)

    assert told(found) == [("sources", verdict, sentence)]


def test_no_source_is_a_problem_and_a_paused_one_is_not() -> None:
    assert told(remembered([], {}, NOON))[0][1] == "problem"
    paused = SourceOptions(name="x", kind="arxiv", paused=True)
    assert told(remembered([paused], {}, NOON)) == [("sources", "note", "is paused and not asked")]


def test_a_source_whose_maker_is_not_there_is_a_problem_since_every_other_command_stops_at_it() -> None:
    lab = SourceOptions(name="lab", kind="no_such_module:make")

    assert told(remembered([lab], {"lab": state()}, NOON)) == [
        ("sources", "problem", "cannot be asked: 'no_such_module' cannot be imported: No module named 'no_such_module'")
    ]


# --- clock and zones --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "verdict", "sentence"),
    [
        ({"date": "Mon, 23 Nov 2026 12:00:40 GMT"}, "ok", "agrees with example.org's"),
        ({"date": "Mon, 23 Nov 2026 11:30:00 GMT", "age": "1790"}, "ok", "agrees with example.org's"),
        ({"date": "Mon, 23 Nov 2026 12:05:00 GMT"}, "note", "is 5 minutes behind example.org's"),
        ({"date": "Mon, 23 Nov 2026 11:30:00 GMT", "age": "2100"}, "note", "is 5 minutes behind example.org's"),
        (
            {"date": "Mon, 23 Nov 2026 09:00:00 GMT"},
            "problem",
            "is 3 hours ahead of example.org's, so letters go out at the wrong time and signatures look forged",
        ),
        ({"date": "Mon, 23 Nov 2026 12:00:00 GMT", "age": "9" * 15}, "ok", "agrees with example.org's"),
        ({"date": "Mon, 23 Nov 2026 12:00:00 GMT", "age": "9" * 5000}, "ok", "agrees with example.org's"),
        ({"date": "Fri, 31 Dec 9999 23:59:59 -2300"}, "note", "could not be compared: example.org does not say what time it is"),
        ({"date": "Mon, 01 Jan 99999999999 00:00:00 GMT"}, "note", "could not be compared: example.org does not say what time it is"),
        ({"date": "yesterday"}, "note", "could not be compared: example.org does not say what time it is"),
        ({}, "note", "could not be compared: example.org does not say what time it is"),
    ],
)
def test_the_clock_is_compared_with_an_answers_date(headers: dict[str, str], verdict: str, sentence: str) -> None:
    assert told([compared("example.org", headers, NOON)]) == [("clock", verdict, sentence)]


@pytest.mark.parametrize("date", ["Mon Nov 23 12:00:00 2026", "Mon, 23 Nov 2026 12:00:00 -0000"])
def test_a_date_without_a_zone_is_of_utc_whatever_the_zone_here(date: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = compared("example.org", {"date": date}, NOON)
    time.tzset()

    assert found.verdict == "ok"


def test_the_clock_of_a_source_is_asked_even_where_it_has_nothing_to_say() -> None:
    with HttpFaults({"/robots.txt": page(b"", "404 Not Found", date="Mon, 23 Nov 2026 12:00:00 GMT")}) as server, a_net() as net:
        asked = witness([ARXIV, SourceOptions(name="x", kind="feed", url=server.url("/feed?key=secret"), allow_private=True)][1:])
        found = clock(net, asked, NOON)

    assert asked == (server.url("/robots.txt"), True)
    assert told([found]) == [("clock", "ok", "agrees with 127.0.0.1's")]


def test_without_a_server_among_the_sources_no_clock_is_asked() -> None:
    assert witness([SourceOptions(name="x", kind="lab.papers:make")]) is None
    assert witness([ARXIV]) == ("https://arxiv.org/robots.txt", False)


@pytest.mark.parametrize(
    ("names", "releases", "verdicts"),
    [
        (["Europe/Berlin"], {"this system": "2026a"}, ["ok"]),
        (["Europe/Berlin"], {"this system": "2021e"}, ["note"]),
        (["Europe/Atlantis"], {"this system": "2026a"}, ["problem"]),
        (["Europe/Berlin"], {}, ["note"]),
    ],
)
def test_zone_data_are_there_and_new(names: list[str], releases: dict[str, str], verdicts: list[str]) -> None:
    assert [line[1] for line in told(zones(names, releases, NOON))] == verdicts


def test_this_machine_says_of_when_its_zone_data_are() -> None:
    assert zone_releases()["the package tzdata"][:3] == "202"


# --- the mail server --------------------------------------------------------------------------------------------------


def a_server(**changes: object) -> ServerCheck:
    fields: dict[str, object] = {
        "features": ("SIZE 50000000", "8BITMIME", "AUTH PLAIN"),
        "encryption": "TLSv1.3",
        "logged_in": True,
        "certificate_ends": NOON + timedelta(days=60),
    }
    return ServerCheck(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(("days", "verdict"), [(60, "ok"), (20, "note"), (3, "problem"), (1, "problem")])
def test_a_certificate_that_ends_soon_is_told_in_time(days: int, verdict: str) -> None:
    found = list(judged(a_server(certificate_ends=NOON + timedelta(days=days)), Smtp(host="mail.example.org"), NOON))

    assert told(found)[1][:2] == ("certificate", verdict)
    assert found[1].sentence.startswith(f"its certificate ends in {days} day{'s' * (days > 1)}, on ")


def test_a_login_that_is_offered_and_not_used_is_a_note() -> None:
    found = judged(a_server(logged_in=False), Smtp(host="mail.example.org"), NOON)

    assert [line[1] for line in told(found)] == ["ok", "note", "ok"]


@pytest.mark.parametrize(
    ("features", "verdict"),
    [
        (("SIZE 100000",), "problem"),
        (("SIZE 200000",), "ok"),
        (("SIZE 0",), "ok"),
        (("SIZE",), "ok"),
        (("SIZE " + "9" * 5000,), "ok"),
        ((), "ok"),
    ],
)
def test_a_server_has_to_take_our_largest_letter(features: tuple[str, ...], verdict: str) -> None:
    assert told(limits(a_server(features=features), []))[0][1] == verdict


def test_addresses_outside_ascii_need_a_server_that_knows_them() -> None:
    reader = "jürgen@example.org"

    without = list(limits(a_server(), ["ana@example.org", reader]))
    with_it = list(limits(a_server(features=("SMTPUTF8",)), [reader]))

    assert told(without)[1][:2] == ("smtp", "problem")
    assert reader in without[1].sentence
    assert "ana@" not in without[1].sentence
    assert told(with_it)[1][1] == "ok"


@pytest.mark.parametrize(
    ("host", "user", "said"),
    [
        ("smtp.gmail.com", "ana@gmail.com", "letters say From: digest@example.org, and Gmail puts ana@gmail.com there"),
        ("smtp.gmail.com", "digest@example.org", "Gmail puts the account's own address in its place (a letter's own envelope sender)"),
        ("smtp.sendgrid.net", "apikey", "SendGrid puts an address of its own in its place, and keeps the bounces"),
    ],
)
def test_what_a_provider_rewrites_is_said_and_not_scolded(host: str, user: str, said: str) -> None:
    (found,) = rewriting(Smtp(host=host, user=user), "digest@example.org")

    assert found.verdict == "note"
    assert found.sentence.startswith(said)


def test_a_server_of_ones_own_rewrites_nothing() -> None:
    assert list(rewriting(Smtp(host="mail.example.org", user="digest"), "digest@example.org")) == []


# --- inbox ------------------------------------------------------------------------------------------------------------


def test_a_maildir_is_one_that_has_its_folders(tmp_path: Path) -> None:
    before = maildir(tmp_path)
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "new" / "1").write_text("mail")

    assert told([before]) == [("inbox", "problem", "is no maildir: there is no folder new or cur in it")]
    assert told([maildir(tmp_path)]) == [("inbox", "ok", "can be read, and holds 1 new mail")]


def test_a_maildir_and_a_database_in_a_closed_folder_are_out_of_reach_and_not_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = closed(tmp_path)
    # Asked of the one who started it otherwise, who is root still.
    monkeypatch.setattr(os, "access", partial(os.access, effective_ids=True))

    with nobody():
        found = (*database(str(place / "digest.db")), maildir(place))

    assert [one.sentence for one in found] == ["is not found and cannot be made", "this user may not read it and move its mails"]


@needs_dovecot
def test_a_mailbox_is_opened_as_a_run_opens_it_and_nothing_in_it_is_marked(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with Dovecot(made) as server:
        server.deliver(b"Subject: Dinner?\n\nAt eight?\n")
        found = [
            look(tmp_path, server.port, "starttls", f'imap_ca_file = "{made.cert}"'),
            look(tmp_path, server.tls_port, "tls", f'imap_ca_file = "{made.cert}"'),
            look(tmp_path, server.port, "none", ""),
            look(tmp_path, server.tls_port, "tls", ""),
            look(tmp_path, server.port, "none", "", password="another"),
            look(tmp_path, server.port, "none", 'imap_folder = "Nowhere"'),
        ]

        assert server.flags() == [""]

    assert [str(finding.verdict) for finding in found] == ["ok", "ok", "ok", "problem", "problem", "problem"]
    assert found[0].sentence == "answers, encrypted; the login works, and the folder INBOX can be read"
    assert [finding.sentence.partition(":")[0] for finding in found[3:]] == [
        "the server's certificate is not trusted",
        "the login was refused",
        "the folder cannot be opened",
    ]
    assert "imap_ca_file" in found[3].advice


def look(folder: Path, port: int, security: str, more: str, *, password: str = PASSWORD) -> Finding:
    """What the doctor says of the server on this machine."""
    (folder / "password").write_text(password)
    inbox = f'imap_host = "127.0.0.1"\nimap_port = {port}\nimap_security = "{security}"\nimap_user = "ana"\n{more}'
    text = f'[sender]\nfrom = "digest@example.org"\n[inbox]\nimap_password_file = "{folder}/password"\n{inbox}\n'
    return mailbox(parse(text, folder / "config.toml", {}))


# --- base_url ---------------------------------------------------------------------------------------------------------


def a_net() -> Net:
    return Net(user_agent="digest tests", tries=1, timeout=10)


def looked_at(base_url: str) -> list[Finding]:
    """What is found of an address of this machine, as of one in a network of one's own."""
    with a_net() as net:
        return list(pages(net, base_url, is_internal=True))


def test_our_own_site_is_known_and_nothing_is_changed_by_asking(tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path) as (parts, ana, _, _):
        with forked(forge, tmp_path) as address:
            found = looked_at(address.rstrip("/"))
        assert parts.catalog.subscribers.by_id(ana.id).left_at is None

    assert found[-1].sentence == "answers, for readers and for mail programs that unsubscribe by one click"
    assert [str(f.verdict) for f in found] == ["note", "problem", "ok"]
    assert "is not https" in found[1].sentence


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("404 Not Found", "a reader is answered 404, and not by digest"),
        ("200 OK", "a reader is answered 200, and not by digest"),
        ("401 Unauthorized", "a reader is answered 401, and not by digest"),
        ("502 Bad Gateway", "cannot be reached from here: answers 502 Bad Gateway"),
    ],
)
def test_a_site_that_is_not_ours_is_a_problem(status: str, said: str) -> None:
    plays = {"/u/digest-doctor-asks-with-a-token-that-is-nobodys": page(b"<h1>nginx</h1>", status)}
    with HttpFaults(plays) as server:
        found = looked_at(server.url("").rstrip("/"))

    assert (str(found[-1].verdict), found[-1].sentence) == ("problem", said)
    assert "digest serve" in found[-1].advice


def test_a_proxy_that_takes_no_post_is_found_out() -> None:
    answers = turns(page(b"This link is not one of ours", "404 Not Found"), page(b"no", "403 Forbidden"))
    with HttpFaults({"/u/digest-doctor-asks-with-a-token-that-is-nobodys": answers}) as server:
        # Capitals, as a name may be written with, lead nowhere else.
        found = looked_at(server.url("").rstrip("/").replace("http:", "HTTP:"))

    assert found[-1].sentence == "a mail program that unsubscribes (POST) is answered 403, and not by digest"


def test_a_site_that_leads_elsewhere_says_where() -> None:
    plays = {"/": page(b"hello")}
    with HttpFaults(plays) as other:
        moved = page(b"", "301 Moved", location=other.url("/"))
        with HttpFaults({"/u/digest-doctor-asks-with-a-token-that-is-nobodys": moved}) as server:
            found = looked_at(server.url("").rstrip("/"))

    assert found[-1].sentence == f"leads elsewhere, to {other.url('').rstrip('/')}"


def test_without_an_address_there_is_nothing_to_reach() -> None:
    assert told(looked_at("")) == [("base_url", "note", "is not set: letters have no pages, and unsubscribing is a mail")]


# --- a letter as it arrived -------------------------------------------------------------------------------------------

FIELDS = (
    b"From: Lab digest <digest@example.org>\r\nTo: ana@example.org\r\nSubject: On Foxes\r\n"
    b"List-Unsubscribe: <https://digest.example.org/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)


def letter(signature: str = "", fields: bytes = FIELDS) -> list[tuple[str, str, str]]:
    content = f"{signature}".replace("\n", "\r\n").encode() + fields + b"\r\nfoxes\r\n"
    return told(inspected(content, "digest@example.org", one_click=True))


def test_a_letter_that_we_signed_covers_both_fields() -> None:
    content = signatures(signers(), FIELDS, b"foxes\r\n", datetime(2026, 11, 23, tzinfo=UTC)) + FIELDS + b"\r\nfoxes\r\n"

    assert told(inspected(content, "digest@example.org", one_click=True)) == [
        ("letter", "ok", "it is signed by example.org (r2026), example.org (e2026), which speaks for example.org in From"),
        ("letter", "ok", "the signature covers List-Unsubscribe and List-Unsubscribe-Post"),
    ]


def test_a_relay_that_leaves_a_field_out_is_told_the_whole_list() -> None:
    signature = "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=k1;\n h=From:To:Subject:\n List-Unsubscribe; bh=x; b=y\n"

    found = letter(signature)

    assert found[1] == ("letter", "problem", "no signature covers List-Unsubscribe-Post, so mail programs show no unsubscribe button")


def test_a_signature_of_the_relays_own_domain_is_not_ours() -> None:
    found = letter("DKIM-Signature: v=1; d=relay.example.net; s=k1; h=from:list-unsubscribe:list-unsubscribe-post; b=y\n")

    assert found[0] == (
        "letter",
        "problem",
        "it is signed by relay.example.net (k1), and none of these is example.org, the domain in From",
    )


def test_a_letter_without_a_signature_is_a_problem() -> None:
    assert letter()[0] == ("letter", "problem", "nobody signed it")


def test_what_the_receiver_said_is_repeated_from_the_first_field_alone() -> None:
    results = (
        "Authentication-Results: mx.example.com; dkim=pass header.d=example.org;\n spf=softfail smtp.mailfrom=x; dmarc=pass\n"
        "Authentication-Results: forged.example; dkim=fail\n"
    )

    found = letter(results)

    assert found[1:] == [
        ("letter", "ok", "the receiver says dkim=pass"),
        ("letter", "note", "the receiver says spf=softfail"),
        ("letter", "ok", "the receiver says dmarc=pass"),
    ]


def test_a_letter_with_two_kinds_of_line_ends_ends_its_header_at_the_first_blank_line() -> None:
    content = FIELDS.replace(b"\r\n", b"\n") + b"\nDKIM-Signature: d=example.org; h=From\r\n\r\nfoxes\n"

    assert told(inspected(content, "digest@example.org", one_click=True)) == [("letter", "problem", "nobody signed it")]


def test_a_letter_of_somebody_else_and_one_without_the_fields_are_noted() -> None:
    found = letter("DKIM-Signature: d=example.net; h=from; l=10\n", b"From: bo@example.net\n")

    assert found == [
        ("letter", "note", "says bo@example.net, where our letters say digest@example.org"),
        ("letter", "note", "List-Unsubscribe and List-Unsubscribe-Post are not in it"),
        ("letter", "ok", "it is signed by example.net (), which speaks for example.net in From"),
        ("letter", "note", "a signature covers only the body's beginning, so anybody may add to it"),
    ]


def test_a_letter_can_do_nothing_to_a_terminal() -> None:
    found = letter("DKIM-Signature: d=\x1b[2Jexample.org; s=k; h=from\n")

    assert "\x1b" not in "".join(line[2] for line in found)


def test_arxiv_is_not_late_on_a_sunday_nor_after_a_holiday() -> None:
    source = SourceOptions(name="arxiv", kind="arxiv")
    sunday, thanksgiving = datetime(2026, 11, 22, 20, tzinfo=UTC), datetime(2026, 11, 29, 20, tzinfo=UTC)
    friday, thursday = datetime(2026, 11, 20, 5, 30, tzinfo=UTC), datetime(2026, 11, 26, 5, 30, tzinfo=UTC)

    (weekend,) = remembered((source,), {"arxiv": state(fetched_at=friday)}, sunday)
    (holiday,) = remembered((source,), {"arxiv": state(fetched_at=thursday)}, thanksgiving)
    (late,) = remembered((source,), {"arxiv": state(fetched_at=friday)}, datetime(2026, 11, 25, 20, tzinfo=UTC))

    assert [str(found.verdict) for found in (weekend, holiday, late)] == ["ok", "ok", "problem"]
