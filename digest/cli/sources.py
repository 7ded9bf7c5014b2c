"""`digest sources try`: what a listing holds, before it is made a source and after; the group that the other verbs of sources belong to."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ..config.subscriptions import KINDS
from .answers import toml_text
from .frame import authors_of, clock, json_option, now_option, print_json, print_table, say, settings, settings_if_any
from .listing import ask, kind_of, look, shown
from .run import parts_for
from .source_changes import add, import_sources, list_sources, pause, remove, resume

if TYPE_CHECKING:
    from ..model import Batch, Sighting, SourceOptions


@click.group("sources")
def sources() -> None:
    """Where papers come from."""


for _command in (list_sources, add, import_sources, remove, pause, resume):
    sources.add_command(_command)


@sources.command("try", short_help="The papers an address, a file or a source lists.")
@click.argument("what", metavar="URL_FILE_OR_NAME")
@click.option("--kind", type=click.Choice(KINDS), help="Default: by host, else feed.")
@click.option("--allow-private", is_flag=True, help="Allow addresses in private networks.")
@now_option
@json_option
@click.pass_context
def try_source(ctx: click.Context, what: str, kind: str | None, allow_private: bool, now: datetime | None, as_json: bool) -> int:
    """The papers an address, a file or a source lists, and which entries are not papers. Stores nothing.

    Only the name of a source needs a configuration.
    """
    from ..errors import DigestError

    known = None if "://" in what or os.path.isfile(what) else _known(ctx, what)
    kind = kind or (known.kind if known else kind_of(what))
    try:
        batch = ask(ctx, known, clock(now)) if known else look(ctx, what, kind, clock(now), allow_private=allow_private)
    except DigestError as error:
        if not as_json:
            raise
        print_json({"error": {"kind": error.kind, "message": str(error), "hint": error.hint}})
        return 1
    if as_json:
        print_json(as_told(what, kind, batch))
    else:
        _print(batch)
        if batch.sightings and known is None:
            _say_how_to_follow(what, kind, allow_private=allow_private)
    for failure in batch.failures:
        say(f"warning: {failure.subject}: {failure.message}" + (f" → {failure.hint}" if failure.hint else ""))
    return 1 if batch.failures else 0


def as_told(what: str, kind: str, batch: Batch) -> dict[str, object]:
    """The JSON that scripts rely on (`sources try --json`)."""
    return {
        "source": shown(what),
        "kind": kind,
        "format": batch.format,
        "unchanged": batch.unchanged,
        "entries": len(batch.sightings) + len(batch.dropped),
        "papers": [_as_paper(sighting) for sighting in batch.sightings],
        "dropped": [{"entry": dropped.entry, "reason": dropped.reason} for dropped in batch.dropped],
    }


def _known(ctx: click.Context, name: str) -> SourceOptions | None:
    """The source with that name, if there is a configuration that has one. Raises ConfigurationError for one that cannot be used."""
    from ..sources import Announcing

    if ctx.obj is None or settings_if_any(ctx) is None:
        return None
    with parts_for(ctx, None, ranks=False, dry_run=True) as parts:
        known = parts.catalog.own_sources.merged(settings(ctx).sources)
        asked = {source.name: source.parts for source in parts.sources if isinstance(source, Announcing)}
    found = next((source for source in known if source.name == name), None)
    return found and replace(found, categories=found.categories or asked.get(name, ()))


def _as_paper(sighting: Sighting) -> dict[str, object]:
    paper = sighting.paper
    return {
        "key": paper.key,
        "title": paper.title,
        "authors": [author.name for author in paper.authors],
        "abstract": paper.abstract,
        "url": paper.url,
        "published": paper.published.isoformat() if paper.published else None,
        "listed_on": sighting.listed_on.isoformat(),
        "kind": str(sighting.kind),
    }


def _print(batch: Batch) -> None:
    rows = [[s.kind, s.listed_on, s.paper.title, authors_of(s.paper), s.paper.key] for s in batch.sightings]
    if rows:
        print_table(["kind", "listed", "title", "authors", "key"], rows)
    if batch.dropped:
        print_table(["dropped", "because"], [[d.entry, d.reason] for d in batch.dropped])
    say(f"{len(batch.sightings)} papers, {len(batch.dropped)} entries dropped, format {batch.format or 'unknown'}")


def _say_how_to_follow(what: str, kind: str, *, allow_private: bool) -> None:
    """Print the lines to paste into config.toml, if an address was tried."""
    if "://" not in what:
        say("to follow the listing this file came from: digest sources try ADDRESS")
        return
    name = toml_text((urlsplit(what).hostname or kind).removeprefix("www."))
    allowed = "\nallow_private = true" if allow_private else ""
    say(f"to follow it, add to config.toml:\n\n[[sources]]\nname = {name}\nkind = {toml_text(kind)}\nurl = {toml_text(what)}{allowed}")
