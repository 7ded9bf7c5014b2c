"""What the configuration and the readers make of a run's parts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from digest.catalog import open_catalog
from digest.config import parse
from digest.model import Edition
from digest.sources.arxiv import Arxiv
from digest.wiring import build

from .builders import NOON, a_profile, a_subscription

CONFIG = """
database = "digest.db"
[sender]
from = "digest@example.org"
[delivery]
transport = "null"
[[sources]]
name = "arxiv"
kind = "arxiv"
"""


def pulled(folder: Path) -> list[str]:
    """The addresses that a run would ask arXiv for."""
    with build(parse(CONFIG, folder / "config.toml", {}), NOON) as parts:
        (source,) = parts.sources
        assert isinstance(source, Arxiv)
        return [page.url.rpartition("/")[2] for page in source.pages]


def test_arxiv_is_asked_for_the_categories_that_readers_name_paused_ones_too(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription("ana@example.org", profile=a_profile("proteins", categories=("q-bio.BM",))), NOON)
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="cs.RO")), NOON)
        catalog.subscribers.add(a_subscription("cy@example.org", edition=Edition(name="trending")), NOON)
        catalog.subscribers.pause("ana@example.org", NOON + timedelta(days=9), NOON)

    assert pulled(tmp_path) == ["cs.RO", "q-bio.BM"]


def test_a_reader_without_categories_is_served_from_the_usual_ones(tmp_path: Path) -> None:
    with open_catalog(str(tmp_path / "digest.db")) as catalog:
        catalog.subscribers.add(a_subscription("ana@example.org"), NOON)
        catalog.subscribers.add(a_subscription("bo@example.org", edition=Edition(name="cs.RO")), NOON)

    assert pulled(tmp_path) == ["cs.AI", "cs.CL", "cs.LG", "cs.RO"]
