"""Checks on a feed's bytes before feedparser sees them, so that no document takes long or makes it fail.

Measured on feedparser 6.0.14, what each limit is for (seconds on one core):
    100,000 attributes on one tag: more than 30 s, quadratic in the strict parser          MAX_ATTRIBUTES of one tag
    20,000 different categories of one entry: 10 s, quadratic                              MAX_CATEGORIES of one entry
    an <author> of one word of 100,000 letters: 58 s, quadratic (a search for addresses)   MAX_WORD, MAX_WORD_PAIRS
    `&#xD800;` anywhere: UnicodeEncodeError out of parse()                                 made U+FFFD
    blank lines before the root element: quadratic                                         collapsed
    10,000 entries: 2.5 s; an element: 40 µs, loosely parsed 25 µs a tag; attributes: 10 µs MAX_ENTRIES, MAX_ELEMENTS, MAX_LOOSE_TAGS …
    16 million lines: 60 s, each handed on alone; as many `&`, loosely parsed: 50 s        MAX_LINES, MAX_LOOSE_REFERENCES
    internal entities: a megabyte, referred to ten thousand times                          refused (other DOCTYPEs are harmless)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from xml.parsers import expat

from ..errors import SourceRefused, SourceTooLarge

MAX_BYTES = 16 << 20
MAX_ENTRIES = 12_000
MAX_ELEMENTS = 150_000
MAX_LOOSE_TAGS = 150_000
MAX_LOOSE_REFERENCES = 1_000_000
MAX_LINES = 1_000_000
MAX_DEPTH = 200
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTES_IN_ALL = 200_000
MAX_NAMESPACES = 100
MAX_CATEGORIES = 500
MAX_WORD = 600
MAX_WORD_PAIRS = 200_000_000
"""The squares of the lengths of all words of 64 letters and more, summed: 12 ns each."""

_HINT = "no listing looks like this: correct the address, or tell whoever runs it"
_REFERENCE = re.compile(rb"&#(x[0-9a-fA-F]+|[0-9]+)(;?)")
_PICTURE = re.compile(rb"data:[\w.+/-]{0,80};base64,[A-Za-z0-9+/=\s]*")
_WORD = re.compile(rb"(?<![A-Za-z0-9_.+-])[A-Za-z0-9_.+-]{64,}")  # anchored at a word's beginning, so that each is read once
_ENTRY = re.compile(rb"<(?:[\w.-]{1,60}:)?(?:item|entry)\b", re.IGNORECASE)
_CATEGORY = re.compile(rb"<(?:[\w.-]{1,60}:)?(?:category|subject)\b", re.IGNORECASE)
_KEYWORDS = re.compile(rb"keywords|<tags", re.IGNORECASE)
_FIRST_ELEMENT = re.compile(rb"<\w")
_BLANKS = re.compile(rb"\s+")  # whole runs; requiring a line break inside would rescan a run without one from each of its characters
_ENDS = {3, 5, 6, 20}  # no element found, unclosed token, partial character, unclosed CDATA section (expat.h)
_ROOTS = {"rss", "feed", "rdf", "channel"}


class Flaw(StrEnum):
    """What is wrong with a document that can be read nevertheless."""

    NONE = ""
    MALFORMED = "malformed"
    CUT = "cut"
    """It ends before its root element does: what came after is lost."""


@dataclass(slots=True)
class Checked:
    """A document that is safe for feedparser. `root` is the root element's name if it is a feed's, else ""."""

    data: bytes
    root: str = ""
    flaw: Flaw = Flaw.NONE


@dataclass(slots=True)
class _Walk:
    """Counts in one pass of expat, which sees exactly what feedparser's strict parser will see."""

    subject: str
    depth: int = 0
    elements: int = 0
    attributes: int = 0
    root: str = ""
    namespaces: set[str] = field(default_factory=set)

    def start(self, name: str, attributes: list[str]) -> None:
        self.root = self.root or name
        self.depth += 1
        self.elements += 1
        self.attributes += len(attributes) // 2
        self.namespaces.update(a for a in attributes[::2] if a.startswith("xmlns"))
        counts = (
            (self.depth, MAX_DEPTH, "levels of nesting"),
            (self.elements, MAX_ELEMENTS, "elements"),
            (len(attributes) // 2, MAX_ATTRIBUTES, "attributes on one tag"),
            (self.attributes, MAX_ATTRIBUTES_IN_ALL, "attributes"),
            (len(self.namespaces), MAX_NAMESPACES, "namespaces"),
        )
        for count, most, what in counts:
            if count > most:
                raise too_large(self.subject, most, what)

    def end(self, name: str) -> None:
        self.depth -= 1

    def entity(self, *_: object) -> None:
        raise declares_entities(self.subject)


def checked(data: bytes, subject: str) -> Checked:
    """The document in UTF-8, with everything that would trip feedparser neutralised.

    Raises SourceTooLarge for a document that would take long, SourceRefused for entity declarations.
    """
    if len(data) > MAX_BYTES:
        raise too_large(subject, MAX_BYTES, "bytes")
    # Inline images (data URLs) are of no use to us, and most long words are such.
    data = _PICTURE.sub(b"data:,", _REFERENCE.sub(_legal_reference, data.replace(b"\x00", b"")))
    data = _cut_words(data, subject)
    data = _check_prologue(data, subject)
    if max(data.count(b"\n"), data.count(b"\r")) > MAX_LINES:
        raise too_large(subject, MAX_LINES, "lines")
    _count_entries(data, subject)
    walk = _Walk(subject)
    flaw = _flaw(data, walk)
    if flaw and data.count(b"<") > MAX_LOOSE_TAGS:
        raise too_large(subject, MAX_LOOSE_TAGS, "tags in a malformed document")
    if flaw and data.count(b"&") > MAX_LOOSE_REFERENCES:
        raise too_large(subject, MAX_LOOSE_REFERENCES, "character references in a malformed document")
    root = walk.root.rpartition(":")[2].lower()
    return Checked(data, root if root in _ROOTS else "", flaw)


def too_large(subject: str, most: int, what: str) -> SourceTooLarge:
    """The error for more than `most` of something."""
    return SourceTooLarge(subject, f"has more than {most:,} {what}", hint=_HINT)


def declares_entities(subject: str) -> SourceRefused:
    """The error for a document that declares its own entities."""
    return SourceRefused(subject, "declares XML entities, which could grow without end", hint=_HINT)


def _flaw(data: bytes, walk: _Walk) -> Flaw:
    """Check the limits with expat; where it meets an error, feedparser's loose parser will take over."""
    parser = expat.ParserCreate()
    parser.UseForeignDTD(True)  # makes an undefined entity no error, so that the check reads further than the strict parser would
    parser.ordered_attributes = True
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.EntityDeclHandler = walk.entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        return Flaw.CUT if error.code in _ENDS else Flaw.MALFORMED
    return Flaw.NONE


def _legal_reference(reference: re.Match[bytes]) -> bytes:
    """The character reference, or U+FFFD if XML 1.0 (§2.2) has no such character."""
    digits = reference[1]
    if len(digits) > 12:
        return "\ufffd".encode()
    code = int(digits[1:], 16) if digits[:1] == b"x" else int(digits)
    legal = code in (0x9, 0xA, 0xD) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return reference[0] if legal else "\ufffd".encode()


def _check_prologue(data: bytes, subject: str) -> bytes:
    """Check what stands before the root element: white space is collapsed, and entity declarations are refused."""
    first = _FIRST_ELEMENT.search(data)
    end = first.start() if first else len(data)
    head = _BLANKS.sub(_one_blank, data[:end]) if first else data[:end]
    upper = head.upper()
    if b"<!ENTITY" in upper:
        raise declares_entities(subject)
    if upper.count(b"<!DOCTYPE") > 10:
        raise too_large(subject, 10, "document types")
    return head + data[end:]


def _one_blank(blanks: re.Match[bytes]) -> bytes:
    return b"\n" if b"\n" in blanks[0] else blanks[0]


def _cut_words(data: bytes, subject: str) -> bytes:
    """The document with its longest words cut. Raises SourceTooLarge if the rest would still take long."""
    pairs = 0

    def cut(word: re.Match[bytes]) -> bytes:
        nonlocal pairs
        kept = word[0][:MAX_WORD]
        pairs += len(kept) ** 2
        return kept

    data = _WORD.sub(cut, data)
    if pairs > MAX_WORD_PAIRS:
        raise SourceTooLarge(subject, "has too many words of hundreds of letters", hint=_HINT)
    return data


def _count_entries(data: bytes, subject: str) -> None:
    """Limit the entries, and everything quadratic within one, for both the strict and the loose parser."""
    entries = _ENTRY.split(data)
    if len(entries) - 1 > MAX_ENTRIES:
        raise too_large(subject, MAX_ENTRIES, "entries")
    for entry in entries:
        if len(entry) > 8 * MAX_CATEGORIES and sum(1 for _ in _CATEGORY.finditer(entry)) > MAX_CATEGORIES:
            raise too_large(subject, MAX_CATEGORIES, "categories in one entry")
        if entry.count(b",") > 4 * MAX_CATEGORIES and _KEYWORDS.search(entry):
            raise too_large(subject, 4 * MAX_CATEGORIES, "keywords in one entry")
