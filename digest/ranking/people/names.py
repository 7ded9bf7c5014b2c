"""Names of people: whether two names, however written, can be of one person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from ..texts.text import unaccented

Name = tuple[str, ...]
"""Given names or initials, then the family name; lower case, no accents: ("yarin", "gal")."""

_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
# Letters that are one with their stroke, so that no accent can be taken off them; keyboards without them write these.
_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"})
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe", "Å": "Aa"})
_MARKS = re.compile(r"['’ʼ‐‑-]")


def name_parts(text: str) -> Name:
    """The parts of a person's name, family name last; "Gal, Yarin", "Yarin Gal" and "Yarin Gal, Jr." give the same.

    What a name is joined by is left out: "Kyung-Hyun" is "kyunghyun", "O’Brien" is "obrien".
    """
    family, comma, given = unaccented(text).lower().translate(_PLAIN).partition(",")
    whole = f"{given} {family}" if comma else family
    parts = [_MARKS.sub("", part) for part in re.findall(r"[^\W\d_]+(?:['’ʼ‐‑-][^\W\d_]+)*", whole)]
    kept = tuple(part for part in parts if part not in _SUFFIXES)
    return kept if len(kept) > 1 else tuple(parts)


def readings(text: str) -> tuple[Name, ...]:
    """The names that a written one may be elsewhere: "Jürgen" is "jurgen", and "juergen" where its letters are spelt out.

    Not the other way: "Michael" is no "Michäl".
    """
    plain, whole = name_parts(text), unicodedata.normalize("NFC", text)
    spelt = whole.translate(_SPELT_OUT)
    return (plain,) if spelt == whole else (plain, name_parts(spelt))


def is_same(followed: Name, written: Name, others: Iterable[Name], alike: Mapping[str, str] | None = None) -> bool:
    """Whether a written name is the followed one.

    Initials stand for given names ("Y. Gal" is Yarin Gal) unless the `others`, full names with that family name, allow two people;
    `alike` has the plain form of given names that are spelt out.
    """
    if followed == written:
        return bool(followed)
    if len(followed) < 2 or len(written) < 2:
        return False
    if "".join(followed) == "".join(written) and (followed[-1] == written[-1] or _splits_no_initial(followed, written)):
        return True  # "Jean Pierre" is Jean-Pierre, "Roy Chowdhury" is Roy-Chowdhury
    if followed[-1] != written[-1]:
        return False
    if not all(_agree(a, b) for a, b in zip(followed[:-1], written[:-1], strict=False)):
        return False
    if len(followed[0]) > 1 and len(written[0]) > 1:
        return True
    given = {(alike or {}).get(other[0], other[0]) for other in (*others, followed, written) if other[0][0] == followed[0][0]}
    return sum(len(name) > 1 for name in given) <= 1


def _splits_no_initial(one: Name, other: Name) -> bool:
    """Whether two names of the same letters differ by blanks in the family name: "Jae C. Ho" is not Jae Cho."""
    return one[0] == other[0] and sum(len(part) == 1 for part in one) == sum(len(part) == 1 for part in other)


def _agree(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) == 1 and one[0] == other[0])
