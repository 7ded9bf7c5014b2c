"""Turn HTML from outside into plain text: tags are dropped, entities unescaped once, and mere lookalikes of tags ("a<b and x<y>z") stay.

This is not an HTML sanitiser: the result is text and is escaped wherever it is shown. The time taken grows linearly with the length,
whatever the nesting (nh3 needs 37 s for 100,000 nested tags, which a feed may well send).
"""

from __future__ import annotations

import html
import re

# A tag that is closed before the next "<"; quoted values may hold ">". Each branch starts differently, so there is no backtracking.
_TAG = re.compile(r"""</?([A-Za-z][\w:.-]*)(?=[\s/>])(?:[^<>"']|"[^"<]*"|'[^'<]*')*>|</?([A-Za-z][\w:.-]*)(?=[\s/>])[^<>]*>""")
_DECLARATION = re.compile(r"<[!?][^<>]*>")
# Python parses no number of more than 4,300 digits, and no character code has thirteen.
_ENDLESS = re.compile(r"&#[0-9]{13,};?")
_HIDDEN = ("script", "style", "template", "head", "iframe", "object", "noscript", "svg")
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "center", "dd", "div", "dl", "dt", "fieldset", "figcaption", "figure",
        "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
_INLINE = frozenset(
    {
        "a", "abbr", "acronym", "applet", "area", "audio", "b", "base", "basefont", "bdi", "bdo", "big", "body", "button", "canvas",
        "caption", "cite", "code", "col", "colgroup", "data", "datalist", "del", "details", "dfn", "dialog", "dir", "em", "embed", "font",
        "frame", "frameset", "head", "html", "i", "iframe", "img", "input", "ins", "isindex", "kbd", "label", "legend", "link", "map",
        "mark", "marquee", "math", "menu", "meta", "meter", "noframes", "noscript", "object", "optgroup", "option", "output", "param",
        "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "script", "select", "small", "source", "span", "strike", "strong",
        "style", "sub", "summary", "sup", "svg", "template", "textarea", "time", "title", "track", "tt", "u", "var", "video", "wbr",
        "path", "circle", "rect", "g", "mi", "mo", "mn", "mrow", "msup", "msub", "msubsup", "mfrac", "msqrt", "mtext", "mspace", "mover",
        "munder", "mtable", "mtr", "mtd", "mstyle", "semantics", "annotation",
    }
)  # fmt: skip


def text_of(markup: str) -> str:
    """The text of an HTML fragment, with a line break between blocks. Unknown names in angle brackets are text, not tags."""
    shown = _without_comments(markup)
    for name in _HIDDEN:
        shown = _without_element(shown, name)
    shown = _TAG.sub(_replacement, _DECLARATION.sub(" ", shown))
    return unescaped(shown)


def unescaped(text: str) -> str:
    """The text with its character references replaced, by U+FFFD if there is no such character.

    `html.unescape` alone raises for a number of thousands of digits.
    """
    return html.unescape(_ENDLESS.sub("\ufffd", text))


def _replacement(tag: re.Match[str]) -> str:
    name = (tag[1] or tag[2]).lower()
    if name in _BLOCKS:
        return "\n"
    return "" if name in _INLINE or ":" in name or "-" in name else tag[0]


def _without_comments(markup: str) -> str:
    kept: list[str] = []
    start = 0
    while (begin := markup.find("<!--", start)) >= 0:
        kept.append(markup[start:begin])
        end = markup.find("-->", begin + 4)
        start = len(markup) if end < 0 else end + 3
    kept.append(markup[start:])
    return "".join(kept)


def _without_element(markup: str, name: str) -> str:
    """The markup without elements of that name and their content; an unclosed one loses only its tag."""
    lowered = markup.lower()
    if f"<{name}" not in lowered or len(lowered) != len(markup):  # lowering changes a few letters' length: leave those texts alone
        return markup
    kept: list[str] = []
    start = 0
    for opening in re.finditer(rf"<{name}(?=[\s/>])", lowered):
        if opening.start() < start:
            continue
        end = lowered.find(f"</{name}", opening.end())
        if end < 0:
            break
        kept.append(markup[start : opening.start()])
        closed = lowered.find(">", end)
        start = len(markup) if closed < 0 else closed + 1
    kept.append(markup[start:])
    return " ".join(kept)
