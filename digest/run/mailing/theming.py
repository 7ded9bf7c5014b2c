"""Letters in their themes; where an operator has broken one, in its last good state, so that letters go on."""

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
class _Dress:
    """A press in the parts it serves; `stands_in` says for what, "" where it is the wanted theme itself."""

    parts: Parts
    stands_in: str = ""
    is_last: bool = False


def page_of(parts: Parts, issue: Issue, now: datetime) -> Rendering:
    """The issue for whoever has its link, in its theme or in what stands in for it, as its letter is. Changes nothing."""
    return Theming(parts, Report(now), keeps=False).made(issue, lambda parts: render_issue(parts, issue, to_its_reader=False))[0]


class Theming:
    """Writes the letters of one run. What a letter was set in is kept of a theme; of one that cannot be set, the failure is told once."""

    def __init__(self, parts: Parts, report: Report, *, keeps: bool = True) -> None:
        self._parts, self._report, self._keeps = parts, report, keeps
        self._dresses: dict[tuple[str, str], _Dress] = {}
        self._unkept: dict[str, Files] = {}

    def ready(self) -> None:
        """Make the usual theme ready, so that what is wrong with it is told before a letter needs it.

        Raises ThemeError for a built-in one that is broken, ConfigurationError for colours that neither it nor what is kept of it has.
        """
        self._dress("", SOURCE)

    def letter(self, issue: Issue) -> Letter:
        """The issue as it goes over the wire, in its theme or in what stands in for it. Raises what `letter_of` raises."""
        letter, stands_in = self.made(issue, lambda parts: letter_of(parts, issue))
        subscription = issue.subscription
        if stands_in:
            stand_in = StandIn(subscription.subscriber.email, subscription.name, self._name(subscription.theme), stands_in)
            self._report.stand_ins.append(stand_in)
        elif files := self._unkept.pop(self._name(subscription.theme), None):
            self._parts.catalog.themes.keep(self._name(subscription.theme), files, self._report.now)
        return letter

    def made(self, issue: Issue, make: Callable[[Parts], Made]) -> tuple[Made, str]:
        """What `make` makes of the issue with parts whose press can set it, and what stands in for its theme, "" where nothing does."""
        theme, language = issue.subscription.theme, issue.subscription.subscriber.language
        dress = self._dress(theme, language)
        while True:
            try:
                return make(dress.parts), dress.stands_in
            except ThemeError as error:  # a paper that the specimen did not foresee
                dress = self._instead(theme, language, dress, error)

    def _dress(self, theme: str, language: str) -> _Dress:
        place = (theme, language)
        if place not in self._dresses:
            try:
                self._dresses[place] = self._wanted(theme, language)
            except (ThemeError, ConfigurationError) as error:
                self._dresses[place] = self._instead(theme, language, None, error)
        return self._dresses[place]

    def _wanted(self, theme: str, language: str) -> _Dress:
        themes = self._parts.themes
        if themes is None:
            return _Dress(self._parts)
        name = themes.name(theme)
        files = themes.own_files(name)
        press = themes(name, language)
        # A theme whose files have changed meanwhile is being edited: nobody knows which state was set.
        if self._keeps and files is not None and files == themes.own_files(name):
            # The specimen alone is no proof: what it did not foresee must not displace what letters were set in.
            if self._parts.catalog.themes.find(name) is None:
                self._parts.catalog.themes.keep(name, files, self._report.now)
            else:
                self._unkept[name] = files
        return self._with(press)

    def _instead(self, theme: str, language: str, failed: _Dress | None, error: DigestError) -> _Dress:
        """The next best dress: what is kept of the theme, else the last resort. Raises the error where there is none."""
        themes, name = self._parts.themes, self._name(theme)
        if themes is None or (failed and failed.is_last):
            raise error
        is_first = failed is None or not failed.stands_in
        kept = self._parts.catalog.themes.find(name) if is_first else None
        dress = self._as_kept(kept, language, failed) if kept else None
        if dress is None:
            if isinstance(error, ConfigurationError) or (name == LAST_RESORT and _files(self._parts, name) is None):
                raise error
            dress = self._with(themes.last_resort(language), f"the built-in theme {LAST_RESORT}", is_last=True)
        if is_first:
            self._blame(name, error, dress)
        return dress

    def _as_kept(self, kept: GoodTheme, language: str, failed: _Dress | None) -> _Dress | None:
        """What is kept of a theme, if it can still be set and is not what has just failed."""
        assert self._parts.themes is not None, "nothing is kept of a theme without its folder"
        if failed and _files(self._parts, kept.name) == kept.files:
            return None
        try:
            press = self._parts.themes.of_files(kept.name, kept.files, language)
        except (ThemeError, ConfigurationError):
            return None
        return self._with(press, f"{kept.name} as it was on {kept.kept_at:%Y-%m-%d %H:%M} UTC")

    def _blame(self, name: str, error: DigestError, dress: _Dress) -> None:
        hint = f"letters go out in {dress.stands_in} until it is mended; `digest preview ADDRESS --theme {name}` shows whether it is"
        failure = Failure(error.subject, error.message, f"{error.hint}; {hint}" if error.hint else hint)
        if failure not in self._report.failures:
            log.warning("a theme cannot be set", extra={"theme": name})
            self._report.failures.append(failure)

    def _with(self, press: Press, stands_in: str = "", *, is_last: bool = False) -> _Dress:
        return _Dress(replace(self._parts, press=lambda theme, language: press), stands_in, is_last)

    def _name(self, theme: str) -> str:
        return self._parts.themes.name(theme) if self._parts.themes else theme


def _files(parts: Parts, name: str) -> Files | None:
    """The operator's files of that theme, () where they cannot be read."""
    try:
        return parts.themes.own_files(name) if parts.themes else None
    except ThemeError:
        return ()
