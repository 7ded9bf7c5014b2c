"""`digest subscribers import-library` and `libraries`: readers' own libraries, imported once or followed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from ..errors import NotFound, UsageError
from .finding import all_of, opened, preview_of, subscription_option, with_a_profile
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, say
from .numbers import Whole
from .run import parts_for, tell_failures
from .wishes import meant

if TYPE_CHECKING:
    from ..catalog import Library, Recorded, Wanted
    from ..model import Changes, Dropped, Reference, Subscription

LISTED = 20
"""Entries that could not be used, shown at a terminal; --json has all of them."""


@click.command("import-library", short_help="Take the papers of a library as liked: BibTeX, Zotero …")
@click.argument("address")
@click.argument("source", required=False, metavar="[FILE|URL]")
@click.option("--zotero", metavar="LIBRARY", help="A Zotero library: user:123456, group:99, or a collection of it: user:123456/Thesis.")
@click.option("--key-file", metavar="FILE", help="A file with the Zotero key as its only line.")
@click.option("--follow", is_flag=True, help="Ask it for changes at every run; what leaves it leaves the profile.")
@click.option("--save-to", metavar="COLLECTION", help="With --zotero: where papers they save are written; '' for no collection.")
@click.option("--collection", "collections", metavar="NAME", multiple=True, help="Only the entries in it; repeatable.")
@click.option("--since", metavar="DATE", help="Only entries that came into the library on that day or later.")
@click.option("--until", metavar="DATE", help="Only entries that came on that day or earlier.")
@click.option("--interest", metavar="NAME", default="", callback=meant("text"), help="The interest they belong to (default: grouped).")
@click.option("--offline", is_flag=True, help="Ask nobody about entries without an abstract now; the next run does.")
@subscription_option
@now_option
@json_option
@dry_run_option
@click.pass_context
def import_library(
    ctx: click.Context, /, address: str, subscription: str | None, now: datetime | None, as_json: bool, dry_run: bool, **options: Any
) -> int:
    """Take the papers ADDRESS has in a library as liked: BibTeX, RIS, CSL-JSON, Zotero, or a list of arXiv ids, DOIs and addresses.

    What is in the library is never recommended. Importing it again changes nothing; broken entries are listed, the others are imported.
    """
    from ..run import Report, asked, look_up, look_up_works

    report = Report(clock(now))
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        reader = with_a_profile(parts.catalog, address, subscription)
        named = replace(_library(reader.id, options), interest=_interest(reader, options["interest"]))
        wanted = _with_what_was_said(named, parts.catalog.libraries.of([reader.id]), _interests(reader))
        if wanted.save_to is not None and not wanted.key_file:
            raise refuse("papers cannot be written to Zotero without a key", "add --key-file FILE")
        if wanted.save_to is not None and (options["save_to"] is not None or options["key_file"]):
            parts.library(wanted, report.now).check_saving(wanted.save_to)  # else it would be told when something is first saved
        # Asked for all of it, so that an import says what is there, and not only what changed.
        changes = asked(parts, replace(wanted, cursor=""), report.now)
        if not wanted.followed:
            _check_for_entries(wanted, changes)
            changes = replace(changes, whole=False)
        if dry_run:
            return _would(changes, as_json)
        kept = parts.catalog.libraries.keep(wanted)
        done = parts.catalog.libraries.record(kept.id, changes, report.now)
        if not options["offline"]:
            look_up(parts, parts.catalog.libraries.unread([reader.id], report.now), report)
            look_up_works(parts, [reader.id], report)
        # Known now, where somebody was asked.
        unknown = [one for one in done.unknown if not parts.catalog.papers.find(one.ids)]
        preview = preview_of(parts.catalog, reader)
    dropped = (*changes.dropped, *(_unknown(one, offline=options["offline"]) for one in unknown))
    return max(_show(kept, dropped, done, preview, as_json=as_json), tell_failures(report))


@click.command("libraries")
@click.argument("address")
@click.option("--forget", type=Whole(1), metavar="NUMBER", help="Forget one: its papers leave the profile.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def libraries(ctx: click.Context, address: str, forget: int | None, now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """The libraries of ADDRESS: imported once, or followed."""
    from ..library.opening import shown_address

    with opened(ctx, now, dry_run=dry_run) as catalog:
        readers = {s.id: s for s in all_of(catalog, address, None)}
        found = catalog.libraries.of(readers)
        if forget is not None:
            chosen = next((one for one in found if one.id == forget), None)
            if chosen is None:
                raise NotFound(str(forget), "no such library", hint=f"`digest subscribers libraries {quote(address)}` numbers them")
            if not dry_run:
                catalog.libraries.drop(chosen.id)
            say(f"{'would forget' if dry_run else 'forgot'} {shown_address(chosen.address)} and its {chosen.entries} entries")
            found = (chosen,)
    if as_json:
        print_json([_as_json(one, readers[one.subscription].name) for one in found])
    elif forget is None:
        who = {one.id: readers[one.subscription].name for one in found}
        rows = [[one.id, shown_address(one.address), one.entries, one.interest, _asked(one), who[one.id]] for one in found]
        print_table(["number", "library", "entries", "interest", "", "subscription"], rows)
    if not found:
        say(f"none yet; next: digest subscribers import-library {quote(address)} refs.bib")
    return 0


def _library(subscription: int, options: dict[str, Any]) -> Library:
    """The library that the options describe. Raises UsageError."""
    from ..catalog import Library
    from ..config.machine import user_path
    from ..library.opening import ZOTERO
    from ..library.zotero import parse_address

    source, zotero = options["source"], options["zotero"]
    if (source is None) == (zotero is None):
        raise refuse("which library?", "name a file, an address or --zotero user:123456")
    if zotero is None and (options["key_file"] or options["save_to"] is not None):
        raise refuse("--key-file and --save-to belong to a Zotero library", "name it: --zotero user:123456")
    if zotero is not None and options["collections"]:
        raise refuse("a Zotero collection is part of its library's name", f"write --zotero '{zotero}/{options['collections'][0]}'")
    if zotero is not None:
        source = f"{ZOTERO}{parse_address(zotero)}"
    elif "://" not in source:
        source = str(user_path(source).absolute())
    return Library(
        subscription=subscription,
        address=source,
        key_file=str(user_path(options["key_file"]).absolute()) if options["key_file"] else "",
        save_to=options["save_to"],
        wanted=_wanted(options),
        followed=options["follow"],
    )


def _with_what_was_said(library: Library, known: Iterable[Library], interests: Collection[str]) -> Library:
    """The library with what was said of it before and is not said otherwise now; of the interests only these are still there."""
    from ..catalog import Wanted

    before = next((one for one in known if one.address == library.address), None)
    if before is None:
        return library
    return replace(
        library,
        interest=library.interest or (before.interest if before.interest in interests else ""),
        key_file=library.key_file or before.key_file,
        save_to=before.save_to if library.save_to is None else library.save_to,
        wanted=before.wanted if library.wanted == Wanted() else library.wanted,
        followed=library.followed or before.followed,
    )


def _wanted(options: dict[str, Any]) -> Wanted:
    from ..catalog import Wanted

    since, until = _day("--since", options["since"]), _day("--until", options["until"])
    if since and until and since > until:
        raise refuse(f"--since {since} is after --until {until}", "give the earlier day to --since")
    return Wanted(collections=options["collections"], since=since, until=until)


def _day(option: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise refuse(f"{option} {text!r} is not a date", "write it as 2026-01-31") from error


def _check_for_entries(library: Library, changes: Changes) -> None:
    """Raises NotFound where nothing was chosen of a library that is imported once, and nothing dropped that would tell why."""
    from ..library.opening import shown_address

    if changes.references or changes.dropped:
        return
    if library.wanted.since or library.wanted.until:
        why, hint = "no entry came into it within these days", "give other days with --since and --until"
    else:
        why, hint = "no entries of papers are in it", "add --follow to take in what is added later"
    raise NotFound(shown_address(library.address), why, hint=hint)


def _interests(reader: Subscription) -> tuple[str, ...]:
    return tuple(interest.name for interest in reader.profile.interests) if reader.profile is not None else ()


def _interest(reader: Subscription, name: str) -> str:
    """The interest with that name, in its own spelling; "" for none. Raises UsageError if there is none with that name."""
    found = next((each for each in _interests(reader) if each.casefold() == name.casefold()), None)
    if name and found is None:
        hint = f"make it first: digest subscribers interests {quote(reader.subscriber.email)} {quote(name)} --topic '…'"
        raise UsageError(reader.subscriber.email, f"no interest {name!r}", hint=hint)
    return found or ""


def _would(changes: Changes, as_json: bool) -> int:
    if as_json:
        print_json({"would_import": len(changes.references), "dropped": [_dropped(one) for one in changes.dropped]})
    else:
        rows = [[r.entry, r.title, ", ".join(r.ids)] for r in changes.references[:LISTED]]
        print_table(["entry", "title", "known as"], rows)
        _list_dropped(changes.dropped)
    say(f"would take in {len(changes.references)} entries, and leave {len(changes.dropped)} out")
    return 1 if changes.dropped else 0


def _unknown(one: Reference, *, offline: bool) -> Dropped:
    from ..model import Dropped

    later = "leave --offline away to have it looked up" if offline else "it counts once one does"
    return Dropped(one.entry, f"no source knows {', '.join(one.ids)} yet, and the entry has no title: {later}")


def _show(library: Library, dropped: tuple[Dropped, ...], done: Recorded, preview: str, *, as_json: bool) -> int:
    from ..library.opening import shown_address
    from ..run import in_words

    if as_json:
        counts = {"added": done.added, "kept": done.kept, "changed": done.changed, "removed": done.removed}
        print_json({"library": shown_address(library.address), **counts, "dropped": [_dropped(one) for one in dropped]})
    else:
        _list_dropped(dropped)
    say(f"{shown_address(library.address)}: {in_words(done)}{f'; {len(dropped)} not usable' if dropped else ''}")
    say(f"next: {preview}" + ("" if library.followed else "; add --follow to the import to have every run look for changes"))
    return 1 if dropped else 0


def _list_dropped(dropped: tuple[Dropped, ...]) -> None:
    print_table(["entry", "why it is not used"], [[one.entry, one.reason] for one in dropped[:LISTED]])
    if len(dropped) > LISTED:
        say(f"and {len(dropped) - LISTED} more: --json lists all")


def _asked(library: Library) -> str:
    when = f"{library.checked_at:%a %d %b %H:%M} UTC" if library.checked_at else "never"
    saves = "" if library.save_to is None else f"; saved papers go into {library.save_to or 'it'}"
    if library.message:
        return f"not reached {when}: {library.message}{saves}"
    return f"{'followed, asked' if library.followed else 'imported'} {when}{saves}"


def _as_json(library: Library, subscription: str) -> dict[str, object]:
    from ..library.opening import shown_address

    return {
        "id": library.id,
        "library": shown_address(library.address),
        "subscription": subscription,
        "interest": library.interest,
        "entries": library.entries,
        "followed": library.followed,
        "save_to": library.save_to,
        "checked_at": library.checked_at.isoformat() if library.checked_at else None,
        "message": library.message,
    }


def _dropped(one: Dropped) -> dict[str, str]:
    return {"entry": one.entry, "reason": one.reason}
