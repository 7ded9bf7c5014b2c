"""How well mail that comes back is read: on the labelled mails of flufl.bounce's tests, and on those beside our own tests.

    uv run python bench/bounces.py [--data FOLDER] [--json]

`--data` is the folder with flufl's `manifest.jsonl`. Where flufl.bounce is installed, it reads both sets as well.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digest.delivery.bounces.reading import read_returned
from digest.model import Action, Verdict

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Labelled:
    """A mail with its recipients and their verdicts, and what it leads to."""

    content: bytes
    recipients: dict[str, str]
    is_bounce: bool
    is_complaint: bool


@dataclass(frozen=True)
class Answer:
    """What a reader of mails makes of one: recipients with verdicts, and whether their addresses would be stopped."""

    recipients: dict[str, str]
    stops: bool


def ours(content: bytes) -> Answer:
    """This project's reading."""
    returned = read_returned(content)
    found = {r.address.lower(): "hard" if r.verdict is Verdict.HARD else "soft" for r in returned.refusals}
    return Answer(found, returned.action in (Action.SUPPRESS, Action.STOP))


def flufl(content: bytes) -> Answer:
    """flufl.bounce's: what it calls permanent is stopped, as Mailman does."""
    from email import message_from_bytes

    try:
        temporary, permanent = import_module("flufl.bounce").all_failures(message_from_bytes(content))
    except IndexError:  # 6.0.0, where a header has no From
        return Answer({}, stops=False)
    found = {_text(address): "soft" for address in temporary} | {_text(address): "hard" for address in permanent}
    return Answer(found, bool(permanent))


def _text(address: Any) -> str:
    return (address.decode("utf-8", "replace") if isinstance(address, bytes) else str(address)).lower()


def flufls_set(folder: Path) -> list[Labelled]:
    """The mails of flufl.bounce's own tests."""
    rows = [json.loads(line) for line in (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    return [
        Labelled(
            (folder / row["path"]).read_bytes(),
            {one["recipient"].lower(): "hard" if one["hard"] else "soft" for one in row["expected"]},
            is_bounce=bool(row["expected"]),
            is_complaint=False,
        )
        for row in rows
    ]


def own_set() -> list[Labelled]:
    """The mails written for this project."""
    folder = ROOT / "tests" / "bounces"
    rows = json.loads((folder / "labels.json").read_text(encoding="utf-8"))
    return [
        Labelled(
            (folder / row["file"]).read_bytes(),
            {one["address"].lower(): one["verdict"] for one in row["recipients"]},
            is_bounce=row["kind"] == "bounce",
            is_complaint=row["kind"] == "complaint",
        )
        for row in rows
    ]


def figures(mails: Iterable[Labelled], read: Callable[[bytes], Answer]) -> dict[str, float]:
    """How many of what there was were got right, and the milliseconds a mail took."""
    count = dict.fromkeys(("recipients", "found", "hard", "hard_right", "temporary", "left_alone"), 0)
    count |= dict.fromkeys(("complaints", "stopped", "others", "ignored", "mails"), 0)
    begun = time.perf_counter()
    for mail in mails:
        answer = read(mail.content)
        count["mails"] += 1
        count["recipients"] += len(mail.recipients)
        count["found"] += len(mail.recipients.keys() & answer.recipients.keys())
        if mail.is_complaint:
            count["complaints"] += 1
            count["stopped"] += answer.stops
        elif not mail.is_bounce:
            count["others"] += 1
            count["ignored"] += not answer.stops and not answer.recipients
        elif "hard" in mail.recipients.values():
            count["hard"] += 1
            count["hard_right"] += all(answer.recipients.get(address) == verdict for address, verdict in mail.recipients.items())
        else:
            count["temporary"] += 1
            count["left_alone"] += not answer.stops
    return {**count, "milliseconds": round((time.perf_counter() - begun) * 1000 / max(1, count["mails"]), 2)}


def main() -> None:
    """Print the figures of each reader on each set."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "bounces")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sets = {"own": own_set()}
    if (options.data / "manifest.jsonl").is_file():
        sets["flufl"] = flufls_set(options.data)
    else:
        print(f"{options.data} holds no manifest.jsonl: only our own set is read", file=sys.stderr)
    readers = {"ours": ours, **({"flufl_bounce": flufl} if find_spec("flufl") else {})}
    found = {f"{name}_{reader}": figures(mails, read) for name, mails in sets.items() for reader, read in readers.items()}
    if options.json:
        flat = {f"{name}_{figure}": value for name, values in found.items() for figure, value in values.items()}
        print(json.dumps({"bench": "bounces", "figures": flat, "conditions": {"sets": {name: len(mails) for name, mails in sets.items()}}}))
        return
    for name, values in found.items():
        print(name, *(f"{figure} {value}" for figure, value in values.items()), sep="  ")


if __name__ == "__main__":
    main()
