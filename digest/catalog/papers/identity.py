"""When two papers are one work: if they share a name, or else title, first author and year."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

from ...model import Paper
from ...naming import parse_name, without_suffix

_PREFERENCE = ("arxiv", "doi")
# Titles that many works share; other such titles are excluded by being too short (`_FEWEST_WORDS`).
_GENERIC_WORDS = """
tableofcontents inthisissue callforpapers letterfromtheeditor lettertotheeditor messagefromtheeditor notefromtheeditors newsandviews
listofreviewers thankstoreviewers reviewersofthisissue frontandbackmatter abookreview guesteditorsintroduction specialissueeditorial
introductiontothespecialissue
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
_FEWEST_WORDS = 3
# Those of Crossref's prefixes that are preprint servers': bioRxiv's and medRxiv's (with letters behind it, the first is journals'),
# Research Square, Preprints.org, ChemRxiv, those of the Open Science Framework, EarthArXiv, EcoEvoRxiv, EdArXiv, TechRxiv, Authorea,
# SSRN, SciELO. Some give each version a DOI of its own.
_PREPRINT = re.compile(
    r"((?:10\.1101/[0-9]|10\.(?:64898|21203|20944|26434|312(?:19|2[0-9]|3[0-7])|32942|35542|36227|22541|2139|1590/scielopreprints)[/.]).*?)"
    r"(?:[/._-]v[0-9]{1,2})?"
)
_PAGES = ("url:", "guid:")


def names_of(paper: Paper) -> tuple[str, ...]:
    """Every name of a paper in its canonical spelling, the preferred kind first: arXiv, DOI, others."""
    return tuple(sorted({parse_name(name) or name for name in (paper.key, *paper.ids)}, key=rank_of_name))


def rank_of_name(name: str) -> tuple[int, str]:
    """A sort key for names; the first of a paper's names is its key."""
    kind = name.partition(":")[0]
    return (_PREFERENCE.index(kind) if kind in _PREFERENCE else len(_PREFERENCE)), name


def fingerprint(paper: Paper) -> str | None:
    """What two listings of one work share even without a common name: title, first author and year, as "title|surname|year".

    None if that would prove too little: a title of fewer than three words or shared by many works, no author, no year.
    """
    title = fold(paper.title)
    words = re.findall(r"\w+", paper.title)
    if title in _GENERIC or len(words) < _FEWEST_WORDS or not paper.authors or paper.published is None:
        return None
    surname = _surname(paper.authors[0].name)
    return f"{title}|{surname}|{paper.published.year}" if surname else None


def fold(text: str) -> str:
    """The letters and digits of a text, without case, accents and spacing, for comparing."""
    # Upper case first: "ı" and "ß" have no lower-case form in common with "I" and "SS", but share the upper-case one.
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper().casefold())
    return "".join(c for c in letters if c.isalnum())


def disagree(ours: Iterable[str], theirs: Iterable[str], *, by_pages: bool = True) -> bool:
    """Whether two sets of names must be of different works: both have names of the same kind (or site), and share none of these.

    Without `by_pages`, addresses on sites and ids of feeds are not compared: a site may move all its pages to new addresses.
    """
    mine, other = _by_realm(ours), _by_realm(theirs)
    return any(not mine[realm] & other[realm] for realm in mine.keys() & other.keys() if by_pages or not realm.startswith(_PAGES))


def arxiv_name(names: Iterable[str]) -> str | None:
    """The arXiv name among these (the smallest of several), or None."""
    return min((name for name in names if name.startswith("arxiv:")), default=None)


def _by_realm(names: Iterable[str]) -> dict[str, set[str]]:
    realms: dict[str, set[str]] = {}
    for name in names:
        kind, _, rest = name.partition(":")
        realm, value = _realm(kind, rest)
        realms.setdefault(realm, set()).add(value)
    return realms


def _realm(kind: str, value: str) -> tuple[str, str]:
    """The realm in which a name is unique (a kind, a site, a feed, a preprint server), and its value there.

    Two pages of one site are two works, except that a site may start to end its addresses with "/". Pages of two sites may show the same
    work, and so may entries of two feeds, each with its own ids ("guid:feed#id"), and a preprint server and a journal, each with its own
    DOI.
    """
    if kind == "url":
        return f"url:{urlsplit(value).netloc}", value.rstrip("/")
    if kind == "guid":
        return f"guid:{value.partition('#')[0]}", value.rstrip("/")
    if kind == "doi" and (preprint := _PREPRINT.fullmatch(value)):
        return f"doi:{value.partition('/')[0]}", preprint[1]
    return kind, value


def _surname(name: str) -> str:
    plain, _ = without_suffix(name)
    before, comma, _ = plain.partition(",")
    words = (before if comma else plain).split()
    return fold(words[-1]) if words else ""
