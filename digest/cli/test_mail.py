"""`digest test-mail`: whether the configured server takes a letter of ours."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from .descriptions import gets_letters
from .finding import opened
from .frame import clock, dry_run_option, now_option, say, settings
from .trying import of_bounces, send_test_letter, try_server
from .wishes import meant

if TYPE_CHECKING:
    from ..config import Settings


@click.command("test-mail")
@click.option("--to", metavar="ADDRESS", callback=meant("address"), help="Default: the file's first active reader, else its sender.")
@now_option
@dry_run_option
@click.pass_context
def test_mail(ctx: click.Context, to: str | None, now: datetime | None, dry_run: bool) -> int:
    """Send one test letter with the configured server, and say what it answered."""
    read = settings(ctx)
    for warning in read.warnings:
        say(f"warning: {warning}")
    receiver = _receiver(ctx, read, to, now, dry_run=dry_run)
    if dry_run:
        say(f"would send a test letter to {receiver}")
        return 0
    say(try_server(read))
    say(f"test letter to {receiver}: {send_test_letter(read, receiver, clock(now))}")
    if why := of_bounces(read):
        say(why)
    say("next: digest run")
    return 0


def _receiver(ctx: click.Context, read: Settings, named: str | None, now: datetime | None, *, dry_run: bool) -> str:
    """Who gets the test letter. Raises UsageError for somebody to whom nothing may be sent."""
    from ..catalog.health import exists

    if not exists(read.database):  # it may be tried before there is one
        return named or next((s.subscriber.email for s in read.subscribers), read.sender.address)
    with opened(ctx, now, dry_run=dry_run) as catalog:
        theirs = (one for s in read.subscribers for one in catalog.subscribers.find(s.subscriber.email, s.name))
        receiver = named or next((one.subscriber.email for one in theirs if gets_letters(one)), read.sender.address)
        catalog.suppressions.refuse(receiver)
    return receiver
