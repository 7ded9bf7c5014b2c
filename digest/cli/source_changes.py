"""`digest sources list | add | import | remove | pause | resume`: what is asked for papers, beside what the configuration says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from .. import taxonomy
from ..config.subscriptions import KINDS
from ..errors import NotFound
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, rehearsed, say, settings
from .listing import kind_of, look, read_file, shown
from .run import parts_for
from .wishes import meant, value_of

if TYPE_CHECKING:
    from ..catalog import Catalog
    from ..model import SourceOptions


@click.command("list", short_help="Every source, what it asks for, and how it stands.")
@now_option
@json_option
@click.pass_context
def list_sources(ctx: click.Context, now: datetime | None, as_json: bool) -> int:
    """Every source: where it comes from, what it asks for, and how it stands."""
    from ..run import standings

    with parts_for(ctx, now, ranks=False) as parts:
        known = parts.catalog.own_sources.merged(settings(ctx).sources)
        added = parts.catalog.own_sources.added()
        standing = standings(parts, clock(now))
        asked = {source.name: getattr(source, "parts", ()) for source in parts.sources}
    rows = [_as_told(source, source.name in added, asked.get(source.name, ())) for source in known]
    for row in rows:
        mine = [one for one in standing if one.source == row["name"]]
        row["state"] = "paused" if row["paused"] else ", ".join(dict.fromkeys(one.state for one in mine))
    if as_json:
        print_json(rows)
    else:
        columns = ("name", "kind", "asks", "from", "state")
        print_table(columns, [[row[column] for column in columns] for row in rows])
    return 0


@click.command("add", short_help="Ask ADDRESS for papers from now on.")
@click.argument("address", metavar="[ADDRESS]", required=False, callback=meant("web_address"))
@click.option("--name", callback=meant("word"), help="What it is called in reports (default: its host's name, else its kind).")
@click.option("--kind", type=click.Choice(KINDS), help="Default: by host, else feed.")
@click.option(
    "--category",
    "categories",
    metavar="CATEGORY",
    multiple=True,
    callback=meant("text"),
    help="Such as cs.LG or 'cell biology'; repeatable.",
)
@click.option("--allow-private", is_flag=True, help="Allow addresses in private networks.")
@click.option("--untested", is_flag=True, help="Do not ask it first.")
@now_option
@dry_run_option
@click.pass_context
def add(
    ctx: click.Context,
    address: str | None,
    name: str | None,
    kind: str | None,
    categories: tuple[str, ...],
    allow_private: bool,
    untested: bool,
    now: datetime | None,
    dry_run: bool,
) -> int:
    """Ask ADDRESS for papers from now on; it is asked once first, to see that it lists any. It is kept in the database."""
    from ..model import SourceOptions

    is_told = kind is not None
    kind = kind or (kind_of(address) if address else "arxiv" if categories else None)
    if kind is None or (kind == "feed" and not address):
        raise refuse("there is no address to ask", "digest sources add https://journal.example.org/feed.xml")
    if categories and kind in taxonomy.KINDS_WITHOUT_CATEGORIES:
        raise refuse(f"a source of the kind {kind} has no categories to choose from", "leave --category away, or say another --kind")
    options = SourceOptions(
        name=name or _name(address, kind),
        kind=kind,
        categories=tuple(value_of("subject_class", each) for each in categories) if kind == "arxiv" else categories,
        url=address if is_told or not categories else None,
        allow_private=allow_private,
    )
    for doubt in filter(None, (taxonomy.doubt_of(kind, category) for category in options.categories)):
        say(f"warning: {doubt}")
    if not untested and address:
        batch = look(ctx, address, kind, clock(now), allow_private=allow_private)
        say(f"{len(batch.sightings)} papers, {len(batch.dropped)} entries dropped")
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        if options.name in {source.name for source in parts.catalog.own_sources.merged(settings(ctx).sources)}:
            raise refuse(f"there is a source {options.name!r} already", "give this one another name: --name NAME")
        if not dry_run:
            parts.catalog.own_sources.add(options, clock(now))
    say(f"would add {options.name}" if dry_run else f"{options.name} is asked from now on: `digest fetch` asks at once")
    return 0


@click.command("remove", short_help="Forget a source that was added; its papers stay.")
@click.argument("name")
@now_option
@dry_run_option
@click.pass_context
def remove(ctx: click.Context, name: str, now: datetime | None, dry_run: bool) -> int:
    """Forget a source that was added; the papers it listed stay. To remove one that config.toml names, edit that file."""
    from ..catalog import open_catalog

    # Not the parts of a run: these cannot be had where the configuration has a source of that name, too, and this is the way out.
    with rehearsed(settings(ctx), dry_run=dry_run) as read, open_catalog(read.database) as catalog:
        if name not in catalog.own_sources.added():
            _require(catalog, ctx, name)
            to_do = f"take its [[sources]] out of the file, or `digest sources pause {quote(name)}`"
            raise refuse(f"{name} stands in the configuration", to_do)
        if not dry_run:
            catalog.own_sources.remove(name)
    say(f"would remove {name}" if dry_run else f"{name} is no source any more")
    return 0


@click.command("pause", short_help="Do not ask a source until it is resumed.")
@click.argument("name")
@now_option
@dry_run_option
@click.pass_context
def pause(ctx: click.Context, name: str, now: datetime | None, dry_run: bool) -> int:
    """Do not ask a source until it is resumed; what it has listed meanwhile is made up for, where it can be."""
    return _set_pause(ctx, name, now, paused=True, dry_run=dry_run)


@click.command("resume", short_help="Ask a paused source again.")
@click.argument("name")
@now_option
@dry_run_option
@click.pass_context
def resume(ctx: click.Context, name: str, now: datetime | None, dry_run: bool) -> int:
    """Ask a paused source again; one that kept failing is asked at once."""
    return _set_pause(ctx, name, now, paused=False, dry_run=dry_run)


def _set_pause(ctx: click.Context, name: str, now: datetime | None, *, paused: bool, dry_run: bool) -> int:
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        _require(parts.catalog, ctx, name)
        configured = next((source for source in settings(ctx).sources if source.name == name), None)
        if not paused and configured is not None and configured.paused:
            raise refuse(f"{name} is paused in the configuration", "take paused = true out of its [[sources]]")
        if not dry_run:
            parts.catalog.own_sources.pause(name, clock(now), paused=paused)
    done = "is paused" if paused else "is asked again"
    say(f"would: {name} {done}" if dry_run else f"{name} {done}")
    return 0


def _require(catalog: Catalog, ctx: click.Context, name: str) -> None:
    known = [source.name for source in catalog.own_sources.merged(settings(ctx).sources)]
    if name not in known:
        raise NotFound(name, "no such source", hint=f"known: {', '.join(known)}")


def _name(address: str | None, kind: str) -> str:
    """A name for an unnamed source, from its host without the generic parts."""
    from urllib.parse import urlsplit

    if kind != "feed" or not address:
        return kind
    host = (urlsplit(address).hostname or kind).removeprefix("www.").removeprefix("feeds.").removeprefix("rss.")
    return host.partition(".")[0] if "." in host and not host.replace(".", "").isdecimal() else Path(urlsplit(address).path).stem or kind


def _as_told(source: SourceOptions, is_added: bool, parts: tuple[str, ...]) -> dict[str, object]:
    what = ", ".join(part for part in (source.categories or parts) if part)
    return {
        "name": source.name,
        "kind": source.kind,
        "asks": what or (shown(source.url) if source.url else ""),
        "from": "digest sources add" if is_added else "the configuration",
        "paused": source.paused,
    }


@click.command("import", short_help="Add every feed of an OPML file.")
@click.argument("file", type=click.Path(path_type=Path))
@now_option
@dry_run_option
@click.pass_context
def import_sources(ctx: click.Context, file: Path, now: datetime | None, dry_run: bool) -> int:
    """Add every feed of an OPML file, as feed readers export them; those that are asked already are left out."""
    from ..model import SourceOptions
    from ..sources.opml import parse_opml

    listed = parse_opml(read_file(file, "name the OPML file that a feed reader exported"), str(file))
    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        known = parts.catalog.own_sources.merged(settings(ctx).sources)
        names, urls = {source.name for source in known}, {source.url for source in known}
        new: list[SourceOptions] = []
        for feed in listed.feeds:
            if feed.url not in urls:
                name = _free(feed.name or _name(feed.url, "feed"), names)
                names.add(name)
                new.append(SourceOptions(name=name, kind="feed", url=feed.url))
        if not dry_run:
            for options in new:
                parts.catalog.own_sources.add(options, clock(now))
    print_table(["name", "address"], [[options.name, options.url] for options in new])
    for address in listed.unusable:
        say(f"left out, as it is not the address of a public page: {shown(address)!r}")
    if any(address.startswith(("http://", "https://")) for address in listed.unusable):
        say("  → one in your own network: digest sources add ADDRESS --allow-private")
    left = len(listed.feeds) - len(new)
    say(f"{'would add' if dry_run else 'added'} {len(new)} feed{'s' * (len(new) != 1)}" + (f", {left} are asked already" if left else ""))
    return 1 if listed.unusable else 0


def _free(wanted: str, taken: set[str]) -> str:
    """The name, with a number appended if another source has it."""
    return next(name for name in (wanted, *(f"{wanted} {n}" for n in range(2, len(taken) + 3))) if name not in taken)
