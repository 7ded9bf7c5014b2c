"""The command line in a process, against a server that replays listings and a real SMTP server: do the right mails arrive?"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from ..forge import Done, Forge, Running
from ..servers import SmtpSink
from .listing_server import Listed, ListingServer, atom, daily

CALIBRATION = Listed(
    "2611.00001",
    "Conformal calibration of language models",
    "We calibrate the confidence of large language models with conformal prediction and study uncertainty under shift.",
    comment="Accepted at a workshop. Code: https://github.com/example/conformal",
)
PROTEINS = Listed("2611.00002", "Folding proteins with diffusion", "A diffusion model designs protein backbones.", category="q-bio.BM")
ROBOTS = Listed("2611.00003", "Robots that tidy up", "A robot policy for household manipulation.", kind="cross", category="cs.RO")
OLD = Listed("2501.00009", "An old paper, revised", "Calibration of language models, version three.", kind="replace", version=3)
TOMORROW = Listed("2611.00010", "Calibration the day after", "More on the calibration of language models and their uncertainty.")

MONDAY = "2026-11-23T07:00:00+00:00"
TUESDAY = "2026-11-24T07:00:00+00:00"


@dataclass
class Place:
    """A folder with a configuration, the listings it reads and the mail server it sends to."""

    folder: Path
    listings: ListingServer
    sink: SmtpSink
    forge: Forge

    def start(self, *arguments: str) -> Running:
        return self.forge.start(self.folder, *arguments, environment={"HOME": str(self.folder)})

    def digest(self, *arguments: str, status: int = 0) -> Done:
        done = self.start(*arguments).ended(120)
        assert done.status == status, f"exit {done.status}\n{done.out}\n{done.err}"
        return done

    def fresh(self, *arguments: str) -> None:
        """The same in an interpreter of its own, as cron would start it."""
        command, environment = [sys.executable, "-m", "digest", *arguments], {**self.forge.environment, "HOME": str(self.folder)}
        subprocess.run(command, cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, timeout=120, check=True)

    def list_papers(self, *papers: Listed, day: str, votes: tuple[tuple[Listed, int], ...] = ()) -> None:
        self.listings.pages["/atom/cs.LG"] = atom(papers, day)
        self.listings.pages["/api/daily_papers"] = daily(votes, day)
        self.listings.known = [*papers, *(paper for paper, _ in votes)]


@pytest.fixture
def place(tmp_path: Path, forge: Forge) -> Iterator[Place]:
    with ListingServer() as listings, SmtpSink(replies={"dead@example.org": "550 5.1.1 no such mailbox"}) as sink:
        here = Place(tmp_path, listings, sink, forge)
        here.list_papers(CALIBRATION, PROTEINS, ROBOTS, OLD, day="2026-11-23", votes=((ROBOTS, 90), (PROTEINS, 12)))
        (tmp_path / "config.toml").write_text(
            f"""
database = "digest.db"
[sender]
from = "digest@example.org"
[smtp]
host = "127.0.0.1"
port = {sink.port}
security = "none"
[delivery]
linger = "0"
[[sources]]
name = "arxiv"
kind = "arxiv"
categories = ["cs.LG"]
url = "{listings.url}/atom"
details_url = "{listings.url}/api/query"
allow_private = true
[[sources]]
name = "huggingface"
kind = "huggingface"
url = "{listings.url}/api/daily_papers"
allow_private = true
""",
            encoding="utf-8",
        )
        yield here


def add_ana(place: Place) -> None:
    place.digest(
        "subscribers", "add", "ana@example.org", "--topic", "calibration of language models", "--zone", "Europe/Berlin", "--at", "07:00"
    )


def part(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body(preferencelist=(kind,))
    assert body is not None
    return str(body.get_content())


def test_a_reader_gets_the_days_papers_best_first(place: Place) -> None:
    add_ana(place)

    place.fresh("run", "--now", MONDAY)

    (letter,) = place.sink.to("ana@example.org")
    text = part(letter, "plain")
    assert CALIBRATION.title in str(letter["Subject"])
    assert text.index(CALIBRATION.title) < text.index(PROTEINS.title)
    assert ROBOTS.title in text
    assert OLD.title not in text
    assert "https://arxiv.org/abs/2611.00001" in part(letter, "html")
    assert "topic “calibration of language models”" in text.replace("\n", " ")


def test_a_card_shows_arxivs_comment_line_and_the_code(place: Place) -> None:
    add_ana(place)

    place.digest("run", "--now", MONDAY)

    html = part(place.sink.to("ana@example.org")[0], "html")
    assert "Accepted at a workshop" in html
    assert "https://github.com/example/conformal" in html


def test_a_second_run_at_the_same_time_sends_nothing(place: Place) -> None:
    add_ana(place)
    place.digest("run", "--now", MONDAY)

    again = json.loads(place.digest("run", "--now", MONDAY, "--json").out)

    assert len(place.sink.messages) == 1
    assert (again["issues"], again["deliveries"], again["failures"]) == (0, {}, [])


def test_the_next_day_one_new_paper_is_the_whole_issue(place: Place) -> None:
    add_ana(place)
    place.digest("run", "--now", MONDAY)
    place.list_papers(CALIBRATION, TOMORROW, OLD, day="2026-11-24", votes=((ROBOTS, 95),))

    place.digest("run", "--now", TUESDAY)

    _, letter = place.sink.to("ana@example.org")
    text = part(letter, "plain")
    assert TOMORROW.title in text
    assert [title for title in (CALIBRATION.title, PROTEINS.title, ROBOTS.title, OLD.title) if title in text] == []


def test_a_run_with_nothing_new_says_why_and_sends_nothing(place: Place) -> None:
    add_ana(place)
    place.digest("run", "--now", MONDAY)

    tuesday = place.digest("run", "--now", TUESDAY)
    later = place.digest("run", "--now", TUESDAY.replace("T07", "T09"))

    assert len(place.sink.messages) == 1
    assert "ana@example.org (main): waits for the listing of arxiv cs.LG, at most until 2026-11-24 08:00 UTC" in tuesday.err
    assert "ana@example.org (main), 2026-11-24: no paper was listed since the last issue" in later.err


def test_before_the_hour_a_run_says_when_the_letter_is_due(place: Place) -> None:
    add_ana(place)

    early = place.digest("run", "--now", "2026-11-23T05:00:00+00:00")

    assert len(place.sink.messages) == 0
    assert "next issue 2026-11-23 06:00 UTC" in early.err


def test_one_address_with_a_profile_and_an_edition_gets_both(place: Place) -> None:
    add_ana(place)
    place.digest("subscribers", "add", "ana@example.org", "--edition", "trending", "--zone", "Europe/Berlin")

    place.digest("run", "--now", MONDAY)

    letters = place.sink.to("ana@example.org")
    assert len(letters) == 2
    (trending,) = [letter for letter in letters if "rending" in str(letter["Subject"])]
    text = part(trending, "plain")
    assert text.index(ROBOTS.title) < text.index(PROTEINS.title)
    assert CALIBRATION.title not in text


def test_a_markdown_reader_gets_one_plain_part_of_commonmark(place: Place) -> None:
    place.digest("subscribers", "add", "mo@example.org", "--topic", "calibration", "--format", "markdown", "--zone", "UTC", "--at", "06:00")

    place.digest("run", "--now", MONDAY)

    (letter,) = place.sink.to("mo@example.org")
    assert letter.get_content_type() == "text/plain"
    html = MarkdownIt("commonmark").render(letter.get_content())
    assert f">{CALIBRATION.title}</a>" in html


def test_a_dead_source_and_a_dead_mailbox_are_reported_and_stop_nothing(place: Place) -> None:
    with (place.folder / "config.toml").open("a", encoding="utf-8") as config:
        config.write(f'[[sources]]\nname = "gone"\nkind = "feed"\nurl = "{place.listings.url}/gone.xml"\nallow_private = true\n')
    add_ana(place)
    place.digest("subscribers", "add", "dead@example.org", "--topic", "robots", "--zone", "Europe/Berlin")

    report = json.loads(place.digest("run", "--now", MONDAY, "--json", status=1).out)

    assert [s for s in report["sources"] if s["name"] == "gone"] == [{"name": "gone", "state": "failed", "new": 0}]
    assert report["deliveries"] == {"refused": 1, "sent": 1}
    assert len(place.sink.to("ana@example.org")) == 1
    assert {failure["subject"] for failure in report["failures"]} == {"gone", "dead@example.org"}


def test_a_liked_paper_nobody_listed_is_looked_up_and_explains_the_first_pick(place: Place) -> None:
    liked = Listed("2302.09664", "Semantic uncertainty", "Uncertainty of language models measured by meaning, for calibration.")
    place.listings.known.append(liked)
    place.digest("subscribers", "add", "ana@example.org", "--like", "2302.09664", "--zone", "UTC", "--at", "06:00")

    place.digest("run", "--now", MONDAY)

    text = part(place.sink.to("ana@example.org")[0], "plain").replace("\n", " ")
    assert "near “Semantic uncertainty”, which you liked" in text


def test_nothing_is_sent_to_somebody_who_left(place: Place) -> None:
    add_ana(place)
    place.digest("subscribers", "remove", "ana@example.org", "--yes")

    place.digest("run", "--now", MONDAY)

    assert len(place.sink.messages) == 0


def test_preview_changes_nothing_and_shows_what_the_run_will_send(place: Place) -> None:
    add_ana(place)
    place.digest("fetch", "--now", MONDAY)

    preview = place.digest("preview", "ana@example.org", "--format", "text", "--now", MONDAY).out
    place.digest("run", "--now", MONDAY)

    assert CALIBRATION.title in preview
    assert CALIBRATION.title in part(place.sink.to("ana@example.org")[0], "plain")


def test_init_with_options_puts_the_first_letter_in_the_mailbox(place: Place) -> None:
    (place.folder / "config.toml").rename(place.folder / "before.toml")
    server = ["--smtp-host", "127.0.0.1", "--smtp-port", str(place.sink.port), "--security", "none"]
    reader = ["--address", "ana@example.org", "--topic", "calibration of language models", "--zone", "Europe/Berlin"]

    done = place.digest("init", "--yes", *server, *reader, "--sources-from", "before.toml", "--now", MONDAY)

    test, first = place.sink.to("ana@example.org")
    assert "test" in str(test["Subject"])
    assert CALIBRATION.title in str(first["Subject"])
    assert done.out.rstrip().endswith(" run --quiet")
    assert (place.folder / "config.toml").stat().st_mode & 0o777 == 0o600


def test_a_killed_run_loses_nothing_and_repeats_at_most_the_letter_on_the_wire(place: Place) -> None:
    readers = [f"reader{number}@example.org" for number in range(6)]
    with (place.folder / "config.toml").open("a", encoding="utf-8") as config:
        for reader in readers:
            config.write(f'[[subscribers]]\naddress = "{reader}"\ntopics = ["calibration"]\nzone = "Europe/Berlin"\n')
    place.sink.delay = 0.3
    running = place.start("run", "--now", MONDAY)
    place.sink.wait_for(2)
    running.kill()
    running.ended()

    place.digest("run", "--now", MONDAY)
    place.digest("run", "--now", "2026-11-23T08:00:00+00:00")

    letters = [letter for reader in readers for letter in place.sink.to(reader)]
    assert {str(letter["To"]) for letter in letters} == set(readers)
    assert len(letters) <= len(readers) + 1
    assert len({str(letter["Message-ID"]) for letter in letters}) == len(readers)
