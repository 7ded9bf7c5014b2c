"""A paper as a card: every line of it worked out as words, so that templates only place them.

What depends on the paper alone (`PaperView`) is apart from what depends on its reader (`Card`). Absent is "" or (), never None.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..model import FeedbackKind, Issue, Paper, Pick, Section
from .dates import short_day
from .links import abstract_link, code_link, pdf_link
from .points import whole_points, whole_score

# C0, C1, zero-width blanks and operators (joiners stay: some scripts are spelt with them), line and paragraph separators,
# bidirectional controls, the byte order mark, lone surrogates.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_TITLE = 300
_NAME = 60
_LINE = 160
_NOTE = 120
Say = Callable[[Paper, FeedbackKind], str]
"""Gives the page or mailto by which something is said of a paper, the same for every reader: TOKEN stands for who says it."""
SAYINGS = (
    ("More", FeedbackKind.MORE),
    ("Less", FeedbackKind.LESS),
    ("Save", FeedbackKind.SAVE),
    ("Follow", FeedbackKind.FOLLOW),
)
"""What a card offers its reader to say; "known already" is offered on the pages these lead to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """The words of a card that are the same for every reader. `links` are (label, address), the abstract's first.

    `actions` are too: what a reader may say of the paper, with TOKEN in the addresses.
    """

    title: str
    url: str
    meta: tuple[str, ...]
    authors: str
    place: str
    talk: tuple[str, ...]
    comment: str
    abstract: str
    abstract_label: str
    links: tuple[tuple[str, str], ...]
    actions: tuple[tuple[str, str], ...]
    has_code: bool


@dataclass(frozen=True, slots=True)
class Pieces:
    """What of a card does not depend on its reader, filled and cut at the places that do, for each format."""

    view: PaperView
    html: tuple[str, ...] = ()
    text: tuple[str, ...] = ()
    markdown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card for one reader: `badge` is the score, or the rank where nothing was ranked for them, and `badge_name` says which."""

    paper: PaperView
    badge: str
    badge_name: str
    reasons: tuple[str, ...]
    pieces: Pieces


def clean(text: str | None, most: int = 0) -> str:
    """The text without invisible characters and surplus blanks, cut at a word to `most` characters."""
    plain = " ".join(_INVISIBLE.sub(" ", text or "").split())
    return shortened(plain, most) if most else plain


def shortened(text: str, most: int) -> str:
    """The text in at most that many characters, cut at a word and ended with "…" where something is missing."""
    if len(text) <= most:
        return text
    head = text[:most]
    cut = head.rfind(" ")
    return (head[:cut] if cut > most // 2 else head[: most - 1]).rstrip(" ,;:.-–—(") + "…"


def is_numbered(issue: Issue) -> bool:
    """Do its cards carry a rank and not a score: an edition, or a profile that gave nothing to rank by?"""
    profile = issue.subscription.profile
    if profile is None or any(pick.reasons for pick in issue.picks if pick.section is not Section.UPDATED):
        return profile is None  # a library may have taught what the profile itself does not say
    return profile.is_thin or (bool(issue.picks) and not any(pick.score for pick in issue.picks))


def paper_view(paper: Paper, year: int, length: int, say: Say | None = None) -> PaperView:
    """The paper's words; dates of other years than `year` say theirs, the abstract has about `length` characters (0: none)."""
    facts = paper.facts
    url, code = abstract_link(paper), code_link(paper)
    links = (("Abstract", url), ("PDF", pdf_link(paper)), ("Code", code))
    abstract, label = _abstract(paper, length)
    return PaperView(
        title=clean(paper.title, _TITLE) or clean(paper.key, _TITLE) or "Untitled",
        url=url,
        meta=_present(clean(next(iter(paper.categories), ""), _NAME), short_day(paper.published, year) if paper.published else ""),
        authors=_authors(paper),
        place=_place(paper),
        talk=_talk(paper),
        comment=" · ".join(_present(clean(facts.comment, _LINE), clean(facts.journal, _LINE))),
        abstract=abstract,
        abstract_label=label,
        links=tuple((name, address) for name, address in links if address),
        actions=actions(paper, say) if say else (),
        has_code=bool(code),
    )


def actions(paper: Paper, say: Say) -> tuple[tuple[str, str], ...]:
    """What may be said of the paper, as (label, address with TOKEN); a paper without authors has nobody to follow."""
    return tuple((label, say(paper, kind)) for label, kind in SAYINGS if paper.authors or kind is not FeedbackKind.FOLLOW)


def card(issue: Issue, pick: Pick, rank: int, pieces: Pieces) -> Card:
    """The card of a pick that stands at that rank (from 1) in its issue."""
    if is_numbered(issue):
        return Card(paper=pieces.view, badge=str(rank), badge_name="Rank", reasons=(), pieces=pieces)
    score = whole_score(pick)
    why = tuple(clean(reason.note, _NOTE) for reason in pick.reasons if reason.signal == pick.section)
    points = tuple(f"{clean(reason.note, _NOTE)} {_signed(points)}" for reason, points in whole_points(pick.reasons, score))
    return Card(paper=pieces.view, badge=_signed(score), badge_name="Score", reasons=why + points, pieces=pieces)


def _authors(paper: Paper) -> str:
    """ "Ana Silva, Bo Li, Cy Young et al." """
    names = _present(*(clean(author.name, _NAME) for author in paper.authors[:3]))
    return ", ".join(names) + (" et al." if names and len(paper.authors) > 3 else "")


def _place(paper: Paper) -> str:
    """Where they work: the named authors' affiliations, else the organisation, else how many they are where not all are named."""
    places = dict.fromkeys(clean(place, _NAME) for author in paper.authors[:3] for place in author.affiliations)
    known = list(_present(*places))
    if known:
        return ", ".join(known[:3])
    return clean(paper.facts.organisation, _NAME) or (f"{len(paper.authors)} authors" if len(paper.authors) > 3 else "")


def _talk(paper: Paper) -> tuple[str, ...]:
    """What a list's readers say of it: votes, comments, who brought it."""
    facts = paper.facts
    comments = f"{facts.comments} comment{'' if facts.comments == 1 else 's'}" if facts.comments else ""
    submitter = clean(facts.submitter, _NAME)
    return _present(f"▲ {facts.votes}" if facts.votes else "", comments, f"submitted by {submitter}" if submitter else "")


def _abstract(paper: Paper, length: int) -> tuple[str, str]:
    """The first lines of the abstract; where there is none, the list's summary, labelled as what it is."""
    if not length:
        return "", ""
    abstract, summary = clean(paper.abstract, length), clean(paper.facts.summary, length)
    return (abstract, "") if abstract or not summary else (summary, "Summary (AI, Hugging Face)")


def _signed(number: int) -> str:
    return str(number).replace("-", "−")


def _present(*texts: str) -> tuple[str, ...]:
    return tuple(text for text in texts if text)
