"""Pull a source without a calendar (a feed, a list of votes): ask it at every run, and leave it alone for a while if it keeps failing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from shlex import quote

from ... import ledger
from ...catalog.papers.ledger import MARKED
from ...errors import DigestError, SourceError, SourceUnreachable
from ...model import Batch, Failure, LedgerLine, ListingState, Way
from ...sources import Dated, Source
from ..parts import Parts, Report, SourceLine

MOST_DAYS = 14
"""The most missed days to make up for, if a source offers its past lists; no first letter goes further back."""
_DAY = timedelta(days=1)


def pull_listing(parts: Parts, source: Source, report: Report, *, insist: bool, is_cut_off: bool) -> None:
    """Fetch a source's list and store it, with the lists of missed days if the source offers them.

    A source that keeps failing is left alone for a while, unless `insist`, or nothing else answers either (`is_cut_off`). One that asked to
    be left alone is asked only with `insist`.
    """
    name, now, catalog = source.name, report.now, parts.catalog
    trouble = catalog.ledger.troubles().get(name)
    if trouble and ledger.is_left_alone(trouble, now) and not (insist or (is_cut_off and not ledger.has_asked_for_rest(trouble))):
        report.sources.append(SourceLine(name, "failed", 0))
        return
    lines = {line.day: line for line in catalog.ledger.lines(name, "", now.date() - MARKED)}
    try:
        made_up, unread = _make_up(parts, source, lines, report)
        batch = source.fetch(catalog.sources.cursor(name), now)
    except DigestError as error:
        rests = error.rests if isinstance(error, SourceUnreachable) else None
        after = ledger.after_failure(trouble, name, error.message, now, rests)
        catalog.sources.failed(name, error.message)
        catalog.ledger.trouble(after)
        catalog.ledger.write(ledger.not_answered(lines.get(now.date()), _blank(name, now.date(), report), error.message))
        report.sources.append(SourceLine(name, "failed", 0))
        if insist or ledger.is_reported(after):
            report.failures.append(Failure(name, _told(after.failures, error.message), _hint(after.failures, name, error.hint)))
        return
    report.failures.extend(unread)
    line = ledger.answered(lines.get(now.date()), _blank(name, now.date(), report), batch, _known(lines))
    new = _record(parts, batch, line, report)
    if trouble is not None:
        catalog.ledger.mended(name)
        failures = f"{trouble.failures} failure{'s' if trouble.failures > 1 else ''}"
        report.notes.append(f"{name}: answers again, after {failures} since {trouble.since:%Y-%m-%d %H:%M} UTC")
    report.sources.append(SourceLine(name, "unchanged" if batch.unchanged else "fresh", new + made_up))


def _make_up(parts: Parts, source: Source, lines: dict[date, LedgerLine], report: Report) -> tuple[int, list[Failure]]:
    """Store the lists of the working days between the last answer and today; returns the number of new papers, and the lists not readable.

    A list that is refused or invalid would be so the next time, too, so it is skipped. Raises DigestError if the source does not answer.
    """
    today, unread = report.now.date(), list[Failure]()
    last = max((day for day, line in lines.items() if line.state.is_settled and day < today), default=None)
    if not isinstance(source, Dated) or last is None or last >= today - _DAY or (today in lines and lines[today].state.is_settled):
        return 0, unread
    new = 0
    # The last day itself is read again: its list may have grown after it was read.
    first = max(last, today - MOST_DAYS * _DAY)
    for day in (first + n * _DAY for n in range((today - first).days)):
        if day.weekday() >= 5:
            continue
        try:
            batch = replace(source.fetch_day(day, report.now), cursor=parts.catalog.sources.cursor(source.name))
        except SourceUnreachable:
            raise
        except SourceError as error:
            message = f"its list of {day:%-d %b}, which was missed, cannot be read: {error.message}"
            unread.append(Failure(source.name, message, "nothing to do: it is not asked for again"))
            continue
        line = ledger.answered(lines.get(day), replace(_blank(source.name, day, report), way=Way.PAST), batch, _known(lines))
        lines[day] = line
        new += _record(parts, batch, line, report)
    came = "1 new paper" if new == 1 else f"{new} new papers"
    report.notes.append(f"{source.name}: was not asked since {last:%-d %b}, so its lists of the days between were read: {came}")
    return new, unread


def _record(parts: Parts, batch: Batch, line: LedgerLine, report: Report) -> int:
    known = parts.catalog.papers.keys([sighting.paper.key for sighting in batch.sightings])
    fresh = {sighting.paper.key for sighting in batch.sightings} - known.keys()
    report.failures.extend(batch.failures)
    return parts.catalog.papers.record(batch, report.now, (replace(line, new=line.new + len(fresh)),))


def _known(lines: dict[date, LedgerLine]) -> frozenset[str]:
    return frozenset[str]().union(*(line.marks for line in lines.values()))


def _blank(source: str, day: date, report: Report) -> LedgerLine:
    return LedgerLine(source=source, part="", day=day, state=ListingState.QUIET, first_tried=report.now, tried_at=report.now)


def _told(failures: int, message: str) -> str:
    if failures != ledger.FAILURES_BEFORE_PAUSE:
        return message
    return f"{message} ({failures} times in a row: it is asked less often now, and told no more)"


def _hint(failures: int, name: str, hint: str) -> str:
    return hint if failures != ledger.FAILURES_BEFORE_PAUSE else f"see `digest status`; `digest sources pause {quote(name)}` stops asking"
