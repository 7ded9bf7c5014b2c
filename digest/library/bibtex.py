"""BibTeX and biblatex, as written by people, JabRef, Zotero, Mendeley, BibDesk and publishers.

bibtexparser separates the entries, and survives broken ones. Values, strings and TeX are read here, because bibtexparser does not
concatenate "a" # "b" and does not understand braces around a collaboration's name.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator

from bibtexparser.model import DuplicateBlockKeyBlock, DuplicateFieldKeyBlock, Entry, ImplicitComment, ParsingFailedBlock, String
from bibtexparser.splitter import Splitter

from ..model import Dropped
from . import names
from .people import apart, spoken
from .records import Record
from .tex import plain, verbatim

LONGEST = 100_000
"""Characters of one value; @string could double it with each line."""
PUT_IN = 20_000_000
"""Characters that strings may give a file beside its own: four bytes may ask for `LONGEST`, and a file of one megabyte for gigabytes."""
_TYPES = (
    "article|book|booklet|bookinbook|collection|conference|dataset|electronic|inbook|incollection|inproceedings|manual|mastersthesis|misc|"
    "mvbook|mvcollection|online|patent|periodical|phdthesis|proceedings|reference|inreference|report|software|suppbook|techreport|thesis|"
    "unpublished|www|string|comment|preamble"
)
# What begins an entry: a known type, or any with a key and a comma. Everything else with an @ at the start of a line is text.
_HEAD = rf"@[ \t]*(?:(?:{_TYPES})[ \t]*[{{(]|\w+[ \t]*[{{(][ \t]*[^\s,{{}}()=\"]+[ \t]*,)"
BEGINS = re.compile(_HEAD, re.IGNORECASE)
_STRAY = re.compile(rf"^([ \t]*)(?!{_HEAD})@(?=\w*[ \t]*[{{(])", re.IGNORECASE | re.MULTILINE)
# Some programs give no key: "@article{ author = …".
_KEYLESS = re.compile(r"^([ \t]*@[ \t]*(?!string|comment|preamble)\w+[ \t]*[{(])(?=\s*[A-Za-z][\w-]*[ \t]*=)", re.IGNORECASE | re.MULTILINE)
_INLINE = re.compile(rf"(?<=[^\n])(?={_HEAD})", re.IGNORECASE)
_KEY = re.compile(r"@\s*\w+\s*[{(]\s*([^\s,{}()=\"]*)")
_JOINT = re.compile(r'(?<!\\)[{}"#]')
_NOTE = re.compile(r"^[ \t]*%.*", re.MULTILINE)  # INSPIRE writes such lines before the entries, Better BibTeX after them
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_REASONS = (
    ("Unexpected block start", "a brace or a quotation mark is never closed before the next entry"),
    ("Unexpectedly reached end", "a brace or a quotation mark is never closed before the end of the file"),
    ("Expected comma after entry key", "no comma after its key"),
    ("Expected a `=`", "a field without '='"),
    ("Expected either a `,`", "no comma between two fields"),
)


def count(text: str) -> int:
    """How many entries begin, strings and comments among them: at least as many as are read, for a moment's work."""
    return sum(1 for _ in BEGINS.finditer(text))


def read(text: str, *, between: int = 0) -> Iterator[Record | Dropped]:
    """The entries in their order; a broken one is dropped, and takes no other with it. Strings, comments and preambles are none.

    In a file what stands between entries is a comment; who pastes may write names of papers there, in the first so many words `between`.
    """
    # bibtexparser logs a warning for each broken entry; we report them in `dropped`.
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    strings = _Strings()
    # A zero-width space is inserted before an "@" of an e-mail address at the start of a line in an abstract, so that it ends no entry.
    for block in _blocks(_KEYLESS.sub(r"\1,", _STRAY.sub("\\1\u200b@", text))):
        if isinstance(block, String):
            strings.held[block.key.lower()] = _value(block.value, strings)
        elif isinstance(block, Entry):
            yield _record(block, strings)
        elif isinstance(block, Dropped):
            yield block
        elif between > 0:
            said = names.unsigned(_NOTE.sub("", block.comment))
            if names.is_list(said, between):
                yield from names.read(said, 1 + (block.start_line or 0))
            between -= len(said.split())


def _blocks(text: str, first: int = 1, *, again: bool = True) -> Iterator[Entry | String | ImplicitComment | Dropped]:
    """Entries, strings, what stands between them and what is broken. Entries on the lines of a broken one are looked for once more."""
    for found in Splitter(text).split().blocks:
        # A key or field given twice is an error to bibtexparser, but still an entry.
        block = found.ignore_error_block if isinstance(found, DuplicateBlockKeyBlock | DuplicateFieldKeyBlock) else found
        if isinstance(block, Entry | String | ImplicitComment):
            yield block
        elif isinstance(block, ParsingFailedBlock):
            at = first + (block.start_line or 0)
            raw = block.raw or ""
            parted = _INLINE.sub("\n", raw)
            if again and parted != raw:
                yield from _blocks(parted, at, again=False)
            elif not raw[:20].lower().startswith(("@comment", "@preamble")):
                key = _KEY.match(raw)
                yield Dropped(key[1] if key else "", f"line {at}: {_reason(block)}")


def _reason(block: ParsingFailedBlock) -> str:
    told = str(getattr(block.error, "abort_reason", block.error))
    return next((ours for theirs, ours in _REASONS if told.startswith(theirs)), "it cannot be read as BibTeX")


class _Strings:
    """What @string has named so far, and how many characters of it may still be put in."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self._room = PUT_IN

    def of(self, part: str) -> str:
        """What a bare word stands for: a string while there is room, a month, else itself."""
        name = part.lower()
        held = self.held.get(name, "")
        self._room -= len(held)
        if name in self.held and self._room >= 0:
            return held
        return name if name in _MONTHS else part


def _record(entry: Entry, strings: _Strings) -> Record:
    fields: dict[str, str] = {}
    for field in entry.fields:
        value = _value(field.value, strings)
        if value and field.key.lower() not in fields:
            fields[field.key.lower()] = value
    get = fields.get
    return Record(
        entry=entry.key,
        kind=entry.entry_type,
        title=plain(_whole(get("title", ""), get("subtitle", ""))),
        abstract=plain(get("abstract", "")),
        people=tuple(plain(spoken(name)) for name in apart(get("author", "") or get("editor", ""))),
        arxiv=_arxiv(fields),
        dois=(verbatim(get("doi", "")),),
        urls=tuple(verbatim(get(name, "")) for name in ("url", "ee", "howpublished", "bdsk-url-1", "link")),
        remarks=tuple(verbatim(get(name, "")) for name in ("note", "journal", "journaltitle", "howpublished", "number", "volume", "pages")),
        years=tuple(verbatim(get(name, "")) for name in ("year", "date", "issue_date")),
        added=tuple(verbatim(get(name, "")) for name in ("creationdate", "date-added", "dateadded", "timestamp")),
        collections=tuple(plain(name) for field in ("groups", "mendeley-groups") for name in get(field, "").split(",")),
    )


def _whole(title: str, subtitle: str) -> str:
    return f"{title}: {subtitle}" if title and subtitle else title or subtitle


def _arxiv(fields: dict[str, str]) -> tuple[str, ...]:
    """`eprint` where it says that it is arXiv's, or says nothing, and the fields in which some programs keep the id."""
    archive = verbatim(fields.get("archiveprefix") or fields.get("eprinttype") or "arxiv")
    eprint = (verbatim(fields.get("eprint", "")),) if archive.lower() == "arxiv" else ()
    return (*eprint, *(verbatim(fields.get(name, "")) for name in ("arxiv", "arxivid", "arxiv_id")))


def _value(raw: str, strings: _Strings) -> str:
    """A value without its delimiters, its strings put in and its parts joined."""
    return "".join(_part(part.strip(), strings) for part in _parts(raw))[:LONGEST]


def _parts(raw: str) -> Iterator[str]:
    depth = start = 0
    quoted = False
    for joint in _JOINT.finditer(raw):
        match joint[0]:
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case '"' if depth == 0:
                quoted = not quoted
            case "#" if depth == 0 and not quoted:
                yield raw[start : joint.start()]
                start = joint.end()
    yield raw[start:]


def _part(part: str, strings: _Strings) -> str:
    if len(part) > 1 and part[0] + part[-1] in ("{}", '""'):
        return part[1:-1]
    return strings.of(part)
