"""`digest schedule` as a process: stopped in the middle of something, told to read its configuration again, and two of them at once."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TextIO

import pytest

from digest.catalog import open_catalog
from digest.model import DeliveryStatus
from digest.tokens import Purpose, make_token

from .builders import NOON, a_batch, a_paper, a_subscription
from .command_line import subscribers_command
from .forge import Done, Forge
from .forge import Running as Process
from .http_faults import HttpFaults
from .servers import FaultServer, Talk

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
BASE = 'database = "digest.db"\n[sender]\nfrom = "digest@example.org"\n'
NOWHERE = '[delivery]\ntransport = "null"\n'
NO_SOURCE = '[[sources]]\nname = "later"\nkind = "arxiv"\npaused = true\n'
ANA = "ana@example.org"
SECONDS = 30.0


class Running:
    """A schedule, and what it has said so far."""

    def __init__(self, process: Process, lines: TextIO) -> None:
        self.process, self._lines, self.said = process, lines, list[str]()
        self._more = threading.Condition()
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def hears(self, words: str) -> str:
        """The first line with these words, as soon as it is said; each line is found once."""
        deadline = time.monotonic() + SECONDS
        with self._more:
            while True:
                for place, line in enumerate(self.said):
                    if words in line:
                        return self.said.pop(place)
                assert self._more.wait(deadline - time.monotonic()), f"{words!r} was not said: {self.said}"

    def stops(self) -> tuple[int, float]:
        """Its exit status after SIGTERM, and how many seconds it took."""
        began = time.monotonic()
        self.process.kill(signal.SIGTERM)
        return self.process.ended(SECONDS).status, time.monotonic() - began

    def _listen(self) -> None:
        for line in self._lines:
            with self._more:
                self.said.append(line)
                self._more.notify_all()


@dataclass(frozen=True, slots=True)
class Schedules:
    """Starts schedules, and beside them runs."""

    forge: Forge

    @contextmanager
    def start(self, folder: Path, *arguments: str) -> Iterator[Running]:
        reads, writes = os.pipe()
        with open(reads, encoding="utf-8") as lines:
            process = self.forge.start(folder, "schedule", *arguments, stderr=writes)
            os.close(writes)
            running = Running(process, lines)
            try:
                yield running
            finally:
                process.kill()
                process.ended(SECONDS)
                running.listening.join(SECONDS)

    @contextmanager
    def start_with(self, folder: Path, *tables: str) -> Iterator[Running]:
        configure(folder, *tables)
        with self.start(folder) as running:
            running.hears("running: ")
            yield running

    def run(self, folder: Path, *arguments: str) -> Done:
        done = self.forge.start(folder, "run", *arguments).ended(SECONDS)
        assert done.status == 0, done.err
        return done


@pytest.fixture
def schedules(forge: Forge) -> Schedules:
    return Schedules(forge)


def configure(folder: Path, *tables: str) -> None:
    (folder / "config.toml").write_text(BASE + "".join(tables), encoding="utf-8")


def a_reader(address: str, zone: str = "UTC") -> str:
    return f'[[subscribers]]\naddress = "{address}"\nzone = "{zone}"\nat = "00:00"\ntopics = ["calibration of language models"]\n'


def a_feed(port: int) -> str:
    return f'[[sources]]\nname = "slow"\nkind = "feed"\nurl = "http://127.0.0.1:{port}/feed"\nallow_private = true\n'


def a_server(port: int) -> str:
    return f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'


def with_papers(folder: Path) -> None:
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper(title="Calibration of language models")), datetime.now(UTC))


def test_what_nobody_hears_keeps_no_letter_back(schedules: Schedules, tmp_path: Path) -> None:
    configure(tmp_path, '[delivery]\ntransport = "folder"\nfolder = "out"\n[rendering]\ntheme = "papr"\n', NO_SOURCE, a_reader(ANA))
    with_papers(tmp_path)
    reads, writes = os.pipe()
    os.close(reads)  # as where a terminal was closed: whatever is said fails

    schedules.forge.start(tmp_path, "run", "--json", stderr=writes).ended(SECONDS)

    os.close(writes)
    assert len(list((tmp_path / "out").glob("*.eml"))) == 1


def test_a_schedule_follows_readers_libraries(schedules: Schedules, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(tmp_path, NOWHERE, NO_SOURCE)
    (tmp_path / "refs.bib").write_text("@article{silva, title={On urban foxes}, year=2026, doi={10.1000/foxes}}", encoding="utf-8")
    subscribers = subscribers_command(tmp_path, capsys)
    assert subscribers("add", ANA, "--topic", "foxes").status == 0
    assert subscribers("import-library", ANA, str(tmp_path / "refs.bib"), "--follow").status == 0
    (tmp_path / "refs.bib").unlink()

    with schedules.start(tmp_path) as running:
        assert "cannot be read: no such file or directory" in running.hears("refs.bib")


def test_a_schedule_carries_out_what_readers_mailed(schedules: Schedules, tmp_path: Path) -> None:
    configure(tmp_path, NOWHERE, NO_SOURCE, '[inbox]\nmaildir = "mail"\n')
    for room in ("new", "cur", "tmp"):
        (tmp_path / "mail" / room).mkdir(parents=True)
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        ana = catalog.subscribers.add(a_subscription(ANA), NOON)
        token = make_token(Purpose.LETTER, ana.id, 1, catalog.secrets()[0])
    (tmp_path / "mail" / "new" / "1").write_text(f"Subject: unsubscribe {token}\n\n")

    with schedules.start(tmp_path) as running:
        assert "carried out what readers mailed: 1" in running.hears("mailed")

    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert [subscription.left_at is not None for subscription in catalog.subscribers.all()] == [True]


def test_ctrl_c_stops_a_schedule_cleanly(schedules: Schedules, tmp_path: Path) -> None:
    with schedules.start_with(tmp_path, NOWHERE, NO_SOURCE) as running:
        running.process.kill(signal.SIGINT)

        assert running.process.ended(SECONDS).status == 0
    assert running.said[-1] == "stopped\n"


# --- SIGTERM ----------------------------------------------------------------------------------------------------------


@contextmanager
def waiting_for_a_source(schedules: Schedules, folder: Path) -> Iterator[tuple[Running, HttpFaults]]:
    """A schedule that has asked its source, and the server of that, which says nothing until the block ends."""
    asked, over = threading.Event(), threading.Event()

    def says_nothing(connection: object, request: object) -> None:
        asked.set()
        over.wait(SECONDS)

    with HttpFaults({"/feed": says_nothing}) as server, schedules.start_with(folder, NOWHERE, a_feed(server.port)) as running:
        assert asked.wait(SECONDS)
        try:
            yield running, server
        finally:
            over.set()


def test_a_schedule_that_waits_for_a_source_stops_within_ten_seconds(schedules: Schedules, tmp_path: Path) -> None:
    with waiting_for_a_source(schedules, tmp_path) as (running, _):
        status, seconds = running.stops()

    assert (status, seconds < 10) == (0, True)
    running.hears("stopped in the middle of something")


def test_a_schedule_that_is_told_twice_to_stop_stops_at_once(schedules: Schedules, tmp_path: Path) -> None:
    with waiting_for_a_source(schedules, tmp_path) as (running, _):
        running.process.kill(signal.SIGINT)

        status, seconds = running.stops()

    assert (status, seconds < 5) == (0, True)


def test_a_letter_on_a_slow_wire_does_not_keep_a_schedule_from_stopping_and_is_sent_once_more(schedules: Schedules, tmp_path: Path) -> None:
    begun, over = threading.Event(), threading.Event()

    def answer(talk: Talk, line: str) -> None:
        if line == "." and talk.number == 1:
            begun.set()
            over.wait(SECONDS)

    with_papers(tmp_path)
    with FaultServer(lambda talk: talk.obey(answer)) as server:
        with schedules.start_with(tmp_path, a_server(server.port), NO_SOURCE, a_reader("ana@example.org")) as running:
            assert begun.wait(SECONDS)
            status, seconds = running.stops()
        over.set()
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()  # what may have arrived is sent again after some minutes
        schedules.run(tmp_path, "--now", later)

    assert (status, seconds < 10) == (0, True)
    assert len(server.messages) == 2
    assert len({received.message["Message-ID"] for received in server.messages}) == 1
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert catalog.outbox.counts()[DeliveryStatus.SENT] == 1


def test_a_schedule_that_ends_in_the_middle_of_something_leaves_it_to_another_host_at_once(schedules: Schedules, tmp_path: Path) -> None:
    begun, over = threading.Event(), threading.Event()

    def answer(talk: Talk, line: str) -> None:
        if line == ".":
            begun.set()
            over.wait(SECONDS)

    with_papers(tmp_path)
    readers = (a_reader("ana@example.org"), a_reader("bo@example.org"))
    with FaultServer(lambda talk: talk.obey(answer)) as server:
        with schedules.start_with(tmp_path, a_server(server.port), NO_SOURCE, *readers) as running:
            assert begun.wait(SECONDS)
            running.process.kill(signal.SIGINT)
            running.stops()
        over.set()

    with closing(sqlite3.connect(tmp_path / "digest.db")) as connection:
        held = connection.execute("select name from leases").fetchall()
        letters = connection.execute("select status, worker from deliveries order by status").fetchall()
    assert (held, letters) == ([], [("queued", None), ("unknown", None)])


# --- SIGHUP -----------------------------------------------------------------------------------------------------------


def test_a_schedule_reads_its_configuration_again(schedules: Schedules, tmp_path: Path) -> None:
    with_papers(tmp_path)
    with schedules.start_with(tmp_path, NOWHERE, NO_SOURCE) as running:
        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("ana@example.org"))

        running.process.kill(signal.SIGHUP)

        running.hears("the configuration was read again")
        assert "1 sent" in running.hears("1 issue published")
        assert running.stops()[0] == 0
    running.hears("stopped")


@pytest.mark.parametrize("day", ["2020-01-06", "2040-01-06"])
def test_a_schedule_begins_at_the_time_it_is_told(schedules: Schedules, tmp_path: Path, day: str) -> None:
    configure(tmp_path, '[delivery]\ntransport = "folder"\nfolder = "out"\n', NO_SOURCE, a_reader(ANA))
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper(title="Calibration of language models")), datetime.fromisoformat(f"{day}T08:00:00+00:00"))

    with schedules.start(tmp_path, "--now", f"{day}T12:34:50") as running:
        assert running.hears("1 sent").startswith("12:3")

    (letter,) = (tmp_path / "out").glob("*.eml")
    assert f"Message-ID: <{day}." in letter.read_text()


def test_a_broken_configuration_leaves_the_old_one_in_force_and_is_told(schedules: Schedules, tmp_path: Path) -> None:
    with_papers(tmp_path)
    with schedules.start_with(tmp_path, NOWHERE, NO_SOURCE) as running:
        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("ana@example.org", zone="Europe/Berlon"))
        running.process.kill(signal.SIGHUP)
        refused = running.hears("the new configuration cannot be used, the old one still holds")
        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("ana@example.org"), '[ranking]\nmodel = "minilm"\nmodels = "none"\n')
        running.process.kill(signal.SIGHUP)
        running.hears("the new configuration cannot be used")
        with open_catalog(str(tmp_path / "digest.db")) as catalog:
            readers = catalog.subscribers.all()

        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("bo@example.org"))
        running.process.kill(signal.SIGHUP)

        running.hears("1 issue published")
        assert running.stops()[0] == 0
    assert "Europe/Berlon" in refused
    assert readers == ()


# --- two at once ------------------------------------------------------------------------------------------------------


def test_of_two_schedules_one_works_and_the_other_takes_over_when_it_is_killed(schedules: Schedules, tmp_path: Path) -> None:
    with_papers(tmp_path)
    folder = '[delivery]\ntransport = "folder"\nfolder = "out"\n'
    with schedules.start_with(tmp_path, folder, NO_SOURCE, a_reader("ana@example.org")) as first:
        first.hears("1 issue published")
        with schedules.start(tmp_path) as second:
            told = second.hears("another digest schedule runs on this database")
            first.process.kill()
            first.process.ended(SECONDS)
            configure(tmp_path, folder, NO_SOURCE, a_reader("ana@example.org"), a_reader("bo@example.org"))

            second.process.kill(signal.SIGHUP)

            second.hears("1 issue published")
            second.stops()
    assert f"process {first.process.pid} on " in told
    assert len(list((tmp_path / "out").rglob("*.eml"))) == 2


def test_a_cron_run_beside_a_schedule_that_fetches_says_so_and_leaves(schedules: Schedules, tmp_path: Path) -> None:
    with waiting_for_a_source(schedules, tmp_path) as (running, server):
        done = schedules.run(tmp_path)

    assert f"another digest fetches and composes at the moment (process {running.process.pid} on" in done.err
    assert server.connections == 1
