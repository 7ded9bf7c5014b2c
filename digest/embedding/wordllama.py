"""WordLlama: a vector for each token of Llama 2, trained so that their mean tells what a text is about. A thousand texts a second.

Miller, 2024 (github.com/dleemiller/WordLlama): l2_supercat, 256 dimensions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .bytepairs import BytePairs
from .models import TABLE, TOKENIZER, WORDLLAMA, Model
from .safetensors import read_safetensors
from .vectors import Floats, Tell, gather, silent

PORTION = 256
"""Texts between two reports of progress."""


class WordLlama:
    """The model in an installed folder, read at the first text."""

    def __init__(self, folder: Path, *, model: Model = WORDLLAMA, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.name = f"{model.name}-1/{TABLE.partition('.')[0]}"
        self.dimensions = model.dimensions
        self._folder, self._model, self._monotonic = folder, model, monotonic

    def embed(self, texts: Sequence[str], tell: Tell = silent) -> Floats:
        """(texts, dimensions) float32 unit vectors; zeros for an empty text. Raises ModelError if a file is not the model's."""
        return gather(len(texts), lambda: self.dimensions, self._means(texts), tell, self._monotonic)

    def _means(self, texts: Sequence[str]) -> Iterator[tuple[Sequence[int], Floats]]:
        for start in range(0, len(texts), PORTION):
            portion = texts[start : start + PORTION]
            yield range(start, start + len(portion)), np.stack([self._mean(text) for text in portion])

    def _mean(self, text: str) -> Floats:
        tokens = self._words.tokens(text.strip())
        if not tokens:
            return np.zeros(self.dimensions, dtype=np.float32)
        mean: Floats = self._table[tokens].astype(np.float32).mean(axis=0)
        return mean

    @cached_property
    def _words(self) -> BytePairs:
        file = self._model.checked(self._folder, TOKENIZER)
        try:
            described = json.loads(file.read_bytes())["model"]
            return BytePairs(described["vocab"], described["merges"])
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(str(file), f"does not describe tokens: {error!r}", hint=self._model.remedy) from error

    @cached_property
    def _table(self) -> NDArray[Any]:
        return read_safetensors(self._model.checked(self._folder, TABLE))["embedding.weight"]
