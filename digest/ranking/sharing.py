"""Writes an object with large arrays to a file that several processes map, so that its arrays are in memory only once."""

from __future__ import annotations

import io
import mmap
import pickle
from typing import Any, BinaryIO

import numpy as np

from .near import RowCache

_ALIGNED = 64


def write(shared: object, file: BinaryIO) -> None:
    """Write an object for `mapped`: first an index, then the arrays, then space for its caches (`RowCache`).

    The caches start empty. What one process computes, all others find there; none waits for another.
    """
    buffers: list[pickle.PickleBuffer] = []
    tables: list[RowCache] = []
    head = io.BytesIO()
    pickler = _Pickler(head, protocol=5, buffer_callback=buffers.append)
    pickler.tables = tables
    pickler.dump(shared)
    sizes = [buffer.raw().nbytes for buffer in buffers]
    room = [table.table.nbytes + table.ready.nbytes for table in tables]
    index = pickle.dumps((sizes, room, head.getvalue()))
    file.write(len(index).to_bytes(8, "little") + index)
    for buffer in buffers:
        file.seek(_aligned(file.tell()))
        file.write(buffer.raw())
    at = file.tell()
    for size in room:
        at = _aligned(at) + size
    file.truncate(at)


def mapped(descriptor: int) -> Any:
    """The object that `write` wrote to this file; its arrays are read-only views of the file. The descriptor may be closed afterwards."""
    memory = memoryview(mmap.mmap(descriptor, 0))
    at = 8 + int.from_bytes(memory[:8], "little")
    sizes, tables, head = pickle.loads(memory[8:at])
    views = []
    for size in (*sizes, *tables):
        at = _aligned(at)
        views.append(memory[at : at + size])
        at += size
    unpickler = _Unpickler(io.BytesIO(head), buffers=[view.toreadonly() for view in views[: len(sizes)]])
    unpickler.tables = views[len(sizes) :]
    return unpickler.load()


def _aligned(at: int) -> int:
    return -(-at // _ALIGNED) * _ALIGNED


def _array(buffer: memoryview, kind: str, shape: tuple[int, ...]) -> Any:
    return np.frombuffer(buffer, dtype=np.dtype(kind)).reshape(shape)


class _Pickler(pickle.Pickler):
    tables: list[RowCache]

    def reducer_override(self, obj: object) -> Any:
        """numpy's own pickling gives each array a new dtype object, equal to the usual one: with that, `add.at` takes 30 times as long."""
        if not isinstance(obj, np.ndarray) or obj.dtype.hasobject or not obj.size:
            return NotImplemented
        return _array, (pickle.PickleBuffer(np.ascontiguousarray(obj).data), obj.dtype.str, obj.shape)

    def persistent_id(self, obj: object) -> tuple[int, int, int] | None:
        """A cache is pickled as its number and shape, without its contents."""
        if not isinstance(obj, RowCache):
            return None
        if not any(obj is table for table in self.tables):
            self.tables.append(obj)
        number = next(number for number, table in enumerate(self.tables) if table is obj)
        return (number, *obj.table.shape)


class _Unpickler(pickle.Unpickler):
    tables: list[memoryview]

    def persistent_load(self, pid: tuple[int, int, int]) -> RowCache:
        number, papers, numbers = pid
        memory, size = self.tables[number], 4 * papers * numbers
        table = np.frombuffer(memory[:size], dtype=np.float32).reshape(papers, numbers)
        return RowCache(table, np.frombuffer(memory[size:], dtype=bool))
