"""By which name a paper goes, wherever that name is found."""

from __future__ import annotations

import pytest

from digest.naming import arxiv_id
from digest.sources.identity import address_name, doi, guid_name, names_of
from digest.sources.people import authors_of, split_creators, split_names


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("2604.21935", "2604.21935", None),
        ("2604.21935v3", "2604.21935", 3),
        ("oai:arXiv.org:2604.21935v1", "2604.21935", 1),
        ("arXiv:2604.21935", "2604.21935", None),
        ("http://arxiv.org/abs/2604.21935v12", "2604.21935", 12),
        ("https://arxiv.org/pdf/2604.21935v1.pdf", "2604.21935", 1),
        ("https://export.arxiv.org/html/2604.21935", "2604.21935", None),
        ("https://www.arxiv.org/abs/2604.21935?context=cs", "2604.21935", None),
        ("https://huggingface.co/papers/2604.21935", "2604.21935", None),
        ("https://doi.org/10.48550/arXiv.2604.21935", "2604.21935", None),
        ("doi:10.48550/arxiv.2604.21935", "2604.21935", None),
        ("math.GT/0309136v2", "math/0309136", 2),
        ("http://arxiv.org/abs/astro-ph/0601001v1", "astro-ph/0601001", 1),
        ("hep-th/9108001", "hep-th/9108001", None),
        ("math/0703999", "math/0703999", None),
        ("0704.0001", "0704.0001", None),
        ("1412.9999", "1412.9999", None),
        ("1501.00001", "1501.00001", None),
    ],
)
def test_an_arxiv_id_is_found(text: str, name: str, version: int | None) -> None:
    assert arxiv_id(text) == (name, version)


@pytest.mark.parametrize(
    "text",
    ["", "2613.21935", "26042.1935", "https://arxiv.org/list/cs.LG/new", "https://evil.example/abs/2604.21935", "https://notarxiv.org/abs/2604.21935",
     "10.1000/182", "http://arxiv.org/api/errors#incorrect_id_format_for_abc", "https://[", "٢٦٠٤.٢١٩٣٥",
     "0703.0001", "0612.1234", "1412.12345", "math/0704001", "hep-th/1208001", "hep-th/9012001",
     "2604.00000v1", "1412.0000", "math/0309000"],
)  # fmt: skip
def test_what_is_no_arxiv_id_is_not_taken_for_one(text: str) -> None:
    assert arxiv_id(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("10.1145/3442188.3445922", "10.1145/3442188.3445922"),
        ("doi:10.1000/ABC", "10.1000/abc"),
        ("https://doi.org/10.1000/ABC(1)2", "10.1000/abc(1)2"),
        ("https://dl.acm.org/doi/abs/10.1145/3442188.3445922", "10.1145/3442188.3445922"),
        ("https://www.biorxiv.org/content/10.1101/2026.11.01.123456v1?rss=1", "10.1101/2026.11.01.123456"),
        ("https://www.medrxiv.org/content/10.1101/2026.11.01.123456v2.full.pdf", "10.1101/2026.11.01.123456"),
        ("https://www.medrxiv.org/content/10.1101/2026.11.01.123456v2.full.pdf+html", "10.1101/2026.11.01.123456"),
        ("https://link.example.org/article/10.1007/s1/fulltext.html", "10.1007/s1"),
        ("https://academic.oup.com/mbe/advance-article/doi/10.1093/molbev/msab176/6295886?login=true", "10.1093/molbev/msab176"),
        ("https://academic.oup.com/mbe/advance-article-abstract/doi/10.1093/molbev/msab176/6295886", "10.1093/molbev/msab176"),
        ("https://academic.oup.com/mbe/advance-article/doi/10.1093/molbev/msab176", "10.1093/molbev/msab176"),
        ("https://direct.mit.edu/tacl/article/doi/10.1162/tacl_a_00638/119630/Lost-in-the-Middle", "10.1162/tacl_a_00638"),
        ("https://direct.mit.edu/tacl/article/doi/10.1162/tacl_a_00638/119630/", "10.1162/tacl_a_00638"),
        ("https://iopscience.example.org/article/10.1088/1361-6633/80/1/016901", "10.1088/1361-6633/80/1/016901"),
        ("https://doi.org/10.1000%2Fabc", "10.1000/abc"),
        ("https://doi.org/10.1000/abc/full", "10.1000/abc/full"),
        ("HTTPS://DX.DOI.ORG/10.1000/abc.pdf", "10.1000/abc.pdf"),
        ("10.1000/abc.", "10.1000/abc"),
        ("doi:10.1000/ABC),", "10.1000/abc"),
        ("10.1000/abc(1);", "10.1000/abc(1)"),
    ],
)
def test_a_doi_is_found_in_lower_case(text: str, name: str) -> None:
    assert doi(text) == name


@pytest.mark.parametrize(
    "text",
    ["", "10.1/x", "https://example.org/10/11", "https://example.org/?doi=10.1000/1", "10.1000/", "hello", "10.1000//",
     "https://doi.org/10.1000/a%20b", "https://doi.org/10.1000/a%07b", "ftp://doi.org/10.1000/a"],
)  # fmt: skip
def test_what_is_no_doi_is_not_taken_for_one(text: str) -> None:
    assert doi(text) is None


def test_an_arxiv_doi_is_an_arxiv_id_and_no_doi() -> None:
    assert names_of(["https://doi.org/10.48550/arXiv.2604.21935", "10.1000/X", ""]) == ("arxiv:2604.21935", "doi:10.1000/x")


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://Example.ORG/a?utm_source=rss&id=1#top", "url:https://example.org/a?id=1"),
        ("https://example.org/pii/S1?dgcid=rss_sd_all", "url:https://example.org/pii/S1"),
        (
            "https://pubmed.ncbi.nlm.nih.gov/38000001/?utm_source=x&utm_medium=rss&fc=20231108074834&ff=20261123120000&v=2.18.0",
            "url:https://pubmed.ncbi.nlm.nih.gov/38000001/",
        ),
        ("https://example.org/watch?v=2&ff=1", "url:https://example.org/watch?v=2&ff=1"),
        ("https://example.org/?p=12", "url:https://example.org/?p=12"),
        ("https://example.org/?foxes", "url:https://example.org/?foxes="),
        ("https://example.org/", None),
        ("https://example.org", None),
    ],
)
def test_an_address_names_a_page_but_a_front_page_names_nothing(link: str, name: str | None) -> None:
    assert address_name(link) == name


def test_a_name_too_long_to_store_is_told_apart_by_its_hash() -> None:
    one, other = guid_name("feed", "x" * 900), guid_name("feed", "x" * 901)

    assert one != other
    assert len(one) < 200


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Ana Silva, Bo Lindqvist", [("Ana Silva", ()), ("Bo Lindqvist", ())]),
        ("Ana Silva (Dept. of Foxes, Lisbon), Bo Lindqvist", [("Ana Silva", ("Dept. of Foxes, Lisbon",)), ("Bo Lindqvist", ())]),
        ("Ana Silva (Lab (North), Oslo), Bo", [("Ana Silva", ("Lab (North), Oslo",)), ("Bo", ())]),
        ("Ana Silva (1), Bo Lindqvist (1 and 2)", [("Ana Silva", ()), ("Bo Lindqvist", ("1 and 2",))]),
        ("John Smith, Jr., Ana Silva", [("John Smith, Jr.", ()), ("Ana Silva", ())]),
        ("Ana (Oslo), Jr, Bo", [("Ana, Jr", ("Oslo",)), ("Bo", ())]),
        ("Ana, Jr (Oslo), Bo", [("Ana, Jr", ("Oslo",)), ("Bo", ())]),
        ("Jr., Ana", [("Jr.", ()), ("Ana", ())]),
        ("Ana (unclosed, Bo", [("Ana", ("unclosed",)), ("Bo", ())]),
        ("Ana (Oslo), Bo (unclosed, Chi", [("Ana", ("Oslo",)), ("Bo", ("unclosed",)), ("Chi", ())]),
        ("), Ana", [(")", ()), ("Ana", ())]),
        ("", []),
    ],
)
def test_arxivs_string_of_authors_is_taken_apart(text: str, people: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(a.name, a.affiliations) for a in split_creators(text)] == people


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ana Silva", ["Ana Silva"]),
        ("Ana Silva and Bo Lindqvist", ["Ana Silva", "Bo Lindqvist"]),
        ("Ana Silva, Bo Lindqvist & Chi Wu", ["Ana Silva", "Bo Lindqvist", "Chi Wu"]),
        ("Silva, Ana", ["Silva, Ana"]),
        ("Silva, Ana; Lindqvist, Bo", ["Silva, Ana", "Lindqvist, Bo"]),
        ("Silva A, Lindqvist B, Wu C, et al. ", ["Silva A", "Lindqvist B", "Wu C"]),
        ("Ana Silva et al", ["Ana Silva"]),
        ("Nidhi, Ana Silva, Bo Lindqvist, Chi Wu", ["Nidhi", "Ana Silva", "Bo Lindqvist", "Chi Wu"]),
        ("Silva, Ana, Lindqvist, Bo", ["Silva, Ana, Lindqvist, Bo"]),
        ("李明,王小红、張三", ["李明", "王小红", "張三"]),
    ],
)
def test_a_feeds_free_text_of_authors_is_taken_apart(text: str, names: list[str]) -> None:
    assert [a.name for a in split_names(text)] == names


@pytest.mark.parametrize(
    ("people", "names"),
    [
        (["Silva, Ana", "van den Berg, Bo", "Le Gall, Chloé"], ["Ana Silva", "Bo van den Berg", "Chloé Le Gall"]),
        (["Silva, Ana; Lindqvist, Bo"], ["Ana Silva", "Bo Lindqvist"]),
        (["Silva, A. B."], ["A. B. Silva"]),
        ([" Silva, A., van den Berg, J.-P., Le Gall, C. D., Wu, E. "], ["A. Silva", "J.-P. van den Berg", "C. D. Le Gall", "E. Wu"]),
        (["Silva, A., The Fox Group, &amp; Öberg, Ö."], ["A. Silva", "The Fox Group", "Ö. Öberg"]),
        (["Silva, A., Jr., Lindqvist, B., III"], ["A. Silva, Jr.", "B. Lindqvist, III"]),
        (["Ana Silva, M.D., Bo Lindqvist, M.D."], ["Ana Silva, M.D., Bo Lindqvist, M.D."]),
        (["Silva, Ana", "Wu, Chi", "The Fox Group"], ["Ana Silva", "Chi Wu", "The Fox Group"]),
        (["Ana Silva, Lisbon", "Bo Lindqvist, Oslo"], ["Ana Silva, Lisbon", "Bo Lindqvist, Oslo"]),
        (["Ana Silva, Jr."], ["Ana Silva, Jr."]),
        (["Foxes, Inc."], ["Foxes, Inc."]),
        (["Ana Silva", "et al."], ["Ana Silva"]),
        (["J&ouml;rg M&uuml;ller &amp; <b>Bo</b> Lindqvist"], ["Jörg Müller", "Bo Lindqvist"]),
        (["", "<br>"], []),
        ([], []),
    ],
)
def test_authors_of_a_feed_are_named_as_they_are_spoken(people: list[str], names: list[str]) -> None:
    assert [a.name for a in authors_of(people)] == names
