"""The command line: one file per family of verbs; each parses, makes one call and prints.

Commands are imported when they are used, so `digest --help` answers at once.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from io import TextIOWrapper

import click

from .. import __version__

# verb → (module, one line for --help). The module holds a click command or group of the verb's name ("test-mail" → test_mail).
VERBS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Today's papers for three sample readers, as files to look at."),
    "init": ("init", "Write your configuration, try the server, send a first letter."),
    "test-mail": ("test_mail", "Send one test letter with the configured server."),
    "doctor": ("doctor", "Whether letters can leave and arrive; if not, what to do."),
    "dkim": ("dkim", "A key that signs letters, and its DNS record: keygen, show."),
    "subscribers": ("subscribers", "Who gets what: add, edit, import, invite, export, forget …"),
    "feedback": ("feedback", "What readers say of papers: add, list, undo."),
    "saved": ("feedback", "The papers a reader saved, as a table or BibTeX."),
    "inbox": ("inbox", "Carry out what readers mail back."),
    "bounces": ("bounces", "Count what came back: undeliverable letters, complaints."),
    "sources": ("sources", "Where papers come from: list, add, try, pause."),
    "themes": ("themes", "How letters look: list the themes, copy one to change it."),
    "models": ("models", "Models that tell which papers are alike: install, list, remove."),
    "run": ("run", "One whole run, made for cron: fetch, rank, publish, deliver."),
    "fetch": ("run", "Only pull the listings."),
    "deliver": ("run", "Only hand over the letters that are due."),
    "outbox": ("outbox", "Letters that wait or failed, and why: list, retry, cancel."),
    "schedule": ("schedule", "Stay running and do what is due, without cron."),
    "preview": ("look", "What a reader would get now; sends and changes nothing."),
    "search": ("look", "The catalog's papers nearest to a topic."),
    "explain": ("look", "Why a reader gets a paper, or why not."),
    "backtest": ("backtest", "Past issues made again: what they would have caught."),
    "status": ("look", "How sources, readers and letters stand, and what is wrong."),
    "state": ("state", "The whole state as one encrypted file: save, load."),
    "serve": ("serve", "Issues in a browser, and the pages behind the links of letters."),
}


class LazyGroup(click.Group):
    """A click group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, _ = VERBS[cmd_name]
        command = getattr(import_module(f".{module}", __name__), cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Like click's own, which would suggest similar commands only after importing them all."""
        word = args[0]
        if word not in VERBS and not word.startswith("-"):
            from difflib import get_close_matches

            if near := get_close_matches(word, VERBS, n=1):
                raise click.UsageError(f"No such command {word!r}. Did you mean {near[0]!r}?", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(verb, line) for verb, (_, line) in VERBS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="digest")
@click.option("--config", "config_path", metavar="PATH", help="Default: $DIGEST_CONFIG, ./config.toml, ~/.config/digest/config.toml.")
@click.option("--mask-addresses", is_flag=True, help="Show mail addresses as ***, for logs that others can read.")
@click.option("--debug", is_flag=True, help="Show the full trace of an error, and the log.")
@click.pass_context
def digest(ctx: click.Context, config_path: str | None, mask_addresses: bool, debug: bool) -> None:
    """The few right papers, every morning, by mail.

    New here? `digest demo` needs nothing; `digest init` sets up your own letter.
    """
    ctx.obj = {"config": config_path, "debug": debug, "masked": mask_addresses}


def main() -> None:
    """Run the command line and leave with 0 (done), 1 (done with failures, or not found) or 2 (could not start)."""
    from .frame import guarded
    from .masking import Masked

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed (`>&-`): nobody hears, and nothing else shall take its number
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115  # open for as long as the process
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr is: a terminal in Latin-1 has no α, and a title may
    if "--mask-addresses" in sys.argv:
        # Not for the length of a command only: the trace of a bug is printed after it.
        sys.stdout, sys.stderr = Masked(sys.stdout), Masked(sys.stderr)
    sys.exit(guarded(digest, sys.argv[1:]))
