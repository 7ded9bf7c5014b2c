"""Papers that a reader pastes or uploads on their page: read and stored like an imported library."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePath

from ..catalog import Library
from ..errors import LibraryError
from ..library import PART, read_library
from ..model import Changes, Subscription
from ..rendering import clean, language, translated
from ..run import Parts
from .forms import Upload

LARGEST = 1024 * 1024
"""Bytes of a file."""
MOST = 2_000
"""Entries that are taken in at a time: a larger library is its operator's to import."""
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of pasted papers: how many are new, how many were known, and what could not be used, with the reasons."""

    added: int = 0
    kept: int = 0
    unread: tuple[str, ...] = ()
    more_unread: int = 0


def pasted(text: str, upload: Upload | None, now: datetime) -> tuple[tuple[str, Changes], ...]:
    """What was pasted and what was uploaded, each with the name it will be stored under; parsed but not stored.

    Raises LibraryError if it is too large or in none of the formats.
    """
    found = []
    if text.strip():
        found.append((f"import:pasted on {now:%Y-%m-%d}", _read(text.encode(), "", now)))
    if upload is not None:
        name = clean(PurePath(upload.name.replace("\\", "/")).name, 80) or "a file"
        if len(upload.content) > LARGEST:
            raise LibraryError(name, "larger than {size} MB", PART, size=LARGEST // 1024 // 1024)
        found.append((f"import:{name}", _read(upload.content, name, now)))
    return tuple(found)


def take_in(parts: Parts, subscription: Subscription, libraries: tuple[tuple[str, Changes], ...], now: datetime) -> Taken:
    """Store them: their papers count as liked and are never recommended. An unknown paper counts once a run has looked it up."""
    kept = parts.catalog.libraries
    done = []
    for address, changes in libraries:
        library = kept.keep(Library(subscription=subscription.id, address=address, followed=False))
        done.append(kept.record(library.id, replace(changes, whole=False), now))
    dropped = [one for _, changes in libraries for one in changes.dropped]
    spoken = language(subscription.subscriber.language)
    said = tuple(f"{clean(one.entry, 60)}: {clean(translated(one.reason, spoken), 120)}".removeprefix(": ") for one in dropped[:SHOWN])
    added, same = sum(one.added for one in done), sum(one.kept + one.changed for one in done)
    return Taken(added, same, said, max(0, len(dropped) - SHOWN))


def _read(content: bytes, name: str, now: datetime) -> Changes:
    # Not all of it is read to be told that it is too much: somebody waits, and others too. What becomes no paper has room.
    changes = read_library(content, name, now, most=2 * MOST)
    if len(changes.references) > MOST:
        raise LibraryError(name, "more than {most} papers", "take the most recent ones", most=MOST)
    return changes
