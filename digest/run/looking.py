"""What a letter says was looked at for it: of each category its reader named, else of each source, what was announced, read and shown."""

from __future__ import annotations

from collections.abc import Sequence, Set

from ..catalog import Sighted
from ..model import Looked, Subscription


def looked_at(
    subscription: Subscription, sighted: Sighted, answered: Sequence[str], *, read: Set[str], shown: Set[str]
) -> tuple[Looked, ...]:
    """By the categories of its profile or edition, in their order; where there are none, by the sources that answered.

    `read` are the keys of the papers that were considered, `shown` of those in the issue. What was announced and not read was so before
    (in another list, or in an earlier letter), or is known to its reader.
    """
    names = categories_of(subscription)
    listed = {name: sighted.within(name) for name in names} or {name: sighted.sources.get(name, frozenset()) for name in answered}
    return tuple(Looked(name, len(keys), len(keys & read), len(keys & shown)) for name, keys in listed.items())


def categories_of(subscription: Subscription) -> tuple[str, ...]:
    """What its reader asked for by category."""
    edition, profile = subscription.edition, subscription.profile
    if edition is not None:
        return () if edition.name == "trending" else (edition.name,)
    return profile.categories if profile is not None else ()
