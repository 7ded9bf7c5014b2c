"""The pages behind a letter's More, Less, Save and Follow links: one button that gives the feedback, then one that takes it back.

Only the address says what is asked for; the content of a form is ignored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..catalog.people.opposites import OPPOSITE
from ..errors import NotFound
from ..model import Feedback, FeedbackKind, Paper
from ..rendering import clean
from ..rendering.cards import written_in
from ..rendering.languages import language, message
from ..rendering.prose import prose
from ..run import Parts
from .account import issue_of, paper_of
from .answers import Pages
from .request_bodies import button

MOST_AUTHORS = 12
"""Buttons on the page that asks whom to follow."""
_TITLE, _NAME = 300, 60


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one kind's page: its question, its button, what was done, and the effect."""

    question: str
    button: str
    done: str
    effect: str


WORDS = {
    FeedbackKind.MORE: Words(
        message("More like this?"),
        message("More like this"),
        message("Noted: more like this"),
        message("Your next letters lean towards papers like this one."),
    ),
    FeedbackKind.LESS: Words(
        message("Less like this?"),
        message("Less like this"),
        message("Noted: less like this"),
        message("It is not shown again, and papers like it count a little less."),
    ),
    FeedbackKind.SEEN: Words(
        message("Known already?"),
        message("I know this paper"),
        message("Noted: you know this paper"),
        message("It is not shown again, and nothing else changes."),
    ),
    FeedbackKind.SAVE: Words(
        message("Save this paper?"),
        message("Save"),
        message("Saved"),
        message("Preferences, at a letter's foot, lists it, and your next letters lean towards papers like it."),
    ),
    FeedbackKind.FOLLOW: Words(
        message("Follow whom?"),
        message("Follow an author"),
        message("You follow {author}"),
        message("Their new papers get a section of their own."),
    ),
}


@dataclass(frozen=True, slots=True)
class FeedbackRequest:
    """What an address asks for: one kind of feedback on a paper of one letter; `language` is that of the answer.

    `author` is whom to follow, "" while that is still open.
    """

    subscription: int
    language: str
    paper: Paper
    kind: FeedbackKind
    author: str

    @property
    def is_open(self) -> bool:
        """Whether an author has yet to be chosen."""
        return self.kind is FeedbackKind.FOLLOW and not self.author


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """`/f/TOKEN/PAPER/KIND`: GET asks, POST gives the feedback, POST with `?undo` takes it back; `?author=` is whom to follow."""

    def look(request: Request) -> Response:
        return _look(parts, pages, request)

    def act(request: Request) -> Response:
        return _act(parts, pages, request, clock())

    return [Route("/f/{token}/{paper}/{kind}", button(look, act), methods=["GET", "POST"], name="feedback")]


def _look(parts: Parts, pages: Pages, request: Request) -> Response:
    """The page with the button, or what was said before (a scanner that follows links must not teach anybody's profile)."""
    wanted = _requested(parts, request)
    stands, opposite = bool(_standing(parts, wanted)), OPPOSITE.get(wanted.kind)
    # What was saved before less like it was wanted may be said anew, and taken back.
    is_outdated = opposite is not None and bool(_standing(parts, replace(wanted, kind=opposite)))
    return _page(pages, wanted, "done" if stands and not is_outdated else "asked", stands=stands)


def _act(parts: Parts, pages: Pages, request: Request, now: datetime) -> Response:
    """Give the feedback or take it back; repeating it changes nothing."""
    wanted, given = _requested(parts, request), parts.catalog.feedback
    if wanted.is_open:
        return _page(pages, wanted, "asked")
    if "undo" in request.query_params:
        for one in _standing(parts, wanted):
            given.undo(one.id, now)
        return _page(pages, wanted, "undone")
    given.give(wanted.subscription, wanted.paper.key, wanted.kind, now, author=wanted.author, origin="link")
    return _page(pages, wanted, "done")


def _requested(parts: Parts, request: Request) -> FeedbackRequest:
    """The feedback that the address asks for. Raises TokenError or NotFound if this letter cannot say it; both look the same to a client.
    """
    issue = issue_of(parts, request.path_params["token"])
    subscription = parts.catalog.subscribers.by_id(issue.subscription.id)
    if subscription.profile is None:
        raise NotFound("", "an edition learns nothing")
    paper, kind = paper_of(issue, request.path_params["paper"]), request.path_params["kind"]
    if kind not in WORDS:
        raise NotFound("", "no such kind of feedback")
    author = _author(paper, request.query_params.get("author", "")) if kind == FeedbackKind.FOLLOW else ""
    return FeedbackRequest(subscription.id, subscription.subscriber.language, paper, FeedbackKind(kind), author)


def _author(paper: Paper, wanted: str) -> str:
    """The author to follow: the one wanted, the only one there is, or "" for a choice. Raises NotFound."""
    names = [author.name for author in paper.authors]
    if wanted in names or (names and not wanted):
        return wanted or (names[0] if len(names) == 1 else "")
    raise NotFound("", "no such author of this paper")


def _standing(parts: Parts, wanted: FeedbackRequest) -> list[Feedback]:
    """Earlier feedback on this paper that was not taken back."""
    given = parts.catalog.feedback.on(wanted.subscription, wanted.paper.key)
    return [one for one in given if (one.kind, one.author) == (wanted.kind, wanted.author)]


def _page(pages: Pages, wanted: FeedbackRequest, state: str, *, stands: bool = False) -> Response:
    """Names the paper and never the reader: letters are forwarded, and this page goes with them."""
    words, say = WORDS[wanted.kind], language(wanted.language).say
    author = {"author": wanted.author} if wanted.author else {}
    values = {
        "state": state,
        "stands": stands,
        "question": say(words.question),
        "effect": say(words.effect),
        "title": prose(wanted.paper.title, _TITLE) or clean(wanted.paper.key, _TITLE),
        "written_in": written_in(wanted.paper),
        "done": say(words.done, author=clean(wanted.author, _NAME)),
        "buttons": _choices(wanted.paper) if wanted.kind is FeedbackKind.FOLLOW else ((say(words.button), "?"),),
        "undo": "?" + urlencode({**author, "undo": "1"}),
        "others": [(say(WORDS[kind].button), kind) for kind in WORDS if _is_beside(wanted, kind, state)],
    }
    return pages.page("feedback.html", values, spoken=wanted.language)


def _choices(paper: Paper) -> tuple[tuple[str, str], ...]:
    """A button for each author; if there are many, for the first ones and for the last, who often leads the group, if known."""
    names = list(dict.fromkeys(author.name for author in paper.authors))
    if paper.has_more_authors:
        names = names[:MOST_AUTHORS]
    shown = names if len(names) <= MOST_AUTHORS else [*names[: MOST_AUTHORS - 1], names[-1]]
    return tuple((clean(name, _NAME), "?" + urlencode({"author": name})) for name in shown)


def _is_beside(wanted: FeedbackRequest, kind: FeedbackKind, state: str) -> bool:
    """Whether the page also links to this kind: to every other one, and from a followed author to the next."""
    if kind is FeedbackKind.FOLLOW:
        return bool(wanted.paper.authors) and (wanted.kind is not kind or (state == "done" and len(wanted.paper.authors) > 1))
    return wanted.kind is not kind
