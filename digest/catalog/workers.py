"""Names of workers: each gives the host and process it works in, so that others can tell whether it is still alive."""

from __future__ import annotations

import os
import secrets
import socket
from pathlib import Path


def this_worker() -> str:
    """A new name for a worker in this process, "host:pid:start.random", different at each call."""
    return f"{socket.gethostname()}:{os.getpid()}:{_start_of(os.getpid())}.{secrets.token_hex(4)}"


def is_here(worker: str) -> bool:
    """Whether a worker ("host:pid:anything") runs, or ran, on this host."""
    return worker.partition(":")[0] == socket.gethostname()


def is_gone(worker: str) -> bool:
    """Whether a worker ("host:pid:anything") ran on this host and its process has ended; False if that is unknown.

    Another process may have its pid by now, as happens in containers, whose first process always has the same one. So if the name says
    when its process was started (Linux), the start time must match as well.
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
        pass  # another user's process, but its start time is readable
    start, dot, _ = more.partition(".")
    return bool(dot and start) and _start_of(int(pid)) not in ("", start)


def _start_of(pid: int) -> str:
    """When the process was started, in clock ticks since boot (proc(5), `starttime`); "" if there is no /proc."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]  # skip the program's name in parentheses, which may contain blanks and parentheses
