"""A list of arXiv ids, DOIs and web addresses, as people keep it in a text file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ..model import Dropped
from ..net.sanitise import NAME, line
from .records import Record, identifier

_SIGNED = re.compile(r"^-- ?\n[\s\S]*|(?:^(?!-- ?$).*\S.*\n?)+", re.MULTILINE)
"""A signature to the end, or a paragraph before it."""
_IS_SIGNED = re.compile(r"^-- ?$|(?<![^\s<(\[:,;|])[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.MULTILINE)
_PAGE = re.compile(r"(?:https?://|www\.)[^\s<>\"',;|]+", re.IGNORECASE)
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")  # an address may contain "#", so a comment must follow white space
_PREFIX = re.compile(r"\b(arxiv|doi):[ \t]+", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(?:\[\d{1,4}\]|\d{1,4}[.)])(?=\s)")  # of a row: "[1]", "2.", "3)"
_SUBJECT = re.compile(r"(?<=[0-9])[ \t]*\[[a-z-]+(?:\.[A-Za-z-]{2,})?\]")  # "arXiv:2302.09664 [cs.CL]"
# Some DOIs contain commas and semicolons; they separate names only before white space or another name. "](" is Markdown's.
# A row of them is looked at once, from its beginning and as a whole.
_BETWEEN = re.compile(
    r"\s+|\]\(|"
    r"(?<![,;])[,;]++(?=\s|$|10\.[0-9]{4}|arxiv:|doi:|https?:|[0-9]{4}\.[0-9]{4}|[a-z-]{2,20}(?:\.[a-z]{2})?/[0-9]{7})", re.IGNORECASE
)


def is_list(text: str, most: int | None = None) -> bool:
    """Whether the text is a list of papers' names: at least three, or one for every four lines; a settings file may hold one by chance.

    Only its first `most` words are checked (None: all): a list with more of them is refused anyway.
    """
    names = [found.entry for found in islice(read(text), most) if isinstance(found, Record)]
    rows = (row for row in text.split("\n") if row.strip() and _COMMENT.sub("", row).strip())
    is_covered = 0 < sum(1 for _ in islice(rows, len(names) * 4 + 1)) <= len(names) * 4
    return is_covered or sum(name.startswith(("arxiv:", "doi:")) for name in names) >= 3


def unsigned(text: str) -> str:
    """The text without the web pages in a signature, beside a mail address or after "-- " (RFC 3676 section 4.3): they are the writer's
    own.

    An arXiv id or a DOI stays wherever it is, and so does every line.
    """
    return _SIGNED.sub(lambda part: _PAGE.sub(_if_paper, part[0]) if _IS_SIGNED.search(part[0]) else part[0], text)


def _if_paper(page: re.Match[str]) -> str:
    return page[0] if (identifier(page[0].rstrip(".")) or "").startswith(("arxiv:", "doi:")) else ""


def read(text: str, first: int = 1) -> Iterator[Record | Dropped]:
    """The names in order; any other word is dropped. `first` is the number of the first line."""
    for number, row in enumerate(text.split("\n"), first):
        if not row or row.isspace():
            continue
        row = _SUBJECT.sub("", _PREFIX.sub(r"\1:", _COMMENT.sub("", _NUMBER.sub("", row))))
        for word in map(_bare, _BETWEEN.split(row)):
            if not word.strip("-*•|"):
                continue
            name = identifier(word)
            if name is None:
                yield Dropped(line(word, NAME), f"line {number}: neither an arXiv id, a DOI nor a web address")
            else:
                yield Record(entry=name, arxiv=(name,), dois=(name,), urls=(name,))


def _bare(word: str) -> str:
    """The word without the punctuation around it; a closing bracket stays if it was opened within the word."""
    word = word.strip("<>\"'").rstrip(".").lstrip("([")
    for opening, closing in ("()", "[]"):
        without = word.rstrip(closing)
        word = without + closing * min(len(word) - len(without), max(word.count(opening) - without.count(closing), 0))
    return word
