"""Read the settings from the file and the environment."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Literal

from .. import taxonomy
from ..errors import ConfigurationError, cure, why
from ..model import SourceOptions
from ..naming import doubt_of_ids
from . import addresses, values
from .dkim import dkim_of, domain_name, doubts
from .machine import home, local_zone, models_folder, user_path, whole_text
from .settings import (
    IMAP_PORTS,
    PORTS,
    Bounces,
    Delivery,
    Inbox,
    Ranking,
    RenderingStyle,
    Security,
    Sender,
    Settings,
    Smtp,
    Summaries,
    Zotero,
)
from .subscriptions import KINDS, sources_of, subscribers_of
from .tables import Table, read_toml
from .themes import missing_themes

_NONE_YET = "digest init writes one; digest demo needs none"
_LONGEST_BEFORE_TOKEN = 34  # octets: of 64 before the @ (RFC 5321 §4.5.3.1.1), "+" and a signed word with ids of seven digits take 30
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_SHORTEST_KEY = 16  # bytes; 128 bits, RFC 8058 §3.1 asks for "hard to forge"


def load(path: str | None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings from the configuration file: the one given, else $DIGEST_CONFIG, ./config.toml or ~/.config/digest/config.toml.

    Raises ConfigurationError if there is none or it cannot be used.
    """
    known = os.environ if environment is None else environment
    file = find(path, known)
    return parse(_text_of(file, hint=_NONE_YET), file, known)


def find(path: str | None, environment: Mapping[str, str] | None = None) -> Path:
    """The path of the configuration. A given path need not exist yet; raises ConfigurationError if none is given and none is found."""
    known = os.environ if environment is None else environment
    if named := path or known.get("DIGEST_CONFIG"):
        return user_path(named)
    for file in (Path("config.toml"), home(known) / ".config" / "digest" / "config.toml"):
        if os.path.isfile(file):  # False, too, in a folder that this user may not look into, where Path.is_file raises
            return file
    raise ConfigurationError("", "no configuration", hint=_NONE_YET)


def new_path(path: str | None) -> Path:
    """Where to write a new configuration: the file given, else $DIGEST_CONFIG, else ./config.toml."""
    return user_path(path or os.environ.get("DIGEST_CONFIG") or "config.toml")


def read_sources(path: Path) -> tuple[SourceOptions, ...]:
    """Only the sources in a configuration file. Raises ConfigurationError."""
    return sources_of(read_toml(_text_of(path, hint="name a file with [[sources]] tables"), path).tables("sources"))


def read_signing_domain(path: Path) -> str:
    """Only the domain for which a configuration file's letters are signed. Raises ConfigurationError."""
    file = read_toml(_text_of(path, hint=_NONE_YET), path)
    return file.table("dkim").read("domain", domain_name, _sender(file.table("sender")).address.rpartition("@")[2])


def parse(text: str, path: str | Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in a text, as if it were in that file; the environment is this process's unless another is given.

    Raises ConfigurationError with file, line and key for anything unusable: an unknown key, a wrong type or value, a file that cannot be
    read.
    """
    known = os.environ if environment is None else environment
    file = read_toml(text, Path(path))
    top = file.table("")
    sender = _sender(file.table("sender"))
    settings = Settings(
        path=Path(path).absolute(),
        database=_database(top),
        sender=sender,
        base_url=top.read("base_url", addresses.base_url, ""),
        base_url_reach=top.read("base_url_reach", values.one_of("public", "internal"), "public"),
        smtp=_smtp(file.table("smtp")) if "smtp" in file.values else None,
        dkim=dkim_of(file.table("dkim"), sender.address),
        delivery=_delivery(file.table("delivery")),
        inbox=_inbox(file.table("inbox"), file.table("smtp").text("user")),
        bounces=Bounces(threshold=file.table("bounces").read("threshold", _points, Bounces().threshold)),
        ranking=_ranking(file.table("ranking"), models_folder(known)),
        rendering=_rendering(file.table("rendering")),
        summaries=_summaries(file.table("summaries")),
        zotero=_zotero(file.table("zotero")),
        sources=sources_of(file.tables("sources")),
        subscribers=subscribers_of(file.tables("subscribers"), local_zone(known)),
        secrets=_secrets(known.get("DIGEST_SECRETS", "")),
        proxy=top.read("proxy", values.proxy, "") or _proxy(known.get("HTTPS_PROXY") or known.get("https_proxy") or ""),
        no_proxy=known.get("NO_PROXY") or known.get("no_proxy") or "",
        environment_password=known.get("DIGEST_SMTP_PASSWORD"),
        environment_state_key=known.get("DIGEST_STATE_KEY"),
    )
    if settings.base_url and settings.base_url_reach == "public" and not addresses.is_reachable_from_anywhere(settings.base_url):
        hint = 'give a public name, or set base_url_reach = "internal"'
        raise top.error("base_url", f"{settings.base_url!r} cannot be reached from everywhere", hint)
    return replace(settings, warnings=tuple(_warnings(settings)))


def _text_of(path: Path, hint: str) -> str:
    try:
        return whole_text(path)
    except (OSError, UnicodeDecodeError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise ConfigurationError(str(path), "cannot be read: it is not UTF-8", hint="save it as UTF-8 in your editor") from error
        advice = "let this user read it, or run as the user whose it is" if isinstance(error, PermissionError) else cure(error) or hint
        raise ConfigurationError(str(path), f"cannot be read: {why(error)}", hint=advice) from error


def _database(top: Table) -> str:
    given = top.text("database", "digest.db")
    scheme, mark, path = given.rpartition(":///")
    if not mark and "://" not in given:
        return str(top.file.folder / user_path(given))
    # What is no file is refused where it is opened; SQLite's own "file:" has rules of its own.
    is_file = scheme.startswith("sqlite") and path and not path.startswith((":memory:", "file:"))
    return f"{scheme}:///{top.file.folder / user_path(path)}" if is_file else given


def _sender(table: Table) -> Sender:
    return Sender(
        address=table.required("from", values.address, 'the address letters come from: [sender] from = "digest@example.org"'),
        name=table.text("name"),
        reply_to=table.read("reply_to", values.address, ""),
        postal_address=table.read("postal_address", values.lines, ""),
        bounce_address=table.read("bounce_address", values.address, ""),
    )


def _smtp(table: Table) -> Smtp:
    security: Security = table.read("security", values.one_of("starttls", "tls", "none"), "starttls")
    smtp = Smtp(
        host=table.required("host", addresses.host, 'the server that takes letters: [smtp] host = "smtp.example.org"'),
        port=table.read("port", values.whole(1, 65535), PORTS[security]),
        security=security,
        ca_file=table.readable("ca_file"),
        user=table.text("user"),
        password_file=table.readable("password_file"),
        daily_limit=table.read("daily_limit", values.whole(0, 10_000_000), 0),
        verp=table.read("verp", _verp, "auto"),
    )
    if smtp.security == "none" and (smtp.user or smtp.password_file):
        key = "user" if smtp.user else "password_file"
        hint = 'use "starttls" or "tls", or take the login out'
        raise table.error(key, 'a password would travel unencrypted with security = "none"', hint)
    return smtp


def _verp(value: object) -> bool | Literal["auto"]:
    if isinstance(value, bool):
        return value
    if value == "auto":
        return "auto"
    raise values.unfit(f"{value!r} is none of 'auto', true, false")


def _ramp(value: object) -> tuple[int, ...]:
    if not isinstance(value, list):
        raise values.unfit(f"{value!r} is not a list", "write letters a day, from the first day on: [500, 1000, 2000, 4000]")
    return tuple(values.whole(1, 10_000_000)(each) for each in value)


def _delivery(table: Table) -> Delivery:
    usual = Delivery()
    delivery = Delivery(
        transport=table.read("transport", values.one_of("smtp", "folder", "null"), usual.transport),
        folder=table.path("folder") or table.file.folder / usual.folder,
        connections=table.read("connections", values.whole(1, 100), usual.connections),
        rate=table.read("rate", values.rate, usual.rate),
        per_domain=table.read("per_domain", values.whole(0, 100), usual.per_domain),
        stale_after=table.read("stale_after", values.duration, usual.stale_after),
        unknown=table.read("unknown", values.one_of("retry", "hold"), usual.unknown),
        linger=table.read("linger", values.duration, usual.linger),
        ramp=table.read("ramp", _ramp, usual.ramp),
        wait=table.read("wait", values.duration, usual.wait),
    )
    if not delivery.stale_after:
        raise table.error("stale_after", "no letter could ever be sent", 'write it as "36h"')
    return delivery


def _inbox(table: Table, smtp_user: str) -> Inbox:
    security: Security = table.read("imap_security", values.one_of("starttls", "tls", "none"), "tls")
    inbox = Inbox(
        address=table.read("address", values.address, ""),
        imap_host=table.read("imap_host", addresses.host, ""),
        imap_port=table.read("imap_port", values.whole(1, 65535), IMAP_PORTS[security]),
        imap_security=security,
        imap_ca_file=table.readable("imap_ca_file"),
        imap_user=table.text("imap_user", smtp_user if "imap_host" in table else ""),
        imap_password_file=table.readable("imap_password_file"),
        imap_folder=table.text("imap_folder", Inbox().imap_folder),
        maildir=table.folder("maildir"),
    )
    if inbox.imap_host and inbox.maildir:
        raise table.error("maildir", "a mailbox on a server is read already: imap_host", "take one of the two out")
    if inbox.imap_host and not inbox.imap_user:
        raise table.error("imap_host", "a mailbox is read, and 'imap_user' is missing", 'who logs in: imap_user = "digest@example.org"')
    if security == "none" and inbox.imap_host and inbox.imap_host.lower() not in _THIS_MACHINE:
        message = f'the password would travel unencrypted to {inbox.imap_host} with imap_security = "none"'
        raise table.error("imap_security", message, 'use "tls" or "starttls"; "none" is for a server on this machine')
    return inbox


def _points(value: object) -> float:
    """A number of points; halves are allowed."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.5 <= value <= 100:
        raise values.unfit(f"{value!r} is not a number of points", "a number from 0.5 to 100, such as 3")
    return float(value)


def _ranking(table: Table, models: Path) -> Ranking:
    ranking = Ranking(
        model=table.read("model", values.one_of("minilm", "wordllama", "endpoint"), ""),
        models=table.path("models") or models,
        endpoint=table.read("endpoint", addresses.api_address, ""),
        endpoint_model=table.text("endpoint_model"),
        endpoint_key_file=table.readable("endpoint_key_file"),
        endpoint_allow_private=table.flag("endpoint_allow_private"),
    )
    if ranking.model == "endpoint":
        for key, example in (("endpoint", "https://api.example.org/v1"), ("endpoint_model", "text-embedding-3-small")):
            if key not in table:
                raise table.error("model", f"an endpoint is asked, and {key!r} is missing", f'say who is asked: {key} = "{example}"')
    _keep_key(table, "endpoint_key_file", ranking.endpoint, "endpoint_allow_private")
    return ranking


def _summaries(table: Table) -> Summaries:
    usual = Summaries()
    summaries = Summaries(
        endpoint=table.read("endpoint", addresses.api_address, ""),
        model=table.text("model"),
        key_file=table.readable("key_file"),
        allow_private=table.flag("allow_private"),
        daily_cap=table.read("daily_cap", values.whole(0, 1_000_000), usual.daily_cap),
        timeout=table.read("timeout", values.whole(1, 600), usual.timeout),
    )
    if summaries.endpoint and not summaries.model:
        raise table.error("endpoint", "a server is asked, and 'model' is missing", 'say which of its models: model = "gpt-4o-mini"')
    _keep_key(table, "key_file", summaries.endpoint, "allow_private")
    return summaries


def _keep_key(table: Table, key: str, address: str, permission: str) -> None:
    """Refuse to send a server's key unencrypted, unless the server may be in a private network."""
    if key in table and address.startswith("http:") and not table.flag(permission):
        hint = f"use https, or set {permission} = true if the server is in a network of your own"
        raise table.error(key, f"the key would travel unencrypted to {address!r}", hint)


def _zotero(table: Table) -> Zotero:
    return Zotero(url=table.read("url", addresses.api_address, Zotero().url), allow_private=table.flag("allow_private"))


def _rendering(table: Table) -> RenderingStyle:
    usual = RenderingStyle()
    return RenderingStyle(
        theme=table.read("theme", values.word, usual.theme),
        themes=table.path("themes"),  # `digest themes new` makes it
        name=table.text("name", usual.name),
        colours=table.read("colours", _colours, ()),
        logo=table.read("logo", addresses.picture, ""),
        attach_bibtex=table.flag("attach_bibtex"),
    )


def _colours(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise values.unfit(f"{value!r} is not a table of colours", 'write { accent = "#b31b1b" }')
    return tuple((values.word(name), values.colour(chosen)) for name, chosen in value.items())


def _proxy(url: str) -> str | None:
    """The proxy from the environment, if the file names none."""
    try:
        return values.proxy(url) or None
    except ConfigurationError as error:
        raise ConfigurationError("HTTPS_PROXY", error.message, hint=error.hint) from error


def _secrets(text: str) -> tuple[bytes, ...]:
    # The octets themselves: the same under any locale, and of any key.
    keys = tuple(os.fsencode(key.strip()) for key in re.split("[,\r\n]", text) if key.strip())
    if any(len(key) < _SHORTEST_KEY for key in keys):
        hint = "python3 -c 'import secrets; print(secrets.token_hex(32))' makes one"
        raise ConfigurationError("DIGEST_SECRETS", f"a token key has fewer than {_SHORTEST_KEY} characters", hint=hint)
    return keys


def _doubted(settings: Settings) -> Iterable[str]:
    """Settings that have no effect or are misspelt: sources', and readers', who are not named because others may read logs."""
    for source in settings.sources:
        for doubt in filter(None, (taxonomy.doubt_of(source.kind, category) for category in source.categories)):
            yield f"[[sources]] {source.name}: {doubt}"
        if source.kind in taxonomy.KINDS_WITHOUT_CATEGORIES and source.categories:
            yield f"[[sources]] {source.name}: a source of the kind {source.kind} has no categories to choose from: all of it is read"
        if source.kind in KINDS and source.kind != "arxiv":
            for key in (key for key in ("details_url", "listing_url", "holidays") if getattr(source, key)):
                yield f"[[sources]] {source.name}: {key} is for the kind arxiv, so it does nothing here"
    named = dict.fromkeys(category for reader in settings.subscribers for category in reader.categories)
    yield from (f"[[subscribers]] categories: {doubt}" for doubt in taxonomy.doubts(named))
    followed = dict.fromkeys(who for reader in settings.subscribers if reader.profile for who in reader.profile.authors)
    yield from (f"[[subscribers]] authors: {doubt}" for doubt in doubt_of_ids(followed, [source.kind for source in settings.sources]))


def _warnings(settings: Settings) -> Iterable[str]:
    smtp = settings.smtp
    in_clear = smtp is not None and smtp.security == "none" and smtp.host.lower() not in _THIS_MACHINE
    if smtp is not None and in_clear and settings.delivery.transport == "smtp":
        yield f'[smtp] security = "none": letters travel unencrypted to {smtp.host}'
    yield from _doubted(settings)
    themes = settings.rendering.themes
    if themes is not None and not os.path.isdir(themes):
        there = f"there is no folder {themes} that this user can look into"
        yield f"[rendering] themes: {there}; `digest themes new NAME` makes it with a theme of yours"
    yield from missing_themes(settings)
    bounces = (settings.sender.bounce_address or settings.sender.address).rpartition("@")[0]
    if smtp is not None and smtp.verp and len(bounces.encode()) > _LONGEST_BEFORE_TOKEN:
        yield f"{bounces}@… has no room for a word that tells letters apart, so bounces will not: name a shorter [sender] bounce_address"
    dkim = settings.dkim
    if dkim is not None and (doubt := doubts(dkim, settings.sender.address)):
        yield doubt
    for path in settings.secret_files:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            yield f"{path} can be read by others on this machine: chmod 600 {quote(str(path))}"
