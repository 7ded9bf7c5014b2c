"""BERT's tokenizer: text is cleaned, lower-cased, stripped of accents, split at spaces and punctuation, and each word into the longest
known pieces.

Devlin et al., 2019; the rules are those of the uncased models of google-research/bert. One deliberate difference: "[SEP]" in a text is five
characters and never the separator itself, so a text cannot fake its own end.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

CLASSIFY, SEPARATE, UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
LONGEST_WORD = 100
"""Characters; a longer word is unknown as a whole."""
_KEPT = 200_000  # words whose pieces are remembered: about 40 MB, more than the words of a year
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class WordPiece:
    """Converts texts to token numbers by a vocabulary, whose lines are the pieces in order ("##" begins one that continues a word)."""

    def __init__(self, vocabulary: Iterable[str], *, longest: int) -> None:
        self._numbers = {piece: number for number, piece in enumerate(vocabulary)}
        self._first, self._last = self._numbers[CLASSIFY], self._numbers[SEPARATE]
        self._unknown = (self._numbers[UNKNOWN],)
        self._room = longest - 2
        self._replaced = _Replaced()
        self._known: dict[str, tuple[int, ...]] = {}

    def tokens(self, text: str) -> list[int]:
        """The token numbers between those of [CLS] and [SEP], at most `longest` in all; just these two for an empty text."""
        found: list[int] = []
        for word in self._words(text):
            found += self._known.get(word) or self._pieces(word)
            if len(found) >= self._room:
                break
        return [self._first, *found[: self._room], self._last]

    def _words(self, text: str) -> list[str]:
        """Words and single punctuation marks. Σ is lower-cased as if alone: Python's `lower` would make it depend on its position."""
        cleaned = unicodedata.normalize("NFD", text).translate(self._replaced)
        return cleaned.replace("Σ", "σ").lower().split()

    def _pieces(self, word: str) -> tuple[int, ...]:
        """The longest known pieces, from the left; the unknown token if a rest has none."""
        if len(self._known) >= _KEPT:
            self._known.clear()
        self._known[word] = found = self._cut(word) if len(word) <= LONGEST_WORD else self._unknown
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        found: list[int] = []
        start = 0
        while start < len(word):
            mark = "##" if start else ""
            end = next((end for end in range(len(word), start, -1) if mark + word[start:end] in self._numbers), None)
            if end is None:
                return self._unknown
            found.append(self._numbers[mark + word[start:end]])
            start = end
        return tuple(found)


class _Replaced(dict[int, str]):
    """A table for `str.translate`: a character becomes nothing, a space, itself, or itself between spaces."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _replacement(chr(code))
        return found


def _replacement(character: str) -> str:
    kind = unicodedata.category(character)
    code = ord(character)
    if character in "\t\n\r" or kind in ("Zs", "Zl", "Zp"):
        return " "
    if code == 0xFFFD or kind in ("Cc", "Cf", "Co", "Cs", "Mn"):  # not Cn: what one Python does not know yet is a character to the next
        return ""
    ascii_mark = code < 128 and not character.isalnum()  # BERT counts $, +, <, =, >, ^, `, | and ~ as punctuation
    if ascii_mark or kind.startswith("P") or any(low <= code <= high for low, high in _IDEOGRAPHS):
        return f" {character} "
    return character
