"""arXiv: one Atom feed per category, since a combined feed drops *new* papers when it overflows (arxiv-feed, `feed/database.py`).

Answers of the API are parsed too. The source uses `/atom/` and not `/rss/`, because only there are abstracts plain text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from urllib.parse import quote, urlsplit, urlunsplit

from ..announcements import EASTERN, Calendar, calendar
from ..errors import ConfigurationError, SourceChanged
from ..model import Author, Batch, Facts, Failure, Listing, Paper, Sighting, SourceOptions
from ..naming import arxiv_id
from ..net import Net
from ..net.sanitise import ABSTRACT, TITLE, harmless, line, moment, persons, repository
from .arxiv_pages import ListingPage, month_of, newest_of, past_of, read_page
from .documents import Document, Entry, cut_short, read
from .identity import names_of
from .listing import FEED_TYPES, TWICE, Gathering, Page, Validators, fetch_page, pull, read_cursor, written_cursor
from .people import split_creators
from .precheck import Flaw

FEED = "https://rss.arxiv.org/atom/{category}"
LISTINGS = "https://arxiv.org/list"
MOST = 2000
"""Entries of one feed, at that many the listing was cut, and new papers are what is missing; and of one page."""
MOST_PAGES = 10
_ANNOUNCED = re.compile(r"\s*arXiv:\S+\s+Announce Type:\s*([\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE)
_KINDS = {"new": Listing.NEW, "cross": Listing.CROSS, "replace": Listing.REPLACE, "replace-cross": Listing.REPLACE}


@dataclass(frozen=True, slots=True)
class Arxiv:
    """The announcements of some categories, each a part of its own. `listings` is the address of their web pages; "" if there are none."""

    name: str
    pages: tuple[Page, ...]
    net: Net
    allow_private: bool = False
    calendar: Calendar = field(default_factory=calendar)
    listings: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The categories; "" for the single feed of a source without categories."""
        return tuple(page.subject.removeprefix(self.name).lstrip() for page in self.pages)

    @property
    def has_pages(self) -> bool:
        """Whether there are web pages to read when a feed is not enough."""
        return bool(self.listings)

    def fetch_part(self, part: str, cursor: str, now: datetime) -> Batch:
        """What the feed of one category announces, with the cursor of the whole source. Raises SourceError."""
        page = self.pages[self.parts.index(part)]
        known = read_cursor(cursor)
        batch = self._ask(page, known.get(page.url, (None, None)), now)
        if batch is None:
            return Batch(source=self.name, cursor=cursor, unchanged=True)
        others = {url: validators for url, validators in known.items() if url != page.url}
        return replace(batch, cursor=written_cursor({**others, **read_cursor(batch.cursor)}))

    def fetch_newest(self, part: str, now: datetime) -> Batch:
        """The newest listing of one category, from its page. Raises SourceError."""
        return newest_of(self._pages_of(part, "new"), self.name, part, now)

    def fetch_past(self, part: str, now: datetime) -> Mapping[date, Batch]:
        """The last five listings of one category, without abstracts and replacements, by day. Raises SourceError."""
        return past_of(self._pages_of(part, "pastweek"), self.name, part, now)

    def fetch_month(self, part: str, month: date, now: datetime) -> Batch:
        """All new and cross-listed papers of a category in the month of that day, without their days. Raises SourceError."""
        return month_of(self._pages_of(part, f"{month:%Y-%m}"), self.name, part, month, now)

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """What these categories announced. A category that fails is a failure of the batch; raises SourceError if all fail."""

        return pull(self.name, self.pages, cursor, lambda page, validators: self._ask(page, validators, now))

    def _ask(self, page: Page, validators: Validators, now: datetime) -> Batch | None:
        got = fetch_page(self.net, page, validators, FEED_TYPES, allow_private=self.allow_private)
        if got is None:
            return None
        body, _, position = got
        return parse_arxiv(body, self.name, now, subject=page.subject, cursor=position)

    def _pages_of(self, part: str, what: str) -> list[ListingPage]:
        """All pages of a listing, until the listing ends or a page adds nothing."""
        pages: list[ListingPage] = []
        seen = 0
        while not pages or (seen < pages[0].total and pages[-1].shown and len(pages) < MOST_PAGES):
            address = f"{self.listings.rstrip('/')}/{quote(part, safe='.-')}/{what}?skip={seen}&show={MOST}"
            answer = self.net.get(address, allow_private=self.allow_private, accept="text/html, */*;q=0.1")
            pages.append(read_page(answer.body, f"{self.name} {part}", is_dated=not what[:4].isdecimal()))
            seen += pages[-1].shown
        return pages


def make(options: SourceOptions, net: Net) -> Arxiv:
    """The source for these options.

    `url` with "{category}" is a pattern; with categories it is a base to which "/category" is added; without, it is the address of one
    feed. Raises ConfigurationError if neither categories nor an address are given.
    """
    if not options.categories:
        if not options.url or "{category}" in options.url:
            raise ConfigurationError(options.name, "names no categories", hint='add categories = ["cs.LG"]')
        return Arxiv(options.name, (Page(options.name, options.url),), net, options.allow_private, calendar(options.holidays))
    pages = tuple(Page(f"{options.name} {c}", _address(options.url or FEED, c)) for c in dict.fromkeys(options.categories))
    listings = options.listing_url or ("" if options.url else LISTINGS)
    return Arxiv(options.name, pages, net, options.allow_private, calendar(options.holidays), listings)


def parse_arxiv(data: bytes, source: str, now: datetime, *, subject: str = "", cursor: str = "") -> Batch:
    """The batch in an arXiv feed (Atom or RSS) or API answer; an empty one is normal on weekends and holidays.

    `listed_on` is the Eastern day the feed was built. `published` is the day of the announcement for new papers, and unknown for
    replacements. Raises SourceChanged if it is not a feed, or is an error in the form of one.
    """
    return batch_of(read(data, subject or source), source, now, subject=subject or source, cursor=cursor)


def batch_of(document: Document, source: str, now: datetime, *, subject: str, cursor: str) -> Batch:
    """The same as `parse_arxiv`, for a document that has been read already."""
    refuse_errors(document, subject)
    listed_on = _listed_on(document, now)
    gathering = Gathering()
    for entry in document.entries:
        sighting = _sighting(entry, source, listed_on, now)
        if entry.is_cut:
            gathering.drop(entry.title.value or entry.id, "the feed ends within it")
        elif sighting is None:
            gathering.drop(entry.title.value or entry.id, "it has no arXiv id" if entry.title.value.strip() else "it has no title")
        else:
            gathering.add(sighting)
    failures = (*_overflow(document, subject), *cut_short(document, subject))
    batch = gathering.batch(source, f"arxiv {document.format}", failures)
    lost = sum(not dropped.reason.startswith(TWICE) for dropped in batch.dropped)
    return replace(
        batch,
        cursor="" if document.flaw else cursor,
        announced=lost + sum(sighting.kind is not Listing.REPLACE for sighting in batch.sightings),
        listed_on=listed_on,
        is_cut=len(document.entries) >= MOST,
        is_broken_off=document.flaw is Flaw.CUT,
    )


def is_arxivs(document: Document) -> bool:
    """Whether arXiv itself made this feed, whatever the source is called."""
    return any(e.announced or e.id.startswith("oai:arXiv.org:") for e in document.entries[:50])


def refuse_errors(document: Document, subject: str) -> None:
    """Raise SourceChanged for an error that arXiv sends in the form of a feed."""
    if document.title.lower().startswith("feed error for query"):
        raise SourceChanged(subject, f"arXiv answers {line(document.title, 200)!r}", hint="correct the categories")
    for entry in document.entries[:5]:
        # An error's id is such as http://arxiv.org/api/errors#incorrect_id_format_for_abc.
        if "arxiv.org/api/errors" in entry.id:
            raise SourceChanged(subject, f"arXiv answers an error: {line(entry.summary.value, 200)!r}", hint="correct the address")


def _sighting(entry: Entry, source: str, listed_on: date, now: datetime) -> Sighting | None:
    announced = _ANNOUNCED.match(entry.summary.value)
    named = next((found for found in map(arxiv_id, (entry.id, entry.link, *entry.links)) if found), None)
    title = line(entry.title.value, TITLE, html=entry.title.is_html)
    if named is None or not title:
        return None
    identifier, version = named
    abstract = entry.summary.value[announced.end() :] if announced else entry.summary.value
    abstract = line(abstract, ABSTRACT, html=entry.summary.is_html)
    kind = _KINDS.get((entry.announced or (announced[1] if announced else "")).lower().replace("_", "-"))
    if kind is None:  # the API does not say how a paper was announced: a later version was new long ago
        kind = Listing.REPLACE if (version or 1) > 1 else Listing.NEW
    is_api = not (entry.announced or announced)
    paper = Paper(
        key=f"arxiv:{identifier}",
        title=title,
        abstract=abstract,
        authors=_authors(entry.people),
        url=f"https://arxiv.org/abs/{identifier}",
        pdf_url=f"https://arxiv.org/pdf/{identifier}",
        published=entry.published if is_api or kind is not Listing.REPLACE else None,
        version=version or 1,
        categories=tuple(dict.fromkeys(c for c in (entry.primary, *entry.terms) if c)),
        ids=tuple(dict.fromkeys((f"arxiv:{identifier}", *_dois(entry)))),
        facts=Facts(comment=entry.comment, journal=entry.journal, repository=repository(entry.comment, abstract)),
    )
    return Sighting(paper=harmless(paper, now), source=source, listed_on=listed_on, kind=kind)


def _authors(people: tuple[str, ...]) -> tuple[Author, ...]:
    """The names of the authors: a feed has them all in one string, the API one by one."""
    if len(people) == 1:
        return split_creators(people[0])
    return persons(people)


def _dois(entry: Entry) -> tuple[str, ...]:
    return tuple(name for name in names_of(entry.names) if name.startswith("doi:"))


def _listed_on(document: Document, now: datetime) -> date:
    """The Eastern day of the feed; if it gives none or an impossible one, the Eastern day of `now`."""
    told = (document.updated, *(e.published for e in document.entries[:1] if e.announced))
    known = next((m for m in (moment(t, now) for t in told) if m), now)
    return known.astimezone(EASTERN).date()


def _overflow(document: Document, subject: str) -> tuple[Failure, ...]:
    if len(document.entries) < MOST:
        return ()
    message = f"the listing holds {len(document.entries)} entries, arXiv's limit: it was cut, and new papers are missing"
    return (Failure(subject, message, "name narrower categories"),)


def _address(pattern: str, category: str) -> str:
    name = quote(category, safe=".+-")
    if "{category}" in pattern:
        return pattern.replace("{category}", name)
    parts = urlsplit(pattern)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))
