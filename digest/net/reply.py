"""Classify the outcome of one HTTP exchange: an answer, a redirect, a reason to retry, or a final error."""

from __future__ import annotations

import re
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import httpcore
import httpx

from ..errors import PrivateAddress, SourceChanged, SourceError, SourceRefused, SourceTooLarge, SourceUnreachable
from .backend import AddressRefused, NotConnected, OutOfTime, TooManyBytes
from .backoff import is_retryable, retry_after
from .body import BodyTooLarge, Undecodable, read_body
from .urls import redirected, shown

REDIRECTS = frozenset({301, 302, 303, 307, 308})
FINAL = (AddressRefused, OutOfTime, TooManyBytes, BodyTooLarge, Undecodable, httpcore.ProxyError, httpcore.LocalProtocolError)
"""What no second attempt would change."""
BROKEN = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.RemoteProtocolError)
"""What another attempt may mend."""
_ERRNO = re.compile(r"\[Errno -?[0-9]+\] ")
_PROXY = "check the configuration's proxy, or HTTPS_PROXY and NO_PROXY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A server's answer; `url` is where the last redirect led. `not_modified`: nothing is new since the validators, and `body` is empty.

    `headers` has every header of the answer, names in lower case.
    """

    url: str
    status: int
    body: bytes = field(repr=False, default=b"")
    etag: str | None = None
    last_modified: str | None = None
    not_modified: bool = False
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one exchange: seconds in all, bytes over the wire, bytes after unpacking."""

    seconds: float
    wire_bytes: int
    body_bytes: int


class Retryable(Exception):
    """This attempt failed, but a retry may succeed; `after` is the wait the server asked for, in seconds."""

    def __init__(self, subject: str, message: str, *, after: float | None = None, hint: str = "try again later") -> None:
        super().__init__(message)
        self.subject, self.message, self.after, self.hint = subject, message, after, hint


def judge(
    response: httpx.Response, url: httpx.URL, limits: Limits, *, conditional: bool, now: datetime, answers: Collection[int] = ()
) -> Answer | httpx.URL:
    """Read a response: the answer (also for statuses in `answers`), or where it redirects to.

    Raises Retryable, SourceError or one of FINAL.
    """
    status, headers = response.status_code, response.headers
    said = f"answers {status} {response.reason_phrase}".rstrip()
    if status == 304:
        if not conditional:
            raise SourceChanged(shown(url), "says that nothing has changed, though nothing was known", hint="try again later")
        return _answer(response, url, b"", not_modified=True)
    if status in REDIRECTS and "location" in headers:
        return redirected(url, headers["location"])
    if status == 407:  # for http only: for an https address the proxy refuses before there is a connection
        raise httpcore.ProxyError(said)
    if is_retryable(status):
        raise Retryable(shown(url), said, after=retry_after(headers.get("retry-after"), now))
    if (not 200 <= status <= 299 or status == 206) and status not in answers:  # 206: a partial body, which was not requested
        raise SourceRefused(shown(url), said, hint="open the address in a browser and correct it in the configuration")
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and (len(length) > 15 or int(length) > limits.wire_bytes):
        raise TooManyBytes
    return _answer(response, url, read_body(response.iter_raw(), headers.get("content-encoding", ""), limits.body_bytes))


def _answer(response: httpx.Response, url: httpx.URL, body: bytes, *, not_modified: bool = False) -> Answer:
    headers = response.headers
    return Answer(
        url=str(url),
        status=response.status_code,
        body=body,
        etag=headers.get("etag"),
        last_modified=headers.get("last-modified"),
        not_modified=not_modified,
        headers=dict(headers.items()),
    )


def broken(error: Exception, url: httpx.URL, *, by_proxy: bool) -> SourceError | Retryable:
    """The error for a failed connection: final for a bad certificate, else Retryable."""
    cause = error.__cause__ or error.__context__  # httpcore's pool raises its errors "from None"
    if isinstance(cause, ssl.SSLCertVerificationError):
        message = f"its certificate is not valid: {cause.verify_message}"
        return SourceRefused(shown(url), message, hint="ask whoever runs it to renew the certificate, or correct the address")
    said = _ERRNO.sub("", str(error)) or type(error).__name__
    if isinstance(cause, ssl.SSLError):
        return Retryable(shown(url), f"no answer: {said}", hint="try again later; if it stays so, see whether the address begins with http://")
    if by_proxy and isinstance(error, NotConnected):
        # Only the connection to the proxy failed: the server behind it has not been asked yet.
        return Retryable(shown(url), f"no answer of the proxy: {said}", hint=_PROXY)
    return Retryable(shown(url), f"no answer: {said}")


def final(error: Exception, url: httpx.URL, limits: Limits) -> SourceError:
    """The DigestError for one of FINAL."""
    subject = shown(url)
    match error:
        case AddressRefused():
            message = f"leads to {str(error)!r}, which is not on the public internet"
            hint = "if it is yours, say allow_private = true or --allow-private, and name the address itself, not one that redirects to it"
            return PrivateAddress(subject, message, hint=hint)
        case OutOfTime():
            return SourceUnreachable(subject, f"no whole answer within {limits.seconds:g} s", hint="try again later")
        case TooManyBytes():
            message = f"sends more than {limits.wire_bytes:,} bytes"
            return SourceTooLarge(subject, message, hint="no listing is this long: correct the address")
        case BodyTooLarge():
            message = f"unpacks to more than {limits.body_bytes:,} bytes"
            return SourceTooLarge(subject, message, hint="no listing is this long: correct the address")
        case Undecodable():
            return SourceChanged(subject, str(error), hint="try again later; if it stays so, tell whoever runs it")
        case httpcore.ProxyError():
            return SourceUnreachable(subject, f"the proxy refuses: {error}", hint=_PROXY)
    return SourceRefused(subject, "cannot be asked for: the address or a header is malformed", hint="correct the address")
