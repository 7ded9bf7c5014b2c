"""Read a response body within limits: a gzip bomb is stopped while it unpacks, and a truncated body is an error."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

GZIP_START = b"\x1f\x8b"


class BodyTooLarge(Exception):
    """The body unpacks to more bytes than allowed."""


class Undecodable(Exception):
    """The body is not in its declared encoding, is in one that was not requested, or ends early."""


def read_body(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The decoded body, with at most `limit` bytes of it in memory at any time.

    `encoding` is the Content-Encoding header. One layer of gzip or deflate is removed; several are refused, since nobody requested them.
    Raises BodyTooLarge or Undecodable.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _gather(chunks, limit)
    if name in ("gzip", "x-gzip"):
        return _gather(_gunzip(chunks, limit), limit)
    if name == "deflate":
        return _gather(_inflate(chunks, limit), limit)
    raise Undecodable(f"is encoded as {encoding[:40]!r}, which was not asked for")


def _gather(chunks: Iterable[bytes], limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        parts.append(chunk)
    return b"".join(parts)


def _gunzip(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Unpack gzip members one after the other, as RFC 1952 allows; anything after the last member is ignored, as browsers do."""
    stream = zlib.decompressobj(wbits=31)
    waiting = b""
    began = False
    for chunk in chunks:
        waiting += chunk
        while waiting:
            if stream.eof:
                if len(waiting) < len(GZIP_START):
                    break
                if not waiting.startswith(GZIP_START):
                    return
                stream = zlib.decompressobj(wbits=31)
            began = True
            yield _step(stream, waiting, limit)
            waiting = stream.unused_data if stream.eof else stream.unconsumed_tail
    if began and not stream.eof:
        raise Undecodable("ends in the middle of its gzip data")


def _inflate(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    """Unpack zlib data, or the raw deflate data that some servers send under the same name."""
    stream: zlib._Decompress | None = None
    for chunk in chunks:
        waiting = chunk
        while waiting:
            if stream is None:
                # RFC 1950: in a zlib header the low four bits of the first byte are 8.
                stream = zlib.decompressobj(wbits=15 if waiting[0] & 0x0F == 8 else -15)
            if stream.eof:
                return
            yield _step(stream, waiting, limit)
            waiting = stream.unconsumed_tail
    if stream is not None and not stream.eof:
        yield _step(stream, b"", limit)  # raw deflate has no checksum to end it: the last byte may still hold output
    if stream is not None and not stream.eof:
        raise Undecodable("ends in the middle of its deflate data")


def _step(stream: zlib._Decompress, data: bytes, limit: int) -> bytes:
    try:
        return stream.decompress(data, min(limit + 1, 1 << 18))
    except zlib.error as error:
        raise Undecodable(f"is not the compressed data it claims to be ({error})") from error
