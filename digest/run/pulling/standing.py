"""The state of each source for the operator: one sentence, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from shlex import quote

from ... import ledger, taxonomy
from ...announcements import Announcement, Expectation, between, latest_due, newest
from ...catalog import SourceState
from ...model import LedgerLine, ListingState, Trouble, Way
from ...sources import Announcing
from ..parts import Parts

_LATE = timedelta(days=2)
_GAPS_WITHIN = timedelta(days=14)
RUN = "run `digest run`; if that should have happened by itself, check the crontab line (crontab -l) or `digest schedule`"
_WAIT_HINT = "nothing yet: it is asked again at every run, and its page is read if it stays so"
_LATE_HINT = "see https://status.arxiv.org; nothing is lost: what comes late goes into the next issue"


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a source or of one of its parts: a sentence on it, and what to do ("" if all is well)."""

    name: str
    state: str
    sentence: str
    todo: str = ""
    source: str = ""


def standings(parts: Parts, now: datetime) -> tuple[Standing, ...]:
    """The state of all sources that are asked, part by part."""
    states = {state.name: state for state in parts.catalog.sources.states()}
    troubles = parts.catalog.ledger.troubles()
    lines = parts.catalog.ledger.since(now.date() - _GAPS_WITHIN)
    found: list[Standing] = []
    for source in parts.sources:
        if isinstance(source, Announcing):
            own = [line for line in lines if line.source == source.name]
            found.extend(replace(one, source=source.name) for one in _announced(source, own, now))
        else:
            one = _listing(source.name, states.get(source.name), troubles.get(source.name), now)
            found.append(replace(one, source=source.name))
    return tuple(found)


def _announced(source: Announcing, lines: list[LedgerLine], now: datetime) -> Iterator[Standing]:
    due, evening = latest_due(source.calendar, now), newest(source.calendar, now)
    earlier = between(source.calendar, now.date() - _GAPS_WITHIN, due.listed_on)
    for part in source.parts:
        own = {line.day: line for line in lines if line.part == part}
        standing = _part(f"{source.name} {part}".rstrip(), own.get(due.listed_on), due, now)
        gaps = [a.announced for a in ledger.missed(own.values(), earlier)]
        brought = any(line.state is ListingState.FRESH for line in own.values())
        yield _with_hint(_with_gaps(_with_day_off(standing, evening), gaps), "" if brought or not part else taxonomy.doubt(part))
    if not source.calendar.knows(due.announced.year):
        year = due.announced.year
        todo = f'add them to its [[sources]]: holidays = ["{year}-12-25", …], see info.arxiv.org/help/availability.html'
        yield Standing(source.name, "warning", f"arXiv's holidays of {year} are not known, so one looks like a stale listing", todo)


def _part(name: str, line: LedgerLine | None, due: Announcement, now: datetime) -> Standing:
    day = f"{due.announced:%-d %b}"
    if line is None:
        return Standing(name, "not asked", f"not asked yet for what was announced on {day}, due since {_at(due.due, now)}", RUN)
    again = f"tried {_times(line.tries)}, next {_at(line.next_try, now)}"
    gave_up = now >= due.due + ledger.GIVE_UP
    match line.state:
        case ListingState.FRESH:
            how = ", from its page" if line.way is Way.PAGE else ""
            todo = "name narrower categories: the feed holds no more than 2,000 papers" if line.is_cut else ""
            cut = "; arXiv cut the listing" if line.is_cut else ""
            # The page of a month does not say how many were announced.
            fetched = f"{line.fetched}" if line.expected is None else f"{line.fetched} of {line.expected}"
            return Standing(name, "fresh", f"{fetched} announced on {day}{how}, {line.new} new{cut}", todo)
        case ListingState.STALE if due.expectation is Expectation.UNSURE:
            return Standing(name, "stale", f"nothing was announced on {day}, which may have been a holiday; {again}")
        case ListingState.STALE:
            sentence = f"stale: what was announced on {day} was due at {_at(due.due, now)}; {again}"
            return Standing(name, "stale", sentence, _LATE_HINT if gave_up else _WAIT_HINT)
        case ListingState.FAILED:
            sentence = f"failing since {_at(line.first_tried, now)}, {again}: {line.message}"
            return Standing(name, "failed", sentence, f"`digest doctor --sources` asks it now; {_LATE_HINT if gave_up else _WAIT_HINT}")
        case _:
            return Standing(name, str(line.state), f"no announcement on {day}")


def _with_day_off(standing: Standing, evening: Announcement) -> Standing:
    """The state with the reason why nothing came today, if there was no announcement, in front of what came last."""
    if evening.expectation.may_come:
        return standing
    is_holiday = evening.expectation is Expectation.HOLIDAY
    why = f"no announcement on {evening.announced:%-d %b}, a holiday" if is_holiday else f"no announcement on {evening.announced:%A}s"
    state = ("holiday" if is_holiday else "empty") if standing.state == "fresh" else standing.state
    return Standing(standing.name, state, f"{why}; {standing.sentence}", standing.todo)


def _with_hint(standing: Standing, doubt: str) -> Standing:
    """The state with the hint that an unknown category without any listing is misspelt, not late."""
    return replace(standing, todo=doubt) if doubt else standing


def _with_gaps(standing: Standing, gaps: list[date]) -> Standing:
    if not gaps:
        return standing
    days = ", ".join(f"{day:%-d %b}" for day in gaps[:5]) + (" …" if len(gaps) > 5 else "")
    todo = standing.todo or "nothing: they are read at the next run"
    state = standing.state if standing.state in ("failed", "stale", "not asked") else "gaps"
    return Standing(standing.name, state, f"{standing.sentence}; not read yet of what was announced: {days}", todo)


def _listing(name: str, state: SourceState | None, trouble: Trouble | None, now: datetime) -> Standing:
    if trouble is not None:
        next_try = f", next {_at(trouble.silent_until, now)}" if trouble.silent_until else ""
        sentence = f"failing since {_at(trouble.since, now)}, tried {_times(trouble.failures)}{next_try}: {trouble.message}"
        todo = f"`digest doctor --sources` asks it now; `digest sources pause {quote(name)}` stops asking it"
        return Standing(name, "failed", sentence, todo)
    if state is None or state.fetched_at is None:
        return Standing(name, "not asked", "never asked yet", RUN)
    sentence = f"answered {_at(state.fetched_at, now)}, {state.new} new"
    if now - state.fetched_at > _LATE:
        return Standing(name, "late", sentence, RUN)
    return Standing(name, state.state, f"{sentence}; {state.message}" if state.message else sentence)


def problems(some: tuple[Standing, ...]) -> Mapping[str, tuple[str, str]]:
    """What is wrong, by name, with what to do; if several parts have the same trouble, it is listed once under all their names."""
    told: dict[tuple[str, str], list[str]] = {}
    for standing in some:
        if standing.todo:
            told.setdefault((standing.sentence, standing.todo), []).append(standing.name)
    return {", ".join(names): what for what, names in told.items()}


def _at(moment: datetime | None, now: datetime) -> str:
    """The time as "05:00 UTC" if it is today, else as "Mon 23 Nov 05:00 UTC"."""
    if moment is None:
        return "at the next run"
    return f"{moment:%H:%M} UTC" if moment.date() == now.date() else f"{moment:%a %-d %b %H:%M} UTC"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
