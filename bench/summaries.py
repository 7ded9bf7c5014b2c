"""How often the chosen sentence says what is new: `uv run python bench/summaries.py --data FOLDER [--json] [--wrong]`.

FOLDER holds the recorded data (`samples/` and `ranking/`). A hundred abstracts drawn from it were read, and each of their sentences that
says what the work contributes was marked, and each that would mislead as a summary, before any rule was made; the rules were then made
looking at the first fifty alone. Baselines: the first two sentences, the last two, and the first 350 characters.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from digest.rendering.sentences import sentences
from digest.rendering.summaries import ROOM, summary
from summaries_papers import Abstract, Label, drawn, labels

Chosen = tuple[tuple[str, ...], str]
"""Two sentences at most, and the one that is held to say what is new."""
GROUPS = {"tuned": (True,), "held_out": (False,), "all": (True, False)}
ROUNDS = 20


def ours(paper: Abstract) -> Chosen:
    """What the product shows."""
    made = summary(paper.text, paper.title)
    return made.sentences, made.new


def first_two(paper: Abstract) -> Chosen:
    """The abstract's first two sentences."""
    found = sentences(paper.text)
    return found[:2], found[0]


def last_two(paper: Abstract) -> Chosen:
    """Its last two."""
    found = sentences(paper.text)
    return found[-2:], found[-1]


def first_characters(paper: Abstract) -> Chosen:
    """The sentences that are whole within the first 350 characters."""
    found, used, whole = sentences(paper.text), 0, []
    for sentence in found:
        used += len(sentence) + 1
        if used > ROOM + 1:
            break
        whole.append(sentence)
    return tuple(whole), found[0]


RULES: dict[str, Callable[[Abstract], Chosen]] = {
    "ours": ours, "first_two": first_two, "last_two": last_two, "first_350_characters": first_characters,
}  # fmt: skip


def figures(papers: Sequence[Abstract], known: dict[str, Label]) -> dict[str, float]:
    """The shares for each rule and group: `new` is a marked sentence, one of those shown is, one of those shown misleads."""
    found: dict[str, float] = {}
    for rule, choose in RULES.items():
        chosen = [(known[paper.place], *choose(paper)) for paper in papers]
        for group, kinds in GROUPS.items():
            some = [row for row in chosen if row[0].tuned in kinds]
            found[f"{rule}_new_{group}"] = sum(label.is_new(new) for label, _, new in some) / len(some)
            found[f"{rule}_shown_{group}"] = sum(any(map(label.is_new, shown)) for label, shown, _ in some) / len(some)
            found[f"{rule}_poor_{group}"] = sum(any(map(label.is_poor, shown)) for label, shown, _ in some) / len(some)
    return found


def microseconds(papers: Sequence[Abstract]) -> float:
    """CPU time of one abstract, the quickest of some rounds over all."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.process_time()
        for paper in papers:
            summary(paper.text, paper.title)
        rounds.append(time.process_time() - started)
    return min(rounds) / len(papers) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with samples/ and ranking/")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="show where the rules that were tuned on are wrong")
    given = parser.parse_args()
    known, papers = labels(), drawn(given.data)
    if {paper.place for paper in papers} != known.keys():
        sys.exit("the data are not those that were labelled: other papers are drawn from them")
    found = figures(papers, known) | {"microseconds": microseconds(papers)}
    if given.json:
        conditions = {"abstracts": len(papers), "python": platform.python_version(), "machine": platform.machine()}
        print(json.dumps({"bench": "summaries", "figures": found, "conditions": conditions}))
        return
    print(f"{'':22}" + "".join(f"{f'{what} {group}':>18}" for what in ("new", "shown", "poor") for group in GROUPS))
    for rule in RULES:
        shares = [found[f"{rule}_{what}_{group}"] for what in ("new", "shown", "poor") for group in GROUPS]
        print(f"{rule:22}" + "".join(f"{share:18.2f}" for share in shares))
    print(f"{found['microseconds']:.0f} µs an abstract")
    for paper in papers if given.wrong else ():
        _, new = ours(paper)
        label = known[paper.place]
        if label.tuned and not label.is_new(new):
            print(f"\n{paper.place}  {paper.title}\n  said: {new}\n  not:  {label.new}")


if __name__ == "__main__":
    main()
