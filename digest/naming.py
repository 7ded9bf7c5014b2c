"""Names of papers and people: an arXiv id, a DOI, an address or an author's identity, however it is typed, becomes one canonical name.

A name is "kind:value" ("arxiv:2604.21935", "doi:10.1/x", "url:https://…", "orcid:0000-0002-1825-0097"); equal names are equal text.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

# New ids start with year and month (2604.21935; before 2015 with four digits after the dot), old ones, until March 2007, with an archive
# (math/0309136). arXiv's API refuses a whole request because of one id that it can never have issued (arxiv-base, `identifier`).
_MONTH, _FROM_ONE = "(?:0[1-9]|1[0-2])", "(?!0+(?![0-9]))"
_NEW_ID = rf"(?:07(?:0[4-9]|1[0-2])|(?:0[89]|1[0-4]){_MONTH})\.{_FROM_ONE}[0-9]{{4}}|(?:1[5-9]|[2-9][0-9]){_MONTH}\.{_FROM_ONE}[0-9]{{4,5}}"
_OLD_ID = rf"[a-z]+(?:-[a-z]+)*(?:\.[a-z]{{2}})?/(?:(?:9[1-9]|0[0-6]){_MONTH}|070[1-3]){_FROM_ONE}[0-9]{{3}}"
_ID = rf"({_NEW_ID}|{_OLD_ID})(?:v([0-9]{{1,3}}))?"
# "arXiv:2302.09664v2 [cs.CL]" is how arXiv itself asks to be cited.
_ARXIV = re.compile(rf"(?:oai:arxiv\.org:|arxiv:\s*)?{_ID}(?:\s*\[[\w.-]+\])?", re.IGNORECASE | re.ASCII)
_ARXIV_DOI = re.compile(rf"(?:doi:\s*|info:doi/)?10\.48550/arxiv\.{_ID}", re.IGNORECASE | re.ASCII)
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
_ORCID = re.compile(r"(?:(?:https?://)?(?:www\.)?orcid\.org/|orcid:\s*)?((?:[0-9]{4}-){3}[0-9]{3}[0-9X])/?", re.IGNORECASE | re.ASCII)
_OPENALEX = re.compile(
    r"(?:(?:https?://)?(?:api\.|www\.)?openalex\.org/(?:authors/|people/)?|openalex:\s*)?(A[0-9]{4,12})/?", re.IGNORECASE | re.ASCII
)
_SUFFIXED = re.compile(r"(\S.* .*[^\s,]),? ((?:[JS]r|JR|SR)\.?|II|III|IV)")
_NAMED = re.compile(r"([^<>]*)<([^<>]*)>")
_RESOLVERS = ("doi.org", "dx.doi.org")
_PREPRINT_SERVERS = ("biorxiv.org", "medrxiv.org")
_PREPRINT = re.compile(r"/content/(10\.[0-9]{4,9}/[0-9.]*[0-9])(?:v[0-9]{1,3})?(?:\.[a-z+-]+)*/?", re.IGNORECASE | re.ASCII)
_SHORT = re.compile(r"[a-z]{1,16}:[a-z0-9.-]{1,32}", re.ASCII)
_CHECKED = ("arxiv", "doi", "url", "http", "https")


def arxiv_id(text: str) -> tuple[str, int | None] | None:
    """An arXiv id without its version, and the version if given; from "2604.21935v1", "oai:arXiv.org:…", a DOI or a link."""
    text = text.strip()
    found = _ARXIV.fullmatch(text) or _ARXIV_DOI.fullmatch(text) or _arxiv_id_on_known_page(text)
    if found is None:
        return None
    archive, slash, number = found[1].lower().partition("/")
    # math.GT/0309136 and math/0309136 are one paper: the subject class is not part of the id.
    name = f"{archive.partition('.')[0]}/{number}" if slash else archive
    return name, int(found[2] or 0) or None


def parse_name(text: str) -> str | None:
    """The name that an arXiv id, a DOI, an address or one of our own names stands for; None if the text is none of them."""
    text = text.strip()
    if found := arxiv_id(text.removeprefix("url:")):
        return f"arxiv:{found[0]}"
    if doi := _DOI.fullmatch(text):
        return f"doi:{doi[1].lower()}"
    if (name := _name_of_address(text)) is not None:
        return name
    return text if _NAME.fullmatch(text) and text.partition(":")[0] not in _CHECKED else None


def short_name(name: str) -> str:
    """A paper's name for use in a link or a mailed command: itself if short and plain, else a hash of 12 characters.

    A percent-encoded "/" would not survive: servers decode it before they route a request. The paper's position in the issue would be
    shorter, but it changes when two of the issue's papers prove to be one, and an old letter's link would then mean another paper.
    The hash cannot be reversed: compare it with the short names of the papers that may be meant.
    """
    if _SHORT.fullmatch(name):
        return name
    return urlsafe_b64encode(blake2b(name.encode(errors="surrogatepass"), digest_size=9).digest()).decode("ascii")


@dataclass(frozen=True, slots=True)
class Followed:
    """Somebody to follow: by name ("" if none is given), by an identity as `person_id` returns it, or by both."""

    name: str
    id: str | None = None


def person_id(text: str) -> str | None:
    """The identity of a person, "orcid:0000-0002-1825-0097" or "openalex:A5023888391"; None for any other text, such as a name."""
    if found := _ORCID.fullmatch(text.strip()):
        return f"orcid:{found[1].upper()}"
    found = _OPENALEX.fullmatch(text.strip())
    return f"openalex:{found[1].upper()}" if found else None


def parse_followed(text: str) -> Followed:
    """Parse "Ana Silva", an identity, or "Ana Silva <identity>"; any other text is taken as a name."""
    if identity := person_id(text):
        return Followed("", identity)
    if (both := _NAMED.fullmatch(text.strip())) and (identity := person_id(both[2])):
        return Followed(both[1].strip(), identity)
    return Followed(text.strip())


def doubt_of_ids(followed: Iterable[str], kinds: Iterable[str]) -> Iterator[str]:
    """A warning for each person followed by identity alone, if no source gives identities; only a custom "package.module:make" may."""
    if any(":" in kind for kind in kinds):
        return
    for who in followed:
        if person_id(who):
            yield f"{who!r} finds nobody by itself, as no built-in source gives such ids: write 'Their Name <{who}>'"


def without_suffix(name: str) -> tuple[str, str]:
    """The name without its suffix, and the suffix: "Ana Silva, Jr." and "Ana Silva Jr." are Ana Silva and "Jr."; "" for none."""
    found = _SUFFIXED.fullmatch(name)
    return (found[1], found[2]) if found else (name, "")


def text_key(text: str) -> bytes:
    """The 16-byte key under which a text's vector is stored; it depends on the exact text, case and spaces included, as models do."""
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _arxiv_id_on_known_page(text: str) -> re.Match[str] | None:
    """The match of an arXiv id in the address of a site that shows arXiv papers, with or without https://; None for other text."""
    place = _host_and_path(text)
    if place is None:
        return None
    host, path = place
    if host in _RESOLVERS:
        return _ARXIV_DOI.fullmatch(path.strip("/"))
    site = "arxiv.org" if host.endswith(".arxiv.org") and host not in _PAGES else host
    room, _, rest = path.strip("/").partition("/")
    return _ARXIV.fullmatch(rest.removesuffix(".pdf")) if room in _PAGES.get(site, ()) else None


def _host_and_path(text: str) -> tuple[str, str] | None:
    """The host and decoded path of an http(s) address, which may lack its scheme; None for other text."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname or ""
    except ValueError:
        return None
    return (host.removeprefix("www."), unquote(parts.path)) if parts.scheme in ("http", "https") and host else None


def _name_of_address(text: str) -> str | None:
    """The name for an address: the DOI of a resolver's or a preprint's page, else the address itself, if it has its scheme."""
    given = text.removeprefix("url:")
    place = _host_and_path(given)
    if place is None or re.search(r"\s", given):
        return None
    if place[0] in _RESOLVERS:
        doi = _DOI.fullmatch(place[1].lstrip("/"))
        return f"doi:{doi[1].lower()}" if doi else None
    if place[0] in _PREPRINT_SERVERS and (preprint := _PREPRINT.fullmatch(place[1])):
        return f"doi:{preprint[1]}"  # each version has its own page, and people paste the one that a letter linked to
    return _url_name(given) if "://" in given else None


def _url_name(address: str) -> str | None:
    """The "url:…" name of a page, the same for http and https: otherwise a feed that switches to https would send everything again."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
        # Campaign parameters (utm_…) do not make it a different page.
        query = urlencode([(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not k.startswith("utm_")])
    except ValueError:
        return None
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port not in (None, 80, 443) else "")
    return "url:" + urlunsplit(("https", netloc, parts.path or "/", query, ""))
