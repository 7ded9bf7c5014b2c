"""How fast letters leave, from ranked issues in the catalog to a mail server's last reply: `uv run python bench/delivery.py [--json]`.

The server is Postfix's `smtp-sink` on this machine. In one run, round after round, the same letters leave

- our way: two processes claim them from one durable outbox, write them, sign them, hand them over and settle them;
- as `smtp-source` sends as many octets as often, 20 sessions at a time, which writes, signs and settles nothing;
- with smtplib, the finished bytes, a connection for each;
- the plain way: for each reader the MJML filled and compiled, EmailMessage, dkimpy, a connection, a row committed.

Then behind a proxy that gives each reply 20 ms late, letters written beforehand, over 10 and 25 connections: how near we come to one
letter for each connection and delay; and over 10 with letters written from ranked issues meanwhile, by one process. `--many 100000`
follows memory and rate through one long delivery instead.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import shutil
import signal
import smtplib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from multiprocessing.queues import SimpleQueue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random

import dkim

from digest.catalog import Draft, open_catalog
from digest.catalog.people.subscribers import columns_of
from digest.catalog.schema import subscribers, subscriptions
from digest.config import parse
from digest.delivery import Policy
from digest.delivery import deliver as hand_over
from digest.delivery.smtp import SmtpTransport
from digest.delivery.tally import Tally
from digest.model import Delivery, DeliveryStatus, Issue, Letter, Subscription
from digest.rendering import Press
from digest.run import Report, deliver, letter_of
from digest.wiring import build
from letters import NOW, SENDER, day_of_papers, issues, keys
from mail import Plain, lines_shown
from postfix import Late, Sink, source

PAPERS, OTHERS = 9, 40
PROCESSES, CONNECTIONS, DELAY = 2, 10, 0.02
BLOCK = 500


def configuration(folder: Path, port: int, *, signed: bool) -> str:
    """Letters over that port, signed with the folder's key or not."""
    dkim_table = f'[dkim]\ndomain = "example.org"\nselector = "bench"\nkey_file = "{folder / "key.pem"}"\n' if signed else ""
    return (
        f'database = "outbox.db"\nbase_url = "https://digest.example.org"\n[sender]\nfrom = "{SENDER}"\n'
        f'[delivery]\nlinger = "0"\nconnections = {CONNECTIONS}\n'
        f'[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nverp = false\n'
        + dkim_table
    )


def going_on() -> Callable[[], datetime]:
    """A clock that begins at the issues' moment: letters that all left at one would be looked through again at each claim."""
    begun = time.monotonic()
    return lambda: NOW + timedelta(seconds=time.monotonic() - begun)


def fill(folder: Path, count: int) -> None:
    """Ranked issues of so many readers, queued, in the folder's catalog."""
    rng = Random(20261123)
    day = day_of_papers(rng)
    with open_catalog(str(folder / "outbox.db")) as catalog:
        catalog.papers.add(day, NOW)
        for start in range(0, count, BLOCK):
            made = issues(min(BLOCK, count - start), PAPERS, rng, others=OTHERS, day=day, first=start + 1)
            with catalog.writing() as connection:
                people = [issue.subscription.subscriber for issue in made]
                rows = [{"id": p.id, "email": p.email, "email_folded": p.email, "status": "active", "made_at": NOW} for p in people]
                connection.execute(subscribers.insert(), rows)
                connection.execute(subscriptions.insert(), [_row(issue.subscription) for issue in made])
            catalog.issues.publish([Draft(issue, 0) for issue in made], NOW)


def _row(subscription: Subscription) -> dict[str, object]:
    more = {"id": subscription.id, "subscriber": subscription.subscriber.id, "configured": False, "made_at": NOW}
    return {**columns_of(subscription), **more}


def rewind(folder: Path) -> None:
    """As if nothing had been sent yet."""
    database = sqlite3.connect(folder / "outbox.db")
    database.execute("update deliveries set status = 'queued', due = queued_at, attempts = 0, reply = null, settled_at = null")
    database.commit()
    database.close()


# --- our way ------------------------------------------------------------------------------------------------------------


def _send(folder: Path, text: str, gate: Barrier, done: SimpleQueue[tuple[float, float, int, list[str]]]) -> None:
    """One sender process: ready, then all together, then when it began and ended, its megabytes, and what failed."""
    with build(parse(text, folder / "config.toml"), NOW) as parts:
        parts.press("", "en")  # templates are compiled at start-up
        gate.wait()
        started, report = time.monotonic(), Report(NOW)
        deliver(parts, report, going_on())
        ended = time.monotonic()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    done.put((started, ended, peak, [f"{failure.subject}: {failure.message}" for failure in report.failures]))


def ours(folder: Path, port: int, count: int, *, signed: bool) -> float:
    """Letters a second of two sender processes that share the outbox."""
    rewind(folder)
    text = configuration(folder, port, signed=signed)
    context = multiprocessing.get_context("spawn")
    gate, done = context.Barrier(PROCESSES), context.SimpleQueue()
    senders = [context.Process(target=_send, args=(folder, text, gate, done), daemon=True) for _ in range(PROCESSES)]
    for sender in senders:
        sender.start()
    ends = [done.get() for _ in senders]
    for sender in senders:
        sender.join()
    failures = [line for *_, lines in ends for line in lines]
    with open_catalog(str(folder / "outbox.db")) as catalog:
        sent = catalog.outbox.counts()[DeliveryStatus.SENT]
    assert sent == count, (sent, failures[:3])
    seconds: float = max(end for _, end, *_ in ends) - min(start for start, *_ in ends)
    return count / seconds


# --- other ways ---------------------------------------------------------------------------------------------------------


def plainly(folder: Path, port: int, few: Sequence[Issue], press: Press, pem: bytes | None) -> float:
    """Letters a second of the way without any of this, which commits each letter's row in a database of its own."""
    plain = Plain(press)
    shown = {issue.id: lines_shown(press, issue) for issue in few}
    database = sqlite3.connect(folder / "plain.db")
    database.execute("create table if not exists sent (letter integer, at text)")
    started = time.monotonic()
    for issue in few:
        letter = plain.letter(issue, shown[issue.id])
        if pem is not None:
            letter = dkim.sign(letter, b"bench", b"example.org", pem, canonicalize=(b"relaxed", b"relaxed")) + letter
        over_smtplib(port, issue.subscription.subscriber.email, letter)
        database.execute("insert into sent values (?, ?)", (issue.id, str(NOW)))
        database.commit()
    seconds = time.monotonic() - started
    database.close()
    return len(few) / seconds


def over_smtplib(port: int, to: str, letter: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.sendmail(SENDER, [to], letter)


def with_smtplib(port: int, letters: Sequence[tuple[str, bytes]]) -> float:
    """Letters a second of smtplib with finished bytes and a connection for each."""
    started = time.monotonic()
    for to, letter in letters:
        over_smtplib(port, to, letter)
    return len(letters) / (time.monotonic() - started)


# --- behind a delay -----------------------------------------------------------------------------------------------------


class Written:
    """Letters that need no writing: the same octets to everybody."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def lay_out(self, batch: Sequence[Delivery]) -> None: ...

    def write_ahead(self) -> bool:
        return False

    def write(self, delivery: Delivery) -> Letter:
        to = f"reader{delivery.issue}@example.org"
        return Letter(sender=SENDER, to=to, message_id=delivery.message_id, content=self._content)


def behind_delay(folder: Path, port: int, content: bytes, connections: int, count: int) -> float:
    """The share of one letter for each connection and delay that leaves, the outbox included."""
    rewind(folder)
    with Late(port, DELAY) as late, open_catalog(str(folder / "outbox.db")) as catalog:
        started = time.monotonic()
        outcome = hand_over(
            catalog.outbox,
            Written(content),
            lambda: SmtpTransport("127.0.0.1", late.port, "none"),
            Policy(connections=connections),
            worker="bench:1:a",
            clock=going_on(),
        )
        seconds = time.monotonic() - started
    assert outcome.counts == {DeliveryStatus.SENT: count}, outcome
    return count / seconds * DELAY / connections


def written_behind_delay(folder: Path, port: int, count: int) -> float:
    """The same of one process that writes the letters meanwhile, over `CONNECTIONS`."""
    rewind(folder)
    with Late(port, DELAY) as late, build(parse(configuration(folder, late.port, signed=False), folder / "config.toml"), NOW) as parts:
        parts.press("", "en")
        report, started = Report(NOW), time.monotonic()
        deliver(parts, report, going_on())
        seconds = time.monotonic() - started
    assert report.deliveries[DeliveryStatus.SENT] == count, report.failures[:3]
    return count / seconds * DELAY / CONNECTIONS


# --- a long delivery ----------------------------------------------------------------------------------------------------


def long_delivery(folder: Path, port: int, count: int) -> dict[str, object]:
    """One process and very many readers: the rate and processor time of the second and the last thousand, its memory early and late.

    `per_second` has the rate of each tenth.
    """
    fill(folder, count)
    moments: list[float] = []
    worked: list[float] = []
    megabytes: list[int] = []

    def told(tally: Tally) -> None:
        moments.append(time.monotonic())
        worked.append(time.process_time())
        if len(moments) % 1000 == 0:
            megabytes.append(resident())

    with build(parse(configuration(folder, port, signed=False), folder / "config.toml"), NOW) as parts:
        report = Report(NOW, letters=told)
        deliver(parts, report, going_on())
    assert report.deliveries[DeliveryStatus.SENT] == count, report.failures[:3]
    thousand, tenth = 1000, count // 10
    tenths = [round(tenth / (moments[at + tenth - 1] - moments[at])) for at in range(0, count - tenth + 1, tenth)]
    return {
        "letters": count,
        "second_thousand_per_second": round(thousand / (moments[2 * thousand - 1] - moments[thousand - 1])),
        "last_thousand_per_second": round(thousand / (moments[-1] - moments[-thousand - 1])),
        "second_thousand_cpu_ms": round(worked[2 * thousand - 1] - worked[thousand - 1], 2),  # a letter's, as they are a thousand
        "last_thousand_cpu_ms": round(worked[-1] - worked[-thousand - 1], 2),
        "per_second": tenths,
        "early_mb": megabytes[1],
        "late_mb": megabytes[-1],
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def resident() -> int:
    """The megabytes that this process holds now (Linux); its peak may be of filling the catalog."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 2**20


def syncs_per_letter(folder: Path, port: int, count: int) -> float | None:
    """How often the disk is waited for, counted by strace; None where there is none."""
    if shutil.which("strace") is None:
        return None
    rewind(folder)
    (folder / "config.toml").write_text(configuration(folder, port, signed=False), encoding="utf-8")
    log = folder / "strace"
    traced = ["strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-o", str(log)]
    command = [sys.executable, "-m", "digest", "--config", str(folder / "config.toml"), "deliver", "--now", NOW.isoformat()]
    subprocess.run([*traced, *command], check=True, capture_output=True)
    return round(sum("sync(" in line for line in log.read_text(encoding="utf-8").splitlines()) / count, 4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--many", type=int, default=0, help="instead: one long delivery to so many readers")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the sink and the senders end with this
    with tempfile.TemporaryDirectory() as name, Sink() as sink:
        folder = Path(name)
        figures = long_delivery(folder, sink.port, options.many) if options.many else compared(folder, sink.port, options)
    conditions = {"letters": options.many or options.letters, "processes": PROCESSES, "connections": CONNECTIONS, "papers": PAPERS}
    if options.json:
        print(json.dumps({"bench": "delivery", "figures": figures, "conditions": conditions}))
    else:
        print("\n".join(f"{name:>34} {value}" for name, value in {**conditions, **figures}.items()))


def compared(folder: Path, port: int, options: argparse.Namespace) -> dict[str, float | None]:
    """All ways in turns; the medians of their ratios round by round."""
    count, press = options.letters, Press()
    pem, _ = keys()
    (folder / "key.pem").write_bytes(pem)
    fill(folder, count)
    with build(parse(configuration(folder, port, signed=False), folder / "config.toml"), NOW) as parts:
        few = [parts.catalog.issues.load(number) for number in range(1, 61)]
        finished = [(issue.subscription.subscriber.email, letter_of(parts, issue).content) for issue in few]
    size = round(statistics.mean(len(letter) for _, letter in finished))
    rounds = []
    for _ in range(options.rounds):
        of_source = source(port, count, size)
        rounds.append(
            {
                "of_source": of_source,
                "unsigned": ours(folder, port, count, signed=False),
                "rsa": ours(folder, port, count, signed=True),
                "smtplib": with_smtplib(port, finished * 5),
                "naive": plainly(folder, port, few, press, None),
                "naive_rsa": plainly(folder, port, few, press, pem),
            }
        )

    def of(one: str, other: str) -> float:
        return round(statistics.median(r[one] / r[other] for r in rounds), 3)

    rates = {f"{name}_per_second": round(statistics.median(r[name] for r in rounds), 1) for name in rounds[0]}
    delayed = {
        f"of_delay_{n}_connections": round(
            statistics.median(behind_delay(folder, port, finished[0][1], n, count) for _ in range(options.rounds)), 3
        )
        for n in (10, 25)
    }
    meanwhile = statistics.median(written_behind_delay(folder, port, count) for _ in range(options.rounds))
    return {
        "letter_bytes": size,
        **rates,
        "of_smtp_source_unsigned": of("unsigned", "of_source"),
        "of_smtp_source_rsa": of("rsa", "of_source"),
        "times_naive": of("unsigned", "naive"),
        "times_naive_rsa": of("rsa", "naive_rsa"),
        "times_smtplib": of("unsigned", "smtplib"),
        **delayed,
        "of_delay_written_meanwhile": round(meanwhile, 3),
        "syncs_per_letter": syncs_per_letter(folder, port, count),
    }


if __name__ == "__main__":
    main()
