"""Every title and abstract that lies in the recordings, and how the TeX in one is compared with what was made of it."""

from __future__ import annotations

import gzip
import json
import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

_NAMES = ("title", "display_name", "abstract", "summary", "abstractNote", "description")
# What says how something looks or where it leads, and may go: commands, and arguments that are no text.
_LAYOUT = re.compile(
    r"\\textcolor\{[^{}]*\}|\\{1,2}char[0-9]+|\\unicode\s*\{[^}]*\}|\\[uvHckrdbt]\{[a-z]{2,9}\}|\\h[a-z]+\{[^{}]*\}(?=\{)"
    r"|\{\\\\textbackslash\}url|\\[A-Za-z]+"
)
_OURS = ("sup", "sub", "i")


def recorded_texts(data: Path) -> list[str]:
    """Titles and abstracts, each once."""
    found: dict[str, None] = {}
    for file in sorted((data / "ranking").rglob("items.jsonl.gz")):
        for line in gzip.decompress(file.read_bytes()).splitlines():
            found.update(dict.fromkeys(_texts_of(json.loads(line))))
    for file in sorted((data / "samples").rglob("*")):
        if file.suffix == ".json":
            found.update(dict.fromkeys(_texts_of(json.loads(file.read_text(encoding="utf-8")))))
        elif file.suffix == ".xml":
            names = [(element.tag.rpartition("}")[2], element.text) for element in ElementTree.parse(file).iter()]
            found.update({text: None for name, text in names if name in _NAMES and text})
    return [text for text in found if text.strip()]


def lasting_letters(text: str) -> str:
    """The letters and digits of a text without its commands: what nothing that is made of it may lack."""
    bare = unicodedata.normalize("NFKD", _LAYOUT.sub("", text))
    return re.sub("[^0-9A-Za-z]", "", bare)


def stands_in(part: str, whole: str) -> bool:
    """Whether all characters of the one stand in the other, in this order."""
    rest = iter(whole)
    return part == whole or all(character in rest for character in part)


def shown(html: str) -> str:
    """The text that HTML shows; fails where its tags are not ours or not closed in order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return "".join(reader.texts)


def without_signs(text: str) -> str:
    """Without what stands for raising and lowering in plain text."""
    return re.sub(r"[\^_()]", "", text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _OURS
        assert attrs == []
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data!r}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration: {decl!r}")


def _texts_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, str) and name in _NAMES:
                yield inner
            elif name == "abstract_inverted_index" and isinstance(inner, dict):
                yield " ".join(word for _, word in sorted((place, word) for word, places in inner.items() for place in places))
            else:
                yield from _texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of(inner)
