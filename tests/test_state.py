"""The state taken along: sealed, kept on a branch, put back whole or not at all."""

from __future__ import annotations

import base64
import errno
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.catalog import open_catalog
from digest.catalog.copying import copy_of, put_copy
from digest.errors import CatalogError, StateError, UsageError
from digest.state import Branch, seal, sealing, unseal

from .builders import NOON, a_subscription
from .command_line import nobody

KEY = "k2mVv0r8Yw5cQm1tZ7dJ4hXbN3pL6sGf"
SAVED_BY_0_1 = (
    "ZGlnZXN0IHN0YXRlIDAxCmI7EJ1TkNkb8PyzIlwu9zIxuLNGbfiD4ST38v4AAAAAaw"
    "QqwN5rZCTjBOkJN08mryHzGScLRlaX1HaVqiWOb4TbOsR5HAB2QsVSTb8="
)


def sealed(content: bytes, key: str = KEY) -> bytes:
    return b"".join(seal([content], key, NOON))


def opened(file: bytes, key: str = KEY) -> tuple[bytes, datetime]:
    """What a sealed file holds, and when it was saved."""
    found = unseal(BytesIO(file), key, "a file")
    return b"".join(found.content), found.saved_at


SEALED = sealed(b"papers and readers")


@pytest.fixture(autouse=True, scope="module")
def derived_once() -> Iterator[None]:
    """The key of a secret and a salt is derived once; that it takes a tenth of a second is its purpose."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "_derived", lru_cache(sealing._derived))
        yield


# --- sealing ----------------------------------------------------------------------------------------------------------


def test_what_was_sealed_comes_back_with_its_time() -> None:
    assert opened(SEALED) == (b"papers and readers", NOON)


def test_blanks_around_a_key_do_not_count() -> None:
    assert opened(SEALED, f" {KEY}\n") == (b"papers and readers", NOON)


def test_content_of_many_parts_comes_back_whole(tmp_path: Path) -> None:
    content = b"papers and readers" * 500_000

    assert opened(b"".join(seal((content[start : start + 700_001] for start in range(0, len(content), 700_001)), KEY, NOON)))[0] == content


def test_what_was_sealed_by_an_earlier_digest_can_still_be_opened() -> None:
    file = base64.b64decode(SAVED_BY_0_1)

    assert opened(file) == (b"papers and readers", NOON)


def test_a_state_is_sealed_part_by_part_as_its_parts_come() -> None:
    asked: list[int] = []

    def content() -> Iterator[bytes]:
        for number in range(3):
            asked.append(number)
            yield os.urandom(1_000_000)

    parts = seal(content(), KEY, NOON)

    assert (len(next(parts)), asked) == (52, [])
    assert (len(next(parts)) > 500_000, asked) == (True, [0])


def test_a_damaged_file_gives_nothing_of_what_it_holds() -> None:
    file = bytearray(sealed(os.urandom(3_000_000)))
    file[-20] ^= 1

    with pytest.raises(StateError, match="damaged"):
        unseal(BytesIO(file), KEY, "a file")


def test_the_same_content_is_never_sealed_alike() -> None:
    assert sealed(b"the same") != sealed(b"the same")


def test_another_key_opens_nothing() -> None:
    with pytest.raises(StateError, match="a file: the key does not open it"):
        opened(SEALED, KEY[::-1])


@settings(max_examples=25)
@given(place=st.integers(0, len(SEALED) - 1), bit=st.integers(0, 7))
def test_no_octet_can_be_changed_without_notice(place: int, bit: int) -> None:
    changed = bytearray(SEALED)
    changed[place] ^= 1 << bit

    with pytest.raises(StateError):
        opened(bytes(changed))


@settings(max_examples=25)
@given(length=st.integers(0, len(SEALED) - 1))
def test_a_file_that_was_cut_off_is_told(length: int) -> None:
    with pytest.raises(StateError):
        opened(SEALED[:length])


def test_a_file_that_is_cut_off_while_it_is_read_is_told() -> None:
    class Emptied(BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(size) if size in (52, 16) else b""  # head and tag alone

    with pytest.raises(StateError, match="damaged"):
        unseal(Emptied(SEALED), KEY, "a file")


def test_a_file_of_a_newer_digest_is_told_as_such() -> None:
    with pytest.raises(StateError, match="saved by a newer digest"):
        opened(b"digest state 02\n" + SEALED[16:])


@pytest.mark.parametrize("key", ["", "swordfish", " " * 40])
def test_a_word_is_no_key(key: str) -> None:
    with pytest.raises(UsageError, match="too short"):
        sealed(b"", key)


# --- the database -----------------------------------------------------------------------------------------------------


def test_a_copy_is_whole_while_the_catalog_is_open_and_written(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.adopt([a_subscription()], NOON)  # still in the write-ahead log
        key = catalog.secrets()
        put_copy(copy_of(str(tmp_path / "digest.db")), str(tmp_path / "copy.db"))

    with open_catalog(str(tmp_path / "copy.db")) as copy:
        assert [s.subscriber.email for s in copy.subscribers.all()] == ["ana@example.org"]
        assert copy.secrets() == key
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600


def test_a_copy_replaces_a_database_only_when_told_so(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.adopt([a_subscription()], NOON)
    copy = list(copy_of(str(tmp_path / "digest.db")))
    open_catalog(str(tmp_path / "other.db")).close()

    with pytest.raises(CatalogError, match="there is a database already"):
        put_copy(copy, str(tmp_path / "other.db"))
    put_copy(copy, str(tmp_path / "other.db"), replace=True)

    with open_catalog(str(tmp_path / "other.db")) as other:
        assert len(other.subscribers.all()) == 1


def test_an_old_copy_in_which_no_number_can_be_left_out_is_refused(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "odd.db")) as odd:
        odd.execute("create table paper_keys (key text)")
        odd.execute("create table alembic_version as select '0001' as version_num")

    with pytest.raises(CatalogError, match="the copy cannot be made ready: no such table: sqlite_sequence"):
        put_copy([(tmp_path / "odd.db").read_bytes()], str(tmp_path / "digest.db"), is_old=True)

    assert [path.name for path in tmp_path.iterdir()] == ["odd.db"]


@pytest.mark.parametrize("is_there", [False, True])
def test_a_copy_lies_where_a_link_leads(tmp_path: Path, is_there: bool) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.secrets()
    copy = list(copy_of(str(tmp_path / "digest.db")))
    (tmp_path / "volume").mkdir()
    (tmp_path / "link.db").symlink_to(tmp_path / "volume" / "digest.db")
    if is_there:
        put_copy(copy, str(tmp_path / "volume" / "digest.db"))
    before = {path.stat().st_ino for path in (tmp_path / "volume").iterdir()}

    put_copy(copy, str(tmp_path / "link.db"), replace=True)

    (loaded,) = (tmp_path / "volume").iterdir()
    assert (tmp_path / "link.db").is_symlink()
    assert loaded.stat().st_ino not in before


def test_a_dry_run_looks_at_a_copy_where_there_is_to_be_room_for_it_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    open_catalog(str(tmp_path / "digest.db")).close()
    seen: list[str] = []

    def watched() -> Iterator[bytes]:
        seen.extend(path.name for path in (tmp_path / "here").iterdir())
        yield from copy_of(str(tmp_path / "digest.db"))

    put_copy(watched(), str(tmp_path / "here" / "new" / "digest.db"), dry_run=True)

    assert [name[:8] for name in seen] == [".digest-"]
    assert list((tmp_path / "here").iterdir()) == []


def test_what_a_killed_process_left_of_a_copy_is_removed_by_the_next_and_nothing_else(tmp_path: Path) -> None:
    open_catalog(str(tmp_path / "digest.db")).close()
    (tmp_path / ".digest-notes").mkdir()

    def killed() -> Iterator[bytes]:
        yield b"half"
        os.kill(os.getpid(), signal.SIGKILL)

    if not (child := os.fork()):
        put_copy(killed(), str(tmp_path / "other.db"))
    os.waitpid(child, 0)
    left = len(list(tmp_path.glob(".digest-*")))
    put_copy(copy_of(str(tmp_path / "digest.db")), str(tmp_path / "other.db"))

    assert left == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [".digest-notes", "digest.db", "other.db"]


def test_a_copy_that_is_in_place_is_not_called_refused_where_only_its_passing_folder_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_catalog(str(tmp_path / "digest.db")).close()
    copy = list(copy_of(str(tmp_path / "digest.db")))

    def busy(*_: object, **__: object) -> None:
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))

    monkeypatch.setattr(os, "rmdir", busy)
    put_copy(copy, str(tmp_path / "other.db"))

    assert (tmp_path / "other.db").exists()


def test_a_copy_that_is_refused_leaves_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="not a sound catalog"):
        put_copy([b"no database"], str(tmp_path / "new" / "digest.db"))

    assert list(tmp_path.iterdir()) == []


def test_a_database_that_was_made_while_the_copy_came_in_is_not_replaced(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")):
        pass

    def slowly() -> Iterator[bytes]:
        yield from copy_of(str(tmp_path / "digest.db"))
        (tmp_path / "other.db").write_bytes(b"of a run")

    with pytest.raises(CatalogError, match="there is a database already"):
        put_copy(slowly(), str(tmp_path / "other.db"))
    assert (tmp_path / "other.db").read_bytes() == b"of a run"


def test_a_database_that_somebody_has_open_is_not_replaced(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        copy = list(copy_of(str(tmp_path / "digest.db")))

        with catalog.reading() as connection:
            connection.exec_driver_sql("select * from marks").all()
            with pytest.raises(CatalogError, match="another program has it open"):
                put_copy(copy, str(tmp_path / "digest.db"), replace=True)


def test_a_database_that_cannot_be_opened_is_not_said_to_be_open_in_another_program(tmp_path: Path) -> None:
    if os.geteuid():
        pytest.skip("needs root, to be somebody else")
    with open_catalog(str(tmp_path / "digest.db")):
        pass
    copy = list(copy_of(str(tmp_path / "digest.db")))
    with TemporaryDirectory() as theirs:
        os.chmod(theirs, 0o777)
        shutil.copy(tmp_path / "digest.db", f"{theirs}/digest.db")
        os.chmod(f"{theirs}/digest.db", 0o600)

        with nobody(), pytest.raises(CatalogError, match="cannot be replaced: unable to open database file"):
            put_copy(copy, f"{theirs}/digest.db", replace=True)


def test_the_log_of_a_killed_process_is_not_read_into_what_is_put_in_its_place(tmp_path: Path) -> None:
    old = tmp_path / "digest.db"
    with open_catalog(str(old)) as catalog:
        copy = list(copy_of(str(old)))
        catalog.subscribers.adopt([a_subscription()], NOON)
        for tail in ("", "-wal"):
            shutil.copy(f"{old}{tail}", f"{tmp_path / 'killed.db'}{tail}")

    put_copy(copy, str(tmp_path / "killed.db"), replace=True)

    with open_catalog(str(tmp_path / "killed.db")) as catalog:
        assert catalog.subscribers.all() == ()


def test_the_log_of_a_database_that_was_moved_away_is_neither_read_into_the_copy_nor_lost(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with open_catalog(str(path)) as catalog:
        copy = list(copy_of(str(path)))
        catalog.subscribers.adopt([a_subscription()], NOON)  # in the log alone
        for tail in ("", "-wal"):
            shutil.copy(f"{path}{tail}", f"{tmp_path / 'killed.db'}{tail}")
    (tmp_path / "killed.db").rename(tmp_path / "aside.db")

    with pytest.raises(CatalogError, match="belongs to a database that was moved away without it"):
        put_copy(copy, str(tmp_path / "killed.db"))
    (tmp_path / "killed.db-wal").rename(tmp_path / "aside.db-wal")
    put_copy(copy, str(tmp_path / "killed.db"))

    with open_catalog(str(tmp_path / "killed.db")) as put, open_catalog(str(tmp_path / "aside.db")) as aside:
        assert put.subscribers.all() == ()
        assert len(aside.subscribers.all()) == 1


def test_a_copy_put_in_place_at_any_price_reads_no_log_that_lay_there(tmp_path: Path) -> None:
    open_catalog(str(tmp_path / "digest.db")).close()
    copy = copy_of(str(tmp_path / "digest.db"))
    (tmp_path / "other.db-wal").write_bytes(b"of another")

    put_copy(copy, str(tmp_path / "other.db"), replace=True)

    assert not (tmp_path / "other.db-wal").exists()
    open_catalog(str(tmp_path / "other.db")).close()


@pytest.mark.parametrize("content", [b"", b"not a database" * 100], ids=["empty", "text"])
def test_what_is_no_catalog_is_not_put_anywhere(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(CatalogError, match="not a sound catalog"):
        put_copy([content], str(tmp_path / "digest.db"))

    assert list(tmp_path.iterdir()) == []


def test_another_programs_database_is_not_copied(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "photos.db")) as connection:
        connection.execute("create table photos (id integer)")

    with pytest.raises(CatalogError, match="belongs to another program"):
        list(copy_of(str(tmp_path / "photos.db")))


def test_another_programs_database_is_not_put_anywhere(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("create table notes (text)")

    with pytest.raises(CatalogError, match="not a sound catalog"):
        put_copy([(tmp_path / "other.db").read_bytes()], str(tmp_path / "digest.db"))


def test_a_newer_digests_database_is_not_put_in_the_place_of_one_that_can_be_opened(tmp_path: Path) -> None:
    open_catalog(str(tmp_path / "newer.db")).close()
    with closing(sqlite3.connect(tmp_path / "newer.db")) as newer:
        newer.execute("update alembic_version set version_num = '9999'")
        newer.commit()
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.adopt([a_subscription()], NOON)

    with pytest.raises(CatalogError, match="newer digest") as refused:
        put_copy(copy_of(str(tmp_path / "newer.db")), str(tmp_path / "digest.db"), replace=True)

    assert "upgrade digest" in refused.value.hint
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        assert len(catalog.subscribers.all()) == 1


# --- the branch -------------------------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def clones(tmp_path: Path) -> tuple[Path, Path]:
    """Two clones of one repository."""
    if shutil.which("git") is None:
        pytest.skip("needs git")
    git(tmp_path, "init", "--quiet", "--bare", "-b", "main", "origin.git")
    git(tmp_path, "clone", "--quiet", "origin.git", "one")
    git(tmp_path, "clone", "--quiet", "origin.git", "two")
    return tmp_path / "one", tmp_path / "two"


def never(seconds: float) -> None:
    raise AssertionError(f"waited for {seconds} s")


def test_a_branch_holds_what_was_written_last_and_nothing_before(clones: tuple[Path, Path]) -> None:
    one, two = (Branch(clone, "digest-state") for clone in clones)
    first = one.write(b"first", None, sleep=never)
    second = one.write(b"second", first, sleep=never)

    kept = two.read()

    assert kept is not None
    assert (kept.commit, kept.content) == (second, b"second")
    assert git(clones[0].parent / "origin.git", "rev-list", "--count", "digest-state") == "1"


def test_of_two_that_write_the_slower_one_fails_and_the_first_stays(clones: tuple[Path, Path]) -> None:
    one, two = (Branch(clone, "digest-state") for clone in clones)
    loaded = one.write(b"loaded by both", None, sleep=never)
    one.write(b"the quicker one's", loaded, sleep=never)

    with pytest.raises(StateError, match="another run has saved its state meanwhile"):
        two.write(b"the slower one's", loaded, sleep=never)

    kept = two.read()
    assert kept is not None
    assert kept.content == b"the quicker one's"


def test_of_two_first_runs_the_slower_one_fails(clones: tuple[Path, Path]) -> None:
    one, two = (Branch(clone, "digest-state") for clone in clones)
    one.write(b"the quicker one's", None, sleep=never)

    with pytest.raises(StateError, match="another run has saved its state meanwhile"):
        two.write(b"the slower one's", None, sleep=never)


def test_a_dry_run_of_a_write_leaves_the_branch_as_it_is(clones: tuple[Path, Path]) -> None:
    branch = Branch(clones[0], "digest-state")
    first = branch.write(b"first", None, sleep=never)

    branch.write(b"", first, sleep=never, dry_run=True)

    kept = branch.read()
    assert kept is not None
    assert (kept.commit, kept.content) == (first, b"first")


def test_writing_touches_neither_the_work_tree_nor_the_branch_that_is_checked_out(clones: tuple[Path, Path]) -> None:
    (clones[0] / "config.toml").write_text("not committed yet")

    Branch(clones[0], "digest-state").write(b"content", None, sleep=never)

    assert git(clones[0], "status", "--porcelain") == "?? config.toml"
    assert git(clones[0], "branch", "--list") == ""


def test_a_branch_that_is_not_there_is_none_and_a_remote_that_does_not_answer_an_error(clones: tuple[Path, Path]) -> None:
    branch = Branch(clones[0], "digest-state")
    assert branch.read() is None

    shutil.rmtree(clones[0].parent / "origin.git")
    with pytest.raises(StateError, match="git ls-remote"):
        branch.read()


def test_a_folder_outside_of_any_clone_is_told_as_git_puts_it_with_the_place_that_counts(tmp_path: Path) -> None:
    with pytest.raises(StateError) as caught:
        Branch(tmp_path, "digest-state").read()

    assert str(caught.value) == "branch digest-state: git ls-remote: 'origin' does not appear to be a git repository"
    assert caught.value.hint == (
        f"the configuration must lie in a clone of the repository, whose remote `origin` answers; it lies in {tmp_path}"
    )


def test_a_branch_of_another_content_is_left_alone(clones: tuple[Path, Path]) -> None:
    for what in ("begin", "go on"):
        git(clones[0], "-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--allow-empty", "-m", what)
    git(clones[0], "push", "--quiet", "origin", "HEAD:main")

    with pytest.raises(StateError, match="branch main: holds no digest.state"):
        Branch(clones[0], "main").read()

    assert git(clones[0], "rev-list", "--count", "HEAD") == "2"


def test_a_push_without_an_answer_is_tried_again(clones: tuple[Path, Path]) -> None:
    origin, away = clones[0].parent / "origin.git", clones[0].parent / "away.git"
    waited: list[float] = []
    origin.rename(away)

    def comes_back(seconds: float) -> None:
        waited.append(seconds)
        away.rename(origin)

    commit = Branch(clones[0], "digest-state").write(b"content", None, sleep=comes_back)

    assert waited == [2.0]
    assert git(origin, "rev-parse", "digest-state") == commit


def test_a_push_that_hangs_is_tried_again(clones: tuple[Path, Path]) -> None:
    hung: list[Sequence[str]] = []

    def run(words: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        if "push" in words and not hung:
            hung.append(words)
            raise subprocess.TimeoutExpired(words, 300.0)
        return subprocess.run(words, **options)

    waited: list[float] = []

    commit = Branch(clones[0], "digest-state", run).write(b"content", None, sleep=waited.append)

    assert waited == [2.0]
    assert git(clones[0].parent / "origin.git", "rev-parse", "digest-state") == commit


def test_a_remote_that_hangs_is_told(clones: tuple[Path, Path]) -> None:
    def run(words: Sequence[str], **options: Any) -> subprocess.CompletedProcess[bytes]:
        if "ls-remote" in words:
            raise subprocess.TimeoutExpired(words, 300.0)
        return subprocess.run(words, **options)

    with pytest.raises(StateError, match="branch digest-state: git ls-remote: no answer within 300 seconds"):
        Branch(clones[0], "digest-state", run).read()


@pytest.mark.parametrize("name", ["a b", "a..b", ""])
def test_what_is_no_name_of_a_branch_is_refused(clones: tuple[Path, Path], name: str) -> None:
    with pytest.raises(UsageError, match="not a name that a branch can have"):
        Branch(clones[0], name)
