"""`digest subscribers import-library` and `libraries`, `digest feedback` and `saved`: through the real command line and a real catalog."""

from __future__ import annotations

from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.library.opening import shown_address
from digest.model import Author

from .builders import NOON, a_batch, a_paper
from .command_line import NOWHERE, SENDER, Done, Run, digest_command
from .ranking_papers import a_crowd

ANA = "ana@example.org"
FOXES = "@article{silva, title={On the habits of urban foxes}, author={Silva, Ana}, year=2026, doi={10.1000/foxes}}\n"
HENS = "@article{lind, title={Why hens sleep lightly}, author={Lind, Bo}, year=2025}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    (tmp_path / "refs.bib").write_text(FOXES + HENS)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`digest …` at noon, where Ana follows foxes."""
    monkeypatch.setenv("TZ", "UTC")
    call = digest_command(folder, capsys)
    call("subscribers", "add", ANA, "--topic", "foxes")
    return call


def imported(run: Run, folder: Path, *options: str) -> Done:
    return run("subscribers", "import-library", ANA, str(folder / "refs.bib"), "--json", *options)


def counts(done: Done) -> tuple[int, int, int, int]:
    return tuple(done.json[name] for name in ("added", "kept", "changed", "removed"))  # type: ignore[return-value]  # four of them


def test_an_import_takes_every_entry_in_and_the_second_changes_nothing(run: Run, folder: Path) -> None:
    first, second = imported(run, folder), imported(run, folder)

    assert (first.status, counts(first), counts(second)) == (0, (2, 0, 0, 0), (0, 2, 0, 0))
    assert "2 new" in first.err


def test_an_import_of_days_on_which_no_entry_came_fails_and_says_so(run: Run, folder: Path) -> None:
    (folder / "refs.bib").write_text("@article{silva, title={Foxes}, date-added={2026-01-02}}")

    done = imported(run, folder, "--since", "2026-02-01")

    assert done.status == 1
    assert "no entry came into it within these days\n  → give other days with --since and --until" in done.err
    assert run("subscribers", "libraries", ANA, "--json").json == []


def test_what_was_imported_is_liked_and_shown_as_such(run: Run, folder: Path) -> None:
    imported(run, folder)

    shown = run("subscribers", "interests", ANA, "--json").json

    assert [len(interest["liked"]) for interest in shown] == [2]


def test_a_broken_entry_is_listed_and_the_others_come_in(run: Run, folder: Path) -> None:
    (folder / "refs.bib").write_text("@article{broken, title={Oh no {, year=2020\n}\n" + FOXES)

    done = imported(run, folder)

    assert (done.status, counts(done)) == (1, (1, 0, 0, 0))
    assert [one["entry"] for one in done.json["dropped"]] == ["broken"]


def test_an_import_of_a_shorter_file_takes_nothing_away_and_following_it_does(run: Run, folder: Path) -> None:
    imported(run, folder)
    (folder / "refs.bib").write_text(FOXES)

    once, followed = imported(run, folder), imported(run, folder, "--follow")

    assert (counts(once), counts(followed)) == ((0, 1, 0, 0), (0, 1, 0, 1))


def test_an_import_of_a_followed_library_goes_on_following_it_as_it_was(run: Run, folder: Path) -> None:
    run("subscribers", "interests", ANA, "birds", "--topic", "songs")
    imported(run, folder, "--follow", "--interest", "birds")
    (folder / "refs.bib").write_text(FOXES)

    again = imported(run, folder)

    assert counts(again) == (0, 1, 0, 1)
    assert [(one["followed"], one["interest"]) for one in run("subscribers", "libraries", ANA, "--json").json] == [(True, "birds")]


def test_an_interest_may_be_named_in_any_case_and_one_that_was_removed_holds_up_no_import(run: Run, folder: Path) -> None:
    run("subscribers", "interests", ANA, "birds", "--topic", "songs")

    assert imported(run, folder, "--interest", "Birds").status == 0
    assert [one["interest"] for one in run("subscribers", "libraries", ANA, "--json").json] == ["birds"]

    run("subscribers", "interests", ANA, "birds", "--remove")
    assert imported(run, folder).status == 0
    assert [one["interest"] for one in run("subscribers", "libraries", ANA, "--json").json] == [""]


def test_what_stands_in_a_library_is_kept_out_of_the_readers_other_letters(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("doi:10.1000/foxes", "Urban foxes"), a_paper("arxiv:2611.00002", "Foxes of the north")), NOON)
    imported(run, folder, "--subscription", "main")
    run("subscribers", "add", ANA, "--topic", "foxes", "--name", "evening", "--at", "18:00")

    letter = run("preview", ANA, "--subscription", "evening").out

    assert ("Foxes of the north" in letter, "Urban foxes\n" in letter) == (True, False)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ana:secret@example.org/items?format=bibtex&key=SECRET", "https://example.org/items?…"),
        ("https://ana:sec/ret@example.org/items", "https://…"),
        ("https://ana:sec?ret@example.org/items", "https://…"),
        ("zotero:user:1/Night", "user:1/Night"),
        ("/home/ana/refs.bib", "/home/ana/refs.bib"),
    ],
)
def test_an_address_is_shown_without_what_may_be_a_key(address: str, shown: str) -> None:
    assert shown_address(address) == shown


def test_a_dry_run_says_what_would_come_in_and_changes_nothing(run: Run, folder: Path) -> None:
    done = imported(run, folder, "--dry-run")

    assert done.json == {"would_import": 2, "dropped": []}
    assert run("subscribers", "libraries", ANA, "--json").json == []


@pytest.mark.parametrize("name", ["none.bib", "~nobody-of-that-name/refs.bib"])
def test_a_file_that_is_not_there_is_an_error_with_what_to_do(run: Run, folder: Path, name: str) -> None:
    done = run("subscribers", "import-library", ANA, name)

    assert done.status == 1
    assert "cannot be read: no such file or directory\n  → name a file that this user can read" in done.err
    assert run("subscribers", "libraries", ANA, "--json").json == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "which library?"),
        (("refs.bib", "--key-file", "key"), "--key-file and --save-to belong to a Zotero library"),
        (("--zotero", "user:1", "--collection", "Thesis"), "write --zotero 'user:1/Thesis'"),
        (("--zotero", "user:1", "--save-to", "Read"), "add --key-file FILE"),
        (("--zotero", "ana"), "ana"),
        (("refs.bib", "--since", "yesterday"), "--since 'yesterday' is not a date"),
        (("refs.bib", "--interest", "birds"), "no interest 'birds'"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: tuple[str, ...], told: str, run: Run) -> None:
    done = run("subscribers", "import-library", ANA, *options)

    assert done.status == 2
    assert told in done.err


def test_a_followed_file_is_read_again_by_a_run_and_one_that_is_gone_is_reported(run: Run, folder: Path) -> None:
    (folder / "refs.bib").write_text(FOXES)
    imported(run, folder, "--follow")
    (folder / "refs.bib").write_text(FOXES + HENS)
    longer = run("run")
    (folder / "refs.bib").unlink()
    gone = run("run", "--json")

    assert "refs.bib: 1 new" in longer.err
    assert (gone.status, [f["message"] for f in gone.json["failures"]]) == (1, ["cannot be read: no such file or directory"])
    (kept,) = run("subscribers", "libraries", ANA, "--json").json
    assert (kept["entries"], kept["message"]) == (2, "cannot be read: no such file or directory")


def test_a_forgotten_library_leaves_the_profile(run: Run, folder: Path) -> None:
    imported(run, folder)
    (number,) = (one["id"] for one in run("subscribers", "libraries", ANA, "--json").json)

    forgotten = run("subscribers", "libraries", ANA, "--forget", str(number))

    assert "forgot" in forgotten.err
    assert [i["liked"] for i in run("subscribers", "interests", ANA, "--json").json] == [[]]


def test_what_is_forgotten_is_told_as_json_too(run: Run, folder: Path) -> None:
    imported(run, folder)
    (listed_before,) = run("subscribers", "libraries", ANA, "--json").json
    forget = ("subscribers", "libraries", ANA, "--forget", str(listed_before["id"]), "--json")

    assert run(*forget, "--dry-run").json == [listed_before]
    assert run(*forget).json == [listed_before]
    assert run("subscribers", "libraries", ANA, "--json").json == []


def test_what_is_new_and_in_the_library_is_told_and_not_shown(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("doi:10.1000/foxes", "Urban foxes"), a_paper("arxiv:2611.00002", "Foxes of the north")), NOON)
    assert imported(run, folder).status == 0

    letter = run("preview", ANA).out

    assert "1 of today's papers was already in your library." in letter
    assert ("Foxes of the north" in letter, "Urban foxes\n" in letter) == (True, False)
    assert "already in your library, so it is not shown" in run("explain", ANA, "10.1000/foxes").out


def test_a_group_of_a_librarys_papers_keeps_its_new_name_and_not_what_leaves_the_library(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(*a_crowd(200)), NOON)
    entries = [
        f"@article{{{words[:2]}{n}, title={{A study of {words}, {n}}}, abstract={{We look at {words}.}}, doi={{10.1000/{words[:2]}{n}}}}}"
        for words in ("foxes gardens night dens", "protein folding structure residue")
        for n in range(6)
    ]
    (folder / "refs.bib").write_text("\n".join(entries))
    imported(run, folder, "--follow")
    run("preview", ANA)
    groups = {one["name"]: len(one["liked"]) for one in run("subscribers", "interests", ANA, "--json").json}
    (proteins,) = (name for name in groups if "protein" in name)

    run("subscribers", "interests", ANA, proteins, "--rename", "Proteins")
    named = {one["name"]: len(one["liked"]) for one in run("subscribers", "interests", ANA, "--json").json}
    (folder / "refs.bib").write_text("\n".join(entries[:6]))
    run("run")
    after = {one["name"]: len(one["liked"]) for one in run("subscribers", "interests", ANA, "--json").json}

    assert (groups[proteins], named["Proteins"], after["Proteins"]) == (6, 6, 0)


# --- feedback ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def listed(folder: Path, run: Run) -> Run:
    """The same, with a paper by two people in the catalog."""
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "Foxes of the north")), NOON)
    return run


def test_feedback_is_given_listed_and_undone(listed: Run) -> None:
    given = listed("feedback", "add", ANA, "more", "2611.00002")
    (one,) = listed("feedback", "list", ANA, "--json").json
    listed("feedback", "undo", str(one["id"]))

    assert (given.status, one["kind"], one["key"]) == (0, "more", "arxiv:2611.00002")
    assert listed("feedback", "list", ANA, "--json").json == []
    assert len(listed("feedback", "list", ANA, "--all", "--json").json) == 1


def test_what_a_word_took_back_stands_again_unless_it_is_taken_back_too(listed: Run) -> None:
    for kind in ("more", "less"):
        listed("feedback", "add", ANA, kind, "2611.00002")

    both = listed("feedback", "undo", "1", "2")

    assert (both.status, listed("feedback", "list", ANA, "--json").json) == (0, [])
    listed("feedback", "add", ANA, "more", "2611.00002")
    listed("feedback", "add", ANA, "less", "2611.00002")
    listed("feedback", "undo", "4")
    assert [one["kind"] for one in listed("feedback", "list", ANA, "--json").json] == ["more"]


def test_what_is_next_after_feedback_can_be_typed_as_it_stands(listed: Run) -> None:
    alone = listed("feedback", "add", ANA, "more", "2611.00002").err
    listed("subscribers", "add", ANA, "--edition", "cs.LG")

    beside = listed("feedback", "add", ANA, "seen", "2611.00002").err
    command = beside.partition("next: digest ")[2].partition(";")[0]

    assert f"next: digest preview {ANA};" in alone
    assert command == f"preview {ANA} --subscription main"
    assert listed(*command.split(), "--format", "text").status == 0


def test_what_would_be_written_down_is_told_as_json_too(listed: Run) -> None:
    dry = listed("feedback", "add", ANA, "follow", "2611.00002", "--author", "Ana Silva", "--dry-run", "--json").json

    assert [(one["kind"], one["key"], one["author"]) for one in dry] == [("follow", "arxiv:2611.00002", "Ana Silva")]
    assert listed("feedback", "list", ANA, "--json").json == []


def test_a_rehearsed_undo_names_what_it_would_take_back_and_says_what_is_not_there(listed: Run) -> None:
    listed("feedback", "add", ANA, "more", "2611.00002")

    rehearsed, unknown = listed("feedback", "undo", "1", "--dry-run"), listed("feedback", "undo", "7", "--dry-run")

    assert (rehearsed.status, rehearsed.err) == (0, "would take back: more of 'Foxes of the north'\n")
    assert (unknown.status, unknown.err.splitlines()[0]) == (1, "digest: 7: no such feedback")
    assert len(listed("feedback", "list", ANA, "--json").json) == 1


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (("--floor", "95"), "the one new paper is not for this reader: the letter says so and names the best"),
        (("--floor", "95", "--skip-empty"), "the one new paper is not for this reader: no letter goes out"),
        (("--mute", "north"), "the one new paper is not for this reader: no letter goes out"),
    ],
)
def test_a_preview_of_an_issue_without_papers_says_whether_a_letter_goes_out(listed: Run, wish: tuple[str, ...], said: str) -> None:
    listed("subscribers", "edit", ANA, *wish)

    assert said in listed("preview", ANA).err


@pytest.mark.parametrize("form", ["html", "text", "markdown", "eml"])
def test_a_preview_in_a_file_is_for_its_owner_since_it_holds_the_readers_tokens(listed: Run, tmp_path: Path, form: str) -> None:
    letter = tmp_path / f"letter.{form}"
    letter.touch(0o644)

    listed("preview", ANA, "--format", form, "--out", str(letter))

    assert (letter.stat().st_mode & 0o777, letter.stat().st_size > 0) == (0o600, True)


def test_feedback_acts_on_the_next_issue(listed: Run) -> None:
    listed("feedback", "add", ANA, "seen", "2611.00002")

    assert "Foxes of the north" not in listed("preview", ANA).out
    assert "you said that you had seen it" in listed("explain", ANA, "2611.00002").out


def test_saved_papers_are_listed_and_had_as_bibtex(listed: Run) -> None:
    listed("feedback", "add", ANA, "save", "2611.00002")

    assert "@misc{silvafoxes,\n  title = {{Foxes of the north}},\n" in listed("saved", ANA, "--bib").out
    assert [one["key"] for one in listed("saved", ANA, "--json").json] == ["arxiv:2611.00002"]


@pytest.mark.parametrize("typed", ["Łukasz Kaiser", "lukasz kaiser", "Kaiser, Lukasz"])
def test_an_author_to_follow_may_be_typed_without_the_letters_of_their_language(run: Run, folder: Path, typed: str) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        by = (Author("Ana Silva"), Author("Łukasz Kaiser"))
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "Attention", authors=by)), NOON)

    assert "follows Łukasz Kaiser" in run("feedback", "add", ANA, "follow", "2611.00002", "--author", typed).err


def test_following_names_the_only_author_by_itself_and_refuses_a_stranger(listed: Run) -> None:
    stranger = listed("feedback", "add", ANA, "follow", "2611.00002", "--author", "Bo Lind")
    followed = listed("feedback", "add", ANA, "follow", "2611.00002")

    assert "is not by 'Bo Lind'\n  → add --author: Ana Silva" in stranger.err
    assert "follows Ana Silva" in followed.err
    assert "BY PEOPLE YOU FOLLOW" in listed("preview", ANA).out


def test_two_authors_of_one_name_are_followed_by_it(folder: Path, run: Run) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00003", authors=(Author("Wei Wang"),) * 2)), NOON)

    assert "follows Wei Wang" in run("feedback", "add", ANA, "follow", "2611.00003").err


def test_a_paper_is_named_by_the_address_its_letter_gives(listed: Run) -> None:
    address = "https://example.org/arxiv:2611.00002"

    assert listed("feedback", "add", ANA, "less", address).status == 0
    assert "you disliked it" in listed("explain", ANA, address).out


def test_what_python_escaped_in_a_reason_is_explained_as_it_was_written(listed: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(*a_crowd(60)), NOON)
    listed("subscribers", "edit", ANA, "--topic", r"foxes \alpha")

    assert r"topic “foxes \alpha”" in listed("explain", ANA, "2611.00002").out


def test_a_paper_nobody_listed_is_told(listed: Run) -> None:
    done = listed("feedback", "add", ANA, "more", "2611.99999")

    assert done.status == 1
    assert "not seen yet" in done.err


def test_a_search_needs_no_quotes(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "Urban foxes of the north"), a_paper("arxiv:2611.00003", "Hens")), NOON)

    bare, quoted = run("search", "urban", "foxes", "--json"), run("search", "urban foxes", "--json")

    assert (bare.status, bare.json) == (0, quoted.json)
    assert [found["title"] for found in bare.json] == ["Urban foxes of the north"]


def test_a_search_for_an_author_says_that_only_titles_and_abstracts_are_searched(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper("arxiv:2611.00002", "Urban foxes", authors=(Author("Yuki Ito"),))), NOON)

    done = run("search", "Yuki", "Ito")

    assert (done.status, done.err) == (1, "no title or abstract in the catalog is near that; `digest fetch` pulls today's listings\n")


def test_titles_are_shown_to_people_as_letters_have_them(run: Run, folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        foxes, hens = a_paper("arxiv:2611.00009", r"Foxes at $10^{-15}$ of Erd\H{o}s"), a_paper("arxiv:2611.00003", "Hens")
        catalog.papers.record(a_batch(foxes, hens), NOON)

    said = [
        run("search", "foxes").out,
        run("explain", ANA, "2611.00009").out,
        run("feedback", "add", ANA, "save", "2611.00009").err,
        run("feedback", "list", ANA).out,
        run("saved", ANA).out,
        run("feedback", "undo", "1").err,
    ]

    assert ["Foxes at 10⁻¹⁵ of Erdős" in text for text in said] == [True] * 6
    assert run("search", "foxes", "--json").json[0]["title"].startswith("Foxes at $10^{-15}$")
