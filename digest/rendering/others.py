"""The papers of an issue without a card: listed by title under their categories, as many as a letter has room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ..fragments import NOTHING, Fragment, size_of
from ..model import Paper
from .cards import NAME, title_of, written_in
from .links import abstract_link
from .prose import Prose
from .texts import clean

Setter = Callable[["Headline"], Fragment]
"""Sets a headline in one format."""

Groups = dict[str, list["Line"]]
"""Lines by category, each group and the groups in the order in which they come, but first those of none."""


@dataclass(frozen=True, slots=True)
class Headline:
    """A paper as a single line."""

    title: Prose
    url: str
    category: str
    language: str


class Line:
    """A paper's headline, rendered in each format when first needed, and its size in bytes of HTML."""

    __slots__ = ("_markdown", "_set_markdown", "category", "headline", "html", "paper", "size", "text")

    def __init__(self, paper: Paper, html: Setter, text: Setter, markdown: Setter) -> None:
        self.paper, self.headline = paper, headline(paper)
        self.category = self.headline.category
        self.html, self.text = html(self.headline), text(self.headline)
        self.size = size_of((self.html,), "")
        self._set_markdown, self._markdown = markdown, NOTHING

    @property
    def markdown(self) -> Fragment:
        """The line in Markdown, rendered only when needed: few readers want it."""
        if self._markdown is NOTHING:
            self._markdown = self._set_markdown(self.headline)
        return self._markdown


@dataclass(frozen=True, slots=True)
class OthersGroup:
    """A category ("" for papers without one) and its papers, best first."""

    title: str
    papers: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class OthersView:
    """What a template shows of the other papers: groups in the order of their best papers, and how many more there are ("": none).

    Papers without a category come first.
    """

    groups: tuple[OthersGroup, ...] = ()
    more: str = ""


def headline(paper: Paper) -> Headline:
    """The paper as a single line."""
    return Headline(title_of(paper), abstract_link(paper), clean(next(iter(paper.categories), ""), NAME), written_in(paper))


def fitting(lines: Iterable[Line], room: int, heading: int) -> Groups:
    """As many of the lines, from the first, as fit into `room` bytes; each category's heading takes `heading` bytes."""
    groups: Groups = {}
    for line in lines:
        group = groups.get(line.category)
        room -= line.size if group else line.size + heading
        if room < 0:
            break
        if group:
            group.append(line)
        else:
            groups[line.category] = [line]
    # This group has no heading, so anywhere but first it would seem to belong to the group before it.
    return {"": groups[""], **groups} if "" in groups else groups
