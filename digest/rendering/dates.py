"""Days as a letter writes them, in English whatever the machine's locale is; `languages.py` has them in every language."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from .languages import SOURCE, language


def local_day(moment: datetime, zone: str) -> date:
    """The day it is at that moment where the reader lives; `zone` is an IANA name."""
    return moment.astimezone(ZoneInfo(zone)).date()


def long_day(day: date) -> str:
    """ "Monday, 23 November 2026"."""
    return language(SOURCE).long_day(day)


def short_day(moment: datetime, year: int) -> str:
    """ "Jun 2", or "Jun 2, 2025" where that year is not `year`; days are counted in UTC, as arXiv stamps them."""
    return language(SOURCE).short_day(moment, year)
