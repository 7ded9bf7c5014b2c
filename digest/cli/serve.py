"""`digest serve`: issues in a browser, and the pages behind the links in letters."""

from __future__ import annotations

import logging
import sys
from datetime import datetime
from ipaddress import ip_address

import click

from .frame import clock, now_option, refuse, say
from .numbers import Whole
from .run import parts_for

LINE = "%(asctime)s %(method)s %(route)s %(status)s %(milliseconds)d ms"


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=Whole(0, 65535), default=8025, show_default=True, help="0 takes a free one.")
@click.option(
    "--previews/--no-previews",
    default=None,
    help="Show every issue and everybody's next one, to this machine only. Default: yes, unless base_url is set.",
)
@now_option
@click.pass_context
def serve(ctx: click.Context, host: str, port: int, previews: bool | None, now: datetime | None) -> int:
    """Issues in a browser, and the pages behind the links of letters. Ctrl-C, SIGTERM or SIGHUP ends it.

    Looking changes and sends nothing; only the buttons of the pages for unsubscribing, preferences and feedback act.
    """
    from ..web import create_app
    from ..web.server import listen
    from ..web.server import serve as answer

    with listen(host, port) as listener:
        address, taken = listener.getsockname()[:2]
        loopback = ip_address(address.partition("%")[0]).is_loopback
        if previews and not loopback:
            raise refuse("previews show everybody's letters, and others can reach this address", "leave --host or --previews away")
        with parts_for(ctx, now) as parts:
            shown = (loopback and not parts.base_url) if previews is None else previews
            _announce(f"http://{f'[{address}]' if ':' in address else address}:{taken}/", shown, loopback, parts.base_url)
            _log_answers()
            answer(create_app(parts, clock=lambda: clock(now), previews=shown), listener)
    say("stopped")
    return 0


def _announce(address: str, previews: bool, loopback: bool, base_url: str) -> None:
    """Print where the site is and who can see what there."""
    click.echo(address)
    sys.stdout.flush()
    if previews:
        say("serving: the latest issues and everybody's next one (to this machine only), and the pages behind letters' links")
    else:
        say("serving: the pages behind letters' links, /u/… (unsubscribe), /p/… (preferences), /f/… (feedback) and /i/… (the issue)")
    if previews and base_url:
        say("warning: with --previews, no proxy may forward to this port: some do not say that they are one")
    if loopback and base_url and not previews:
        say("previews are off because base_url is set, so a proxy may lead strangers here; without a proxy: --previews")
    if not loopback:
        say("warning: this address can be reached from other machines; put a proxy with https in front of it")
        say("previews are off: they are for 127.0.0.1")
    if not base_url:
        say("letters link to no page, because base_url is not set: they are answered by mail")
    say("Ctrl-C ends it")


def _log_answers() -> None:
    """Log a line per answer to stderr, with the route's name but not the address, which holds a token."""
    log = logging.getLogger("digest.web.access")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(LINE, datefmt="%H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
