"""Where to find the files that are not code: templates and their languages, the sample listing, the migrations.

In a wheel all of them are inside the package; in a checkout the templates are beside it, at the top level.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def templates_dir() -> Path:
    """The folder of built-in templates (`themes/`, `text/`, `web/`)."""
    packed = _PACKAGE / "_templates"
    return packed if packed.is_dir() else _PACKAGE.parent / "templates"


def sample_listing() -> Path:
    """The invented listing that `demo` shows if no real one can be reached."""
    return _PACKAGE / "sample" / "listing.json"


def migrations_dir() -> Path:
    """The folder of the catalog's Alembic migrations."""
    return _PACKAGE / "catalog" / "migrations"


def languages_dir() -> Path:
    """The folder of translations, with one folder per language, each holding a `digest.mo`."""
    return templates_dir() / "languages"


def language_codes() -> tuple[str, ...]:
    """The codes of the languages letters can be written in ("de", "en"); messages are written in English, so that needs no folder."""
    return tuple(sorted({"en", *(found.parent.name for found in languages_dir().glob("*/digest.mo"))}))
