"""What an issue passed over, in the catalog: kept as ids, read as titles, followed where papers prove to be one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text

from digest.catalog import Catalog
from digest.catalog.letters.passed_over import packed, unpacked
from digest.catalog.papers.paper_cache import PaperCache
from digest.errors import NotFound
from digest.model import Edition, Issue, Listing, Looked, Paper, Pick, Section
from tests.fates import waiting

from .builders import NOON, a_batch, a_paper, a_subscription
from .catalog_rooms import a_draft, papers_in


def stored(catalog: Catalog) -> list[bytes | None]:
    with catalog.reading() as connection:
        return list(connection.scalars(text("select others from issues order by id")))


def others(issue: Issue) -> list[str]:
    return [paper.key for paper in issue.others]


def test_ids_are_packed_lowest_byte_first() -> None:
    assert packed((1, 258, 4294967295)) == b"\x01\0\0\0\x02\x01\0\0\xff\xff\xff\xff"
    assert unpacked(b"\x01\0\0\0\x02\x01\0\0\xff\xff\xff\xff") == (1, 258, 4294967295)
    assert (packed(()), unpacked(None)) == (None, ())


def test_others_are_read_in_the_order_they_were_published_in(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, two, three = papers_in(catalog, 1, 2, 3)

    (issue,) = catalog.issues.publish([a_draft(ana, one, others=(three, two), looked=(Looked("cs.LG", 3, 3, 1),))], NOON)

    again = catalog.issues.load(issue.id)
    assert again.others == tuple(replace(paper, abstract="", authors=()) for paper in (three, two))  # as much as a line needs
    assert again.looked == (Looked("cs.LG", 3, 3, 1),)


def test_an_other_that_proved_to_be_another_paper_is_that_one_and_named_once(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    (one,) = papers_in(catalog, 1)
    fox, twin = a_paper("doi:10.1000/fox", "The foxes of one den"), a_paper("arxiv:2611.00009", "The foxes of that den")
    catalog.papers.record(a_batch(fox, twin), NOON)
    (issue,) = catalog.issues.publish([a_draft(ana, one, others=(twin, fox))], NOON)
    before = others(catalog.issues.load(issue.id))

    catalog.papers.record(a_batch(a_paper("arxiv:2611.00009", "The foxes of that den", ids=("doi:10.1000/fox",))), NOON)

    assert before == ["arxiv:2611.00009", "doi:10.1000/fox"]
    assert others(catalog.issues.load(issue.id)) == ["arxiv:2611.00009"]


def test_an_other_that_proved_to_be_one_of_the_issues_picks_is_not_named_again(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    (one,) = papers_in(catalog, 1)
    fox, twin = a_paper("doi:10.1000/fox", "The foxes of one den"), a_paper("arxiv:2611.00009", "The foxes of that den")
    catalog.papers.record(a_batch(fox, twin), NOON)
    (issue,) = catalog.issues.publish([a_draft(ana, twin, others=(fox, one))], NOON)

    catalog.papers.add([a_paper("arxiv:2611.00009", "The foxes of that den", ids=("doi:10.1000/fox",))], NOON)

    assert others(catalog.issues.load(issue.id)) == [one.key]


def test_an_other_that_was_joined_with_a_paper_that_was_joined_with_another_is_the_last_of_them(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    (one,) = papers_in(catalog, 1)
    last, den, fox = (a_paper(f"url:https://{site}.example.org/1", f"The {site} of a fox") for site in ("habits", "den", "tail"))
    catalog.papers.record(a_batch(last, den, fox), NOON)
    (issue,) = catalog.issues.publish([a_draft(ana, one, others=(fox,))], NOON)

    catalog.papers.record(a_batch(a_paper(den.key, den.title, ids=(fox.key,))), NOON)
    catalog.papers.record(a_batch(a_paper(last.key, last.title, ids=(den.key,))), NOON)

    assert [paper.title for paper in catalog.issues.load(issue.id).others] == ["The habits of a fox"]


def test_a_title_that_changes_is_read_anew(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, two = papers_in(catalog, 1, 2)
    (issue,) = catalog.issues.publish([a_draft(ana, one, others=(two,))], NOON)
    before = catalog.issues.load(issue.id).others[0].title

    catalog.papers.record(a_batch(a_paper(two.key, "On wolves after all", version=2), kind=Listing.REPLACE), NOON)

    assert (before, catalog.issues.load(issue.id).others[0].title) == ("On the habits of fox 2", "On wolves after all")


def test_titles_are_remembered_while_no_paper_changes(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)
    one, two = papers_in(catalog, 1, 2)
    (issue,) = catalog.issues.publish([a_draft(ana, one, others=(two,))], NOON)

    first, second = catalog.issues.load(issue.id), catalog.issues.load(issue.id)

    assert first.others[0] is second.others[0]


def test_an_editions_others_are_kept_once_with_its_picks(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1, 2, 3)
    hot = Edition(name="trending", limit=1)
    readers = [catalog.subscribers.add(a_subscription(f"reader{n}@example.org", edition=hot), NOON) for n in range(3)]

    issues = catalog.issues.publish([a_draft(reader, papers[0], others=papers[1:]) for reader in readers], NOON)

    assert [bool(data) for data in stored(catalog)] == [True, False, False]
    assert others(catalog.issues.load(issues[2].id)) == ["arxiv:2611.00002", "arxiv:2611.00003"]
    assert [others(issue) for issue in catalog.issues.latest(3)] == [["arxiv:2611.00002", "arxiv:2611.00003"]] * 3


def test_two_issues_of_an_edition_that_passed_over_different_papers_are_two(catalog: Catalog) -> None:
    papers = papers_in(catalog, 1, 2, 3)
    ana, bo = (catalog.subscribers.add(a_subscription(f"{n}@example.org", edition=Edition(name="trending")), NOON) for n in ("ana", "bo"))

    one, two = catalog.issues.publish([a_draft(ana, papers[0], others=papers[1:2]), a_draft(bo, papers[0], others=papers[2:])], NOON)

    assert (others(catalog.issues.load(one.id)), others(catalog.issues.load(two.id))) == (["arxiv:2611.00002"], ["arxiv:2611.00003"])


def test_an_issue_whose_papers_were_all_shown_meanwhile_is_no_letter_that_says_there_were_none(catalog: Catalog) -> None:
    mine, work = (catalog.subscribers.add(a_subscription(name=name), NOON) for name in ("mine", "work"))
    one, two, beside = papers_in(catalog, 1, 2, 3)
    picks = (Pick(paper=one), Pick(paper=beside, section=Section.OUTSIDE))

    catalog.issues.publish([a_draft(mine, one, considered=2)], NOON)
    (issue,) = catalog.issues.publish([a_draft(work, picks=picks, others=(two,), considered=2)], NOON)

    assert (issue.picks, issue.has_letter, waiting(catalog.outbox)) == ((), False, 1)


def test_an_issue_of_which_some_papers_were_shown_meanwhile_keeps_the_rest_and_its_others(catalog: Catalog) -> None:
    mine, work = (catalog.subscribers.add(a_subscription(name=name), NOON) for name in ("mine", "work"))
    one, two, beside, other = papers_in(catalog, 1, 2, 3, 4)
    picks = (Pick(paper=one), Pick(paper=two), Pick(paper=beside, section=Section.OUTSIDE))

    catalog.issues.publish([a_draft(mine, one)], NOON)
    (issue,) = catalog.issues.publish([a_draft(work, picks=picks, others=(other,))], NOON)

    assert (issue.picks, others(catalog.issues.load(issue.id))) == (picks[1:], [other.key])


def test_another_that_the_catalog_does_not_know_is_refused(catalog: Catalog) -> None:
    ana = catalog.subscribers.add(a_subscription(), NOON)

    with pytest.raises(NotFound):
        catalog.issues.publish([a_draft(ana, others=(a_paper(),))], NOON)


def test_papers_in_memory_are_let_go_of_where_they_are_too_many(catalog: Catalog) -> None:
    asked: list[set[int]] = []

    def read(connection: Connection, ids: Iterable[int]) -> dict[int, Paper]:
        asked.append(set(ids))
        return {id_: a_paper() for id_ in ids}

    remembered = PaperCache(read, limit=2)
    with catalog.reading() as connection:
        for wanted in ({1, 2}, {2, 3}, {3, 4}):
            remembered.of(connection, wanted)

    assert asked == [{1, 2}, {3}, {3, 4}]
