"""Mail a fresh link to a reader's preferences to their own address: anybody who opens an expired link can only cause this mail."""

from __future__ import annotations

import logging
import secrets
from datetime import date, datetime, timedelta

from ...delivery import Judgement, judge
from ...errors import DeliveryError
from ...model import Letter, SubscriberStatus, Subscription
from ...rendering import clean
from ...rendering.languages import Language, language
from ..parts import Parts
from .letters import NAME_IN_SUBJECT, notice, preferences_page

log = logging.getLogger(__name__)

LAST = timedelta(days=7)
"""How long a requested link is valid."""


def mail_fresh_link(parts: Parts, subscription_id: int, now: datetime) -> None:
    """Mail the reader of a subscription a new link to their preferences, unless their address is suppressed or they left everything.

    Old links get forwarded, and nobody who holds one may cause mail to a reader who has unsubscribed from everything.
    Raises NotFound for a subscription that is gone, DeliveryError if the mail cannot be handed over.
    """
    subscription = parts.catalog.subscribers.by_id(subscription_id)
    reader = subscription.subscriber
    if reader.status is not SubscriberStatus.ACTIVE or reader.suppressed or not parts.base_url:
        return
    if all(one.left_at is not None for one in parts.catalog.subscribers.find(reader.email)):
        return
    content = _written(parts, subscription, now)
    transport = parts.connect()
    try:
        reply = transport.send(content)
    finally:
        transport.close()
    if judge(reply.stage, reply).judgement is not Judgement.ACCEPTED:
        raise DeliveryError(subscription.subscriber.email, f"the server answered {reply}")
    log.info("a fresh link to preferences was mailed", extra={"subscriber": subscription.subscriber.id})


def _written(parts: Parts, subscription: Subscription, now: datetime) -> Letter:
    until, spoken, name = (now + LAST).date(), language(subscription.subscriber.language), subscription.known_as(parts.name)
    text = _text(spoken, name, until, preferences_page(parts, subscription.id, 0, until))
    subject = spoken.say("Your preferences for {name}", name=clean(name, NAME_IN_SUBJECT))
    return notice(parts, subscription, f"preferences.{subscription.id}.{secrets.token_hex(8)}", subject, text, now)


def _text(spoken: Language, name: str, until: date, page: str) -> str:
    say = spoken.say
    asked = say("Somebody, most likely you, asked for a new link to your preferences for “{name}”.", name=name)
    here = say("Here it is; it is good until {day}:", day=spoken.long_day(until))
    warning = say("Whoever has this link can change what you get, so do not hand it on.")
    calm = say("If you did not ask for it, you need not do anything.")
    return f"{asked}\n{here}\n\n{page}\n\n{warning}\n{calm}\n"
