"""What the mail programs that matter make of HTML and CSS, by the tests of caniemail; and what a letter asks of them.

A feature goes by the name of its file there ("css-word-break", "html-dir"). What stands in no list is told by the table that names it.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from .letter_page import Page

PROGRAMS = {
    "Gmail": ("gmail", ("desktop-webmail", "ios", "android", "mobile-webmail")),
    "Outlook for Windows": ("outlook", ("windows",)),
    "Outlook on the web": ("outlook", ("outlook-com",)),
    "Apple Mail": ("apple-mail", ("macos", "ios")),
    "Yahoo": ("yahoo", ("desktop-webmail", "ios", "android")),
}
_STATS = re.compile(r"^stats: (\{.*?^\})", re.DOTALL | re.MULTILINE)
Support = dict[str, str]
"""How far each program knows a feature: "y", or "a"/"n"/"u" with the notes that say how; the worst of its editions."""


def support(folder: Path, feature: str) -> Support:
    """What the programs know of it, in their latest versions."""
    text = (folder / f"{feature}.md").read_text(encoding="utf-8")
    found = _STATS.search(text)
    assert found, feature
    stats = _read(found[1])
    told = {}
    for name, (family, editions) in PROGRAMS.items():
        latest = [list(stats[family][edition].values())[-1] for edition in editions if edition in stats[family]]
        told[name] = max(latest, key=lambda said: "yaun".index(said[0]))
    return told


def _read(block: str) -> dict[str, dict[str, dict[str, str]]] | dict[str, str]:  # type: ignore[return]
    """The JSON that a block of a feature's file would be with quotes around its keys and without its last commas."""
    quoted = re.sub(r'^(\s*)([\w-]+)\s*:', r'\1"\2":', block, flags=re.MULTILINE)
    return json.loads(re.sub(r",(\s*[}\]])", r"\1", quoted))


# --- what a letter asks of them ---------------------------------------------------------------------------------------

_LONGHAND = re.compile(r"(border|margin|padding)-(?:top|right|bottom|left|color|style|width)")
_OWN = ("-webkit-", "-ms-", "mso-", "supported-color-schemes")
"""What one family of programs reads, and every other one passes over."""
_OLD_PROPERTIES = {"color", "font-style", "page-break-inside", "page-break-after"}
"""As old as CSS (page breaks as CSS 2), and in no list; "font-family" stands under "css-font"."""
_OLD_TAGS = {"html", "head", "title", "meta", "a", "br", "i", "sup", "sub"}
_TAGS = {"body": "html-body", "div": "html-div", "p": "html-p", "span": "html-span", "style": "html-style", "img": "html-img"}
_OLD_ATTRIBUTES = {"class", "style", "href", "src", "alt", "title", "border", "content", "name", "http-equiv", "type", "media", "xmlns"}
KEYWORDS = {
    "display": {"block", "inline-block"},
    "font-weight": {"normal", "bold"},
    "text-align": {"left", "right", "center"},
    "text-decoration": {"none", "underline"},
    "text-transform": {"uppercase"},
}
"""Of properties that programs know in part, the values that all of them know."""
_UNITS = {"px": "css-unit-px", "%": "css-unit-percent", "pt": "css-unit-pt"}


def features(page: Page) -> set[str]:
    """Everything that its HTML and CSS use, under the names of caniemail, or one that is not there ("tag …", "css-unit-…")."""
    asked = {"html-doctype", "html-comments"} | {_tag(tag) for tag, _ in page.tags}
    asked |= {_attribute(name, value) for tag, attributes in page.tags for name, value in attributes.items()}
    for selector in page.selectors:
        asked |= _selector(selector)
    for name, value in page.declarations:
        asked |= _declaration(name, value)
    return asked - {""}


def _tag(tag: str) -> str:
    if tag in _OLD_TAGS:
        return ""
    if re.fullmatch("h[1-6]", tag):
        return "html-h1-h6"
    return "html-table" if tag in ("table", "tbody", "tr", "td") else _TAGS.get(tag, f"tag {tag}")


def _attribute(name: str, value: str) -> str:
    if name == "href" and value.startswith("mailto:"):
        return "html-mailto-links"
    if name == "content" and value == "light dark":
        return "html-meta-color-scheme"
    if name in _OLD_ATTRIBUTES or name.startswith(("xmlns:", "aria-roledescription")):
        return ""
    known = ("align", "valign", "width", "height", "cellpadding", "cellspacing", "role", "lang", "dir", "aria-label")
    return f"html-{name}" if name in known else f"attribute {name}"


def _selector(selector: str) -> set[str]:
    if selector.startswith("@media"):
        return {"css-at-media-prefers-color-scheme" if "prefers-color-scheme" in selector else "css-at-media"}
    if selector.startswith("@"):
        return {f"css-at-{selector[1:].partition(' ')[0]}"}
    asked = {"css-selector-grouping"} | {f"css-pseudo-class-{name}" for name in re.findall(r":([\w-]+)", selector) if name != "root"}
    for simple in re.sub(r":[\w-]+", "", selector).split():
        marks = re.findall(r"[.#]|^\w", simple)
        asked |= {{".": "css-selector-class", "#": "css-selector-id"}.get(mark, "css-selector-type") for mark in marks}
        asked |= {"css-selector-chaining"} if len(marks) > 1 else set()
        asked |= {f"selector {simple}"} if re.search(r"[^\w.#-]", simple) else set()
    return asked | ({"css-selector-descendant"} if " " in selector else set())


def _declaration(name: str, value: str) -> set[str]:
    if name.startswith(_OWN):
        return set()
    units = set(re.findall(r"\d(%|[a-z]+)", re.sub(r"#\w+", "", value)))
    asked = {_UNITS.get(unit, f"css-unit-{unit}") for unit in units}
    asked |= {"css-important"} if "!important" in value else set()
    asked |= {f"value {value}"} if "(" in value else set()
    asked |= {"css-sytem-ui"} if "system" in value else set()
    if name == "display" and value.removesuffix(" !important") not in KEYWORDS["display"]:
        return asked | {f"css-display-{value}"}
    if name in _OLD_PROPERTIES:
        return asked
    short = _LONGHAND.sub(r"\1", name)
    return asked | {"css-font" if name == "font-family" else f"css-{short}"}
