"""What a tick of `digest schedule` does: when it fetches, what it waits for, and what it tells."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from digest.catalog import Catalog, open_catalog
from digest.catalog.schema import subscriptions
from digest.errors import ConfigurationError, MailboxError, SourceUnreachable, UsageError
from digest.ledger import Awaited
from digest.model import Batch, DeliveryStatus
from digest.run import Parts, Report
from digest.run.leasing import SCHEDULE, WORK
from digest.schedule import _ends_in_time, _watch
from digest.schedule.deciding import clock_jump, is_fetch_due, is_resting, last_asked, offline_from
from digest.schedule.worker import Worker
from tests.builders import NOON, a_batch, a_paper, a_subscription
from tests.query_plans import plans
from tests.run_parts import parts_with, published

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass
class Listing:
    """A source that is asked, and out of reach while it is told to be."""

    name: str = "arxiv"
    is_away: bool = False
    asked: list[datetime] = field(default_factory=list)

    def fetch(self, cursor: str, now: datetime) -> Batch:
        self.asked.append(now)
        if self.is_away:
            raise SourceUnreachable(self.name, "no answer")
        number = len(self.asked)
        return a_batch(a_paper(f"arxiv:2611.{number:05}", f"On fox number {number}"), source=self.name)


class Broken(Listing):
    """A source that has a bug."""

    def fetch(self, cursor: str, now: datetime) -> NoReturn:
        raise ZeroDivisionError


@dataclass
class Watching(Listing):
    """A source that sees whether the lease of the schedule is renewed while it is asked."""

    beside: list[bool] = field(default_factory=list)

    def fetch(self, cursor: str, now: datetime) -> Batch:
        self.beside.append("lease-schedule" in {thread.name for thread in threading.enumerate()})
        return super().fetch(cursor, now)


class Desk:
    """A worker whose clock a test sets; what it tells is kept."""

    def __init__(self, parts: Parts, now: datetime = NOON) -> None:
        self.now, self.parts, self.reports, self.said = now, parts, list[Report](), list[str]()
        self.asked = threading.Event()
        self.worker = Worker(lambda: nullcontext(self.parts), lambda: self.now, self.reports.append, self.said.append, self.asked)

    def ticks(self, until: datetime, step: timedelta = MINUTE) -> None:
        while self.now < until:
            self.worker.tick()
            self.now += step

    @property
    def issues(self) -> list[datetime]:
        return [report.now for report in self.reports for _ in range(report.issues)]


@contextmanager
def a_desk(parts: Parts, now: datetime = NOON) -> Iterator[Desk]:
    desk = Desk(parts, now)
    with desk.worker:
        yield desk


@pytest.fixture
def listing() -> Listing:
    return Listing()


@pytest.fixture
def parts(catalog: Catalog, listing: Listing) -> Parts:
    return replace(parts_with(catalog), sources=(listing,))


def test_a_database_that_fails_while_it_is_stopped_keeps_it_from_nothing(parts: Parts, tmp_path: Path) -> None:
    closed: list[bool] = []

    @contextmanager
    def opened() -> Iterator[Parts]:
        with open_catalog(str(tmp_path / "own.db")) as own:
            yield replace(parts, catalog=own)
        closed.append(True)

    with Worker(opened, lambda: NOON, lambda report: None) as worker:
        worker.tick()
        (tmp_path / "own.db").unlink()

    assert closed == [True]


# --- when it fetches --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "is_owed", "offline_for", "is_due"),
    [
        (None, False, None, True),
        (HOUR, False, None, True),
        (59 * MINUTE, False, None, False),
        (10 * MINUTE, True, None, True),
        (9 * MINUTE, True, None, False),
        (MINUTE, False, 5 * MINUTE, True),
        (30 * SECOND, False, 5 * MINUTE, False),
        (11 * MINUTE, False, 11 * MINUTE, False),
        (11 * MINUTE, True, 11 * MINUTE, True),
        (HOUR, False, 3 * HOUR, True),
    ],
)
def test_sources_are_asked_hourly_and_sooner_where_one_owes_or_none_is_reached(
    asked: timedelta | None, is_owed: bool, offline_for: timedelta | None, is_due: bool
) -> None:
    before = None if asked is None else NOON - asked
    since = None if offline_for is None else NOON - offline_for

    assert is_fetch_due(NOON, before, is_owed=is_owed, offline_since=since) == is_due


@pytest.mark.parametrize(
    ("tried", "answered", "last"),
    [
        (None, [], None),
        (None, [None, NOON - HOUR], None),
        (None, [NOON - 2 * HOUR, NOON - HOUR], NOON - 2 * HOUR),
        (NOON - MINUTE, [NOON - 2 * HOUR], NOON - MINUTE),
        (NOON - HOUR, [NOON - MINUTE], NOON - MINUTE),
        (NOON, [NOON - HOUR], NOON),
        (NOON + DAY, [NOON + HOUR], None),
        (NOON + DAY, [NOON - HOUR], NOON - HOUR),
    ],
)
def test_the_last_asking_is_anybodys_and_never_in_the_future(
    tried: datetime | None, answered: list[datetime | None], last: datetime | None
) -> None:
    assert last_asked(NOON, tried, answered) == last


@pytest.mark.parametrize(
    ("since", "tried", "until_now"),
    [
        (None, None, timedelta(0)),
        (None, NOON - MINUTE, timedelta(0)),
        (NOON - 9 * MINUTE, None, timedelta(0)),
        (NOON - 9 * HOUR, NOON - 2 * HOUR, 9 * HOUR),
        (NOON - 9 * HOUR, NOON - 2 * HOUR - SECOND, timedelta(0)),
    ],
)
def test_nothing_was_reached_since_the_first_try_unless_there_were_none_for_long(
    since: datetime | None, tried: datetime | None, until_now: timedelta
) -> None:
    assert NOON - offline_from(NOON, since, tried) == until_now


@given(st.timedeltas(-400 * DAY, 400 * DAY), st.timedeltas(timedelta(0), 10 * SECOND))
def test_a_clock_that_went_other_than_time_did_is_noticed(jump: timedelta, steady: timedelta) -> None:
    assert clock_jump(steady + jump, steady) == (jump if abs(jump) > 30 * SECOND else None)


def test_a_clock_that_went_other_than_time_did_is_told_and_looked_after_at_once() -> None:
    signals, woken = iter([0, 0, signal.SIGTERM]), NOON + timedelta(hours=8, milliseconds=418)
    times, told, moved = iter([NOON, woken, NOON - HOUR]), list[str](), list[datetime]()
    job = SimpleNamespace(modify=lambda next_run_time: moved.append(next_run_time))
    thread = SimpleNamespace(is_alive=lambda: True)

    _watch(lambda seconds: next(signals), cast(Any, thread), cast(Any, job), lambda: next(times), told.append)  # neither is asked for more

    assert told == [
        "the clock went on by 8:00:00: looking at once at what is due",
        "the clock went back by 9:00:00: looking at once at what is due",
    ]
    assert moved == [woken, NOON - HOUR]


@pytest.mark.parametrize(("number", "is_in_time"), [(0, True), (signal.SIGHUP, True), (signal.SIGTERM, False), (signal.SIGINT, False)])
def test_only_a_second_signal_to_stop_cuts_the_current_tick_short(number: int, is_in_time: bool) -> None:
    lives = iter([True, False, False])
    thread = SimpleNamespace(is_alive=lambda: next(lives))

    assert _ends_in_time(cast(Any, thread), lambda seconds: number) == is_in_time


@pytest.mark.parametrize(
    ("until", "is_kept"),
    [(None, False), (NOON - MINUTE, False), (NOON, False), (NOON + MINUTE, True), (NOON + 15 * MINUTE, True), (NOON + DAY, False)],
)
def test_a_pause_is_kept_unless_only_a_clock_that_was_ahead_can_have_begun_it(until: datetime | None, is_kept: bool) -> None:
    assert is_resting(NOON, until, 15 * MINUTE) is is_kept


def test_an_inbox_that_failed_under_a_clock_that_was_ahead_is_tried_again_once_that_is_mended(parts: Parts) -> None:
    tried: list[timedelta] = []

    def inbox() -> NoReturn:
        tried.append(desk.now - NOON)
        raise MailboxError("imap.example.org", "does not answer")

    with a_desk(replace(parts, inbox=inbox)) as desk:
        for hours in (24, 0, 1):
            desk.now = NOON + hours * HOUR
            desk.worker.tick()

    assert tried == [DAY, 0 * DAY, HOUR]


def test_a_schedule_asks_once_an_hour_and_every_ten_minutes_while_a_listing_is_owed(parts: Parts, listing: Listing) -> None:
    due = NOON + 90 * MINUTE
    owing = replace(parts, awaited=lambda moment: (Awaited("arxiv", due + HOUR),) if due <= moment and len(listing.asked) < 5 else ())

    with a_desk(owing) as desk:
        desk.ticks(NOON + 3 * HOUR)

    assert [(at - NOON) // MINUTE for at in listing.asked] == [0, 60, 90, 100, 110, 170]


def test_a_schedule_does_not_ask_what_another_process_has_just_asked(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.papers.record(a_batch(), NOON - 20 * MINUTE)

    with a_desk(parts) as desk:
        desk.ticks(NOON + HOUR)

    assert listing.asked == [NOON + 40 * MINUTE]


# --- sleep, and the network -------------------------------------------------------------------------------------------


def test_after_three_days_asleep_it_fetches_first_and_then_sends_one_letter(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    with a_desk(parts) as desk:
        desk.ticks(NOON + HOUR)
        desk.now += 3 * DAY
        woken = desk.now

        desk.ticks(woken + HOUR)

    assert (listing.asked[1], desk.issues) == (woken, [NOON, woken])


def test_a_computer_that_wakes_without_a_network_waits_ten_minutes_for_it(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    listing.is_away = True
    with a_desk(parts) as desk:
        desk.ticks(NOON + 4 * MINUTE)
        waited = list(desk.issues)
        listing.is_away = False

        desk.ticks(NOON + 8 * MINUTE)

    assert (waited, desk.issues) == ([], [NOON + 4 * MINUTE])


def test_a_computer_that_had_no_network_when_it_fell_asleep_waits_for_it_again_when_it_wakes(
    catalog: Catalog, parts: Parts, listing: Listing
) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    catalog.papers.record(a_batch(a_paper(), source="feed"), NOON - 2 * DAY)
    listing.is_away = True
    with a_desk(parts) as desk:
        desk.ticks(NOON + MINUTE)
        desk.now += DAY
        woken = desk.now
        desk.ticks(woken + MINUTE)
        waited = list(desk.issues)
        listing.is_away = False

        desk.ticks(woken + 3 * MINUTE)

    assert (waited, desk.issues) == ([], [woken + MINUTE])


def test_a_network_that_stays_away_keeps_no_letter_back_for_longer(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    catalog.papers.record(a_batch(a_paper(), source="feed"), NOON - 2 * DAY)
    listing.is_away = True

    with a_desk(parts) as desk:
        desk.ticks(NOON + 30 * MINUTE)

    assert desk.issues == [NOON + 10 * MINUTE]
    assert len(listing.asked) == 5  # then it is left alone for a while, as any source that keeps failing


def test_a_bug_in_fetching_keeps_no_letter_back_that_waits_since_an_earlier_tick(catalog: Catalog, parts: Parts) -> None:
    catalog.papers.record(a_batch(a_paper()), NOON)
    catalog.subscribers.add(a_subscription(), NOON)
    published(parts)

    with a_desk(replace(parts, sources=(Broken(),)), NOON + HOUR) as desk, pytest.raises(ZeroDivisionError):
        desk.worker.tick()

    assert catalog.outbox.counts()[DeliveryStatus.SENT] == 1
    assert [report.deliveries[DeliveryStatus.SENT] for report in desk.reports] == [1]


def test_a_bug_in_fetching_asks_nobody_every_minute_and_the_next_tick_composes(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.papers.record(a_batch(a_paper(), source="feed"), NOON - HOUR)
    catalog.subscribers.add(a_subscription(), NOON - HOUR)

    with a_desk(replace(parts, sources=(listing, Broken("feed")))) as desk:
        with pytest.raises(ZeroDivisionError):
            desk.worker.tick()
        desk.now += MINUTE
        desk.worker.tick()

    assert listing.asked == [NOON]
    assert desk.issues == [NOON + MINUTE]


def test_a_mail_that_meets_a_bug_keeps_the_next_tick_from_nothing(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.subscribers.add(a_subscription(), NOON - HOUR)

    def broken() -> NoReturn:
        raise ZeroDivisionError

    with a_desk(replace(parts, inbox=broken)) as desk:
        with pytest.raises(ZeroDivisionError):
            desk.worker.tick()
        desk.now += MINUTE
        desk.worker.tick()

    assert listing.asked == [NOON + MINUTE]
    assert desk.issues == [NOON + MINUTE]


def test_doubled_and_missed_ticks_and_a_clock_that_goes_to_and_fro_make_one_letter_a_day(catalog: Catalog, parts: Parts) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    hours = [0, 0, 1, 24, 0, 25, 24, 24, 48, 20, 47, 49, 50, 72]

    with a_desk(parts) as desk:
        for hour in hours:
            desk.now = NOON + hour * HOUR
            desk.worker.tick()

    assert [at - NOON for at in desk.issues] == [0 * DAY, DAY, 2 * DAY, 3 * DAY]


# --- waiting, and one at a time ---------------------------------------------------------------------------------------


def test_what_letters_wait_for_is_told_once(catalog: Catalog, parts: Parts) -> None:
    catalog.subscribers.add(a_subscription(), NOON - 2 * DAY)
    seven = NOON - 6 * HOUR
    patient = replace(parts, awaited=lambda moment: (Awaited("arxiv", seven + DAY + HOUR),) if moment > seven else (), wait=2 * HOUR)

    with a_desk(patient, seven) as desk:
        desk.ticks(seven + HOUR)
        desk.now = seven + DAY
        desk.ticks(desk.now + 90 * MINUTE)

    assert desk.said == ["1 letter waits for the listing of arxiv, at most until 07:00 UTC"]
    assert desk.issues == [seven, seven + DAY + HOUR]


def test_a_second_schedule_does_nothing_says_so_once_and_takes_over(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.leases.take(SCHEDULE, "nowhere:7:b", NOON, 10 * MINUTE)

    with a_desk(parts) as desk:
        desk.ticks(NOON + 15 * MINUTE)

    assert desk.said == [
        "another digest schedule runs on this database (process 7 on nowhere, since 2026-11-23 12:00 UTC): "
        "this one waits, and takes over when it has ended"
    ]
    assert listing.asked == [NOON + 10 * MINUTE]
    assert catalog.leases.take(SCHEDULE, "elsewhere:2:c", NOON + 15 * MINUTE, 10 * MINUTE) is None


def test_a_schedule_that_finds_little_to_do_stays_the_one_that_works(catalog: Catalog, parts: Parts) -> None:
    with a_desk(parts) as desk:
        desk.ticks(NOON + 15 * MINUTE)

        assert catalog.leases.take(SCHEDULE, "elsewhere:2:c", desk.now, 10 * MINUTE) is not None


def test_while_a_run_from_cron_composes_a_schedule_waits(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.leases.take(WORK, "nowhere:7:b", NOON, 10 * MINUTE)

    with a_desk(parts) as desk:
        desk.ticks(NOON + 15 * MINUTE)

    assert desk.said == [
        "another digest fetches and composes at the moment (process 7 on nowhere, since 2026-11-23 12:00 UTC): "
        "this one waits until it is done"
    ]
    assert listing.asked == [NOON + 10 * MINUTE]


# --- another configuration, and the end -------------------------------------------------------------------------------


def test_a_new_configuration_holds_from_the_next_tick_on(catalog: Catalog, parts: Parts) -> None:
    other = Listing("feed")
    with a_desk(parts) as desk:
        desk.ticks(NOON + MINUTE)
        desk.parts = replace(parts, sources=(other,), worker="elsewhere:1:new")

        desk.worker.reload()
        desk.ticks(NOON + 2 * MINUTE)

    assert (desk.said, other.asked) == (["the configuration was read again"], [NOON + MINUTE])


def test_a_source_that_came_in_while_it_runs_is_asked_before_anything_is_composed(parts: Parts, catalog: Catalog) -> None:
    other = Listing("feed")
    named: list[Listing] = []
    with a_desk(replace(parts, renewed=lambda old: replace(old, sources=(other,)) if named and old.sources != (other,) else old)) as desk:
        desk.worker.tick()
        catalog.subscribers.add(a_subscription(), NOON - DAY)
        named.append(other)
        desk.now = NOON + MINUTE
        desk.ticks(NOON + 3 * MINUTE)

    assert other.asked[0] == NOON + MINUTE
    assert desk.issues == [NOON + MINUTE]


def test_a_source_that_cannot_be_had_is_told_and_the_others_are_asked(parts: Parts, listing: Listing) -> None:
    def renewed(old: Parts) -> Parts:
        raise UsageError("feed", "a command added one of the same name")

    with a_desk(replace(parts, renewed=renewed)) as desk:
        desk.worker.tick()

    assert [failure.subject for report in desk.reports for failure in report.failures] == ["feed"]
    assert listing.asked == [NOON]


def test_whose_new_configuration_names_another_database_is_the_one_schedule_of_that(catalog: Catalog, parts: Parts) -> None:
    with a_desk(parts) as desk:
        desk.worker.tick()
        catalog.leases.give_back(SCHEDULE, parts.worker)  # as in a database that nobody works on
        desk.worker.reload()
        desk.worker.tick()

        held = catalog.leases.take(SCHEDULE, "elsewhere:2:c", NOON, 10 * MINUTE)

    assert held is not None
    assert held.holder == parts.worker


def test_a_tick_keeps_its_schedule_the_one_that_works(parts: Parts) -> None:
    watching = Watching()
    with a_desk(replace(parts, sources=(watching,))) as desk:
        desk.worker.tick()

    assert watching.beside == [True]
    assert "lease-schedule" not in {thread.name for thread in threading.enumerate()}


def test_the_database_that_a_new_configuration_leaves_is_free_for_another_schedule(catalog: Catalog, parts: Parts, tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "other.db")) as other, a_desk(parts) as desk:
        desk.worker.tick()
        desk.parts = replace(parts, catalog=other)
        desk.worker.reload()

        assert catalog.leases.take(SCHEDULE, "elsewhere:2:c", NOON + MINUTE, 10 * MINUTE) is None


def test_a_configuration_that_cannot_be_used_changes_nothing(parts: Parts, listing: Listing) -> None:
    def opened() -> nullcontext[Parts]:
        if listing.asked:
            raise ConfigurationError("config.toml:3", "not TOML", hint="texts stand in quotes")
        return nullcontext(parts)

    said, now = list[str](), [NOON]
    with Worker(opened, lambda: now[0], lambda report: None, said.append) as worker:
        worker.tick()
        worker.reload()
        now[0] += HOUR
        worker.tick()

    assert said == ["the new configuration cannot be used, the old one still holds: config.toml:3: not TOML\n  → texts stand in quotes"]
    assert listing.asked == [NOON, NOON + HOUR]


def test_who_is_asked_to_stop_while_fetching_composes_nothing_more(catalog: Catalog, parts: Parts, listing: Listing) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)

    class Stopping(Listing):
        def fetch(self, cursor: str, now: datetime) -> Batch:
            desk.asked.set()
            return super().fetch(cursor, now)

    with a_desk(replace(parts, sources=(Stopping(),))) as desk:
        desk.worker.tick()

    assert desk.issues == []


def test_a_tick_of_whose_letters_all_are_made_reads_no_readers(parts: Parts, catalog: Catalog) -> None:
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    with a_desk(parts) as desk:
        desk.worker.tick()
        desk.now += MINUTE

        steps = plans(catalog, lambda _: desk.worker.tick())

    of_issues = [step for step in steps if step.startswith("SEARCH issues USING INDEX")]
    assert desk.issues == [NOON]
    assert of_issues == ["SEARCH issues USING INDEX sqlite_autoindex_issues_1 (subscription=? AND period=?)"]  # and not each one's newest


def test_the_zone_of_who_has_left_keeps_nobodys_letter_back(parts: Parts, catalog: Catalog) -> None:
    gone = catalog.subscribers.add(a_subscription("bo@example.org"), NOON - DAY)
    catalog.subscribers.leave(gone.id, NOON - DAY)
    with catalog.writing() as connection:  # a zone that the system's list has no more
        connection.execute(update(subscriptions).values(zone="Mars/Olympus"))
    catalog.subscribers.add(a_subscription(), NOON - DAY)
    with a_desk(parts) as desk:
        desk.worker.tick()
        desk.now += MINUTE
        desk.worker.tick()

    assert (desk.issues, [report.failures for report in desk.reports]) == ([NOON], [[], []])
