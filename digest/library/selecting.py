"""Select part of a library: some of its collections, or what was added within some days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ..errors import NotFound
from ..model import Changes, Dropped, Reference

SHOWN = 20
"""Collections that an error names."""


def selected(changes: Changes, *, collections: tuple[str, ...] = (), since: date | None = None, until: date | None = None) -> Changes:
    """The references in any of these collections (any case) that were added from `since` to `until`, both included, in UTC.

    If days are given, a reference without one is dropped with that reason. Raises NotFound for a collection that the library does not have,
    as far as the whole library is known.
    """
    if changes.unchanged:
        return changes  # nothing was read, so it has no collections here
    wanted = {_folded(name): name for name in collections}
    if changes.whole:
        _check(changes, wanted)
    kept = [r for r in changes.references if not wanted or any(_folded(name) in wanted for name in r.collections)]
    if since is None and until is None:
        return replace(changes, references=tuple(kept))
    undated = tuple(Dropped(r.entry, "the library does not say when it was added") for r in kept if r.added is None)
    within = tuple(r for r in kept if _is_within(r, since, until))
    return replace(changes, references=within, dropped=(*changes.dropped, *undated))


def _is_within(reference: Reference, since: date | None, until: date | None) -> bool:
    if reference.added is None:
        return False
    day = reference.added.date()
    return (since is None or since <= day) and (until is None or day <= until)


def _check(changes: Changes, wanted: dict[str, str]) -> None:
    names = {_folded(name): name for r in changes.references for name in r.collections}
    for folded, asked in wanted.items():
        if folded not in names:
            known = sorted(names.values(), key=_folded)
            told = ", ".join(known[:SHOWN]) + (f" and {len(known) - SHOWN} more" if len(known) > SHOWN else "")
            hint = f"its collections are: {told}" if known else "it has no collections; leave the choice out"
            raise NotFound(asked, "no such collection in the library", hint=hint)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
