"""Gather what all issues made at one time share; it is read and measured once, however many readers there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from ...catalog import Sighted, Standing
from ...model import Paper, Period, Profile, Subscription
from ...ranking import Ground, sampled_from, survey
from ..parts import PORTION, Parts, Report, Sender
from ..pulling.newest import NewestListings, newest_listings
from .exploring import DRAWN
from .profiles import taught
from .text_features import learn, usual

Due = tuple[Subscription, Period]


@dataclass(frozen=True, kw_only=True)
class Day:
    """What the issues made at one time share.

    `newest` says which listings are in.
    By cutoff: `pools` holds the keys of the papers first listed since then, `sighted` those of all papers in the lists since then.
    `library` maps the names that profiles use for papers to their keys. `republished` maps a new or archived paper to the keys under
    which the same work was listed in other years.
    `archive` is the ground of old papers, and `sightings` says in how many lists each new paper was; both are empty if nobody explores.
    """

    now: datetime
    cutoff: int
    pools: Mapping[int | None, frozenset[str]]
    sighted: Mapping[int | None, Sighted]
    library: Mapping[str, str]
    republished: Mapping[str, frozenset[str]]
    ground: Ground
    archive: Ground
    sightings: Mapping[str, int]
    answered: tuple[str, ...]
    newest: NewestListings
    sender: Sender
    has_pages: bool
    notes: tuple[str, ...]


@dataclass(slots=True)
class Asked:
    """The papers (by key) and topics that profiles name; `is_anyone` says whether there are any profiles."""

    papers: set[str] = field(default_factory=set)
    topics: dict[str, None] = field(default_factory=dict)
    is_anyone: bool = False

    def add(self, profiles: Iterable[Profile]) -> Asked:
        """Add what these profiles name, and return this object."""
        for profile in profiles:
            self.is_anyone = True
            self.papers.update(profile.liked, profile.disliked)
            self.topics.update(dict.fromkeys(profile.topics))
        return self


def gather(
    parts: Parts, due: Iterable[Due], report: Report, *, extra: Sequence[Paper] = (), places: Mapping[int, Standing] | None = None
) -> Day:
    """Read and measure at `report.now` what these subscriptions' issues need; `extra` papers are ranked too, though they are in no pool.

    `places` overrides the catalog's `Standing` of each subscription. `due` is consumed in portions, and not kept in memory.
    """
    catalog, now = parts.catalog, report.now
    cutoff = catalog.papers.cutoff()  # before any paper is read: papers that come in meanwhile are for the next issue
    cutoffs: set[int | None] = set()
    ranked_cutoffs: set[int | None] = set()
    freed: dict[str, Paper] = {}
    asked, exploring = Asked(), Asked()
    first: list[Profile] = []
    for some in _portions(due):
        standing = places or catalog.issues.standing([s.id for s, _ in some], with_seen=False)
        cutoffs.update(place.cutoff for place in standing.values())
        freed.update((paper.key, paper) for place in standing.values() for paper in place.freed)
        ranked = [subscription for subscription, _ in some if subscription.profile is not None]
        ranked_cutoffs.update(standing[subscription.id].cutoff for subscription in ranked)
        profiles = [reader.profile for reader in taught(catalog, ranked)]
        asked.add(profiles)
        exploring.add(profile for profile in profiles if profile.explore)
        first = first or profiles
    pool, pools = catalog.papers.pools(ranked_cutoffs, now, until=cutoff)
    papers = tuple((freed | {paper.key: paper for paper in (*pool, *extra)}).values())
    library, ground = stand(parts, papers, asked, report)
    ground.prepare(first)
    _, archive = stand(parts, catalog.papers.archive(now, DRAWN) if exploring.is_anyone else (), exploring, report)
    brought = {state.name for state in catalog.sources.states() if state.state != "failed"}
    return Day(
        now=now,
        cutoff=cutoff,
        pools=pools,
        sighted=catalog.papers.sighted(cutoffs, now, until=cutoff),
        library=library,
        republished=catalog.papers.republished(paper.key for paper in (*papers, *archive.papers)),
        ground=ground,
        archive=archive,
        sightings={line.paper.key: line.sightings for line in catalog.papers.listed(papers if exploring.is_anyone else ())},
        answered=tuple(source.name for source in parts.sources if source.name in brought),
        newest=newest_listings(parts, now),
        sender=parts.sender,
        has_pages=bool(parts.base_url),
        notes=parts.notes,
    )


def _portions(due: Iterable[Due]) -> Iterator[Sequence[Due]]:
    some = iter(due)
    while portion := tuple(islice(some, PORTION)):
        yield portion


def stand(parts: Parts, papers: Sequence[Paper], asked: Asked, report: Report) -> tuple[Mapping[str, str], Ground]:
    """The keys of the papers that profiles name, by those names, and the ground on which `papers` are ranked for them at `report.now`."""
    background = usual(parts.catalog, report.now) if asked.is_anyone else ()
    library = parts.catalog.papers.find(asked.papers)
    known = learn(parts, (*papers, *sampled_from(papers, background), *library.values()), asked.topics, report, background=background)
    ground = survey(papers, library=library, background=background, now=report.now, known=known)
    return {name: paper.key for name, paper in library.items()}, ground
