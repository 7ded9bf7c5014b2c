"""The names of a paper: how arXiv ids, DOIs and addresses are spelt, and when two papers without a common name are one work.

A name is "kind:value" ("arxiv:2604.21935", "doi:10.1/x", "url:https://…"), in one spelling, so that equal names are equal text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from ..model import Paper

_NEW_ID = r"[0-9]{2}(?:0[1-9]|1[0-2])\.[0-9]{4,5}"
_OLD_ID = r"[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2})?/[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{3}"
# "arXiv:2302.09664v2 [cs.CL]" is how arXiv itself asks to be cited.
_ARXIV = re.compile(rf"(?:oai:arxiv\.org:|arxiv:\s*)?({_NEW_ID}|{_OLD_ID})(?:v[0-9]+)?(?:\s*\[[\w.-]+\])?", re.IGNORECASE | re.ASCII)
_ARXIV_DOI = re.compile(rf"10\.48550/arxiv\.({_NEW_ID}|{_OLD_ID})(?:v[0-9]+)?", re.IGNORECASE | re.ASCII)
_DOI = re.compile(r"(?:doi:\s*|info:doi/)?(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9]*:\S+", re.ASCII)
_PAGES = {
    "arxiv.org": ("abs", "pdf", "html", "format", "ps", "src", "e-print"),
    "alphaxiv.org": ("abs", "pdf", "overview"),
    "ar5iv.org": ("abs", "html"),
    "ar5iv.labs.arxiv.org": ("abs", "html"),
    "huggingface.co": ("papers",),
    "hf.co": ("papers",),
}
_PREFERENCE = ("arxiv", "doi")
_CHECKED = ("arxiv", "doi", "url", "http", "https")
# Titles that many works share; the rest of those are too short to tell works apart (`_FEWEST_WORDS`).
_GENERIC_WORDS = """
tableofcontents inthisissue callforpapers letterfromtheeditor lettertotheeditor messagefromtheeditor notefromtheeditors newsandviews
listofreviewers thankstoreviewers reviewersofthisissue frontandbackmatter abookreview guesteditorsintroduction specialissueeditorial
introductiontothespecialissue
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
_FEWEST_WORDS = 3


def parse_name(text: str) -> str | None:
    """The name somebody means by an arXiv id, a DOI, an address or a name as we write it; None where it is none of them."""
    text = text.strip()
    if found := _ARXIV.fullmatch(text):
        return f"arxiv:{_arxiv_id(found[1])}"
    if found := _DOI.fullmatch(text):
        return _doi(found[1])
    if (name := _address(text)) is not None:
        return name
    return text if _NAME.fullmatch(text) and text.partition(":")[0] not in _CHECKED else None


def names_of(paper: Paper) -> tuple[str, ...]:
    """Every name of a paper in its one spelling, the best known kind first: arXiv, DOI, others."""
    return tuple(sorted({parse_name(name) or name for name in (paper.key, *paper.ids)}, key=rank_of_name))


def rank_of_name(name: str) -> tuple[int, str]:
    """Sorts names: a paper goes by the first of its own."""
    kind = name.partition(":")[0]
    return (_PREFERENCE.index(kind) if kind in _PREFERENCE else len(_PREFERENCE)), name


def fingerprint(paper: Paper) -> str | None:
    """What two listings of one work have in common without a common name: title, first author and year.

    None where that would say too little: a title of fewer than three words or shared by many works, no author, no year.
    """
    title = fold(paper.title)
    words = re.findall(r"\w+", paper.title)
    if title in _GENERIC or len(words) < _FEWEST_WORDS or not paper.authors or paper.published is None:
        return None
    surname = _surname(paper.authors[0].name)
    return f"{title}|{surname}|{paper.published.year}" if surname else None


def fold(text: str) -> str:
    """The letters and digits of a text without case, accents and spacing."""
    # Upper case first: "ı" and "ß" have no lower-case form in common with "I" and "SS", but share the upper-case one.
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).upper().casefold())
    return "".join(c for c in letters if c.isalnum())


def disagree(ours: Iterable[str], theirs: Iterable[str]) -> bool:
    """Whether two sets of names speak of different works: both know a name of one kind (or on one site), and none is the same."""
    mine, other = _by_realm(ours), _by_realm(theirs)
    return any(not mine[realm] & other[realm] for realm in mine.keys() & other.keys())


def arxiv_name(names: Iterable[str]) -> str | None:
    """The arXiv name among these, if there is one."""
    return min((name for name in names if name.startswith("arxiv:")), default=None)


def _by_realm(names: Iterable[str]) -> dict[str, set[str]]:
    realms: dict[str, set[str]] = {}
    for name in names:
        kind, _, rest = name.partition(":")
        # Two pages of one site are two works; pages of two sites may show the same one.
        realm = f"url:{urlsplit(rest).netloc}" if kind == "url" else kind
        realms.setdefault(realm, set()).add(name)
    return realms


def _surname(name: str) -> str:
    before, comma, _ = name.partition(",")
    words = (before if comma else name).split()
    return fold(words[-1]) if words else ""


def _arxiv_id(text: str) -> str:
    archive, slash, number = text.lower().partition("/")
    # math.GT/0309136 and math/0309136 are one paper: the subject class is not part of the id.
    return f"{archive.partition('.')[0]}/{number}" if slash else archive


def _doi(text: str) -> str:
    if found := _ARXIV_DOI.fullmatch(text):
        return f"arxiv:{_arxiv_id(found[1])}"
    return f"doi:{text.lower()}"


def _address(text: str) -> str | None:
    """The name an address of a paper stands for; with or without https:// where the site is a known one."""
    given = text.removeprefix("url:")
    lacks_scheme = "://" not in given
    try:
        parts = urlsplit(f"https://{given}" if lacks_scheme else given)
        host, port = parts.hostname or "", parts.port
        # One page with and without a campaign's parameters is one page.
        query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not k.startswith("utm_")])
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or re.search(r"\s", given):
        return None
    known = _known_page(host.removeprefix("www."), unquote(parts.path))
    if known is not None or lacks_scheme:
        return known
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port not in (None, 80, 443) else "")
    # The same page under http and https is one page as well: a feed that changes over must not send everything again.
    return "url:" + urlunsplit(("https", netloc, parts.path or "/", query, ""))


def _known_page(host: str, path: str) -> str | None:
    if host in ("doi.org", "dx.doi.org"):
        found = _DOI.fullmatch(path.lstrip("/"))
        return _doi(found[1]) if found else None
    site = "arxiv.org" if host.endswith(".arxiv.org") and host not in _PAGES else host
    room, _, rest = path.strip("/").partition("/")
    if room not in _PAGES.get(site, ()):
        return None
    found = _ARXIV.fullmatch(rest.removesuffix(".pdf"))
    return f"arxiv:{_arxiv_id(found[1])}" if found else None
