"""A database that an older digest wrote: brought up to date when it is opened, with all that stands in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from digest.catalog import Catalog, open_catalog
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


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database at the first revision, with those rows in it."""
    engine = create_engine(f"sqlite:///{tmp_path}/digest.db")
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()))
    with engine.begin() as connection:
        config.attributes.update(connection=connection, metadata=metadata)
        command.upgrade(config, "0001")
    engine.dispose()
    old = sqlite3.connect(tmp_path / "digest.db")
    old.executescript(FIRST)
    old.close()
    return tmp_path / "digest.db"


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
