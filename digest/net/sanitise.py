"""Make untrusted input harmless once, at the edge: every source and every service passes its data through here.

Characters    control, bidirectional and zero-width characters, lone surrogates and non-characters are removed, except joiners that some
              scripts need; stacked accents are cut to three
Text          one line (abstracts too), no mark-up, NFC; TeX stays as written, except in people's names
Links         absolute http(s) to a public host, without user names; anything else is dropped
Dates         from 1990 (arXiv began in 1991) to two days after `now`; anything else is dropped
Limits        title 500 characters, abstract 10,000, a name 200, an affiliation 300, a comment line 1,000, a journal 300, a summary 2,000,
              a keyword 100, a category 80, an id 600, a link 2,000; 200 authors (papers of large collaborations have thousands, and no
              card shows them), 10 affiliations each, 50 categories, 30 keywords, 20 ids
Numbers       whole numbers from 0 to a thousand million; anything else is unknown
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import quote, urlsplit, urlunsplit

from ..model import KEPT_AUTHORS, Author, Facts, Paper
from ..naming import person_id
from ..typesetting import spelt_out
from .addresses import names_private
from .markup import text_of

TITLE, ABSTRACT, NAME, AFFILIATION, COMMENT, JOURNAL, SUMMARY, KEYWORD, CATEGORY, ID, LINK = (
    500, 10_000, 200, 300, 1_000, 300, 2_000, 100, 80, 600, 2_000,
)  # fmt: skip
AUTHORS, AFFILIATIONS, CATEGORIES, KEYWORDS, IDS = KEPT_AUTHORS, 10, 50, 30, 20
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=2)
LARGEST = 10**9
SLACK = 8
"""How many times its limit a text may be long before it is cut unseen: blanks and mark-up take room, and cleaning takes time."""

# C0 and C1 controls except white space, soft hyphen, Arabic letter mark, Mongolian separator, zero-width, directional and invisible ones,
# interlinear annotation, surrogates, non-characters, tags and supplementary variation selectors.
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Joiners are part of the spelling in these scripts, and join emoji. In any other word they only hide it from searches, as a doubled one
# does anywhere.
_JOINED = "\u0600-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1800-\u18af\ufb50-\ufdfb\ufe70-\ufefc\ufe0f\U0001f000-\U0001faff"
_JOINER = re.compile(
    f"(?<![{_JOINED}\u200c\u200d])[\u200c\u200d]+|(?<=[\u200c\u200d])[\u200c\u200d]+|[\u200c\u200d]+(?![{_JOINED}\u2190-\u2bff\u200c\u200d])"
)
_STACKED = re.compile("([\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{3})"
                      "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")  # fmt: skip
# Subdomains (gist.github.com, docs.github.com) hold no repositories, so nothing of a name may precede the host.
_REPOSITORY = re.compile(
    r"(?<![\w.-])(?:https?://)?(?:www\.)?((?:github|gitlab)\.com|codeberg\.org)/([A-Za-z0-9][\w.-]{0,60})/([A-Za-z0-9_.][\w.-]{0,100})",
    re.ASCII,
)
_NOT_OWNERS = frozenset({"about", "features", "login", "marketplace", "orgs", "search", "settings", "sponsors", "topics", "users"})


def line(value: object, limit: int, *, html: bool = False) -> str:
    """The value as one harmless line of at most `limit` characters; "" if it is not text. With `html`, mark-up is removed first."""
    if not isinstance(value, str):
        return ""
    text = value[: limit * SLACK]
    if html:
        text = text_of(text)
    text = _UNWANTED.sub("", text)
    if not text.isascii():  # of an ASCII abstract, looking for joiners took two thirds of the time
        text = _STACKED.sub(r"\1", unicodedata.normalize("NFC", _JOINER.sub("", text)))
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def optional(value: object, limit: int) -> str | None:
    """The same as `line`, but None if nothing is left."""
    return line(value, limit) or None


def lines(values: Iterable[object], limit: int, most: int) -> tuple[str, ...]:
    """Each value as `line` gives it, without empty ones and duplicates, at most `most`; values far down a long list are not looked at."""
    kept: dict[str, None] = {}
    for value in islice(values, most * 2):
        text = line(value, limit)
        if text:
            kept[text] = None
        if len(kept) == most:
            break
    return tuple(kept)


def number(value: object) -> int | None:
    """A count from a service; None if it is not a whole number within bounds."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST else None


def link(value: object) -> str | None:
    """An absolute http(s) address that is safe to show and follow, else None."""
    text = value.strip(" \t\r\n") if isinstance(value, str) else ""
    # urlsplit silently drops tabs and line breaks, so they are checked for first.
    if not text or len(text) > LINK or "\\" in text or any(c.isspace() or not c.isprintable() for c in text) or _UNWANTED.search(text):
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc or names_private(host) or not _is_host(host):
        return None
    if not parts.netloc.isascii():  # judged and shown as what is resolved: "аpple.com" is not Apple's, and "①②⑦.⓪.⓪.①" is 127.0.0.1
        try:
            return link(urlunsplit(parts._replace(netloc=parts.netloc.encode("idna").decode())))
        except UnicodeError:
            return None
    return quote(urlunsplit(parts), safe="%/:=&?~#+!$,;'@()*[]")


def moment(value: object, now: datetime) -> datetime | None:
    """A plausible date for a paper, in UTC, else None; a naive one is taken for UTC."""
    if not isinstance(value, datetime):
        return None
    try:
        aware = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return None
    return aware if EARLIEST <= aware <= now + AHEAD else None


def iso_moment(value: object, now: datetime) -> datetime | None:
    """The same as `moment`, from an ISO 8601 text."""
    try:
        return moment(datetime.fromisoformat(value), now) if isinstance(value, str) and len(value) <= 40 else None
    except ValueError:
        return None


def repository(*texts: str | None) -> str | None:
    """The first GitHub, GitLab or Codeberg repository mentioned, as an https address."""
    for text in texts:
        for found in _REPOSITORY.finditer(text or ""):
            name = found[3].rstrip(".-_").removesuffix(".git")
            if name and found[2].lower() not in _NOT_OWNERS:
                return f"https://{found[1].lower()}/{found[2]}/{name}"
    return None


def person(name: object, affiliations: Iterable[object] = ()) -> Author | None:
    """An author; None without a name."""
    text = line(name, NAME)
    if "\\" in text:
        text = line(spelt_out(text), NAME)  # without the blanks that were in braces
    return Author(text, lines(affiliations, AFFILIATION, AFFILIATIONS)) if text else None


def persons(names: Iterable[object]) -> tuple[Author, ...]:
    """Each name as `person`, without empty ones, at most 200; names far down a long list are not looked at."""
    return tuple(islice((found for name in islice(names, AUTHORS * 2) if (found := person(name)) is not None), AUTHORS))


def harmless(paper: Paper, now: datetime) -> Paper:
    """The paper with every field within its limits and every character harmless; a harmless paper is returned unchanged.

    An address that is not a safe link, an implausible date and an author without a name are left out. The title may come out empty.
    """
    people = (_author(author) for author in paper.authors[: AUTHORS * 2])
    return replace(
        paper,
        key=line(paper.key, ID),
        title=line(paper.title, TITLE),
        abstract=line(paper.abstract, ABSTRACT),
        authors=tuple(a for a in people if a is not None)[:AUTHORS],
        url=link(paper.url),
        pdf_url=link(paper.pdf_url),
        published=moment(paper.published, now),
        version=min(max(int(paper.version), 1), 999),  # an operator's own source may give it as a text or a numpy number
        categories=lines(paper.categories, CATEGORY, CATEGORIES),
        ids=lines(paper.ids, ID, IDS),
        facts=_facts(paper.facts),
    )


def _author(author: Author) -> Author | None:
    known = person(author.name, author.affiliations)
    return known and replace(known, orcid=_identity(author.orcid, "orcid"), openalex_id=_identity(author.openalex_id, "openalex"))


def _identity(text: object, kind: str) -> str | None:
    """An ORCID iD or OpenAlex id without the address around it; None for anything else."""
    found = person_id(text[:LINK]) if isinstance(text, str) else None
    return found.partition(":")[2] if found and found.startswith(f"{kind}:") else None


def _facts(facts: Facts) -> Facts:
    return Facts(
        organisation=optional(facts.organisation, NAME),
        repository=link(facts.repository),
        stars=number(facts.stars),
        votes=number(facts.votes),
        comments=number(facts.comments),
        submitter=optional(facts.submitter, NAME),
        summary=optional(facts.summary, SUMMARY),
        keywords=lines(facts.keywords, KEYWORD, KEYWORDS),
        comment=optional(facts.comment, COMMENT),
        journal=optional(facts.journal, JOURNAL),
    )


def _is_host(host: str) -> bool:
    """Whether it can be a host's name: labels of letters, digits and hyphens (of any script), or an address in brackets."""
    if ":" in host:
        return True
    return all(label and len(label) <= 63 and all(c.isalnum() or c in "-_" for c in label) for label in host.rstrip(".").split("."))
