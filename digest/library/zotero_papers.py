"""Turn a paper into an item of a Zotero library, and find an existing item for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from ..model import Author, Paper
from ..naming import parse_name, without_suffix
from ..net.fields import mapping, texts
from . import zotero_json
from .records import Record, names_of
from .zotero_address import Address

_LETTERS = "23456789ABCDEFGHIJKMNPQRSTUVWXYZ"
"""Of what Zotero makes keys of, 32."""
_MATHEMATICS = re.compile(r"\$[^$]*\$|\\[A-Za-z]+")
# Part of a long word finds it too; the whole may not fit into an address (a Chinese title may be a single word).
_WORD = re.compile(r"[^\W\d_]{4,40}")
_GROUP = re.compile(r"\b(?:collaboration|consortium|team|group|project|initiative|network)\b", re.IGNORECASE)
WORDS = 6


def own_key(address: Address, paper: Paper) -> str:
    """The key of the item that `new_item` makes for the paper in that library: always the same, so that it cannot be created twice."""
    number = int.from_bytes(sha256(f"{address.path}\0{paper.key}".encode(errors="surrogatepass")).digest()[:5], "big")
    return "".join(_LETTERS[number >> shift & 31] for shift in range(35, -1, -5))


def new_item(paper: Paper, key: str, collection: str) -> dict[str, Any]:
    """A new item for a paper, with that key, in that collection ("" for none): a preprint, or an article if only its journal is known."""
    names = _names(paper)
    arxiv = next((name.removeprefix("arxiv:") for name in names if name.startswith("arxiv:")), None)
    doi = next((name.removeprefix("doi:") for name in names if name.startswith("doi:")), None)
    if arxiv is not None:
        kind: Mapping[str, str] = {
            "itemType": "preprint",
            "repository": "arXiv",
            "archiveID": f"arXiv:{arxiv}",
            "extra": f"arXiv:{arxiv}",
            "DOI": doi or f"10.48550/arXiv.{arxiv}",
            "url": paper.url or f"https://arxiv.org/abs/{arxiv}",
        }
    else:
        journal = {"publicationTitle": paper.facts.journal} if paper.facts.journal else {}
        address = paper.url or (f"https://doi.org/{doi}" if doi else "")
        kind = {"itemType": "journalArticle" if journal else "preprint", "DOI": doi or "", "url": address, **journal}
    return {
        **kind,
        "key": key,
        "version": 0,
        "title": paper.title,
        "abstractNote": paper.abstract,
        "creators": [_creator(author) for author in paper.authors],
        "date": f"{paper.published:%Y-%m-%d}" if paper.published else "",
        "collections": [collection] if collection else [],
    }


def searches(paper: Paper) -> tuple[str, ...]:
    """Search texts that find the paper in the library: the API searches titles and names, neither ids nor addresses.

    Words of the title (each must occur), then the first author's last name, in case the item has another title.
    """
    words = dict.fromkeys(word for word in _WORD.findall(_MATHEMATICS.sub(" ", paper.title)))
    title = " ".join(sorted(words, key=len, reverse=True)[:WORDS])
    creator = _creator(paper.authors[0]) if paper.authors else {}
    name = creator.get("lastName") or creator.get("name") or ""
    return tuple(text for text in (title, f'"{name}"' if name and '"' not in name else "") if text)


def is_of(row: dict[str, Any], paper: Paper) -> bool:
    """Whether an item of the API is that paper, by arXiv id, DOI or address."""
    names = set(_names(paper))
    return any(names.intersection(names_of(record)) for record in zotero_json.read([row], {}) if isinstance(record, Record))


def is_trashed(row: dict[str, Any]) -> bool:
    """Whether the item lies in the trash."""
    return bool(mapping(row.get("data")).get("deleted"))


def collections_of(row: dict[str, Any]) -> tuple[str, ...]:
    """The keys of the collections an item is in."""
    return texts(mapping(row.get("data")).get("collections"))


def changed_item(row: dict[str, Any], collection: str) -> dict[str, Any] | None:
    """The fields to write to put an item into that collection and out of the trash; None if nothing needs to change."""
    held = collections_of(row)
    changes: dict[str, Any] = {}
    if is_trashed(row):
        changes["deleted"] = 0
    if collection and collection not in held:
        changes["collections"] = [*held, collection]
    return {"key": row.get("key"), "version": row.get("version"), **changes} if changes else None


def _names(paper: Paper) -> tuple[str, ...]:
    """Every name of the paper, each in one spelling."""
    found = (parse_name(text) for text in (paper.key, *paper.ids, paper.url or ""))
    return tuple(dict.fromkeys(name for name in found if name))


def _creator(author: Author) -> dict[str, str]:
    """An author in Zotero's form; a last name includes its particles, and a group's name is not split."""
    name, suffix = without_suffix(author.name)
    last, comma, first = name.partition(",")
    words = name.split()
    if not (comma and first.strip()):
        if len(words) < 2 or _GROUP.search(name):
            return {"creatorType": "author", "name": author.name}
        split = next((at for at, word in enumerate(words[1:-1], 1) if word[0].islower()), len(words) - 1)
        first, last = " ".join(words[:split]), " ".join(words[split:])
    given = ", ".join(filter(None, (first.strip(), suffix)))  # it has no field for "Jr."
    return {"creatorType": "author", "firstName": given, "lastName": last.strip()}
