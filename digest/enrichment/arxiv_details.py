"""Fetch details of papers from arXiv's API: comment, journal, code, and the affiliations that authors gave.

Parsed with the standard library and not with feedparser, which loses which author an affiliation belongs to; the API's answers are
well-formed or are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from ..errors import SourceChanged, SourceRefused
from ..model import Author, Facts, Paper
from ..naming import arxiv_id
from ..net import Net
from ..net.sanitise import harmless, iso_moment, line, person, repository
from .portions import joined, portions

QUERY = "https://export.arxiv.org/api/query"
BATCH = 100
"""Ids of one request; fewer where an address has no room for them."""
_SUBJECT = "arXiv details"
_ATOM, _ARXIV = "{http://www.w3.org/2005/Atom}", "{http://arxiv.org/schemas/atom}"


class ArxivDetails:
    """Fetches papers by their arXiv ids, at most `BATCH` per request; the pace is the client's."""

    def __init__(
        self, net: Net, url: str = QUERY, allow_private: bool = False, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._net, self._url, self._allow_private, self._clock = net, url, allow_private, clock

    def batches(self, arxiv_ids: Sequence[str]) -> Iterator[tuple[Paper, ...]]:
        """These papers, in the order of the ids, without invalid and unknown ids.

        They come request by request, so that the papers before a failed request can be kept. Raises SourceError: SourceChanged for an
        answer that is an error or not the API's.
        """
        # One malformed id makes the API refuse the whole request with status 400, so none is sent.
        wanted = dict.fromkeys(named[0] for text in arxiv_ids if (named := arxiv_id(text)) is not None)
        for some in portions(wanted, BATCH):
            joint = "&" if "?" in self._url else "?"
            url = f"{self._url}{joint}id_list={joined(some)}&max_results={len(some)}"
            answer = self._net.get(url, allow_private=self._allow_private, accept="application/atom+xml, */*;q=0.1")
            found = {paper.key: paper for paper in parse_details(answer.body, self._clock())}
            # Only what this request named: a paper that nobody asked for would rename one of the catalog's.
            yield tuple(found[key] for key in (f"arxiv:{name}" for name in some) if key in found)


def parse_details(data: bytes, now: datetime) -> tuple[Paper, ...]:
    """The papers in an API answer. Raises SourceChanged for an error or anything else, SourceRefused for a document type."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceChanged(_SUBJECT, "not an answer of arXiv's API: it is not UTF-8", hint="try again later") from error
    if "<!DOCTYPE" in text:
        raise SourceRefused(_SUBJECT, "declares a document type, which the API's answers do not", hint="correct the address")
    try:
        feed = ElementTree.fromstring(text.encode())
    except (ElementTree.ParseError, ValueError) as error:
        raise SourceChanged(_SUBJECT, f"not an answer of arXiv's API: it begins with {data[:40]!r}", hint="try again later") from error
    if feed.tag != f"{_ATOM}feed":
        raise SourceChanged(_SUBJECT, f"not an answer of arXiv's API: its root is {line(feed.tag, 60)!r}", hint="correct the address")
    return tuple(_papers(feed, now))


def _papers(feed: Element, now: datetime) -> Iterator[Paper]:
    for entry in feed.iterfind(f"{_ATOM}entry"):
        address = _text(entry, f"{_ATOM}id").strip()
        if "/api/errors" in address or (_text(entry, f"{_ATOM}title").strip() == "Error" and "/abs/" not in address):
            message = f"arXiv answers an error: {line(_text(entry, f'{_ATOM}summary'), 200)!r}"
            raise SourceChanged(_SUBJECT, message, hint="correct the ids")
        named = arxiv_id(address)
        paper = harmless(_paper(entry, *named, now), now) if named is not None else None
        if paper is not None and paper.title:
            yield paper


def _paper(entry: Element, name: str, version: int | None, now: datetime) -> Paper:
    comment, abstract = _text(entry, f"{_ARXIV}comment"), _text(entry, f"{_ATOM}summary")
    doi = line(_text(entry, f"{_ARXIV}doi"), 300).split(" ")[0].rstrip(".,;").lower()
    primary = [tag.get("term", "") for tag in entry.iterfind(f"{_ARXIV}primary_category")]
    return Paper(
        key=f"arxiv:{name}",
        title=_text(entry, f"{_ATOM}title"),
        abstract=abstract,
        authors=tuple(a for a in map(_author, entry.iterfind(f"{_ATOM}author")) if a is not None),
        url=f"https://arxiv.org/abs/{name}",
        pdf_url=f"https://arxiv.org/pdf/{name}",
        published=iso_moment(_text(entry, f"{_ATOM}published").strip(), now),
        version=version or 1,
        categories=tuple(dict.fromkeys((*primary, *(tag.get("term", "") for tag in entry.iterfind(f"{_ATOM}category"))))),
        ids=(f"arxiv:{name}", *((f"doi:{doi}",) if doi.startswith("10.") and "/" in doi else ())),
        facts=Facts(comment=comment, journal=_text(entry, f"{_ARXIV}journal_ref"), repository=repository(comment, abstract)),
    )


def _author(element: Element) -> Author | None:
    return person(_text(element, f"{_ATOM}name"), [where.text for where in element.iterfind(f"{_ARXIV}affiliation")])


def _text(element: Element, tag: str) -> str:
    return element.findtext(tag) or ""
