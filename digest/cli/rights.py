"""`digest subscribers about`, `move`, `forget` and `suppress`: what a person may ask for, and the list of those who get nothing."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from ..errors import NotFound, UsageError
from .finding import opened
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, say
from .run import parts_for
from .wishes import meant

if TYPE_CHECKING:
    from ..model import Suppression

REMAINS = "yours to delete: what they wrote to you, the mail server's log, what runs printed, backups, and exports"
LINGERS = "somebody else reads the database, so what was erased can still be read in its log (-wal): run this again when that has ended"


@click.command("about", short_help="Everything that is known about ADDRESS.")
@click.argument("address", callback=meant("address"))
@now_option
@json_option
@click.pass_context
def about(ctx: click.Context, address: str, now: datetime | None, as_json: bool) -> int:
    """Everything that is known about ADDRESS, for its owner to read; --json has every row, the table counts them."""
    with opened(ctx, now) as catalog:
        known = catalog.rights.about(address)
    if not any(known.values()):
        raise NotFound(address, "nothing is known about it", hint="`digest subscribers list` names who is known")
    if as_json:
        print_json({"address": address, **known})
        return 0
    print_table(["what", "how many"], [[what.replace("_", " "), _count(rows)] for what, rows in known.items()])
    say(f"next: digest subscribers about {quote(address)} --json > about.json, to hand it over")
    return 0


@click.command("move", short_help="Give all that is ADDRESS's to another address of theirs.")
@click.argument("address", callback=meant("address"))
@click.argument("to", callback=meant("address"))
@now_option
@dry_run_option
@click.pass_context
def move(ctx: click.Context, address: str, to: str, now: datetime | None, dry_run: bool) -> int:
    """Give all that is ADDRESS's to another address of the same person: what they follow, said and saw, and letters that wait.

    Where config.toml names ADDRESS, write the other one there first.
    """
    with opened(ctx, now, dry_run=dry_run) as catalog:
        catalog.rights.move(address, to, dry_run=dry_run)
    say(f"{'would move' if dry_run else 'moved'} {address} to {to}")
    if not dry_run:
        say(f"next: digest subscribers show {quote(to)}")
    return 0


@click.command("forget", short_help="Erase all that is known about ADDRESS.")
@click.argument("address", callback=meant("address"))
@click.option("--yes", is_flag=True, help="Do not ask.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def forget(ctx: click.Context, address: str, yes: bool, now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Erase all that is known about ADDRESS: subscriptions, profile, feedback, libraries, issues, letters, mailed commands.

    One hash stays, on the suppression list, so that no list brings them back. There is no undo.
    """
    from ..run import forget as erase

    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        catalog = parts.catalog
        if catalog.rights.is_configured(address):
            raise UsageError(address, "is from the configuration", hint="take it out of config.toml, then forget it")
        if dry_run:
            return _would_erase(address, catalog.rights.about(address), as_json=as_json)
        if not yes and not sys.stdin.isatty():
            raise refuse(f"this would erase all that is known about {address}", "add --yes")
        if not yes:
            click.confirm(f"Erase all that is known about {address}? There is no undo.", abort=True, err=True)
        done = erase(parts, address, clock(now))
    erased, files = done.erased, {"letters in the folder": done.letters, "mails in the inbox": done.mails}
    if as_json:
        before = _before(erased.before)
        print_json({"address": address, "erased": {**dict(erased.counts), **files}, "suppressed_before": before, "lingers": erased.lingers})
    if erased.lingers:
        say(LINGERS)
    if not erased.is_anything:
        since = f"; the suppression list has its hash since {erased.before.at:%Y-%m-%d} ({erased.before.reason})" if erased.before else ""
        say(f"nothing was known about {address}{since or '; its hash is on the suppression list now'}")
        return 1 if erased.lingers else 0
    say(f"erased of {address}: " + ", ".join(f"{what} ({count:,})" for what, count in (*erased.counts, *files.items()) if count))
    say(f"a hash stays on the suppression list; {REMAINS}")
    return 1 if erased.lingers else 0


def _would_erase(address: str, known: Mapping[str, object], *, as_json: bool) -> int:
    counts = {what: _count(rows) for what, rows in known.items() if rows}
    if as_json:
        print_json({"address": address, "would_erase": counts})
    what = ", ".join(f"{what.replace('_', ' ')} ({count:,})" for what, count in counts.items())
    say(f"would erase: {what}" if what else f"nothing is known about {address}")
    return 0


@click.command("suppress", short_help="Send nothing to ADDRESS from now on, or show that list.")
@click.argument("address", required=False, callback=meant("address"))
@click.option("--lift", is_flag=True, help="Take ADDRESS off the list, since its owner asked for letters again.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def suppress(ctx: click.Context, address: str | None, lift: bool, now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Send nothing to ADDRESS from now on, whatever commands, imports and the configuration say; without ADDRESS, show the list."""
    from ..model import SuppressionReason

    if address is None and lift:
        raise refuse("--lift takes one address off the list", "name it: digest subscribers suppress ana@example.org --lift")
    with opened(ctx, now, dry_run=dry_run) as catalog:
        if address is None:
            return _show(catalog.suppressions.all(), as_json=as_json)
        line = catalog.suppressions.of(address)
        if lift and not (catalog.suppressions.names(address) if dry_run else catalog.suppressions.lift(address)):
            raise NotFound(address, "is not on the suppression list", hint="`digest subscribers suppress` shows it, as hashes")
        if not lift and not dry_run:
            catalog.suppressions.add(address, SuppressionReason.OPERATOR, clock(now), "digest subscribers suppress")
        remains = catalog.suppressions.of(address) is not None
        verb = "show" if catalog.subscribers.find(address) else "add"
    if as_json:
        print_json({"address": address, "suppressed": remains, "suppressed_before": _before(line)})
    if lift:
        again = "" if dry_run else f"; next: digest subscribers {verb} {quote(address)}"
        say(f"{address} {'would be' if dry_run else 'is'} off the suppression list{again}")
    elif line is not None:
        say(f"{address} was on the suppression list already ({line.reason}, {line.at:%Y-%m-%d})")
    else:
        say(f"{address} {'would be' if dry_run else 'is'} on the suppression list: nothing goes there any more")
    return 0


def _before(line: Suppression | None) -> dict[str, str] | None:
    return {"reason": str(line.reason), "at": line.at.isoformat()} if line else None


def _show(lines: tuple[Any, ...], *, as_json: bool) -> int:
    rows = [[one.hash.hex()[:16], str(one.reason), f"{one.at:%Y-%m-%d}", one.origin, one.subscription or "all"] for one in lines]
    if as_json:
        names = ("hash", "reason", "at", "origin", "subscription")
        print_json([dict(zip(names, (one.hash.hex(), *row[1:]), strict=True)) for one, row in zip(lines, rows, strict=True)])
    else:
        print_table(["hash", "why", "since", "from", "subscription"], rows)
    if not lines:
        say("nobody is on it")
    return 0


def _count(rows: object) -> int:
    return len(rows) if isinstance(rows, list) else int(rows is not None)


