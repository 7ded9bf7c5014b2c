"""Questions answered with the run's own ranking: which papers are near a topic, and why a reader gets a paper or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from ..errors import NotFound
from ..model import DeliveryStatus, Interest, Issue, Paper, Pick, Profile, Reason, Section, Subscription
from ..naming import parse_name
from ..ranking import Ranking, order, sampled_from, survey, tells_the_same
from ..ranking.texts.text import query
from ..ranking.works import work_of
from .issuing.composing import asks_for_something, compose, follows_alone, preview_issue, today
from .issuing.dividing import shown_by
from .issuing.dues import composed_together
from .issuing.gathering import gather
from .issuing.grouping import regrouped
from .issuing.profiles import Taught, taught
from .issuing.text_features import learn, usual
from .parts import Parts, Report

SEARCH_POOL = 2_000
"""Papers that a search ranks: the newest that have a word of the query."""
BACKGROUND = 1_000
"""Papers of the last month that a search takes as its background."""

_LOOKED_BACK = 30
"""Past issues that are searched: of an edition for a paper that is not in the next one, of others for one that was not held back."""
_TO_BE_SENT = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.DEFERRED)
_MAY_HAVE_COME = (DeliveryStatus.SENDING, DeliveryStatus.UNKNOWN)

_SECTION_NOTES = {
    Section.ASKED: "among those that a new reader is asked about",
    Section.OUTSIDE: "as something else than what you follow",
    Section.ARCHIVE: "from the archive",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A search result; its score is on the same scale as in issues."""

    paper: Paper
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a reader gets a paper or not: one sentence, and the reasons whose points sum to the score."""

    paper: Paper
    verdict: str
    score: float | None = None
    reasons: tuple[Reason, ...] = ()


def search(parts: Parts, text: str, report: Report, limit: int) -> tuple[Found, ...]:
    """The catalog's papers nearest to a topic, of any date, ranked as for a profile with only that topic."""
    papers = parts.catalog.papers.search_pool(SEARCH_POOL, query(text))
    profile = Profile(interests=(Interest(topics=(text,)),), limit=limit, weights=(("recency", 0.0), ("popularity", 0.0)))
    if not papers:
        return ()
    background = usual(parts.catalog, report.now, BACKGROUND) or papers
    known = learn(parts, (*papers, *sampled_from(papers, background)), [text], report, background=background)
    ranking = order(survey(papers, library={}, background=background, now=report.now, known=known), [profile])
    best = ranking.best_first(0)[:limit]
    return tuple(Found(papers[c], float(ranking.scores[0, c])) for c in best if ranking.scores[0, c] > 0)


def explain(parts: Parts, subscription: Subscription, name: str, report: Report) -> Explanation:
    """Why this reader would or would not get the named paper in the next issue.

    Raises NotFound for a paper the catalog has never seen, or a text that names none.
    """
    paper = parts.catalog.papers.named(name)
    if paper is None:
        raise _not_seen_yet(name)
    if subscription.profile is None:
        place = _place_in_edition(parts, subscription, paper, report)
        return Explanation(paper, f"{place}; an edition is the same for all its readers")
    (lesson,) = taught(parts.catalog, [subscription])
    sent = parts.catalog.issues.of_paper(subscription.subscriber.id, paper.key)
    if sent is not None:
        shown = next(pick for pick in sent.picks if pick.paper.key == paper.key)
        known = _known_to_its_reader(paper.key, lesson, {paper.key: paper.key})
        verdict = "; ".join((_sent(parts, sent), *([known.how] if known else [])))
        return Explanation(paper, verdict, shown.score, shown.reasons)
    if lesson.profile.is_thin:
        return Explanation(paper, "nothing is ranked for this reader: the profile has no topic, keyword, author or liked paper")
    return _as_ranked(parts, subscription, paper, report, lesson=lesson)


def _as_ranked(parts: Parts, subscription: Subscription, paper: Paper, report: Report, *, lesson: Taught) -> Explanation:
    due = [(one, today(one, report.now)) for one in composed_together(parts, subscription, report.now)]
    places = parts.catalog.issues.standing([one.id for one, _ in due])
    day = gather(parts, due, report, extra=[paper], places=places)
    if not asks_for_something(lesson.profile, day.library):
        return Explanation(paper, "nothing is ranked for this reader: no source knows the papers the profile likes")
    issues = {draft.issue.subscription.id: draft.issue for draft in compose(parts, due, day, places=places)}
    issue, standing = issues.pop(subscription.id), places[subscription.id]
    picked = next((one for one in issue.picks if one.paper.key == paper.key), None)
    if picked is not None and picked.section.is_beside:
        return Explanation(paper, f"in the next issue, {_SECTION_NOTES[picked.section]}", picked.score, picked.reasons)
    ranking = order(day.ground, regrouped(parts.catalog, day.ground, [lesson.profile]))
    pool = day.pools[standing.cutoff] | {freed.key for freed in standing.freed}
    column = ranking.column[paper.key]
    chosen = [one for one in issue.picks if not one.section.is_beside]
    row = ranking.best_row(0, column) if picked is None else _row_of(ranking, picked.interest)
    if known := _known_to_its_reader(paper.key, lesson, day.library):
        verdict = str(known)
    elif muted := ranking.muted(0).get(column):
        verdict = f"not shown: muted by {muted!r}"
    elif paper.key not in pool:
        verdict = _why_not_in_the_pool(parts, subscription, paper, float(ranking.scores[row, column]))
    elif picked is not None:
        verdict = _rank_note(picked, chosen) + _held_note(issue)
    elif twin := _known_by_another_name(parts, subscription, _by_other_names(ranking, column, pool, day.republished), lesson, day.library):
        verdict = twin
    elif other := next((other for other in issues.values() if ranking.listings(shown_by(other))[column]), None):
        verdict = f"not shown: it is in the next issue of {other.subscription.name!r}, which is due at the same time"
    else:
        verdict = _why_not_chosen(ranking, row, column, issue)
    if namesake := ranking.namesakes(0).get(column):
        verdict += f"; {namesake}"
    return Explanation(paper, verdict, float(ranking.scores[row, column]), ranking.reasons(row, column))


def _not_seen_yet(name: str) -> NotFound:
    hint = "`digest status` shows what the sources brought"
    if parse_name(name) is None:
        hint = "it is no arXiv id, DOI or address; `digest search` finds papers by their words, and shows their keys"
    return NotFound(name.strip() or "a paper without a name", "not seen yet: no source has listed it", hint=hint)


def _sent(parts: Parts, issue: Issue) -> str:
    fate = parts.catalog.waiting.fate(issue.id)
    if fate in _TO_BE_SENT:
        return f"in the issue of {issue.period.name}, whose letter has not left yet"
    if fate in _MAY_HAVE_COME:
        return f"sent in the issue of {issue.period.name}, and whether that letter arrived is not known"
    return f"already sent in the issue of {issue.period.name}"


def _place_in_edition(parts: Parts, subscription: Subscription, paper: Paper, report: Report) -> str:
    """Where the next issue of an edition, or a past one, has the paper; sources may list it there under another name."""
    coming, work = preview_issue(parts, subscription, report), work_of(paper)
    works = [work_of(pick.paper) for pick in coming.picks]
    if work in works:
        return f"in the next issue, at place {works.index(work) + 1} of {len(works)}"
    for issue in parts.catalog.issues.latest(_LOOKED_BACK, subscription.id):
        if any(work_of(pick.paper) == work for pick in issue.picks):
            return _sent(parts, issue)
    behind = next((n for n, other in enumerate(coming.others, start=len(works) + 1) if work_of(other) == work), None)
    return "not in the next issue, whose list lacks it" if behind is None else f"not in the next issue: it is number {behind} of its list"


@dataclass(frozen=True, slots=True)
class _Known:
    """How its reader knows a paper, and what follows from that; together, why it is not shown."""

    how: str
    so: str

    def __str__(self) -> str:
        return f"{self.how}, so {self.so}"


def _known_to_its_reader(key: str, lesson: Taught, library: Mapping[str, str]) -> _Known | None:
    """How a reader knows a paper already; None for a paper they do not know."""
    if key in lesson.owned:
        return _Known("already in your library", "it is not shown")
    if key in lesson.known:
        return _Known("you said that you had seen it", "it is not shown")
    profile = lesson.profile
    for said, marked in (("already in your library: you liked it", profile.liked), ("you disliked it", profile.disliked)):
        if any(library.get(name) == key for name in marked):
            return _Known(said, "it is not shown again")
    return _Known("you disliked it", "it is not shown again") if key in lesson.unwanted else None


def _by_other_names(ranking: Ranking, column: int, pool: Set[str], republished: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The keys of other listings of the same work, from the same days and from other years."""
    listings = ranking.named(ranking.listings([ranking.papers[column].key])) & pool
    return listings.union(*(republished.get(key, frozenset()) for key in listings))


def _known_by_another_name(
    parts: Parts, subscription: Subscription, keys: Set[str], lesson: Taught, library: Mapping[str, str]
) -> str | None:
    """Why a paper is not shown to a reader who knows its work under one of these keys; None if they do not know it."""
    seen = parts.catalog.issues.seen([subscription.subscriber.id], keys).get(subscription.subscriber.id, frozenset())
    for key in sorted(keys):
        if known := _known_to_its_reader(key, lesson, library):
            return f"{known}; it is the same work as {key}"
        if key in seen:
            return f"not shown: it is the same work as {key}, which was sent before"
    return None


def _why_not_in_the_pool(parts: Parts, subscription: Subscription, paper: Paper, score: float) -> str:
    if parts.catalog.resuming.is_known(paper.key):
        day = parts.catalog.resuming.first_day()
        return f"not shown: it was announced before {day}, the first day of this catalog, and may have been sent (`digest state load`)"
    if parts.catalog.papers.listed([paper])[0].sightings == 0:
        return "not shown: no source has announced it as new; it is known from a replacement, or because somebody likes it"
    ((_, at),) = parts.catalog.papers.first_listed([paper.key]).values()
    # One that is held back decides nothing: what it found is for the next.
    last = next((issue for issue in parts.catalog.issues.latest(_LOOKED_BACK, subscription.id) if not issue.held), None)
    if at is not None and (last is None or at > last.made_at):
        return f"not shown: it was listed on {at:%Y-%m-%d}, longer ago than {'a first' if last is None else 'any'} letter looks back"
    if last is not None and parts.catalog.waiting.fate(last.id) is None:
        found_nothing = f"the issue of {last.period.name}, for which nothing was found, so no letter was sent"
        return f"not shown: it was listed before {found_nothing}{_why_passed_over(subscription, last, score)}"
    return f"not shown: it was listed before the last issue and was not among its papers{_why_passed_over(subscription, last, score)}"


def _why_passed_over(subscription: Subscription, last: Issue | None, score: float) -> str:
    """Why the last issue may have passed the paper over, going by its current score; "" if that explains nothing."""
    floor = subscription.profile.floor if subscription.profile is not None else None
    if floor is not None and score < floor:
        return f"; {below(score, floor)}"
    scores = [pick.score for pick in last.picks if pick.section is Section.PICKS] if last is not None else []
    if scores and score < min(scores):
        return f"; {round(score)} is less than each of them scored"
    return ""


def below(score: float, floor: float) -> str:
    """A sentence on a score below the floor, with enough decimals to show the difference."""
    digits = next((few for few in range(3) if round(score, few) < floor), 3)
    return f"{round(score, digits) + 0.0:.{digits}f} is below the floor of {floor:g}"


def _row_of(ranking: Ranking, interest: str) -> int:
    return next(row for row in ranking.rows.of(0) if ranking.rows.interests[row].name == interest)


def _rank_note(picked: Pick, chosen: Sequence[Pick]) -> str:
    if picked.section is Section.FOLLOWED:
        return "in the next issue, among those by people you follow"
    ranked = [c for c in chosen if c.section is Section.PICKS]
    interest = f", for {picked.interest!r}" if picked.interest else ""
    return f"in the next issue, at place {ranked.index(picked) + 1} of {len(ranked)}{interest}"


def _held_note(issue: Issue) -> str:
    return f", which waits until something scores above {issue.subscription.cadence.only_above:g}" if issue.held else ""


def _why_not_chosen(ranking: Ranking, row: int, column: int, issue: Issue) -> str:
    profile, score = ranking.profiles[0], float(ranking.scores[row, column])
    if follows_alone(issue.subscription, profile):
        return "not shown: the profile names people to follow and nothing else, and none of them wrote it"
    if profile.floor is not None and score < profile.floor:
        return f"not shown: {below(score, profile.floor)}"
    chosen = [one for one in issue.picks if not one.section.is_beside]
    ranked = [c for c in chosen if c.section is Section.PICKS]
    if twin := next((c for c in chosen if tells_the_same(ranking, c.paper.key, column)), None):
        return f"not shown: it says nearly the same as {twin.paper.title!r}, which is in the next issue"
    higher = sum(c.score > score for c in ranked)
    beaten = f"{higher} paper{' scores' if higher == 1 else 's score'} higher"
    if rest := len(ranked) - higher:
        those, them = ("serves another interest or is", "it") if rest == 1 else ("serve another interest or are", "them")
        return f"not shown: {beaten}, {rest} {those} less like the papers above {them}, and the limit is {profile.limit}"
    return f"not shown: {beaten}, and the limit is {profile.limit}"
