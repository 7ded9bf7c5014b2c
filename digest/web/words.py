"""The words in which pages describe a subscription; nothing here names an address."""

from __future__ import annotations

from pathlib import Path

from ..cadence import local
from ..library.opening import shown_address
from ..model import FOR_EVER, Every, Subscription
from ..rendering.languages import Language, message

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SHORT_DAYS = (
    message("short day", "Mon"), message("short day", "Tue"), message("short day", "Wed"), message("short day", "Thu"),
    message("short day", "Fri"), message("short day", "Sat"), message("short day", "Sun"),
)  # fmt: skip


def called(subscription: Subscription, site: str) -> str:
    """A subscription's name on the site, with its edition if the name does not say it: "evenings (cs.LG)"."""
    name = subscription.known_as(site)
    if subscription.edition is None or subscription.edition.name in name:
        return name
    return f"{name} ({subscription.edition.name})"


def when(subscription: Subscription, spoken: Language) -> str:
    """On which days and at what hour its letters come: "every weekday at 07:00"."""
    cadence, say = subscription.cadence, spoken.say
    days = [say(DAYS[day]) for day in sorted(cadence.days)]
    if cadence.every is Every.WEEKLY:
        stretch = say("every {days}", days=days[0] if days else say(DAYS[0]))  # without a day it is Monday's
    elif cadence.every is Every.DAYS and days:
        several = say("{items} and {last}", items=", ".join(days[:-1]), last=days[-1]) if len(days) > 1 else days[0]
        stretch = say("every {days}", days=several)
    else:
        stretch = say("every weekday") if cadence.every is Every.WEEKDAYS else say("every day")
    at = say("{days} at {hour}", days=stretch, hour=f"{cadence.at:%H:%M}")
    if cadence.only_above is None:
        return at
    return say("{when}, if a paper scores above {bound}", when=at, bound=f"{cadence.only_above:g}")


def pause_day(subscription: Subscription, spoken: Language) -> str:
    """The day, in the reader's zone, on which a pause ends; "" for one without an end, and without a pause."""
    until = subscription.subscriber.paused_until
    if until is None or until >= FOR_EVER:
        return ""
    return spoken.long_day(local(until, subscription.subscriber.zone).date())


def about(subscription: Subscription) -> str:
    """What its issues are chosen by, for the operator's list: topics first, then anything else."""
    if subscription.edition is not None:
        return f"the {subscription.edition.name} edition"
    if subscription.profile is None:
        return ""
    profile = subscription.profile
    liked = len(profile.liked)
    words = [*profile.topics, *profile.keywords, *profile.authors, *profile.categories]
    shown = " · ".join(words[:4]) + ("\N{NO-BREAK SPACE}…" if len(words) > 4 else "")
    return shown or (f"{liked} liked papers" if liked else "nothing yet")


def shelf(address: str) -> str:
    """A library's name for its reader: without the path of a file on the operator's machine, and without a key in an address."""
    return Path(address).name if address.startswith("/") else shown_address(address).removeprefix("import:")
