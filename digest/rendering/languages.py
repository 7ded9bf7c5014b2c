from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from . import dates


@dataclass(frozen=True, eq=False)
class Language:
    code: str = "en"
    direction: str = "ltr"

    def say(self, message: str, **values: object) -> str:
        return message.format(**values) if values else message

    def say_many(self, one: str, many: str, count: int, **values: object) -> str:
        return (one if count == 1 else many).format(count=count, **values)

    def long_day(self, day: date) -> str:
        return dates.long_day(day)

    def short_day(self, moment: datetime, year: int) -> str:
        return dates.short_day(moment, year)


@cache
def language(code: str) -> Language:
    return Language()
