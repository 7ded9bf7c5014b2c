"""Parse arXiv's web pages of a category: the newest listing (`/list/CATEGORY/new`) and the last five announcements (`/pastweek`).

They are read when the feed is stale or was cut, or when days were missed. Each section states its number of papers, so that a misread
page can be told from a quiet day. The markup is defined in arXiv/arxiv-browse, `browse/templates/list/`.
Each pattern ends at the next "<" or after a limited number of characters, so that the time taken grows linearly with the length.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from itertools import islice

from ..announcements import EASTERN
from ..errors import SourceChanged, SourceTooLarge
from ..model import Batch, Facts, Failure, Listing, Paper, Sighting
from ..naming import arxiv_id
from ..net.markup import text_of
from ..net.sanitise import ABSTRACT, TITLE, harmless, line, repository
from .listing import Gathering
from .people import split_creators

MOST_CUTS = 5_000
"""Headings and entries of one page; arXiv shows at most 2,000 entries."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CUTS = re.compile(r"<h3[^<>]{0,100}>([^<]{0,300})</h3>|<dt[\s>]", re.IGNORECASE)
_NEWEST = re.compile(r"showing new listings for \w+, (\d{1,2}) ([a-z]{3,9}) (\d{4})", re.IGNORECASE)
_DAY = re.compile(r"\w{3}, (\d{1,2}) ([a-z]{3,9}) (\d{4})", re.IGNORECASE)
_COUNT = re.compile(r"showing (?:first |last )?(\d{1,6}) of (\d{1,6}) entr", re.IGNORECASE)
_TOTAL = re.compile(r"Total of (\d{1,6}) entries")
_KINDS = (("new submission", Listing.NEW), ("cross", Listing.CROSS), ("replacement", Listing.REPLACE))
_ABSTRACT_PAGE = re.compile(r"""href\s{0,3}=\s{0,3}["'](?:https?://arxiv\.org)?/abs/([^"'\s<>]{5,40})["']""", re.IGNORECASE)
_VERSION = re.compile(r"/html/[\w./+-]{4,30}v(\d{1,3})\b")  # also behind an old id, "hep-th/9901001v3"
_LINK = re.compile(r"""href\s{0,3}=\s{0,3}["'](https?://[^"'\s<>]{1,300})["']""", re.IGNORECASE)
_CATEGORY = re.compile(r"\(((?:[a-z]{2,10}|q)(?:-[a-z]{2,6})?(?:\.[A-Za-z-]{2,20})?)\)")
_END = re.compile(r"</html>", re.IGNORECASE)
_HINT = "open the page in a browser; if it looks right, report a bug"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its entries: of one kind in the newest listing, of one day in earlier ones; `total` is the stated count."""

    kind: Listing | None
    day: date | None
    total: int
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListingPage:
    """One page: the day of the newest listing (None on pages of earlier ones), its sections, and the number of entries over all pages."""

    day: date | None
    sections: tuple[Section, ...]
    total: int

    @property
    def shown(self) -> int:
        return sum(len(section.entries) for section in self.sections)


def read_page(data: bytes, subject: str, *, is_dated: bool = True) -> ListingPage:
    """Parse a page of listings; `is_dated` is false for a month's page. Raises SourceChanged if it is not such a page, or is incomplete."""
    text = data.decode("utf-8", "replace")
    day: date | None = None
    sections: list[Section] = []
    entries: list[str] = []
    heading: tuple[Listing | None, date | None, int] = None, None, 0
    cuts = list(islice(_CUTS.finditer(text), MOST_CUTS + 1))
    if len(cuts) > MOST_CUTS:
        raise SourceTooLarge(subject, f"has more than {MOST_CUTS:,} entries on one page", hint=_HINT)
    ends = [*(cut.start() for cut in cuts), len(text)][1:]
    for cut, end in zip(cuts, ends, strict=True):
        if cut[1] is None:
            entries.append(text[cut.end() : end])
            continue
        sections.append(Section(*heading, tuple(entries)))
        entries, heading = [], _heading(cut[1])
        if newest := _NEWEST.search(cut[1]):
            day = _date(newest)
    sections.append(Section(*heading, tuple(entries)))
    stated = _TOTAL.search(text)
    if not (day or any(section.day for section in sections) if is_dated else stated):
        raise SourceChanged(subject, "not a page of arXiv's listings", hint=_HINT)
    if not _END.search(text):  # a truncated page: what is lost need not show in any count
        raise SourceChanged(subject, "its page ends in the middle", hint="nothing to do: it is asked again")
    return ListingPage(day, tuple(sections), int(stated[1]) if stated else sum(section.total for section in sections))


def newest_of(pages: Sequence[ListingPage], source: str, part: str, now: datetime) -> Batch:
    """One batch from the pages of the newest listing."""
    day = pages[0].day
    if day is None:
        raise SourceChanged(f"{source} {part}", "not the page of arXiv's newest listing", hint=_HINT)
    gathering = Gathering()
    totals: dict[Listing, int] = {}
    for section in (section for page in pages for section in page.sections):
        if section.kind is not None:
            totals[section.kind] = section.total
            _gather(gathering, section.entries, section.kind, source, day, now)
    return _batch(gathering, source, part, day, totals.get(Listing.NEW, 0) + totals.get(Listing.CROSS, 0), sum(totals.values()))


def past_of(pages: Iterable[ListingPage], source: str, part: str, now: datetime) -> dict[date, Batch]:
    """One batch per day from the pages of the last announcements, without replacements, which arXiv leaves out there."""
    gatherings: dict[date, tuple[Gathering, int]] = {}
    for section in (section for page in pages for section in page.sections):
        if section.day is not None:
            gathering, _ = gatherings.setdefault(section.day, (Gathering(), section.total))
            _gather(gathering, section.entries, None, source, section.day, now)
    return {day: _batch(gathering, source, part, day, total, total) for day, (gathering, total) in gatherings.items()}


def month_of(pages: Sequence[ListingPage], source: str, part: str, month: date, now: datetime) -> Batch:
    """One batch from the pages of a month; they do not say on which day a paper was listed, so all are listed on `month`."""
    gathering = Gathering()
    for section in (section for page in pages for section in page.sections):
        _gather(gathering, section.entries, None, source, month, now)
    return _batch(gathering, source, part, month, pages[0].total, pages[0].total)


def _batch(gathering: Gathering, source: str, part: str, day: date, announced: int, expected: int) -> Batch:
    found = len(gathering.sightings) + len(gathering.dropped)
    message = f"the page says {expected} papers and {found} could be read"
    failures = (Failure(f"{source} {part}".rstrip(), message, _HINT),) if found < expected else ()
    batch = gathering.batch(source, "arxiv page", failures)
    return replace(batch, expected=expected, listed_on=day, announced=announced, is_cut=found < expected)


def _gather(gathering: Gathering, entries: Iterable[str], kind: Listing | None, source: str, day: date, now: datetime) -> None:
    for entry in entries:
        found = _ABSTRACT_PAGE.search(entry)
        named = arxiv_id(found[1]) if found else None
        title = line(text_of(_field(entry, "list-title", "</div>")).replace("Title:", "", 1), TITLE)
        version = _VERSION.search(entry)
        own = kind or (Listing.CROSS if "(cross-list from" in entry else Listing.NEW)
        if named is None or not title:
            gathering.drop(title or line(text_of(entry[:300]), 100), "it has no arXiv id" if title else "it has no title")
        elif own is Listing.REPLACE and version is None:
            gathering.drop(title, "the page does not say which version replaces it")
        else:
            paper = _paper(entry, named[0], int(version[1]) if version else 1, title)
            if own is not Listing.REPLACE:  # as in the feed: the announcement's day
                paper = replace(paper, published=datetime.combine(day, time(0), EASTERN).astimezone(UTC))
            gathering.add(Sighting(paper=harmless(paper, now), source=source, listed_on=day, kind=own))


def _paper(entry: str, identifier: str, version: int, title: str) -> Paper:
    comment = text_of(_field(entry, "list-comments", "</div>")).replace("Comments:", "", 1)
    journal = text_of(_field(entry, "list-journal-ref", "</div>")).replace("Journal-ref:", "", 1)
    abstract = line(text_of(_field(entry, "<p class='mathjax'", "</p>") or _field(entry, '<p class="mathjax"', "</p>")), ABSTRACT)
    # The page shows "this https URL" where the comment has an address.
    links = " ".join(_LINK.findall(_field(entry, "list-comments", "</div>")))
    return Paper(
        key=f"arxiv:{identifier}",
        title=title,
        abstract=abstract,
        authors=split_creators(line(text_of(_field(entry, "list-authors", "</div>")), 20_000)),
        url=f"https://arxiv.org/abs/{identifier}",
        pdf_url=f"https://arxiv.org/pdf/{identifier}",
        version=version,
        categories=tuple(dict.fromkeys(_CATEGORY.findall(text_of(_field(entry, "list-subjects", "</div>"))))),
        ids=(f"arxiv:{identifier}",),
        facts=Facts(comment=comment, journal=journal, repository=repository(comment, links, abstract)),
    )


def _field(entry: str, name: str, end: str) -> str:
    """The markup of the element marked by `name`, up to its end."""
    start = entry.find(name)
    if start < 0:
        return ""
    opened = entry.find(">", start)
    closed = entry.find(end, opened)
    return entry[opened + 1 : closed if closed >= 0 else len(entry)] if opened >= 0 else ""


def _heading(text: str) -> tuple[Listing | None, date | None, int]:
    counted = _COUNT.search(text)
    dated = _DAY.match(text.strip())
    kind = next((kind for words, kind in _KINDS if text.strip().lower().startswith(words)), None)
    return kind, _date(dated) if dated else None, int(counted[2]) if counted else 0


def _date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found[3]), MONTHS.index(found[2][:3].lower()) + 1, int(found[1]))
    except ValueError:
        return None
