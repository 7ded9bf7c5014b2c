"""`digest backtest`: what a reader's last issues would have been, and what they would have caught."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from .finding import all_of, only
from .frame import clock, json_option, now_option, print_json, print_table, say, titled
from .numbers import Whole
from .progress import shown
from .run import parts_for, tell_failures

if TYPE_CHECKING:
    from ..run import Backtest, TestedIssue


@click.command("backtest")
@click.argument("subscriber")
@click.option("--days", type=Whole(1, 365), default=30, show_default=True, help="How far to look back.")
@click.option("--subscription", "name", metavar="NAME", help="Which of their subscriptions (needed if there are several).")
@click.option("--verbose", is_flag=True, help="Also the papers of each issue, and the kept ones that it lacks.")
@now_option
@json_option
@click.pass_context
def backtest(
    ctx: click.Context, /, subscriber: str, days: int, name: str | None, verbose: bool, now: datetime | None, as_json: bool
) -> int:
    """What past issues would have been, from the catalog, and how many of the papers their reader later kept they would have caught.

    Kept means liked, saved, or added to the library. For comparison it shows what as many papers would have caught, drawn at random or
    the newest first. What was liked or added after a day is left out of that day's profile. Sends and changes nothing.
    """
    from ..run import Report
    from ..run import backtest as test

    report = Report(clock(now))
    with parts_for(ctx, now) as parts, shown() as report.watch:
        subscription = only(all_of(parts.catalog, subscriber, name), "--subscription")
        found = test(parts, subscription, days, report)
    if as_json:
        asked = {"address": subscription.subscriber.email, "subscription": subscription.name, "days": days}
        print_json({**asked, **_figures(found), "notes": list(found.notes), "issues": [_as_json(issue) for issue in found.issues]})
    else:
        if verbose:
            _print_papers(found)
        _print_days(found)
    for note in found.notes:
        say(note)
    return tell_failures(report) or (0 if found.issues else 1)


def _print_days(found: Backtest) -> None:
    rows: list[list[object]] = [
        [i.period.name, i.considered, len(i.picks), len(i.kept), i.caught, f"{float(i.chance):.1f}", i.newest] for i in found.issues
    ]
    if rows:
        shown_in_all = sum(len(issue.picks) for issue in found.issues)
        considered = sum(issue.considered for issue in found.issues)
        rows.append(["in all", considered, shown_in_all, found.kept, found.caught, f"{float(found.chance):.1f}", found.newest])
    print_table(["issue", "new", "shown", "kept later", "caught", "by chance", "by newest first"], rows)


def _print_papers(found: Backtest) -> None:
    for issue in found.issues:
        kept = {paper.key for paper in issue.kept}
        there = {pick.paper.key for pick in issue.picks}
        rows = [[f"{p.score:.0f}", "kept" if p.paper.key in kept else "", titled(p.paper), p.paper.key] for p in issue.picks]
        rows += [["", "missed", titled(paper), paper.key] for paper in issue.kept if paper.key not in there]
        click.echo(issue.period.name)
        print_table(["score", "", "title", "key"], rows)


def _figures(found: Backtest) -> dict[str, object]:
    return {"kept": found.kept, "caught": found.caught, "chance": round(float(found.chance), 4), "newest": found.newest}


def _as_json(issue: TestedIssue) -> dict[str, object]:
    there = {pick.paper.key for pick in issue.picks}
    kept = {paper.key for paper in issue.kept}
    return {
        "period": issue.period.name,
        "due": issue.period.end.isoformat(),
        "considered": issue.considered,
        "papers": [
            {"key": p.paper.key, "title": p.paper.title, "score": round(p.score, 2), "kept": p.paper.key in kept} for p in issue.picks
        ],
        "kept": [{"key": paper.key, "title": paper.title, "caught": paper.key in there} for paper in issue.kept],
        "caught": issue.caught,
        "chance": round(float(issue.chance), 4),
        "newest": issue.newest,
    }
