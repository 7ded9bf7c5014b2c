"""From a format's parsed entries to references: each entry becomes one, or is dropped with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

from ..model import Changes, Dropped, Reference
from ..naming import arxiv_id, parse_name
from ..net.sanitise import ABSTRACT, ID, IDS, NAME, TITLE, iso_moment, line, lines, link, persons

COLLECTIONS = 50
"""Collections of one entry that are kept."""
TOLD = 100
"""Characters of a title that stand in a reason: with all of a long one, the reason would be cut within it."""
_OTHERS = {
    "webpage": "a web page", "online": "a web page", "electronic": "a web page", "www": "a web page", "elec": "a web page",
    "blogpost": "a blog post", "blog": "a blog post", "post-weblog": "a blog post", "post": "a post", "forumpost": "a post",
    "email": "a letter", "letter": "a letter", "icomm": "a letter", "pcomm": "a letter", "personal_communication": "a letter",
    "instantmessage": "a message", "computerprogram": "software", "software": "software", "comp": "software",
    "film": "a film", "movie": "a film", "video": "a film", "videorecording": "a film", "motion_picture": "a film", "mpct": "a film",
    "audiorecording": "a recording", "podcast": "a recording", "song": "a recording", "sound": "a recording", "audio": "a recording",
    "music": "a recording", "artwork": "a picture", "image": "a picture", "graphic": "a picture", "art": "a picture", "map": "a map",
    "tvbroadcast": "a broadcast", "radiobroadcast": "a broadcast", "broadcast": "a broadcast", "interview": "an interview",
    "bill": "a law", "case": "a law case", "legal_case": "a law case", "statute": "a law", "legislation": "a law", "hearing": "a law",
    "jurisdiction": "a law case",
}  # fmt: skip
"""Kinds of entry, in the words of the formats, that count only where they have a maker or a name as well as a title."""
# An arXiv id within a remark ("arXiv preprint arXiv:2302.09664", "arXiv:hep-th/9901001v2 [hep-th]", "arXiv ID: 2302.09664").
_REMARK = re.compile(
    r"arxiv(?:\.org/(?:abs|pdf)/|(?:\s{1,3}id)?(?:\s{0,3}:|\s))\s*"
    r"((?:[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2})?/)?[0-9]{4}\.?[0-9]{3,5}(?![0-9]))",
    re.IGNORECASE,
)
# A DOI on a line of its own, as in Zotero's "Extra".
_REMARKED_DOI = re.compile(r"^[ \t]*doi[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_FRONT_PAGE = re.compile(r"url:https://[^/?]*/")
_YEAR = re.compile(r"(?<![0-9])(1[4-9][0-9]{2}|20[0-9]{2})(?![0-9])")
# "2019.05.02" is JabRef's, "2010-01-01 12:00:00 +0100" BibDesk's.
_MOMENT = re.compile(r"([0-9]{4})[-./]([0-9]{2})[-./]([0-9]{2})(?:[T ]+([0-9:.]+))?(?: ?(Z|[+-][0-9]{2}:?[0-9]{2}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One entry of any format, its TeX already read.

    `entry` may be empty if the format gives none. `remarks` are texts that may contain an arXiv id; `years` and `added` are tried in order
    until one is a date.
    """

    entry: str
    kind: str = ""
    title: str = ""
    abstract: str = ""
    people: tuple[str, ...] = ()
    arxiv: tuple[str, ...] = ()
    dois: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()


def gather(found: Iterable[Record | Dropped], now: datetime) -> Changes:
    """The whole library, in order. Nothing is lost silently: what is not a reference is dropped with its reason.

    Different papers whose entries share a name are all kept; which of them keeps the bare name depends on the papers, not on their order.
    """
    references: list[Reference] = []
    dropped: list[Dropped] = []
    for place, each in enumerate(found, 1):
        outcome = each if isinstance(each, Dropped) else reference_of(each, now)
        if isinstance(outcome, Dropped):
            # For an entry without a name the report gives its place, since a made-up name would tell the reader nothing.
            dropped.append(Dropped(line(each.entry, ID) or f"item {place}", line(outcome.reason, NAME)))
        else:
            references.append(outcome)
    kept, twice = _told_apart(references)
    return Changes(references=kept, dropped=(*dropped, *twice))


def reference_of(record: Record, now: datetime) -> Reference | Dropped:
    """The reference with every text harmless and within its limits, or the reason why it is not one."""
    title = line(record.title, TITLE, html=True)
    reference = Reference(
        entry=line(record.entry, ID),
        title=title,
        abstract=line(record.abstract, ABSTRACT, html=True),
        authors=persons(line(name, NAME, html=True) for name in record.people),
        ids=names_of(record),
        year=_year(record.years, now),
        added=next((at for at in (_moment(text, now) for text in record.added) if at is not None), None),
        collections=lines(record.collections, NAME, COLLECTIONS),
    )
    if not reference.entry:
        reference = replace(reference, entry=f"#{_digest(reference)}")
    other = _OTHERS.get(record.kind.strip().lower())
    if other and not reference.authors and not reference.ids:
        return Dropped(reference.entry, f"{other} without a DOI or an arXiv id: {line(title, TOLD) or 'no title'!r}")
    if not title and not reference.ids:
        return Dropped(reference.entry, "neither a title nor an arXiv id, a DOI or a web address of its own")
    return reference


def identifier(text: str) -> str | None:
    """The paper's name that a text is; None if it is no arXiv id, DOI or public web address, or is not harmless."""
    try:
        name = parse_name(text)
    except ValueError:  # an address may be broken in ways that urlsplit finds late
        return None
    if name is None or line(name, ID) != name:
        return None
    kind, _, rest = name.partition(":")
    return name if kind in ("arxiv", "doi") or (kind == "url" and link(rest) is not None) else None


def names_of(record: Record) -> tuple[str, ...]:
    """The names of the entry's paper, best first: arXiv ids, then DOIs, then addresses."""
    remarks = [text[:ABSTRACT] for text in record.remarks]
    arxiv = [found[0] for text in record.arxiv if (found := arxiv_id(text[:ID]))]
    arxiv += [found[0] for text in remarks for match in _REMARK.finditer(text) if (found := arxiv_id(match[1]))]
    texts = [f"arxiv:{name}" for name in arxiv]
    texts += [text.strip().rstrip(".,;") for text in record.dois]
    texts += [match[1].rstrip(".,;") for text in remarks for match in _REMARKED_DOI.finditer(text)]
    texts += [text.strip() for text in record.urls]
    # A site's front page identifies no paper: every entry that gives it would become the same one.
    names = dict.fromkeys(name for text in texts[: IDS * 5] if text and (name := identifier(text)) and not _FRONT_PAGE.fullmatch(name))
    rank = {"arxiv": 0, "doi": 1, "url": 2}
    return tuple(sorted(names, key=lambda name: rank[name.partition(":")[0]]))[:IDS]


def _year(texts: tuple[str, ...], now: datetime) -> int | None:
    years = (int(found[0]) for text in texts if (found := _YEAR.search(text)))
    return next((year for year in years if year <= now.year + 2), None)


def _moment(text: str, now: datetime) -> datetime | None:
    found = _MOMENT.fullmatch(text.strip()) if len(text) <= 60 else None
    if found is None:
        return None
    year, month, day, clock, zone = found.groups()
    return iso_moment(f"{year}-{month}-{day}" + (f"T{clock}{zone or ''}" if clock else ""), now)


def _digest(reference: Reference) -> str:
    """A hash that distinguishes references with the same name: of title and ids, so that a later abstract changes nothing."""
    return blake2b("\n".join((reference.title, *reference.ids)).encode(errors="replace"), digest_size=6).hexdigest()


def _told_apart(references: list[Reference]) -> tuple[tuple[Reference, ...], tuple[Dropped, ...]]:
    groups: dict[str, list[int]] = {}
    for place, reference in enumerate(references):
        groups.setdefault(reference.entry, []).append(place)
    kept = dict(enumerate(references))
    dropped: list[Dropped] = []
    for entry, places in groups.items():
        if len(places) > 1:
            dropped += _settle(entry, places, kept, groups)
    return tuple(kept.values()), tuple(dropped)


def _settle(entry: str, places: list[int], kept: dict[int, Reference], taken: dict[str, list[int]]) -> list[Dropped]:
    """Among references with one name: drop the poorer copy of the same paper, and rename all different papers but one."""
    dropped: list[Dropped] = []
    seen: set[Reference] = set()
    ids: set[str] = set()
    titles: set[str] = set()
    papers: list[int] = []
    for place in sorted(places, key=lambda place: _richness(kept[place])):
        reference = kept[place]
        known = not ids.isdisjoint(reference.ids) if reference.ids else reference.title.casefold() in titles
        if known:
            reason = "stands twice in the library" if reference in seen else "another entry of this name is the same paper, and tells more"
            dropped.append(Dropped(entry, reason))
            del kept[place]
            continue
        seen.add(reference)
        ids.update(reference.ids)
        titles.add(reference.title.casefold())
        papers.append(place)
    for place in sorted(papers, key=lambda place: _digest(kept[place]))[1:]:
        name = f"{entry[: ID - 20]}#{_digest(kept[place])}"
        while name in taken:
            name += "#"
        kept[place] = replace(kept[place], entry=name)
    return dropped


def _richness(reference: Reference) -> tuple[int, int, str]:
    """A sort key that puts the fuller reference first, and orders any two of them the same way each time."""
    return (-len(reference.ids), -len(reference.abstract), repr(reference))
