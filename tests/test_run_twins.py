"""One work that is listed twice, under names that no source says are one: who knows it under one is not shown the other."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.model import Author, FeedbackKind, Issue, Paper, Subscription
from digest.run import Report, explain, preview_issue
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published, shown

DAY = timedelta(days=1)
TITLE = "Where foxes sleep in winter"
ONE = a_paper("arxiv:5.1", TITLE, abstract="On foxes in winter.")
OTHER = a_paper("arxiv:5.2", TITLE, abstract="On foxes, as another list has it.")


@pytest.fixture
def reader(catalog: Catalog) -> Subscription:
    """Who reads of foxes, one paper a letter, on a day on which two lists have one work."""
    catalog.papers.record(a_batch(ONE, OTHER, *a_crowd(40)), NOON)
    return catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)


def named(issue: Issue) -> set[str]:
    return {*shown(issue), *(paper.key for paper in issue.others)}


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        (FeedbackKind.SEEN, "you said that you had seen it, so it is not shown"),
        (FeedbackKind.LESS, "you disliked it, so it is not shown again"),
        (FeedbackKind.MORE, "already in your library: you liked it, so it is not shown again"),
    ],
)
def test_what_a_reader_knows_by_one_name_is_not_shown_by_the_other(
    catalog: Catalog, reader: Subscription, kind: FeedbackKind, verdict: str
) -> None:
    catalog.feedback.give(reader.id, ONE.key, kind, NOON)
    parts = parts_with(catalog)

    told = explain(parts, reader, OTHER.key, Report(NOON)).verdict
    (issue,) = published(parts)

    assert not {ONE.key, OTHER.key} & named(issue)
    assert told == f"{verdict}; it is the same work as {ONE.key}"


def test_what_one_letter_showed_by_one_name_no_other_letter_of_that_reader_shows_by_the_other(
    catalog: Catalog, reader: Subscription
) -> None:
    parts = parts_with(catalog)
    (first,) = published(parts)
    second = catalog.subscribers.add(a_subscription(name="second", profile=a_profile("foxes", limit=1)), NOON)

    told = explain(parts, second, ONE.key, Report(NOON)).verdict
    issue = preview_issue(parts, second, Report(NOON))

    assert OTHER.key in shown(first)
    assert not {ONE.key, OTHER.key} & named(issue)
    assert told == f"not shown: it is the same work as {OTHER.key}, which was sent before"


def test_what_is_new_to_another_reader_alone_hides_nothing(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes", floor=1000.0)), NOON)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(ONE, *a_crowd(40)), NOON)
    published(parts)
    catalog.feedback.give(reader.id, ONE.key, FeedbackKind.SEEN, NOON)
    catalog.papers.record(a_batch(OTHER), NOON + DAY)
    catalog.subscribers.add(a_subscription("bo@example.org"), NOON)  # to whom both are new

    preview = preview_issue(parts, reader, Report(NOON + DAY))
    issues = published(parts, NOON + DAY)

    assert [named(issue) for issue in issues if issue.subscription.id == reader.id] == [named(preview)] == [{OTHER.key}]


LAST_YEAR = NOON - 330 * DAY
PREPRINT = a_paper("arxiv:5.3", TITLE, published=LAST_YEAR, abstract="On foxes in winter.")
PRINTED = a_paper("doi:10.5555/foxes", TITLE, published=NOON, abstract="On foxes in winter, as printed.")


def test_a_work_that_was_sent_as_a_preprint_does_not_come_again_when_a_journal_has_it_in_another_year(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), LAST_YEAR)
    catalog.papers.record(a_batch(PREPRINT, *a_crowd(40), on=LAST_YEAR.date()), LAST_YEAR)
    (first,) = published(parts, LAST_YEAR)
    catalog.papers.record(a_batch(PRINTED, *a_crowd(40, seed=2)), NOON)

    told = explain(parts, reader, PRINTED.key, Report(NOON)).verdict
    (issue,) = published(parts)

    assert PREPRINT.key in shown(first)
    assert PRINTED.key not in named(issue)
    assert told == f"not shown: it is the same work as {PREPRINT.key}, which was sent before"


@pytest.mark.parametrize(
    "again",
    [
        a_paper("arxiv:6.3", TITLE, published=NOON, abstract="Another paper of that author by that title."),
        a_paper("doi:10.5555/foxes", TITLE, published=NOON, abstract="Of somebody else.", authors=(Author("Hedwig Gold"),)),
    ],
    ids=["names that disagree", "another author"],
)
def test_what_only_looks_like_a_work_of_another_year_comes(catalog: Catalog, again: Paper) -> None:
    parts = parts_with(catalog)
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), LAST_YEAR)
    catalog.papers.record(a_batch(PREPRINT, *a_crowd(40), on=LAST_YEAR.date()), LAST_YEAR)
    published(parts, LAST_YEAR)
    catalog.papers.record(a_batch(again, *a_crowd(40, seed=2)), NOON)

    (issue,) = published(parts)

    assert shown(issue) == [again.key]
