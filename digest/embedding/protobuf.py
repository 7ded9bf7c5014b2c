"""Just enough of the ONNX file format to write a graph without a package: its messages as bytes.

The field numbers are those of onnx.proto (IR version 9); protobuf encodes each field as a tag (field · 8 + kind) and a value.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

IR_VERSION, OPSET = 9, 20
_VARINT, _BYTES, _FIXED32 = 0, 2, 5
_TYPES = {np.dtype("<f4"): 1, np.dtype("u1"): 2, np.dtype("i1"): 3, np.dtype("<i8"): 7}
FLOAT = 1


@dataclass(slots=True)
class Graph:
    """A graph under construction: nodes in execution order, and the constants they name."""

    nodes: list[bytes] = field(default_factory=list)
    constants: list[bytes] = field(default_factory=list)

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Store an array under a name; gives the name."""
        shape = b"".join(_number(1, size) for size in values.shape)
        self.constants.append(shape + _number(2, _TYPES[values.dtype]) + _text(8, name) + _block(9, np.ascontiguousarray(values).tobytes()))
        return name

    def node(self, kind: str, inputs: Iterable[str], outputs: Iterable[str], **attributes: int | float | tuple[int, ...]) -> None:
        """Add a node, with its attributes in the given order."""
        named = b"".join(_text(1, name) for name in inputs) + b"".join(_text(2, name) for name in outputs)
        self.nodes.append(named + _text(4, kind) + b"".join(_block(5, _attribute(*pair)) for pair in attributes.items()))

    def model(self, name: str, inputs: Mapping[str, tuple[str | int, ...]], outputs: Mapping[str, tuple[str | int, ...]]) -> bytes:
        """The whole file; inputs and outputs are float32, with their shapes (a name for a dimension that differs from call to call)."""
        graph = (
            b"".join(_block(1, node) for node in self.nodes)
            + _text(2, name)
            + b"".join(_block(5, constant) for constant in self.constants)
            + b"".join(_block(11, _value(*pair)) for pair in inputs.items())
            + b"".join(_block(12, _value(*pair)) for pair in outputs.items())
        )
        return _number(1, IR_VERSION) + _text(2, "digest") + _block(7, graph) + _block(8, _text(1, "") + _number(2, OPSET))


def _attribute(name: str, value: float | tuple[int, ...]) -> bytes:
    if isinstance(value, tuple):
        return _text(1, name) + b"".join(_number(8, each) for each in value) + _number(20, 7)
    if isinstance(value, float):
        return _text(1, name) + _tag(2, _FIXED32) + struct.pack("<f", value) + _number(20, 1)
    return _text(1, name) + _number(3, value) + _number(20, 2)


def _value(name: str, shape: tuple[str | int, ...]) -> bytes:
    sizes = b"".join(_block(1, _number(1, size) if isinstance(size, int) else _text(2, size)) for size in shape)
    return _text(1, name) + _block(2, _block(1, _number(1, FLOAT) + _block(2, sizes)))


def _number(place: int, value: int) -> bytes:
    return _tag(place, _VARINT) + _varint(value)


def _text(place: int, value: str) -> bytes:
    return _block(place, value.encode())


def _block(place: int, value: bytes) -> bytes:
    return _tag(place, _BYTES) + _varint(len(value)) + value


def _tag(place: int, kind: int) -> bytes:
    return _varint(place << 3 | kind)


def _varint(value: int) -> bytes:
    """Seven bits per byte, the lowest first; a negative number as 64 bits in two's complement."""
    value &= (1 << 64) - 1
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])
