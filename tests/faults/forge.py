"""A process with digest imported that forks one child for each command: real processes, without two seconds of imports for each.

Nothing of digest knows of this: the child wraps named functions before the command begins, so that it is killed or told to stop at that
very place, or works with other limits (`Orders`). `python -m tests.faults.forge SOCKET` is the process; `Forge` talks to it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

LINE = 65536


@dataclass(frozen=True, slots=True)
class Done:
    """How a process ended: its exit status (−9 where it was killed), and what it printed."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What a child is to meet with.

    `signal` is what it sends itself "before" or "after" (`when`) the `count`-th call of `place`: "module:function", "module:class.method"
    or "commit". `patience` is how many seconds it waits for the database, `timeout` for a server; `user` is who it runs as.
    """

    place: str = ""
    when: str = "before"
    count: int = 1
    signal: int = 0
    patience: float | None = None
    timeout: float | None = None
    user: str = ""


class Running:
    """A command on its way."""

    def __init__(self, connection: socket.socket, out: Path, err: Path) -> None:
        self._connection, self._out, self._err = connection, out, err
        self._lines = connection.makefile("r", encoding="utf-8")
        self.pid = int(self._lines.readline())

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send it a signal; nothing happens where it has ended."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return

    def ended(self, seconds: float = 60.0) -> Done:
        """Wait for its end."""
        self._connection.settimeout(seconds)
        try:
            status = int(self._lines.readline())
        except TimeoutError:
            self.kill()
            raise AssertionError(f"it did not end within {seconds} s: {self._err.read_text()}") from None
        finally:
            self._lines.close()
            self._connection.close()
        return Done(status, self._out.read_text(encoding="utf-8"), self._err.read_text(encoding="utf-8"))


class Forge:
    """Starts commands, each in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._address = str(folder / "forge")
        self._started = 0

    def start(self, cwd: Path, *arguments: str, orders: Orders | None = None) -> Running:
        """`digest ARGUMENTS` in that folder."""
        self._started += 1
        out, err = self._folder / f"{self._started}.out", self._folder / f"{self._started}.err"
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(self._address)
        job = {"arguments": arguments, "cwd": str(cwd), "out": str(out), "err": str(err), "orders": asdict(orders or Orders())}
        connection.sendall(json.dumps(job).encode() + b"\n")
        return Running(connection, out, err)

    def __enter__(self) -> Self:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("DIGEST_") and "proxy" not in k.lower()}
        environment |= {"OPENBLAS_NUM_THREADS": "1", "HOME": str(self._folder), "COLUMNS": "160"}
        command = [sys.executable, "-m", "tests.faults.forge", self._address]
        self._process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"ready\n"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.communicate()


# --- the process --------------------------------------------------------------------------------------------------------


def serve(address: str) -> None:
    """Fork a keeper for each command, which forks the command and tells how it ended."""
    for name in ("cli.run", "cli.outbox", "wiring", "run", "schedule", "sources.sample", "sources.arxiv", "enrichment.crossref"):
        import_module(f"digest.{name}")
    for name in ("alembic.command", "rich.table", "rich.console"):
        import_module(name)
    _compile_the_theme()
    with TemporaryDirectory() as folder:
        import_module("digest.catalog").open_catalog(f"{folder}/digest.db").close()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(8)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers leave without being waited for
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _keep(connection)
        connection.close()


def _compile_the_theme() -> None:
    """Once for all children."""
    from digest import wiring
    from digest.config import parse

    made = wiring._presses(parse('[sender]\nfrom = "digest@example.org"\n[delivery]\ntransport = "null"\n', "config.toml", {}))
    made("", "en")
    wiring._presses = lambda settings: made


def _keep(connection: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    job = json.loads(connection.makefile("r", encoding="utf-8").readline())
    pid = os.fork()
    if pid == 0:
        connection.close()
        os._exit(_status(job))
    connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _status(job: dict[str, Any]) -> int:
    """Be the command; its exit status."""
    for stream, number in (("out", 1), ("err", 2)):
        os.dup2(os.open(job[stream], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.chdir(job["cwd"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv = ["digest", *job["arguments"]]
    _obey(Orders(**job["orders"]))
    from digest.cli import main

    try:
        main()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001  as the interpreter would
        sys.excepthook(*sys.exc_info())
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _obey(orders: Orders) -> None:
    from digest import wiring
    from digest.delivery import session, shift

    if orders.patience is not None:
        opening, patience = wiring.open_catalog, orders.patience
        wiring.open_catalog = lambda database: opening(database, patience=patience)
    if orders.user:
        wiring.open_catalog = partial(_as_user, orders.user, wiring.open_catalog)
    if orders.timeout is not None:
        names = ("connect", "greeting", "command", "data", "block", "dot")
        limits = session.Timeouts(**dict.fromkeys(names, orders.timeout))
        transport = wiring.SmtpTransport
        wiring.SmtpTransport = lambda **options: transport(**options, timeouts=limits)  # type: ignore[assignment,misc]
    shift.PAUSE, session._LAST_WAIT = timedelta(seconds=0.2), 2.0
    if orders.signal:
        _wrap(orders.place, orders)


def _as_user(name: str, opening: Callable[[str], Any], database: str) -> Any:
    """Be somebody else from here on; what was imported before need not be readable for them."""
    import pwd

    user = pwd.getpwnam(name)
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    return opening(database)


def _wrap(place: str, orders: Orders) -> None:
    """Let the command meet its fate at that place."""
    calls = [0]

    def strike() -> None:
        os.kill(os.getpid(), orders.signal)

    if place == "commit":
        from sqlalchemy import Engine, event

        def committing(connection: object) -> None:
            calls[0] += 1
            if calls[0] == orders.count:
                strike()

        event.listen(Engine, "commit", committing)
        return
    module, _, path = place.partition(":")
    *classes, name = path.split(".")
    holder: Any = import_module(module)
    for part in classes:
        holder = getattr(holder, part)
    usual: Callable[..., Any] = getattr(holder, name)

    def struck(*arguments: Any, **options: Any) -> Any:
        calls[0] += 1
        is_now = calls[0] == orders.count
        if is_now and orders.when == "before":
            strike()
        answer = usual(*arguments, **options)
        if is_now and orders.when == "after":
            strike()
        return answer

    setattr(holder, name, struck)


if __name__ == "__main__":
    serve(sys.argv[1])
