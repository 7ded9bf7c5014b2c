"""A run within a daily limit: the rest waits for tomorrow, is told, and is nobody's failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from digest.catalog import Catalog
from digest.delivery import Reply, Stage
from digest.delivery.allowance import Quota
from digest.delivery.folder import NullTransport
from digest.model import DeliveryStatus, Letter, Rest
from digest.run import Parts, Report, deliver
from tests.builders import NOON
from tests.catalog_rooms import published
from tests.run_parts import parts_with

S = DeliveryStatus
DAY = timedelta(days=1)
QUOTA = Reply(550, "5.4.5 Daily user sending limit exceeded. s5sm12197523qke.120 - gsmtp", Stage.DOT)


class Full(NullTransport):
    """A server that has had enough of us."""

    asked = 0

    def send(self, letter: Letter) -> Reply:
        self.asked += 1
        return QUOTA


def limited(catalog: Catalog, readers: int, **limits: object) -> Parts:
    published(catalog, *(f"reader{n}@example.org" for n in range(readers)))
    quota = Quota(sender="digest@example.org", server="smtp.example.org", **limits)  # type: ignore[arg-type]
    return replace(parts_with(catalog), quota=quota)


def delivered(parts: Parts, now: datetime) -> Report:
    report = Report(now)
    deliver(parts, report, lambda: now)
    return report


def test_the_rest_waits_for_tomorrow_without_a_failure(catalog: Catalog) -> None:
    parts = limited(catalog, 5, daily_limit=3)

    today, again, tomorrow = delivered(parts, NOON), delivered(parts, NOON), delivered(parts, NOON + DAY)

    assert (today.deliveries, today.failures) == ({S.SENT: 3}, [])
    assert today.notes == again.notes == ["daily_limit of 3 reached: 2 letters wait until 12:00 UTC tomorrow"]
    assert again.deliveries == {}
    assert (tomorrow.deliveries, tomorrow.notes, tomorrow.failures) == ({S.SENT: 2}, [], [])


def test_a_server_whose_limit_is_reached_is_asked_again_hours_later(catalog: Catalog) -> None:
    full = Full()
    parts = replace(limited(catalog, 3), connect=lambda: full)

    first, soon = delivered(parts, NOON), delivered(parts, NOON + timedelta(minutes=30))
    asked = full.asked
    delivered(parts, NOON + timedelta(hours=5))

    assert [failure.subject for failure in first.failures] == ["mail server"]
    assert (soon.failures, soon.deliveries) == ([], {})
    assert soon.notes[0].startswith(
        "smtp.example.org takes no more for now (550 5.4.5 Daily user sending limit exceeded. … - gsmtp): 2 letters wait until 1"
    )
    assert (asked, full.asked) == (1, 2)


@pytest.mark.parametrize(
    ("count", "told"),
    [
        (1, "1 letter waited longer than 36 hours and was given up; its"),
        (5, "5 letters waited longer than 36 hours and were given up; their"),
    ],
)
def test_letters_that_grow_stale_behind_a_limit_are_given_up_and_told_as_one_failure(catalog: Catalog, count: int, told: str) -> None:
    parts = limited(catalog, count)
    assert parts.quota is not None
    catalog.quota_outbox(parts.quota).rest(Rest(NOON + timedelta(hours=40), "550 5.4.5 Daily user sending limit exceeded"))

    late = delivered(parts, NOON + timedelta(hours=37))

    assert (late.deliveries, late.notes) == ({S.GIVEN_UP: count}, [])
    assert [(failure.subject, failure.message) for failure in late.failures] == [("outbox", f"{told} papers are free again")]
