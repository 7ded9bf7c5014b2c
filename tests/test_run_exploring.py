"""Exploration: one paper from outside the profile and one from the archive, beside those chosen, each once and with its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog, Library
from digest.model import (
    Changes,
    DeliveryStatus,
    Facts,
    FeedbackKind,
    Interest,
    Issue,
    Listing,
    Paper,
    Profile,
    Reference,
    Section,
    Subscription,
)
from digest.run import Parts, Report, explain, preview_issue, render_issue
from digest.run.issuing.exploring import exploration
from digest.run.issuing.gathering import Asked, stand
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.catalog_rooms import a_draft
from tests.fates import settled
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published, shown

DAY = timedelta(days=1)
CALIBRATION = a_paper("arxiv:2611.00009", "Calibration of language models", abstract="We calibrate language models.", published=NOON)
CROWD = tuple(replace(paper, published=NOON) for paper in a_crowd(40))
ROBOTS, GALAXIES = (
    replace(next(paper for paper in CROWD if paper.title.startswith(words)), facts=Facts(votes=votes))
    for words, votes in (("Vision recognition", 40), ("Benchmark policy", 30))
)
OTHERS = tuple(paper for paper in CROWD if paper.key not in (ROBOTS.key, GALAXIES.key))
OLD = replace(
    CALIBRATION, key="arxiv:2403.00001", ids=("arxiv:2403.00001",), title="Calibration of old language models", published=NOON - 900 * DAY
)
OLDER = replace(OLD, key="arxiv:2403.00002", ids=("arxiv:2403.00002",), title="Calibrating language models, an older view")
FAR = a_paper("arxiv:2403.00003", "On Old Robots", published=NOON - 900 * DAY)


def explorer(catalog: Catalog, **changes: object) -> Subscription:
    fields: dict[str, object] = {"interests": (Interest(topics=("calibration of language models",)),), "limit": 2, "explore": True}
    return catalog.subscribers.add(a_subscription(profile=Profile(**{**fields, **changes})), NOON)  # type: ignore[arg-type]  # a profile's fields


def beside(issue: Issue) -> dict[str, str]:
    """The keys of the papers from elsewhere, by section."""
    return {str(pick.section): pick.paper.key for pick in issue.picks if pick.section in (Section.OUTSIDE, Section.ARCHIVE)}


@pytest.fixture
def parts(catalog: Catalog) -> Parts:
    """A catalog with a paper near and forty on this and that, two of them with votes, all of today; and two of 2024, replaced lately."""
    catalog.papers.record(a_batch(OLD, FAR, kind=Listing.REPLACE), NOON - DAY)
    catalog.papers.record(a_batch(CALIBRATION, ROBOTS, GALAXIES, *OTHERS), NOON)
    return parts_with(catalog)


def preview(parts: Parts, reader: Subscription) -> Issue:
    return preview_issue(parts, reader, Report(NOON))


def test_who_explores_is_shown_two_papers_beyond_the_limit(catalog: Catalog, parts: Parts) -> None:
    issue = preview(parts, explorer(catalog))

    assert [pick.section for pick in issue.picks].count(Section.PICKS) == 2
    assert [pick.section for pick in issue.picks[-2:]] == [Section.OUTSIDE, Section.ARCHIVE]
    assert {paper.key for paper in issue.others}.isdisjoint(shown(issue))
    assert beside(issue) == {"outside": ROBOTS.key, "archive": OLD.key}


def test_nobody_explores_who_did_not_ask_for_it(catalog: Catalog, parts: Parts) -> None:
    assert beside(preview(parts, explorer(catalog, explore=False))) == {}


def test_what_others_saw_is_not_asked_for_who_explores(catalog: Catalog, parts: Parts) -> None:
    readers = explorer(catalog), catalog.subscribers.add(a_subscription("bo@example.org", profile=Profile()), NOON)
    who = [reader.subscriber.id for reader in readers]
    catalog.issues.publish([a_draft(reader, OLD) for reader in readers], NOON)
    _, archive = stand(parts, [OLD], Asked(), Report(NOON))

    explored = exploration(catalog, [reader.profile or Profile() for reader in readers], who, {}, archive)

    assert explored.seen == {who[0]: {OLD.key}}


def test_their_headings_and_reasons_say_why_they_are_there(catalog: Catalog, parts: Parts) -> None:
    issue = preview(parts, explorer(catalog))

    lines = render_issue(parts, issue).text.splitlines()

    assert lines.index("SOMETHING ELSE") < lines.index("FROM THE ARCHIVE")
    assert "outside what you follow: 40 votes" in " ".join(lines)
    assert "from June 2024, near what you follow" in " ".join(lines)


def test_all_their_points_sum_to_the_score(catalog: Catalog, parts: Parts) -> None:
    outside, old = preview(parts, explorer(catalog)).picks[-2:]

    assert sum(reason.points for reason in outside.reasons) == pytest.approx(outside.score)
    assert sum(reason.points for reason in old.reasons) == pytest.approx(old.score)
    assert (outside.reasons[0].points, old.reasons[0].points) == (0.0, 0.0)


def test_they_do_not_count_among_the_papers_for_the_reader(catalog: Catalog, parts: Parts) -> None:
    text = " ".join(render_issue(parts, preview(parts, explorer(catalog))).text.split())

    assert "2 of 41 new papers for you" in text


def test_nothing_muted_is_explored(catalog: Catalog, parts: Parts) -> None:
    assert beside(preview(parts, explorer(catalog, muted=(ROBOTS.title, "old")))) == {"outside": GALAXIES.key}


def test_nothing_owned_or_liked_is_explored(catalog: Catalog, parts: Parts) -> None:
    reader = explorer(catalog)
    library = catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib")).id
    catalog.libraries.record(library, Changes(references=(Reference(entry="a", ids=(ROBOTS.key,)),)), NOON)
    catalog.feedback.give(reader.id, OLD.key, FeedbackKind.MORE, NOON)

    issue = preview(parts, reader)

    assert beside(issue)["outside"] == GALAXIES.key
    assert OLD.key not in shown(issue)


def test_what_a_reader_has_seen_elsewhere_is_not_explored(catalog: Catalog, parts: Parts) -> None:
    reader = explorer(catalog)
    catalog.feedback.give(reader.id, ROBOTS.key, FeedbackKind.SEEN, NOON)

    assert beside(preview(parts, reader))["outside"] == GALAXIES.key


def test_what_was_new_in_the_last_letter_is_nothing_else_in_the_next_one(catalog: Catalog, parts: Parts) -> None:
    reader = explorer(catalog)
    published(parts)
    tomorrow = [replace(paper, published=NOON + DAY) for paper in a_crowd(40, seed=2)]
    catalog.papers.record(a_batch(*tomorrow), NOON + DAY)
    # Of whom nobody has papers yet: what was new yesterday is ranked for them as well.
    catalog.subscribers.add(replace(a_subscription("bo@example.org"), profile=reader.profile), NOON + DAY)

    (issue,) = (one for one in published(parts, NOON + DAY) if one.subscription.id == reader.id)

    assert beside(issue)["outside"] in {paper.key for paper in tomorrow}


def test_who_explores_is_shown_what_is_near_them_whoever_stands_beside_them(catalog: Catalog, parts: Parts) -> None:
    others = Profile(interests=(Interest(topics=("old robots",)),), limit=2)
    catalog.subscribers.add(replace(a_subscription("bo@example.org"), profile=others), NOON)
    reader = explorer(catalog)

    first, second = published(parts)

    assert (beside(first), second.subscription.id) == ({}, reader.id)
    assert beside(second) == {"outside": ROBOTS.key, "archive": OLD.key}


def test_what_is_near_the_profile_is_nothing_else_however_praised(catalog: Catalog, parts: Parts) -> None:
    voted = replace(CALIBRATION, key="arxiv:2611.00010", ids=("arxiv:2611.00010",), title="Calibrated models", facts=Facts(votes=900))
    catalog.papers.record(a_batch(voted), NOON)

    assert beside(preview(parts, explorer(catalog, limit=1)))["outside"] == ROBOTS.key


def test_where_nobody_votes_the_paper_in_most_lists_is_the_other_one(catalog: Catalog) -> None:
    quiet = [replace(paper, facts=Facts()) for paper in (ROBOTS, GALAXIES, CALIBRATION)]
    catalog.papers.record(a_batch(*quiet, *OTHERS), NOON)
    catalog.papers.record(a_batch(quiet[1], source="my journal"), NOON)
    parts = parts_with(catalog)

    issue = preview(parts, explorer(catalog))

    assert beside(issue) == {"outside": GALAXIES.key}
    assert issue.picks[-1].reasons[0].note == "outside what you follow: in 2 lists"


def test_a_floor_holds_for_the_archive_and_not_for_what_lies_outside(catalog: Catalog, parts: Parts) -> None:
    near = preview(parts, explorer(catalog))
    floor = next(pick.score for pick in near.picks if pick.section is Section.ARCHIVE) + 1

    profile = replace(near.subscription.profile or Profile(), floor=floor)
    found = preview(parts, catalog.subscribers.edit(replace(near.subscription, profile=profile), NOON))

    assert found.picks[0].paper.key == CALIBRATION.key
    assert beside(found) == {"outside": ROBOTS.key}


def test_a_floor_that_nothing_reaches_leaves_no_letter_of_these_alone(catalog: Catalog, parts: Parts) -> None:
    assert preview(parts, explorer(catalog, floor=95.0)).picks == ()


def test_what_was_shown_from_the_archive_is_seen_and_the_next_letter_has_another(catalog: Catalog, parts: Parts) -> None:
    catalog.papers.record(a_batch(OLDER, kind=Listing.REPLACE), NOON - DAY)
    explorer(catalog)

    (first,) = published(parts)
    catalog.papers.record(a_batch(*[replace(paper, published=NOON + DAY) for paper in a_crowd(40, seed=2)]), NOON + DAY)
    (second,) = published(parts, NOON + DAY)

    assert {beside(first)["archive"], beside(second)["archive"]} == {OLD.key, OLDER.key}
    assert set(shown(first)).isdisjoint(shown(second))


PRINTED = replace(OLD, key="doi:10.5555/old", ids=("doi:10.5555/old",), published=NOON - 500 * DAY)


def test_the_preprint_of_what_stands_in_the_letter_is_not_shown_from_the_archive(catalog: Catalog, parts: Parts) -> None:
    catalog.papers.record(a_batch(PRINTED), NOON)

    issue = preview(parts, explorer(catalog))

    assert PRINTED.key in shown(issue)
    assert OLD.key not in shown(issue)


def test_the_preprint_of_what_a_reader_has_seen_is_not_shown_from_the_archive(catalog: Catalog, parts: Parts) -> None:
    catalog.papers.record(a_batch(PRINTED, kind=Listing.REPLACE), NOON)
    reader = explorer(catalog)
    catalog.feedback.give(reader.id, PRINTED.key, FeedbackKind.SEEN, NOON)

    assert OLD.key not in shown(preview(parts, reader))


def test_an_archived_paper_of_a_letter_that_never_arrived_is_not_offered_as_new(catalog: Catalog, parts: Parts) -> None:
    explorer(catalog)
    published(parts)
    (letter,) = catalog.outbox.claim(NOON, "elsewhere:1:a", 1, DAY)
    settled(catalog.outbox, letter.id, DeliveryStatus.REFUSED, NOON, "550 no")

    (again,) = published(parts, NOON + DAY)

    assert CALIBRATION.key in shown(again)
    assert beside(again)["archive"] == OLD.key
    assert {pick.section for pick in again.picks if pick.paper.key == OLD.key} == {Section.ARCHIVE}


def test_explain_says_that_a_paper_stands_beside_the_chosen_ones(catalog: Catalog, parts: Parts) -> None:
    reader = explorer(catalog)

    assert explain(parts, reader, ROBOTS.key, Report(NOON)).verdict == "in the next issue, as something else than what you follow"
    assert explain(parts, reader, OLD.key, Report(NOON)).verdict == "in the next issue, from the archive"


def test_what_is_new_only_to_another_reader_is_neither_told_nor_named_nor_counted(catalog: Catalog, parts: Parts) -> None:
    reader = explorer(catalog)
    published(parts)
    library = catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib")).id
    catalog.libraries.record(library, Changes(references=(Reference(entry="a", ids=(OTHERS[0].key,)),)), NOON)
    catalog.subscribers.add(a_subscription("bo@example.org"), NOON + DAY)
    today = a_crowd(9, seed=2)
    catalog.papers.record(a_batch(*today), NOON + DAY)

    (issue,) = (one for one in published(parts, NOON + DAY) if one.subscription.id == reader.id)

    told = {*shown(issue), *(paper.key for paper in issue.others)}
    assert told == {*(paper.key for paper in today), beside(issue)["archive"]}
    assert [note for note in issue.notes if "library" in note] == []


def test_what_a_first_letter_asks_about_does_not_stand_outside_as_well(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(CALIBRATION, ROBOTS, GALAXIES, *OTHERS[:3]), NOON)

    issue = preview(parts_with(catalog), explorer(catalog))

    assert Section.ASKED in {pick.section for pick in issue.picks}
    assert len(set(shown(issue))) == len(shown(issue))


def test_what_is_chosen_under_one_name_does_not_stand_outside_under_another(catalog: Catalog, parts: Parts) -> None:
    text = "With isotonic maps of ice."
    again = replace(ROBOTS, key="doi:10.1/8", ids=("doi:10.1/8",), abstract=text, published=None, facts=Facts())
    catalog.papers.record(a_batch(again, source="journal"), NOON)

    issue = preview(parts, explorer(catalog, keywords=("isotonic maps",), weights=(("keywords", 2.0),)))

    assert "doi:10.1/8" in shown(issue)
    assert beside(issue)["outside"] == GALAXIES.key


def test_a_profile_too_thin_to_rank_has_nothing_to_be_outside_of(catalog: Catalog, parts: Parts) -> None:
    assert beside(preview(parts, explorer(catalog, interests=()))) == {}


# --- the archive ------------------------------------------------------------------------------------------------------


def test_the_archive_holds_what_sources_had_and_offer_no_more(catalog: Catalog) -> None:
    listed_long_ago = a_paper("arxiv:2601.00001", "On Winter Foxes", published=NOON - 200 * DAY)
    ancient = a_paper("arxiv:1801.00001", "On Ancient Foxes", published=NOON - 3000 * DAY)
    liked = a_paper("arxiv:2501.00001", "On Private Foxes", published=NOON - 500 * DAY)
    catalog.papers.record(a_batch(listed_long_ago), NOON - 190 * DAY)
    catalog.papers.record(a_batch(OLD, ancient, kind=Listing.REPLACE), NOON - DAY)
    catalog.papers.record(a_batch(CALIBRATION), NOON)
    catalog.papers.add([liked], NOON)

    assert sorted(paper.key for paper in catalog.papers.archive(NOON, 10)) == ["arxiv:2403.00001", "arxiv:2601.00001"]


def test_other_papers_are_drawn_from_the_archive_on_another_day_and_the_same_ones_on_the_same(catalog: Catalog) -> None:
    old: list[Paper] = [replace(paper, published=NOON - 200 * DAY) for paper in a_crowd(40)]
    catalog.papers.record(a_batch(*old), NOON - 190 * DAY)

    today, again, tomorrow = (catalog.papers.archive(at, 5) for at in (NOON, NOON + DAY / 4, NOON + DAY))

    assert [paper.key for paper in today] == [paper.key for paper in again]
    assert {paper.key for paper in today} != {paper.key for paper in tomorrow}
    assert len(today) == 5
