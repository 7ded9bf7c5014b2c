"""Questions answered with the run's own ranking: what is near a topic, and why a reader gets a paper or not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..errors import NotFound
from ..model import Interest, Paper, Pick, Profile, Reason, Section, Subscription
from ..ranking import order, pick
from ..ranking.text import query
from .parts import Parts

SEARCHED = 2_000
"""Papers with a word of the question that a search ranks, newest first."""
USUAL = 1_000
"""Papers of the last month against which a search measures what is usual."""


@dataclass(frozen=True, slots=True)
class Found:
    """A paper near what was searched for; the score is on the scale of the issues."""

    paper: Paper
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a reader gets a paper or not: one sentence, and the points that make its score."""

    paper: Paper
    verdict: str
    score: float | None = None
    reasons: tuple[Reason, ...] = ()


def search(parts: Parts, text: str, now: datetime, limit: int = 20) -> tuple[Found, ...]:
    """The catalog's papers nearest to a topic, over all dates: ranked as for a profile of that one topic."""
    papers = parts.catalog.papers.search_pool(SEARCHED, query(text))
    profile = Profile(interests=(Interest(topics=(text,)),), limit=limit, weights=(("recency", 0.0), ("popularity", 0.0)))
    if not papers:
        return ()
    background = parts.catalog.papers.background(now, USUAL)
    ranking = order([profile], papers, library={}, background=background or papers, now=now)
    return tuple(Found(chosen.paper, chosen.score) for chosen in pick(ranking, 0) if chosen.score > 0)


def explain(parts: Parts, subscription: Subscription, name: str, now: datetime) -> Explanation:
    """Why this reader would get the paper of that name in the next issue, or why not.

    Raises NotFound for a paper the catalog has never seen.
    """
    paper = parts.catalog.papers.find([name]).get(name)
    if paper is None:
        raise NotFound(name, "not seen yet: no source has listed it", hint="`digest status` shows what the sources brought")
    sent = parts.catalog.issues.of_paper(subscription.subscriber.id, paper.key)
    if subscription.profile is None:
        return Explanation(paper, "an edition is the same for all its readers: nothing is ranked for this one")
    if subscription.profile.is_thin and sent is None:
        return Explanation(paper, "nothing is ranked for this reader: the profile has no topic, keyword, author or liked paper")
    library = parts.catalog.papers.find({key for i in subscription.profile.interests for key in (*i.liked, *i.disliked)})
    standing = parts.catalog.issues.standing([subscription.id])[subscription.id]
    pool = {p.key: p for p in (*standing.freed, *parts.catalog.papers.pool(standing.cutoff, now))}
    papers = tuple({**pool, paper.key: paper}.values())
    ranking = order([subscription.profile], papers, library=library, background=parts.catalog.papers.background(now), now=now)
    column = [p.key for p in papers].index(paper.key)
    score, reasons = float(ranking.scores[0, column]), ranking.reasons(0, column)
    liked = {p.key for p in library.values()}
    chosen = [c for c in pick(ranking, 0, excluded=standing.seen | liked) if c.paper.key in pool]
    if sent is not None:
        verdict = f"already sent in the issue of {sent.period.name}"
    elif paper.key in liked:
        verdict = "already in your library: you liked it, so it is not shown again"
    elif muted := ranking.muted_by(0, column):
        verdict = f"not shown: muted by {muted!r}"
    elif paper.key not in pool:
        verdict = _why_not_in_the_pool(parts, paper)
    else:
        verdict = _place(subscription.profile, paper, score, chosen)
    return Explanation(paper, verdict, score, reasons)


def _why_not_in_the_pool(parts: Parts, paper: Paper) -> str:
    if parts.catalog.papers.listed([paper])[0].sightings == 0:
        return "not shown: no source has announced it as new; it is known from a replacement, or because somebody likes it"
    return "not shown: it was listed before the last issue and was not among its papers"


def _place(profile: Profile, paper: Paper, score: float, chosen: Sequence[Pick]) -> str:
    ranked = [c.paper.key for c in chosen if c.section is Section.PICKS]
    if paper.key in ranked:
        return f"in the next issue, at place {ranked.index(paper.key) + 1} of {len(ranked)}"
    if any(c.paper.key == paper.key for c in chosen):
        return "in the next issue, among those by people you follow"
    if profile.floor is not None and score < profile.floor:
        return f"not shown: {score:.0f} is below the floor of {profile.floor:g}"
    return f"not shown: {len(ranked)} papers score higher, and the limit is {profile.limit}"
