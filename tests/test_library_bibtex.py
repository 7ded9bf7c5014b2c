"""A .bib becomes references, however it was written; what is broken is told, and takes nothing else with it."""

from __future__ import annotations

import tracemalloc
from datetime import UTC, datetime
from time import process_time

import pytest

from digest.library import bibtex
from digest.library.people import apart, spoken
from digest.library.records import Record
from digest.library.tex import plain
from digest.model import Author, Changes, Dropped, Reference

from .library_files import bibliography, only, read


def test_an_entry_becomes_a_reference() -> None:
    reference = only(r"""
        @article{goedel1931,
          title = {{\"U}ber formal unentscheidbare {S}{\"a}tze},
          author = {G{\"o}del, Kurt and {CERN Collaboration} and others},
          abstract = {We prove $x_{2}^{n}$ in
            100\% of cases.},
          year = 1931, doi = {10.1007/BF01700692}, groups = {Logic, To read},
          creationdate = {2021-03-01T12:30:00}, timestamp = {2022-01-01},
        }""")

    assert reference == Reference(
        entry="goedel1931",
        title="Über formal unentscheidbare Sätze",
        abstract="We prove $x_{2}^{n}$ in 100% of cases.",
        authors=(Author("Kurt Gödel"), Author("CERN Collaboration")),
        ids=("doi:10.1007/bf01700692",),
        year=1931,
        added=datetime(2021, 3, 1, 12, 30, tzinfo=UTC),
        collections=("Logic", "To read"),
    )


@pytest.mark.parametrize(
    ("fields", "ids"),
    [
        ("eprint = {2302.09664}, archiveprefix = {arXiv}", ("arxiv:2302.09664",)),
        ("eprint = {2302.09664v2}, eprinttype = {arxiv}", ("arxiv:2302.09664",)),
        ("eprint = {hep-th/9901001}", ("arxiv:hep-th/9901001",)),
        ("eprint = {2302.09664}, eprinttype = {hdl}", ()),
        ("journal = {arXiv preprint arXiv:2302.09664}", ("arxiv:2302.09664",)),
        ("journal = {CoRR}, volume = {abs/2302.09664}, url = {https://arxiv.org/abs/2302.09664}", ("arxiv:2302.09664",)),
        ("note = {arXiv:2302.09664 [cs]}", ("arxiv:2302.09664",)),
        ("note = {arXiv:2302.096641234}", ()),
        ("doi = {10.48550/arXiv.2302.09664}", ("arxiv:2302.09664",)),
        ("doi = {https://doi.org/10.1145/3292500}", ("doi:10.1145/3292500",)),
        (r"doi = {10.1007/978-3-540-1\_12}", ("doi:10.1007/978-3-540-1_12",)),
        (r"howpublished = {\url{https://example.org/a\_b}}", ("url:https://example.org/a_b",)),
        ("url = {https://example.org/x}, doi = {10.1234/x}, eprint = {2302.09664}",
         ("arxiv:2302.09664", "doi:10.1234/x", "url:https://example.org/x")),
        ("url = {file:///home/ana/x.pdf}", ()),
        ("url = {http://127.0.0.1/x}", ()),
        ("doi = {10.1234/x\u202ey}", ()),
    ],
)  # fmt: skip
def test_what_a_paper_is_called_is_found_best_first(fields: str, ids: tuple[str, ...]) -> None:
    assert only(f"@misc{{k, title = {{T}}, {fields}}}").ids == ids


def test_strings_are_put_in_and_parts_joined() -> None:
    strings = '@string{who = "Bell, Ada"}\n@string{two = who # { and Fox, Bo}}\n'

    reference = only(strings + '@article{k, title = "On " # {foxes} # 2, author = two, year = 2020}')

    assert reference.title == "On foxes2"
    assert reference.authors == (Author("Ada Bell"), Author("Bo Fox"))


def test_a_long_string_that_is_put_in_many_times_takes_little_memory() -> None:
    text = "@string{a = {" + "x" * bibtex.LONGEST + "}}\n@article{k, title = " + " # ".join("a" * 500) + "}\n"
    tracemalloc.start()

    (found,) = bibtex.read(text)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert isinstance(found, Record)
    assert (len(found.title), peak < 1.5 * bibtex.PUT_IN) == (bibtex.LONGEST, True)


def test_strings_that_double_each_other_stay_small() -> None:
    doubling = '@string{a = "0123456789"}\n' + "@string{a = a # a}\n" * 60

    reference = only(doubling + "@article{k, title = a}")

    assert len(reference.title) == 500


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        ("@article{b, title = {open {brace}, year = 2020\n}", "line 3: a brace or a quotation mark is never closed before the next entry"),
        ('@article{b, title = "open\n}', "line 3: a brace or a quotation mark is never closed before the next entry"),
        ("@article{b title = {x}}", "line 3: no comma after its key"),
        ("@article{b, title {x}}", "line 3: a field without '='"),
        ("@article{b, title = {x}", "line 3: a brace or a quotation mark is never closed before the next entry"),
        ("@article{b, year = 2020}", "neither a title nor an arXiv id, a DOI or a web address of its own"),
    ],
)
def test_a_broken_entry_is_told_and_its_neighbours_stay(broken: str, reason: str) -> None:
    changes = read(f"@article{{a, title = {{First}}}}\n\n{broken}\n\n@article{{c, title = {{Last}}}}\n")

    assert [r.title for r in changes.references] == ["First", "Last"]
    assert changes.dropped == (Dropped("b", reason),)


def test_an_entry_without_a_key_is_an_entry() -> None:
    changes = read('@string{\n  hens = {On Hens}\n}\n@article{\n  author = {Fox, Bo},\n  title = {On Foxes}\n}\n@Book (title = hens)\n')

    assert [(r.title, r.authors) for r in changes.references] == [("On Foxes", (Author("Bo Fox"),)), ("On Hens", ())]
    assert all(r.entry.startswith("#") for r in changes.references)
    assert changes.dropped == ()


def test_a_broken_entry_spares_those_on_its_own_line() -> None:
    changes = read("@article{a, title = {open {x}, @book{b, title = {Two}} @book{c, title = {Three}}")

    assert [r.title for r in changes.references] == ["Two", "Three"]
    assert [d.entry for d in changes.dropped] == ["a"]


def test_an_at_sign_at_the_start_of_a_line_ends_no_abstract() -> None:
    reference = only("@article{k, title = {T}, abstract = {we wrote to\n@home (a project) and\n@work {sic}}}")

    assert reference.abstract == "we wrote to @home (a project) and @work sic"


def test_comments_preambles_and_text_between_entries_are_left_out() -> None:
    text = 'Encoding: UTF-8\n@comment{jabref-meta: {{{}\n@preamble{"\\newcommand"}\nsome words\n@book{k, title = {T}}\n'

    assert only(text).title == "T"


def test_names_of_papers_that_are_pasted_between_entries_are_taken_and_those_in_a_file_are_none() -> None:
    text = "Encoding: UTF-8\n@book{k, title = {T}}\n2302.09664\n10.1234/fox, nonsense\n@book{l, title = {U}}\nsome more words\n"
    pasted = read(text, "")

    assert [reference.entry for reference in pasted.references] == ["k", "arxiv:2302.09664", "doi:10.1234/fox", "l"]
    assert pasted.dropped == (Dropped("nonsense", "line 4: neither an arXiv id, a DOI nor a web address"),)
    assert [reference.entry for reference in read(text).references] == ["k", "l"]


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nAna\nhttps://ana.example.org",
        "Best wishes,\nAna\nana@example.org | https://ana.example.org",
        "Ana <ana@example.org>\nhttps://example.org/ana",
        "--\n\nAna\n\nhttps://ana.example.org",
    ],
)
def test_the_home_page_in_a_signature_below_pasted_entries_is_no_paper(signature: str) -> None:
    text = f"@misc{{k,title={{On Foxes}}, year={{2024}}}}\n\nhttps://fox.example.org/paper\n\n{signature}\nhttps://arxiv.org/abs/2302.09664\n"

    pasted = read(text, "")

    assert [reference.entry for reference in pasted.references] == ["k", "url:https://fox.example.org/paper", "arxiv:2302.09664"]


def test_what_a_program_remarks_beside_pasted_entries_names_no_paper() -> None:
    text = "%%% contains utf-8, see: https://example.org/faq#utf8\n%%% add\n@book{k, title = {T}}\n  % unused https://example.org/k\n2302.09664"
    pasted = read(text, "")

    assert [reference.entry for reference in pasted.references] == ["k", "arxiv:2302.09664"]
    assert pasted.dropped == ()


def test_a_field_given_twice_counts_once() -> None:
    assert only("@article{k, title = {First}, title = {Second}}").title == "First"


def test_a_web_page_is_no_paper_but_a_preprint_under_that_type_is() -> None:
    changes = read("@online{a, title = {Home}, url = {https://example.org}}\n@online{b, title = {P}, eprint = {2302.09664}}")

    assert [r.entry for r in changes.references] == ["b"]
    assert changes.dropped == (Dropped("a", "a web page without a DOI or an arXiv id: 'Home'"),)


def test_a_reason_with_a_long_title_is_whole() -> None:
    reason = read(f"@online{{a, title = {{{'Home ' * 60}}}}}").dropped[0].reason

    assert reason == f"a web page without a DOI or an arXiv id: '{'Home ' * 19}Home…'"


def test_what_is_no_paper_by_its_type_counts_where_more_than_a_title_tells_of_it() -> None:
    changes = read(
        "@online{a, title = {Foxes}, url = {https://example.org/foxes}}\n"
        "@movie{b, title = {Foxes}, editor = {Ada Bell}}\n"
        "@online{c, title = {Foxes}, url = {https://example.org/?p=7}}\n"
        "@movie{d, title = {Foxes}}\n"
        "@online{e, title = {Foxes}, url = {http://www.example.org/#top}}\n"
    )

    assert [r.entry for r in changes.references] == ["a", "b", "c"]
    assert [d.entry for d in changes.dropped] == ["d", "e"]


@pytest.mark.parametrize(
    ("field", "added"),
    [
        ("timestamp = {2019.05.02}", datetime(2019, 5, 2, tzinfo=UTC)),
        ("date-added = {2010-01-01 12:00:00 +0100}", datetime(2010, 1, 1, 11, tzinfo=UTC)),
        ("timestamp = {Wed, 07 Jun 2017 14:39:57 +0200}", None),  # DBLP's, of its own database
        ("timestamp = {2019-13-99}", None),
        ("urldate = {2019-05-02}", None),
    ],
)
def test_when_it_came_into_the_library(field: str, added: datetime | None) -> None:
    assert only(f"@article{{k, title = {{T}}, {field}}}").added == added


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"{\"o} \"o \"{o} {\'e} \'e {\aa} \AA{} {\o}re \o re", "ö ö ö é é å Å øre øre"),
        (r"\v{S} {\v S} \c c \H{o} na\"{\i}ve Garc{\'\i}a {\L}ukasz Stra\ss e", "Š Š ç ő naïve García Łukasz Straße"),
        (r"{The {LHC}b} \emph{x} {\it y} \textbf{\textit{z}}", "The LHCb x y z"),
        (r"1--2 --- ``q'' a~b 5\% R\&D a\_b", "1–2 — “q” a b 5% R&D a_b"),
        (r"$\alpha_{i}^{2}$ and \(O(n)\) and $$a{b}$$", r"$\alpha_{i}^{2}$ and \(O(n)\) and $$a{b}$$"),
        (r"\mathcal{O}(n) costs \$5", r"\mathcal{O}(n) costs \$5"),
        (r"Cu\textsubscript{2}O, Ca\textsuperscript{2+} and 2\texttimes{}3 Kuz{\cprime}min", "Cu2O, Ca2+ and 2×3 Kuzʹmin"),
        ("}}{{ odd {", " odd "),
        ("plain words", "plain words"),
    ],
)
def test_tex_becomes_text_and_mathematics_stays(tex: str, text: str) -> None:
    assert " ".join(plain(tex).split()) == " ".join(text.split())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Gödel, Kurt", "Kurt Gödel"),
        ("van der Berg, Jr., Kees", "Kees van der Berg Jr."),
        ("Berg, Kees, Jr.", "Kees Berg Jr."),
        ("Berg, Kees Jan, III", "Kees Jan Berg III"),
        ("Berg, Kees Jr", "Kees Berg Jr"),
        ("Berg, Jr.", "Jr. Berg"),
        ("Kurt Gödel", "Kurt Gödel"),
        ("{Barnes, Noble and Co}", "{Barnes, Noble and Co}"),
        ("{A}, {B}", "{B} {A}"),
    ],
)
def test_a_name_is_told_given_name_first(name: str, told: str) -> None:
    assert spoken(name) == told


def test_names_are_parted_at_and_outside_braces() -> None:
    assert apart("A, B and {Barnes and Noble}\n AND C and others") == ("A, B", "{Barnes and Noble}", "C")


def timed(entries: int) -> tuple[float, Changes]:
    """How long reading so many takes, each fiftieth of them broken."""
    text = bibliography(entries, every_broken=50)
    started = process_time()
    changes = read(text)
    return process_time() - started, changes


def test_of_thousands_of_entries_only_the_broken_ones_are_lost_and_time_grows_with_their_number() -> None:
    for _ in range(3):  # a shared core may be half as quick from one second to the next
        few, (took, changes) = timed(500)[0], timed(3_000)
        if took < min(9 * few, 3):
            break

    assert len(changes.references) == 2_940
    assert {r.entry for r in changes.references}.isdisjoint(d.entry for d in changes.dropped)
    assert [d.entry for d in changes.dropped] == [f"k{place}" for place in range(49, 3_000, 50)]
    assert took < 9 * few  # six times as many take six times as long
    assert took < 3  # ten thousand took 2 s on the slowest machine it was measured on


@pytest.mark.parametrize(
    "field",
    [
        "title = {" + "{" * 200_000 + "}" * 200_000 + "x}",
        "title = {x}, author = {A" + " " * 500_000 + "b}",
        "title = {x" + "\\(a" * 200_000 + "}",
        "title = {$" + "\\$" * 40_000 + "}",
        "title = {x" + '\\"{ ' * 100_000 + "}" * 100_000 + "}",
        "title = x" + " # {y}" * 100_000,
        "title = {x}, note = {" + "arxiv:a-" * 100_000 + "}",
    ],
)
def test_time_grows_with_the_length_alone(field: str) -> None:
    started = process_time()
    changes = read(f"@article{{k, {field}}}")
    took = process_time() - started

    assert len(changes.references) + len(changes.dropped) == 1
    assert took < 4
