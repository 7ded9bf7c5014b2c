"""What papers are called: an arXiv id, a DOI or an address, however it is typed, as one name in one spelling.

A name is "kind:value" ("arxiv:2604.21935", "doi:10.1/x", "url:https://…"), so that equal names are equal text.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

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
_CHECKED = ("arxiv", "doi", "url", "http", "https")


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
