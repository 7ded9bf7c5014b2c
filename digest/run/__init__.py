"""One run, the only place where the stages meet: inbox → fetch → record → compose → publish → deliver.

`pulling` asks the sources and fills the catalog; `issuing` decides whose issue is due, composes it and publishes it; `mailing` turns
issues into letters, sends them, and handles bounces and readers' mail. `asking` answers questions about papers with the same ranking,
`backtesting` tests it on past days. Every failure is reported with its subject, and the run goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from ..delivery import deliver as hand_over
from ..delivery.tally import Tally
from ..delivery.verp import Verp
from ..model import Subscription
from .asking import explain, search
from .backtesting import Backtest, TestedIssue, backtest
from .forgetting import forget
from .garbage import collecting_rarely
from .issuing.composing import compose, past_week, preview_issue, today
from .issuing.dues import Outlook, Turn, due_now, is_paused, outlook, turns, turns_of_all
from .issuing.gathering import gather
from .issuing.grouping import as_grouped
from .issuing.profiles import by_key, taught
from .issuing.publishing import Published, composed, publish, publish_these, without_papers
from .leasing import SCHEDULE, WORK, hanging_holder, holding_work_lease, keeping_schedule_lease, take_schedule_lease
from .mailing.bouncing import CameBack, take_back
from .mailing.desk import Desk
from .mailing.inviting import invite
from .mailing.letters import letter_of, render_issue
from .mailing.overdue import issues_amiss, letters_amiss
from .mailing.quota import outbox_of, tell_waiting
from .mailing.receiving import answer, answers, receive, returned_in
from .mailing.summarising import sum_up
from .mailing.theming import Theming, page_of
from .parts import Clock, Parts, Report
from .pulling.awaiting import awaited
from .pulling.fetching import fetch, learn_details, learn_liked, look_up, look_up_works
from .pulling.following import asked, file_saved, follow, in_words
from .pulling.lingering import are_kept_by_others, wait_for_listings
from .pulling.standing import problems, standings
from .stopping import stoppable

__all__ = [
    "SCHEDULE",
    "WORK",
    "Backtest",
    "CameBack",
    "Outlook",
    "Parts",
    "Report",
    "TestedIssue",
    "Turn",
    "answer",
    "answers",
    "as_grouped",
    "asked",
    "awaited",
    "backtest",
    "by_key",
    "check_theme",
    "compose",
    "composed",
    "deliver",
    "due_now",
    "explain",
    "fetch",
    "file_saved",
    "first_letter",
    "follow",
    "forget",
    "gather",
    "holding_work_lease",
    "in_words",
    "invite",
    "is_paused",
    "issues_amiss",
    "keeping_schedule_lease",
    "learn_details",
    "learn_liked",
    "letter_of",
    "letters_amiss",
    "look_up",
    "look_up_works",
    "outlook",
    "page_of",
    "past_week",
    "preview_issue",
    "problems",
    "publish",
    "receive",
    "render_issue",
    "returned_in",
    "run",
    "search",
    "standings",
    "sum_up",
    "take_back",
    "take_schedule_lease",
    "taught",
    "turns",
    "turns_of_all",
]

log = logging.getLogger(__name__)


def run(
    parts: Parts,
    clock: Clock,
    report: Report | None = None,
    *,
    tell: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Report:
    """One whole run at `clock()`: fetch every source, publish an issue for every subscription that is due, send every letter that is due.

    `tell` is called with the name of each stage. A `report` passed in says what was done even if a bug ends the run.
    A second run at the same time sends nothing; if a run is killed anywhere and started again, nothing is lost.
    """
    report = report or Report(clock())
    check_theme(parts, report)  # a broken theme is reported at the start, not at the first letter
    if parts.inbox is not None:
        tell("reading the inbox")
    try:
        receive(parts, report)
        with holding_work_lease(parts, clock) as other:
            if other is None:
                _fill_and_publish(parts, report, clock, tell, sleep)
            else:
                report.notes.append(f"another digest fetches and composes at the moment ({other}): this run only hands over what waits")
                report.failures.extend(hanging_holder(other, parts.policy.linger, clock()))
    except Exception:  # a bug: letters that wait since earlier runs are still sent before it is raised again
        with report.guard():
            deliver(parts, report, clock)
        raise
    tell("delivering")
    deliver(parts, report, clock)
    file_saved(parts, report)
    return report


def _fill_and_publish(
    parts: Parts, report: Report, clock: Clock, tell: Callable[[str], None], sleep: Callable[[float], None]
) -> None:
    tell("fetching")
    fetch(parts, report)
    if are_kept_by_others(parts, report):
        # A first round for those who wait for no listing. Those who do are reported at the end, when they may have their letter.
        early = replace(report, quiet=[], notes=[])
        try:
            published = _publish_all(parts, early, tell)
            deliver(replace(parts, policy=replace(parts.policy, linger=timedelta(0))), early, clock)
        finally:
            report.issues = early.issues
            report.notes.extend(early.notes)
        report.quiet.extend(without_papers(published))
    before = report.now
    parts = wait_for_listings(parts, report, clock, tell, sleep)
    if report.now > before:
        receive(parts, report)  # somebody who left during the wait gets no further letter
    _publish_all(parts, report, tell)
    report.notes[:] = dict.fromkeys(report.notes)


def _publish_all(parts: Parts, report: Report, tell: Callable[[str], None]) -> Published:
    """Publish the issues that are due now, after fetching readers' libraries and the liked papers that the catalog lacks."""
    follow(parts, report)
    learn_liked(parts, report)
    tell("ranking")
    published = publish(parts, report)
    learn_details(parts, published, report)
    if parts.summariser is not None:
        tell("summing up")
    sum_up(parts, published, report)
    return published


def deliver(parts: Parts, report: Report, clock: Clock, *, is_stopped: Callable[[], bool] = lambda: False) -> str | None:
    """Send every letter that is due, and settle each; returns why it stopped early, None if every letter had its turn.

    After SIGTERM or Ctrl-C the letter on the wire is finished and the rest go back to the queue, so nothing is sent twice.
    """
    desk = Desk(_with_known_sender(parts), report)
    report.tally = Tally(parts.catalog.waiting.due(clock()))
    with stoppable() as is_asked, collecting_rarely(), _counted(report):
        outcome = hand_over(
            outbox_of(parts),
            desk,
            parts.connect,
            parts.policy,
            worker=parts.worker,
            clock=clock,
            watch=report,
            is_stopped=lambda: is_asked() or is_stopped(),
        )
        report.deliveries.update(outcome.counts)
        report.failures.extend(outcome.failures)
    tell_waiting(parts, outcome, report, clock())
    if outcome.of_sender and parts.catalog.plain_senders.remember(parts.sender.server, outcome.of_sender, clock()):
        log.warning("the server takes only the plain sender address", extra={"server": parts.sender.server})
        report.notes.append(_why_plain(parts.sender.server, outcome.of_sender))
    return outcome.stopped


@contextmanager
def _counted(report: Report) -> Iterator[None]:
    """Keep the counts of the letters that were settled before a bug ends their delivery."""
    try:
        yield
    except Exception:
        report.deliveries.update(report.tally.counts)
        raise


def check_theme(parts: Parts, report: Report) -> None:
    """Compile the default theme; a broken theme of the operator's is reported as a failure and does not end the run."""
    Theming(parts, report).ready()


def first_letter(parts: Parts, subscriptions: Sequence[Subscription], clock: Clock) -> Report:
    """One run for only these subscriptions: today's letter now, whatever the time."""
    report = Report(clock())
    fetch(parts, report)
    follow(parts, report)
    learn_liked(parts, report)
    due_now = [(s, today(s, report.now)) for s in subscriptions]
    drafts = compose(parts, due_now, gather(parts, due_now, report))
    published = publish_these(parts.catalog, drafts, report.now)
    report.issues = published.letters
    learn_details(parts, published, report)
    sum_up(parts, published, report)
    deliver(parts, report, clock)
    return report


def _with_known_sender(parts: Parts) -> Parts:
    """The parts with a plain sender address, if the server is known to accept no other."""
    if parts.sender.verp is not Verp.TRIED or parts.catalog.plain_senders.reply(parts.sender.server) is None:
        return parts
    return replace(parts, sender=replace(parts.sender, verp=Verp.OFF))


def _why_plain(server: str, refusal: str) -> str:
    return (
        f"{server} refused a sender address of the letter's own ({refusal}), and took the plain one: "
        "all letters leave with that from now on (set [smtp] verp to true or false to decide it yourself)"
    )
