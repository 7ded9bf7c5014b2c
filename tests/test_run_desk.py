"""The desk where letters are written: what was laid out and is never written is not kept."""

from __future__ import annotations

import gc
from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.model import Issue
from digest.run import desk
from digest.run.parts import Report

from .builders import NOON
from .catalog_rooms import published
from .run_parts import parts_with


def issues_kept() -> int:
    gc.collect()
    return sum(isinstance(one, Issue) for one in gc.get_objects())


def test_issues_whose_letters_are_given_back_unwritten_are_not_kept(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    published(catalog, *(f"reader{n}@example.org" for n in range(8)))
    letters = catalog.outbox.claim(NOON, "test:1:a", 8, timedelta(hours=1))
    monkeypatch.setattr(desk, "KEPT", 4)
    before, written = issues_kept(), desk.Desk(parts_with(catalog), Report(NOON))

    for start in (0, 2, 4, 6):
        written.lay_out(letters[start : start + 2])

    assert issues_kept() - before == 4
    assert [written.write(letter).to for letter in (letters[0], letters[7])] == ["reader0@example.org", "reader7@example.org"]
