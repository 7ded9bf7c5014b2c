"""`digest subscribers import-library --zotero`, through the real command line and a Zotero server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .command_line import NOWHERE, SENDER, Done, Run, digest_command
from .zotero_server import KEY, ZoteroServer

ANA = "ana@example.org"


@pytest.fixture
def server() -> Iterator[ZoteroServer]:
    with ZoteroServer() as running:
        library = running.library("users/123456")
        library.add(title="On foxes", DOI="10.1000/foxes", abstractNote="Foxes.")
        library.collect("From digest")
        running.allow(KEY, 123456)
        yield running


@pytest.fixture
def run(server: ZoteroServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TZ", "UTC")
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE + f'[zotero]\nurl = "{server.url}"\nallow_private = true\n')
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "key").chmod(0o600)
    call = digest_command(tmp_path, capsys)
    call("subscribers", "add", ANA, "--topic", "foxes")
    return call


def imported(run: Run, folder: Path, *options: str) -> Done:
    key = ("--key-file", str(folder / "key"))
    return run("subscribers", "import-library", ANA, "--zotero", "user:123456", *key, "--offline", *options)


def test_where_saved_papers_go_is_listed(run: Run, tmp_path: Path) -> None:
    done = imported(run, tmp_path, "--follow", "--save-to", "From digest")

    assert done.status == 0
    assert "saved papers go into From digest" in run("subscribers", "libraries", ANA).out


def test_a_key_that_may_not_write_is_told_before_anything_is_saved(run: Run, server: ZoteroServer, tmp_path: Path) -> None:
    server.allow(KEY, 123456, write=False)

    done = imported(run, tmp_path, "--save-to", "From digest")

    assert (done.status, "the key may not write to this library" in done.err) == (1, True)
    assert run("subscribers", "libraries", ANA).out == ""


def test_a_collection_to_save_to_that_is_not_there_is_told_with_those_that_are(run: Run, tmp_path: Path) -> None:
    done = imported(run, tmp_path, "--save-to", "Form digest")

    assert (done.status, "has no collection 'Form digest'" in done.err, "From digest" in done.err) == (1, True, True)


def test_a_library_that_is_only_read_needs_no_key_that_writes(run: Run, server: ZoteroServer, tmp_path: Path) -> None:
    server.allow(KEY, 123456, write=False)

    assert imported(run, tmp_path, "--follow").status == 0
