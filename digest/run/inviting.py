"""Asking people by one letter whether they want letters: each once, whatever becomes of it, and nothing more without their yes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

from ..delivery import Judgement, Transport, judge, message
from ..errors import DeliveryError, SenderRefused, TransportUnreachable
from ..model import Failure, Letter, Subscription
from ..rendering.languages import Language, language
from ..tokens import Purpose, make_token
from .letters import PREFERENCES_LAST, preferences_page
from .parts import Clock, Parts

BY_MAIL = "invitation, by mail"
BY_LINK = "invitation, by its page"


@dataclass(slots=True)
class Invited:
    """How many were asked, how many may have been (no answer was heard), and what failed."""

    sent: int = 0
    unknown: int = 0
    failures: list[Failure] = field(default_factory=list)


def invite(parts: Parts, waiting: Sequence[Subscription], clock: Clock) -> Invited:
    """Send each of these one letter with a link to say yes by, over one connection.

    That it may be on the wire is on disk before it is, so that nobody is asked twice: whose letter the server put off is asked by the next
    call, whose letter it refused, or whose answer was lost, is not. A server that takes no mail at all ends the call.
    """
    done = Invited()
    if not waiting:
        return done
    transport = parts.connect()
    try:
        for subscription in waiting:
            if not _asked(parts, transport, subscription, clock, done):
                break
    finally:
        transport.close()
    return done


def _asked(parts: Parts, transport: Transport, subscription: Subscription, clock: Clock, done: Invited) -> bool:
    """Ask one of them; False where there is no sense in asking the next."""
    reader = subscription.subscriber
    try:
        letter = invitation(parts, subscription, clock)
        transport.ready()
    except (TransportUnreachable, SenderRefused) as error:
        done.failures.append(Failure(error.subject, error.message, error.hint))
        return False
    except DeliveryError as error:
        done.failures.append(Failure(error.subject, error.message, error.hint))
        return True
    if not parts.catalog.invitations.begin(reader.id, clock()):
        return True
    try:
        reply = transport.send(letter)
    except (TransportUnreachable, SenderRefused) as error:
        parts.catalog.invitations.take_back(reader.id)
        done.failures.append(Failure(error.subject, error.message, error.hint))
        return False
    except DeliveryError as error:
        done.failures.append(Failure(reader.email, error.message, error.hint))
        return True
    verdict = judge(reply.stage, reply)
    match verdict.judgement:
        case Judgement.ACCEPTED:
            done.sent += 1
        case Judgement.UNKNOWN:
            done.unknown += 1
        case Judgement.REFUSE:
            done.failures.append(Failure(reader.email, f"the invitation was refused: {reply}", verdict.hint))
        case _:
            parts.catalog.invitations.take_back(reader.id)
            done.failures.append(Failure(reader.email, f"the invitation was put off: {reply}", verdict.hint or "invite again later"))
    return verdict.judgement is not Judgement.STOP_BATCH


def invitation(parts: Parts, subscription: Subscription, clock: Clock) -> Letter:
    """The letter that asks, in their language: what it is about, the way to say yes, and that silence ends it."""
    sender, now, spoken = parts.sender, clock(), language(subscription.subscriber.language)
    domain = sender.address.rpartition("@")[2]
    identity = f"<invitation.{subscription.subscriber.id}.{subscription.id}@{domain}>"
    leave = make_token(Purpose.LETTER, subscription.id, 0, parts.secrets[0])
    page = f"{parts.base_url.rstrip('/')}/u/{leave}" if parts.base_url else None
    draft = message.Draft(
        sender=sender.address,
        sender_name=sender.name,
        reply_to=sender.reply_to,
        to=subscription.subscriber.email,
        subject=spoken.say("{sender}: would you like these letters?", sender=sender.name),
        message_id=identity,
        date=now,
        list_id=f"digest.{domain}",
        unsubscribe_mailto=_mailto(parts, f"unsubscribe {leave}", spoken),
        unsubscribe_url=page if parts.base_url_reach == "public" else None,
        text=_text(parts, subscription, spoken, now),
        html=None,
    )
    content = message.write(draft, parts.signers)
    return Letter(sender=sender.bounce_address or sender.address, to=draft.to, message_id=identity, content=content)


def _text(parts: Parts, subscription: Subscription, spoken: Language, now: datetime) -> str:
    secret, say = parts.secrets[0], spoken.say
    join = make_token(Purpose.JOIN, subscription.id, 0, secret)
    base = parts.base_url.rstrip("/")
    theirs = parts.catalog.subscribers.find(subscription.subscriber.email)
    about = "; ".join(_about(one, spoken) for one in theirs if one.left_at is None)
    opening = (
        say("{sender} can send you a digest of new research papers:", sender=parts.sender.name),
        f"{about}.",
        say("You are asked because somebody put your address on a list for it."),
    )
    ways = [say("To get these letters, send this mail as it is:"), _mailto(parts, f"join {join}", spoken)]
    if base:
        preferences = preferences_page(parts, subscription.id, 0, now.date() + PREFERENCES_LAST)
        ways = [say("To get these letters, open this page and press its button:"), f"{base}/j/{join}"]
        ways += [say("To choose first what stands in them, and when they come:"), preferences]
    last = say("If you do nothing, this is the only letter you get.")
    return "\n\n".join([say("Hello,"), "\n".join(opening), *ways, last]) + "\n"


def _about(subscription: Subscription, spoken: Language) -> str:
    """What it would hold, in a few words."""
    if subscription.edition is not None:
        return spoken.say("the edition {name}, the same for all its readers", name=subscription.edition.name)
    profile = subscription.profile
    words = [*profile.topics, *profile.keywords, *profile.categories] if profile else []
    return ", ".join(words[:3]) or spoken.say("what you choose")


def _mailto(parts: Parts, command: str, spoken: Language) -> str:
    to = parts.sender.inbox or parts.sender.address
    body = spoken.say("Please send this mail as it is.")
    return f"mailto:{quote(to, safe='@')}?subject={quote(command)}&body={quote(body)}"
