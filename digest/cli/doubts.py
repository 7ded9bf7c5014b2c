"""Warnings about what somebody asked for: misspelt words and categories, an author muted as words, a group with one member."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING

from .. import taxonomy
from ..model import Profile, SourceOptions, Subscription
from ..naming import doubt_of_ids
from .frame import say
from .wishes import Wish

if TYPE_CHECKING:
    from ..catalog import Catalog


def doubts_of(
    catalog: Catalog,
    subscription: Subscription,
    wish: Wish,
    sources: Collection[SourceOptions],
    now: datetime,
    *,
    before: Profile | None = None,
) -> Iterator[str]:
    """A sentence for each doubt about the wish for a subscription whose profile was `before`."""
    yield from _of_categories(subscription.categories, sources)
    yield from _misspelt(catalog, subscription.profile, now, before)
    yield from doubt_of_ids(wish.authors, [source.kind for source in sources])
    for phrase in wish.muted:
        words = phrase.split()
        if 1 < len(words) < 5 and all(word[0].isupper() for word in words):
            yield f"{phrase!r} is muted as words in titles and abstracts; if it is an author: their papers are still shown"
    if wish.group:
        yield from _alone(catalog, subscription)


def say_misspelt(catalog: Catalog, profile: Profile | None, now: datetime, *, before: Profile | None = None) -> None:
    """Warn of topic words that no recent paper uses while many use one a typing error away; topics already in `before` are skipped."""
    for doubt in _misspelt(catalog, profile, now, before):
        say(doubt)


def _misspelt(catalog: Catalog, profile: Profile | None, now: datetime, before: Profile | None) -> Iterator[str]:
    if profile is None or not profile.topics:
        return
    from ..run.misspelling import misspelt_in, unsaid_in

    slips = misspelt_in(catalog, profile, now, before=before)
    for word, near in slips.items():
        yield f"no recent paper says {word!r}; did you mean {near!r}?"
    for topic in () if slips else unsaid_in(catalog, profile, now, before=before):
        yield f"no recent paper has a word of the topic {topic!r}: write topics as papers do, most often in English"


def _of_categories(named: Iterable[str], sources: Iterable[SourceOptions]) -> Iterator[str]:
    """Warnings about categories that are misspelt, or are in fact a source."""
    named = tuple(named)
    yield from (f"warning: {doubt}" for doubt in taxonomy.doubts(named))
    asked = {word.casefold() for source in sources for word in (source.name, source.kind)} - taxonomy.PREPRINT_SUBJECTS - {"trending"}
    for name in (name for name in named if name.casefold() in asked and not taxonomy.is_known(name)):
        yield f"warning: {name!r} is a source and no category, so it may bring nothing: name a category, or the edition trending for votes"


def _alone(catalog: Catalog, subscription: Subscription) -> Iterator[str]:
    """Whether nobody else is in the group: a differently spelt name is another group."""
    group = subscription.group
    others = catalog.groups.of_others(subscription.subscriber.email)
    if group not in others:
        alike = [other for other in sorted(others) if get_close_matches(group.casefold(), [other.casefold()])]
        yield f"nobody else is in the group {group!r} yet" + (f"; did you mean {alike[0]!r}?" if alike else "")
