"""What the mail programs that matter make of HTML and CSS, by the tests of caniemail; and what a letter asks of them.

A feature goes by the name of its file there ("css-word-break", "html-dir"). What stands in no list is told by the table that names it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from .letter_page import Page

PROGRAMS = {
    "Gmail": ("gmail", ("desktop-webmail", "ios", "android", "mobile-webmail")),
    "Outlook for Windows": ("outlook", ("windows",)),
    "Outlook on the web": ("outlook", ("outlook-com",)),
    "Apple Mail": ("apple-mail", ("macos", "ios")),
    "Yahoo": ("yahoo", ("desktop-webmail", "ios", "android")),
}
_STATS = re.compile(r"^stats: (\{.*?^\})", re.DOTALL | re.MULTILINE)
_NOTES = re.compile(r"^notes_by_num: (\{.*?^\})", re.DOTALL | re.MULTILINE)
Support = dict[str, str]
"""How far each program knows a feature: "y", or "a"/"n"/"u" with the notes that say how; the worst of its editions."""


def support(folder: Path, feature: str) -> Support:
    """What the programs know of it, in their latest versions."""
    text = (folder / f"{feature}.md").read_text(encoding="utf-8")
    found = _STATS.search(text)
    assert found, feature
    stats = _read(found[1])
    told = {}
    for name, (family, editions) in PROGRAMS.items():
        latest = [list(stats[family][edition].values())[-1] for edition in editions if edition in stats[family]]
        told[name] = max(latest, key=lambda said: "yaun".index(said[0]))
    return told


def notes(folder: Path, feature: str) -> dict[str, str]:
    """The notes on it, by number."""
    found = _NOTES.search((folder / f"{feature}.md").read_text(encoding="utf-8"))
    return _read(found[1]) if found else {}


def _read(block: str) -> dict[str, dict[str, dict[str, str]]] | dict[str, str]:  # type: ignore[return]
    """The JSON that a block of a feature's file would be with quotes around its keys and without its last commas."""
    quoted = re.sub(r'^(\s*)([\w-]+)\s*:', r'\1"\2":', block, flags=re.MULTILINE)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", quoted))
