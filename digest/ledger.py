"""What is decided about listings, and by what: whether one is fresh, when to ask again, where to ask, and when to give up. All of it pure.

    fresh       papers that this part of the source never listed before; what a listing says of its own date is not believed, since a
                stale feed may bear today's (Polaris issue 414). Only of a part that was never read before the date says something.
                Replacements alone make a listing fresh where those of the days before are known.
    stale       none of them is new. It is asked again every ten minutes, after the `PATIENCE` its page is read as well, and
                six hours after the listing was due it is given up: what comes after that goes into the next issue.
    empty       a listing without papers is one where the page of the same day says so, or the page of past days leaves it out.
    failing     a source without a calendar that failed five times in a row is asked less and less often, at the longest once a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from .announcements import Announcement, Expectation
from .model import Batch, LedgerLine, Listing, ListingState, Sighting, Trouble, Way

POLL = timedelta(minutes=10)
POLL_LATER = timedelta(minutes=30)
POLL_LATE = timedelta(hours=1)
PATIENCE = timedelta(minutes=45)
"""How long the feed alone is asked for a listing that is due; then its page is read."""
GIVE_UP = timedelta(hours=6)
"""How long after it was due a listing is waited for."""
MANY = 5
"""Failures in a row after which a source is asked less often."""
_LONGEST = timedelta(days=1)
_STATES = {Expectation.WEEKEND: ListingState.EMPTY, Expectation.HOLIDAY: ListingState.HOLIDAY}


@dataclass(frozen=True, slots=True)
class Awaited:
    """A listing that is due and not in: of whom ("arxiv cs.LG"), and until when it is worth waiting for.

    Where it is not `is_sure`, it may well be that there is none.
    """

    name: str
    deadline: datetime
    is_sure: bool = True


def mark(sighting: Sighting) -> str:
    """What tells a line of a listing from all others of its part: a paper is new or cross-listed once, and replaced once a version."""
    key = sighting.paper.key
    return f"{key}v{sighting.paper.version}" if sighting.kind is Listing.REPLACE else key


def marks(batch: Batch) -> frozenset[str]:
    """The marks of a listing."""
    return frozenset(map(mark, batch.sightings))


def replacements(batch: Batch) -> frozenset[str]:
    """The marks of what came again in it."""
    return frozenset(mark(s) for s in batch.sightings if s.kind is Listing.REPLACE)


def unseen(batch: Batch, known: Iterable[str]) -> Batch:
    """The listing without what this part listed before: it was recorded then, and telling it again would make it new again."""
    seen = frozenset(known)
    return replace(batch, sightings=tuple(s for s in batch.sightings if mark(s) not in seen))


def dated(batch: Batch, day: date) -> Batch:
    """The listing, all of it listed under that day."""
    return replace(batch, sightings=tuple(replace(s, listed_on=day) for s in batch.sightings))


def is_due_to_ask(line: LedgerLine | None, now: datetime) -> bool:
    """Whether a listing that is due is asked for: nobody did yet, or it did not come and the pause is over.

    A pause longer than any there is was noted by a clock that was ahead.
    """
    if line is None or line.state.is_settled:
        return line is None
    return line.next_try is None or not now < line.next_try <= now + POLL_LATE


def taken_back(line: LedgerLine) -> LedgerLine:
    """What stays of the line of a listing that is yet to come, noted by a clock that was ahead: its marks; it will be asked for."""
    return replace(line, state=ListingState.STALE, next_try=None, tries=0, expected=None, fetched=0, new=0, message="", is_cut=False)


def may_read_page(announced: Announcement, batch: Batch | None, now: datetime) -> bool:
    """Whether the page is read where the feed was not fresh: it has been waited for, or it is empty, which only the page can explain."""
    is_empty = batch is not None and not batch.unchanged and not batch.sightings and not batch.dropped
    return is_empty or now >= announced.due + PATIENCE


def judged(
    before: LedgerLine | None, blank: LedgerLine, announced: Announcement, batch: Batch, known: frozenset[str], *, way: Way
) -> LedgerLine:
    """What a part's answer makes of the line of a listing that is due.

    `blank` is the line to begin with, of the moment of the answer; `known` the marks of what the part listed before.
    """
    listed = marks(batch)
    new = unseen(batch, known)
    now = blank.tried_at
    line = replace(before or blank, tried_at=now, way=way, message="", is_cut=batch.is_cut)
    is_older = not known and batch.listed_on is not None and batch.listed_on < announced.listed_on
    # A page is believed for its day, also where its papers are known: they were taken from a feed when no page could tell whose they were.
    is_its_page = way is Way.PAGE and batch.listed_on == announced.listed_on and bool(listed or not batch.dropped)
    if is_its_page or (not is_older and _is_another(batch, new, announced, way)):
        count = sum(s.kind is not Listing.REPLACE for s in batch.sightings)
        expected = batch.announced if batch.announced is not None else count
        return replace(line, state=ListingState.FRESH, next_try=None, expected=expected, fetched=count, marks=line.marks | listed)
    stale = replace(line, state=ListingState.STALE, marks=listed if is_older else line.marks)
    return stale if way is Way.PAGE else tried(stale, announced)


def _is_another(batch: Batch, new: Batch, announced: Announcement, way: Way) -> bool:
    """Whether what is unseen in a listing makes it another than those before.

    That is papers. Replacements say so only where there is nothing else, for the pages of past listings leave them out: after one was read
    from there, a stale feed has replacements that nobody saw beside papers that were. A page says itself of which day it is.
    """
    if any(s.kind is not Listing.REPLACE for s in batch.sightings):
        return any(s.kind is not Listing.REPLACE for s in new.sightings)
    return bool(new.sightings) and (way is not Way.PAGE or batch.listed_on in (None, announced.listed_on))


def has_read_past(lines: Iterable[LedgerLine], since: date) -> bool:
    """Whether one of the listings from that day on was read from a page of past ones, which leave replacements out."""
    return any(line.day >= since and line.way is Way.PAST and line.state is ListingState.FRESH for line in lines)


def believed(line: LedgerLine, announced: Announcement, batch: Batch) -> LedgerLine:
    """The line of a part that has no page to ask: in the end an empty listing that bears the right date is believed."""
    is_said = not batch.unchanged and not batch.sightings and batch.listed_on is not None and batch.listed_on >= announced.listed_on
    is_over = line.tried_at >= announced.due + GIVE_UP and (is_said or announced.expectation is Expectation.UNSURE)
    return replace(line, state=ListingState.EMPTY, next_try=None) if is_over and not line.state.is_settled else line


def none_made(before: LedgerLine | None, blank: LedgerLine) -> LedgerLine:
    """The line of a day that arXiv's own list of days leaves out."""
    return replace(blank, state=ListingState.EMPTY, way=Way.PAST, expected=0, marks=before.marks if before else frozenset())


def failed(before: LedgerLine | None, blank: LedgerLine, announced: Announcement, message: str, *, way: Way) -> LedgerLine:
    """What an answer that is no listing makes of the line; where that is the page's, the feed's word on it stands."""
    line = replace(before or blank, tried_at=blank.tried_at, message=message, way=way)
    if way is not Way.PAGE:
        return tried(replace(line, state=ListingState.FAILED), announced)
    said = before.message if before is not None and before.state is ListingState.FAILED else ""
    return replace(line, message=said or message)


def unfinished(line: LedgerLine, announced: Announcement, message: str) -> LedgerLine:
    """The line of a listing of which a part is in, and the rest could not be read: it is asked for again."""
    return tried(replace(line, state=ListingState.FAILED, message=message), announced)


def completed(line: LedgerLine, more: Batch) -> LedgerLine:
    """A line that is fresh, with papers of the same listing that came later or from elsewhere."""
    marked = line.marks | marks(more)
    fetched = line.fetched + sum(s.kind is not Listing.REPLACE for s in unseen(more, line.marks).sightings)
    expected = max(fetched, more.announced or 0, line.expected or 0)
    return replace(line, next_try=None, marks=marked, fetched=fetched, expected=expected, is_cut=line.is_cut and more.is_cut)


def recovered(before: LedgerLine | None, blank: LedgerLine, batch: Batch) -> LedgerLine:
    """The line of a listing that was missed and read later; what was taken for it before stays marked."""
    listed = sum(s.kind is not Listing.REPLACE for s in batch.sightings)
    marked = marks(batch) | (before.marks if before else frozenset())
    return replace(blank, state=ListingState.FRESH, way=Way.PAST, expected=batch.announced, fetched=listed, marks=marked)


def lost(before: LedgerLine | None, blank: LedgerLine, message: str) -> LedgerLine:
    """The line of a missed listing that could not be read this time; it is tried again in an hour."""
    line, now = before or blank, blank.tried_at
    tries = line.tries + 1
    return replace(line, state=ListingState.FAILED, tried_at=now, tries=tries, next_try=now + POLL_LATE, message=message, way=Way.PAST)


def tried(line: LedgerLine, announced: Announcement) -> LedgerLine:
    """The line after one more try in vain, with the time of the next."""
    waited = line.tried_at - announced.due
    pause = POLL if waited < PATIENCE else POLL_LATER if waited < GIVE_UP else POLL_LATE
    return replace(line, tries=line.tries + 1, next_try=line.tried_at + pause)


def is_given_up(before: LedgerLine | None, after: LedgerLine, announced: Announcement) -> bool:
    """Whether this was the try after which a listing is carried over to the next issue: once for each."""
    if after.state.is_settled or after.tried_at < announced.due + GIVE_UP or announced.expectation is Expectation.UNSURE:
        return False
    return before is None or before.tried_at < announced.due + GIVE_UP


def without_papers(blank: LedgerLine, announced: Announcement) -> LedgerLine:
    """The line of a day whose evening had no announcement."""
    return replace(blank, state=_STATES[announced.expectation], expected=0)


def awaited(source: str, part: str, line: LedgerLine | None, announced: Announcement, now: datetime) -> Awaited | None:
    """What is still waited for of a part's newest listing; None where it is in, or not worth waiting for any more."""
    is_sure = announced.expectation is Expectation.PAPERS
    deadline = announced.due + (GIVE_UP if is_sure else PATIENCE)
    if (line is not None and line.state.is_settled) or now >= deadline:
        return None
    return Awaited(f"{source} {part}".rstrip(), deadline, is_sure)


def missed(lines: Iterable[LedgerLine], due: Iterable[Announcement], since: date | None = None) -> tuple[Announcement, ...]:
    """Of these announcements those that never came in, though one before them did: a part that is new has missed nothing.

    With `since` those from that day on are missed even so: somebody said that they want them.
    """
    settled = {line.day: line.state for line in lines if line.state.is_settled}
    first = min((day for day, state in settled.items() if state is ListingState.FRESH), default=None)
    begin = min((day for day in (since, first and first + timedelta(days=1)) if day), default=None)
    return tuple(a for a in due if begin is not None and a.listed_on >= begin and a.listed_on not in settled)


def after_failure(before: Trouble | None, source: str, message: str, now: datetime, rests: timedelta | None = None) -> Trouble:
    """One more failure in a row; from the fifth on the source is left alone for an hour, then for two, four, …, at most for a day.

    One that asks for a rest is left alone for that long from its first failure on, at most for a day, too.
    """
    count = (before.failures if before else 0) + 1
    pause = timedelta(hours=2 ** min(count - MANY, 5)) if count >= MANY else timedelta()
    pause = min(_LONGEST, max(pause, rests or timedelta()))
    return Trouble(source, count, before.since if before else now, now + pause if pause else None, message)


def has_asked_for_rest(trouble: Trouble) -> bool:
    """Whether it is left alone because it said so, and not for its many failures, which may be the network's."""
    return trouble.silent_until is not None and trouble.failures < MANY


def is_left_alone(trouble: Trouble | None, now: datetime) -> bool:
    """Whether a source that keeps failing is not asked now; longer than the longest pause says only a clock that was ahead."""
    return trouble is not None and trouble.silent_until is not None and now < trouble.silent_until <= now + _LONGEST


def is_told(trouble: Trouble) -> bool:
    """Whether a failure is told: each until the source is asked less often, which is told once."""
    return trouble.failures <= MANY


def answered(before: LedgerLine | None, blank: LedgerLine, batch: Batch, known: frozenset[str]) -> LedgerLine:
    """The line of a day of a source without a calendar: fresh once anything was new that day, else quiet."""
    new = unseen(batch, known)
    line = replace(before or blank, tried_at=blank.tried_at, next_try=None, tries=0, message="", way=blank.way)
    if new.sightings:
        fetched = line.fetched + len(new.sightings)
        return replace(line, state=ListingState.FRESH, fetched=fetched, marks=line.marks | marks(new))
    return replace(line, state=line.state if line.state is ListingState.FRESH else ListingState.QUIET)


def answered_not(before: LedgerLine | None, blank: LedgerLine, message: str) -> tuple[LedgerLine, ...]:
    """The line of a day on which a source without a calendar failed; a day on which it answered before stays as it is."""
    if before is not None and before.state.is_settled:
        return ()
    line = before or blank
    return (replace(line, state=ListingState.FAILED, tried_at=blank.tried_at, tries=line.tries + 1, message=message),)
