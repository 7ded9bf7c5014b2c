"""What every verb shares: the configuration, the time, tables and JSON on stdout, the rest on stderr, exit statuses."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory, mkstemp
from textwrap import indent
from typing import TYPE_CHECKING, Any, TextIO, TypeVar, cast

import click

from ..errors import ConfigurationError, DigestError, UsageError, cure, why
from .leftovers import clear
from .printable import in_json, printable

if TYPE_CHECKING:
    from ..config import Settings
    from ..model import Paper

Command = TypeVar("Command", bound=Callable[..., Any])
LONG = 1_000
"""Rows of a table from which it is laid out more simply."""
STDOUT = Path("-")
"""As a place to write to: what was asked for goes where it goes without one."""


def guarded(command: click.Command, arguments: Sequence[str]) -> int:
    """Run a command and give its exit status; a DigestError is printed as two lines on stderr."""
    debug = "--debug" in arguments
    if debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    try:
        with redirect_stdout(cast("TextIO", _ClosedPipeStdout(sys.stdout))):  # it has what is asked of one
            _check_encoding(arguments)
            status = command.main(args=_general_first(command, arguments), prog_name="digest", standalone_mode=False)
            sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return 2
    except (click.Abort, KeyboardInterrupt) as error:
        # Of a question that was left click does not end the line; of one that was answered with no, and else, it is ended.
        is_left = isinstance(error, click.Abort) and error.__cause__ is None and error.__context__ is not None
        say("\nstopped" if is_left else "stopped")
        return 130
    except DigestError as error:
        if debug:
            traceback.print_exc()
        tell(error)
        return error.exit_status
    except PermissionError as error:
        if error.filename is None or debug:
            raise
        say(f"digest: {error.filename}: {(error.strerror or '').lower()}\n  → let this user reach it, or run as the user whose it is")
        return 2
    except OSError as error:
        if not cure(error):
            raise
        say(f"digest: {error.filename or 'a file, or what it is printed to'}: {why(error)}\n  → {cure(error)}")
        return 1


class _ClosedPipeStdout:
    """A stdout that discards output once the reader is gone, as with `| head -1`: the command goes on and ends with its normal status."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    @property
    def buffer(self) -> _ClosedPipeStdout:
        return _ClosedPipeStdout(self._stream.buffer)

    def write(self, said: Any) -> int:
        with self._going_on():
            self._stream.write(said)
        return len(said)

    def writelines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        with self._going_on():
            self._stream.flush()

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        try:
            yield
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())  # what it holds back must go somewhere, too

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _check_encoding(arguments: Sequence[str]) -> None:
    """Raises UsageError for arguments that are not UTF-8: they can be neither stored nor printed."""
    for argument in arguments:
        if any("\ud800" <= letter <= "\udfff" for letter in argument):
            shown = repr(os.fsencode(argument))[1:]
            raise refuse(f"{shown} is not UTF-8", "type it in a terminal that is set to UTF-8; a file of that name must be renamed")


def _general_first(command: click.Command, arguments: Sequence[str]) -> list[str]:
    """The arguments with global options moved to the front: they may be typed after the command as well."""
    general = {name: option for option in command.params if isinstance(option, click.Option) for name in option.opts}
    first, others, left = list[str](), list[str](), list(arguments)
    while left and left[0] != "--":
        argument = left.pop(0)
        option = general.get(argument.partition("=")[0])
        (others if option is None else first).append(argument)
        if option is not None and not option.is_flag and "=" not in argument:
            if not left:
                raise click.BadOptionUsage(argument, f"Option {argument!r} requires an argument.")
            first.append(left.pop(0))
    return [*first, *others, *left]


def settings(ctx: click.Context) -> Settings:
    """The configuration for this command. Raises ConfigurationError if it cannot be read, or if there is none, with how to make one."""
    from ..config import load

    return load(ctx.find_root().obj["config"])


def settings_if_any(ctx: click.Context) -> Settings | None:
    """The same as `settings`, but None if no configuration is named and none is in the usual places."""
    from ..config import find

    try:
        find(ctx.find_root().obj["config"])
    except ConfigurationError:
        return None
    return settings(ctx)


@contextmanager
def rehearsed(read: Settings, *, dry_run: bool) -> Iterator[Settings]:
    """The settings to use: a dry run creates no database."""
    from ..catalog.health import exists

    if not dry_run or exists(read.database):
        yield read
        return
    with TemporaryDirectory(prefix="digest-") as folder:
        yield replace(read, database=str(Path(folder) / "digest.db"))


@contextmanager
def writing(path: Path, hint: str) -> Iterator[None]:
    """Turn an OSError on a path into a UsageError (exit 2)."""
    try:
        yield
    except OSError as error:
        told = f"{first}, or {hint}" if (first := cure(error)) else hint
        raise UsageError(str(path), f"cannot be written: {why(error)}", hint=told) from error


def write_whole(path: Path, parts: Iterable[bytes], *, is_new: bool = False) -> int:
    """Write a file readable only by its owner, completely or not at all; gives its size.

    A link's target is written. A pipe, a device or a mount is written into, never replaced. FileExistsError: one that `is_new` is there.
    """
    if path.exists() and not path.is_file():
        with path.open("wb") as stream:
            return sum(map(stream.write, parts))
    path = path.resolve()  # /dev/stdout may lead to a file
    begun = f".{path.name}.digest-"
    clear(path.parent, begun, os.unlink)
    descriptor, name = mkstemp(prefix=begun, dir=path.parent)
    coming = Path(name)
    try:
        with open(descriptor, "wb") as file:
            size = sum(map(file.write, parts))
            file.flush()
            os.fsync(file.fileno())
        if is_new:
            path.touch(exist_ok=False)
        try:
            coming.replace(path)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            shutil.copyfile(coming, path)  # a file that is mounted by itself, as into a container, is only written into
    finally:
        coming.unlink(missing_ok=True)
    return size


def called(typed: str, environment: Mapping[str, str]) -> str:
    """The command to type for digest in hints: through uv, by the typed path, or by its name."""
    if "UV_RUN_RECURSION_DEPTH" in environment:
        return "uv run digest"
    found = shutil.which("digest", path=environment.get("PATH"))
    by_name = Path(typed).name != "digest" or (found is not None and Path(found).absolute() == Path(typed).absolute())
    return "digest" if by_name else quote(typed)


def say(text: str) -> None:
    """Print a line for the person at the terminal, on stderr.

    If it cannot be written (terminal closed, log disk full) it is dropped: letters must not wait for that.
    """
    with suppress(OSError):
        click.echo(printable(text), err=True)


def tell(error: DigestError) -> None:
    """Print an error as two lines on stderr: what happened, and what to do."""
    say(f"digest: {error}")
    if error.hint:
        say(f"  → {error.hint}")


def print_json(value: object, *, indent: int | None = 2) -> None:
    """Print the result as JSON on stdout; on one line if `indent` is None."""
    click.echo(in_json(value, sys.stdout.encoding, indent))


def print_json_list(values: Iterable[object]) -> None:
    """Print the same list as `print_json` would, one item at a time: a very long one would fill the memory."""
    before = "[\n"
    for value in values:
        click.echo(f"{before}{indent(in_json(value, sys.stdout.encoding, 2), '  ')}", nl=False)
        before = ",\n"
    click.echo("[]" if before == "[\n" else "\n]")


def titled(paper: Paper) -> str:
    """A paper's title for people to read: formulas and TeX's commands as letters show them."""
    from ..rendering.cards import title_of

    return str(title_of(paper))


def authors_of(paper: Paper) -> str:
    """The first three of a paper's authors."""
    names = [author.name for author in paper.authors]
    return ", ".join(names[:3]) + (" et al." if len(names) > 3 else "")


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print the result as a table on stdout, without interpreting mark-up; nothing if there are no rows."""
    if not rows:
        return
    masked = getattr(sys.stdout, "masked", str)  # here, as an address may be broken into two lines
    cells = [["" if cell is None else masked(printable(str(cell))) for cell in row] for row in rows]
    if len(rows) > LONG:
        _print_long(headings, cells)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    width = console.width if console.is_terminal else 160
    room = width - 2 - 3 * (len(headings) - 1)  # less the margins, and what parts two columns
    widths = shrunk([(heading, *column) for heading, column in zip(headings, zip(*cells, strict=True), strict=True)], room)
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading, given in zip(headings, widths, strict=True):
        table.add_column(heading, overflow="fold", width=given)  # an address that is cut off can neither be read nor copied
    for row in cells:
        table.add_row(*map(Text, row))
    drawing = Console(highlight=False, width=width)
    if console.is_terminal:
        drawing.print(table)
        return
    with drawing.capture() as drawn:
        drawing.print(table)
    click.echo("\n".join(map(str.rstrip, drawn.get().splitlines())))


def shrunk(columns: Sequence[Sequence[str]], room: int) -> list[int | None]:
    """The width of each column within `room`: the widest is narrowed first, and none so far that a word is broken.

    None for each if the longest words alone need more: then words are broken.
    """
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in columns]
    least = [max(cell_len(word) for cell in column for word in cell.split() or [""]) for column in columns]
    if sum(least) > room:
        return [None] * len(columns)
    while sum(widths) > room:
        widest = max(range(len(widths)), key=lambda place: widths[place] if widths[place] > least[place] else -1)
        widths[widest] -= 1
    return [*widths]


def _print_long(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The same for thousands of rows, each on one line however long: rich would take a millisecond per row."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
    for line in (headings, ["-" * width for width in widths], *rows):
        padded = (cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True))
        click.echo(f" {'   '.join(padded)}".rstrip())


class Moment(click.ParamType[datetime]):
    """A click type for an ISO date and time; without a zone it is UTC."""

    name = "ISO"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        moment = None
        with suppress(ValueError):
            moment = datetime.fromisoformat(value)
        if moment is None or not 1970 < moment.year < 9000:  # what is reckoned from it must be a date, too
            self.fail(f"{value!r} is not a date and time such as 2026-11-23T07:00:00+01:00", param, ctx)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def now_option(command: Command) -> Command:
    """`--now ISO`: the time the command believes it is; hands over `now` (None: use `clock(now)`)."""
    return click.option("--now", type=Moment(), default=None, help="The time to work at (default: the clock).")(command)


def clock(now: datetime | None) -> datetime:
    """The time given, else the clock's, in UTC."""
    return now or datetime.now(UTC)


def json_option(command: Command) -> Command:
    """`--json`: hands over `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")(command)


def dry_run_option(command: Command) -> Command:
    """`--dry-run`: hands over `dry_run`."""
    return click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")(command)


def refuse(message: str, hint: str = "") -> UsageError:
    """An error for a command used in a way that cannot work (exit 2)."""
    return UsageError("", message, hint=hint)
