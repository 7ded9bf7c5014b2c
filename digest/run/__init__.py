"""One run, the only place where the stages meet: fetch → record → compose → publish → deliver.

`fetching` fills the catalog, `knowing` reads what it holds, `composing` decides what stands in each issue, `letters` turns an issue
into bytes, `asking` answers questions about papers with the same ranking, `backtesting` tests it on past days.
Every failure is reported with its subject and the run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from ..cadence import due, next_due
from ..delivery import deliver as hand_over
from ..embedding import Tell, silent
from ..model import Issue, Period, Subscription
from .asking import Explanation, Found, explain, search
from .backtesting import Backtest, Tested, backtest
from .composing import compose, gather, preview_issue, today
from .fetching import fetch, learn_details, learn_liked, look_up, look_up_works
from .following import asked, file_saved, follow, in_words
from .grouping import as_grouped
from .letters import letter_of, render_issue
from .obeying import obey
from .parts import Clock, Parts, Report, SourceLine
from .profiles import Taught, taught
from .stopping import stoppable

__all__ = [
    "Backtest",
    "Explanation",
    "Found",
    "Parts",
    "Report",
    "SourceLine",
    "Taught",
    "Tested",
    "as_grouped",
    "asked",
    "backtest",
    "compose",
    "deliver",
    "explain",
    "fetch",
    "file_saved",
    "first_letter",
    "follow",
    "gather",
    "learn_details",
    "learn_liked",
    "in_words",
    "letter_of",
    "look_up",
    "look_up_works",
    "obey",
    "preview_issue",
    "publish",
    "render_issue",
    "run",
    "search",
    "taught",
    "who_is_due",
]

BLOCK = 128
"""Subscriptions composed and published at a time: one matrix, one transaction."""


def run(parts: Parts, clock: Clock, *, tell: Callable[[str], None] = lambda _: None, watch: Tell = silent) -> Report:
    """One whole run at `clock()`: what every source has, an issue for every subscription that is due, every letter that is due.

    `tell` hears the name of each stage, `watch` how far the model is with the new papers.
    Running it again at the same time sends nothing; killed anywhere and started again, nothing is lost.
    """
    parts.press("")  # a broken theme is an error at the start, not at the first letter
    report = Report(clock(), watch=watch)
    tell("fetching")
    fetch(parts, report)
    follow(parts, report)
    learn_liked(parts, report)
    tell("ranking")
    learn_details(parts, publish(parts, report), report)
    tell("delivering")
    deliver(parts, report, clock)
    file_saved(parts, report)
    return report


def publish(parts: Parts, report: Report) -> tuple[Issue, ...]:
    """Decide and store the issue of every subscription that is due at `report.now`, and queue its letter; gives the issues."""
    waiting, quiet = who_is_due(parts, report.now)
    report.quiet.extend(quiet)
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
    with stoppable() as is_asked:
        outcome = hand_over(
            parts.catalog.outbox,
            lambda delivery: letter_of(parts, parts.catalog.issues.load(delivery.issue)),
            parts.connect,
            parts.policy,
            worker=parts.worker,
            clock=clock,
            is_stopped=lambda: is_asked() or is_stopped(),
        )
        report.deliveries.update(outcome.counts)
        report.failures.extend(outcome.failures)
    return outcome.stopped


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
    deliver(parts, report, clock)
    return report


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
