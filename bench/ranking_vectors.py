"""Vectors of the benchmark's texts, reckoned once and kept in a file for each model."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from hashlib import sha256
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from digest.embedding import MODELS, Embedder, onnx, open_model
from digest.embedding.minilm import MiniLM

Vector = NDArray[np.float16]

PORTION = 500
"""Texts between two savings, so that little is lost when somebody stops it."""


def cache_folder() -> Path:
    """Where vectors are kept unless told otherwise: under $XDG_CACHE_HOME, else ~/.cache."""
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".cache") / "digest" / "bench"


def read_model(name: str, models: Path, longest: int | None = None) -> Embedder:
    """An installed model, MiniLM with another `longest` if given. Raises ConfigurationError with what to type where it is missing."""
    model = open_model(name, models)
    if longest is None or not isinstance(model, MiniLM):
        return model
    return MiniLM(MODELS[name].folder(models), quantised=onnx.is_available(), longest=longest)


class Vectors:
    """A model whose vectors are remembered by text in the cache folder."""

    def __init__(self, model: Embedder, cache: Path) -> None:
        self.name = model.name
        self._model = model
        self._file = cache / f"{model.name.replace('/', '-')}.npz"
        self._known: dict[str, Vector] = {}
        if self._file.is_file():
            with np.load(self._file) as kept:
                self._known = dict(zip(kept["texts"].tolist(), kept["vectors"], strict=True))

    def of(self, texts: Sequence[str]) -> NDArray[np.float16]:
        """(texts, dimensions) unit vectors; what is new is reckoned, told on stderr and kept."""
        names = [sha256(text.encode()).hexdigest()[:24] for text in texts]
        new = {name: text for name, text in zip(names, texts, strict=True) if name not in self._known}
        for start in range(0, len(new), PORTION):
            some = dict(islice(new.items(), start, start + PORTION))
            self._known |= zip(some, self._model.embed(list(some.values())).astype(np.float16), strict=True)
            self._keep()
            done = start + len(some)
            print(f"\r{self.name}: {done} of {len(new)} texts", end="" if done < len(new) else "\n", file=sys.stderr, flush=True)
        return np.stack([self._known[name] for name in names])

    def _keep(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        half = self._file.with_suffix(".part.npz")
        np.savez(half, texts=np.array(list(self._known)), vectors=np.stack(list(self._known.values())))
        half.replace(self._file)
