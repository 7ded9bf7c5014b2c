"""The words of a letter: heading, glance, sections and everything around them, from an issue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain
from operator import attrgetter

from ..cadence import local_day
from ..model import Issue, Pick, Reason, Section
from .cards import Card, is_numbered, notes_in, title_of
from .footing import late, looked_at
from .languages import Language
from .languages import language as language_of
from .links import abstract_link
from .notes import translated
from .prose import Prose, apart
from .subjects import preheader_of, subject_of
from .texts import clean, shortened
from .why import Note

_BESIDE = (Section.FOLLOWED, Section.UPDATED, Section.ASKED, Section.OUTSIDE, Section.ARCHIVE)
_points, _score = attrgetter("points"), attrgetter("score")
_SECONDS_A_CARD = 20
"""What reading a card takes: about eighty words, of which most readers skip most."""
# Limits in characters on texts around the cards: an operator or reader may write more, but a letter must not exceed its size for it.
_TITLE, _NOTE, _POSTAL = 200, 1200, 600


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A heading and its cards; `is_top` is true for the section that holds only the letter's top pick."""

    title: str
    cards: tuple[Card, ...]
    is_top: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """Everything a theme's template may show, as words; absent is "" or (), never None.

    `token` replaces TOKEN in a card's links. `best_below` is the title of the best paper of a letter that has none above the floor, and
    `best_below_url` its address.
    """

    token: str
    language: str
    direction: str
    subject: str
    preheader: str
    heading: str
    date: str
    glance: str
    best_below: Prose
    best_below_url: str
    notes: tuple[str, ...]
    sections: tuple[SectionView, ...]
    unshown: str
    looked_at: tuple[str, ...]
    why: str
    unsubscribe: str
    page: str
    preferences: str
    postal_address: str
    thanks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds the cards of a letter: its links, its sender, and what other feedback is possible."""

    unsubscribe: str
    page: str
    preferences: str
    token: str
    name: str
    postal_address: str
    feedback_note: str
    names_the_rest: bool
    """Whether papers that have no card stand below, by title."""


@dataclass(frozen=True, slots=True)
class Part:
    """The picks that appear in a letter under one heading: `name` is a section's, an interest's or TOP."""

    name: str
    picks: tuple[Pick, ...]


TOP = "top"
_INTEREST = "interest "


def reading_order(issue: Issue) -> tuple[Part, ...]:
    """The picks as a letter shows them: the best, the rest by interest ("everything else" last), then by section; else as in the issue."""
    chosen = [pick for pick in issue.picks if pick.section is Section.PICKS]
    top = max(chosen, key=_score) if chosen and not is_numbered(issue) else None
    parts: dict[str, list[Pick]] = {TOP: [top]} if top else {}
    by_interest: dict[str, list[Pick]] = {}
    for pick in chosen:
        if pick is not top:
            by_interest.setdefault(pick.interest, []).append(pick)
    if "" in by_interest:
        by_interest[""] = by_interest.pop("")
    parts.update((_INTEREST + interest, picks) for interest, picks in by_interest.items())
    for section in _BESIDE if len(chosen) < len(issue.picks) else ():
        parts[str(section)] = [pick for pick in issue.picks if pick.section is section]
    return tuple(Part(name, tuple(picks)) for name, picks in parts.items() if picks)


def _first_title(issue: Issue) -> tuple[Prose, ...]:
    """The title that a reader of the letter sees first, if there is one."""
    return tuple(title_of(part.picks[0].paper) for part in reading_order(issue)[:1])


def subject_line(issue: Issue) -> str:
    """The subject of the issue's letter, to be stored with it."""
    language = language_of(issue.subscription.subscriber.language)
    return subject_of(issue, _first_title(issue), _date(issue, language), language)


def letter_view(issue: Issue, parts: Sequence[Part], cards: Sequence[Card], frame: Frame, language: Language) -> LetterView:
    """The words of the letter that shows these cards, which are the first of the issue's papers in reading order; `parts` has them all."""
    subscription = issue.subscription
    titles = tuple(card.paper.title for card in cards[:4]) or _first_title(issue)
    glance = _glance(issue, language)
    below = issue.others[:1] if issue.considered and not issue.picks else ()
    address, name = clean(subscription.subscriber.email), clean(subscription.known_as(frame.name), _TITLE)
    around = str if language.direction == "rtl" else apart
    why = language.say("You get this letter because {address} is subscribed to “{name}”.", address=address, name=name)
    return LetterView(
        token=frame.token,
        language=language.code,
        direction=language.direction,
        subject=issue.subject or subject_of(issue, titles, _date(issue, language), language),
        preheader=preheader_of(titles, glance, language),
        heading=clean(frame.name, _TITLE) or name,
        date=_date(issue, language),
        glance=around(glance),
        best_below=title_of(below[0]) if below else Prose(""),
        best_below_url=abstract_link(below[0]) if below else "",
        notes=tuple(around(clean(translated(note, language), _NOTE)) for note in issue.notes if clean(note)),
        sections=_sections(issue, parts, cards, language),
        unshown=_unshown(len(issue.picks) - len(cards), frame, language),
        looked_at=tuple(map(around, (*looked_at(issue, language), *late(issue, language)))),
        why=around(f"{frame.feedback_note} {why}" if frame.feedback_note and cards else why),
        unsubscribe=frame.unsubscribe,
        page=frame.page,
        preferences=frame.preferences,
        postal_address=clean(" · ".join(filter(None, map(clean, frame.postal_address.splitlines()))), _POSTAL),
        thanks=language.say("Thank you to arXiv for use of its open access interoperability.") if _owes_arxiv(issue) else "",
    )


def _owes_arxiv(issue: Issue) -> bool:
    """Whether the letter names a paper from arXiv; or names none though some were considered, when nobody knows their source."""
    if not (issue.picks or issue.others):
        return bool(issue.sources) and (not issue.looked or any(one.announced or one.newest for one in issue.looked))
    papers = chain((pick.paper for pick in issue.picks), issue.others)
    return any(name.startswith("arxiv:") for paper in papers for name in (paper.key, *paper.ids))


def day_of(issue: Issue) -> date:
    """The day the issue was made, in its reader's time zone. Raises ConfigurationError for an unknown zone."""
    return local_day(issue.subscription.subscriber.zone, issue.made_at)


def _date(issue: Issue, language: Language) -> str:
    return _written(day_of(issue), language)


@lru_cache(maxsize=256)
def _written(day: date, language: Language) -> str:
    return language.long_day(day)


# --- sections ---------------------------------------------------------------------------------------------------------

def _sections(issue: Issue, parts: Sequence[Part], cards: Sequence[Card], language: Language) -> tuple[SectionView, ...]:
    """The sections that have cards: there may be more picks than a letter has room for."""
    sections, shown = [], 0
    interests = {pick.interest for pick in issue.picks if pick.section is Section.PICKS}
    for part in parts:
        some = tuple(cards[shown : shown + len(part.picks)])
        shown += len(some)
        if some:
            title = shortened(_title(issue, part.name, interests, language), _TITLE)
            sections.append(SectionView(title=title, cards=some, is_top=part.name == TOP))
    return tuple(sections)


def _title(issue: Issue, name: str, interests: set[str], language: Language) -> str:
    if name.startswith(_INTEREST):
        interest = name.removeprefix(_INTEREST)
        return (clean(interest) or language.say("Everything else")) if len(interests) > 1 else _picks_title(issue, language)
    return _heading(name, language)


@lru_cache(maxsize=256)
def _heading(name: str, language: Language) -> str:
    """The heading of a section that has the same name in all letters."""
    titles = {
        TOP: language.say("Top pick"),
        Section.FOLLOWED: language.say("By people you follow"),
        Section.UPDATED: language.say("Updated since you saw it"),
        Section.ASKED: language.say("Tell us which you like"),
        Section.OUTSIDE: language.say("Something else"),
        Section.ARCHIVE: language.say("From the archive"),
    }
    return titles[name]


def _picks_title(issue: Issue, language: Language) -> str:
    edition, profile = issue.subscription.edition, issue.subscription.profile
    if edition is not None:
        return edition_title(issue, language)
    if profile is not None and is_numbered(issue):
        if not profile.categories:
            return language.say("New papers")
        return language.say("New in {names}", names=", ".join(map(clean, profile.categories)))
    return language.say("For you")


def edition_title(issue: Issue, language: Language) -> str:
    """ "Trending on Hugging Face" (only where its votes are known), "New in cs.LG"."""
    assert issue.subscription.edition is not None, "asked for an edition's title only"
    name = clean(issue.subscription.edition.name)
    if name != "trending":
        return language.say("New in {names}", names=name)
    return language.say("Trending on Hugging Face") if any(pick.paper.facts.votes for pick in issue.picks) else language.say("Trending")


def _unshown(hidden: int, frame: Frame, language: Language) -> str:
    if not hidden:
        return ""
    if frame.names_the_rest:
        return language.say_many("and {count} more paper, below by its title", "and {count} more papers, below by their titles", hidden)
    if frame.page:
        return language.say_many(
            "and {count} more paper, on the page of this issue", "and {count} more papers, on the page of this issue", hidden
        )
    return language.say_many(
        "and {count} more paper that this letter has no room for", "and {count} more papers that this letter has no room for", hidden
    )


# --- at a glance ------------------------------------------------------------------------------------------------------


def _glance(issue: Issue, language: Language) -> str:
    """"12 of 431 new papers for you, about 4 minutes: 5 on calibration, 2 by people you follow." Papers in side sections do not count."""
    count, considered = sum(not pick.section.is_beside for pick in issue.picks), issue.considered
    if not count:
        return _nothing(issue, language)
    papers = _how_many(count, considered, language)
    if is_numbered(issue):
        edition = issue.subscription.edition
        if edition is not None and edition.name == "trending" and any(pick.paper.facts.votes for pick in issue.picks):
            return language.say("{papers} on the list, the most talked about first.", papers=papers)
        return language.say("{papers} on the list.", papers=papers)
    time = _time(len(issue.picks), language)
    details = ", ".join(_details(issue, language))
    if details:
        said = language.say("{papers} for you, {time}: {details}.", papers=papers, time=time, details=details)
        return said.replace("….", "…")  # a topic that was cut ends with the one
    return language.say("{papers} for you, {time}.", papers=papers, time=time)


@lru_cache(maxsize=4096)
def _how_many(count: int, considered: int, language: Language) -> str:
    if considered > count:
        return language.say_many("{count} of {considered} new papers", "{count} of {considered} new papers", count, considered=considered)
    return language.say_many("{count} new paper", "{count} new papers", count)


@lru_cache(maxsize=256)
def _time(count: int, language: Language) -> str:
    """How long it takes to read that many cards."""
    minutes = max(1, round(count * _SECONDS_A_CARD / 60))
    return _holding(minutes, language.say_many("about a minute", "about {count} minutes", minutes))


def _holding(number: int, text: str) -> str:
    """The text with this number tied to the word after it, so that no line ends in the number."""
    return text.replace(f"{number} ", f"{number}\N{NO-BREAK SPACE}", 1)


def _nothing(issue: Issue, language: Language) -> str:
    considered, profile = issue.considered, issue.subscription.profile
    if not considered:
        return language.say("Nothing new for you this time.")
    if profile is not None and profile.names_people_alone and not issue.others:
        return language.say_many(
            "The one new paper is not by people you follow.", "None of {count} new papers is by people you follow.", considered
        )
    if profile is not None and profile.floor is not None:
        return language.say_many(
            "The one new paper did not reach your floor of {floor}.",
            "None of {count} new papers reached your floor of {floor}.",
            considered,
            floor=f"{profile.floor:g}",
        )
    return language.say_many("The one new paper did not stand out for you.", "None of {count} new papers stood out for you.", considered)


def _details(issue: Issue, language: Language) -> tuple[str, ...]:
    """The number of papers on the two most frequent topics, and by followed people."""
    notes = notes_in(language)
    topics: dict[str, int] = {}
    followed = 0
    for pick in issue.picks:
        if pick.section is Section.FOLLOWED:
            followed += 1
        elif pick.reasons and pick.section is Section.PICKS:
            topic = _topic(pick.reasons, notes)
            topics[topic] = topics.get(topic, 0) + 1
    topics.pop("", None)
    most = sorted(topics, key=topics.__getitem__, reverse=True)[:2]
    people = (language.say_many("{count} by people you follow", "{count} by people you follow", followed),) if followed else ()
    told = (*(language.say("{count} on {topic}", count=topics[topic], topic=topic) for topic in most), *people)
    return tuple(map(_holding, (*(topics[topic] for topic in most), followed), told))


def _topic(reasons: Sequence[Reason], notes: Mapping[str, Note]) -> str:
    """The topic that a paper counts for, "" for none: its first reason's.

    If the paper has only some words of that topic, it counts for one that it names in full, with at least half as many points.
    """
    first = max(reasons, key=_points)
    topic = "" if first.is_vague else notes[first.note].topic
    if topic or first.signal != "topics":
        return topic
    full = [one for one in reasons if one.is_whole_topic and 2 * one.points >= first.points]
    return notes[max(full, key=_points).note].topic if full else ""
