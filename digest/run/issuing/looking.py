"""What a letter says was looked at: how many papers were announced, read and shown, by each category its reader named, else by source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set

from ...catalog import Sighted
from ...model import Looked, Subscription
from ..pulling.newest import NewestListings


def looked_at(
    subscription: Subscription, sighted: Sighted, answered: Sequence[str], newest: NewestListings, *, read: Set[str], shown: Set[str]
) -> tuple[Looked, ...]:
    """Count the papers announced, read and shown, one line for each category or source.

    The lines are the categories of the profile or edition, in their order, then sources outside these categories that are shown (such as
    a journal). Without categories, the lines are the sources that listed anything or failed. A category of which nothing came is left out
    if no source asks for it, or if a source that may have it did not answer: that source is named instead. The trending edition has lines
    for the lists with votes only, since it chooses from no others.

    `read` holds the keys of the papers that were considered, `shown` those of the papers in the issue. A paper that was announced and not
    read was read before (in another list, or in an earlier letter), or is known to its reader.
    """
    within = {name: sighted.within(name) for name in categories_of(subscription)}
    is_all_in = answered and not newest.failed
    named = {name: keys for name, keys in within.items() if keys or newest.of_category(name) or (is_all_in and newest.is_asked(name))}
    sources = _beside(sighted, named.values(), shown) if named else _in_order(sighted, answered, newest)
    if len(named) < len(within):
        sources += [name for name in newest.failed if name not in sources]
    if is_trending(subscription) and sighted.voted:
        sources = [name for name in sources if name in sighted.voted or name in newest.failed]
    listed = [(name, keys, newest.of_category(name)) for name, keys in named.items()]
    listed += [(name, sighted.sources.get(name, frozenset()), newest.of_source(name)) for name in sources]
    return tuple(Looked(name, len(keys), len(keys & read), len(keys & shown), state) for name, keys, state in listed)


def _beside(sighted: Sighted, named: Iterable[frozenset[str]], shown: Set[str]) -> list[str]:
    """The sources of which something is shown and that list no paper of these categories."""
    inside = frozenset[str]().union(*named)
    return sorted(name for name, keys in sighted.sources.items() if keys & shown and not keys & inside)


def _in_order(sighted: Sighted, answered: Sequence[str], newest: NewestListings) -> list[str]:
    # Papers may name another source than the one that answered: the sample listing's are arXiv's and Hugging Face's.
    order = {name: place for place, name in enumerate(answered)}
    names = sorted(sighted.sources, key=lambda name: (order.get(name, len(order)), name)) or answered
    return [*names, *(name for name in newest.failed if name not in names)]


def is_trending(subscription: Subscription) -> bool:
    """Whether this is the trending edition, which is made of the lists with votes."""
    return subscription.edition is not None and subscription.edition.name == "trending"


def categories_of(subscription: Subscription) -> tuple[str, ...]:
    """The categories that its reader asked for; none for the trending edition."""
    return () if is_trending(subscription) else subscription.categories
