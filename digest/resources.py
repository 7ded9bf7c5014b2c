"""Where the files beside the code lie: templates with their languages, the sample listing, the migrations.

A wheel carries them inside the package; a checkout keeps templates beside it, at the top.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates_dir() -> Path:
    """The folder of built-in templates (`themes/`, `text/`, `web/`)."""
    packed = _PACKAGE / "_templates"
    return packed if packed.is_dir() else _PACKAGE.parent / "templates"


def sample_listing() -> Path:
    """The invented listing that `demo` shows where no real one can be reached."""
    return _PACKAGE / "sample" / "listing.json"


def migrations_dir() -> Path:
    """The folder of the catalog's Alembic migrations."""
    return _PACKAGE / "catalog" / "migrations"


def languages_dir() -> Path:
    """The folder of languages that letters may be written in, each a folder with its `digest.mo`."""
    return templates_dir() / "languages"


def language_codes() -> tuple[str, ...]:
    """The codes of those languages ("de", "en"); English is what the messages are written in, so it needs no folder."""
    return tuple(sorted({"en", *(found.parent.name for found in languages_dir().glob("*/digest.mo"))}))
