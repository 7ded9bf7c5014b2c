"""What a reader's library and words make of their profile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.catalog import Catalog, Library, Owned
from digest.model import Author, Changes, Feedback, FeedbackKind, Interest, Profile, Reference
from digest.run import Report, compose, explain, gather, preview_issue
from digest.run.issuing.composing import known_to_reader, today
from digest.run.issuing.profiles import taught, with_more

from .builders import NOON, a_batch, a_paper, a_profile, a_subscription
from .run_parts import parts_with, shown

FOXES = Interest(name="foxes", liked=("arxiv:2611.00009",))


def said(kind: FeedbackKind, key: str = "arxiv:2611.00001", **more: str) -> Feedback:
    return Feedback(id=1, subscription=1, paper=a_paper(key, authors=(Author("Ana Silva"),)), kind=kind, at=NOON, **more)  # type: ignore[arg-type]  # texts


def interests(profile: Profile, *given: Feedback, owned: tuple[Owned, ...] = ()) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """The liked and disliked papers of each interest."""
    return {i.name: (i.liked, i.disliked) for i in with_more(profile, owned, given).interests}


def test_more_and_save_are_likes_of_the_interest_that_brought_the_paper_before_older_ones() -> None:
    profile = Profile(interests=(FOXES,))

    found = interests(profile, said(FeedbackKind.MORE, interest="foxes"), said(FeedbackKind.SAVE, "arxiv:2611.00002", interest="foxes"))

    assert found == {"foxes": (("arxiv:2611.00001", "arxiv:2611.00002", "arxiv:2611.00009"), ())}


def test_what_no_interest_of_that_name_brought_goes_to_the_one_without_a_name() -> None:
    found = interests(Profile(interests=(FOXES,)), said(FeedbackKind.LESS, interest="a group of old"))

    assert found == {"foxes": (("arxiv:2611.00009",), ()), "": ((), ("arxiv:2611.00001",))}


def test_the_newest_opinion_on_a_paper_holds() -> None:
    found = interests(Profile(), said(FeedbackKind.LESS), said(FeedbackKind.SAVE))

    assert found == {"": ((), ("arxiv:2611.00001",))}


def test_a_disliked_paper_of_a_library_is_not_liked() -> None:
    assert interests(Profile(), said(FeedbackKind.LESS), owned=(Owned("arxiv:2611.00001", ""),)) == {"": ((), ("arxiv:2611.00001",))}


def test_an_opinion_stands_above_the_library_and_what_was_set() -> None:
    profile = Profile(interests=(FOXES,))
    library = (Owned("arxiv:2611.00009", ""), Owned("arxiv:2611.00003", "foxes"))

    found = interests(profile, said(FeedbackKind.LESS, "arxiv:2611.00009", interest="foxes"), owned=library)

    assert found == {"foxes": (("arxiv:2611.00003",), ("arxiv:2611.00009",))}


def test_a_paper_that_was_set_as_disliked_and_is_liked_since_is_no_longer_disliked() -> None:
    profile = Profile(interests=(Interest(name="foxes", disliked=("arxiv:2611.00001", "arxiv:2611.00002")),))

    found = interests(profile, said(FeedbackKind.MORE, interest="foxes"))

    assert found == {"foxes": (("arxiv:2611.00001",), ("arxiv:2611.00002",))}


def test_what_a_library_holds_stays_in_the_interest_that_it_was_set_to() -> None:
    assert interests(Profile(interests=(FOXES,)), owned=(Owned("arxiv:2611.00009", ""),)) == {"foxes": (("arxiv:2611.00009",), ())}
    disliked = Profile(interests=(Interest(disliked=("arxiv:2611.00009",)),))
    assert interests(disliked, owned=(Owned("arxiv:2611.00009", ""),)) == {"": ((), ("arxiv:2611.00009",))}


def test_a_paper_is_at_home_where_it_was_put_as_long_as_the_reader_has_it() -> None:
    profile = Profile(interests=(Interest(name="proteins", homes=("arxiv:2611.00001", "arxiv:2611.00002")),))

    both = interests(profile, said(FeedbackKind.MORE), owned=(Owned("arxiv:2611.00002", ""), Owned("arxiv:2611.00003", "")))
    none = interests(profile)

    assert both == {"proteins": (("arxiv:2611.00001", "arxiv:2611.00002"), ()), "": (("arxiv:2611.00003",), ())}
    assert none == {"proteins": ((), ())}


@pytest.mark.parametrize(("kind", "side"), [(FeedbackKind.MORE, 0), (FeedbackKind.SAVE, 0), (FeedbackKind.LESS, 1)])
def test_a_paper_that_was_given_to_an_interest_stays_there_whatever_brought_it_to_its_reader(kind: FeedbackKind, side: int) -> None:
    hens = Interest(name="hens", topics=("hens",), liked=("arxiv:2611.00001",))
    profile = Profile(interests=(Interest(name="foxes", topics=("foxes",), homes=("arxiv:2611.00001",)), hens))

    found = interests(profile, said(kind, interest="foxes"))

    assert (found["foxes"], found["hens"][side]) == (((), ()), ("arxiv:2611.00001",))


def test_following_adds_an_author() -> None:
    profile = with_more(Profile(authors=("Bo Lind",)), (), [said(FeedbackKind.FOLLOW, author="Ana Silva")])

    assert profile.authors == ("Bo Lind", "Ana Silva")


@pytest.mark.parametrize(
    ("carberry", "identity"),
    [
        (Author("Josiah Carberry", orcid="0000-0002-1825-0097", openalex_id="A5023888391"), "0000-0002-1825-0097"),
        (Author("Josiah Carberry", openalex_id="A5023888391"), "A5023888391"),
    ],
    ids=["ORCID", "OpenAlex"],
)
def test_an_author_with_an_identity_is_followed_by_it(carberry: Author, identity: str) -> None:
    paper = a_paper("arxiv:2611.00001", authors=(Author("Ana Silva"), carberry))
    given = Feedback(id=1, subscription=1, paper=paper, kind=FeedbackKind.FOLLOW, at=NOON, author="Josiah Carberry")

    assert with_more(Profile(), (), [given]).authors == (f"Josiah Carberry <{identity}>",)


def test_a_name_of_nothing_but_an_identity_follows_nobody() -> None:
    assert with_more(Profile(), (), [said(FeedbackKind.FOLLOW, author="<0000-0002-1825-0097>")]).authors == ()


def test_an_identity_inside_a_name_is_not_believed() -> None:
    claimed = "Ana Silva <0000-0002-1825-0097>"
    given = Feedback(id=1, subscription=1, paper=a_paper(authors=(Author(claimed),)), kind=FeedbackKind.FOLLOW, at=NOON, author=claimed)

    assert with_more(Profile(), (), [given]).authors == ("Ana Silva",)


def test_a_profile_that_nothing_was_said_of_stays_as_it_is() -> None:
    assert with_more(Profile(interests=(FOXES,)), (), [said(FeedbackKind.SEEN)]) == Profile(interests=(FOXES,))


def test_a_paper_that_is_disliked_while_issues_are_made_is_in_none_of_them(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes in the snow"), a_paper("arxiv:2611.00002", "Foxes at dusk")), NOON)
    reader = catalog.subscribers.add(a_subscription(profile=a_profile("foxes")), NOON)
    parts, due = parts_with(catalog), [(reader, today(reader, NOON))]
    day = gather(parts, due, Report(NOON))

    catalog.feedback.give(reader.id, "arxiv:2611.00001", FeedbackKind.LESS, NOON)
    (draft,) = compose(parts, due, day)

    assert shown(draft.issue) == ["arxiv:2611.00002"]


def test_what_a_profile_likes_and_dislikes_by_another_name_goes_by_its_key(catalog: Catalog) -> None:
    foxes = a_paper("arxiv:2611.00001", "On foxes", ids=("arxiv:2611.00001", "doi:10.1/a"))
    hares = a_paper("arxiv:2611.00002", "On hares", ids=("arxiv:2611.00002", "doi:10.1/b"))
    catalog.papers.record(a_batch(foxes, hares), NOON)
    interest = Interest(liked=("doi:10.1/a",), disliked=("doi:10.1/b",))
    reader = catalog.subscribers.add(a_subscription(profile=Profile(interests=(interest,))), NOON)

    (lesson,) = taught(catalog, [reader])

    assert (lesson.profile.liked, lesson.profile.disliked) == ((foxes.key,), (hares.key,))


def test_a_paper_is_at_home_where_it_was_put_under_another_name(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", ids=("arxiv:2611.00001", "doi:10.1/a"))), NOON)
    proteins = Profile(interests=(Interest(name="proteins", homes=("doi:10.1/a",)),))
    reader = catalog.subscribers.add(a_subscription(profile=proteins), NOON)
    catalog.feedback.give(reader.id, "arxiv:2611.00001", FeedbackKind.MORE, NOON)

    (lesson,) = taught(catalog, [reader])

    assert [(interest.name, interest.liked) for interest in lesson.profile.interests] == [("proteins", ("arxiv:2611.00001",))]


def test_what_a_reader_saw_by_one_subscription_they_know_in_the_other(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001"), a_paper("arxiv:2611.00002", "On hares")), NOON)
    one, other = (catalog.subscribers.add(a_subscription(name=name), NOON) for name in ("one", "other"))
    catalog.feedback.give(one.id, "arxiv:2611.00001", FeedbackKind.SEEN, NOON)
    catalog.feedback.give(one.id, "arxiv:2611.00002", FeedbackKind.MORE, NOON)

    assert [lesson.known for lesson in taught(catalog, [one, other])] == [{"arxiv:2611.00001"}] * 2


def test_what_a_reader_likes_since_they_disliked_it_is_shown_by_a_third_subscription(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes in the snow"), a_paper("arxiv:2611.00002", "Foxes at dusk")), NOON)
    names, profile = ("one", "other", "third"), a_profile("foxes")
    one, other, third = (catalog.subscribers.add(a_subscription(name=name, profile=profile), NOON) for name in names)
    catalog.feedback.give(one.id, "arxiv:2611.00001", FeedbackKind.LESS, NOON)
    catalog.feedback.give(other.id, "arxiv:2611.00001", FeedbackKind.MORE, NOON + timedelta(hours=1))

    assert "arxiv:2611.00001" in shown(preview_issue(parts_with(catalog), third, Report(NOON + timedelta(hours=2))))


def test_what_a_reader_disliked_by_one_subscription_is_not_shown_in_the_other(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "Foxes in the snow"), a_paper("arxiv:2611.00002", "Foxes at dusk")), NOON)
    one, other = (catalog.subscribers.add(a_subscription(name=n, profile=a_profile("foxes")), NOON) for n in ("one", "other"))
    catalog.feedback.give(one.id, "arxiv:2611.00001", FeedbackKind.LESS, NOON)
    parts, report = parts_with(catalog), Report(NOON)

    assert "arxiv:2611.00001" not in shown(preview_issue(parts, other, report))
    assert explain(parts, other, "arxiv:2611.00001", report).verdict == "you disliked it, so it is not shown again"


def test_what_stands_in_the_library_of_one_subscription_is_known_to_the_reader_of_the_other(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001")), NOON)
    one, other = (catalog.subscribers.add(a_subscription(name=name), NOON) for name in ("one", "other"))
    library = catalog.libraries.keep(Library(subscription=one.id, address="refs.bib")).id
    catalog.libraries.record(library, Changes(references=(Reference(entry="a", ids=("arxiv:2611.00001",)),)), NOON)

    assert [known_to_reader(lesson, {}) for lesson in taught(catalog, [one, other])] == [{"arxiv:2611.00001"}] * 2
