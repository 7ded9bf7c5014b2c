"""MiniLM's layers as an ONNX graph with 8-bit weights, made reproducibly from the float32 weights.

Dynamic quantisation, as in onnxruntime.quantization: weights symmetric and per output (int8), activations per tensor (uint8), measured at
each call. Token embeddings and the mean over tokens stay outside, in float32.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .bert import EPSILON, HEADS, Bert, Layer, Linear, Norm
from .protobuf import Graph
from .vectors import Floats

INPUT, OUTPUT = "start", "end"
MOST = 64.0
"""The largest weight. 127 would fit, but processors without VNNI add two products in 16 bits, where 2 · 255 · 64 is the most that fits:
seven bits give the same numbers on all of them (measured cosine to float32: .994, with eight bits .995)."""


def quantised_graph(model: Bert) -> bytes:
    """The ONNX file: (length, width) of one text → the same shape, after all layers."""
    graph = Graph()
    width = model.pieces.shape[1]
    graph.constant("heads", np.array([-1, 3 * HEADS, width // HEADS], dtype="<i8"))
    graph.constant("joined", np.array([-1, width], dtype="<i8"))
    rows = INPUT
    for number, layer in enumerate(model.layers):
        rows = _layer(graph, f"{number}.", layer, rows, last=number == len(model.layers) - 1)
    return graph.model("minilm", {INPUT: ("length", width)}, {OUTPUT: ("length", width)})


def quantise(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """(inputs, outputs) → integers of −64…64 and the scale of each output, (outputs,).

    Uses only operations that IEEE 754 rounds exactly, so the file is the same wherever it is made.
    """
    scale = np.abs(weight).max(axis=0) / np.float32(MOST)
    scale[scale == 0] = 1
    return np.rint(weight / scale).astype(np.int8), scale


def _layer(graph: Graph, name: str, layer: Layer, rows: str, *, last: bool) -> str:
    seen = _attention(graph, name, _linear(graph, f"{name}attend", layer.attend, rows))
    joined = _linear(graph, f"{name}join", layer.join, seen)
    rows = _norm(graph, f"{name}joined", layer.joined, _sum(graph, f"{name}a", joined, rows), f"{name}rows")
    wide = _linear(graph, f"{name}widen", layer.widen, rows)
    graph.node("Gelu", [wide], [f"{name}gelu"])
    narrow = _linear(graph, f"{name}narrow", layer.narrow, f"{name}gelu")
    return _norm(graph, f"{name}narrowed", layer.narrowed, _sum(graph, f"{name}b", narrow, rows), OUTPUT if last else f"{name}end")


def _linear(graph: Graph, name: str, linear: Linear, rows: str) -> str:
    """x·weight + bias, with an integer product."""
    weight, scale = quantise(linear.weight)
    for part, values in (("weight", weight), ("scale", scale), ("bias", linear.bias)):
        graph.constant(f"{name}.{part}", values)
    graph.node("DynamicQuantizeLinear", [rows], [f"{name}.whole", f"{name}.step", f"{name}.zero"])
    graph.node("MatMulInteger", [f"{name}.whole", f"{name}.weight", f"{name}.zero"], [f"{name}.product"])
    graph.node("Cast", [f"{name}.product"], [f"{name}.float"], to=1)
    graph.node("Mul", [f"{name}.step", f"{name}.scale"], [f"{name}.worth"])
    graph.node("Mul", [f"{name}.float", f"{name}.worth"], [f"{name}.scaled"])
    return _sum(graph, name, f"{name}.scaled", f"{name}.bias")


def _attention(graph: Graph, name: str, seen: str) -> str:
    graph.node("Reshape", [seen, "heads"], [f"{name}by_head"])
    graph.node("Transpose", [f"{name}by_head"], [f"{name}heads"], perm=(1, 0, 2))
    graph.node("Split", [f"{name}heads"], [f"{name}queries", f"{name}keys", f"{name}values"], axis=0, num_outputs=3)
    graph.node("Transpose", [f"{name}keys"], [f"{name}turned"], perm=(0, 2, 1))
    graph.node("MatMul", [f"{name}queries", f"{name}turned"], [f"{name}likeness"])
    graph.node("Softmax", [f"{name}likeness"], [f"{name}share"], axis=-1)
    graph.node("MatMul", [f"{name}share", f"{name}values"], [f"{name}seen_by_head"])
    graph.node("Transpose", [f"{name}seen_by_head"], [f"{name}seen_turned"], perm=(1, 0, 2))
    graph.node("Reshape", [f"{name}seen_turned", "joined"], [f"{name}seen"])
    return f"{name}seen"


def _sum(graph: Graph, name: str, one: str, other: str) -> str:
    graph.node("Add", [one, other], [f"{name}.sum"])
    return f"{name}.sum"


def _norm(graph: Graph, name: str, norm: Norm, rows: str, output: str) -> str:
    graph.constant(f"{name}.weight", norm.weight)
    graph.constant(f"{name}.bias", norm.bias)
    graph.node("LayerNormalization", [rows, f"{name}.weight", f"{name}.bias"], [output], axis=-1, epsilon=EPSILON)
    return output
