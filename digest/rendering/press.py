"""The press: one theme compiled in one language, with which issue after issue is rendered."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from pathlib import Path

from ..errors import ThemeError
from ..fragments import Fragment, size_of, text_of
from ..model import PASSED_OVER, FeedbackKind, Format, Issue, Paper
from .cards import Card, Cite, Say, Setting, card, is_numbered, paper_view
from .languages import SOURCE, Language
from .languages import language as language_of
from .letters import TOP, Frame, LetterView, day_of, letter_view, reading_order
from .links import TOKEN, is_mail_link, web_link
from .others import Groups, Headline, OthersGroup, OthersView, fitting, headline
from .specimen import SPECIMEN
from .stock import Shaped, Stock
from .themes import load_theme

# Limits on the decoded HTML of an ordinary letter (15 papers) and of any letter, with CRLF as sent: Gmail clips at 102,400 bytes and
# then drops the styles.
_ORDINARY = 15
_ORDINARY_BYTES = 59_900
_MOST_BYTES = 99_900
_ABSTRACTS = (350, 160, 0)  # characters of abstract on a card: tried in this order until the letter fits
_USUAL = re.compile(r"https://[A-Za-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9/._~:-]+")  # obviously a web link, recognised without parsing it
_HTML, _TEXT, _MARKDOWN = range(3)  # places among a theme's sheets
_HEADING_BYTES, _AROUND_BYTES = 330, 900  # first guesses: one category's heading, and what surrounds the part about the other papers


@dataclass(frozen=True, slots=True)
class _LetterParts:
    """A letter's words, its cards in reading order, and the papers with neither card nor web page, which come first among the others."""

    letter: LetterView
    cards: list[Shaped]
    left: tuple[Paper, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rendering:
    """A letter's parts, as fragments with TOKEN in the place of `token`; all parts show the same papers and links in the same order.

    A part that was not requested is empty. Two renderings are equal if they say the same, however they are split into fragments.
    """

    subject: str
    preheader: str
    token: str
    html_fragments: Sequence[Fragment]
    text_fragments: Sequence[Fragment]
    markdown_fragments: Sequence[Fragment]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rendering) and self._said() == other._said()

    __hash__ = None  # type: ignore[assignment]  # a letter is nobody's key

    def _said(self) -> tuple[str, ...]:
        return self.subject, self.preheader, self.html, self.text, self.markdown

    @property
    def html(self) -> str:
        """The HTML as shown."""
        return text_of(self.html_fragments, self.token)

    @property
    def text(self) -> str:
        """The plain text as shown."""
        return text_of(self.text_fragments, self.token)

    @property
    def markdown(self) -> str:
        """The Markdown as shown."""
        return text_of(self.markdown_fragments, self.token)


@dataclass(frozen=True, slots=True)
class Links:
    """Where a letter's actions lead. Equal links must be equal values: what they give is cached with a paper's card.

    `page` is the issue on the web, `unsubscribe` a page or a mailto ("": nothing to leave), `preferences` the page to change what one gets,
    `feedback` gives the address for feedback on a paper (None: off; "": not that kind), `bibtex` that of a paper's BibTeX (None: at arXiv,
    if anywhere), and `token` identifies the reader there. `feedback_note` says in the letter's foot what other feedback is possible, and
    how.
    """

    unsubscribe: str
    page: str | None = None
    feedback: Say | None = None
    token: str = ""
    bibtex: Cite | None = None
    preferences: str | None = None
    feedback_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Branding:
    """What an operator may change without writing a theme; `colours` are (name, "#rrggbb") pairs that replace the theme's."""

    name: str = "digest"
    postal_address: str = ""
    logo: str = ""
    colours: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Others:
    """The other papers that fit into a letter, how many more there are, and the part about them in HTML."""

    groups: Groups
    more: str
    html: list[Fragment]

    def view(self) -> OthersView:
        """What a template sees of them."""
        groups = (OthersGroup(title, tuple(line.headline for line in lines)) for title, lines in self.groups.items())
        return OthersView(tuple(groups), self.more)


_Html = tuple[list[Fragment], int, int]
"""A letter's HTML without the others, the place in it where they go, and how many bytes are left for them."""


class Press:
    """A theme, compiled in one language; renders issues with it. Safe to use from several threads.

    Raises ThemeError if a template is broken or absent, ConfigurationError for a colour that the theme does not have.
    """

    def __init__(
        self, theme: str = "paper", *, themes: Path | None = None, branding: Branding = Branding(), language: str | Language = SOURCE
    ) -> None:
        self._language = language_of(language) if isinstance(language, str) else language
        brand = {"name": branding.name, "logo": web_link(branding.logo)}
        self._theme = load_theme(theme, themes, brand=brand, colours=branding.colours, language=self._language)
        self._branding = branding
        self._prove()
        self._stock = self._new_stock()

    def render(self, issue: Issue, links: Links, only: Format | None = None) -> Rendering:
        """The issue as a letter, in all formats or `only` in the parts of one; the same issue and links give the same letter.

        The HTML is never over 100 KB. A letter that would be longer lists fewer of the other papers, then has shorter abstracts, then none,
        then no feedback links, then fewer cards. It then says how many more papers there are and where to find them: on its page, or below
        by title if it has none. Raises ThemeError if a template cannot render a paper, ValueError for links that may not appear in a
        letter.
        """
        _check(links, issue)
        try:
            return self._render(issue, links, only)
        except ThemeError:
            self._blame(issue, links)
            raise

    def render_whole(self, issue: Issue, links: Links) -> Rendering:
        """The same letter rendered by Jinja in one go: slow; `render` must give the same result."""
        made, (_, _, room) = self._fitting(issue, links)
        chosen = self._others_fitting(issue, made, room)
        html, text, markdown = ([Fragment(sheet.whole(made.letter, chosen.view()))] for sheet in self._theme.sheets)
        return _rendering(made.letter, html, text, markdown)

    def words(self, issue: Issue, links: Links, lines: int) -> tuple[LetterView, OthersView]:
        """What a template sees of the letter, with abstracts of full length and `lines` of the other papers, computed without caches."""
        setting, numbered = self._setting(issue, links, _ABSTRACTS[0]), is_numbered(issue)
        parts = reading_order(issue)
        picks = [(pick, part.name == TOP) for part in parts for pick in part.picks]
        cards = [
            card(pick, place if numbered else None, paper_view(pick.paper, setting, is_top=is_top), self._language)
            for place, (pick, is_top) in enumerate(picks, start=1)
        ]
        groups: dict[str, list[Headline]] = {}
        for view in map(headline, issue.others[:lines]):
            groups.setdefault(view.category, []).append(view)
        others = OthersView(tuple(OthersGroup(title, tuple(papers)) for title, papers in groups.items()), self._more(issue, lines))
        return letter_view(issue, parts, cards, self._frame(links), self._language), others

    def _render(self, issue: Issue, links: Links, only: Format | None) -> Rendering:
        made, (html, place, room) = self._fitting(issue, links)
        chosen = self._others_fitting(issue, made, room)
        html[place:place] = chosen.html
        text = self._plain(_TEXT, made, chosen) if only is not Format.MARKDOWN else []
        markdown = self._plain(_MARKDOWN, made, chosen) if only in (None, Format.MARKDOWN) else []
        return _rendering(made.letter, html, text, markdown)

    def _plain(self, form: int, made: _LetterParts, chosen: _Others) -> list[Fragment]:
        sheet = self._theme.sheets[form]
        fragments, place = sheet.letter(made.letter, self._stock.cuts(form, made.cards))
        fragments[place:place] = sheet.others(_lines(form, chosen.groups), chosen.more)
        return fragments

    # --- cards --------------------------------------------------------------------------------------------------------

    def _fitting(self, issue: Issue, links: Links) -> tuple[_LetterParts, _Html]:
        """The letter without the other papers, and its HTML."""
        limit = _ORDINARY_BYTES if len(issue.picks) <= _ORDINARY else _MOST_BYTES
        for length in _ABSTRACTS:
            made, html = self._set(issue, links, length, len(issue.picks), limit)
            if html[2] >= 0:
                return made, html
        shown, links = len(issue.picks), replace(links, feedback=None)
        made, html = self._set(issue, links, 0, shown, limit)
        while (lacking := self._room_for(made.left) - html[2]) > 0 and shown:
            shown = max(0, shown - max(1, ceil(lacking * shown / (limit + lacking))))
            made, html = self._set(issue, links, 0, shown, limit)
        return made, html

    def _room_for(self, papers: Sequence[Paper]) -> int:
        """About how many bytes these papers take when listed by title."""
        lines = list(self._stock.lines(papers))
        return sum(line.size for line in lines) + len({line.category for line in lines}) * _HEADING_BYTES + _AROUND_BYTES * bool(lines)

    def _set(self, issue: Issue, links: Links, length: int, shown: int, limit: int) -> tuple[_LetterParts, _Html]:
        """The letter with abstracts of that length and that many papers."""
        made = self._letter(issue, links, length, shown)
        html, place = self._theme.html.letter(made.letter, self._stock.cuts(_HTML, made.cards))
        return made, (html, place, limit - size_of(html, made.letter.token))

    def _letter(self, issue: Issue, links: Links, length: int, shown: int) -> _LetterParts:
        setting = self._setting(issue, links, length)
        stock, known = self._stock, self._stock.setting(setting)
        parts, numbered = reading_order(issue), is_numbered(issue)
        picks = [(pick, part.name == TOP) for part in parts for pick in part.picks]
        cards: list[Card] = []
        shaped: list[Shaped] = []
        for place, (pick, is_top) in enumerate(picks[:shown], start=1):
            paper = stock.known(known, pick.paper, setting, is_top=is_top)
            one = card(pick, place if numbered else None, paper.view, self._language)
            cards.append(one)
            shaped.append(stock.shaped(paper, (one.badge_name, bool(one.why))))
        frame = self._frame(links)
        left = tuple(pick.paper for pick, _ in picks[shown:]) if frame.names_the_rest else ()
        return _LetterParts(letter_view(issue, parts, cards, frame, self._language), shaped, left)

    def _setting(self, issue: Issue, links: Links, length: int) -> Setting:
        return Setting(language=self._language, year=day_of(issue).year, length=length, say=links.feedback, cite=links.bibtex)

    def _frame(self, links: Links) -> Frame:
        return Frame(
            unsubscribe=links.unsubscribe,
            page=links.page or "",
            preferences=links.preferences or "",
            token=links.token,
            name=self._branding.name,
            postal_address=self._branding.postal_address,
            feedback_note=links.feedback_note if links.feedback else "",
            names_the_rest=not links.page and all(sheet.shows_others for sheet in self._theme.sheets),
        )

    # --- the others ---------------------------------------------------------------------------------------------------

    def _others_fitting(self, issue: Issue, made: _LetterParts, room: int) -> _Others:
        """The other papers that fit, after the picks without a card."""
        papers = (*made.left, *issue.others) if issue.picks else ()
        while True:
            groups = fitting(self._stock.lines(papers), room - _AROUND_BYTES, _HEADING_BYTES)
            shown = sum(map(len, groups.values()))
            more = self._more(issue, shown, len(made.left))
            html = self._theme.html.others(_lines(_HTML, groups), more)
            if not shown or size_of(html, made.letter.token) <= room:
                return _Others(groups, more, html)
            papers = papers[: min(shown - 1, shown * 9 // 10)]

    def _more(self, issue: Issue, named: int, without_card: int = 0) -> str:
        """How many papers there are beyond the listed ones, of which `without_card` are picks."""
        new = sum(pick.section.is_new for pick in issue.picks)
        # Fewer than the maximum stored means that these are all: anything else considered is muted, merged, or in another letter.
        is_all = len(issue.others) < PASSED_OVER
        others = len(issue.others) if is_all else max(issue.considered - new, len(issue.others))
        left = without_card + others - named
        return self._language.say_many("and {count} more", "and {count} more", left) if named and left > 0 else ""

    # --- proof --------------------------------------------------------------------------------------------------------

    def _prove(self) -> None:
        """Render a specimen issue both ways, so that a broken template is an error at start-up and not at the first letter."""
        links = Links("mailto:leave@example.org", "https://example.org/i/1", _said_somewhere, "1", _cited_somewhere, "https://example.org/p/1")
        self._stock = self._new_stock()
        for issue in (SPECIMEN, replace(SPECIMEN, picks=(), notes=(), sources=(), looked=(), considered=0)):
            if self._theme.is_own:
                self._blame(issue, links)
            rendering, whole = self.render(issue, links), self.render_whole(issue, links)
            for sheet, one, other in zip(self._theme.sheets, _parts(rendering), _parts(whole), strict=True):
                if one != other:
                    hint = "leave white space control ({%- and -%}) away from the marks {# … #}, and let no card or line depend on another"
                    raise ThemeError(str(sheet.path), "a card or line set alone differs from one set in the letter", hint=hint)

    def _blame(self, issue: Issue, links: Links) -> None:
        """Render the templates from their original source, so that the error names a line. Raises ThemeError."""
        letter, others = self.words(issue, links, 2)
        for sheet in self._theme.sheets:
            sheet.check(letter, others)

    def _new_stock(self) -> Stock:
        return Stock(self._theme.sheets)


def _lines(form: int, groups: Groups) -> Iterator[tuple[str, list[Fragment]]]:
    """The lines for that format, by category."""
    for title, lines in groups.items():
        if form == _HTML:
            yield title, [line.html for line in lines]
        elif form == _TEXT:
            yield title, [line.text for line in lines]
        else:
            yield title, [line.markdown for line in lines]


def _rendering(letter: LetterView, html: Sequence[Fragment], text: Sequence[Fragment], markdown: Sequence[Fragment]) -> Rendering:
    return Rendering(
        subject=letter.subject,
        preheader=letter.preheader,
        token=letter.token,
        html_fragments=html,
        text_fragments=text,
        markdown_fragments=markdown,
    )


def _parts(rendering: Rendering) -> tuple[str, str, str]:
    return rendering.html, rendering.text, rendering.markdown


def _said_somewhere(paper: Paper, kind: FeedbackKind) -> str:
    return f"https://example.org/f/{TOKEN}/1/{kind}"


def _cited_somewhere(paper: Paper) -> str:
    return f"https://example.org/b/{TOKEN}/1.bib"


def _check(links: Links, issue: Issue) -> None:
    """Raise ValueError for links that may not appear in a letter; those to papers are made alike, so only the first paper's are checked."""
    paper = issue.picks[0].paper if issue.picks else None
    said = [links.feedback(paper, FeedbackKind.MORE)] if links.feedback and paper else []
    cited = [links.bibtex(paper)] if links.bibtex and paper else []
    for action in filter(None, (links.unsubscribe, *(address.replace(TOKEN, links.token) for address in (*said, *cited)))):
        if not (_USUAL.fullmatch(action) or is_mail_link(action) or web_link(action, anywhere=True)):
            raise ValueError(f"neither an http(s) nor a mailto link: {action!r}")
    for page in filter(None, (links.page, links.preferences)):
        if not _USUAL.fullmatch(page) and not web_link(page, anywhere=True):
            raise ValueError(f"not an absolute http(s) link: {page!r}")
