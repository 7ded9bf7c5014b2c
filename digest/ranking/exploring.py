"""Picks beyond the ranking's own: one paper from outside the profile, and one from the archive that is near it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from ..model import EVERYTHING_ELSE, Pick, Reason, Section
from .choosing import pick_of
from .ordering import Ranking
from .shares import CLEARLY
from .texts.words import Flags


def outside(
    ranking: Ranking,
    profile: int,
    *,
    excluded: Collection[str],
    sightings: Mapping[str, int],
    among: Flags | None = None,
) -> Pick | None:
    """The most praised paper among the half that matches the profile least, and does not clearly match it; None if there is none.

    The most praised has the most votes, else is in the most lists (`sightings`, by key), else is most similar to all papers of the day.
    Papers with an `excluded` key, muted ones, those by followed authors and those not flagged in `among` (papers,) are left out.
    """
    followed = {ranking.papers[column].key for column in ranking.followed(profile)}
    shown = np.flatnonzero(ranking.eligible(profile, followed.union(excluded), among))
    if not len(shown):
        return None
    best = ranking.asked[ranking.telling(profile)].max(axis=0)
    far = shown[best[shown] < min(float(np.median(best[shown])), CLEARLY)]
    if not len(far):
        return None
    votes, lists = ranking.ground.votes[far], np.array([sightings.get(ranking.papers[column].key, 0) for column in far])
    place = ranking.ground.space.taken(slice(0, len(ranking.papers)))
    central = place[far] @ place[shown].mean(axis=0)
    first = int(np.lexsort((ranking.by_key[far], -central, -lists, -votes))[0])
    praise = _praise(int(votes[first]), int(lists[first]))
    column = int(far[first])
    return _explained(ranking, ranking.best_row(profile, column), column, Section.OUTSIDE, f"outside what you follow: {praise}")


def from_archive(ranking: Ranking, profile: int, *, excluded: Collection[str]) -> Pick | None:
    """The paper with the highest score for any of a profile's interests, if it is clearly near and not below the floor; else None.

    Papers with an `excluded` key and muted ones are left out.
    """
    shown = np.flatnonzero(ranking.eligible(profile, excluded))
    floor = ranking.profiles[profile].floor
    best = ranking.scores[ranking.telling(profile)].max(axis=0)
    near = shown[best[shown] >= (CLEARLY if floor is None else max(floor, CLEARLY))]
    if not len(near):
        return None
    column = int(near[np.lexsort((ranking.by_key[near], -best[near]))[0]])
    row, published = ranking.best_row(profile, column), ranking.papers[column].published
    name = ranking.rows.interests[row].name
    interest = name or (EVERYTHING_ELSE if len(ranking.rows.of(profile)) > 1 else "what you follow")
    since = f"from {published:%B %Y}, " if published else ""
    return _explained(ranking, row, column, Section.ARCHIVE, f"{since}near {interest}")


def _praise(votes: int, lists: int) -> str:
    if votes:
        return f"{votes} vote{'' if votes == 1 else 's'}"
    return f"in {lists} lists" if lists > 1 else "much of what is new is like it"


def _explained(ranking: Ranking, row: int, column: int, section: Section, why: str) -> Pick:
    """The pick, with a first reason of 0 points that says why it is there; one from outside the profile belongs to no interest."""
    made = pick_of(ranking, row, column, section)
    if section is Section.OUTSIDE:
        made = replace(made, interest="")
    return replace(made, reasons=(Reason(str(section), 0.0, why), *made.reasons))
