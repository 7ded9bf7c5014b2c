"""The papers: recorded from listings, found by any of their names, and handed out as candidates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, and_, exists, func, or_, select

from ...model import Batch, LedgerLine, Listing, Paper
from ...naming import parse_name
from ...taxonomy import is_within
from ..doors import Doors, chunks, put
from ..encoding import authors_of, edition_of, facts_of
from ..schema import issues, paper_keys, papers, picks, sightings, sources, subscriptions
from .archive import draw_ids
from .identity import rank_of_name
from .ledger import write
from .merging import kind_of, tell, told_by
from .recording import Recording
from .republished import other_years
from .sighted import CANDIDATE, FIRST_ISSUE, LISTED_KINDS, Sighted, sighted
from .sighting import sight
from .wording import has_any

BACKGROUND = timedelta(days=30)
_VOTES_MISSING_FOR = timedelta(days=14)
_CANDIDATE = papers.c.listed_seq.is_not(None)
_NEWEST = 2**63 - 1
_PLACES = select(papers.c.id, papers.c.key, papers.c.listed_seq, papers.c.listed_at)


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper as editions order them: its votes (0 where nobody votes) and in how many lists it was seen."""

    paper: Paper
    votes: int
    sightings: int


class Papers:
    """Every paper the catalog knows, whatever the number of sources and versions it was seen in."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def record(self, batch: Batch, now: datetime, lines: Sequence[LedgerLine] = ()) -> int:
        """Store what one fetch brought, with the source's cursor, state and ledger lines, in one transaction; returns how many are new.

        The same batch again changes nothing but the state. What is known of a paper does not depend on the order of batches.
        """
        with self._doors.writing() as connection:
            recording = Recording(connection, [sighting.paper for sighting in batch.sightings])
            for sighting in batch.sightings:
                recording.take(sighting.paper, told_by(sighting, batch))
            ids, new = recording.store(now)
            sight(connection, batch, ids, now)
            message = "; ".join(f"{failure.subject}: {failure.message}" for failure in batch.failures)
            state = "unchanged" if batch.unchanged else "fresh"
            row = {"cursor": batch.cursor, "state": state, "fetched_at": now, "new": new, "message": message}
            put(connection, sources, {"name": batch.source, **row})
            write(connection, lines)
        return new

    def add(self, coming: Iterable[Paper], now: datetime, *, source: str = "arxiv") -> None:
        """Store papers that no listing had (liked ones), or more facts about stored ones; this makes no paper a candidate."""
        known = list(coming)
        with self._doors.writing() as connection:
            recording = Recording(connection, known)
            for paper in known:
                recording.take(paper, tell(paper, kind_of(source, "", paper)))
            recording.store(now)

    def find(self, names: Iterable[str]) -> dict[str, Paper]:
        """The papers of these names (any of a paper's names, as `parse_name` reads it), by the name given; unknown ones are absent."""
        with self._doors.reading() as connection:
            ids = paper_ids(connection, names)
            found = load_papers(connection, ids.values())
        return {name: found[id_] for name, id_ in ids.items()}

    def named(self, text: str) -> Paper | None:
        """The paper with this name, or with this address in letters; None if there is none."""
        found = self.find([text]).get(text)
        if found is not None or "://" not in text:
            return found
        with self._doors.reading() as connection:
            at = select(papers.c.key).where(papers.c.url == text.strip()).order_by(papers.c.merged_into.is_not(None), papers.c.id)
            key = connection.scalar(at.limit(1))
        return self.find([key]).get(key) if key else None

    def keys(self, names: Iterable[str]) -> dict[str, str]:
        """The keys of the papers of these names, by the name given; unknown ones are absent."""
        with self._doors.reading() as connection:
            ids = paper_ids(connection, names)
            keys = keys_of(connection, ids.values())
        return {name: keys[id_] for name, id_ in ids.items() if id_ in keys}

    def unknown(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these names that no paper has, sorted."""
        wanted = set(names)
        with self._doors.reading() as connection:
            return tuple(sorted(wanted - paper_ids(connection, wanted).keys()))

    def pools(
        self, cutoffs: Iterable[int | None], now: datetime, *, until: int = _NEWEST
    ) -> tuple[tuple[Paper, ...], Mapping[int | None, frozenset[str]]]:
        """The papers of all these cutoffs' pools, each once, and the keys of each pool.

        A pool is the papers first listed after its cutoff, in the last thirty days; without a cutoff, in the last seven. Papers sighted
        after `until` are for the next issue.
        """
        wanted = set(cutoffs)
        numbers = [cutoff for cutoff in wanted if cutoff is not None]
        widest = [min(numbers)] if numbers else []
        lines: dict[int, Row[int, str, int, datetime]] = {}
        with self._doors.reading() as connection:
            for cutoff in [*widest, *({None} & wanted)]:  # two queries, each with an index; one for both would read all papers
                found = connection.execute(_PLACES.where(_since(cutoff, now)))
                lines.update((line.id, line) for line in found if line.listed_seq <= until)
            pool = load_papers(connection, sorted(lines, key=lambda id_: lines[id_].listed_seq))
        first = now - FIRST_ISSUE
        keys: dict[int | None, frozenset[str]] = {
            cutoff: frozenset(key for _, key, place, at in lines.values() if (at >= first if cutoff is None else place > cutoff))
            for cutoff in wanted
        }
        return tuple(pool.values()), keys

    def republished(self, keys: Iterable[str]) -> dict[str, frozenset[str]]:
        """For each of these papers, the keys under which the same work was listed in other years; absent if there are none."""
        with self._doors.reading() as connection:
            return other_years(connection, keys)

    def sighted(self, cutoffs: Iterable[int | None], now: datetime, *, until: int = _NEWEST) -> dict[int | None, Sighted]:
        """What was listed after each of these cutoffs up to `until`, in the last thirty days; without a cutoff, in the last seven."""
        with self._doors.reading() as connection:
            return sighted(connection, cutoffs, now, until)

    def listed_within(self, start: datetime, end: datetime) -> tuple[Paper, ...]:
        """The papers first listed after `start` and up to `end`, in the order they were listed."""
        with self._doors.reading() as connection:
            which = (_CANDIDATE & (papers.c.listed_at > start) & (papers.c.listed_at <= end)).self_group()
            return tuple(_load(connection, which, papers.c.listed_seq).values())

    def first_listed(self, names: Iterable[str]) -> dict[str, tuple[str, datetime | None]]:
        """The key of each paper, and when it was first listed (None: never), by the name given; unknown names are absent."""
        found: dict[int, tuple[str, datetime | None]] = {}
        with self._doors.reading() as connection:
            ids = paper_ids(connection, names)
            for some in chunks(sorted(set(ids.values()))):
                rows = connection.execute(select(papers.c.id, papers.c.key, papers.c.listed_at).where(papers.c.id.in_(some)))
                found.update((row.id, (row.key, row.listed_at)) for row in rows)
        return {name: found[id_] for name, id_ in ids.items()}

    def cutoff(self) -> int:
        """The id of the newest sighting; papers sighted after it are for the next issue."""
        with self._doors.reading() as connection:
            return connection.scalar(select(func.max(sightings.c.id))) or 0

    def listing(self, edition: str, cutoff: int | None, now: datetime, *, until: int = _NEWEST) -> tuple[Listed, ...]:
        """The papers an edition chooses from: "trending", or the name of a category or of an archive of them ("astro-ph").

        Trending: the papers in lists with votes since the cutoff (at most a month ago; without one, on such a list's newest day); if no
        such list came for two weeks, those first listed since. A category: its papers first announced since the cutoff (without one, in
        seven days) in lists without votes, and those cross-listed since then whose first category is another, unless it showed them before
        (no sighting says into which category). Papers sighted after `until` are for the next issue.
        """
        is_in = sightings.c.id + 0 <= until  # a sum, so that SQLite uses the index of times, and does not scan all ids below
        with self._doors.reading() as connection:
            if edition != "trending":
                first, crossed = _announced(connection, cutoff, now, is_in)
                crossed -= _shown(connection, crossed - first, edition, cutoff)
                known = load_papers(connection, sorted(first | crossed)).items()
                found = [(id_, paper) for id_, paper in known if any(is_within(category, edition) for category in paper.categories)]
                chosen = [paper for id_, paper in found if id_ in first or not is_within(paper.categories[0], edition)]
                return _with_sightings(connection, chosen)
            ids = _voted(connection, cutoff, now, is_in)
            if ids is not None:
                return _with_sightings(connection, load_papers(connection, ids).values())
            # By first listing and not by sighting: a source under a new name lists everything again.
            since = _since(cutoff, now) & (papers.c.listed_seq + 0 <= until)
            return _with_sightings(connection, _load(connection, since, papers.c.listed_seq).values())

    def has_votes(self, now: datetime) -> bool:
        """Whether a list with votes came in the two weeks before `now`, so that the trending edition is made of such lists."""
        with self._doors.reading() as connection:
            return connection.scalar(select(sightings.c.id).where(_voted_lately(now)).limit(1)) is not None

    def listed(self, some: Sequence[Paper]) -> tuple[Listed, ...]:
        """These papers with their votes and sightings, in the order given."""
        with self._doors.reading() as connection:
            return _with_sightings(connection, some)

    def background(self, now: datetime, limit: int = 4000) -> tuple[Paper, ...]:
        """The papers listed in the thirty days before `now`, newest first."""
        with self._doors.reading() as connection:
            recent = (_CANDIDATE, papers.c.listed_at >= now - BACKGROUND, papers.c.listed_at <= now)
            # Only ids at first, so that a month's papers are not sorted together with their abstracts.
            newest = select(papers.c.id).where(*recent).order_by(papers.c.listed_seq.desc()).limit(limit)
            return tuple(load_papers(connection, connection.scalars(newest)).values())

    def archive(self, now: datetime, limit: int) -> tuple[Paper, ...]:
        """Up to `limit` papers that a source listed and that are no longer candidates, of the last five years; a different draw each day.

        Papers known only from readers' libraries or likes are not among them: those are private.
        """
        with self._doors.reading() as connection:
            return tuple(load_papers(connection, draw_ids(connection, now, limit)).values())

    def without_abstract(self, since: datetime) -> tuple[str, ...]:
        """The keys of arXiv's papers first listed since then that have no abstract yet."""
        which = (papers.c.listed_at >= since, papers.c.abstract == "", papers.c.key.startswith("arxiv:"))
        with self._doors.reading() as connection:
            return tuple(connection.scalars(select(papers.c.key).where(*which).order_by(papers.c.listed_at, papers.c.listed_seq)))

    def search_pool(self, limit: int, words: Sequence[str] = ()) -> tuple[Paper, ...]:
        """The papers that may have any of these words (without words: all), last published first and those without a date last."""
        with self._doors.reading() as connection:
            # The index by date has this order, so reading ends once there are enough.
            order = (papers.c.published.desc().nulls_last(), papers.c.id.desc())
            has = has_any(words)
            # Not "is null": SQLite would use the index of `merged_into`, where nearly all papers have the same value, and sort them all.
            is_its_own = func.coalesce(papers.c.merged_into, 0) == 0
            return tuple(_load(connection, and_(is_its_own, or_(*has)) if has else is_its_own, *order, limit=limit).values())


def load_papers(connection: Connection, ids: Iterable[int]) -> dict[int, Paper]:
    """The papers with these ids, by id, in the order of the ids given."""
    wanted = list(dict.fromkeys(ids))
    found: dict[int, Paper] = {}
    for some in chunks(wanted):
        found.update(_load(connection, papers.c.id.in_(some), papers.c.id))
    return {id_: found[id_] for id_ in wanted if id_ in found}


def keys_of(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """The keys of the papers with these ids."""
    keys: dict[int, str] = {}
    for some in chunks(sorted(set(ids))):
        keys.update(connection.execute(select(papers.c.id, papers.c.key).where(papers.c.id.in_(some))).all())
    return keys


def paper_ids(connection: Connection, names: Iterable[str]) -> dict[str, int]:
    """The ids of the papers that go by these names, by the name given; unknown ones are absent."""
    spelt = {name: parse_name(name) or name for name in names}
    keys: dict[str, int] = {}
    for some in chunks(sorted(set(spelt.values()))):
        rows = connection.execute(select(paper_keys.c.key, paper_keys.c.paper).where(paper_keys.c.key.in_(some)))
        keys.update(rows.all())
    return {name: keys[key] for name, key in spelt.items() if key in keys}


def _load(connection: Connection, which: ColumnElement[bool], *order: ColumnElement[Any], limit: int | None = None) -> dict[int, Paper]:
    columns = (c for c in papers.c if c.name not in ("provenance", "first_seen", "listed_seq", "listed_at", "merged_into", "fate"))
    rows = connection.execute(select(*columns).where(which).order_by(*order).limit(limit)).mappings().all()
    names: dict[int, list[str]] = {}
    for some in chunks(row["id"] for row in rows):  # by id: evaluating the condition again may mean reading every paper again
        for key, paper in connection.execute(select(paper_keys.c.key, paper_keys.c.paper).where(paper_keys.c.paper.in_(some))):
            names.setdefault(paper, []).append(key)
    return {row["id"]: _paper(row, names[row["id"]]) for row in rows}


def _paper(row: RowMapping, names: Iterable[str]) -> Paper:
    return Paper(
        key=row["key"],
        title=row["title"],
        abstract=row["abstract"],
        authors=authors_of(row["authors"]),
        url=row["url"],
        pdf_url=row["pdf_url"],
        published=row["published"],
        version=row["version"],
        categories=tuple(row["categories"]),
        ids=tuple(sorted(names, key=rank_of_name)),
        facts=facts_of(row["facts"]),
    )


def _since(cutoff: int | None, now: datetime) -> ColumnElement[bool]:
    if cutoff is None:
        return (_CANDIDATE & (papers.c.listed_at >= now - FIRST_ISSUE)).self_group()
    return ((papers.c.listed_seq > cutoff) & (papers.c.listed_at >= now - CANDIDATE)).self_group()


def _after(cutoff: int, now: datetime) -> ColumnElement[bool]:
    """The sightings after the cutoff that are recent enough for an edition."""
    return (sightings.c.recorded_at >= now - CANDIDATE) & (sightings.c.id > cutoff)


def _announced(connection: Connection, cutoff: int | None, now: datetime, is_in: ColumnElement[bool]) -> tuple[set[int], set[int]]:
    """The papers that lists without votes first had since the cutoff (at most a month ago), and those cross-listed since then.

    A paper cross-listed on the day it was announced does not count: it had all its categories then, even if one of their listings was late.
    """
    listed = sightings.c.voted.is_(False) & sightings.c.kind.in_(LISTED_KINDS)
    oldest = now - (FIRST_ISSUE if cutoff is None else CANDIDATE)
    # Without a cutoff there is no condition on ids: SQLite would read all ids above 0.
    since = sightings.c.recorded_at >= oldest if cutoff is None else _after(cutoff, now)
    # A paper announced before the catalog's first day is no candidate, whatever lists have named it since.
    recent = select(sightings.c.paper).join(papers).where(listed, since, is_in, _CANDIDATE)
    first = select(sightings.c.paper).where(listed, sightings.c.paper.in_(recent)).group_by(sightings.c.paper)
    first = first.having(func.min(sightings.c.id) > (cutoff or 0), func.min(sightings.c.recorded_at) >= oldest)
    before = sightings.alias()
    earlier = (before.c.paper == sightings.c.paper) & before.c.voted.is_(False) & before.c.kind.in_(LISTED_KINDS)
    is_later = exists().where(earlier, before.c.listed_on < sightings.c.listed_on)
    crossed = recent.where(sightings.c.kind == Listing.CROSS, is_later)
    return set(connection.scalars(first)), set(connection.scalars(crossed))


def _shown(connection: Connection, ids: Iterable[int], edition: str, cutoff: int | None) -> set[int]:
    """Which of these papers the edition's issues up to that cutoff showed."""
    issued = select(picks.c.paper, subscriptions.c.edition).join_from(picks, issues, issues.c.id == picks.c.issue)
    issued = issued.join(subscriptions, subscriptions.c.id == issues.c.subscription)
    found: set[int] = set()
    for some in chunks(sorted(ids)):
        for paper, row in connection.execute(issued.where(picks.c.paper.in_(some), issues.c.cutoff <= (cutoff or 0))):
            named = edition_of(row)
            if named is not None and named.name == edition:
                found.add(paper)
    return found


def _voted(connection: Connection, cutoff: int | None, now: datetime, is_in: ColumnElement[bool]) -> list[int] | None:
    """The papers in lists with votes since the cutoff, or without one on the newest day of such a list; None if no such list comes."""
    lately = is_in & _voted_lately(now)
    newest = connection.scalar(select(func.max(sightings.c.listed_on)).where(lately))
    if newest is None:
        return None
    since = lately & (sightings.c.listed_on == newest) if cutoff is None else sightings.c.voted.is_(True) & _after(cutoff, now)
    chosen = select(sightings.c.id, sightings.c.paper).where(since, is_in, sightings.c.kind.in_(LISTED_KINDS))
    # Sorted here: if SQLite had to sort, it would rather scan all sightings by an index of papers or ids.
    return list(dict.fromkeys(paper for _, paper in sorted(map(tuple, connection.execute(chosen)))))


def _voted_lately(now: datetime) -> ColumnElement[bool]:
    return sightings.c.voted.is_(True) & (sightings.c.recorded_at >= now - _VOTES_MISSING_FOR)


def _with_sightings(connection: Connection, some: Iterable[Paper]) -> tuple[Listed, ...]:
    shown = list(some)
    counts: dict[str, int] = {}
    ids = paper_ids(connection, [paper.key for paper in shown])
    for few in chunks(sorted(set(ids.values()))):
        count = select(papers.c.key, func.count()).join_from(sightings, papers, sightings.c.paper == papers.c.id)
        count = count.where(papers.c.id.in_(few), sightings.c.kind.in_(LISTED_KINDS)).group_by(papers.c.id)
        counts.update(connection.execute(count).all())
    return tuple(Listed(paper, paper.facts.votes or 0, counts.get(paper.key, 0)) for paper in shown)
