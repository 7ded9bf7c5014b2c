"""A server with OpenAI's chat completions API for tests, and what it is asked."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime

from digest.enrichment.summaries import Summariser
from digest.net import Net

from .http_faults import Asked, HttpFaults, Play, page

PATH = "/v1/chat/completions"


def saying(answer: str | None | Callable[[dict[str, str]], str]) -> Play:
    """An API that says the same of every paper, or what a function makes of its title and abstract."""

    def play(connection: socket.socket, asked: Asked) -> None:
        paper = json.loads(json.loads(asked.body)["messages"][-1]["content"])
        said = answer(paper) if callable(answer) else answer
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        page(json.dumps({"object": "chat.completion", "choices": [choice], "usage": {}}).encode())(connection, asked)

    return play


def a_net(**changes: object) -> Net:
    """A client that waits for nothing."""
    fields: dict[str, object] = {"timeout": 5.0, "tries": 1, "sleep": lambda s: None, "clock": lambda: datetime(2026, 11, 23, tzinfo=UTC)}
    return Net(user_agent="digest-test", **{**fields, **changes})  # type: ignore[arg-type]


def a_summariser(server: HttpFaults, net: Net | None = None, **changes: object) -> Summariser:
    """The model m-1 of that server."""
    fields: dict[str, object] = {"model": "m-1", "allow_private": True}
    return Summariser(net or a_net(), url=server.url("/v1"), **{**fields, **changes})  # type: ignore[arg-type]
