"""What arXiv's servers say, in the shape in which they say it: feeds of categories, pages of listings, answers of the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from xml.sax.saxutils import escape

from digest.announcements import EASTERN
from digest.model import Listing, Paper
from year_arxiv import Entries

NAMES = "xmlns='http://www.w3.org/2005/Atom' xmlns:arxiv='http://arxiv.org/schemas/atom' xmlns:dc='http://purl.org/dc/elements/1.1/'"
HEADINGS = ((Listing.NEW, "New submissions"), (Listing.CROSS, "Cross submissions"), (Listing.REPLACE, "Replacement submissions"))


def feed(part: str, day: date, entries: Entries) -> bytes:
    """`rss.arxiv.org/atom/CATEGORY`."""
    built = datetime.combine(day, time(0), EASTERN)
    told = "".join(_announced(paper, kind, built) for paper, kind in entries)
    head = f"<id>http://rss.arxiv.org/atom/{part}</id><title>{part} updates on arXiv.org</title><updated>{built.isoformat()}</updated>"
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<feed {NAMES}>{head}{told}</feed>".encode()


def newest(day: date, entries: Entries) -> bytes:
    """`arxiv.org/list/CATEGORY/new`."""
    parts, number = [], 0
    for kind, heading in HEADINGS:
        some = [paper for paper, one in entries if one is kind]
        if some:
            items = "".join(_item(number + n, paper, kind, whole=True) for n, paper in enumerate(some, 1))
            parts.append(f"<h3>{heading} (showing {len(some)} of {len(some)} entries)</h3>\n<dl id='articles'>{items}</dl>")
            number += len(some)
    stated = f"<div class='paging'>Total of {number} entries</div>" if number else "<p>No updates today.</p>"
    return _page(f"<h3>Showing new listings for {day:%A}, {day.day} {day:%B %Y}</h3>{stated}{''.join(parts)}")


def past(days: Sequence[tuple[date, Entries]]) -> bytes:
    """`arxiv.org/list/CATEGORY/pastweek`."""
    total = sum(len(entries) for _, entries in days)
    parts = []
    for day, entries in days:
        items = "".join(_item(n, paper, kind, whole=False) for n, (paper, kind) in enumerate(entries, 1))
        shown = f" (showing {len(entries)} of {len(entries)} entries )" if entries else ""
        parts.append(f"<h3>{day:%a}, {day.day} {day:%b %Y}{shown}</h3><dl id='articles'>{items or '<p>No updates for this day.</p>'}</dl>")
    return _page(f"<h2>Authors and titles for recent submissions</h2><div class='paging'>Total of {total} entries</div>{''.join(parts)}")


def month(day: date, entries: Entries, skip: int, show: int) -> bytes:
    """`arxiv.org/list/CATEGORY/2026-03`, as many entries as are asked for."""
    items = "".join(_item(skip + n, paper, kind, whole=False) for n, (paper, kind) in enumerate(entries[skip : skip + show], 1))
    paging = f"<div class='paging'>Total of {len(entries)} entries</div>"
    return _page(f"<h2>Authors and titles for {day:%B %Y}</h2>{paging}<dl id='articles'>{items}</dl>")


def answer(papers: Iterable[Paper]) -> bytes:
    """`export.arxiv.org/api/query?id_list=…`."""
    told = "".join(_known(paper) for paper in papers)
    return f"<?xml version='1.0' encoding='UTF-8'?>\n<feed {NAMES}><title>arXiv Query</title>{told}</feed>".encode()


def _announced(paper: Paper, kind: Listing, built: datetime) -> str:
    name = f"{_name(paper)}v{paper.version}"
    terms = "".join(f"<category term='{category}'/>" for category in paper.categories)
    return (
        f"<entry><id>oai:arXiv.org:{name}</id><title>{escape(paper.title)}</title><updated>{built.isoformat()}</updated>"
        f"<link href='https://arxiv.org/abs/{_name(paper)}' rel='alternate' type='text/html'/>"
        f"<summary>arXiv:{name} Announce Type: {kind} \nAbstract: {escape(paper.abstract)}</summary>{terms}"
        f"<published>{built.isoformat()}</published><arxiv:announce_type>{kind}</arxiv:announce_type>"
        f"<dc:creator>{', '.join(author.name for author in paper.authors)}</dc:creator></entry>\n"
    )


def _item(number: int, paper: Paper, kind: Listing, *, whole: bool) -> str:
    name = _name(paper)
    said = {Listing.CROSS: f" (cross-list from {paper.categories[0]})", Listing.REPLACE: " (replaced)"}.get(kind, "")
    subjects = "; ".join(f"Subject ({category})" for category in paper.categories)
    abstract = f"<p class='mathjax'>{escape(paper.abstract)}</p>" if whole and kind is not Listing.REPLACE else ""
    people = ", ".join(f"<a href='https://arxiv.org/a'>{author.name}</a>" for author in paper.authors)
    return f"""
<dt><a name='item{number}'>[{number}]</a> <a href ="/abs/{name}" title="Abstract" id="{name}">arXiv:{name}</a>{said}
  [<a href="/pdf/{name}">pdf</a>, <a href="https://arxiv.org/html/{name}v{paper.version}">html</a>]</dt>
<dd><div class='meta'><div class='list-title mathjax'><span class='descriptor'>Title:</span> {escape(paper.title)}</div>
  <div class='list-authors'>{people}</div>
  <div class='list-comments mathjax'><span class='descriptor'>Comments:</span> {paper.facts.comment}</div>
  <div class='list-subjects'><span class='descriptor'>Subjects:</span> {subjects}</div>{abstract}</div></dd>"""


def _known(paper: Paper) -> str:
    assert paper.published is not None, "every paper came in at some time"
    terms = "".join(f"<category term='{category}'/>" for category in paper.categories)
    people = "".join(f"<author><name>{author.name}</name></author>" for author in paper.authors)
    return (
        f"<entry><id>http://arxiv.org/abs/{_name(paper)}v{paper.version}</id><title>{escape(paper.title)}</title>"
        f"<summary>{escape(paper.abstract)}</summary><published>{paper.published:%Y-%m-%dT%H:%M:%SZ}</published>{people}"
        f"<arxiv:comment>{paper.facts.comment}</arxiv:comment><arxiv:primary_category term='{paper.categories[0]}'/>{terms}</entry>\n"
    )


def _name(paper: Paper) -> str:
    return paper.key.removeprefix("arxiv:")


def _page(text: str) -> bytes:
    return f"<!DOCTYPE html>\n<html><head><title>arXiv</title></head><body>{text}</body></html>".encode()
