"""`digest subscribers invite`: people are asked once, by one letter, and get nothing more without their yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from .frame import clock, dry_run_option, json_option, now_option, print_json, refuse, say
from .people import LISTED, as_dict, people_of, plan_of, tell_brought
from .run import parts_for
from .wishes import meant

if TYPE_CHECKING:
    from ..model import Allowance
    from ..people import Brought, Plan
    from ..run import Parts
    from ..run.mailing.inviting import Invited


@click.command("invite", short_help="Ask the people of a list, or those who are pending, whether they want letters.")
@click.argument("file", required=False, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--edition", metavar="NAME", help="What they are asked about: trending, or a category.")
@click.option("--topic", metavar="TEXT", callback=meant("text"), help="Or a topic (default: what the file says, or what they choose).")
@click.option("--map", "maps", metavar="LIST=WHAT", multiple=True, help='What a list becomes: "ML weekly=edition:cs.LG@weekly".')
@now_option
@json_option
@dry_run_option
@click.pass_context
def invite(
    ctx: click.Context,
    file: Path | None,
    edition: str | None,
    topic: str | None,
    maps: tuple[str, ...],
    now: datetime | None,
    as_json: bool,
    dry_run: bool,
) -> int:
    """Ask the people of a list (CSV, JSON lines, or one address a line) by one letter whether they want letters.

    Without FILE it asks those who are pending here and were not asked yet, about what they came in for.
    The letter has a link to say yes and, with a `base_url`, one to their preferences. People who do not answer get nothing more,
    however often this is run. People on the suppression list, or who get letters already, are not asked.
    """
    from ..run import invite as ask
    from ..run.misspelling import unsaid_of

    if edition and topic:
        raise refuse("an edition and a topic are two subscriptions", "name one of them")
    if file is None and (edition or topic or maps):
        raise refuse("which people?", "name a file, or leave the options away: who is pending is asked about what they came in for")
    people, name = ctx.with_resource(people_of(file)) if file else (None, "")
    plan = plan_of(maps, f"edition:{edition}" if edition else f"topic:{topic}" if topic else None, confirmed=False, origin=f"list {name}")
    with parts_for(ctx, now, sends=True, ranks=False, dry_run=dry_run) as parts:
        brought = _brought(parts, people, name, plan, clock(now), dry_run=dry_run) if people else None
        unsaid = unsaid_of(parts.catalog, sorted(brought.topics), clock(now)) if brought else ()
        waiting = parts.catalog.invitations.open(brought.addresses if brought else None)
        allowance = _allowance(parts, clock(now))
        if dry_run:
            return _told_beforehand(brought, name, unsaid, [one.subscriber.email for one in waiting], allowance, as_json=as_json)
        done = ask(parts, waiting[: allowance.letters], lambda: clock(now))
    if as_json:
        failures = [{"subject": f.subject, "message": f.message, "hint": f.hint} for f in done.failures]
        print_json({**_came(brought, name, dry_run=False), "invited": done.sent, "unknown": done.unknown, "failures": failures})
    if brought:
        tell_brought(brought, unsaid, dry_run=False, as_json=as_json)
    _tell(done, "" if allowance.letters is None else allowance.why, max(0, len(waiting) - (allowance.letters or 0)))
    return 1 if done.failures or (brought and brought.bad) else 0


def _brought(parts: Parts, people: BinaryIO, name: str, plan: Plan, now: datetime, *, dry_run: bool) -> Brought:
    """The people of a file, taken in as pending."""
    from ..people import bring_in
    from ..people.mapping import Target

    # Who is to choose for themselves needs the page of preferences.
    plan = replace(plan, asks=True, default=plan.default or (Target(kind="open", text="") if parts.base_url else None))
    return bring_in(parts.catalog, people, name, plan, now, dry_run=dry_run)


def _came(brought: Brought | None, name: str, *, dry_run: bool) -> dict[str, object]:
    return as_dict(brought, name, dry_run=dry_run) if brought else {"dry_run": dry_run}


def _tell(done: Invited, why: str, later: int) -> None:
    for failure in done.failures[:LISTED]:
        say(f"failed: {failure.subject}: {failure.message}")
        if failure.hint:
            say(f"  → {failure.hint}")
    if not (done.sent or done.unknown or done.failures or later):
        say("nobody was invited: nobody is pending who was not asked before, and nobody is asked twice")
        return
    say(f"{done.sent} invited; nobody is asked twice" + (f"; of {done.unknown} the server's answer was lost" if done.unknown else ""))
    if why and later:
        say(f"{later} wait for another day: {why}; next: the same command then")


def _told_beforehand(
    brought: Brought | None, name: str, unsaid: Sequence[str], waiting: Sequence[str], allowance: Allowance, *, as_json: bool
) -> int:
    """Say what an invitation would do: `waiting` are those who are here and were not asked yet."""
    asked = {address.casefold() for address in (*waiting, *(brought.new if brought else ()))}
    if as_json:
        print_json({**_came(brought, name, dry_run=True), "would_invite": len(asked)})
    if brought:
        tell_brought(brought, unsaid, dry_run=True, as_json=as_json)
    say(f"{len(asked)} would be asked; nothing was sent")
    if allowance.letters is not None and len(asked) > allowance.letters:
        say(f"{len(asked) - allowance.letters} of them would wait for another day: {allowance.why}")
    return 1 if brought and brought.bad else 0


def _allowance(parts: Parts, now: datetime) -> Allowance:
    """How many the server takes an invitation for now: what letters took of its limit is gone, and a new sender's ramp holds here, too."""
    from ..model import Allowance

    return Allowance() if parts.quota is None else parts.catalog.quota_outbox(parts.quota).allowed(now)
