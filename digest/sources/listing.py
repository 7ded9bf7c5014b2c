"""Shared by all kinds of listings: turning entries into papers or dropping them, conditional fetches, and the cursor of validators."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..errors import SourceError
from ..model import Batch, Dropped, Failure, Listing, Sighting
from ..net import Net
from ..net.sanitise import line

FEED_TYPES = (
    "application/atom+xml, application/rss+xml;q=0.9, application/xml;q=0.8, text/xml;q=0.7, application/feed+json;q=0.6, */*;q=0.1"
)
_ORDER = (Listing.NEW, Listing.CROSS, Listing.REPLACE)
TWICE = "the same paper as another entry"
Validators = tuple[str | None, str | None]  # ETag, Last-Modified


@dataclass(frozen=True, slots=True)
class Page:
    """One address of a source; `subject` is its name in failures."""

    subject: str
    url: str


@dataclass(slots=True)
class Gathering:
    """Collects the sightings of one document, each paper once, and what was dropped with its reason."""

    sightings: dict[str, Sighting] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)

    def add(self, sighting: Sighting) -> None:
        """Add a sighting; of a paper listed twice, keep the better announcement (new, cross, replace), then the higher version."""
        key = sighting.paper.key
        known = self.sightings.get(key)
        if known is not None:
            self.drop(sighting.paper.title, f"{TWICE}: {key}")
        if known is None or _rank(sighting) < _rank(known):
            self.sightings[key] = sighting

    def drop(self, entry: str, reason: str) -> None:
        """Note an entry that cannot become a paper."""
        self.dropped.append(Dropped(line(entry, 200) or "without a title", line(reason, 300)))

    def batch(self, source: str, format_: str, failures: Iterable[Failure] = ()) -> Batch:
        """Everything collected as a batch; `expected` is the number of entries there were."""
        sightings, dropped = tuple(self.sightings.values()), tuple(self.dropped)
        expected = len(sightings) + len(dropped)
        return Batch(source=source, sightings=sightings, dropped=dropped, expected=expected, format=format_, failures=tuple(failures))


def pull(source: str, pages: Iterable[Page], cursor: str, ask: Callable[[Page, Validators], Batch | None]) -> Batch:
    """Fetch every page and join the listings into one batch.

    `ask` gives a page's batch, whose cursor holds the page's validators, or None for a 304. A page that fails is a failure of the batch and
    keeps its validators. If all fail, raises the SourceError of the first.
    """
    known = read_cursor(cursor)
    kept: dict[str, Validators] = {}
    batches: list[Batch] = []
    errors: list[tuple[Page, SourceError]] = []
    unchanged = 0
    for page in pages:
        validators = known.get(page.url, (None, None))
        try:
            batch = ask(page, validators)
        except SourceError as error:
            errors.append((page, error))
            kept[page.url] = validators
            continue
        unchanged += batch is None
        kept.update({page.url: validators} if batch is None else read_cursor(batch.cursor))
        batches.extend(() if batch is None else (batch,))
    if errors and not batches and not unchanged:
        raise errors[0][1]
    failures = [Failure(page.subject, error.message, error.hint) for page, error in errors]
    joined = joined_batches(source, batches, failures)
    return replace(joined, cursor=written_cursor(kept), unchanged=not batches and not errors)


def joined_batches(source: str, batches: Iterable[Batch], failures: Iterable[Failure] = ()) -> Batch:
    """Several listings as one batch; a paper in more than one of them is sighted once, with its better announcement."""
    given = list(batches)
    best: dict[str, Sighting] = {}
    for sighting in (s for batch in given for s in batch.sightings):
        known = best.get(sighting.paper.key)
        if known is None or _rank(sighting) < _rank(known):
            best[sighting.paper.key] = sighting
    return Batch(
        source=source,
        sightings=tuple(best.values()),
        expected=sum(batch.expected or 0 for batch in given) if given else None,
        format=next((batch.format for batch in given), ""),
        dropped=tuple(d for batch in given for d in batch.dropped),
        failures=(*failures, *(f for batch in given for f in batch.failures)),
    )


def fetch_page(net: Net, page: Page, validators: Validators, accept: str, *, allow_private: bool) -> tuple[bytes, str, str] | None:
    """A page's body, its final address and its cursor; None if it has not changed. Raises SourceError."""
    etag, last_modified = validators
    answer = net.get(page.url, allow_private=allow_private, etag=etag, last_modified=last_modified, accept=accept)
    if answer.not_modified:
        return None
    return answer.body, answer.url, written_cursor({page.url: (answer.etag, answer.last_modified)})


def read_cursor(cursor: str) -> dict[str, Validators]:
    """The validators by address; an unreadable cursor (none yet, another version's) has none, so everything is fetched again."""
    try:
        stored = json.loads(cursor)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {url: (_text(v, "etag"), _text(v, "last_modified")) for url, v in stored.items() if isinstance(v, dict)}


def written_cursor(validators: Mapping[str, Validators]) -> str:
    """The cursor as stored."""
    kept = {url: {"etag": etag, "last_modified": modified} for url, (etag, modified) in validators.items() if etag or modified}
    return json.dumps(kept, sort_keys=True) if kept else ""


def _text(stored: dict[str, object], key: str) -> str | None:
    value = stored.get(key)
    return value if isinstance(value, str) and len(value) <= 1000 else None


def _rank(sighting: Sighting) -> tuple[int, int]:
    return _ORDER.index(sighting.kind), -sighting.paper.version


