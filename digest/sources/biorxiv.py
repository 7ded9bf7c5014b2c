"""bioRxiv, through its API of what was posted between two days (api.biorxiv.org): every version of a preprint, the first as new.

    days        from the last day read, once more, since a day's list grows until the day ends in America; at most a month back
    pages       of the length the service chooses; a page's own count is the step to the next, and an empty page is the last
    dates       "2026-6-30" as well as "2026-06-30"
    politeness  half a second between pages, and one fetch per three hours: only the day tells what is new, so each reads it all again
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from ..errors import SourceChanged, SourceTooLarge
from ..model import Author, Batch, Failure, Listing, Paper, Sighting, SourceOptions
from ..net import Net
from ..net.fields import bounded, mapping, rows, text
from ..net.sanitise import ABSTRACT, SLACK, TITLE, harmless, line, persons
from .highwire import plain
from .listing import Gathering, joined_batches

API = "https://api.biorxiv.org/details/biorxiv"
FIRST, MOST_DAYS = timedelta(days=2), timedelta(days=30)
EVERY = timedelta(hours=3)
OVER = timedelta(hours=12)
"""After a day has ended in UTC, more is posted under it: the service's own days are America's."""
PAUSE = 0.5  # seconds between two pages
MOST_PAGES = 300
MOST = 1_000
"""Preprints of one page; the service sends 30 or 100."""
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_HINT = "open the address in a browser; if it looks right, report a bug"


@dataclass(frozen=True, slots=True)
class Biorxiv:
    """What was posted on one of the two servers, in all categories or some."""

    name: str
    url: str
    net: Net
    categories: tuple[str, ...] = ()
    allow_private: bool = False
    sleep: Callable[[float], None] = time.sleep

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """What was posted since the last day read. Raises SourceError; the same days are then requested again next time."""
        day, asked = _read(cursor)
        if asked is not None and timedelta(0) <= now - asked < EVERY:
            return Batch(source=self.name, cursor=cursor, unchanged=True)
        today = now.date()
        first = max(min(day or today - FIRST, today), today - MOST_DAYS)
        batches = [batch for category in self.categories or ("",) for batch in self._pages(first, today, category, now)]
        written = json.dumps({"day": (now - OVER).date().isoformat(), "asked": now.isoformat()})
        return replace(joined_batches(self.name, batches), cursor=written)

    def _pages(self, first: date, last: date, category: str, now: datetime) -> list[Batch]:
        found: list[Batch] = []
        place = 0
        while True:
            query = f"?category={quote(category.lower().replace(' ', '_'))}" if category else ""
            address = f"{self.url.rstrip('/')}/{first}/{last}/{place}/json{query}"
            answer = self.net.get(address, allow_private=self.allow_private, accept="application/json")
            page = parse_biorxiv(answer.body, self.name, now)
            count = page.expected or 0
            place += count
            found.append(page)
            if count == 0 or (page.announced and place >= page.announced):
                return found
            if len(found) == MOST_PAGES:
                message = f"has more than {MOST_PAGES} pages since {first}"
                found.append(Batch(source=self.name, failures=(Failure(self.name, message, "name categories = [...] for it"),)))
                return found
            self.sleep(PAUSE)


def make(options: SourceOptions, net: Net) -> Biorxiv:
    """The source for these options; `url` is another server's address up to the server name, `categories` as the server names them."""
    return Biorxiv(options.name, options.url or API, net, options.categories, options.allow_private)


def parse_biorxiv(data: bytes, source: str, now: datetime) -> Batch:
    """The preprints of one page. `announced` is the total over all pages, if the service states it; a day without any is an empty page.

    Raises SourceChanged if it is not such a page, SourceTooLarge if it is longer than one can be.
    """
    collection, total = _collection(data, source)
    gathering = Gathering()
    for item in rows(collection):
        doi = line(text(item.get("doi")), 300).lower()
        title = line(plain(text(item.get("title"))[: TITLE * SLACK], has_headings=False), TITLE)
        if not title or not doi.startswith("10.") or "/" not in doi:
            gathering.drop(title or doi, "it has no DOI" if title else "it has no title")
            continue
        version = _number(item.get("version")) or 1
        kind = Listing.NEW if version == 1 else Listing.REPLACE
        posted = _date(item.get("date")) or now.date()
        paper = harmless(_paper(item, doi, title, version, posted), now)
        gathering.add(Sighting(paper=paper, source=source, listed_on=min(posted, now.date()), kind=kind))
    batch = gathering.batch(source, "biorxiv")
    return replace(batch, expected=len(collection), announced=total)


def _collection(data: bytes, source: str) -> tuple[list[object], int | None]:
    try:
        answer = json.loads(bounded(data, source))
    except RecursionError as error:
        raise SourceTooLarge(source, "is nested too deeply", hint="no listing looks like this") from error
    except ValueError as error:
        raise SourceChanged(source, f"not JSON: it begins with {data[:40]!r}", hint=_HINT) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("collection"), list):
        raise SourceChanged(source, "not a page of bioRxiv's API", hint=_HINT)
    collection = answer["collection"]
    if len(collection) > MOST:
        raise SourceTooLarge(source, f"has more than {MOST:,} preprints on one page", hint="no page is this long")
    told = mapping(next(iter(rows(answer.get("messages"))), None))
    status = line(text(told.get("status")), 200)
    if not collection and status and status.lower() != "ok" and not status.lower().startswith("no posts"):
        raise SourceChanged(source, f"answers {status!r}", hint="correct the address or the categories")
    # `total` may be too high (medrxivr issue 19), so an empty page ends the list in any case.
    return collection, _number(told.get("total"))


def _paper(item: Mapping[str, object], doi: str, title: str, version: int, posted: date) -> Paper:
    server = "medrxiv" if text(item.get("server")).lower() == "medrxiv" else "biorxiv"
    journal = line(text(item.get("published")), 300).lower()
    return Paper(
        key=f"doi:{doi}",
        title=title,
        abstract=line(plain(text(item.get("abstract"))[: ABSTRACT * SLACK]), ABSTRACT),
        authors=_authors(text(item.get("authors"))),
        url=f"https://www.{server}.org/content/{doi}v{version}",
        published=datetime(posted.year, posted.month, posted.day, tzinfo=UTC) if version == 1 else None,
        version=version,
        categories=tuple(c for c in (line(text(item.get("category")), 100),) if c),
        ids=(f"doi:{doi}", *((f"doi:{journal}",) if journal.startswith("10.") and "/" in journal and journal != doi else ())),
    )


def _authors(given: str) -> tuple[Author, ...]:
    """The authors' names: "Silva, A.; Lindqvist, B." gives A. Silva and B. Lindqvist."""
    names = (part.partition(",") for part in given[:50_000].split(";"))
    return persons(f"{first.strip()} {last.strip()}".strip() for last, _, first in names)


def _date(value: object) -> date | None:
    found = _DATE.match(text(value))
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _number(value: object) -> int | None:
    given = text(value).strip()
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else None


def _read(cursor: str) -> tuple[date | None, datetime | None]:
    """The last day read, and when; None of either for an unreadable cursor."""
    try:
        stored = json.loads(cursor)
        asked = datetime.fromisoformat(stored["asked"])
        return date.fromisoformat(stored["day"]), asked if asked.tzinfo else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None, None
