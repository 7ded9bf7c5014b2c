"""Somebody is erased by their own page while a run has their letter, or somebody else's, in its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from digest.delivery import Reply
from digest.delivery.folder import FolderTransport, NullTransport
from digest.model import Letter
from digest.run import Report, compose, deliver, gather
from digest.run.issuing.composing import today
from digest.web import create_app
from tests.fates import waiting

from .builders import NOON, a_subscription
from .web_site import Site, a_site


class Erasing(NullTransport):
    """Takes every letter; while the first is on the wire somebody presses a button."""

    def __init__(self, press: Callable[[], object]) -> None:
        super().__init__()
        self._press = press
        self.took: list[str] = []

    def send(self, letter: Letter) -> Reply:
        self.took.append(letter.to)
        if len(self.took) == 1:
            self._press()
        return super().send(letter)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Ana, cy and di have a letter that waits, in this order."""
    with a_site(tmp_path, previews=False) as site:
        readers = [site.parts.catalog.subscribers.add(a_subscription(f"{name}@example.org", "evenings"), NOON) for name in ("cy", "di")]
        due = [(one, today(one, NOON)) for one in readers]
        site.parts.catalog.issues.publish(compose(site.parts, due, gather(site.parts, due, Report(NOON))), NOON)
        yield site


def test_a_reader_erased_with_their_letter_on_the_wire_stops_nobody_elses(site: Site) -> None:
    wire, report = Erasing(lambda: site.client.post(f"/p/{site.key(site.ana)}/erase")), Report(NOON)

    deliver(replace(site.parts, connect=lambda: wire), report, lambda: NOON)

    assert wire.took == ["ana@example.org", "cy@example.org", "di@example.org"]
    assert (waiting(site.parts.catalog.outbox), report.failures) == (0, [])


def test_a_reader_erased_with_their_letter_next_in_the_batch_gets_none_and_stops_nobody_elses(site: Site) -> None:
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")
    wire, report = Erasing(lambda: site.client.post(f"/p/{site.key(cy)}/erase")), Report(NOON)

    deliver(replace(site.parts, connect=lambda: wire), report, lambda: NOON)

    assert wire.took == ["ana@example.org", "di@example.org"]
    assert (waiting(site.parts.catalog.outbox), report.failures) == (0, [])


def test_who_is_erased_by_their_page_leaves_no_letter_in_the_folder_and_no_command_in_the_maildir(site: Site, tmp_path: Path) -> None:
    letters, maildir = tmp_path / "out", tmp_path / "mail"
    for name in ("new", "cur"):
        (maildir / name).mkdir(parents=True)
    (maildir / "new" / "1").write_text(f"From: ana@example.org\nSubject: unsubscribe {site.token}\n\n")
    (maildir / "cur" / "2:2,S").write_text("From: ana@example.org\nSubject: Dinner?\n\nAt eight?\n")
    parts = replace(site.parts, connect=lambda: FolderTransport(letters), letters=letters, maildir=maildir)
    deliver(parts, Report(NOON), lambda: NOON)

    with TestClient(create_app(parts, clock=lambda: NOON, previews=False)) as client:
        client.post(f"/p/{site.key(site.ana)}/erase")

    assert sorted(path.name.partition("_")[0] for path in letters.iterdir()) == ["cy", "di"]
    assert [path.name for room in ("new", "cur") for path in (maildir / room).iterdir()] == ["2:2,S"]
    assert [line.origin for line in parts.catalog.suppressions.all()] == ["preferences page"]
