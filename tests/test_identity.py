"""The names of papers: one spelling for each, and when two papers without a common name are one work."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.catalog.papers.identity import disagree, fingerprint, fold, names_of
from digest.model import Author
from digest.naming import parse_name, short_name

from .builders import a_paper

IN_2026 = datetime(2026, 11, 23, tzinfo=UTC)
ARXIV_IDS = st.one_of(
    st.builds("{:02}{:02}.{:05}".format, st.integers(15, 99), st.integers(1, 12), st.integers(1, 99999)),
    st.builds("{:02}{:02}.{:04}".format, st.integers(8, 14), st.integers(1, 12), st.integers(1, 9999)),
    st.builds(
        "{}/{:02}{:02}{:03}".format,
        st.sampled_from(["astro-ph", "math", "cs"]),
        st.one_of(st.integers(0, 6), st.integers(91, 99)),
        st.integers(1, 12),
        st.integers(1, 999),
    ),
)


@pytest.mark.parametrize(
    "text",
    [
        "2302.09664",
        " 2302.09664v2 ",
        "arXiv:2302.09664v2",
        "arXiv: 2302.09664",
        "arXiv:2302.09664v1 [cs.CL]",
        "arxiv:2302.09664",
        "oai:arXiv.org:2302.09664v1",
        "https://arxiv.org/abs/2302.09664",
        "http://www.arxiv.org/abs/2302.09664v3?context=cs#top",
        "arxiv.org/abs/2302.09664",
        "https://export.arxiv.org/abs/2302.09664",
        "https://arxiv.org/pdf/2302.09664",
        "https://arxiv.org/pdf/2302.09664v2.pdf",
        "https://arxiv.org/html/2302.09664v2",
        "https://ar5iv.labs.arxiv.org/html/2302.09664",
        "https://huggingface.co/papers/2302.09664",
        "https://hf.co/papers/2302.09664",
        "10.48550/arXiv.2302.09664",
        "doi:10.48550/ARXIV.2302.09664v2",
        "https://doi.org/10.48550/arXiv.2302.09664",
        "url:https://arxiv.org/abs/2302.09664",
    ],
)
def test_an_arxiv_paper_has_one_name_however_it_is_written(text: str) -> None:
    assert parse_name(text) == "arxiv:2302.09664"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("astro-ph/0601001", "arxiv:astro-ph/0601001"),
        ("https://arxiv.org/abs/astro-ph/0601001v2", "arxiv:astro-ph/0601001"),
        ("math.GT/0309136", "arxiv:math/0309136"),
        ("10.1038/S41586-026-0001-2", "doi:10.1038/s41586-026-0001-2"),
        ("doi: 10.1038/x", "doi:10.1038/x"),
        ("https://dx.doi.org/10.1000%2Fxyz", "doi:10.1000/xyz"),
        ("10.1234/2302.09664", "doi:10.1234/2302.09664"),
        ("https://www.biorxiv.org/content/10.1101/2026.11.20.000001v2", "doi:10.1101/2026.11.20.000001"),
        ("http://medrxiv.org/content/10.64898/2026.11.20.26000001v1.full.pdf?download=true#p2", "doi:10.64898/2026.11.20.26000001"),
        ("url:https://www.biorxiv.org/content/10.1101/000001", "doi:10.1101/000001"),
        ("https://www.biorxiv.org/content/10.1101/000001v1.full.pdf+html", "doi:10.1101/000001"),
        ("https://www.biorxiv.org/collection/zoology", "url:https://www.biorxiv.org/collection/zoology"),
        ("https://example.org/content/10.1101/000001v1", "url:https://example.org/content/10.1101/000001v1"),
        ("sample:0007", "sample:0007"),
        ("HTTP://Example.org/Paper?id=7&utm_source=feed#top", "url:https://example.org/Paper?id=7"),
        ("https://example.org", "url:https://example.org/"),
        ("http://[::1]:8000/a", "url:https://[::1]:8000/a"),
        ("https://huggingface.co/papers/month/2026-11", "url:https://huggingface.co/papers/month/2026-11"),
    ],
)
def test_other_names_have_one_spelling_as_well(text: str, name: str) -> None:
    assert parse_name(text) == name


NO_NAMES = ["", "foxes", "on foxes", "2313.00001", "arxiv:foxes", "doi:foxes", "https://", "http://[", "mailto: x", "١٢٣٤.٥٦٧٨٩"]


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_is_no_name_is_none(text: str) -> None:
    assert parse_name(text) is None


@given(ARXIV_IDS, st.integers(1, 30))
def test_an_arxiv_id_survives_every_way_of_writing_it(number: str, version: int) -> None:
    spellings = [f"arXiv:{number}v{version}", f"https://arxiv.org/pdf/{number}v{version}", f"10.48550/arXiv.{number}"]

    assert {parse_name(text) for text in spellings} == {f"arxiv:{number}"}


TYPED = [st.builds(form.format, st.text(max_size=30)) for form in ("{}", "https://{}", "https://a.example.org/{}", "10.1000/{}")]


@given(st.one_of(TYPED))
def test_a_name_is_its_own_name(text: str) -> None:
    name = parse_name(text)

    assert name is None or parse_name(name) == name


def test_a_paper_goes_by_arxiv_first_then_doi_then_the_rest() -> None:
    paper = a_paper("url:https://a.example.org/x", ids=("sample:1", "doi:10.1000/X", "arxiv:2302.09664v2"))

    assert names_of(paper) == ("arxiv:2302.09664", "doi:10.1000/x", "sample:1", "url:https://a.example.org/x")


@given(st.text(max_size=60))
def test_folding_ignores_case_and_spacing(title: str) -> None:
    assert fold(title) == fold(f"  {title.upper()} ") == fold(fold(title))


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("arxiv:2611.00001", "arxiv:2611.00001"),
        ("arxiv:math/0309136", "K4SDy2qqT74w"),
        ("doi:10.1000/bare", "Eow2olvwam98"),
        ("url:https://example.org/1", "IzGxPGBLPwZJ"),
    ],
)
def test_a_short_name_is_the_name_where_it_is_one_plain_word_and_else_stands_for_it(name: str, word: str) -> None:
    assert short_name(name) == word


@given(st.text())
def test_a_short_name_passes_through_an_address_as_it_is(name: str) -> None:
    assert quote(short_name(name), safe=":") == short_name(name)
    assert len(short_name(name)) <= 49


def test_a_fingerprint_ignores_accents_punctuation_and_how_the_author_is_written() -> None:
    one = a_paper(title="Schrödinger's $\\alpha$-foxes: a study", authors=(Author("José García"),), published=IN_2026)
    other = a_paper(title="Schrodingers alpha foxes, a STUDY", authors=(Author("Garcia, J."),), published=IN_2026)

    assert fingerprint(one) == fingerprint(other) == "schrodingersalphafoxesastudy|garcia|2026"


@pytest.mark.parametrize("title", ["Introduction", "Editorial", "Erratum", "Correction", "On foxes", "In This Issue", "Table of contents"])
def test_titles_that_many_works_share_have_no_fingerprint(title: str) -> None:
    assert fingerprint(a_paper(title=title, published=IN_2026)) is None


@pytest.mark.parametrize("name", ["Martin King Jr.", "Martin King, Jr.", "King, Martin, Jr.", "King, Jr., Martin", "Martin King III"])
def test_what_follows_a_family_name_is_not_taken_for_it(name: str) -> None:
    paper = a_paper(title="A study of foxes", authors=(Author(name),), published=IN_2026)

    assert fingerprint(paper) == "astudyoffoxes|king|2026"


def test_without_author_or_year_there_is_no_fingerprint() -> None:
    assert fingerprint(a_paper(title="A study of foxes", authors=(), published=IN_2026)) is None
    assert fingerprint(a_paper(title="A study of foxes")) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ({"arxiv:2302.00001"}, {"arxiv:2302.00002"}, True),
        ({"doi:10.1000/a"}, {"doi:10.1000/b"}, True),
        ({"arxiv:2302.00001"}, {"doi:10.1000/a"}, False),
        ({"arxiv:2302.00001", "doi:10.1000/a"}, {"doi:10.1000/a"}, False),
        ({"doi:10.1101/2026.01.05.123456"}, {"doi:10.1038/s41586-026-00001-1"}, False),
        ({"doi:10.1101/2026.01.05.123456"}, {"doi:10.1101/2026.01.05.123457"}, True),
        ({"doi:10.1101/2026.01.05.123456"}, {"doi:10.21203/rs.3.rs-1/v1"}, False),
        ({"doi:10.1101/gr.276709.122"}, {"doi:10.1038/s41586-026-00001-1"}, True),  # Genome Research
        ({"doi:10.64898/2026.01.05.123456"}, {"doi:10.1038/s41586-026-00001-1"}, False),
        ({"doi:10.21203/rs.3.rs-1/v1"}, {"doi:10.21203/rs.3.rs-1/v2"}, False),
        ({"doi:10.21203/rs.3.rs-1/v1"}, {"doi:10.21203/rs.3.rs-2/v1"}, True),
        ({"doi:10.26434/chemrxiv-2026-abcde"}, {"doi:10.26434/chemrxiv-2026-abcde-v2"}, False),
        ({"doi:10.20944/preprints202601.0001.v1"}, {"doi:10.20944/preprints202601.0001.v2"}, False),
        ({"doi:10.31234/osf.io/abcde_v1"}, {"doi:10.31234/osf.io/abcde_v2"}, False),
        ({"url:https://a.example.org/1"}, {"url:https://a.example.org/2"}, True),
        ({"url:https://a.example.org/1"}, {"url:https://b.example.org/2"}, False),
        ({"url:https://a.example.org/1"}, {"url:https://a.example.org/1/"}, False),
        ({"guid:journal#1"}, {"guid:journal#2"}, True),
        ({"guid:journal#1"}, {"guid:preprints#2"}, False),
        ({"guid:journal#https://a.example.org/1"}, {"guid:journal#https://a.example.org/1/"}, False),
    ],
)
def test_names_disagree_where_both_know_one_of_a_kind_and_none_is_the_same(ours: set[str], theirs: set[str], expected: bool) -> None:
    assert disagree(ours, theirs) is expected
