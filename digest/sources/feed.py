"""Any RSS, Atom or JSON feed: journals, preprint servers, blogs.

Identity   an arXiv id or DOI in an entry's link, guid or fields; else its address; else its guid, which is only unique within this feed.
           A link or guid that several entries of one document share identifies none of them. Dates identify nothing: an entry with a
           new date is the same paper.
version    only arXiv's own servers are trusted about a paper's version, since the text of the highest version is kept for good.
listed_on  the day (UTC) the entry was published, if it says so, which is the same at every fetch; else the day of `now`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..model import Batch, Facts, Listing, Paper, Sighting, SourceOptions
from ..naming import arxiv_id
from ..net import Net
from ..net.sanitise import ABSTRACT, TITLE, harmless, line, link, moment, repository
from .arxiv import batch_of, is_arxivs, refuse_errors
from .described import described
from .documents import Document, Entry, cut_short, read
from .identity import address_name, guid_name, names_of
from .jsonfeed import read_json_feed
from .listing import FEED_TYPES, Gathering, Page, Validators, fetch_page, pull
from .people import authors_of


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed at one address."""

    name: str
    url: str
    net: Net
    allow_private: bool = False

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """What the feed currently holds. Raises SourceError."""

        def ask(page: Page, validators: Validators) -> Batch | None:
            got = fetch_page(self.net, page, validators, FEED_TYPES, allow_private=self.allow_private)
            if got is None:
                return None
            body, address, position = got
            return parse_feed(body, self.name, now, address=address, cursor=position)

        return pull(self.name, (Page(self.name, self.url),), cursor, ask)


def make(options: SourceOptions, net: Net) -> Feed:
    """The source for these options. Raises ConfigurationError without an address."""
    if not options.url:
        raise ConfigurationError(options.name, "has no address", hint='add url = "https://…"')
    return Feed(options.name, options.url, net, options.allow_private)


def parse_feed(data: bytes, source: str, now: datetime, *, address: str = "", cursor: str = "") -> Batch:
    """The papers of a feed; relative links are resolved against `address`. Raises SourceError if it is not a feed."""
    document = read_json_feed(data, source, address=address) or read(data, source, address=address)
    is_from_arxiv = _is_from_arxiv(address)
    if is_arxivs(document):
        batch = batch_of(document, source, now, subject=source, cursor=cursor)
        return batch if is_from_arxiv else _without_versions(batch, document.format)
    refuse_errors(document, source)
    shared = _Shared.of(document)
    gathering = Gathering()
    for entry in map(described, document.entries):
        title = line(entry.title.value, TITLE, html=entry.title.is_html)
        names = _names(entry, source, shared)
        if entry.is_cut:
            gathering.drop(title or entry.id, "the feed ends within it")
        elif not title or not names:
            gathering.drop(title or entry.id or entry.link, "it has no title" if not title else "it has no link or id of its own")
        else:
            gathering.add(_sighting(entry, title, names, source, now, is_from_arxiv=is_from_arxiv))
    batch = gathering.batch(source, document.format, cut_short(document, source))
    return replace(batch, cursor="" if document.flaw else cursor)


def _is_from_arxiv(address: str) -> bool:
    """Whether one of arXiv's own servers answered at that address."""
    return f".{urlsplit(address).hostname or ''}".endswith(".arxiv.org")


def _without_versions(batch: Batch, form: str) -> Batch:
    """The batch without versions, for arXiv papers reported by somebody else's feed. A mirror to be trusted has the kind "arxiv"."""
    return replace(batch, format=form, sightings=tuple(replace(s, paper=replace(s.paper, version=1)) for s in batch.sightings))


@dataclass(frozen=True, slots=True)
class _Shared:
    """Links and guids that several entries of one document share, and the pages on which several entries are places ("page#2")."""

    links: frozenset[str]
    guids: frozenset[str]
    pages: frozenset[str]

    @classmethod
    def of(cls, document: Document) -> _Shared:
        """A guid with several links, or a link with several guids, identifies no entry; the same pair twice is one entry listed twice."""
        pairs = {(e.link, e.id) for e in document.entries}
        links, guids = Counter(link for link, _ in pairs), Counter(guid for _, guid in pairs)
        pages = Counter(page for page, _ in {_place(link) for link in links})
        return cls(_repeated(links), _repeated(guids), _repeated(pages))


def _place(link: str) -> tuple[str, str]:
    """The page of a link, and its place (fragment) on that page."""
    page, _, place = link.partition("#")
    return page, place


def _repeated(counter: Counter[str]) -> frozenset[str]:
    return frozenset(value for value, count in counter.items() if count > 1)


def _names(entry: Entry, source: str, shared: _Shared) -> tuple[str, ...]:
    """The names that identify the entry, the most widely known first."""
    own_link = entry.link if entry.link not in shared.links else ""
    own_id = entry.id if entry.id not in shared.guids else ""
    page, place = _place(own_link)
    if place and page in shared.pages:  # addresses are compared without the fragment, so only the guid can identify this entry
        own_link, own_id = "", own_id or own_link
    names = list(names_of((own_link, own_id, entry.pdf, *entry.names)))
    address = link(own_link)
    if address is not None:
        names.extend(filter(None, (address_name(address),)))
    guid = line(own_id, 2000)
    if guid:
        names.append(guid_name(source, guid))
    return tuple(dict.fromkeys(names))


def _sighting(entry: Entry, title: str, names: tuple[str, ...], source: str, now: datetime, *, is_from_arxiv: bool) -> Sighting:
    abstract = line(entry.summary.value, ABSTRACT, html=entry.summary.is_html)
    version = next((found[1] for found in map(arxiv_id, (entry.link, entry.id)) if found), None) if is_from_arxiv else None
    published = moment(entry.published, now) or moment(entry.updated, now)
    paper = Paper(
        key=names[0],
        title=title,
        abstract="" if abstract == title else abstract,
        authors=authors_of(entry.people),
        url=link(entry.link) or _page(names),
        pdf_url=entry.pdf,
        published=published,
        version=version or 1,
        categories=entry.terms,
        ids=names,
        facts=Facts(comment=entry.comment, journal=entry.journal, repository=repository(entry.comment, abstract)),
    )
    listed_on = min(published, now).date() if published else now.date()
    return Sighting(paper=harmless(paper, now), source=source, listed_on=listed_on, kind=Listing.NEW)


def _page(names: Iterable[str]) -> str | None:
    """The web address that such a name stands for, for an entry without a link."""
    for name in names:
        scheme, _, rest = name.partition(":")
        if scheme in ("arxiv", "doi"):
            return f"https://arxiv.org/abs/{rest}" if scheme == "arxiv" else f"https://doi.org/{rest}"
    return None
