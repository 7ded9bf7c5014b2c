"""Clean text from outside for a letter: visible characters, on one line, within the room there is."""

from __future__ import annotations

import re

# C0, C1, zero-width blanks and operators (joiners stay: some scripts are spelt with them), line and paragraph separators,
# bidirectional controls, the byte order mark, lone surrogates.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def clean(text: str | None, most: int = 0) -> str:
    """The text without invisible characters and extra spaces, cut at a word to `most` characters."""
    text = text or ""
    # Most texts are clean already: printable means no control or format characters, and no white space but the space.
    is_clean = text.isprintable() and "  " not in text and not text.startswith(" ") and not text.endswith(" ")
    plain = text if is_clean else " ".join(_INVISIBLE.sub(" ", text).split())
    return shortened(plain, most) if most else plain


def shortened(text: str, most: int) -> str:
    """The text in at most that many characters, cut at a word, with "…" if anything is missing."""
    if len(text) <= most:
        return text
    head = text[:most]
    cut = head.rfind(" ")
    return (head[:cut] if cut > most // 2 else head[: most - 1]).rstrip(" ,;:.-–—(") + "…"
