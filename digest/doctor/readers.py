"""Check for wishes of readers that cannot be met: a category that is unknown or not fetched, a theme that is missing or broken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from .. import taxonomy
from ..config import Settings
from ..errors import ConfigurationError, ThemeError
from ..model import Subscription
from ..naming import doubt_of_ids
from ..rendering.contrast import LEAST, low_contrast
from ..rendering.presses import Presses, ThemeThere, themes_there
from ..rendering.themes import palette_of
from ..wiring import presses
from .findings import Finding, note, problem

NAMED = 5
"""Readers that a finding names."""


def wishes(settings: Settings, readers: Sequence[Subscription]) -> Iterator[Finding]:
    """A finding for each wish that cannot be met; `settings` has all sources, and reports itself what is misspelt in the file."""
    yield from _without_theme(settings, readers)
    doubts: dict[str, list[str]] = defaultdict(list)
    kinds = [source.kind for source in settings.sources]
    for reader in readers:
        if not reader.configured:
            followed = reader.profile.authors if reader.profile else ()
            for doubt in (*taxonomy.doubts(reader.categories), *doubt_of_ids(followed, kinds)):
                doubts[doubt].append(reader.subscriber.email)
    for doubt, who in doubts.items():
        yield note("readers", _several(who), doubt)
    yield from _not_asked(settings, readers)


def _several(who: Iterable[str]) -> str:
    """Their names; if there are many, the first ones and the number of the others."""
    names = list(dict.fromkeys(who))
    more = len(names) - NAMED
    return ", ".join(names) if more <= 1 else f"{', '.join(names[:NAMED])} and {more:,} others"


def _without_theme(settings: Settings, readers: Sequence[Subscription]) -> Iterator[Finding]:
    """Themes that are missing or broken, each once, with everybody who uses it."""
    there = {theme.name: theme for theme in themes_there(settings.rendering.themes)}
    named = [(settings.rendering.theme, "[rendering] theme"), *((reader.theme, reader.subscriber.email) for reader in readers)]
    made = presses(settings)
    if wrong := _wrong_colour(made, settings):
        yield wrong
        return
    for theme in dict.fromkeys(theme for theme, _ in named if theme):
        who = _several(name for other, name in named if other == theme)
        if theme not in there:
            advice = f"name one of {', '.join(there)}: `digest themes list` shows them"
            sent = "so letters go out as it was last, else in the built-in theme paper"
            yield problem("themes", who, f"there is no theme {theme!r}, {sent}", advice)
        else:
            yield from _broken(made, theme, who) if there[theme].is_own else ()
            yield from _faint(settings, there[theme])


def _faint(settings: Settings, theme: ThemeThere) -> Iterator[Finding]:
    """Colours, of a theme or chosen for it, in which text is hard to read."""
    try:
        palette = palette_of(theme.folder)
    except ThemeError:
        return  # told as a broken theme
    chosen = {name: colour for name, colour in settings.rendering.colours if name in palette}
    for pair in low_contrast({**palette, **chosen}):
        ratio = int(pair.ratio * 10) / 10  # rounded up, 4.46 would be enough
        said = f"text in {pair.text} is hard to read on {pair.page}: their contrast is {ratio}:1, and text needs {LEAST}:1"
        yield note("themes", theme.name, said, "take a darker or lighter colour for one of them")


def _wrong_colour(made: Presses, settings: Settings) -> Finding | None:
    """A colour in the configuration that no theme has, with which no run starts."""
    try:
        if settings.rendering.colours:
            made(settings.rendering.theme)
    except ThemeError:
        return None  # told with who names it
    except ConfigurationError as error:
        return problem("themes", "[rendering] colours", str(error), error.hint)
    return None


def _broken(made: Presses, theme: str, who: str) -> Iterator[Finding]:
    """The finding that a theme of the operator's is broken, and where."""
    try:
        made(theme)
    except ThemeError as error:
        advice = f"mend it; `digest preview ADDRESS --theme {theme}` shows whether it is"
        yield problem("themes", who, f"{str(error).rstrip('.')}; letters go out as it was last, else in the built-in theme paper", advice)


def _not_asked(settings: Settings, readers: Sequence[Subscription]) -> Iterator[Finding]:
    """arXiv categories that readers name and that no arXiv source fetches."""
    sources = [source for source in settings.sources if source.kind == "arxiv" and not source.paused]
    if not all(source.categories for source in sources):
        return
    advice = "add it to the categories of a [[sources]], or name none there: what readers name is asked then"
    if not sources:
        paused = next((source.name for source in settings.sources if source.kind == "arxiv"), "")
        again = f"let arXiv be asked again (digest sources resume {quote(paused)})"
        how = again if paused else "add arXiv (digest sources add --kind arxiv)"
        advice = f"{how}, or leave the category out"
    asked = {category for source in sources for category in source.categories}
    following: dict[str, list[str]] = defaultdict(list)
    for reader in readers:
        for category in reader.categories:
            following[category].append(reader.subscriber.email)
    for category in sorted(filter(taxonomy.is_known, following)):
        if not {category, category.partition(".")[0]} & asked and not any(each.startswith(f"{category}.") for each in asked):
            elsewhere = "only what is cross-listed from elsewhere comes" if sources else "no source here asks arXiv"
            sentence = f"is read by {_several(sorted(following[category]))} and asked of no source: {elsewhere}"
            yield note("readers", category, sentence, advice)
