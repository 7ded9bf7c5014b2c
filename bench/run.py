"""One whole run for many readers: `uv run python bench/run.py [--subscribers 200] [--papers 500] [--processes N] [--json]`.

A catalog is filled with invented papers and subscribers, and `digest.run.publish` and `deliver` — what `digest run` calls after
fetching — rank, store, render and hand every letter over SMTP to a local sink. Reported: letters taken per second of
publish + deliver, seconds of each, and the peak memory of the process. The sink runs in a process of its own on the same machine.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import resource
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from digest.config import parse
from digest.model import Author, Batch, Cadence, Facts, Interest, Paper, Profile, Sighting, Subscriber, Subscription
from digest.run import Report, deliver, publish
from digest.wiring import build
from sink import Sink

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
THEMES = """
calibration uncertainty conformal prediction language model protein folding diffusion robot policy manipulation graph
network attention transformer sparse kernel bayesian inference causal discovery speech translation vision segmentation
retrieval ranking optimisation gradient federated privacy quantum circuit error correction galaxy lensing spectra
molecule dynamics cell genomics benchmark evaluation agent planning reward reinforcement imitation tactile slam mapping
video generation compression codec
"""
WORDS = tuple(THEMES.split())


def invented_papers(count: int, rng: random.Random) -> tuple[Paper, ...]:
    def paper(number: int) -> Paper:
        theme = rng.sample(WORDS, 8)
        key = f"arxiv:2611.{number:05}"
        return Paper(
            key=key,
            ids=(key,),
            title=" ".join(rng.choices(theme, k=8)).capitalize(),
            abstract=". ".join(" ".join(rng.choices(theme, k=6) + rng.choices(WORDS, k=12)) for _ in range(8)),
            authors=tuple(Author(f"Author {rng.randrange(2000)}") for _ in range(4)),
            url=f"https://arxiv.org/abs/2611.{number:05}",
            pdf_url=f"https://arxiv.org/pdf/2611.{number:05}",
            published=NOW,
            categories=(rng.choice(("cs.LG", "cs.CL", "cs.RO", "q-bio.BM")),),
            facts=Facts(votes=rng.randrange(100), comment="12 pages, 4 figures"),
        )

    return tuple(paper(number) for number in range(count))


def invented_subscription(number: int, liked: tuple[str, ...], rng: random.Random) -> Subscription:
    topics = (" ".join(rng.sample(WORDS, 4)), " ".join(rng.sample(WORDS, 3)))
    return Subscription(
        subscriber=Subscriber(email=f"reader{number}@example.org", zone="UTC"),
        name="main",
        profile=Profile(interests=(Interest(topics=topics, liked=liked),), keywords=(rng.choice(WORDS),), limit=12),
        cadence=Cadence(),
    )


def measure(subscribers: int, papers: int, processes: int | None) -> dict[str, float]:
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as folder, Sink() as sink:
        settings = parse(
            'database = "bench.db"\n[sender]\nfrom = "digest@example.org"\n[delivery]\nlinger = "0"\n'
            f'[smtp]\nhost = "127.0.0.1"\nport = {sink.port}\nsecurity = "none"\n',
            Path(folder) / "config.toml",
        )
        with build(settings, NOW) as parts:
            older, new = invented_papers(papers * 2, rng)[:papers], invented_papers(papers * 2, rng)[papers:]
            parts.catalog.papers.add(older, NOW)
            sightings = tuple(Sighting(paper=paper, source="arxiv", listed_on=date(2026, 11, 23)) for paper in new)
            parts.catalog.papers.record(Batch(source="arxiv", sightings=sightings), NOW)
            for number in range(subscribers):
                liked = tuple(paper.key for paper in rng.sample(older, 10))
                parts.catalog.subscribers.add(invented_subscription(number, liked, rng), NOW)
            report = Report(NOW)
            started = time.perf_counter()
            publish(parts, report, processes=processes)
            published = time.perf_counter()
            deliver(parts, report, lambda: NOW)
            delivered = time.perf_counter()
        assert sink.count == report.issues == subscribers, (sink.count, report.issues, report.failures)
    return {
        "digests_per_second": round(subscribers / (delivered - started), 1),
        "publish_seconds": round(published - started, 3),
        "deliver_seconds": round(delivered - published, 3),
        "peak_mb": _mb(resource.RUSAGE_SELF),
        "largest_worker_mb": _mb(resource.RUSAGE_CHILDREN),
    }


def _mb(whose: int) -> float:
    return round(resource.getrusage(whose).ru_maxrss / 1024, 1)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--subscribers", type=int, default=200)
    arguments.add_argument("--papers", type=int, default=500)
    arguments.add_argument("--processes", type=int, help="that compose; without it as a run decides")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    figures = measure(given.subscribers, given.papers, given.processes)
    conditions = {**vars(given), "python": platform.python_version()}
    del conditions["json"]
    if given.json:
        print(json.dumps({"bench": "run", "figures": figures, "conditions": conditions}))
    else:
        print("\n".join(f"{name:>20} {value}" for name, value in {**conditions, **figures}.items()))


if __name__ == "__main__":
    main()
