"""Read the body of a POST within limits of size and time, or discard it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

BODY_LIMIT = 64 * 1024
"""Bytes a POST may carry; a mail provider sends 26 ("List-Unsubscribe=One-Click"), or some 200 as multipart."""
PATIENCE = 16 * 1024 * 1024
"""Bytes of a longer one that are thrown away before it is refused: a client that is still sending does not hear an early answer."""
BODY_SECONDS = 10.0


def button(ask: Callable[[Request], Response], act: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
    """An endpoint that answers GET with a question and POST with the action: a scanner that follows links must not act for anybody.

    A POST's body is read to its end and ignored, so no form of it can do harm. Raises HTTPException: 413 beyond BODY_LIMIT, 408 if it does
    not arrive within BODY_SECONDS.
    """

    async def answer(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(ask, request)
        await received(request, BODY_LIMIT, BODY_SECONDS)
        return await run_in_threadpool(act, request)

    return answer


async def received(request: Request, most: int, seconds: float) -> bytes:
    """A POST's content. Raises HTTPException: 413 beyond `most` bytes, 408 where it does not arrive within `seconds`."""
    chunks: list[bytes] = []
    size = 0
    try:
        with anyio.fail_after(seconds):
            async for chunk in request.stream():
                size += len(chunk)
                if size > PATIENCE:
                    break
                if size <= most:
                    chunks.append(chunk)
    except TimeoutError as error:
        raise HTTPException(408, headers={"Connection": "close"}) from error
    except ClientDisconnect as error:
        # Whoever hung up before the end of their request has not asked for anything yet.
        raise HTTPException(400) from error
    if size > most:
        raise HTTPException(413, headers={"Connection": "close"})
    return b"".join(chunks)
