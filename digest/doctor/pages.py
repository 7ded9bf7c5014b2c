"""Check `base_url`: whether it can be reached, and whether it is our site that answers."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from ..errors import DigestError, PrivateAddress
from ..net import Answer, Net
from ..net.urls import checked_url
from .findings import Finding, note, ok, problem

MADE_UP = "digest-doctor-asks-with-a-token-that-is-nobodys"
ONE_CLICK = b"List-Unsubscribe=One-Click"
_MARK = "This link is not one of ours"
"""What our site says to a token that is nobody's."""
_PROXY = "let the proxy hand every path under it to `digest serve` (127.0.0.1:8025), without a login, a captcha or a redirect"


def pages(net: Net, base_url: str, *, is_internal: bool) -> Iterator[Finding]:
    """Requests `/u/…` as a reader and as a mail program would, with an invalid token, so that nothing is changed."""
    if not base_url:
        sentence = "is not set: letters have no pages, and unsubscribing is a mail"
        yield note("base_url", "base_url", sentence, "for the one-click unsubscribe that Gmail and Yahoo ask of bulk senders, set it")
        return
    if is_internal:
        yield note("base_url", base_url, "is for your own network: letters carry no one-click unsubscribe (RFC 8058)")
    if not base_url.startswith("https:"):
        yield problem("base_url", base_url, "is not https, which one-click unsubscribe needs", "put a proxy with a certificate before it")
    try:
        yield from _asked(net, base_url, allow_private=is_internal)
    except PrivateAddress as error:
        yield note("base_url", base_url, f"from here it {error.message}; readers elsewhere may be led elsewhere")
        yield from _retried(net, base_url)
    except DigestError as error:
        yield _unreachable(base_url, error)


def _retried(net: Net, base_url: str) -> Iterator[Finding]:
    """Try again with private addresses allowed: from here the name may resolve into a private network, and still lead to our site."""
    try:
        yield from _asked(net, base_url, allow_private=True)
    except DigestError as error:
        yield _unreachable(base_url, error)


def _asked(net: Net, base_url: str, *, allow_private: bool) -> Iterator[Finding]:
    address = f"{base_url}/u/{MADE_UP}"
    seen = range(200, 600)
    read = net.get(address, allow_private=allow_private, answers=seen)
    if read.url != str(checked_url(address)):  # a name in capitals, or port 443, is the same address written otherwise
        led = urlsplit(read.url)
        yield problem("base_url", base_url, f"leads elsewhere, to {led.scheme}://{led.netloc}", f"set base_url to that; or {_PROXY}")
        return
    kind = "application/x-www-form-urlencoded"
    pressed = net.post(address, ONE_CLICK, content_type=kind, allow_private=allow_private, answers=seen)
    for what, answer in (("a reader", read), ("a mail program that unsubscribes (POST)", pressed)):
        if not is_ours(answer):
            sentence = f"{what} is answered {answer.status}, and not by digest"
            yield problem("base_url", base_url, sentence, f"is `digest serve` running? {_PROXY}")
            return
    yield ok("base_url", base_url, "answers, for readers and for mail programs that unsubscribe by one click")


def _unreachable(base_url: str, error: DigestError) -> Finding:
    host = urlsplit(base_url).hostname or base_url
    advice = f"make sure that {host} has an address in the DNS, that its port is open, and that `digest serve` runs behind it"
    return problem("base_url", base_url, f"cannot be reached from here: {error.message}", advice)


def is_ours(answer: Answer) -> bool:
    """Whether the refusal came from our site."""
    return answer.status == 404 and _MARK in answer.body.decode("utf-8", "replace")
