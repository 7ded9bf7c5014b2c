"""The foot of a letter: what was considered for it, and whether the listings were complete."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time

from ..model import Issue, ListingState, Looked, Newest
from .languages import Language
from .texts import clean

_MOST_LOOKED, _LONGEST = 12, 60
"""Names that are told, and characters of each: a letter is never over its size for them."""
_SATURDAY = 5
_NOT_IN = (ListingState.STALE, ListingState.FAILED)


def looked_at(issue: Issue, language: Language) -> tuple[str, ...]:
    """"cs.LG: 164 announced, 164 read, 3 shown; all 164 announced on 22 Nov are in", a line for each of at most twelve names.

    If there was nothing to count, only the state of the newest listing is given. Names beyond twelve are only counted.
    """
    if issue.looked:
        told = _told(issue)
        rest = [looked for looked in issue.looked if looked not in told] if len(told) < len(issue.looked) else []
        return (*(_line(looked, issue, language) for looked in told), *_counted(rest, language))
    sources = ", ".join(name for name in (clean(name, _LONGEST) for name in issue.sources[:_MOST_LOOKED]) if name)
    if not issue.considered:
        return (language.say("Sources: {names}", names=sources),) if sources else ()
    papers = language.say_many("{count} new paper", "{count} new papers", issue.considered)
    if not sources:
        return (language.say("Looked at: {papers}", papers=papers),)
    return (language.say("Looked at: {papers} from {names}", papers=papers, names=sources),)


def _told(issue: Issue) -> tuple[Looked, ...]:
    """The names to list, in order, as many as have room; those whose listings are incomplete come before any others."""
    if len(issue.looked) <= _MOST_LOOKED:
        return issue.looked
    chosen = sorted(issue.looked, key=_is_in)[:_MOST_LOOKED]
    return tuple(looked for looked in issue.looked if looked in chosen)


def _counted(rest: Sequence[Looked], language: Language) -> Iterator[str]:
    # Not the sum of what they announced: a paper may be in several categories.
    missing = sum(not _is_in(looked) for looked in rest)
    if len(rest) > missing:
        yield language.say_many("one more was looked at", "{count} more were looked at", len(rest) - missing)
    if missing:
        yield language.say_many("one more had not come or could not be read", "{count} more had not come or could not be read", missing)


def _is_in(looked: Looked) -> bool:
    return looked.newest is None or looked.newest.state not in _NOT_IN


def _line(looked: Looked, issue: Issue, language: Language) -> str:
    name = clean(looked.name, _LONGEST)
    newest = _newest(looked, looked.newest, issue, language) if looked.newest is not None else ""
    if newest and not (looked.announced or looked.read or looked.shown):
        if looked.newest is not None and looked.newest.fetched:
            # What is in came before the last issue; "0 announced" would contradict it.
            return language.say("{name}: nothing new; {newest}", name=name, newest=newest)
        # Of a listing that nobody could read, "0 announced" would be a guess; where none was announced, three zeros say no more.
        return language.say("{name}: {newest}", name=name, newest=newest)
    counts = language.say(
        "{name}: {announced} announced, {read} read, {shown} shown",
        name=name,
        announced=looked.announced,
        read=looked.read,
        shown=looked.shown,
    )
    return language.say("{counts}; {newest}", counts=counts, newest=newest) if newest else counts


def _newest(looked: Looked, newest: Newest, issue: Issue, language: Language) -> str:
    """What to say about the newest listing; "" if nothing."""
    day = language.short_day(datetime.combine(newest.announced, time(12), UTC), issue.made_at.year)
    # Each category's listing states its own number, and a paper may be in several: their sum is not the source's number of papers.
    has_number = looked.name not in issue.sources or newest.expected == 1
    match newest.state:
        case ListingState.FRESH if newest.expected is None:
            return ""
        case ListingState.FRESH if newest.expected == 0:
            return language.say("none was announced on {day}", day=day)
        case ListingState.FRESH if not has_number:
            if newest.fetched == newest.expected:
                return language.say("all announced on {day} are in", day=day)
            return language.say("not all announced on {day} are in", day=day)
        case ListingState.FRESH if newest.fetched == newest.expected:
            return language.say_many("the one announced on {day} is in", "all {count} announced on {day} are in", newest.fetched, day=day)
        case ListingState.FRESH:
            numbers = {"fetched": newest.fetched, "expected": newest.expected}
            return language.say("{fetched} of {expected} announced on {day} are in", day=day, **numbers)
        case ListingState.STALE:
            return language.say("the listing announced on {day} had not come; its papers go into a later letter", day=day)
        case ListingState.FAILED:
            return language.say("the listing of {day} could not be read; its papers go into a later letter", day=day)
        case ListingState.HOLIDAY:
            return language.say("no announcement on {day}, a holiday", day=day)
        case ListingState.EMPTY if newest.announced.weekday() < _SATURDAY - 1 or newest.announced.weekday() > _SATURDAY:
            return language.say("no announcement on {day}", day=day)
        case ListingState.EMPTY:
            is_saturday = newest.announced.weekday() == _SATURDAY
            return language.say("no announcement on Saturdays") if is_saturday else language.say("no announcement on Fridays")
        case ListingState.QUIET:
            return ""


def late(issue: Issue, language: Language) -> tuple[str, ...]:
    """What had not arrived when the letter was made, unless a line of `looked_at` says so."""
    said = {looked.name for looked in _told(issue) if not _is_in(looked)}
    missing = [name for name in (clean(name, _LONGEST) for name in issue.late) if name and name.rpartition(" ")[2] not in said]
    if not missing:
        return ()
    told = language.say_many(
        "The listing of {names} had not come when this letter was made; its papers are for the next.",
        "The listings of {names} had not come when this letter was made; their papers are for the next.",
        len(missing),
        names=_enumerated(missing[:_MOST_LOOKED], language),
    )
    return (told,)


def _enumerated(names: list[str], language: Language) -> str:
    """ "a, b and c"."""
    if len(names) == 1:
        return names[0]
    return language.say("{items} and {last}", items=language.list_of(names[:-1]), last=names[-1])
