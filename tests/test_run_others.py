"""What a letter tells beside its picks: what it passed over, what was looked at, and that nothing was good enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog, Sighted
from digest.model import Cadence, DeliveryStatus, Edition, Facts, FeedbackKind, Issue, Listing, Looked, Paper, Profile, Subscription
from digest.run import Parts, Report, deliver, preview_issue, render_issue
from digest.run.issuing.looking import looked_at
from digest.run.pulling.newest import NewestListings
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.fates import waiting
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published, published_with, shown

DAY = timedelta(days=1)
CROWD = a_crowd(40)
NEAR = a_paper("arxiv:2611.90001", "Foxes", abstract="On foxes.")
NEXT = a_paper("arxiv:2611.90002", "A den", abstract="Where foxes sleep, and so do hares, hens and owls.")


def others(issue: Issue) -> list[str]:
    return [paper.key for paper in issue.others]


def a_reader(catalog: Catalog, **changes: object) -> Subscription:
    """Somebody who reads about foxes."""
    return catalog.subscribers.add(a_subscription(profile=a_profile("foxes", **changes)), NOON)  # type: ignore[arg-type]  # a profile's fields


def the_days_after_the_first(catalog: Catalog, *papers: Paper) -> Issue:
    """The issue of these papers for a reader who had a first letter, in which new readers are asked about more than is chosen."""
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(a_paper("arxiv:2610.00001", "An older fox")), NOON - DAY)
    published(parts, NOON - DAY)
    catalog.papers.record(a_batch(*papers), NOON)
    (issue,) = published(parts)
    return issue


@pytest.fixture
def parts(catalog: Catalog) -> Parts:
    """A catalog with two papers on foxes and forty on this and that, all new."""
    catalog.papers.record(a_batch(NEAR, NEXT, *CROWD), NOON)
    return parts_with(catalog)


# --- what was passed over ---------------------------------------------------------------------------------------------


def test_the_others_are_what_was_considered_and_not_picked_the_best_first(catalog: Catalog) -> None:
    a_reader(catalog, limit=1)

    issue = the_days_after_the_first(catalog, NEXT, *CROWD, NEAR)

    assert (shown(issue), others(issue)[0], len(others(issue))) == ([NEAR.key], NEXT.key, 41)


def test_who_is_told_of_all_the_others_is_told_of_no_more(catalog: Catalog) -> None:
    a_reader(catalog, limit=1, muted=("herons",))
    muted = a_paper("arxiv:2611.90003", "Herons", abstract="Herons were counted.")
    twin = replace(CROWD[0], key="doi:10.1000/1", ids=("doi:10.1000/1",))

    issue = the_days_after_the_first(catalog, NEAR, NEXT, CROWD[0], twin, muted)

    assert (issue.considered, len(others(issue))) == (5, 2)
    assert " more\n" not in render_issue(parts_with(catalog), issue).text


def test_they_are_read_again_in_their_order_as_titles(catalog: Catalog) -> None:
    a_reader(catalog, limit=1)
    issue = the_days_after_the_first(catalog, NEXT, *CROWD, NEAR)

    again = catalog.issues.load(issue.id)

    assert others(again) == others(issue)
    assert next(paper for paper in again.others if paper.key == NEXT.key) == Paper(
        key=NEXT.key, title="A den", url="https://example.org/arxiv:2611.90002", categories=("cs.LG",), ids=(NEXT.key,)
    )


def test_nobody_is_told_of_what_they_own_muted_disliked_or_have_been_shown(catalog: Catalog, parts: Parts) -> None:
    reader = a_reader(catalog, limit=1, muted=("den",))
    catalog.feedback.give(reader.id, CROWD[0].key, FeedbackKind.LESS, NOON)
    catalog.feedback.give(reader.id, CROWD[1].key, FeedbackKind.SEEN, NOON)
    (first,) = published(parts)
    (second,) = (preview_issue(parts, replace(reader, name="again"), Report(NOON + DAY)),)

    hidden = {NEAR.key, NEXT.key, CROWD[0].key, CROWD[1].key}
    assert hidden.isdisjoint(others(first))
    assert second.others == ()


def test_who_wants_no_others_is_told_of_none(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog, others=False)

    (issue,) = published(parts)

    assert issue.picks
    assert issue.others == catalog.issues.load(issue.id).others == ()


def test_there_are_as_many_as_a_letter_may_have_room_for(catalog: Catalog) -> None:
    a_reader(catalog, limit=1)
    catalog.papers.record(a_batch(*a_crowd(300)), NOON)

    (issue,) = published(parts_with(catalog))

    assert len(others(issue)) == 250


def test_what_another_letter_of_the_same_person_shows_is_passed_over_by_none(catalog: Catalog, parts: Parts) -> None:
    for name in ("one", "two"):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile("foxes", limit=1)), NOON)

    one, two = published(parts)

    assert set(others(one)).isdisjoint((*shown(one), *shown(two)))
    assert set(others(two)).isdisjoint((*shown(one), *shown(two)))


def test_what_a_letter_that_is_held_would_show_is_shown_or_named_by_another_of_the_same_person(catalog: Catalog, parts: Parts) -> None:
    for name, cadence in (("one", Cadence(only_above=1000.0)), ("two", Cadence())):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile("foxes", limit=1), cadence=cadence), NOON)

    held, read = published(parts)

    assert held.held
    assert {*shown(read), *others(read)} == {paper.key for paper in (NEAR, NEXT, *CROWD)}


def test_an_edition_names_the_rest_of_its_list_in_its_order(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(edition=Edition(name="trending", limit=1)), NOON)
    voted = [a_paper(f"arxiv:2611.0000{n}", f"On foxes, part {n}", facts=Facts(votes=n)) for n in (1, 3, 2)]
    catalog.papers.record(a_batch(*voted, source="huggingface"), NOON)

    (issue,) = published(parts_with(catalog))

    assert (shown(issue), others(issue)) == (["arxiv:2611.00003"], ["arxiv:2611.00002", "arxiv:2611.00001"])


def test_a_profile_too_thin_to_rank_names_the_rest_of_its_categories(catalog: Catalog, parts: Parts) -> None:
    elsewhere = a_paper("arxiv:2611.90003", "On robots", categories=("cs.RO",))
    catalog.papers.record(a_batch(elsewhere), NOON)
    catalog.subscribers.add(a_subscription(profile=Profile(categories=("cs.RO",), limit=1)), NOON)
    catalog.papers.record(a_batch(replace(elsewhere, key="arxiv:2611.90004", ids=("arxiv:2611.90004",), title="Robots again")), NOON)
    published(parts)
    catalog.papers.record(a_batch(*(a_paper(f"arxiv:2612.0000{n}", f"Robots {n}", categories=("cs.RO",)) for n in range(3))), NOON + DAY)

    (issue,) = published(parts, NOON + DAY)

    assert (shown(issue), others(issue)) == (["arxiv:2612.00000"], ["arxiv:2612.00001", "arxiv:2612.00002"])


def test_what_was_passed_over_does_not_count_as_seen(catalog: Catalog, parts: Parts) -> None:
    reader = a_reader(catalog, limit=1)
    (issue,) = published(parts)

    assert catalog.issues.standing([reader.id])[reader.id].seen == set(shown(issue))


# --- nothing above the floor ------------------------------------------------------------------------------------------


def test_on_a_day_with_nothing_above_the_floor_a_letter_names_the_best_below_it(catalog: Catalog, parts: Parts) -> None:
    reader = a_reader(catalog, floor=95.0, others=False)
    report = Report(NOON)

    (issue,) = published_with(parts, report)
    deliver(parts, report, lambda: NOON)

    assert (issue.picks, others(issue), issue.considered) == ((), [NEAR.key], 42)
    assert (report.issues, dict(report.deliveries)) == (1, {DeliveryStatus.SENT: 1})
    assert report.quiet == [
        "ana@example.org (main), 2026-11-23: none of 42 new papers reached the floor of 95, and its letter says so",
    ]
    assert catalog.issues.standing([reader.id])[reader.id].has_letter
    assert published(parts) == ()


def test_such_a_letter_opens_as_a_first_one_and_the_next_does_not(catalog: Catalog, parts: Parts) -> None:
    a_reader(catalog, floor=95.0)
    (first,) = published(parts)
    catalog.papers.record(a_batch(*a_crowd(20, seed=2)), NOON + DAY)

    (second,) = published(parts, NOON + DAY)

    assert first.notes[0] == "This is your first letter. What we understood: topic 'foxes'."
    assert (second.notes, second.has_letter) == ((), True)


def test_who_skips_empty_letters_gets_none_and_the_period_is_decided(catalog: Catalog, parts: Parts) -> None:
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes", floor=95.0), cadence=Cadence(skip_empty=True)), NOON)
    report = Report(NOON)

    (issue,) = published_with(parts, report)

    assert (issue.has_letter, report.issues, waiting(catalog.outbox)) == (False, 0, 0)
    assert report.quiet == ["ana@example.org (main), 2026-11-23: none of 42 new papers reached the floor of 95"]
    assert published(parts) == ()


def test_where_nothing_was_announced_there_is_no_letter(catalog: Catalog) -> None:
    a_reader(catalog, floor=95.0)

    (issue,) = published(parts_with(catalog))

    assert (issue.has_letter, waiting(catalog.outbox)) == (False, 0)


# --- what was looked at -----------------------------------------------------------------------------------------------


def test_each_category_of_a_profile_says_what_was_announced_read_and_shown(catalog: Catalog) -> None:
    reader = a_reader(catalog, limit=2, categories=("cs.LG", "cs.RO"))
    robots = [a_paper(f"arxiv:2611.0000{n}", f"Foxes and robots {n}", categories=("cs.RO", "cs.LG")) for n in (1, 2, 3)]
    catalog.papers.add(robots[:1], NOON - DAY)
    catalog.feedback.give(reader.id, "arxiv:2611.00001", FeedbackKind.SEEN, NOON - DAY)

    issue = the_days_after_the_first(catalog, *robots, a_paper("arxiv:2611.00004", "On hens"))

    assert shown(issue) == ["arxiv:2611.00002", "arxiv:2611.00003"]
    assert issue.looked == (Looked("cs.LG", 4, 3, 2), Looked("cs.RO", 3, 2, 2))
    assert catalog.issues.load(issue.id).looked == issue.looked


def test_without_categories_it_is_told_by_source(catalog: Catalog) -> None:
    reader = a_reader(catalog, limit=12)
    both = a_paper("arxiv:2611.00001", "Foxes")
    catalog.papers.record(a_batch(both, a_paper("arxiv:2611.00002", "Hens")), NOON)
    catalog.papers.record(a_batch(both, source="huggingface"), NOON)
    sighted = catalog.papers.sighted([None], NOON)[None]

    told = looked_at(reader, sighted, ("quiet", "huggingface"), NewestListings(), read={both.key}, shown=set())
    silence = looked_at(reader, Sighted(), ("quiet", "huggingface"), NewestListings(), read=set(), shown=set())

    assert told == (Looked("huggingface", 1, 1, 0), Looked("arxiv", 2, 1, 0))
    assert silence == (Looked("quiet", 0, 0, 0), Looked("huggingface", 0, 0, 0))


def test_the_trending_edition_is_told_by_the_lists_that_it_is_made_of(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(edition=Edition(name="trending", limit=1)), NOON)
    both = a_paper("arxiv:2611.00001", "Foxes")
    catalog.papers.record(a_batch(both, a_paper("arxiv:2611.00002", "Hens")), NOON)
    catalog.papers.record(a_batch(replace(both, facts=Facts(votes=3)), source="huggingface"), NOON)

    (issue,) = published(parts_with(catalog))

    assert issue.looked == (Looked("huggingface", 1, 1, 1),)


def test_an_edition_is_told_by_its_category_and_counts_what_was_cross_listed(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(edition=Edition(name="cs.LG", limit=1)), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes"), a_paper("arxiv:2611.00002", "Hens", categories=("cs.CV",))), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00003", "Owls", categories=("cs.CV", "cs.LG")), kind=Listing.CROSS), NOON)

    (issue,) = published(parts_with(catalog))

    assert issue.looked == (Looked("cs.LG", 2, 2, 1),)


def test_only_what_was_listed_since_the_last_issue_is_counted(catalog: Catalog) -> None:
    a_reader(catalog, categories=("cs.LG",))
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes"), a_paper("arxiv:2611.00002", "Hens")), NOON)
    parts = parts_with(catalog)
    published(parts)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00003", "Owls")), NOON + DAY)

    (issue,) = published(parts, NOON + DAY)

    assert issue.looked == (Looked("cs.LG", 1, 1, 1),)


def test_an_archive_counts_with_its_parts_and_lists_with_votes_announce_no_category(catalog: Catalog) -> None:
    galaxies, stars = (
        a_paper(f"arxiv:2611.0000{n}", f"On {name}", categories=(category,))
        for n, name, category in ((1, "galaxies", "astro-ph.GA"), (2, "stars", "astro-ph.SR"))
    )
    catalog.papers.record(a_batch(galaxies), NOON)
    catalog.papers.record(a_batch(stars, source="huggingface"), NOON)

    sighted = catalog.papers.sighted([None, 1], NOON)

    assert sighted[None].within("astro-ph") == {galaxies.key}
    assert sighted[1].sources == {"huggingface": {stars.key}}
