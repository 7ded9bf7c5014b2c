"""MiniLM in numpy: what BERT computes, for one length of text at a time, so that nothing is padded and nothing masked.

Devlin et al., 2019; `read_bert` takes the tensors by the names that the file of weights has. float32 throughout.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .vectors import Floats

Tokens = list[int]

HEADS = 12
EPSILON = 1e-12
PORTION = 2048
"""Tokens of one pass: more is no faster."""
ROWS = 64
"""Queries of one product. 64 · 128 · 32 is the largest that OpenBLAS leaves to one thread, and two threads for so little wait for each
other most of the time: on a busy machine that made everything ten times as slow."""


@dataclass(frozen=True, slots=True)
class Linear:
    """A linear layer, x ↦ x·weight + bias: weight (inputs, outputs), bias (outputs,)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        y: Floats = x @ self.weight
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation (Ba et al., 2016): weight and bias (width,)."""

    weight: Floats
    bias: Floats

    def __call__(self, x: Floats) -> Floats:
        y: Floats = x - x.mean(axis=-1, keepdims=True)
        variance = np.einsum("...i,...i->...", y, y)[..., None] / np.float32(x.shape[-1])
        y *= self.weight / np.sqrt(variance + np.float32(EPSILON))
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the encoder. `attend` gives queries, keys and values side by side, the queries already divided by √(width of a head)."""

    attend: Linear
    join: Linear
    joined: Norm
    widen: Linear
    narrow: Linear
    narrowed: Norm


@dataclass(frozen=True, slots=True)
class Bert:
    """The whole model: token embeddings `pieces` (vocabulary, width), position embeddings (most, width), and the layers.

    The embedding of the first segment is already added to `positions`.
    """

    pieces: Floats
    positions: Floats
    norm: Norm
    layers: tuple[Layer, ...]

    def start(self, tokens: NDArray[np.int64]) -> Floats:
        """The input of the first layer: (…, length) tokens → (…, length, width)."""
        return self.norm(self.pieces[tokens] + self.positions[: tokens.shape[-1]])


def read_bert(tensors: Mapping[str, NDArray[Any]]) -> Bert:
    """The model from a file's tensors. Raises KeyError if one is missing."""
    layers = sum(name.endswith("attention.output.dense.weight") for name in tensors)
    return Bert(
        pieces=tensors["embeddings.word_embeddings.weight"],
        positions=tensors["embeddings.position_embeddings.weight"] + tensors["embeddings.token_type_embeddings.weight"][0],
        norm=_norm(tensors, "embeddings.LayerNorm"),
        layers=tuple(_layer(tensors, f"encoder.layer.{number}") for number in range(layers)),
    )


def means(model: Bert, texts: Sequence[Tokens]) -> Iterator[tuple[Sequence[int], Floats]]:
    """The mean over the tokens of each text, as portions (places, rows). The longest come first, so that time estimates err upwards."""
    of_length: dict[int, list[int]] = defaultdict(list)
    for place, tokens in enumerate(texts):
        of_length[len(tokens)].append(place)
    for length, places in sorted(of_length.items(), reverse=True):
        size = max(1, PORTION // length)
        for portion in (places[start : start + size] for start in range(0, len(places), size)):
            start = model.start(np.array([texts[place] for place in portion]))
            yield portion, encode(model, start).mean(axis=1)


def encode(model: Bert, x: Floats) -> Floats:
    """Run all layers: (texts, length, width) → the same shape."""
    texts, length, width = x.shape
    rows = x.reshape(-1, width)
    for layer in model.layers:
        seen = _attention(layer.attend(rows).reshape(texts, length, 3, HEADS, width // HEADS))
        rows = layer.joined(layer.join(seen.reshape(-1, width)) + rows)
        rows = layer.narrowed(layer.narrow(gelu(layer.widen(rows))) + rows)
    return rows.reshape(x.shape)


def _attention(seen: Floats) -> Floats:
    """Self-attention: (texts, length, 3, heads, width) → (texts, length, heads, width); each token attends to every token of its text."""
    queries, keys, values = (np.ascontiguousarray(seen[:, :, part].transpose(0, 2, 1, 3)) for part in range(3))
    keys = keys.transpose(0, 1, 3, 2)
    found = np.empty_like(queries)
    for start in range(0, queries.shape[2], ROWS):
        part = slice(start, start + ROWS)
        share = queries[:, :, part] @ keys
        share -= share.max(axis=-1, keepdims=True)
        np.exp(share, out=share)
        share /= share.sum(axis=-1, keepdims=True)
        np.matmul(share, values, out=found[:, :, part])
    return np.ascontiguousarray(found.transpose(0, 2, 1, 3))


_ABOVE = np.array(
    [-2.72614225801306e-10, 2.77068142495902e-08, -2.10102402082508e-06, -5.69250639462346e-05]
    + [-7.34990630326855e-04, -2.95459980854025e-03, -1.60960333262415e-02],
    dtype=np.float32,
)
_BELOW = np.array(
    [-1.45660718464996e-05, -2.13374055278905e-04, -1.68282697438203e-03, -7.37332916720468e-03, -1.42647390514189e-02], dtype=np.float32
)


def gelu(x: Floats) -> Floats:
    """x·Φ(x), in place (Hendrycks and Gimpel, 2016).

    numpy has no erf; this quotient is Eigen's for float32, true to 3e-7 of 1.
    """
    flat = x.reshape(-1)
    for start in range(0, len(flat), 1 << 14):  # so much of it at a time as a core keeps near
        part = flat[start : start + (1 << 14)]
        z = np.clip(part * np.float32(0.7071067811865476), -4, 4)
        square = z * z
        z *= _polynomial(_ABOVE, square)
        z /= _polynomial(_BELOW, square)
        z += 1
        z *= np.float32(0.5)
        part *= z
    return x


def _polynomial(coefficients: Floats, x: Floats) -> Floats:
    """The polynomial at x, the coefficient of the highest power first."""
    y: Floats = x * coefficients[0]
    y += coefficients[1]
    for coefficient in coefficients[2:]:
        y *= x
        y += coefficient
    return y


def _layer(tensors: Mapping[str, NDArray[Any]], name: str) -> Layer:
    parts = [_linear(tensors, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
    scale = np.float32(1) / np.sqrt(np.float32(len(parts[0].bias) // HEADS))
    parts[0] = Linear(parts[0].weight * scale, parts[0].bias * scale)
    return Layer(
        attend=Linear(np.hstack([part.weight for part in parts]), np.hstack([part.bias for part in parts])),
        join=_linear(tensors, f"{name}.attention.output.dense"),
        joined=_norm(tensors, f"{name}.attention.output.LayerNorm"),
        widen=_linear(tensors, f"{name}.intermediate.dense"),
        narrow=_linear(tensors, f"{name}.output.dense"),
        narrowed=_norm(tensors, f"{name}.output.LayerNorm"),
    )


def _linear(tensors: Mapping[str, NDArray[Any]], name: str) -> Linear:
    return Linear(tensors[f"{name}.weight"].T, tensors[f"{name}.bias"])


def _norm(tensors: Mapping[str, NDArray[Any]], name: str) -> Norm:
    return Norm(tensors[f"{name}.weight"], tensors[f"{name}.bias"])
