"""The client against a server that misbehaves in every way it can."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from digest.errors import ConfigurationError, DigestError, PrivateAddress, SourceChanged, SourceRefused, SourceTooLarge, SourceUnreachable
from digest.net import Net, Pace
from digest.net.backend import AddressRefused, Deadline, GuardedBackend
from digest.net.body import read_body

from .command_line import files_of_no_size
from .http_faults import HttpFaults, drip, flood, page, raw, turns
from .servers import certificate

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OK = b"HTTP/1.1 200 OK\r\n"


class Naps:
    """A sleep that only writes down how long it was asked for."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def a_net(naps: Naps | None = None, **changes: object) -> Net:
    fields: dict[str, object] = {"timeout": 5.0, "sleep": naps or Naps(), "clock": lambda: NOON, "chance": lambda: 1.0}
    return Net(user_agent="digest-test", **{**fields, **changes})  # type: ignore[arg-type]


def get(server: HttpFaults, path: str = "/", net: Net | None = None, **options: str) -> bytes:
    return (net or a_net()).get(server.url(path), allow_private=True, **options).body


# --- what is asked ----------------------------------------------------------------------------------------------------


def test_a_page_is_fetched_with_its_validators(server: HttpFaults) -> None:
    server.pages["/feed"] = page(b"hello", etag='"1"', last_modified="Mon, 23 Nov 2026 05:00:00 GMT", content_type="text/xml")

    answer = a_net().get(server.url("/feed"), allow_private=True)

    assert (answer.status, answer.body, answer.not_modified) == (200, b"hello", False)
    assert (answer.etag, answer.last_modified) == ('"1"', "Mon, 23 Nov 2026 05:00:00 GMT")


def test_the_server_learns_who_asks_and_gets_no_cookie_back(server: HttpFaults) -> None:
    server.pages["/"] = page(b"x", set_cookie="id=1")
    net = a_net()

    get(server, net=net)
    get(server, net=net)

    assert server.asked[1].headers["user-agent"] == "digest-test"
    assert "cookie" not in server.asked[1].headers
    assert server.asked[1].headers["accept-encoding"] == "gzip, deflate"


def test_a_page_that_has_not_changed_is_not_sent_again(server: HttpFaults) -> None:
    server.pages["/"] = raw(b"HTTP/1.1 304 Not Modified\r\nETag: \"2\"\r\n\r\n")

    answer = a_net().get(server.url("/"), allow_private=True, etag='"1"', last_modified="Mon, 23 Nov 2026 05:00:00 GMT")

    assert answer.not_modified
    assert answer.etag == '"2"'
    assert server.asked[0].headers["if-none-match"] == '"1"'
    assert server.asked[0].headers["if-modified-since"] == "Mon, 23 Nov 2026 05:00:00 GMT"


def test_a_304_that_nobody_asked_for_is_an_error(server: HttpFaults) -> None:
    server.pages["/"] = raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")

    with pytest.raises(SourceChanged, match="nothing was known"):
        get(server)


def test_a_validator_that_would_break_the_request_is_not_sent(server: HttpFaults) -> None:
    server.pages["/"] = page(b"x")

    get(server, etag='"1"\r\nX-Injected: 1')

    assert server.asked[0].headers.keys().isdisjoint({"if-none-match", "x-injected"})


# --- asking again -----------------------------------------------------------------------------------------------------


def test_a_server_that_is_busy_is_asked_again_after_a_growing_pause(server: HttpFaults) -> None:
    server.pages["/"] = turns(page(b"", "503 Busy"), page(b"", "500 Oops"), page(b"at last"))
    naps = Naps()

    assert get(server, net=a_net(naps)) == b"at last"

    assert naps.taken == [1.0, 2.0]


def test_chance_takes_up_to_half_of_a_pause(server: HttpFaults) -> None:
    server.pages["/"] = turns(page(b"", "503 Busy"), page(b"at last"))
    naps = Naps()

    get(server, net=a_net(naps, chance=lambda: 0.0))

    assert naps.taken == [0.5]


def test_a_server_that_stays_busy_is_given_up_after_three_tries(server: HttpFaults) -> None:
    server.pages["/"] = page(b"", "503 Busy")

    with pytest.raises(SourceUnreachable, match="answers 503 Service Unavailable"):
        get(server)

    assert len(server.asked) == 3


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found", "410 Gone"])
def test_a_refusal_is_not_asked_again(server: HttpFaults, status: str) -> None:
    server.pages["/"] = page(b"", status)

    with pytest.raises(SourceRefused, match=status):
        get(server)

    assert len(server.asked) == 1


@pytest.mark.parametrize("wish", ["2", "Mon, 23 Nov 2026 12:00:02 GMT"])
def test_retry_after_is_kept_in_both_its_forms(server: HttpFaults, wish: str) -> None:
    server.pages["/"] = turns(page(b"", "429 Too Many Requests", retry_after=wish), page(b"at last"))
    naps = Naps()

    assert get(server, net=a_net(naps)) == b"at last"

    assert naps.taken == [pytest.approx(2.0, abs=0.2)]


@pytest.mark.parametrize("wish", ["3600", "Mon, 23 Nov 2026 13:00:00 GMT"])
def test_a_wish_longer_than_the_deadline_ends_the_attempt_and_says_when(server: HttpFaults, wish: str) -> None:
    server.pages["/"] = page(b"", "429 Too Many Requests", retry_after=wish)
    naps = Naps()

    with pytest.raises(SourceUnreachable, match=r"not before 2026-11-23 13:00 UTC, in 3600 s") as caught:
        get(server, net=a_net(naps))

    assert (len(server.asked), naps.taken, caught.value.rests) == (1, [], timedelta(hours=1))


@pytest.mark.parametrize("wish", ["99999999999", "9" * 40])
def test_a_wish_for_more_than_a_day_is_told_as_the_day_it_is_given(server: HttpFaults, wish: str) -> None:
    server.pages["/"] = page(b"", "429 Too Many Requests", retry_after=wish)

    with pytest.raises(SourceUnreachable, match=r"not before 2026-11-24 12:00 UTC, in 86400 s") as caught:
        get(server, net=a_net(Naps()))

    assert caught.value.rests == timedelta(days=1)


def test_another_listing_on_a_host_that_wants_to_be_left_alone_is_not_asked_for(server: HttpFaults) -> None:
    server.pages["/a"] = page(b"", "429 Too Many Requests", retry_after="3600")
    server.pages["/b"] = page(b"x")
    net = a_net()

    with pytest.raises(SourceUnreachable):
        get(server, "/a", net)
    with pytest.raises(SourceUnreachable, match="left alone"):
        get(server, "/b", net)

    assert server.targets == ["/a"]


@pytest.mark.parametrize("wish", ["soon", "", "-5", "1e9", "٣", "9" * 400, "Mon, 99 Nov 2026 12:00:02 GMT"])
def test_a_wish_that_cannot_be_understood_or_met_leads_to_no_crash(server: HttpFaults, wish: str) -> None:
    head = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: " + wish.encode() + b"\r\n\r\n"
    server.pages["/"] = raw(head)

    with pytest.raises(DigestError):
        get(server)


def test_a_dead_port_is_tried_three_times_and_told(server: HttpFaults) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    naps = Naps()

    with pytest.raises(SourceUnreachable, match="no answer"):
        a_net(naps).get(f"http://127.0.0.1:{port}/", allow_private=True)

    assert len(naps.taken) == 2


def test_a_host_without_an_address_is_unreachable() -> None:
    with pytest.raises(SourceUnreachable, match="cannot be resolved"):
        a_net(tries=1).get("http://no-such-host.invalid/")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"\x00\xff" * 100,
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000 + b"\r\n\r\n",
    ],
    ids=["nothing", "garbage", "binary", "cut short", "chunked cut short", "bad chunk", "bad status", "endless header"],
)
def test_a_broken_answer_is_an_error_of_ours(server: HttpFaults, answer: bytes) -> None:
    server.pages["/"] = raw(answer)

    with pytest.raises(SourceUnreachable):
        get(server)


# --- limits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"", b"\r"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "headers", "status line", "informational"],
)
def test_a_server_that_drips_is_stopped_at_the_deadline(server: HttpFaults, head: bytes, chunk: bytes) -> None:
    server.pages["/"] = drip(head, chunk, server.stop)
    began = time.monotonic()

    with pytest.raises((SourceUnreachable, SourceTooLarge)):
        get(server, net=a_net(timeout=0.4))

    assert time.monotonic() - began < 2.5


def test_a_server_that_says_nothing_is_stopped_at_the_deadline(server: HttpFaults) -> None:
    server.pages["/"] = lambda connection, asked: server.stop.wait(10) and None

    with pytest.raises(SourceUnreachable, match=r"no whole answer within 0.2 s"):
        get(server, net=a_net(timeout=0.2))

    assert len(server.asked) == 1


def test_the_waits_between_tries_count_towards_the_deadline(server: HttpFaults) -> None:
    server.pages["/"] = page(b"", "503 Busy", retry_after="3")
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    with pytest.raises(SourceUnreachable, match="not before"):
        get(server, net=Net(user_agent="x", timeout=7, tries=9, sleep=sleep, monotonic=lambda: now[0], clock=lambda: NOON))

    assert (len(server.asked), now) == (3, [6.0])


def test_an_endless_body_is_stopped_at_the_limit_on_the_wire(server: HttpFaults) -> None:
    server.pages["/"] = flood(OK + b"\r\n", b"x" * 65536, server.stop)

    with pytest.raises(SourceTooLarge, match="sends more than 1,000,000 bytes"):
        get(server, net=a_net(max_wire_bytes=1_000_000))


def test_a_body_announced_as_too_long_is_not_read(server: HttpFaults) -> None:
    server.pages["/"] = raw(OK + b"Content-Length: 10000000000\r\n\r\nx")

    with pytest.raises(SourceTooLarge):
        get(server)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_stopped_while_it_unpacks(server: HttpFaults, encoding: str) -> None:
    bomb = b"\x00" * 50_000_000
    server.pages["/"] = page(gzip.compress(bomb) if encoding == "gzip" else zlib.compress(bomb), content_encoding=encoding)

    with pytest.raises(SourceTooLarge, match="unpacks to more than 1,000,000 bytes"):
        get(server, net=a_net(max_bytes=1_000_000))


def test_a_bomb_of_many_small_members_is_stopped_too(server: HttpFaults) -> None:
    server.pages["/"] = page(gzip.compress(b"\x00" * 100_000) * 50, content_encoding="gzip")

    with pytest.raises(SourceTooLarge):
        get(server, net=a_net(max_bytes=1_000_000))


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("x-gzip", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("gzip", gzip.compress(b"hello", mtime=0) + b"\x00" * 9),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", raw_deflate(b"hello")),
        ("identity", b"hello"),
        ("", b"hello"),
    ],
)
def test_one_layer_of_compression_is_taken_off(server: HttpFaults, encoding: str, body: bytes) -> None:
    server.pages["/"] = page(body, content_encoding=encoding)

    assert get(server) == b"hello"


def test_raw_data_whose_last_byte_holds_more_than_a_step_gives_are_unpacked_to_their_end() -> None:
    assert len(read_body([raw_deflate(b"\x00" * 262_218)], "deflate", 1 << 20)) == 262_218


def test_gzip_within_gzip_is_unpacked_once(server: HttpFaults) -> None:
    inner = gzip.compress(b"hello", mtime=0)
    server.pages["/"] = page(gzip.compress(inner), content_encoding="gzip")

    assert get(server) == inner


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"hello " * 1000, mtime=0)[:-12]),
        ("gzip", b"not gzip at all"),
        ("gzip", gzip.compress(b"hello" * 99, mtime=0)[:20] + b"\xff" * 30),
        ("deflate", zlib.compress(b"hello " * 1000)[:-6]),
        ("deflate", b"\x08garbage"),
        ("br", b"hello"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"hello", mtime=0), mtime=0)),
    ],
)
def test_an_encoding_that_is_broken_or_not_asked_for_is_an_error(server: HttpFaults, encoding: str, body: bytes) -> None:
    server.pages["/"] = page(body, content_encoding=encoding)

    with pytest.raises(SourceChanged):
        get(server)


# --- redirects --------------------------------------------------------------------------------------------------------


def test_up_to_five_redirects_are_followed(server: HttpFaults) -> None:
    for n in range(5):
        server.pages[f"/{n}"] = page(b"", "302 Found", location=f"/{n + 1}")
    server.pages["/5"] = page(b"there")

    answer = a_net().get(server.url("/0"), allow_private=True)

    assert (answer.body, answer.url) == (b"there", server.url("/5"))


def test_a_redirect_loop_ends_after_five(server: HttpFaults) -> None:
    server.pages["/"] = page(b"", "301 Moved", location="/")

    with pytest.raises(SourceRefused, match="more than 5 times"):
        get(server)

    assert len(server.asked) == 6


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "gopher://example.org/", "ftp://x.org/", "http://ana:secret@x.org/", "//", "http://exa mple/", "javascript:1"],
)
def test_a_redirect_to_anything_but_a_plain_address_is_refused(server: HttpFaults, location: str) -> None:
    server.pages["/"] = page(b"", "302 Found", location=location)

    with pytest.raises(SourceRefused) as caught:
        get(server)

    assert "secret" not in str(caught.value)


def test_a_redirect_without_a_location_is_refused(server: HttpFaults) -> None:
    server.pages["/"] = page(b"", "302 Found")

    with pytest.raises(SourceRefused, match="302"):
        get(server)


# --- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "0x7f.1", "2130706433", "0x7f000001", "017700000001", "0.0.0.0", "localhost",
        "x.localhost", "localhost.", "127.0.0.1.", "localhost.localdomain",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]",
        "[fec0::1]", "[ff02::1]", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255", "192.0.2.1", "198.18.0.1",
    ],
)  # fmt: skip
def test_no_private_address_is_reached_however_it_is_spelt(server: HttpFaults, host: str) -> None:
    with pytest.raises(SourceRefused, match="public internet"):
        a_net().get(f"http://{host}:{server.port}/")

    assert server.connections == 0


def test_a_name_that_resolves_to_a_private_address_is_refused_before_a_connection(server: HttpFaults) -> None:
    backend = GuardedBackend(Deadline(5.0), 1000, allow_private=False)

    with pytest.raises(AddressRefused):
        backend.connect_tcp("localhost", server.port)

    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "localhost"])
def test_leave_for_one_private_host_is_no_leave_for_where_it_redirects(server: HttpFaults, host: str) -> None:
    server.pages["/"] = page(b"", "302 Found", location=server.url("/secret", host))
    server.pages["/secret"] = page(b"secret")

    with pytest.raises(PrivateAddress):
        get(server)

    assert server.targets == ["/"]


def test_a_redirect_into_a_private_network_is_refused_at_that_hop(server: HttpFaults) -> None:
    proxy = a_proxy({"http://feeds.example.org/": page(b"", "302 Found", location=server.url("/"))})
    with proxy, pytest.raises(SourceRefused, match="127.0.0.1"):
        a_net(proxy=proxy.url("")).get("http://feeds.example.org/")

    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/x", "gopher://example.org", "data:text/plain,x", "example.org/feed", "", "http://", "http:///x",
     "http://ana:secret@example.org/", "http://ana@example.org/", "http://example.org/\r\nHost: x", "http://example.org/a b", "http://[::1",
     "http://0177.0.0.1/", "http://example.org:99999/", "http://example.org:0/", "http://" + "a" * 5000,
     "http://ex\x00ample.org/", "//example.org/", "https://xn--a/", "https://./x", "https://a..org/x",
     "https://example.org/feed?key=a@secret b", "//ana:secret@example.org/",
     "https:/ana:secret@example.org/", "ana:secret@example.org/feed", "https://ana:a?secret@example.org/ b", "http://ana:secret@example.org/%1b%5B2J%0A"],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        a_net().get(url)

    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_keys_in_an_address_are_not_shown(server: HttpFaults) -> None:
    with pytest.raises(SourceRefused) as caught:
        a_net().get(server.url("/gone?key=hush"), allow_private=True)

    assert "hush" not in str(caught.value)
    assert "/gone?…" in str(caught.value)


# --- a question with a body -------------------------------------------------------------------------------------------


def post(server: HttpFaults, path: str = "/", body: bytes = b"{}", net: Net | None = None, **options: str) -> bytes:
    return (net or a_net()).post(server.url(path), body, content_type="application/json", allow_private=True, **options).body


def test_a_body_is_posted_with_its_type_and_its_key(server: HttpFaults) -> None:
    server.pages["/ask"] = page(b"answer")

    answer = post(server, "/ask", b"x" * 300_000, bearer="hush")

    (asked,) = server.asked
    assert answer == b"answer"
    assert (asked.method, asked.body) == ("POST", b"x" * 300_000)
    assert (asked.headers["content-type"], asked.headers["authorization"]) == ("application/json", "Bearer hush")


def test_a_posted_question_is_asked_again_as_another_is(server: HttpFaults) -> None:
    server.pages["/"] = turns(page(b"", "503 Service Unavailable"), raw(b""), page(b"at last"))

    assert post(server, body=b"[1]") == b"at last"
    assert [asked.body for asked in server.asked] == [b"[1]"] * 3


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_posted_question_follows_no_redirect(server: HttpFaults, status: str) -> None:
    server.pages["/"] = page(b"", status, location="/elsewhere")

    with pytest.raises(SourceRefused, match="redirects to http://127.0.0.1:[0-9]+/elsewhere"):
        post(server, bearer="hush")

    assert server.targets == ["/"]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f.1"])
def test_nothing_is_posted_to_a_private_address_without_leave(server: HttpFaults, host: str) -> None:
    with pytest.raises(PrivateAddress):
        a_net().post(f"http://{host}:{server.port}/", b"{}", content_type="application/json")

    assert server.connections == 0


def test_the_answer_to_a_posted_question_has_the_same_limits(server: HttpFaults) -> None:
    server.pages["/"] = page(gzip.compress(bytes(1_000_000)), content_encoding="gzip")

    with pytest.raises(SourceTooLarge, match="unpacks to more than 100,000 bytes"):
        post(server, net=a_net(max_bytes=100_000))


def test_a_server_that_does_not_read_the_body_is_left_at_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        net = a_net(timeout=0.4)
        began = time.monotonic()

        with pytest.raises(SourceUnreachable, match="no whole answer within 0.4 s"):
            net.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", bytes(20_000_000), content_type="text/plain", allow_private=True)

    assert time.monotonic() - began < 3


# --- certificates -----------------------------------------------------------------------------------------------------


def test_a_certificate_nobody_signed_is_refused_at_once(tmp_path: Path) -> None:
    made = certificate(tmp_path)
    with HttpFaults({"/": page(b"x")}, cert=made.cert, key=made.key) as server:
        with pytest.raises(SourceRefused, match="certificate is not valid"):
            get(server)

        assert (server.asked, server.connections) == ([], 1)


def test_https_may_not_lead_to_http(tmp_path: Path, server: HttpFaults) -> None:
    made = certificate(tmp_path)
    pages = {"/": page(b"", "302 Found", location=server.url("/")), "/ok": page(b"safe")}
    with HttpFaults(pages, cert=made.cert, key=made.key) as secure:
        net = a_net(ca_file=made.cert)

        assert get(secure, "/ok", net) == b"safe"
        with pytest.raises(SourceRefused, match="from https to http"):
            get(secure, "/", net)

    assert server.connections == 0


def test_an_http_server_on_an_https_port_is_unreachable(server: HttpFaults) -> None:
    with pytest.raises(SourceUnreachable):
        a_net(timeout=0.3).get(server.url("/").replace("http:", "https:"), allow_private=True)


# --- proxies ----------------------------------------------------------------------------------------------------------


def a_proxy(pages: dict[str, object]) -> HttpFaults:
    """A proxy answers for whole addresses."""
    return HttpFaults(pages)  # type: ignore[arg-type]


def test_a_proxy_is_trusted_and_asked_for_the_whole_address() -> None:
    with a_proxy({"http://feeds.example.org/x": page(b"by proxy")}) as proxy:
        assert a_net(proxy=proxy.url("")).get("http://feeds.example.org/x").body == b"by proxy"


@pytest.mark.parametrize("host", ["10.0.0.1", "0x7f.1", "localhost", "[::1]", "169.254.169.254"])
def test_a_proxy_is_not_asked_for_private_addresses(host: str) -> None:
    with a_proxy({}) as proxy:
        with pytest.raises(SourceRefused, match="public internet"):
            a_net(proxy=proxy.url("")).get(f"http://{host}/")

        assert proxy.connections == 0


@pytest.mark.parametrize("rule", ["127.0.0.1", "127.0.0.0/8", "*", "example.org, 127.0.0.1", "127.0.0.1:{port}"])
def test_whom_no_proxy_names_is_asked_directly(server: HttpFaults, rule: str) -> None:
    server.pages["/"] = page(b"direct")
    with a_proxy({}) as proxy:
        net = a_net(proxy=proxy.url(""), no_proxy=rule.format(port=server.port))

        assert get(server, net=net) == b"direct"
        assert proxy.connections == 0


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named_and_not_the_host_behind_it(scheme: str) -> None:
    with HttpFaults({}) as gone:
        proxy = gone.url("")

    with a_net(tries=1, proxy=proxy) as net, pytest.raises(SourceUnreachable) as told:
        net.get(f"{scheme}://feeds.example.org/")

    assert told.value.message == "no answer of the proxy: Connection refused"
    assert told.value.hint == "check the configuration's proxy, or HTTPS_PROXY and NO_PROXY"


def test_a_host_that_breaks_off_behind_a_proxy_is_not_the_proxys_failure() -> None:
    def connect_and_break_off() -> None:
        with proxy.accept()[0] as client:
            client.recv(4096)
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            client.recv(4096)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, as of a firewall

    with socket.create_server(("127.0.0.1", 0)) as proxy, ThreadPoolExecutor() as pool:
        pool.submit(connect_and_break_off)
        with a_net(tries=1, proxy=f"http://127.0.0.1:{proxy.getsockname()[1]}") as net, pytest.raises(SourceUnreachable) as told:
            net.get("https://feeds.example.org/")

    assert (told.value.message, told.value.hint) == ("no answer: Connection reset by peer", "try again later")


def test_a_server_that_speaks_no_tls_is_perhaps_meant_to_be_asked_without() -> None:
    def answer_in_clear() -> None:
        with server.accept()[0] as client:
            client.recv(4096)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            client.recv(4096)

    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool, a_net(tries=1) as net:
        pool.submit(answer_in_clear)
        with pytest.raises(SourceUnreachable) as told:
            net.get(f"https://127.0.0.1:{server.getsockname()[1]}/feed", allow_private=True)

    assert told.value.hint == "try again later; if it stays so, see whether the address begins with http://"


def test_a_proxy_that_refuses_to_connect_is_told_about(server: HttpFaults) -> None:
    with HttpFaults({"feeds.example.org:443": page(b"", "407 Proxy Authentication Required")}) as proxy:
        with pytest.raises(SourceUnreachable, match="the proxy refuses") as caught:
            a_net(proxy=f"http://ana:secret@127.0.0.1:{proxy.port}").get("https://feeds.example.org/")

        assert caught.value.hint == "check the configuration's proxy, or HTTPS_PROXY and NO_PROXY"
        assert proxy.asked[0].headers["proxy-authorization"].startswith("Basic ")


def test_a_proxy_that_wants_a_password_for_an_unencrypted_address_is_told_about_and_not_the_address() -> None:
    with a_proxy({"http://feeds.example.org/x": page(b"", "407 Proxy Authentication Required")}) as proxy:
        with pytest.raises(SourceUnreachable, match="the proxy refuses: answers 407") as caught:
            a_net(proxy=proxy.url("")).get("http://feeds.example.org/x")

        assert caught.value.hint == "check the configuration's proxy, or HTTPS_PROXY and NO_PROXY"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "ftp://ana:secret@x", "http://[::1"])
def test_a_proxy_of_another_kind_is_a_mistake_of_the_configuration(proxy: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        a_net(proxy=proxy)

    assert "secret" not in str(caught.value)


# --- pace -------------------------------------------------------------------------------------------------------------


def test_two_questions_to_a_paced_host_start_three_seconds_apart(server: HttpFaults, tmp_path: Path) -> None:
    server.pages["/"] = page(b"x")
    clock = [1000.0]
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        clock[0] += seconds

    pace = Pace(tmp_path, 3.0, hosts=("127.0.0.1",), sleep=sleep, clock=lambda: clock[0])
    get(server, net=a_net(pace=pace))
    clock[0] += 1.0
    other = Pace(tmp_path, 3.0, hosts=("127.0.0.1",), sleep=sleep, clock=lambda: clock[0])
    get(server, net=a_net(pace=other))

    assert naps == [pytest.approx(2.0)]


def test_a_clock_that_was_set_back_costs_one_pause_and_no_more(tmp_path: Path) -> None:
    naps = Naps()
    with Pace(tmp_path, 3.0, clock=lambda: 9_000_000.0, sleep=naps).turn("arxiv.org"):
        pass
    with Pace(tmp_path, 3.0, clock=lambda: 1_000.0, sleep=naps).turn("arxiv.org"):
        pass

    assert naps.taken == [3.0]


def test_while_another_has_its_turn_there_is_no_second_connection(tmp_path: Path) -> None:
    naps = Naps()
    with (
        Pace(tmp_path, 0.0).turn("arxiv.org"),
        pytest.raises(SourceUnreachable, match="other processes"),
        Pace(tmp_path, 0.0, patience=1.0, sleep=naps).turn("arxiv.org"),
    ):
        pass

    assert sum(naps.taken) == pytest.approx(1.0, abs=0.11)


@pytest.mark.parametrize(
    ("host", "applies"),
    [("arxiv.org", True), ("rss.arxiv.org", True), ("export.ARXIV.org.", True), ("notarxiv.org", False), ("example.org", False)],
)
def test_the_pace_is_arxivs(tmp_path: Path, host: str, applies: bool) -> None:
    assert Pace(tmp_path, 3.0).applies_to(host) is applies


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "precious"
    target.write_text("keep me", encoding="utf-8")
    (tmp_path / "arxiv.pace").symlink_to(target)

    with pytest.raises(SourceUnreachable, match="cannot keep its pace"), Pace(tmp_path, 0.0).turn("arxiv.org"):
        pass

    assert target.read_text(encoding="utf-8") == "keep me"


def test_a_disk_without_room_for_the_pace_is_told_as_the_sources_failure(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="cannot keep its pace: File too large") as caught, files_of_no_size():
        Pace(tmp_path, 0.0).turn("arxiv.org").__enter__()

    assert caught.value.hint.endswith("and see that its disk has room")


def test_the_lock_file_is_its_users_alone(tmp_path: Path) -> None:
    with Pace(tmp_path / "cache", 0.0).turn("arxiv.org"):
        pass

    assert (tmp_path / "cache" / "arxiv.pace").stat().st_mode & 0o777 == 0o600


# --- headers of the caller's own --------------------------------------------------------------------------------------


def test_headers_of_the_callers_own_are_sent_and_the_answers_are_shown(server: HttpFaults) -> None:
    server.pages["/"] = page(b"x", last_modified_version="7")

    answer = a_net().get(server.url("/"), allow_private=True, headers={"X-Key": "hush"})

    assert server.asked[0].headers["x-key"] == "hush"
    assert answer.headers["last-modified-version"] == "7"
    assert "headers" not in repr(answer)


def test_headers_of_the_callers_own_stay_with_the_server_they_were_given_for(server: HttpFaults) -> None:
    with HttpFaults() as other:
        server.pages["/a"] = page(b"", "302 Found", location="/b")
        server.pages["/b"] = page(b"", "302 Found", location=other.url("/c"))
        other.pages["/c"] = page(b"x")

        a_net().get(server.url("/a"), allow_private=True, headers={"X-Key": "hush"})

    assert [asked.headers.get("x-key") for asked in (*server.asked, *other.asked)] == ["hush", "hush", None]


def test_a_condition_in_a_header_of_the_callers_own_may_be_answered_with_304(server: HttpFaults) -> None:
    server.pages["/"] = raw(b"HTTP/1.1 304 Not Modified\r\n\r\n")

    answer = a_net().get(server.url("/"), allow_private=True, headers={"If-Modified-Since-Version": "7"})

    assert answer.not_modified


@pytest.mark.parametrize(
    ("name", "value"), [("X-Key", "hu\r\nX-Injected: sh"), ("X-Key", "hüsh"), ("X-Key", "hush "), ("X Key", "hush"), ("", "hush")]
)
def test_what_no_header_can_hold_is_refused_and_not_shown(server: HttpFaults, name: str, value: str) -> None:
    with pytest.raises(SourceRefused, match="cannot be sent") as caught:
        a_net().get(server.url("/"), allow_private=True, headers={name: value})

    assert "sh" not in str(caught.value)
    assert server.connections == 0


def test_a_status_the_caller_judges_itself_is_an_answer_with_its_body(server: HttpFaults) -> None:
    server.pages["/"] = page(b"why", "404 Not Found")

    answer = a_net().get(server.url("/"), allow_private=True, answers={404})
    posted = a_net().post(server.url("/"), b"{}", content_type="application/json", allow_private=True, answers={404})

    assert [(each.status, each.body) for each in (answer, posted)] == [(404, b"why"), (404, b"why")]


def test_a_host_that_asks_for_a_pause_with_its_answer_gets_it_before_the_next_question(server: HttpFaults) -> None:
    server.pages["/"] = page(b"x", backoff="3")
    naps = Naps()
    net = a_net(naps)

    get(server, net=net)
    get(server, net=net)

    assert naps.taken == [pytest.approx(3.0, abs=0.2)]


def test_a_pause_that_does_not_fit_the_deadline_is_told_and_not_slept(server: HttpFaults) -> None:
    server.pages["/"] = page(b"x", backoff="3600")
    naps = Naps()
    net = a_net(naps)

    get(server, net=net)
    with pytest.raises(SourceUnreachable, match="not before 2026-11-23 1[23]:"):
        get(server, net=net)

    assert (len(server.asked), naps.taken) == (1, [])


@pytest.mark.parametrize(("status", "header"), [("429 Too Many Requests", "retry_after"), ("200 OK", "backoff")])
def test_who_asks_to_be_left_alone_for_years_is_asked_again_after_a_day(server: HttpFaults, status: str, header: str) -> None:
    server.pages["/"] = turns(page(b"", status, **{header: "315360000"}), page(b"x"))
    now = [0.0]
    net = a_net(monotonic=lambda: now[0])

    with contextlib.suppress(SourceUnreachable):
        get(server, net=net)
    now[0] = 86_000.0
    with pytest.raises(SourceUnreachable, match="left alone"):
        get(server, net=net)
    now[0] = 86_401.0

    assert (get(server, net=net), len(server.asked)) == (b"x", 2)


def test_a_server_that_is_not_there_is_told_in_words_without_the_systems_number() -> None:
    with HttpFaults({}) as gone:
        address = gone.url("/feed")

    with a_net(tries=1) as net, pytest.raises(SourceUnreachable) as told:
        net.get(address, allow_private=True)

    assert told.value.message == "no answer: Connection refused"
