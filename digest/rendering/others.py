"""The papers of an issue that have no card: named by title, under their categories, as far as a letter has room for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..model import Paper
from ..slugs import Slug
from .cards import NAME, title_of
from .links import abstract_link
from .prose import Prose
from .texts import clean


@dataclass(frozen=True, slots=True)
class Headline:
    """A paper as one line."""

    title: Prose
    url: str
    category: str


@dataclass(frozen=True, slots=True)
class Line:
    """A headline, set in each format, and how many bytes of HTML it is."""

    headline: Headline
    html: Slug
    text: Slug
    markdown: Slug
    size: int


@dataclass(frozen=True, slots=True)
class OthersGroup:
    """A category, "" where a paper has none, and its papers, best first."""

    title: str
    papers: tuple[Headline, ...]


@dataclass(frozen=True, slots=True)
class OthersView:
    """What a theme's template shows of the others: groups in the order of their best papers, and how many more there are ("": none)."""

    groups: tuple[OthersGroup, ...] = ()
    more: str = ""


def headline(paper: Paper) -> Headline:
    """The paper as one line."""
    return Headline(title_of(paper), abstract_link(paper), clean(next(iter(paper.categories), ""), NAME))


def grouped(lines: Iterable[Line]) -> tuple[tuple[Line, ...], ...]:
    """The lines by category, each group and the groups in the order in which they come."""
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(line.headline.category, []).append(line)
    return tuple(map(tuple, groups.values()))


def fitting(lines: Iterable[Line], room: int, heading: int) -> list[Line]:
    """As many of the lines, from the first, as have room in that many bytes; each category's heading takes `heading`."""
    shown: list[Line] = []
    categories: set[str] = set()
    for line in lines:
        room -= line.size
        if line.headline.category not in categories:
            categories.add(line.headline.category)
            room -= heading
        if room < 0:
            break
        shown.append(line)
    return shown
