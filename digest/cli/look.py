"""The verbs that only look: `preview`, `search`, `explain`, `status`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from ..model import FOR_EVER
from .doubts import say_misspelt
from .finding import all_of, only
from .frame import (
    STDOUT,
    authors_of,
    clock,
    json_option,
    now_option,
    print_json,
    print_table,
    refuse,
    say,
    settings,
    titled,
    write_whole,
    writing,
)
from .numbers import Whole
from .printable import printable
from .progress import shown
from .run import parts_for, tell_failures
from .wishes import meant

if TYPE_CHECKING:
    from ..catalog import Alike, SourceState
    from ..model import Paper
    from ..run import Turn

SHOWN = 50
"""Subscriptions that `status` names in its table."""
FORMATS = ("html", "text", "markdown", "eml")
_Next = tuple[str, str, datetime, str]
"""A reader's address, a subscription's name, when its next issue is due, and what there is to say of it."""


@click.command("preview")
@click.argument("subscriber")
@click.option("--subscription", "name", metavar="NAME", help="Which of their subscriptions (needed if there are several).")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="What to make.")
@click.option("--theme", metavar="NAME", callback=meant("word"), help="How it would look: paper, compact or yours (default: theirs).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead of stdout (-).")
@now_option
@click.pass_context
def preview(
    ctx: click.Context, subscriber: str, name: str | None, form: str, theme: str | None, out: Path | None, now: datetime | None
) -> int:
    """What a reader would get now, from what the catalog holds; sends and changes nothing."""
    from ..run import Report, letter_of, preview_issue, render_issue

    report = Report(clock(now))
    with parts_for(ctx, now) as parts, shown() as report.watch:
        subscription = only(all_of(parts.catalog, subscriber, name), "--subscription")
        say_misspelt(parts.catalog, subscription.profile, report.now)
        issue = preview_issue(parts, replace(subscription, theme=theme or subscription.theme), report)
        if form == "eml":
            content = letter_of(parts, issue).content
        else:
            rendering = render_issue(parts, issue)
            content = {"html": rendering.html, "text": rendering.text}.get(form, rendering.markdown).encode()
    if out in (None, STDOUT):
        sys.stdout.buffer.write(content)
    else:
        with writing(out, "name another file: --out FILE"):
            write_whole(out, (content,))  # for its owner only: who has the letter's tokens can act for its reader
        say(f"{len(issue.picks)} paper{'' if len(issue.picks) == 1 else 's'} written to {out}")
    if issue.held:
        say(f"nothing scores above {subscription.cadence.only_above:g}: no letter goes out, and the papers are kept for the next")
    elif not issue.considered and not issue.picks:
        say("nothing in the catalog is left for this letter: `digest fetch` pulls the listings")
    elif not issue.picks:
        what = "the letter says so and names the best" if issue.has_letter else "no letter goes out"
        none = "the one new paper is not" if issue.considered == 1 else f"none of {issue.considered} new papers is"
        say(f"{none} for this reader: {what}")
    return tell_failures(report)


@click.command("search")
@click.argument("words", metavar="TEXT", nargs=-1, required=True)
@click.option("--limit", type=Whole(1, 200), default=20, show_default=True, help="The most papers.")
@now_option
@json_option
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], limit: int, now: datetime | None, as_json: bool) -> int:
    """The catalog's papers nearest to TEXT, over all dates: ranked as for a profile of that one topic."""
    from ..run import Report
    from ..run import search as find

    text = " ".join(words).strip()
    if not text:
        raise refuse("there is nothing to search for", "name a topic: digest search 'conformal prediction'")
    report = Report(clock(now))
    with parts_for(ctx, now) as parts, shown() as report.watch:
        found = find(parts, text, report, limit)
    if as_json:
        print_json([_as_found(f.paper, f.score) for f in found])
    elif found:
        rows = [[f"{f.score:.0f}", _day(f.paper), titled(f.paper), authors_of(f.paper), f.paper.key] for f in found]
        print_table(["score", "date", "title", "authors", "key"], rows)
    if not found:
        say("no title or abstract in the catalog is near that; `digest fetch` pulls today's listings")
    return tell_failures(report) or (0 if found else 1)


@click.command("explain")
@click.argument("subscriber")
@click.argument("paper")
@click.option("--subscription", "name", metavar="NAME", help="Which of their subscriptions (needed if there are several).")
@now_option
@json_option
@click.pass_context
def explain(ctx: click.Context, subscriber: str, paper: str, name: str | None, now: datetime | None, as_json: bool) -> int:
    """Why a reader gets PAPER (an arXiv id, DOI or address), or why not; the points sum to the score."""
    from ..naming import parse_name
    from ..rendering.languages import SOURCE, language
    from ..rendering.notes import translated
    from ..rendering.points import in_tenths
    from ..run import Report
    from ..run import explain as ask

    report = Report(clock(now))
    with parts_for(ctx, now) as parts, shown() as report.watch:
        subscription = only(all_of(parts.catalog, subscriber, name), "--subscription")
        answer = ask(parts, subscription, paper if "://" in paper else parse_name(paper) or paper, report)
    status = tell_failures(report)
    if as_json:
        reasons = [{"signal": r.signal, "points": round(r.points, 4), "note": r.note} for r in answer.reasons]
        paper_named = {"key": answer.paper.key, "title": answer.paper.title}
        print_json({**paper_named, "verdict": answer.verdict, "score": answer.score, "reasons": reasons})
        return status
    click.echo(f"{titled(answer.paper)}\n{answer.verdict}")
    if answer.score is not None:
        told = in_tenths(answer.reasons, answer.score)
        rows = [(f"{points:+.1f}", translated(note, language(SOURCE))) for note, points in told]
        print_table(["points", "because"], [*rows, (f"{answer.score:+.1f}", "score")])
    return status


@click.command("status")
@now_option
@json_option
@click.option("--markdown", is_flag=True, help="Print Markdown that names no address, for the summary of a job.")
@click.pass_context
def status(ctx: click.Context, now: datetime | None, as_json: bool, markdown: bool) -> int:
    """What the sources brought, who gets what and when, and what became of the letters."""
    from ..run import issues_amiss, letters_amiss, problems, standings, turns_of_all
    from .summary import markdown_status

    if as_json and markdown:
        raise refuse("--json and --markdown are two forms", "give one of them")
    with parts_for(ctx, now, ranks=False) as parts:
        standing = standings(parts, clock(now))
        paused = [source.name for source in parts.catalog.own_sources.merged(settings(ctx).sources) if source.paused]
        states = {s.name: s for s in parts.catalog.sources.states()}
        sources = [_source_line(source.name, states.get(source.name)) for source in parts.sources]
        readers: list[_Next] = []  # there may be very many: of each no more than its line is kept
        ahead = _noted(turns_of_all(parts, clock(now)), readers, clock(now))
        letters = {str(k): n for k, n in parts.catalog.outbox.counts().items() if n}
        wrong = {**problems(standing), **issues_amiss(parts, ahead, clock(now)), **letters_amiss(parts, clock(now))}
    if as_json:
        due = [{"address": who, "subscription": name, "next": at.isoformat(), "state": what} for who, name, at, what in readers]
        listings = [asdict(one) for one in standing]
        amiss = [{"name": name, "what": what, "todo": todo} for name, (what, todo) in wrong.items()]
        print_json({"wrong": amiss, "sources": sources, "listings": listings, "paused": paused, "subscriptions": due, "letters": letters})
        return 0
    told = [[one.name, one.state, one.sentence] for one in standing]
    told += [[name, "paused", f"`digest sources resume {quote(name)}` asks it again"] for name in paused]
    if markdown:
        moments = [at for _, _, at, _ in readers if at < FOR_EVER]
        click.echo(printable(markdown_status(wrong, told, moments, letters, clock(now))), nl=False)
        return 0
    print_table(["wrong", "what", "what to do"], [[name, what, todo] for name, (what, todo) in wrong.items()])
    print_table(["source", "state", "what"], told)
    soonest = readers if len(readers) <= SHOWN else sorted(readers, key=lambda reader: reader[2])[:SHOWN]
    rows = [[who, name, f"{at:%a %d %b %H:%M}" if at < FOR_EVER else "", what] for who, name, at, what in soonest]
    print_table(["subscriber", "subscription", "next issue (UTC)", ""], rows)
    if len(readers) > SHOWN:
        say(f"these {SHOWN} of {len(readers):,} subscriptions are the next; --json names all")
    print_table(["letters", "how many"], [[name, n] for name, n in letters.items()])
    if not readers:
        say("nobody is due anything: `digest subscribers add` adds a reader, `digest subscribers list` shows who is paused")
    return 0


def _noted(ahead: Iterable[tuple[Alike, Turn]], readers: list[_Next], now: datetime) -> Iterator[Turn]:
    """The turns, each of them noted on its way."""
    for one, turn in ahead:
        readers.append((one.email, one.name, turn.moment, _turn(turn, now)))
        yield turn


def _turn(turn: Turn, now: datetime) -> str:
    """Why its next issue is not simply the next."""
    from ..run import is_paused

    if is_paused(turn.subscription, now):
        return "paused"
    if turn.awaits:
        return f"waits until then for {', '.join(turn.awaits)}"
    return "due" if turn.period is not None else ""


def _source_line(name: str, state: SourceState | None) -> dict[str, object]:
    never: dict[str, object] = {"name": name, "state": "never fetched", "fetched_at": None, "new": None, "message": None}
    return never if state is None else asdict(state)


def _as_found(paper: Paper, score: float) -> dict[str, object]:
    return {
        "key": paper.key,
        "title": paper.title,
        "score": round(score, 2),
        "authors": [author.name for author in paper.authors],
        "organisation": paper.facts.organisation,
        "published": paper.published.isoformat() if paper.published else None,
        "comments": paper.facts.comments,
    }


def _day(paper: Paper) -> str:
    return f"{paper.published:%Y-%m-%d}" if paper.published else ""
