"""The year of ticks, in short: nothing is wrong with it, and what would be wrong is found."""

from __future__ import annotations

import random
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import year as bench
from digest.catalog import open_catalog
from tests.kept import memo

START, DAYS = datetime(2026, 9, 2, tzinfo=UTC), 11
"""Over Labor Day, on which arXiv rests, and the night before, in which Santiago has no midnight."""

HOUR = timedelta(hours=1)
OUT, ASLEEP = datetime(2026, 9, 10, 3, 30, tzinfo=UTC), datetime(2026, 9, 9, 1, tzinfo=UTC)
"""When nothing of arXiv can be reached, and when the computer sleeps: what it reads between goes out without what came last."""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A database that a short year has filled, and that year."""
    folder, short = memo(tmp_path_factory, "year", a_short_year)
    return folder / "year.db", short


def a_short_year(folder: Path) -> Any:
    zones = list(bench.ALWAYS)
    with open_catalog(str(folder / "year.db")) as catalog:
        short = bench.a_year(catalog, zones, readers=10, start=START, days=DAYS, minutes=60, seed=6)
        short.computer = replace(short.computer, ticks=[t for t in short.computer.always if not ASLEEP <= t < ASLEEP + 25 * HOUR])
        short.arxiv.outages.append((OUT, OUT + 16 * HOUR, "all"))
        bench.live(catalog, short, zones, random.Random(6))
    return short


def compared(lived: Any, tmp_path: Path, *damage: str) -> dict[str, int]:
    """The figures of a copy of the database after that was done to it."""
    return judged(lived, tmp_path, *damage)[0]


def judged(lived: Any, tmp_path: Path, *damage: str) -> tuple[dict[str, int], list[str]]:
    """The figures, and what is said to be wrong."""
    database, short = lived
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(tmp_path / "copy.db")) as copy, copy:
        source.backup(copy)
        copy.execute("pragma foreign_keys = off")
        for statement in damage:
            copy.execute(statement)
    figures, named = bench.compare(tmp_path / "copy.db", short)
    return dict(figures), list(named)


def test_each_paper_comes_once_each_letter_on_its_day_and_each_foot_is_true(lived: Any, tmp_path: Path) -> None:
    _, short = lived

    found = compared(lived, tmp_path)

    assert {name: found[name] for name in bench.WRONG} == dict.fromkeys(bench.WRONG, 0)
    assert not bench.is_wrong(found)
    assert all(found[name] > least for name, least in {"expected": 50, "announced": 50, "replaced": 2, "feet": 40}.items())
    assert found["letters"] == found["feet"]
    assert all(found[name] > 0 for name in ("feet_late", "arxiv_failures"))
    assert all(short.answered[name] > 0 for name in ("200", "304", "503", "500", "429", "reset", "short", "cut", "other", "refused"))


def test_a_lost_issue_an_early_one_and_a_missed_paper_are_found(lived: Any, tmp_path: Path) -> None:
    middle = "(select id from issues order by id limit 1 offset 40)"

    found = compared(
        lived,
        tmp_path,
        f"update issues set considered = considered + 1 where id = {middle} + 1",
        f"delete from issues where id = {middle}",
        f"update issues set period_end = datetime(period_end, '-1 hour') where id = {middle} + 2",
    )

    assert all(found[name] > 0 for name in ("lost", "out_of_turn", "gaps", "looked_at_twice_or_never", "feet_false"))


def test_a_paper_that_was_not_recorded_or_stands_under_another_day_and_a_letter_not_sent_are_found(lived: Any, tmp_path: Path) -> None:
    paper = "(select paper from sightings where kind = 'new' order by id limit 1 offset {})"

    found = compared(
        lived,
        tmp_path,
        f"delete from sightings where paper = {paper.format(30)}",
        f"update sightings set listed_on = '2026-09-05' where paper = {paper.format(40)}",
        "update deliveries set status = 'queued' where id = (select id from deliveries limit 1 offset 30)",
    )

    assert (found["unrecorded"], found["under_another_day"], found["not_sent_once"]) == (1, 1, 1)
    assert found["feet_false"] > 0


def test_a_foot_that_says_other_than_was_so_is_found(lived: Any, tmp_path: Path) -> None:
    _, short = lived
    honest = dict(short.post.texts)
    late = "the listing announced on 10 Sep had not come; its papers go into a later letter"
    told = [(name, text) for name, text in honest.items() if " announced on 10 Sep are in" in text]
    (first, one), (second, two) = told[:2]
    short.post.texts[first] = re.sub(r"all \d+ announced on 10 Sep are in", "all 99 announced on 10 Sep are in", one)
    short.post.texts[second] = re.sub(r"all \d+ announced on 10 Sep are in", late, two)

    found = compared(lived, tmp_path)
    short.post.texts = honest

    assert found["feet_false"] == 2


def test_a_listing_has_not_come_where_its_papers_are_known_by_cross_lists_alone(lived: Any, tmp_path: Path) -> None:
    paper = "(select paper from sightings where kind = 'new' and listed_on = '2026-09-09' order by id limit 1)"

    _, named = judged(lived, tmp_path, f"update sightings set kind = 'cross' where paper = {paper}")

    assert any("says 'all' (2026-09-09), and the listings of [datetime.date(2026, 9, 9)] had not come" in one for one in named)
