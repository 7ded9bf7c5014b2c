"""One run, the only place where the stages meet: inbox → fetch → record → compose → publish → deliver.

`receiving` carries out what readers mailed, `fetching` fills the catalog, `knowing` reads what it holds, `composing` decides what stands
in each issue, `summing` has its papers summed up, `letters` turns it into bytes, `asking` answers questions about papers with the same
ranking, `backtesting` tests it on past days.
Every failure is reported with its subject and the run goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from ..cadence import due, next_due
from ..delivery import deliver as hand_over
from ..delivery.verp import Verp
from ..embedding import Tell, silent
from ..model import Issue, Period, Subscription
from .asking import Explanation, Found, explain, search
from .awaiting import awaited, is_complete, next_fetch
from .backtesting import Backtest, Tested, backtest
from .composing import compose, gather, preview_issue, today
from .dressing import Dressing
from .fetching import fetch, learn_details, learn_liked, look_up, look_up_works
from .following import asked, file_saved, follow, in_words
from .forgetting import Forgotten, forget
from .grouping import as_grouped
from .inviting import Invited, invite
from .letters import letter_of, render_issue
from .obeying import obey
from .parts import Clock, Parts, Report, SourceLine
from .profiles import Taught, taught
from .receiving import answer, answers, receive
from .standing import Standing, problems, standings
from .stopping import stoppable
from .summing import sum_up

__all__ = [
    "Backtest",
    "Explanation",
    "Forgotten",
    "Found",
    "Invited",
    "Parts",
    "Report",
    "SourceLine",
    "Standing",
    "Taught",
    "Tested",
    "answer",
    "answers",
    "as_grouped",
    "asked",
    "awaited",
    "backtest",
    "check_theme",
    "compose",
    "deliver",
    "explain",
    "fetch",
    "file_saved",
    "first_letter",
    "follow",
    "forget",
    "gather",
    "learn_details",
    "learn_liked",
    "in_words",
    "is_complete",
    "invite",
    "letter_of",
    "look_up",
    "look_up_works",
    "next_fetch",
    "obey",
    "preview_issue",
    "problems",
    "publish",
    "receive",
    "render_issue",
    "run",
    "search",
    "standings",
    "sum_up",
    "taught",
    "who_is_due",
]

log = logging.getLogger(__name__)

BLOCK = 128
"""Subscriptions composed and published at a time: one matrix, one transaction."""


def run(parts: Parts, clock: Clock, *, tell: Callable[[str], None] = lambda _: None, watch: Tell = silent) -> Report:
    """One whole run at `clock()`: what every source has, an issue for every subscription that is due, every letter that is due.

    `tell` hears the name of each stage, `watch` how far the model is with the new papers.
    Running it again at the same time sends nothing; killed anywhere and started again, nothing is lost.
    """
    report = Report(clock(), watch=watch)
    check_theme(parts, report)  # what is wrong with it is told at the start, not at the first letter
    if parts.inbox is not None:
        tell("reading the inbox")
    receive(parts, report)
    tell("fetching")
    fetch(parts, report)
    follow(parts, report)
    learn_liked(parts, report)
    tell("ranking")
    issues = publish(parts, report)
    learn_details(parts, issues, report)
    if parts.summariser is not None:
        tell("summing up")
    sum_up(parts, issues, report)
    tell("delivering")
    deliver(parts, report, clock)
    file_saved(parts, report)
    return report


def publish(parts: Parts, report: Report) -> tuple[Issue, ...]:
    """Decide and store the issue of every subscription that is due at `report.now`, and queue its letter; gives the issues."""
    waiting, quiet = who_is_due(parts, report.now)
    report.quiet.extend(quiet)
    report.notes.extend(
        f"{address}: the configuration names it, and the suppression list too ({why}), so nothing goes there; take it out of config.toml"
        for address, why in parts.catalog.suppressions.configured()
    )
    if not waiting:
        return ()
    issues: list[Issue] = []
    day = gather(parts, waiting, report)
    for start in range(0, len(waiting), BLOCK):
        drafts = compose(parts, waiting[start : start + BLOCK], day)
        published = parts.catalog.issues.publish(drafts, report.now)
        report.issues += sum(issue.has_letter for issue in published)
        report.quiet.extend(_why_nothing(issue) for issue in published if not issue.picks)
        issues.extend(published)
    return tuple(issues)


def who_is_due(parts: Parts, now: datetime) -> tuple[list[tuple[Subscription, Period]], list[str]]:
    """The subscriptions whose letter is due, each with its period; of the others a sentence that says when they are."""
    subscriptions = parts.catalog.subscribers.active(now)
    standing = parts.catalog.issues.standing([s.id for s in subscriptions])
    waiting, quiet = [], []
    for subscription in subscriptions:
        period = due(subscription.cadence, subscription.subscriber.zone, now, standing[subscription.id].last_period)
        if period is None:
            moment = next_due(subscription.cadence, subscription.subscriber.zone, now)
            quiet.append(f"{_called(subscription)}: next issue {moment:%Y-%m-%d %H:%M} UTC")
        else:
            waiting.append((subscription, period))
    return waiting, quiet


def deliver(parts: Parts, report: Report, clock: Clock, *, is_stopped: Callable[[], bool] = lambda: False) -> str | None:
    """Hand over every letter that is due, and settle what became of it; gives why it ended before all had their turn.

    SIGTERM and Ctrl-C wait for the letter on the wire: the rest goes back to the queue, and nothing is sent twice.
    """
    dressing = Dressing(_with_known_sender(parts), report)
    with stoppable() as is_asked:
        outcome = hand_over(
            parts.catalog.outbox,
            lambda delivery: dressing.letter(parts.catalog.issues.load(delivery.issue)),
            parts.connect,
            parts.policy,
            worker=parts.worker,
            clock=clock,
            is_stopped=lambda: is_asked() or is_stopped(),
        )
        report.deliveries.update(outcome.counts)
        report.failures.extend(outcome.failures)
    if outcome.of_sender and parts.catalog.plain_senders.remember(parts.sender.server, outcome.of_sender, clock()):
        log.warning("the server takes only the plain sender address", extra={"server": parts.sender.server})
        report.notes.append(_why_plain(parts.sender.server, outcome.of_sender))
    return outcome.stopped


def check_theme(parts: Parts, report: Report) -> None:
    """Make the usual theme ready; one of the operator's that is broken is a failure, and no reason to stop."""
    Dressing(parts, report).ready()


def first_letter(parts: Parts, subscriptions: Sequence[Subscription], clock: Clock) -> Report:
    """One run for these subscriptions alone, whatever the hour: their letter of today, now."""
    report = Report(clock())
    fetch(parts, report)
    follow(parts, report)
    learn_liked(parts, report)
    due_now = [(s, today(s, report.now)) for s in subscriptions]
    drafts = compose(parts, due_now, gather(parts, due_now, report))
    published = parts.catalog.issues.publish(drafts, report.now)
    report.issues = sum(issue.has_letter for issue in published)
    learn_details(parts, published, report)
    sum_up(parts, published, report)
    deliver(parts, report, clock)
    return report


def _with_known_sender(parts: Parts) -> Parts:
    """The parts with a plain sender address where the server is known to take no other."""
    if parts.sender.verp is not Verp.TRIED or parts.catalog.plain_senders.reply(parts.sender.server) is None:
        return parts
    return replace(parts, sender=replace(parts.sender, verp=Verp.OFF))


def _why_plain(server: str, refusal: str) -> str:
    return (
        f"{server} refused a sender address of the letter's own ({refusal}), and took the plain one: "
        "all letters leave with that from now on (set [smtp] verp to true or false to decide it yourself)"
    )


def _called(subscription: Subscription) -> str:
    return f"{subscription.subscriber.email} ({subscription.name})"


def _why_nothing(issue: Issue) -> str:
    subject = f"{_called(issue.subscription)}, {issue.period.name}"
    if issue.considered == 0:
        return f"{subject}: no paper was listed since the last issue"
    if issue.subscription.profile is not None and issue.subscription.profile.floor is not None:
        told = ", and its letter says so" if issue.has_letter else ""
        return f"{subject}: none of {issue.considered} new papers reached the floor of {issue.subscription.profile.floor:g}{told}"
    return f"{subject}: all {issue.considered} new papers are muted or were sent before"
