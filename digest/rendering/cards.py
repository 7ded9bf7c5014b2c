"""Prepare a paper's card: every line of it as words, so that templates only place them.

What depends only on the paper (`PaperView`) is kept apart from what depends on its reader (`Card`). Absent is "" or (), never None.
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
_NOTE, _LONGEST_NOTE = 120, 180  # characters of a reason as stored, and as translated
_LONGEST_NEW = 350
_TOPIC = re.compile(r"""topic ('.+'|".+")(?: \(in other words\))?""")
Say = Callable[[Paper, FeedbackKind], str]
"""Gives the page or mailto by which something is said of a paper ("": it is not offered), the same for every reader: TOKEN stands for
who says it."""
Cite = Callable[[Paper], str]
"""Gives the address of a paper's BibTeX, with TOKEN in it."""


class Setting(NamedTuple):
    """How all cards of a letter are set. `year` is the letter's (dates in other years show theirs), `length` the abstract's approximate
    characters (0: no abstract), `say` and `cite` give the links.

    A tuple, because each letter looks its cards up by it.
    """

    language: Language
    year: int
    length: int
    say: Say | None = None
    cite: Cite | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """The words of a card that are the same for every reader.

    `links` are (label, address) pairs, the abstract's first; `more_links` are those that a title linked to `url` does not cover already.
    `actions` are pairs too: the feedback a reader may give, with TOKEN in the addresses.

    Only on the card of a letter's top pick is `is_top` true and `new` the abstract's sentence that says what is new; `abstract` then leaves
    that sentence out.
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
    """A card for one reader.

    `badge` is the score, or the rank if nothing was ranked for them, and `badge_name` says which; both are "" on the card of an update,
    which has no score. `why` holds the reasons with their points. A tuple, because a letter has fifteen cards and frozen dataclasses are
    slow to create.
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
    """A paper's rendered card in one format, cut where reader-specific words go: (piece, what fills the gap after it) …, and the last
    piece.
    """

    pieces: tuple[tuple[Fragment, Fill], ...]
    last: Fragment


def is_numbered(issue: Issue) -> bool:
    """Whether the issue's cards show a rank instead of a score: in an edition, or for a profile with nothing to rank by."""
    profile = issue.subscription.profile
    if profile is None or any(pick.reasons for pick in issue.picks if pick.section is not Section.UPDATED):
        return profile is None  # with reasons the picks were ranked, if only by what a library taught
    return profile.is_thin or (bool(issue.picks) and not any(pick.score for pick in issue.picks))


def title_of(paper: Paper) -> Prose:
    """The paper's title, or its key if it has none."""
    return prose(paper.title, TITLE) or prose(paper.key, TITLE) or Prose("?")


def written_in(paper: Paper) -> str:
    """The language code of title and abstract, "" if unknown: arXiv accepts only English."""
    return "en" if arxiv_link(paper, "abs") else ""


def paper_view(paper: Paper, setting: Setting, *, is_top: bool = False) -> PaperView:
    """The paper's words under these settings."""
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
    """The links to the paper, as (label, address). Its BibTeX is ours if we have a page for it, else arXiv's if it has one."""
    say = setting.language.say
    links = (
        (say("Abstract"), abstract_link(paper)),
        (say("PDF"), pdf_link(paper)),
        (say("Code"), code_link(paper)),
        (say("BibTeX"), setting.cite(paper) if setting.cite else arxiv_link(paper, "bibtex")),
    )
    return tuple((label, address) for label, address in links if address)


def actions(paper: Paper, say: Say, language: Language) -> tuple[tuple[str, str], ...]:
    """The feedback links for the paper, as (label, address with TOKEN); a paper without authors offers nobody to follow."""
    labels = (
        (language.say("More"), FeedbackKind.MORE),
        (language.say("Less"), FeedbackKind.LESS),
        (language.say("Save"), FeedbackKind.SAVE),
        (language.say("Follow"), FeedbackKind.FOLLOW),
    )
    said = ((label, say(paper, kind)) for label, kind in labels if paper.authors or kind is not FeedbackKind.FOLLOW)
    return tuple((label, address) for label, address in said if address)


def card(pick: Pick, rank: int | None, paper: PaperView, language: Language) -> Card:
    """The card of a pick; `rank` is its place (from 1) in an issue with numbered cards."""
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
    """"two in your group saved this"; it is not a reason for the choice, so it has no points."""
    number = language.say(NUMBERS[count - 2]) if 2 <= count <= 10 else str(count)
    return Note(language.say("{number} in your group saved this", number=number))


@lru_cache(maxsize=64)
def _score(language: Language) -> str:
    return language.say("Score")


@lru_cache(maxsize=64)
def notes_in(language: Language) -> Memo[str, Note]:
    """The catalog's English reasons as notes in that language, looked up by their English text."""
    return Memo(lambda text: Note(clean(translated(fitted(text, _NOTE), language), _LONGEST_NOTE), _topic(text)), 16_384)


def _topic(note: str) -> str:
    """The topic that a reason names, matched literally or in other words; "" if it names none."""
    found = _TOPIC.fullmatch(note)
    return clean(unquoted(found[1]), NAME) if found else ""


def _authors(paper: Paper, language: Language) -> str:
    """ "Ana Silva, Bo Li, Cy Young et al." """
    names = ", ".join(_present(*(clean(author.name, NAME) for author in paper.authors[:3])))
    return language.say("{names} et al.", names=names) if names and len(paper.authors) > 3 else names


def _place(paper: Paper, language: Language) -> str:
    """Where the authors work: the named authors' affiliations, else the organisation, else the number of authors if not all are named."""
    places = dict.fromkeys(clean(place, NAME) for author in paper.authors[:3] for place in author.affiliations)
    known = list(_present(*places))
    if known:
        return ", ".join(known[:3])
    return clean(paper.facts.organisation, NAME) or _how_many(paper, language)


def _how_many(paper: Paper, language: Language) -> str:
    """The number of authors if not all are named: "5 authors"."""
    count = len(paper.authors)
    if count <= 3:
        return ""
    if paper.has_more_authors:
        return language.say("{count} or more authors", count=count).replace(" ", "\N{NO-BREAK SPACE}", 1)
    return language.say_many("{count} author", "{count} authors", count).replace(" ", "\N{NO-BREAK SPACE}", 1)


def _talk(paper: Paper, language: Language) -> tuple[str, ...]:
    """What a list's readers say about the paper: votes, comments, submitter."""
    facts = paper.facts
    votes = _held(f"▲ {facts.votes}") if facts.votes else ""
    comments = _held(language.say_many("{count} comment", "{count} comments", facts.comments)) if facts.comments else ""
    submitter = clean(facts.submitter, NAME)
    brought = language.say("submitted by {name}", name=submitter) if submitter else ""
    return _present(votes, comments, brought)


def _held(text: str) -> str:
    """The text with its number tied to the following words, so that no line ends in a number."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def _comment(facts: Facts) -> Prose:
    """The authors' comment and the journal; in HTML no line begins with the dot between them."""
    said = [prose(text) for text in _present(clean(facts.comment, _LINE), clean(facts.journal, _LINE))]
    return Prose(" · ".join(said), Markup("\N{NO-BREAK SPACE}· ").join(said))


def _abstract(paper: Paper, setting: Setting, *, is_top: bool) -> tuple[Prose, str, Prose]:
    """What a card shows of the abstract, whose words they are ("": the abstract's own), and the top pick's sentence that says what is new.

    A model's summary comes first, the operator's before the list's, then as much of the abstract as has room.
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
    """The sentence shown next to the one that says what is new."""
    return next((sentence for sentence in own.sentences if sentence != own.new), "")


def signed(number: int, plus: str = "") -> str:
    """The number with a real minus sign, or with `plus` as its sign."""
    return f"−{-number}" if number < 0 else f"{plus}{number}"


@lru_cache(maxsize=64)
def _points(language: Language) -> Memo[int, Points]:
    """A formatter of a reason's points: signed, so that "you follow Ana Silva +30" does not read like thirty of her."""
    return Memo(lambda number: Points(signed(number, "+"), is_leftwards=language.direction == "rtl"), 4096)


def _present(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
