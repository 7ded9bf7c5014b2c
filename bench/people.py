"""How long a list of people takes to come in: `uv run python bench/people.py [--people N] [--json]`.

That many invented people, as listmonk's API answers them (every tenth has left, every fiftieth is blocklisted, every hundredth row is
bad), are imported twice with `digest subscribers import`, exported, and imported into an empty catalog, each time in a process of its
own, so that starting up is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

CONFIG = '[sender]\nfrom = "digest@example.org"\n[[sources]]\nname = "none"\nkind = "feed"\nurl = "http://127.0.0.1:9/"\npaused = true\n'
MAPS = ("--map", "ML weekly=edition:cs.LG@weekly", "--map", "Trends=edition:trending")


def listed(people: int) -> str:
    """The file: one answer of the API with all of them."""
    results = []
    for number in range(people):
        said = "unsubscribed" if number % 10 == 9 else "confirmed"
        lists = [{"id": 1, "name": "ML weekly", "subscription_status": said, "subscription_created_at": "2024-03-01T08:00:00+01:00"}]
        if number % 3 == 0:
            lists.append({"id": 2, "name": "Trends", "subscription_status": said, "subscription_created_at": "2024-04-01T08:00:00+02:00"})
        results.append(
            {
                "id": number + 1,
                "uuid": str(UUID(int=(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)),
                "email": "nobody" if number % 100 == 7 else f"Reader.{number}@example.org",
                "name": f"Reader {number}",
                "attribs": {},
                "status": "blocklisted" if number % 50 == 3 else "enabled",
                "created_at": "2024-03-01T08:00:00+01:00",
                "lists": lists,
            }
        )
    return json.dumps({"data": {"results": results, "total": people, "per_page": people, "page": 1}})


def timed(folder: Path, *arguments: str) -> tuple[str, float]:
    """What a command prints, and its seconds."""
    command = [sys.executable, "-m", "digest", "--config", str(folder / "config.toml"), "subscribers", *arguments]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    return done.stdout, time.perf_counter() - started


def imported(folder: Path, file: Path, *maps: str) -> tuple[dict[str, int], float]:
    """What an import says, and its seconds."""
    out, seconds = timed(folder, "import", str(file), *maps, "--json")
    told = json.loads(out)
    return {
        "added": told["added"],
        "kept": told["kept"],
        "suppressed": sum(told["suppressed"].values()),
        "bad": len(told["bad"]),
    }, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=40_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        here, there = Path(name) / "here", Path(name) / "there"
        for folder in (here, there):
            folder.mkdir()
            (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        (here / "people.json").write_text(listed(given.people), encoding="utf-8")
        first, second = (imported(here, here / "people.json", *MAPS) for _ in range(2))
        _, export_seconds = timed(here, "export", "--out", str(here / "all.jsonl"))
        moved = imported(there, here / "all.jsonl")
    figures: dict[str, float] = {"export_seconds": round(export_seconds, 2)}
    for label, (counts, seconds) in (("first", first), ("second", second), ("moved", moved)):
        figures |= {f"{label}_{what}": count for what, count in counts.items()} | {f"{label}_seconds": round(seconds, 2)}
    conditions = {"people": given.people, "python": platform.python_version(), "cores": os.cpu_count()}
    if given.json:
        print(json.dumps({"bench": "people", "figures": figures, "conditions": conditions}))
    else:
        print("\n".join(f"{what:>18} {value}" for what, value in {**conditions, **figures}.items()))


if __name__ == "__main__":
    main()
