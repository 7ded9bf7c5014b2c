"""The choices in the preferences form: time zones by continent, and languages by their own names."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from zoneinfo import available_timezones

from ..resources import language_codes

_AREAS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_NAMES = {"de": "Deutsch", "en": "English", "fr": "Français", "es": "Español", "it": "Italiano", "pt": "Português", "ja": "日本語"}


def zones(chosen: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The zones by area, usual areas first, each by one name; the chosen one is included whatever its name."""
    known = _zones()
    if any(chosen in names for _, names in known) or not chosen:
        return known
    return (("", (chosen,)), *known)


@cache
def _zones() -> tuple[tuple[str, tuple[str, ...]], ...]:
    # A row for each place of each country; "Asia/Calcutta" and "US/Pacific" are in the database, too, but not in this table of it.
    rows = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8").splitlines()
    there = available_timezones().intersection(row.split("\t")[2] for row in rows if not row.startswith("#"))
    areas = ((area, tuple(sorted(name for name in there if name.startswith(f"{area}/")))) for area in _AREAS)
    return (("", ("UTC",)), *areas)


def languages(chosen: str) -> tuple[tuple[str, str], ...]:
    """Code and name of each available language; the chosen one ("de-AT") is included whatever its code."""
    known = _languages()
    return known if not chosen or any(chosen == code for code, _ in known) else ((chosen, chosen), *known)


@cache
def _languages() -> tuple[tuple[str, str], ...]:
    return tuple((code, _NAMES.get(code, code)) for code in language_codes())
