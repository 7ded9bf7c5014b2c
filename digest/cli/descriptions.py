"""Describe a subscription: in words for tables, and as JSON for scripts."""

from __future__ import annotations

from datetime import datetime

from ..cadence import Reached, due_for, is_known, local, next_for
from ..model import EVERYTHING_ELSE, FOR_EVER, Interest, Profile, SubscriberStatus, Subscription


def what(subscription: Subscription) -> str:
    """The subscription's content in a few words: "calibration of language models, conformal, cs.LG +2"."""
    if subscription.edition is not None:
        return f"edition {subscription.edition.name}"
    assert subscription.profile is not None, "a subscription has a profile or an edition"
    profile = subscription.profile
    liked = len(profile.liked)
    words = [*profile.topics, *profile.keywords, *profile.authors, *profile.categories, *([f"{liked} liked"] if liked else [])]
    return ", ".join(words[:3]) + (f" +{len(words) - 3}" if len(words) > 3 else "") or "everything new"


def in_words(interest: Interest) -> str:
    """An interest on one line: "graphs: graph neural networks, 3 liked, weight 2"."""
    words = [*interest.topics, *([f"{len(interest.liked)} liked"] if interest.liked else [])]
    if interest.weight != 1:
        words.append(f"weight {interest.weight:.2g}")
    return f"{interest.name or EVERYTHING_ELSE}: {', '.join(words)}"


def when(subscription: Subscription) -> str:
    """When its letters are due: "weekdays 07:00 Europe/Berlin, only above 60"."""
    from ..config.values import every_text

    cadence = subscription.cadence
    bound = "" if cadence.only_above is None else f", only above {cadence.only_above:g}"
    return f"{every_text(cadence)} {cadence.at:%H:%M} {subscription.subscriber.zone}{bound}"


def state(subscription: Subscription, now: datetime) -> str:
    """Whether its letters are sent."""
    reader = subscription.subscriber
    if reader.suppressed:
        return f"suppressed ({reader.suppressed})"
    if subscription.left_at is not None:
        return f"unsubscribed {subscription.left_at:%Y-%m-%d}"
    if reader.status is not SubscriberStatus.ACTIVE:
        return str(reader.status)
    if reader.paused_until is not None and reader.paused_until > now:
        until = local(reader.paused_until, reader.zone) if reader.paused_until < FOR_EVER else None
        return f"paused until {until:%Y-%m-%d}" if until else "paused"
    return "active" if is_known(reader.zone) else "in a time zone that is not known here"


def gets_letters(subscription: Subscription) -> bool:
    """Whether letters are sent, perhaps only after a pause that has an end."""
    reader = subscription.subscriber
    rests = reader.paused_until is not None and reader.paused_until >= FOR_EVER
    return reader.status is SubscriberStatus.ACTIVE and is_known(reader.zone) and not (reader.suppressed or subscription.left_at or rests)


def origin(subscription: Subscription) -> str:
    """Where it was defined; only what commands added can be changed by commands."""
    return "the configuration" if subscription.configured else "a command"


def as_json(subscription: Subscription, now: datetime, reached: Reached | None) -> dict[str, object]:
    """The whole subscription under the configuration's names, and its state; its letters have `reached` so far.

    The `next` letter is one whose hour is already past if it is due now, as in `status`.
    """
    profile, edition, cadence = subscription.profile, subscription.edition, subscription.cadence
    return {
        "address": subscription.subscriber.email,
        "name": subscription.name,
        **(_profile(profile) if profile is not None else {}),
        "edition": edition.name if edition is not None else None,
        "zone": subscription.subscriber.zone,
        "language": subscription.subscriber.language,
        "at": f"{cadence.at:%H:%M}",
        "every": when(subscription).partition(" ")[0],
        "skip_empty": cadence.skip_empty,
        "only_above": cadence.only_above,
        "limit": edition.limit if edition is not None else profile.limit if profile is not None else None,
        "theme": subscription.theme,
        "format": str(subscription.format),
        "state": state(subscription, now),
        "from": origin(subscription),
        "consented_at": subscription.consented_at.isoformat() if subscription.consented_at else None,
        "consent_origin": subscription.consent_origin,
        "group": subscription.group,
        "share_saves": subscription.share_saves,
        "shared_at": subscription.sharing.since.isoformat() if subscription.sharing.since else None,
        "share_origin": subscription.sharing.origin,
        "share_ended_at": subscription.sharing.ended_at.isoformat() if subscription.sharing.ended_at else None,
        "next": _next(subscription, now, reached).isoformat() if gets_letters(subscription) else None,
    }


def _next(subscription: Subscription, now: datetime, reached: Reached | None) -> datetime:
    due = due_for(subscription, now, reached)
    return next_for(subscription, now, reached) if due is None else due.end


def interest_json(interest: Interest) -> dict[str, object]:
    """An interest under the configuration's names."""
    name = interest.name or EVERYTHING_ELSE
    return {"name": name, "topics": list(interest.topics), "liked": list(interest.liked), "weight": round(interest.weight, 4)}


def _profile(profile: Profile) -> dict[str, object]:
    rest = next((interest for interest in profile.interests if not interest.name), Interest())
    return {
        "topics": list(rest.topics),
        "keywords": list(profile.keywords),
        "muted": list(profile.muted),
        "authors": list(profile.authors),
        "categories": list(profile.categories),
        "liked": list(rest.liked),
        "interests": [interest_json(interest) for interest in profile.interests if interest.name],
        "floor": profile.floor,
        "explore": profile.explore,
        "others": profile.others,
        "updates": profile.updates,
    }
