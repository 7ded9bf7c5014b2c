"""What `digest status --markdown` prints: sources, readers by their number, letters; no address, whoever may read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from .masking import without_addresses


def markdown_status(sources: Sequence[Mapping[str, object]], due: Sequence[datetime], letters: Mapping[str, int]) -> str:
    """The status as Markdown tables; of readers only how many there are and when the next letter is due."""
    shown = [[s["name"], s["state"], _moment(s.get("fetched_at")), s.get("new"), s.get("message")] for s in sources]
    coming = f"The next of {len(due)} subscriptions is due at {_moment(min(due))}." if due else "Nobody is due anything."
    tables = [_table(["source", "state", "fetched", "new", ""], shown), coming]
    tables.append(_table(["letters", "how many"], [[name, number] for name, number in letters.items()]))
    return "\n\n".join(["## digest", *(table for table in tables if table)]) + "\n"


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    lines = [headings, ["---"] * len(headings), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    """One cell: a source's message may say anything, and must not become a link, a tag, or a row of its own."""
    text = without_addresses(" ".join(str("" if value is None else value).split()))
    return "".join(f"\\{letter}" if letter in "\\|`*_[]<>!#" else letter for letter in text)


def _moment(value: object) -> str:
    return f"{value:%a %d %b %H:%M} UTC" if isinstance(value, datetime) else ""
