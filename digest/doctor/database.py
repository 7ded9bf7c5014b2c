"""Check the database: that it exists, is intact and of this version, and has room to grow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from ..catalog.health import Health, file_of, health
from ..errors import CatalogError
from .findings import Finding, note, ok, problem

_MEGABYTE = 1_000_000
_LITTLE = 200 * _MEGABYTE


def database(name: str) -> tuple[Finding, ...]:
    """The state of the database. A missing one is not created."""
    try:
        found = health(name)
    except CatalogError as error:
        return (problem("database", error.subject, error.message, error.hint or "check the file, and restore it from a copy if need be"),)
    return tuple(judged(found) if found is not None else _absent(file_of(name)))


def judged(found: Health) -> Iterator[Finding]:
    """The findings for a database's health."""
    size, free = _megabytes(found.size), _megabytes(found.free)
    if found.faults:
        advice = "stop digest, keep the file, and restore a copy of it; without one: sqlite3 FILE .recover writes what can be saved"
        yield problem("database", found.path, f"is damaged: {found.faults[0]}", advice)
    elif found.is_newer:
        advice = "upgrade digest, or name another file as `database`"
        yield problem("database", found.path, f"is of a newer digest ({found.revision}): this one does not open it", advice)
    elif found.is_current:
        yield ok("database", found.path, f"opens, is whole and can be written; {size}")
    else:
        what = f"is of an older digest ({found.revision or 'empty'}); the first command that uses it brings it up to date"
        yield note("database", found.path, what)
    if found.free < _LITTLE:
        yield problem("disk", found.path, f"only {free} are free beside the database", "make room, or move the database to another disk")
    else:
        yield ok("disk", found.path, f"{free} are free")


def _absent(path: Path) -> Iterator[Finding]:
    if os.access(path.parent, os.W_OK | os.X_OK):
        yield note("database", str(path), "is not there yet; the first command that needs it makes it")
    else:
        yield problem("database", str(path), "is not found and cannot be made", f"make the folder {path.parent}, for this user to write in")


def _megabytes(octets: int) -> str:
    return f"{octets / _MEGABYTE:,.1f} MB" if octets < 10_000 * _MEGABYTE else f"{octets / 1_000_000_000:,.0f} GB"
