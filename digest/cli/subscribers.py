"""`digest subscribers`: who gets what — add, list, show, edit, pause, remove; the other verbs have files of their own."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import date, datetime
from itertools import islice
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from ..cadence import Reached, beginning, due_for, local, next_for
from ..model import FOR_EVER, Subscriber, Subscription
from .descriptions import as_json as described
from .descriptions import gets_letters, in_words, origin, state, what, when
from .doubts import doubts_of
from .finding import all_of, only, opened, refuse_taken
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_json_list, print_table, refuse, say, settings
from .interests import interests
from .inviting import invite
from .libraries import import_library, libraries
from .people import export, import_people
from .rights import about, forget, move, suppress
from .wishes import Wish, changed, meant, new_subscription, wish_options

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..catalog import Catalog


PORTION = 1_000
"""Subscriptions whose last letters are read at a time."""
name_option = click.option("--name", callback=meant("text"), help="Which of their subscriptions.")


@click.group("subscribers")
def subscribers() -> None:
    """Who gets what. One address may hold several subscriptions: profiles of its own, and editions that are the same for everybody."""


for command in (about, export, forget, import_library, import_people, interests, invite, libraries, move, suppress):
    subscribers.add_command(command)


@subscribers.command("add", short_help="Add a subscription for ADDRESS.")
@click.argument("address", callback=meant("address"))
@wish_options
@click.option("--name", callback=meant("text"), help="Tells their subscriptions apart (default: the edition's name, else main).")
@now_option
@json_option
@dry_run_option
@click.pass_context
def add(
    ctx: click.Context, /, address: str, name: str | None, now: datetime | None, as_json: bool, dry_run: bool, **options: Any
) -> int:
    """Add a subscription for ADDRESS: a profile of what they read, or --edition trending."""
    from ..config import local_zone, unknown_zone

    wish = Wish(**options)
    _require_theme(ctx, wish.theme)
    with opened(ctx, now, dry_run=dry_run) as catalog:
        sources = catalog.own_sources.merged(settings(ctx).sources)
        others = catalog.subscribers.find(address)
        known = others[0].subscriber if others else Subscriber(email=address, zone=local_zone())
        if not others and wish.zone is None and (nonsense := unknown_zone()):
            say(f"TZ={nonsense!r} names no time zone known here, so theirs is {known.zone}; --zone names another")
        reader = Subscriber(email=address, zone=known.zone, language=known.language)
        wanted = new_subscription(reader, name, wish)
        refuse_taken(others if dry_run else (), wanted, "--name")
        catalog.suppressions.refuse(address, wanted.name)
        stored = wanted if dry_run else catalog.subscribers.add(wanted, clock(now))
        reached = None if dry_run else catalog.issues.reached([stored.id], clock(now)).get(stored.id)  # it may have been removed once
        doubts = tuple(doubts_of(catalog, stored, wish, sources, clock(now)))
    _print_one(stored, clock(now), reached, as_json=as_json)
    if wanted.profile is not None and wanted.profile.is_thin:
        say("nothing to rank by yet: letters show what is new in the categories; --topic, --keyword, --author or --like make it a choice")
    for doubt in doubts:
        say(doubt)
    _say_when("added", stored, reached, clock(now), dry_run=dry_run)
    return 0


@subscribers.command("list", short_help="Every subscription: who, what, when, and from where.")
@now_option
@json_option
@click.pass_context
def list_(ctx: click.Context, now: datetime | None, as_json: bool) -> int:
    """Every subscription: who, what, when, and where it was said."""
    moment = clock(now)
    with opened(ctx, now) as catalog:
        found = catalog.subscribers.each()
        if as_json:
            print_json_list(_described(catalog, found, moment))
        else:
            rows = [[s.subscriber.email, s.name, what(s), when(s), state(s, moment), origin(s)] for s in found]
            print_table(["address", "name", "what", "when", "state", "from"], rows)
        is_empty = catalog.subscribers.count() == 0
    if is_empty:
        say("nobody gets anything yet; next: digest subscribers add ana@example.org --topic 'calibration of language models'")
    return 0


@subscribers.command("show")
@click.argument("address")
@name_option
@now_option
@json_option
@click.pass_context
def show(ctx: click.Context, address: str, name: str | None, now: datetime | None, as_json: bool) -> int:
    """The subscriptions of one address, with all their settings."""
    with opened(ctx, now) as catalog:
        found = all_of(catalog, address, name)
        places = catalog.issues.reached([s.id for s in found], clock(now))
    if as_json:
        print_json([described(s, clock(now), places.get(s.id)) for s in found])
        return 0
    for subscription in found:
        _print_one(subscription, clock(now), places.get(subscription.id), as_json=False)
    return 0


@subscribers.command("edit", short_help="Change a subscription; what is not named stays.")
@click.argument("address")
@wish_options
@name_option
@click.option("--rename", callback=meant("text"), help="A new name for the subscription.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def edit(
    ctx: click.Context,
    /,
    address: str,
    name: str | None,
    rename: str | None,
    now: datetime | None,
    as_json: bool,
    dry_run: bool,
    **options: Any,
) -> int:
    """Change a subscription: what is given replaces what was there, the rest stays. --mute '' takes all muted words away.

    --topic and --like are those outside the named interests; `digest subscribers interests` changes those.
    """
    from ..catalog.people.subscribers import refuse_configured

    wish = Wish(**options)
    if wish.is_empty and not rename:
        raise refuse("nothing to change", "name what is new: digest subscribers edit ana@example.org --at 06:30")
    _require_theme(ctx, wish.theme)
    with opened(ctx, now, dry_run=dry_run) as catalog:
        sources = catalog.own_sources.merged(settings(ctx).sources)
        before = only(all_of(catalog, address, name))
        refuse_configured([before])
        wanted = changed(before, wish, rename)
        refuse_taken(catalog.subscribers.find(address) if dry_run else (), wanted, "--rename")
        stored = wanted if dry_run else catalog.subscribers.edit(before, clock(now), lambda found: changed(found, wish, rename))
        reached = catalog.issues.reached([before.id], clock(now)).get(before.id)
        doubts = tuple(doubts_of(catalog, stored, wish, sources, clock(now), before=before.profile))
    _print_one(stored, clock(now), reached, as_json=as_json)
    for doubt in doubts:
        say(doubt)
    _say_when("changed", stored, reached, clock(now), dry_run=dry_run)
    if wish.share_saves and stored.sharing.ended_at is not None:
        say("they took it back to share with their group; only they can say yes again, on the page of their preferences")
    return 0


@subscribers.command("pause", short_help="Hold back everything for ADDRESS, or end that.")
@click.argument("address")
@click.option("--until", metavar="DATE", help="The day on which letters begin again (default: until --resume).")
@click.option("--resume", is_flag=True, help="End the pause; with --name, also bring back a subscription its reader has left.")
@name_option
@now_option
@dry_run_option
@click.pass_context
def pause(
    ctx: click.Context, address: str, until: str | None, resume: bool, name: str | None, now: datetime | None, dry_run: bool
) -> int:
    """Hold back everything for ADDRESS; what is listed meanwhile is ranked into the first letter after it."""
    from ..catalog.people.groups import COMMAND

    if until and resume:
        raise refuse("--until begins a pause and --resume ends one", "give one of them")
    if name and not resume:
        raise refuse("a pause holds for the whole address", "leave --name away")
    with opened(ctx, now, dry_run=dry_run) as catalog:
        found = all_of(catalog, address, name)
        end = _end(until, found[0].subscriber.zone, clock(now))
        left = [s for s in found if s.left_at is not None]
        back = left if resume and name else []
        # A pause is of the reader and no setting of the file, so it holds for whom the configuration names too.
        if not dry_run and resume:
            catalog.subscribers.wake(found[0].id, clock(now))
        elif not dry_run:
            catalog.subscribers.rest(found[0].id, end)
        for subscription in back if not dry_run else ():
            catalog.subscribers.resume(subscription.id, clock(now), COMMAND)
    done = _resumed(found, back, clock(now)) if resume else "is paused" if end == FOR_EVER else f"is paused until {until}"
    say(f"{'would: ' if dry_run else ''}{found[0].subscriber.email} {done}")
    for subscription in left if resume and not name else ():
        say(f"they unsubscribed from {subscription.name!r}; only if they ask for it again: --resume --name {quote(subscription.name)}")
    if not resume and not dry_run:
        say(f"next: digest subscribers pause {quote(found[0].subscriber.email)} --resume, to end it earlier")
    return 0


@subscribers.command("remove", short_help="End a subscription, or all of ADDRESS.")
@click.argument("address")
@click.option("--name", callback=meant("text"), help="Only this subscription (default: all of the address).")
@click.option("--yes", is_flag=True, help="Do not ask.")
@now_option
@dry_run_option
@click.pass_context
def remove(ctx: click.Context, address: str, name: str | None, yes: bool, now: datetime | None, dry_run: bool) -> int:
    """End a subscription, or all of ADDRESS; letters that wait are cancelled."""
    from ..catalog.people.subscribers import refuse_configured

    with opened(ctx, now, dry_run=dry_run, mends=True) as catalog:
        found = all_of(catalog, address, name)
        refuse_configured(found)
        names = ", ".join(s.name for s in found)
        if dry_run:
            say(f"would remove {found[0].subscriber.email}: {names}")
            return 0
        if not yes and not sys.stdin.isatty():
            raise refuse(f"this would remove {found[0].subscriber.email}: {names}", "add --yes")
        if not yes:
            click.confirm(f"Remove {found[0].subscriber.email}: {names}?", abort=True, err=True)
        catalog.subscribers.remove(address, name, clock(now))
    say(f"removed {found[0].subscriber.email}: {names}")
    say("next: digest subscribers list")
    return 0


def _resumed(found: Sequence[Subscription], back: Sequence[Subscription], now: datetime) -> str:
    """The effect of ending a pause: letters are sent again only if nothing else holds them back."""
    after = [replace(s, left_at=None if s in back else s.left_at, subscriber=replace(s.subscriber, paused_until=None)) for s in found]
    if any(gets_letters(subscription) for subscription in after):
        return "gets letters again"
    return f"is not paused any more; no letters go out: {state(after[0], now)}"


def _end(until: str | None, zone: str, now: datetime) -> datetime:
    """The first moment of that day in the reader's zone."""
    if until is None:
        return FOR_EVER
    try:
        day = date.fromisoformat(until)
        if day.year >= FOR_EVER.year:
            return FOR_EVER
        end = beginning(day, zone)
    except (ValueError, OverflowError) as error:
        raise refuse(f"--until {until!r} is not a date", "write it as 2026-12-27") from error
    if end <= now:
        raise refuse(f"--until {until!r} is not in the future", "name the day on which letters begin again")
    return end


def _require_theme(ctx: click.Context, theme: str | None) -> None:
    """Require that the named theme exists; "" is the default."""
    if theme:
        from ..rendering.presses import themes_there

        names = [there.name for there in themes_there(settings(ctx).rendering.themes)]
        if theme not in names:
            those = ", ".join(names)
            raise refuse(f"there is no theme {theme!r}", f"--theme is one of {those}; `digest themes new NAME` makes one of yours")


def _say_when(done: str, subscription: Subscription, reached: Reached | None, now: datetime, *, dry_run: bool) -> None:
    """Print what was done, when the next letter is due, and the next command to type; in a dry run only what would be done."""
    who = f"{subscription.subscriber.email} ({subscription.name}) {'would be ' if dry_run else ''}{done}"
    if not gets_letters(subscription):
        say(f"{who}; no letters go out: {state(subscription, now)}")
        return
    if dry_run:
        say(who)
        return
    if (coming := _coming(subscription, now, reached)) == "now":
        say(f"{who}; a letter is due now")
        say("next: digest run")
        return
    say(f"{who}; the next letter is due {coming}")
    say(f"next: digest fetch && digest preview {quote(subscription.subscriber.email)} --subscription {quote(subscription.name)}")


def _coming(subscription: Subscription, now: datetime, reached: Reached | None) -> str:
    """When the next letter is due, on its reader's clock; "now" where one is due already."""
    if due_for(subscription, now, reached) is not None:
        return "now"
    zone = subscription.subscriber.zone
    return f"{local(next_for(subscription, now, reached), zone):%a %d %b %H:%M} {zone}"


def _described(catalog: Catalog, found: Iterator[Subscription], now: datetime) -> Iterator[dict[str, object]]:
    while some := tuple(islice(found, PORTION)):
        reached = catalog.issues.reached([s.id for s in some], now)
        yield from (described(s, now, reached.get(s.id)) for s in some)


def _readable(key: str, value: object, zone: str) -> object:
    """A value from the JSON for people to read; times are in the reader's zone, which is named."""
    if key.endswith("_at") and isinstance(value, str):
        moment = local(datetime.fromisoformat(value), zone)
        return f"{moment:%a %d %b %Y %H:%M} {moment.tzinfo}"
    if isinstance(value, list):
        return ", ".join(value)
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else value


def _print_one(subscription: Subscription, now: datetime, reached: Reached | None, *, as_json: bool) -> None:
    if as_json:
        print_json(described(subscription, now, reached))
        return
    coming = _coming(subscription, now, reached) if gets_letters(subscription) else None
    named = [i for i in subscription.profile.interests if i.name] if subscription.profile else []
    replaced = {"address": None, "interests": "\n".join(map(in_words, named)), "next": coming}
    shown = {**described(subscription, now, reached), **replaced}
    lines = [(key, _readable(key, value, subscription.subscriber.zone)) for key, value in shown.items()]
    print_table(["", subscription.subscriber.email], [line for line in lines if line[1] not in (None, "", False)])
