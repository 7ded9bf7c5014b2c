"""Text with superscripts, subscripts and italics: built once, written as plain text or as HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum

from markupsafe import Markup, escape

from .symbols import HIGH, LOWERED, RAISED


class Mark(Enum):
    """An invisible mark in a text: the beginning of a part, or its end."""

    SUPERSCRIPT = "sup"
    SUBSCRIPT = "sub"
    ITALIC = "i"
    END_SCRIPT = "/"
    END_ITALIC = "/i"


Pieces = list[str | Mark]
"""Text and marks in their order; scripts are nested properly, no text is empty."""

_RAISING = str.maketrans(RAISED)
_LOWERING = str.maketrans(LOWERED)
_WORD = re.compile(r"[^\W_]+(?:\.[^\W_]+)*|[^\s\w]|\([^()]*\)|\[[^\[\]]*\]")
_WORDS_GO_ON = re.compile(r"[^\W_]")


def raised(body: Pieces) -> Pieces:
    """The pieces as a superscript, in Unicode superscript characters if all of them have one."""
    text = _flat(body)
    if text is not None:
        if text in HIGH:
            return [HIGH[text]]
        if not text:
            return []
        if RAISED.keys() >= set(text):
            return [text.translate(_RAISING)]
    return [Mark.SUPERSCRIPT, *body, Mark.END_SCRIPT]


def lowered(body: Pieces) -> Pieces:
    """The pieces as a subscript, in Unicode subscript characters if all of them have one."""
    text = _flat(body)
    if text is not None:
        if not text:
            return []
        if LOWERED.keys() >= set(text):
            return [text.translate(_LOWERING)]
    return [Mark.SUBSCRIPT, *body, Mark.END_SCRIPT]


def flat(pieces: Sequence[str | Mark]) -> str | None:
    """The pieces as one text; None if there are marks among them."""
    if len(pieces) == 1:
        (piece,) = pieces
        return piece if isinstance(piece, str) else None
    texts = [piece for piece in pieces if isinstance(piece, str)]
    return "".join(texts) if len(texts) == len(pieces) else None


def _flat(body: Pieces) -> str | None:
    text = flat(body)
    return text if text is None else text.replace(" ", "")


def as_plain(pieces: Sequence[str | Mark]) -> str:
    """The text as somebody would type it: x^q, x_eff, x^(a·b)."""
    text = flat(pieces)
    if text is not None:
        return text
    open_scripts: list[tuple[str, list[str]]] = []
    out: list[str] = []
    for place, piece in enumerate(pieces):
        if isinstance(piece, str):
            out.append(piece)
        elif piece in (Mark.SUPERSCRIPT, Mark.SUBSCRIPT):
            open_scripts.append(("^" if piece is Mark.SUPERSCRIPT else "_", out))
            out = []
        elif piece is Mark.END_SCRIPT:
            sign, around = open_scripts.pop()
            around.append(_typed(sign, "".join(out), pieces[place + 1 : place + 2]))
            out = around
    return "".join(out)


def as_html(pieces: Sequence[str | Mark]) -> Markup:
    """The text escaped, with `<sup>`, `<sub>` and `<i>`, closed in order."""
    text = flat(pieces)
    if text is not None:
        return escape(text)
    out: list[str] = []
    closing: list[str] = []
    slanted = 0
    for piece in pieces:
        if isinstance(piece, str):
            out.append(escape(piece))
        elif piece is Mark.END_SCRIPT:
            out.append(closing.pop())
        elif piece is Mark.ITALIC or piece is Mark.END_ITALIC:
            outermost = slanted == (0 if piece is Mark.ITALIC else 1)
            slanted += 1 if piece is Mark.ITALIC else -1
            if outermost:
                out.append("<i>" if piece is Mark.ITALIC else "</i>")
        else:
            out.append(f"<{piece.value}>")
            closing.append(f"</{piece.value}>")
    # Every text in it was escaped; the tags are ours.
    return Markup("".join(out))


def _typed(sign: str, body: str, following: Sequence[str | Mark]) -> str:
    """The script after its sign, in brackets if its extent would otherwise be unclear."""
    goes_on = bool(following) and isinstance(following[0], str) and _WORDS_GO_ON.match(following[0]) is not None
    clear = _WORD.fullmatch(body) is not None and not (goes_on and body[-1].isalnum())
    return sign + (body if clear else f"({body})")
