"""`digest subscribers import` and `export`: people in from a list, and everything back out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from .. import taxonomy
from ..errors import UsageError, cure, why
from ..pipes import at_once
from .ending import end_tidily
from .finding import opened
from .frame import STDOUT, clock, dry_run_option, json_option, now_option, print_json, print_table, say, write_whole, writing

if TYPE_CHECKING:
    from ..catalog import Catalog
    from ..people import Brought, Plan
    from ..people.persons import LeftOut

LISTED = 20
"""Rows that did not come in, shown at a terminal; --json has all of them."""
NAMED = 5
"""Topics that are named of those of which no paper has a word."""


@click.command("import", short_help="Take in the people of a list: CSV, JSON lines, listmonk.")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--map", "maps", metavar="LIST=WHAT", multiple=True, help='What a list becomes: "ML=edition:cs.LG@weekly"; repeatable.')
@click.option("--default", metavar="WHAT", help="What the others get: edition:cs.LG, topic:foxes or category:cs.LG.")
@click.option("--confirmed", is_flag=True, help="Your word that everybody in it agreed, where the file cannot tell.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def import_people(
    ctx: click.Context,
    file: Path,
    maps: tuple[str, ...],
    default: str | None,
    confirmed: bool,
    now: datetime | None,
    as_json: bool,
    dry_run: bool,
) -> int:
    """Take in the people of a list: CSV, JSON lines, listmonk's subscribers from its API or database, or an export of digest.

    People who agreed get their subscription, with when and where they agreed. Those who left, bounced, complained or were blocked go to
    the suppression list and nowhere else. Nobody already known here is changed or brought back; importing a file twice changes nothing.
    """
    from ..people import bring_in
    from ..run.misspelling import unsaid_of

    people, name = ctx.with_resource(people_of(file))
    plan = plan_of(maps, default, confirmed=confirmed, origin=f"import of {name}")
    with opened(ctx, now, dry_run=dry_run) as catalog:
        brought = bring_in(catalog, people, name, plan, clock(now), dry_run=dry_run)
        unsaid = unsaid_of(catalog, sorted(brought.topics), clock(now))
    if as_json:
        print_json(as_dict(brought, name, dry_run=dry_run))
    tell_brought(brought, unsaid, dry_run=dry_run, as_json=as_json)
    if brought.pending and not dry_run:
        say("next: digest subscribers invite, to ask those who are pending, once")
    return 1 if brought.bad else 0


@click.command("export", short_help="Write subscriptions and the suppression list to a file.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", help="JSON lines, or a CSV (default: jsonl).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file, which only you can read (default, and -: stdout).")
@now_option
@click.pass_context
def export(ctx: click.Context, form: str, out: Path | None, now: datetime | None) -> int:
    """Write out everything: subscriptions (removed ones too), profiles, status, consent, and the suppression list as hashes.

    `digest subscribers import` reads it again. In a CSV, cells that a spreadsheet would take for formulas begin with a quote.
    """
    from ..people import as_csv, as_json_lines

    count = 0

    def counted(records: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        nonlocal count
        for record in records:
            count += 1
            yield record

    with opened(ctx, now) as catalog:
        lines = (as_csv if form == "csv" else as_json_lines)(counted(records_of(catalog)))
        if out in (None, STDOUT):
            for line in lines:
                click.echo(line.encode(), nl=False)  # a file, the same as with --out, whatever the terminal has letters for
            return 0
        end_tidily(ctx)
        with writing(out, "name another place with --out"):
            write_whole(out, (line.encode() for line in lines))
    written = "1 record" if count == 1 else f"{count:,} records"
    say(f"{written} written to {out}; it holds addresses, and the key of the suppression list's hashes: keep it to yourself")
    return 0


def records_of(catalog: Catalog) -> Iterator[dict[str, Any]]:
    """Every subscription that ever was, oldest first, then the suppression list."""
    from ..people.records import subscription_record, suppression_record

    links = catalog.intake.links()
    for subscription in catalog.subscribers.each(removed=True):
        yield subscription_record(subscription, links.get(subscription.id, ""))
    for line in catalog.suppressions.all():
        yield suppression_record(line)


@contextmanager
def people_of(file: Path) -> Iterator[tuple[BinaryIO, str]]:
    """A file or stdin, and its name; piped input is copied, since it is read several times. Raises UsageError."""
    with ExitStack() as stack:
        try:
            if file == STDOUT:
                name, given = "stdin", sys.stdin.buffer
            else:
                name, given = file.name, stack.enter_context(open(file, "rb", opener=at_once))
                if file.is_char_device() and given.seekable():  # such as /dev/zero, which never ends; a terminal does
                    raise UsageError(str(file), "is not a file", hint="name a file, or - for stdin")
            if file == STDOUT or not given.seekable():
                copy = stack.enter_context(TemporaryFile())
                copyfileobj(given, copy)
                copy.seek(0)
                given = copy
        except OSError as error:
            raise UsageError(str(file), f"cannot be read: {why(error)}", hint=cure(error) or "name a file, or - for stdin") from error
        yield given, name


def plan_of(maps: Sequence[str], default: str | None, *, confirmed: bool, origin: str) -> Plan:
    """The plan that the options describe. Raises UsageError, also if a list is mapped twice."""
    from ..config import local_zone
    from ..people import Plan, parse_map, parse_target

    lists = [parse_map(text) for text in maps]
    if twice := next((name for name, _ in lists if [other for other, _ in lists].count(name) > 1), None):
        raise UsageError(repr(twice), "is mapped twice", hint="give --map once for each list")
    target = parse_target(default) if default else None
    named = [each.text for each in (target, *dict(lists).values()) if each is not None and each.kind in ("edition", "category")]
    for doubt in taxonomy.doubts(dict.fromkeys(named)):
        say(f"warning: {doubt}")
    return Plan(lists=dict(lists), default=target, zone=local_zone(), confirmed=confirmed, origin=origin)


def as_dict(brought: Brought, name: str, *, dry_run: bool) -> dict[str, object]:
    """The result of an import, for scripts."""
    return {
        "file": name,
        "format": str(brought.kind),
        "entries": brought.entries,
        "added": brought.added,
        "pending": brought.pending,
        "kept": brought.kept,
        "suppressed": dict(sorted(brought.suppressed.items())),
        "refused": _listed(brought.refused),
        "left_out": _listed(brought.left_out),
        "bad": _listed(brought.bad),
        "notes": brought.notes,
        "dry_run": dry_run,
    }


def tell_brought(brought: Brought, unsaid: Sequence[str], *, dry_run: bool, as_json: bool) -> None:
    """Print the result of an import, and list what was not imported, and topics of which no recent paper has a word (`unsaid`)."""
    for note in brought.notes:
        say(note)
    if not as_json:
        rows = [(one.place, one.what, one.reason) for one in (*brought.bad, *brought.refused, *brought.left_out)]
        print_table(["where", "who", "why not"], rows[:LISTED])
        if len(rows) > LISTED:
            say(f"and {len(rows) - LISTED} more that did not come in; --json lists all")
    suppressed = ", ".join(f"{count} {reason}" for reason, count in sorted(brought.suppressed.items())) or "none"
    verb = "would be " if dry_run else ""
    out = len(brought.refused) + len(brought.left_out)
    say(
        f"{_several(brought.entries, 'record')}: {_several(brought.added, 'subscription')} {verb}added, {brought.pending} {verb}added as "
        f"pending, {brought.kept} there already, {out} left out, {len(brought.bad)} bad; {verb}put on the suppression list: {suppressed}"
    )
    if unsaid:
        told = ", ".join(map(repr, unsaid[:NAMED])) + (f" and {len(unsaid) - NAMED:,} more" if len(unsaid) > NAMED else "")
        say(f"no recent paper has a word of these topics: {told}; topics are written as papers do, most often in English")


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _listed(rows: Sequence[LeftOut]) -> list[dict[str, str]]:
    return [{"where": one.place, "who": one.what, "why": one.reason} for one in rows]
