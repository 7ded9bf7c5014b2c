"""Try a configuration: whether the server takes our mail, what today's issue would be, and which crontab line makes it daily."""

from __future__ import annotations

import secrets
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ..cadence import due, next_due
from ..errors import DeliveryError
from .descriptions import state
from .doubts import say_misspelt
from .frame import print_table, say, titled
from .progress import shown

if TYPE_CHECKING:
    from ..config import Settings
    from ..model import Reason, SourceOptions, Subscription
    from ..run import Report

_TEXT = """This is a test letter from digest.

If you can read it, letters will arrive. What it holds otherwise are papers.
"""


def try_server(settings: Settings) -> str:
    """Connect, encrypt and log in as for a letter; gives one line about the server. Raises DeliveryError, ConfigurationError."""
    from ..delivery.smtp import SmtpTransport
    from ..wiring import transport

    made = transport(settings)
    if not isinstance(made, SmtpTransport):
        if settings.delivery.transport == "null":
            return 'letters are written nowhere: [delivery] transport = "null"'
        return f"letters are written into {settings.delivery.folder}"
    say(f"asking {made.server} …")  # one that does not answer takes a while
    seen = made.check()
    login = "the login works" if seen.logged_in else "without a login"
    return f"{made.server} answers: {seen.encryption or 'not encrypted'}, {login}"


def send_test_letter(settings: Settings, to: str, now: datetime) -> str:
    """Send one letter that says it is a test; gives the server's reply.

    Raises DeliveryError if it is not accepted, UsageError for somebody on the suppression list.
    """
    from ..catalog import open_catalog
    from ..catalog.health import exists
    from ..delivery import Judgement, judge
    from ..delivery.message import Draft, write
    from ..model import Letter
    from ..run.mailing.letters import mail_link
    from ..wiring import signers, transport

    if exists(settings.database):  # `digest init` may write a new configuration beside it
        with open_catalog(settings.database) as catalog:
            catalog.suppressions.refuse(to)
    sender = settings.sender
    domain = sender.address.rpartition("@")[2]
    draft = Draft(
        sender=sender.address,
        sender_name=settings.sender_name,
        reply_to=sender.reply_to or None,
        to=to,
        subject="A test letter from digest",
        message_id=f"<test.{secrets.token_hex(8)}@{domain}>",
        date=now,
        list_id=f"digest.{domain}",
        unsubscribe_mailto=mail_link(settings.inbox.address or sender.address, "unsubscribe", ""),
        unsubscribe_url=None,
        text=_TEXT,
        html=None,
    )
    made = transport(settings)
    try:
        content = write(draft, signers(settings))
        letter = Letter(sender=sender.bounce_address or sender.address, to=to, message_id=draft.message_id, content=content)
        reply = made.send(letter)
    finally:
        made.close()
    verdict = judge(reply.stage, reply)
    if verdict.judgement is not Judgement.ACCEPTED:
        later = "it asks to come back later, as digest will do by itself with letters" if verdict.judgement is Judgement.DEFER else ""
        raise DeliveryError(to, f"the server answered {reply}", hint=verdict.hint or later)
    return str(reply)


def of_bounces(settings: Settings) -> str:
    """Why bounces will not identify their letter, judged by the server's name; "" if they will, or if the configuration decides it."""
    from ..delivery.verp import why_useless

    smtp = settings.smtp if settings.delivery.transport == "smtp" else None
    why = why_useless(smtp.host) if smtp is not None and smtp.verp == "auto" else ""
    return f"letters have no sender address of their own: {smtp.host} {why}" if smtp is not None and why else ""


def first_letter(settings: Settings, address: str, now: datetime, *, stands_still: bool) -> tuple[Report, str]:
    """Fetch, rank and deliver the first letter of one reader, without lingering: somebody is watching. With it why there is none, or "".
    """
    from ..run import first_letter as deliver_first
    from ..wiring import build
    from .frame import clock

    say("fetching today's papers …")
    impatient = replace(settings, delivery=replace(settings.delivery, linger=timedelta(0)))
    with build(impatient, now) as parts:
        mine = parts.catalog.subscribers.find(address)
        report = deliver_first(parts, mine, lambda: now if stands_still else clock(None))
        for subscription in mine:
            say_misspelt(parts.catalog, subscription.profile, report.now)
        return report, "" if report.issues else why_nothing(report, mine, settings.sources)


def show_top_five(settings: Settings, address: str, now: datetime) -> None:
    """Today's five best papers for one reader, as a table, and when the first letter goes out; sends nothing."""
    from ..run import Report, fetch, learn_liked, preview_issue
    from ..wiring import build

    with build(settings, now) as parts:
        report = Report(now)
        say("fetching today's papers …")
        fetch(parts, report)
        learn_liked(parts, report)
        (subscription, *_) = parts.catalog.subscribers.find(address)
        with shown() as report.watch:
            issue = preview_issue(parts, subscription, report)
        say_misspelt(parts.catalog, subscription.profile, now)
    for failure in report.failures:
        say(f"failed: {failure.subject}: {failure.message}")
    if issue.picks:
        ranked = any(pick.score for pick in issue.picks)
        rows = [
            [f"{pick.score:.0f}" if ranked else "", titled(pick.paper), because(pick.reasons)]
            for pick in issue.picks[:5]
        ]
        print_table(["score", "today's top five", "because"], rows)
        if not ranked and subscription.profile is not None and subscription.profile.is_thin:
            say("nothing to rank by yet, so these have no score: name topics, or papers you like, in the configuration")
    else:
        say(why_nothing(report, (subscription,), settings.sources))
    say(when_first(subscription, now))


def because(reasons: Sequence[Reason]) -> str:
    """The two reasons that speak most for a paper; those that cost it points are for `digest explain`."""
    return "; ".join([reason.note for reason in reasons if reason.points >= 0][:2])


def why_nothing(report: Report, readers: Sequence[Subscription] = (), sources: Sequence[SourceOptions] = ()) -> str:
    """Why these readers get no paper: no letters go to them, no source could be reached or fetches what they read, or there is none."""
    from ..doctor.readers import not_asked

    states = [state(one, report.now) for one in readers]
    if readers and "active" not in states:
        told = zip(readers, states, strict=True)
        return "; ".join(f"{one.subscriber.email} ({one.name}) gets no letters: {why}" for one, why in told)
    if report.sources and all(line.state == "failed" for line in report.sources):
        return "no listing could be reached, so there is no paper to show yet: the next `digest run` asks again"
    named = {category for one in readers for category in one.categories}
    missing, elsewhere, advice = not_asked(sources, named)
    if named and named == set(missing):
        what = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} asked of no source: {elsewhere}"
        return f"nothing is listed for this reader, as {what}; {advice}"
    return "nothing new is listed for this reader now, or a letter of today has it already; weekends and holidays are quiet"


def when_first(subscription: Subscription, now: datetime) -> str:
    """When a reader who has had no letter yet gets the first."""
    zone = subscription.subscriber.zone
    if due(subscription.cadence, zone, now) is not None:
        return "the first letter goes out with the next `digest run`"
    moment = next_due(subscription.cadence, zone, now).astimezone(ZoneInfo(zone))
    return f"the first letter goes out on {moment:%a %d %b at %H:%M} {zone}"


def crontab_line(config: Path, at: time, zone: str, machine_zone: str, now: datetime) -> str:
    """The line for `crontab -e`: hourly, shortly after the minute at which the reader's letter is due."""
    # Not once a day: cron makes up for nothing that a machine slept through, and a run with nothing due ends within seconds.
    when = f"{_minute(at, zone, machine_zone, now)} * * * *"
    command = f"{_executable()} --config {shlex.quote(str(config.absolute()))} run --quiet"
    # In a crontab an unescaped % ends the command.
    return f"{when} {command}".replace("%", r"\%")


def _minute(at: time, zone: str, machine_zone: str, now: datetime) -> int:
    """Five minutes after the reader's hour, as this machine counts: 7:00 in India is half past elsewhere."""
    there = datetime.combine(now.date(), at, ZoneInfo(zone)).astimezone(ZoneInfo(machine_zone))
    return (there.minute + 5) % 60


def _executable() -> str:
    """How cron, which knows no PATH, calls this program."""
    beside = Path(sys.executable).parent / "digest"
    found = str(beside) if beside.is_file() else shutil.which("digest")
    return shlex.quote(found) if found else f"{shlex.quote(sys.executable)} -m digest"
