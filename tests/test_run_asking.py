"""Why a reader gets a paper or not, asked after its letter was made, of papers of long ago, and of what is no paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from digest.catalog import Catalog, Library
from digest.errors import NotFound
from digest.model import (
    Author,
    Cadence,
    Changes,
    DeliveryStatus,
    Edition,
    Facts,
    FeedbackKind,
    Interest,
    Issue,
    Profile,
    Reference,
    Subscription,
)
from digest.run import Report, explain, preview_issue
from digest.run.asking import below
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.fates import settled
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published, shown

DAY = timedelta(days=1)
FOXES = a_paper("arxiv:5.1", "Foxes in winter", abstract="On foxes in winter.")
STONES = a_paper("arxiv:5.2", "Stones", abstract="Where granite lies.")


@pytest.fixture
def reader(catalog: Catalog) -> Subscription:
    """Who reads of foxes, one paper a letter, above a floor."""
    profile = Profile(interests=(Interest(topics=("foxes in winter",)),), floor=30.0, limit=1)
    return catalog.subscribers.add(a_subscription(profile=profile), NOON)


@pytest.mark.parametrize(
    ("fate", "verdict"),
    [
        (DeliveryStatus.DEFERRED, "in the issue of 2026-11-23, whose letter has not left yet"),
        (DeliveryStatus.UNKNOWN, "sent in the issue of 2026-11-23, and whether that letter arrived is not known"),
        (DeliveryStatus.SENT, "already sent in the issue of 2026-11-23"),
    ],
)
def test_a_paper_is_called_sent_once_its_letter_has_left(
    catalog: Catalog, reader: Subscription, fate: DeliveryStatus, verdict: str
) -> None:
    catalog.papers.record(a_batch(FOXES, *a_crowd(60)), NOON)
    published(parts_with(catalog))
    waits = explain(parts_with(catalog), reader, FOXES.key, Report(NOON)).verdict
    (letter,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, DAY)
    settled(catalog.outbox, letter.id, fate, NOON, "as it went", due=NOON + DAY)

    assert waits == "in the issue of 2026-11-23, whose letter has not left yet"
    assert explain(parts_with(catalog), reader, FOXES.key, Report(NOON)).verdict == verdict


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (FeedbackKind.SEEN, "you said that you had seen it"),
        (FeedbackKind.MORE, "already in your library: you liked it"),
        (FeedbackKind.LESS, "you disliked it"),
    ],
)
def test_what_its_reader_said_of_a_paper_is_told_beside_the_letter_it_was_in(
    catalog: Catalog, reader: Subscription, kind: FeedbackKind, known: str
) -> None:
    catalog.papers.record(a_batch(FOXES, *a_crowd(60)), NOON)
    published(parts_with(catalog))
    catalog.feedback.give(reader.id, FOXES.key, kind, NOON)

    told = explain(parts_with(catalog), reader, FOXES.key, Report(NOON))

    assert told.verdict == f"in the issue of 2026-11-23, whose letter has not left yet; {known}"


def test_a_paper_of_a_library_imported_after_its_letter_is_told_both(catalog: Catalog, reader: Subscription) -> None:
    catalog.papers.record(a_batch(FOXES, *a_crowd(60)), NOON)
    published(parts_with(catalog))
    library = catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib")).id
    catalog.libraries.record(library, Changes(references=(Reference(entry="a", ids=(FOXES.key,)),)), NOON)

    told = explain(parts_with(catalog), reader, FOXES.key, Report(NOON))

    assert told.verdict == "in the issue of 2026-11-23, whose letter has not left yet; already in your library"


def test_a_paper_that_the_last_issue_passed_over_is_told_why(catalog: Catalog, reader: Subscription) -> None:
    again = a_paper("arxiv:5.3", "Winter", abstract="On foxes, in part.")
    catalog.papers.record(a_batch(FOXES, again, STONES, *a_crowd(60)), NOON)
    (issue,) = published(parts_with(catalog))

    below, second = (explain(parts_with(catalog), reader, key, Report(NOON + DAY / 24)) for key in (STONES.key, again.key))

    assert [pick.paper.key for pick in issue.picks] == [FOXES.key]
    passed = "not shown: it was listed before the last issue and was not among its papers"
    assert below.score is not None
    assert second.score is not None
    assert second.score > 30
    assert below.verdict == f"{passed}; {below.score:.0f} is below the floor of 30"
    assert second.verdict == f"{passed}; {second.score:.0f} is less than each of them scored"


def test_a_paper_passed_over_by_the_issue_before_one_that_is_held_back_is_told_why(catalog: Catalog, reader: Subscription) -> None:
    again = a_paper("arxiv:5.3", "Winter", abstract="On foxes, in part.")
    catalog.papers.record(a_batch(FOXES, again, STONES, *a_crowd(60)), NOON)
    published(parts_with(catalog))
    choosy = catalog.subscribers.edit(replace(reader, cadence=Cadence(only_above=1000.0)), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:5.4", "Foxes in winter, again")), NOON + DAY / 2)
    (held,) = published(parts_with(catalog), NOON + DAY)

    told = explain(parts_with(catalog), choosy, again.key, Report(NOON + DAY))

    assert (held.held, told.score is not None) == (True, True)
    passed = "not shown: it was listed before the last issue and was not among its papers"
    assert told.verdict == f"{passed}; {told.score:.0f} is less than each of them scored"


def test_a_paper_listed_before_an_issue_of_nothing_is_in_no_letter(catalog: Catalog) -> None:
    geometer = catalog.subscribers.add(a_subscription(profile=Profile(categories=("math.AG",))), NOON)
    catalog.papers.record(a_batch(FOXES, *a_crowd(60)), NOON)
    published(parts_with(catalog))

    reads_foxes = catalog.subscribers.edit(replace(geometer, profile=Profile(interests=(Interest(topics=("foxes in winter",)),))), NOON)
    verdict = explain(parts_with(catalog), reads_foxes, FOXES.key, Report(NOON + DAY / 24)).verdict

    assert verdict == "not shown: it was listed before the issue of 2026-11-23, for which nothing was found, so no letter was sent"


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (FOXES.key, "in the next issue, at place 1 of 1; an edition is the same for all its readers"),
        (STONES.key, "not in the next issue: it is number 2 of its list; an edition is the same for all its readers"),
        ("arxiv:1.00001", "not in the next issue, whose list lacks it; an edition is the same for all its readers"),
    ],
)
def test_a_paper_has_its_place_in_an_edition_or_none(catalog: Catalog, key: str, verdict: str) -> None:
    hot = catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="trending", limit=1)), NOON)
    praised = (replace(paper, facts=Facts(votes=votes)) for paper, votes in ((FOXES, 9), (STONES, 3)))
    catalog.papers.record(a_batch(*praised, source="huggingface"), NOON)
    catalog.papers.record(a_batch(*a_crowd(3)), NOON)

    assert explain(parts_with(catalog), hot, key, Report(NOON)).verdict == verdict


def test_a_paper_stands_in_an_edition_under_the_name_that_another_source_has_for_it(catalog: Catalog) -> None:
    hot = catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="trending", limit=1)), NOON)
    whole, bare = (a_paper(key, "Songs of birds in town", abstract=text) for key, text in (("arxiv:5.6", "On birds."), ("doi:10.1/8", "")))
    catalog.papers.record(a_batch(whole, bare, source="huggingface"), NOON)

    verdict = explain(parts_with(catalog), hot, bare.key, Report(NOON)).verdict

    assert verdict == "in the next issue, at place 1 of 1; an edition is the same for all its readers"


def test_a_paper_of_an_edition_that_was_in_an_issue_is_said_to_be_sent(catalog: Catalog) -> None:
    hot = catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="trending", limit=1)), NOON)
    catalog.papers.record(a_batch(replace(FOXES, facts=Facts(votes=9)), STONES, source="huggingface"), NOON)
    (issue,) = published(parts_with(catalog))
    (letter,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, DAY)
    settled(catalog.outbox, letter.id, DeliveryStatus.SENT, NOON)

    verdict = explain(parts_with(catalog), hot, FOXES.key, Report(NOON + DAY)).verdict

    assert [pick.paper.key for pick in issue.picks] == [FOXES.key]
    assert verdict == "already sent in the issue of 2026-11-23; an edition is the same for all its readers"


@pytest.mark.parametrize(
    ("score", "floor", "told"),
    [
        (3.2, 10.0, "3 is below the floor of 10"),
        (9.6, 10.0, "9.6 is below the floor of 10"),
        (9.996, 10.0, "9.996 is below the floor of 10"),
        (-0.3, 0.0, "-0.3 is below the floor of 0"),
        (-0.3, 5.5, "0 is below the floor of 5.5"),
    ],
)
def test_a_score_below_the_floor_is_told_so_that_it_is_seen_to_be(score: float, floor: float, told: str) -> None:
    assert below(score, floor) == told


def test_a_paper_from_before_what_a_first_letter_looks_back_on_is_not_said_to_be_of_an_earlier_issue(
    catalog: Catalog, reader: Subscription
) -> None:
    catalog.papers.record(a_batch(FOXES, *a_crowd(60)), NOON - 8 * DAY)

    verdict = explain(parts_with(catalog), reader, FOXES.key, Report(NOON)).verdict

    assert verdict == "not shown: it was listed on 2026-11-15, longer ago than a first letter looks back"


def test_a_paper_from_a_long_pause_is_not_said_to_be_of_an_earlier_issue(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes in winter")), NOON - 50 * DAY)
    catalog.papers.record(a_batch(STONES), NOON - 50 * DAY)
    published(parts_with(catalog), NOON - 50 * DAY)
    catalog.papers.record(a_batch(FOXES, *a_crowd(60)), NOON - 40 * DAY)

    verdict = explain(parts_with(catalog), reader, FOXES.key, Report(NOON)).verdict

    assert verdict == "not shown: it was listed on 2026-10-14, longer ago than any letter looks back"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("arxiv:2611.99999", "`digest status` shows what the sources brought"),
        ("10.1000/none", "`digest status` shows what the sources brought"),
        ("Foxes in winter", "it is no arXiv id, DOI or address; `digest search` finds papers by their words, and shows their keys"),
        ("2611.1", "it is no arXiv id, DOI or address; `digest search` finds papers by their words, and shows their keys"),
    ],
)
def test_what_is_no_name_of_a_paper_is_told_from_a_paper_that_nobody_listed(
    catalog: Catalog, reader: Subscription, text: str, hint: str
) -> None:
    with pytest.raises(NotFound, match="not seen yet") as raised:
        explain(parts_with(catalog), reader, text, Report(NOON))

    assert raised.value.hint == hint


def test_a_paper_without_a_name_is_not_found_and_said_so(catalog: Catalog, reader: Subscription) -> None:
    with pytest.raises(NotFound, match="a paper without a name: not seen yet"):
        explain(parts_with(catalog), reader, " ", Report(NOON))


@pytest.mark.parametrize(("limit", "higher"), [(1, "1 paper scores higher"), (2, "2 papers score higher")])
def test_one_paper_that_scores_higher_is_told_as_one(catalog: Catalog, limit: int, higher: str) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes in winter", limit=limit)), NOON)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    published(parts)
    catalog.papers.record(a_batch(FOXES, a_paper("arxiv:5.3", "Of foxes", abstract="They sleep."), STONES), NOON + DAY)

    verdict = explain(parts, reader, STONES.key, Report(NOON + DAY)).verdict

    assert verdict == f"not shown: {higher}, and the limit is {limit}"


def test_a_paper_is_told_that_a_followed_authors_one_says_the_same(catalog: Catalog) -> None:
    theirs = a_paper("arxiv:5.4", "Songs of birds", abstract="Recordings of birds in spring, and what they sing.")
    again = replace(theirs, key="arxiv:5.5", title="Songs of birds, again", authors=(Author("Di Poe"),), ids=("arxiv:5.5",))
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("songs of birds", authors=("Ana Silva",))), NOON)
    catalog.papers.record(a_batch(theirs, again, *a_crowd(20)), NOON)

    verdict = explain(parts_with(catalog), reader, again.key, Report(NOON)).verdict

    assert verdict == "not shown: it says nearly the same as 'Songs of birds', which is in the next issue"


ELSEWHERE = "not shown: it is in the next issue of 'main', which is due at the same time"


@pytest.mark.parametrize(
    ("hour", "now", "second", "verdict"),
    [
        (6, NOON, STONES.key, ELSEWHERE),
        (9, NOON, STONES.key, ELSEWHERE),
        (6, NOON - DAY / 3, STONES.key, ELSEWHERE),
        (9, NOON - DAY / 3, FOXES.key, "in the next issue, at place 1 of 1"),
    ],
    ids=["both due", "both due since other hours", "both at an hour to come", "at other hours to come"],
)
def test_of_letters_that_one_run_makes_for_a_person_one_is_said_to_show_a_paper(
    catalog: Catalog, hour: int, now: datetime, second: str, verdict: str
) -> None:
    one, two = with_two_profiles(catalog, hour)
    parts, report = parts_with(catalog), Report(now)

    assert [chosen(preview_issue(parts, reader, report)) for reader in (one, two)] == [[FOXES.key], [second]]
    assert explain(parts, one, FOXES.key, report).verdict == "in the next issue, at place 1 of 1"
    assert explain(parts, two, FOXES.key, report).verdict == verdict


def test_the_letters_of_one_run_show_what_was_previewed_for_each(catalog: Catalog) -> None:
    both, parts = with_two_profiles(catalog, 6), parts_with(catalog)
    previews = [shown(preview_issue(parts, reader, Report(NOON))) for reader in both]

    assert [shown(issue) for issue in published(parts)] == previews


def test_a_work_that_two_sources_list_stands_in_one_letter_of_a_person_and_explain_says_in_which(catalog: Catalog) -> None:
    one = a_paper("arxiv:2611.00001", "Songs of birds in town", abstract="What birds sing in spring.")
    again = a_paper("doi:10.1/8", one.title, abstract="Graph networks.")
    catalog.papers.record(a_batch(one, again, *a_crowd(40)), NOON)
    parts = parts_with(catalog)
    topics = {"main": "songs of birds", "again": "birds and graph networks"}
    readers = [catalog.subscribers.add(a_subscription(name=n, profile=a_profile(topic, limit=1)), NOON) for n, topic in topics.items()]

    verdict = explain(parts, readers[1], one.key, Report(NOON)).verdict
    shown_twice = [[key for key in shown(issue) if key in (one.key, again.key)] for issue in published(parts)]

    assert shown_twice == [[again.key], []]
    assert verdict == ELSEWHERE


def with_two_profiles(catalog: Catalog, hour: int) -> tuple[Subscription, ...]:
    """One person's letters on foxes, one paper each: "main" at six in the morning, "again" at that hour."""
    catalog.papers.record(a_batch(FOXES, STONES), NOON - DAY)
    topic = a_profile("foxes in winter", limit=1)
    letters = (a_subscription(name=name, profile=topic, cadence=Cadence(at=time(at))) for name, at in (("main", 6), ("again", hour)))
    return tuple(catalog.subscribers.add(letter, NOON - DAY) for letter in letters)


def chosen(issue: Issue) -> list[str]:
    """The keys of what an issue shows as chosen for its reader."""
    return [pick.paper.key for pick in issue.picks if not pick.section.is_beside]
