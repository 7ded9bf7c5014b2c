"""The contracts as an outsider reads them: configurations of the documented keys alone, exit statuses, dry runs, hostile listings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..forge import Done, Forge
from .listing_server import Listed, ListingServer, atom, daily

REVISED = Listed("2501.00009", "An old paper, revised", "Calibration of language models, version three.", kind="replace", version=3)
FRESH = Listed("2611.00001", "Conformal calibration", "We calibrate language models.")
MONDAY = "2026-11-23T07:00:00+00:00"
TUESDAY = "2026-11-24T07:00:00+00:00"
WEDNESDAY = "2026-11-25T07:00:00+00:00"
READER = '[[subscribers]]\naddress = "ana@example.org"\ntopics = ["calibration of language models"]\nzone = "UTC"\nat = "06:00"\n'


@dataclass
class Place:
    """A folder with a configuration whose letters become files, and the listings it reads."""

    folder: Path
    listings: ListingServer
    forge: Forge

    def source(self, kind: str, path: str, name: str, more: str = "allow_private = true") -> str:
        return f'[[sources]]\nname = "{name}"\nkind = "{kind}"\nurl = "{self.listings.url}{path}"\n{more}\n'

    def configure(self, *tables: str, delivery: str = '[delivery]\ntransport = "folder"\nfolder = "sent"') -> None:
        text = "\n".join(('[sender]\nfrom = "digest@example.org"', delivery, *tables))
        (self.folder / "config.toml").write_text(text, encoding="utf-8")

    def digest(self, *arguments: str, status: int = 0, **environment: str) -> Done:
        done = self.forge.start(self.folder, *arguments, environment={"HOME": str(self.folder), **environment}).ended(120)
        assert done.status == status, f"exit {done.status}\n{done.out}\n{done.err}"
        return done

    def letters(self) -> list[str]:
        return [path.read_text(encoding="utf-8") for path in sorted((self.folder / "sent").glob("*.eml"))]


@pytest.fixture
def place(tmp_path: Path, forge: Forge) -> Iterator[Place]:
    with ListingServer() as listings:
        listings.pages["/atom"] = atom([FRESH, REVISED], "2026-11-23")
        listings.pages["/daily"] = daily([(FRESH, 3)], "2026-11-23")
        listings.pages["/page"] = "<!doctype html><html><body>Welcome</body></html>"
        listings.moved["/moved"] = "http://10.0.0.1/feed.xml"
        yield Place(tmp_path, listings, forge)


def test_a_listing_that_has_not_changed_is_answered_with_304_and_not_read_again(place: Place) -> None:
    place.configure(place.source("arxiv", "/atom", "arxiv"), place.source("huggingface", "/daily", "huggingface"))
    place.digest("fetch", "--now", MONDAY)

    again = json.loads(place.digest("fetch", "--json", "--now", TUESDAY).out)

    assert sorted(place.listings.unchanged) == ["/atom", "/daily"]
    assert [source["state"] for source in again["sources"]] == ["unchanged", "unchanged"]


def test_hostile_sources_are_told_each_by_its_name_and_the_letter_goes_out(place: Place) -> None:
    place.configure(
        READER,
        place.source("feed", "/page", "a web page"),
        place.source("feed", "/nowhere", "gone"),
        place.source("feed", "/moved", "moved", more=""),
        place.source("feed", "/daily", "of another kind"),
        place.source("arxiv", "/atom", "arxiv"),
    )

    report = json.loads(place.digest("run", "--json", "--now", MONDAY, status=1).out)

    assert [failure["subject"] for failure in report["failures"]] == ["a web page", "gone", "moved", "of another kind"]
    assert all(failure["hint"] for failure in report["failures"])
    assert report["deliveries"] == {"sent": 1}


def test_a_revision_is_no_news_until_a_list_shows_it_and_then_once(place: Place) -> None:
    place.configure(READER, place.source("arxiv", "/atom", "arxiv"), place.source("huggingface", "/daily", "huggingface"))
    place.digest("run", "--now", MONDAY)
    place.listings.pages["/daily"] = daily([(REVISED, 9), (FRESH, 4)], "2026-11-24")
    place.digest("run", "--now", TUESDAY)
    place.listings.pages["/atom"] = atom([REVISED], "2026-11-25")
    place.digest("run", "--now", WEDNESDAY)

    monday, tuesday = place.letters()

    assert (FRESH.title in monday, REVISED.title in monday) == (True, False)
    assert (FRESH.title in tuesday, REVISED.title in tuesday) == (False, True)


def test_a_dry_run_asks_nobody_and_leaves_no_file(place: Place) -> None:
    place.configure(READER, place.source("arxiv", "/atom", "arxiv"))

    plan = json.loads(place.digest("run", "--dry-run", "--json", "--now", MONDAY).out)

    assert plan["would_fetch"] == ["arxiv"]
    assert [line["address"] for line in plan["would_publish"]] == ["ana@example.org"]
    assert place.listings.asked == []
    assert [path.name for path in place.folder.iterdir()] == ["config.toml"]


@pytest.mark.parametrize("verb", ["deliver", "schedule", "demo"])
def test_every_verb_that_sends_or_writes_can_be_rehearsed(place: Place, verb: str) -> None:
    place.configure(READER)

    place.digest(verb, "--dry-run")

    assert [path.name for path in place.folder.iterdir()] == ["config.toml"]


def test_a_rehearsal_that_is_refused_leaves_no_file_either(place: Place) -> None:
    place.configure(READER, place.source("arxiv", "/atom", "arxiv"))

    place.digest("sources", "remove", "arxiv", "--dry-run", status=2)

    assert [path.name for path in place.folder.iterdir()] == ["config.toml"]


def test_a_run_without_a_way_to_send_does_not_start(place: Place) -> None:
    place.configure(READER, place.source("arxiv", "/atom", "arxiv"), delivery='[smtp]\nhost = "127.0.0.1"\nuser = "ana"')

    failed = place.digest("run", "--now", MONDAY, status=2)

    assert "there is a user but no password" in failed.err
    assert place.listings.asked == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("preview", "ana@example.org", "--out", "config.toml/letter.txt"),
        ("demo", "--offline", "--out", "config.toml/demo"),
        ("--config", "config.toml/new.toml", "init", "--yes", "--address", "ana@example.org", "--folder", "mails"),
    ],
)
def test_a_place_that_cannot_be_written_to_is_named_without_a_trace(place: Place, arguments: tuple[str, ...]) -> None:
    place.configure(READER)

    failed = place.digest(*arguments, status=2)

    assert failed.err.startswith("digest: config.toml/")
    assert "cannot be written" in failed.err


@pytest.mark.parametrize("verb", [("preview", "ana@example.org", "--now", MONDAY), ("subscribers", "export", "--now", MONDAY)])
def test_a_hyphen_as_the_place_to_write_to_is_stdout(place: Place, verb: tuple[str, ...]) -> None:
    place.configure(READER)

    written, usual = place.digest(*verb, "--out", "-"), place.digest(*verb)

    assert written.out == usual.out != ""
    assert not (place.folder / "-").exists()


def test_the_environment_names_the_configuration_from_anywhere(place: Place, tmp_path: Path) -> None:
    place.configure(READER)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    outside = Place(elsewhere, place.listings, place.forge)

    listed = json.loads(outside.digest("subscribers", "list", "--json", DIGEST_CONFIG=str(place.folder / "config.toml")).out)

    assert [line["address"] for line in listed] == ["ana@example.org"]
    assert outside.digest("subscribers", "list", status=2).out == ""
