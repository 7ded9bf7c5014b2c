"""The verbs that do the work: `run`, and its parts `fetch` and `deliver`."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ..errors import DigestError
from ..model import Failure
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, rehearsed, say, settings
from .progress import run_shown, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..run import Parts, Report


SHOWN = 10
"""Letters that are named one by one where they failed, or went out in another theme than theirs; `--json` names all."""


@click.command("run")
@now_option
@json_option
@dry_run_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing where nothing is wrong, so that cron mails nothing.")
@click.pass_context
def run(ctx: click.Context, now: datetime | None, as_json: bool, dry_run: bool, quiet: bool) -> int:
    """One whole run, made for cron: pull the listings, rank them, publish what is due, hand over the letters.

    Running it twice sends nothing twice. With --now the time stands still, so it waits for nothing.
    """
    from ..run import Report, letters_amiss
    from ..run import run as run_all

    with parts_for(ctx, now, sends=True, dry_run=dry_run, warns=not quiet) as parts:
        if dry_run:
            return would_run(parts, clock(now), as_json=as_json)
        report = Report(clock(now))
        with told(report, as_json), run_shown() as (report.watch, report.letters):
            run_all(parts, _ticking(now), report, tell=_progress(is_shown=not quiet))
        # A server that puts off every letter fails none of them for a day and a half.
        waiting = letters_amiss(parts, clock(now)).get("letters") if quiet else None
    if quiet and not as_json and not (report.failures or report.stand_ins or waiting):
        return 0
    done = show(report, as_json)
    if waiting:
        say(f"{waiting[0]}\n  → {waiting[1]}")
    return done


@click.command("fetch")
@now_option
@json_option
@dry_run_option
@click.pass_context
def fetch(ctx: click.Context, now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Only pull the listings into the catalog, even those that are already in; nothing is published or sent."""
    from ..run import Report, follow, learn_liked
    from ..run import fetch as fetch_all

    with parts_for(ctx, now, ranks=False, dry_run=dry_run) as parts:
        if dry_run:
            return _would({"would_fetch": [source.name for source in parts.sources]}, as_json)
        report = Report(clock(now))
        with told(report, as_json):
            fetch_all(parts, report, insist=True)
            follow(parts, report)
            learn_liked(parts, report)
    return show(report, as_json)


@click.command("deliver")
@now_option
@json_option
@dry_run_option
@click.pass_context
def deliver(ctx: click.Context, now: datetime | None, as_json: bool, dry_run: bool) -> int:
    """Only hand over the letters that are due."""
    from ..run import Report
    from ..run import deliver as hand_over

    with parts_for(ctx, now, sends=True, ranks=False, dry_run=dry_run) as parts:
        if dry_run:
            return _would({"would_deliver": _waiting(parts)}, as_json)
        report = Report(clock(now))
        with told(report, as_json), run_shown() as (_, report.letters):
            hand_over(parts, report, _ticking(now))
    return show(report, as_json)


@contextmanager
def parts_for(
    ctx: click.Context, now: datetime | None, *, sends: bool = False, ranks: bool = True, dry_run: bool = False, warns: bool = True
) -> Iterator[Parts]:
    """The parts of a run from the configuration; with `--now` a run does not linger, because its time stands still.

    `sends`: a server or password that is missing is an error here, before anything is fetched or published. `ranks`: so is a model.
    `warns`: say what the configuration has that is allowed and may not be meant, which `digest doctor` tells as well.
    """
    from ..wiring import build, transport

    read = settings(ctx)
    for warning in read.warnings if warns else ():
        say(f"warning: {warning}")
    if now is not None:
        read = replace(read, delivery=replace(read.delivery, linger=timedelta(0)))
    if not ranks:
        read = replace(read, ranking=replace(read.ranking, model=""))
    if sends:
        transport(read).close()
    with rehearsed(read, dry_run=dry_run) as used, build(used, clock(now)) as parts:
        yield parts


@contextmanager
def told(report: Report, as_json: bool) -> Iterator[None]:
    """Print the report even if an error or a bug ends the run, before the error or the traceback."""
    try:
        yield
    except Exception as error:
        show(report, as_json, ended_by=error)
        raise


def show(report: Report, as_json: bool, *, ended_by: Exception | None = None) -> int:
    """Print what a run did; gives 1 if something failed. In JSON, what ended the run early is a failure; otherwise its own lines say so."""
    if as_json:
        ends = [Failure(ended_by.subject, ended_by.message, ended_by.hint)] if isinstance(ended_by, DigestError) else []
        print_json(replace(report, failures=[*report.failures, *ends]).as_json())
    else:
        rows = [["source " + line.name, line.state, f"{line.new} new"] for line in report.sources]
        rows += [["letters", str(status), str(n)] for status, n in sorted(report.deliveries.items()) if n]
        print_table(["what", "state", "how many"], [*rows, ["issues", "published", str(report.issues)]])
    for sentence in (*report.tally.summary(), *report.notes, *report.quiet, *in_other_themes(report)):
        say(sentence)
    return tell_failures(report)


def in_other_themes(report: Report) -> tuple[str, ...]:
    """Which letters were rendered in a substitute theme: a few by name, and how many more."""
    told = [f"{s.address} ({s.subscription}): not in the theme {s.theme}, but in {s.used}" for s in report.stand_ins]
    more = len(told) - SHOWN
    return (*told[:SHOWN], f"and {more} more letters in another theme than theirs") if more > 1 else tuple(told)


def tell_failures(report: Report) -> int:
    """Print what failed while the rest went on; gives 1 if anything did."""
    for sentence in in_failures(report):
        say(sentence)
    return 1 if report.failures else 0


def in_failures(report: Report) -> Iterator[str]:
    """What failed, each with its advice; of failed letters, which a broken server makes by the thousand, only a few, and how many more.

    What fails twice in the same way, as a service does that is asked for two things, is told once.
    """
    letters = 0
    for failure in dict.fromkeys(report.failures):
        letters += (is_letter := _is_of_letter(failure))
        if letters <= SHOWN or not is_letter:
            advice = f"\n  → {failure.hint}" if failure.hint else ""
            yield f"failed: {failure.subject}: {failure.message}{advice}"
    if more := max(letters - SHOWN, 0):
        yield f"failed: {more:,} more letter{'s' * (more > 1)}\n  → `digest outbox` shows what the server said; --json names all"


def _is_of_letter(failure: Failure) -> bool:
    """Whether the failure's subject is a letter: a Message-ID (given up) or a reader's address (refused)."""
    return failure.subject.startswith("letter ") or ("@" in failure.subject and " " not in failure.subject)


def would_run(parts: Parts, now: datetime, *, as_json: bool) -> int:
    """Print what a run would do: what it would fetch, whose letters are due with which papers of the catalog, and which letters wait."""
    from ..run import Report, composed, due_now

    due = due_now(parts, now)
    with shown() as watch:
        report = Report(now, watch=watch)
        published = [
            {
                "address": issue.subscription.subscriber.email,
                "subscription": issue.subscription.name,
                "papers": len(issue.picks),
                "first": issue.picks[0].paper.title if issue.picks else None,
            }
            for issue in composed(parts, due, report)
            if not issue.held
        ]
    names = [source.name for source in parts.sources]
    _would({"would_fetch": names, "would_publish": published, "would_deliver": _waiting(parts)}, as_json)
    if names and published:
        say("papers are counted among those stored so far, without what would be fetched")
    return tell_failures(report)


def _waiting(parts: Parts) -> list[dict[str, object]]:
    """The letters still to be sent, by status."""
    from ..model import DeliveryStatus

    waiting = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.SENDING, DeliveryStatus.DEFERRED, DeliveryStatus.UNKNOWN)
    return [{"status": str(status), "letters": n} for status, n in parts.catalog.outbox.counts().items() if n and status in waiting]


def _would(plan: dict[str, list[Any]], as_json: bool) -> int:
    """Print a dry run's result: a table for each step that has something to do."""
    if as_json:
        print_json(plan)
    for step, lines in plan.items() if not as_json else ():
        rows = [line if isinstance(line, dict) else {"": line} for line in lines]
        print_table([step.replace("_", " "), *[key for row in rows[:1] for key in row][1:]], [list(row.values()) for row in rows])
    say("nothing was fetched, published or sent")
    return 0


def _ticking(now: datetime | None) -> Callable[[], datetime]:
    return lambda: clock(now)


def _progress(*, is_shown: bool) -> Callable[[str], None]:
    """Show the current stage on a terminal's stderr; nothing without a terminal."""
    import sys

    return (lambda stage: say(f"{stage} …")) if is_shown and sys.stderr.isatty() else (lambda _: None)
