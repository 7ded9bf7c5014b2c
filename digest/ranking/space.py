"""Where papers lie: by their words, and by the directions that were learned from the catalog or come from a model."""

from __future__ import annotations

from dataclasses import dataclass

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
