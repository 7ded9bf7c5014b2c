"""Names that identify a paper: arXiv ids and DOIs found in links, guids and fields; else its address or the feed's own id.

A rule for all sources: 10.48550/arXiv.X, arxiv.org/abs|pdf|html/X and huggingface.co/papers/X are "arxiv:X" without the version, and a DOI
is lower-case.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from ..naming import arxiv_id

_DOI = re.compile(r"(?:doi:\s*|info:doi/)?(10\.\d{4,9}(?:\.\d+)*/[^\s?#\"<>]{1,300})", re.IGNORECASE | re.ASCII)
_DOI_IN_PATH = re.compile(r"/(10\.\d{4,9}(?:\.\d+)*/.{1,300})", re.ASCII)
_FORMS = re.compile(
    r"(?:/(?:abs|abstract|epdf|epub|full|fulltext|html|meta|pdf|summary)|\.(?:abstract|full|full-text|html?|pdf(?:\+html)?))+/?$"
)
# Pages of journals on Silverchair (Oxford's, MIT's and others): the DOI is followed by the article's number, and maybe its title.
_IN_ARTICLE = re.compile(r"(/[\w-]{0,20}article[\w-]{0,20}/doi/10\.\d{4,9}/[^/]+(?:/[^/]+)??)/\d{4,10}(?:/[^/]*)?$", re.ASCII)
_PREPRINT_VERSION = re.compile(r"v\d{1,3}$")
_PREPRINTS = ("biorxiv.org", "medrxiv.org")
_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|rss|ref_src|source|af|dgcid", re.IGNORECASE)
# PubMed writes into its links when a feed was made, when it was fetched, and by which program.
_TRACKING_OF_PUBMED = ("fc", "ff", "v")
_LONGEST = 400


def doi(text: str) -> str | None:
    """A DOI in lower case: from "10.1/X", "doi:10.1/X", a doi.org link or a publisher's link with one in its path."""
    bare = text.strip()
    found = _DOI.fullmatch(bare)
    if found:
        return _tidy(found[1])
    parts = _split(bare)
    if parts is None:
        return None
    host, path = parts
    inside = _DOI_IN_PATH.search(_IN_ARTICLE.sub(r"\1", path))
    if inside is None:
        return None
    name = inside[1] if host in ("doi.org", "dx.doi.org") else _FORMS.sub("", inside[1])
    if host in _PREPRINTS:
        name = _PREPRINT_VERSION.sub("", name)
    return _tidy(name)


def names_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Every "arxiv:…" and "doi:…" name found in these texts, arXiv first."""
    given = [text for text in texts if text]
    arxiv = [f"arxiv:{found[0]}" for found in map(arxiv_id, given) if found]
    dois = [f"doi:{found}" for found in map(doi, given) if found and not arxiv_id(found)]
    return tuple(dict.fromkeys([*arxiv, *dois]))


def address_name(link: str) -> str | None:
    """The "url:…" name of a page: scheme and "www." unchanged, host in lower case, without fragment and tracking parameters.

    None for a site's front page, which identifies no paper.
    """
    parts = urlsplit(link)
    theirs = _TRACKING_OF_PUBMED if parts.netloc.lower().endswith(".ncbi.nlm.nih.gov") else ()
    given = parse_qsl(parts.query, keep_blank_values=True)
    query = urlencode([(k, v) for k, v in given if not _TRACKING.fullmatch(k) and k not in theirs])
    if parts.path in ("", "/") and not query:
        return None
    return _short("url:", f"{parts.scheme}://{parts.netloc.lower()}{parts.path}" + (f"?{query}" if query else ""))


def guid_name(feed: str, guid: str) -> str:
    """The "guid:…" name for a feed's own id of an entry."""
    return _short("guid:", f"{feed}#{guid}")


def _short(prefix: str, name: str) -> str:
    """The prefixed name; one that is too long to store is replaced by its SHA-256."""
    return prefix + (name if len(name) <= _LONGEST else f"{name[:80]}…{hashlib.sha256(name.encode()).hexdigest()}")


def _split(text: str) -> tuple[str, str] | None:
    """The host of a link, without "www.", and its decoded path."""
    if not text.lower().startswith(("http://", "https://")):
        return None
    try:
        parts = urlsplit(text)
        return (parts.hostname or "").removeprefix("www."), unquote(parts.path)
    except ValueError:
        return None


def _tidy(name: str) -> str | None:
    bare = name.rstrip(".,;:/)]}'\"").lower() if name.count("(") != name.count(")") else name.rstrip(".,;:/'\"").lower()
    return bare if "/" in bare and bare.isprintable() and " " not in bare else None
