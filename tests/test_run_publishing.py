"""Many readers are published for by several processes: the same issues, whatever becomes of those."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from multiprocessing import active_children
from pathlib import Path

import numpy as np
import pytest

from digest.catalog import Catalog, open_catalog
from digest.embedding import Tell, silent
from digest.errors import ModelError
from digest.model import Cadence, Edition, Interest, Profile
from digest.run import Report, publish
from digest.run.issuing.dues import due_now, who_is_due
from digest.run.issuing.publishing import BLOCK
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.catalog_rooms import paused
from tests.ranking_papers import WORDS, a_crowd
from tests.run_parts import parts_with

READERS = 2 * BLOCK + 20


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with some papers, many readers of several kinds, and one who holds two subscriptions far apart."""
    database = tmp_path_factory.mktemp("crowd") / "digest.db"
    with open_catalog(str(database)) as catalog:
        liked = a_crowd(30, seed=3)
        catalog.papers.add(liked, NOON - timedelta(days=9))
        catalog.papers.record(a_batch(*a_crowd(60, seed=2), a_paper("arxiv:2611.00001", "Foxes in the snow")), NOON)
        for number in range(READERS):
            interest = Interest(topics=(WORDS[number % len(WORDS)],), liked=tuple(paper.key for paper in liked[number % 20 :][:5]))
            profile = Profile(interests=(interest,), limit=4, explore=number % 7 == 0)
            catalog.subscribers.add(a_subscription(f"reader{number}@example.org", profile=profile), NOON)
        catalog.subscribers.add(a_subscription("reader0@example.org", "foxes", profile=a_profile("foxes in the snow")), NOON)
        catalog.subscribers.add(a_subscription("bo@example.org", profile=None, edition=Edition(name="trending")), NOON)
        catalog.subscribers.add(
            a_subscription("cy@example.org", profile=a_profile("foxes", floor=99.0), cadence=Cadence(skip_empty=True)), NOON
        )
    return database


@pytest.fixture
def database(crowd: Path, tmp_path: Path) -> str:
    """A copy of it, for one test."""
    return str(shutil.copy(crowd, tmp_path / "digest.db"))


def told(catalog: Catalog, issues: tuple[int, ...]) -> dict[tuple[str, str], tuple[object, ...]]:
    """All that each reader gets, but for numbers."""
    return {
        (issue.subscription.subscriber.email, issue.subscription.name): (
            [(pick.paper.key, pick.section, pick.interest, [(why.signal, why.note) for why in pick.reasons]) for pick in issue.picks],
            [paper.key for paper in issue.others],
            (issue.subject, issue.notes, issue.looked, issue.considered, issue.message_id),
        )
        for issue in catalog.issues.load_all(issues).values()
    }


def points(catalog: Catalog, issues: tuple[int, ...]) -> list[float]:
    """All points, by reader."""
    found = sorted(catalog.issues.load_all(issues).values(), key=lambda issue: issue.message_id)
    return [why.points for issue in found for pick in issue.picks for why in pick.reasons]


def test_two_processes_publish_what_one_does(database: str, crowd: Path, tmp_path: Path) -> None:
    with open_catalog(database) as one, open_catalog(str(shutil.copy(crowd, tmp_path / "two.db"))) as two:
        alone, together = Report(NOON), Report(NOON)
        by_one, by_two = publish(parts_with(one), alone, processes=1), publish(parts_with(two), together, processes=2)

        assert len(by_two.issues) == READERS + 3
        assert (by_two.letters, by_two.papers, by_two.nothing) == (by_one.letters, by_one.papers, by_one.nothing)
        assert told(two, by_two.issues) == told(one, by_one.issues)
        assert points(two, by_two.issues) == pytest.approx(points(one, by_one.issues), abs=0.001)
        assert (together.issues, together.quiet, together.notes) == (alone.issues, alone.quiet, alone.notes)
        assert two.outbox.counts() == one.outbox.counts()


class Deadly:
    """A model that ends the processes which wait for what it is asked for."""

    name = "deadly-1"

    def embed(self, texts: Sequence[str], tell: Tell = silent) -> np.ndarray:
        for process in active_children():
            process.kill()
        raise ModelError(self.name, "embeds nothing")


def test_what_a_process_that_dies_had_not_done_is_done_and_told(database: str) -> None:
    with open_catalog(database) as catalog:
        report = Report(NOON)

        published = publish(replace(parts_with(catalog), embedder=Deadly()), report, processes=2)

        assert report.notes == ["worker 1: ended with status -9 before its work was done: what was left was composed by one process"]
        assert [failure.subject for failure in report.failures] == ["deadly-1"]
        assert report.quiet.count("what the model has not read is ranked by its words alone") == 1
        assert sorted(published.issues) == sorted(issue.id for issue in catalog.issues.latest(2 * READERS))
        assert len(published.issues) == READERS + 3


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize(("times", "least"), [(1, 0), (5, BLOCK)], ids=["while it gathers", "while it composes"])
def test_what_was_not_composed_when_it_was_stopped_is_due_as_before(database: str, processes: int, times: int, least: int) -> None:
    with open_catalog(database) as catalog:
        parts, asked = parts_with(catalog), iter([False] * times)  # it is asked for each block as it is gathered, then as it is composed
        first = publish(parts, Report(NOON), processes=processes, is_stopped=lambda: next(asked, True))

        second = publish(parts, Report(NOON))

        assert least <= len(first.issues) <= 2 * least
        assert len(first.issues) + len(second.issues) == READERS + 3 == len(catalog.issues.latest(2 * READERS))


def test_a_schedule_publishes_for_all_that_a_run_would_and_reads_nobody_else(database: str) -> None:
    with open_catalog(database) as catalog:
        parts, report = parts_with(catalog), Report(NOON, is_brief=True)
        paused(catalog, "bo@example.org", NOON + timedelta(days=3))
        waiting, _ = who_is_due(parts, (), NOON)

        assert due_now(parts, NOON) == waiting
        assert len(publish(parts, report).issues) == len(waiting) == READERS + 2
        assert (due_now(parts, NOON), len(publish(parts, Report(NOON, is_brief=True)).issues)) == ([], 0)


@pytest.mark.parametrize("processes", [1, 2])
def test_who_goes_or_changes_while_a_run_composes_is_met_as_they_are_by_then(database: str, processes: int) -> None:
    with open_catalog(database) as catalog:
        parts, report, calls = parts_with(catalog), Report(NOON), iter(range(1, 99))

        def while_it_runs() -> bool:
            if next(calls) == 5:  # all is gathered, and the first of three blocks is given out
                for number in range(1, READERS):
                    catalog.subscribers.remove(f"reader{number}@example.org", None, NOON)
                (cy,) = catalog.subscribers.find("cy@example.org")
                catalog.subscribers.edit(replace(cy, profile=a_profile("foxes that nobody had asked for")), NOON)
            return False

        published = publish(parts, report, processes=processes, is_stopped=while_it_runs)

        made = catalog.issues.load_all(published.issues).values()
        assert report.failures == []
        assert {issue.subscription.subscriber.email for issue in made} >= {"reader0@example.org", "bo@example.org", "cy@example.org"}
        assert len(made) <= BLOCK + 4
        assert [len(issue.picks) > 0 for issue in made if issue.subscription.subscriber.email == "cy@example.org"] == [True]


def test_an_edition_that_became_a_profile_while_a_run_gathers_gets_its_papers_from_the_next_run(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes in the snow")), NOON)
        bo = catalog.subscribers.add(a_subscription("bo@example.org", profile=None, edition=Edition(name="trending")), NOON)
        parts, calls = parts_with(catalog), iter(range(1, 99))

        def while_it_runs() -> bool:
            if next(calls) == 3:  # all is gathered
                catalog.subscribers.edit(replace(bo, edition=None, profile=a_profile("foxes in the snow")), NOON)
            return False

        meanwhile = publish(parts, Report(NOON), processes=1, is_stopped=while_it_runs)
        (issue,) = catalog.issues.load_all(publish(parts, Report(NOON)).issues).values()

    assert meanwhile.issues == ()
    assert [pick.paper.key for pick in issue.picks] == ["arxiv:2611.00001"]
