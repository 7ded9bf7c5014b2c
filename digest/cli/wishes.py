"""What somebody wants to get: the command-line options for it, and the subscription made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time
from typing import Any, TypeVar

import click

from ..errors import ConfigurationError
from ..model import UNNAMED, Cadence, Edition, Every, Format, Interest, Profile, Subscriber, Subscription
from .frame import refuse
from .numbers import Whole

Command = TypeVar("Command", bound=Callable[..., Any])
Check = Callable[[click.Context, click.Parameter, Any], Any]


def checked(parser: Callable[[Any], Any]) -> Check:
    """A click callback that checks an option's value, or each of its values, as the configuration would.

    Among several values an empty text is kept: it removes what was there.
    """

    def one(value: Any, ctx: click.Context, param: click.Parameter) -> Any:
        try:
            return parser(value)
        except ConfigurationError as error:
            raise click.BadParameter(f"{error.message}; {error.hint}" if error.hint else error.message, ctx, param) from error

    def check(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(each and one(each, ctx, param) for each in value)
        return None if value is None else one(value, ctx, param)

    return check


def meant(name: str) -> Check:
    """The same as `checked`, with the configuration's parser of that name, imported only when needed."""
    return checked(lambda value: value_of(name, value))


def value_of(name: str, given: object) -> Any:
    """The value as the configuration's parser of that name reads it. Raises ConfigurationError."""
    from ..config import addresses, papers, subscriptions, values

    parser = next(getattr(room, name) for room in (values, addresses, papers, subscriptions) if hasattr(room, name))
    return parser(given)


def _theme(text: str) -> str:
    return str(text and value_of("word", text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The values of the options; None and () if not given. An empty text in a list, or -inf, removes what was there."""

    topics: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    edition: str | None = None
    zone: str | None = None
    language: str | None = None
    at: time | None = None
    every: tuple[Every, tuple[int, ...]] | None = None
    limit: int | None = None
    floor: float | None = None
    explore: bool | None = None
    others: bool | None = None
    updates: bool | None = None
    skip_empty: bool | None = None
    only_above: float | None = None
    format: str | None = None
    theme: str | None = None
    group: str | None = None
    share_saves: bool | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no option was given."""
        return self == Wish()

    @property
    def profile_option(self) -> str | None:
        """The first option given that only a profile can have."""
        given = {"--topic": self.topics, "--keyword": self.keywords, "--mute": self.muted, "--author": self.authors}
        more = {"--category": self.categories, "--like": self.liked, "--floor": _given(self.floor)}
        more |= {"--explore": _given(self.explore), "--others": _given(self.others), "--updates": _given(self.updates)}
        more |= {"--only-above": _given(self.only_above)}
        return next((option for option, values in (given | more).items() if values), None)


_LISTS = (
    ("--topic", "topics", "TEXT", meant("text"), "What to rank by, as a phrase; repeatable."),
    ("--keyword", "keywords", "WORD", meant("text"), "A word that counts; repeatable."),
    ("--mute", "muted", "WORD", meant("text"), "A word whose papers are not shown; repeatable."),
    ("--author", "authors", "NAME", meant("author"), "Somebody to follow, or 'Name <ORCID iD>'; repeatable."),
    ("--category", "categories", "CATEGORY", meant("category"), "Such as cs.LG or 'cell biology'; repeatable."),
    ("--like", "liked", "ID", meant("paper_key"), "A paper they like: arXiv id, DOI or address; repeatable."),
)
_SINGLES = (
    ("--edition", "edition", "NAME", meant("edition_name"), "Instead of a profile: trending, or a category."),
    ("--zone", "zone", "ZONE", meant("zone"), "Time zone, such as Europe/Berlin (default: this machine's)."),
    ("--language", "language", "CODE", meant("language_code"), "Of the letter: en or de (default: en)."),
    ("--at", "at", "HH:MM", meant("clock_time"), "The hour in that zone (default: 07:00)."),
    ("--every", "every", "DAYS", meant("every"), "daily, weekdays, weekly, or days: fri or mon,thu (default: daily)."),
    ("--theme", "theme", "NAME", checked(_theme), "How it looks: paper (full cards), compact (a few lines) or yours."),
    ("--group", "group", "NAME", meant("group_name"), "A group, whose readers may see how many of them saved a paper ('': none)."),
)
_PLAIN = (
    click.option("--limit", type=Whole(1, 200), help="The most papers in a letter (default: 12; an edition: 20)."),
    click.option("--floor", type=float, help="Leave out papers that score less; -inf for no bound."),
    click.option("--explore/--no-explore", default=None, help="Also one paper from outside the profile, and one from the archive."),
    click.option("--others/--no-others", default=None, help="Also the titles of what was passed over (default: yes)."),
    click.option("--updates/--no-updates", default=None, help="Also what became of papers they were shown before."),
    click.option("--skip-empty/--no-skip-empty", default=None, help="No letter on days with nothing above the floor."),
    click.option("--share-saves/--no-share-saves", default=None, help="They agreed: the group counts what they save, without a name."),
    click.option("--only-above", type=float, help="A letter only when a paper scores above this; -inf for every time."),
    click.option("--format", type=click.Choice([str(word) for word in Format]), help="What a letter is made of (default: html)."),
)


def wish_options(command: Command) -> Command:
    """Adds the options of a `Wish` to a command, which receives them under the names of its fields."""
    lists = [click.option(o, f, metavar=m, callback=c, multiple=True, help=h) for o, f, m, c, h in _LISTS]
    singles = [click.option(o, f, metavar=m, callback=c, help=h) for o, f, m, c, h in _SINGLES]
    for decorate in reversed([*lists, *singles, *_PLAIN]):
        command = decorate(command)
    return command


def new_subscription(reader: Subscriber, name: str | None, wish: Wish) -> Subscription:
    """The subscription made from a wish; zone and language default to the reader's.

    Raises UsageError for an edition with a profile.
    """
    if wish.edition and wish.profile_option:
        raise refuse(f"an edition is the same for all its readers and takes no {wish.profile_option}", "add two subscriptions")
    blank = Subscription(
        subscriber=reader,
        name=name or wish.edition or UNNAMED,
        profile=None if wish.edition else Profile(),
        edition=Edition(name=wish.edition) if wish.edition else None,
    )
    return changed(blank, wish)


def changed(subscription: Subscription, wish: Wish, name: str | None = None) -> Subscription:
    """The subscription with the wish's values in place of its own. Raises UsageError for an option that only the other kind takes."""
    option = wish.profile_option if subscription.edition else "--edition" if wish.edition else None
    if option:
        what = f"the edition {subscription.edition.name}" if subscription.edition else "a profile"
        raise refuse(f"{subscription.name!r} is {what} and takes no {option}", "add another subscription with `digest subscribers add`")
    reader = subscription.subscriber
    group = subscription.group if wish.group is None else wish.group
    if wish.share_saves and not group:
        raise refuse("--share-saves: this subscription is in no group", "name one with --group")
    return replace(
        subscription,
        name=name or subscription.name,
        subscriber=replace(reader, zone=wish.zone or reader.zone, language=wish.language or reader.language),
        profile=_profile(subscription.profile, wish) if subscription.profile else None,
        edition=_edition(subscription.edition, wish) if subscription.edition else None,
        cadence=_cadence(subscription.cadence, wish),
        format=Format(wish.format or subscription.format),
        theme=subscription.theme if wish.theme is None else wish.theme,
        group=group,
        share_saves=bool(group) and (subscription.share_saves if wish.share_saves is None else wish.share_saves),
    )


def _profile(profile: Profile, wish: Wish) -> Profile:
    rest = next((i for i in profile.interests if not i.name), Interest())
    changed_rest = replace(rest, topics=_list(wish.topics, rest.topics), liked=_list(wish.liked, rest.liked))
    interests = (changed_rest, *(i for i in profile.interests if i is not rest))
    return replace(
        profile,
        interests=tuple(i for i in interests if not i.is_empty),
        keywords=_list(wish.keywords, profile.keywords),
        muted=_list(wish.muted, profile.muted),
        authors=_list(wish.authors, profile.authors),
        categories=_list(wish.categories, profile.categories),
        limit=wish.limit or profile.limit,
        floor=_bound(wish.floor, profile.floor, "--floor"),
        explore=profile.explore if wish.explore is None else wish.explore,
        others=profile.others if wish.others is None else wish.others,
        updates=profile.updates if wish.updates is None else wish.updates,
    )


def _edition(edition: Edition, wish: Wish) -> Edition:
    return replace(edition, name=wish.edition or edition.name, limit=wish.limit or edition.limit)


def _cadence(cadence: Cadence, wish: Wish) -> Cadence:
    every, days = wish.every or (cadence.every, cadence.days)
    return replace(
        cadence,
        every=every,
        days=days,
        at=cadence.at if wish.at is None else wish.at,
        only_above=_bound(wish.only_above, cadence.only_above, "--only-above"),
        skip_empty=cadence.skip_empty if wish.skip_empty is None else wish.skip_empty,
    )


def _given(value: object | None) -> tuple[object, ...]:
    return () if value is None else (value,)


def _list(given: tuple[str, ...], before: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in given if text)) if given else before


def _bound(given: float | None, before: float | None, option: str) -> float | None:
    if given is None:
        return before
    from ..config import values

    try:
        return values.points(given)
    except ConfigurationError as error:
        raise refuse(f"{option}: {error.message}", error.hint) from error
