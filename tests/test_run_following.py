"""Saved papers are written into their readers' libraries; one that cannot be is told, and keeps no other from it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from digest.catalog import Library
from digest.errors import DigestError, NotFound, SourceError, SourceRefused, SourceUnreachable
from digest.model import Feedback, FeedbackKind, Paper
from digest.run import Report, file_saved

from .builders import NOON, a_paper, a_subscription

READER = a_subscription()
SAVED = tuple(
    Feedback(id=number, subscription=READER.id, paper=a_paper(f"arxiv:2611.0000{number}"), kind=FeedbackKind.SAVE, at=NOON)
    for number in (3, 2, 1)
)


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
