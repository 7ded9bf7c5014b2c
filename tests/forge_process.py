"""A process with digest imported that forks one child for each command. `python -m tests.forge_process SOCKET` is the process.

Nothing of digest knows of this: the child wraps named functions before the command begins, so that it is killed or told to stop at that
very place, or works with other limits (`Orders`).
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import json
import os
import signal
import socket
import sys
import termios
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from io import TextIOWrapper
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest

from tests.forge import Orders
from tests.kept import keep_statements, keep_tables, keep_templates, keep_themes

LUMP = 65536


def serve(address: str) -> None:
    """Fork a keeper for each command, which forks the command and tells how it ended."""
    _import_everything()
    _warm_up()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(8)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        _wait_for_keepers()
        if os.fork() == 0:
            listener.close()
            _keep(connection)
        connection.close()


def _import_everything() -> None:
    for module in walk_packages(import_module("digest").__path__, "digest."):
        if module.name != "digest.__main__":
            import_module(module.name)
    for name in ("alembic.command", "email_validator", "rich.table", "rich.console"):
        import_module(name)


def _warm_up() -> None:
    """Make once what all children need (see `kept.py`): a new catalog's tables, and what letters look like without own settings."""
    patch = pytest.MonkeyPatch()
    for keep in (keep_themes, keep_templates, keep_tables, keep_statements):
        keep(patch)
    import_module("digest.rendering").Press()
    with TemporaryDirectory() as folder:
        import_module("digest.catalog").open_catalog(f"{folder}/digest.db").close()
    gc.freeze()  # no child looks through all of this for garbage


def _wait_for_keepers() -> None:
    """Those that have ended: their CPU time counts as that of the tests."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _keep(connection: socket.socket) -> None:
    """Start the command, say its number, wait for it and say its exit status."""
    said, streams, _, _ = socket.recv_fds(connection, LUMP, 3)
    while not said.endswith(b"\n"):
        said += connection.recv(LUMP)
    pid = os.fork()
    if pid == 0:
        connection.close()
        _leave(_status(json.loads(said), streams))
    for stream in streams:
        os.close(stream)
    connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _status(job: dict[str, Any], streams: list[int]) -> int:
    """Be the command; its exit status."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    for number in job.get("closed", ()):  # what the interpreter makes of it where it starts so
        os.close(number)
        setattr(sys, ("stdin", "stdout", "stderr")[number], None)
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):  # the tests themselves may run under nohup
        signal.signal(number, signal.SIG_DFL)
    sys.argv = ["digest", *job["arguments"]]
    orders = Orders(**job["orders"]) if job["orders"] else Orders()
    if job["orders"]:
        _obey(orders)
    from digest.cli import main

    try:
        exec(orders.code, {"__name__": "__main__"}) if orders.code else main()
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 1
    except BaseException:  # noqa: BLE001  as the interpreter would
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def _leave(status: int) -> None:
    """End as the interpreter does: threads are waited for, and what was to be done at the end is done."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def _obey(orders: Orders) -> None:
    from digest import wiring
    from digest.delivery import session, suspicion

    if orders.terminal:
        _sit_down()
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
    _shorten(suspicion, "PROBE_DELAY", timedelta(seconds=0.2))
    _shorten(session, "_LAST_WAIT_SECONDS", 2.0)
    if orders.signal:
        _wrap(orders.place, orders)


def _shorten(module: ModuleType, name: str, value: object) -> None:
    """Give a constant of a module another value; one that went by another name since would be waited for in full."""
    assert hasattr(module, name), name
    setattr(module, name, value)


def _sit_down() -> None:
    """Own the terminal: a password is asked for on it, Ctrl-C is heard, lines are shown at once, and the size is its own."""
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    for stream in (sys.stdout, sys.stderr):
        assert isinstance(stream, TextIOWrapper)
        stream.reconfigure(line_buffering=True)
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


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
