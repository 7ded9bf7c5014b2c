"""`Net`: a polite GET or POST, with a limit against everything a hostile or broken server may try."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import httpcore
import httpx

from ..errors import SourceRefused, SourceUnreachable
from .addresses import bypasses_proxy, literal, names_private
from .backend import AddressRefused, Deadline, GuardedBackend, OutOfTime, Transport
from .backoff import backoff, retry_after
from .pace import Pace
from .reply import BROKEN, FINAL, Answer, Limits, Retryable, broken, final, judge
from .urls import checked_headers, checked_proxy, checked_url, shown

MEBIBYTE = 1 << 20
MAX_REDIRECTS = 5
MAX_RETRY_AFTER = 86_400.0
"""Seconds for which a host is left alone at most, whatever it asks for: a schedule lives for months, and a wrong date is no farewell."""


@dataclass(frozen=True, slots=True)
class _Request:
    """One request: a GET, or a POST if there is a body; `own` headers go only to the server of `url`."""

    url: httpx.URL
    headers: dict[str, str]
    allow_private: bool
    conditional: bool
    deadline: Deadline
    body: bytes | None = None
    own: Mapping[str, str] = field(repr=False, default_factory=dict)
    answers: Collection[int] = ()

    def may_be_private(self, url: httpx.URL) -> bool:
        """Whether that address may be in a private network: the permission covers the named host, not where it redirects."""
        return self.allow_private and url.host == self.url.host


class Net:
    """A client that asks politely and takes no more than it should.

    timeout         seconds for one request in all: its redirects, retries and waits together (waiting for arXiv's pace is not counted)
    max_wire_bytes  what one connection may bring, headers included; max_bytes: what a body may unpack to
    tries           how often a request is made where the answer is 429, 5xx or a broken connection
    proxy           is trusted: its own address is not checked, and it resolves the names; `no_proxy` lists who is asked directly

    Every exchange has a connection of its own: none is shared between sources with different permissions, and there are no cookies.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        pace: Pace | None = None,
        proxy: str | None = None,
        no_proxy: str = "",
        timeout: float = 60.0,
        max_wire_bytes: int = 16 * MEBIBYTE,
        max_bytes: int = 32 * MEBIBYTE,
        tries: int = 3,
        ca_file: Path | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._user_agent, self._pace, self._tries, self._ca_file = user_agent, pace, max(1, tries), ca_file
        self._proxy, self._no_proxy = checked_proxy(proxy), no_proxy
        self._limits = Limits(timeout, max_wire_bytes, max_bytes)
        self._sleep, self._monotonic, self._clock, self._chance = sleep, monotonic, clock, chance
        self._closed_until: dict[str, float] = {}  # host → when its Retry-After ends, by the monotonic clock

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._closed_until.clear()

    def get(
        self,
        url: str,
        *,
        allow_private: bool = False,
        etag: str | None = None,
        last_modified: str | None = None,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
    ) -> Answer:
        """The answer from that address; a 304 is one too, if a validator is given, or a header that begins with "If-".

        `headers` may hold keys: they are not sent on to another server after a redirect. `answers` are statuses that the caller handles
        itself: they are returned with their bodies instead of raising, but for those that a retry may mend. Raises SourceUnreachable (no
        answer in time, 429, 5xx), SourceRefused (4xx; a forbidden address, scheme or certificate; too many redirects), SourceTooLarge, and
        SourceChanged if the body is not in the encoding it declares.
        """
        validators = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        known = {name: value for name, value in validators.items() if value and value.isascii() and value.isprintable()}
        asked = checked_url(url)
        own = checked_headers(asked, headers or {})
        conditional = bool(known) or any(name.lower().startswith("if-") for name in own)
        sent = {**self._headers(accept), **known}
        return self._ask(_Request(asked, sent, allow_private, conditional, self._deadline(), own=own, answers=answers))

    def post(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str,
        bearer: str | None = None,
        allow_private: bool = False,
        headers: Mapping[str, str] | None = None,
        answers: Collection[int] = (),
    ) -> Answer:
        """The answer to a body posted to that address. Retries like `get`, so only for requests that may be repeated.

        `bearer` is the key of an Authorization header; `headers` and `answers` are as in `get`. No redirect is followed: neither body nor
        key goes to an address that nobody named. Raises what `get` raises.
        """
        asked = checked_url(url)
        own = checked_headers(asked, headers or {})
        sent = {**self._headers("application/json"), "Content-Type": content_type, "Content-Length": str(len(body))}
        if bearer is not None:
            sent["Authorization"] = f"Bearer {bearer}"
        return self._ask(_Request(asked, sent, allow_private, False, self._deadline(), body, own, answers))

    def _headers(self, accept: str | None) -> dict[str, str]:
        return {"User-Agent": self._user_agent, "Accept": accept or "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "close"}

    def _deadline(self) -> Deadline:
        return Deadline(self._limits.seconds, self._monotonic)

    def _ask(self, request: _Request) -> Answer:
        """Repeat the request until there is an answer, or an error that a retry would not change."""
        attempt = 0
        while True:
            try:
                return self._follow(request)
            except Retryable as again:
                attempt += 1
                self._wait(again, attempt, request.deadline)

    def _wait(self, again: Retryable, attempt: int, deadline: Deadline) -> None:
        """Wait before the next attempt. Raises SourceUnreachable if none is left, or there is no time for it."""
        if again.after is not None:
            if attempt >= self._tries or again.after >= deadline.left():
                raise self._later(again.subject, again.message, again.after) from again
            return  # the host's own Retry-After, which `_await_retry_after` waits for
        pause = backoff(attempt - 1, self._chance())
        if attempt >= self._tries or pause >= deadline.left():
            raise SourceUnreachable(again.subject, again.message, hint=again.hint) from again
        self._sleep(pause)

    def _follow(self, request: _Request) -> Answer:
        """Make the request and follow redirects."""
        url = request.url
        for _ in range(MAX_REDIRECTS + 1):
            self._await_retry_after(url, request.deadline)
            with self._turn(url, request.deadline):
                answer = self._exchange(url, request)
            if isinstance(answer, Answer):
                return answer
            if request.body is not None:
                raise SourceRefused(shown(url), f"redirects to {shown(answer)}", hint="write that address, if you trust it")
            url = answer
        raise SourceRefused(shown(url), f"redirects more than {MAX_REDIRECTS} times", hint="use the address it finally leads to")

    def _exchange(self, url: httpx.URL, request: _Request) -> Answer | httpx.URL:
        """Ask one server: its answer, or the address it redirects to."""
        try:
            request.deadline.check()
            if names_private(url.host) and not request.may_be_private(url):
                raise AddressRefused(url.host)
            with self._transport(url, request) as transport:
                response = transport.handle_request(_request(url, request))
                # Zotero sends Backoff instead of Retry-After with a successful answer ("Rate Limiting", web_api/v3/basics).
                self._note_retry_after(url, retry_after(response.headers.get("backoff"), self._clock()))
                try:
                    known = request.conditional
                    return judge(response, url, self._limits, conditional=known, now=self._clock(), answers=request.answers)
                finally:
                    response.close()
        except Retryable as again:
            self._note_retry_after(url, again.after)
            raise
        except FINAL as error:
            raise final(error, url, self._limits) from error
        except BROKEN as error:
            if request.deadline.left() <= 0:
                raise final(OutOfTime(), url, self._limits) from error
            raise broken(error, url, by_proxy=self._proxy_for(url) is not None) from error

    def _note_retry_after(self, url: httpx.URL, seconds: float | None) -> None:
        """Remember how long a host asked us to wait, if it did."""
        if seconds is not None:
            self._closed_until[url.host] = max(self._closed_until.get(url.host, 0.0), self._monotonic() + min(seconds, MAX_RETRY_AFTER))

    def _await_retry_after(self, url: httpx.URL, deadline: Deadline) -> None:
        """Wait as long as the host has asked for, even if it asked over another of its listings."""
        wait = self._closed_until.get(url.host, 0.0) - self._monotonic()
        if wait <= 0:
            return
        if wait >= deadline.left():
            raise self._later(shown(url), "has asked to be left alone", wait)
        self._sleep(wait)
        self._closed_until.pop(url.host, None)

    def _later(self, subject: str, message: str, seconds: float) -> SourceUnreachable:
        rests = timedelta(seconds=min(seconds, MAX_RETRY_AFTER))
        when = f"{self._clock() + rests:%Y-%m-%d %H:%M} UTC, in {rests.total_seconds():.0f} s"
        return SourceUnreachable(subject, f"{message}: not before {when}", hint="run again after that", rests=rests)

    @contextmanager
    def _turn(self, url: httpx.URL, deadline: Deadline) -> Iterator[None]:
        """Wait for and hold arXiv's turn; the deadline is extended by the wait, which is no server's slowness."""
        if self._pace is None or not self._pace.applies_to(url.host):
            yield
            return
        began = self._monotonic()
        with self._pace.turn(url.host):
            deadline.end += self._monotonic() - began
            yield

    def _transport(self, url: httpx.URL, request: _Request) -> Transport:
        proxy = self._proxy_for(url)
        allow = request.may_be_private(url) or proxy is not None  # a proxy's own address is the operator's choice
        backend = GuardedBackend(request.deadline, self._limits.wire_bytes, allow_private=allow)
        if proxy is None:
            context = self._certificates if url.scheme == "https" else None
            return Transport(httpcore.ConnectionPool(ssl_context=context, network_backend=backend))
        return Transport(
            httpcore.HTTPProxy(
                proxy_url=httpcore.URL(scheme=proxy.url.raw_scheme, host=proxy.url.raw_host, port=proxy.url.port, target=b"/"),
                proxy_auth=proxy.raw_auth,
                ssl_context=self._certificates,
                proxy_ssl_context=self._certificates if proxy.url.scheme == "https" else None,
                network_backend=backend,
            )
        )

    def _proxy_for(self, url: httpx.URL) -> httpx.Proxy | None:
        port = url.port or (443 if url.scheme == "https" else 80)
        if self._proxy is None or bypasses_proxy(url.host, port, self._no_proxy):
            return None
        ip = literal(url.host)  # servers on this machine are never reached through the proxy
        return None if url.host.lower() == "localhost" or (ip is not None and ip.is_loopback) else self._proxy

    @cached_property
    def _certificates(self) -> ssl.SSLContext:
        context = httpx.create_ssl_context(trust_env=False)
        context.load_default_certs()  # the system's authorities, in addition to httpx's bundle
        if self._ca_file is not None:
            context.load_verify_locations(self._ca_file)
        return context


def _request(url: httpx.URL, request: _Request) -> httpx.Request:
    named = request.url
    at_home = (url.scheme, url.host, url.port) == (named.scheme, named.host, named.port)
    headers = {**request.headers, **request.own} if at_home else request.headers
    return httpx.Request("GET" if request.body is None else "POST", url, headers=headers, content=request.body)
