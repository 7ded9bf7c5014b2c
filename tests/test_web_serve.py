"""`digest serve` as a process of its own: what it says, what it logs, how it ends, and how long it waits for a slow client."""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from digest.errors import UsageError
from digest.tokens import Purpose, make_token
from digest.web import create_app
from digest.web.server import CONNECTIONS, HEAD_SECONDS, ImpatientProtocol, limited, listen

from .builders import NOON
from .forge import Forge
from .web_site import a_site, filled, watched


class HastyProtocol(ImpatientProtocol):
    """Waits a tenth of a second for the head of a request, and as long for an answer to be taken."""

    head_seconds = 0.1
    answer_seconds = 0.1
    hung_up = threading.Event()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.hung_up.set()


def exchange(port: int, data: bytes, *, patience: float = 5.0) -> bytes:
    """What a server answers to these bytes until it hangs up."""
    hung_up = contextlib.suppress(ConnectionResetError, BrokenPipeError)
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection, hung_up:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))
    return b""


class PatientProtocol(ImpatientProtocol):
    """Looks every half second whether an answer is taken, and counts its looks."""

    answer_seconds = 0.5
    looks = threading.Semaphore(0)

    def _look_at_taker(self, lay: int) -> None:
        super()._look_at_taker(lay)
        self.looks.release()


@contextlib.contextmanager
def answering(folder: Path) -> Iterator[int]:
    """The site in a thread, with a protocol that does not wait long: its port."""
    with a_site(folder) as site, hastily(create_app(site.parts, clock=lambda: NOON, previews=True)) as port:
        yield port


@contextlib.contextmanager
def hastily(app: Starlette, protocol: type[ImpatientProtocol] = HastyProtocol) -> Iterator[int]:
    """The same of any application."""
    with listen("127.0.0.1", 0) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)  # so that a few answers are more than the system takes
        config = limited(app, protocol)
        config.timeout_keep_alive = 1
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(timeout=10)


def test_a_mail_provider_s_post_reaches_the_catalog_and_no_log_holds_the_token(tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path) as (parts, ana, _, issue):
        token = make_token(Purpose.LETTER, ana.id, issue.id, parts.secrets[0])
        with watched(forge, tmp_path) as (process, printed, address):
            data = b"List-Unsubscribe=One-Click"
            with urlopen(Request(f"{address}u/{token}", data=data, headers={"Host": "digest.example.org"}), timeout=10) as answer:
                page = answer.read().decode()
            process.kill(signal.SIGINT)
            done = process.ended(10)
            output = printed.read()

        assert answer.status == 200
        assert "You are unsubscribed" in page
        assert parts.catalog.subscribers.by_id(ana.id).left_at is not None
        assert "POST unsubscribe 200" in done.err
        assert token not in output + done.err
        assert done.status == 0
        assert done.err.endswith("stopped\n")


def test_when_its_terminal_is_closed_it_ends_cleanly(tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path, base_url=""), watched(forge, tmp_path) as (process, _, address):
        urlopen(address, timeout=10).close()
        process.kill(signal.SIGHUP)
        done = process.ended(10)

    assert done.status == 0
    assert done.err.endswith("stopped\n")


def test_under_nohup_it_outlives_its_terminal(tmp_path: Path) -> None:
    # Not from the forge, so that one of these starts as it does for people.
    command = ["nohup", sys.executable, "-m", "digest", "--config", str(tmp_path / "config.toml"), "serve", "--port", "0"]
    with filled(tmp_path, base_url=""), subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            urlopen(address, timeout=10).close()
            process.send_signal(signal.SIGHUP)
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1)  # what would end it ends it within a tenth of that
            with urlopen(address, timeout=10) as answer:
                assert answer.status == 200
        finally:
            process.terminate()

    assert process.returncode == 0


@pytest.mark.parametrize("files", [(64, 400), (400, 400)], ids=["allowed only when asked for", "allowed"])
def test_a_burst_of_connections_leaves_files_to_open(tmp_path: Path, files: tuple[int, int]) -> None:
    """Without any left each connection that waits is a trace in the log, again every second."""
    command = [sys.executable, "-m", "digest", "--config", str(tmp_path / "config.toml"), "serve", "--port", "0"]
    begin = partial(resource.setrlimit, resource.RLIMIT_NOFILE, files)
    with contextlib.ExitStack() as opened, filled(tmp_path, base_url=""):
        log = opened.enter_context((tmp_path / "log").open("w"))
        process = opened.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, preexec_fn=begin))
        opened.callback(process.kill)
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        process.send_signal(signal.SIGSTOP)
        for _ in range(450):
            one = opened.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", urlsplit(address).port))
        process.send_signal(signal.SIGCONT)
        with urlopen(address, timeout=20) as answer:
            assert answer.status == 200

    assert "Too many open files" not in (tmp_path / "log").read_text()


def test_on_this_machine_it_shows_previews_and_ends_cleanly_when_terminated(tmp_path: Path, forge: Forge) -> None:
    with filled(tmp_path, base_url=""), watched(forge, tmp_path, "--now", NOON.isoformat()) as (process, _, address):
        with urlopen(address, timeout=10) as answer:
            page = answer.read().decode()
        process.kill(signal.SIGTERM)
        done = process.ended(10)

    assert "ana@example.org" in page
    assert "to this machine only" in done.err
    assert done.status == 0
    assert done.err.endswith("stopped\n")


@pytest.mark.parametrize("arguments", [(), ("--host", "0.0.0.0")])
def test_where_strangers_may_come_there_are_no_previews(tmp_path: Path, forge: Forge, arguments: tuple[str, ...]) -> None:
    with filled(tmp_path), watched(forge, tmp_path, *arguments) as (process, _, address):
        port = urlsplit(address).port
        with pytest.raises(HTTPError, match="404") as refused:
            urlopen(f"http://127.0.0.1:{port}/", timeout=10)
        refused.value.close()
        process.kill(signal.SIGTERM)
        done = process.ended(10)

    assert ("warning: this address can be reached from other machines" in done.err) == ("0.0.0.0" in arguments)


def test_previews_on_an_address_that_others_can_reach_are_refused(tmp_path: Path, forge: Forge) -> None:
    done = forge.start(tmp_path, "serve", "--port", "0", "--host", "0.0.0.0", "--previews").ended(30)

    assert done.status == 2
    assert "others can reach this address" in done.err


def test_a_port_that_is_taken_is_a_clear_error(tmp_path: Path, forge: Forge) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        done = forge.start(tmp_path, "serve", "--port", str(port)).ended(30)

    assert done.status == 2
    assert f"127.0.0.1:{port}: cannot listen: Address already in use" in done.err
    assert "choose another --port" in done.err


@pytest.mark.parametrize("host", ["192.0.2.1", "a" * 70 + ".example.org"])
def test_a_host_that_is_not_this_machine_s_is_a_clear_error(host: str) -> None:
    with pytest.raises(UsageError, match=r"not an address of this machine|cannot listen"):
        listen(host, 0)


def test_slow_clients_and_broken_requests_are_sent_away_and_the_next_one_is_served(tmp_path: Path) -> None:
    with answering(tmp_path) as port:
        started = time.monotonic()
        silent = exchange(port, b"")
        halfway = exchange(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        second = exchange(port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET /")
        took = time.monotonic() - started
        garbage = exchange(port, b"\x16\x03\x01 garbage\r\n\r\n")
        huge = exchange(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"a" * 1_000_000 + b"\r\n\r\n")
        absolute = exchange(port, b"GET http://evil.test/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        fine = exchange(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert (silent, halfway) == (b"", b"")
    assert second.startswith(b"HTTP/1.1 200")
    assert took < 8
    assert garbage.startswith(b"HTTP/1.1 400")
    assert huge[:12] in (b"HTTP/1.1 400", b"")
    assert absolute.startswith(b"HTTP/1.1 404")
    assert fine.startswith(b"HTTP/1.1 200")
    assert b"server: " not in fine.lower()


@pytest.mark.parametrize("beginning", ["", "GET /u/{} HTTP/1.1\r\nX-A: ", "POST /u/{} HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\na"])
def test_who_holds_every_connection_with_requests_that_do_not_end_keeps_nobody_out(tmp_path: Path, beginning: str) -> None:
    with a_site(tmp_path) as site, contextlib.ExitStack() as held:
        port = held.enter_context(hastily(create_app(site.parts, clock=lambda: NOON, previews=False), ImpatientProtocol))
        for number in range(CONNECTIONS - 1):
            held.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(beginning.format(number).encode())

        until = time.monotonic() + HEAD_SECONDS / 2  # a burst that is on its way takes a moment to be hung up on
        asked = b"GET /u/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        while (answer := exchange(port, asked)[:12]) != b"HTTP/1.1 404":
            assert time.monotonic() < until, answer
            time.sleep(0.05)


def test_a_request_that_says_twice_where_it_ends_is_refused_and_what_follows_it_is_not_read(tmp_path: Path) -> None:
    smuggled = b"GET /u/none HTTP/1.1\r\nHost: x\r\n\r\n"
    head = b"POST /u/none HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(smuggled))

    with answering(tmp_path) as port:
        answer = exchange(port, head + smuggled)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


def test_who_asks_and_takes_no_answer_is_hung_up_on(tmp_path: Path) -> None:
    with answering(tmp_path) as port, socket.socket() as greedy:
        greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        greedy.settimeout(10)
        greedy.connect(("127.0.0.1", port))

        HastyProtocol.hung_up.clear()
        greedy.sendall(b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100)
        assert HastyProtocol.hung_up.wait(10)
        answers = b"".join(iter(lambda: greedy.recv(65536), b""))

    assert 0 < answers.count(b"HTTP/1.1 404") < 100


def test_who_takes_a_long_answer_slowly_gets_all_of_it() -> None:
    long = Starlette(routes=[Route("/", lambda request: Response(b"x" * 1_000_000))])
    with hastily(long, PatientProtocol) as port, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        slow.settimeout(10)
        slow.connect(("127.0.0.1", port))

        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        for taken in (250_000, 500_000, 750_000):  # each more than the system holds, so that less lies there at each look
            while len(answer) < taken:
                part = slow.recv(25_000)
                assert part, "hung up on who takes some all the time"
                answer += part
            assert PatientProtocol.looks.acquire(timeout=10)
        answer += b"".join(iter(lambda: slow.recv(65536), b""))

    assert answer.count(b"x") >= 1_000_000


def test_a_post_of_ten_megabytes_hears_that_it_is_too_large_and_one_of_a_hundred_is_cut(tmp_path: Path) -> None:
    head = b"POST /u/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
    with answering(tmp_path) as port:
        large = exchange(port, head % 10_000_000 + b"x" * 10_000_000)
        huge = exchange(port, head % 100_000_000 + b"x" * 100_000_000)
        fine = exchange(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert large.startswith(b"HTTP/1.1 413")
    assert huge[:12] in (b"HTTP/1.1 413", b"")
    assert fine.startswith(b"HTTP/1.1 200")
