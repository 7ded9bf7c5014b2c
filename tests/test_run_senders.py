"""Whole deliveries with a sender of their own for each letter, and what is remembered of a server that does not take them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.config import parse
from digest.delivery.smtp import SmtpTransport
from digest.delivery.verp import Verp, delivery_of
from digest.run import Parts, Report, deliver, letter_of
from digest.tokens import Claim
from digest.wiring import build
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.command_line import digest_command
from tests.run_parts import parts_with, published
from tests.servers import FaultServer, SmtpSink, Talk

READERS = ("ana", "bo", "cy")
BOUNCES = "bounces@example.org"
LATER = NOON + timedelta(days=1)


def plain_only(talk: Talk) -> None:
    talk.obey(lambda talk, line: "553 5.7.1 not your address" if line.startswith("MAIL") and "+" in line else None)


def waiting(catalog: Catalog, server: SmtpSink | FaultServer, verp: Verp = Verp.TRIED) -> Parts:
    """Three letters to be handed over to that server."""
    for name in READERS:
        catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON)
    catalog.papers.record(a_batch(a_paper()), NOON)
    parts = parts_with(catalog, lambda: SmtpTransport(server.host, server.port, "none"))
    parts = replace(parts, sender=replace(parts.sender, bounce_address=BOUNCES, verp=verp, server="Mail.Example.org"))
    published(parts)
    return parts


def handed_over(parts: Parts, now: object = NOON) -> Report:
    report = Report(NOON)
    deliver(parts, report, lambda: now)  # type: ignore[arg-type,return-value]
    return report


def test_each_letter_comes_back_to_an_address_that_says_whose_it_was(catalog: Catalog) -> None:
    with SmtpSink() as sink:
        parts = waiting(catalog, sink)
        report = handed_over(parts)

    claims = {received.to[0]: delivery_of(received.sender, parts.secrets) for received in sink.messages}
    assert claims == {f"{name}@example.org": Claim(n, n) for n, name in enumerate(READERS, 1)}
    assert (report.notes, report.failures) == ([], [])


def test_a_server_that_takes_only_the_plain_sender_gets_every_letter_and_is_told_of_once(catalog: Catalog) -> None:
    with FaultServer(plain_only) as server:
        parts = waiting(catalog, server)
        first = handed_over(parts)
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "On Hounds")), LATER)
        published(parts, LATER)
        second = handed_over(parts, LATER)

        assert [received.sender for received in server.messages] == [BOUNCES] * 6
        assert len([line for line in server.commands if line.startswith("MAIL FROM:<bounces+")]) == 1
    assert (dict(first.deliveries), first.failures, second.failures) == ({"sent": 3}, [], [])
    assert catalog.plain_senders.reply("mail.example.org") == "553 5.7.1 not your address"
    assert first.notes == [
        "Mail.Example.org refused a sender address of the letter's own (553 5.7.1 not your address), and took the plain one: "
        "all letters leave with that from now on (set [smtp] verp to true or false to decide it yourself)"
    ]
    assert second.notes == []


def test_a_server_that_must_take_them_and_does_not_keeps_all_letters_waiting(catalog: Catalog) -> None:
    with FaultServer(plain_only) as server:
        report = handed_over(waiting(catalog, server, Verp.ALWAYS))

        assert server.messages == ()
    assert "the server takes no mail from us now: 553 5.7.1 not your address" in report.failures[0].message
    assert catalog.plain_senders.reply("mail.example.org") is None


def test_what_is_known_of_a_server_stays_as_it_was_first_heard(catalog: Catalog) -> None:
    assert catalog.plain_senders.remember("mail.example.org", "553 no", NOON)
    assert not catalog.plain_senders.remember("MAIL.example.org", "550 never", LATER)
    assert catalog.plain_senders.reply("Mail.example.org") == "553 no"
    assert catalog.plain_senders.reply("other.example.org") is None


def test_off_means_the_bounce_address_else_the_senders(catalog: Catalog) -> None:
    with SmtpSink() as sink:
        parts = waiting(catalog, sink, Verp.OFF)
    (issue, *_) = [catalog.issues.load(1)]
    no_bounces = replace(parts, sender=replace(parts.sender, bounce_address=None))

    assert (letter_of(parts, issue).sender, letter_of(parts, issue).plain_sender) == (BOUNCES, "")
    assert letter_of(no_bounces, issue).sender == "digest@example.org"


@pytest.mark.parametrize(
    ("smtp", "verp"),
    [
        ('host = "mail.example.org"\n', Verp.TRIED),
        ('host = "mail.example.org"\nverp = true\n', Verp.ALWAYS),
        ('host = "mail.example.org"\nverp = false\n', Verp.OFF),
        ('host = "smtp.gmail.com"\n', Verp.OFF),
        ('host = "smtp.gmail.com"\nverp = true\n', Verp.ALWAYS),
    ],
)
def test_the_configuration_decides_for_its_server(tmp_path: Path, smtp: str, verp: Verp) -> None:
    text = f'[sender]\nfrom = "digest@example.org"\n[smtp]\n{smtp}[[sources]]\nkind = "arxiv"\npaused = true\n'

    with build(parse(text, tmp_path / "config.toml", {}), NOON) as parts:
        assert parts.sender.verp is verp
        assert parts.sender.server == smtp.split('"')[1]


def test_the_command_says_that_a_server_takes_only_the_plain_sender(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with FaultServer(plain_only) as server:
        smtp = f'[smtp]\nhost = "{server.host}"\nport = {server.port}\nsecurity = "none"\n'
        sources = '[[sources]]\nkind = "arxiv"\npaused = true\n'
        (tmp_path / "config.toml").write_text(f'[sender]\nfrom = "digest@example.org"\n{smtp}{sources}')
        with build(parse((tmp_path / "config.toml").read_text(), tmp_path / "config.toml", {}), NOON) as parts:
            parts.catalog.subscribers.add(a_subscription(), NOON)
            parts.catalog.papers.record(a_batch(a_paper()), NOON)
            published(parts)
        done = digest_command(tmp_path, capsys)("deliver")

        assert [received.sender for received in server.messages] == ["digest@example.org"]
    assert done.status == 0
    assert "127.0.0.1 refused a sender address of the letter's own (553 5.7.1 not your address), and took the plain one" in done.err
