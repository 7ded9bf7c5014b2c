"""A paper as a card: every line of it worked out as words, so that templates only place them.

What depends on the paper alone (`PaperView`) is apart from what depends on its reader (`Card`). Absent is "" or (), never None.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from markupsafe import Markup

from ..fragments import Fragment
from ..memo import Memo
from ..model import Facts, FeedbackKind, Issue, Paper, Pick, Section
from .languages import Language
from .links import abstract_link, arxiv_link, code_link, pdf_link
from .notes import fitted, translated, unquoted
from .notes_table import NUMBERS
from .points import whole
from .prose import Prose, prose
from .summaries import Summary, summary
from .texts import clean
from .why import Note, Points, Why, points

TITLE = 300
NAME = 60
_LINE = 160
_NOTE, _LONGEST_NOTE = 120, 180  # of a reason as it is kept, and as it is said in some language
_LONGEST_NEW = 350
_TOPIC = re.compile(r"""topic ('.+'|".+")(?: \(in other words\))?""")
Say = Callable[[Paper, FeedbackKind], str]
"""Gives the page or mailto by which something is said of a paper ("": it is not offered), the same for every reader: TOKEN stands for
who says it."""
Cite = Callable[[Paper], str]
"""Gives the address of a paper's BibTeX, with TOKEN in it."""


class Setting(NamedTuple):
    """How cards are set, the same for all of a letter: `year` is the letter's (dates of others say theirs), an abstract has about
    `length` characters (0: none), and `say` and `cite` give its links. A tuple, because each letter looks its cards up by one.
    """

    language: Language
    year: int
    length: int
    say: Say | None = None
    cite: Cite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """The words of a card that are the same for every reader. `links` are (label, address), the abstract's first; `more_links` are those
    that a title which leads to `url` does not have already.

    `actions` are too: what a reader may say of the paper, with TOKEN in the addresses. `is_top` is true on the card of a letter's top pick,
    and there alone `new` is the abstract's sentence that says what is new; `abstract` does not say it once more.
    """

    title: Prose
    url: str
    language: str
    meta: tuple[str, ...]
    authors: str
    place: str
    talk: tuple[str, ...]
    comment: Prose
    abstract: Prose
    abstract_label: str
    new: Prose
    links: tuple[tuple[str, str], ...]
    more_links: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]
    has_code: bool
    is_top: bool


class Card(NamedTuple):
    """A card for one reader: `badge` is the score, or the rank where nothing was ranked for them, and `badge_name` says which; both are ""
    on the card of an update, which nobody scored.

    `why` says why it is there, each reason with its points. A tuple, because a letter has fifteen, and frozen dataclasses are slow to make.
    """

    paper: PaperView
    badge: str
    badge_name: str
    why: Why


Shape = tuple[str, bool]
"""What of a card's own words a template may decide by: what the badge is called, and whether there are reasons."""

Fill = Callable[[Card], Sequence[Fragment]]
"""Gives one word of a card as its place in the template wants it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A paper's card in one format, filled, and cut where something of its reader's goes: pieces with what follows each, and the last."""

    pieces: tuple[tuple[Fragment, Fill], ...]
    last: Fragment


def is_numbered(issue: Issue) -> bool:
    """Do its cards carry a rank and not a score: an edition, or a profile that gave nothing to rank by?"""
    profile = issue.subscription.profile
    if profile is None or any(pick.reasons for pick in issue.picks if pick.section is not Section.UPDATED):
        return profile is None  # a library may have taught what the profile itself does not say
    return profile.is_thin or (bool(issue.picks) and not any(pick.score for pick in issue.picks))


def title_of(paper: Paper) -> Prose:
    """The paper's title, or its key where it has none."""
    return prose(paper.title, TITLE) or prose(paper.key, TITLE) or Prose("?")


def written_in(paper: Paper) -> str:
    """The code of the language that its title and abstract are in, "" where that is not known: arXiv takes them in English alone."""
    return "en" if arxiv_link(paper, "abs") else ""


def paper_view(paper: Paper, setting: Setting, *, is_top: bool = False) -> PaperView:
    """The paper's words in that setting."""
    facts = paper.facts
    abstract, label, new = _abstract(paper, setting, is_top=is_top)
    url, links = abstract_link(paper), _links(paper, setting)
    published = _held(setting.language.short_day(paper.published, setting.year)) if paper.published else ""
    return PaperView(
        title=title_of(paper),
        url=url,
        language=written_in(paper),
        meta=_present(clean(next(iter(paper.categories), ""), NAME), published),
        authors=_authors(paper, setting.language),
        place=_place(paper, setting.language),
        talk=_talk(paper, setting.language),
        comment=_comment(facts),
        abstract=abstract,
        abstract_label=label,
        new=new,
        links=links,
        more_links=tuple(link for link in links if link[1] != url),
        actions=actions(paper, setting.say, setting.language) if setting.say else (),
        has_code=bool(code_link(paper)),
        is_top=is_top,
    )


def _links(paper: Paper, setting: Setting) -> tuple[tuple[str, str], ...]:
    """Where the paper is found, as (label, address). Its BibTeX is ours where we have a page for it, else arXiv's where it is there."""
    say = setting.language.say
    links = (
        (say("Abstract"), abstract_link(paper)),
        (say("PDF"), pdf_link(paper)),
        (say("Code"), code_link(paper)),
        (say("BibTeX"), setting.cite(paper) if setting.cite else arxiv_link(paper, "bibtex")),
    )
    return tuple((label, address) for label, address in links if address)


def actions(paper: Paper, say: Say, language: Language) -> tuple[tuple[str, str], ...]:
    """What may be said of the paper, as (label, address with TOKEN); a paper without authors has nobody to follow."""
    labels = (
        (language.say("More"), FeedbackKind.MORE),
        (language.say("Less"), FeedbackKind.LESS),
        (language.say("Save"), FeedbackKind.SAVE),
        (language.say("Follow"), FeedbackKind.FOLLOW),
    )
    said = ((label, say(paper, kind)) for label, kind in labels if paper.authors or kind is not FeedbackKind.FOLLOW)
    return tuple((label, address) for label, address in said if address)


def card(pick: Pick, rank: int | None, paper: PaperView, language: Language) -> Card:
    """The card of a pick; `rank` is its place (from 1) in an issue whose cards are numbered."""
    notes, none = notes_in(language), points[""]
    others = [(_saves(pick.saves, language), none)] if pick.saves else []
    section = pick.section
    beside = [(notes[reason.note], none) for reason in pick.reasons if reason.signal == section] if section is not Section.PICKS else []
    if section is Section.UPDATED:
        return Card(paper, "", "", Why([*beside, *others]))
    if rank is not None:
        return Card(paper, str(rank), language.say("Rank"), Why([*beside, *others]))
    score, reasons = whole(pick)
    numbers = _points(language)
    told = [(notes[said], numbers[number]) for said, number in reasons]
    return Card(paper, signed(score), _score(language), Why([*beside, *told, *others] if beside or others else told))


@lru_cache(maxsize=1024)
def _saves(count: int, language: Language) -> Note:
    """ "two in your group saved this"; it tells nothing of why the paper was chosen, so it has no points."""
    number = language.say(NUMBERS[count - 2]) if 2 <= count <= 10 else str(count)
    return Note(language.say("{number} in your group saved this", number=number))


@lru_cache(maxsize=64)
def _score(language: Language) -> str:
    return language.say("Score")


@lru_cache(maxsize=64)
def notes_in(language: Language) -> Memo[str, Note]:
    """What reasons say in that language, by what they say in the catalog."""
    return Memo(lambda text: Note(clean(translated(fitted(text, _NOTE), language), _LONGEST_NOTE), _topic(text)), 16_384)


def _topic(note: str) -> str:
    """The topic that a reason says a paper is on, with all its words or in others; "" where it is on none."""
    found = _TOPIC.fullmatch(note)
    return clean(unquoted(found[1]), NAME) if found else ""


def _authors(paper: Paper, language: Language) -> str:
    """ "Ana Silva, Bo Li, Cy Young et al." """
    names = ", ".join(_present(*(clean(author.name, NAME) for author in paper.authors[:3])))
    return language.say("{names} et al.", names=names) if names and len(paper.authors) > 3 else names


def _place(paper: Paper, language: Language) -> str:
    """Where they work: the named authors' affiliations, else the organisation, else how many they are where not all are named."""
    places = dict.fromkeys(clean(place, NAME) for author in paper.authors[:3] for place in author.affiliations)
    known = list(_present(*places))
    if known:
        return ", ".join(known[:3])
    return clean(paper.facts.organisation, NAME) or _how_many(paper, language)


def _how_many(paper: Paper, language: Language) -> str:
    """How many authors it has where not all are named: "5 authors"."""
    count = len(paper.authors)
    if count <= 3:
        return ""
    if paper.has_more_authors:
        return language.say("{count} or more authors", count=count).replace(" ", "\N{NO-BREAK SPACE}", 1)
    return language.say_many("{count} author", "{count} authors", count).replace(" ", "\N{NO-BREAK SPACE}", 1)


def _talk(paper: Paper, language: Language) -> tuple[str, ...]:
    """What a list's readers say of it: votes, comments, who brought it."""
    facts = paper.facts
    votes = _held(f"▲ {facts.votes}") if facts.votes else ""
    comments = _held(language.say_many("{count} comment", "{count} comments", facts.comments)) if facts.comments else ""
    submitter = clean(facts.submitter, NAME)
    brought = language.say("submitted by {name}", name=submitter) if submitter else ""
    return _present(votes, comments, brought)


def _held(text: str) -> str:
    """The same on one line: a number that ends a line is read with what stands before it."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _comment(facts: Facts) -> Prose:
    """What its authors say of it and where it appeared; in HTML the dot between the two begins no line."""
    said = [prose(text) for text in _present(clean(facts.comment, _LINE), clean(facts.journal, _LINE))]
    return Prose(" · ".join(said), Markup("\N{NO-BREAK SPACE}· ").join(said))


def _abstract(paper: Paper, setting: Setting, *, is_top: bool) -> tuple[Prose, str, Prose]:
    """What a card says of the paper, whose words those are ("": the abstract's own), and a top pick's sentence that says what is new.

    A model's summary comes first, the operator's before the list's, then what of the abstract has room.
    """
    if not setting.length:
        return Prose(""), "", Prose("")
    own = summary(clean(paper.abstract), clean(paper.title))
    new = prose(own.new, _LONGEST_NEW) if is_top else Prose("")
    written = prose(paper.facts.summary, setting.length)
    if written:
        by = clean(paper.facts.summary_by, NAME) or "Hugging Face"
        return written, setting.language.say("Summary (AI, {name})", name=by), new
    return prose(_beside(own) if is_top else _fitting(own, setting.length), setting.length), "", new


def _fitting(own: Summary, length: int) -> str:
    return own.text if len(own.text) <= length else own.new


def _beside(own: Summary) -> str:
    """The sentence that stands beside the one that says what is new."""
    return next((sentence for sentence in own.sentences if sentence != own.new), "")


def signed(number: int, plus: str = "") -> str:
    """The number with a real minus sign, or with `plus`."""
    return f"−{-number}" if number < 0 else f"{plus}{number}"


@lru_cache(maxsize=64)
def _points(language: Language) -> Memo[int, Points]:
    """What follows a note that has so many points: signed, so that "you follow Ana Silva +30" is not thirty of her."""
    return Memo(lambda number: Points(signed(number, "+"), is_leftwards=language.direction == "rtl"), 4096)


def _present(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
