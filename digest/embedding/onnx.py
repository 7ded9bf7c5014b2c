"""MiniLM's layers in onnxruntime with 8-bit weights, several times as fast as numpy. The only file that imports onnxruntime."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..errors import ModelError
from .bert import Bert, Tokens
from .quantised import INPUT, OUTPUT
from .vectors import Floats

PORTION = 64
"""Texts between two reports of progress."""


def is_available() -> bool:
    """Whether onnxruntime is installed (the extra `onnx`)."""
    return find_spec("onnxruntime") is not None


class OnnxLayers:
    """The layers in a file made by `quantised_graph`.

    Each call holds one text. The quantisation of activations is measured per call, so in a batch a paper's vector would depend on its
    neighbours; and nothing needs padding. As many calls run at a time as there are cores.
    """

    def __init__(self, model: Bert, file: Path, workers: int = 0) -> None:
        # From 1.32 on it reports each process to its maker, unless it is told not to before it is imported (Privacy.md in its package).
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        try:
            import onnxruntime
        except ImportError as error:  # it is there, and does not fit this machine
            hint = "install it anew, or remove it: numpy then does its work, slower"
            raise ModelError("onnxruntime", f"cannot be imported: {error}", hint=hint) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only: warnings are about other people's graphs
        self._session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._model, self._workers = model, workers or os.cpu_count() or 1

    def means(self, texts: Sequence[Tokens]) -> Iterator[tuple[Sequence[int], Floats]]:
        """The mean over the tokens of each text, as portions (places, rows)."""
        with ThreadPoolExecutor(self._workers) as pool:
            for start in range(0, len(texts), PORTION):
                portion = texts[start : start + PORTION]
                yield range(start, start + len(portion)), np.stack(list(pool.map(self._mean, portion)))

    def _mean(self, tokens: Tokens) -> Floats:
        (end,) = self._session.run([OUTPUT], {INPUT: self._model.start(np.array(tokens))})
        mean: Floats = end.mean(axis=0)
        return mean
