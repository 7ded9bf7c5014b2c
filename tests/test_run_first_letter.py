"""A first letter: what was understood of its reader, how to put it right, and five papers to be told the right ones of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog
from digest.model import DeliveryStatus, FeedbackKind, Interest, Issue, Profile, Section
from digest.run import Report, preview_issue, render_issue
from digest.run.issuing.first_letter import opening, understood
from digest.run.parts import Sender
from tests.builders import NOON, a_batch, a_paper, a_profile, a_subscription
from tests.fates import settled
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with, published

DAY = timedelta(days=1)
LIBRARY = {f"arxiv:{n}": f"arxiv:{n}" for n in range(9)}
NAMES = tuple(LIBRARY)
GRAPHS, OWLS = Interest(name="graphs", liked=NAMES[:5]), Interest(name="owls", liked=NAMES[5:8])
SENDER = Sender(address="digest@example.org")


def asked(issue: Issue) -> list[str]:
    return [pick.paper.key for pick in issue.picks if pick.section is Section.ASKED]


# --- what was understood ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "owned", "told"),
    [
        (Profile(), (), ""),
        (Profile(interests=(Interest(topics=("foxes",)),)), (), "topic 'foxes'"),
        (Profile(interests=(Interest(name="den", topics=("foxes", "hens")), Interest(topics=("foxes",)))), (), "topics 'foxes' and 'hens'"),
        (a_profile("foxes", "hens", "owls"), (), "topics 'foxes', 'hens' and 'owls'"),
        (Profile(keywords=("den",), authors=("Ana Silva", "Bo Li")), (), "keyword den; you follow Ana Silva and Bo Li"),
        (Profile(categories=("cs.LG",), muted=("survey", "hens")), (), "category cs.LG; papers that say 'survey' or 'hens' are not shown"),
        (
            Profile(keywords=("fox",), muted=("physics", "cs.CV", "hep-th")),
            (),
            "keyword fox; papers that say 'physics' are not shown; papers in cs.CV or hep-th are not shown",
        ),
        (Profile(keywords=("fox",), muted=("cs.cv",)), (), "keyword fox; papers in cs.CV are not shown"),
        (Profile(interests=(Interest(liked=NAMES[:1]),)), (), "1 paper that you liked"),
        (Profile(interests=(Interest(liked=NAMES[:3]),)), NAMES[:3], "3 papers of your library"),
        (Profile(interests=(Interest(liked=NAMES[:3]),)), NAMES[:2], "2 papers of your library and 1 that you liked"),
        (
            Profile(interests=(GRAPHS, OWLS, Interest(liked=NAMES[8:]))),
            NAMES,
            "9 papers of your library in three groups: graphs (5), owls (3) and everything else (1)",
        ),
        (a_profile("foxes", liked=NAMES[:1]), NAMES[1:3], "topic 'foxes'; 1 paper that you liked"),
        (Profile(categories=("cs.LG",)), NAMES[:2], "category cs.LG"),
        (a_profile(liked=("doi:10.1/x", "arxiv:1")), NAMES[1:2], "1 paper of your library; 1 paper that you like and no source knows yet"),
        (Profile(keywords=tuple("abcdefgh")), (), "keywords a, b, c, d, e and 3 more"),
        (Profile(keywords=tuple("abcdefg")), (), "keywords a, b, c, d, e and 2 more"),
        (Profile(keywords=tuple("abcdef")), (), "keywords a, b, c, d, e and f"),
        (a_profile(liked=("doi:10.1/x",)), (), "1 paper that you like and no source knows yet"),
        (
            Profile(interests=tuple(Interest(name=name, liked=NAMES[:1]) for name in "abcdefghijk")),
            NAMES[:1],
            "1 paper of your library in 11 groups: a (1), b (1), c (1), d (1), e (1) and 6 more",
        ),
    ],
)
def test_what_was_understood_is_told_in_plain_words(profile: Profile, owned: tuple[str, ...], told: str) -> None:
    assert understood(profile, owned, LIBRARY) == told


def test_who_can_answer_the_letter_is_told_so_and_others_whom_to_write_to() -> None:
    foxes = Profile(interests=(Interest(topics=("foxes",)),))

    assert opening(foxes, (), {}, replace(SENDER, reply_to="ana@example.org")) == (
        "This is your first letter. What we understood: topic 'foxes'.",
        "If that is not right, answer this letter.",
    )
    assert opening(foxes, (), {}, SENDER)[1] == "If that is not right, write to digest@example.org."


def test_who_has_a_page_is_led_there_and_need_write_to_nobody() -> None:
    foxes = Profile(interests=(Interest(topics=("foxes",)),))

    assert opening(foxes, (), {}, SENDER, has_page=True)[1] == "If that is not right, use “Preferences” at the end of this letter."
    assert opening(Profile(), (), {}, SENDER, has_page=True)[1] == "To say what you read, use “Preferences” at the end of this letter."


def test_of_whom_nothing_is_known_that_is_not_claimed() -> None:
    assert opening(Profile(), (), {}, SENDER) == ("This is your first letter.", "To say what you read, write to digest@example.org.")


# --- in letters -------------------------------------------------------------------------------------------------------


def test_the_first_letter_opens_so_and_no_other_does(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    (first,) = published(parts)
    catalog.papers.record(a_batch(*a_crowd(20, seed=2), a_paper("arxiv:2611.00001", "Foxes in the snow")), NOON + DAY)
    (second,) = published(parts, NOON + DAY)

    assert (len(asked(first)), len(first.picks)) == (5, 6)
    assert first.notes[0] == "This is your first letter. What we understood: topic 'foxes'."
    assert (asked(second), second.notes) == ([], ())


@pytest.mark.parametrize(
    ("configured", "way"), [(False, "use “Preferences” at the end of this letter"), (True, "write to digest@example.org")]
)
def test_whom_the_configuration_names_is_not_led_to_a_page_that_cannot_change_it(catalog: Catalog, configured: bool, way: str) -> None:
    reader = a_subscription(profile=a_profile("foxes", limit=1), configured=configured)
    parts = replace(parts_with(catalog), base_url="https://digest.example.org")
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)

    issue = preview_issue(parts, reader, Report(NOON))

    assert issue.notes[1] == f"If that is not right, {way}."


def test_an_issue_with_nothing_to_show_is_no_first_letter(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)
    parts = parts_with(catalog)
    (empty,) = published(parts)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON + DAY)

    (letter,) = published(parts, NOON + DAY)

    assert empty.picks == ()
    assert letter.notes[0] == "This is your first letter. What we understood: topic 'foxes'."


def test_after_a_first_letter_that_nobody_has_the_next_one_is_the_first(catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)
    parts = parts_with(catalog)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    (lost,) = published(parts)
    (letter,) = catalog.outbox.claim(NOON, parts.worker, 1, DAY)
    settled(catalog.outbox, letter.id, DeliveryStatus.GIVEN_UP, NOON)

    (issue,) = published(parts, NOON + DAY)

    assert (issue.notes, issue.picks) == (lost.notes, lost.picks)


def test_a_preview_before_the_first_letter_shows_the_same(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    parts = parts_with(catalog)

    issue = preview_issue(parts, reader, Report(NOON))

    (first,) = published(parts)
    assert (issue.notes, issue.picks) == (first.notes, first.picks)


def test_the_five_stand_under_a_heading_of_their_own(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    parts = parts_with(catalog)

    lines = render_issue(parts, preview_issue(parts, reader, Report(NOON))).text.splitlines()

    assert lines[3] == "1 of 20 new papers for you, about 2 minutes."
    assert lines.index("TOP PICK") < lines.index("TELL US WHICH YOU LIKE")


@pytest.mark.parametrize(("likes", "count"), [(2, 5), (3, 0)])
def test_who_likes_three_papers_is_asked_no_more(catalog: Catalog, likes: int, count: int) -> None:
    old = a_crowd(3, seed=9)
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes", limit=1)), NOON)
    catalog.papers.record(a_batch(*old), NOON - 9 * DAY)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)
    given = [catalog.feedback.give(reader.id, paper.key, FeedbackKind.MORE, NOON) for paper in old[:likes]]

    issue = preview_issue(parts_with(catalog), reader, Report(NOON))

    assert len(given) == likes
    assert len(asked(issue)) == count


@pytest.mark.parametrize("category", ["cs.LG", "cs"])
def test_a_thin_profile_is_asked_about_papers_of_its_categories_by_rank(catalog: Catalog, category: str) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(categories=(category,), limit=1)), NOON)
    catalog.papers.record(a_batch(*a_crowd(90)), NOON)
    parts = parts_with(catalog)

    issue = preview_issue(parts, reader, Report(NOON))

    assert len(asked(issue)) == 5
    assert all(pick.paper.categories[0].startswith(category) for pick in issue.picks)
    assert {paper.key for paper in issue.others}.isdisjoint(pick.paper.key for pick in issue.picks)
    assert "\n  6  " in render_issue(parts, issue).text


def test_a_letter_that_has_nothing_for_its_reader_is_not_sent_to_ask(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes", floor=95.0)), NOON)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)

    assert preview_issue(parts_with(catalog), reader, Report(NOON)).picks == ()


def test_what_one_letter_asks_about_is_not_taken_from_another_of_the_same_person(catalog: Catalog) -> None:
    for name in ("one", "two"):
        catalog.subscribers.add(a_subscription(name=name, profile=a_profile("foxes", limit=3)), NOON)
    catalog.papers.record(a_batch(*a_crowd(20)), NOON)

    one, two = published(parts_with(catalog))

    assert [sum(pick.section is Section.PICKS for pick in issue.picks) for issue in (one, two)] == [3, 3]
    assert {pick.paper.key for pick in one.picks}.isdisjoint(pick.paper.key for pick in two.picks)
