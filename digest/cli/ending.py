"""How a command ends that is told to while it writes files: as with Ctrl-C, without leaving half of one behind."""

from __future__ import annotations

import signal
from functools import partial

import click


def end_tidily(ctx: click.Context) -> None:
    """Let SIGTERM and a terminal that is closed end this command as Ctrl-C does: what it was writing is removed."""
    for number in (getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup has it ignored
            ctx.call_on_close(partial(signal.signal, number, signal.signal(number, signal.default_int_handler)))
