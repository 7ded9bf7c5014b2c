"""Look at a listing, at an address or in a file, before it becomes a source."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import click

from .frame import settings_if_any

if TYPE_CHECKING:
    from ..config import Settings
    from ..model import Batch, SourceOptions

LARGEST = 32 << 20
"""Bytes of a file that are read; no listing is longer."""
TRIED = "name a file, an address with https://, or a source (`digest sources list` names them)"


def kind_of(what: str) -> str:
    """The kind of source, judged by the address' host; a file is a feed."""
    try:
        host = (urlsplit(what).hostname or "").lower()
    except ValueError:
        return "feed"
    if host == "arxiv.org" or host.endswith(".arxiv.org"):
        return "arxiv"
    return "huggingface" if host in ("huggingface.co", "www.huggingface.co", "hf.co") else "feed"


def look(ctx: click.Context, what: str, kind: str, now: datetime, *, allow_private: bool) -> Batch:
    """What an address or a file lists. Raises DigestError."""
    from ..model import SourceOptions
    from ..sources.arxiv import parse_arxiv
    from ..sources.biorxiv import parse_biorxiv
    from ..sources.feed import parse_feed
    from ..sources.huggingface import parse_huggingface

    if "://" in what:
        return ask(ctx, SourceOptions(name=shown(what), kind=kind, url=what, allow_private=allow_private), now)
    parse = {"arxiv": parse_arxiv, "huggingface": parse_huggingface, "feed": parse_feed}.get(kind, parse_biorxiv)
    return parse(read_file(Path(what), TRIED), Path(what).name, now)


def shown(what: str) -> str:
    """An address without user names, passwords and query; a file as it was named."""
    scheme, separator, rest = what.partition("://")
    if not separator:
        return what
    try:
        parts = urlsplit(what)
        host, _ = parts.netloc.rpartition("@")[2], parts.port
    except ValueError:  # it is no address, so a password may stand anywhere before an @
        return f"{scheme}://{rest.rpartition('@')[2]}".partition("?")[0]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def ask(ctx: click.Context, options: SourceOptions, now: datetime) -> Batch:
    """What a source lists now, requested as `digest fetch` does. Raises DigestError."""
    from .. import __version__
    from ..net import Net
    from ..wiring import arxiv_pace, source_of

    read = _way_out(ctx)
    agent = f"digest/{__version__} (research-paper digest; sources try)"
    with Net(user_agent=agent, pace=arxiv_pace(), proxy=read.proxy, no_proxy=read.no_proxy) as net:
        return source_of(options, net).fetch("", now)


def _way_out(ctx: click.Context) -> Settings:
    """The configuration, for its proxy; if none can be read, the environment's."""
    from ..config import parse
    from ..errors import ConfigurationError

    try:
        found = settings_if_any(ctx) if ctx.obj is not None else None
    except ConfigurationError:  # looking at an address does without
        found = None
    return found or parse('[sender]\nfrom = "digest@example.org"', "config.toml")


def read_file(path: Path, advice: str) -> bytes:
    """The bytes of a file; `advice` is the hint for a wrong name. Raises NotFound, SourceUnreachable or SourceTooLarge."""
    from ..errors import NotFound, SourceTooLarge, SourceUnreachable, cure

    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise SourceUnreachable(str(path), "is not a file", hint=advice)
        if status.st_size > LARGEST:
            raise SourceTooLarge(str(path), f"has more than {LARGEST:,} bytes", hint="no listing is this long")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(str(path), "there is no such file", hint=advice) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason, first = getattr(error, "strerror", None) or str(error), cure(error) if isinstance(error, OSError) else ""
        raise SourceUnreachable(str(path), f"cannot be read: {reason}", hint=first or "name a file that you may read") from error
