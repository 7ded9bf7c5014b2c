"""The output of `digest status --markdown`: sources, the number of readers, letters; no address, since anybody may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from .masking import without_addresses


def markdown_status(
    problems: Mapping[str, tuple[str, str]],
    sources: Sequence[Sequence[object]],
    due: Sequence[datetime],
    letters: Mapping[str, int],
    now: datetime,
) -> str:
    """The status as Markdown tables; of readers only the number who are due something, and when the next of them is."""
    many = "1 subscription" if len(due) == 1 else f"{len(due):,} subscriptions"
    coming = f"{many}; the next issue is due {_when(min(due), now)}." if due else "Nobody is due anything."
    tables = [
        _table(["wrong", "what", "what to do"], [[name, *told] for name, told in problems.items()]),
        _table(["source", "state", ""], sources),
        coming,
        _table(["letters", "how many"], [[name, number] for name, number in letters.items()]),
    ]
    return "\n\n".join(["## digest", *(table for table in tables if table)]) + "\n"


def _when(moment: datetime, now: datetime) -> str:
    return f"at {moment:%a %d %b %H:%M} UTC" if moment > now else "now"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    lines = [headings, ["---"] * len(headings), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    """One cell: a source's message may contain anything, and must not become a link, a tag, or a row of its own."""
    text = without_addresses(" ".join(str("" if value is None else value).split()))
    return "".join(f"\\{letter}" if letter in "\\|`*_[]<>!#" else letter for letter in text)

