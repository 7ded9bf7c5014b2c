"""`digest schedule`: the same run without cron, for a machine that stays up."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from .frame import clock, dry_run_option, now_option, say
from .run import in_failures, in_other_themes, parts_for, would_run

if TYPE_CHECKING:
    from ..run import Report


@click.command("schedule")
@now_option
@dry_run_option
@click.pass_context
def schedule(ctx: click.Context, now: datetime | None, dry_run: bool) -> int:
    """Stay running: fetch every hour, and send every letter at its hour. Ctrl-C or SIGTERM stops it.

    SIGHUP makes it read the configuration again. Two of them, or a cron run beside one, do no harm: one works, the other waits.
    With --now its clock starts there and goes on.
    """
    from ..schedule import serve_forever

    if dry_run:
        with parts_for(ctx, now, sends=True, dry_run=True) as parts:
            return would_run(parts, clock(now), as_json=False)
    running = "running: fetching every hour, sending what is due every minute (Ctrl-C stops, SIGHUP reads the configuration again)"
    ticking = _ticking(now)

    def tell_at(sentence: str) -> None:
        say(f"{ticking():%H:%M} {sentence}")

    has_ended = serve_forever(lambda: parts_for(ctx, ticking(), sends=True), ticking, tell, lambda: say(running), tell_at)
    if not has_ended:
        say("stopped in the middle of something: what was not stored is done again at the next start")
        sys.stderr.flush()
        os._exit(0)  # the work in hand waits for somebody else's answer, and would keep the process alive
    say("stopped")
    return 0


def _ticking(now: datetime | None) -> Callable[[], datetime]:
    """The clock, or one that starts at the given moment and runs on."""
    if now is None:
        return lambda: clock(None)
    began = time.monotonic()
    return lambda: now + timedelta(seconds=time.monotonic() - began)


def tell(report: Report) -> None:
    """Print one line for a tick that did something, nothing otherwise."""
    for line in report.sources:
        say(f"{report.now:%H:%M} {line.name}: {line.state}, {line.new} new")
    done = ", ".join(f"{n} {status}" for status, n in sorted(report.deliveries.items()) if n)
    if report.issues or done:
        published = "1 issue" if report.issues == 1 else f"{report.issues} issues"
        say(f"{report.now:%H:%M} {published} published; letters: {done or 'none'}")
    for sentence in (*report.notes, *in_other_themes(report)):
        say(f"{report.now:%H:%M} {sentence}")
    for sentence in in_failures(report):
        say(f"{report.now:%H:%M} {sentence}")
