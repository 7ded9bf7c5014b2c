"""Apply the preferences form to the stored subscription, or say what is wrong, by field. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from math import isnan, nan
from typing import TypeVar

from ..cadence import beginning
from ..config import values
from ..config.subscriptions import LIMITS, interest_name, language_code
from ..config.values import wrong
from ..errors import ConfigurationError, DigestError, LibraryError, Wrong
from ..model import Cadence, Every, Format, Interest, Profile, Subscription
from ..rendering.languages import Language
from ..rendering.notes import in_own_quotes
from .filling import MOST_INTERESTS, Filled, InterestFields, fingerprint_of, shown_as

MOST_LINES = 200
LONGEST_LINE = 300
_BETWEEN_CATEGORIES = r"[\n,;]+|(?<=\.[A-Za-z]{2})[ \t]+"
"""Lines, commas, and the space after a whole class ("cs.LG stat.ML"); that within "machine learning" is none, and an error."""
LONGEST_PAUSE = timedelta(days=730)
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Wished:
    """The wished subscription, and what is wrong with fields that could not be read; those keep their stored values."""

    subscription: Subscription
    errors: Mapping[str, Wrong]


def wished(filled: Filled, stored: Subscription, themes: tuple[str, ...]) -> Wished:
    """The stored subscription changed by the form; an edition's form has no profile, and `themes` are those to choose from."""
    form = _FieldReader(filled)
    reader = stored.subscriber
    made = replace(
        stored,
        subscriber=replace(
            reader,
            zone=form.read("zone", values.zone, reader.zone),
            language=form.read("language", language_code, reader.language),
        ),
        profile=_profile(form, stored.profile) if stored.profile is not None else None,
        cadence=_cadence(form, stored.cadence, is_ranked=stored.profile is not None),
        theme=form.read("theme", lambda value: values.one_of("", *themes, stored.theme)(value), stored.theme),
        format=form.read("format", lambda value: Format(values.one_of(*Format)(value)), stored.format),
    )
    return Wished(made, form.errors)


def pause_end(text: str, zone: str, now: datetime) -> datetime:
    """The first moment of a day in that zone, in UTC. Raises ConfigurationError for an invalid day, or one out of range."""
    try:
        day = date.fromisoformat(text.strip())
        end = beginning(day, zone)
    except (ValueError, OverflowError) as error:
        raise wrong("choose the day on which letters begin again") from error
    if not now < end <= now + LONGEST_PAUSE:
        raise wrong("choose a day in the future, within two years")
    return end


class _FieldReader:
    """Reads fields one by one and collects what is wrong with each."""

    def __init__(self, filled: Filled) -> None:
        self._filled = filled
        self.errors: dict[str, Wrong] = {}
        self.interests, self.seen = filled.interests, filled.seen

    def read(self, name: str, parser: Callable[[object], Value], stored: Value) -> Value:
        return self.check(name, self._filled.text(name), parser, stored)

    def check(self, name: str, given: object, parser: Callable[[object], Value], stored: Value) -> Value:
        try:
            return _meant(given, parser, stored)
        except ConfigurationError as error:
            self.errors[name] = as_wrong(error)
            return stored

    def number(self, name: str, parser: Callable[[object], Value], stored: Value) -> Value:
        return self.check(name, self._filled.text(name), lambda text: parser(_number(text)), stored)

    def is_ticked(self, name: str) -> bool:
        return name in self._filled.ticked


def _meant(given: object, parser: Callable[[object], Value], stored: Value) -> Value:
    """What was typed, parsed. An unchanged field keeps its stored value: commands may have stored more than a form takes."""
    return stored if str(given).strip() == shown_as(stored) else parser(given)


def _profile(form: _FieldReader, stored: Profile) -> Profile:
    return replace(
        stored,
        interests=_interests(form, stored),
        keywords=form.read("keywords", _lines(values.text), stored.keywords),
        muted=form.read("muted", _lines(values.text), stored.muted),
        authors=form.read("authors", _lines(values.author), stored.authors),
        categories=form.read("categories", _lines(values.category, between=_BETWEEN_CATEGORIES), stored.categories),
        limit=form.number("limit", values.whole(*LIMITS), stored.limit),
        floor=form.read("floor", _floor, stored.floor),
        explore=form.is_ticked("explore"),
        others=form.is_ticked("others"),
        updates=form.is_ticked("updates"),
    )


def _interests(form: _FieldReader, stored: Profile) -> tuple[Interest, ...]:
    """The interests from the form: each keeps the papers of its stored one; one without topic or paper is dropped.

    Stored ones that the form did not show are kept: the form may be older than they are.
    """
    befores, unseen = _stored_by_place(form, stored)
    found: list[Interest] = []
    for fields, before in zip(form.interests, befores, strict=True):
        interest = _interest(form, fields, before or Interest())
        if interest is None:
            continue
        if any(interest.name.casefold() == other.name.casefold() for other in (*found, *unseen.values())):
            taken = wrong("there is an interest {name} already: give this one another name", name=repr(interest.name))
            unnamed = wrong("give it a name: only one interest can be without")
            form.errors[f"interest-{fields.number}-name"] = taken if interest.name else unnamed
        found.append(interest)
        if before is None and len(found) + len(unseen) > max(MOST_INTERESTS + 1, len(stored.interests)):
            too_many = wrong("there are too many interests: open this page again to see them all")
            form.errors[f"interest-{fields.number}-topics"] = too_many
    return (*found, *unseen.values())


def _stored_by_place(form: _FieldReader, stored: Profile) -> tuple[list[Interest | None], dict[str, Interest]]:
    """The stored interest behind each one in the form, and by name those that the form did not show.

    An interest sent a second time, by a reload, is matched with what it became the first time. Two that exchanged their names are told
    apart by their stored names: an outdated form that says just that has been saved already.
    """
    by_name = {interest.name: interest for interest in stored.interests}
    names = {fields.name.strip() for fields in form.interests if _says_something(fields)}
    is_older = bool(form.seen) and form.seen != fingerprint_of(stored.interests)
    if is_older and all(_is_saved(fields, by_name, names) for fields in form.interests):
        there = [by_name.get(fields.name.strip()) if _says_something(fields) else None for fields in form.interests]
        named = {interest.name for interest in there if interest is not None}
        return there, {name: interest for name, interest in by_name.items() if name not in named}
    shown = {fields.was for fields in form.interests}
    unseen = {name: interest for name, interest in by_name.items() if name not in shown}
    were = [by_name.get(fields.was) if fields.was is not None else None for fields in form.interests]
    return [_became(fields, unseen) if was is None else was for fields, was in zip(form.interests, were, strict=True)], unseen


def _says_something(fields: InterestFields) -> bool:
    return not fields.removed and (fields.was is not None or bool(fields.topics.strip()))


def _is_saved(fields: InterestFields, by_name: Mapping[str, Interest], names: Set[str]) -> bool:
    """Whether the stored interest with that name is as the form wants it; a removed one must be gone, unless another has its name."""
    if fields.removed:
        return fields.was not in by_name or fields.was in names
    if not _says_something(fields):
        return True
    stored = by_name.get(fields.name.strip())
    try:
        return (
            stored is not None
            and stored.topics == _meant(fields.topics, _lines(values.text), stored.topics)
            and stored.weight == _meant(fields.weight or "1", _weight, stored.weight)
        )
    except ConfigurationError:
        return False


def _became(fields: InterestFields, unseen: dict[str, Interest]) -> Interest | None:
    """The stored interest with that name, removed from those that the form did not show."""
    return unseen.pop(fields.name.strip(), None) if fields.topics.strip() and not fields.removed else None


def _interest(form: _FieldReader, fields: InterestFields, before: Interest) -> Interest | None:
    if fields.removed:
        return None
    start = f"interest-{fields.number}-"
    name = form.check(f"{start}name", fields.name, lambda text: interest_name(_short(text)), before.name)
    interest = replace(
        before,
        name=name,
        former_names=before.former_names if fields.was is None or name == before.name else (before.name, *before.former_names),
        topics=form.check(f"{start}topics", fields.topics, _lines(values.text), before.topics),
        weight=form.check(f"{start}weight", fields.weight or "1", _weight, before.weight),
    )
    if not interest.is_empty:
        return interest
    if interest.name and fields.was is None:
        form.errors.setdefault(f"{start}topics", wrong("write at least one topic"))
    return None


def _cadence(form: _FieldReader, stored: Cadence, *, is_ranked: bool) -> Cadence:
    every = form.read("every", lambda value: Every(values.one_of(*Every)(value)), stored.every)
    days = tuple(number for number, day in enumerate(values.DAYS) if form.is_ticked(f"day-{day}"))
    if every is Every.DAYS and not days:
        form.errors["days"] = wrong("choose at least one day")
    if every is Every.WEEKLY and len(days) > 1:
        form.errors["days"] = wrong("choose one day for a weekly letter, or “on chosen days” above")
    if "days" in form.errors:
        every, days = stored.every, stored.days
    if every is Every.DAYS and len(days) == 1:
        every = Every.WEEKLY
    return replace(
        stored,
        every=every,
        days=days if every in (Every.WEEKLY, Every.DAYS) else (),
        at=form.read("at", _hour, stored.at),
        skip_empty=form.is_ticked("skip_empty"),
        only_above=form.read("only-above", _floor, stored.only_above) if is_ranked else None,
    )


def _lines(parser: Callable[[object], str], *, between: str = r"\n") -> Callable[[object], tuple[str, ...]]:
    """A parser for a list with one item per line, without duplicates."""

    def parse(value: object) -> tuple[str, ...]:
        given = [text.strip() for text in re.split(between, str(value)) if text.strip()]
        if len(given) > MOST_LINES:
            raise wrong("{count} are more than the {most} there is room for", count=len(given), most=MOST_LINES)
        return tuple(dict.fromkeys(parser(_short(text)) for text in given))

    return parse


def _short(value: object) -> str:
    text = str(value)
    if len(text) > LONGEST_LINE:
        raise wrong("{given}… is longer than {most} characters", "one on each line", given=repr(text[:40]), most=LONGEST_LINE)
    return text


def _hour(text: object) -> time:
    if not str(text).strip():
        raise wrong("choose an hour")
    return values.clock_time(text)


def _number(value: object) -> int | float:
    text = str(value).strip().replace(",", ".").replace("−", "-")[:20]
    if not text:
        raise wrong("write digits, such as 12")
    try:
        number = int(text) if re.fullmatch(r"[+-]?\d+", text) else float(text)
    except ValueError:
        number = nan
    if isnan(number):
        raise wrong("{given} is not a number", "write digits, such as 12", given=repr(text))
    return number


def _weight(value: object) -> float:
    weight = float(_number(value))
    if not 0.01 <= weight <= 100:
        raise wrong("choose a share between 0.01 and 100")
    return weight


def _floor(value: object) -> float | None:
    return values.points(_number(value)) if str(value).strip() else None


def as_wrong(error: DigestError) -> Wrong:
    """The error as a translatable one; an error without translatable words is shown in the words it has."""
    if isinstance(error, Wrong):
        return error
    if isinstance(error, LibraryError):
        return Wrong(error.words, error.advice, error.given, subject=error.subject)
    return Wrong("{words}", "{advice}" if error.hint else "", {"words": str(error), "advice": error.hint})


def sentence(error: Wrong, spoken: Language) -> str:
    """What is wrong and what to do about it, as a sentence in that language."""
    given = {name: in_own_quotes(value, spoken) if isinstance(value, str) else value for name, value in error.given.items()}
    parts = [spoken.say(part, **given) for part in (error.words, error.advice) if part]
    text = "; ".join(parts).removesuffix(".")
    return f"{error.subject}: {text}." if error.subject else f"{text[:1].upper()}{text[1:]}."
