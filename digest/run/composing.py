"""Deciding what stands in an issue, for a block of subscriptions at a time; also serves previews, which store nothing."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ..catalog import Draft, Standing
from ..model import Edition, Every, Issue, Paper, Period, Pick, Profile, Subscription
from ..ranking import order, pick, pick_edition
from .parts import Parts

Due = tuple[Subscription, Period]


def compose(parts: Parts, due: Sequence[Due], now: datetime) -> tuple[Draft, ...]:
    """The issues these subscriptions get for these periods, in no particular order.

    Subscriptions that stand at the same place in the catalog are ranked as one block; an edition is composed once for all its readers.
    """
    catalog = parts.catalog
    cutoff = catalog.papers.cutoff()  # before any paper is read: what comes in meanwhile is for the next issue
    standing = catalog.issues.standing([s.id for s, _ in due])
    background = catalog.papers.background(now)
    editions: dict[tuple[Edition, int | None], list[Due]] = defaultdict(list)
    profiles: dict[int | None, list[Due]] = defaultdict(list)
    for subscription, period in due:
        place = standing[subscription.id].cutoff
        if subscription.edition is not None:
            editions[subscription.edition, place].append((subscription, period))
        else:
            profiles[place].append((subscription, period))
    issues: list[Issue] = []
    for (edition, place), readers in editions.items():
        issues.extend(_edition_issues(parts, edition, place, readers, now))
    for place, readers in profiles.items():
        issues.extend(_profile_issues(parts, place, readers, standing, background, now))
    return tuple(Draft(issue=issue, cutoff=cutoff) for issue in issues)


def preview_issue(parts: Parts, subscription: Subscription, now: datetime) -> Issue:
    """What this subscription would get if its letter were due now; stores nothing."""
    (draft,) = compose(parts, [(subscription, today(subscription, now))], now)
    return draft.issue


def today(subscription: Subscription, now: datetime) -> Period:
    """The period that ends now, named by the local day (a weekly letter's: by the ISO week)."""
    local = now.astimezone(ZoneInfo(subscription.subscriber.zone))
    weekly = subscription.cadence.every is Every.WEEKLY
    year, week, _ = local.isocalendar()
    name = f"{year}-W{week:02}" if weekly else local.date().isoformat()
    return Period(now - timedelta(days=7 if weekly else 1), now, name)


def _edition_issues(parts: Parts, edition: Edition, place: int | None, readers: Sequence[Due], now: datetime) -> Iterable[Issue]:
    listed = parts.catalog.papers.listing(edition.name, place, now)
    picks = pick_edition(edition, listed, now)
    for subscription, period in readers:
        yield _issue(parts, subscription, period, picks, now, considered=len(listed))


def _profile_issues(
    parts: Parts,
    place: int | None,
    readers: Sequence[Due],
    standing: Mapping[int, Standing],
    background: Sequence[Paper],
    now: datetime,
) -> Iterable[Issue]:
    pool = parts.catalog.papers.pool(place, now)
    freed = {paper.key: paper for s, _ in readers for paper in standing[s.id].freed}
    papers = tuple({**freed, **{paper.key: paper for paper in pool}}.values())
    listed = frozenset(paper.key for paper in pool)
    ranked = [(s, p, _profile_of(s)) for s, p in readers if not _profile_of(s).is_thin]
    library = _library(parts, [profile for _, _, profile in ranked])
    ranking = order([profile for _, _, profile in ranked], papers, library=library, background=background, now=now)
    for row, (subscription, period, _) in enumerate(ranked):
        excluded = _excluded(subscription, standing[subscription.id], freed.keys() - listed, library)
        picks = pick(ranking, row, excluded=excluded) if papers else ()
        considered = sum(1 for paper in papers if paper.key not in excluded)
        yield _issue(parts, subscription, period, picks, now, considered=considered)
    for subscription, period in readers:
        if _profile_of(subscription).is_thin:
            seen = _excluded(subscription, standing[subscription.id], freed.keys() - listed, {})
            yield _thin_issue(parts, subscription, period, [p for p in papers if p.key not in seen], now)


def _thin_issue(parts: Parts, subscription: Subscription, period: Period, papers: Sequence[Paper], now: datetime) -> Issue:
    """A profile too thin to rank gets what is new in its categories (else everything new), and is told so."""
    profile = _profile_of(subscription)
    wanted = frozenset(profile.categories)
    chosen = {p.key for p in papers if not wanted or wanted & set(p.categories)}
    listed = [line for line in parts.catalog.papers.listed(papers) if line.paper.key in chosen]
    picks = pick_edition(Edition(name=", ".join(profile.categories) or "trending", limit=profile.limit), listed, now)
    what = f"what is new in {', '.join(profile.categories)}" if wanted else "what is talked about most"
    note = f"Your profile has no topic, keyword, author or liked paper yet, so this is {what}, not a choice made for you."
    return _issue(parts, subscription, period, picks, now, considered=len(chosen), notes=(note,))


def _library(parts: Parts, profiles: Iterable[Profile]) -> dict[str, Paper]:
    """The texts of all liked and disliked papers of these profiles, by the key the profile uses."""
    keys = {key for profile in profiles for i in profile.interests for key in (*i.liked, *i.disliked)}
    return parts.catalog.papers.find(keys)


def _excluded(subscription: Subscription, standing: Standing, foreign: Iterable[str], library: Mapping[str, Paper]) -> frozenset[str]:
    """What this reader is not shown: seen before, liked already, or freed by somebody else's failed letter."""
    own = {paper.key for paper in standing.freed}
    interests = _profile_of(subscription).interests
    liked = {library[key].key for i in interests for key in (*i.liked, *i.disliked) if key in library}
    return standing.seen | liked | (frozenset(foreign) - own)


def _profile_of(subscription: Subscription) -> Profile:
    assert subscription.profile is not None, "a subscription has a profile or an edition"
    return subscription.profile


def _issue(
    parts: Parts,
    subscription: Subscription,
    period: Period,
    picks: tuple[Pick, ...],
    now: datetime,
    *,
    considered: int,
    notes: tuple[str, ...] = (),
) -> Issue:
    domain = parts.sender.address.rpartition("@")[2]
    return Issue(
        subscription=subscription,
        period=period,
        picks=picks,
        made_at=now,
        message_id=f"<{period.name}.{subscription.id}.{secrets.token_hex(8)}@{domain}>",
        considered=considered,
        sources=tuple(source.name for source in parts.sources),
        notes=(*parts.notes, *notes),
    )
