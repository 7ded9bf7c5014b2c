"""A process with digest imported that forks one child for each command. `python -m tests.forge_process SOCKET` is the process.

Nothing of digest knows of this: the child wraps named functions before the command begins, so that it is killed or told to stop at that
very place, or works with other limits (`Orders`).
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from importlib import import_module
from pkgutil import walk_packages
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.forge import Orders
from tests.kept import keep_themes

LUMP = 65536


def serve(address: str) -> None:
    """Fork a keeper for each command, which forks the command and tells how it ended."""
    _import_everything()
    _keep_the_usual_theme()
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


def _import_everything() -> None:
    for module in walk_packages(import_module("digest").__path__, "digest."):
        if module.name != "digest.__main__":
            import_module(module.name)
    for name in ("alembic.command", "rich.table", "rich.console"):
        import_module(name)


def _keep_the_usual_theme() -> None:
    """Compile what letters look like without settings of their own, once for all children."""
    keep_themes(pytest.MonkeyPatch())
    import_module("digest.rendering").Press()


def _keep(connection: socket.socket) -> None:
    """Start the command, say its number, wait for it and say its exit status."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
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
    os.chdir(job["cwd"])
    os.environ.clear()
    os.environ.update(job["environment"])
    time.tzset()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.argv = ["digest", *job["arguments"]]
    if job["orders"]:
        _obey(Orders(**job["orders"]))
    from digest.cli import main

    try:
        main()
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
        stream.flush()
    os._exit(status)


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
