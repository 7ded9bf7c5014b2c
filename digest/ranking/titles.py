"""Titles of many papers as one array, which several processes can share in memory, instead of a hundred thousand strings in each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from .texts.words import Ints


@dataclass(frozen=True, eq=False)
class Titles:
    """Title n is `letters[start[n]:start[n + 1]]`, in UTF-8; lone surrogates are preserved."""

    letters: NDArray[np.uint8]
    start: Ints

    @classmethod
    def of(cls, titles: Iterable[str]) -> Titles:
        """These titles, in their order."""
        told = [title.encode("utf-8", "surrogatepass") for title in titles]
        start = np.fromiter(accumulate(map(len, told), initial=0), dtype=np.int64, count=len(told) + 1)
        return cls(np.frombuffer(b"".join(told), dtype=np.uint8), start)

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, place: int) -> str:
        return self.letters[self.start[place] : self.start[place + 1]].tobytes().decode("utf-8", "surrogatepass")
