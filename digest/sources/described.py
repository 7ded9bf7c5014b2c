"""What journals write into an entry's description beside the abstract: its authors and its DOI on lines with a label, and the issue.

ScienceDirect   "Publication date: …", "Source: …", "Author(s): …", and no abstract
Pensoft         "ZooKeys 1068: 189-201", "DOI: …", "Authors: …", "Abstract: …", then links called HTML, XML and PDF
Atypon          "TAXON, Volume 70, Issue 6, Page 1390-1390, December 2021." or "TAXON, EarlyView."; the abstract follows, is in the
                whole text (Wiley), or is nowhere (Taylor & Francis)
PubMed          the end of the abstract; the whole text has all of it under a heading, and then "PMID:… | DOI:…"
WordPress       the text or its beginning, then "The post … appeared first on …"
Nature          "Nature, Published online: 12 May 2026; doi:…", then a sentence
"""

from __future__ import annotations

import re
from dataclasses import replace

from ..net.markup import text_of
from ..net.sanitise import ABSTRACT, SLACK
from .documents import Entry, Text
from .identity import doi

_FIRST = 8
"""Lines of a description, the first ones, that may be something else than abstract."""
_AUTHORS = re.compile(r"author(?:s|\(s\))?:\s*(.*)", re.IGNORECASE)
_DOI = re.compile(r"doi:\s*(?:https?://(?:dx\.)?doi\.org/)?(10\.\S+)", re.IGNORECASE)
_DATED = re.compile(r"(?:publication date|source):.*", re.IGNORECASE)
_ISSUE = re.compile(
    r"(?:.{0,200}, )?(?:Volume \d+, (?:Issue|Page|Number)\b.{0,120}|EarlyView|Early View|Ahead of Print|Just Accepted)[\s.]*"
    r"|.{0,200}, Published online: .{0,160}"
)
_ABSTRACT = re.compile(r"abstract\s*(?:[:.]\s*|$)", re.IGNORECASE)
_NOTHING = re.compile(
    r"[\W_]*|n/a|HTML|XML|PDF|PMID:\s*\d+.{0,200}|The post .{1,500} (?:appeared first|first appeared) on .{1,200}", re.IGNORECASE
)


def described(entry: Entry) -> Entry:
    """The entry with only the abstract as its summary, and with authors and DOI taken from its description."""
    head, summary = _parted(_rows(entry.summary))
    content = _rows(entry.content)
    body = _parted(content)[1] if not summary or _heading(content) is not None else summary
    authors = next((found[1] for row in head if (found := _AUTHORS.fullmatch(row)) and found[1]), "")
    dois = {name for row in head if (found := _DOI.fullmatch(row)) and (name := doi(found[1]))}
    has_own = any(doi(text) for text in (entry.link, entry.id, *entry.names))
    return replace(
        entry,
        summary=Text("\n".join(body)),
        people=entry.people or ((authors,) if authors else ()),
        names=(*entry.names, *dois) if len(dois) == 1 and not has_own else entry.names,
    )


def _parted(rows: list[str]) -> tuple[list[str], list[str]]:
    """The lines that are not abstract, and the abstract: everything after its heading, else every line without a label."""
    place = _heading(rows)
    if place is not None:
        return rows[:place], [row for row in (_ABSTRACT.sub("", rows[place], 1), *rows[place + 1 :]) if row]
    head = [row for row in rows[:_FIRST] if any(label.fullmatch(row) for label in (_AUTHORS, _DOI, _DATED, _ISSUE))]
    return head, [row for row in rows if row not in head]


def _heading(rows: list[str]) -> int | None:
    """The line that is, or begins with, the abstract's heading."""
    return next((place for place, row in enumerate(rows[:_FIRST]) if _ABSTRACT.match(row)), None)


def _rows(text: Text) -> list[str]:
    """The lines as shown (one per block of mark-up), without those that say nothing."""
    value = text.value[: ABSTRACT * SLACK]
    shown = text_of(" ".join(value.split())) if text.is_html else value
    rows = (" ".join(row.split()) for row in shown.split("\n"))
    return [row for row in rows if not _NOTHING.fullmatch(row)]
