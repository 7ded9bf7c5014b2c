"""A year of arXiv for readers in many zones: `uv run python bench/year.py [--readers 500] [--zones 40] [--days 365] [--json]`.

arXiv announces by its real calendar of 2026, and is late, stale or out of reach (`year_arxiv.py`: in memory, nothing crosses a network);
readers move, rest or change their days; the computer sleeps for hours or days, and its clock is sometimes a day wrong (`year_readers.py`).
At every tick `digest schedule`'s own worker does what it does: fetch, publish, hand over, here to a box that keeps what letters say.
Then the database and the letters are compared with what arXiv announced and what the clocks on the walls showed (`year_letters.py`):
every paper recorded once under its day, one issue for each local day that was due, one letter for each issue with papers, each foot true.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import available_timezones

from digest.catalog import Catalog, open_catalog
from digest.delivery import Policy
from digest.net import Net
from digest.rendering import Branding, Press
from digest.run import Parts, Report, awaited, fetch
from digest.run.parts import Sender
from digest.schedule.worker import Worker
from year_arxiv import ArXiv
from year_letters import Judge, Postbox
from year_readers import WAIT, Computer, Reader, Walls, a_computer, a_reader, change, expected_of
from year_server import PATIENCE, Server, asking

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ALWAYS = ("Europe/Berlin", "America/Santiago", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham", "America/New_York")
WRONG = (
    *("lost", "repeated", "out_of_turn", "gaps", "unrecorded", "recorded_twice", "cross_lists_missed"),
    *("not_sent_once", "looked_at_twice_or_never", "feet_false", "other_failures"),
)
"""What must be nought."""
MISPLACED = 0.02
"""The part of all papers that may stand under another day than theirs: where pages were out of reach, nobody can say which it was."""


@dataclass
class Year:
    """What lives through it: arXiv, the readers, their computer, the letters, and how the ticks went."""

    start: datetime
    days: int
    arxiv: ArXiv
    computer: Computer
    readers: list[Reader]
    post: Postbox
    failures: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    """What failed beside arXiv."""
    answered: Counter[str] = field(default_factory=Counter)
    """How often arXiv's servers answered what: by status, or by fault."""

    @property
    def end(self) -> datetime:
        return self.start + self.days * DAY


def a_year(catalog: Catalog, zones: list[str], *, readers: int, start: datetime, days: int, minutes: int, seed: int) -> Year:
    """A year that is about to begin."""
    rng = random.Random(seed)
    arxiv = ArXiv(rng, (start - 7 * DAY).date(), (start + (days + 7) * DAY).date())
    arxiv.outages = [(max(begin, start + 3 * DAY), end, kind) for begin, end, kind in arxiv.outages]
    people = [a_reader(catalog, number, start, zones, rng) for number in range(readers)]
    return Year(start, days, arxiv, a_computer(start, days, minutes, rng), people, Postbox())


def live(catalog: Catalog, year: Year, zones: list[str], rng: random.Random) -> None:
    """Tick through it, and let readers change their minds in between; afterwards arXiv is well again, and is asked for what is missing."""
    arxiv, began = year.arxiv, time.perf_counter()
    with Server(arxiv) as server:
        parts = parts_of(catalog, year, server)
        with Worker(lambda: nullcontext(parts), lambda: year.computer.clock(arxiv.moment), lambda report: note(year, report)) as worker:
            before = year.start
            for tick in year.computer.ticks:
                arxiv.moment, arxiv.is_healthy = tick, tick < year.start + DAY  # what was before the first answer nobody promised
                server.follow()
                if rng.random() < 3 * len(year.readers) * ((tick - before) / (365 * DAY)):
                    change(catalog, rng.choice(year.readers), tick, zones, rng)
                worker.tick()
                if tick.date() != before.date() and tick.day % 10 == 1:
                    letters = len(year.post.came)
                    print(f"{tick:%Y-%m-%d}: {time.perf_counter() - began:.0f} s, {letters} letters", file=sys.stderr, flush=True)
                before = tick
        arxiv.is_healthy = True
        for hours in (0, 2, 4):
            arxiv.moment = year.end + hours * HOUR
            server.follow()
            report = Report(arxiv.moment)
            fetch(parts, report)
            note(year, report)
        year.answered = server.answered


def note(year: Year, report: Report) -> None:
    """Count what failed: of arXiv, as it must, and else."""
    for failure in report.failures:
        is_arxivs = "arxiv" in failure.subject.lower() or "127.0.0.1" in failure.subject
        year.failures["arxiv_failures" if is_arxivs else "other_failures"] += 1
        if not is_arxivs:
            year.told.append(f"{report.now:%Y-%m-%d %H:%M}: {failure.subject}: {failure.message}")


def parts_of(catalog: Catalog, year: Year, server: Server) -> Parts:
    """What a run is made of: arXiv's source and details as they are, the usual theme, and a box for letters."""
    arxiv, press = year.arxiv, Press("compact", branding=Branding(), language="en")
    net = Net(
        user_agent="digest-year/1",
        timeout=PATIENCE,
        tries=2,
        sleep=lambda seconds: None,
        monotonic=lambda: time.monotonic() + arxiv.moment.timestamp(),
        clock=lambda: arxiv.moment,
    )
    source, details = asking(server, net, arxiv)
    parts = Parts(
        catalog=catalog,
        sources=(source,),
        details=details,
        press=lambda theme, language: press,
        connect=lambda: year.post,
        policy=Policy(),
        sender=Sender(address="digest@example.org"),
        secrets=(b"k" * 32,),
        worker="year:1:a",
        wait=WAIT,
    )
    return replace(parts, awaited=lambda moment: awaited(parts, moment))


# --- what came of it ----------------------------------------------------------------------------------------------------


def compare(database: Path, year: Year) -> tuple[dict[str, int], list[str]]:
    """The figures, and a sentence for each thing that is wrong."""
    store = sqlite3.connect(database)
    figures, mistimed = schedule(store, year)
    judge = Judge(store, year.arxiv, year.post, year.start)
    papers, misplaced = judge.papers(year.end + 4 * HOUR)
    letters, wrong = judge.letters(lambda moment: not any(a <= moment - by < b for a, b, by in year.computer.wrong))
    store.close()
    found = {**figures, **papers, **letters, "arxiv_failures": 0, "other_failures": 0, **year.failures}
    return found, [*year.told, *mistimed, *wrong, *misplaced]


def schedule(store: sqlite3.Connection, year: Year) -> tuple[dict[str, int], list[str]]:
    """How many issues there are and how many were expected, with all that is wrong."""
    walls, computer = Walls(year.start, year.days), year.computer
    found: dict[int, list[tuple[str, datetime, datetime]]] = {}
    for subscription, name, start, end in store.execute("select subscription, period, period_start, period_end from issues order by id"):
        found.setdefault(subscription, []).append((name, moment_of(start), moment_of(end)))
    figures = {"issues": 0, "expected": 0, "lost": 0, "repeated": 0, "out_of_turn": 0, "gaps": 0}
    wrong: list[str] = []
    for reader in year.readers:
        issues = found.get(reader.id, [])
        ends = [end for _, _, end in issues]
        figures["issues"] += len(issues)
        figures["repeated"] += len(issues) - len({name for name, _, _ in issues}) + len(ends) - len(set(ends))
        pairs = zip(issues, issues[1:], strict=False)
        figures["gaps"] += sum(start != end for (_, _, end), (_, start, _) in pairs if computer.is_right(end))
        expected, allowed = expected_of(reader, walls, computer, year.end)
        lost = expected - set(ends)
        whole = {end for end in ends if year.start <= end < year.end - DAY}  # what was due before the first tick was due at it
        early = {end for end in whole if reader.is_quiet(end) and computer.is_right(end)} - allowed
        figures["expected"] += len(expected)
        figures["lost"] += len(lost)
        figures["out_of_turn"] += len(early)
        wrong.extend(f"subscription {reader.id}: no issue of {end}, {reader.at(end)}" for end in sorted(lost))
        wrong.extend(f"subscription {reader.id}: an issue of {end}, {reader.at(end)}" for end in sorted(early))
    return figures, wrong


def moment_of(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_wrong(figures: Mapping[str, float]) -> bool:
    """Whether anything is as it must not be."""
    return any(figures[name] for name in WRONG) or figures["under_another_day"] > MISPLACED * figures["announced"]


def measure(start: str, readers: int, zones: int, days: int, minutes: int, seed: int) -> tuple[dict[str, float], list[str]]:
    """Live through it in a database of its own, and compare."""
    rng = random.Random(seed)
    others = sorted(available_timezones() - {"localtime", "Factory", *ALWAYS})
    places = [*ALWAYS, *rng.sample(others, max(0, zones - len(ALWAYS)))][:zones]
    begin = datetime.fromisoformat(start).replace(tzinfo=UTC)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "year.db"
        with open_catalog(str(database)) as catalog:
            year = a_year(catalog, places, readers=readers, start=begin, days=days, minutes=minutes, seed=seed)
            started = time.perf_counter()
            live(catalog, year, places, rng)
            seconds = time.perf_counter() - started
        figures, wrong = compare(database, year)
    changes = sum(len(reader.settings) - 1 + len(reader.pauses) for reader in year.readers)
    memory = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    ticks = len(year.computer.ticks)
    told = {f"http_{name.replace(' ', '_')}": count for name, count in sorted(year.answered.items())}
    return {**figures, "changes": changes, "ticks": ticks, **told, "seconds": round(seconds, 1), "peak_mb": memory}, wrong


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = {"readers": 500, "zones": 40, "days": 365, "minutes": 60, "seed": 7}
    for name, usual in defaults.items():
        arguments.add_argument(f"--{name}", type=int, default=usual)
    arguments.add_argument("--start", default="2026-01-01", help="the first day")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    conditions = {name: getattr(given, name) for name in (*defaults, "start")}
    figures, wrong = measure(**conditions)
    if given.json:
        conditions = {**conditions, "python": platform.python_version()}
        print(json.dumps({"bench": "year", "figures": figures, "conditions": conditions, "named": wrong}))
    else:
        print("\n".join(f"{name:>24} {value}" for name, value in {**conditions, **figures}.items()))
        print("\n".join(wrong[:40]))
    return int(is_wrong(figures))


if __name__ == "__main__":
    raise SystemExit(main())
