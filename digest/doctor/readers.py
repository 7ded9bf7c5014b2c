"""Check for wishes of readers that cannot be met: a category that is unknown or not fetched, a theme that is missing or broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from shlex import quote

from .. import taxonomy
from ..config import Settings
from ..errors import ConfigurationError, ThemeError
from ..model import SourceOptions
from ..rendering.contrast import LEAST, low_contrast
from ..rendering.presses import Presses, ThemeThere, themes_there
from ..rendering.themes import palette_of
from ..wiring import presses
from .findings import Finding, note, problem
from .wanted import Askers, Wanted


def wishes(settings: Settings, asked: Wanted) -> Iterator[Finding]:
    """A finding for each wish that cannot be met; `settings` has all sources."""
    yield from _without_theme(settings, asked)
    for doubt, who in asked.doubts.items():
        yield note("readers", who.told(), doubt)
    categories, elsewhere, advice = not_asked(settings.sources, asked.categories)
    for category in categories:
        sentence = f"is read by {asked.categories[category].told()} and asked of no source: {elsewhere}"
        yield note("readers", category, sentence, advice)


def _without_theme(settings: Settings, asked: Wanted) -> Iterator[Finding]:
    """Themes that are missing or broken, each once, with everybody who uses it."""
    there = {theme.name: theme for theme in themes_there(settings.rendering.themes)}
    usual = settings.rendering.theme
    made = presses(settings)
    if wrong := _wrong_colour(made, settings):
        yield wrong
        return
    for theme in dict.fromkeys((usual, *asked.themes)):
        who = asked.themes.get(theme, Askers()).told(*(["[rendering] theme"] if theme == usual else []))
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


def not_asked(sources: Iterable[SourceOptions], categories: Iterable[str]) -> tuple[list[str], str, str]:
    """Those of these arXiv categories that no arXiv source fetches, what comes of them all the same, and what to do about it."""
    arxiv = [source for source in sources if source.kind == "arxiv"]
    asking = [source for source in arxiv if not source.paused]
    advice = "add what is missing to the categories of a [[sources]], or name none there: what readers name is asked then"
    if not asking:
        again = f"let arXiv be asked again (digest sources resume {quote(arxiv[0].name)})" if arxiv else ""
        advice = f"{again or 'add arXiv (digest sources add --kind arxiv)'}, or leave the category out"
    asked = {category for source in asking for category in source.categories}
    missing = [
        category
        for category in sorted(filter(taxonomy.is_known, categories))
        if not {category, category.partition(".")[0]} & asked and not any(each.startswith(f"{category}.") for each in asked)
    ]
    if asking and not all(source.categories for source in asking):
        missing = []  # one that names none asks for what readers name
    return missing, "only what is cross-listed from elsewhere comes" if asking else "no source here asks arXiv", advice
