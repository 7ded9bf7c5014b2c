"""Llama's tokenizer: byte-pair encoding, which joins characters pair by pair in the order in which the pairs were learned.

Sennrich et al., 2016, as SentencePiece does it for Llama 2: spaces become "▁", a text begins with one, and a character outside the
vocabulary becomes its UTF-8 bytes. A text cannot name the special tokens: "</s>" is just four characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

BLANK = "▁"
LONGEST_WORD = 200
"""Characters; a longer word is cut, since joining takes time with the square of its length."""
_KEPT = 200_000  # words whose tokens are remembered
_WORD = re.compile(rf"{BLANK}*[^{BLANK}]*")


class BytePairs:
    """Converts texts to token numbers, by the vocabulary and its merges ("er in": the pair to join, earlier learned ones first)."""

    def __init__(self, vocabulary: Mapping[str, int], merges: Iterable[str]) -> None:
        self._numbers = vocabulary
        self._order = {merge: place for place, merge in enumerate(merges)}
        self._known: dict[str, tuple[int, ...]] = {}

    def tokens(self, text: str) -> list[int]:
        """The text's token numbers; none for an empty text. No pair crosses the beginning of a word, so words are joined one by one."""
        found: list[int] = []
        for word in _WORD.findall(BLANK + text.replace(" ", BLANK) if text else ""):
            found += self._known.get(word) or self._joined(word)
        return found

    def _joined(self, word: str) -> tuple[int, ...]:
        if len(self._known) >= _KEPT:
            self._known.clear()
        parts = (word[start : start + LONGEST_WORD] for start in range(0, len(word), LONGEST_WORD))
        self._known[word] = found = tuple(number for part in parts for piece in self._join(part) for number in self._number(piece))
        return found

    def _join(self, word: str) -> list[str]:
        pieces, never = list(word), len(self._order)
        while len(pieces) > 1:
            pairs = (f"{left} {right}" for left, right in pairwise(pieces))
            order, place = min((self._order.get(pair, never), place) for place, pair in enumerate(pairs))
            if order == never:
                break
            pieces[place : place + 2] = [pieces[place] + pieces[place + 1]]
        return pieces

    def _number(self, piece: str) -> Iterable[int]:
        number = self._numbers.get(piece)
        if number is not None:
            return (number,)
        return (self._numbers[f"<0x{byte:02X}>"] for byte in piece.encode("utf-8", "replace"))
