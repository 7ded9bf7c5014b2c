"""How long a reader's library takes to come in: `uv run python bench/library.py [--entries N] [--json]`.

A BibTeX file of that many invented entries (title, four authors, abstract of 170 words, DOI, year; every fiftieth broken) is imported twice
with `digest subscribers import-library --offline`, each time in a process of its own, so that starting up is counted.
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

from invented import World

CONFIG = '[sender]\nfrom = "digest@example.org"\n[[sources]]\nname = "none"\nkind = "feed"\nurl = "http://127.0.0.1:9/"\npaused = true\n'
READER = "ana@example.org"


def written(entries: int) -> str:
    """The file."""
    lines = []
    for number, paper in enumerate(World(0).papers(entries, "own")):
        title = "{never closed" if number % 50 == 49 else paper.title
        names = " and ".join(author.name for author in paper.authors)
        lines.append(
            f"@article{{own{number},\n  title = {{{title}}},\n  author = {{{names}}},\n  year = {{{2000 + number % 26}}},\n"
            f"  doi = {{10.1000/own.{number}}},\n  abstract = {{{paper.abstract}}},\n}}\n"
        )
    return "\n".join(lines)


def imported(folder: Path) -> tuple[dict[str, int], float]:
    """What one import says, and its seconds."""
    started = time.perf_counter()
    done = digest(folder, "import-library", READER, str(folder / "refs.bib"), "--offline", "--json")
    told = json.loads(done.stdout)
    return {name: told[name] for name in ("added", "kept", "changed", "removed")} | {
        "dropped": len(told["dropped"])
    }, time.perf_counter() - started


def digest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "digest", "--config", str(folder / "config.toml"), "subscribers", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=5_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG, encoding="utf-8")
        (folder / "refs.bib").write_text(written(given.entries), encoding="utf-8")
        digest(folder, "add", READER)
        first, second = imported(folder), imported(folder)
    figures = {
        **{f"first_{name}": count for name, count in first[0].items()},
        **{f"second_{name}": count for name, count in second[0].items()},
        "first_seconds": round(first[1], 2),
        "second_seconds": round(second[1], 2),
    }
    conditions = {"entries": given.entries, "python": platform.python_version(), "cores": os.cpu_count()}
    if given.json:
        print(json.dumps({"bench": "library", "figures": figures, "conditions": conditions}))
    else:
        print("\n".join(f"{name:>16} {value}" for name, value in {**conditions, **figures}.items()))


if __name__ == "__main__":
    main()
