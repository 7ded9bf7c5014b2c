"""The answers to `digest init`, and the configuration made from them: a commented file that parses to the same settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import time

from ..model import SourceOptions
from .presets import PRESETS


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mail server. `password` is what was typed or piped in; `password_file` an existing file."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    daily_limit: int = 0
    ca_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Who reads what, when, and how it is sent: through `server`, else into `folder`."""

    address: str
    sender: str
    server: Server | None
    folder: str
    topics: tuple[str, ...]
    categories: tuple[str, ...]
    liked: tuple[str, ...]
    at: time
    zone: str
    sources: tuple[SourceOptions, ...] = ()


PASSWORD_FILE = "smtp-password"
"""The file beside the configuration that `digest init` keeps a password in."""


def config_text(answers: Answers) -> str:
    """The configuration for these answers, with each value quoted so that no answer can add a line of its own."""
    return "\n".join(_blocks(answers))


def toml_text(value: str) -> str:
    """The value as a TOML basic string, on one line."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else _escape(c) for c in escaped) + '"'


def toml_list(values: Sequence[str]) -> str:
    """A TOML list of texts."""
    return f"[{', '.join(toml_text(value) for value in values)}]"


def _blocks(answers: Answers) -> Iterator[str]:
    yield "# The configuration of digest. An unknown key or an invalid value is an error that names its line."
    yield "# config.example.toml has every other setting, with its default. Paths are relative to the folder of this file.\n"
    yield '# The database, where digest keeps what it read and sent.\ndatabase = "digest.db"\n'
    yield f"[sender]\n# The address that letters come from.\nfrom = {toml_text(answers.sender)}\n"
    if answers.server is not None:
        yield _smtp(answers.server)
        yield from _inbox(answers.server)
    else:
        yield '[delivery]\n# Each letter becomes a file. For real mail: transport = "smtp", and an [smtp] table with the host.'
        yield f'transport = "folder"\nfolder = {toml_text(answers.folder)}\n'
    if not answers.sources:
        yield "# Papers come from arXiv (the categories below) and Hugging Face Daily Papers; [[sources]] tables replace the two.\n"
    for source in answers.sources:
        yield _source(source)
    yield _subscriber(answers)


def _smtp(server: Server) -> str:
    file = server.password_file or (PASSWORD_FILE if server.user else "")
    lines = [
        "[smtp]\n# The server that takes the letters.",
        f"host = {toml_text(server.host)}",
        f"port = {server.port}",
        f'# "starttls", "tls", or "none": unencrypted, without a password.\nsecurity = {toml_text(server.security)}',
        *([f"ca_file = {toml_text(server.ca_file)}"] if server.ca_file else []),
        *([f"user = {toml_text(server.user)}"] if server.user else []),
        *([f"# In a file of its own, so that this one can be shown to others.\npassword_file = {toml_text(file)}"] if file else []),
        *([f"# How many letters the provider takes in 24 hours.\ndaily_limit = {server.daily_limit}"] if server.daily_limit else []),
    ]
    return "\n".join(lines) + "\n"


def _inbox(server: Server) -> Iterator[str]:
    """A commented section that would have answers read: it is their own mailbox, and nobody has asked whether digest may look into it."""
    preset = next((preset for preset in PRESETS if preset.host == server.host), None)
    host = preset.imap_host if preset else "imap.example.org"
    if server.user and host:
        yield "# More, Less, Save and Unsubscribe in a letter are mails to the sender. For runs to carry them out, say where they arrive:"
        yield '# take the "# " from the two lines below. Other mails stay unread, where they are; config.example.toml has all of [inbox].'
        yield f"# [inbox]\n# imap_host = {toml_text(host)}\n"


def _source(source: SourceOptions) -> str:
    lines = [
        f"[[sources]]\nname = {toml_text(source.name)}",
        f"kind = {toml_text(source.kind)}",
        *([f"categories = {toml_list(source.categories)}"] if source.categories else []),
        *([f"url = {toml_text(source.url)}"] if source.url else []),
        *([f"details_url = {toml_text(source.details_url)}"] if source.details_url else []),
        *([f"listing_url = {toml_text(source.listing_url)}"] if source.listing_url else []),
        *([f"holidays = {toml_list([day.isoformat() for day in source.holidays])}"] if source.holidays else []),
        *(["allow_private = true"] if source.allow_private else []),
        *(["paused = true"] if source.paused else []),
    ]
    return "\n".join(lines) + "\n"


def _subscriber(answers: Answers) -> str:
    lines = [
        "# The first reader. Others: another table like this, or `digest subscribers add`.",
        f"[[subscribers]]\naddress = {toml_text(answers.address)}",
        "# What to rank by: topics as phrases, papers by arXiv id or DOI; also keywords, authors, and muted words to leave out.",
        f"topics = {toml_list(answers.topics)}",
        f"categories = {toml_list(answers.categories)}",
        f"liked = {toml_list(answers.liked)}",
        '# "daily", "weekdays", "weekly", or days such as "mon,thu".\nevery = "daily"',
        f'at = "{answers.at:%H:%M}"',
        f"zone = {toml_text(answers.zone)}",
        "# The most papers in a letter.\nlimit = 12",
        '# The language of the letter: "en" or "de".\nlanguage = "en"',
    ]
    return "\n".join(lines) + "\n"


def _escape(character: str) -> str:
    number = ord(character)
    return f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"
