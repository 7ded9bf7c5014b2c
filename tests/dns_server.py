"""A real DNS server on 127.0.0.1 (UDP) that serves the records a test gives it.

    with DnsServer({("example.org", "TXT"): ['"v=spf1 ip4:192.0.2.10 -all"']}) as server:      # server.address: "127.0.0.1:PORT"

A name that is not there does not exist (NXDOMAIN); one whose records are ["SERVFAIL"] fails. `server.asked` is what was asked for.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

Zone = Mapping[tuple[str, str], Sequence[str]]


class DnsServer:
    """Answers until its block ends."""

    def __init__(self, zone: Zone) -> None:
        self._zone = {(dns.name.from_text(name), dns.rdatatype.from_text(kind)): list(values) for (name, kind), values in zone.items()}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.asked: list[str] = []
        self._is_over = False
        self._thread = threading.Thread(target=self._serve, name="dns-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._is_over = True
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(10)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            data, client = self._socket.recvfrom(4096)
            if self._is_over:
                return
            self._socket.sendto(self._answer(dns.message.from_wire(data)).to_wire(max_size=65535), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message:
        asked = query.question[0]
        self.asked.append(f"{asked.name.to_text(omit_final_dot=True)} {dns.rdatatype.to_text(asked.rdtype)}")
        response = dns.message.make_response(query, recursion_available=True)
        values = self._zone.get((asked.name, asked.rdtype))
        if values == ["SERVFAIL"]:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values:
            response.answer.append(dns.rrset.from_text(asked.name, 60, "IN", dns.rdatatype.to_text(asked.rdtype), *values))
        elif not any(name == asked.name for name, _ in self._zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def text(value: str) -> str:
    """A TXT record's value as a zone file has it, in strings of at most 255 characters."""
    pieces = [value[start : start + 255] for start in range(0, len(value), 255)]
    return " ".join(f'"{piece}"' for piece in pieces)
