"""Merge what several sources say of one paper: each field's value is chosen by how well founded it is, never by which came first.

For every field the best-founded value wins, and of equally founded ones the greater, so merging in any order gives the same paper.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from ...model import Batch, Paper, Sighting
from ..encoding import authors_row, facts_of
from .fates import fate_of

Said = tuple[tuple[int, ...], Any]
"""How well founded a value is (a tuple, compared as tuples are), and the value."""
Told = dict[str, Said]
"""What sources have said of a paper, by field; fields of which nobody said anything are absent."""

TEXT = ("title", "abstract", "authors", "url", "pdf_url", "categories")
ABOUT_TEXT = ("comment", "journal")
MOVING = ("votes", "comments", "stars")
CURATED = ("organisation", "repository", "submitter", "summary", "keywords")
FACTS = (*ABOUT_TEXT, *MOVING, *CURATED)

_ARXIV, _FEED, _HUGGINGFACE = "arxiv", "feed", "huggingface"
CROSSREF, LIBRARY = "crossref", "library"
"""Crossref, asked for what libraries lack, and a reader's own library, trusted least: neither changes what a listing said."""
# arXiv has the text from the authors; Hugging Face cuts titles, but its people curate the facts they add.
# The ranks are stored in the rows of `papers`, so a new rank must not move the others.
_TEXT_RANK = {_ARXIV: 3, _FEED: 2, _HUGGINGFACE: 1, CROSSREF: 0, LIBRARY: -1}
_FACT_RANK = {_ARXIV: 2, _FEED: 1, _HUGGINGFACE: 3, CROSSREF: 0, LIBRARY: -1}
_LONG_AGO = date.min
_LONGER_THAN_ANY_DATE = 10**12  # seconds
_VAGUE = {CROSSREF: _LONGER_THAN_ANY_DATE // 2, LIBRARY: _LONGER_THAN_ANY_DATE}
"""Sources that often know only the year, and by how many seconds every other source's date is better founded."""


def kind_of(source: str, form: str, paper: Paper) -> str:
    """The kind of source that a listing's text comes from: arXiv, Hugging Face, or any other feed; known by its format, else by votes.

    What came by no listing has no format, and is known by the source's name; so a feed that somebody named "crossref" is still a feed.
    """
    if source == CROSSREF and not form:
        return CROSSREF
    for kind in (_HUGGINGFACE, _ARXIV):
        if (form or source).lower().startswith(kind):
            return kind
    return _HUGGINGFACE if paper.facts.votes is not None else _FEED


def is_voted(source: str, form: str, paper: Paper) -> bool:
    """Whether a listing is one whose papers people vote on, as Hugging Face's; the trending edition is made of such lists."""
    return paper.facts.votes is not None or kind_of(source, form, paper) == _HUGGINGFACE


def told_by(sighting: Sighting, batch: Batch) -> Told:
    """What one line of a listing says."""
    return tell(sighting.paper, kind_of(sighting.source, batch.format, sighting.paper), sighting.listed_on)


def tell(paper: Paper, kind: str, day: date = _LONG_AGO) -> Told:
    """What a source of that kind says of a paper, listed on that day."""
    # A library knows no versions, so it gives way to any of a list's.
    text = (-1 if kind == LIBRARY else paper.version, _TEXT_RANK[kind])
    curated = (_FACT_RANK[kind], paper.version)
    said: Told = {name: (text, getattr(paper, name)) for name in ("title", "abstract", "url", "pdf_url")}
    said["authors"] = (text, authors_row(paper.authors))
    said["categories"] = (text, list(paper.categories))
    if kind != LIBRARY:
        said["version"] = ((paper.version,), paper.version)
    if paper.published is not None:
        # Negative, so that the earliest date wins: later ones are of a list or a version.
        moment = -int(paper.published.timestamp())
        said["published"] = ((moment - _VAGUE.get(kind, 0),), paper.published)
    # A summary by the operator's own model has its own table, and is not said by a source.
    ours = ("summary_by", "summary") if paper.facts.summary_by else ("summary_by",)
    for name, value in asdict(paper.facts).items():
        if name in ours:
            continue
        founded = text if name in ABOUT_TEXT else (day.toordinal(), _FACT_RANK[kind]) if name in MOVING else curated
        said[name] = (founded, list(value) if isinstance(value, tuple) else value)
    return {name: (founded, value) for name, (founded, value) in said.items() if value not in (None, "", [])}


def merge(one: Told, other: Told) -> Told:
    """Both together, the better-founded value of each field.

    Once a listing names the paper, what readers' libraries said is dropped: nobody's notes may appear in another reader's letter.
    """
    merged = dict(one)
    for name, said in other.items():
        if name not in merged or _is_better_founded(said, merged[name]):
            merged[name] = said
    if "title" not in merged or _is_from_library("title", merged["title"][0]):
        return merged
    return {name: said for name, said in merged.items() if not _is_from_library(name, said[0])}


def is_from_libraries_only(provenance: Mapping[str, Any]) -> bool:
    """Whether a paper's title is known from readers' libraries alone."""
    return "title" not in provenance or _is_from_library("title", tuple(provenance["title"]))


def _is_from_library(name: str, founded: tuple[int, ...]) -> bool:
    if name == "published":
        return founded[0] < -_LONGER_THAN_ANY_DATE * 3 // 4  # beyond what Crossref says
    return name in TEXT and founded[1] == _TEXT_RANK[LIBRARY]


def row_of(told: Told) -> dict[str, Any]:
    """The columns of `papers` for what was said."""
    values = {name: value for name, (_, value) in told.items()}
    facts = {name: values[name] for name in FACTS if name in values}
    return {
        "title": values.get("title", ""),
        "abstract": values.get("abstract", ""),
        "authors": values.get("authors", []),
        "url": values.get("url"),
        "pdf_url": values.get("pdf_url"),
        "published": values.get("published"),
        "version": values.get("version", 1),
        "categories": values.get("categories", []),
        "facts": facts,
        "fate": fate_of(values.get("abstract", ""), facts_of(facts)),
        "provenance": {name: list(founded) for name, (founded, _) in told.items()},
    }


def told_in(row: Mapping[str, Any]) -> Told:
    """What sources have said, read from a row of `papers`; the inverse of `row_of`."""
    values = {**{name: row[name] for name in (*TEXT, "version", "published")}, **row["facts"]}
    return {name: (tuple(founded), values[name]) for name, founded in row["provenance"].items()}


def _is_better_founded(one: Said, other: Said) -> bool:
    if one[0] != other[0]:
        return one[0] > other[0]
    return one[1] != other[1] and _weight(one[1]) > _weight(other[1])


def _weight(value: Any) -> tuple[int, str]:
    """Orders equally founded values: the greater number, the longer text or list."""
    if isinstance(value, int):
        return value, ""
    text = value.isoformat() if isinstance(value, datetime) else json.dumps(value, sort_keys=True, ensure_ascii=False)
    return len(text), text
