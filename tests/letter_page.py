"""A letter's HTML as a mail program reads it: parsed by html5lib, with the colours and sizes that its styles come to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from xml.etree.ElementTree import Element

import html5lib

_LEFTWARDS = re.compile("[\u0590-\u08ff]")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\) \{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_FOR_OUTLOOK = re.compile(r"<!--\[if [^!\]]*mso[^\]]*\]>(.*?)<!\[endif\]-->", re.DOTALL)
_FOR_OTHERS = re.compile(r"<!--\[if !mso[^\]]*\]><!-->.*?<!--<!\[endif\]-->", re.DOTALL)
_INHERITED = ("color", "font-size", "direction")
Styles = dict[str, str]


@dataclass(frozen=True)
class Piece:
    """Some visible text: its colours (by day or by night) as "#rrggbb", its size in pixels, and the tags that it stands in."""

    text: str
    colour: str
    background: str
    size: float
    inside: tuple[str, ...]

    @property
    def contrast(self) -> float:
        """WCAG 2.2, contrast ratio."""
        lighter, darker = sorted((luminance(self.colour), luminance(self.background)), reverse=True)
        return (lighter + 0.05) / (darker + 0.05)


class Page:
    """HTML, read strictly: `errors` is all that the parser of the standard finds wrong in it."""

    def __init__(self, html: str) -> None:
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.root: Element = parser.parse(html)
        self.errors = tuple(f"{code} {data}" for _, code, data in parser.errors)
        self.tags = [(element.tag, dict(element.attrib)) for element in self.root.iter() if isinstance(element.tag, str)]
        self.style = "".join(element.text or "" for element in self.root.iter("style"))
        self.title = "".join(element.text or "" for element in self.root.iter("title"))

    @cached_property
    def text(self) -> str:
        """What stands in the body, hidden or not."""
        return "".join(self._body.itertext())

    @cached_property
    def links(self) -> list[str]:
        return [attributes["href"] for attributes in self.every("a")]

    @cached_property
    def named_links(self) -> list[tuple[str, str]]:
        """Each link's text and where it leads."""
        return [(" ".join("".join(link.itertext()).split()), link.attrib["href"]) for link in self.root.iter("a")]

    @cached_property
    def headings(self) -> list[tuple[str, str]]:
        """Each heading's level and text."""
        return [(e.tag[1], "".join(e.itertext())) for e in self.root.iter() if isinstance(e.tag, str) and re.fullmatch("h[1-6]", e.tag)]

    @cached_property
    def titles(self) -> list[str]:
        """The titles of all papers: those of the cards, then each line of the others."""
        cards = [e for e in self.root.iter("h3") if "ink" in e.attrib.get("class", "").split()]
        lines = [p for td in self.root.iter("td") if "line" in td.attrib.get("class", "").split() for p in td.iter("p")]
        return ["".join(element.itertext()) for element in (*cards, *lines)]

    @cached_property
    def preheader(self) -> str:
        """What a mailbox shows beside the subject: the first, hidden, text of the body."""
        first = self._body[0]
        assert "display:none" in first.attrib["style"]
        return "".join(first.itertext())

    @cached_property
    def turned(self) -> list[str]:
        """Texts with a word written from the right that no element of its own direction sets apart from the letter."""
        return [text for text in _apart(self._body) if _LEFTWARDS.search(text)]

    @property
    def _body(self) -> Element:
        body = self.root.find("body")
        assert body is not None
        return body

    def every(self, *names: str) -> list[dict[str, str]]:
        """The attributes of every such tag, in the letter's order."""
        return [attributes for tag, attributes in self.tags if tag in names]

    @cached_property
    def declarations(self) -> set[tuple[str, str]]:
        """Every property and value in its styles, in tags and in sheets."""
        sheets = [block for _, block in _RULE.findall(re.sub(r"@media[^{]*\{", "", self.style))]
        found = [*sheets, *(attributes["style"] for _, attributes in self.tags if "style" in attributes)]
        return {pair for block in found for pair in declared(block).items()}

    @cached_property
    def selectors(self) -> set[str]:
        """Every selector and at-rule in its sheets."""
        rules = {part.strip() for part in re.findall(r"([^{}]+)\{", self.style)}
        return {one.strip() for rule in rules for one in ([rule] if rule.startswith("@") else rule.split(","))}

    def pieces(self, *, dark: bool = False) -> list[Piece]:
        """All visible texts in their order, in the colours of the day or of the night."""
        start = {"color": "#000000", "font-size": "16px", "background-color": "#ffffff"}
        return list(_walk(self._body, start, (), _rules(self.style) if dark else ()))


def _apart(element: Element) -> Iterator[str]:
    """The texts that have the direction of the letter, save what is shown in the list of mails alone."""
    has_own = element.attrib.get("dir") == "auto" or (element.tag == "span" and "dir" in element.attrib)
    if has_own or "display:none" in element.attrib.get("style", ""):
        return
    yield element.text or ""
    for child in element:
        yield from _apart(child)
        yield child.tail or ""


def for_outlook(html: str) -> str:
    """The letter's body as Outlook for Windows reads it: with what conditional comments keep for it."""
    body = html[html.index("<body") :]
    return "<!doctype html><title>x</title>" + _FOR_OUTLOOK.sub(r"\1", _FOR_OTHERS.sub("", body))


def declared(block: str) -> Styles:
    """The declarations of a rule or a style attribute, by property."""
    pairs = (part.partition(":") for part in block.split(";") if ":" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# --- the cascade, as far as letters use it ----------------------------------------------------------------------------

Rule = tuple[tuple[str, ...], Styles]


def _rules(sheet: str) -> tuple[Rule, ...]:
    """The rules of the dark, the weakest first: each a chain of simple selectors, with what it sets."""
    found: list[Rule] = []
    for block in _DARK.findall(sheet):
        for selectors, body in _RULE.findall(block):
            values = {name: value.removesuffix("!important").strip() for name, value in declared(body).items() if "!important" in value}
            found += [(tuple(selector.split()), values) for selector in selectors.split(",")]
    return tuple(sorted(found, key=lambda rule: _weight(rule[0])))  # sorting keeps the order of equals


def _weight(chain: tuple[str, ...]) -> tuple[int, int]:
    return sum(part.count(".") for part in chain), sum(not part.startswith(".") for part in chain)


def _matches(chain: tuple[str, ...], path: tuple[tuple[str, frozenset[str]], ...]) -> bool:
    """Whether the innermost element of the path is what the chain of descendants ends in."""
    if not _is(chain[-1], path[-1]):
        return False
    rest = list(chain[:-1])
    for outer in reversed(path[:-1]):
        if rest and _is(rest[-1], outer):
            rest.pop()
    return not rest


def _is(simple: str, element: tuple[str, frozenset[str]]) -> bool:
    tag, *classes = simple.split(".")
    return tag in ("", element[0]) and set(classes) <= element[1]


Path = tuple[tuple[str, frozenset[str]], ...]


def _walk(element: Element, outer: Styles, path: Path, rules: tuple[Rule, ...]) -> Iterator[Piece]:
    if not isinstance(element.tag, str):
        return
    path = (*path, (element.tag, frozenset(element.attrib.get("class", "").split())))
    own = declared(element.attrib.get("style", ""))
    for chain, values in rules:
        if _matches(chain, path):
            own.update(values)
    if own.get("display") == "none":
        return
    now = {**outer, **{name: own[name] for name in (*_INHERITED, "background-color") if name in own}}
    if element.tag in ("sup", "sub"):
        now["font-size"] = outer["font-size"]  # an exponent is small everywhere; what counts is the size of its text
    if (element.text or "").strip():
        yield _piece(element.text or "", now, path)
    for child in element:
        yield from _walk(child, now, path, rules)
        if (child.tail or "").strip():
            yield _piece(child.tail or "", now, path)


def _piece(text: str, now: Styles, path: Path) -> Piece:
    size = float(now["font-size"].removesuffix("px"))
    return Piece(text.strip(), now["color"], now["background-color"], size, tuple(tag for tag, _ in path))
