"""Check the configuration: its own warnings, and who can read the files that hold secrets."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from shlex import quote

from ..catalog.health import file_of
from ..config import Settings
from ..errors import CatalogError, DigestError
from ..wiring import embedder, polite_net, signers
from .findings import Finding, note, ok, problem, several

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def configuration(settings: Settings) -> Iterator[Finding]:
    """The configuration's own warnings, and whether the files it names can be used."""
    subject = str(settings.path)
    yield ok("configuration", subject, "can be used")
    for warning in settings.warnings:
        if ": chmod" not in warning:  # told below, with the others
            yield note("configuration", subject, warning)
    yield from modes(_modes(settings))
    password = (settings.smtp_password,) if settings.delivery.transport == "smtp" else ()
    for what in (*password, lambda: signers(settings), lambda: _open_model(settings), settings.summaries.key):
        try:
            what()
        except DigestError as error:
            yield problem("configuration", error.subject, f"cannot be used: {error.message}", error.hint or "correct the configuration")


def _open_model(settings: Settings) -> None:
    with polite_net(settings) as net:
        embedder(settings, net)


def modes(found: Mapping[Path, int]) -> Iterator[Finding]:
    """Which of these files can be read by other users, although they should not."""
    for path, mode in found.items():
        if mode & _OTHERS:
            yield problem("files", str(path), "can be read by others on this machine, and holds secrets", f"chmod 600 {quote(str(path))}")
    if found and not any(mode & _OTHERS for mode in found.values()):
        yield ok("files", "secrets", f"{several(len(found), 'file')} that only this user can read")


def _modes(settings: Settings) -> dict[Path, int]:
    """The files that hold a password or a key, and the database, which holds readers' addresses, with their modes."""
    paths = [*settings.secret_files]
    with suppress(CatalogError):  # told where the database is looked at
        paths.append(file_of(settings.database))
    return {path: path.stat().st_mode for path in paths if os.path.isfile(path)}
