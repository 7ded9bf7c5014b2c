"""Whose papers a reader gets: the followed one's by identity, else by name with what is known of them; a namesake's never."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.model import Author, Paper, Profile, Section
from digest.naming import Followed
from digest.ranking import Ranking, order, pick, survey
from digest.ranking.people.bylines import Bylines, Writer
from digest.ranking.people.following import Byline, Person, judged, known_by
from digest.ranking.people.names import name_parts

from .builders import NOON, a_paper, a_profile
from .ranking_papers import a_crowd

CROWD = a_crowd(200)
MINE, OTHER, THIRD = "0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X"


def by(*names: str | Author, key: str = "arxiv:1.1", categories: tuple[str, ...] = ("q-bio.QM",), title: str = "On cells") -> Paper:
    """A paper by these people, in biology unless said otherwise."""
    authors = tuple(Author(name) if isinstance(name, str) else name for name in names)
    return a_paper(key, title, authors=authors, categories=categories, abstract="")


LIKED = by("Wei Wang", "Charles Blundell", key="arxiv:0.1", categories=("cs.LG",), title="On networks")


def ranked(profile: Profile, *papers: Paper, library: tuple[Paper, ...] = (), background: tuple[Paper, ...] = CROWD) -> Ranking:
    return order(survey(papers, library={p.key: p for p in library}, background=background, now=NOON), [profile])


def told(profile: Profile, *papers: Paper, library: tuple[Paper, ...] = (LIKED,), background: tuple[Paper, ...] = CROWD) -> dict[str, str]:
    """The papers in the section of followed people, and what is said of their authors."""
    picks = pick(ranked(profile, *papers, library=library, background=background), 0)
    return {
        p.paper.key: next(reason.note for reason in p.reasons if reason.signal == "authors") for p in picks if p.section is Section.FOLLOWED
    }


# --- by identity ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [MINE, f"https://orcid.org/{MINE}", f"Wei Wang <{MINE}>", f"Somebody Else <https://orcid.org/{MINE}>"])
def test_a_paper_with_the_followed_identity_is_theirs_whatever_its_field(identity):
    paper = by(Author("W. Wang", orcid=MINE), "Bo Lind")

    found = told(Profile(authors=(identity,), categories=("cs.LG",)), paper)

    assert found.keys() == {"arxiv:1.1"}


def test_a_paper_by_identity_carries_no_mark():
    paper = by(Author("W. Wang", openalex_id="https://openalex.org/A5023888391"))

    assert told(Profile(authors=("Wei Wang <A5023888391>",)), paper) == {"arxiv:1.1": "you follow Wei Wang"}
    assert told(Profile(authors=("A5023888391",)), paper) == {"arxiv:1.1": "you follow W. Wang"}


@pytest.mark.parametrize(("followed", "who"), [(f"Wei Wang <{MINE}>", "Wei Wang"), (MINE, "W. Wang")])
def test_a_paper_of_others_says_whose_it_is_not_by_name(followed, who):
    theirs = [by(Author("W. Wang", orcid=MINE), key=f"arxiv:1.{number}") for number in range(21)]
    ranking = ranked(a_profile("foxes", authors=(followed,)), theirs[0], by("Bo Lind", key="arxiv:2.1"), background=(*CROWD, *theirs[1:]))
    (column,) = ranking.followed(0)

    assert [reason.note for reason in ranking.reasons(0, 1 - column) if reason.signal == "authors"] == [f"not by {who}"]


def test_the_same_name_with_another_identity_is_somebody_else_even_with_a_common_co_author():
    reader = a_profile(liked=(LIKED.key,), authors=(f"Wei Wang <{MINE}>",), categories=("cs.LG",))
    paper = by(Author("Wei Wang", orcid=OTHER), "Charles Blundell", categories=("cs.LG",))

    ranking = ranked(reader, paper, library=(LIKED,))

    assert ranking.followed(0) == {}
    assert ranking.namesakes(0) == {0: "by a namesake of Wei Wang, whom you follow: another ORCID iD"}


@pytest.mark.parametrize(
    ("followed", "written"),
    [
        ("Lukasz Kaiser", "Łukasz Kaiser"),
        ("Kyunghyun Cho", "Kyung Hyun Cho"),
        ("Kyung Hyun Cho", "Kyung-Hyun Cho"),
        ("Ana García López", "Ana García-López"),
        ("Ana García-López", "Ana García López"),
        ("Yann LeCun", "Yann Le Cun"),
        ("Amit K. Roy-Chowdhury", "Amit K. Roy Chowdhury"),
        ("Amit K. Roy Chowdhury", "Amit K. Roy-Chowdhury"),
        ("Jürgen Schmidhuber", "Juergen Schmidhuber"),
        ("Juergen Schmidhuber", "Jürgen Schmidhuber"),
        ("Juergen Schmidhuber", "J. Schmidhuber"),
        ("Jurgen Schmidhuber", "Ju\u0308rgen Schmidhuber"),
        ("Klaus-Robert Mueller", "K.-R. Müller"),
        ("J. Schmidhuber", "Jürgen Schmidhuber"),
        ("Ö. Toprak", "Özge Toprak"),
        ("Özge Toprak", "Ö. Toprak"),
        ("Søren Brunak", "Soeren Brunak"),
    ],
)
def test_the_followed_one_is_found_by_every_spelling(followed, written):
    assert told(Profile(authors=(followed,)), by(written), library=()).keys() == {"arxiv:1.1"}


@pytest.mark.parametrize(
    ("followed", "written"),
    [
        ("Michael Kim", "Michal Kim"),
        ("Rafael Nowak", "Rafał Nowak"),
        ("Juergen Schmidhuber", "Jurgen Schmidhuber"),
        ("Sebastian Bernhard", "Sebastian Zwickl-Bernhard"),
        ("Ana Lopez", "Ana García-López"),
        ("Yu Li", "Yue Li"),
        ("Le Xu", "Le Xue"),
        ("Jae Cho", "Jae C. Ho"),
        ("Wei Z. Hu", "Wei Zhu"),
        ("J. Cho", "J. C. Ho"),
    ],
)
def test_a_name_that_only_looks_alike_is_somebody_elses(followed, written):
    assert told(Profile(authors=(followed,)), by(written), library=()).keys() == set()


def test_an_identity_alone_follows_no_name():
    assert told(Profile(authors=(MINE,)), by("Wei Wang"), by(Author("Wei Wang", orcid=MINE), key="arxiv:1.2")).keys() == {"arxiv:1.2"}


def test_the_identity_on_a_liked_paper_tells_namesakes_apart():
    liked = by(Author("Wei Wang", orcid=MINE), key="arxiv:0.1", categories=("cs.LG",))
    reader = a_profile(liked=(liked.key,), authors=("Wei Wang",))
    same = by(Author("Wei Wang", orcid=MINE))
    namesake = by(Author("Wei Wang", orcid=OTHER), key="arxiv:1.2", categories=("cs.LG",))

    assert told(reader, same, namesake, library=(liked,)) == {"arxiv:1.1": "you follow Wei Wang"}


def test_a_paper_without_identities_is_by_name_even_for_one_who_follows_an_identity():
    month = (*CROWD, by(Author("Wei Wang", orcid=MINE), "Bo Lind", key="arxiv:0.9", categories=("cs.LG",)))
    reader = Profile(authors=(f"Wei Wang <{MINE}>",))

    found = told(reader, by("Wei Wang"), by("Wei Wang", "Bo Lind", key="arxiv:1.2"), background=month)

    assert found == {"arxiv:1.2": "you follow Wei Wang (by name; writes with Bo Lind)"}


def test_of_two_of_one_name_on_a_paper_the_other_ones_identity_is_no_contradiction():
    paper = by(Author("Wei Wang", orcid=OTHER), "Wei Wang")

    assert told(Profile(authors=(f"Wei Wang <{MINE}>",)), paper) == {"arxiv:1.1": "you follow Wei Wang (by name)"}


@pytest.mark.parametrize("beside", ["Bo Lind", "Wei Wang"])
def test_the_identity_of_who_stands_beside_them_on_a_liked_paper_is_not_theirs(beside):
    liked = by(Author("Wei Wang", orcid=MINE), Author(beside, orcid=OTHER), key="arxiv:0.1")
    reader = a_profile(liked=(liked.key,), authors=(f"Wei Wang <{MINE}>",))
    paper = by(Author("Wei Wang", orcid=THIRD if beside == "Bo Lind" else OTHER), Author("Bo Lind", orcid=OTHER))

    assert told(reader, paper, library=(liked,)) == {}


def test_a_liked_paper_of_a_namesake_does_not_tell_whom_they_write_with():
    liked = by(Author("Wei Wang", orcid=OTHER), "Charles Blundell", key="arxiv:0.1", categories=("cs.LG",))
    reader = a_profile(liked=(liked.key,), authors=(f"Wei Wang <{MINE}>",))

    assert told(reader, by("Wei Wang", "Charles Blundell"), library=(liked,)) == {}


def test_what_is_no_identity_is_nobodys():
    ((author,),) = Bylines.of([by(Author("Wei Wang", orcid="none"))])

    assert author.ids == frozenset()


def test_an_identity_is_not_doubted_for_others_of_that_name():
    month = (*CROWD, by("Wei Wang", "Bo Lind", key="arxiv:0.9", categories=("cs.LG",)))

    found = told(Profile(authors=(f"Wei Wang <{MINE}>",)), by(Author("Wei Wang", orcid=MINE), "Li Na"), background=month)

    assert found == {"arxiv:1.1": "you follow Wei Wang"}


# --- by name ----------------------------------------------------------------------------------------------------------


def test_of_two_names_that_a_paper_is_followed_for_the_first_is_told():
    ranking = ranked(Profile(authors=("Li Na", "Wei Wang")), by("Wei Wang", "Li Na"))

    assert ranking.followed(0) == {0: "Li Na"}


def test_a_paper_by_somebody_followed_is_no_namesakes_for_another_name_on_it():
    reader = Profile(authors=(f"Wei Wang <{MINE}>", "Li Na"))
    ranking = ranked(reader, by(Author("Wei Wang", orcid=OTHER), "Li Na"))

    assert (ranking.followed(0), ranking.namesakes(0)) == ({0: "Li Na"}, {})


def test_who_is_followed_twice_counts_once():
    once, twice = (ranked(Profile(authors=("Wei Wang",) * times), by("Wei Wang")) for times in (1, 2))

    assert twice.reasons(0, 0) == once.reasons(0, 0)


@pytest.mark.parametrize("also", [f"Wei Wang <{MINE}>", MINE, "W. Wang"])
def test_who_is_followed_by_name_and_otherwise_too_counts_once(also):
    papers = by(Author("Wei Wang", orcid=MINE)), by("Bo Lind", key="arxiv:1.2")
    ways = ((f"Wei Wang <{MINE}>",), ("Wei Wang", also), (also, "Wei Wang"))
    once, twice, turned = (ranked(Profile(authors=way), *papers) for way in ways)

    assert twice.scores.tolist() == turned.scores.tolist() == once.scores.tolist()
    assert twice.reasons(0, 0)[0].note.startswith("you follow Wei Wang")


@pytest.mark.parametrize("ways", tuple(permutations((MINE, "Wei Wang", f"Wei Wang <{MINE}>"))))
def test_who_is_followed_in_two_ways_that_a_third_shows_to_be_one_counts_once(ways):
    papers = by(Author("Wey Vang", orcid=MINE)), by("Wei Wang", key="arxiv:1.2")
    once, thrice = (ranked(Profile(authors=authors), *papers) for authors in ((f"Wei Wang <{MINE}>",), ways))

    assert thrice.scores.tolist() == once.scores.tolist()


@pytest.mark.parametrize("other", ["W. Wang", "Wei Wang"])
def test_who_is_followed_by_name_and_identity_counts_once_beside_somebody_whose_name_may_be_theirs(other):
    papers = by(other, Author("Wei Wang", orcid=MINE)), by("Bo Lind", key="arxiv:1.2")
    once, twice = (ranked(Profile(authors=authors), *papers) for authors in ((MINE,), (MINE, "Wei Wang")))

    assert twice.scores.tolist() == once.scores.tolist()


def test_two_followed_authors_of_one_paper_count_twice():
    one, both = (ranked(Profile(authors=who), by("Wei Wang", "Li Na")) for who in (("Wei Wang",), ("Wei Wang", "Li Na")))

    assert both.scores[0, 0] == 2 * one.scores[0, 0]


def test_a_paper_that_only_one_of_two_ways_to_follow_somebody_finds_stays_theirs():
    mine, other = by(Author("Wei Wang", orcid=MINE)), by(Author("Wei Wang", orcid=OTHER), key="arxiv:1.2")

    found = told(Profile(authors=(f"Wei Wang <{MINE}>", "Wei Wang")), mine, other)

    assert found == {"arxiv:1.1": "you follow Wei Wang", "arxiv:1.2": "you follow Wei Wang (by name)"}


def test_a_namesakes_paper_gains_nothing_by_that_of_the_followed_one():
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",))
    ranking = ranked(reader, by("Wei Wang", categories=("cs.LG",)), by("Wei Wang", "Li Na", key="arxiv:1.2"), library=(LIKED,))

    assert [reason.points > 0 for column in (0, 1) for reason in ranking.reasons(0, column) if reason.signal == "authors"] == [True]


def test_a_co_author_on_a_namesakes_paper_of_the_background_counts_for_nothing():
    month = (*CROWD, by("Wei Wang", "Li Na", key="arxiv:0.9"))

    assert told(a_profile(liked=(LIKED.key,), authors=("Wei Wang",)), by("Wei Wang", "Li Na"), background=month) == {}


def test_another_paper_of_the_same_day_raises_no_doubt():
    found = told(Profile(authors=("Wei Wang",)), by("Wei Wang", "Li Na"), by("Wei Wang", "Bo Lind", key="arxiv:1.2", categories=("cs.LG",)))

    assert set(found.values()) == {"you follow Wei Wang (by name)"}


def test_a_paper_of_the_background_with_the_same_co_author_is_no_other_persons():
    month = (*CROWD, by("Wei Wang", "Li Na", key="arxiv:0.9", categories=("cs.LG",)))

    found = told(Profile(authors=("Wei Wang",)), by("Wei Wang", "Li Na"), background=month)

    assert found == {"arxiv:1.1": "you follow Wei Wang (by name)"}


def test_a_known_co_author_leaves_no_doubt_though_no_field_is_known():
    liked = replace(LIKED, categories=())
    month = (*CROWD, by("Wei Wang", "Bo Lind", key="arxiv:0.9", categories=("cs.LG",)))
    reader = a_profile(liked=(liked.key,), authors=("Wei Wang",))

    found = told(reader, by("Wei Wang", "Charles Blundell"), library=(liked,), background=month)

    assert found == {"arxiv:1.1": "you follow Wei Wang (by name; writes with Charles Blundell)"}


def test_a_paper_of_just_thirty_authors_tells_who_works_with_whom():
    crew = [f"Member Number{chr(97 + n // 10)}{chr(97 + n % 10)}" for n in range(29)]
    liked = by("Wei Wang", *crew, key="arxiv:0.1", categories=("hep-ex",))

    assert told(a_profile(liked=(liked.key,), authors=("Wei Wang",)), by("Wei Wang", crew[0]), library=(liked,)).keys() == {"arxiv:1.1"}


def test_somebody_with_another_initial_leaves_no_doubt_about_an_initial():
    assert told(Profile(authors=("Wei Wang",)), by("W. Wang", "Bo Wang")).keys() == {"arxiv:1.1"}


def test_a_family_name_that_looks_like_a_suffix_is_kept():
    assert told(Profile(authors=("Naoki Ii",)), by("N. Ii"), by("Naoki Abe", key="arxiv:1.2")).keys() == {"arxiv:1.1"}


def test_a_namesake_in_another_field_than_the_liked_papers_does_not_get_in():
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",))
    paper = by("Wei Wang", "Li Na")

    with_name, without = ranked(reader, paper, library=(LIKED,)), ranked(replace(reader, authors=()), paper, library=(LIKED,))

    assert with_name.followed(0) == {}
    assert with_name.namesakes(0) == {0: "by a namesake of Wei Wang, whom you follow: no co-author or field in common"}
    assert with_name.scores[0, 0] == without.scores[0, 0]


def test_a_namesake_in_another_field_than_the_readers_does_not_get_in():
    assert told(Profile(authors=("Wei Wang",), categories=("cs.LG",)), by("Wei Wang", "Li Na")) == {}


def test_the_fields_of_the_followed_ones_papers_count_more_than_the_readers():
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",), categories=("q-bio",))

    assert told(reader, by("Wei Wang", "Li Na")) == {}


def test_a_common_co_author_lets_a_paper_in_another_field_in():
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",))

    assert told(reader, by("C. Blundell", "Wei Wang")) == {"arxiv:1.1": "you follow Wei Wang (by name; writes with C. Blundell)"}


def test_a_co_author_on_a_paper_of_the_background_that_is_theirs_counts_as_well():
    month = (*CROWD, by("Wei Wang", "Bo Lind", key="arxiv:0.9", categories=("cs.CL", "q-bio.QM")))
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",))

    found = told(reader, by("Wei Wang", "Bo Lind", categories=("econ.EM",)), background=month)

    assert found == {"arxiv:1.1": "you follow Wei Wang (by name; writes with Bo Lind)"}


def test_large_collaborations_tell_nothing_of_who_works_with_whom():
    crew = [f"Member Number{chr(97 + n)}" for n in range(26)] + [f"Guest Number{chr(97 + n)}" for n in range(26)]
    liked = by("Wei Wang", *crew, key="arxiv:0.1", categories=("hep-ex",))

    assert told(a_profile(liked=(liked.key,), authors=("Wei Wang",)), by("Wei Wang", *crew[:3]), library=(liked,)) == {}


@pytest.mark.parametrize("categories", [("cs.CV",), ("stat.ML",), ("q-bio.QM", "cs.LG")])
def test_the_same_field_is_enough_for_a_paper_with_other_co_authors(categories):
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",))

    assert told(reader, by("Wei Wang", "Li Na", categories=categories)) == {"arxiv:1.1": "you follow Wei Wang (by name; same field)"}


def test_without_a_liked_paper_of_theirs_the_fields_are_those_that_the_reader_reads():
    paper = by("Yarin Gal")
    liked = by("Bo Lind", key="arxiv:0.1")

    by_category = told(Profile(authors=("Yarin Gal",), categories=("q-bio",)), paper)
    by_likes = told(a_profile(liked=(liked.key,), authors=("Yarin Gal",)), paper, library=(liked,))

    assert by_category == by_likes == {"arxiv:1.1": "you follow Yarin Gal (by name; in a field you read)"}


@pytest.mark.parametrize("categories", [(), ("Cell biology",)])
def test_a_paper_of_no_known_field_contradicts_nothing(categories):
    reader = a_profile(liked=(LIKED.key,), authors=("Wei Wang",))

    assert told(reader, by("Wei Wang", categories=categories)) == {"arxiv:1.1": "you follow Wei Wang (by name)"}


def test_where_nothing_is_known_the_name_counts():
    assert told(Profile(authors=("Yarin Gal",)), by("Gal, Yarin")) == {"arxiv:1.1": "you follow Yarin Gal (by name)"}


def test_where_nothing_is_known_and_several_people_have_the_name_it_says_so():
    month = (*CROWD, by("Wei Wang", "Bo Lind", key="arxiv:0.9", categories=("cs.LG",)))

    found = told(Profile(authors=("Wei Wang",)), by("Wei Wang", "Li Na"), background=month)

    assert found == {"arxiv:1.1": "you follow Wei Wang (by name, which others have too)"}


def test_initials_stand_for_a_name_unless_two_people_are_meant():
    paper = by("W. Wang")

    assert told(Profile(authors=("Wei Wang",)), paper).keys() == {"arxiv:1.1"}
    assert told(Profile(authors=("Wei Wang",)), paper, by("Wenhao Wang", key="arxiv:1.2")) == {}
    assert len(told(Profile(authors=("Wörner Wang",)), paper, by("Wörner Wang", key="arxiv:1.2"))) == 2
    assert len(told(Profile(authors=("Wörner Wang",)), paper, by("Woerner Wang", key="arxiv:1.2"))) == 2


def test_readers_of_one_block_each_have_their_own_evidence():
    biology = by("Wei Wang", "Li Na", key="arxiv:0.2")
    readers = [a_profile(liked=(key,), authors=("Wei Wang",)) for key in (LIKED.key, biology.key, "unknown")]
    ground = survey([by("Wei Wang", "Bo Lind")], library={p.key: p for p in (LIKED, biology)}, background=CROWD, now=NOON)

    together = order(ground, readers)

    assert [list(together.followed(number)) for number in range(3)] == [[], [0], [0]]
    assert np.allclose(together.scores, np.vstack([order(ground, [reader]).scores for reader in readers]), atol=1e-4)


# --- for any papers ---------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["Wei Wang", "W. Wang", "Wang, Wei", "Wenhao Wang", "Bo Lind", "B. Lind", "Li Na", ""])
WRITTEN = st.builds(Author, NAMES, orcid=st.sampled_from([None, None, MINE, OTHER]))
CATEGORIES = st.sampled_from([(), ("cs.LG",), ("q-bio.QM",), ("stat.ML", "q-bio.QM"), ("foxes",)])


@st.composite
def days(draw: st.DrawFn) -> tuple[Paper, ...]:
    count = draw(st.integers(1, 5))
    return tuple(by(*draw(st.lists(WRITTEN, max_size=4)), key=f"arxiv:1.{n}", categories=draw(CATEGORIES)) for n in range(count))


READERS = st.builds(
    a_profile,
    liked=st.sampled_from([(), (LIKED.key,)]),
    authors=st.sampled_from([("Wei Wang",), (f"Wei Wang <{MINE}>",), (MINE, "W. Wang"), ("Bo Lind", "Li Na")]),
    categories=CATEGORIES,
)


def verdicts(profile: Profile, papers: tuple[Paper, ...]) -> dict[str, tuple[str | None, str | None]]:
    ranking = ranked(profile, *papers, library=(LIKED,))
    return {p.key: (ranking.followed(0).get(c), ranking.namesakes(0).get(c)) for c, p in enumerate(ranking.papers)}


@settings(max_examples=40)
@given(READERS, days(), st.randoms(use_true_random=False))
def test_the_order_of_papers_and_of_authors_does_not_matter(reader, day, chance):
    mixed = [replace(paper, authors=tuple(chance.sample(paper.authors, len(paper.authors)))) for paper in day]
    shuffled = tuple(chance.sample(mixed, len(mixed)))

    assert verdicts(reader, shuffled) == verdicts(reader, day)


@settings(max_examples=40)
@given(READERS, days())
def test_reasons_are_the_score_and_a_namesakes_paper_gains_nothing(reader, day):
    ranking = ranked(reader, *day, library=(LIKED,))

    columns = range(len(ranking.papers))
    reasons = [ranking.reasons(0, column) for column in columns]
    gains = [sum(r.points for r in reasons[c] if r.signal == "authors") for c in columns if c not in ranking.followed(0)]

    assert np.allclose([sum(r.points for r in its) for its in reasons], ranking.scores[0], atol=1e-4)
    assert max(gains, default=0.0) <= 0.0


@given(WRITTEN, st.lists(WRITTEN, max_size=4), st.integers(0, 7), st.integers(0, 7))
def test_a_paper_by_identity_never_depends_on_names_or_fields(author, others, fields, known):
    person = Person(Followed("Wei Wang", f"orcid:{MINE}"), frozenset([name_parts("Wei Wang")]), frozenset([f"orcid:{MINE}"]), known)

    verdict = judged(person, Byline(Bylines.of([by(replace(author, orcid=MINE), *others)])[0], fields))

    assert verdict is not None
    assert verdict.note == "you follow Wei Wang"


@given(st.lists(WRITTEN, max_size=5))
def test_a_byline_is_read_as_it_was_written(authors):
    bylines = Bylines.of([by("Bo Lind"), by(*authors)])

    told = [(a.name, {f"orcid:{a.orcid}"} if a.orcid else set()) for a in authors if a.name or a.orcid]
    assert bylines[1] == tuple(Writer(name, name_parts(name), frozenset(ids), (name_parts(name),)) for name, ids in told)
    assert all(1 in bylines.near(name_parts(a.name)) for a in authors if a.name)
    assert all(1 in bylines.identified(f"orcid:{a.orcid}") for a in authors if a.orcid)


def test_what_a_liked_paper_tells_leaves_out_the_followed_one():
    person = Person(Followed("Wei Wang"), frozenset([name_parts("Wei Wang")]), frozenset())
    work = Byline(Bylines.of([LIKED])[0], 1)

    assert known_by(person, [work], 0).circle == {"blundell": frozenset([("charles", "blundell")])}


# --- real homonyms ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(test_data: Path) -> tuple[Paper, ...]:
    """Papers of arXiv by people called Wei Wang, all in computing, by several who share the name."""
    lines = gzip.decompress((test_data / "ranking/arx/items.jsonl.gz").read_bytes()).decode().splitlines()
    items = [item for item in map(json.loads, lines) if "Wei Wang" in item["authors"]]
    return tuple(by(*item["authors"], key=item["id"], title=item["title"], categories=tuple(item["categories"].split())) for item in items)


def test_of_real_homonyms_in_computing_none_reaches_a_reader_of_astronomy(recorded):
    namesakes = ranked(Profile(authors=("Wei Wang",), categories=("astro-ph.GA",)), *recorded).namesakes(0)

    assert len(recorded) == len(namesakes) == 20
    assert set(namesakes.values()) == {"by a namesake of Wei Wang, whom you follow: no co-author or field in common"}


def test_of_real_homonyms_the_one_who_writes_with_the_same_people_is_told_from_the_others(recorded):
    (liked,) = (paper for paper in recorded if paper.key == "2508.13562")

    notes = told(a_profile(liked=(liked.key,), authors=("Wei Wang",)), *recorded[:2], recorded[7], library=(liked,))

    assert notes == {
        "2503.23459": "you follow Wei Wang (by name; same field)",
        "2504.13074": "you follow Wei Wang (by name; same field)",
        "2512.02392": "you follow Wei Wang (by name; writes with Xiao Sun)",
    }
