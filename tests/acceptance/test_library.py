"""A reader's Zotero library, followed: read, changed, saved back; over HTTP to a server that keeps items, with the real command line."""

from __future__ import annotations

import email
import json
from collections.abc import Iterator
from email.policy import default
from pathlib import Path

import pytest

from ..command_line import Done, Run, digest_command
from ..zotero_server import KEY, Library, ZoteroServer

ANA = "ana@example.org"
TUESDAY, WEDNESDAY = (f"2026-11-{day}T07:30:00+00:00" for day in (24, 25))
ANIMALS = ("foxes", "voles", "owls", "hedgehogs", "badgers")
OTHERS = ("quantum annealing", "protein folding", "galaxy lensing", "graph colouring", "bond markets", "federated learning")
OWNED = "On the nightly movements of urban foxes, part 0"


@pytest.fixture
def zotero() -> Iterator[ZoteroServer]:
    with ZoteroServer() as server:
        yield server


@pytest.fixture
def library(zotero: ZoteroServer) -> Library:
    """Twenty papers on animals of the night in the collection "Night", and an empty collection for what comes."""
    zotero.allow(KEY, 123456)
    library = zotero.library("users/123456", public=False)
    night = library.collect("Night")
    library.collect("From digest")
    silva = [{"creatorType": "author", "firstName": "Ana", "lastName": "Silva"}]
    for number in range(20):
        animal = ANIMALS[number % len(ANIMALS)]
        text = f"Radio collars show how urban {animal} move between gardens at night, and where they find food."
        title = f"On the nightly movements of urban {animal}, part {number}"
        library.add(title=title, abstractNote=text, creators=silva, DOI=f"10.1000/night{number}", date="2026", collections=[night])
    return library


@pytest.fixture
def folder(tmp_path: Path, zotero: ZoteroServer) -> Path:
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "config.toml").write_text(f"""
[sender]
from = "digest@example.org"
[delivery]
transport = "folder"
folder = "out"
[zotero]
url = "{zotero.url}"
allow_private = true
[[sources]]
name = "sample"
kind = "digest.sources.sample:make"
url = "{tmp_path / "listing.json"}"
""")
    return tmp_path


@pytest.fixture
def run(folder: Path, library: Library, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """`digest …`, where Ana has a profile with nothing in it but the library she follows."""
    monkeypatch.setenv("TZ", "UTC")
    call = digest_command(folder, capsys)
    call("subscribers", "add", ANA, "--at", "07:00")
    return call


def follows(run: Run, folder: Path) -> Done:
    source = ("--zotero", "user:123456/Night", "--key-file", str(folder / "key"), "--save-to", "From digest")
    return run("subscribers", "import-library", ANA, *source, "--follow", "--json")


def listed(folder: Path, day: int) -> None:
    """A day's listing: three papers on animals of the night, sixty on other things, and one that Ana has."""
    animals = [(f"{day}a{n}", f"Gardens at night and the {animal} in them, day {day}", animal) for n, animal in enumerate(ANIMALS[:3])]
    others = [(f"{day}o{n}", f"A study of {OTHERS[n % 6]}, number {day}{n}", OTHERS[n % 6]) for n in range(60)]
    papers = [
        {"id": id_, "title": title, "abstract": f"We look at {subject} in detail.", "authors": [{"name": "Bo Lind"}]}
        for id_, title, subject in (*animals, *others)
    ]
    papers.append({"id": f"{day}z", "title": OWNED, "abstract": "Radio collars on foxes.", "authors": [{"name": "Ana Silva"}]})
    (folder / "listing.json").write_text(json.dumps({"papers": papers}))


def letters(folder: Path) -> list[str]:
    """The plain text of each letter, oldest first."""
    found = sorted((folder / "out").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    told = [email.message_from_bytes(path.read_bytes(), policy=default) for path in found]
    return [letter.get_body(("plain",)).get_content() for letter in told]  # type: ignore[union-attr]  # each has one


def test_the_first_issue_is_about_the_library_and_never_shows_what_is_in_it(run: Run, folder: Path) -> None:
    follows(run, folder)
    listed(folder, 1)

    run("run")

    (text,) = letters(folder)
    cards = text.split("TOP PICK", 1)[1]
    assert [animal in cards[: cards.index("A study of")] for animal in ANIMALS[:3]] == [True, True, True]
    assert "near “On the nightly movements of urban" in cards.replace("\n     ", " ")
    assert "1 of today's papers was already in your library." in text
    assert f"  {OWNED}" not in cards


def test_the_first_issue_after_a_bibtex_file_of_twenty_is_about_those_twenty(run: Run, folder: Path) -> None:
    entries = [
        f"@article{{night{n}, author = {{Silva, Ana}}, year = 2026, doi = {{10.1000/night{n}}},\n"
        f"  title = {{On the nightly movements of urban {ANIMALS[n % 5]}, part {n}}},\n"
        f"  abstract = {{Radio collars show how urban {ANIMALS[n % 5]} move between gardens at night, and where they find food.}}}}\n"
        for n in range(20)
    ]
    (folder / "refs.bib").write_text("".join(entries))
    done = run("subscribers", "import-library", ANA, str(folder / "refs.bib"), "--json")
    listed(folder, 1)

    run("run")

    (text,) = letters(folder)
    cards = text.split("TOP PICK", 1)[1]
    assert (done.status, done.json["added"]) == (0, 20)
    assert "What we understood: 20 papers of your library" in " ".join(text.split())
    assert [animal in cards[: cards.index("A study of")] for animal in ANIMALS[:3]] == [True, True, True]
    assert ("1 of today's papers was already in your library." in text, f"  {OWNED}" in cards) == (True, False)


def test_a_second_import_changes_nothing(run: Run, folder: Path) -> None:
    first, second = follows(run, folder), follows(run, folder)

    assert (first.json["added"], second.json) == (20, {**second.json, "added": 0, "kept": 20, "changed": 0, "removed": 0})


def test_a_run_follows_what_changed_and_asks_for_no_more(run: Run, folder: Path, library: Library, zotero: ZoteroServer) -> None:
    follows(run, folder)
    listed(folder, 1)
    run("run")
    library.delete(next(key for key, item in library.items.items() if item["title"] == OWNED))
    library.add(title="Bats over the river", DOI="10.1000/bats", date="2026", collections=[next(iter(library.collections))])
    zotero.asked.clear()

    done = run("run", now=TUESDAY)

    assert "library user:123456/Night: 1 new, 1 gone" in done.err
    assert {asked.query.get("since") for asked in zotero.asked if asked.path.endswith("/items/top")} == {"22"}
    (held,) = run("subscribers", "libraries", ANA, "--json").json
    assert held["entries"] == 20


def test_a_saved_paper_is_written_to_the_collection_once(run: Run, folder: Path, library: Library) -> None:
    follows(run, folder)
    listed(folder, 1)
    run("run")
    run("feedback", "add", ANA, "save", "sample:1a0")

    run("run", now=TUESDAY)
    run("run", now=WEDNESDAY)

    target = next(key for key, collection in library.collections.items() if collection["name"] == "From digest")
    written = [item for item in library.items.values() if target in item["collections"]]
    (item,) = written
    assert (item["title"], item["url"]) == ("Gardens at night and the foxes in them, day 1", "https://example.org/papers/1a0")
    assert run("feedback", "list", ANA, "--json").json[0]["filed_at"] == TUESDAY


def test_a_library_that_cannot_be_reached_is_reported_and_yesterdays_counts(run: Run, folder: Path, zotero: ZoteroServer) -> None:
    follows(run, folder)
    zotero.keys.clear()
    listed(folder, 1)

    done = run("run", "--json")

    (failure,) = done.json["failures"]
    assert (done.status, failure["subject"]) == (1, f"library user:123456/Night of {ANA}")
    assert KEY not in done.out + done.err
    assert "near “On the nightly movements" in letters(folder)[0].replace("\n     ", " ")
