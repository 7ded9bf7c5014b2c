"""Delivery under every fault at once: `uv run python bench/soak.py [--subscribers 2000] [--kills 20] [--seed 1] [--json]`.

Letters of a day are queued for invented readers, and `digest deliver` hands them over, several connections at a time, to an SMTP server
on this machine that drops, resets and stalls connections before, within and after letters, stored or not, says 421 and 450, greylists,
and refuses a hundredth of the readers for good; another program locks the database now and then. Runs are killed (SIGKILL) at random
moments, some while a second one works beside them, others told to stop (SIGTERM). Then runs follow each other, as cron would start
them, until no letter waits; time is moved forward, not waited for.

Counted at the end, from the server's own journal: readers without their letter, repeats of letters whose answer was heard (inexcusable),
and repeats of those whose answer never was, or that a killed process had on the wire. After each kill the database is looked over.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sqlite3
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from digest.catalog import Draft, open_catalog
from digest.catalog.people.subscribers import columns_of
from digest.catalog.schema import subscribers, subscriptions
from letters import day_of_papers, issues
from tests.faults.room import NOON, Books, Room
from tests.faults.wire import Act, At, Wire, drops, resets, says, stalls
from tests.forge import Forge, Orders

CONNECTIONS, TIMEOUT = 4, 1.5
GONE = "421 4.3.2 shutting down"
AT_FIRST = {  # of ten thousand letters at their first try: what happens at which stage
    "RCPT": ((300, says("450 4.2.0 greylisted, come back")), (100, says("451 4.3.0 try later")), (30, says(GONE, end="close"))),
    "MAIL": ((20, drops()), (10, stalls())),
    "DATA": ((30, resets()), (20, says("452 4.3.1 out of room"))),
    "text": ((60, drops()), (30, resets())),
    ".": (
        (60, drops()),
        (80, drops(keeps=True)),
        (40, resets(keeps=True)),
        (10, stalls(keeps=True)),
        (20, says(GONE, end="close", keeps=True)),
        (30, says(GONE, end="close")),
        (30, says("nonsense", keeps=True)),
        (50, says("450 4.2.1 busy")),
        (100, Act(waits=0.05)),
    ),
}


class Weather:
    """The faults, drawn for each letter and stage from the seed; the dead mailboxes stay so."""

    def __init__(self, seed: int, dead: frozenset[str]) -> None:
        self._seed, self._dead = seed, dead
        self.seen: Counter[str] = Counter()

    def __call__(self, at: At) -> Act | None:
        if at.stage == "RCPT" and at.to in self._dead:
            return says("550 5.1.1 no such user")
        if at.stage not in AT_FIRST or at.tries > 1:
            return None
        of = f"{self._seed} {at.stage} {at.connection if at.stage == 'MAIL' else at.to} {at.letter if at.stage == 'MAIL' else ''}"
        drawn = random.Random(of).randrange(10_000)
        for share, act in AT_FIRST[at.stage]:
            if drawn < share:
                self.seen[f"{at.stage} {act.says or act.end or 'late'}{' stored' if act.keeps else ''}"] += 1
                return act
            drawn -= share
        return None


def fill(folder: Path, count: int, seed: int) -> tuple[str, ...]:
    """Ranked issues of so many readers, queued, in the folder's catalog; gives their addresses."""
    rng = random.Random(seed)
    day = day_of_papers(rng)
    with open_catalog(str(folder / "digest.db")) as catalog:
        catalog.papers.add(day, NOON)
        made = issues(count, 5, rng, others=0, day=day)
        with catalog.writing() as connection:
            for issue in made:
                person, taken = issue.subscription.subscriber, issue.subscription
                row = {"id": person.id, "email": person.email, "email_folded": person.email, "status": "active", "made_at": NOON}
                connection.execute(subscribers.insert(), row)
                more = {"id": taken.id, "subscriber": person.id, "configured": False, "made_at": NOON}
                connection.execute(subscriptions.insert(), {**columns_of(taken), **more})
        catalog.issues.publish([Draft(issue, 0) for issue in made], NOON)
    return tuple(issue.subscription.subscriber.email for issue in made)


@contextmanager
def other_program(database: Path, rng: random.Random) -> Iterator[None]:
    """Another program that writes for a while now and then, for the length of a `with`."""
    over = threading.Event()

    def write() -> None:
        while not over.wait(rng.uniform(1.0, 4.0)):
            with closing(sqlite3.connect(database, timeout=60, isolation_level=None)) as connection:
                connection.execute("begin immediate")
                over.wait(rng.uniform(0.1, 0.8))
                connection.rollback()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def soak(count: int, kills: int, seed: int) -> tuple[dict[str, float], Counter[str]]:
    """The figures, and how often each fault was met."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name, Forge(Path(name)) as forge:
        folder = Path(name) / "state"
        folder.mkdir()
        readers = fill(folder, count, seed)
        dead = frozenset(readers[::100])
        weather = Weather(seed, dead)
        room = Room(folder, forge, readers)
        started = time.monotonic()
        with Wire(weather) as wire, other_program(room.database, rng):
            room.configure(wire, connections=CONNECTIONS)
            in_doubt = killed(room, wire, kills, rng)
            done = room.deliver_all(after=timedelta(minutes=kills), orders=Orders(timeout=TIMEOUT), runs=40)
            books = room.require_settled(wire, in_doubt)
        seconds = time.monotonic() - started
        refused = room.statuses().get("refused", 0)
    return figures(books, dead, refused) | {"runs": kills + len(done), "seconds": round(seconds)}, weather.seen


def killed(room: Room, wire: Wire, kills: int, rng: random.Random) -> set[str]:
    """Runs that are killed, every third beside one that is told to stop; gives the letters that the killed ones had on the wire."""
    in_doubt: set[str] = set()
    for minute in range(kills):
        orders, after = Orders(timeout=TIMEOUT), timedelta(minutes=minute)
        victim = room.start("deliver", after=after, orders=orders)
        beside = room.start("deliver", after=after, orders=orders) if minute % 3 == 2 else None
        time.sleep(rng.uniform(0.3, 2.0))
        victim.kill()
        victim.ended()
        on_the_wire = room.in_doubt(victim.pid)
        assert len(on_the_wire) <= CONNECTIONS, "more was on the wire than there were connections"
        in_doubt |= on_the_wire
        if beside is not None:
            time.sleep(rng.uniform(0.0, 1.0))
            beside.kill(signal.SIGTERM)
            beside.ended(15)
        room.require_sound(wire)
    return in_doubt


def figures(books: Books, dead: frozenset[str], refused: int) -> dict[str, float]:
    return {
        "lost": len(set(books.lost) - dead),
        "inexcusable_duplicates": len(books.inexcusable),
        "excusable_duplicates": len(books.excusable),
        "refused_for_good": refused,
        "blamed_wrongly": refused - len(dead),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--subscribers", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found, faults = soak(options.subscribers, options.kills, options.seed)
    conditions = {"subscribers": options.subscribers, "kills": options.kills, "connections": CONNECTIONS, "seed": options.seed}
    if options.json:
        print(json.dumps({"bench": "soak", "figures": found, "conditions": conditions, "faults": faults}))
    else:
        lines = {**conditions, **found, **{f"fault: {name}": n for name, n in sorted(faults.items())}}
        print("\n".join(f"{name:>48} {value}" for name, value in lines.items()))


if __name__ == "__main__":
    main()
