"""Opening a catalog: made, migrated, refused, shared by processes, and written through two doors."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from digest.catalog import Catalog, open_catalog
from digest.catalog.migrating import HEAD
from digest.catalog.schema import metadata
from digest.errors import CatalogError
from digest.resources import migrations_dir

from .builders import NOON, a_batch, a_paper


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def in_a_process(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def change_marks_and_fail(catalog: Catalog) -> None:
    with catalog.writing() as connection:
        connection.execute(text("update marks set value = 7"))
        raise ZeroDivisionError


def test_a_new_catalog_is_readable_by_its_owner_only_even_under_a_loose_umask(tmp_path: Path) -> None:
    with umask(0), open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.secrets()

        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}

    assert modes == {"digest.db": 0o600, "digest.db-wal": 0o600, "digest.db-shm": 0o600}


def test_so_is_one_at_the_end_of_a_link(tmp_path: Path) -> None:
    (tmp_path / "digest.db").symlink_to("data.db")

    with umask(0), open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.secrets()

        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("data.db*")}

    assert modes == {"data.db": 0o600, "data.db-wal": 0o600, "data.db-shm": 0o600}


def test_what_is_deleted_is_overwritten_also_where_sqlite_does_not_do_so_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def forgetful(*place: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*place, **options)
        connection.execute("pragma secure_delete = off")
        return connection

    monkeypatch.setattr("sqlite3.dbapi2.connect", forgetful)
    with open_catalog(str(tmp_path / "digest.db")) as catalog, catalog.reading() as connection:
        assert connection.exec_driver_sql("pragma secure_delete").scalar() == 1


def test_the_head_that_is_written_down_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_migrations_make_the_tables_of_the_schema(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog, catalog.reading() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": metadata, "compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_an_address_of_a_file_opens_the_same_catalog_as_its_path(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        secrets = catalog.secrets()

    with open_catalog(f"sqlite:///{tmp_path}/digest.db") as again:
        assert again.secrets() == secrets
    assert [len(secret) for secret in secrets] == [32]


def test_four_processes_that_open_a_fresh_catalog_at_once_make_it_once(tmp_path: Path) -> None:
    code = "import sys; from digest.catalog import open_catalog\nwith open_catalog(sys.argv[1]) as c: print(c.secrets()[0].hex())"

    processes = [in_a_process(code, str(tmp_path / "digest.db")) for _ in range(4)]
    said = [process.communicate() for process in processes]

    assert len(set(said)) == 1
    assert said[0][1] == ""


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    path.write_text("dear diary, " * 100)

    with pytest.raises(CatalogError, match="not a database") as caught:
        open_catalog(str(path))

    assert caught.value.hint == "name another file as `database`; this one holds something else"
    assert path.read_text() == "dear diary, " * 100


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table photos (id integer)")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(CatalogError, match="belongs to another program"):
        open_catalog(str(path))

    assert path.read_bytes() == before


def test_a_catalog_of_a_newer_digest_is_refused(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog, catalog.writing() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))

    with pytest.raises(CatalogError, match=r"made by a newer digest \(9999\): this one does not open it$") as caught:
        open_catalog(str(tmp_path / "digest.db"))

    assert "upgrade digest" in caught.value.hint
    assert "digest state load" in caught.value.hint


def test_a_catalog_that_may_not_be_written_is_refused(tmp_path: Path) -> None:
    open_catalog(str(tmp_path / "digest.db")).close()

    with pytest.raises(CatalogError, match="readonly") as caught:
        open_catalog(f"sqlite:///file:{tmp_path}/digest.db?mode=ro&uri=true")

    assert caught.value.hint == "make the file and its folder writable for this user"


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="No such file or directory") as caught:
        open_catalog(str(tmp_path / "nowhere" / "digest.db"))

    assert caught.value.hint == "make the folder first, and let this user write in it"


@pytest.mark.parametrize(
    "database",
    [
        "postgresql://localhost/digest",
        ":memory:",
        "sqlite://",
        "sqlite://data/digest.db",
        "sqlite:///digest.db?timeout=long",
        "sqlite+aiosqlite:///digest.db",
        "nonsense://",
        "a://b:c:d/",
    ],
)
def test_other_databases_are_refused_with_what_to_write_instead(database: str) -> None:
    with pytest.raises(CatalogError) as caught:
        open_catalog(database)

    assert 'database = "digest.db"' in caught.value.hint


def test_a_damaged_catalog_is_an_error_with_a_hint(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    open_catalog(str(path)).close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    with pytest.raises(CatalogError, match="malformed"):
        open_catalog(str(path)).close()


def test_a_writer_waits_for_another_process_and_then_stops_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "digest.db"
    with open_catalog(str(path), patience=0.05) as catalog:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("begin immediate")

        with pytest.raises(CatalogError, match="locked"):
            catalog.papers.record(a_batch(a_paper()), NOON)
        other.execute("rollback")
        other.close()

        assert catalog.papers.record(a_batch(a_paper()), NOON) == 1


def remove(database: Path) -> None:
    database.unlink()


def put_another_in_its_place(database: Path) -> None:
    another = database.with_name("another.db")
    open_catalog(str(another)).close()
    another.replace(database)


def move_the_folder(database: Path) -> None:
    database.parent.rename(database.parent.with_name("elsewhere"))


@pytest.mark.parametrize("lose", [remove, put_another_in_its_place, move_the_folder])
def test_a_catalog_whose_file_is_lost_while_it_is_open_is_neither_read_nor_written(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    (tmp_path / "here").mkdir()
    database = tmp_path / "here" / "digest.db"
    with open_catalog(str(database)) as catalog:
        catalog.papers.record(a_batch(a_paper()), NOON)
        lose(database)

        with pytest.raises(CatalogError, match="while it was open"):
            catalog.papers.record(a_batch(a_paper("doi:10.1000/x")), NOON)
        with pytest.raises(CatalogError, match="while it was open"):
            catalog.papers.cutoff()


def test_a_catalog_that_is_put_back_goes_on(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with open_catalog(str(tmp_path / "here" / "digest.db")) as catalog:
        move_the_folder(tmp_path / "here" / "digest.db")
        (tmp_path / "elsewhere").rename(tmp_path / "here")

        assert catalog.papers.record(a_batch(a_paper()), NOON) == 1


def test_four_threads_that_read_change_and_write_lose_nothing(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:

        def add_fifty(_: int) -> None:
            for _ in range(50):
                with catalog.writing() as connection:
                    value = connection.scalar(text("select value from marks where name = 'synced'"))
                    connection.execute(text("update marks set value = :value"), {"value": value + 1})

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add_fifty, range(4)))

        with catalog.reading() as connection:
            assert connection.scalar(text("select value from marks")) == 200


def test_an_exception_undoes_the_whole_transaction(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        with pytest.raises(ZeroDivisionError):
            change_marks_and_fail(catalog)

        with catalog.reading() as connection:
            assert connection.scalar(text("select value from marks")) == 0


def test_a_reader_sees_one_state_while_others_write(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog, catalog.reading() as connection:
        before = connection.scalar(text("select count(*) from papers"))
        catalog.papers.record(a_batch(a_paper()), NOON)

        assert (before, connection.scalar(text("select count(*) from papers"))) == (0, 0)


def test_a_disk_that_is_so_full_that_nothing_can_be_opened_is_not_called_broken_alone(catalog: Catalog) -> None:
    with pytest.raises(CatalogError) as told, catalog.writing():
        raise OperationalError("insert", {}, sqlite3.OperationalError("disk I/O error"))

    assert told.value.hint == "make room on the disk if it is full (df -h), else check it; what was stored before is safe"
