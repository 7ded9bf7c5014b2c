"""Parse single values of a configuration or of a command's options; each function gives the value or raises ConfigurationError.

The errors have no subject yet: the caller adds the place. Messages show the value with !r.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import time, timedelta
from typing import TypeVar
from urllib.parse import urlsplit

from .. import taxonomy
from ..errors import ConfigurationError, Wrong
from ..model import Cadence, Every
from ..naming import parse_followed
from .machine import is_zone

Choice = TypeVar("Choice", bound=str)

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DURATION = re.compile(r"(\d{1,6})\s*([smhd])")
_LONGEST = timedelta(days=3650)  # what is reckoned back from now must be a date, too
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_CATEGORY = re.compile(r"[A-Za-z][A-Za-z-]*(\.[A-Za-z][A-Za-z-]*)?")
_LIKE_ORCID = re.compile(r"(?:orcid:?)?[\d\s–-]{8,}x?", re.IGNORECASE)


def unfit(message: str, hint: str = "") -> ConfigurationError:
    """An error whose place the caller adds."""
    return ConfigurationError("", message, hint=hint)


def wrong(words: str, advice: str = "", /, **given: object) -> Wrong:
    """The same as `unfit`, but translatable: readers enter such values on their pages too.

    Both texts are messages, in which each `{name}` is replaced by that value.
    """
    return Wrong(words, advice, given)


# --- kinds of TOML values ---------------------------------------------------------------------------------------------


def text(value: object) -> str:
    """One line of text, without spaces around it; control and bidirectional characters are refused."""
    return _clean(value, "")


def lines(value: object) -> str:
    """Text of one or more lines."""
    return _clean(value, "\n")


def texts(value: object) -> tuple[str, ...]:
    """A list of texts, none empty."""
    if not isinstance(value, list):
        raise unfit(f"{value!r} is not a list", f"write it in brackets: [{value!r}]" if isinstance(value, str) else "")
    found = tuple(text(each) for each in value)
    if "" in found:
        raise unfit("an empty text stands in the list", "take it out")
    return found


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise unfit(f"{value!r} is neither true nor false", "write true or false, without quotes")
    return value


def whole(least: int, most: int) -> Callable[[object], int]:
    """A parser of whole numbers between two bounds."""

    def parse(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            if isinstance(value, str):
                raise wrong("{given} is not a whole number", "write it without quotes", given=repr(value))
            raise wrong("{given} is not a whole number", "write one without a fraction, such as 12", given=repr(value))
        if not least <= value <= most:
            raise wrong("{given} is not between {least} and {most}", given=repr(value), least=least, most=most)
        return value

    return parse


def rate(value: object) -> float:
    """A number per second; 0 means any number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < math.inf:
        raise unfit(f"{value!r} is not a rate", "letters a second, such as 10 or 0.5; 0 for no limit")
    return float(value)


def points(value: object) -> float | None:
    """A score; -inf (no bound) gives None."""
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value) or value == math.inf:
        raise wrong("{given} is not a number", "a score such as 20, or -inf for none", given=repr(value))
    return None if value == -math.inf else float(value)


def weight(value: object) -> float:
    """A weight relative to others."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < math.inf:
        raise wrong("{given} is not a weight", "a number above 0; 1 is the share of any other", given=repr(value))
    return float(value)


def one_of(*words: Choice) -> Callable[[object], Choice]:
    """A parser of a closed set of words."""

    def parse(value: object) -> Choice:
        for word in words:
            if value == word and isinstance(value, str):
                return word
        raise unfit(f"{value!r} is none of {', '.join(words)}")

    return parse


# --- what they mean ---------------------------------------------------------------------------------------------------


def address(value: object) -> str:
    """One mail address, normalised, its domain in ASCII; nothing that could be read as two addresses, an option or a header."""
    from email_validator import EmailNotValidError, validate_email

    given = text(value)
    if "<" in given:
        raise unfit(f"{given!r} is not a bare address", "write only what stands between < and >; a name is given apart")
    if given.startswith("-"):
        raise unfit(f"{given!r} is not an address that can be used", "it must not begin with -")
    try:
        found = validate_email(given, check_deliverability=False)
    except EmailNotValidError as error:
        raise unfit(f"{given!r} is not an address that can be used", sentence(str(error))) from error
    return f"{found.local_part}@{found.ascii_domain}"


def zone(value: object) -> str:
    """A time zone's name in its proper spelling: "utc" gives UTC."""
    given = text(value)
    if is_zone(given):
        return given
    from zoneinfo import available_timezones

    there = sorted(available_timezones())
    folded = given.casefold()
    meant = next((zone for zone in there if zone.casefold() == folded), "")
    if meant:
        return meant
    near = _nearest_zone(given, there)
    if not near:
        raise wrong("{given} is not a time zone", "names look like Europe/Berlin", given=repr(given))
    raise wrong("{given} is not a time zone", "did you mean {near}? names look like Europe/Berlin", given=repr(given), near=repr(near))


def clock_time(value: object) -> time:
    """An hour of the day, "07:00" or TOML's 07:00:00."""
    if isinstance(value, time):
        return time(value.hour, value.minute)
    found = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise wrong("{given} is not a time of day", 'write it as "07:00"', given=repr(value))
    return time(int(found[1]), int(found[2]))


def every(value: object) -> tuple[Every, tuple[int, ...]]:
    """The days of letters: "daily", "weekdays", "weekly" (Mondays), one day ("fri": weekly on it) or several ("mon, thu", or a list)."""
    words = [word.lower() for word in (texts(value) if isinstance(value, list) else re.split(r"[\s,]+", text(value)))]
    named = {word.value: word for word in (Every.DAILY, Every.WEEKDAYS, Every.WEEKLY)}
    if len(words) == 1 and words[0] in named:
        return named[words[0]], ()
    days = sorted({_day(word) for word in words})
    return (Every.WEEKLY if len(days) == 1 else Every.DAYS), tuple(days)


def every_text(cadence: Cadence) -> str:
    """A cadence's days as a text that `every` parses."""
    if cadence.every is Every.DAYS or cadence.days:
        return ",".join(DAYS[day] for day in cadence.days)
    return cadence.every.value


def duration(value: object) -> timedelta:
    """A duration: "45m", "36h", "2d", or 0."""
    if value in ("0", 0) and not isinstance(value, bool):
        return timedelta(0)
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise unfit(f"{value!r} is not a duration", 'write it as "45m", "36h" or "2d"')
    stretch = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if stretch > _LONGEST:
        raise unfit(f"{value!r} is longer than ten years", 'write it as "45m", "36h" or "2d"')
    return stretch


def proxy(value: object) -> str:
    """A proxy's address, "" for none. An invalid value is not shown: it may hold a password."""
    mistake = unfit("not the address of a proxy", "it begins with http://")
    try:
        given = text(value)
        if given and "://" not in given:
            given = f"http://{given}"  # as curl and others read it
        parts = urlsplit(given)
        is_one = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and " " not in given
    except (ConfigurationError, ValueError):
        raise mistake from None
    if given and not is_one:
        raise mistake
    return given


def category(value: object) -> str:
    """A category such as "cs.LG", or bioRxiv's "cell biology"."""
    given = " ".join(text(value).split())
    return given if given.casefold() in taxonomy.PREPRINT_SUBJECTS else subject_class(given)


def subject_class(value: object) -> str:
    """A category that arXiv can be asked for, such as "cs.LG"."""
    given = text(value)
    if not _CATEGORY.fullmatch(given):
        near = taxonomy.nearest(given)
        if not near:
            raise wrong("{given} is not a category", "write it as arXiv does: cs.LG, q-bio.BM, hep-th", given=repr(given))
        raise wrong(
            "{given} is not a category",
            "did you mean {near}? write it as arXiv does: cs.LG, q-bio.BM, hep-th",
            given=repr(given),
            near=near,
        )
    return taxonomy.spelled(given)


def categories(value: object) -> tuple[str, ...]:
    """A list of categories."""
    return tuple(category(each) for each in texts(value))


def subject_classes(value: object) -> tuple[str, ...]:
    """A list of arXiv categories."""
    return tuple(subject_class(each) for each in texts(value))


def author(value: object) -> str:
    """A person to follow: a name, an ORCID iD or OpenAlex id (links are shortened), or "Ana Silva <0000-0002-1825-0097>"."""
    given = text(value)
    who = parse_followed(given)
    kind, _, number = (who.id or "").partition(":")
    if kind == "orcid" and not _is_orcid(number):
        raise wrong("{given} is nobody's ORCID iD: its last digit does not fit the others", "copy it from orcid.org", given=repr(number))
    if number:
        return f"{who.name} <{number}>" if who.name else number
    if "<" in given or "@" in given or "/" in given or not any(c.isalpha() for c in given) or _LIKE_ORCID.fullmatch(given):
        raise wrong(
            "{given} is neither a name nor an identity",
            "write a name, an ORCID iD or OpenAlex id, or a name with one: Ana Silva <0000-0002-1825-0097>",
            given=repr(given),
        )
    return given


def authors(value: object) -> tuple[str, ...]:
    """A list of people to follow."""
    return tuple(author(each) for each in texts(value))


def word(value: object) -> str:
    """A name of letters, digits, - and _, such as a theme's."""
    given = text(value)
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", given):
        raise unfit(f"{given!r} is not a name", "letters, digits, - and _")
    return given


def colour(value: object) -> str:
    """A colour as "#rrggbb"."""
    given = text(value)
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", given):
        raise unfit(f"{given!r} is not a colour", 'write it as "#rrggbb"')
    return given


def _clean(value: object, allowed: str) -> str:
    if not isinstance(value, str):
        raise unfit(f"{value!r} is not a text", "write it in quotes")
    # Cc control, Cf format (bidirectional marks), Cs surrogates, Zl and Zp line ends. Joiners stay: some scripts are spelt with them.
    bad = [c for c in value if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") and c not in "\u200c\u200d" + allowed]
    if bad:
        raise wrong("{given} holds the character {character}", "take it out", given=repr(value), character=repr(bad[0]))
    return value.strip()


def _day(given: str) -> int:
    short = given[:3]
    full = ("mondays", "tuesdays", "wednesdays", "thursdays", "fridays", "saturdays", "sundays")
    if short not in DAYS or not full[DAYS.index(short)].startswith(given):
        raise unfit(f"{given!r} is not a day", "daily, weekdays, weekly, or days: mon,wed,fri")
    return DAYS.index(short)


def _nearest_zone(given: str, there: Iterable[str]) -> str:
    from difflib import get_close_matches

    # Abbreviations are no names that were meant: CEST is not EST, and Etc/GMT+1 lies west, where GMT+1 lies east. A city or country is.
    places = {zone.casefold(): zone for zone in there if ("/" in zone or zone[1:].islower()) and not zone.startswith("Etc/")}
    named = {zone.rpartition("/")[2]: places[zone] for zone in places} | places
    near = get_close_matches(given[:100].casefold(), named, n=1, cutoff=0.8)  # what is longer is like none: their longest has 32 letters
    return named[near[0]] if near else ""


def _is_orcid(number: str) -> bool:
    """Whether its check digit is right, by ISO 7064 MOD 11-2 (support.orcid.org, "Structure of the ORCID Identifier")."""
    total = 0
    for digit in number[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return "0123456789X"[(12 - total % 11) % 11] == number[-1]


def sentence(reason: str) -> str:
    """A library's message in the form of ours: no capital, no full stop."""
    return reason[:1].lower() + reason[1:].rstrip(".")
