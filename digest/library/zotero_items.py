"""What Zotero's API says of an item, as a reference; attachments, notes and annotations are none.

A name is looked for where Zotero's own translators write it: DOI and archive id in their fields, else on lines of "Extra", in the
publication ("arXiv:1706.03762 [cs]", as older ones did), last in the address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from ..model import Author, Dropped, Reference
from ..naming import arxiv_id, parse_name
from ..net.sanitise import ABSTRACT, AUTHORS, IDS, LINK, NAME, TITLE, line, lines, person

PARTS = ("attachment", "note", "annotation")
"""Types of items that belong to an entry and are none."""
EXTRA = 10_000  # characters of "Extra" that are looked at
_TITLES = ("title", "caseName", "nameOfAct", "subject")  # what the title is called in cases, statutes and e-mails
_EXTRA_LINE = re.compile(r"\s*(arxiv|doi)(?:\s+id)?\s*:\s*(\S.*)", re.IGNORECASE)
_YEAR = re.compile(r"(?<![0-9])(1[5-9][0-9]{2}|20[0-9]{2})(?![0-9])", re.ASCII)
_RANKS = ("arxiv:", "doi:")


def parse_items(rows: list[dict[str, Any]]) -> tuple[tuple[Reference, ...], tuple[Dropped, ...]]:
    """The references among the API's rows, in their order, and the entries that tell too little to be one."""
    references: list[Reference] = []
    dropped: list[Dropped] = []
    for row in rows:
        data = row.get("data")
        if not isinstance(data, dict):
            dropped.append(Dropped(line(row.get("key"), NAME) or "an item", "it has no data"))
        elif data.get("itemType") not in PARTS:
            reference = _reference(row, data)
            if not reference.entry:
                dropped.append(Dropped(reference.title or "an item", "it has no key"))
            elif not reference.title and not reference.ids:
                dropped.append(Dropped(reference.entry, "it has no title, arXiv id, DOI or address"))
            else:
                references.append(reference)
    return tuple(references), tuple(dropped)


def _reference(row: dict[str, Any], data: dict[str, Any]) -> Reference:
    meta = row.get("meta")
    parsed = meta.get("parsedDate") if isinstance(meta, dict) else None
    return Reference(
        entry=line(row.get("key"), NAME),
        title=next((text for name in _TITLES if (text := line(data.get(name), TITLE, html=True))), ""),
        abstract=line(data.get("abstractNote"), ABSTRACT, html=True),
        authors=tuple(_authors(_tables(data.get("creators")))),
        ids=_ids(data),
        year=_year(parsed) or _year(data.get("date")),
        added=_moment(data.get("dateAdded")),
        collections=lines(_list(data.get("collections")), NAME, IDS),
    )


def _authors(creators: list[dict[str, Any]]) -> Iterator[Author]:
    """The authors; of what has none, everybody who made it (editors, inventors, presenters)."""
    authors = [creator for creator in creators if creator.get("creatorType") == "author"]
    for creator in (authors or creators)[:AUTHORS]:
        name = creator.get("name") or " ".join(str(creator.get(part) or "") for part in ("firstName", "lastName"))
        if (found := person(name)) is not None:
            yield found


def _ids(data: dict[str, Any]) -> tuple[str, ...]:
    """Every name it is called by: arXiv ids first, then DOIs, then addresses."""
    found = [name for text in _candidates(data) if (name := parse_name(text)) is not None]
    ranked = sorted(found, key=lambda name: next((rank for rank, start in enumerate(_RANKS) if name.startswith(start)), len(_RANKS)))
    return tuple(dict.fromkeys(ranked))[:IDS]


def _candidates(data: dict[str, Any]) -> Iterator[str]:
    for field in ("archiveID", "archiveLocation", "publicationTitle", "number"):
        text = line(data.get(field), LINK)
        if "arxiv" in text.lower() and (named := arxiv_id(text)):
            yield f"arxiv:{named[0]}"
    yield _bare_doi(line(data.get("DOI"), LINK))
    extra = data.get("extra")
    for text in extra[:EXTRA].splitlines() if isinstance(extra, str) else ():
        if found := _EXTRA_LINE.fullmatch(line(text, LINK)):
            yield f"arXiv:{found[2]}" if found[1].lower() == "arxiv" else _bare_doi(found[2])
    yield line(data.get("url"), LINK)


def _bare_doi(text: str) -> str:
    """A DOI without the punctuation that copying leaves behind it."""
    return text.strip().rstrip(".,;")


def _year(value: object) -> int | None:
    found = _YEAR.search(value) if isinstance(value, str) else None
    return int(found[1]) if found else None


def _moment(value: object) -> datetime | None:
    """A time as the API writes it, "2011-01-13T03:37:29Z"."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) and len(value) <= 40 else None
        return moment and (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _tables(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else ()
