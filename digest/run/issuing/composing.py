"""Compose issues, one block of subscriptions at a time; previews use it too, and publish nothing."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Protocol

from ...cadence import local_day, week_of
from ...catalog import Catalog, Draft, Sighted, Standing
from ...model import PASSED_OVER, Edition, Every, Issue, Paper, Period, Pick, Profile, Section, Subscription
from ...ranking import Flags, Listed, Ranking, is_answer, is_in_part, is_near, names_a_topic, order, passed_over, pick, pick_edition
from ...rendering import subject_line
from ..parts import Parts, Report
from .dividing import divided, shown_by
from .dues import composed_together, missing_sources, owed_to, turns, with_lateness_notes
from .exploring import Exploration, exploration
from .first_letter import asked, opening
from .gathering import Day, Due, gather
from .grouping import regrouped
from .looking import looked_at
from .profiles import Taught, taught
from .updating import updates

_FLOOR = 10
_FILLED_NOTE = f"None of the papers chosen here stands out by what you asked for; a floor of {_FLOOR} keeps such ones out."
_FILLED_BESIDE_FOLLOWED_NOTE = (
    f"Besides what people you follow wrote, nothing here stands out by what you asked for; a floor of {_FLOOR} keeps such papers out."
)
_PARTIAL_MATCHES_NOTE = "None of the papers chosen here says enough words of any of your topics to be surely about it; they came nearest."


class Maker(Protocol):
    """What composing needs besides the shared `Day`; each worker process has its own."""

    @property
    def catalog(self) -> Catalog: ...

    @property
    def secrets(self) -> tuple[bytes, ...]: ...


def compose(maker: Maker, due: Sequence[Due], day: Day, *, places: Mapping[int, Standing] | None = None) -> tuple[Draft, ...]:
    """The issues these subscriptions get for these periods, in no particular order; `day` was gathered for at least these and `places`.

    All profiles are ranked as one block, each against its own part of the papers; an edition is composed once for all its readers.
    A subscription for which `day` has no papers (it was an edition when `day` was gathered, or another run has published for it since)
    is skipped: the next run makes its issue.
    """
    standing = places or maker.catalog.issues.standing([s.id for s, _ in due])
    editions: dict[tuple[Edition, int | None], list[Due]] = defaultdict(list)
    profiles: list[Due] = []
    for subscription, period in due:
        if subscription.edition is not None:
            editions[subscription.edition, standing[subscription.id].cutoff].append((subscription, period))
        elif standing[subscription.id].cutoff in day.pools:
            profiles.append((subscription, period))
    issues: list[Issue] = []
    for (edition, place), readers in editions.items():
        issues.extend(_edition_issues(maker, edition, place, readers, day))
    issues.extend(_profile_issues(maker, profiles, standing, day))
    lettered = {id_ for id_, place in standing.items() if place.has_letter}
    full = (replace(issue, sources=day.answered, subject=subject_line(issue)) for issue in issues)
    return tuple(Draft(issue=issue, cutoff=day.cutoff, is_first=issue.subscription.id not in lettered) for issue in full)


def preview_issue(parts: Parts, subscription: Subscription, report: Report) -> Issue:
    """The issue this subscription gets if it is due at `report.now`, or would get if it were; publishes nothing.

    As in a run, a paper that another letter of the same reader shows at the same time is left to that letter.
    """
    beside = {turn.subscription.id: turn for turn in turns(parts, composed_together(parts, subscription, report.now), report.now)}
    due = [(turn.subscription, turn.period or today(turn.subscription, report.now)) for turn in beside.values()]
    places = parts.catalog.issues.standing(beside)
    drafts = compose(parts, due, gather(parts, due, report, places=places), places=places)
    own = next(draft for draft in drafts if draft.issue.subscription.id == subscription.id)
    period = beside[subscription.id].period
    return own.issue if period is None else with_lateness_notes(own, missing_sources(owed_to(parts), subscription, period)).issue


def past_week(parts: Parts, subscription: Subscription, report: Report) -> Issue:
    """The issue that the seven days before `report.now` would give, including papers its letters have shown; publishes nothing.

    Works that those letters showed as listed in another year are left out here, too.
    """
    due, places = [(subscription, today(subscription, report.now))], {subscription.id: Standing(has_letter=True)}
    (draft,) = compose(parts, due, gather(parts, due, report, places=places), places=places)
    return draft.issue


def today(subscription: Subscription, now: datetime) -> Period:
    """The period that ends now, named by the local day (a weekly letter's: by the ISO week). Raises ConfigurationError, as `local_day`."""
    day = local_day(subscription.subscriber.zone, now)
    weekly = subscription.cadence.every is Every.WEEKLY
    name = week_of(day) if weekly else day.isoformat()
    return Period(now - timedelta(days=7 if weekly else 1), now, name)


def _edition_issues(maker: Maker, edition: Edition, place: int | None, readers: Sequence[Due], day: Day) -> Iterable[Issue]:
    listed = maker.catalog.papers.listing(edition.name, place, day.now, until=day.cutoff)
    picks, others = _split_at_limit(listed, edition.limit, day.now)
    read, sighted = {line.paper.key for line in listed}, day.sighted.get(place, Sighted())
    for subscription, period in readers:
        issue = _issue(maker, subscription, period, picks, day, considered=len(listed), others=others)
        yield replace(issue, looked=looked_at(subscription, sighted, day.answered, day.newest, read=read, shown=_keys(picks)))


def _split_at_limit(listed: Sequence[Listed], limit: int, now: datetime) -> tuple[tuple[Pick, ...], tuple[Paper, ...]]:
    """The first `limit` papers of a list as an edition's picks, and up to `PASSED_OVER` papers after them, in the same order."""
    ordered = pick_edition(listed, limit + PASSED_OVER, now)
    return ordered[:limit], tuple(place.paper for place in ordered[limit:])


def _profile_issues(maker: Maker, readers: Sequence[Due], standing: Mapping[int, Standing], day: Day) -> Iterable[Issue]:
    lessons = taught(maker.catalog, (s for s, _ in readers))
    profiles = regrouped(maker.catalog, day.ground, [lesson.profile for lesson in lessons])
    ranking = order(day.ground, profiles)
    listed = cache(lambda cutoff: ranking.among(day.pools[cutoff]))
    earlier = maker.catalog.issues.seen((s.subscriber.id for s, _ in readers), {key for keys in day.republished.values() for key in keys})

    def make(number: int, elsewhere: Set[str]) -> _UnfinishedIssue:
        due, lesson = readers[number], lessons[number]
        place = standing[due[0].id]
        known = place.seen | known_to_reader(lesson, day.library)
        known |= known_from_other_years(day, known | earlier.get(due[0].subscriber.id, frozenset()))
        own = listed(place.cutoff) | ranking.among(paper.key for paper in place.freed)
        return _unfinished(maker, due, place, day, ranking=ranking, number=number, lesson=lesson, own=own, known=known, elsewhere=elsewhere)

    theirs: dict[int, list[int]] = defaultdict(list)
    for number, (subscription, _) in enumerate(readers):
        theirs[subscription.subscriber.id].append(number)
    letters = {number: one for numbers in theirs.values() for number, one in divided(numbers, make, ranking.work).items()}
    made = [letters[number] for number in range(len(readers))]
    # By subscriber: a reader with several subscriptions is shown a paper by only one of them.
    chosen = {who: {key for number in numbers for key in shown_by(letters[number].issue)} for who, numbers in theirs.items()}
    # Extra picks come last, so that they take no paper from another letter of the same person.
    explored = exploration(maker.catalog, profiles, [s.subscriber.id for s, _ in readers], day.sightings, day.archive)
    changed = maker.catalog.issues.changed({s.subscriber.id for s, _ in readers if s.profile and s.profile.updates}, day.now)
    full = [_with_extra_picks(ranking, n, one, chosen[one.issue.subscription.subscriber.id], explored, day) for n, one in enumerate(made)]
    for number, (issue, one) in enumerate(zip(full, made, strict=True)):
        subscriber = issue.subscription.subscriber.id
        others = _others(ranking, number, one, chosen[subscriber])
        is_read = bool(issue.picks) and not issue.held
        news = updates(changed.get(subscriber, ()), profiles[number], one.dismissed | chosen[subscriber]) if is_read else ()
        chosen[subscriber] |= _keys(news)
        yield replace(issue, picks=(*issue.picks, *news), others=others)


@dataclass(frozen=True, slots=True)
class _UnfinishedIssue:
    """A profile's issue before extra picks are added, with what is needed to add them.

    `sighted` is what was listed since the last issue. Three sets of paper keys: `known` to the reader, `dismissed` by them (a part of
    `known`), and `read`, the ranked papers that were considered. `own` (papers,) flags the ranked papers that are new to the reader and
    are not another version of a work they know.
    """

    issue: Issue
    sighted: Sighted
    known: frozenset[str]
    dismissed: frozenset[str]
    read: frozenset[str]
    own: Flags
    is_ranked: bool
    is_first: bool


def _unfinished(
    maker: Maker,
    due: Due,
    place: Standing,
    day: Day,
    *,
    ranking: Ranking,
    number: int,
    lesson: Taught,
    own: Flags,
    known: frozenset[str],
    elsewhere: Set[str],
) -> _UnfinishedIssue:
    """One reader's issue, made of their `own` papers without those that are `known` or shown `elsewhere`, in their other letters."""
    # Only within `own`: the other ranked papers are there for other readers.
    free = own & ~ranking.alike(own & ranking.among(known))
    new = free & ~ranking.listings(elsewhere)
    is_ranked = asks_for_something(ranking.profiles[number], day.library)
    make = _ranked_issue if is_ranked else _unranked_issue
    issue = make(maker, *due, ranking, number, new, day)
    has_page = day.has_pages and not due[0].configured  # the page cannot change a subscription of the operator's file
    told = ranking.profiles[number], lesson.owned, day.library, day.sender
    opened = () if place.has_letter else opening(*told, has_page=has_page)
    notes = (*opened, *issue.notes, *_already_owned_notes(int((own & ranking.among(lesson.owned)).sum())))
    sighted = day.sighted.get(place.cutoff, Sighted())
    keys = {"known": known, "dismissed": dismissed_keys(lesson, day.library), "read": ranking.named(new)}
    issue = replace(issue, held=is_ranked and _is_held(issue), notes=notes)  # where there is nothing to rank by, nothing ever scores
    return _UnfinishedIssue(issue, sighted, **keys, own=free, is_ranked=is_ranked, is_first=bool(opened))


def _with_extra_picks(ranking: Ranking, reader: int, made: _UnfinishedIssue, chosen: set[str], explored: Exploration, day: Day) -> Issue:
    """The issue with extra picks (questions of a first letter, exploration); their keys are added to `chosen`, all the reader is shown.

    An issue without chosen papers gets no extra picks: they alone would make no letter.
    """
    picks = list(made.issue.picks)
    if made.issue.held:
        return made.issue
    if picks and made.is_first:
        picks += asked(ranking, reader, day.library, among=made.own, chosen=chosen, is_ranked=made.is_ranked)
        chosen |= _keys(picks)
    if picks and made.is_ranked:
        subscriber = made.issue.subscription.subscriber.id
        own = made.own & ~ranking.listings(chosen)
        known = made.known | chosen | known_from_other_years(day, chosen)
        picks += explored.picks(ranking, reader, subscriber, among=own, known=known)
        chosen |= _keys(picks)
    looked = looked_at(made.issue.subscription, made.sighted, day.answered, day.newest, read=made.read, shown=_keys(picks))
    return replace(made.issue, picks=tuple(picks), looked=looked)


def _others(ranking: Ranking, reader: int, made: _UnfinishedIssue, chosen: set[str]) -> tuple[Paper, ...]:
    """Papers that were considered for a reader and `chosen` for none of their letters, the best first.

    If nothing was chosen, the best paper is given even to a reader who wants no others: the letter that says so names it.
    """
    if not made.issue.picks and follows_alone(made.issue.subscription, ranking.profiles[reader]):
        return ()  # nothing is nearer than anything else to what they asked for
    count = PASSED_OVER if ranking.profiles[reader].others else 0 if made.issue.picks else 1
    if not made.is_ranked:
        named = ranking.named(ranking.listings(chosen))
        return tuple(paper for paper in made.issue.others if paper.key not in named)[:count]
    return passed_over(ranking, reader, count, excluded=chosen, among=made.own) if count and ranking.papers else ()


def _is_held(issue: Issue) -> bool:
    """Whether its reader asks for letters only when something scores above a bound, and nothing does."""
    bound = issue.subscription.cadence.only_above
    return bound is not None and not any(pick.score > bound for pick in issue.picks)


def _keys(picks: Iterable[Pick]) -> set[str]:
    return {pick.paper.key for pick in picks}


def _ranked_issue(
    maker: Maker, subscription: Subscription, period: Period, ranking: Ranking, profile: int, new: Flags, day: Day
) -> Issue:
    """The issue for a profile that can be ranked; `new` (papers,) flags its reader's papers."""
    picks = pick(ranking, profile, among=new) if ranking.papers else ()
    if follows_alone(subscription, ranking.profiles[profile]):
        picks = tuple(one for one in picks if one.section is Section.FOLLOWED)
    return _issue(maker, subscription, period, picks, day, considered=int(new.sum()), notes=_filler_notes(picks))


def _filler_notes(picks: Sequence[Pick]) -> tuple[str, ...]:
    """Notes for a letter filled with papers that its reader did not ask for: a floor would keep them out, or they match topics in part."""
    chosen = [one for one in picks if one.section is Section.PICKS]
    if not chosen:
        return ()
    if any(is_near(one) or one.score >= _FLOOR for one in chosen):
        is_met = any(map(is_answer, chosen)) or any(map(names_a_topic, picks))
        return () if is_met or not any(map(is_in_part, chosen)) else (_PARTIAL_MATCHES_NOTE,)
    return (_FILLED_NOTE if len(chosen) == len(picks) else _FILLED_BESIDE_FOLLOWED_NOTE,)


def _unranked_issue(
    maker: Maker, subscription: Subscription, period: Period, ranking: Ranking, profile: int, new: Flags, day: Day
) -> Issue:
    """The issue for a profile too thin to rank: what is new in its categories (else everything new), without what it mutes, and a note."""
    reader = ranking.profiles[profile]
    filed, muted = ranking.filed(profile), ranking.muted(profile)
    inside = (new & filed).nonzero()[0].tolist()
    listed = maker.catalog.papers.listed([ranking.papers[column] for column in inside if column not in muted])
    picks, others = _split_at_limit(listed, reader.limit, day.now)
    if reader.categories:
        what = f"what is new in {', '.join(reader.categories)}"
    else:
        what = "what is talked about most" if any(line.votes for line in listed) else "what is new"
    lacks = "has no topic, keyword, author or liked paper yet" if reader.is_thin else "names only liked papers that no source knows"
    note = f"Your profile {lacks}, so this is {what}, not a choice made for you."
    return _issue(maker, subscription, period, picks, day, considered=len(inside), others=others, notes=(note,))


def follows_alone(subscription: Subscription, profile: Profile) -> bool:
    """Whether the subscription names people and nothing else, and its reader has liked nothing since, as the ranked `profile` shows.

    A reader who named nothing at all and presses "follow" once has not asked to get no other papers.
    """
    return subscription.profile is not None and subscription.profile.names_people_alone and profile.names_people_alone


def asks_for_something(profile: Profile, library: Collection[str]) -> bool:
    """Whether there is anything to rank by; liked papers that no source knows do not count."""
    return bool(profile.keywords or profile.authors or profile.topics) or any(key in library for key in profile.liked)


def known_to_reader(lesson: Taught, library: Mapping[str, str]) -> frozenset[str]:
    """The catalog's keys of the papers that this reader has liked or disliked, owns, or has seen elsewhere.

    A paper they judged after `library` was read is not in it, and is named by its key already.
    """
    marked = (*lesson.profile.liked, *lesson.profile.disliked)
    return lesson.owned | lesson.known | lesson.unwanted | {library.get(name, name) for name in marked}


def known_from_other_years(day: Day, known: Set[str]) -> frozenset[str]:
    """The keys of new and archived papers that are the same work as one of the `known` papers, listed in another year."""
    return frozenset(key for key, others in day.republished.items() if not others.isdisjoint(known))


def dismissed_keys(lesson: Taught, library: Mapping[str, str]) -> frozenset[str]:
    """The keys of papers that this reader disliked or said they had seen: they get no updates on these."""
    return lesson.known | lesson.unwanted | {library.get(name, name) for name in lesson.profile.disliked}


def _already_owned_notes(count: int) -> tuple[str, ...]:
    """A note on how many new papers are in the reader's library already; empty for none."""
    return (f"{count} of today's papers {'were' if count > 1 else 'was'} already in your library.",) if count else ()


def _issue(
    maker: Maker,
    subscription: Subscription,
    period: Period,
    picks: tuple[Pick, ...],
    day: Day,
    *,
    considered: int,
    others: tuple[Paper, ...] = (),
    notes: tuple[str, ...] = (),
) -> Issue:
    domain = day.sender.address.rpartition("@")[2]
    return Issue(
        subscription=subscription,
        period=period,
        picks=picks,
        made_at=day.now,
        # By its beginning `Bounces.letter_called` finds the letter again.
        message_id=f"<{period.name}.{subscription.id}.{_keyed_hash(maker, subscription, period)}@{domain}>",
        considered=considered,
        others=others,
        notes=(*day.notes, *notes),
    )


def _keyed_hash(maker: Maker, subscription: Subscription, period: Period) -> str:
    """A keyed hash: nobody else can make it, and copies of one catalog make the same, since mail programs show one letter for each id."""
    return hmac.digest(maker.secrets[0], f"{period.name} {subscription.id}".encode(), "sha256")[:8].hex()
