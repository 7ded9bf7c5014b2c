"""What readers' own libraries hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .papers import Author, Dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One entry of a reader's own library, as the library has it; plain text, as a paper's is.

    `entry` is what the library calls it (a BibTeX key, a Zotero item), the same at every reading. `ids` are names as `parse_name` gives
    them, best first. `added` is when it came into the library, where that is told.
    """

    entry: str
    title: str = ""
    abstract: str = ""
    authors: tuple[Author, ...] = ()
    ids: tuple[str, ...] = ()
    year: int | None = None
    added: datetime | None = None
    collections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a library has, or what changed in it since the cursor.

    `whole`: `references` are all there is, so what is not among them has left it; else `removed` names the entries that left.
    `cursor` is opaque to all but the library; `unchanged` says that nothing was new since the last one.
    """

    references: tuple[Reference, ...] = ()
    removed: tuple[str, ...] = ()
    whole: bool = True
    cursor: str = ""
    dropped: tuple[Dropped, ...] = ()
    unchanged: bool = False
