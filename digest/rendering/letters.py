"""An issue as a letter: its heading, its sentence at a glance, its sections and its footer, as words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from ..model import Issue, Pick, Section
from .cards import Card, clean, is_numbered
from .dates import local_day, long_day
from .subjects import preheader_of, subject_of

THANKS = "Thank you to arXiv for use of its open access interoperability."
_ORDER = (Section.FOLLOWED, Section.PICKS, Section.UPDATED, Section.ASKED, Section.OUTSIDE, Section.ARCHIVE)
_QUOTED = re.compile(r"topic '(.+)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionView:
    """A heading and the cards under it."""

    title: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterView:
    """Everything a theme's template may show, as words; absent is "" or (), never None.

    `token` is put in for TOKEN wherever a card's links have it.
    """

    token: str
    language: str
    subject: str
    preheader: str
    heading: str
    date: str
    glance: str
    notes: tuple[str, ...]
    sections: tuple[SectionView, ...]
    more: str
    looked_at: str
    why: str
    unsubscribe: str
    page: str
    postal_address: str
    thanks: str


def reading_order(issue: Issue) -> tuple[Pick, ...]:
    """The picks as a letter shows them: papers by followed people first, each section in the issue's order."""
    return tuple(sorted(issue.picks, key=lambda pick: _ORDER.index(pick.section)))


def subject_line(issue: Issue) -> str:
    """The subject an issue's letter gets, to be stored with it."""
    titles = tuple(clean(pick.paper.title) for pick in reading_order(issue)[:1])
    return subject_of(issue, titles, long_day(local_day(issue.made_at, issue.subscription.subscriber.zone)))


def letter_view(
    issue: Issue, cards: tuple[Card, ...], *, unsubscribe: str, page: str, token: str, name: str, postal_address: str
) -> LetterView:
    """The words of the letter that shows these cards: the first of the issue's papers, in reading order."""
    subscription = issue.subscription
    titles = tuple(card.paper.title for card in cards) or tuple(clean(pick.paper.title) for pick in reading_order(issue)[:1])
    date = long_day(local_day(issue.made_at, subscription.subscriber.zone))
    glance = _glance(issue)
    return LetterView(
        token=token,
        language="en",  # the words are English; translations are a later matter
        subject=issue.subject or subject_of(issue, titles, date),
        preheader=preheader_of(titles, glance),
        heading=clean(name) or clean(subscription.name),
        date=date,
        glance=glance,
        notes=tuple(note for note in map(clean, issue.notes) if note),
        sections=_sections(issue, cards),
        more=_more(len(issue.picks) - len(cards), page),
        looked_at=_looked_at(issue),
        why=f"You get this letter because {clean(subscription.subscriber.email)} is subscribed to “{clean(subscription.name)}”.",
        unsubscribe=unsubscribe,
        page=page,
        postal_address=clean(postal_address),
        thanks=THANKS,
    )


def _sections(issue: Issue, cards: tuple[Card, ...]) -> tuple[SectionView, ...]:
    titles = {
        Section.FOLLOWED: "By people you follow",
        Section.PICKS: _picks_title(issue),
        Section.ASKED: "Tell us which",
        Section.OUTSIDE: "Something else",
        Section.ARCHIVE: "From the archive",
        Section.UPDATED: "Updated since you saw it",
    }
    shown: dict[Section, list[Card]] = {}
    for pick, card in zip(reading_order(issue), cards, strict=False):  # there may be more picks than a letter has room for
        shown.setdefault(pick.section, []).append(card)
    return tuple(SectionView(title=titles[section], cards=tuple(part)) for section, part in shown.items())


def _picks_title(issue: Issue) -> str:
    edition, profile = issue.subscription.edition, issue.subscription.profile
    if edition is not None:
        return edition_title(issue)
    if profile is not None and is_numbered(issue):
        return f"New in {', '.join(map(clean, profile.categories))}" if profile.categories else "New papers"
    return "For you"


def edition_title(issue: Issue) -> str:
    """ "Trending on Hugging Face" (only where its votes are known), "New in cs.LG"."""
    assert issue.subscription.edition is not None, "asked for an edition's title only"
    name = clean(issue.subscription.edition.name)
    if name != "trending":
        return f"New in {name}"
    return "Trending on Hugging Face" if any(pick.paper.facts.votes for pick in issue.picks) else "Trending"


def _glance(issue: Issue) -> str:
    """ "12 of 431 new papers for you: 5 on calibration of language models, 2 by people you follow." Those shown beside do not count."""
    count, considered = sum(not pick.section.is_beside for pick in issue.picks), issue.considered
    of = f" of {considered}" if considered > count else ""
    papers = f"paper{'' if max(count, considered) == 1 else 's'}"
    if not count:
        return f"None of {considered} new {papers} stood out for you." if considered else "Nothing new for you this time."
    if is_numbered(issue):
        edition = issue.subscription.edition
        order = ", the most talked about first" if edition is not None and edition.name == "trending" else ""
        return f"{count}{of} {papers} on the list{order}."
    details = _details(issue)
    return f"{count}{of} new {papers} for you{': ' if details else ''}{', '.join(details)}."


def _details(issue: Issue) -> tuple[str, ...]:
    """How many papers are there for which topic (the two most frequent), and how many by followed people."""
    topics: Counter[str] = Counter()
    for pick in issue.picks:
        best = max(pick.reasons, key=lambda reason: reason.points, default=None)
        found = _QUOTED.fullmatch(best.note) if best and pick.section is Section.PICKS else None
        if found:
            topics[clean(found[1], 60)] += 1
    followed = sum(pick.section is Section.FOLLOWED for pick in issue.picks)
    people = (f"{followed} by people you follow",) if followed else ()
    return tuple(f"{count} on {topic}" for topic, count in topics.most_common(2)) + people


def _more(hidden: int, page: str) -> str:
    if not hidden:
        return ""
    papers = f"and {hidden} more paper{'' if hidden == 1 else 's'}"
    return f"{papers}, on the page of this issue" if page else f"{papers} that this letter has no room for"


def _looked_at(issue: Issue) -> str:
    sources = ", ".join(name for name in map(clean, issue.sources) if name)
    if not issue.considered:
        return f"Sources: {sources}." if sources else ""
    return f"Looked at: {issue.considered} new paper{'' if issue.considered == 1 else 's'}{f' from {sources}' if sources else ''}."
