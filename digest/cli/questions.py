"""The six questions of `digest init`, each with a default for Enter; what an option has answered is not asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import time
from functools import partial
from typing import Any, TypeVar

import click

from ..errors import ConfigurationError
from ..taxonomy import PREPRINT_SUBJECTS, advice, is_known
from .answers import Answers, Server
from .frame import refuse, say
from .presets import PRESETS, Preset, preset_of
from .wishes import value_of

Value = TypeVar("Value")

NOBODY = "you@example.org"
FOLDER = "outbox"
USUAL_CATEGORIES = ("cs.AI", "cs.CL", "cs.LG")
PORTS = {"starttls": 587, "tls": 465, "none": 25}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The values of the options; None and () if not given."""

    address: str | None
    sender: str | None
    server: Server | None
    ca_file: str
    folder: str | None
    topics: tuple[str, ...]
    categories: tuple[str, ...]
    liked: tuple[str, ...]
    at: time | None
    zone: str | None

    @property
    def says_what_is_read(self) -> bool:
        return bool(self.topics or self.categories or self.liked)


def without_questions(given: Given, zone: str) -> Answers:
    """The answers from the options alone, with defaults for the rest. Raises UsageError without an address."""
    if given.address is None:
        raise refuse("init --yes needs to know who reads", "digest init --yes --address ana@example.org")
    return Answers(
        address=given.address,
        sender=given.sender or given.address,
        server=given.server,
        folder=given.folder or FOLDER,
        topics=given.topics,
        categories=given.categories,
        liked=given.liked,
        at=given.at or time(7),
        zone=given.zone or zone,
    )


def ask(given: Given, zone: str) -> Answers:
    """The answers of the person at the terminal."""
    say("Up to six questions. Enter takes what is in brackets; you can change everything in config.toml later.\n")
    address = given.address or _ask("1  Your address", NOBODY, partial(value_of, "address"))
    server, folder = given.server, given.folder
    if server is None and folder is None:
        server, folder = ask_how_to_send(address)
        server = server and replace(server, ca_file=given.ca_file)
    elif server is not None and server.user and not (server.password or server.password_file):
        server = replace(server, password=_ask_password("3  The password"))
    topics, categories, liked = given.topics, given.categories, given.liked
    if not given.says_what_is_read:
        topics, categories, liked = _ask_what_is_read()
    return Answers(
        address=address,
        sender=given.sender or _sender(address, server),
        server=server,
        folder=folder or FOLDER,
        topics=topics,
        categories=categories,
        liked=liked,
        at=given.at or _ask("5  At what hour", "07:00", _hour),
        zone=given.zone or _ask("6  In which time zone", zone, partial(value_of, "zone")),
    )


def ask_how_to_send(address: str, before: Server | None = None) -> tuple[Server | None, str | None]:
    """Questions 2 and 3: the server with its password, or the folder. The earlier answer in `before` is the default."""
    own = preset_of(address)
    choices = [*(preset.name for preset in PRESETS), "a relay without password", "another SMTP server", "into a folder for now"]
    say("2  How should letters be sent?")
    for number, choice in enumerate(choices, start=1):
        say(f"     {number}  {choice}")
    usual = _answered(before, len(choices)) if before else PRESETS.index(own) + 1 if own else len(choices)
    chosen = _ask("   Number", str(usual), partial(_number, len(choices)))
    if chosen == len(choices):
        return None, _ask("   Folder", FOLDER, partial(value_of, "text"))
    if chosen <= len(PRESETS):
        return _ask_login(PRESETS[chosen - 1], address, before if chosen == usual else None), None
    return _ask_server(address, before, logs_in=chosen == len(choices) - 1), None


def _answered(before: Server, most: int) -> int:
    """The number of the choice that led to this server."""
    hosts = [preset.host for preset in PRESETS]
    return hosts.index(before.host) + 1 if before.host in hosts else most - 1 if before.user else most - 2


def _ask_login(preset: Preset, address: str, before: Server | None) -> Server:
    say(f"   {preset.name}: {preset.host}, port {preset.port}; takes {preset.daily_limit} letters a day.")
    say(f"   It wants an app password, made at {preset.app_password}.")
    user = before.user if before else address
    server = Server(host=preset.host, port=preset.port, security=preset.security, user=user, daily_limit=preset.daily_limit)
    return _with_password(server, "3  The app password", before)


def _ask_server(address: str, before: Server | None, *, logs_in: bool) -> Server:
    host, port = _ask("   Server, or server:port", f"{before.host}:{before.port}" if before else "localhost", _host_and_port)
    near = host in ("localhost", "127.0.0.1", "::1")
    words = ["starttls", "tls"] if logs_in else ["starttls", "tls", "none"]
    usual = "tls" if port == 465 else "none" if near and not logs_in else "starttls"
    if before and (before.host, before.port) == (host, port) and before.security in words:
        usual = before.security
    security = click.prompt("   Encryption", default=usual, type=click.Choice(words, case_sensitive=False), err=True)
    server = Server(host=host, port=port or (25 if not logs_in and security != "tls" else PORTS[security]), security=security)
    server = replace(server, ca_file=before.ca_file if before else "")
    if not logs_in:
        return server
    server = replace(server, user=_ask("   User", before.user if before and before.user else address, partial(value_of, "text")))
    return _with_password(server, "3  The password", before)


def _with_password(server: Server, question: str, before: Server | None) -> Server:
    """The server with the typed password or, for Enter, the earlier one."""
    if before is None or not (before.password or before.password_file):
        return replace(server, password=_ask_password(question))
    if typed := _ask_password(question, "to keep the one before"):
        return replace(server, password=typed)
    return replace(server, password=before.password, password_file=before.password_file)


def _ask_password(question: str, otherwise: str = "to add it later") -> str:
    """The password, typed without echo."""
    from ..config import as_password

    typed = click.prompt(f"{question} (not shown; Enter {otherwise})", default="", show_default=False, hide_input=True, err=True)
    return as_password(str(typed))


def _ask_what_is_read() -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    say("4  What do you read?")
    topics = _ask("   Topics, such as 'calibration of language models', with ; between them", "", _topics)
    categories = _ask("   arXiv categories", " ".join(USUAL_CATEGORIES), _categories)
    liked = _ask("   Some papers you like, as arXiv ids", "", _liked)
    return topics, categories, liked


def _sender(address: str, server: Server | None) -> str:
    """The sender's address: providers let an account send only as itself."""
    return server.user if server is not None and "@" in server.user else address


def _ask(question: str, default: str, parser: Callable[[str], Value]) -> Value:
    """Ask until the parser accepts the answer."""

    def process(text: str) -> Value:
        try:
            return parser(text)
        except ConfigurationError as error:
            raise click.UsageError(f"{error.message}; {error.hint}" if error.hint else error.message) from error

    answer: Value = click.prompt(question, default=default, show_default=bool(default), value_proc=process, err=True)
    return answer


def _number(most: int, text: str) -> int:
    """A number from 1 to `most`."""
    if not text.strip().isdecimal() or not 1 <= int(text) <= most:
        raise ConfigurationError("", f"{text!r} is none of the choices", hint=f"a number from 1 to {most}")
    return int(text)


def _topics(text: str) -> tuple[str, ...]:
    """Topics with semicolons between them, as in a cell of a file of people."""
    return tuple(value_of("text", topic) for part in text.split(";") if (topic := part.strip()))


def _categories(text: str) -> tuple[str, ...]:
    """arXiv categories. An unknown one is refused here as a slip or a topic; the configuration accepts it, as arXiv may add some."""
    named = tuple(value_of("category", word) for word in text.replace(",", " ").split())
    for unknown in (each for each in named if not is_known(each) and each.casefold() not in PREPRINT_SUBJECTS):
        raise ConfigurationError("", f"{unknown!r} is no category of arXiv that is known here", hint=advice(unknown))
    return named


def _hour(text: str) -> Any:
    """A time of day; a bare hour is one too."""
    return value_of("clock_time", f"{text.strip()}:00" if text.strip().isdigit() else text)


def _liked(text: str) -> tuple[str, ...]:
    return tuple(value_of("paper_key", word) for word in text.replace(",", " ").split())


def _host_and_port(text: str) -> tuple[str, int]:
    """A server and its port, 0 if none is given."""
    host, colon, port = text.strip().rpartition(":")
    if not colon or ":" in host or "/" in text:
        host, port = text, "0"
    if not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        raise ConfigurationError("", f"{port!r} is not a port", hint="a number from 1 to 65535")
    try:
        return value_of("host", host), int(port)
    except ConfigurationError as error:
        raise ConfigurationError("", error.message, hint="a bare name such as smtp.example.org, or smtp.example.org:587") from error
