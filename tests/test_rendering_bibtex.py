"""BibTeX made of papers: entries that end where they should, whatever stands in a title."""

from __future__ import annotations

import re
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.library import read_library
from digest.model import Author
from digest.rendering import bibtex
from tests.builders import NOON, a_paper

HOSTILE = st.text(alphabet="ab {}\\$%#_&~^@,=\"'é", max_size=40)


def depths(entry: str) -> list[int]:
    """How many braces are open after each character, as BibTeX counts them: one behind a backslash too."""
    return list(accumulate((sign == "{") - (sign == "}") for sign in entry))


@given(HOSTILE, HOSTILE, HOSTILE)
def test_nothing_in_a_paper_ends_its_entry(title: str, abstract: str, name: str) -> None:
    entry = bibtex([a_paper(title=title, abstract=abstract, authors=(Author(name),))]).rstrip("\n")

    assert depths(entry)[-1] == 0
    assert 0 not in depths(entry)[entry.index("{") : -1]


@pytest.mark.parametrize("title", ["On {foxes}", "On foxes }}, @string{x", "On 5 % of foxes \\hounds"])
def test_a_title_with_braces_is_read_as_it_was_written(title: str) -> None:
    assert [reference.title for reference in read_library(bibtex([a_paper(title=title)]).encode(), "x.bib", NOON).references] == [title]


def test_authors_beyond_those_that_were_kept_are_others() -> None:
    (cut, whole) = (bibtex([a_paper(title="Foxes", authors=(Author("Bo Li"),) * count)]) for count in (200, 199))

    assert " and Bo Li and others}," in cut
    assert " and Bo Li}," in whole


@pytest.mark.parametrize("name", ["Ana Maria Silva, Jr.", "Ana Maria Silva Jr.", "Silva, Ana Maria, Jr."])
def test_what_follows_a_family_name_is_not_taken_for_it(name: str) -> None:
    entry = bibtex([a_paper(title="Foxes", authors=(Author(name), Author("Bo Li III"), Author("Madonna, Jr.")), published=None)])

    assert "author = {Silva, Jr., Ana Maria and Li, III, Bo and Madonna, Jr.}" in entry
    assert entry.startswith("@misc{silvafoxes,")


@pytest.mark.parametrize(
    "title",
    [
        r"On $\input{/etc/passwd}$",
        r"On $\immediate\write18{id}$",
        r"On $^^5cinput{/etc/passwd}$",
        r"On $\csname input\endcsname{/etc/passwd}$",
        r"From $5 and \input{/etc/passwd} to $6",
        r"On $\href{run:/bin/sh}{x}$",
        r"On $x\$ and \input{/etc/passwd} of \$y",
        r"On $x % y$",
        r"On $x & #1$",
    ],
)
def test_no_title_has_tex_do_what_sets_no_formula(title: str) -> None:
    (line,) = [line for line in bibtex([a_paper(title=title)]).splitlines() if line.startswith("  title")]

    assert not re.search(r"(?<!\\)[$%&#]|\\(?!textb|textasciicircum\{\}|[$%&#])|\^\^", line)


@pytest.mark.parametrize(
    "formula", [r"$\mathcal{O}(n \log n)$", r"$\frac{1}{2}\hat{x}_{i}^{2} \leq \ell_1$", r"$10\%$", r"$\alpha$-divergence"]
)
def test_known_mathematics_stays_as_it_was_written(formula: str) -> None:
    assert f"  title = {{{{On {formula}}}}},\n" in bibtex([a_paper(title=f"On {formula}")])


@pytest.mark.parametrize(
    ("title", "written"),
    [
        (r"The Schr\"odinger and K\"ahler \'etale $\alpha$ cases", r"The Schrödinger and Kähler étale $\alpha$ cases"),
        (r"\textbf{A} {\it new} ``view'' of $x_1$", r"A new “view” of $x_1$"),
        (r"\textit{A $C^*$-algebra} of {\it $x_1$ and $x_2$}", "A $C^*$-algebra of $x_1$ and $x_2$"),
        ("Foxes \ue000 and $x_1$", "Foxes and $x_1$"),
        ("From $5 to $10, or $x_1$", r"From \$5 to \$10, or $x_1$"),
        (r"From \$5=US\$5\ (in $x_1$)", r"From \$5=US\$5 (in $x_1$)"),
        (r"On \foo of $\foo$", r"On \textbackslash{}foo of \textbackslash{}foo"),
    ],
)
def test_what_is_no_formula_is_written_as_it_is_read(title: str, written: str) -> None:
    assert f"  title = {{{{{written}}}}},\n" in bibtex([a_paper(title=title)])


def test_no_name_of_a_paper_has_tex_do_anything() -> None:
    paper = a_paper("doi:10.1234/^^5cinput/etc/passwd", ids=("doi:10.1234/^^5cinput/etc/passwd",), categories=("^^5cinput",))

    assert "^^" not in bibtex([paper])
