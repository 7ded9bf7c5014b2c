"""Store papers as sources describe them: find those that are known, merge those that prove to be one work, write the rest."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, or_, select, update

from ...model import Paper
from ..doors import chunks, insert_new
from ..people.opposites import settle_merged
from ..schema import feedback, marks, paper_keys, paper_titles, papers, picks, seen, sightings
from ..schema.made import summaries
from .identity import arxiv_name, disagree, fingerprint, names_of, rank_of_name
from .merging import Told, is_from_libraries_only, merge, row_of, told_in

CHANGES = "papers"
"""The mark that counts how often what is known of papers has changed."""
_IDENTIFYING = 100
"""Characters from which an abstract identifies a work; a shorter one may be a series' standard text."""


@dataclass(eq=False, slots=True)
class _Work:
    """A paper while it is being recorded; `id` is 0 until it is stored."""

    id: int
    names: set[str]
    prints: set[str]
    told: Told
    order: int
    changed: bool = False
    absorbed: list[int] = field(default_factory=list)


class Recording:
    """One transaction's worth of papers: `take` each, then `store` them all."""

    def __init__(self, connection: Connection, coming: Sequence[Paper]) -> None:
        self._connection = connection
        self._count = itertools.count()
        self._by_name: dict[str, _Work] = {}
        self._by_print: dict[str, list[_Work]] = {}
        self._works: list[_Work] = []
        self._taken: list[_Work] = []
        self._load({name for paper in coming for name in names_of(paper)}, {fingerprint(paper) for paper in coming} - {None})

    def take(self, paper: Paper, told: Told) -> None:
        """Take in what a source says of a paper, merging it with all works that prove to be the same."""
        names, title = names_of(paper), fingerprint(paper)
        same = self._same_by_title(names, title, told, self._same_by_name(names))
        work = self._joined(same) if same else self._new()
        known = {name for name in names if self._by_name.get(name, work) is work}
        work.changed = work.changed or not known <= work.names or (title is not None and title not in work.prints)
        work.names |= known
        self._by_name.update(dict.fromkeys(known, work))
        if title is not None and title not in work.prints:
            work.prints.add(title)
            self._by_print.setdefault(title, []).append(work)
        merged = merge(work.told, told)
        work.changed = work.changed or merged != work.told
        work.told = merged
        self._taken.append(work)

    def store(self, now: datetime) -> tuple[list[int], int]:
        """Write everything; returns the id of each paper in the order they were taken, and how many papers are new."""
        new = [work for work in self._works if not work.id]
        stored = [work for work in self._works if work.id]
        rows = [{**self._row(work), "first_seen": now} for work in new]
        if rows:
            made = self._connection.execute(papers.insert().returning(papers.c.id, sort_by_parameter_order=True), rows)
            for work, id_ in zip(new, made.scalars(), strict=True):
                work.id = id_
        for work in self._works:
            for absorbed in work.absorbed:
                _redirect(self._connection, absorbed, work.id)
        self._update([work for work in stored if work.changed])
        touched = [work for work in self._works if work.changed]
        if touched:
            self._connection.execute(update(marks).where(marks.c.name == CHANGES).values(value=marks.c.value + 1))
        insert_new(self._connection, paper_keys, [{"key": name, "paper": w.id} for w in touched for name in sorted(w.names)])
        insert_new(self._connection, paper_titles, [{"fingerprint": p, "paper": w.id} for w in touched for p in sorted(w.prints)])
        return [work.id for work in self._taken], len(new)

    def _load(self, names: set[str], prints: set[str | None]) -> None:
        """Load every stored paper that has one of these names or fingerprints, with all names and fingerprints of its own."""
        ids: set[int] = set()
        for some in chunks(sorted(names)):
            ids |= set(self._connection.scalars(select(paper_keys.c.paper).where(paper_keys.c.key.in_(some))))
        for some_prints in chunks(sorted(p for p in prints if p)):
            ids |= set(self._connection.scalars(select(paper_titles.c.paper).where(paper_titles.c.fingerprint.in_(some_prints))))
        for some_ids in chunks(sorted(ids)):
            works: dict[int, _Work] = {}
            for row in self._connection.execute(select(papers).where(papers.c.id.in_(some_ids)).order_by(papers.c.id)).mappings():
                works[row["id"]] = _Work(row["id"], set(), set(), told_in(dict(row)), next(self._count))
            keys = select(paper_keys.c.key, paper_keys.c.paper).where(paper_keys.c.paper.in_(some_ids))
            for key, paper in self._connection.execute(keys):
                works[paper].names.add(key)
                self._by_name[key] = works[paper]
            titles = select(paper_titles.c.fingerprint, paper_titles.c.paper).where(paper_titles.c.paper.in_(some_ids))
            for title, paper in self._connection.execute(titles):
                works[paper].prints.add(title)
                self._by_print.setdefault(title, []).append(works[paper])
            self._works.extend(works.values())

    def _same_by_name(self, names: Sequence[str]) -> list[_Work]:
        """The works that have one of these names, oldest first.

        Never two with different arXiv ids: many papers' records name the DOI of a whole volume.
        """
        found = sorted({self._by_name[name] for name in names if name in self._by_name}, key=lambda work: work.order)
        wanted = arxiv_name(names)
        same: list[_Work] = []
        for work in found:
            own = arxiv_name(work.names)
            if own is None or wanted is None or own == wanted:
                same.append(work)
                wanted = wanted or own
        return same

    def _same_by_title(self, names: Sequence[str], title: str | None, told: Told, same: list[_Work]) -> list[_Work]:
        """The works in `same`, and the others with this fingerprint unless any names disagree: theirs with these, or among themselves."""
        others = [work for work in (self._by_print.get(title, ()) if title else ()) if work not in same]
        ours = {*names, *(name for work in same for name in work.names)}, _abstract(told)
        sets = [ours, *((work.names, _abstract(work.told)) for work in others)]
        if any(_disagree(one, other) for index, one in enumerate(sets) for other in sets[index + 1 :]):
            return same
        return sorted([*same, *others], key=lambda work: work.order)

    def _new(self) -> _Work:
        work = _Work(0, set(), set(), {}, next(self._count), changed=True)
        self._works.append(work)
        return work

    def _joined(self, same: Sequence[_Work]) -> _Work:
        """Merge these works into the oldest of them, and return it."""
        kept, *others = same
        for other in others:
            kept.told = merge(kept.told, other.told)
            kept.names |= other.names
            kept.absorbed.extend([*([other.id] if other.id else []), *other.absorbed])
            kept.changed = True
            self._by_name.update(dict.fromkeys(other.names, kept))
            for title in other.prints:
                self._by_print[title] = [w for w in self._by_print[title] if w is not other and w is not kept] + [kept]
            kept.prints |= other.prints
            self._works.remove(other)
            self._taken = [kept if work is other else work for work in self._taken]
        return kept

    def _update(self, works: Sequence[_Work]) -> None:
        if not works:
            return
        rows = [{"which": work.id, **{f"new_{name}": value for name, value in self._row(work).items()}} for work in works]
        columns = {name: bindparam(f"new_{name}", type_=papers.c[name].type) for name in self._row(works[0])}
        self._connection.execute(update(papers).where(papers.c.id == bindparam("which")).values(columns), rows)

    def _row(self, work: _Work) -> dict[str, Any]:
        return {**row_of(work.told), "key": min(work.names, key=rank_of_name)}


def _abstract(told: Told) -> str:
    return told["abstract"][1] if "abstract" in told else ""


def _disagree(one: tuple[set[str], str], other: tuple[set[str], str]) -> bool:
    """Whether two pairs of names and abstract are of different works; a site with the same abstract at another address has moved."""
    (ours, text), (theirs, their_text) = one, other
    return disagree(ours, theirs, by_pages=text != their_text or len(text) < _IDENTIFYING)


def _redirect(connection: Connection, absorbed: int, kept: int) -> None:
    """Merge a stored paper into another: all rows that refer to it refer to the other from now on."""
    for table in (paper_keys, picks, feedback):
        connection.execute(update(table).where(table.c.paper == absorbed).values(paper=kept))
    twin = paper_titles.alias()
    same_title = exists().where(twin.c.paper == kept, twin.c.fingerprint == paper_titles.c.fingerprint)
    connection.execute(delete(paper_titles).where(paper_titles.c.paper == absorbed, same_title))
    connection.execute(update(paper_titles).where(paper_titles.c.paper == absorbed).values(paper=kept))
    settle_merged(connection, kept)
    _redirect_sightings(connection, absorbed, kept)
    _redirect_seen(connection, absorbed, kept)
    _redirect_summaries(connection, absorbed, kept)
    pair = papers.c.id.in_((absorbed, kept))
    first = connection.execute(select(func.min(papers.c.listed_seq), func.min(papers.c.listed_at)).where(pair)).one()
    connection.execute(update(papers).where(papers.c.id == kept).values(listed_seq=first[0], listed_at=first[1]))
    became = or_(papers.c.id == absorbed, papers.c.merged_into == absorbed)
    connection.execute(update(papers).where(became).values(merged_into=kept, listed_seq=None, listed_at=None))
    if is_from_libraries_only(connection.execute(select(papers.c.provenance).where(papers.c.id == absorbed)).scalar_one()):
        # What a reader's library says must be erased with the reader, and erasing would not find this row.
        connection.execute(delete(papers).where(papers.c.id == absorbed))


def _redirect_sightings(connection: Connection, absorbed: int, kept: int) -> None:
    twin = sightings.alias()
    same = exists().where(
        twin.c.paper == kept,
        twin.c.source == sightings.c.source,
        twin.c.listed_on == sightings.c.listed_on,
        twin.c.kind == sightings.c.kind,
    )
    connection.execute(delete(sightings).where(sightings.c.paper == absorbed, same))
    connection.execute(update(sightings).where(sightings.c.paper == absorbed).values(paper=kept))


def _redirect_seen(connection: Connection, absorbed: int, kept: int) -> None:
    """A reader who was shown both keeps the row of the earlier issue."""
    twin = seen.alias()
    both = (twin.c.subscriber == seen.c.subscriber, twin.c.section == seen.c.section)
    earlier = exists().where(*both, twin.c.paper == kept, twin.c.issue <= seen.c.issue)
    connection.execute(delete(seen).where(seen.c.paper == absorbed, earlier))
    later = exists().where(*both, twin.c.paper == absorbed)
    connection.execute(delete(seen).where(seen.c.paper == kept, later))
    connection.execute(update(seen).where(seen.c.paper == absorbed).values(paper=kept))


def _redirect_summaries(connection: Connection, absorbed: int, kept: int) -> None:
    twin = summaries.alias()
    same = exists().where(twin.c.paper == kept, twin.c.origin == summaries.c.origin, twin.c.of == summaries.c.of)
    connection.execute(delete(summaries).where(summaries.c.paper == absorbed, same))
    connection.execute(update(summaries).where(summaries.c.paper == absorbed).values(paper=kept))
