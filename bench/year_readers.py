"""Readers of a year in many zones, the computer that serves them, and the letters that somebody expects who looks at the walls."""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from datetime import time as hour_of_day
from zoneinfo import ZoneInfo

from digest.catalog import Catalog
from digest.model import Cadence, Edition, Every, Format, Subscriber, Subscription
from year_arxiv import CATEGORIES

DAY, HOUR, QUARTER = timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)
WAIT = 2 * HOUR
"""How long a letter waits for a listing, as `[delivery] wait` is by default."""
SLACK = HOUR
"""What a letter may need beside that: the network that a computer does not have when it wakes, and the pause between ticks."""
NEAR = 4 * DAY
"""How near to a change of a reader's, or of the clock, no single day is expected: tests look at those days hour by hour.

More than half a week, for which a weekly letter is made up: who changes to Mondays on a Thursday has that of this Monday.
"""


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

    always: list[datetime]
    """The ticks there would be if it never slept."""
    ticks: list[datetime]
    wrong: list[tuple[datetime, datetime, timedelta]]

    def clock(self, moment: datetime) -> datetime:
        """What it says the time is."""
        return next((moment + by for begin, end, by in self.wrong if begin <= moment < end), moment)

    def first_tick(self, since: datetime) -> datetime:
        """The first at which it is awake from that moment on, or its last."""
        return self.ticks[min(bisect_left(self.ticks, since), len(self.ticks) - 1)]

    def is_right(self, moment: datetime) -> bool:
        """Whether its clock was right near that moment."""
        return not any(begin - NEAR < moment < end + NEAR for begin, end, _ in self.wrong)


def a_computer(start: datetime, days: int, minutes: int, rng: random.Random) -> Computer:
    """Asleep about a dozen times a year, for an hour to five days; its clock a day wrong for two hours about four times."""
    lengths = (HOUR, 9 * HOUR, 30 * HOUR, 3 * DAY, 5 * DAY)
    asleep = [(begin := start + rng.random() * days * DAY, begin + rng.choice(lengths)) for _ in range(days // 30 + 1)]
    wrong = [(begin := start + rng.random() * days * DAY, begin + 2 * HOUR, rng.choice((-DAY, DAY))) for _ in range(days // 90)]
    step = timedelta(minutes=minutes)
    ticks = [start + n * step for n in range(days * DAY // step)]
    return Computer(ticks, [tick for tick in ticks if not any(a <= tick < b for a, b in asleep)], wrong)


def a_cadence(rng: random.Random) -> Cadence:
    every = rng.choice((Every.DAILY, Every.DAILY, Every.DAILY, Every.WEEKDAYS, Every.WEEKLY, Every.DAYS))
    days = {Every.WEEKLY: (rng.randrange(7),), Every.DAYS: (1, 3, 5)}.get(every, ())
    return Cadence(every=every, days=days, at=hour_of_day(rng.randrange(24), rng.choice((0, 15, 30, 45))))


def a_reader(catalog: Catalog, number: int, start: datetime, zones: list[str], rng: random.Random) -> Reader:
    cadence, zone = a_cadence(rng), zones[number % len(zones)]
    subscriber = Subscriber(email=f"reader{number}@example.org", zone=zone)
    edition = Edition(name=list(CATEGORIES)[number % len(CATEGORIES)], limit=6)
    made = Subscription(subscriber=subscriber, name="main", edition=edition, cadence=cadence, format=a_format(number))
    stored = catalog.subscribers.add(made, start)
    return Reader(stored.id, [(start, cadence, zone)])


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


def a_format(number: int) -> Format:
    """Most are plain text, which is written sooner; of the others the text beside the HTML is read."""
    return Format.HTML if number % 4 == 0 else Format.TEXT


class Walls:
    """What the clocks on the walls of each zone showed, quarter by quarter."""

    def __init__(self, start: datetime, days: int) -> None:
        self._moments = [start - 2 * DAY + n * QUARTER for n in range((days + 16) * 96)]  # two weeks more: what follows a weekly letter
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


def expected_of(reader: Reader, walls: Walls, computer: Computer, end: datetime) -> tuple[set[datetime], set[datetime]]:
    """The moments at which issues must be due, and those at which they may be: of the rest the computer slept through the day."""
    expected, allowed = set(), set()
    spans = zip(reader.settings, [*(since for since, _, _ in reader.settings[1:]), end], strict=True)
    for (since, cadence, zone), until in spans:
        place, instants = ZoneInfo(zone), list(walls.instants(zone, cadence))
        for (day, moment), (_, following) in zip(instants, instants[1:], strict=False):
            if not since <= moment < until - DAY or not reader.is_quiet(moment) or not computer.is_right(moment):
                continue
            if moment <= computer.first_tick(moment) < following:
                allowed.add(moment)
                ready = computer.first_tick(moment + WAIT + SLACK)
                if ready >= moment and (ready.astimezone(place).date() == day or ready - moment <= 6 * HOUR):
                    expected.add(moment)
    return expected, allowed
