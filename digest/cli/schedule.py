"""`digest schedule`: the same run without cron, for a machine that stays up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .frame import clock, dry_run_option, say
from .run import in_other_themes, parts_for, would_run

if TYPE_CHECKING:
    from ..run import Report


@click.command("schedule")
@dry_run_option
@click.pass_context
def schedule(ctx: click.Context, dry_run: bool) -> int:
    """Stay running: fetch every hour, and send every letter at its hour. Ctrl-C or SIGTERM stops it."""
    from ..schedule import serve_forever

    with parts_for(ctx, None, sends=True, dry_run=dry_run) as parts:
        if dry_run:
            return would_run(parts, clock(None), as_json=False)
        running = "running: fetching every hour, sending what is due every minute (Ctrl-C stops)"
        serve_forever(parts, lambda: clock(None), _tell, lambda: say(running))
    say("stopped")
    return 0


def _tell(report: Report) -> None:
    """One line for a tick that did something; silence for one that did not."""
    for line in report.sources:
        say(f"{report.now:%H:%M} {line.name}: {line.state}, {line.new} new")
    done = ", ".join(f"{n} {status}" for status, n in sorted(report.deliveries.items()) if n)
    if report.issues or done:
        say(f"{report.now:%H:%M} {report.issues} issues published; letters: {done or 'none'}")
    for sentence in (*report.notes, *in_other_themes(report)):
        say(f"{report.now:%H:%M} {sentence}")
    for failure in report.failures:
        say(f"{report.now:%H:%M} failed: {failure.subject}: {failure.message}")
