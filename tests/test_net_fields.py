"""JSON of more values than any answer has: refused before it is read, since each value takes many times its bytes.

And what a model's server says that it must not: the key.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from digest.embedding.endpoint import Endpoint
from digest.enrichment.crossref import parse_works
from digest.enrichment.summaries import Summariser
from digest.errors import ModelError, SourceTooLarge
from digest.net import Net
from digest.net.fields import MOST_VALUES, bounded
from digest.sources.biorxiv import parse_biorxiv
from digest.sources.feed import parse_feed
from digest.sources.huggingface import parse_huggingface

from .http_faults import HttpFaults, page

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
TOO_MANY = b"{}," * (MOST_VALUES // 2 + 1)
READERS: dict[str, tuple[bytes, Callable[[bytes], object]]] = {
    "a JSON Feed": (
        b'{"version": "https://jsonfeed.org/version/1.1", "items": [], "x": [%s{}]}',
        lambda data: parse_feed(data, "x", NOON),
    ),
    "Hugging Face": (b'{"error": "none", "x": [%s{}]}', lambda data: parse_huggingface(data, "x", NOON)),
    "bioRxiv": (b'{"collection": [], "x": [%s{}]}', lambda data: parse_biorxiv(data, "x", NOON)),
    "Crossref": (b'{"message": {"items": [], "x": [%s{}]}}', lambda data: parse_works(data, NOON)),
}


@pytest.mark.parametrize("kind", READERS)
def test_an_answer_of_a_million_values_is_refused_before_it_is_read(kind: str) -> None:
    pattern, read = READERS[kind]

    with pytest.raises(SourceTooLarge, match="values"):
        read(pattern % TOO_MANY)


def test_so_is_one_of_a_model_server() -> None:
    answer = page(b'{"data": [], "choices": [], "x": [%s{}]}' % TOO_MANY)
    with HttpFaults({"/v1/embeddings": answer, "/v1/chat/completions": answer}) as server, Net(user_agent="digest-test", timeout=20) as net:
        with pytest.raises(ModelError, match="values"):
            Endpoint(net, url=server.url("/v1"), model="m", allow_private=True).embed(["foxes"])
        with pytest.raises(ModelError, match="values"):
            Summariser(net, url=server.url("/v1"), model="m", allow_private=True).write("Foxes", "We study foxes.")


def test_a_key_that_a_model_server_repeats_is_neither_told_nor_shown() -> None:
    said = b"We study foxes, and whoever asks us has the key sk-123456 with them."
    pages = {
        "/v1/embeddings": page(b'{"error": "no such model for sk-123456"}'),
        "/v1/chat/completions": page(b'{"choices": [{"message": {"content": "%s"}}]}' % said),
    }
    with HttpFaults(pages) as server, Net(user_agent="digest-test", timeout=20) as net:
        with pytest.raises(ModelError) as told:
            Endpoint(net, url=server.url("/v1"), model="m", key="sk-123456", allow_private=True).embed(["foxes"])
        summary = Summariser(net, url=server.url("/v1"), model="m", key="sk-123456", allow_private=True).write("Foxes", "We study foxes.")

    assert "sk-123456" not in f"{told.value} {summary}"


def test_one_of_as_many_as_there_may_be_is_read() -> None:
    assert bounded(b"," * MOST_VALUES, "x")
