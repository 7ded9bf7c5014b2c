"""How the pages say what somebody gets; nothing here names an address."""

from __future__ import annotations

from ..model import Every, Subscription

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def called(subscription: Subscription) -> str:
    """The name of a subscription, with its edition where the name does not say it: "evenings (cs.LG)"."""
    if subscription.edition is None or subscription.edition.name in subscription.name:
        return subscription.name
    return f"{subscription.name} ({subscription.edition.name})"


def when(subscription: Subscription) -> str:
    """On which days and at what hour its letters come: "every weekday at 07:00"."""
    cadence = subscription.cadence
    days = [DAYS[day] for day in sorted(cadence.days)]
    if cadence.every is Every.WEEKLY:
        stretch = f"every {days[0]}" if days else "every week"
    elif cadence.every is Every.DAYS and days:
        stretch = "every " + (", ".join(days[:-1]) + " and " + days[-1] if len(days) > 1 else days[0])
    else:
        stretch = "every weekday" if cadence.every is Every.WEEKDAYS else "every day"
    bound = "" if cadence.only_above is None else f", if a paper scores above {cadence.only_above:g}"
    return f"{stretch} at {cadence.at:%H:%M}{bound}"


def about(subscription: Subscription) -> str:
    """What its issues are chosen by, for the operator's list: topics first, then whatever there is."""
    if subscription.edition is not None:
        return f"the {subscription.edition.name} edition"
    if subscription.profile is None:
        return ""
    profile = subscription.profile
    topics = [topic for interest in profile.interests for topic in interest.topics]
    liked = sum(len(interest.liked) for interest in profile.interests)
    words = [*topics, *profile.keywords, *profile.authors, *profile.categories]
    shown = " · ".join(words[:4]) + (" …" if len(words) > 4 else "")
    return shown or (f"{liked} liked papers" if liked else "nothing yet")
