"""What tests of the command line get from a command."""

from __future__ import annotations

import json
import os
import pwd
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from digest.cli import digest
from digest.cli.frame import guarded


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Done]

MONDAY_NOON = "2026-11-23T12:00:00+00:00"
SENDER = '[sender]\nfrom = "digest@example.org"\n'


NOWHERE = """[delivery]
transport = "folder"
folder = "out"
[[sources]]
name = "none"
kind = "feed"
url = "http://127.0.0.1:9/feed"
paused = true
"""
"""No source that is asked, and letters that go into a folder."""


def with_inbox(folder: Path) -> Path:
    """The folder with a configuration whose letters go nowhere, and an empty Maildir that readers write to."""
    for room in ("new", "cur", "tmp"):
        (folder / "mail" / room).mkdir(parents=True)
    (folder / "config.toml").write_text(SENDER + NOWHERE + '[inbox]\nmaildir = "mail"\n')
    return folder


def digest_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`digest …` at noon on a Monday unless `now` says otherwise, with the configuration in that folder."""

    def call(*arguments: str, now: str = MONDAY_NOON) -> Done:
        status = guarded(digest, ["--config", str(folder / "config.toml"), *arguments, "--now", now])
        return Done(status, *capsys.readouterr())

    return call


def subscribers_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`digest subscribers VERB …` at noon on a Monday, with the configuration in that folder."""

    def call(verb: str, *arguments: str) -> Done:
        return digest_command(folder, capsys)("subscribers", verb, *arguments)

    return call


@contextmanager
def nobody() -> Iterator[None]:
    """As somebody to whom modes mean something: to root they do not."""
    before = os.geteuid()
    os.seteuid(before or pwd.getpwnam("nobody").pw_uid)
    try:
        yield
    finally:
        os.seteuid(before)


def closed(folder: Path) -> Path:
    """A folder that `nobody` may not look into."""
    made = folder / "closed"
    made.mkdir(mode=0)
    return made


@contextmanager
def files_of_no_size() -> Iterator[None]:
    """What a full disk does, done by this process's own limit: a file can be made, and nothing be written into it."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
