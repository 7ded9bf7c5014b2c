"""`digest themes`: which themes there are, and a copy of one to change."""

from __future__ import annotations

from shutil import rmtree
from typing import TYPE_CHECKING

import click

from .ending import end_tidily
from .frame import dry_run_option, json_option, print_json, print_table, refuse, say, settings_if_any, writing
from .leftovers import clear
from .wishes import meant

if TYPE_CHECKING:
    from ..config import RenderingStyle
    from ..rendering.presses import Presses, ThemeThere


@click.group("themes")
def themes() -> None:
    """How letters look: which themes there are, and a copy of one to change (docs/themes.md)."""


@themes.command("list", short_help="Every theme, and whether a letter can be set in it.")
@json_option
@click.pass_context
def list_themes(ctx: click.Context, as_json: bool) -> int:
    """Every theme, where it is from, and whether a letter can be set in it; exits with 1 if not, or if one is missing."""
    from ..config.themes import missing_themes
    from ..rendering import Branding
    from ..rendering.presses import Presses, themes_there

    read, style = settings_if_any(ctx), style_of(ctx)
    presses = Presses(themes=style.themes, branding=Branding(colours=style.colours))
    found = [(theme, _problem(theme, presses)) for theme in themes_there(style.themes)]
    if as_json:
        print_json([_as_json(theme, problem, style.theme) for theme, problem in found])
    else:
        rows = [
            [theme.name, "yes" if theme.name == style.theme else None, _origin(theme), "broken" if problem else "good", theme.description]
            for theme, problem in found
        ]
        print_table(["name", "usual", "from", "state", "what it is"], rows)
    problems = [line for _, problem in found for line in problem]
    problems += missing_themes(read) if read is not None else ()
    for line in problems:
        say(line)
    return 1 if problems else 0


@themes.command("new", short_help="Copy a built-in theme, to change it.")
@click.argument("name", callback=meant("word"))
@click.option("--from", "source", default="paper", show_default=True, metavar="THEME", help="The built-in theme to copy.")
@click.option("--with-text", is_flag=True, help="Also its plain-text and Markdown templates, which are shared otherwise.")
@dry_run_option
@click.pass_context
def new_theme(ctx: click.Context, name: str, source: str, with_text: bool, dry_run: bool) -> None:
    """Copy a built-in theme into your folder of themes as NAME, to change it there; nothing is overwritten."""
    from ..rendering.presses import COMING, copy_theme

    style = style_of(ctx)
    if style.themes is None:
        raise refuse("there is no folder for themes of your own", 'add themes = "themes" under [rendering] in your configuration')
    if dry_run:
        say(f"would copy {source} to {style.themes / name}")
        return
    end_tidily(ctx)
    with writing(style.themes / name, "name another folder with [rendering] themes"):
        clear(style.themes, COMING, rmtree)
        target = copy_theme(name, source, style.themes, with_texts=with_text)
    click.echo(target)
    say(f"change {target / 'letter.mjml'} and {target / 'theme.toml'}; docs/themes.md says how")
    say(f"next: digest preview ADDRESS --theme {name} --format html --out letter.html")
    if style.theme != name:
        say(f'then: theme = "{name}" under [rendering], or for one reader: digest subscribers edit ADDRESS --theme {name}')


def style_of(ctx: click.Context) -> RenderingStyle:
    """The configuration's theme settings; the defaults without a configuration."""
    from ..config import RenderingStyle

    read = settings_if_any(ctx)
    return read.rendering if read is not None else RenderingStyle()


def _problem(theme: ThemeThere, presses: Presses) -> tuple[str, ...]:
    """What is wrong with a theme, and what to do about it; nothing if a letter can be rendered in it."""
    from ..errors import ConfigurationError, ThemeError

    try:
        presses(theme.name)
    except (ThemeError, ConfigurationError) as error:
        return (f"broken: {error}", *([f"  → {error.hint}"] if error.hint else []))
    return ()


def _origin(theme: ThemeThere) -> str:
    return str(theme.folder) if theme.is_own else "built-in"


def _as_json(theme: ThemeThere, problem: tuple[str, ...], usual: str) -> dict[str, object]:
    return {
        "name": theme.name,
        "usual": theme.name == usual,
        "from": _origin(theme),
        "description": theme.description,
        "error": problem[0].removeprefix("broken: ") if problem else None,
    }
