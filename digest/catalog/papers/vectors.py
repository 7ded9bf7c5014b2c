"""What was made of texts, kept so that it is not made twice: vectors, words, groups; under its maker's name and the text's key.

Of what the bytes mean nothing is known here: the same model's are always of the same kind, and whoever puts them knows which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import delete, func, select

from ..doors import Doors, chunks, insert_new
from ..schema.made import vectors


class Vectors:
    """The vectors by model and text; `naming.text_key` makes a text's key."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def get(self, model: str, texts: Iterable[bytes]) -> dict[bytes, bytes]:
        """Those of the wanted vectors that are kept, by the key of their text."""
        found: dict[bytes, bytes] = {}
        with self._doors.reading() as connection:
            for some in chunks(texts):
                which = select(vectors.c.text, vectors.c.data).where(vectors.c.model == model, vectors.c.text.in_(some))
                found.update((text, data) for text, data in connection.execute(which))
        return found

    def put(self, model: str, rows: Mapping[bytes, bytes]) -> None:
        """Keep these vectors, all or none; one that is kept already stays as it is."""
        with self._doors.writing() as connection:
            for some in chunks(rows.items()):
                insert_new(connection, vectors, [{"model": model, "text": text, "data": data} for text, data in some])

    def thin(self, model: str, rows: Mapping[bytes, bytes], most: int) -> None:
        """Where more than `most` of a model's are kept, let go of all but these, which are among them."""
        with self._doors.writing() as connection:
            if (connection.scalar(select(func.count()).where(vectors.c.model == model)) or 0) <= most:
                return
            connection.execute(delete(vectors).where(vectors.c.model == model))
            for some in chunks(rows.items()):
                insert_new(connection, vectors, [{"model": model, "text": text, "data": data} for text, data in some])

    def forget(self, model: str) -> int:
        """Let go of a model's vectors and tell how many there were; the file keeps its size, and what comes next gets the room."""
        with self._doors.writing() as connection:
            return connection.execute(delete(vectors).where(vectors.c.model == model)).rowcount
