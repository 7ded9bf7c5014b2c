"""Readers' libraries asked for what changed, and saved papers written back to them; what cannot be asked keeps what it had."""

from __future__ import annotations

from datetime import datetime

from ..catalog import Library, Recorded
from ..errors import DigestError
from ..library import selected
from ..model import Changes, Failure, FeedbackKind, Subscription
from .fetching import look_up_library
from .parts import Parts, Report


def follow(parts: Parts, report: Report) -> None:
    """Ask every library that is followed, and store what changed; one that fails is reported, and the others go on."""
    readers = {s.id: s for s in parts.catalog.subscribers.active(report.now) if s.profile is not None}
    for library in parts.catalog.libraries.of(readers):
        if not library.followed:
            continue
        try:
            changes = asked(parts, library, report.now)
        except DigestError as error:
            parts.catalog.libraries.failed(library.id, error.message, report.now)
            whose = readers[library.subscription].subscriber.email
            report.failures.append(Failure(f"{_called(library)} of {whose}", error.message, error.hint))
            continue
        done = parts.catalog.libraries.record(library.id, changes, report.now)
        if done.added or done.changed or done.removed:
            report.quiet.append(f"{_called(library)}: {in_words(done)}")
        if done.added or done.changed:
            look_up_library(parts, library.subscription, report)


def asked(parts: Parts, library: Library, now: datetime) -> Changes:
    """What a library has that is wanted of it, or what changed since it was asked last. Raises DigestError."""
    changes = parts.library(library, now).fetch(library.cursor)
    wanted = library.wanted
    return selected(changes, collections=wanted.collections, since=wanted.since, until=wanted.until)


def file_saved(parts: Parts, report: Report) -> None:
    """Write papers that readers saved into the collection they named, each once; what fails is tried again at the next run."""
    readers = {s.id: s for s in parts.catalog.subscribers.active(report.now)}
    libraries = {library.subscription: library for library in parts.catalog.libraries.of(readers) if library.save_to is not None}
    for subscription, said in parts.catalog.feedback.of(libraries).items():
        for one in said:
            if one.kind is FeedbackKind.SAVE and one.filed_at is None:
                library = libraries[subscription]
                try:
                    parts.library(library, report.now).save(one.paper, library.save_to or "")
                except DigestError as error:
                    report.failures.append(_unfiled(readers[subscription], library, error))
                    break  # the next one would fail likewise, and waits for the next run
                parts.catalog.feedback.filed(one.id, report.now)


def in_words(done: Recorded) -> str:
    """What became of a library's entries: "3 new, 1 gone"."""
    counts = (("new", done.added), ("changed", done.changed), ("gone", done.removed), ("as before", done.kept))
    return ", ".join(f"{count} {what}" for what, count in counts if count) or "nothing in it"


def _unfiled(reader: Subscription, library: Library, error: DigestError) -> Failure:
    return Failure(f"saved papers of {reader.subscriber.email} for {_called(library)}", error.message, error.hint)


def _called(library: Library) -> str:
    return f"library {library.address.removeprefix('zotero:')}"
