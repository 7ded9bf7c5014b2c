"""Invite people by one letter to subscribe: each is asked once, whatever happens to it, and gets nothing more without a yes."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ...delivery import Judgement, Reply, Transport, judge
from ...delivery.suspicion import HINT, KEPT_REASON, Finding, Suspicion
from ...delivery.wording import impersonal
from ...errors import DeliveryError, SenderRefused, TransportUnreachable
from ...model import Failure, Letter, Rest, Subscriber, Subscription
from ...rendering import clean
from ...rendering.languages import Language, language
from ...tokens import Purpose, make_token
from ..parts import Clock, Parts
from .letters import NAME_IN_SUBJECT, PREFERENCES_LAST, inbox_of, mail_link, notice, preferences_page

BY_MAIL = "invitation, by mail"
BY_LINK = "invitation, by its page"


@dataclass(slots=True)
class Invited:
    """How many invitations were sent, how many may have been (the server's answer was lost), and what failed."""

    sent: int = 0
    unknown: int = 0
    failures: list[Failure] = field(default_factory=list)


def invite(parts: Parts, waiting: Sequence[Subscription], clock: Clock) -> Invited:
    """Send each of these readers one letter with a link to accept, over one connection.

    Before a letter goes on the wire, that is written to disk, so that nobody is asked twice. If the server put the letter off, the next
    call asks that reader again; if it refused the letter, or its answer was lost, no call does. A server that takes no mail at all ends
    this call; so does one that refuses everybody alike, and the next call asks those it refused. A server that has had enough for now gets
    no issues either.
    """
    done = Invited()
    if not waiting:
        return done
    transport = parts.connect()
    rest, suspicion, goes_on = list(waiting), Suspicion(), True
    try:
        while rest and goes_on:
            subscription = rest.pop(_index_of_next(rest, suspicion))
            goes_on = _invite_one(parts, transport, subscription, clock, done, suspicion)
    finally:
        transport.close()
        _release_kept(parts, suspicion.ended(is_cut_short=bool(rest) or not goes_on), suspicion, done)
        if parts.quota is not None:
            parts.catalog.quota_outbox(parts.quota).note_days(clock())
    return done


def _index_of_next(rest: Sequence[Subscription], suspicion: Suspicion) -> int:
    """The index of the reader to ask next: the first, or, to test whether the server refuses everybody, the last one of another domain.

    It is taken from the end because lists are often sorted by domain.
    """
    if not suspicion.is_suspicious:
        return 0
    place = next((n for n in reversed(range(len(rest))) if suspicion.is_good_probe(rest[n].subscriber.email)), len(rest) - 1)
    suspicion.probe_with(rest[place].subscriber.id)
    return place


def _release_kept(parts: Parts, heard: Finding, suspicion: Suspicion, done: Invited) -> None:
    """Let the readers who were refused because of us be asked again."""
    for held in heard.kept:
        parts.catalog.invitations.take_back(held.delivery)
    if heard.kept:
        done.failures.append(Failure("mail server", f"{KEPT_REASON}: {suspicion.says}", HINT))


def _invite_one(
    parts: Parts, transport: Transport, subscription: Subscription, clock: Clock, done: Invited, suspicion: Suspicion
) -> bool:
    """Send one invitation; False if there is no sense in sending the next."""
    reader = subscription.subscriber
    try:
        letter = invitation(parts, subscription, clock)
        transport.ready()
    except DeliveryError as error:
        done.failures.append(Failure(error.subject, error.message, error.hint))
        return not isinstance(error, TransportUnreachable | SenderRefused)
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
    return _note_reply(parts, reader, letter, reply, done, suspicion, now=clock())


def _note_reply(
    parts: Parts, reader: Subscriber, letter: Letter, reply: Reply, done: Invited, suspicion: Suspicion, *, now: datetime
) -> bool:
    """Note what the reply says of this invitation; True if there is sense in sending the next."""
    ours = (letter.sender, *parts.policy.senders)
    verdict = judge(reply.stage, reply, [address for address in ours if address.casefold() != letter.to.casefold()])
    if verdict.rest and parts.quota is not None:
        parts.catalog.quota_outbox(parts.quota).rest(Rest(now + verdict.rest, impersonal(str(reply), letter.to)))
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
    if verdict.judgement is Judgement.STOP_BATCH:
        return verdict.names_us and not suspicion.named(reader.id, letter.to, reply)
    heard = suspicion.heard(reader.id, letter.to, reply)
    _release_kept(parts, heard, suspicion, done)
    return not heard.stops


def invitation(parts: Parts, subscription: Subscription, clock: Clock) -> Letter:
    """The invitation in its reader's language: what the letters are about, how to accept, and that silence means no."""
    now, spoken = clock(), language(subscription.subscriber.language)
    subject = spoken.say("{sender}: would you like these letters?", sender=clean(parts.sender.name, NAME_IN_SUBJECT))
    identity = f"invitation.{subscription.id}.{_keyed_hash(parts, subscription)}"
    return notice(parts, subscription, identity, subject, _text(parts, subscription, spoken, now), now)


def _keyed_hash(parts: Parts, subscription: Subscription) -> str:
    """A keyed hash that is the same each time this invitation is written, and different in another database, where ids start again.

    Mail programs show only one of two letters with the same Message-ID.
    """
    return hmac.digest(parts.secrets[0], f"invitation {subscription.id} {subscription.subscriber.email}".encode(), "sha256")[:8].hex()


def _text(parts: Parts, subscription: Subscription, spoken: Language, now: datetime) -> str:
    secret, say = parts.secrets[0], spoken.say
    join = make_token(Purpose.JOIN, subscription.id, 0, secret)
    theirs = parts.catalog.subscribers.find(subscription.subscriber.email)
    about = "; ".join(_about(one, spoken) for one in theirs if one.left_at is None)
    opening = (
        say("{sender} can send you a digest of new research papers:", sender=parts.sender.name),
        f"{about}.",
        say("You are asked because somebody put your address on a list for these letters."),
    )
    by_mail = mail_link(inbox_of(parts), "join ", join, say("Please send this mail as it is."))
    ways = [say("To get these letters, send this mail as it is:"), by_mail]
    if parts.base_url:
        preferences = preferences_page(parts, subscription.id, 0, now.date() + PREFERENCES_LAST)
        ways = [say("To get these letters, open this page and press its button:"), f"{parts.base_url}/j/{join}"]
        ways += [say("To choose first what is in them and when they come:"), preferences]
    last = say("If you do nothing, this is the only letter you get.")
    return "\n\n".join([say("Hello,"), "\n".join(opening), *ways, last]) + "\n"


def _about(subscription: Subscription, spoken: Language) -> str:
    """What the subscription's letters would contain, in a few words."""
    if subscription.edition is not None:
        return spoken.say("the edition {name}, the same for all its readers", name=subscription.edition.name)
    profile = subscription.profile
    words = [*profile.topics, *profile.keywords, *profile.categories] if profile else []
    return ", ".join(words[:3]) or spoken.say("what you choose")
