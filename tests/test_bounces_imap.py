"""A letter that came back, in somebody's own mailbox on a real IMAP server: found among private mail, which stays as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from digest.catalog import Catalog, open_catalog
from digest.delivery.verp import own_sender
from digest.model import DeliveryStatus

from .bounce_mails import a_complaint, a_report
from .builders import NOON, a_batch, a_paper
from .command_line import NOWHERE, SENDER, Run, digest_command
from .dovecot import PASSWORD, USER, Dovecot, needs_dovecot

pytestmark = needs_dovecot
PRIVATE = b"Subject: Dinner?\nFrom: bo@example.org\n\nTell me more.\n"
FRIENDS = a_report(recipient="friend@example.net")


@pytest.fixture
def server() -> Iterator[Dovecot]:
    with Dovecot() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, server: Dovecot) -> Path:
    """Where a configuration reads that mailbox."""
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    inbox = f'[inbox]\nimap_host = "127.0.0.1"\nimap_port = {server.port}\nimap_security = "none"\nimap_user = "{USER}"\n'
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE + inbox + 'imap_password_file = "password"\n')
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`digest …` after Ana got a letter."""
    monkeypatch.setenv("TZ", "UTC")
    call = digest_command(folder, capsys)
    call("subscribers", "add", "ana@example.org", "--topic", "foxes", "--at", "07:00")
    with catalog_in(folder) as catalog:
        catalog.papers.record(a_batch(a_paper()), NOON)
    call("run")
    return call


def catalog_in(folder: Path) -> Catalog:
    return open_catalog(str(folder / "digest.db"))


def sender_of_the_letter(folder: Path) -> str:
    with catalog_in(folder) as catalog:
        return own_sender("digest@example.org", 1, 1, catalog.secrets()[0])


def letters(folder: Path) -> dict[DeliveryStatus, int]:
    with catalog_in(folder) as catalog:
        return {status: count for status, count in catalog.outbox.counts().items() if count}


def test_a_run_counts_our_letter_and_leaves_the_rest_unread(run: Run, folder: Path, server: Dovecot) -> None:
    server.deliver(PRIVATE, a_report(to=sender_of_the_letter(folder)), FRIENDS, PRIVATE)

    done = run("run")

    assert letters(folder) == {DeliveryStatus.BOUNCED: 1}
    assert server.flags() == ["", "S", "", ""]
    assert "letters that came back, and complaints: 1" in done.err
    assert "carried out what readers mailed" not in done.err


def test_the_verb_tells_ours_from_somebody_elses(run: Run, folder: Path, server: Dovecot) -> None:
    server.deliver(PRIVATE, a_report(to=sender_of_the_letter(folder)), FRIENDS)

    done = run("bounces", "--json")

    assert [line.partition('"attributed_by": ')[2].partition("}")[0] for line in done.out.splitlines()] == ['"verp"', "null"]
    assert server.flags() == ["", "S", ""]


def test_a_dry_run_marks_nothing(run: Run, folder: Path, server: Dovecot) -> None:
    server.deliver(a_report(to=sender_of_the_letter(folder)))

    run("bounces", "--dry-run")

    assert server.flags() == [""]
    assert letters(folder) == {DeliveryStatus.SENT: 1}


def test_a_complaint_in_the_mailbox_stops_at_once(run: Run, folder: Path, server: Dovecot) -> None:
    server.deliver(PRIVATE, a_complaint(f"Return-Path: <{sender_of_the_letter(folder)}>\nSubject: papers\n"))

    run("run")

    assert "complained" in run("subscribers", "list").out


def test_a_huge_report_is_fetched_only_in_part(run: Run, folder: Path, server: Dovecot) -> None:
    server.deliver(a_report(to=sender_of_the_letter(folder)) + b"x" * 5_000_000)

    run("run")

    assert letters(folder) == {DeliveryStatus.BOUNCED: 1}
