"""Vectors from a server with an OpenAI-compatible embeddings API, often on the operator's own machine.

POST {base}/embeddings {"model": …, "input": [text, …]} → {"data": [{"index": 0, "embedding": [number, …]}, …]}
(platform.openai.com/docs/api-reference/embeddings). Answers are checked like any untrusted input.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ..net import Net
from ..net.openai import ModelServer, base_of
from .vectors import SHORTEST, Floats, Tell, gather, silent

PORTION = 32
"""Texts of one question: few enough for a small machine to answer in time."""
LONGEST_TEXT = 8_000
"""Characters of a text that are sent: several times an abstract, and within what any server takes."""
MOST_DIMENSIONS = 16_384
_PATH = "embeddings"


class Endpoint:
    """One model on one server; its name holds both. Nothing is sent before the first text comes.

    `url` is the base ("https://api.example.org/v1"); `key` is sent as a bearer token; `allow_private` lets the server be on this machine.
    """

    def __init__(
        self,
        net: Net,
        *,
        url: str,
        model: str,
        key: str | None = None,
        allow_private: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = ModelServer(
            net=net,
            base=base_of(url),
            key=key,
            allow_private=allow_private,
            check="check endpoint, endpoint_model and endpoint_key_file under [ranking]",
            allow="set endpoint_allow_private = true under [ranking] if the server is yours",
            runs="see that the server runs, and that [ranking] endpoint is its address; until it answers, words alone decide",
        )
        self.name = f"endpoint/{model}@{self._server.base.partition('://')[2]}"
        self._model, self._monotonic = model, monotonic
        self._dimensions = 0

    @property
    def dimensions(self) -> int:
        """The length of the server's vectors, requested once. Raises ModelError."""
        return self._dimensions or self._ask(["digest"]).shape[1]

    def embed(self, texts: Sequence[str], tell: Tell = silent) -> Floats:
        """(texts, dimensions) float32 unit vectors; zeros for an empty text, which is not sent.

        Raises ModelError if the server does not answer, or not as this API does: then nothing from this call may be kept.
        """
        full = [place for place, text in enumerate(texts) if text.strip()]
        return gather(len(texts), lambda: self.dimensions, self._answers(texts, full), tell, self._monotonic)

    def _answers(self, texts: Sequence[str], places: Sequence[int]) -> Iterator[tuple[Sequence[int], Floats]]:
        for start in range(0, len(places), PORTION):
            portion = places[start : start + PORTION]
            yield portion, self._ask([texts[place].strip()[:LONGEST_TEXT] for place in portion])

    def _ask(self, texts: Sequence[str]) -> Floats:
        """The server's vectors of some texts, (texts, dimensions); another length than before is refused, but only once."""
        body = self._server.ask(_PATH, {"model": self._model, "input": list(texts)})
        try:
            vectors = parse_answer(body, len(texts))
        except ValueError as error:
            raise self._server.misunderstood(_PATH, f"not an answer of the embeddings API: {error}") from error
        before, self._dimensions = self._dimensions, vectors.shape[1]
        if before not in (0, self._dimensions):
            raise self._server.misunderstood(_PATH, f"answers with {self._dimensions} numbers, and before with {before}")
        return vectors


def parse_answer(body: bytes, count: int) -> Floats:
    """The vectors in an answer by their index, (count, dimensions), not normalised. Raises ValueError, saying what is wrong."""
    try:
        data = json.loads(body, parse_constant=_refuse)["data"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"it begins with {body[:60]!r}") from error
    if not isinstance(data, list) or len(data) != count:
        raise ValueError(f"{len(data) if isinstance(data, list) else 'no'} vectors for {count} texts")
    rows: dict[int, list[float]] = {}
    for place, entry in enumerate(data):
        if not isinstance(entry, dict):
            raise ValueError(f"vector {place} is {entry!r:.60}")
        rows[_index(entry.get("index", place), count)] = _numbers(entry.get("embedding"), place)
    if len(rows) != count:
        raise ValueError("two vectors for the same text")
    if len({len(row) for row in rows.values()}) != 1:
        raise ValueError("vectors of different lengths")
    with np.errstate(over="ignore"):
        vectors = np.array([rows[place] for place in range(count)], dtype=np.float64).astype(np.float32)
        lengths = np.linalg.norm(vectors, axis=1)
    if not np.isfinite(lengths).all():
        raise ValueError("a number that is none, or too large")
    if count > 1 and not (lengths > SHORTEST).any():  # one such may be a text that says nothing to the model; all are a model that failed
        raise ValueError("nothing but zeros")
    return vectors


def _index(value: object, count: int) -> int:
    if type(value) is not int or not 0 <= value < count:
        raise ValueError(f"a vector for text {value!r:.20} of {count}")
    return value


def _numbers(value: object, place: int) -> list[float]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_DIMENSIONS or not all(type(each) in (int, float) for each in value):
        raise ValueError(f"vector {place} is not a list of at most {MOST_DIMENSIONS:,} numbers")
    try:
        return [float(each) for each in value]
    except OverflowError as error:
        raise ValueError("a number that is too large") from error


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not a number")
