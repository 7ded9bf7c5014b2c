"""The vectors of papers: sparse ones of words, and dense ("flat") ones that were learned from the catalog or come from a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from .sparse import Floats, Sparse
from .texts.words import Ints


@dataclass(frozen=True)
class Space:
    """The vectors of papers: `lexical` unit vectors of words, and `flat` ones (papers, dimensions), with the learned dimensions first.

    If there may be very many papers, `flat` is float16: half the memory, at the cost of some 8 µs per reader; `taken` returns float32.
    """

    lexical: Sparse
    flat: Floats | NDArray[np.float16]

    def __len__(self) -> int:
        return len(self.flat)

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.lexical.column.nbytes + self.lexical.value.nbytes + self.flat.nbytes

    def rows(self, chosen: Ints | slice) -> Space:
        """These papers, in this order."""
        return Space(self.lexical.rows(chosen), self.taken(chosen))

    def taken(self, chosen: Ints | slice) -> Floats:
        """The flat vectors of these papers, float32; `chosen` may have any shape."""
        return self.flat[chosen].astype(np.float32, copy=False)


@dataclass(frozen=True, eq=False)
class Vectors:
    """Vectors of texts as one array, without the texts: a text is looked up by a 64-bit hash, unique among a million texts.

    `marks` (texts,) are the sorted hashes; `place` (texts,) is the row of each in `table` (texts, dimensions).
    """

    marks: NDArray[np.uint64]
    place: NDArray[np.int32]
    table: NDArray[np.float16]

    @classmethod
    def of(cls, texts: Iterable[str], table: NDArray[np.float16]) -> Vectors:
        """Row n of the table for the n-th text."""
        marks = np.fromiter(map(_mark, texts), dtype=np.uint64)
        place = np.argsort(marks)
        return cls(marks[place], place.astype(np.int32), table)

    @classmethod
    def gathered(cls, vectors: Mapping[str, NDArray[np.float16]] | Vectors, width: int) -> Vectors:
        """The same vectors, of `width` numbers each, in one array; a `Vectors` is returned as it is."""
        if isinstance(vectors, Vectors):
            return vectors
        table = np.zeros((len(vectors), width), dtype=np.float16)
        for row, vector in enumerate(vectors.values()):
            table[row] = vector
        return cls.of(vectors, table)

    def __getitem__(self, text: str) -> Floats:
        """(dimensions,) zero for an unknown text."""
        found: Floats = self.rows([text])[0]
        return found

    def rows(self, texts: Sequence[str]) -> Floats:
        """(texts, dimensions) zero for unknown ones."""
        out = np.zeros((len(texts), self.table.shape[1]), dtype=np.float32)
        if len(self.marks):
            marks = np.fromiter(map(_mark, texts), dtype=np.uint64, count=len(texts))
            at = np.minimum(np.searchsorted(self.marks, marks), len(self.marks) - 1)
            known = self.marks[at] == marks
            out[known] = self.table[self.place[at[known]]]
        return out


def _mark(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
