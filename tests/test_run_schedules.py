"""Issues that wait for a listing, that are held back until something is good enough, and that cover a gap."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Event

import pytest

from digest.cadence import due_for
from digest.catalog import Catalog
from digest.delivery.mailboxes.maildir import Maildir
from digest.ledger import Awaited
from digest.model import Cadence, DeliveryStatus, Edition, Every, Facts, Issue, Period, Profile
from digest.rendering.footing import late as late_line
from digest.rendering.languages import language
from digest.run import Parts, Report, deliver, explain, preview_issue, publish, render_issue, run, turns
from digest.run.issuing.dues import Outlook, is_paused, outlook, who_is_due
from digest.run.issuing.waiting import concerning, waits_until
from digest.run.leasing import WORK, keeping_schedule_lease, take_schedule_lease
from digest.tokens import Purpose, make_token
from tests.announcing import Announced
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscriber, a_subscription
from tests.catalog_rooms import paused
from tests.fates import waiting
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published, published_with, shown

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SEVEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
"""Monday 07:00 in Berlin."""
CROWD = a_crowd(40)
MORE = a_crowd(40, seed=2)
NEAR = a_paper("arxiv:2611.90001", "Foxes", abstract="On foxes.")
FAR = a_paper("arxiv:2611.90002", "Hares", abstract="Now and then a vixen is mentioned where hares, hens and owls are what it is about.")


class Sources:
    """Which sources owe what was due by a moment, until a test says that it came."""

    def __init__(self, *owed: tuple[datetime, Awaited]) -> None:
        self.owed = list(owed)

    def __call__(self, moment: datetime) -> Sequence[Awaited]:
        return tuple(one for due, one in self.owed if due <= moment)


def a_fox_reader(catalog: Catalog, **changes: object) -> None:
    fields = {"profile": a_profile("foxes"), **changes}
    catalog.subscribers.add(a_subscription(**fields), SEVEN - 3 * DAY)


def notes_of(parts: Parts, now: datetime) -> list[str]:
    report = Report(now)
    publish(parts, report)
    return [*report.notes, *report.quiet]


# --- only when something scores above ---------------------------------------------------------------------------------


@pytest.fixture
def choosy(catalog: Catalog) -> Parts:
    """A reader of foxes who had a first letter, and from then on wants one only when something scores above 60."""
    a_fox_reader(catalog)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*CROWD), SEVEN - 2 * DAY)
    published(parts, SEVEN - 2 * DAY)
    (reader,) = catalog.subscribers.all()
    catalog.subscribers.edit(replace(reader, cadence=Cadence(only_above=60.0)), SEVEN - 2 * DAY)
    return parts


def test_days_without_a_paper_above_the_bound_bring_no_letter_and_lose_no_paper(catalog: Catalog, choosy: Parts) -> None:
    catalog.papers.record(a_batch(FAR), SEVEN - DAY)
    held = published(choosy, SEVEN - DAY)
    catalog.papers.record(a_batch(NEAR), SEVEN)

    (issue,) = published(choosy, SEVEN)

    assert [(one.held, one.has_letter, one.picks) for one in held] == [(True, False, ())]
    assert shown(issue) == [NEAR.key, FAR.key]
    assert issue.period == Period(SEVEN - 2 * DAY, SEVEN, "2026-11-23")
    assert waiting(catalog.outbox) == 2
    assert issue.notes == ("No letter came for 2 days: this one covers them all.",)


def test_a_day_that_was_held_back_is_not_decided_twice_and_says_why(catalog: Catalog, choosy: Parts) -> None:
    catalog.papers.record(a_batch(FAR), SEVEN - DAY)

    first, again = notes_of(choosy, SEVEN - DAY), notes_of(choosy, SEVEN - DAY + MINUTE)

    assert first == ["ana@example.org (main), 2026-11-22: the one new paper scores no more than 60; it is kept for the next issue"]
    assert again == ["ana@example.org (main): next issue 2026-11-23 06:00 UTC"]


@pytest.mark.parametrize("days", [1, 9])
def test_who_was_always_held_back_gets_the_papers_of_all_those_days(catalog: Catalog, days: int) -> None:
    a_fox_reader(catalog, cadence=Cadence(only_above=60.0))
    parts, first = parts_with(catalog), SEVEN - days * DAY
    catalog.papers.record(a_batch(a_paper("arxiv:2611.90003", "Snow")), first - 8 * DAY)  # no first letter goes so far back
    catalog.papers.record(a_batch(*CROWD, FAR), first)
    published(parts, first)
    catalog.papers.record(a_batch(*MORE, NEAR), SEVEN)

    (issue,) = published(parts, SEVEN)

    assert {NEAR.key, FAR.key} <= set(shown(issue))
    assert (issue.considered, issue.period.start) == (82, first - DAY)


def test_a_first_letter_speaks_of_no_gap_though_issues_were_held_back_before_it(catalog: Catalog) -> None:
    a_fox_reader(catalog, cadence=Cadence(only_above=60.0))
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*CROWD, FAR), SEVEN - DAY)
    held = published(parts, SEVEN - DAY)
    catalog.papers.record(a_batch(*MORE, NEAR), SEVEN)

    (issue,) = published(parts, SEVEN)

    assert [one.held for one in held] == [True]
    assert issue.notes[0] == "This is your first letter. What we understood: topic 'foxes'."


def test_who_gave_nothing_to_rank_by_is_not_held_back_for_ever_by_a_bound_on_scores(catalog: Catalog) -> None:
    a_fox_reader(catalog, profile=Profile(), cadence=Cadence(only_above=60.0))
    catalog.papers.record(a_batch(NEAR, FAR), SEVEN)

    (issue,) = published(parts_with(catalog), SEVEN)

    assert (issue.held, len(issue.picks)) == (False, 2)


def test_a_paper_held_back_in_one_subscription_is_shown_by_the_other(catalog: Catalog) -> None:
    a_fox_reader(catalog, cadence=Cadence(only_above=1000.0))
    a_fox_reader(catalog, name="second")
    catalog.papers.record(a_batch(NEAR, FAR), SEVEN)

    first, second = published(parts_with(catalog), SEVEN)

    assert (first.held, second.held, len(second.picks)) == (True, False, 2)


def test_a_preview_and_an_explanation_of_what_is_held_back_say_so(catalog: Catalog, choosy: Parts) -> None:
    catalog.papers.record(a_batch(FAR), SEVEN - DAY)
    (reader,) = catalog.subscribers.all()

    issue = preview_issue(choosy, reader, Report(SEVEN - DAY))

    assert (issue.held, shown(issue)) == (True, [FAR.key])
    verdict = explain(choosy, reader, FAR.key, Report(SEVEN - DAY)).verdict
    assert verdict == "in the next issue, at place 1 of 1, which waits until something scores above 60"


# --- covering a gap ---------------------------------------------------------------------------------------------------


def test_after_a_pause_one_letter_covers_it_at_the_usual_hour_and_says_so(catalog: Catalog) -> None:
    a_fox_reader(catalog)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*CROWD), SEVEN)
    published(parts, SEVEN)
    paused(catalog, "ana@example.org", SEVEN + 6 * DAY - 7 * HOUR)
    for number, paper in enumerate((NEAR, FAR), start=1):
        catalog.papers.record(a_batch(paper), SEVEN + number * DAY)

    caught_up, usual = [issue for hours in range(8 * 24) for issue in published(parts, SEVEN + hours * HOUR)]

    assert (caught_up.made_at, usual.made_at) == (SEVEN + 6 * DAY, SEVEN + 7 * DAY)
    assert caught_up.period == Period(SEVEN, SEVEN + 6 * DAY, "2026-11-29")
    assert shown(caught_up) == [NEAR.key, FAR.key]
    assert caught_up.notes == ("No letter came for 6 days: this one covers them all.",)
    assert usual.notes == ()


@pytest.mark.parametrize(("hour", "days"), [(5, [26]), (16, [26]), (17, [])], ids=["at noon", "at eleven", "at midnight"])
def test_who_ends_a_pause_early_gets_the_letter_of_that_day_and_none_of_an_earlier_one(
    catalog: Catalog, hour: int, days: list[int]
) -> None:
    a_fox_reader(catalog, cadence=Cadence(every=Every.DAYS, days=(0, 3)))
    parts, ended = parts_with(catalog), SEVEN + 3 * DAY + hour * HOUR
    published(parts, SEVEN)
    paused(catalog, "ana@example.org", SEVEN + 20 * DAY)

    catalog.subscribers.wake(1, ended)

    made = [issue.period.name for hours in range(30) for issue in published(parts, ended + hours * HOUR)]
    assert made == [f"2026-11-{day}" for day in days]


def test_a_pause_that_is_over_is_not_ended_again(catalog: Catalog) -> None:
    a_fox_reader(catalog)
    parts = parts_with(catalog)
    published(parts, SEVEN)
    paused(catalog, "ana@example.org", SEVEN + DAY)

    catalog.subscribers.wake(1, SEVEN + DAY + HOUR)

    assert [issue.period.end for issue in published(parts, SEVEN + DAY + HOUR)] == [SEVEN + DAY]


def test_who_ends_a_pause_or_comes_back_is_not_said_to_have_missed_what_fell_in_it(catalog: Catalog) -> None:
    for address in ("ana@example.org", "bo@example.org"):
        a_fox_reader(catalog, email=address, cadence=Cadence(every=Every.WEEKLY))
    parts, friday = parts_with(catalog), SEVEN + 11 * DAY
    published(parts, SEVEN)
    paused(catalog, "ana@example.org", SEVEN + 20 * DAY)
    catalog.subscribers.leave(2, SEVEN + DAY)

    catalog.subscribers.wake(1, friday)
    catalog.subscribers.resume(2, friday, "a page")

    told = "ana@example.org (main): next issue 2026-12-07 06:00 UTC", "bo@example.org (main): next issue 2026-12-07 06:00 UTC"
    assert who_is_due(parts, (), friday + HOUR)[1] == told


def test_a_preview_of_what_is_due_is_the_issue_that_is_made_then(catalog: Catalog) -> None:
    a_fox_reader(catalog, cadence=Cadence(at=time(23)))
    parts = replace(parts_with(catalog), awaited=Sources((SEVEN + 3 * DAY, Awaited("arxiv", SEVEN + 4 * DAY))))
    catalog.papers.record(a_batch(*CROWD), SEVEN)
    (first,) = published(parts, SEVEN + 16 * HOUR)
    catalog.papers.record(a_batch(NEAR), SEVEN + DAY)
    after_midnight = SEVEN + 3 * DAY + 18 * HOUR

    preview = preview_issue(parts, first.subscription, Report(after_midnight))
    (issue,) = published(parts, after_midnight)

    assert issue.period == Period(first.period.end, SEVEN + 3 * DAY + 16 * HOUR, "2026-11-26")
    assert (issue.notes, issue.late) == (("No letter came for 3 days: this one covers them all.",), ("arxiv",))
    assert replace(preview, id=issue.id, others=()) == replace(issue, others=())


def test_after_half_a_year_the_letter_says_that_it_covers_a_month(catalog: Catalog) -> None:
    a_fox_reader(catalog, edition=Edition(name="cs.LG"), profile=None)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*CROWD), SEVEN)
    published(parts, SEVEN)
    catalog.papers.record(a_batch(NEAR), SEVEN + 180 * DAY)

    (issue,) = published(parts, SEVEN + 181 * DAY)

    assert issue.notes == ("No letter came for 181 days: this one covers the last 30.",)


# --- zones that are not known -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_brief", [True, False])
def test_a_reader_whose_zone_is_not_known_here_keeps_no_letter_from_others(catalog: Catalog, is_brief: bool) -> None:
    lost = replace(a_subscription("bo@example.org"), subscriber=a_subscriber("bo@example.org", zone="Europe/Atlantis"))
    catalog.subscribers.add(lost, SEVEN)
    a_fox_reader(catalog)
    report = Report(SEVEN, is_brief=is_brief)

    issues = published_with(parts_with(catalog), report)

    assert [issue.subscription.subscriber.email for issue in issues] == ["ana@example.org"]
    (failure,) = report.failures
    assert failure.subject == "bo@example.org (main)"
    assert failure.message == "'Europe/Atlantis': no such time zone is known here, so no letter is made"


def test_a_letter_whose_reader_is_in_a_zone_that_is_not_known_any_more_keeps_no_other_back(catalog: Catalog) -> None:
    for address in ("bo@example.org", "ana@example.org"):
        a_fox_reader(catalog, email=address)
    parts, report = parts_with(catalog), Report(SEVEN)
    catalog.papers.record(a_batch(NEAR), SEVEN)
    bo, _ = published(parts, SEVEN)
    lost = replace(bo.subscription, subscriber=replace(bo.subscription.subscriber, zone="Europe/Atlantis"))
    catalog.subscribers.edit(lost, SEVEN)

    deliver(parts, report, lambda: SEVEN)

    assert report.deliveries == {DeliveryStatus.SENT: 1, DeliveryStatus.DEFERRED: 1}
    assert [failure.message for failure in report.failures] == ["no such time zone"]


# --- clocks that were ahead -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ahead", "days"), [(3 * DAY, [24, 25, 27]), (400 * DAY, [24, 25, 26, 27])], ids=str)
def test_a_clock_that_was_ahead_silences_readers_until_it_is_clear_which_one_was_wrong(
    catalog: Catalog, ahead: timedelta, days: list[int]
) -> None:
    a_fox_reader(catalog)
    parts = parts_with(catalog)
    published(parts, SEVEN)
    published(parts, SEVEN + ahead)

    made = []
    for hours in range(1, 5 * 24):
        now = SEVEN + hours * HOUR
        catalog.papers.record(a_batch(a_paper(f"arxiv:2611.{hours:05}", f"Of a fox, part {hours}")), now)
        made += [issue.period.name for issue in published(parts, now)]

    assert made == [f"2026-11-{day}" for day in days]


def test_a_computer_that_wakes_up_in_the_past_sends_nothing(catalog: Catalog) -> None:
    a_fox_reader(catalog)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(NEAR), SEVEN - HOUR)
    published(parts, SEVEN)
    catalog.papers.record(a_batch(FAR), SEVEN + HOUR)

    assert published(parts, datetime(2002, 4, 3, 12, tzinfo=UTC)) == ()


def test_a_week_that_had_its_letter_is_not_composed_again_every_minute(catalog: Catalog) -> None:
    a_fox_reader(catalog, cadence=Cadence(every=Every.WEEKLY))
    parts = parts_with(catalog)
    published(parts, SEVEN)
    (reader,) = catalog.subscribers.all()
    catalog.subscribers.edit(replace(reader, cadence=Cadence()), SEVEN + HOUR)
    published(parts, SEVEN + DAY)
    again = catalog.subscribers.edit(replace(reader, cadence=Cadence(every=Every.WEEKLY, days=(4,))), SEVEN + DAY + HOUR)

    assert due_for(again, SEVEN + 4 * DAY, catalog.issues.reached([again.id], SEVEN + 4 * DAY)[again.id]) is None
    assert who_is_due(parts, (), SEVEN + 2 * DAY) == ([], ("ana@example.org (main): next issue 2026-12-04 06:00 UTC",))
    assert who_is_due(parts, (), SEVEN + 4 * DAY) == ([], ("ana@example.org (main): next issue 2026-12-04 06:00 UTC",))


def test_a_run_that_always_comes_too_late_says_so(catalog: Catalog) -> None:
    joined = SEVEN + 16 * HOUR
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes")), joined)
    midnight = joined + HOUR

    def told(now: datetime) -> tuple[str, ...]:
        due, others = who_is_due(parts_with(catalog), (), now)
        assert due == []
        return others

    missed = "that of 2026-11-24 06:00 UTC was missed: one is made up for half the time to the next, so let `digest run` come every hour"
    assert told(midnight) == ("ana@example.org (main): next issue 2026-11-24 06:00 UTC",)
    assert told(midnight + DAY) == (f"ana@example.org (main): next issue 2026-11-25 06:00 UTC; {missed}",)
    paused(catalog, "ana@example.org", midnight + 2 * DAY - HOUR)
    assert told(midnight + 2 * DAY) == ("ana@example.org (main): next issue 2026-11-26 06:00 UTC",)


def test_who_changed_from_weekly_to_daily_is_not_said_to_have_missed_the_days_before(catalog: Catalog) -> None:
    a_fox_reader(catalog, cadence=Cadence(every=Every.WEEKLY))
    parts, friday = parts_with(catalog), SEVEN + 4 * DAY - HOUR
    published(parts, SEVEN)

    catalog.subscribers.edit(catalog.subscribers.by_id(1), friday, lambda found: replace(found, cadence=Cadence()))

    assert who_is_due(parts, (), friday)[1] == ("ana@example.org (main): next issue 2026-11-27 06:00 UTC",)


# --- waiting for a listing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owed", "wait", "was_late", "until"),
    [
        ((), 2 * HOUR, False, SEVEN),
        ((Awaited("arxiv", SEVEN + 9 * HOUR),), 2 * HOUR, False, SEVEN + 2 * HOUR),
        ((Awaited("arxiv", SEVEN + HOUR), Awaited("feed", SEVEN + HOUR / 2)), 2 * HOUR, False, SEVEN + HOUR),
        ((Awaited("arxiv", SEVEN - HOUR),), 2 * HOUR, False, SEVEN),
        ((Awaited("arxiv", SEVEN + HOUR),), 0 * HOUR, False, SEVEN),
        ((Awaited("arxiv", SEVEN + HOUR),), 2 * HOUR, True, SEVEN),
    ],
)
def test_an_issue_waits_for_the_last_listing_it_is_worth_waiting_for_and_never_longer_than_was_set(
    owed: tuple[Awaited, ...], wait: timedelta, was_late: bool, until: datetime
) -> None:
    assert waits_until(Period(SEVEN - DAY, SEVEN, "2026-11-23"), owed, wait, was_late=was_late) == until


@pytest.mark.parametrize(
    ("categories", "names"),
    [
        ((), ["arxiv cs.LG", "arxiv astro-ph.GA", "votes"]),
        (("cs.LG",), ["arxiv cs.LG", "votes"]),
        (("CS.lg ", "astro-ph"), ["arxiv cs.LG", "arxiv astro-ph.GA", "votes"]),
        (("astro-ph",), ["arxiv astro-ph.GA", "votes"]),
        (("cs.CL",), ["votes"]),
        ((" nlin.CD",), ["votes"]),
        (("cs.L",), ["arxiv cs.LG", "arxiv astro-ph.GA", "votes"]),
        (("cs.CL", "math.KT"), ["arxiv cs.LG", "arxiv astro-ph.GA", "votes"]),
        (("neuroscience",), ["votes"]),
        (("cs.LG", "Cell biology "), ["arxiv cs.LG", "votes"]),
    ],
)
def test_who_named_categories_waits_for_their_listings_alone_unless_one_of_them_is_only_cross_listed_here(
    categories: tuple[str, ...], names: list[str]
) -> None:
    owed = [Awaited(name, SEVEN + HOUR) for name in ("arxiv cs.LG", "arxiv astro-ph.GA", "votes")]

    assert [one.name for one in concerning(owed, categories, ("cs.LG", "cs.CL", " astro-ph.GA", "nlin"))] == names


def test_a_source_whose_name_has_spaces_is_waited_for_like_any_other() -> None:
    owed = [Awaited(name, SEVEN + HOUR) for name in ("arXiv at noon cs.LG", "arXiv at noon cs.CL", "all votes")]

    assert [one.name for one in concerning(owed, ("cs.LG",), ("cs.LG", "cs.CL"))] == ["arXiv at noon cs.LG", "all votes"]


def test_a_letter_goes_without_a_listing_of_a_category_its_reader_did_not_name(catalog: Catalog) -> None:
    for name in ("cs.LG", "cs.CL"):
        edition = replace(a_subscription(f"{name}@example.org"), profile=None, edition=Edition(name=name))
        catalog.subscribers.add(replace(edition, cadence=Cadence(at=time(7))), SEVEN - 3 * DAY)
    parts = replace(parts_with(catalog), sources=(Announced(parts=("cs.LG", "cs.CL")),))
    published(parts, SEVEN - DAY)
    owing = Sources((SEVEN - 5 * HOUR, Awaited("arxiv cs.LG", SEVEN + 5 * HOUR)))

    at_seven = published(replace(parts, awaited=owing, wait=2 * HOUR), SEVEN)
    at_nine = published(replace(parts, awaited=owing, wait=2 * HOUR), SEVEN + 2 * HOUR)

    said = [(issue.subscription.subscriber.email, issue.late) for issue in (*at_seven, *at_nine)]
    assert said == [("cs.CL@example.org", ()), ("cs.LG@example.org", ("arxiv cs.LG",))]


def test_the_trending_edition_waits_for_no_listing_unless_there_are_no_votes_to_make_it_of(catalog: Catalog) -> None:
    edition = replace(a_subscription(), profile=None, edition=Edition(name="trending"))
    catalog.subscribers.add(replace(edition, cadence=Cadence(at=time(7))), SEVEN - 3 * DAY)
    catalog.papers.record(a_batch(FAR), SEVEN - 2 * DAY)
    parts = parts_with(catalog)
    published(parts, SEVEN - DAY)
    impatient = replace(parts, awaited=Sources((SEVEN - 5 * HOUR, Awaited("arxiv cs.LG", SEVEN + 5 * HOUR))), wait=2 * HOUR)

    without_votes = published(impatient, SEVEN)
    catalog.papers.record(a_batch(replace(NEAR, facts=Facts(votes=3)), source="huggingface"), SEVEN)
    (issue,) = published(impatient, SEVEN)

    assert (without_votes, shown(issue), issue.late) == ((), [NEAR.key], ())


@pytest.fixture
def patient(catalog: Catalog) -> tuple[Parts, Sources]:
    """A reader who had yesterday's letter, and arXiv owing today's listing since 02:00."""
    a_fox_reader(catalog)
    owing = Sources((SEVEN - 5 * HOUR, Awaited("arxiv", SEVEN + 5 * HOUR)))
    parts = parts_with(catalog)
    published(parts, SEVEN - DAY)
    catalog.papers.record(a_batch(FAR), SEVEN - 20 * HOUR)
    return replace(parts, awaited=owing, wait=2 * HOUR), owing


def test_an_issue_goes_out_as_soon_as_the_listing_is_there(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, owing = patient

    before = notes_of(parts, SEVEN + HOUR)
    owing.owed.clear()
    catalog.papers.record(a_batch(NEAR), SEVEN + HOUR)
    (issue,) = published(parts, SEVEN + HOUR + MINUTE)

    assert before == ["ana@example.org (main): waits for the listing of arxiv, at most until 2026-11-23 08:00 UTC"]
    assert (shown(issue), issue.late, issue.period.end) == ([NEAR.key, FAR.key], (), SEVEN)


def test_an_issue_that_waited_long_enough_goes_with_what_is_there_and_says_so(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, _ = patient
    report = Report(SEVEN + 2 * HOUR)

    (issue,) = published_with(parts, report)

    rendering = render_issue(parts, catalog.issues.load(issue.id))
    said = "The listing of arxiv had not come when this letter was made; its papers are for the next."
    assert shown(issue) == [FAR.key]
    assert report.notes == ["1 issue was made without the listing of arxiv, which was due and has not come"]
    assert said in " ".join(rendering.text.split())
    assert said in " ".join(rendering.markdown.split())
    assert said in " ".join(rendering.html.split())


def test_a_listing_that_is_due_only_after_the_letter_is_not_waited_for(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, owing = patient
    owing.owed[:] = [(SEVEN + MINUTE, Awaited("arxiv", SEVEN + 9 * HOUR))]

    (issue,) = published(parts, SEVEN + 5 * MINUTE)

    assert issue.late == ()


def test_where_a_run_without_lingering_comes_once_a_day_and_no_listing_every_other_day_has_a_letter(patient: tuple[Parts, Sources]) -> None:
    parts, owing = patient
    owing.owed[:] = [(SEVEN - 5 * HOUR, Awaited("arxiv", SEVEN + 9 * DAY))]

    made = [issue.period.name for day in range(5) for issue in published(parts, SEVEN + day * DAY + 5 * MINUTE)]

    assert made == ["2026-11-24", "2026-11-26"]


def lingering(
    parts: Parts, owing: Sources, minutes_until_it_comes: int, meanwhile: Callable[[], object] = lambda: None
) -> tuple[Report, list[float], list[str]]:
    """A run at seven that lingers 45 minutes; the listing comes so many minutes later."""
    now, slept, told = [SEVEN], list[float](), list[str]()

    def sleep(seconds: float) -> None:
        slept.append(seconds / 60)
        meanwhile()
        now[0] += timedelta(seconds=seconds)
        if sum(slept) >= minutes_until_it_comes and owing.owed:
            owing.owed.clear()
            parts.catalog.papers.record(a_batch(NEAR), now[0])

    waits = replace(parts, policy=replace(parts.policy, linger=timedelta(minutes=45)))
    return run(waits, lambda: now[0], tell=told.append, sleep=sleep), slept, told


def test_a_run_that_lingers_waits_for_the_listing_itself(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, owing = patient

    report, slept, told = lingering(parts, owing, 15)

    (issue,) = catalog.issues.latest(1)
    assert (shown(issue), issue.late, report.issues) == ([NEAR.key, FAR.key], (), 1)
    assert slept == [10, 10]
    assert "waiting for the listing of arxiv, at most until 06:45 UTC" in told


def test_who_leaves_by_mail_while_a_run_waits_gets_no_letter(catalog: Catalog, patient: tuple[Parts, Sources], tmp_path: Path) -> None:
    parts, owing = patient
    (ana,) = catalog.subscribers.all()
    for room in ("new", "cur"):
        (tmp_path / room).mkdir()
    leaving = f"Subject: unsubscribe {make_token(Purpose.LETTER, ana.id, 0, parts.secrets[0])}\r\n\r\n"
    parts = replace(parts, inbox=lambda: Maildir(tmp_path))

    report, _, _ = lingering(parts, owing, 15, lambda: (tmp_path / "new" / "1").write_text(leaving))

    assert (report.issues, report.notes) == (0, ["carried out what readers mailed: 1"])


def test_whose_letter_does_not_wait_has_it_before_a_run_waits_for_the_others(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, owing = patient
    for early in ("bo@example.org", "cy@example.org"):
        catalog.subscribers.add(a_subscription(early, cadence=Cadence(at=time(6, 30))), SEVEN - DAY)

    report, slept, _ = lingering(parts, owing, 15)

    made = {issue.subscription.subscriber.email: (issue.made_at, issue.late) for issue in catalog.issues.latest(3)}
    assert made.pop("ana@example.org") == (SEVEN + 20 * MINUTE, ())
    assert made == dict.fromkeys(("bo@example.org", "cy@example.org"), (SEVEN, ("arxiv",)))
    assert (report.issues, report.deliveries[DeliveryStatus.SENT], slept) == (3, 3, [10, 10])
    assert report.notes == ["2 issues were made without the listing of arxiv, which was due and has not come"]
    assert [sentence for sentence in report.quiet if "waits" in sentence] == []


def test_a_run_that_has_lingered_in_vain_sends_what_is_there_for_it_may_be_the_only_one_of_the_day(
    catalog: Catalog, patient: tuple[Parts, Sources]
) -> None:
    parts, owing = patient

    report, slept, _ = lingering(parts, owing, 999)

    (issue,) = catalog.issues.latest(1)
    assert (shown(issue), issue.late, sum(slept)) == ([FAR.key], ("arxiv",), 45)
    assert report.notes == ["1 issue was made without the listing of arxiv, which was due and has not come"]


def test_several_listings_that_have_not_come_are_told_in_one_sentence(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, owing = patient
    owing.owed.append((SEVEN - 5 * HOUR, Awaited("biorxiv", SEVEN + 5 * HOUR)))
    report = Report(SEVEN + 2 * HOUR)

    publish(parts, report)

    assert report.notes == ["issues were made without listings that were due and have not come: arxiv (1), biorxiv (1)"]


def test_what_waits_is_told_with_its_moment(catalog: Catalog, patient: tuple[Parts, Sources]) -> None:
    parts, _ = patient

    (turn,) = turns(parts, catalog.subscribers.all(), SEVEN + HOUR)

    assert (turn.awaits, turn.moment) == (("arxiv",), SEVEN + 2 * HOUR)


def test_many_late_sources_are_named_in_german_and_cleaned() -> None:
    period, late = Period(SEVEN - DAY, SEVEN, "2026-11-23"), ("arxiv", "my\x00 feed")
    issue = Issue(subscription=a_subscription(), period=period, picks=(), made_at=SEVEN, late=late)

    (said,) = late_line(issue, language("de"))

    assert said == "Die Listen von arxiv und my feed waren noch nicht da, als dieser Brief entstand; ihre Arbeiten kommen im nächsten."


# --- one at a time ----------------------------------------------------------------------------------------------------


def test_a_run_beside_another_only_hands_over_what_waits(catalog: Catalog) -> None:
    a_fox_reader(catalog)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(NEAR), NOON)
    published(parts)
    catalog.subscribers.add(a_subscription("bo@example.org"), NOON)
    catalog.leases.take(WORK, "nowhere:7:b", NOON, 10 * MINUTE)

    beside, after = run(parts, lambda: NOON + MINUTE), run(parts, lambda: NOON + 11 * MINUTE)

    assert (beside.issues, sum(beside.deliveries.values())) == (0, 1)
    assert beside.notes == [
        "another digest fetches and composes at the moment (process 7 on nowhere, since 2026-11-23 12:00 UTC): "
        "this run only hands over what waits"
    ]
    assert (after.issues, after.notes) == (1, [])
    assert catalog.leases.take(WORK, "elsewhere:2:c", NOON + 12 * MINUTE, 10 * MINUTE) is None


def test_another_run_that_is_at_it_for_hours_is_a_failure_for_it_may_hang(catalog: Catalog) -> None:
    parts = parts_with(catalog)
    catalog.leases.take(WORK, "nowhere:7:b", NOON, 10 * MINUTE)
    catalog.leases.take(WORK, "nowhere:7:b", NOON + 2 * HOUR, 10 * MINUTE)

    busy, hung = run(parts, lambda: NOON + 2 * HOUR), run(parts, lambda: NOON + 2 * HOUR + MINUTE)

    assert busy.failures == []
    assert [(failure.subject, failure.message) for failure in hung.failures] == [
        ("another digest", "fetches and composes for hours (process 7 on nowhere, since 2026-11-23 12:00 UTC): no letter is made meanwhile")
    ]


def test_the_one_schedule_stays_so_however_long_a_tick_takes(catalog: Catalog) -> None:
    parts, renewed, asked = parts_with(catalog), Event(), list[datetime]()
    take_schedule_lease(parts, NOON)

    def clock() -> datetime:
        asked.append(NOON + 9 * MINUTE)
        if len(asked) == 2:  # the first renewal is done
            renewed.set()
        return asked[-1]

    with keeping_schedule_lease(parts, clock, every=0.001):
        assert renewed.wait(10)

    assert take_schedule_lease(replace(parts, worker="elsewhere:2:b"), NOON + 15 * MINUTE) is not None


def test_readers_in_three_zones_are_due_each_at_their_own_hour(catalog: Catalog) -> None:
    for number, zone in enumerate(("Asia/Kolkata", "Europe/Berlin", "America/St_Johns")):
        reader = a_subscriber(f"reader{number}@example.org", zone=zone)
        catalog.subscribers.add(replace(a_subscription(), subscriber=reader, cadence=Cadence(at=time(7))), SEVEN - 3 * DAY)
    parts = parts_with(catalog)
    published(parts, SEVEN - 12 * HOUR)

    made = [issue for n in range(48) for issue in published(parts, SEVEN - 6 * HOUR + n * HOUR / 2)]

    assert [(f"{issue.made_at:%H:%M}", issue.subscription.subscriber.zone) for issue in made] == [
        ("01:30", "Asia/Kolkata"), ("06:00", "Europe/Berlin"), ("10:30", "America/St_Johns")
    ]  # fmt: skip


# --- very many readers ------------------------------------------------------------------------------------------------


def test_what_is_to_be_expected_counts_who_waits_for_whom_and_until_when_at_most(
    catalog: Catalog, patient: tuple[Parts, Sources]
) -> None:
    parts, owing = patient
    owing.owed.append((SEVEN - 5 * HOUR, Awaited("a journal", SEVEN + 5 * HOUR)))
    catalog.subscribers.add(a_subscription("zoe@example.org", cadence=Cadence(at=time(6, 30))), NOON - 2 * DAY)
    published(parts_with(catalog), SEVEN - DAY)
    catalog.subscribers.add(a_subscription("new@example.org"), NOON - DAY)

    assert outlook(parts, SEVEN) == Outlook(ready=1, waiting=2, sources=("a journal", "arxiv"), until=SEVEN + 2 * HOUR)


def test_of_many_who_are_not_due_a_run_names_some_those_first_that_wait_for_a_listing(
    catalog: Catalog, patient: tuple[Parts, Sources]
) -> None:
    parts, _ = patient
    for number in range(25):
        catalog.subscribers.add(a_subscription(f"reader{number:02}@example.org", cadence=Cadence(at=time(18))), NOON)
    paused(catalog, "reader01@example.org", NOON + DAY)
    catalog.subscribers.add(a_subscription("zoe@example.org"), NOON - 2 * DAY)
    published(parts_with(catalog), SEVEN - DAY)

    _, told = who_is_due(parts, (), SEVEN)

    assert told[:3] == (
        "ana@example.org (main): waits for the listing of arxiv, at most until 2026-11-23 08:00 UTC",
        "zoe@example.org (main): waits for the listing of arxiv, at most until 2026-11-23 08:00 UTC",
        "reader00@example.org (main): next issue 2026-11-23 17:00 UTC",
    )
    assert told[20:] == ("and 6 more whose next issue is not due yet",)
    assert notes_of(parts, SEVEN) == list(told)


def test_of_many_issues_without_a_paper_a_run_names_some(catalog: Catalog) -> None:
    for number in range(23):
        catalog.subscribers.add(a_subscription(f"reader{number:02}@example.org"), SEVEN - DAY)

    told = notes_of(parts_with(catalog), SEVEN)

    assert told[0] == "reader00@example.org (main), 2026-11-23: no paper was listed since the last issue"
    assert (len(told), told[-1]) == (21, "and 3 more issues without a paper")


def test_a_pause_is_over_at_the_moment_it_was_to_last_until() -> None:
    resting = replace(a_subscription(), subscriber=a_subscriber(paused_until=NOON))

    assert [is_paused(resting, now) for now in (NOON - timedelta(seconds=1), NOON)] == [True, False]
