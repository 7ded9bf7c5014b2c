"""The settings as frozen values, with the defaults that config.example.toml shows.

Absent texts are empty; paths are absolute; the only secrets here are the token keys, which are never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal

from ..errors import ConfigurationError, cure
from ..model import SourceOptions, Subscription

Security = Literal["starttls", "tls", "none"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
IMAP_PORTS: dict[Security, int] = {"starttls": 143, "tls": 993, "none": 143}
_SHOWN_APP_PASSWORD = re.compile(r"\w{4}(?:\s+\w{4}){3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """The sender of the letters; `postal_address` may have several lines."""

    address: str
    name: str = ""
    reply_to: str = ""
    postal_address: str = ""
    bounce_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """The server that takes the letters; `daily_limit` 0 means none. Its password comes from `Settings.smtp_password`."""

    host: str
    port: int = PORTS["starttls"]
    security: Security = "starttls"
    ca_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    daily_limit: int = 0
    verp: bool | Literal["auto"] = "auto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dkim:
    """The keys that sign the letters, each with its selector in the domain's DNS; the second key is optional."""

    domain: str
    selector: str
    key_file: Path
    ed25519_selector: str = ""
    ed25519_key_file: Path | None = None

    @property
    def files(self) -> tuple[tuple[str, Path], ...]:
        """Each selector with its key file, RSA first."""
        second = ((self.ed25519_selector, self.ed25519_key_file),) if self.ed25519_key_file else ()
        return ((self.selector, self.key_file), *second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """How letters leave: at most `rate` a second, and `per_domain` at a time to one domain (0: any number).

    `ramp` limits the letters a day while the sender is new: on its first day, its second, and so on.
    """

    transport: Literal["smtp", "folder", "null"] = "smtp"
    folder: Path = Path("outbox")
    connections: int = 1
    rate: float = 0.0
    per_domain: int = 0
    stale_after: timedelta = timedelta(hours=36)
    unknown: Literal["retry", "hold"] = "retry"
    linger: timedelta = timedelta(minutes=45)
    ramp: tuple[int, ...] = ()
    wait: timedelta = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Where readers' mails to us arrive; an empty address means the sender's.

    They are read from a mailbox on a server or from a Maildir; if neither is set, only `digest inbox FILES` reads any. The mailbox's
    password comes from `Settings.imap_password`.
    """

    address: str = ""
    imap_host: str = ""
    imap_port: int = IMAP_PORTS["tls"]
    imap_security: Security = "tls"
    imap_ca_file: Path | None = None
    imap_user: str = ""
    imap_password_file: Path | None = None
    imap_folder: str = "INBOX"
    maildir: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """When an address that letters come back from is suppressed: a full failure counts 1, another ½, once a day."""

    threshold: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Which vectors papers are compared by: an installed model's ("" for none), or those of a server at `endpoint` (a base address).

    `models` is the folder of installed models. The server's key comes from `endpoint_key`.
    """

    model: Literal["", "minilm", "wordllama", "endpoint"] = ""
    models: Path = Path("models")
    endpoint: str = ""
    endpoint_model: str = ""
    endpoint_key_file: Path | None = None
    endpoint_allow_private: bool = False

    def endpoint_key(self) -> str | None:
        """The server's key, from its file; None if it needs none. Raises ConfigurationError."""
        if self.endpoint_key_file is None:
            return None
        return key_in(self.endpoint_key_file, "check [ranking] endpoint_key_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingStyle:
    """How letters look and what is attached to them; `colours` are (name, "#rrggbb") pairs that replace the theme's."""

    theme: str = "paper"
    themes: Path | None = None
    name: str = ""
    colours: tuple[tuple[str, str], ...] = ()
    logo: str = ""
    attach_bibtex: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summaries:
    """The language model that sums up papers: none while `endpoint` (a base address) is empty.

    At most `daily_cap` papers a day (UTC), `timeout` seconds for each. The server's key comes from `key`.
    """

    endpoint: str = ""
    model: str = ""
    key_file: Path | None = None
    allow_private: bool = False
    daily_cap: int = 200
    timeout: int = 60

    def key(self) -> str | None:
        """The server's key, from its file; None if it needs none. Raises ConfigurationError."""
        return None if self.key_file is None else key_in(self.key_file, "check [summaries] key_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Zotero:
    """The API for readers' Zotero libraries: Zotero's own, or a compatible one."""

    url: str = "https://api.zotero.org"
    allow_private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One configuration, read and checked. `path` is its file; `warnings` are sentences for its operator.

    `database` is an absolute path or an SQLAlchemy URL. `base_url` is empty if letters cannot link to a page, and has no "/" at its end.
    """

    path: Path
    database: str = field(repr=False)
    sender: Sender
    base_url: str = ""
    base_url_reach: Literal["public", "internal"] = "public"
    smtp: Smtp | None = None
    dkim: Dkim | None = None
    delivery: Delivery = Delivery()
    inbox: Inbox = Inbox()
    bounces: Bounces = Bounces()
    ranking: Ranking = Ranking()
    rendering: RenderingStyle = RenderingStyle()
    summaries: Summaries = Summaries()
    zotero: Zotero = Zotero()
    sources: tuple[SourceOptions, ...] = ()
    subscribers: tuple[Subscription, ...] = ()
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    proxy: str | None = field(default=None, repr=False)
    no_proxy: str = ""
    warnings: tuple[str, ...] = ()
    environment_password: str | None = field(default=None, repr=False)
    environment_state_key: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The name of letters and pages."""
        return self.rendering.name or self.sender.name or "digest"

    @property
    def sender_name(self) -> str:
        """The name beside the address that letters come from."""
        return self.sender.name or self.name

    @property
    def secret_files(self) -> tuple[Path, ...]:
        """The files that hold a password or a key."""
        keys = (self.ranking.endpoint_key_file, self.summaries.key_file, *(file for _, file in (self.dkim.files if self.dkim else ())))
        named = (self.smtp.password_file if self.smtp else None, self.inbox.imap_password_file, *keys)
        return tuple(path for path in named if path is not None)

    def smtp_password(self) -> str | None:
        """The password for `[smtp] user`: from DIGEST_SMTP_PASSWORD, else from `password_file`; None without a login.

        Raises ConfigurationError if it is needed and missing.
        """
        if self.smtp is None or not self.smtp.user:
            return None
        if self.environment_password:
            return as_password(self.environment_password)
        if self.smtp.password_file is None:
            hint = "name a file with password_file, or set DIGEST_SMTP_PASSWORD"
            raise ConfigurationError(f"{self.path}: [smtp] user", "there is a user but no password", hint=hint)
        return _password_in(self.smtp.password_file, "check [smtp] password_file")

    def imap_password(self) -> str:
        """The password for `[inbox] imap_user`: from `imap_password_file`, else that of `[smtp]` if the user is the same.

        Raises ConfigurationError if there is none.
        """
        if self.inbox.imap_password_file is not None:
            return _password_in(self.inbox.imap_password_file, "check [inbox] imap_password_file")
        password = self.smtp_password() if self.smtp is not None and self.smtp.user == self.inbox.imap_user else None
        if password is None:
            hint = "name a file with imap_password_file"
            raise ConfigurationError(f"{self.path}: [inbox] imap_user", "there is a user but no password", hint=hint)
        return password


def as_password(text: str) -> str:
    """The password without spaces around it, and without those that providers show inside an app password ("abcd efgh ijkl mnop")."""
    bare = text.strip()
    return "".join(bare.split()) if _SHOWN_APP_PASSWORD.fullmatch(bare) else bare


def key_in(path: Path, hint: str) -> str:
    """The key that is the file's only line. Raises ConfigurationError if it cannot be read or holds anything else."""
    key = _secret_in(path, "key", hint).strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(str(path), "holds more than a key", hint="write the key into it, as one line")
    return key


def _password_in(path: Path, hint: str) -> str:
    """The password that is the file's only line. Raises ConfigurationError if it cannot be read or holds anything else."""
    password = as_password(_secret_in(path, "password", hint))
    if len(password.splitlines()) > 1:
        raise ConfigurationError(str(path), "holds more than a password", hint="write the password into it, as one line")
    return password


def pem_in(path: Path) -> bytes:
    """The text of a key's PEM file. Raises ConfigurationError if it cannot be read or is empty."""
    return _secret_in(path, "key", "digest dkim keygen makes one").encode()


def _secret_in(path: Path, what: str, hint: str) -> str:
    """The text of a file that holds a secret. Raises ConfigurationError if it cannot be read or is empty."""
    try:
        secret = path.read_text(encoding="utf-8-sig")  # as the configuration itself is read
    except (OSError, UnicodeDecodeError) as error:
        reason, advice = (error.strerror, cure(error) or hint) if isinstance(error, OSError) else ("it is not text", hint)
        raise ConfigurationError(str(path), f"the {what} cannot be read: {reason}", hint=advice) from error
    if not secret.strip():
        raise ConfigurationError(str(path), f"the {what} file is empty", hint=f"write the {what} into it, as one line")
    return secret
