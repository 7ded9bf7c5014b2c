"""Read the listings that were missed: those of the last five announcements from one page, older ones from the pages of their months.

The pages have no abstracts, so arXiv is asked for these afterwards. A month's page does not say when a paper was listed, so each paper is
put under the first listing that could hold it, given when it was submitted, or under the next missed one (it may have been held for days).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ... import ledger
from ...announcements import Calendar, first_listed
from ...errors import SourceError
from ...model import Batch, Failure, LedgerLine, ListingState, Sighting
from ...sources import Announcing
from ..parts import Parts, Report

HELD = timedelta(days=3)
"""How long moderators may hold a paper before it is listed, as assumed here."""
Recovered = Iterator[tuple[LedgerLine, Batch]]


@dataclass(frozen=True, slots=True)
class Missing:
    """What a part missed: a blank line for each missed day, its stored lines and `known` marks, and the day of the listing `due` now."""

    part: str
    blanks: Mapping[date, LedgerLine]
    lines: Mapping[date, LedgerLine]
    known: frozenset[str]
    due: date


def recover(parts: Parts, source: Announcing, missing: Missing, report: Report) -> Recovered:
    """The lines of the missed listings, oldest first, each with the papers that this part never listed; a failure is reported once."""
    name = f"{source.name} {missing.part}".rstrip()
    found: dict[date, Batch] = {}
    try:
        if source.has_pages:
            found = dict(source.fetch_past(missing.part, report.now))
            first = min(found, default=missing.due)
            older = [day for day in missing.blanks if day < first]
            found |= _older(parts, source, missing, older, found, report)
        message = "its listing was missed, and its past ones cannot be read here"
    except SourceError as error:
        message = error.message
        if not any(day in missing.lines for day in missing.blanks):
            # The address is computed and in no configuration file, so the error's own hint would not help.
            hint = "nothing to do: it is tried again every hour"
            report.failures.append(Failure(name, f"missed listings could not be read: {error}", hint))
    # A day missing between days on the page had no announcement: an unpublished holiday.
    left_out = {day for day in missing.blanks if found and day not in found and min(found) < day < max(found)}
    known = missing.known
    count = 0
    for day, batch in sorted(found.items()):
        fresh = ledger.unseen(batch, known)
        known |= ledger.marks(fresh)
        line = _line(missing, day, batch, fresh)
        if line is not None:
            count += len(fresh.sightings)
            yield line, replace(fresh, failures=() if day not in missing.blanks else fresh.failures)
    for day, blank in missing.blanks.items():
        if day in left_out:
            yield ledger.no_announcement(missing.lines.get(day), blank), Batch(source=source.name, unchanged=True)
        elif day not in found:
            yield ledger.lost(missing.lines.get(day), blank, message), Batch(source=source.name, unchanged=True)
    recovered = [day for day in missing.blanks if day in found]
    if recovered:
        days = ", ".join(f"{day:%-d %b}" for day in recovered)
        papers = f"{count} paper{'' if count == 1 else 's'}"
        report.notes.append(f"{name}: missed the listings of {days}, and read them now: {papers}")


def _line(missing: Missing, day: date, batch: Batch, fresh: Batch) -> LedgerLine | None:
    """The line of a day that a page of past listings shows; None if there is nothing to note.

    For a day that is in already, the page may have more papers. The listing that is due now is left to the feed, which has all of it.
    """
    if day in missing.blanks:
        return ledger.recovered(missing.lines.get(day), missing.blanks[day], batch)
    before = missing.lines.get(day)
    if day < missing.due and before is not None and before.state is ListingState.FRESH and fresh.sightings:
        return ledger.completed(before, batch)
    return None


def _older(
    parts: Parts, source: Announcing, missing: Missing, days: Iterable[date], recent: Mapping[date, Batch], report: Report
) -> dict[date, Batch]:
    """The listings of these days, reconstructed from the pages of their months. Raises SourceError."""
    wanted = sorted(days)
    seen = missing.known.union(*(ledger.marks(batch) for batch in recent.values()))
    listed: dict[date, list[Sighting]] = defaultdict(list)
    for month in sorted({day.replace(day=1) for day in wanted}):
        page = ledger.unseen(source.fetch_month(missing.part, month, report.now), seen)
        known = parts.catalog.papers.keys([sighting.paper.key for sighting in page.sightings])
        unknown = [sighting for sighting in page.sightings if sighting.paper.key not in known]
        report.failures.extend(page.failures)
        submitted = _submitted(parts, unknown)
        for sighting in unknown:
            day = _day(source.calendar, submitted.get(sighting.paper.key), wanted)
            if day is not None:
                listed[day].append(replace(sighting, listed_on=day))
    return {day: Batch(source=source.name, sightings=tuple(listed[day]), format="arxiv page", listed_on=day) for day in wanted}


def _day(calendar: Calendar, submitted: datetime | None, wanted: list[date]) -> date | None:
    """The missed day on which an unknown paper must have been listed; None if it was none of them."""
    if submitted is None:
        return None
    first = first_listed(calendar, submitted)
    if first < wanted[0] - HELD:
        return None
    return next((day for day in wanted if day >= first), None)


def _submitted(parts: Parts, sightings: Iterable[Sighting]) -> dict[str, datetime | None]:
    """When these papers were submitted to arXiv, by key; absent for those it does not answer for."""
    found: dict[str, datetime | None] = {}
    if parts.details is None:
        return found
    for some in parts.details.batches([s.paper.key.removeprefix("arxiv:") for s in sightings]):
        found.update({paper.key: paper.published for paper in some})
    return found
