"""A real catalog with two readers and one published issue: as a site to ask, and as `digest serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

from starlette.testclient import TestClient

from digest.catalog import Catalog, open_catalog
from digest.catalog.copying import copy_of
from digest.delivery import Policy, Transport
from digest.delivery.folder import NullTransport
from digest.model import Edition, Issue, Subscription
from digest.rendering import Branding, Press
from digest.run import Parts, Report, compose, gather
from digest.run.issuing.composing import today
from digest.run.parts import Sender
from digest.tokens import Purpose, make_token
from digest.web import create_app
from digest.web.limits import Limits

from .builders import NOON, a_batch, a_paper, a_subscription
from .forge import Forge, Running

CONFIGURATION = """
database = "digest.db"
base_url = "{base_url}"
[sender]
from = "digest@example.org"
name = "Lab digest"
[delivery]
transport = "null"
"""
PUBLIC = "https://digest.example.org"
HOSTILE = "Foxes <script>alert(1)</script> & {{ 7 * 7 }}"


@dataclass(frozen=True, slots=True)
class Site:
    """`client` asks from 127.0.0.1 and never follows redirects; `ana` has `issue`, `bo` the trending edition and no issue yet."""

    client: TestClient
    parts: Parts
    ana: Subscription
    bo: Subscription
    issue: Issue

    @property
    def token(self) -> str:
        """The token of ana's letter."""
        return make_token(Purpose.LETTER, self.ana.id, self.issue.id, self.parts.secrets[0])

    def key(self, subscription: Subscription, *, days: int = 30) -> str:
        """A token for the preferences of one of them, good for that many days more."""
        last_day = (NOON + timedelta(days=days)).date()
        return make_token(Purpose.PREFERENCES, subscription.id, self.issue.id, self.parts.secrets[0], last_day=last_day)


@lru_cache
def press(theme: str, language: str) -> Press:
    """The theme, compiled once for all tests: that takes longer than any of them."""
    return Press(theme or "paper", branding=Branding(name="Lab digest"))


@contextmanager
def a_site(
    folder: Path,
    *,
    previews: bool = True,
    base_url: str = PUBLIC,
    limits: Limits | None = None,
    connect: Callable[[], Transport] = NullTransport,
) -> Iterator[Site]:
    """The site over a catalog in that folder, at noon; mails leave by `connect`."""
    with filled(folder, base_url) as (parts, ana, bo, issue):
        parts = replace(parts, connect=connect)
        app = create_app(parts, clock=lambda: NOON, previews=previews, limits=limits)
        with TestClient(app, base_url="http://127.0.0.1:8025", raise_server_exceptions=False, follow_redirects=False) as client:
            yield Site(client, parts, ana, bo, issue)


@contextmanager
def filled(folder: Path, base_url: str = PUBLIC) -> Iterator[tuple[Parts, Subscription, Subscription, Issue]]:
    """The parts over a new catalog with two readers, two papers and ana's issue; the configuration lies beside it."""
    configuration, database = folder / "config.toml", folder / "digest.db"
    configuration.write_text(CONFIGURATION.format(base_url=base_url))
    content, ana, bo, issue = _filled_once(base_url)
    database.write_bytes(content)
    for path in (configuration, database):
        path.chmod(0o600)
    with open_catalog(str(database)) as catalog:
        yield _parts(catalog, base_url), ana, bo, issue


@lru_cache
def _filled_once(base_url: str) -> tuple[bytes, Subscription, Subscription, Issue]:
    """Such a database, and who and what is in it: the same for each test, which changes a copy."""
    with TemporaryDirectory() as folder:
        database = f"{folder}/digest.db"
        with open_catalog(database) as catalog:
            parts, readers = _parts(catalog, base_url), catalog.subscribers
            ana = readers.add(a_subscription("ana@example.org", "evenings"), NOON)
            bo = readers.add(a_subscription("bo@example.org", "trends", edition=Edition(name="trending")), NOON)
            calibration = a_paper("arxiv:2611.00001", "Calibration of language models", abstract="We calibrate language models.")
            catalog.papers.record(a_batch(calibration, a_paper("arxiv:2611.00002", HOSTILE)), NOON)
            due = [(ana, today(ana, NOON))]
            (issue,) = catalog.issues.publish(compose(parts, due, gather(parts, due, Report(NOON))), NOON)
        return b"".join(copy_of(database)), ana, bo, issue


def _parts(catalog: Catalog, base_url: str) -> Parts:
    return Parts(
        catalog=catalog,
        name="Lab digest",
        sources=(),
        press=press,
        connect=NullTransport,
        policy=Policy(),
        sender=Sender(address="digest@example.org", name="Lab digest"),
        secrets=catalog.secrets(),
        worker="test",
        base_url=base_url,
    )


def stored(folder: Path) -> list[str]:
    """Everything the database holds, as SQL."""
    connection = sqlite3.connect(folder / "digest.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@contextmanager
def forked(forge: Forge, folder: Path, *arguments: str) -> Iterator[str]:
    """The address of the same in a process forked from others', for tests that look at the site alone."""
    with watched(forge, folder, *arguments) as (_, _, address):
        yield address


@contextmanager
def watched(forge: Forge, folder: Path, *arguments: str) -> Iterator[tuple[Running, TextIO, str]]:
    """Such a process itself, what it prints, and the address that stood on its first line."""
    reads, writes = os.pipe()
    with open(reads, encoding="utf-8") as printed:
        process = forge.start(folder, "--config", str(folder / "config.toml"), "serve", "--port", "0", *arguments, stdout=writes)
        os.close(writes)
        try:
            yield process, printed, printed.readline().strip()
        finally:
            process.kill(signal.SIGTERM)
            process.ended(10)
