"""Themes: find the folder, compile its MJML, and prepare its templates in a sandbox (the only importer of mjml).

A theme is a folder with `letter.mjml` and `theme.toml` (its colours); `letter.txt` and `letter.md` are its own or the built-in ones. No
content ever passes through the MJML compiler: only the template is compiled, and Jinja fills the result.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints
from xml.parsers import expat

import mjml
from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from ..errors import ConfigurationError, ThemeError, why
from ..resources import templates_dir
from .cards import Card, PaperView
from .languages import Language
from .letters import LetterView, SectionView
from .markdown import destination
from .others import Headline, OthersGroup, OthersView
from .plain import columns, hang
from .prose import harmless
from .sheets import FILTERS, Sheet
from .syntax import syntax_error
from .written import UnaddressedCard

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
"""What a theme may be called."""
TEXT_FILTERS: Mapping[str, Callable[..., object]] = {"columns": columns, "hang": hang, "destination": destination, **FILTERS}
"""What a template for text and Markdown may do to a word."""
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_ENTITY = re.compile(r"&[A-Za-z][A-Za-z0-9]*;")
_LESS = re.compile(r"<(?![A-Za-z/!])")
_INDENT = re.compile(r"\n\s*")
_COUNTED = re.compile(r" in root template at position (\d+):(\d+)$")
_COLOUR_SLOT = re.compile(r"\{\{ colours\.(\w+) \}\}")
_SAID = re.compile(r'\b_\("([^"{}\\]*)"\)')
_SIDE = re.compile(r"\{\{ (start|end) \}\}")
_TEXTS = frozenset({str, Markup})  # text joined with markup is a Markup too, whatever its parts are
_WORDS = {
    LetterView: "letter",
    SectionView: "section",
    Card: "card",
    UnaddressedCard: "card",
    PaperView: "paper",
    OthersView: "others",
    OthersGroup: "group",
    Headline: "paper",
}
"""What a template is given, and what it is called there."""


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme ready to be filled; `is_own` if it is an operator's."""

    is_own: bool
    html: Sheet
    text: Sheet
    markdown: Sheet

    @property
    def sheets(self) -> tuple[Sheet, Sheet, Sheet]:
        """HTML, text, Markdown."""
        return self.html, self.text, self.markdown


def load_theme(
    name: str, themes: Path | None, *, brand: Mapping[str, str], colours: tuple[tuple[str, str], ...], language: Language
) -> Theme:
    """The theme with that name: the operator's (in `themes`) if there is one, else the built-in one.

    Raises ThemeError (`file:line`) for an absent or broken theme, ConfigurationError for a colour it does not have.
    """
    folder = _folder(name, themes)
    palette = palette_of(folder)
    palette |= _chosen(colours, palette, name)
    page = _environment(autoescape=True)
    plain = _environment(autoescape=False)
    for environment in (page, plain):
        start, end = ("right", "left") if language.direction == "rtl" else ("left", "right")
        environment.globals.update(brand=brand, colours=palette, _=language.say, language=language.code)
        environment.globals.update(direction=language.direction, start=start, end=end)
    is_own = folder.parent != templates_dir() / "themes"
    return Theme(
        is_own=is_own,
        html=_html_sheet(page, folder / "letter.mjml", palette, is_own=is_own),
        text=_plain_sheet(plain, folder, "letter.txt", is_own=is_own),
        markdown=_plain_sheet(plain, folder, "letter.md", is_own=is_own),
    )


def palette_of(folder: Path) -> dict[str, str]:
    """The colours of a theme by name, as "#rrggbb". Raises ThemeError."""
    path = folder / "theme.toml"
    try:
        colours: object = tomllib.loads(read(path)).get("colours", {})
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"line (\d+)", str(error))
        raise ThemeError(f"{path}:{line[1] if line else 1}", str(error), hint='texts stand in quotes: ink = "#1f1c18"') from error
    if not isinstance(colours, dict):
        raise ThemeError(str(path), f"colours is not a table: {colours!r:.40}", hint='write [colours] and below it ink = "#1f1c18"')
    for key, value in colours.items():
        if not (isinstance(value, str) and _COLOUR.fullmatch(value)):
            raise ThemeError(str(path), f"colours.{key}: not a colour: {value!r}", hint='write it as "#rrggbb"')
    return colours


def _folder(name: str, themes: Path | None) -> Path:
    if not NAME.fullmatch(name):
        raise ThemeError(name, "not the name of a theme", hint="use letters, digits, - and _")
    places = [place / name for place in (themes, templates_dir() / "themes") if place is not None]
    found = next((place for place in places if os.path.isdir(place)), None)
    if found is None:
        _require_reach(places[0])
        hint = "`digest themes list` shows those there are"
        raise ThemeError(name, f"there is no such theme in {' or '.join(str(place.parent) for place in places)}", hint=hint)
    return found


def _require_reach(place: Path) -> None:
    """Raise ThemeError for a folder of which nobody can tell whether it is there: this user may not look into the folder it is in."""
    try:
        place.stat()
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise ThemeError(str(place), f"cannot be read: {why(error)}", hint="let this user read it and the folders it is in") from error


def _chosen(colours: tuple[tuple[str, str], ...], palette: Mapping[str, str], theme: str) -> dict[str, str]:
    for name, value in colours:
        if name not in palette:
            hint = f"use one of {', '.join(palette)}"
            raise ConfigurationError(f"rendering.colours.{name}", f"theme {theme!r} has no such colour", hint=hint)
        if not _COLOUR.fullmatch(value):
            raise ConfigurationError(f"rendering.colours.{name}", f"not a colour: {value!r}", hint='write it as "#rrggbb"')
    return dict(colours)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, without its slow check on attributes of a letter's words: those are plain texts in frozen values."""

    def getattr(self, obj: object, attribute: str) -> object:
        if type(obj) in _WORDS and not attribute.startswith("_"):
            try:
                return getattr(obj, attribute)
            except AttributeError:
                return self.undefined(_unknown(_WORDS[type(obj)], attribute, get_type_hints(type(obj))), obj, attribute)
        if obj is self.globals.get("colours") and attribute not in obj:  # type: ignore[operator]  # Jinja keeps its globals as any
            return self.undefined(_unknown("colours", attribute, obj), obj, attribute)  # type: ignore[arg-type]
        return super().getattr(obj, attribute)


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    """An error for an unknown name, suggesting what may have been meant."""
    names = list(known)
    near = difflib.get_close_matches(name, names, n=1)
    meant = f"did you mean {what}.{near[0]}?" if near else f"there are {', '.join(names) or 'none'}"
    return f"there is no {what}.{name}; {meant}"


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    environment = _Sandbox(
        autoescape=autoescape,
        undefined=StrictUndefined,
        finalize=_harmless if autoescape else None,
        trim_blocks=not autoescape,
        lstrip_blocks=not autoescape,
        keep_trailing_newline=True,
        loader=FunctionLoader(_refused),
    )
    environment.filters.update(TEXT_FILTERS)
    return environment


def _refused(name: str) -> None:
    raise TemplateNotFound(name, f"{name!r} is not looked for: a template is one file, without include, import and extends")


def _harmless(value: object) -> object:
    """Turn braces from outside into entities, so that nothing a letter shows can act as a template later."""
    if type(value) in _TEXTS and ("{" in value or "}" in value):  # type: ignore[operator]  # they are texts; a Prose has its entities already
        return harmless(escape(value))
    return value


def _plain_sheet(environment: ImmutableSandboxedEnvironment, folder: Path, file: str, *, is_own: bool) -> Sheet:
    path = folder / file
    if not os.path.isfile(path):
        path = templates_dir() / "text" / file
    source = _translated(environment, read(path))
    return Sheet(environment, path, source, source, is_own=is_own)


def _html_sheet(environment: ImmutableSandboxedEnvironment, path: Path, palette: Mapping[str, str], *, is_own: bool) -> Sheet:
    source = _translated(environment, read(path))
    return Sheet(environment, path, source, _compiled(environment, path, source, palette), is_own=is_own)


def _compiled(environment: ImmutableSandboxedEnvironment, path: Path, source: str, palette: Mapping[str, str]) -> str:
    """The MJML as HTML, with its Jinja in place and the colours, which are the same in every letter, inserted. Raises ThemeError."""
    try:
        environment.parse(source)
        html: str = mjml.mjml2html(source)
    except TemplateSyntaxError as error:
        raise syntax_error(environment, path, source, error) from error
    except ValueError as error:
        line, reason = _xml_error(source, str(error))
        raise ThemeError(f"{path}:{line}", reason, hint="MJML is XML: close every tag, write < as &lt;") from error
    # mrml copies tags it does not know into the letter and says nothing.
    stray = re.search(r"<(mj-[\w-]*)", html)
    if stray:
        line = source.count("\n", 0, source.find(f"<{stray[1]}")) + 1
        raise ThemeError(f"{path}:{line}", f"no such MJML tag here: {stray[1]!r}")
    return _COLOUR_SLOT.sub(lambda found: palette.get(found[1], found[0]), _INDENT.sub("\n", html))


def _translated(environment: ImmutableSandboxedEnvironment, source: str) -> str:
    """The template with its own words in the letter's language; they are the same in every letter."""
    say: Callable[[str], str] = environment.globals["_"]  # type: ignore[assignment]  # Jinja keeps its globals as any
    source = _SIDE.sub(lambda found: str(environment.globals[found[1]]), source)
    return _SAID.sub(lambda found: json.dumps(say(found[1]), ensure_ascii=False), source)  # a text as Jinja writes it


def _xml_error(source: str, reason: str) -> tuple[int, str]:
    """The line and reason of an XML error: from a parser that reports the position, else from the byte offset that mrml gives."""
    blanked = _JINJA.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), source)
    try:
        expat.ParserCreate().Parse(_ENTITY.sub(" ", blanked).encode(), True)
    except expat.ExpatError as error:
        return error.lineno, expat.ErrorString(error.code)
    counted = _COUNTED.search(reason)
    # Not every lookalike of a tag is refused, but a reason without a position means a tag that never ends.
    less = _LESS if counted else re.compile("<")
    compared = next((found.start() for found in _JINJA.finditer(source) if less.search(found[0])), None)
    if compared is not None:
        return source.count("\n", 0, compared) + 1, "a < within Jinja is no MJML: compare the other way round, {% if b > a %}"
    if counted is None:
        return 1, reason
    before, at = (source.encode()[:end].decode(errors="replace") for end in (int(counted[2]), int(counted[1])))
    found = before[len(at) :].strip()
    return before.count("\n", 0, before.rindex(found)) + 1, f"{reason[: counted.start()]}: {found[:60]!r}"


def read(path: Path) -> str:
    """The content of a theme's file. Raises ThemeError if it cannot be read as UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ThemeError(str(path), f"cannot be read: {why(error)}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ThemeError(f"{path}:{line}", "is not UTF-8", hint="save it as UTF-8") from error
