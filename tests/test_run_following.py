"""Saved papers are written into their readers' libraries; one that cannot be is told, and keeps no other from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from digest.catalog import Library, Recorded
from digest.errors import DigestError, NotFound, SourceError, SourceRefused, SourceUnreachable
from digest.model import Changes, Dropped, Feedback, FeedbackKind, Paper
from digest.run import Report, file_saved
from digest.run.pulling.following import follow

from .builders import NOON, a_paper, a_subscription

READER = a_subscription()
SAVED = tuple(
    Feedback(id=number, subscription=READER.id, paper=a_paper(f"arxiv:2611.0000{number}"), kind=FeedbackKind.SAVE, at=NOON)
    for number in (3, 2, 1)
)


@pytest.mark.parametrize(
    ("entries", "unchanged", "done", "said"),
    [
        ("abcde", False, Recorded(), ["a, b, c, d, e cannot be used; `digest subscribers import-library` says why"]),
        ("abcdef", False, Recorded(), ["a, b, c, d, e and 1 more cannot be used; `digest subscribers import-library` says why"]),
        ("a", True, Recorded(kept=3), []),
        ("", False, Recorded(added=3, removed=1), ["3 new, 1 gone"]),
        ("", False, Recorded(changed=1, kept=2), ["1 changed, 2 as before"]),
    ],
)
def test_what_became_of_a_library_that_is_followed_is_told(entries: str, unchanged: bool, done: Recorded, said: list[str]) -> None:
    report, library = Report(NOON), Library(subscription=READER.id, address="zotero:user:1", followed=True)
    changes = Changes(dropped=tuple(Dropped(entry, "no title") for entry in entries), unchanged=unchanged)
    catalog = SimpleNamespace(
        libraries=SimpleNamespace(holders=lambda now: (), of=lambda ids: (library,), record=lambda id_, changes, now: done),
        subscribers=SimpleNamespace(these=lambda ids: (READER,)),
    )
    parts: Any = SimpleNamespace(catalog=catalog, library=lambda library, now: SimpleNamespace(fetch=lambda cursor: changes))

    follow(parts, report)

    assert report.quiet == [f"library user:1: {sentence}" for sentence in said]


def filed(error: DigestError) -> tuple[list[int], int]:
    """The numbers of what was filed though the newest paper met that error, and how many failures were told."""
    done: list[int] = []

    def save(paper: Paper, collection: str) -> str:
        if paper == SAVED[0].paper:
            raise error
        return "KEY"

    report, library = Report(NOON), Library(subscription=READER.id, address="zotero:user:1", save_to="")
    catalog = SimpleNamespace(
        libraries=SimpleNamespace(holders=lambda now: (library.subscription,), of=lambda ids: (library,)),
        subscribers=SimpleNamespace(these=lambda ids: (READER,)),
        feedback=SimpleNamespace(of=lambda ids: {READER.id: SAVED}, filed=lambda number, now: done.append(number)),
    )
    parts: Any = SimpleNamespace(catalog=catalog, library=lambda library, now: SimpleNamespace(save=save))
    file_saved(parts, report)
    return done, len(report.failures)


def test_a_paper_that_a_library_does_not_take_holds_back_no_other() -> None:
    assert filed(SourceError("zotero user:1", "does not take the paper: 413 Too long")) == ([2, 1], 1)


@pytest.mark.parametrize("kind", [SourceUnreachable, SourceRefused, NotFound])
def test_what_every_paper_would_meet_is_told_once(kind: type[DigestError]) -> None:
    assert filed(kind("zotero user:1", "has no collection 'Night'", hint="make it in Zotero")) == ([], 1)
