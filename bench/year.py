"""A year of ticks: `uv run python bench/year.py [--subscribers 500] [--zones 40] [--days 365] [--minutes 30] [--seed 7] [--json]`.

Readers in many zones, some of whom move, rest or change their days, on a computer that now and then sleeps for hours or days, and whose
clock is sometimes a day wrong for an hour. Listings come from a source in memory. What a schedule does at a tick is done: fetch if it is
time, publish what is due; nothing is handed over. Then the catalog is compared with what somebody would expect who only looked at the
clocks on the walls: exactly one issue for each local day that was due, none lost, none repeated, each paper looked at once.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import sqlite3
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour_of_day
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from digest.catalog import Catalog, open_catalog
from digest.delivery import Policy
from digest.delivery.folder import NullTransport
from digest.model import Batch, Cadence, Edition, Every, Listing, Paper, Sighting, Subscriber, Subscription
from digest.rendering import Branding, Press
from digest.run import Parts, Report, fetch, publish
from digest.run.parts import Sender
from digest.schedule.deciding import is_fetch_due, last_asked

START = datetime(2026, 1, 5, tzinfo=UTC)
DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
ALWAYS = ("Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "America/New_York")
CATEGORIES = ("cs.LG", "cs.CL", "q-bio.BM", "hep-th")
PAPERS_A_DAY = 8
NEAR = 3 * DAY
"""How near to a change of a reader's, or of the clock, no single day is expected: tests look at those days hour by hour."""


class Announcer:
    """A source that announces papers every weekday at midnight, and gives all that were announced since it was last asked."""

    name = "arxiv"

    def __init__(self) -> None:
        self.announced = 0

    def fetch(self, cursor: str, now: datetime) -> Batch:
        days = [START + n * DAY for n in range(max(0, (now - START) // DAY + 1))]
        everything = [(day, number) for day in days if day.weekday() < 5 for number in range(PAPERS_A_DAY)]
        new = everything[int(cursor or 0) :]
        self.announced = max(self.announced, len(everything))
        sightings = tuple(self._sighting(day, number) for day, number in new)
        return Batch(source=self.name, sightings=sightings, cursor=str(max(len(everything), int(cursor or 0))), unchanged=not new)

    def _sighting(self, day: datetime, number: int) -> Sighting:
        key = f"arxiv:{day:%y%m}.{day:%d}{number:03}"
        title = f"Paper {number} of {day:%d %B %Y}"
        paper = Paper(key=key, ids=(key,), title=title, abstract="", published=day, categories=(CATEGORIES[number % len(CATEGORIES)],))
        return Sighting(paper=paper, source=self.name, listed_on=day.date(), kind=Listing.NEW)


@dataclass
class Reader:
    """One reader's year: their subscription's id, and what they had set from each moment on."""

    id: int
    settings: list[tuple[datetime, Cadence, str]]
    pauses: list[tuple[datetime, datetime]] = field(default_factory=list)

    def at(self, moment: datetime) -> tuple[Cadence, str]:
        """What was set then."""
        _, cadence, zone = self.settings[bisect_right([since for since, _, _ in self.settings], moment) - 1]
        return cadence, zone

    def is_quiet(self, moment: datetime) -> bool:
        """Whether nothing of theirs changed or rested near that moment."""
        changes = [since for since, _, _ in self.settings[1:]]
        return not any(abs(moment - since) < NEAR for since in changes) and not any(a - NEAR < moment < b + NEAR for a, b in self.pauses)


@dataclass
class Computer:
    """When it is awake, and what its clock says."""

    ticks: list[datetime]
    wrong: list[tuple[datetime, datetime, timedelta]]

    def clock(self, moment: datetime) -> datetime:
        return next((moment + by for begin, end, by in self.wrong if begin <= moment < end), moment)

    def is_right(self, moment: datetime) -> bool:
        """Whether its clock was right near that moment."""
        return not any(begin - NEAR < moment < end + NEAR for begin, end, _ in self.wrong)


def a_computer(days: int, minutes: int, rng: random.Random) -> Computer:
    """Asleep about a dozen times a year, for an hour to five days; its clock a day wrong for two hours about four times."""
    lengths = (HOUR, 9 * HOUR, 30 * HOUR, 3 * DAY, 5 * DAY)
    asleep = [(begin := START + rng.random() * days * DAY, begin + rng.choice(lengths)) for _ in range(days // 30 + 1)]
    wrong = [(begin := START + rng.random() * days * DAY, begin + 2 * HOUR, rng.choice((-DAY, DAY))) for _ in range(days // 90)]
    step = timedelta(minutes=minutes)
    ticks = [START + n * step for n in range(days * DAY // step)]
    return Computer([tick for tick in ticks if not any(a <= tick < b for a, b in asleep)], wrong)


def a_cadence(rng: random.Random) -> Cadence:
    every = rng.choice((Every.DAILY, Every.DAILY, Every.DAILY, Every.WEEKDAYS, Every.WEEKLY, Every.DAYS))
    days = {Every.WEEKLY: (rng.randrange(7),), Every.DAYS: (1, 3, 5)}.get(every, ())
    return Cadence(every=every, days=days, at=hour_of_day(rng.randrange(24), rng.choice((0, 15, 30, 45))))


def a_reader(catalog: Catalog, number: int, zones: list[str], rng: random.Random) -> Reader:
    cadence, zone = a_cadence(rng), zones[number % len(zones)]
    subscriber = Subscriber(email=f"reader{number}@example.org", zone=zone)
    edition = Edition(name=CATEGORIES[number % len(CATEGORIES)])
    stored = catalog.subscribers.add(Subscription(subscriber=subscriber, name="main", edition=edition, cadence=cadence), START)
    return Reader(stored.id, [(START, cadence, zone)])


def live(catalog: Catalog, parts: Parts, readers: list[Reader], computer: Computer, zones: list[str], rng: random.Random) -> int:
    """Do at each tick what a schedule does, and let readers change their minds in between; gives the number of ticks."""
    asked: datetime | None = None
    for tick in computer.ticks:
        if rng.random() < 3 * len(readers) / 365 / 48:
            change(catalog, rng.choice(readers), tick, zones, rng)
        report = Report(computer.clock(tick))
        known = [state.fetched_at for state in catalog.sources.states()] or [None]
        if is_fetch_due(report.now, last_asked(report.now, asked, known), is_owed=False, offline_since=None):
            fetch(parts, report)
            asked = report.now
        publish(parts, report)
        assert not report.failures, report.failures
    return len(computer.ticks)


def change(catalog: Catalog, reader: Reader, now: datetime, zones: list[str], rng: random.Random) -> None:
    """A reader moves, takes other days, or rests for up to three weeks."""
    subscription = catalog.subscribers.by_id(reader.id)
    if rng.random() < 0.4:
        end = now + rng.randrange(1, 21) * DAY
        catalog.subscribers.rest(reader.id, end)
        reader.pauses.append((now, end))
        return
    cadence, zone = reader.at(now)
    cadence, zone = (cadence, rng.choice(zones)) if rng.random() < 0.5 else (a_cadence(rng), zone)
    moved = replace(subscription, cadence=cadence, subscriber=replace(subscription.subscriber, zone=zone))
    catalog.subscribers.edit(moved, now)
    reader.settings.append((now, cadence, zone))


# --- what somebody would expect who looks at the walls ------------------------------------------------------------------


class Walls:
    """What the clocks on the walls of each zone showed, quarter by quarter."""

    def __init__(self, days: int) -> None:
        self._moments = [START - 2 * DAY + n * QUARTER for n in range((days + 16) * 96)]  # two weeks more: what follows a weekly letter
        self._seen: dict[str, dict[date, list[tuple[hour_of_day, datetime]]]] = {}

    def instants(self, zone: str, cadence: Cadence) -> Iterator[tuple[date, datetime]]:
        """Each local day on which the cadence falls, with the moment at which the wall first showed its hour, or one past it."""
        if zone not in self._seen:
            place, days = ZoneInfo(zone), dict[date, list[tuple[hour_of_day, datetime]]]()
            for moment in self._moments:
                local = moment.astimezone(place)
                days.setdefault(local.date(), []).append((local.time(), moment))
            self._seen[zone] = days
        for day, shown in list(self._seen[zone].items())[1:-1]:
            if falls_on(cadence, day):
                after = next((moment for local, moment in shown if local >= cadence.at), None)
                yield day, after or shown[-1][1] + QUARTER


def falls_on(cadence: Cadence, day: date) -> bool:
    wanted = {Every.DAILY: range(7), Every.WEEKDAYS: range(5)}.get(cadence.every, cadence.days)
    return day.weekday() in wanted


def compare(database: Path, readers: list[Reader], computer: Computer, days: int) -> dict[str, int]:
    """How many issues there are and how many days were expected, with all that is wrong."""
    walls = Walls(days)
    store = sqlite3.connect(database)
    found: dict[int, list[tuple[str, datetime, datetime]]] = {}
    for subscription, name, start, end in store.execute("select subscription, period, period_start, period_end from issues order by id"):
        found.setdefault(subscription, []).append((name, moment_of(start), moment_of(end)))
    figures = {"issues": 0, "expected": 0, "lost": 0, "repeated": 0, "out_of_turn": 0, "gaps": 0}
    for reader in readers:
        issues = found.get(reader.id, [])
        ends = [end for _, _, end in issues]
        figures["issues"] += len(issues)
        figures["repeated"] += len(issues) - len({name for name, _, _ in issues}) + len(ends) - len(set(ends))
        pairs = zip(issues, issues[1:], strict=False)
        figures["gaps"] += sum(start != end for (_, _, end), (_, start, _) in pairs if computer.is_right(end))
        expected, allowed = expected_of(reader, walls, computer, days)
        figures["expected"] += len(expected)
        figures["lost"] += len(expected - set(ends))
        whole = {end for end in ends if START <= end < START + (days - 1) * DAY}  # what was due before the first tick was due at it
        judged = {end for end in whole if reader.is_quiet(end) and computer.is_right(end)}
        figures["out_of_turn"] += len(judged - allowed)
    figures["papers_missed"] = papers_missed(store)
    store.close()
    return figures


def expected_of(reader: Reader, walls: Walls, computer: Computer, days: int) -> tuple[set[datetime], set[datetime]]:
    """The moments at which issues must be due, and those at which they may be: of the rest the computer slept through the day."""
    expected, allowed = set(), set()
    spans = zip(reader.settings, [*(since for since, _, _ in reader.settings[1:]), START + days * DAY], strict=True)
    for (since, cadence, zone), until in spans:
        place, instants = ZoneInfo(zone), list(walls.instants(zone, cadence))
        for (day, moment), (_, following) in zip(instants, instants[1:], strict=False):
            if not since <= moment < until - DAY or not reader.is_quiet(moment) or not computer.is_right(moment):
                continue
            first = computer.ticks[min(bisect_right(computer.ticks, moment - timedelta(seconds=1)), len(computer.ticks) - 1)]
            if moment <= first < following:
                allowed.add(moment)
                if first.astimezone(place).date() == day:
                    expected.add(moment)
    return expected, allowed


def papers_missed(store: sqlite3.Connection) -> int:
    """How many papers of their category readers' issues did not look at, or looked at twice, between their first issue and their last."""
    wrong = 0
    ordered = store.execute(
        "select subscription, edition, considered, cutoff from issues join subscriptions s on s.id = subscription order by issues.id"
    )
    of_reader: dict[int, list[tuple[str, int, int]]] = {}
    for subscription, edition, considered, cutoff in ordered:
        of_reader.setdefault(subscription, []).append((json.loads(edition)["name"], considered, cutoff))
    within = "select count(*) from papers where listed_seq > ? and listed_seq <= ? and categories = ?"
    for issues in of_reader.values():
        category, _, begin = issues[0]
        (announced,) = store.execute(within, (begin, issues[-1][2], json.dumps([category]))).fetchone()
        wrong += abs(announced - sum(considered for _, considered, _ in issues[1:]))
    return wrong


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def parts_of(catalog: Catalog) -> Parts:
    return Parts(
        catalog=catalog,
        sources=(Announcer(),),
        press=lambda theme, language: Press("compact", branding=Branding(), language=language),
        connect=NullTransport,
        policy=Policy(),
        sender=Sender(address="digest@example.org"),
        secrets=(b"k" * 32,),
        worker="year:1:a",
    )


def measure(subscribers: int, zones: int, days: int, minutes: int, seed: int) -> dict[str, float]:
    rng = random.Random(seed)
    others = sorted(available_timezones() - {"localtime", "Factory", *ALWAYS})
    places = [*ALWAYS, *rng.sample(others, max(0, zones - len(ALWAYS)))][:zones]
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "year.db"
        with open_catalog(str(database)) as catalog:
            readers = [a_reader(catalog, number, places, rng) for number in range(subscribers)]
            computer = a_computer(days, minutes, rng)
            started = time.perf_counter()
            ticks = live(catalog, parts_of(catalog), readers, computer, places, rng)
            seconds = time.perf_counter() - started
        figures = compare(database, readers, computer, days)
    changes = sum(len(reader.settings) - 1 + len(reader.pauses) for reader in readers)
    memory = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    return {**figures, "changes": changes, "ticks": ticks, "seconds": round(seconds, 1), "peak_mb": memory}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = {"subscribers": 500, "zones": 40, "days": 365, "minutes": 30, "seed": 7}
    for name, usual in defaults.items():
        arguments.add_argument(f"--{name}", type=int, default=usual)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    conditions = {name: getattr(given, name) for name in defaults}
    figures = measure(**conditions)
    if given.json:
        print(json.dumps({"bench": "year", "figures": figures, "conditions": {**conditions, "python": platform.python_version()}}))
    else:
        print("\n".join(f"{name:>16} {value}" for name, value in {**conditions, **figures}.items()))
    return 1 if any(figures[name] for name in ("lost", "repeated", "out_of_turn", "gaps", "papers_missed")) else 0


if __name__ == "__main__":
    raise SystemExit(main())
