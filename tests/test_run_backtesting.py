"""What past issues would have been and would have caught: each day with nothing known of what came after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from digest.catalog import Catalog, Library, Owned
from digest.errors import UsageError
from digest.model import Author, Cadence, Changes, Edition, Every, Facts, Feedback, FeedbackKind, Interest, Period, Pick, Profile, Reference
from digest.run import Backtest, Report, backtest
from digest.run.backtesting import judged, profile_as_of
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with

DAY = timedelta(days=1)
PERIOD = Period(NOON - DAY, NOON, "2026-11-23")
ONE, TWO, THREE, FOUR = (
    a_paper(f"arxiv:2611.0000{n}", f"Fox {n}", published=datetime.fromisoformat(f"2026-11-0{n}T00:00+00:00")) for n in (1, 2, 3, 4)
)
CALIBRATION = a_paper("arxiv:2611.00009", "Calibration of language models", abstract="We calibrate language models.")


def said(kind: FeedbackKind, key: str, at: datetime, undone_at: datetime | None = None) -> Feedback:
    return Feedback(id=1, subscription=1, paper=a_paper(key), kind=kind, at=at, undone_at=undone_at)


def liked(profile: Profile) -> list[str]:
    return [key for interest in profile.interests for key in interest.liked]


def figures(found: Backtest) -> tuple[int, int, float, int]:
    return found.kept, found.caught, round(float(found.chance), 4), found.newest


# --- the profile of a past day ----------------------------------------------------------------------------------------


def test_what_was_liked_later_is_held_out() -> None:
    words = [said(FeedbackKind.MORE, "arxiv:2611.00002", NOON + DAY), said(FeedbackKind.MORE, "arxiv:2611.00001", NOON)]

    then = profile_as_of(Profile(), (), words, NOON, undated=())

    assert liked(then.profile) == ["arxiv:2611.00001"]


def test_what_was_taken_back_later_still_held_that_day() -> None:
    taken_back = said(FeedbackKind.SAVE, "arxiv:2611.00001", NOON - DAY, undone_at=NOON + DAY)

    assert liked(profile_as_of(Profile(), (), [taken_back], NOON, undated=()).profile) == ["arxiv:2611.00001"]
    assert liked(profile_as_of(Profile(), (), [taken_back], NOON + DAY, undated=()).profile) == []


def test_a_librarys_paper_counts_from_the_day_it_came() -> None:
    library = (Owned("arxiv:2611.00002", "", NOON + DAY), Owned("arxiv:2611.00001", "", NOON))

    then = profile_as_of(Profile(), library, (), NOON, undated=("arxiv:2611.00001",))

    assert (liked(then.profile), then.owned) == (["arxiv:2611.00001"], {"arxiv:2611.00001"})


def test_what_has_no_date_was_there_unless_it_was_listed_in_the_time_that_is_tested() -> None:
    profile = Profile(interests=(Interest(liked=("arxiv:2611.00001", "arxiv:2611.00002"), disliked=("arxiv:2611.00003",)),))
    library = (Owned("arxiv:2611.00004", ""), Owned("arxiv:2611.00005", ""))

    then = profile_as_of(profile, library, (), NOON, undated=("arxiv:2611.00002", "arxiv:2611.00003", "arxiv:2611.00004"))

    assert liked(then.profile) == ["arxiv:2611.00005", "arxiv:2611.00001"]
    assert then.owned == {"arxiv:2611.00005"}
    assert [interest.disliked for interest in then.profile.interests] == [()]


# --- what one issue caught --------------------------------------------------------------------------------------------


def test_chance_is_the_limit_over_the_papers_for_each_that_was_kept() -> None:
    tested = judged(PERIOD, [ONE, TWO, THREE, FOUR], (Pick(paper=ONE),), [ONE, FOUR], 1)

    assert (tested.caught, tested.chance, tested.newest) == (1, Fraction(1, 2), 1)


def test_a_day_with_fewer_papers_than_the_limit_is_caught_by_everybody() -> None:
    tested = judged(PERIOD, [ONE, TWO], (Pick(paper=ONE), Pick(paper=TWO)), [TWO], 12)

    assert (tested.caught, tested.chance, tested.newest) == (1, Fraction(1), 1)


def test_an_issue_that_goes_over_its_limit_is_compared_with_as_many_papers() -> None:
    tested = judged(PERIOD, [ONE, TWO, THREE, FOUR], (Pick(paper=ONE), Pick(paper=TWO)), [THREE], 1)

    assert (tested.caught, tested.chance, tested.newest) == (0, Fraction(1, 2), 1)


def test_a_kept_paper_that_is_muted_is_missed_by_everybody() -> None:
    tested = judged(PERIOD, [ONE], (), [TWO], 1)

    assert (len(tested.kept), tested.caught, tested.chance, tested.newest) == (1, 0, Fraction(), 0)


# --- from a catalog ---------------------------------------------------------------------------------------------------


def test_the_ranking_is_told_beside_chance_and_newest_first(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("calibration of language models", limit=2)), NOON)
    crowd = [replace(paper, published=NOON) for paper in a_crowd(39)]
    catalog.papers.record(a_batch(replace(CALIBRATION, published=NOON - 9 * DAY), *crowd), NOON - 3 * DAY)
    catalog.feedback.give(reader.id, CALIBRATION.key, FeedbackKind.SAVE, NOON)

    found = backtest(parts_with(catalog), reader, 30, Report(NOON))

    assert figures(found) == (1, 1, 0.05, 0)
    assert [(issue.period.name, issue.considered, len(issue.picks)) for issue in found.issues] == [("2026-11-21", 40, 2)]
    assert [paper.title for paper in found.issues[0].kept] == ["Calibration of language models"]
    assert catalog.issues.latest(5) == ()


def test_a_day_is_ranked_by_what_was_liked_before_it(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(limit=1)), NOON)
    first, second = CALIBRATION, replace(CALIBRATION, key="arxiv:2611.00008", ids=("arxiv:2611.00008",), title="How calibrated are models?")
    crowd = [replace(paper, published=NOON) for paper in a_crowd(80)]
    catalog.papers.record(a_batch(first, *crowd[:40]), NOON - 3 * DAY)
    catalog.feedback.give(reader.id, first.key, FeedbackKind.MORE, NOON - 2 * DAY)
    catalog.papers.record(a_batch(second, *crowd[40:]), NOON - 2 * DAY)
    catalog.feedback.give(reader.id, second.key, FeedbackKind.MORE, NOON)

    found = backtest(parts_with(catalog), reader, 30, Report(NOON))

    assert [(issue.period.name, len(issue.kept), issue.caught) for issue in found.issues] == [("2026-11-21", 1, 0), ("2026-11-22", 1, 1)]


def test_who_follows_people_and_nothing_else_would_have_had_their_papers_alone(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(authors=("Wei Mao",))), NOON)
    catalog.papers.record(a_batch(*a_crowd(20), replace(ONE, authors=(Author("Wei Mao"),))), NOON - 3 * DAY)

    found = backtest(parts_with(catalog), reader, 30, Report(NOON))

    assert [[pick.paper.key for pick in issue.picks] for issue in found.issues] == [[ONE.key]]


def test_a_paper_that_was_in_the_library_before_it_was_listed_is_no_success(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    library = catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib")).id
    entry = Reference(entry="a", title=CALIBRATION.title, ids=(CALIBRATION.key,), added=NOON - 9 * DAY)
    catalog.papers.record(a_batch(CALIBRATION, ONE, TWO), NOON - 3 * DAY)
    catalog.libraries.record(library, Changes(references=(entry,)), NOON)

    found = backtest(parts_with(catalog), reader, 30, Report(NOON))

    assert figures(found) == (0, 0, 0.0, 0)
    assert CALIBRATION.key not in [pick.paper.key for pick in found.issues[0].picks]


def test_a_library_without_dates_is_judged_by_when_its_papers_were_listed(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    library = catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib")).id
    catalog.papers.record(a_batch(CALIBRATION, ONE, TWO), NOON - 3 * DAY)
    catalog.libraries.record(library, Changes(references=(Reference(entry="a", ids=(CALIBRATION.key,)),)), NOON)

    assert figures(backtest(parts_with(catalog), reader, 30, Report(NOON))) == (1, 1, 1.0, 1)


def test_what_is_disliked_now_was_not_kept(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    catalog.papers.record(a_batch(CALIBRATION), NOON - 3 * DAY)
    catalog.feedback.give(reader.id, CALIBRATION.key, FeedbackKind.SAVE, NOON - DAY)
    catalog.feedback.give(reader.id, CALIBRATION.key, FeedbackKind.LESS, NOON)

    assert backtest(parts_with(catalog), reader, 30, Report(NOON)).kept == 0


def test_what_was_liked_by_another_name_and_disliked_later_is_not_liked_since(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00008", ids=("arxiv:2611.00008", "doi:10.1/a"))), NOON - 9 * DAY)
    catalog.papers.record(a_batch(*a_crowd(40), a_paper("arxiv:2611.00001", "Foxes in dens")), NOON - DAY)
    reader = catalog.subscribers.add(a_subscription(profile=a_profile(liked=("doi:10.1/a",))), NOON - 9 * DAY)
    catalog.feedback.give(reader.id, "arxiv:2611.00008", FeedbackKind.LESS, NOON - 5 * DAY)

    (issue,) = backtest(parts_with(catalog), reader, 2, Report(NOON)).issues

    assert [pick.paper.title for pick in issue.picks if any("you liked" in reason.note for reason in pick.reasons)] == []


def test_it_says_plainly_that_there_is_nothing_to_judge_by_and_where_the_catalog_begins(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    parts = parts_with(catalog)

    empty = backtest(parts, reader, 30, Report(NOON))
    catalog.papers.record(a_batch(CALIBRATION), NOON - 3 * DAY)
    found = backtest(parts, reader, 30, Report(NOON))

    assert empty.notes == (
        "the catalog has no paper listed between 2026-10-24 and the issue of 2026-11-23, so there was nothing to choose from",
    )
    assert found.notes == (
        "the catalog has no paper listed between 2026-10-24 and 2026-11-23 before the issue of 2026-11-21: the test begins there",
        "no paper listed between 2026-10-24 and 2026-11-23 was liked, saved or added to the library later, so only the issues are shown",
    )


def test_votes_of_today_lift_no_paper_of_a_past_day(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("vixens", limit=1)), NOON)
    plain, voted = ONE, replace(TWO, facts=Facts(votes=900), published=ONE.published)
    catalog.papers.record(a_batch(plain, voted), NOON - 3 * DAY)

    found = backtest(parts_with(catalog), reader, 30, Report(NOON))

    assert [pick.paper.key for pick in found.issues[0].picks] == [ONE.key]


def test_a_weekly_readers_issues_are_weekly(catalog: Catalog) -> None:
    weekly = Cadence(every=Every.WEEKLY)
    reader = catalog.subscribers.add(a_subscription(cadence=weekly), NOON)
    catalog.papers.record(a_batch(ONE), NOON - 6 * DAY)
    catalog.papers.record(a_batch(TWO), NOON - 2 * DAY)

    found = backtest(parts_with(catalog), reader, 30, Report(NOON))

    assert [(issue.period.name, issue.considered) for issue in found.issues] == [("2026-W48", 2)]


def test_an_edition_and_a_time_without_letters_are_refused(catalog: Catalog) -> None:
    edition = catalog.subscribers.add(a_subscription("bo@example.org", "hot", edition=Edition(name="trending")), NOON)
    weekly = catalog.subscribers.add(a_subscription(cadence=Cadence(every=Every.WEEKLY, days=(1,))), NOON)

    with pytest.raises(UsageError, match="'hot' is an edition: nothing is ranked for its reader"):
        backtest(parts_with(catalog), edition, 30, Report(NOON))
    with pytest.raises(UsageError, match="no letter was due in the last 3 days"):
        backtest(parts_with(catalog), weekly, 3, Report(NOON))
