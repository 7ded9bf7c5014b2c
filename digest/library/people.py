"""Names in the order in which they are spoken, from BibTeX, RIS and PubMed: "Gödel, Kurt" becomes Kurt Gödel."""

from __future__ import annotations

import re

MOST = 400
"""Names of one entry that are looked at."""
_SUFFIX = re.compile(r"[JS](?:r\.?|R\.)|II|III|IV|2nd|3rd")  # "JR" may be initials
_MARK = re.compile(r"(?<!\\)[{}]|(?<=\s)and(?=\s)", re.IGNORECASE)


def apart(names: str) -> tuple[str, ...]:
    """The names in a BibTeX field, still in TeX; an "and" inside braces ("{Barnes and Noble}") does not separate names."""
    found: list[str] = []
    depth = start = 0
    for mark in _MARK.finditer(names):
        match mark[0]:
            case "{":
                depth += 1
            case "}":
                depth = max(depth - 1, 0)
            case _ if depth == 0:
                found.append(names[start : mark.start()].strip())
                start = mark.end()
        if len(found) == MOST:
            return tuple(found)
    found.append(names[start:].strip())
    return tuple(name for name in found if name and name.lower() != "others")


def spoken(name: str) -> str:
    """Given name first: from "Last, First", BibTeX's "Last, Jr, First", RIS' "Last, First, Jr" and PubMed's "Last, First Jr".

    A name wholly in braces, or without a comma, is kept as it is.
    """
    name = name.strip()
    if name.startswith("{") and _closes_last(name):
        return name
    parts = [part.strip() for part in _outer_commas(name)]
    if len(parts) == 2:
        given, _, suffix = parts[1].rpartition(" ")
        if given and _SUFFIX.fullmatch(suffix):
            return f"{given} {parts[0]} {suffix}"
        return f"{parts[1]} {parts[0]}".strip()
    if len(parts) >= 3:
        if _SUFFIX.fullmatch(parts[2]):
            return f"{parts[1]} {parts[0]} {parts[2]}"
        return f"{parts[2]} {parts[0]} {parts[1]}".strip()
    return name


def _closes_last(name: str) -> bool:
    """Whether its first brace is closed by its last character: true for "{CERN}", false for "{A}, {B}"."""
    depth = 0
    for place, sign in enumerate(name):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return place == len(name) - 1
    return False


def _outer_commas(name: str) -> list[str]:
    parts = [""]
    depth = 0
    for piece in re.split(r"([{},])", name[:2000]):
        depth += (piece == "{") - (piece == "}")
        if piece == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return parts
