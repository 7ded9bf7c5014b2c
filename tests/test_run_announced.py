"""A source that announces by a calendar: nothing is asked twice, a stale feed is not believed, what was missed is made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from digest.catalog import Catalog
from digest.errors import SourceRefused, SourceUnreachable
from digest.model import Author, Failure, LedgerLine, Listing, ListingState, Way
from digest.run import Parts, Report, awaited, fetch, standings
from digest.run.pulling.recovering import Missing, recover
from tests.announcing import Announced, listing, unreachable
from tests.builders import NOON, a_batch, a_paper
from tests.run_parts import parts_with

MONDAY, TUESDAY, WEDNESDAY = (date(2026, 11, 23 + n) for n in range(3))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
DUE = datetime(2026, 11, 23, 5, tzinfo=UTC)
"""When the feed of Monday's listing is built; Tuesday's is a day later."""


def pulled(catalog: Catalog, source: Announced, now: datetime, *, insist: bool = False) -> Report:
    report = Report(now)
    fetch(parts_of(catalog, source), report, insist=insist)
    return report


def parts_of(catalog: Catalog, source: Announced) -> Parts:
    return replace(parts_with(catalog), sources=(source,))


def line(catalog: Catalog, day: date, part: str = "cs.LG") -> LedgerLine:
    (found,) = (found for found in catalog.ledger.lines("arxiv", part, day) if found.day == day)
    return found


def listed(catalog: Catalog) -> list[tuple[str, str]]:
    """Every sighting, by number of paper and day."""
    with catalog.reading() as connection:
        rows = connection.exec_driver_sql(
            "select papers.key, listed_on from sightings join papers on papers.id = sightings.paper order by sightings.id"
        )
        return [(key[-2:], day[5:]) for key, day in rows]


# --- the listing that is due ------------------------------------------------------------------------------------------


def test_a_listing_that_is_in_is_not_asked_for_again(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, 2, on=MONDAY)})

    first, second = pulled(catalog, source, DUE), pulled(catalog, source, DUE + 3 * HOUR)

    assert source.asked == ["feed cs.LG"]
    assert [(r.sources[0].state, r.sources[0].new) for r in (first, second)] == [("fresh", 2), ("unchanged", 0)]
    assert (line(catalog, MONDAY).expected, line(catalog, MONDAY).fetched, line(catalog, MONDAY).new) == (2, 2, 2)


def test_a_feed_that_asks_to_be_left_alone_is_not_asked_by_later_runs_but_its_page_is(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": SourceUnreachable("rss.arxiv.org", "is busy", rests=3 * HOUR)})

    reports = [pulled(catalog, source, DUE + n * HOUR) for n in range(4)]

    assert source.asked == ["feed cs.LG", "page cs.LG", "page cs.LG", "feed cs.LG", "page cs.LG"]
    assert [[failure.message for failure in report.failures] for report in reports] == [["is busy"], [], [], []]
    pulled(catalog, source, DUE + 4 * HOUR, insist=True)
    assert source.asked[5:] == ["feed cs.LG", "page cs.LG"]


def test_a_feed_that_answers_who_insists_is_left_alone_no_more(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": SourceUnreachable("rss.arxiv.org", "is busy", rests=DAY)})
    pulled(catalog, source, DUE + HOUR)
    source.feeds["cs.LG"] = listing(1, on=MONDAY)
    pulled(catalog, source, DUE + 2 * HOUR, insist=True)
    source.asked.clear()

    pulled(catalog, source, DUE + DAY)

    assert (source.asked[0], catalog.ledger.troubles()) == ("feed cs.LG", {})


def test_who_insists_asks_again_and_gets_what_came_late(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(1, 2, on=MONDAY)

    pulled(catalog, source, DUE + HOUR, insist=True)

    assert listed(catalog) == [("01", "11-23"), ("02", "11-23")]
    assert (line(catalog, MONDAY).state, line(catalog, MONDAY).fetched) == (ListingState.FRESH, 2)


def test_insisting_in_vain_takes_nothing_back(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = unreachable()

    report = pulled(catalog, source, DUE + HOUR, insist=True)

    assert (line(catalog, MONDAY).state, [f.message for f in report.failures]) == (ListingState.FRESH, ["does not answer"])


def test_who_insists_is_told_each_time_what_failed(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": unreachable()})

    insisted = [pulled(catalog, source, DUE + n * MINUTE, insist=True) for n in range(3)]
    by_itself = pulled(catalog, source, DUE + HOUR)

    assert [[f.message for f in report.failures] for report in (*insisted, by_itself)] == [["does not answer"]] * 3 + [[]]


def test_a_feed_that_fails_is_told_at_the_first_try_and_when_it_is_given_up(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": SourceRefused("rss.arxiv.org", "answers 403 Forbidden")})

    reports = [pulled(catalog, source, DUE + hours * HOUR) for hours in (0, 1, 6, 7)]

    assert [len(report.failures) for report in reports] == [1, 0, 1, 0]
    assert [each.state for report in reports for each in report.sources] == ["failed"] * 4
    assert [(each.state, each.message) for each in catalog.sources.states()] == [("failed", "answers 403 Forbidden")]
    assert catalog.ledger.troubles() == {}  # it asked for no rest


def test_a_part_that_fails_beside_one_that_is_stale_is_told_by_itself(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.AI": listing(1, on=MONDAY), "cs.LG": listing(2, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.AI"] = unreachable()

    report = pulled(catalog, source, DUE + DAY)

    assert [failure.subject for failure in report.failures] == ["arxiv cs.AI"]
    assert [each.state for each in report.sources] == ["unchanged"]


def test_a_feed_that_was_stale_and_then_fails_is_told(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + DAY)
    source.feeds["cs.LG"] = unreachable()

    reports = [pulled(catalog, source, DUE + DAY + n * 10 * MINUTE) for n in (1, 2)]

    assert [[failure.message for failure in report.failures] for report in reports] == [["does not answer"], []]


def test_a_feed_with_yesterdays_papers_and_todays_date_is_stale(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, 2, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(1, 2, on=TUESDAY)

    report = pulled(catalog, source, DUE + DAY + MINUTE)

    stale = line(catalog, TUESDAY)
    assert (stale.state, stale.tries, stale.next_try) == (ListingState.STALE, 1, DUE + DAY + 11 * MINUTE)
    assert (report.failures, listed(catalog)) == ([], [("01", "11-23"), ("02", "11-23")])


def test_each_category_is_judged_by_itself(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.AI": listing(1, on=MONDAY), "cs.LG": listing(2, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds = {"cs.AI": listing(1, on=TUESDAY), "cs.LG": listing(3, 1, on=TUESDAY, kind=Listing.CROSS)}

    pulled(catalog, source, DUE + DAY)

    assert [line(catalog, TUESDAY, part).state for part in source.parts] == [ListingState.STALE, ListingState.FRESH]


def test_a_stale_feed_is_left_alone_for_ten_minutes_and_then_comes(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + DAY)
    pulled(catalog, source, DUE + DAY + 9 * MINUTE)
    source.feeds["cs.LG"] = listing(2, on=MONDAY)  # the declared date lags behind

    pulled(catalog, source, DUE + DAY + 10 * MINUTE)

    assert source.asked == ["feed cs.LG"] * 3
    assert listed(catalog) == [("01", "11-23"), ("02", "11-24")]


def test_after_the_patience_the_page_is_read(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(2, 3, on=TUESDAY, announced=3)})
    pulled(catalog, source, DUE)

    report = pulled(catalog, source, DUE + DAY + 45 * MINUTE)

    found = line(catalog, TUESDAY)
    assert (found.state, found.way, found.expected, found.fetched) == (ListingState.FRESH, Way.PAGE, 3, 2)
    assert report.notes == ["arxiv cs.LG: the feed had no new listing, so its page was read instead"]
    assert listed(catalog) == [("01", "11-23"), ("02", "11-24"), ("03", "11-24")]


def test_a_feed_out_of_reach_is_made_up_for_by_the_page(catalog: Catalog) -> None:
    source = Announced(pages={"cs.LG": listing(2, on=MONDAY)})

    report = pulled(catalog, source, DUE + HOUR)

    assert (line(catalog, MONDAY).state, report.failures) == (ListingState.FRESH, [])


def test_where_neither_can_be_read_the_ledger_tells_what_is_wrong_with_the_feed(catalog: Catalog) -> None:
    missing = SourceUnreachable("arxiv.org", "answers 404 Not Found", hint="correct it")
    source = Announced(feeds={"cs.LG": unreachable()}, pages={"cs.LG": missing})

    pulled(catalog, source, DUE + 10 * MINUTE)
    pulled(catalog, source, DUE + 50 * MINUTE)

    assert (line(catalog, MONDAY).state, line(catalog, MONDAY).message) == (ListingState.FAILED, "does not answer")


def test_an_empty_feed_is_explained_by_the_page_at_once(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(on=TUESDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(on=TUESDAY)

    told = pulled(catalog, source, DUE + DAY).notes

    quiet = line(catalog, TUESDAY)
    assert told == []
    assert (quiet.state, quiet.expected, source.asked[1:]) == (ListingState.FRESH, 0, ["feed cs.LG", "page cs.LG"])


def test_an_empty_page_of_another_day_explains_nothing(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(on=TUESDAY)

    pulled(catalog, source, DUE + DAY)

    assert line(catalog, TUESDAY).state is ListingState.STALE


def test_a_listing_that_does_not_come_is_given_up_and_told_once(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)

    reports = [pulled(catalog, source, DUE + DAY + n * HOUR) for n in range(9)]

    told = [(f.subject, f.message) for report in reports for f in report.failures]
    assert told == [("arxiv cs.LG", "the listing announced on 23 Nov has not come: 7 tries since 05:00 UTC")]
    assert line(catalog, TUESDAY).tries == 9


def test_what_comes_after_it_was_given_up_is_not_lost(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + DAY + 7 * HOUR)
    source.feeds["cs.LG"] = listing(2, on=TUESDAY)

    pulled(catalog, source, DUE + DAY + 9 * HOUR)

    assert listed(catalog) == [("01", "11-23"), ("02", "11-24")]
    assert line(catalog, TUESDAY).state is ListingState.FRESH


def test_of_a_category_nobody_read_before_an_older_date_is_believed(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=date(2026, 11, 20))}, pages={"cs.LG": listing(1, on=date(2026, 11, 20))})

    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=MONDAY)
    pulled(catalog, source, DUE + HOUR)

    assert listed(catalog) == [("01", "11-20"), ("02", "11-23")]


def test_a_replacement_in_a_new_version_is_news_and_the_same_again_is_not(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(1, on=TUESDAY, kind=Listing.REPLACE)
    pulled(catalog, source, DUE + DAY)

    pulled(catalog, source, DUE + 2 * DAY)

    assert [line(catalog, day).state for day in (TUESDAY, WEDNESDAY)] == [ListingState.FRESH, ListingState.STALE]
    assert (line(catalog, TUESDAY).expected, listed(catalog)) == (0, [("01", "11-23"), ("01", "11-24")])


def test_a_cut_feed_raises_an_alarm_and_its_page_is_read_for_the_rest(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY, is_cut=True)}, pages={"cs.LG": listing(1, 2, 3, on=MONDAY)})

    report = pulled(catalog, source, DUE)

    found = line(catalog, MONDAY)
    assert (found.expected, found.fetched, found.is_cut) == (3, 3, False)
    assert [(f.subject, f.message) for f in report.failures] == [
        ("arxiv cs.LG", "the feed was cut at arXiv's limit, and its page read for the rest: 3 papers in all")
    ]


def test_a_page_that_has_less_than_it_says_takes_no_alarm_of_a_cut_feed_back(catalog: Catalog) -> None:
    cut = Failure("arxiv cs.LG", "the feed was cut", "see")
    feeds = {"cs.LG": listing(1, on=MONDAY, is_cut=True, failures=(cut,))}

    report = pulled(catalog, Announced(feeds=feeds, pages={"cs.LG": listing(1, 2, on=MONDAY, is_cut=True)}), DUE)

    assert (report.failures, line(catalog, MONDAY).is_cut) == ([cut], True)


def test_of_two_cut_feeds_each_has_its_alarm(catalog: Catalog) -> None:
    names = ("cs.AI", "cs.LG")
    feeds = {name: listing(number, on=MONDAY, is_cut=True) for number, name in enumerate(names, 1)}
    pages = {"cs.AI": listing(1, 3, on=MONDAY), "cs.LG": listing(2, 4, 5, on=MONDAY)}

    report = pulled(catalog, Announced(parts=names, feeds=feeds, pages=pages), DUE)

    told = [(failure.subject, failure.message.rpartition(": ")[2]) for failure in report.failures]
    assert told == [("arxiv cs.AI", "2 papers in all"), ("arxiv cs.LG", "3 papers in all")]


def test_a_cut_feed_whose_page_cannot_be_read_is_asked_for_again(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY, is_cut=True)})
    told = pulled(catalog, source, DUE).notes
    before = line(catalog, MONDAY)
    source.pages["cs.LG"] = listing(1, 2, 3, on=MONDAY)

    pulled(catalog, source, DUE + HOUR)

    after = line(catalog, MONDAY)
    assert told[:1] == ["arxiv cs.LG: its page could not be read either: does not answer"]
    assert (before.state, after.state, after.fetched) == (ListingState.FAILED, ListingState.FRESH, 3)
    assert listed(catalog) == [("01", "11-23"), ("02", "11-23"), ("03", "11-23")]


def test_a_cut_feed_that_lacked_nothing_is_in_once_its_page_says_so(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, 2, on=MONDAY, is_cut=True)})
    pulled(catalog, source, DUE)
    source.pages["cs.LG"] = listing(1, 2, on=MONDAY)

    pulled(catalog, source, DUE + HOUR)

    assert (line(catalog, MONDAY).state, line(catalog, MONDAY).fetched) == (ListingState.FRESH, 2)
    assert listed(catalog) == [("01", "11-23"), ("02", "11-23")]


def test_a_feed_that_ends_in_the_middle_is_no_answer(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY, is_broken_off=True)})
    report = pulled(catalog, source, DUE)
    before = listed(catalog)
    source.feeds["cs.LG"] = listing(1, 2, 3, on=MONDAY)

    pulled(catalog, source, DUE + 10 * MINUTE)

    assert [f.message for f in report.failures] == ["its feed ends in the middle"]
    assert (before, listed(catalog)) == ([], [("01", "11-23"), ("02", "11-23"), ("03", "11-23")])


@pytest.mark.parametrize(("has_pages", "after"), [(False, [("01", "11-23")]), (True, [])])
def test_a_feed_that_still_ends_in_the_middle_counts_in_the_end_where_there_is_no_page(
    catalog: Catalog, has_pages: bool, after: list[tuple[str, str]]
) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY, is_broken_off=True)}, has_pages=has_pages)
    pulled(catalog, source, DUE)
    before = listed(catalog)

    pulled(catalog, source, DUE + 6 * HOUR)

    assert (before, listed(catalog)) == ([], after)


def test_a_part_that_fails_is_told_once_a_listing_and_the_other_comes(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.LG": listing(1, on=MONDAY)})

    first, second = pulled(catalog, source, DUE), pulled(catalog, source, DUE + 10 * MINUTE)

    assert [(f.subject, f.message) for f in first.failures] == [("arxiv cs.AI", "does not answer")]
    assert (second.failures, second.sources[0].state) == ([], "unchanged")
    assert line(catalog, MONDAY, "cs.AI").tries == 2


def test_the_cursor_is_stored_with_the_papers_it_stands_for(catalog: Catalog) -> None:
    pulled(catalog, Announced(feeds={"cs.LG": listing(1, on=MONDAY)}), DUE)

    assert catalog.sources.cursor("arxiv") == f"read to {MONDAY}"


# --- days without an announcement -------------------------------------------------------------------------------------


def test_on_a_saturday_nothing_is_asked_and_the_ledger_says_why(catalog: Catalog) -> None:
    saturday = date(2026, 11, 21)
    source = Announced(feeds={"cs.LG": listing(1, on=saturday - DAY)})
    pulled(catalog, source, DUE - 3 * DAY)

    pulled(catalog, source, DUE - 2 * DAY + HOUR)

    assert (source.asked, line(catalog, saturday).state) == (["feed cs.LG"], ListingState.EMPTY)


def test_after_thanksgiving_nothing_is_missed(catalog: Catalog) -> None:
    friday = date(2026, 11, 27)
    source = Announced(feeds={"cs.LG": listing(1, on=friday - DAY)})
    pulled(catalog, source, DUE + 3 * DAY)
    pulled(catalog, source, DUE + 4 * DAY + HOUR)
    source.feeds["cs.LG"] = listing(2, on=date(2026, 11, 30))

    report = pulled(catalog, source, DUE + 7 * DAY)

    assert (line(catalog, friday).state, source.asked) == (ListingState.HOLIDAY, ["feed cs.LG"] * 2)
    assert report.notes == []


def test_a_sunday_that_may_be_a_holiday_alarms_nobody_and_is_settled_by_the_page_of_past_days(catalog: Catalog) -> None:
    friday, monday = datetime(2026, 7, 3, 4, tzinfo=UTC), datetime(2026, 7, 6, 4, tzinfo=UTC)
    source = Announced(feeds={"cs.LG": listing(1, on=friday.date())}, pages={"cs.LG": listing(1, on=friday.date())})
    pulled(catalog, source, friday)
    alarms = pulled(catalog, source, monday + 6 * HOUR).failures
    source.feeds["cs.LG"] = listing(2, on=date(2026, 7, 7))
    source.past["cs.LG"] = {date(2026, 7, 7): listing(2, on=date(2026, 7, 7)), friday.date(): listing(1, on=friday.date())}

    report = pulled(catalog, source, monday + DAY)

    assert (alarms, report.failures, report.notes) == ([], [], [])
    assert line(catalog, monday.date()).state is ListingState.EMPTY


def test_a_holiday_that_nobody_published_is_no_gap_for_ever(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, pages={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + DAY)
    source.feeds["cs.LG"] = listing(2, on=WEDNESDAY)
    source.past["cs.LG"] = {WEDNESDAY: listing(2, on=WEDNESDAY), MONDAY: listing(1, on=MONDAY)}

    pulled(catalog, source, DUE + 2 * DAY)

    assert [line(catalog, day).state for day in (TUESDAY, WEDNESDAY)] == [ListingState.EMPTY, ListingState.FRESH]


def test_a_year_whose_holidays_nobody_knows_is_told_of(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=date(2027, 3, 2))})

    report = pulled(catalog, source, datetime(2027, 3, 2, 5, tzinfo=UTC))

    assert report.notes == [
        "arxiv: arXiv's holidays of 2027 are not known here, so a holiday looks like a stale listing; add them to its [[sources]], "
        'as in holidays = ["2027-12-25"] (info.arxiv.org/help/availability.html)'
    ]


# --- what was missed --------------------------------------------------------------------------------------------------


def test_missed_days_are_read_from_the_page_each_paper_once_under_its_day(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(4, on=date(2026, 11, 26))
    source.past["cs.LG"] = {
        date(2026, 11, 26): listing(4, on=date(2026, 11, 26)),
        WEDNESDAY: listing(3, 2, on=WEDNESDAY),
        TUESDAY: listing(2, 1, on=TUESDAY),
        MONDAY: listing(1, on=MONDAY),
    }

    report = pulled(catalog, source, DUE + 3 * DAY)

    assert listed(catalog) == [("01", "11-23"), ("02", "11-24"), ("03", "11-25"), ("04", "11-26")]
    assert report.notes == ["arxiv cs.LG: missed the listings of 24 Nov, 25 Nov, and read them now: 2 papers"]
    assert [line(catalog, day).way for day in (TUESDAY, WEDNESDAY)] == [Way.PAST, Way.PAST]


def test_a_missed_day_that_the_page_of_past_days_does_not_have_yet_is_no_holiday(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)
    source.past["cs.LG"] = {MONDAY: listing(1, on=MONDAY)}
    pulled(catalog, source, DUE + 2 * DAY)
    source.past["cs.LG"] = {TUESDAY: listing(2, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}

    pulled(catalog, source, DUE + 2 * DAY + HOUR)

    assert ("02", "11-24") in listed(catalog)


def test_what_a_page_of_past_days_could_not_read_is_told_of_the_days_that_were_missed(catalog: Catalog) -> None:
    told, known = Failure("arxiv", "a paper of Tuesday has no title", ""), Failure("arxiv", "a paper of Monday has no title", "")
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(4, on=WEDNESDAY)
    source.past["cs.LG"] = {TUESDAY: listing(2, on=TUESDAY, failures=(told,)), MONDAY: listing(1, 3, on=MONDAY, failures=(known,))}

    report = pulled(catalog, source, DUE + 2 * DAY)

    assert report.failures == [told]
    assert ("03", "11-23") in listed(catalog)


def test_of_a_source_without_pages_a_missed_day_is_known_to_be_lost_and_nothing_is_asked_in_vain(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, has_pages=False)
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)

    pulled(catalog, source, DUE + 2 * DAY)

    assert line(catalog, TUESDAY).message == "its listing was missed, and its past ones cannot be read here"
    assert source.asked == ["feed cs.LG", "feed cs.LG"]


def test_of_a_source_without_pages_none_is_asked_for_however_late_a_listing_is(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, has_pages=False)

    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + DAY + HOUR)

    assert source.asked == ["feed cs.LG", "feed cs.LG"]


def test_a_feed_that_shows_nothing_new_after_an_outage_needs_no_page_at_once(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})

    pulled(catalog, source, DUE)
    pulled(catalog, source, DUE + 2 * DAY)

    assert source.asked == ["feed cs.LG", "past cs.LG", "feed cs.LG"]


def test_a_stale_feed_after_an_outage_is_not_taken_for_todays(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=WEDNESDAY)  # Tuesday's papers
    source.past["cs.LG"] = {TUESDAY: listing(2, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}

    pulled(catalog, source, DUE + 2 * DAY)

    assert (line(catalog, WEDNESDAY).state, listed(catalog)) == (ListingState.STALE, [("01", "11-23"), ("02", "11-24")])


def test_a_stale_feed_with_replacements_that_the_page_of_past_days_left_out_is_stale_all_the_same(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    tuesday, again = listing(2, on=WEDNESDAY), listing(1, on=WEDNESDAY, kind=Listing.REPLACE)
    source.feeds["cs.LG"] = replace(tuesday, sightings=(*tuesday.sightings, *again.sightings))  # of Tuesday, and it says Wednesday
    source.past["cs.LG"] = {TUESDAY: listing(2, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}
    pulled(catalog, source, DUE + 2 * DAY)
    before = line(catalog, WEDNESDAY).state

    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)
    pulled(catalog, source, DUE + 2 * DAY + HOUR)

    assert (before, line(catalog, WEDNESDAY).state) == (ListingState.STALE, ListingState.FRESH)
    assert ("03", "11-25") in listed(catalog)


def test_replacements_alone_say_nothing_after_days_that_were_read_without_theirs_until_the_page_tells(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(1, on=WEDNESDAY, kind=Listing.REPLACE)
    source.pages["cs.LG"] = listing(1, on=TUESDAY, kind=Listing.REPLACE)
    source.past["cs.LG"] = {TUESDAY: listing(on=TUESDAY), MONDAY: listing(1, on=MONDAY)}
    states = []

    for minutes, shown in ((0, TUESDAY), (50, TUESDAY), (120, WEDNESDAY)):
        source.pages["cs.LG"] = listing(1, on=shown, kind=Listing.REPLACE)
        pulled(catalog, source, DUE + 2 * DAY + minutes * MINUTE)
        states.append(line(catalog, WEDNESDAY).state)

    assert states == [ListingState.STALE, ListingState.STALE, ListingState.FRESH]


def test_missed_days_that_cannot_be_read_are_told_once_and_tried_again(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)
    first, second = (pulled(catalog, source, DUE + 2 * DAY + n * HOUR) for n in (0, 1))
    source.past["cs.LG"] = {WEDNESDAY: listing(3, on=WEDNESDAY), TUESDAY: listing(2, on=TUESDAY)}

    pulled(catalog, source, DUE + 2 * DAY + 2 * HOUR)

    assert [[f.message for f in report.failures] for report in (first, second)] == [
        ["missed listings could not be read: arxiv.org: does not answer"],
        [],
    ]
    assert listed(catalog) == [("01", "11-23"), ("03", "11-25"), ("02", "11-24")]


def test_a_missed_day_is_read_later_also_where_the_listing_that_is_due_is_in(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = source.pages["cs.LG"] = listing(3, on=WEDNESDAY)
    pulled(catalog, source, DUE + 2 * DAY)
    before = listed(catalog)
    source.past["cs.LG"] = {TUESDAY: listing(2, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}

    pulled(catalog, source, DUE + 2 * DAY + HOUR - MINUTE)
    pulled(catalog, source, DUE + 2 * DAY + HOUR)

    assert (before, listed(catalog)[2:]) == ([("01", "11-23"), ("03", "11-25")], [("02", "11-24")])
    assert source.asked == ["feed cs.LG", "past cs.LG", "feed cs.LG", "page cs.LG", "past cs.LG"]


def test_of_days_that_were_not_missed_only_one_that_came_in_before_gets_what_the_page_of_past_days_knows_more(catalog: Catalog) -> None:
    source = Announced(past={"cs.LG": {day: listing(n, on=day) for n, day in enumerate((MONDAY, TUESDAY, WEDNESDAY), 1)}})
    blank = LedgerLine(source="arxiv", part="cs.LG", day=TUESDAY, state=ListingState.STALE, first_tried=DUE, tried_at=DUE)
    lines = {MONDAY: replace(blank, day=MONDAY), WEDNESDAY: replace(blank, day=WEDNESDAY, state=ListingState.FRESH)}
    missing = Missing("cs.LG", {TUESDAY: blank}, lines, frozenset(), WEDNESDAY)

    assert [line.day for line, _ in recover(parts_of(catalog, source), source, missing, Report(DUE + 2 * DAY))] == [TUESDAY]


def test_a_category_that_is_new_has_missed_nothing(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    both = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.AI": listing(7, on=TUESDAY), "cs.LG": listing(2, on=TUESDAY)})

    pulled(catalog, both, DUE + DAY)

    assert both.asked == ["feed cs.AI", "feed cs.LG"]


class Details:
    """arXiv's API, which knows when papers came in."""

    def __init__(self, submitted: dict[str, str]) -> None:
        self._submitted = submitted

    def batches(self, arxiv_ids: object, /) -> object:
        for number, at in self._submitted.items():
            key = f"arxiv:2611.{number}"
            yield (a_paper(key, f"Found {number}", published=datetime.fromisoformat(at), authors=(Author("Ana Silva"),)),)


def test_days_older_than_the_page_are_read_from_their_month_by_when_papers_came_in(catalog: Catalog) -> None:
    first, now = date(2026, 11, 9), datetime(2026, 11, 20, 5, tzinfo=UTC)
    source = Announced(feeds={"cs.LG": listing(1, on=first)})
    pulled(catalog, source, datetime(2026, 11, 9, 5, tzinfo=UTC))
    source.feeds["cs.LG"] = listing(9, on=now.date())
    source.past["cs.LG"] = {date(2026, 11, day): listing(day, on=date(2026, 11, day)) for day in (13, 16, 17, 18, 19, 20)}
    unread = Failure("arxiv", "a paper of November has no title", "")
    source.months["cs.LG", 11] = listing(1, 2, 3, 4, 5, 6, 7, 13, on=date(2026, 11, 1), failures=(unread,))
    # The fourth would have been listed on Friday, 6 Nov; the fifth on Monday, 9 Nov, and was held. Of the sixth arXiv says nothing.
    submitted = {"00002": "2026-11-09T15:00:00+00:00", "00003": "2026-11-10T20:00:00+00:00"}
    submitted |= {"00004": "2026-11-05T15:00:00+00:00", "00005": "2026-11-06T15:00:00+00:00"}
    submitted["00007"] = submitted["00002"]  # known by another category
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00007")), NOON)
    parts, report = replace(parts_of(catalog, source), details=Details(submitted)), Report(now)

    fetch(parts, report)

    assert (report.failures, source.asked.count("month cs.LG 2026-11")) == ([unread], 1)
    read = [("02", "11-10"), ("05", "11-10"), ("03", "11-12")]
    assert [found for found in listed(catalog) if found[0] < "09"] == [("01", "11-09"), ("07", "11-23"), *read]
    assert [line(catalog, date(2026, 11, day)).state for day in (10, 11, 12)] == [ListingState.FRESH] * 3
    (then,) = standings(parts, datetime(2026, 11, 12, 6, tzinfo=UTC))
    assert then.sentence == "1 announced on 11 Nov, 1 new"


# --- what is still waited for -----------------------------------------------------------------------------------------


def test_what_is_due_and_not_in_is_waited_for_until_it_is_given_up(catalog: Catalog) -> None:
    source = Announced(parts=("cs.AI", "cs.LG"), feeds={"cs.AI": listing(1, on=MONDAY), "cs.LG": listing(2, on=MONDAY)})
    parts = parts_of(catalog, source)
    pulled(catalog, source, DUE)
    source.feeds["cs.AI"] = listing(3, on=TUESDAY)
    pulled(catalog, source, DUE + DAY)

    waiting = awaited(parts, DUE + DAY + HOUR)

    assert [(one.name, one.deadline) for one in waiting] == [("arxiv cs.LG", DUE + DAY + 6 * HOUR)]
    assert [len(awaited(parts, now)) for now in (DUE + HOUR, DUE + DAY + HOUR, DUE + DAY + 6 * HOUR)] == [0, 1, 0]


def test_a_category_that_nobody_knows_is_waited_for_once_it_has_brought_papers(catalog: Catalog) -> None:
    source = Announced(parts=("cs.NEW", "cs.LQ"), feeds={"cs.NEW": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)

    waiting = awaited(parts_of(catalog, source), DUE + DAY + HOUR)

    assert [one.name for one in waiting] == ["arxiv cs.NEW"]


def test_a_sunday_that_may_be_a_holiday_is_not_waited_for_long(catalog: Catalog) -> None:
    parts, monday = parts_of(catalog, Announced()), datetime(2026, 7, 6, 4, tzinfo=UTC)

    assert [one.deadline for one in awaited(parts, monday)] == [monday + 45 * MINUTE]


def test_where_arxivs_pages_are_out_of_reach_no_paper_of_a_feed_is_lost_and_the_listing_is_still_asked_for(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=WEDNESDAY)  # Tuesday's or Wednesday's, nobody can say
    pulled(catalog, source, DUE + 2 * DAY)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)

    pulled(catalog, source, DUE + 2 * DAY + HOUR)

    found = line(catalog, WEDNESDAY)
    assert listed(catalog) == [("01", "11-23"), ("02", "11-25"), ("03", "11-25")]
    assert catalog.sources.cursor("arxiv") == "read to 2026-11-25"
    assert (found.state, found.message, found.marks) == (ListingState.FAILED, "does not answer", {"arxiv:2611.00002", "arxiv:2611.00003"})


@pytest.mark.parametrize(
    ("days", "shown", "paper", "taken", "state"),
    [
        (2, TUESDAY, 2, [("02", "11-24")], ListingState.STALE),  # the day that was missed, and the feed may be stale
        (2, WEDNESDAY, 3, [("03", "11-25")], ListingState.FRESH),
        (2, MONDAY, 1, [], ListingState.STALE),
        (3, TUESDAY, 2, [("02", "11-24")], ListingState.STALE),  # Wednesday was missed as well, and the feed may be of that
    ],
)
def test_while_a_day_is_missed_the_page_says_whose_papers_the_feed_has(
    catalog: Catalog, days: int, shown: date, paper: int, taken: list[tuple[str, str]], state: ListingState
) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    due = MONDAY + days * DAY
    source.feeds["cs.LG"] = listing(3 if days == 3 or shown == WEDNESDAY else 2, on=due)
    source.pages["cs.LG"] = listing(paper, on=shown)

    pulled(catalog, source, DUE + days * DAY)

    assert listed(catalog) == [("01", "11-23"), *taken]
    # Its validators are kept once all that it has is told apart.
    assert catalog.sources.cursor("arxiv") == ("read to 2026-11-25" if (days, shown) == (2, TUESDAY) else "read to 2026-11-23")
    assert (line(catalog, due).state, line(catalog, due).tries) == (state, 1 if state is ListingState.STALE else 0)


def test_while_no_page_says_whose_papers_the_feed_has_they_are_left_there_and_that_is_told_once(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=WEDNESDAY)
    source.pages["cs.LG"] = listing(1, on=MONDAY)

    reports = [pulled(catalog, source, DUE + 2 * DAY + n * HOUR) for n in (0, 1)]

    found = line(catalog, WEDNESDAY)
    assert (found.tries, found.tried_at, catalog.sources.cursor("arxiv")) == (2, DUE + 2 * DAY + HOUR, "read to 2026-11-23")
    late = "arxiv cs.LG: what was announced on 24 Nov is not there yet; it is asked again at the next run"
    assert [report.notes for report in reports] == [[late], []]


def test_what_was_taken_under_another_day_is_not_taken_again_when_its_own_is_read(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(2, on=WEDNESDAY)  # Tuesday's, and no page can tell
    pulled(catalog, source, DUE + 2 * DAY)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)
    source.past["cs.LG"] = {WEDNESDAY: listing(3, on=WEDNESDAY), TUESDAY: listing(2, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}

    for n in (1, 2, 25):
        pulled(catalog, source, DUE + 2 * DAY + n * HOUR)

    assert listed(catalog) == [("01", "11-23"), ("02", "11-25"), ("03", "11-25")]
    assert [line(catalog, day).state for day in (TUESDAY, WEDNESDAY)] == [ListingState.FRESH] * 2


def test_a_listing_whose_papers_were_taken_before_its_page_could_be_read_is_in_once_the_page_names_its_day(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)})
    pulled(catalog, source, DUE)
    source.feeds["cs.LG"] = listing(3, on=WEDNESDAY)  # Tuesday was missed, and no page can tell whose this is
    pulled(catalog, source, DUE + 2 * DAY)
    source.pages["cs.LG"] = listing(3, on=WEDNESDAY)
    source.past["cs.LG"] = {WEDNESDAY: listing(3, on=WEDNESDAY), TUESDAY: listing(2, on=TUESDAY), MONDAY: listing(1, on=MONDAY)}

    reports = [pulled(catalog, source, DUE + 2 * DAY + n * HOUR) for n in (1, 7)]

    assert listed(catalog) == [("01", "11-23"), ("03", "11-25"), ("02", "11-24")]
    assert (line(catalog, WEDNESDAY).state, line(catalog, WEDNESDAY).fetched) == (ListingState.FRESH, 1)
    assert [failure.message for report in reports for failure in report.failures] == []


# --- a catalog that begins in the midst of things -----------------------------------------------------------------------


def test_who_resumes_from_a_day_gets_the_listings_since_then_though_the_catalog_is_new(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(3, on=WEDNESDAY)})
    source.past["cs.LG"] = {day: listing(n, on=day) for n, day in ((1, MONDAY), (2, TUESDAY), (3, WEDNESDAY))}
    catalog.resuming.begin(TUESDAY, DUE)

    pulled(catalog, source, DUE + 2 * DAY)

    assert sorted(listed(catalog)) == [("02", "11-24"), ("03", "11-25")]


def test_a_first_day_that_is_long_past_makes_no_gaps_for_a_part_that_is_new(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(3, on=WEDNESDAY)})
    catalog.resuming.begin(date(2025, 1, 2), DUE)

    pulled(catalog, source, DUE + 2 * DAY)

    assert source.asked == ["feed cs.LG"]
