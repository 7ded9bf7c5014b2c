"""`digest init`: six questions, or options, to a configuration that is tried at once."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import ConfigurationError, DigestError
from ..model import DeliveryStatus
from .answers import PASSWORD_FILE, Answers, Server, config_text
from .frame import called, clock, dry_run_option, now_option, refuse, say, tell, write_whole, writing
from .numbers import Whole
from .presets import PRESETS, preset_named
from .questions import PORTS, Given, ask, ask_how_to_send, without_questions
from .trying import crontab_line, first_letter, send_test_letter, show_top_five, try_server
from .wishes import meant

if TYPE_CHECKING:
    from ..config import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
ELSEWHERE = "name another place: --config"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `digest init` that answer a question."""

    address: str | None
    preset: str | None
    smtp_host: str | None
    smtp_port: int | None
    security: str | None
    ca_file: Path | None
    user: str | None
    password_file: Path | None
    password_stdin: bool
    folder: str | None
    sender: str | None
    topics: tuple[str, ...]
    categories: tuple[str, ...]
    liked: tuple[str, ...]
    at: time | None
    zone: str | None
    sources_from: Path | None


_FILE = click.Path(path_type=Path)
_QUESTIONS = (
    click.option("--address", metavar="ADDRESS", callback=meant("address"), help="Who reads: the first subscriber."),
    click.option("--preset", type=click.Choice([preset.key for preset in PRESETS]), help="A provider whose server is known."),
    click.option("--smtp-host", metavar="HOST", callback=meant("host"), help="The server that takes the letters."),
    click.option("--smtp-port", type=Whole(1, 65535), help="Its port (default: 587, 465 with tls, 25 with none)."),
    click.option("--security", type=click.Choice(PORTS, case_sensitive=False), help="Encryption (default: starttls); none without login."),
    click.option("--ca-file", type=_FILE, help="The certificate authority to trust, as a PEM file (default: the system's)."),
    click.option("--user", metavar="TEXT", callback=meant("text"), help="The login (default with --preset: the address)."),
    click.option("--password-file", type=_FILE, help="A file with the password as its only line."),
    click.option("--password-stdin", is_flag=True, help="Read the password from stdin, and keep it in a file beside the configuration."),
    click.option("--folder", metavar="DIR", callback=meant("text"), help="Instead of a server: write letters into this folder."),
    click.option("--from", "sender", metavar="ADDRESS", callback=meant("address"), help="Whom letters come from (default: the reader)."),
    click.option("--topic", "topics", metavar="TEXT", multiple=True, callback=meant("text"), help="What they read; repeatable."),
    click.option("--category", "categories", metavar="CATEGORY", multiple=True, callback=meant("category"), help="Such as cs.LG."),
    click.option("--like", "liked", metavar="ID", multiple=True, callback=meant("paper_key"), help="A paper they like; repeatable."),
    click.option("--at", metavar="HH:MM", callback=meant("clock_time"), help="The hour of the letter (default: 07:00)."),
    click.option("--zone", metavar="ZONE", callback=meant("zone"), help="The reader's time zone (default: this machine's)."),
    click.option("--sources-from", type=_FILE, help="Take the [[sources]] of this file instead of arXiv and Hugging Face."),
)


def question_options(command: Command) -> Command:
    """Adds the options that answer a question."""
    for decorate in reversed(_QUESTIONS):
        command = decorate(command)
    return command


@click.command("init")
@question_options
@click.option("--force", is_flag=True, help="Replace a configuration that is there.")
@click.option("--yes", is_flag=True, help="Ask nothing, and deliver the first letter at once.")
@now_option
@dry_run_option
@click.pass_context
def init(ctx: click.Context, /, force: bool, yes: bool, now: datetime | None, dry_run: bool, **given: Any) -> int:
    """Write your configuration, try the server, send a test letter, and show what today's issue would be.

    In a terminal it asks up to six questions; with --yes it asks nothing and delivers the reader's first letter.
    """
    path = _target(ctx, force=force)
    options = Options(**given)
    if not yes and not sys.stdin.isatty():
        raise refuse("init asks questions, and there is no terminal", "digest init --yes --address ana@example.org; all options: --help")
    answers = _answers(options, path, yes=yes)
    if dry_run:
        click.echo(config_text(answers))
        say(f"would write this to {path}; nothing was written or sent")
        return 0
    answers, replaces = (answers, force) if yes else _about_an_old_password(answers, path, force=force)
    read = _write(answers, path, force=force, replaces_password=replaces)
    status = _deliver_now(read, answers, now) if yes else _try_and_show(read, answers, now)
    _say_what_is_next(answers, path, clock(now))
    return status


def _target(ctx: click.Context, *, force: bool) -> Path:
    """Where to write the configuration. Raises UsageError if one exists, unless it may be replaced."""
    from ..config import new_path

    path = new_path(ctx.find_root().obj["config"])
    if path.is_dir():
        raise refuse(f"{path} is a folder", ELSEWHERE)
    if path.exists() and not force:
        raise refuse(f"{path} is there already", "--force replaces it; `digest subscribers add` adds a reader")
    return path


def _answers(options: Options, path: Path, *, yes: bool) -> Answers:
    from ..config import local_zone, read_sources

    sources = read_sources(options.sources_from) if options.sources_from else ()  # before six answers are typed in vain
    given = Given(
        address=options.address,
        sender=options.sender,
        server=_server(options, path, yes=yes),
        ca_file=_from(path, options.ca_file),
        folder=options.folder,
        topics=tuple(topic for topic in options.topics if topic),
        categories=options.categories,
        liked=options.liked,
        at=options.at,
        zone=options.zone,
    )
    answers = without_questions(given, local_zone()) if yes else ask(given, local_zone())
    return replace(answers, sources=sources)


def _server(options: Options, path: Path, *, yes: bool) -> Server | None:
    """The server in the options, None if they name none. Raises UsageError for contradictory options."""
    authority = options.ca_file and (yes or options.folder)  # else it is for the server that will be asked for
    named = options.smtp_host or options.preset
    details = options.user or options.security or options.smtp_port or authority or options.password_file or options.password_stdin
    if details and not named:
        raise refuse("there is no server to log in to", "add --smtp-host or --preset")
    if not named:
        return None
    if options.folder or (options.smtp_host and options.preset):
        raise refuse("letters go one way: --smtp-host, --preset or --folder", "give one of them")
    user = options.user or (options.address or "" if options.preset else "")
    if options.preset and not user:
        raise refuse(f"{options.preset} wants to know who logs in", "add --address or --user")
    if not user and (options.password_file or options.password_stdin):
        raise refuse("there is a password and nobody whose it is", "add --user")
    if options.security == "none" and user:
        raise refuse("a password would travel unencrypted with --security none", "use starttls or tls, or leave --user away")
    if options.preset and (options.smtp_port or options.security):
        raise refuse(f"{options.preset} has a port and an encryption of its own", "leave --smtp-port and --security away")
    password_file, ca_file = _from(path, options.password_file), _from(path, options.ca_file)
    password = _password_on_stdin(options) if options.password_stdin else ""
    server = Server(host="", port=0, security="", user=user, password=password, password_file=password_file, ca_file=ca_file)
    if options.preset:
        known = preset_named(options.preset)
        return replace(server, host=known.host, port=known.port, security=known.security, daily_limit=known.daily_limit)
    security = options.security or ("tls" if options.smtp_port == 465 else "starttls")
    return replace(server, host=options.smtp_host or "", port=options.smtp_port or PORTS[security], security=security)


def _password_on_stdin(options: Options) -> str:
    from ..config import as_password

    if options.password_file:
        raise refuse("--password-file and --password-stdin are two passwords", "give one of them")
    password = as_password(sys.stdin.readline())
    if not password:
        raise refuse("there is no password on stdin", "printf '%s\\n' \"$PASSWORD\" | digest init --yes --password-stdin …")
    return password


def _from(config: Path, path: Path | None) -> str:
    """A path as written in the configuration: relative to its folder if inside, else absolute."""
    if path is None:
        return ""
    from ..config.machine import user_path

    full, folder = user_path(str(path)).absolute(), config.absolute().parent
    return str(full.relative_to(folder) if full.is_relative_to(folder) else full)


def _about_an_old_password(answers: Answers, path: Path, *, force: bool) -> tuple[Answers, bool]:
    """Ask whether to replace a password file left by an earlier try with what was typed; otherwise that file is used."""
    secret, server = _secret(path), answers.server
    if server is None or not _keeps_password(server) or not secret.exists() or force:
        return answers, force
    if not secret.read_bytes().strip():  # it was to be added later
        return answers, True
    if server.password and click.confirm(f"{secret.name} is there already. Replace it?", default=True, err=True):
        return answers, True
    say(f"{secret.name} is there already, and its password is taken")
    return replace(answers, server=replace(server, password="", password_file=secret.name)), False


def _keeps_password(server: Server | None) -> bool:
    """Whether we store the server's password in a file."""
    return server is not None and bool(server.user) and not server.password_file


def _secret(path: Path) -> Path:
    return path.absolute().parent / PASSWORD_FILE


def _write(answers: Answers, path: Path, *, force: bool, replaces_password: bool) -> Settings:
    """Store the password and the configuration (both 0600), and parse the latter."""
    from ..config import load, parse

    text, secret, server = config_text(answers), _secret(path), answers.server
    keeps_password = _keeps_password(server)
    with writing(path, ELSEWHERE):
        path.absolute().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = secret.read_bytes() if keeps_password and secret.exists() else None
    if server is not None and keeps_password:
        _write_private(secret, f"{server.password}\n", force=replaces_password, otherwise=f"--password-file {PASSWORD_FILE} takes it, ")
    try:
        parse(text, path)
    except ConfigurationError:
        if before is not None:
            write_whole(secret, [before])  # the configuration that stays may name it
        elif keeps_password:
            secret.unlink()
        raise
    _write_private(path, text, force=force)
    say(f"wrote {path}" + (f" and {secret.name} beside it (only you can read them)" if keeps_password else ""))
    read = load(str(path))
    for warning in read.warnings:
        say(f"warning: {warning}")
    return read


def _write_private(path: Path, text: str, *, force: bool, otherwise: str = "") -> None:
    """Write a file that only its owner can read, completely or not at all. Raises UsageError if one exists that may not be replaced."""
    if path.exists() and not force:
        raise refuse(f"{path} is there already", f"{otherwise}--force replaces it")
    with writing(path, ELSEWHERE):
        write_whole(path, [text.encode()])


def _deliver_now(read: Settings, answers: Answers, now: datetime | None) -> int:
    """Try the server, send the test letter, deliver the first issue."""
    from .run import show

    try:
        say(try_server(read))
        say(f"test letter to {answers.address}: {send_test_letter(read, answers.address, clock(now))}")
    except DigestError as error:
        tell(error)
        _say_how_to_go_on(read)
        return error.exit_status
    report, why_none = first_letter(read, answers.address, clock(now), stands_still=now is not None)
    show(report, as_json=False)
    if why_none:
        say(why_none)
    # A listing that is out of reach this minute is the next run's business: what init is for has been done.
    return 0 if report.deliveries[DeliveryStatus.SENT] == max(report.issues, sum(report.deliveries.values())) else 1


def _try_and_show(read: Settings, answers: Answers, now: datetime | None) -> int:
    """Try the server until it takes a letter or its owner gives up, then show the first issue."""
    works = _try(read, answers, now)
    while not works and click.confirm("Answer question 2 again?", default=True, err=True):
        server, folder = ask_how_to_send(answers.address, answers.server)
        answers = replace(answers, server=server, folder=folder or answers.folder)
        read = _write(answers, read.path, force=True, replaces_password=True)
        works = _try(read, answers, now)
    if not works:
        _say_how_to_go_on(read)
    show_top_five(read, answers.address, clock(now))
    return 0 if works else 1


def _say_how_to_go_on(read: Settings) -> None:
    say(f"{read.path} is kept; once this is mended: {called(sys.argv[0], os.environ)} --config {quote(str(read.path))} test-mail")


def _try(read: Settings, answers: Answers, now: datetime | None) -> bool:
    server = answers.server
    if server is not None and server.user and not (server.password or server.password_file or read.environment_password):
        say(f"no password yet: write it into {read.path.parent / PASSWORD_FILE}, then: digest test-mail")
        return True
    try:
        say(try_server(read))
        say(f"test letter to {answers.address}: {send_test_letter(read, answers.address, clock(now))}")
    except DigestError as error:
        tell(error)
        return False
    return True


def _say_what_is_next(answers: Answers, path: Path, now: datetime) -> None:
    from ..config import local_zone

    if answers.server is not None:
        say("what readers answer (More, Less, Unsubscribe) is read once [inbox] in the configuration says where")
    say("next: crontab -e, and this line:")
    line = crontab_line(path, answers.at, answers.zone, local_zone(), now)
    click.echo(line)
    if (minute := line.partition(" ")[0]) != "5":
        say(f"if readers have full hours, begin it with 5,{minute} * * * * instead: else their letters come late")
