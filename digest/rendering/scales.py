"""How many bytes a letter takes as it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from .links import TOKEN

_MOST = 65_536
_TOKEN = 1 << 40
"""What a token counts for until its length is known: sizes and numbers of tokens are added up in one go."""


class Scales:
    """Weighs letters chunk by chunk; chunks that letters share are weighed once."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def weigh(self, chunks: Sequence[str], token: str) -> int:
        """The bytes of these chunks in UTF-8, with CRLF, and the token in its places."""
        found = list(map(self._known.get, chunks))
        weights = [self._weighed(chunk) if weight is None else weight for chunk, weight in zip(chunks, found, strict=True)]
        tokens, size = divmod(sum(weights), _TOKEN)
        return size + tokens * len(token)

    def _weighed(self, chunk: str) -> int:
        if len(self._known) >= _MOST:
            self._known.clear()
        tokens = chunk.count(TOKEN)
        weight = self._known[chunk] = len(chunk.encode()) + chunk.count("\n") + tokens * (_TOKEN - 1)
        return weight
