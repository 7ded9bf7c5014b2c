"""What readers say of papers: once, undone, and for the interest that brought the paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest.catalog import Catalog, Library
from digest.catalog.people.renamed import renamed
from digest.errors import NotFound
from digest.model import Author, FeedbackKind, Interest, Paper, Pick, Profile, Section

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import a_draft, papers_in
from .query_plans import plans

KEY, OTHER = "arxiv:2611.00001", "arxiv:2611.00002"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def reader(catalog: Catalog) -> int:
    """A subscription's id, in a catalog with one paper."""
    catalog.papers.record(a_batch(a_paper(KEY)), NOON)
    return catalog.subscribers.add(a_subscription(), NOON).id


def kinds(catalog: Catalog, reader: int) -> list[str]:
    return [str(one.kind) for one in catalog.feedback.of([reader]).get(reader, ())]


def test_saying_it_twice_is_saying_it_once(catalog: Catalog, reader: int) -> None:
    first, was_new = catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    second, is_new = catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)

    assert (first, was_new, is_new) == (second, True, False)


def test_less_takes_more_back(catalog: Catalog, reader: int) -> None:
    catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    catalog.feedback.give(reader, KEY, FeedbackKind.SAVE, NOON)
    catalog.feedback.give(reader, KEY, FeedbackKind.LESS, NOON)

    assert kinds(catalog, reader) == ["less", "save"]


def test_what_is_saved_once_more_takes_the_less_back_that_was_said_since(catalog: Catalog, reader: int) -> None:
    for kind in (FeedbackKind.SAVE, FeedbackKind.LESS, FeedbackKind.SAVE):
        catalog.feedback.give(reader, KEY, kind, NOON)

    assert kinds(catalog, reader) == ["save"]


def test_what_is_undone_stands_no_more_and_is_still_known(catalog: Catalog, reader: int) -> None:
    given, _ = catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)

    catalog.feedback.undo(given.id, NOON)
    undone = catalog.feedback.undo(given.id, NOON + MINUTE)

    assert kinds(catalog, reader) == []
    assert catalog.feedback.of([reader], undone=True)[reader] == (undone,)
    assert undone.undone_at == NOON


@pytest.mark.parametrize(("before", "after"), [(FeedbackKind.MORE, FeedbackKind.LESS), (FeedbackKind.LESS, FeedbackKind.SAVE)])
def test_what_a_word_took_back_stands_again_where_that_word_is_undone(
    catalog: Catalog, reader: int, before: FeedbackKind, after: FeedbackKind
) -> None:
    catalog.feedback.give(reader, KEY, before, NOON)
    stood = catalog.feedback.of([reader])
    slip, _ = catalog.feedback.give(reader, KEY, after, NOON + MINUTE)

    catalog.feedback.undo(slip.id, NOON + 2 * MINUTE)
    catalog.feedback.undo(slip.id, NOON + 3 * MINUTE)

    assert catalog.feedback.of([reader]) == stood


@pytest.mark.parametrize(
    ("said", "undone", "stands"),
    [
        ("less save less", 1, ["less"]),  # it stands again already
        ("less more save", 1, ["save"]),  # what was saved since takes it back as well
        ("save less more", 2, ["less", "save"]),  # what was saved before does not
        ("more save less", 2, ["save", "more"]),  # nor does what takes nothing of it back
    ],
)
def test_what_a_word_took_back_stands_again_once_and_not_beside_a_later_word_that_takes_it_back_too(
    catalog: Catalog, reader: int, said: str, undone: int, stands: list[str]
) -> None:
    given = [catalog.feedback.give(reader, KEY, FeedbackKind(kind), NOON + n * MINUTE)[0] for n, kind in enumerate(said.split())]

    catalog.feedback.undo(given[undone].id, NOON + 3 * MINUTE)

    assert kinds(catalog, reader) == stands


def test_a_word_and_its_undoing_change_nothing_of_another_reader_or_paper(catalog: Catalog, reader: int) -> None:
    catalog.papers.record(a_batch(a_paper(OTHER, "Of otters")), NOON)
    bo = catalog.subscribers.add(a_subscription("bo@example.org"), NOON).id
    catalog.feedback.give(bo, KEY, FeedbackKind.MORE, NOON)
    catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    catalog.feedback.give(reader, OTHER, FeedbackKind.MORE, NOON)

    slip, _ = catalog.feedback.give(reader, KEY, FeedbackKind.LESS, NOON + MINUTE)
    given = kinds(catalog, reader), kinds(catalog, bo)
    catalog.feedback.give(reader, OTHER, FeedbackKind.LESS, NOON + MINUTE)
    catalog.feedback.undo(slip.id, NOON + 2 * MINUTE)

    assert given == (["less", "more"], ["more"])
    assert {one.paper.key: str(one.kind) for one in catalog.feedback.of([reader])[reader]} == {KEY: "more", OTHER: "less"}


def test_what_was_undone_before_does_not_stand_again(catalog: Catalog, reader: int) -> None:
    more, _ = catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    catalog.feedback.undo(more.id, NOON + MINUTE)
    less, _ = catalog.feedback.give(reader, KEY, FeedbackKind.LESS, NOON + 2 * MINUTE)

    catalog.feedback.undo(less.id, NOON + 3 * MINUTE)

    assert kinds(catalog, reader) == []


def test_an_author_of_a_paper_is_followed_beside_another(catalog: Catalog, reader: int) -> None:
    catalog.feedback.give(reader, KEY, FeedbackKind.FOLLOW, NOON, author="Ana Silva")
    _, is_new = catalog.feedback.give(reader, KEY, FeedbackKind.FOLLOW, NOON, author="Bo Lind")

    assert is_new
    assert {one.author for one in catalog.feedback.of([reader])[reader]} == {"Ana Silva", "Bo Lind"}


def test_it_teaches_the_interest_that_brought_the_paper(catalog: Catalog, reader: int) -> None:
    subscription = catalog.subscribers.by_id(reader)
    pick = Pick(paper=a_paper(KEY), interest="animals")
    catalog.issues.publish([a_draft(subscription, picks=(pick,))], NOON)
    told_again = Pick(paper=a_paper(KEY), section=Section.UPDATED)  # which no interest brought
    catalog.issues.publish([a_draft(subscription, picks=(told_again,), day="2026-11-24")], NOON)
    catalog.papers.record(a_batch(a_paper(OTHER, "Of otters")), NOON)
    bo = catalog.subscribers.add(a_subscription("bo@example.org"), NOON)
    for whose, paper in ((subscription, a_paper(OTHER, "Of otters")), (bo, a_paper(KEY))):
        catalog.issues.publish([a_draft(whose, picks=(Pick(paper=paper, interest="otters"),), day="2026-11-25")], NOON)

    given, _ = catalog.feedback.give(reader, KEY, FeedbackKind.LESS, NOON)

    assert given.interest == "animals"


@pytest.mark.parametrize("configured", [False, True])
@pytest.mark.parametrize(
    ("names", "taught", "later"),
    [
        ((("dens", ("foxes", "badgers")),), "dens", "dens"),
        ((("", ("foxes",)),), "", ""),
        ((("animals", ("badgers",)), ("dens", ("foxes",))), "dens", "animals"),
        ((("animals", ("foxes",)), ("dens", ("foxes",))), "animals", "animals"),
        ((("dens", ("badgers",)),), "animals", "animals"),
        ((("dens", ("foxes",)), ("tails", ("foxes",))), "animals", "animals"),
    ],
)
def test_an_interest_keeps_what_it_was_taught_under_another_name(
    catalog: Catalog, names: tuple[tuple[str, tuple[str, ...]], ...], taught: str, later: str, configured: bool
) -> None:
    before = a_subscription(profile=Profile(interests=(Interest(name="animals", topics=("foxes",)),)), configured=configured)
    catalog.papers.record(a_batch(a_paper(KEY)), NOON)
    (catalog.subscribers.adopt([before], NOON) if configured else catalog.subscribers.add(before, NOON))
    (reader,) = catalog.subscribers.all()
    catalog.issues.publish([a_draft(reader, picks=(Pick(paper=a_paper(KEY), interest="animals"),))], NOON)
    catalog.feedback.give(reader.id, KEY, FeedbackKind.MORE, NOON)
    catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib", interest="animals"))

    after = replace(reader, profile=Profile(interests=tuple(Interest(name=name, topics=topics) for name, topics in names)))
    (catalog.subscribers.adopt([after], NOON) if configured else catalog.subscribers.edit(after, NOON))

    assert {one.interest for one in catalog.feedback.of([reader.id])[reader.id]} == {taught}
    assert [library.interest for library in catalog.libraries.of([reader.id])] == [taught]
    # The letter says the old name for ever.
    assert catalog.feedback.give(reader.id, KEY, FeedbackKind.SAVE, NOON)[0].interest == later


@pytest.mark.parametrize(
    ("after", "names"),
    [
        ({"a": ("hens",), "b": ("foxes",)}, {"a": "b", "b": "a"}),
        ({"b": ("hens", "foxes")}, {"a": "b"}),
        ({"a": ("owls",), "b": ("hens",)}, {}),
        ({"a": ("foxes", "hens"), "b": ("owls",)}, {"b": "a"}),
    ],
    ids=["exchanged", "joined", "of something else", "joined, and its name given away"],
)
def test_an_interest_is_the_one_that_came_to_hold_what_it_held(after: dict[str, tuple[str, ...]], names: dict[str, str]) -> None:
    both = ({"a": ("foxes",), "b": ("hens",)}, after)
    before, now = (Profile(interests=tuple(Interest(name=name, topics=topics) for name, topics in each.items())) for each in both)

    assert renamed(before, now) == names
    assert renamed(now, now) == {}


@pytest.mark.parametrize(("section", "taught"), [(Section.PICKS, "animals"), (Section.OUTSIDE, "")])
def test_a_letter_of_before_teaches_the_interest_that_had_no_name_then(
    catalog: Catalog, reader: int, section: Section, taught: str
) -> None:
    before = catalog.subscribers.by_id(reader)
    assert before.profile is not None
    catalog.issues.publish([a_draft(before, picks=(Pick(paper=a_paper(KEY), section=section),))], NOON)
    for name in ("beasts", "animals"):
        named = tuple(replace(interest, name=name) for interest in before.profile.interests)
        catalog.subscribers.edit(replace(before, profile=Profile(interests=named)), NOON)

    given, _ = catalog.feedback.give(reader, KEY, FeedbackKind.LESS, NOON)

    assert given.interest == taught


def test_what_was_said_under_no_name_follows_a_name_and_a_library_of_no_interest_does_not(catalog: Catalog, reader: int) -> None:
    catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    catalog.libraries.keep(Library(subscription=reader, address="refs.bib"))
    before = catalog.subscribers.by_id(reader)
    assert before.profile is not None

    named = tuple(replace(interest, name="animals") for interest in before.profile.interests)
    catalog.subscribers.edit(replace(before, profile=Profile(interests=named)), NOON)

    assert [one.interest for one in catalog.feedback.of([reader])[reader]] == ["animals"]
    assert [library.interest for library in catalog.libraries.of([reader])] == [""]


def test_what_was_said_of_two_papers_that_prove_to_be_one_was_said_once(catalog: Catalog, reader: int) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1/foxes", "On foxes elsewhere")), NOON)
    first, _ = catalog.feedback.give(reader, KEY, FeedbackKind.SAVE, NOON)
    catalog.feedback.give(reader, "doi:10.1/foxes", FeedbackKind.SAVE, NOON)

    catalog.papers.record(a_batch(a_paper(KEY, ids=(KEY, "doi:10.1/foxes"))), NOON)

    assert [one.id for one in catalog.feedback.of([reader])[reader]] == [first.id]


def test_different_words_of_two_papers_that_prove_to_be_one_all_stand(catalog: Catalog, reader: int) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1/foxes", "On foxes elsewhere")), NOON)
    catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    catalog.feedback.give(reader, "doi:10.1/foxes", FeedbackKind.SAVE, NOON)

    catalog.papers.record(a_batch(a_paper(KEY, ids=(KEY, "doi:10.1/foxes"))), NOON)

    assert sorted(kinds(catalog, reader)) == ["more", "save"]


@pytest.mark.parametrize(
    ("first", "then", "stand"),
    [
        (FeedbackKind.MORE, FeedbackKind.LESS, ["less"]),
        (FeedbackKind.LESS, FeedbackKind.MORE, ["more"]),
        (FeedbackKind.LESS, FeedbackKind.SAVE, ["save"]),
        (FeedbackKind.SAVE, FeedbackKind.LESS, ["less", "save"]),
    ],
)
def test_of_opposite_words_of_two_papers_that_prove_to_be_one_the_last_stands(
    catalog: Catalog, reader: int, first: FeedbackKind, then: FeedbackKind, stand: list[str]
) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1/foxes", "On foxes elsewhere")), NOON)
    catalog.feedback.give(reader, KEY, first, NOON)
    catalog.feedback.give(reader, "doi:10.1/foxes", then, NOON)

    catalog.papers.record(a_batch(a_paper(KEY, ids=(KEY, "doi:10.1/foxes"))), NOON)

    assert sorted(kinds(catalog, reader)) == stand


def test_a_paper_nobody_listed_is_told_with_what_to_do(catalog: Catalog, reader: int) -> None:
    with pytest.raises(NotFound, match="not seen yet"):
        catalog.feedback.give(reader, "arxiv:2611.99999", FeedbackKind.MORE, NOON)


def test_a_number_that_was_never_given_is_told(catalog: Catalog) -> None:
    with pytest.raises(NotFound, match="no such feedback"):
        catalog.feedback.undo(7, NOON)


def test_lessons_are_what_stands_with_the_keys_of_papers_and_the_people_of_those_that_are_followed(catalog: Catalog, reader: int) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "On snow", authors=(Author("Bo Lind"),))), NOON)
    catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
    catalog.feedback.give(reader, "arxiv:2611.00002", FeedbackKind.FOLLOW, NOON, author="Bo Lind")
    undone, _ = catalog.feedback.give(reader, KEY, FeedbackKind.SEEN, NOON)
    catalog.feedback.undo(undone.id, NOON)
    follow, more = catalog.feedback.of([reader])[reader]

    lessons = catalog.feedback.lessons([reader])[reader]

    assert lessons == (follow, replace(more, paper=Paper(key=KEY, title="", abstract="")))


def test_a_word_that_was_undone_takes_none_away_that_stands_when_two_papers_prove_to_be_one(catalog: Catalog, reader: int) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1/foxes", "On foxes elsewhere")), NOON)
    undone, _ = catalog.feedback.give(reader, KEY, FeedbackKind.SAVE, NOON)
    catalog.feedback.undo(undone.id, NOON)
    catalog.feedback.give(reader, "doi:10.1/foxes", FeedbackKind.SAVE, NOON)

    catalog.papers.record(a_batch(a_paper(KEY, ids=(KEY, "doi:10.1/foxes"))), NOON)

    assert kinds(catalog, reader) == ["save"]


def test_of_all_that_a_reader_said_only_what_they_said_of_a_paper_is_read_for_its_page(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
    papers = papers_in(catalog, *range(1, 503))
    for paper in papers:
        catalog.feedback.give(reader.id, paper.key, FeedbackKind.MORE, NOON)

    steps = plans(catalog, lambda it: it.feedback.on(reader.id, papers[0].key))

    assert [one.paper.key for one in catalog.feedback.on(reader.id, papers[0].key)] == [papers[0].key]
    assert steps.count("SEARCH papers USING INTEGER PRIMARY KEY (rowid=?)") == 1  # of 502, two portions would be read


def test_who_was_erased_while_their_button_was_pressed_says_nothing(catalog: Catalog, reader: int) -> None:
    catalog.rights.forget("ana@example.org", NOON)

    with pytest.raises(NotFound, match="no such subscription"):
        catalog.feedback.give(reader, KEY, FeedbackKind.MORE, NOON)
