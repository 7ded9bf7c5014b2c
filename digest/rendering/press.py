"""The press: one theme made ready, then issue after issue set with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from math import ceil
from pathlib import Path

from jinja2 import TemplateError

from ..errors import ThemeError
from ..model import FeedbackKind, Issue, Paper
from .cards import SAYINGS, Pieces, card, paper_view
from .dates import local_day
from .letters import LetterView, letter_view, reading_order
from .links import is_mail_link, web_link
from .specimen import SPECIMEN
from .themes import load_theme

# The decoded HTML of an ordinary letter (15 papers) and of any, with the CRLF it is sent with: Gmail clips at 102,400 bytes and then
# drops the styles.
_ORDINARY = 15
_ORDINARY_BYTES = 60_000
_MOST_BYTES = 100_000
_ABSTRACTS = (350, 160, 0)  # characters of abstract on a card: tried in this order until the letter fits
_REMEMBERED_PAPERS = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """A letter's parts; they show the same papers and the same links in the same order."""

    subject: str
    preheader: str
    html: str
    text: str
    markdown: str


@dataclass(frozen=True, slots=True)
class Links:
    """Where a letter's actions lead: `page` is the issue on the web, `unsubscribe` a page or a mailto ("": there is nothing to leave).

    `feedback` gives the page or mailto by which something is said of a paper (None: nobody listens).
    """

    unsubscribe: str
    page: str | None = None
    feedback: Callable[[Paper, FeedbackKind], str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What an operator may change without writing a theme; `colours` are (name, "#rrggbb") pairs that replace the theme's."""

    name: str = "digest"
    postal_address: str = ""
    logo: str = ""
    colours: tuple[tuple[str, str], ...] = ()


class Press:
    """A theme, compiled; renders issues with it. Safe to use from several threads.

    Raises ThemeError where a template is broken or absent, ConfigurationError for a colour the theme does not have.
    """

    def __init__(self, theme: str = "paper", *, themes: Path | None = None, branding: Branding = Branding()) -> None:
        self._theme = load_theme(theme, themes, brand={"name": branding.name, "logo": web_link(branding.logo)}, colours=branding.colours)
        self._branding = branding
        self._pieces = lru_cache(maxsize=_REMEMBERED_PAPERS)(self._cut)
        self._prove()

    def render(self, issue: Issue, links: Links) -> Rendering:
        """The issue as a letter. The same issue and links give the same letter; the HTML is never over 100 KB.

        A letter that would be longer has shorter abstracts, then none, then no links for feedback, then fewer papers and says how many
        more there are.
        Raises ThemeError where a template meets a paper it cannot set, ValueError for links that cannot stand in a letter.
        """
        _check(links, issue)
        try:
            letter, html = self._fitting(issue, links)
            text, markdown = self._theme.text.spliced(letter), self._theme.markdown.spliced(letter)
        except TemplateError as error:
            self._blame(issue, links)
            raise ThemeError(str(self._theme.html.path), str(error)) from error
        return Rendering(subject=letter.subject, preheader=letter.preheader, html=html, text=text, markdown=markdown)

    def render_whole(self, issue: Issue, links: Links) -> Rendering:
        """The same letter filled by Jinja in one go: slow, and what `render` must equal."""
        letter, _ = self._fitting(issue, links)
        html, text, markdown = (sheet.whole(letter) for sheet in self._theme.sheets)
        return Rendering(subject=letter.subject, preheader=letter.preheader, html=html, text=text, markdown=markdown)

    def _fitting(self, issue: Issue, links: Links) -> tuple[LetterView, str]:
        limit = _ORDINARY_BYTES if len(issue.picks) <= _ORDINARY else _MOST_BYTES
        for length in _ABSTRACTS:
            letter, html, size = self._set(issue, links, length, len(issue.picks))
            if size <= limit:
                return letter, html
        shown, links = len(issue.picks), replace(links, feedback=None)
        letter, html, size = self._set(issue, links, 0, shown)
        while size > limit and shown:
            shown = max(0, shown - max(1, ceil((size - limit) * shown / size)))
            letter, html, size = self._set(issue, links, 0, shown)
        return letter, html

    def _set(self, issue: Issue, links: Links, length: int, shown: int) -> tuple[LetterView, str, int]:
        """The letter with abstracts of that length and that many papers, its HTML, and the HTML's size in bytes as it is sent."""
        letter = self._letter(issue, links, length, shown, cut=True)
        html = self._theme.html.spliced(letter)
        return letter, html, len(html.encode()) + html.count("\n")

    def _letter(self, issue: Issue, links: Links, length: int, shown: int, *, cut: bool) -> LetterView:
        year = local_day(issue.made_at, issue.subscription.subscriber.zone).year
        cards = []
        for place, pick in enumerate(reading_order(issue)[:shown]):
            pieces = self._pieces(pick.paper, year, length) if cut else Pieces(paper_view(pick.paper, year, length))
            cards.append(card(issue, pick, place + 1, pieces, actions=_actions(pick.paper, links)))
        brand = self._branding
        return letter_view(issue, tuple(cards), links.unsubscribe, links.page or "", brand.name, brand.postal_address)

    def _cut(self, paper: Paper, year: int, length: int) -> Pieces:
        view = paper_view(paper, year, length)
        html, text, markdown = (sheet.pieces(view) for sheet in self._theme.sheets)
        return Pieces(view, html, text, markdown)

    def _prove(self) -> None:
        """Set a specimen issue both ways, so that a broken template is an error at the start and not at the first letter."""
        links = Links("mailto:leave@example.org", "https://example.org/i/1", lambda paper, kind: f"https://example.org/f/1/1/{kind}")
        for issue in (SPECIMEN, replace(SPECIMEN, picks=(), notes=(), sources=(), considered=0)):
            self._blame(issue, links)
            rendering, whole = self.render(issue, links), self.render_whole(issue, links)
            for sheet, one, other in zip(self._theme.sheets, _parts(rendering), _parts(whole), strict=True):
                if one != other:
                    hint = "leave white space control ({%- and -%}) away from the {# card #} and {# reader #} marks"
                    raise ThemeError(str(sheet.path), "a card set alone differs from a card set in the letter", hint=hint)
        self._pieces.cache_clear()

    def _blame(self, issue: Issue, links: Links) -> None:
        """Fill the templates as they were written, so that what is wrong in one has its line. Raises ThemeError."""
        letter = self._letter(issue, links, _ABSTRACTS[0], len(issue.picks), cut=False)
        for sheet in self._theme.sheets:
            sheet.check(letter)


def _parts(rendering: Rendering) -> tuple[str, str, str]:
    return rendering.html, rendering.text, rendering.markdown


def _actions(paper: Paper, links: Links) -> tuple[tuple[str, str], ...]:
    """What may be said of the paper, as (label, address); a paper without authors has nobody to follow."""
    say = links.feedback
    if say is None:
        return ()
    return tuple((label, say(paper, kind)) for label, kind in SAYINGS if paper.authors or kind is not FeedbackKind.FOLLOW)


def _check(links: Links, issue: Issue) -> None:
    """Raise ValueError for links that cannot stand in a letter; those for feedback are made alike, so the first paper's speak for all."""
    said = [address for pick in issue.picks[:1] for _, address in _actions(pick.paper, links)]
    for action in filter(None, (links.unsubscribe, *said)):
        if not (is_mail_link(action) or web_link(action, anywhere=True)):
            raise ValueError(f"neither an http(s) nor a mailto link: {action!r}")
    if links.page and not web_link(links.page, anywhere=True):
        raise ValueError(f"not an absolute http(s) link: {links.page!r}")
