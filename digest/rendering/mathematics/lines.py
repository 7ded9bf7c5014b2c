"""Lay out the tokens of a formula on one line: where groups end, and what needs a space or brackets next to its neighbours."""

from __future__ import annotations

import re

from .scripts import Pieces, as_plain
from .symbols import DOUBLE

_APART = re.compile(r"[^\w\s()\[\]{},.;:!'|/^√∞\u0300-\u036f\u20d0-\u20ff⟨⟩⌊⌋⌈⌉‖′]")
_CLOSING = frozenset(")]},.;:!'|/⟩⌋⌉‖")
_SUM = re.compile(r"[^\w.√′\u0300-\u036f\u20d0-\u20ff⁰-₟ᴬ-ᶿ()∞…ⱼⱽ²³¹]")
_BRACKETED = re.compile(r"\([^()]*\)")
_FACTOR = re.compile(
    r"[0-9.]+|√?[^\W\d_][\u0300-\u036f\u20d0-\u20ff′]*[⁰¹²³⁴-ⁿ₀-ₜᴬ-ᶿⱼⱽ]*"
    r"|[^\W\d_]{3,}|√?(?:[^\W\d_]{0,8}|[0-9]*)\([^()]*\)|√[0-9]+"
)
_LONGEST_OPTION = 12


def ends_with(out: Pieces) -> str:
    """The last character, "" if there is none; a script's counts as a letter."""
    if not out:
        return ""
    last = out[-1]
    return last[-1] if isinstance(last, str) else "x"


def matching(tokens: list[str]) -> dict[int, int]:
    """The position of the "}" for each "{"."""
    if "{" not in tokens:
        return {}
    open_groups: list[int] = []
    ends: dict[int, int] = {}
    for place, token in enumerate(tokens):
        if token == "{":
            open_groups.append(place)
        elif token == "}" and open_groups:
            ends[open_groups.pop()] = place
    return ends


def doubled(body: Pieces) -> Pieces:
    return [DOUBLE.get(piece, piece) if isinstance(piece, str) else piece for piece in body]


def bracketed(body: Pieces, *, product: bool) -> Pieces:
    """A part of a fraction on one line: in brackets if it is a sum, and in the denominator also if it is a product."""
    text = as_plain(body)
    clear = _FACTOR.fullmatch(text) if product else not _SUM.search(_BRACKETED.sub("", text))
    return body if clear or not text else ["(", *body, ")"]


def stands_apart(behind: str, first: str) -> bool:
    """Whether a space belongs between a "letter", a "function" or a kept "command" and the character after it."""
    if behind == "command":
        return first.isalpha()
    if behind == "letter":
        return _APART.match(first) is not None
    return first not in _CLOSING and first not in "([{^_⟨⌊⌈" and not first.isspace()


def option(tokens: list[str], at: int, end: int) -> tuple[str, int]:
    """The content of [square] brackets at this position, and their end; "" if there are none."""
    near = tokens[at : min(at + _LONGEST_OPTION, end)]
    if not near or near[0] != "[" or "]" not in near:
        return "", at
    length = near.index("]")
    return "".join(near[1:length]).strip(), at + length + 1
