"""`digest schedule` as a process: stopped in the middle of something, told to read its configuration again, and two of them at once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.catalog import open_catalog
from digest.model import DeliveryStatus

from .builders import a_batch, a_paper
from .http_faults import HttpFaults
from .servers import FaultServer, Talk

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
DIGEST = [sys.executable, "-m", "digest"]
BASE = 'database = "digest.db"\n[sender]\nfrom = "digest@example.org"\n'
NOWHERE = '[delivery]\ntransport = "null"\n'
NO_SOURCE = '[[sources]]\nname = "later"\nkind = "arxiv"\npaused = true\n'
SECONDS = 30.0


class Running:
    """A schedule, and what it has said so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process, self.said = process, list[str]()
        self._more = threading.Condition()
        threading.Thread(target=self._listen, daemon=True).start()

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
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS), time.monotonic() - began

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            with self._more:
                self.said.append(line)
                self._more.notify_all()


@contextmanager
def schedule(folder: Path) -> Iterator[Running]:
    with subprocess.Popen([*DIGEST, "schedule"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


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


@contextmanager
def schedule_with(folder: Path, *tables: str) -> Iterator[Running]:
    configure(folder, *tables)
    with schedule(folder) as running:
        running.hears("running: ")
        yield running


# --- SIGTERM ----------------------------------------------------------------------------------------------------------


def test_a_schedule_that_waits_for_a_source_stops_within_ten_seconds(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def says_nothing(connection: object, request: object) -> None:
        asked.set()
        over.wait(SECONDS)

    with HttpFaults({"/feed": says_nothing}) as server, schedule_with(tmp_path, NOWHERE, a_feed(server.port)) as running:
        assert asked.wait(SECONDS)

        status, seconds = running.stops()
        over.set()

    assert (status, seconds < 10) == (0, True)
    running.hears("stopped in the middle of something")


def test_a_schedule_that_is_told_twice_to_stop_stops_at_once(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def says_nothing(connection: object, request: object) -> None:
        asked.set()
        over.wait(SECONDS)

    with HttpFaults({"/feed": says_nothing}) as server, schedule_with(tmp_path, NOWHERE, a_feed(server.port)) as running:
        assert asked.wait(SECONDS)
        running.process.send_signal(signal.SIGINT)

        status, seconds = running.stops()
        over.set()

    assert (status, seconds < 5) == (0, True)


def test_a_letter_on_a_slow_wire_does_not_keep_a_schedule_from_stopping_and_is_sent_once_more(tmp_path: Path) -> None:
    begun, over = threading.Event(), threading.Event()

    def answer(talk: Talk, line: str) -> None:
        if line == "." and talk.number == 1:
            begun.set()
            over.wait(SECONDS)

    with_papers(tmp_path)
    with FaultServer(lambda talk: talk.obey(answer)) as server:
        with schedule_with(tmp_path, a_server(server.port), NO_SOURCE, a_reader("ana@example.org")) as running:
            assert begun.wait(SECONDS)
            status, seconds = running.stops()
        over.set()
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()  # what may have arrived is sent again after some minutes
        subprocess.run([*DIGEST, "run", "--now", later], cwd=tmp_path, check=True, capture_output=True, timeout=SECONDS)

    assert (status, seconds < 10) == (0, True)
    assert len(server.messages) == 2
    assert len({received.message["Message-ID"] for received in server.messages}) == 1
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert catalog.outbox.counts()[DeliveryStatus.SENT] == 1


# --- SIGHUP -----------------------------------------------------------------------------------------------------------


def test_a_schedule_reads_its_configuration_again(tmp_path: Path) -> None:
    with_papers(tmp_path)
    with schedule_with(tmp_path, NOWHERE, NO_SOURCE) as running:
        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("ana@example.org"))

        running.process.send_signal(signal.SIGHUP)

        running.hears("the configuration was read again")
        assert "1 sent" in running.hears("1 issue published")
        assert running.stops()[0] == 0
    running.hears("stopped")


def test_a_broken_configuration_leaves_the_old_one_in_force_and_is_told(tmp_path: Path) -> None:
    with_papers(tmp_path)
    with schedule_with(tmp_path, NOWHERE, NO_SOURCE) as running:
        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("ana@example.org", zone="Europe/Berlon"))
        running.process.send_signal(signal.SIGHUP)
        refused = running.hears("the new configuration cannot be used, the old one still holds")
        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("ana@example.org"), '[ranking]\nmodel = "minilm"\nmodels = "none"\n')
        running.process.send_signal(signal.SIGHUP)
        running.hears("the new configuration cannot be used")
        with open_catalog(str(tmp_path / "digest.db")) as catalog:
            readers = catalog.subscribers.all()

        configure(tmp_path, NOWHERE, NO_SOURCE, a_reader("bo@example.org"))
        running.process.send_signal(signal.SIGHUP)

        running.hears("1 issue published")
        assert running.stops()[0] == 0
    assert "Europe/Berlon" in refused
    assert readers == ()


# --- two at once ------------------------------------------------------------------------------------------------------


def test_of_two_schedules_one_works_and_the_other_takes_over_when_it_is_killed(tmp_path: Path) -> None:
    with_papers(tmp_path)
    folder = '[delivery]\ntransport = "folder"\nfolder = "out"\n'
    with schedule_with(tmp_path, folder, NO_SOURCE, a_reader("ana@example.org")) as first:
        first.hears("1 issue published")
        with schedule(tmp_path) as second:
            told = second.hears("another digest schedule runs on this database")
            first.process.kill()
            first.process.wait(SECONDS)
            configure(tmp_path, folder, NO_SOURCE, a_reader("ana@example.org"), a_reader("bo@example.org"))

            second.process.send_signal(signal.SIGHUP)

            second.hears("1 issue published")
            second.stops()
    assert f"process {first.process.pid} on " in told
    assert len(list((tmp_path / "out").rglob("*.eml"))) == 2


def test_a_cron_run_beside_a_schedule_that_fetches_says_so_and_leaves(tmp_path: Path) -> None:
    asked, over = threading.Event(), threading.Event()

    def says_nothing(connection: object, request: object) -> None:
        asked.set()
        over.wait(SECONDS)

    with HttpFaults({"/feed": says_nothing}) as server, schedule_with(tmp_path, NOWHERE, a_feed(server.port)) as running:
        assert asked.wait(SECONDS)

        done = subprocess.run([*DIGEST, "run"], cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS)
        over.set()

    assert done.returncode == 0
    assert f"another digest fetches and composes at the moment (process {running.process.pid} on" in done.stderr
    assert server.connections == 1
