"""Read arrays from a .safetensors file mapped into memory: only what is used is read from the disk.

The format: eight bytes with the length of a JSON header, the header (name → type, shape, first and last byte), then the numbers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, cure, why

LONGEST_HEADER = 1 << 20
_REMEDY = "digest models install NAME puts it right"
_TYPES: dict[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2"), "I64": np.dtype("<i8")}


def read_safetensors(path: Path) -> dict[str, NDArray[Any]]:
    """Every array in the file by name, read-only. Raises ModelError if it is not such a file."""
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r").view(np.ndarray)
        length = int.from_bytes(data[:8].tobytes(), "little")
        if not 0 < length <= min(LONGEST_HEADER, len(data) - 8):
            raise ValueError(f"its header would have {length:,} bytes")
        header = json.loads(data[8 : 8 + length].tobytes())
        return {name: _array(data[8 + length :], entry) for name, entry in header.items() if name != "__metadata__"}
    except OSError as error:
        raise ModelError(str(path), f"cannot be read: {why(error)}", hint=cure(error) or _REMEDY) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(str(path), f"is not a file of weights: {error}", hint=_REMEDY) from error


def _array(numbers: NDArray[np.uint8], entry: Mapping[str, Any]) -> NDArray[Any]:
    first, last = entry["data_offsets"]
    if not 0 <= first <= last <= len(numbers):
        raise ValueError("it is cut off")
    kind: np.dtype[Any] = _TYPES[entry["dtype"]]
    array: NDArray[Any] = numbers[first:last].view(kind).reshape(entry["shape"])
    return array
