"""Hugging Face's Daily Papers: what its readers vote for, with code, organisation and a model-written summary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..errors import SourceChanged, SourceTooLarge
from ..model import Author, Batch, Facts, Listing, Paper, Sighting, SourceOptions
from ..naming import arxiv_id
from ..net import Net
from ..net.fields import bounded, mapping, rows, text, texts
from ..net.sanitise import harmless, iso_moment, line, number, optional, persons
from .listing import Gathering, Page, Validators, fetch_page, pull

LIST = "https://huggingface.co/api/daily_papers?limit=100"
MOST = 10_000
FORMAT = "huggingface daily papers"


@dataclass(frozen=True, slots=True)
class HuggingFace:
    """The daily list."""

    name: str
    url: str
    net: Net
    allow_private: bool = False

    def fetch(self, cursor: str, now: datetime) -> Batch:
        """The list as it stands now. Raises SourceError."""

        def ask(page: Page, validators: Validators) -> Batch | None:
            got = fetch_page(self.net, page, validators, "application/json", allow_private=self.allow_private)
            return None if got is None else replace(parse_huggingface(got[0], self.name, now), cursor=got[2])

        return pull(self.name, (Page(self.name, self.url),), cursor, ask)

    def fetch_day(self, day: date, now: datetime) -> Batch:
        """The list of a past day. Raises SourceError."""
        parts = urlsplit(self.url)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("date", "week", "month", "p")]
        url = urlunsplit(parts._replace(query=urlencode([*kept, ("date", day.isoformat())])))
        answer = self.net.get(url, allow_private=self.allow_private, accept="application/json")
        return parse_huggingface(answer.body, self.name, now)


def make(options: SourceOptions, net: Net) -> HuggingFace:
    """The source for these options; `url` replaces the whole address."""
    return HuggingFace(options.name, options.url or LIST, net, options.allow_private)


def parse_huggingface(data: bytes, source: str, now: datetime) -> Batch:
    """The papers of a daily list. `listed_on` is the day (UTC) on which a paper was listed, `published` is arXiv's date.

    Raises SourceChanged if it is not such a list, SourceTooLarge if it is longer than one can be.
    """
    gathering = Gathering()
    for item in map(mapping, _items(data, source)):
        raw = mapping(item.get("paper"))
        title = optional(raw.get("title"), 500) or optional(item.get("title"), 500)
        named = arxiv_id(text(raw.get("id")))
        if raw.get("withdrawnAt"):
            gathering.drop(title or "", "it was withdrawn")
        elif named is None or title is None:
            gathering.drop(title or text(raw.get("id")), "it has no arXiv id" if named is None else "it has no title")
        else:
            paper = harmless(_paper(item, raw, title, named, now), now)
            gathering.add(Sighting(paper=paper, source=source, listed_on=_listed_on(item, raw, now), kind=Listing.NEW))
    return gathering.batch(source, FORMAT)


def _items(data: bytes, source: str) -> list[object]:
    try:
        items = json.loads(bounded(data, source))
    except RecursionError as error:
        raise SourceTooLarge(source, "is nested too deeply", hint="no listing looks like this") from error
    except ValueError as error:  # also UnicodeDecodeError, and numbers of more digits than Python takes
        hint = "open the address in a browser; if it looks right, report a bug"
        raise SourceChanged(source, f"not JSON: it begins with {data[:40]!r}", hint=hint) from error
    if isinstance(items, dict) and "error" in items:
        raise SourceChanged(source, f"answers an error: {line(items['error'], 200)!r}", hint="correct the address")
    if not isinstance(items, list):
        raise SourceChanged(source, "not a list of papers", hint=f"the address is usually {LIST}")
    if items and not any(isinstance(item, dict) and "paper" in item for item in items):
        raise SourceChanged(source, "a list, but not of papers", hint=f"the address is usually {LIST}")
    if len(items) > MOST:
        raise SourceTooLarge(source, f"has more than {MOST:,} papers", hint="no daily list is this long")
    return items


def _paper(item: Mapping[str, object], raw: Mapping[str, object], title: str, named: tuple[str, int | None], now: datetime) -> Paper:
    identifier, version = named
    organisation = mapping(item.get("organization")) or mapping(raw.get("organization"))
    submitter = mapping(item.get("submittedBy")) or mapping(raw.get("submittedOnDailyBy"))
    return Paper(
        key=f"arxiv:{identifier}",
        title=title,
        abstract=text(raw.get("summary")) or text(item.get("summary")),
        authors=_authors(raw.get("authors")),
        url=f"https://arxiv.org/abs/{identifier}",
        pdf_url=f"https://arxiv.org/pdf/{identifier}",
        published=iso_moment(raw.get("publishedAt"), now),
        version=version or 1,
        ids=(f"arxiv:{identifier}",),
        facts=Facts(
            organisation=optional(organisation.get("fullname"), 200) or optional(organisation.get("name"), 200),
            repository=text(raw.get("githubRepo")) or None,
            stars=number(raw.get("githubStars")),
            votes=number(raw.get("upvotes")),
            comments=number(item.get("numComments")),
            submitter=optional(submitter.get("fullname"), 200) or optional(submitter.get("name"), 200),
            summary=text(raw.get("ai_summary")),
            keywords=texts(raw.get("ai_keywords")),
        ),
    )


def _authors(given: object) -> tuple[Author, ...]:
    """The authors that the site shows; the ones it hides are reported to be somebody else's namesakes."""
    return persons(author.get("name") for author in rows(given) if author.get("hidden") is not True)


def _listed_on(item: Mapping[str, object], raw: Mapping[str, object], now: datetime) -> date:
    listed = iso_moment(raw.get("submittedOnDailyAt"), now) or iso_moment(item.get("publishedAt"), now)
    return (listed or now).date()
