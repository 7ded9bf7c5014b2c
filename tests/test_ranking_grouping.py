"""Likes without a home, grouped by likeness, named, and kept until somebody likes something else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from digest.catalog import Catalog
from digest.model import Interest, Paper, Profile
from digest.ranking import Grouped, group_likes, survey, with_groups
from digest.ranking.grouping import hierarchical_groups
from digest.run import Report, as_grouped, preview_issue
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.ranking_papers import a_crowd
from tests.run_parts import parts_with

FOXES = tuple(
    a_paper(f"arxiv:2.{n}", f"Foxes and dens {word}", abstract=f"Foxes rest in dens of {word} in winter, vixens with cubs.")
    for n, word in enumerate(("sand", "clay", "chalk", "moss", "peat"))
)
GRAPHS = tuple(
    a_paper(f"arxiv:3.{n}", f"Graph colouring {word}", abstract=f"Vertices and edges of {word} graphs, a colouring of minors.")
    for n, word in enumerate(("planar", "sparse", "chordal", "cubic", "perfect"))
)
FOX_KEYS, GRAPH_KEYS = (tuple(paper.key for paper in papers) for papers in (FOXES, GRAPHS))
LIKES = tuple(paper.key for pair in zip(FOXES, GRAPHS, strict=True) for paper in pair)


def groups_of(*papers: Paper, topics: tuple[str, ...] = ()) -> tuple[Grouped, ...]:
    ground = survey(a_crowd(5, seed=2), library={p.key: p for p in papers}, background=a_crowd(200), now=NOON)
    return group_likes(ground, Interest(topics=topics, liked=tuple(p.key for p in papers)))


def background() -> tuple[Paper, ...]:
    return (*FOXES, *GRAPHS, *a_crowd(300))


def test_two_kinds_of_likes_are_two_groups_named_by_their_titles():
    found = groups_of_known(topics=("vixens in winter", "minors of graphs", "opera"))

    assert [(group.name, group.liked, group.topics) for group in found] == [
        ("dens · foxes", FOX_KEYS, ("vixens in winter",)),
        ("colouring · graph", GRAPH_KEYS, ("minors of graphs",)),
    ]


def groups_of_known(topics: tuple[str, ...] = ()) -> tuple[Grouped, ...]:
    library = {paper.key: paper for paper in (*FOXES, *GRAPHS)}
    ground = survey(a_crowd(5, seed=2), library=library, background=background(), now=NOON)
    return group_likes(ground, Interest(topics=topics, liked=("arxiv:1.1", *LIKES)))  # of which the first is known to nobody


def test_likes_of_one_kind_stay_together():
    likeness = np.full((12, 12), 0.3) + 0.7 * np.eye(12)

    assert hierarchical_groups(likeness) == ()


def test_few_likes_stay_together():
    assert groups_of(*FOXES, *GRAPHS[:4]) == ()


@pytest.mark.parametrize(
    ("kinds", "between", "groups"),
    [
        ((5, 7), 0.05, [7, 5]),
        ((5, 7), 0.1, []),
        ((1, 1, 1, 1, 5, 5), 0.0, [5, 5]),
        ((5, 5, 1, 1, 1, 1, 1), 0.0, []),
        ((1, 1, 1, 1, 1, 5, 5), 0.0, []),
    ],
    ids=["two kinds", "too like each other", "some of no kind stay where they were", "too many of no kind", "those of no kind first"],
)
def test_likes_come_apart_where_groups_differ_and_hold_most(kinds: tuple[int, ...], between: float, groups: list[int]):
    kind = np.repeat(np.arange(len(kinds)), kinds)
    likeness = np.where(kind == kind[:, None], 0.4, between)
    np.fill_diagonal(likeness, 1.0)

    assert [len(group) for group in hierarchical_groups(likeness)] == groups


def test_groups_become_interests_and_the_rest_keeps_no_name():
    profile = Profile(
        interests=(Interest(name="FOXES", topics=("dens",)), Interest(topics=("opera", "graphs"), liked=("a", "b", "c", "d"), weight=2.0))
    )

    after = with_groups(profile, [Grouped("Foxes", ("a", "b", "c"), ("graphs",))])

    assert after.interests == (
        Interest(name="FOXES", topics=("dens",)),
        Interest(name="Foxes 2", topics=("graphs",), liked=("a", "b", "c"), weight=2.0),
        Interest(topics=("opera",), liked=("d",), weight=2.0),
    )


@pytest.mark.parametrize(
    ("interest", "weights"),
    [
        (Interest(liked=tuple("abcdef"), weight=3.0), {"Foxes": 3.0, "Hens": 1.0, "": 2.0}),
        (Interest(liked=tuple("abcd"), weight=3.0), {"Foxes": 3.0, "Hens": 1.0}),
        (Interest(name="dens", liked=tuple("abcdef"), weight=3.0), {"dens": 3.0}),
    ],
    ids=["likes are left", "nothing is left", "all have a home"],
)
def test_groups_weigh_by_their_likes(interest: Interest, weights: dict[str, float]):
    after = with_groups(Profile(interests=(interest,)), [Grouped("Foxes", ("a", "b", "c")), Grouped("Hens", ("d",))])

    assert {one.name: one.weight for one in after.interests} == weights


def test_a_run_groups_the_same_likes_once(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(profile=Profile(interests=(Interest(liked=LIKES),))), NOON)
    catalog.papers.record(a_batch(*background()), NOON)
    parts = parts_with(catalog)
    assert reader.profile is not None
    assert as_grouped(catalog, [reader.profile]) == (reader.profile,)

    preview_issue(parts, reader, Report(NOON))
    first = as_grouped(catalog, [reader.profile])
    catalog.papers.record(a_batch(*a_crowd(60, seed=8)), NOON)
    preview_issue(parts, reader, Report(NOON))

    assert len(first[0].interests) == 2
    assert as_grouped(catalog, [reader.profile]) == first
    assert as_grouped(catalog, [replace(reader.profile, interests=(Interest(liked=LIKES[:9]),))])[0].interests == (
        Interest(liked=LIKES[:9]),
    )


def kept(catalog: Catalog) -> list[str]:
    with catalog.reading() as connection:
        return list(connection.exec_driver_sql("select model from vectors where model like 'groups%' order by model").scalars())


def test_a_grouping_against_few_papers_is_kept_until_there_are_enough(catalog: Catalog) -> None:
    profile = Profile(interests=(Interest(name="dens", topics=("burrows",)), Interest(liked=LIKES)))
    reader = catalog.subscribers.add(a_subscription(profile=profile), NOON)
    catalog.papers.record(a_batch(*FOXES, *GRAPHS, *a_crowd(50)), NOON)
    preview_issue(parts_with(catalog), reader, Report(NOON))
    few, young = kept(catalog), as_grouped(catalog, [profile])
    catalog.papers.record(a_batch(*a_crowd(300, seed=8)), NOON)

    preview_issue(parts_with(catalog), reader, Report(NOON))

    assert (len(young[0].interests), few, kept(catalog)) == (3, ["groups-2-young"], ["groups-2", "groups-2-young"])


def test_what_is_kept_of_a_grouping_names_neither_paper_nor_topic_and_so_outlives_no_reader(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(*background()), NOON)
    profile = Profile(interests=(Interest(topics=("vixens in winter", "opera"), liked=LIKES),))
    reader = catalog.subscribers.add(a_subscription("ana@example.org", profile=profile), NOON)
    preview_issue(parts_with(catalog), reader, Report(NOON))
    (grouped,) = as_grouped(catalog, [profile])

    catalog.rights.forget("ana@example.org", NOON)

    with catalog.reading() as connection:
        kept = b"".join(connection.exec_driver_sql("select data from vectors where model like 'groups%'").scalars())
    assert [(interest.topics, interest.liked) for interest in grouped.interests] == [
        (("vixens in winter",), FOX_KEYS),
        ((), GRAPH_KEYS),
        (("opera",), ()),
    ]
    assert [word for word in (*LIKES, "vixens") if word.encode() in kept] == []


def test_papers_behind_the_first_three_hundred_join_the_group_they_are_nearest_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.ranking.grouping.MOST", 10)
    more = a_paper("arxiv:4.1", "Foxes and dens in snow", abstract="Vixens with cubs rest in dens in winter.")
    library = {paper.key: paper for paper in (*FOXES, *GRAPHS, more)}
    ground = survey(a_crowd(5, seed=2), library=library, background=(*background(), more), now=NOON)

    found = group_likes(ground, Interest(liked=(*LIKES, more.key)))

    assert found[0].liked == (*FOX_KEYS, "arxiv:4.1")
    assert found[1].liked == GRAPH_KEYS


def test_a_small_group_beside_a_large_one_has_its_share_and_every_dislike() -> None:
    profile = Profile(interests=(Interest(liked=tuple("abcdefg"), disliked=("z",), weight=0.01),))

    large, small = with_groups(profile, [Grouped("large", tuple("abcd")), Grouped("small", tuple("efg"))]).interests

    assert (large.weight, small.weight) == (0.01, 0.0075)
    assert (large.disliked, small.disliked) == (("z",), ("z",))
