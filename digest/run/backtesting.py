"""Backtests the ranking: what past issues would have shown, and how many of the papers that the reader kept later would be in them.

Each day is ranked as if nothing after it were known: with the papers listed until then, and the profile as feedback and library had
shaped it by then. Votes are ignored, because only today's are known; so are the letters that were really sent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction

from ..cadence import past
from ..catalog import Listed, Owned
from ..errors import UsageError
from ..model import Feedback, Interest, Paper, Period, Pick, Profile, Section, Subscription
from ..ranking import Ranking, order, pick, pick_edition
from .issuing.composing import asks_for_something, follows_alone, known_to_reader
from .issuing.gathering import Asked, stand
from .issuing.grouping import regrouped
from .issuing.profiles import Taught, by_key, taught_by
from .parts import Parts, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class TestedIssue:
    """One past issue: how many candidates were `considered`, which `picks` it would have shown, and which candidates were `kept` later.

    `caught` counts the kept papers among the picks. Two baselines choose equally many papers: `newest` counts the kept ones among the
    newest candidates, `chance` is the expected count among candidates drawn at random.
    """

    period: Period
    considered: int
    picks: tuple[Pick, ...]
    kept: tuple[Paper, ...]
    caught: int
    chance: Fraction
    newest: int


@dataclass(frozen=True, slots=True)
class Backtest:
    """The tested issues, oldest first; `notes` are sentences on the limits of the test."""

    issues: tuple[TestedIssue, ...]
    notes: tuple[str, ...] = ()

    @property
    def kept(self) -> int:
        """How many candidates of all the issues were kept later."""
        return sum(len(issue.kept) for issue in self.issues)

    @property
    def caught(self) -> int:
        """How many of the kept papers the issues would have shown."""
        return sum(issue.caught for issue in self.issues)

    @property
    def chance(self) -> Fraction:
        """How many of them equally many papers drawn at random would have shown, on average."""
        return sum((issue.chance for issue in self.issues), Fraction())

    @property
    def newest(self) -> int:
        """How many of them equally many of the newest papers would have shown."""
        return sum(issue.newest for issue in self.issues)


def backtest(parts: Parts, subscription: Subscription, days: int, report: Report) -> Backtest:
    """The issues that this subscription would have had in the `days` before `report.now`, from the catalog; publishes nothing.

    Raises UsageError for an edition, which ranks nothing, and if no letter was due in that time.
    """
    profile = subscription.profile
    if profile is None:
        hint = "name a subscription with a profile: --subscription NAME"
        raise UsageError(subscription.subscriber.email, f"{subscription.name!r} is an edition: nothing is ranked for its reader", hint=hint)
    periods = past(subscription.cadence, subscription.subscriber.zone, report.now - timedelta(days=days), report.now)
    if not periods:
        raise UsageError(subscription.subscriber.email, f"no letter was due in the last {days} days", hint="ask for more: --days 30")
    (profile,) = by_key(parts.catalog, [profile])
    owned = parts.catalog.libraries.owned([subscription.id]).get(subscription.id, ())
    feedback = parts.catalog.feedback.of([subscription.id], undone=True).get(subscription.id, ())
    today = taught_by(profile, owned, [one for one in feedback if one.undone_at is None]).profile
    listed = parts.catalog.papers.first_listed([*today.liked, *today.disliked, *(paper.key for paper in owned)])
    kept = {listed[name][0] for name in (*today.liked, *(paper.key for paper in owned)) if name in listed}
    kept -= {listed[name][0] for name in today.disliked if name in listed}
    late = {name for name, (_, at) in listed.items() if at is not None and at > periods[0].start}
    issues = []
    for period in periods:
        lesson = profile_as_of(profile, owned, feedback, period.end, undated=late)
        if tested := _tested_issue(parts, lesson, period, kept=kept, subscription=subscription, report=report):
            issues.append(tested)
    found = Backtest(tuple(issues))
    return replace(found, notes=_notes(found, periods))


def profile_as_of(
    profile: Profile, owned: Sequence[Owned], feedback: Sequence[Feedback], at: datetime, *, undated: Collection[str]
) -> Taught:
    """The profile with its library and feedback as of a given time; `feedback` includes what was undone since.

    A library does not always say when a paper was added, and a profile never says it of the papers it names. Such a paper counts as
    present all along, unless it is in `undated`: those were first listed during the tested time, and nobody knows how soon they were kept.
    """
    in_force = [one for one in feedback if one.at <= at and (one.undone_at is None or one.undone_at > at)]
    held = [paper for paper in owned if (paper.key not in undated if paper.added is None else paper.added <= at)]
    return taught_by(replace(profile, interests=tuple(_without(i, undated) for i in profile.interests)), held, in_force)


def judged(period: Period, candidates: Sequence[Paper], picks: tuple[Pick, ...], kept: Sequence[Paper], limit: int) -> TestedIssue:
    """An issue compared with two baselines of equal size: the newest candidates, and candidates drawn at random.

    The size is the limit, or the number of picks if papers by followed authors exceed the limit.
    """
    room, wanted = max(limit, len(picks)), {paper.key for paper in kept}
    newest = newest_first(candidates, room, period.end)
    within = sum(paper.key in wanted for paper in candidates)
    return TestedIssue(
        period=period,
        considered=len(candidates),
        picks=picks,
        kept=tuple(kept),
        caught=sum(pick.paper.key in wanted for pick in picks),
        chance=Fraction(within * min(room, len(candidates)), max(len(candidates), 1)),
        newest=sum(pick.paper.key in wanted for pick in newest),
    )


def newest_first(papers: Iterable[Paper], limit: int, now: datetime) -> tuple[Pick, ...]:
    """The newest of these papers, in the order of an edition without votes."""
    return pick_edition([Listed(paper, votes=0, sightings=0) for paper in papers], limit, now)


def _tested_issue(
    parts: Parts, lesson: Taught, period: Period, *, kept: Collection[str], subscription: Subscription, report: Report
) -> TestedIssue | None:
    """The test of one period's issue; None if nothing was listed in the period."""
    pool = parts.catalog.papers.listed_within(period.start, period.end)
    if not pool:
        return None
    then = Report(period.end, watch=report.watch)
    profile = _without_votes(lesson.profile)
    library, ground = stand(parts, pool, Asked().add([profile]), then)
    report.failures.extend(failure for failure in then.failures if failure not in report.failures)
    ranking = order(ground, regrouped(parts.catalog, ground, [profile]))
    known, muted = known_to_reader(lesson, library), ranking.muted(0)
    candidates = [paper for column, paper in enumerate(ranking.papers) if paper.key not in known and column not in muted]
    picks = _picks(ranking, candidates, known, library, period.end)
    if follows_alone(subscription, profile):
        picks = tuple(one for one in picks if one.section is Section.FOLLOWED)
    return judged(
        period,
        candidates,
        picks,
        [paper for paper in ranking.papers if paper.key in kept and paper.key not in known],
        profile.limit,
    )


def _picks(
    ranking: Ranking, candidates: Sequence[Paper], known: Collection[str], library: Mapping[str, str], now: datetime
) -> tuple[Pick, ...]:
    """The picks the issue would have shown; for a profile with too little to rank by, the newest papers of its categories."""
    profile = ranking.profiles[0]
    if asks_for_something(profile, library):
        return pick(ranking, 0, excluded=known)
    filed = ranking.filed(0)
    return newest_first((paper for paper in candidates if filed[ranking.column[paper.key]]), profile.limit, now)


def _without_votes(profile: Profile) -> Profile:
    others = tuple((name, weight) for name, weight in profile.weights if name != "popularity")
    return replace(profile, weights=(*others, ("popularity", 0.0)))


def _without(interest: Interest, names: Collection[str]) -> Interest:
    liked = tuple(name for name in interest.liked if name not in names)
    return replace(interest, liked=liked, disliked=tuple(name for name in interest.disliked if name not in names))


def _notes(found: Backtest, periods: Sequence[Period]) -> tuple[str, ...]:
    """Notes on missing data that limits the test."""
    start, end = periods[0], periods[-1]
    span = f"between {start.start:%Y-%m-%d} and {end.end:%Y-%m-%d}"
    if not found.issues:
        # The issue's name is its day; papers listed later that day belong to the next issue.
        since = f"between {start.start:%Y-%m-%d} and the issue of {end.name}"
        return (f"the catalog has no paper listed {since}, so there was nothing to choose from",)
    notes = []
    if (first := found.issues[0].period) != start:
        notes.append(f"the catalog has no paper listed {span} before the issue of {first.name}: the test begins there")
    if not found.kept:
        notes.append(f"no paper listed {span} was liked, saved or added to the library later, so only the issues are shown")
    return tuple(notes)
