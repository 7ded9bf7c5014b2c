"""All themes, the operator's before the built-in ones, with a press for each that is rebuilt when its files change."""

from __future__ import annotations

import os
import shutil
import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import ThemeError, UsageError
from ..resources import templates_dir
from .languages import SOURCE
from .press import Branding, Press
from .themes import NAME, palette_of, read

FILES = ("letter.mjml", "theme.toml", "letter.txt", "letter.md")
"""What a theme may consist of; the last two are the built-in ones where it has none of its own."""
LAST_RESORT = "paper"
"""The built-in theme that letters go out in where theirs cannot be set."""
COMING = ".digest-theme-"
"""How the name of a folder begins that a theme is being copied to; it stays where the process is killed."""

Files = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ThemeThere:
    """An available theme: its folder, whether it is the operator's, and its description."""

    name: str
    folder: Path
    is_own: bool
    description: str


class Presses:
    """Gives the press for a theme's name ("": the default) and a language; the same one as long as its files are unchanged.

    Raises ThemeError if a theme is broken or absent, ConfigurationError for a colour it does not have.
    """

    def __init__(self, theme: str = LAST_RESORT, *, themes: Path | None = None, branding: Branding | None = None) -> None:
        self._usual, self._themes, self._branding = theme, themes, branding or Branding()
        self._made = lru_cache(maxsize=32)(self._make)
        self._remade = lru_cache(maxsize=32)(self._remake)
        self._made_plainly = lru_cache(maxsize=32)(self._make_plainly)

    def __call__(self, theme: str = "", language: str = SOURCE) -> Press:
        name = self.name(theme)
        return self._made(name, self.own_files(name), language)

    def name(self, theme: str) -> str:
        """The theme's name, with "" replaced by the default."""
        return theme or self._usual

    def names(self) -> tuple[str, ...]:
        """The names of all themes, including the operator's."""
        return tuple(theme.name for theme in themes_there(self._themes))

    def own_files(self, theme: str) -> Files | None:
        """The current files of an operator's theme; None if the theme is not in their folder."""
        folder = self._themes / theme if self._themes is not None and NAME.fullmatch(theme) else None
        if folder is None or not os.path.isdir(folder):
            return None
        return tuple((path.name, read(path)) for path in sorted(folder / name for name in FILES) if os.path.isfile(path))

    def of_files(self, theme: str, files: Files, language: str) -> Press:
        """A press for that theme made from these files, which need no longer exist."""
        return self._remade(theme, files, language)

    def last_resort(self, language: str) -> Press:
        """A press that depends on none of the operator's files: a built-in theme, with those of their colours that it has."""
        return self._made_plainly(language)

    def _make(self, theme: str, files: Files | None, language: str) -> Press:
        """Make a press; `files` are its cache key."""
        own = next((there.folder for there in themes_there(self._themes) if there.name == theme), None)
        return Press(theme, themes=self._themes, branding=self._branding_for(theme, own), language=language)

    def _make_plainly(self, language: str) -> Press:
        known = palette_of(templates_dir() / "themes" / LAST_RESORT)
        colours = tuple((name, colour) for name, colour in self._branding.colours if name in known)
        return Press(LAST_RESORT, branding=replace(self._branding, colours=colours), language=language)

    def _remake(self, theme: str, files: Files, language: str) -> Press:
        with TemporaryDirectory(prefix="digest-theme-") as folder:
            (Path(folder) / theme).mkdir()
            for name, text in files:
                (Path(folder) / theme / name).write_text(text, encoding="utf-8")
            return Press(theme, themes=Path(folder), branding=self._branding_for(theme, Path(folder) / theme), language=language)

    def _branding_for(self, theme: str, folder: Path | None) -> Branding:
        """The branding without colours that only other themes have; a colour that no theme has stays, so that the press refuses it."""
        if not self._branding.colours or folder is None:
            return self._branding
        own = _colours_of(folder)
        others = {name for there in themes_there(self._themes) if there.name != theme for name in _colours_of(there.folder)}
        colours = tuple((name, colour) for name, colour in self._branding.colours if name in own or name not in others)
        return replace(self._branding, colours=colours)


def themes_there(themes: Path | None) -> tuple[ThemeThere, ...]:
    """Every theme by name; an operator's theme replaces a built-in one with the same name."""
    found: dict[str, ThemeThere] = {}
    for place, is_own in ((templates_dir() / "themes", False), (themes, True)):
        for folder in _entries(place) if place is not None else ():
            if os.path.isdir(folder) and NAME.fullmatch(folder.name):
                found[folder.name] = ThemeThere(folder.name, folder, is_own, _description(folder))
    return tuple(found[name] for name in sorted(found))


def copy_theme(name: str, source: str, themes: Path, *, with_texts: bool = False) -> Path:
    """Copy a built-in theme into the operator's folder, completely or not at all, creating the folder if needed; gives the copy's path.

    `with_texts`: also copy the plain-text and Markdown templates, which the theme otherwise shares. Raises UsageError for an invalid or
    taken name, or an unknown built-in theme; OSError if it cannot be written.
    """
    if not NAME.fullmatch(name):
        raise UsageError(repr(name), "not the name of a theme", hint="use letters, digits, - and _")
    original, target = templates_dir() / "themes" / source, themes / name
    if not NAME.fullmatch(source) or not original.is_dir():
        known = ", ".join(theme.name for theme in themes_there(None))
        raise UsageError(source, "there is no such built-in theme", hint=f"one of {known}")
    if target.exists():
        raise UsageError(str(target), "is there already, and nothing is overwritten", hint="take another name, or move it away")
    texts = [templates_dir() / "text" / file for file in ("letter.txt", "letter.md")] if with_texts else []
    files = {file.name: file for file in (*texts, *original.iterdir())}  # the theme's own texts replace the shared ones
    themes.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=COMING, dir=themes, ignore_cleanup_errors=True) as place:
        coming = Path(place) / name
        coming.mkdir()
        for file in files.values():
            shutil.copyfile(file, coming / file.name)
        coming.rename(target)
    return target


def _entries(place: Path) -> list[Path]:
    try:
        return sorted(place.iterdir())
    except OSError:  # not there, or not for this user to look into: then none of its themes is there either
        return []


def _colours_of(folder: Path) -> frozenset[str]:
    """The names of a theme's colours; none if they cannot be read, which making a press of the theme will report."""
    try:
        return frozenset(palette_of(folder))
    except ThemeError:
        return frozenset()


def _description(folder: Path) -> str:
    """The description in the theme's `theme.toml`; "" if it cannot be read, which making a press will report."""
    try:
        said = tomllib.loads((folder / "theme.toml").read_text(encoding="utf-8")).get("description", "")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError):
        return ""
    return " ".join(said.split()) if isinstance(said, str) else ""
