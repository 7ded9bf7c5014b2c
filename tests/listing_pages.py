"""arXiv's pages of listings, made up in the shape of arXiv/arxiv-browse's templates (`browse/templates/list/`, November 2026)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date


def an_item(
    number: int,
    title: str = "On Foxes",
    *,
    kind: str = "",
    subjects: str = "Machine Learning (cs.LG); Machine Learning (stat.ML)",
    abstract: str = "",
    comments: str = "",
    journal: str = "",
    version: int = 0,
) -> str:
    """One paper of a listing; `kind` is "", "(cross-list from cs.AI)" or "(replaced)"."""
    identifier = f"2611.{number:05}"
    html = f', <a href="https://arxiv.org/html/{identifier}v{version}" title="View HTML">html</a>' if version else ""
    told = f"<div class='list-comments mathjax'><span class='descriptor'>Comments:</span> {comments}</div>" if comments else ""
    told += f"<div class='list-journal-ref'><span class='descriptor'>Journal-ref:</span> {journal}</div>" if journal else ""
    text = f"<p class='mathjax'>{abstract}</p>" if abstract else ""
    return f"""
<dt><a name='item{number}'>[{number}]</a>
  <a href ="/abs/{identifier}" title="Abstract" id="{identifier}"> arXiv:{identifier} </a> {kind}
  [<a href="/pdf/{identifier}" title="Download PDF">pdf</a>{html}, <a href="/format/{identifier}">other</a>]</dt>
<dd><div class='meta'>
  <div class='list-title mathjax'><span class='descriptor'>Title:</span> {title} </div>
  <div class='list-authors'><a href="https://arxiv.org/search/cs?query=Silva,+A">Ana Silva</a>,
    <a href="https://arxiv.org/x">Bo Li</a></div>
  {told}
  <div class='list-subjects'><span class='descriptor'>Subjects:</span> <span class="primary-subject">{subjects}</span></div>
  {text}
</div></dd>"""


def newest_page(day: date, *sections: tuple[str, Sequence[str]], total: int | None = None, of: Sequence[int] | None = None) -> bytes:
    """`/list/CATEGORY/new` of that day: sections by their heading ("New submissions"); `of` says how many each states to have."""
    counts = of or [len(items) for _, items in sections]
    parts = "".join(
        f"<dl id='articles'><h3>{heading} (showing {len(items)} of {count} entries)</h3>{''.join(items)}</dl>"
        for (heading, items), count in zip(sections, counts, strict=True)
    )
    stated = f"<div class='paging'>Total of {sum(counts) if total is None else total} entries</div>" if counts else ""
    none = "" if sections else "<p>No updates today.</p>"
    shown = f"{day:%A}, {day.day} {day:%B %Y}"
    return f"<html><body><h3>Showing new listings for {shown}</h3>{stated}{parts}{none}</body></html>".encode()


def past_page(*days: tuple[date, Sequence[str]], total: int | None = None) -> bytes:
    """`/list/CATEGORY/pastweek` with those days, the newest first."""
    count = sum(len(items) for _, items in days) if total is None else total
    parts = "".join(
        f"<dl id='articles'><h3>{day:%a}, {day.day} {day:%b %Y}"
        + (f" (showing {len(items)} of {len(items)} entries )</h3>{''.join(items)}" if items else "</h3><p>No updates.</p>")
        + "</dl>"
        for day, items in days
    )
    return f"<html><body><h2>Authors and titles for recent submissions</h2>Total of {count} entries {parts}</body></html>".encode()


def month_page(items: Sequence[str], total: int) -> bytes:
    """`/list/CATEGORY/2026-11`."""
    text = f"<h2>Authors and titles for November 2026</h2>Total of {total} entries <dl>{''.join(items)}</dl>"
    return f"<html><body>{text}</body></html>".encode()
