"""The languages of letters: English is the source, every other one a gettext catalogue.

A language is `templates/languages/<code>/digest.po` and the `digest.mo` compiled from it (`python -m tests.messages`, see
docs/languages.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Literal

from ..resources import languages_dir

Direction = Literal["ltr", "rtl"]
SOURCE = "en"
_LONGEST_FIELD = 200  # characters read of an Accept-Language field


def message(*text: str) -> str:
    """The text unchanged: marks it for translation where it is not said at once; of two texts the first is the context."""
    return text[-1]


def messages(one: str, many: str) -> tuple[str, str]:
    """A message and its plural, unchanged, marked the same way."""
    return one, many


_DAYS = (
    message("Monday"), message("Tuesday"), message("Wednesday"), message("Thursday"), message("Friday"), message("Saturday"),
    message("Sunday"),
)  # fmt: skip
# In the form used in a full date: some languages decline month names there. The "short" names may be as long.
MONTHS = (
    message("month", "January"), message("month", "February"), message("month", "March"), message("month", "April"),
    message("month", "May"), message("month", "June"), message("month", "July"), message("month", "August"),
    message("month", "September"), message("month", "October"), message("month", "November"), message("month", "December"),
)  # fmt: skip
_SHORT_MONTHS = (
    message("short month", "Jan"), message("short month", "Feb"), message("short month", "Mar"), message("short month", "Apr"),
    message("short month", "May"), message("short month", "Jun"), message("short month", "Jul"), message("short month", "Aug"),
    message("short month", "Sep"), message("short month", "Oct"), message("short month", "Nov"), message("short month", "Dec"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """One language; compared by identity, which makes it a cheap cache key.

    Values are inserted as they are: braces in them stay, and nothing in them is looked up.
    """

    code: str
    direction: Direction
    _catalogue: NullTranslations = field(repr=False)

    def say(self, message: str, /, **values: object) -> str:
        """The message in this language, with each `{name}` in it replaced by the value of that name."""
        return self._catalogue.gettext(message).format_map(values)

    def say_many(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The same as `say`, in the plural form for the count, which is `{count}` in the message."""
        return self._catalogue.ngettext(one, many, count).format_map({"count": count, **values})

    def say_in(self, context: str, message: str, /, **values: object) -> str:
        """The same as `say`, for a message that means something else in other contexts."""
        return self._catalogue.pgettext(context, message).format_map(values)

    def long_day(self, day: date) -> str:
        """ "Monday, 23 November 2026", "Montag, 23. November 2026"."""
        weekday, month = self._catalogue.gettext(_DAYS[day.weekday()]), self.month(day)
        return self.say("{weekday}, {day} {month} {year}", weekday=weekday, day=day.day, month=month, year=day.year)

    def short_day(self, moment: datetime, year: int) -> str:
        """ "2 Jun", or "2 Jun 2025" where that year is not `year`; days are counted in UTC, as arXiv stamps them."""
        day = moment.astimezone(UTC)
        month = self._catalogue.pgettext("short month", _SHORT_MONTHS[day.month - 1])
        if day.year == year:
            return self.say("{day} {month}", month=month, day=day.day)
        return self.say("{day} {month} {year}", month=month, day=day.day, year=day.year)

    def month(self, day: date) -> str:
        """"November", in the form used in a date."""
        return self._catalogue.pgettext("month", MONTHS[day.month - 1])

    def list_of(self, items: Iterable[str]) -> str:
        """ "a, b"."""
        return self._catalogue.pgettext("between the items of a list", ", ").join(items)


@lru_cache(maxsize=64)
def language(code: str, folder: Path | None = None) -> Language:
    """The language with that code: "de-AT" gives "de" if there is no "de-at", and an unknown code gives English.

    `folder` holds the languages, digest's own by default.
    """
    place = folder or languages_dir()
    there = {found.parent.name.lower(): found for found in place.glob("*/digest.mo")}
    wanted = code.replace("_", "-").lower()
    for name in (wanted, wanted.partition("-")[0]):
        if name in there:
            return _read(there[name])
        if name == SOURCE:
            break
    return Language(SOURCE, "ltr", NullTranslations())


def wanted(accept: str) -> str:
    """The available language code that an Accept-Language field (RFC 9110 §12.5.4) prefers; English if none is available."""
    weighed: list[tuple[float, str]] = []
    for asked in accept[:_LONGEST_FIELD].split(","):
        name, _, quality = asked.replace(" ", "").lower().partition(";q=")
        try:
            weighed.append((float(quality or 1), name))
        except ValueError:
            continue
    for weight, name in sorted(weighed, key=lambda pair: -pair[0]):
        code = next((code for code in (name, name.partition("-")[0]) if code in _codes()), "")
        if code and weight > 0:
            return code
    return SOURCE


@lru_cache(maxsize=1)
def _codes() -> frozenset[str]:
    """The available codes, in lower case."""
    return frozenset((SOURCE, *(found.parent.name.lower() for found in languages_dir().glob("*/digest.mo"))))


def _read(path: Path) -> Language:
    with path.open("rb") as file:
        catalogue = GNUTranslations(file)
    is_leftwards = catalogue.pgettext("direction of writing: ltr or rtl", "ltr") == "rtl"
    return Language(path.parent.name, "rtl" if is_leftwards else "ltr", catalogue)
