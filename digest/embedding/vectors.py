"""The interface of every model, and progress reports: unit vectors, row by row."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Vector = NDArray[np.float16]

SHORTEST = 1e-12
"""What is shorter than this points nowhere."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many texts are done, and the seconds that the rest will take at the speed so far."""

    done: int
    total: int
    seconds_left: float


Tell = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Ignore the progress."""


class Embedder(Protocol):
    """A model that turns texts into vectors."""

    @property
    def name(self) -> str:
        """Model, arithmetic and length: two vectors are comparable only if this is the same for both."""
        ...

    def embed(self, texts: Sequence[str], tell: Tell = silent) -> Floats:
        """(texts, dimensions) float32 unit vectors, in the texts' order; a text without a word gives a row of zeros.

        `tell` is called after each portion. A text's vector does not depend on the other texts (int8, static), or by less than 1e-6
        (float32). Raises ModelError.
        """
        ...


def packed_vectors(rows: Floats) -> list[bytes]:
    """Each row as bytes to store: float16, which changes an angle by less than .03 degrees."""
    return [row.tobytes() for row in rows.astype("<f2")]


def unpacked_vector(data: bytes) -> Vector:
    """A row that `packed_vectors` packed."""
    return np.frombuffer(data, dtype="<f2").astype(np.float16, copy=False)


def gather(
    total: int,
    width: Callable[[], int],
    parts: Iterable[tuple[Sequence[int], Floats]],
    tell: Tell,
    monotonic: Callable[[], float] = time.monotonic,
) -> Floats:
    """(total, dimensions) unit vectors from portions (places, rows) in any order; rows in no portion stay zero.

    `width` is called for the dimensions only if there is no portion to take them from.
    """
    vectors: Floats | None = None
    began, done = monotonic(), 0
    for places, rows in parts:
        if vectors is None:
            vectors = np.zeros((total, rows.shape[1]), dtype=np.float32)
        vectors[places] = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), SHORTEST)
        done += len(places)
        tell(Progress(done, total, (monotonic() - began) / done * (total - done)))
    return np.zeros((total, width()), dtype=np.float32) if vectors is None else vectors
