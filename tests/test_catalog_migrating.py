"""A database that an older digest wrote: brought up to date when it is opened, with all that stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from digest.catalog import Catalog, Wanted, open_catalog
from digest.catalog.migrating import HEAD
from digest.catalog.schema import metadata
from digest.model import Interest, Pick, Profile, Reason
from digest.resources import migrations_dir

from .builders import NOON
from .catalog_rooms import a_draft, papers_in

FIRST = """
insert into papers values (1, 'arxiv:2611.00001', 'On the habits of fox 1', 'We study foxes.', '[{"name": "Ana Silva"}]',
  'https://example.org/1', null, null, 1, '["cs.LG"]', '{}',
  '{"title": [1, 3], "abstract": [1, 3], "url": [1, 3], "authors": [1, 3], "categories": [1, 3], "version": [1]}',
  '2026-11-23 12:00:00.000000', 1, '2026-11-23 12:00:00.000000', null);
insert into paper_keys values ('arxiv:2611.00001', 1);
insert into sightings values (1, 'arxiv', 1, '2026-11-23', 'new', 0, '2026-11-23 12:00:00.000000');
insert into subscribers values (1, 'ana@example.org', 'ana@example.org', 'active', null, '2026-11-23 12:00:00.000000');
insert into subscriptions values (1, 1, 'main', null, 'Europe/Berlin', 'en',
  '{"interests": [{"name": "", "topics": ["foxes"], "liked": ["arxiv:2302.09664"], "disliked": []}], "keywords": [], "muted": [],
    "authors": [], "categories": [], "weights": [], "limit": 12, "floor": null}',
  null, '{"every": "daily", "days": [], "at": "07:00:00", "only_above": null, "skip_empty": false}', '', 'html', 0, null, null,
  '2026-11-23 12:00:00.000000');
insert into issues values (1, 1, '2026-11-23', '2026-11-22 06:00:00.000000', '2026-11-23 06:00:00.000000',
  '2026-11-23 06:00:00.000000', '<2026-11-23.1@example.org>', '', 0, '[]', '[]', 1, null);
insert into picks values (1, 0, 1, 'picks', 40.0, '[["topics", 40.0, "topic ''foxes''"]]');
insert into seen values (1, 1, 'new', 1);
insert into deliveries values (1, 1, 'queued', 0, 0, '2026-11-23 12:00:00.000000', '2026-11-23 12:00:00.000000', null,
  '<2026-11-23.1@example.org>', null, null, null, null);
"""
"""What the digest of the first schema stored of a reader and an issue."""


AS_FIRST_WRITTEN = [
    ("0001", "alter table issues drop column subject"),
    ("0003", "alter table libraries drop column save_to; alter table libraries drop column wanted"),
    ("0003", "alter table library_names drop column asked_at"),
    (
        "0004",
        """alter table papers drop column fate; alter table picks drop column version; alter table picks drop column fate;
        delete from marks where name = 'papers'""",
    ),
    ("0005", "create index ix_deliveries_due on deliveries (due); update alembic_version set version_num = '0011'"),
    ("0014", "alter table issues drop column subject"),
]
"""Revisions as some days' digest wrote them: four were changed when they had run already, and 0011 came without those before it."""


def _brought_to(path: Path, revision: str) -> Path:
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    with engine.begin() as connection:
        config.attributes.update(connection=connection, metadata=metadata)
        command.upgrade(config, revision)
    engine.dispose()
    return path


def _run_script(path: Path, script: str) -> None:
    old = sqlite3.connect(path)
    old.executescript(script)
    old.close()


def _columns_and_indexes(path: Path) -> set[tuple[str, str]]:
    """Of every table, the names of its columns and indexes, and the names of marks."""
    database = sqlite3.connect(path)
    columns = database.execute("select m.name, c.name from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table'")
    indexes = database.execute("select tbl_name, name from sqlite_master where type = 'index'")
    found = {*columns, *indexes, *database.execute("select 'a mark', name from marks")}
    database.close()
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database at the first revision, with those rows in it."""
    path = _brought_to(tmp_path / "digest.db", "0001")
    _run_script(path, FIRST)
    return path


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with open_catalog(str(path)) as catalog:
        yield catalog


def test_an_issue_of_the_first_schema_is_read_with_no_interest_named(catalog: Catalog) -> None:
    issue = catalog.issues.load(1)

    (paper,) = catalog.papers.find(["arxiv:2611.00001"]).values()
    assert issue.picks == (Pick(paper=paper, score=40.0, reasons=(Reason("topics", 40.0, "topic 'foxes'"),), interest=""),)


def test_a_profile_of_the_first_schema_has_an_interest_of_weight_one(catalog: Catalog) -> None:
    (ana,) = catalog.subscribers.all()

    assert ana.profile == Profile(interests=(Interest(topics=("foxes",), liked=("arxiv:2302.09664",), weight=1.0),))


def test_a_catalog_of_the_first_schema_goes_on(catalog: Catalog) -> None:
    (ana,) = catalog.subscribers.all()

    (issue,) = catalog.issues.publish([a_draft(ana, *papers_in(catalog, 1, 2), day="2026-11-24")], NOON)
    catalog.vectors.put("minilm", {b"key": b"data"})

    assert [pick.paper.key for pick in issue.picks] == ["arxiv:2611.00002"]
    assert catalog.vectors.get("minilm", [b"key"]) == {b"key": b"data"}


def test_groupings_that_named_readers_likes_are_gone_from_an_older_catalog(path: Path) -> None:
    open_catalog(str(path)).close()
    old = sqlite3.connect(path)
    old.executescript("insert into vectors values ('groups-1', x'01', x'02'), ('groups-1-young', x'01', x'02'), ('minilm', x'01', x'02')")
    old.executescript("drop index ix_subscribers_invited_at; update alembic_version set version_num = '0012'")
    old.close()

    open_catalog(str(path)).close()

    new = sqlite3.connect(path)
    models = new.execute("select model from vectors").fetchall()
    new.close()
    assert models == [("minilm",)]


def test_an_older_catalog_is_migrated_once(path: Path) -> None:
    open_catalog(str(path)).close()
    open_catalog(str(path)).close()

    old = sqlite3.connect(path)
    revisions = old.execute("select version_num from alembic_version").fetchall()
    old.close()
    assert revisions == [(HEAD,)]


def test_it_is_told_once_that_an_older_digest_does_not_open_the_catalog_any_more(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_catalog(str(path)).close()
    open_catalog(str(path)).close()

    told = "the database is of this version now: restart `digest serve` and `digest schedule`; an older digest refuses it"
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [told]


def test_nothing_is_told_of_a_catalog_that_is_made(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    open_catalog(str(tmp_path / "digest.db")).close()

    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize(("revision", "script"), AS_FIRST_WRITTEN)
def test_a_catalog_of_a_revision_as_it_was_first_written_lacks_nothing_afterwards(tmp_path: Path, revision: str, script: str) -> None:
    open_catalog(str(tmp_path / "new.db")).close()
    old = _brought_to(tmp_path / "old.db", revision)
    _run_script(old, script)

    open_catalog(str(old)).close()

    assert _columns_and_indexes(old) == _columns_and_indexes(tmp_path / "new.db")


def test_an_issue_whose_subject_was_not_kept_is_read_without_one(path: Path) -> None:
    _run_script(path, "alter table issues drop column subject")

    with open_catalog(str(path)) as catalog:
        issue = catalog.issues.load(1)

    assert (issue.subject, issue.period.name) == ("", "2026-11-23")


def test_a_library_of_which_it_was_not_kept_what_is_wanted_is_wanted_whole(tmp_path: Path) -> None:
    path = _brought_to(tmp_path / "digest.db", "0003")
    columns = "subscription, address, interest, key_file, followed, cursor, message"
    _run_script(path, "alter table libraries drop column save_to; alter table libraries drop column wanted")
    _run_script(path, f"insert into libraries ({columns}) values (1, 'zotero:user:1', '', 'key', 1, '', '')")

    with open_catalog(str(path)) as catalog:
        (library,) = catalog.libraries.of([1])

    assert (library.save_to, library.wanted) == (None, Wanted())
