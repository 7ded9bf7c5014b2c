"""Write letters in their themes; if an operator has broken a theme, in its last good state, so that letters still go out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from ...catalog.letters.themes import GoodTheme
from ...errors import ConfigurationError, DigestError, ThemeError
from ...model import Failure, Issue, Letter
from ...rendering import Press, Rendering
from ...rendering.languages import SOURCE
from ...rendering.presses import LAST_RESORT, Files
from ..parts import Parts, Report, StandIn
from .letters import letter_of, render_issue

log = logging.getLogger(__name__)
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _ThemedParts:
    """Parts whose press sets one theme; `stands_in` says what replaces the wanted theme, "" if it is the wanted theme itself."""

    parts: Parts
    stands_in: str = ""
    is_last: bool = False


def page_of(parts: Parts, issue: Issue, now: datetime) -> Rendering:
    """The issue for anyone with its link, in its theme or in what stands in for it, as its letter is. Changes nothing."""
    return Theming(parts, Report(now), keeps=False).made(issue, lambda parts: render_issue(parts, issue, to_its_reader=False))[0]


class Theming:
    """Writes the letters of one run. The files that a letter was set with are kept as the theme's last good state; a theme that cannot be
    set is reported once.
    """

    def __init__(self, parts: Parts, report: Report, *, keeps: bool = True) -> None:
        self._parts, self._report, self._keeps = parts, report, keeps
        self._by_theme: dict[tuple[str, str], _ThemedParts] = {}
        self._files_to_keep: dict[str, Files] = {}

    def ready(self) -> None:
        """Prepare the default theme, so that what is wrong with it is reported before a letter needs it.

        Raises ThemeError if a built-in theme is broken, ConfigurationError for colours that neither the theme nor its last good state has.
        """
        self._themed("", SOURCE)

    def letter(self, issue: Issue) -> Letter:
        """The issue as it goes over the wire, in its theme or in what stands in for it. Raises what `letter_of` raises."""
        letter, stands_in = self.made(issue, lambda parts: letter_of(parts, issue))
        subscription = issue.subscription
        if stands_in:
            stand_in = StandIn(subscription.subscriber.email, subscription.name, self._name(subscription.theme), stands_in)
            self._report.stand_ins.append(stand_in)
        elif files := self._files_to_keep.pop(self._name(subscription.theme), None):
            self._parts.catalog.themes.keep(self._name(subscription.theme), files, self._report.now)
        return letter

    def made(self, issue: Issue, make: Callable[[Parts], Made]) -> tuple[Made, str]:
        """What `make` returns for parts whose press can set the issue, and what stands in for its theme ("": nothing does)."""
        theme, language = issue.subscription.theme, issue.subscription.subscriber.language
        themed = self._themed(theme, language)
        while True:
            try:
                return make(themed.parts), themed.stands_in
            except ThemeError as error:  # the specimen, on which themes are tried, had no paper like this
                themed = self._fallback(theme, language, themed, error)

    def _themed(self, theme: str, language: str) -> _ThemedParts:
        place = (theme, language)
        if place not in self._by_theme:
            try:
                self._by_theme[place] = self._wanted(theme, language)
            except (ThemeError, ConfigurationError) as error:
                self._by_theme[place] = self._fallback(theme, language, None, error)
        return self._by_theme[place]

    def _wanted(self, theme: str, language: str) -> _ThemedParts:
        themes = self._parts.themes
        if themes is None:
            return _ThemedParts(self._parts)
        name = themes.name(theme)
        files = themes.own_files(name)
        press = themes(name, language)
        # If the files have changed meanwhile, the theme is being edited, and nobody knows which state the press was made of.
        if self._keeps and files is not None and files == themes.own_files(name):
            # Setting the specimen is no proof that letters can be set, so these files replace the last good ones only after a letter.
            if self._parts.catalog.themes.find(name) is None:
                self._parts.catalog.themes.keep(name, files, self._report.now)
            else:
                self._files_to_keep[name] = files
        return self._with_press(press)

    def _fallback(self, theme: str, language: str, failed: _ThemedParts | None, error: DigestError) -> _ThemedParts:
        """The next best choice: the theme's last good state, else the last resort. Raises the error if there is none."""
        themes, name = self._parts.themes, self._name(theme)
        if themes is None or (failed and failed.is_last):
            raise error
        is_first = failed is None or not failed.stands_in
        kept = self._parts.catalog.themes.find(name) if is_first else None
        themed = self._as_kept(kept, language, failed) if kept else None
        if themed is None:
            if isinstance(error, ConfigurationError) or (name == LAST_RESORT and _files(self._parts, name) is None):
                raise error
            themed = self._with_press(themes.last_resort(language), f"the built-in theme {LAST_RESORT}", is_last=True)
        if is_first:
            self._report_broken(name, error, themed)
        return themed

    def _as_kept(self, kept: GoodTheme, language: str, failed: _ThemedParts | None) -> _ThemedParts | None:
        """The theme's last good state, if it can still be set and is not what has just failed."""
        assert self._parts.themes is not None, "nothing is kept of a theme without its folder"
        if failed and _files(self._parts, kept.name) == kept.files:
            return None
        try:
            press = self._parts.themes.of_files(kept.name, kept.files, language)
        except (ThemeError, ConfigurationError, OSError):  # OSError: there is no temporary folder to set it in, or no room there
            return None
        return self._with_press(press, f"{kept.name} as it was on {kept.kept_at:%Y-%m-%d %H:%M} UTC")

    def _report_broken(self, name: str, error: DigestError, themed: _ThemedParts) -> None:
        hint = f"letters go out in {themed.stands_in} until it is mended; `digest preview ADDRESS --theme {name}` shows whether it is"
        failure = Failure(error.subject, error.message, f"{error.hint}; {hint}" if error.hint else hint)
        if failure not in self._report.failures:
            log.warning("a theme cannot be set", extra={"theme": name})
            self._report.failures.append(failure)

    def _with_press(self, press: Press, stands_in: str = "", *, is_last: bool = False) -> _ThemedParts:
        return _ThemedParts(replace(self._parts, press=lambda theme, language: press), stands_in, is_last)

    def _name(self, theme: str) -> str:
        return self._parts.themes.name(theme) if self._parts.themes else theme


def _files(parts: Parts, name: str) -> Files | None:
    """The operator's files of that theme, () if they cannot be read, None if the theme is built in."""
    try:
        return parts.themes.own_files(name) if parts.themes else None
    except ThemeError:
        return ()
