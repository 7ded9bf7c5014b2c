"""Where papers lie: by their words, and by the directions that were learned from the catalog or come from a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .sparse import Floats, Sparse
from .words import Ints


@dataclass(frozen=True)
class Space:
    """Where papers lie: `lexical` unit vectors of words beside `flat` ones (papers, dimensions) float32, latent ones first."""

    lexical: Sparse
    flat: Floats

    def __len__(self) -> int:
        return len(self.flat)

    def rows(self, chosen: Ints | slice) -> Space:
        """These papers, in this order."""
        return Space(self.lexical.rows(chosen), self.flat[chosen])


@dataclass(frozen=True, eq=False)
class Vectors(Mapping[str, NDArray[np.float16]]):
    """Vectors by name, as one array: `table` (names, dimensions) float16, `places` the row of each."""

    places: Mapping[str, int]
    table: NDArray[np.float16]

    @classmethod
    def of(cls, vectors: Mapping[str, NDArray[np.float16]]) -> Vectors:
        """The same vectors; what is one array already stays it."""
        if isinstance(vectors, cls):
            return vectors
        table = np.zeros((len(vectors), len(next(iter(vectors.values()), ()))), dtype=np.float16)
        for place, vector in enumerate(vectors.values()):
            table[place] = vector
        return cls({name: place for place, name in enumerate(vectors)}, table)

    def __getitem__(self, name: str) -> NDArray[np.float16]:
        found: NDArray[np.float16] = self.table[self.places[name]]
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)
