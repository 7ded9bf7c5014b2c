"""Merging does not depend on the order in which sources come: any order gives the same papers."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from digest.catalog import Catalog, Library, open_catalog, schema
from digest.catalog.papers.merging import Told, is_voted, kind_of, merge, row_of, tell, told_in
from digest.model import Author, Batch, Changes, Facts, Listing, Paper, Reference, Sighting

from .builders import NOON, a_batch, a_paper, a_subscription

TITLES = ("A Study of Foxes", "The Dens of Foxes Revisited", "Editorial", "What Foxes Say at Night")


@dataclass(frozen=True)
class Work:
    """What is true of a work; sources tell parts of it. Each has a title of its own unless it is one that joins nothing."""

    number: int

    @property
    def names(self) -> tuple[str, ...]:
        n = self.number
        return (f"arxiv:2611.0000{n}", f"doi:10.1000/{n}", f"url:https://a.example.org/{n}", f"url:https://b.example.org/{n}")


counts = st.one_of(st.none(), st.integers(0, 5))
words = st.one_of(st.none(), st.sampled_from(["one", "two", "three"]))
facts = st.builds(Facts, organisation=words, repository=words, stars=counts, votes=counts, comments=counts, comment=words, journal=words)
moments = st.one_of(st.none(), st.just(datetime(2026, 11, 20, tzinfo=UTC)), st.just(NOON))


@st.composite
def papers(draw: st.DrawFn) -> Paper:
    work = Work(draw(st.integers(0, 3)))
    names = draw(st.lists(st.sampled_from(work.names), min_size=1, max_size=3, unique=True))
    return Paper(
        key=names[0],
        ids=tuple(names),
        title=TITLES[work.number] + draw(st.sampled_from(["", ".", ", Once More"])),
        abstract=draw(st.sampled_from(["", "short", "longer text"])),
        authors=draw(st.sampled_from([(Author("Ana Silva"),), (Author("Silva, Ana"), Author("Bo Li"))])),
        url=draw(words),
        published=draw(moments),
        version=draw(st.integers(1, 3)),
        categories=draw(st.sampled_from([(), ("cs.LG",), ("cs.LG", "cs.CL")])),
        facts=draw(facts),
    )


days = st.sampled_from([date(2026, 11, 22), date(2026, 11, 23)])
sightings = st.builds(
    Sighting,
    paper=papers(),
    source=st.sampled_from(["arxiv", "huggingface", "blog"]),
    listed_on=days,
    kind=st.sampled_from(Listing),
)
listings = st.lists(sightings, min_size=2, max_size=7)


def recorded(parts: Sequence[Sequence[Sighting]]) -> dict[str, Paper]:
    """Every paper by its key, after these batches in this order."""
    with tempfile.TemporaryDirectory() as folder, open_catalog(f"{folder}/digest.db") as catalog:
        for index, part in enumerate(parts):
            catalog.papers.record(Batch(source=part[0].source, sightings=tuple(part)), NOON + timedelta(hours=index))
        return {paper.key: paper for paper in catalog.papers.search_pool(100)}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(listings, st.randoms(use_true_random=False))
def test_any_order_and_any_batches_give_the_same_papers(listed: list[Sighting], chance: st.random.Random) -> None:
    shuffled = chance.sample(listed, len(listed))

    one_by_one = recorded([[sighting] for sighting in shuffled])

    assert one_by_one == recorded([listed]) == recorded([listed[:2], listed])


told = st.builds(tell, papers(), st.sampled_from(["arxiv", "feed", "huggingface", "crossref", "library"]), days)


@given(told, told, told)
def test_merging_is_the_same_in_any_order_and_nothing_new_the_second_time(one: Told, two: Told, three: Told) -> None:
    assert merge(one, two) == merge(two, one)
    assert merge(merge(one, two), three) == merge(one, merge(two, three))
    assert merge(one, one) == one


@given(told)
def test_what_is_told_of_a_paper_survives_its_row(one: Told) -> None:
    assert told_in(row_of(one)) == one


NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
FROM_CROSSREF = a_paper("doi:10.1000/x", "On Foxes: A Title That Is Longer", published=NEW_YEAR, facts=Facts(organisation="Fox Institute"))


@pytest.mark.parametrize("source", ["arxiv", "blog", "huggingface"])
def test_crossref_changes_nothing_that_a_list_said(source: str) -> None:
    listed = a_paper("doi:10.1000/x", "On Foxes", published=NOON, facts=Facts(organisation="Lab"))

    row = row_of(merge(tell(listed, kind_of(source, "", listed)), tell(FROM_CROSSREF, kind_of("crossref", "", FROM_CROSSREF))))

    assert (row["title"], row["published"], row["facts"]["organisation"]) == ("On Foxes", NOON, "Lab")


def test_crossref_is_believed_before_a_library() -> None:
    owned = a_paper("doi:10.1000/x", "{On Foxes}: A Title as Long as a Reader Typed It", published=datetime(2025, 1, 1, tzinfo=UTC),
                    facts=Facts(organisation="The Institute of Foxes"))  # fmt: skip

    row = row_of(merge(tell(owned, "library"), tell(FROM_CROSSREF, kind_of("crossref", "", FROM_CROSSREF))))

    assert (row["title"], row["published"], row["facts"]["organisation"]) == ("On Foxes: A Title That Is Longer", NEW_YEAR, "Fox Institute")


@pytest.mark.parametrize("name", ["crossref", "arxiv-blog", "Arxiv sanity", "huggingface blog"])
def test_a_feed_is_a_feed_whatever_somebody_calls_it(name: str) -> None:
    assert kind_of(name, "rss20", FROM_CROSSREF) == "feed"
    assert not is_voted(name, "rss20", FROM_CROSSREF)


@pytest.mark.parametrize(("form", "kind"), [("arxiv atom10", "arxiv"), ("huggingface", "huggingface"), ("rss20", "feed")])
def test_whose_word_a_list_is_does_not_hang_on_what_its_operator_calls_it(form: str, kind: str) -> None:
    assert kind_of("my papers", form, a_paper()) == kind


def test_a_list_that_people_vote_on_is_hugging_faces_by_whatever_name_and_form() -> None:
    assert kind_of("my papers", "json", a_paper(facts=Facts(votes=0))) == "huggingface"


@pytest.mark.parametrize(
    ("source", "kind"), [("arXiv", "arxiv"), ("Hugging Face", "feed"), ("HuggingFace", "huggingface"), ("crossref", "crossref")]
)
def test_what_no_listing_said_is_told_by_the_name_of_its_source_however_that_is_written(source: str, kind: str) -> None:
    assert kind_of(source, "", a_paper()) == kind


def test_a_paper_with_votes_is_voted_on_whatever_its_source_is_called() -> None:
    assert is_voted("arXiv by votes", "", a_paper(facts=Facts(votes=0)))
    assert not is_voted("arXiv by votes", "", a_paper())


def test_a_summary_that_a_model_wrote_here_is_nothing_that_a_source_says() -> None:
    ours, theirs = (tell(a_paper(facts=Facts(summary="It counts foxes.", summary_by=model)), "feed") for model in ("a model", ""))

    assert ("summary" in ours, "summary" in theirs) == (False, True)
    assert "summary_by" not in ours


def test_a_later_version_is_believed_of_a_lesser_source_and_where_it_says_less() -> None:
    first = tell(a_paper(abstract="We study foxes, at length.", version=1), "arxiv")
    second = tell(a_paper(abstract="We study dogs.", version=2), "huggingface")

    assert row_of(merge(first, second))["abstract"] == "We study dogs."


def test_who_says_nothing_takes_nothing_away() -> None:
    said = tell(a_paper(facts=Facts(keywords=("foxes",), submitter="dana")), "feed")
    silent = tell(a_paper(), "huggingface")

    assert row_of(merge(said, silent))["facts"] == {"keywords": ["foxes"], "submitter": "dana"}


def test_the_date_that_a_library_gives_ends_where_a_list_speaks() -> None:
    owned = tell(a_paper("doi:10.1000/x", published=NEW_YEAR), "library")

    assert row_of(merge(owned, tell(a_paper("doi:10.1000/x"), "feed")))["published"] is None


# --- papers that are stored already -----------------------------------------------------------------------------------


def candidates(catalog: Catalog, cutoff: int | None = None) -> list[str]:
    return [paper.key for paper in catalog.papers.pools([cutoff], NOON + timedelta(days=2))[0]]


def test_one_batch_may_join_three_stored_papers_one_after_the_other(catalog: Catalog) -> None:
    for name in ("url:https://c.example.org/1", "url:https://a.example.org/1", "doi:10.1000/fox"):
        catalog.papers.record(a_batch(a_paper(name)), NOON)
    two = a_paper("url:https://a.example.org/1", ids=("doi:10.1000/fox",))
    all_three = a_paper("url:https://c.example.org/1", ids=("url:https://a.example.org/1",))

    catalog.papers.record(a_batch(two, all_three), NOON)

    assert candidates(catalog) == ["doi:10.1000/fox"]
    assert len(catalog.papers.search_pool(10)) == 1


def test_a_title_that_two_papers_had_before_they_were_joined_joins_a_third_to_both(catalog: Catalog) -> None:
    for name in ("doi:10.1000/fox", "doi:10.1000/vixen"):
        catalog.papers.record(a_batch(a_paper(name, "A Study of Foxes", published=NOON)), NOON)
    both = a_paper("doi:10.1000/fox", "A Study of Foxes", published=NOON, ids=("doi:10.1000/vixen",))

    catalog.papers.record(a_batch(both, a_paper("url:https://a.example.org/1", "A Study of Foxes", published=NOON)), NOON)

    assert candidates(catalog) == ["doi:10.1000/fox"]


def test_a_merged_paper_of_which_both_halves_were_listed_was_listed_when_the_first_was(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox")), NOON)
    cutoff = catalog.papers.cutoff()
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001")), NOON + timedelta(days=1))

    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox", ids=("arxiv:2611.00001",))), NOON + timedelta(days=2))

    assert candidates(catalog, cutoff) == []
    assert catalog.papers.first_listed(["doi:10.1000/fox"]) == {"doi:10.1000/fox": ("arxiv:2611.00001", NOON)}


def test_the_address_of_a_paper_that_became_another_names_that_one(catalog: Catalog) -> None:
    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox"), a_paper("arxiv:2611.00001")), NOON)
    before = {name: catalog.papers.named(f"https://example.org/{name}") for name in ("doi:10.1000/fox", "arxiv:2611.00001")}

    catalog.papers.record(a_batch(a_paper("doi:10.1000/fox", ids=("arxiv:2611.00001",), version=2)), NOON)

    kept = catalog.papers.named("doi:10.1000/fox")
    assert kept is not None
    assert None not in before.values()
    assert [catalog.papers.named(f"https://example.org/{name}") for name in before] == [kept, kept]


def test_what_an_erased_library_said_of_a_paper_that_became_another_is_gone(catalog: Catalog) -> None:
    reader = catalog.subscribers.add(a_subscription(), NOON)
    library = catalog.libraries.keep(Library(subscription=reader.id, address="refs.bib"))
    copies = [Reference(entry=name, title=f"Foxes ({name})", ids=(name,)) for name in ("doi:10.1000/fox", "arxiv:2611.00001")]
    catalog.libraries.record(library.id, Changes(references=tuple(copies)), NOON)
    catalog.papers.record(a_batch(a_paper("arxiv:2611.00001", "On Foxes", ids=("doi:10.1000/fox",))), NOON)

    catalog.rights.forget(reader.subscriber.email, NOON)

    with catalog.reading() as connection:
        assert connection.scalars(select(schema.papers.c.title)).all() == ["On Foxes"]
