"""A misspelt category is noticed wherever one is named, and nothing waits for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from digest.catalog import Catalog
from digest.config import parse
from digest.run import awaited, standings
from digest.taxonomy import CATEGORIES, doubt, doubt_of, doubts, is_known, nearest, spelled
from tests.announcing import Announced, listing, unreachable
from tests.command_line import NOWHERE, SENDER, Run, digest_command
from tests.test_run_announced import parts_of, pulled

MONDAY = date(2026, 11, 23)
DUE = datetime(2026, 11, 23, 5, tzinfo=UTC)


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    return digest_command(tmp_path, capsys)


def test_every_category_is_there_with_its_name() -> None:
    assert len(CATEGORIES) == 155
    assert (CATEGORIES["cs.LG"], CATEGORIES["cond-mat.dis-nn"]) == ("Machine Learning", "Disordered Systems and Neural Networks")
    assert (CATEGORIES["cs.DC"], CATEGORIES["hep-th"]) == ("Distributed, Parallel, and Cluster Computing", "High Energy Physics - Theory")


@pytest.mark.parametrize(
    ("written", "meant"),
    [("CS.cl", "cs.CL"), ("COND-MAT.Soft", "cond-mat.soft"), ("Hep-Th", "hep-th"), ("CS.xy", "cs.XY"), ("Neuroscience", "Neuroscience")],
)
def test_a_category_is_spelt_as_arxiv_does(written: str, meant: str) -> None:
    assert spelled(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cs.LLM", "cs.CL"),
        ("cs.LGG", "cs.LG"),
        ("cs_LG", "cs.LG"),
        ("machine learning", "cs.LG"),
        ("stat.machine learning", "stat.ML"),
        ("cs.robotics", "cs.RO"),
        ("hepth", "hep-th"),
        ("physics.optic", "physics.optics"),
        ("cell biolgy", "cell biology"),
        ("foo", None),
    ],
)
def test_what_was_meant_is_found_by_letters_and_by_name(written: str, meant: str | None) -> None:
    assert nearest(written) == meant


def test_an_archive_is_known_as_a_whole() -> None:
    assert (is_known("math"), is_known("hep-th"), is_known("mathematics")) == (True, True, False)


def test_of_a_word_without_a_dot_only_a_source_of_arxiv_is_doubted() -> None:
    assert list(doubts(["neuroscience", "cs.LG"])) == []
    assert doubt("neuroscience").startswith("'neuroscience' is no category of arXiv that is known here")


@pytest.mark.parametrize(("written", "meant"), [("csLG", "cs.LG"), ("cs LG", "cs.LG"), ("stat-ml", "stat.ML"), ("hepth", "hep-th")])
def test_a_category_without_its_dot_or_hyphen_is_doubted(written: str, meant: str) -> None:
    (said,) = doubts([written])

    assert f"did you mean {meant}?" in said


def test_the_configuration_is_read_and_says_what_may_bring_nothing() -> None:
    source = '[[sources]]\nkind = "arxiv"\ncategories = ["cs.LLM"]\n'
    ana = '[[subscribers]]\naddress = "ana@example.org"\ncategories = ["cs.NLP", "cs.LG"]\n'

    read = parse(f'{SENDER}{source}{ana}[[subscribers]]\naddress = "bo@example.org"\nedition = "stat.MLL"\n', "config.toml")

    told = "is no category of arXiv that is known here, so it may bring nothing: did you mean"
    assert read.warnings == (
        f"[[sources]] arxiv: 'cs.LLM' {told} cs.CL? arxiv.org/category_taxonomy names them all",
        f"[[subscribers]] categories: 'cs.NLP' {told} cs.CL? arxiv.org/category_taxonomy names them all",
        f"[[subscribers]] categories: 'stat.MLL' {told} stat.ML? arxiv.org/category_taxonomy names them all",
    )


@pytest.mark.parametrize(
    ("category", "said"),
    [
        ("cell bilogy", "did you mean cell biology?"),
        ("cs.LG", "its pages of subject areas name them all"),
    ],
)
def test_a_category_that_biorxiv_is_not_known_to_have_is_doubted(category: str, said: str) -> None:
    told = "is no category of bioRxiv or medRxiv that is known here, so it may bring nothing"

    assert doubt_of("biorxiv", category) == f"{category!r} {told}: {said}"
    assert doubt_of("lab.papers:make", category) == ""


@pytest.mark.parametrize("category", ["cell biology", "Cell Biology", "cell_biology"])
def test_a_category_that_biorxiv_has_is_not_doubted(category: str) -> None:
    assert doubt_of("medrxiv", category) == ""


def test_the_configuration_says_what_biorxiv_may_not_have() -> None:
    read = parse(SENDER + '[[sources]]\nname = "bio"\nkind = "biorxiv"\ncategories = ["cell bilogy"]\n', "config.toml")

    assert any(warning.startswith("[[sources]] bio: 'cell bilogy' is no category of bioRxiv") for warning in read.warnings)


def test_a_misspelt_category_is_taken_from_a_command_and_said(run: Run) -> None:
    source = run("sources", "add", "--kind", "arxiv", "--category", "cs.LLM", "--name", "more")
    reader = run("subscribers", "add", "ana@example.org", "--category", "stat.MLL")
    edited = run("subscribers", "edit", "ana@example.org", "--category", "cs.CVV")

    assert (source.status, reader.status, edited.status) == (0, 0, 0)
    assert "warning: 'cs.LLM' is no category of arXiv that is known here" in source.err
    assert "did you mean stat.ML?" in reader.err
    assert "did you mean cs.CV?" in edited.err


def test_no_letter_waits_for_a_category_that_nobody_knows_and_that_never_came(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": unreachable()}, parts=("cs.LG", "cs.LLM"))
    parts = parts_of(catalog, source)
    pulled(catalog, source, DUE)

    waiting = awaited(parts, DUE + timedelta(minutes=1))

    assert [one.name for one in waiting] == ["arxiv cs.LG"]


def test_a_new_category_that_came_once_is_waited_for_as_any_other(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.NEW": listing(1, on=MONDAY)}, parts=("cs.NEW",))
    parts = parts_of(catalog, source)
    pulled(catalog, source, DUE)

    waiting = awaited(parts, DUE + timedelta(days=1))

    assert [one.name for one in waiting] == ["arxiv cs.NEW"]
    assert [one.todo for one in standings(parts, DUE + timedelta(minutes=1))] == [""]


def test_a_new_category_that_came_once_is_out_of_reach_and_not_misspelt(catalog: Catalog) -> None:
    pulled(catalog, Announced(feeds={"cs.NEW": listing(1, on=MONDAY)}, parts=("cs.NEW",)), DUE)

    report = pulled(catalog, Announced(feeds={"cs.NEW": unreachable()}, parts=("cs.NEW",)), DUE + timedelta(days=1))

    assert [(one.subject, one.hint) for one in report.failures] == [("arxiv", unreachable().hint)]


def test_where_nothing_can_be_reached_the_misspelt_category_is_not_to_blame(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LLM": unreachable(), "cs.LG": unreachable()}, parts=("cs.LLM", "cs.LG"))

    report = pulled(catalog, source, DUE)

    assert [(one.subject, one.hint) for one in report.failures] == [("arxiv", unreachable().hint)]


def test_status_and_run_say_that_a_category_that_never_came_may_be_misspelt(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LG": listing(1, on=MONDAY)}, parts=("cs.LG", "cs.LLM"))

    report = pulled(catalog, source, DUE)
    (_, llm) = standings(parts_of(catalog, source), DUE + timedelta(minutes=1))

    assert [(one.subject, one.hint.partition(":")[0]) for one in report.failures] == [
        ("arxiv cs.LLM", "'cs.LLM' is no category of arXiv that is known here, so it may bring nothing")
    ]
    assert llm.todo.endswith("did you mean cs.CL? arxiv.org/category_taxonomy names them all")


def test_a_list_of_people_for_a_misspelt_category_comes_in_and_it_is_said(run: Run, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("email,lists\nana@example.org,ML\n")

    done = run("subscribers", "import", str(people), "--map", "ML=edition:cs.LGG@weekly", "--default", "topic:a.foxes")

    assert done.status == 0
    assert [line for line in done.err.splitlines() if "warning" in line] == [
        "warning: 'cs.LGG' is no category of arXiv that is known here, so it may bring nothing: "
        "did you mean cs.LG? arxiv.org/category_taxonomy names them all"
    ]


def test_one_that_was_given_up_at_the_first_try_is_told_as_misspelt(catalog: Catalog) -> None:
    source = Announced(feeds={"cs.LLM": listing(on=MONDAY)}, pages={"cs.LLM": listing(1, on=date(2026, 11, 20))}, parts=("cs.LLM",))

    report = pulled(catalog, source, DUE + timedelta(hours=7))

    (failure,) = report.failures
    assert failure.message == "the listing announced on 22 Nov has not come: 1 try since 05:00 UTC"
    assert failure.hint.endswith("did you mean cs.CL? arxiv.org/category_taxonomy names them all")


def test_a_reader_names_what_biorxiv_and_medrxiv_call_by_several_words(run: Run) -> None:
    written = ["--category", "Cell  Biology", "--category", "infectious diseases", "--category", "cs.LG"]

    done = run("subscribers", "add", "ana@example.org", *written, "--json")
    edition = run("subscribers", "add", "bo@example.org", "--edition", "cell biology", "--json")

    assert done.json["categories"] == ["Cell Biology", "infectious diseases", "cs.LG"]
    assert (edition.json["edition"], "warning" in done.err + edition.err) == ("cell biology", False)


@pytest.mark.parametrize("verb", ["add", "edit"])
def test_a_source_that_is_named_as_an_edition_is_said(run: Run, verb: str) -> None:
    run("sources", "add", "http://127.0.0.1:9/feed", "--name", "journal", "--allow-private", "--untested")
    run("subscribers", "add", "bo@example.org", "--edition", "cs.LG")

    done = run("subscribers", verb, "ana@example.org" if verb == "add" else "bo@example.org", "--edition", "journal")

    assert [line for line in done.err.splitlines() if "warning" in line] == [
        "warning: 'journal' is a source and no category, so it may bring nothing: name a category, or the edition trending for votes"
    ]


@pytest.mark.parametrize("edition", ["neuroscience", "trending"])
def test_a_source_that_is_called_as_what_it_brings_is_no_doubt(run: Run, edition: str) -> None:
    run("sources", "add", "http://127.0.0.1:9/feed", "--name", edition, "--allow-private", "--untested")

    assert "warning" not in run("subscribers", "add", "ana@example.org", "--edition", edition).err
