"""Papers as BibTeX, for a reader's own library."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ..fragments import Fragment
from ..model import Paper
from ..naming import without_suffix
from ..typesetting import STYLES
from .links import abstract_link
from .mathematics import plain
from .mathematics.running_text import is_formula
from .mathematics.symbols import ALPHABETS, FUNCTION_NAMES, FUNCTIONS, HATS, LETTERS, OPERATORS, SILENT, SPACES, WRAPPING
from .texts import clean

# Characters special to TeX. BibTeX counts braces even after a backslash, so an unbalanced one would end the entry: braces are written as
# commands.
_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\textbraceleft{}", "}": r"\textbraceright{}", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "$": r"\$", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_MATHEMATICS = re.compile(r"(?<!\\)\$([^$]+)\$")
_MARK = re.compile("[\ue000-\uf8ff]")  # private-use placeholders for the formulas while the text around them is read
_FIRST_MARK, _MOST_MARKS = 0xE000, 6_400
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)?|\^\^|.", re.DOTALL)
# TeX executes what is in a BibTeX file: "\input", in any spelling ("^^5cinput", "\csname"), would print a file of whoever cites it. So only
# commands known to set formulas stay, and nothing that TeX stumbles over: "%" would swallow the rest of the entry.
_SETTING = frozenset({"frac", "dfrac", "tfrac", "cfrac", "binom", "dbinom", "tbinom", "sqrt", "overset", "underset", "stackrel", "substack",
    "overbrace", "underbrace", "xrightarrow", "xleftarrow", "operatorname", "mathbin", "not", "lvert", "rvert", "phantom", "tag",
    "overrightarrow", "overleftarrow", "{", "}", "%", "&", "#", "_", "\\",
})  # fmt: skip
_KNOWN = frozenset().union(_SETTING, LETTERS, OPERATORS, FUNCTIONS, FUNCTION_NAMES, SPACES, SILENT, ALPHABETS, WRAPPING, HATS, STYLES)
_STUMBLING = frozenset(("%", "#", "&", "^^"))
_SMALL = frozenset(("a", "an", "and", "are", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to", "via", "with"))


def bibtex(papers: Iterable[Paper]) -> str:
    """A BibTeX entry for each paper, under distinct keys: "silva2026foxes", "silva2026foxesb"."""
    return "\n".join(_entry(paper, name) for paper, name in _named(papers))


def bibtex_fragments(papers: Iterable[Paper]) -> tuple[Fragment, ...]:
    """The same as fragments, one per paper, encoded once for all letters that contain it; a blank line follows each."""
    return tuple(_slug(paper, name) for paper, name in _named(papers))


@lru_cache(maxsize=4096)
def citation_key(paper: Paper) -> str:
    """The key of a paper's entry: first author, year and first word of the title, in ASCII letters and digits."""
    words = [word for word in re.findall(r"[a-z0-9]+", _ascii(paper.title).lower()) if word not in _SMALL]
    surname = re.findall(r"[a-z]+", _ascii(_surname(paper.authors[0].name)).lower()) if paper.authors else []
    year = str(paper.published.year) if paper.published else ""
    return "".join([*surname, year, *words[:1]]) or "paper"


def _named(papers: Iterable[Paper]) -> Iterator[tuple[Paper, str]]:
    taken: set[str] = set()
    for paper in papers:
        name = _free(citation_key(paper), taken)
        taken.add(name)
        yield paper, name


@lru_cache(maxsize=4096)
def _slug(paper: Paper, name: str) -> Fragment:
    return Fragment(f"{_entry(paper, name)}\n")


def _entry(paper: Paper, name: str) -> str:
    arxiv = next((key[6:] for key in (paper.key, *paper.ids) if key.startswith("arxiv:")), "")
    doi = next((key[4:] for key in paper.ids if key.startswith("doi:")), "")
    fields = {
        "title": f"{{{_text(paper.title)}}}",
        "author": " and ".join((*filter(None, (_author(one.name) for one in paper.authors)), *["others"] * paper.has_more_authors)),
        "year": str(paper.published.year) if paper.published else "",
        "journal": _text(paper.facts.journal or ""),
        "eprint": _bare(arxiv),
        "archiveprefix": "arXiv" if arxiv else "",
        "primaryclass": _bare(paper.categories[0]) if arxiv and paper.categories else "",
        "doi": _bare(doi),
        "url": _plain(abstract_link(paper)),
        "abstract": _text(paper.abstract),
    }
    lines = [f"  {field} = {{{value}}}," for field, value in fields.items() if value]
    kind = "article" if paper.facts.journal else "misc"
    return "\n".join([f"@{kind}{{{name},", *lines, "}", ""])


def _free(name: str, taken: set[str]) -> str:
    """The key, or the first one with a letter appended that is not taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}{chr(96 + number)}" if number <= 26 else f"{name}-{number}"
    return free


def _surname(name: str) -> str:
    plain, _ = without_suffix(name)
    before, comma, _ = plain.partition(",")
    return before if comma else (plain.split() or [""])[-1]


def _author(name: str) -> str:
    """A name that BibTeX splits correctly by itself; one that contains "and" is put in braces."""
    plain, suffix = without_suffix(name)
    if suffix:
        last, comma, first = plain.partition(",")
        if not comma:
            first, _, last = plain.rpartition(" ")
        name = f"{last}, {suffix}, {first.strip()}"
    text = _text(name)
    return f"{{{text}}}" if re.search(r"\band\b", name, re.IGNORECASE) else text


def _text(text: str) -> str:
    """The text for TeX: formulas as they were written, everything else as it is read ("Kähler"), escaped so that none of it is TeX."""
    text = clean(_MARK.sub("", text))
    formulas: list[str] = []
    marked, done, at = "", 0, 0
    while (found := _MATHEMATICS.search(text, at)) and len(formulas) < _MOST_MARKS:
        start, at = found.start(), found.start() + 1
        body, before, after = found[1], text[start - 1 : start], text[found.end() : found.end() + 1]
        if is_formula(body, before, after) and _is_balanced(body) and _is_known(body):
            marked += text[done:start] + chr(_FIRST_MARK + len(formulas))
            formulas.append(found[0])
            done = at = found.end()
    read = plain(marked + text[done:])  # in one piece: a formula may stand within \textit{…}
    return _MARK.sub(lambda mark: formulas[ord(mark[0]) - _FIRST_MARK], _escaped(read))


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _is_balanced(text: str) -> bool:
    """Whether its braces are balanced, so that it cannot close the entry around it."""
    depth = 0
    for letter in text:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return False
    return depth == 0


def _is_known(formula: str) -> bool:
    """Whether it contains only commands that set formulas."""
    tokens = _TOKEN.findall(formula)
    return all(token[1:] in _KNOWN if token[0] == "\\" else token not in _STUMBLING for token in tokens)


def _bare(name: str) -> str:
    """A value that needs no escapes; "" for one that would need them."""
    return name if name == clean(name) and not {"{", "}", "\\"} & set(name) and "^^" not in name else ""


def _plain(address: str) -> str:
    return address.replace("{", "%7B").replace("}", "%7D")


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
