"""Summaries in the catalog: of one model, of one text, and each made once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from digest.catalog import Catalog
from digest.model import Facts

from .builders import NOON, a_batch, a_paper

FOXES = a_paper("arxiv:2611.00001", "On Foxes")
HENS = a_paper("arxiv:2611.00002", "On Hens")


def with_papers(catalog: Catalog) -> Catalog:
    catalog.papers.record(a_batch(FOXES, HENS), NOON)
    return catalog


def test_a_summary_is_found_for_its_paper_and_its_model_alone(catalog: Catalog) -> None:
    with_papers(catalog).summaries.add(FOXES, "m-1", "Foxes share dens.", NOON)

    assert catalog.summaries.find("m-1", [FOXES, HENS]) == {"arxiv:2611.00001": "Foxes share dens."}
    assert catalog.summaries.find("m-2", [FOXES, HENS]) == {}
    assert catalog.summaries.find("m-1", []) == {}


def test_a_summary_is_of_the_words_it_was_made_from(catalog: Catalog) -> None:
    with_papers(catalog).summaries.add(FOXES, "m-1", "Foxes share dens.", NOON)
    revised = replace(FOXES, abstract="We study foxes and hens.")

    assert catalog.summaries.find("m-1", [revised]) == {}
    assert catalog.summaries.find("m-1", [replace(FOXES, facts=Facts(votes=7), version=2)]) == {FOXES.key: "Foxes share dens."}

    catalog.summaries.add(revised, "m-1", "Foxes and hens share dens.", NOON)

    assert catalog.summaries.find("m-1", [revised]) == {FOXES.key: "Foxes and hens share dens."}
    assert catalog.summaries.find("m-1", [FOXES]) == {FOXES.key: "Foxes share dens."}


def test_the_first_summary_of_a_text_stays(catalog: Catalog) -> None:
    with_papers(catalog).summaries.add(FOXES, "m-1", "", NOON)
    catalog.summaries.add(FOXES, "m-1", "Another.", NOON)

    assert catalog.summaries.find("m-1", [FOXES]) == {FOXES.key: ""}


def test_a_paper_the_catalog_does_not_know_has_none(catalog: Catalog) -> None:
    catalog.summaries.add(FOXES, "m-1", "Foxes share dens.", NOON)

    assert catalog.summaries.find("m-1", [FOXES]) == {}
    assert catalog.summaries.made_since(NOON) == 0


def test_those_made_since_a_moment_are_counted_whatever_the_model_and_the_use(catalog: Catalog) -> None:
    with_papers(catalog).summaries.add(FOXES, "m-1", "Foxes share dens.", NOON - timedelta(seconds=1))
    catalog.summaries.add(FOXES, "m-2", "", NOON)
    catalog.summaries.add(HENS, "m-1", "Hens do not.", NOON + timedelta(hours=1))
    catalog.summaries.add(HENS, "m-2", "By a wrong clock.", NOON + timedelta(days=30))

    assert catalog.summaries.made_since(NOON) == 2


def test_what_a_model_wrote_is_not_taken_for_a_sources_word(catalog: Catalog) -> None:
    written = replace(FOXES, facts=Facts(summary="A model's words.", summary_by="m-1", votes=3))
    catalog.papers.record(a_batch(written), NOON)
    catalog.papers.record(a_batch(replace(FOXES, facts=Facts(summary="The list's words.")), source="huggingface"), NOON)

    facts = catalog.papers.find([FOXES.key])[FOXES.key].facts

    assert (facts.summary, facts.summary_by, facts.votes) == ("The list's words.", None, 3)


def test_summaries_go_with_their_paper_where_it_proves_to_be_another_one(catalog: Catalog) -> None:
    journal = a_paper("doi:10.1/x", "On Foxes in Dens")
    preprint = a_paper("arxiv:2611.00003", "On Foxes in Dens, Again")
    catalog.papers.record(a_batch(journal, source="a journal"), NOON)
    catalog.papers.record(a_batch(preprint), NOON)
    catalog.summaries.add(journal, "m-1", "Of the journal.", NOON)
    catalog.summaries.add(preprint, "m-1", "Of the preprint.", NOON)
    catalog.summaries.add(replace(journal, title=preprint.title), "m-1", "Of the same words.", NOON)

    catalog.papers.record(a_batch(replace(preprint, ids=(preprint.key, journal.key)), on=date(2026, 11, 24)), NOON)

    (joined,) = {paper.key: paper for paper in catalog.papers.find([preprint.key, journal.key]).values()}.values()
    assert catalog.summaries.find("m-1", [joined]) == {preprint.key: "Of the same words."}
    assert catalog.summaries.find("m-1", [replace(joined, title=journal.title)]) == {preprint.key: "Of the journal."}
