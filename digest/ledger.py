"""Pure decisions about listings: whether one is fresh, when and where to ask again, and when to give up.

A source is read in *parts*, such as the categories of arXiv; a ledger line records how the listing of one part and day went. A *mark* is
what is remembered of each paper in it.

    fresh       it has papers that this part never listed before. The date that a listing gives itself is not trusted, since a stale feed
                may carry today's (Polaris issue 414); it only counts for a part that was never read before.
                Replacements alone make a listing fresh if those of the days before are known.
    stale       none of its papers is new. The feed is asked again every ten minutes, and after `PATIENCE` the page is read as well.
                Six hours after the listing was due it is given up: what comes later goes into the next issue.
    empty       a listing without papers counts as empty if that day's page confirms it, or the page of past days leaves the day out.
    failing     a source without a calendar that failed five times in a row is asked less and less often, down to once a day.
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
"""How long only the feed is asked for a due listing; after that the page is read as well."""
GIVE_UP = timedelta(hours=6)
"""How long we wait for a listing after it was due."""
FAILURES_BEFORE_PAUSE = 5
"""Failures in a row after which a source is asked less often."""
_LONGEST = timedelta(days=1)
_STATES = {Expectation.WEEKEND: ListingState.EMPTY, Expectation.HOLIDAY: ListingState.HOLIDAY}


@dataclass(frozen=True, slots=True)
class Awaited:
    """A listing that is due and has not come: whose ("arxiv cs.LG"), and until when it is worth waiting for.

    Unless `is_sure`, there may well be none.
    """

    name: str
    deadline: datetime
    is_sure: bool = True


def mark(sighting: Sighting) -> str:
    """What identifies one sighting within its part: a paper is new or cross-listed once, and replaced once per version."""
    key = sighting.paper.key
    return f"{key}v{sighting.paper.version}" if sighting.kind is Listing.REPLACE else key


def marks(batch: Batch) -> frozenset[str]:
    """The marks of a listing."""
    return frozenset(map(mark, batch.sightings))


def replacements(batch: Batch) -> frozenset[str]:
    """The marks of the replacements in a listing."""
    return frozenset(mark(s) for s in batch.sightings if s.kind is Listing.REPLACE)


def unseen(batch: Batch, known: Iterable[str]) -> Batch:
    """The listing without what this part listed before: recording it a second time would make it new again."""
    seen = frozenset(known)
    return replace(batch, sightings=tuple(s for s in batch.sightings if mark(s) not in seen))


def dated(batch: Batch, day: date) -> Batch:
    """The listing with every sighting dated to that day."""
    return replace(batch, sightings=tuple(replace(s, listed_on=day) for s in batch.sightings))


def is_due_to_ask(line: LedgerLine | None, now: datetime) -> bool:
    """Whether to ask for a due listing: nobody has yet, or it did not come and the pause is over.

    A pause longer than the longest possible one was written by a clock that was ahead, and is ignored.
    """
    if line is None or line.state.is_settled:
        return line is None
    return line.next_try is None or not now < line.next_try <= now + POLL_LATE


def taken_back(line: LedgerLine) -> LedgerLine:
    """The line of a listing that is still to come but was recorded by a clock that was ahead: only its marks stay; it will be asked for."""
    return replace(line, state=ListingState.STALE, next_try=None, tries=0, expected=None, fetched=0, new=0, message="", is_cut=False)


def may_read_page(announced: Announcement, batch: Batch | None, now: datetime) -> bool:
    """Whether to read the page when the feed was not fresh: we waited long enough, or the feed is empty and only the page can say why."""
    is_empty = batch is not None and not batch.unchanged and not batch.sightings and not batch.dropped
    return is_empty or now >= announced.due + PATIENCE


def judged(
    before: LedgerLine | None, blank: LedgerLine, announced: Announcement, batch: Batch, known: frozenset[str], *, way: Way
) -> LedgerLine:
    """The line of a due listing after an answer for its part.

    `blank` is the initial line, timed at the answer; `known` are the marks of what the part listed before.
    """
    listed = marks(batch)
    new = unseen(batch, known)
    now = blank.tried_at
    line = replace(before or blank, tried_at=now, way=way, message="", is_cut=batch.is_cut)
    is_older = not known and batch.listed_on is not None and batch.listed_on < announced.listed_on
    # A page is trusted for its own day even if its papers are known: they may come from a feed read before any page could say which day's
    # they were.
    is_its_page = way is Way.PAGE and batch.listed_on == announced.listed_on and bool(listed or not batch.dropped)
    if is_its_page or (not is_older and _is_another(batch, new, announced, way)):
        count = sum(s.kind is not Listing.REPLACE for s in batch.sightings)
        expected = batch.announced if batch.announced is not None else count
        return replace(line, state=ListingState.FRESH, next_try=None, expected=expected, fetched=count, marks=line.marks | listed)
    stale = replace(line, state=ListingState.STALE, marks=listed if is_older else line.marks)
    return stale if way is Way.PAGE else tried(stale, announced)


def _is_another(batch: Batch, new: Batch, announced: Announcement, way: Way) -> bool:
    """Whether the unseen sightings of a listing show that it differs from earlier listings.

    Unseen papers do. Unseen replacements do only in a listing of nothing else, because pages of past listings leave replacements out:
    after a day was read from such a page, its stale feed still has unseen replacements beside seen papers. A page states its own day.
    """
    if any(s.kind is not Listing.REPLACE for s in batch.sightings):
        return any(s.kind is not Listing.REPLACE for s in new.sightings)
    return bool(new.sightings) and (way is not Way.PAGE or batch.listed_on in (None, announced.listed_on))


def has_read_past(lines: Iterable[LedgerLine], since: date) -> bool:
    """Whether a listing from that day on was read from a page of past listings, which leave replacements out."""
    return any(line.day >= since and line.way is Way.PAST and line.state is ListingState.FRESH for line in lines)


def accepted_if_empty(line: LedgerLine, announced: Announcement, batch: Batch) -> LedgerLine:
    """The line of a part that has no page: once waiting is over, an empty listing with the right date is accepted as empty."""
    is_said = not batch.unchanged and not batch.sightings and batch.listed_on is not None and batch.listed_on >= announced.listed_on
    is_over = line.tried_at >= announced.due + GIVE_UP and (is_said or announced.expectation is Expectation.UNSURE)
    return replace(line, state=ListingState.EMPTY, next_try=None) if is_over and not line.state.is_settled else line


def no_announcement(before: LedgerLine | None, blank: LedgerLine) -> LedgerLine:
    """The line of a day for which arXiv's own list of past days has no listing."""
    return replace(blank, state=ListingState.EMPTY, way=Way.PAST, expected=0, marks=before.marks if before else frozenset())


def failed(before: LedgerLine | None, blank: LedgerLine, announced: Announcement, message: str, *, way: Way) -> LedgerLine:
    """The line after an answer that is not a listing; if it came from the page, the state and message of the feed's answer stay."""
    line = replace(before or blank, tried_at=blank.tried_at, message=message, way=way)
    if way is not Way.PAGE:
        return tried(replace(line, state=ListingState.FAILED), announced)
    said = before.message if before is not None and before.state is ListingState.FAILED else ""
    return replace(line, message=said or message)


def unfinished(line: LedgerLine, announced: Announcement, message: str) -> LedgerLine:
    """The line of a listing that came only in part, as the rest could not be read: it is asked for again."""
    return tried(replace(line, state=ListingState.FAILED, message=message), announced)


def completed(line: LedgerLine, more: Batch) -> LedgerLine:
    """A fresh line with more papers of the same listing, which came later or from elsewhere."""
    marked = line.marks | marks(more)
    fetched = line.fetched + sum(s.kind is not Listing.REPLACE for s in unseen(more, line.marks).sightings)
    expected = max(fetched, more.announced or 0, line.expected or 0)
    return replace(line, next_try=None, marks=marked, fetched=fetched, expected=expected, is_cut=line.is_cut and more.is_cut)


def recovered(before: LedgerLine | None, blank: LedgerLine, batch: Batch) -> LedgerLine:
    """The line of a missed listing that was read later; the marks it already had stay."""
    listed = sum(s.kind is not Listing.REPLACE for s in batch.sightings)
    marked = marks(batch) | (before.marks if before else frozenset())
    return replace(blank, state=ListingState.FRESH, way=Way.PAST, expected=batch.announced, fetched=listed, marks=marked)


def lost(before: LedgerLine | None, blank: LedgerLine, message: str) -> LedgerLine:
    """The line of a missed listing that could not be read this time; the next try is in an hour."""
    line, now = before or blank, blank.tried_at
    tries = line.tries + 1
    return replace(line, state=ListingState.FAILED, tried_at=now, tries=tries, next_try=now + POLL_LATE, message=message, way=Way.PAST)


def tried(line: LedgerLine, announced: Announcement) -> LedgerLine:
    """The line after one more failed try, with the time of the next one."""
    waited = line.tried_at - announced.due
    pause = POLL if waited < PATIENCE else POLL_LATER if waited < GIVE_UP else POLL_LATE
    return replace(line, tries=line.tries + 1, next_try=line.tried_at + pause)


def is_given_up(before: LedgerLine | None, after: LedgerLine, announced: Announcement) -> bool:
    """Whether this try gave the listing up, leaving it to the next issue; true once per listing."""
    if after.state.is_settled or after.tried_at < announced.due + GIVE_UP or announced.expectation is Expectation.UNSURE:
        return False
    return before is None or before.tried_at < announced.due + GIVE_UP


def without_papers(blank: LedgerLine, announced: Announcement) -> LedgerLine:
    """The line of a listing whose evening had no announcement."""
    return replace(blank, state=_STATES[announced.expectation], expected=0)


def awaited(source: str, part: str, line: LedgerLine | None, announced: Announcement, now: datetime) -> Awaited | None:
    """The newest listing of a part, if we still wait for it; None if it has come or is no longer worth waiting for."""
    is_sure = announced.expectation is Expectation.PAPERS
    deadline = announced.due + (GIVE_UP if is_sure else PATIENCE)
    if (line is not None and line.state.is_settled) or now >= deadline:
        return None
    return Awaited(f"{source} {part}".rstrip(), deadline, is_sure)


def missed(lines: Iterable[LedgerLine], due: Iterable[Announcement], since: date | None = None) -> tuple[Announcement, ...]:
    """The announcements whose listing never came although an earlier one did: a new part has missed nothing.

    With `since`, those from that day on count as missed in any case, because somebody asked for them.
    """
    settled = {line.day: line.state for line in lines if line.state.is_settled}
    first = min((day for day, state in settled.items() if state is ListingState.FRESH), default=None)
    begin = min((day for day in (since, first) if day), default=None)
    return tuple(a for a in due if begin is not None and a.listed_on >= begin and a.listed_on not in settled)


def after_failure(before: Trouble | None, source: str, message: str, now: datetime, rests: timedelta | None = None) -> Trouble:
    """One more failure in a row; from the fifth on the source is left alone for one hour, then two, four, …, at most for a day.

    A source that asks for a rest gets it from the first failure on, also for at most a day.
    """
    count = (before.failures if before else 0) + 1
    pause = timedelta(hours=2 ** min(count - FAILURES_BEFORE_PAUSE, 5)) if count >= FAILURES_BEFORE_PAUSE else timedelta()
    pause = min(_LONGEST, max(pause, rests or timedelta()))
    return Trouble(source, count, before.since if before else now, now + pause if pause else None, message)


def has_asked_for_rest(trouble: Trouble) -> bool:
    """Whether the source is left alone because it asked for it, not because of many failures, which may be the network's fault."""
    return trouble.silent_until is not None and trouble.failures < FAILURES_BEFORE_PAUSE


def is_left_alone(trouble: Trouble | None, now: datetime) -> bool:
    """Whether a failing source is not asked now; a pause longer than the longest possible came from a clock that was ahead: no."""
    return trouble is not None and trouble.silent_until is not None and now < trouble.silent_until <= now + _LONGEST


def is_reported(trouble: Trouble) -> bool:
    """Whether to report a failure: each one up to the first after which the source is asked less often."""
    return trouble.failures <= FAILURES_BEFORE_PAUSE


def answered(before: LedgerLine | None, blank: LedgerLine, batch: Batch, known: frozenset[str]) -> LedgerLine:
    """A day's line for a source without a calendar: fresh once anything was new that day, else quiet."""
    new = unseen(batch, known)
    line = replace(before or blank, tried_at=blank.tried_at, next_try=None, tries=0, message="", way=blank.way)
    if new.sightings:
        fetched = line.fetched + len(new.sightings)
        return replace(line, state=ListingState.FRESH, fetched=fetched, marks=line.marks | marks(new))
    return replace(line, state=line.state if line.state is ListingState.FRESH else ListingState.QUIET)


def not_answered(before: LedgerLine | None, blank: LedgerLine, message: str) -> tuple[LedgerLine, ...]:
    """A day's line for a source without a calendar that failed; none if it already answered that day, as its line then stays."""
    if before is not None and before.state.is_settled:
        return ()
    line = before or blank
    return (replace(line, state=ListingState.FAILED, tried_at=blank.tried_at, tries=line.tries + 1, message=message),)
