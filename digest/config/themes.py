"""Warn of themes that the configuration names and that do not exist or cannot be read: letters then use another, so nothing stops."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from ..errors import why
from ..resources import templates_dir
from .settings import Settings


def missing_themes(settings: Settings) -> Iterator[str]:
    """A warning for each missing theme, or one for a folder that cannot be read; readers are not named, since others may read it."""
    usual, own = settings.rendering.theme, settings.rendering.themes
    try:
        there = sorted({name for folder in (templates_dir() / "themes", own) if folder is not None for name in _named(folder)})
    except OSError as error:
        yield f"[rendering] themes: {own} cannot be read: {why(error)}"
        return
    if usual not in there:
        yield f"[rendering] theme: {_doubt(usual, there)}"
    for name in sorted({reader.theme for reader in settings.subscribers} - {"", usual, *there}):
        yield f"[[subscribers]] theme: {_doubt(name, there)}"


def _named(folder: Path) -> list[str]:
    try:
        return [theme.name for theme in folder.iterdir() if theme.is_dir()]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _doubt(name: str, there: list[str]) -> str:
    near = get_close_matches(name.lower(), there, n=1)
    meant = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(there)}"
    return f"there is no theme {name!r}; {meant}"
