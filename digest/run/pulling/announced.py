"""Pull a source that announces by a calendar: ask for each listing that is due until it is in, and read later those that were missed.

Each part (a category) has its own line in the ledger for each day. The module `digest.ledger` decides; here its decisions are carried out,
and papers are stored in one transaction with the lines they came by.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

from ... import ledger, taxonomy
from ...announcements import Announcement, Expectation, between, latest_due, newest
from ...errors import SourceChanged, SourceError, SourceUnreachable
from ...model import Batch, Failure, LedgerLine, ListingState, Way
from ...sources import Announcing
from ...sources.listing import joined_batches
from ..parts import Parts, Report, SourceLine
from .recovering import Missing, recover

GAPS_WITHIN = timedelta(days=45)
"""How far back to look for missed listings; older papers are no longer candidates for anybody."""
STALE_FOR = timedelta(days=7)
"""The greatest age of a listing that a stale feed still shows."""


def pull_announced(parts: Parts, source: Announcing, report: Report, *, insist: bool) -> None:
    """Ask for every part's listing that is due and not in, and for those that were missed; with `insist` also for those that are in.

    A part that fails is reported at the first try for a listing and when the listing is given up (with `insist`, always), and the others
    go on.
    """
    _Round(parts, source, report).run(insist=insist)


class _Round:
    """One round of asking all parts of a source; holds the lines and batches so far, by day, until they are stored."""

    def __init__(self, parts: Parts, source: Announcing, report: Report) -> None:
        self._parts, self._source, self._report, self._now = parts, source, report, report.now
        self._due = latest_due(source.calendar, report.now)
        self._cursor = self._cursor_before = parts.catalog.sources.cursor(source.name)
        self._trouble = parts.catalog.ledger.troubles().get(source.name)
        self._lines: dict[str, dict[date, LedgerLine]] = {part: {} for part in source.parts}
        # Without marks at first: most runs find nothing due, and do not need them.
        for line in parts.catalog.ledger.since(self._due.listed_on - GAPS_WITHIN):
            if line.source == source.name:
                self._lines.setdefault(line.part, {})[line.day] = line
        self._batches: dict[date, list[tuple[LedgerLine, Batch]]] = defaultdict(list)
        self._asked, self._insists = 0, False
        self._errors: list[tuple[str, SourceError, bool]] = []

    def run(self, *, insist: bool) -> None:
        self._insists = insist
        self._undo_future_lines()
        for part in self._source.parts:
            is_due = insist or ledger.is_due_to_ask(self._lines[part].get(self._due.listed_on), self._now)
            if is_due or self._open_gaps(part):
                known = self._parts.catalog.ledger.lines(self._source.name, part, self._due.listed_on - GAPS_WITHIN)
                self._lines[part] = {line.day: line for line in known}
                self._catch_up(part)
            if is_due:
                self._ask_for_due(part, self._lines[part].get(self._due.listed_on))
        self._note_days_off()
        new = sum([self._store(day) for day in sorted(self._batches)])
        self._report_outcome(new)

    def _undo_future_lines(self) -> None:
        """Undo lines of future listings that a clock which was ahead has marked as in, since nobody would ask for them."""
        today = newest(self._source.calendar, self._now).listed_on
        for part in self._source.parts:
            if any(day > today and (line.state.is_settled or line.next_try) for day, line in self._lines[part].items()):
                noted = self._parts.catalog.ledger.lines(self._source.name, part, today + timedelta(days=1))
                self._parts.catalog.ledger.write(map(ledger.taken_back, noted))
                self._lines[part].update((line.day, ledger.taken_back(line)) for line in noted)

    def _blank(self, part: str, day: date) -> LedgerLine:
        state = ListingState.STALE
        return LedgerLine(source=self._source.name, part=part, day=day, state=state, first_tried=self._now, tried_at=self._now)

    def _known_marks(self, part: str) -> frozenset[str]:
        """The marks of all papers that this part ever listed, as far as they are kept."""
        return frozenset[str]().union(*(line.marks for line in self._lines[part].values()))

    # --- the listing that is due ---

    def _ask_for_due(self, part: str, before: LedgerLine | None) -> None:
        self._asked += 1
        blank, known = self._blank(part, self._due.listed_on), self._known_marks(part)
        batch, error = self._fetch_feed(part)
        gaps = self._gaps(part) if self._source.has_pages else ()
        if gaps and batch is not None and ledger.unseen(batch, known).sightings:
            after = self._told_apart_by_page(part, before, blank, batch, {a.listed_on for a in gaps})
            self._set_line(after)
            self._report_lateness(before, after)
            return
        if batch is not None:
            self._cursor = batch.cursor
            after = self._line_after_feed(part, before, blank, batch, known)
        elif before is not None and before.state.is_settled:  # it was in; `insist` asked again, in vain
            after = before
        else:
            after = ledger.failed(before, blank, self._due, str(error and error.message), way=Way.FEED)
        is_in = after.state.is_settled
        if self._source.has_pages and (after.is_cut if is_in else ledger.may_read_page(self._due, batch, self._now)):
            after = self._ask_page(part, after, blank)
        if error is not None and (after is before or not after.state.is_settled):
            is_first = before is None or before.state is not ListingState.FAILED
            is_told = self._insists or is_first or ledger.is_given_up(before, after, self._due)
            self._errors.append((part, error, is_told))
        self._set_line(after)
        self._report_lateness(before, after)

    def _fetch_feed(self, part: str) -> tuple[Batch | None, SourceError | None]:
        """The feed's batch, or the error. A feed that ends in the middle is an error: otherwise nobody would ask for the rest of it.

        Without a page to read instead, a broken feed is accepted once the listing is given up, since it may stay broken. A source that
        asked to be left alone is not asked.
        """
        if self._trouble and ledger.is_left_alone(self._trouble, self._now) and not self._insists:
            return None, SourceUnreachable(self._source.name, self._trouble.message, hint="run again after that")
        try:
            batch = self._source.fetch_part(part, self._cursor, self._now)
        except SourceError as error:
            if isinstance(error, SourceUnreachable) and error.rests:
                rest = ledger.after_failure(None, self._source.name, error.message, self._now, error.rests)
                self._parts.catalog.ledger.trouble(rest)  # for later runs: this one's client remembers it by itself
            return None, error
        if self._trouble is not None:
            self._parts.catalog.ledger.mended(self._source.name)
            self._trouble = None
        if batch.is_broken_off and (self._source.has_pages or self._now < self._due.due + ledger.GIVE_UP):
            name = f"{self._source.name} {part}".rstrip()
            return None, SourceChanged(name, "its feed ends in the middle", hint="nothing to do: it is asked again")
        return batch, None

    def _told_apart_by_page(self, part: str, before: LedgerLine | None, blank: LedgerLine, feed: Batch, gaps: set[date]) -> LedgerLine:
        """The line of the due listing while earlier ones are missing: a stale feed may show a missed one, whose papers are new too.

        Only the page says which day its listing is of. What else the feed has is taken if it can be of no other day; if not, it is left,
        and the feed's validators are not kept, until the page settles it. If the page cannot be read, the papers are taken all the same (a
        paper under the wrong day is better than none), and the listing is still asked for.
        """
        known, waiting = self._known_marks(part), replace(before or blank, state=ListingState.STALE, tried_at=self._now)
        try:
            page = self._source.fetch_newest(part, self._now)
        except SourceError as error:
            fresh = ledger.dated(ledger.unseen(feed, known), self._due.listed_on)
            failed = replace(waiting, state=ListingState.FAILED, message=error.message, marks=waiting.marks | ledger.marks(fresh))
            self._cursor = feed.cursor
            self._queue(failed, fresh)
            return ledger.tried(failed, self._due)
        day = page.listed_on
        if day is not None and day in gaps:
            missed = ledger.recovered(self._lines[part].get(day), self._blank(part, day), page)
            self._queue(missed, ledger.dated(ledger.unseen(page, known), day))
            self._set_line(missed)
            if gaps - {day}:
                return ledger.tried(waiting, self._due)
            self._cursor = feed.cursor
            return self._line_after_feed(part, before, blank, feed, self._known_marks(part))
        if day is not None and day != self._due.listed_on:
            return ledger.tried(waiting, self._due)
        after = ledger.judged(before, blank, self._due, page, known, way=Way.PAGE)
        if after.state is ListingState.FRESH:
            self._queue(after, ledger.dated(ledger.unseen(page, known), self._due.listed_on))
        return after

    def _line_after_feed(self, part: str, before: LedgerLine | None, blank: LedgerLine, batch: Batch, known: frozenset[str]) -> LedgerLine:
        """The line after the feed answered; the feed's new papers are queued for storing."""
        fresh = ledger.unseen(batch, known)
        if before is not None and before.state.is_settled:
            after = ledger.completed(before, batch) if fresh.sightings and before.state is ListingState.FRESH else before
        else:
            sure = known | ledger.replacements(batch) if self._is_unsure_of_replacements(part) else known
            after = ledger.judged(before, blank, self._due, batch, sure, way=Way.FEED)
            if not self._source.has_pages:
                after = ledger.accepted_if_empty(after, self._due, batch)
        is_in = after.state is ListingState.FRESH
        self._queue(after, ledger.dated(fresh, self._due.listed_on) if is_in else fresh)
        return after

    def _is_unsure_of_replacements(self, part: str) -> bool:
        """Whether a feed with only replacements may show a listing that is in already, but was read from a page, without replacements."""
        return self._source.has_pages and ledger.has_read_past(self._lines[part].values(), self._due.listed_on - STALE_FOR)

    def _ask_page(self, part: str, line: LedgerLine, blank: LedgerLine) -> LedgerLine:
        """The line after reading the page of the newest listing, because the feed was stale or left papers out."""
        known = self._known_marks(part) | line.marks
        try:
            batch = self._source.fetch_newest(part, self._now)
            if batch.listed_on is not None and batch.listed_on > self._due.listed_on:
                # In the four hours before the next feed the page shows the next listing, and the due one is among the past ones.
                batch = self._source.fetch_past(part, self._now).get(self._due.listed_on, Batch(source=line.source))
        except SourceError as error:
            self._report.notes.append(f"{line.name}: its page could not be read either: {error.message}")
            if line.state is ListingState.FRESH:  # what the feed left out is still to come
                return ledger.unfinished(line, self._due, error.message)
            return ledger.failed(line, blank, self._due, error.message, way=Way.PAGE)
        if line.state is ListingState.FRESH:
            after = ledger.completed(line, batch)
            self._soften_cut_alarm(line, after)
        else:
            after = ledger.judged(line, blank, self._due, batch, known, way=Way.PAGE)
            if after.state is ListingState.FRESH and batch.sightings:
                self._report.notes.append(f"{line.name}: the feed had no new listing, so its page was read instead")
        if after.state is ListingState.FRESH:
            self._queue(after, ledger.dated(ledger.unseen(batch, known), self._due.listed_on))
        return after

    def _soften_cut_alarm(self, line: LedgerLine, after: LedgerLine) -> None:
        """If the page had what the feed left out, replace the feed's alarm by one that says so."""
        if after.is_cut:
            return
        hint = "nothing is missing today; narrower categories would keep clear of the limit"
        message = f"the feed was cut at arXiv's limit, and its page read for the rest: {after.fetched} papers in all"
        alarm = Failure(line.name, message, hint)
        kept = self._batches[line.day]
        kept[:] = [(old, replace(batch, failures=(alarm,)) if old.part == line.part else batch) for old, batch in kept]

    def _queue(self, line: LedgerLine, batch: Batch) -> None:
        if not batch.unchanged:
            self._batches[line.day].append((line, batch))

    def _set_line(self, line: LedgerLine) -> None:
        """Make this the line to store for its part and day, instead of earlier ones of this round."""
        self._lines[line.part][line.day] = line
        kept = self._batches[line.day]
        kept[:] = [(line if old.part == line.part else old, batch) for old, batch in kept]
        if not any(old.part == line.part for old, _ in kept):
            kept.append((line, Batch(source=line.source, unchanged=True)))

    # --- missed listings, and days without one ---

    def _catch_up(self, part: str) -> None:
        """Read the listings that were missed between the last one that came in and the one that is due."""
        lines, gaps = self._lines[part], self._open_gaps(part)
        if not gaps:
            return
        blanks = {a.listed_on: self._blank(part, a.listed_on) for a in gaps}
        missing = Missing(part, blanks, lines, self._known_marks(part), self._due.listed_on)
        for line, batch in recover(self._parts, self._source, missing, self._report):
            self._queue(line, batch)
            self._set_line(line)

    def _open_gaps(self, part: str) -> list[Announcement]:
        """The gaps that are asked for now."""
        return [a for a in self._gaps(part) if ledger.is_due_to_ask(self._lines[part].get(a.listed_on), self._now)]

    def _gaps(self, part: str) -> tuple[Announcement, ...]:
        """The listings before the one that is due which never came in."""
        oldest = self._due.listed_on - GAPS_WITHIN
        first_day = self._parts.catalog.resuming.first_day()
        # Once the catalog's first day is long past, it no longer limits the search; a category added later has missed nothing.
        since = first_day if first_day and first_day >= oldest else None
        return ledger.missed(self._lines[part].values(), between(self._source.calendar, oldest, self._due.listed_on), since)

    def _note_days_off(self) -> None:
        """Write down that today has no listing, once for each part that is followed."""
        today = newest(self._source.calendar, self._now)
        if today.expectation.may_come:
            return
        for part in self._source.parts:
            if today.listed_on not in self._lines[part]:
                self._set_line(ledger.without_papers(self._blank(part, today.listed_on), today))

    # --- storing and telling ---

    def _store(self, day: date) -> int:
        """Store a day's papers and lines; returns how many papers are new."""
        taken = self._batches[day]
        brought = [batch for _, batch in taken if not batch.unchanged]
        keys: dict[str, set[str]] = defaultdict(set)
        for line, batch in taken:
            keys[line.part] |= {sighting.paper.key for sighting in batch.sightings}
        known = self._parts.catalog.papers.keys({key for some in keys.values() for key in some})
        lines = {line.part: line for line, _ in taken}
        counted = [replace(line, new=line.new + len(keys[part] - known.keys())) for part, line in lines.items()]
        if not brought:
            self._parts.catalog.ledger.write(counted)
            return 0
        joined = joined_batches(self._source.name, brought)
        self._report.failures.extend(joined.failures)
        # The cursor moves with the papers of the listing that is due, and not with those of the days before.
        cursor = self._cursor if day == self._due.listed_on else self._cursor_before
        return self._parts.catalog.papers.record(replace(joined, cursor=cursor), self._now, counted)

    def _report_outcome(self, new: int) -> None:
        name, due = self._source.name, self._due.listed_on
        is_any_in = any(due in lines and lines[due].state.is_settled for lines in self._lines.values())
        if self._errors and len(self._errors) == self._asked and not is_any_in:
            first = self._errors[0][1]
            self._parts.catalog.sources.failed(name, first.message)
            self._report.sources.append(SourceLine(name, "failed", 0))
            if any(is_told for _, _, is_told in self._errors):
                doubts = [self._misspelling_hint(part) for part, _, _ in self._errors]
                self._report.failures.append(Failure(name, first.message, doubts[0] if all(doubts) else first.hint))
            return
        for part, error, is_told in self._errors:
            if is_told:
                self._report.failures.append(Failure(f"{name} {part}".rstrip(), error.message, self._misspelling_hint(part) or error.hint))
        batches = [batch for taken in self._batches.values() for _, batch in taken]
        is_fresh = any(batch.sightings for batch in batches)
        if self._asked and all(batch.unchanged for batch in batches):
            self._parts.catalog.papers.record(Batch(source=name, cursor=self._cursor, unchanged=True), self._now)
        self._report.sources.append(SourceLine(name, "fresh" if is_fresh else "unchanged", new))
        self._note_unknown_holidays()

    def _report_lateness(self, before: LedgerLine | None, after: LedgerLine) -> None:
        """Report a late listing once as a note, and once more as a failure when it is given up."""
        if after.state is not ListingState.STALE:
            return
        day = f"{self._due.announced:%-d %b}"
        if after.tries == 1 and self._due.expectation is Expectation.PAPERS:
            self._report.notes.append(f"{after.name}: what was announced on {day} is not there yet; it is asked again at the next run")
        if ledger.is_given_up(before, after, self._due):
            tries = "1 try" if after.tries == 1 else f"{after.tries} tries"
            message = f"the listing announced on {day} has not come: {tries} since {self._due.due:%H:%M} UTC"
            hint = "nothing to do: it is asked for every hour, and what comes goes into the next issue"
            self._report.failures.append(Failure(after.name, message, self._misspelling_hint(after.part) or hint))

    def _misspelling_hint(self, part: str) -> str:
        """A hint for an unknown category that never had a listing: it is probably misspelt, not late; "" for any other."""
        has_come = any(line.state is ListingState.FRESH for line in self._lines[part].values())
        return taxonomy.doubt(part) if part and not has_come else ""

    def _note_unknown_holidays(self) -> None:
        """Note that the holidays of this year are not known, whenever a listing is asked for."""
        calendar, year = self._source.calendar, self._due.announced.year
        if self._asked and not calendar.knows(year):
            self._report.notes.append(
                f"{self._source.name}: arXiv's holidays of {year} are not known here, so a holiday looks like a stale listing; "
                f'add them to its [[sources]], as in holidays = ["{year}-12-25"] (info.arxiv.org/help/availability.html)'
            )
