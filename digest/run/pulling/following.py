"""Ask readers' libraries what changed, and write saved papers back to them; a library that cannot be asked keeps its stored entries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...catalog import Library, Recorded
from ...errors import DigestError, NotFound, SourceRefused, SourceUnreachable
from ...library import selected
from ...library.opening import shown_address
from ...model import Changes, Failure, FeedbackKind, Subscription
from ..parts import Parts, Report

NAMED = 5
"""How many entries are listed one by one."""


def follow(parts: Parts, report: Report) -> None:
    """Ask every followed library, and store what changed; one that fails is reported, and the others go on."""
    for reader, library in _libraries(parts, report.now):
        if not library.followed or reader.profile is None:
            continue
        try:
            changes = asked(parts, library, report.now)
        except DigestError as error:
            parts.catalog.libraries.failed(library.id, error.message, report.now)
            report.failures.append(Failure(f"{_called(library)} of {reader.subscriber.email}", error.message, error.hint))
            continue
        done = parts.catalog.libraries.record(library.id, changes, report.now)
        left_out = [one.entry for one in changes.dropped]
        if left_out and not changes.unchanged:
            report.quiet.append(f"{_called(library)}: {_several(left_out)} cannot be used; `digest subscribers import-library` says why")
        if done.added or done.changed or done.removed:
            report.quiet.append(f"{_called(library)}: {in_words(done)}")


def asked(parts: Parts, library: Library, now: datetime) -> Changes:
    """The wanted entries of a library, or what changed since it was last asked. Raises DigestError."""
    changes = parts.library(library, now).fetch(library.cursor)
    wanted = library.wanted
    return selected(changes, collections=wanted.collections, since=wanted.since, until=wanted.until)


def file_saved(parts: Parts, report: Report) -> None:
    """Write papers that readers saved into the collection they named, each once; what fails is tried again at the next run.

    If several libraries of a subscription name a collection, the newest counts.
    """
    libraries = {reader.id: (reader, library) for reader, library in _libraries(parts, report.now) if library.save_to is not None}
    for subscription, said in parts.catalog.feedback.of(libraries).items():
        reader, library = libraries[subscription]
        for one in said:
            if one.kind is FeedbackKind.SAVE and one.filed_at is None:
                try:
                    parts.library(library, report.now).save(one.paper, library.save_to or "")
                except DigestError as error:
                    subject = f"saved papers of {reader.subscriber.email} for {_called(library)}"
                    report.failures.append(Failure(subject, error.message, error.hint))
                    if isinstance(error, SourceUnreachable | SourceRefused | NotFound):
                        break  # the next one would fail likewise, and waits for the next run
                    continue
                parts.catalog.feedback.filed(one.id, report.now)


def _libraries(parts: Parts, now: datetime) -> list[tuple[Subscription, Library]]:
    """The libraries of subscriptions that get letters now, each with its subscription."""
    found = parts.catalog.libraries.of(parts.catalog.libraries.holders(now))
    readers = {reader.id: reader for reader in parts.catalog.subscribers.these(sorted({library.subscription for library in found}))}
    return [(readers[library.subscription], library) for library in found if library.subscription in readers]


def _several(entries: Sequence[str]) -> str:
    return f"{', '.join(entries[:NAMED])}{f' and {len(entries) - NAMED} more' if len(entries) > NAMED else ''}"


def in_words(done: Recorded) -> str:
    """What became of a library's entries: "3 new, 1 gone"."""
    counts = (("new", done.added), ("changed", done.changed), ("gone", done.removed), ("as before", done.kept))
    return ", ".join(f"{count} {what}" for what, count in counts if count) or "nothing in it"


def _called(library: Library) -> str:
    return f"library {shown_address(library.address)}"
