"""MiniLM (sentence-transformers/all-MiniLM-L6-v2): a small BERT whose sentence vectors are close if their meanings are.

Wang et al., 2020; Reimers and Gurevych, 2019: the mean over the last layer's tokens, as a unit vector.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

from .bert import Bert, means, read_bert
from .models import LAYERS, MINILM, VOCABULARY, WEIGHTS, Model
from .onnx import OnnxLayers
from .safetensors import read_safetensors
from .vectors import Floats, Tell, gather, silent
from .wordpiece import WordPiece

LONGEST = 192
"""Tokens of a text that are read; half of all abstracts are longer. It was trained with 128; of 128, 192 and 256 this ranked best."""
_ONLY_MARKS = 2  # tokens of a text without words


class MiniLM:
    """The model in an installed folder, read when the first text comes.

    quantised   8-bit weights in onnxruntime, else float32 in numpy. Their vectors differ (cosine .994), as much as near papers do from each
                other, so their names differ, and installing onnxruntime means embedding the stored papers once more.
    workers     texts at a time in onnxruntime; 0: as many as there are cores
    longest     tokens of a text that are read
    """

    def __init__(
        self,
        folder: Path,
        *,
        quantised: bool,
        workers: int = 0,
        longest: int = LONGEST,
        model: Model = MINILM,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"{model.name}-1/{'int8' if quantised else 'float32'}/{longest}"
        self.dimensions = model.dimensions
        self._folder, self._quantised, self._workers, self._longest = folder, quantised, workers, longest
        self._model, self._monotonic = model, monotonic

    def embed(self, texts: Sequence[str], tell: Tell = silent) -> Floats:
        """(texts, dimensions) float32 unit vectors; zeros for a text without a word. Raises ModelError if a file is not the model's."""
        tokens = [self._words.tokens(text) for text in texts]
        full = [place for place, each in enumerate(tokens) if len(each) > _ONLY_MARKS]
        some = [tokens[place] for place in full]
        parts = self._layers.means(some) if self._quantised else means(self._bert, some)
        placed = (([full[number] for number in places], rows) for places, rows in parts)
        return gather(len(texts), lambda: self.dimensions, placed, tell, self._monotonic)

    @cached_property
    def _words(self) -> WordPiece:
        vocabulary = self._model.checked(self._folder, VOCABULARY).read_text(encoding="utf-8")
        return WordPiece(vocabulary.removesuffix("\n").split("\n"), longest=self._longest)

    @cached_property
    def _bert(self) -> Bert:
        return read_bert(read_safetensors(self._model.checked(self._folder, WEIGHTS)))

    @cached_property
    def _layers(self) -> OnnxLayers:
        return OnnxLayers(self._bert, self._model.checked(self._folder, LAYERS), self._workers)
