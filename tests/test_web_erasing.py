"""Somebody is erased by their own page while a run has their letter, or somebody else's, in its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from digest.delivery import Reply
from digest.delivery.folder import NullTransport
from digest.model import Letter
from digest.run import Report, compose, deliver, gather
from digest.run.composing import today

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
    assert (site.parts.catalog.outbox.waiting(), report.failures) == (0, [])


def test_a_reader_erased_with_their_letter_next_in_the_batch_gets_none_and_stops_nobody_elses(site: Site) -> None:
    (cy,) = site.parts.catalog.subscribers.find("cy@example.org")
    wire, report = Erasing(lambda: site.client.post(f"/p/{site.key(cy)}/erase")), Report(NOON)

    deliver(replace(site.parts, connect=lambda: wire), report, lambda: NOON)

    assert wire.took == ["ana@example.org", "di@example.org"]
    assert (site.parts.catalog.outbox.waiting(), report.failures) == (0, [])
