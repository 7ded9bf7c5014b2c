"""Workers by name: on which machine and in which process one works, so that others can tell whether it still lives."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def this_worker() -> str:
    """A name for who works in this process, "host:pid:start.chance", another one at each call."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}.{secrets.token_hex(4)}"


def is_here(worker: str) -> bool:
    """Whether a worker ("host:pid:anything") runs, or ran, on this host."""
    return worker.partition(":")[0] == socket.gethostname()


def is_gone(worker: str) -> bool:
    """Whether a worker ("host:pid:anything") ran on this host and its process is no more; False where that cannot be told.

    Another process may have its number now, as the first of a container always has: where a name says when its process was started
    (Linux), that has to be the same.
    """
    _, _, rest = worker.partition(":")
    pid, _, more = rest.partition(":")
    if not is_here(worker) or not pid.isdecimal() or not 0 < int(pid) < 2**31 or os.name != "posix":
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # another user's; when it was started is told all the same
    start, dot, _ = more.partition(".")
    return bool(dot and start) and _start_of(int(pid)) not in ("", start)


def _start_of(pid: int) -> str:
    """When the process was started, in ticks since the machine was (proc(5), `starttime`); "" where there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]  # the program's name before it may hold blanks and brackets
