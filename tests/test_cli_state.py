"""`digest state save | load`, and `status --markdown`: what they say, and that nothing is lost by asking wrongly."""

from __future__ import annotations

import io
import os
import re
import sqlite3
import stat
import subprocess
import tempfile
from contextlib import closing, redirect_stdout
from datetime import date, timedelta
from pathlib import Path
from time import process_time

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.catalog import open_catalog
from digest.cli.frame import guarded, print_table
from digest.cli.masking import Masked, without_addresses
from digest.cli.summary import markdown_status
from digest.delivery.folder import FolderTransport
from digest.model import Letter

from .builders import NOON, a_batch, a_paper
from .command_line import NOWHERE, SENDER, Run, digest_command

KEY = "k2mVv0r8Yw5cQm1tZ7dJ4hXbN3pL6sGf"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DIGEST_STATE_KEY", KEY)
    (tmp_path / "config.toml").write_text(SENDER + NOWHERE)
    return tmp_path


@pytest.fixture
def digest(here: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    return digest_command(here, capsys)


def filled(here: Path) -> None:
    with open_catalog(str(here / "digest.db")) as catalog:
        catalog.papers.record(a_batch(a_paper()), NOON)


def test_a_saved_file_is_for_its_owner_only_and_comes_back(here: Path, digest: Run) -> None:
    filled(here)
    saved = digest("state", "save", "--to", str(here / "digest.state"))
    (here / "digest.db").unlink()

    loaded = digest("state", "load", "--from", str(here / "digest.state"))

    assert (saved.status, loaded.status) == (0, 0)
    assert stat.S_IMODE((here / "digest.state").stat().st_mode) == 0o600
    assert "loaded the state that was saved on 2026-11-23 12:00 UTC" in loaded.err
    with open_catalog(str(here / "digest.db")) as catalog:
        assert len(catalog.papers.pools([None], NOON)[0]) == 1


def test_a_state_goes_through_pipes(here: Path, digest: Run) -> None:
    filled(here)
    pipe = here / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        saved = digest("state", "save", "--to", str(pipe))
        content = reader.communicate()[0]
    (here / "digest.db").unlink()

    with subprocess.Popen(["tee", str(pipe)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as writer:
        assert writer.stdin is not None
        writer.stdin.write(content)
        writer.stdin.close()
        loaded = digest("state", "load", "--from", str(pipe))

    assert (saved.status, loaded.status) == (0, 0)
    assert pipe.is_fifo()
    with open_catalog(str(here / "digest.db")) as catalog:
        assert len(catalog.papers.pools([None], NOON)[0]) == 1


@pytest.mark.parametrize("before", ["", "sqlite:///{here}/"])
def test_a_place_that_takes_no_database_is_told(here: Path, digest: Run, before: str) -> None:
    filled(here)
    digest("state", "save", "--to", str(here / "digest.state"))
    (here / "config.toml").write_text(f'database = "{before.format(here=here)}digest.state/digest.db"\n' + SENDER + NOWHERE)

    refused = digest("state", "load", "--from", str(here / "digest.state"))

    assert refused.status == 2
    assert f"digest: {here}/digest.state/digest.db: cannot be written: file exists" in refused.err
    assert "nothing was changed" in refused.err


def test_a_state_is_written_where_a_link_leads(here: Path, digest: Run) -> None:
    filled(here)
    (here / "link").symlink_to(here / "digest.state")

    assert digest("state", "save", "--to", str(here / "link")).status == 0

    assert (here / "link").is_symlink()
    assert (here / "digest.state").read_bytes().startswith(b"digest state")


def test_a_state_is_loaded_over_another_only_when_told_so(here: Path, digest: Run) -> None:
    filled(here)
    digest("state", "save", "--to", str(here / "digest.state"))

    refused = digest("state", "load", "--from", str(here / "digest.state"))

    assert refused.status == 2
    assert "there is a database already" in refused.err
    assert digest("state", "load", "--from", str(here / "digest.state"), "--replace").status == 0


def test_a_restored_backup_says_that_letters_may_have_gone_out_since_and_can_begin_later(here: Path, digest: Run) -> None:
    filled(here)
    digest("state", "save", "--to", str(here / "digest.state"))

    restored = digest("state", "load", "--from", str(here / "digest.state"), "--replace")
    again = digest("state", "load", "--from", str(here / "digest.state"), "--replace", "--resume-from", "2026-11-30")

    assert "if letters went out, load it again with --replace --resume-from DATE" in restored.err
    assert "--resume-from" not in again.err
    assert "who left, complained or was erased after that would get letters again" in restored.err
    with open_catalog(str(here / "digest.db")) as catalog:
        assert catalog.resuming.first_day() == date(2026, 11, 30)


@pytest.mark.parametrize("before", [(), ("ana@example.org",)])
def test_nobody_gets_the_number_of_who_came_after_the_backup_was_made(here: Path, digest: Run, before: tuple[str, ...]) -> None:
    filled(here)
    for address in before:
        digest("subscribers", "add", address, "--topic", "foxes")
    digest("state", "save", "--to", str(here / "digest.state"))
    digest("subscribers", "add", "cleo@example.org", "--topic", "foxes")

    digest("state", "load", "--from", str(here / "digest.state"), "--replace")
    digest("subscribers", "add", "dora@example.org", "--topic", "hens")

    with open_catalog(str(here / "digest.db")) as catalog:
        dora = catalog.subscribers.all()[-1]
    assert dora.subscriber.email == "dora@example.org"
    assert min(dora.id, dora.subscriber.id) > 1_000_000


def test_a_paper_from_before_the_first_day_is_explained(here: Path, digest: Run) -> None:
    digest("subscribers", "add", "ana@example.org", "--topic", "foxes")
    with open_catalog(str(here / "digest.db")) as catalog:
        catalog.resuming.begin(date(2026, 11, 24), NOON)
        catalog.papers.record(a_batch(a_paper(), on=date(2026, 11, 23)), NOON)

    told = digest("explain", "ana@example.org", "2611.00001").out

    assert "not shown: it was announced before 2026-11-24, the first day of this catalog" in told


def test_a_wrong_key_changes_nothing(here: Path, digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(here)
    digest("state", "save", "--to", str(here / "digest.state"))
    before = (here / "digest.db").read_bytes()
    (here / "key").write_text(KEY[::-1])

    wrong = digest("state", "load", "--from", str(here / "digest.state"), "--replace", "--key-file", str(here / "key"))

    assert wrong.status == 1
    assert "the key does not open it" in wrong.err
    assert (here / "digest.db").read_bytes() == before


def test_a_dry_run_writes_nothing(here: Path, digest: Run) -> None:
    filled(here)

    done = digest("state", "save", "--to", str(here / "digest.state"), "--dry-run")

    assert done.status == 0
    assert re.search(r"would save [1-9][0-9]* kB to ", done.err)
    assert not (here / "digest.state").exists()


def test_a_dry_run_loads_nothing_and_says_so_where_it_would_be_refused(here: Path, digest: Run) -> None:
    filled(here)
    digest("state", "save", "--to", str(here / "digest.state"))
    load = ("state", "load", "--from", str(here / "digest.state"), "--dry-run")

    refused, would = digest(*load), digest(*load, "--replace")
    (here / "digest.db").unlink()
    done = digest(*load)

    assert refused.status == 2
    assert "there is a database already" in refused.err
    assert (would.status, done.status) == (0, 0)
    assert "would load" in would.err
    assert sorted(path.name for path in here.iterdir()) == ["config.toml", "digest.state"]


def test_a_dry_run_looks_at_what_it_would_load_and_makes_no_folder(here: Path, digest: Run) -> None:
    filled(here)
    with closing(sqlite3.connect(here / "digest.db")) as newer:
        newer.execute("update alembic_version set version_num = '9999'")
        newer.commit()
    digest("state", "save", "--to", str(here / "digest.state"))
    (here / "config.toml").write_text('database = "elsewhere/digest.db"\n' + SENDER + NOWHERE)

    done = digest("state", "load", "--from", str(here / "digest.state"), "--dry-run")

    assert done.status == 2
    assert "the copy is of a newer digest (9999)" in done.err
    assert not (here / "elsewhere").exists()


@pytest.mark.parametrize("words", [(), ("--to", "x", "--branch", "y")], ids=["nowhere", "both"])
def test_a_state_goes_to_one_place(digest: Run, words: tuple[str, ...]) -> None:
    assert digest("state", "save", *words).status == 2


@pytest.mark.parametrize("link", [False, True])
def test_a_state_is_not_saved_over_its_database(here: Path, digest: Run, link: bool) -> None:
    filled(here)
    (here / "to.db").symlink_to(here / "digest.db")

    done = digest("state", "save", "--to", str(here / ("to.db" if link else "digest.db")))

    assert (done.status, "is the database itself" in done.err) == (2, True)
    assert (here / "digest.db").read_bytes().startswith(b"SQLite format 3")


def test_without_a_key_nothing_is_saved(here: Path, digest: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(here)
    monkeypatch.delenv("DIGEST_STATE_KEY")

    done = digest("state", "save", "--to", str(here / "digest.state"))

    assert done.status == 2
    assert "set DIGEST_STATE_KEY, or name a file" in done.err


def test_without_a_database_nothing_is_saved(here: Path, digest: Run) -> None:
    assert "there is no database yet" in digest("state", "save", "--to", str(here / "digest.state")).err


@pytest.mark.parametrize("words", [("--to", "new.state"), ("--to", "new.state", "--dry-run"), ("--branch", "digest-state")])
def test_a_copy_that_finds_no_place_is_told_as_that(
    here: Path, digest: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    filled(here)
    monkeypatch.chdir(here)
    monkeypatch.setattr(tempfile, "tempdir", str(here / "gone"))  # as TMPDIR would set it

    done = digest("state", "save", *words)

    assert (done.status, (here / "new.state").exists()) == (2, False)
    assert done.err.startswith(f"digest: {here / 'digest.db'}: cannot be copied: {here / 'gone'}/digest-")
    assert "no such file or directory\n  → TMPDIR names the folder for the copy: set it to one that has room" in done.err


@pytest.mark.parametrize("other", ["a backup", "one of no branch", "a new one"])
def test_a_database_that_was_not_loaded_from_a_branch_does_not_replace_it(here: Path, digest: Run, other: str) -> None:
    for words in (["init", "--quiet", "--bare", "origin.git"], ["init", "--quiet"], ["remote", "add", "origin", "origin.git"]):
        subprocess.run(["git", *words], cwd=here, check=True)
    filled(here)
    backup = str(here / "digest.state")
    assert digest("state", "save", "--to", backup).status == 0
    assert digest("state", "save", "--branch", "digest-state").status == 0
    assert digest("state", "load", "--from", backup, "--replace", "--dry-run").status == 0
    assert digest("state", "save", "--branch", "digest-state").status == 0
    if other == "a backup":
        digest("state", "load", "--from", backup, "--replace")
    elif other == "one of no branch":
        (here / "digest.db.branch").unlink()
    else:
        (here / "digest.db").rename(here / "moved.db")
        filled(here)

    done = digest("state", "save", "--branch", "digest-state")

    assert done.status == 1
    assert "holds a state that this one does not go on from; it was not replaced" in done.err


# --- what others may read ---------------------------------------------------------------------------------------------


def test_a_status_in_markdown_names_no_address(digest: Run) -> None:
    early = ("--now", "2026-11-23T05:00:00Z")
    digest("subscribers", "add", "ana@example.org", "--edition", "cs.LG", "--zone", "UTC", "--every", "fri", *early)

    done = digest("status", "--markdown", *early)

    assert "1 subscription; the next issue is due at Fri 27 Nov 07:00 UTC." in done.out
    assert "@" not in done.out


def test_a_status_in_markdown_says_that_an_issue_is_due_now_and_not_when_it_was() -> None:
    text = markdown_status({}, [], [NOON - timedelta(hours=5)], {}, NOON)

    assert "1 subscription; the next issue is due now.\n" in text


def test_what_a_source_says_stays_in_its_cell() -> None:
    text = markdown_status({}, [["feed", "failed", "bad|row\n<b> by ana@example.org"]], [], {}, NOON)

    assert text.splitlines()[4] == "| feed | failed | bad\\|row \\<b\\> by \\*\\*\\* |"


def test_what_is_wrong_stands_first_with_what_to_do() -> None:
    text = markdown_status({"arxiv": ("did not answer", "wait")}, [["arxiv", "failed", ""]], [NOON], {"sent": 3}, NOON - timedelta(hours=1))

    assert text.splitlines()[2:5] == ["| wrong | what | what to do |", "| --- | --- | --- |", "| arxiv | did not answer | wait |"]
    assert text.splitlines()[-1] == "| sent | 3 |"


def test_an_address_written_in_pieces_is_masked() -> None:
    stream = io.StringIO()
    masked = Masked(stream)

    masked.write("to ana@exa")
    masked.write("mple.org (main): sent\nand bo@exam")
    masked.buffer.write(b"ple.org.")
    masked.flush()

    assert stream.getvalue() == "to *** (main): sent\nand ***."


def test_an_address_that_a_table_would_break_into_two_lines_is_masked() -> None:
    stream, row = io.StringIO(), [f"{'ana.' * 20}fox@example.org", f"see https://example.org/{'x' * 120}"]

    with redirect_stdout(Masked(stream)):  # type: ignore[type-var]  # as `main` does
        guarded(click.Command("outbox", callback=lambda: print_table(["reader", "reply"], [row])), [])

    assert [word in stream.getvalue() for word in ("***", "ana", "fox")] == [True, False, False]


def test_a_file_that_is_called_by_its_reader_is_masked(tmp_path: Path) -> None:
    letter = Letter(sender="", to="o'brien+x@example.org", message_id="<2026-11-23.1.5f6c@example.org>", content=b"")

    reply = FolderTransport(tmp_path).send(letter)

    assert reply.text == "2.0.0 written to o_brien+x_at_example.org-2026-11-23.1.5f6c.eml"
    assert without_addresses(f"test letter: {reply.text}.") == "test letter: 2.0.0 written to ***."


@given(
    local=st.from_regex(r"[a-z0-9](?:[a-z0-9.!#$%&*+/?^_`{}~'=|-]{0,18}[a-z0-9])?", fullmatch=True),
    around=st.sampled_from(["{}", "<{}>", "({})", "{},", "x: {}."]),
)
def test_no_part_of_an_address_is_left(local: str, around: str) -> None:
    assert without_addresses(around.format(f"{local}@example.org")) == around.format("***")


@pytest.mark.parametrize("text", ["." * 30_000 + " bo@example.org", "a" * 30_000 + "@", "a=" * 15_000 + "@", "a@" + "." * 30_000])
def test_a_long_word_without_an_address_is_looked_at_once(text: str) -> None:
    began = process_time()
    shown = without_addresses(text)

    assert "bo@" not in shown
    assert process_time() - began < 4  # a row of dots took twenty seconds
