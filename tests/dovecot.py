"""A real IMAP server for tests: Debian's Dovecot (package dovecot-imapd) without privileges, on loopback ports of its own.

    with Dovecot() as server:                               # server.port, in clear; user ana, password "secret word"
    with Dovecot(certificate(tmp_path)) as server:          # server.tls_port, and STARTTLS on server.port
        server.deliver(b"Subject: …")                       # into the INBOX, as a delivery agent does
        server.flags()                                      # [""]: "S" once it is read
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from .servers import Certificate

PROGRAM = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
needs_dovecot = pytest.mark.skipif(PROGRAM is None, reason="needs Dovecot (apt-get install dovecot-imapd)")
ARRIVED = 1795435200
"""When every mail was delivered, as far as the server knows: noon of 2026-11-23 (UTC)."""
USER, PASSWORD = "ana", "secret word"
_IS_ROOT = os.geteuid() == 0
_ACCOUNT = pwd.getpwnam("nobody") if _IS_ROOT else pwd.getpwuid(os.geteuid())
_GROUP = grp.getgrgid(_ACCOUNT.pw_gid).gr_name


class Dovecot:
    """One account with one Maildir, `mail`; the folder `Lists` is in it."""

    host = "127.0.0.1"

    def __init__(self, certificate: Certificate | None = None, *, password: str = PASSWORD) -> None:
        # Not in pytest's own folder: that is closed to the account that the server runs as, and longer than a socket's path may be.
        self._folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.mail = self._folder / "mail"
        self._names = count(1)
        self.port, self.tls_port = _free_port(), _free_port()
        self._ports = (self.port, self.tls_port) if certificate else (self.port,)
        for room in ("new", "cur", "tmp", ".Lists/new", ".Lists/cur", ".Lists/tmp"):
            (self.mail / room).mkdir(parents=True)
        (self._folder / "users").write_text(f"{USER}:{{PLAIN}}{password}\n", encoding="utf-8")
        (self._folder / "dovecot.conf").write_text(self._configuration(certificate))

    def deliver(self, *mails: bytes, room: str = "new", flags: str = "") -> None:
        """Put mails into the INBOX; with flags they were there before, in `cur`."""
        for mail in mails:
            name = f"{ARRIVED}.{next(self._names):06}.test"
            path = self.mail / "tmp" / name
            path.write_bytes(mail)
            os.utime(path, (ARRIVED, ARRIVED))
            self._own(path)
            path.rename(self.mail / ("cur" if flags else room) / (f"{name}:2,{flags}" if flags else name))

    def flags(self, room: str = "") -> list[str]:
        """The flags of each mail of the INBOX, in the order in which they were delivered; "S" is read, "F" flagged."""
        found = [path for place in ("new", "cur") for path in (self.mail / room / place).iterdir()]
        return [path.name.partition(":2,")[2] for path in sorted(found, key=lambda path: path.name)]

    @property
    def log(self) -> str:
        """What the server says of itself."""
        path = self._folder / "log"
        return path.read_text() if path.exists() else ""

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        for path in (self._folder, *self._folder.rglob("*")):
            self._own(path)
        as_nobody: dict[str, Any] = {"user": _ACCOUNT.pw_uid, "group": _ACCOUNT.pw_gid, "extra_groups": []} if _IS_ROOT else {}
        command = [PROGRAM, "-F", "-c", str(self._folder / "dovecot.conf")]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True, **as_nobody)
        until = time.monotonic() + 30
        while not self._listens():
            assert self._process.poll() is None, (self._process.stderr.read(), self.log)  # type: ignore[union-attr]  # it is a pipe
            assert time.monotonic() < until, self.log
            time.sleep(0.01)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)  # asked to, it takes a second, and nothing of it is needed any more
        self._process.communicate(timeout=30)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _listens(self) -> bool:
        try:
            for port in self._ports:  # it opens one after the other
                socket.create_connection((self.host, port), timeout=1).close()
        except OSError:
            return False
        return True

    def _own(self, path: Path) -> None:
        if _IS_ROOT:
            os.chown(path, _ACCOUNT.pw_uid, _ACCOUNT.pw_gid)

    def _configuration(self, certificate: Certificate | None) -> str:
        folder, tls = self._folder, "ssl = no\ndisable_plaintext_auth = no"
        if certificate is not None:
            for path in (certificate.cert, certificate.key):
                shutil.copy(path, folder / path.name)
            tls = f"ssl = required\nssl_cert = <{folder}/{certificate.cert.name}\nssl_key = <{folder}/{certificate.key.name}"
        return f"""
            base_dir = {folder}/run
            state_dir = {folder}/state
            log_path = {folder}/log
            protocols = imap
            listen = {self.host}
            default_internal_user = {_ACCOUNT.pw_name}
            default_internal_group = {_GROUP}
            default_login_user = {_ACCOUNT.pw_name}
            first_valid_uid = 1
            auth_failure_delay = 0
            mail_location = maildir:{self.mail}
            {tls}
            passdb {{
              driver = passwd-file
              args = {folder}/users
            }}
            userdb {{
              driver = static
              args = uid={_ACCOUNT.pw_uid} gid={_ACCOUNT.pw_gid} home={folder}
            }}
            service anvil {{
              chroot =
            }}
            service imap-login {{
              chroot =
              inet_listener imap {{
                port = {self.port}
              }}
              inet_listener imaps {{
                port = {self.tls_port if certificate else 0}
                ssl = yes
              }}
            }}
        """


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
