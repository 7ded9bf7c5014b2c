"""A catalog of two years answers as one of a week does: what is asked every day reads by an index, and no more than it needs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import UniqueConstraint

from digest.catalog import Catalog
from digest.catalog.papers.archive import shuffled
from digest.catalog.schema import metadata
from digest.delivery.allowance import Quota
from digest.errors import NotFound
from digest.model import Cadence, Every, Facts, Listing, Newcomer
from digest.run import Report, learn_liked

from .builders import NOON, a_batch, a_paper, a_profile, a_subscription
from .catalog_rooms import a_draft, papers_in, paused, published
from .query_plans import plans, read_whole
from .run_parts import parts_with

DAY = timedelta(days=1)
BIG = ("papers", "paper_keys", "sightings", "seen", "picks", "issues", "deliveries")


def test_a_search_goes_through_the_papers_by_date_and_ends_where_there_are_enough(catalog: Catalog) -> None:
    steps = plans(catalog, lambda it: it.papers.search_pool(10, ("foxes", "hens")))

    assert steps == ("SCAN papers USING INDEX ix_papers_published",)


def test_papers_that_were_found_are_not_looked_for_once_more_to_name_them(catalog: Catalog) -> None:
    papers_in(catalog, 1, 2)

    steps = plans(catalog, lambda it: it.papers.search_pool(10, ("fox",)))

    assert steps == ("SCAN papers USING INDEX ix_papers_published", "SEARCH paper_keys USING INDEX ix_paper_keys_paper (paper=?)")


def test_a_day_with_an_old_reader_and_a_new_one_reads_no_more_than_both_need(catalog: Catalog) -> None:
    papers_in(catalog, 1, 2)

    steps = plans(catalog, lambda it: it.papers.pools({None, 1}, NOON))

    assert read_whole(steps, *BIG) == []
    assert steps[:2] == (
        "SEARCH papers USING INDEX ix_papers_listed_seq (listed_seq>?)",
        "SEARCH papers USING INDEX ix_papers_listed_at (listed_at>?)",
    )


def test_works_of_other_years_are_looked_up_by_names_and_titles(catalog: Catalog) -> None:
    old = a_paper("arxiv:5.3", "Where foxes sleep in winter", published=NOON - 330 * DAY)
    new = replace(old, key="doi:10.5555/a", ids=("doi:10.5555/a",), published=NOON)
    catalog.papers.record(a_batch(old, new), NOON)

    steps = plans(catalog, lambda it: it.papers.republished([new.key]))

    assert catalog.papers.republished([new.key]) == {new.key: {old.key}}
    assert [step for step in steps if step.startswith("SCAN")] == []


def test_the_background_sorts_numbers_and_reads_the_papers_it_gives(catalog: Catalog) -> None:
    papers_in(catalog, 1, 2, 3)

    steps = plans(catalog, lambda it: it.papers.background(NOON, 2))

    assert steps == (
        "SEARCH papers USING INDEX ix_papers_listed_at (listed_at>? AND listed_at<?)",
        "USE TEMP B-TREE FOR ORDER BY",
        "SEARCH papers USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH paper_keys USING INDEX ix_paper_keys_paper (paper=?)",
    )


def test_the_summaries_of_a_letter_are_looked_up_by_its_papers(catalog: Catalog) -> None:
    some = papers_in(catalog, 1, 2)

    steps = plans(catalog, lambda it: it.summaries.find("m-1", some))

    assert read_whole(steps, "papers", "paper_keys", "summaries") == []


def test_what_may_leave_now_is_counted_among_the_letters_and_invitations_of_a_day(catalog: Catalog) -> None:
    quota = Quota(sender="digest@example.org", server="smtp.example.org", daily_limit=500)

    steps = plans(catalog, lambda it: it.quota_outbox(quota).allowed(NOON))

    assert read_whole(steps, "deliveries", "subscribers") == []


def test_where_no_letter_was_lost_to_a_limit_the_letters_that_wait_are_not_sorted_to_take_some(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    outbox = catalog.quota_outbox(Quota(sender="digest@example.org", server="smtp.example.org", daily_limit=500))

    steps = plans(catalog, lambda it: outbox.claim(NOON, "host:1:a", 100, timedelta(minutes=5)))

    assert steps[steps.index("SEARCH deliveries USING INDEX ix_deliveries_due (due>? AND due<?)") + 1 :] == (
        "SEARCH issues USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH subscriptions USING INTEGER PRIMARY KEY (rowid=?)",
        "SEARCH subscribers USING INTEGER PRIMARY KEY (rowid=?)",
    )


def test_papers_without_an_abstract_are_looked_for_among_the_newest(catalog: Catalog) -> None:
    steps = plans(catalog, lambda it: it.papers.without_abstract(NOON - DAY))

    assert "SEARCH papers USING INDEX ix_papers_listed_at (listed_at>?)" in steps


def test_what_is_voted_on_is_looked_for_among_the_lists_of_two_weeks(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper(facts=Facts(votes=3))), NOON)

    steps = plans(catalog, lambda it: it.papers.listing("trending", None, NOON))

    assert read_whole(steps, *BIG) == []
    assert "SEARCH sightings USING INDEX ix_sightings_recorded_at (recorded_at>?)" in steps


def test_a_first_issue_looks_at_the_sightings_of_its_days_alone(catalog: Catalog) -> None:
    papers_in(catalog, 1)

    steps = plans(catalog, lambda it: (it.papers.listing("cs.LG", None, NOON), it.papers.sighted({None, 1}, NOON)))

    assert steps.count("SEARCH sightings USING INDEX ix_sightings_recorded_at (recorded_at>?)") == 3
    assert "SEARCH sightings USING INTEGER PRIMARY KEY (rowid>?)" not in steps


def test_the_archive_is_drawn_from_without_reading_it_all(catalog: Catalog) -> None:
    old = [a_paper(f"arxiv:2401.{n:05}", f"On fox number {n}", published=NOON - 200 * DAY) for n in range(1200)]
    catalog.papers.record(a_batch(*old), NOON - 190 * DAY)

    steps = plans(catalog, lambda it: it.papers.archive(NOON, 20))

    assert read_whole(steps, *BIG) == []
    assert steps.count("SEARCH papers USING INTEGER PRIMARY KEY (rowid=?)") == 2  # one of 500 numbers to draw, one to read


def test_a_young_catalog_is_not_gone_through_for_an_archive_that_it_lacks(catalog: Catalog) -> None:
    new = [a_paper(f"arxiv:2611.{n:05}", f"On fox number {n}", published=NOON - 3 * DAY) for n in range(600)]
    catalog.papers.record(a_batch(*new), NOON - 2 * DAY)

    steps = plans(catalog, lambda it: it.papers.archive(NOON, 20))

    assert "SEARCH papers USING INDEX ix_papers_published (published>? AND published<?)" in steps
    assert "SEARCH papers USING INTEGER PRIMARY KEY (rowid=?)" not in steps


def test_papers_that_come_in_do_not_change_what_the_day_draws(catalog: Catalog) -> None:
    old = [a_paper(f"arxiv:2401.{n:05}", f"On fox number {n}", published=NOON - 200 * DAY) for n in range(40)]
    catalog.papers.record(a_batch(*old), NOON - 190 * DAY)
    before = catalog.papers.archive(NOON, 5)

    papers_in(catalog, 1, 2, 3)

    assert catalog.papers.archive(NOON, 5) == before


@given(st.integers(0, 3000), st.dates())
def test_a_shuffled_day_has_every_number_once(last: int, day: date) -> None:
    numbers = list(shuffled(last, day))

    assert len(numbers) == len(set(numbers))
    assert set(numbers).issuperset(range(last + 1))


def test_what_readers_saw_of_some_papers_is_asked_paper_by_paper(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    reader = issue.subscription.subscriber.id

    steps = plans(catalog, lambda it: it.issues.seen([reader], ["arxiv:2611.00001"]))

    assert steps == (
        "SEARCH paper_keys USING INDEX sqlite_autoindex_paper_keys_1 (key=?)",
        "SEARCH seen USING COVERING INDEX sqlite_autoindex_seen_1 (subscriber=? AND paper=?)",
    )


def test_what_readers_saw_is_asked_of_their_issues_of_two_months(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")

    steps = plans(catalog, lambda it: it.issues.standing([issue.subscription.id]))

    assert "SEARCH seen USING INDEX ix_seen_issue (issue=?)" in steps
    assert read_whole(steps, *BIG) == []


def test_what_became_of_papers_is_asked_of_the_issues_of_two_months(catalog: Catalog) -> None:
    (paper,) = papers_in(catalog, 1)
    (issue,) = published(catalog, "ana@example.org", papers=(paper,))
    reader = issue.subscription.subscriber.id
    catalog.papers.record(a_batch(replace(paper, version=2), kind=Listing.REPLACE), NOON + DAY)

    steps = plans(catalog, lambda it: (it.issues.changed([reader], NOON + DAY), it.issues.replaced([reader], NOON, NOON + DAY)))

    assert read_whole(steps, *BIG) == []
    assert "SEARCH seen USING INDEX sqlite_autoindex_seen_1 (subscriber=? AND paper=? AND section=?)" in steps
    assert "SEARCH seen USING INDEX sqlite_autoindex_seen_1 (subscriber=?)" not in steps


def test_what_two_letters_showed_of_one_work_is_not_looked_for_in_everybodys_letters(catalog: Catalog) -> None:
    one, other = a_paper(), a_paper("doi:10.1000/1", "Foxes through the winter")
    catalog.papers.record(a_batch(one, other), NOON)
    (issue,) = published(catalog, "ana@example.org", papers=(one, other))
    catalog.papers.record(a_batch(replace(one, version=2, ids=(one.key, other.key)), kind=Listing.REPLACE), NOON + DAY)

    steps = plans(catalog, lambda it: it.issues.changed([issue.subscription.subscriber.id], NOON + 2 * DAY))

    assert steps.count("SEARCH picks USING INDEX sqlite_autoindex_picks_1 (issue=?)") == 2
    assert "SEARCH picks USING INDEX ix_picks_paper (paper=?)" not in steps


def test_where_nothing_was_replaced_nobodys_papers_are_looked_through_for_it(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")

    steps = plans(catalog, lambda it: it.issues.replaced([issue.subscription.subscriber.id], NOON + DAY, NOON + DAY))

    assert steps == ("SEARCH sightings USING INDEX ix_sightings_recorded_at (recorded_at>?)",)


def test_who_is_erased_is_not_looked_for_in_all_issues_once_for_each_of_theirs(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")

    steps = plans(catalog, lambda it: it.rights.forget("ana@example.org", NOON))

    assert read_whole(steps, *BIG) == []
    assert "SEARCH issues USING INDEX ix_issues_picks_of (picks_of=?)" in steps


def test_what_is_known_of_a_reader_has_the_picks_of_all_their_issues_in_one_statement(catalog: Catalog) -> None:
    (issue,) = published(catalog, "ana@example.org")
    catalog.issues.publish([a_draft(issue.subscription, *papers_in(catalog, 3), day="2026-11-24")], NOON)

    steps = plans(catalog, lambda it: it.rights.about("ana@example.org"))

    assert steps.count("SEARCH picks USING INDEX sqlite_autoindex_picks_1 (issue=?)") == 1
    assert [len(one["picks"]) for one in catalog.rights.about("ana@example.org")["issues"]] == [2, 1]


def test_every_column_that_names_a_row_of_another_table_has_an_index_for_when_that_row_goes() -> None:
    leading = {
        (table.name, columns[0])
        for table in metadata.tables.values()
        for columns in [
            [column.name for column in table.primary_key],
            *([column.name for column in index.columns] for index in table.indexes),
            *([column.name for column in one.columns] for one in table.constraints if isinstance(one, UniqueConstraint)),
        ]
    }
    naming = {(table.name, key.parent.name) for table in metadata.tables.values() for key in table.foreign_keys}

    assert naming - leading == {("suppressions", "key")}  # keys of suppressions never go


def test_publishing_asks_for_the_periods_that_are_published_and_no_others(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1, 2)
    reader = catalog.subscribers.add(a_subscription("ana@example.org"), NOON)

    steps = plans(catalog, lambda it: it.issues.publish([a_draft(reader, *papers)], NOON))

    assert "SEARCH issues USING COVERING INDEX sqlite_autoindex_issues_1 (subscription=? AND period=?)" in steps
    assert read_whole(steps, *BIG) == []


def test_who_mistypes_an_address_does_not_have_everybody_read(catalog: Catalog) -> None:
    def mistyped(it: Catalog) -> None:
        with pytest.raises(NotFound):
            it.subscribers.remove("ana@example.com", None, NOON)

    steps = plans(catalog, lambda it: (mistyped(it), it.subscribers.some_addresses(5)))

    # In the order of the addresses, so that it ends with the last one that is named.
    first, second = read_whole(steps, "subscribers", "subscriptions")
    assert first == "SCAN subscribers USING COVERING INDEX sqlite_autoindex_subscribers_1"
    assert second == "SCAN subscribers USING INDEX sqlite_autoindex_subscribers_1"
    assert "SEARCH subscriptions USING INDEX sqlite_autoindex_subscriptions_1 (subscriber=?)" in steps


def test_the_groups_of_others_are_looked_for_among_those_who_are_in_one(catalog: Catalog) -> None:
    steps = plans(catalog, lambda it: it.groups.of_others("ana@example.org"))

    assert steps == (
        "SEARCH subscriptions USING INDEX ix_subscriptions_group_name (group_name>?)",
        "SEARCH subscribers USING INTEGER PRIMARY KEY (rowid=?)",
    )


def test_a_letter_that_came_back_is_found_by_the_issue_that_its_message_id_names(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")

    ours = plans(catalog, lambda it: it.bounces.letter_called(["<2026-11-23.1.00ff00ff00ff00ff@example.org>"]))
    foreign = plans(catalog, lambda it: it.bounces.letter_called(["<20261123.1.x@example.org>", "<a.b@example.org>"]))

    assert "SEARCH issues USING COVERING INDEX sqlite_autoindex_issues_1 (subscription=? AND period=?)" in ours
    assert read_whole(ours, *BIG) == []
    assert foreign == ()


def test_subscriptions_are_read_once_and_not_a_second_time_to_make_them(catalog: Catalog) -> None:
    for name in ("ana", "bo"):
        catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON)

    steps = plans(catalog, lambda it: it.subscribers.all())

    assert steps == ("SCAN subscriptions", "SEARCH subscribers USING INTEGER PRIMARY KEY (rowid=?)")


def test_what_readers_have_alike_is_made_once_for_all_of_them(catalog: Catalog) -> None:
    for name in ("ana", "bo"):
        catalog.subscribers.add(a_subscription(f"{name}@example.org"), NOON)

    ana, bo = catalog.subscribers.each()

    assert ana.cadence is bo.cadence


def test_who_has_a_library_is_asked_of_the_libraries(catalog: Catalog) -> None:
    steps = plans(catalog, lambda it: it.libraries.holders(NOON))

    assert read_whole(steps, "subscriptions", "subscribers") == []


def test_what_profiles_like_is_read_in_one_go_with_nothing_else_of_them(catalog: Catalog) -> None:
    for name in ("ana", "bo"):
        profile = a_profile("foxes", liked=("arxiv:2611.00001", f"arxiv:{name}"))
        catalog.subscribers.add(a_subscription(f"{name}@example.org", profile=profile), NOON)
    paused(catalog, "bo@example.org", NOON + DAY)

    steps = plans(catalog, lambda it: it.feedback.judged(NOON))

    assert catalog.feedback.judged(NOON) == {"arxiv:2611.00001", "arxiv:ana"}
    assert steps == ("SCAN subscriptions", "SEARCH subscribers USING INTEGER PRIMARY KEY (rowid=?)", "USE TEMP B-TREE FOR DISTINCT")


def test_a_run_that_makes_no_letter_reads_no_subscription_by_its_id_for_what_its_reader_likes(catalog: Catalog) -> None:
    published(catalog, "ana@example.org")
    holding = plans(catalog, lambda it: it.libraries.holders(NOON))

    steps = plans(catalog, lambda it: learn_liked(parts_with(it), Report(NOON)))

    assert steps[3:] == holding


def test_some_are_read_by_their_ids_in_that_order_and_who_was_removed_is_not_there(catalog: Catalog) -> None:
    names = [f"reader{n}@example.org" for n in range(501)]
    catalog.intake.take([Newcomer(email=name, subscriptions=(a_subscription(name),)) for name in names], NOON)
    wanted = [one.id for one in catalog.subscribers.each()][::-1]
    catalog.subscribers.remove(names[7], None, NOON)

    some = catalog.subscribers.these([*wanted, 999_999])

    assert [one.subscriber.email for one in some] == [name for name in names[::-1] if name != names[7]]


def test_each_subscription_is_read_in_its_part_as_it_is_by_then(catalog: Catalog) -> None:
    names = [f"reader{n}@example.org" for n in range(501)]
    catalog.intake.take([Newcomer(email=name, subscriptions=(a_subscription(name),)) for name in names], NOON)

    each = catalog.subscribers.each()
    first = next(each)
    catalog.subscribers.remove(names[-1], None, NOON)

    assert [first.subscriber.email, *(one.subscriber.email for one in each)] == names[:-1]


def test_of_those_who_have_their_letter_nobody_is_read_to_find_who_has_none(catalog: Catalog) -> None:
    published(catalog, "ana@example.org", "bo@example.org")
    late = catalog.subscribers.add(a_subscription("cy@example.org"), NOON)
    weekly = catalog.subscribers.add(a_subscription("di@example.org", cadence=Cadence(every=Every.WEEKLY)), NOON)
    catalog.subscribers.add(a_subscription("eve@example.org", cadence=Cadence(every=Every.WEEKDAYS)), NOON)
    names = {Every.DAILY: "2026-11-23", Every.WEEKLY: "2026-W48"}

    found = catalog.subscribers.without_issue(lambda cadence, zone: names.get(cadence.every), NOON)

    assert found == (late.id, weekly.id)
    paused(catalog, "cy@example.org", NOON + timedelta(days=1))
    assert catalog.subscribers.without_issue(lambda cadence, zone: names.get(cadence.every), NOON) == (weekly.id,)
