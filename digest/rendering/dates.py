"""Days as a letter writes them, in English whatever the machine's locale is."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def local_day(moment: datetime, zone: str) -> date:
    """The day it is at that moment where the reader lives; `zone` is an IANA name."""
    return moment.astimezone(ZoneInfo(zone)).date()


def long_day(day: date) -> str:
    """ "Monday, 23 November 2026"."""
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(moment: datetime, year: int) -> str:
    """ "Jun 2", or "Jun 2, 2025" where that year is not `year`; days are counted in UTC, as arXiv stamps them."""
    day = moment.astimezone(UTC)
    written = f"{_MONTHS[day.month - 1][:3]} {day.day}"
    return written if day.year == year else f"{written}, {day.year}"
