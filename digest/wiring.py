"""Makes the parts of a run from the settings: plain constructor calls, in the order of the stages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from . import __version__
from .catalog import Catalog, Library, open_catalog
from .catalog.workers import this_worker
from .config import Settings, home, key_in, pem_in
from .delivery import Policy, Transport
from .delivery.allowance import Quota
from .delivery.dkim import Signer
from .delivery.folder import FolderTransport, NullTransport
from .delivery.mailboxes.maildir import Maildir
from .delivery.smtp import SmtpTransport
from .delivery.verp import Verp, decided
from .embedding import Embedder, open_model
from .embedding.endpoint import Endpoint
from .enrichment.arxiv_details import ArxivDetails
from .enrichment.crossref import Crossref
from .enrichment.summaries import Summariser
from .errors import ConfigurationError
from .library.opening import open_library
from .model import SourceOptions, Subscription
from .net import Net, Pace
from .plugins import load_maker
from .rendering import Branding
from .rendering.presses import Presses
from .run import Parts, awaited
from .run.issuing.waiting import nothing_awaited
from .run.parts import Mailbox, Sender, Shelf, Works
from .sources import Source
from .sources.foreign import Foreign
from .taxonomy import PREPRINT_SUBJECTS

if TYPE_CHECKING:
    from .delivery.mailboxes.imap import Patience

DEFAULT_CATEGORIES = ("cs.AI", "cs.CL", "cs.LG")
SUMMARY_TRIES = 2
ENDPOINT_SECONDS = 300.0  # timeout for one batch of texts: a small machine is slow
ARXIV_SECONDS = 3.0  # arXiv's terms of use: one request per three seconds over all machines


@contextmanager
def build(settings: Settings, now: datetime) -> Iterator[Parts]:
    """The parts of a run, closed at the end of the block; stores the configuration's subscriptions in the catalog.

    Raises ConfigurationError, CatalogError or ThemeError for a part that cannot be made.
    """
    with (
        open_catalog(settings.database) as catalog,
        polite_net(settings) as net,
        polite_net(settings, timeout=ENDPOINT_SECONDS) as slow,
        polite_net(settings, timeout=settings.summaries.timeout, tries=SUMMARY_TRIES) as patient,
    ):
        themes, keys, model = presses(settings), signers(settings), embedder(settings, slow)
        _adopt(settings, catalog, net, now)
        parts = Parts(
            catalog=catalog,
            name=settings.name,
            colours=settings.rendering.colours,
            sources=(),
            library=lambda library, now: _library(settings, library, net, now),
            embedder=model,
            summariser=summariser(settings, patient),
            daily_summaries=settings.summaries.daily_cap,
            press=themes,
            themes=themes,
            connect=lambda: transport(settings),
            inbox=(lambda: inbox(settings)) if settings.inbox.maildir or settings.inbox.imap_host else None,
            signers=keys,
            policy=_policy(settings),
            quota=_quota(settings),
            wait=settings.delivery.wait,
            sender=_sender(settings),
            # The catalog's own key stays valid when others are configured later: links in old letters must unsubscribe for ever.
            secrets=(*settings.secrets, *catalog.secrets()),
            worker=this_worker(),
            base_url=settings.base_url,
            base_url_reach=settings.base_url_reach,
            attach_bibtex=settings.rendering.attach_bibtex,
            letters=Path(settings.delivery.folder),
            maildir=settings.inbox.maildir,
            bounce_threshold=settings.bounces.threshold,
        )
        yield _with_sources(replace(parts, renewed=lambda those: _with_sources(those, settings, net)), settings, net)


def _adopt(settings: Settings, catalog: Catalog, net: Net, now: datetime) -> None:
    """Store the configuration's subscriptions in the catalog, after checking every source.

    So a configuration that cannot be used changes nobody's subscription. Raises ConfigurationError, and UsageError for a source that a
    command added as well.
    """
    for option in (o for o in catalog.own_sources.merged(settings.sources) if not o.paused):
        source_of(_with_categories(option, _named_categories(settings.subscribers)), net)
    catalog.subscribers.adopt(settings.subscribers, now)


def _with_sources(parts: Parts, settings: Settings, net: Net) -> Parts:
    """The parts with the sources that commands and readers ask for by now; the very same parts if those are unchanged."""
    # Paused readers count: they catch up later on what is fetched now.
    named = parts.catalog.subscribers.categories()
    options = tuple(_with_categories(o, named) for o in parts.catalog.own_sources.merged(settings.sources) if not o.paused)
    if options == parts.options:
        return parts
    found = replace(
        parts,
        options=options,
        sources=tuple(source_of(o, net) for o in options),
        details=_details(options, net),
        works=Crossref(net, mail=settings.sender.address) if _is_online(options) else None,
        awaited=nothing_awaited,  # a closure over the former parts would keep their sources alive as long as a schedule runs
    )
    return replace(found, awaited=lambda moment: awaited(found, moment))


def transport(settings: Settings) -> Transport:
    """The transport that letters leave by. Raises ConfigurationError if it needs `[smtp]` and that is missing."""
    if settings.delivery.transport == "null":
        return NullTransport()
    if settings.delivery.transport == "folder":
        return FolderTransport(Path(settings.delivery.folder))
    smtp = settings.smtp
    if smtp is None:
        raise ConfigurationError(
            str(settings.path), "there is no [smtp] table", hint='add one, or set [delivery] transport = "folder"'
        )
    return SmtpTransport(
        host=smtp.host,
        port=smtp.port,
        security=smtp.security,
        ca_file=smtp.ca_file,
        user=smtp.user,
        password=settings.smtp_password(),
    )


def inbox(settings: Settings, patience: Patience | None = None) -> AbstractContextManager[Mailbox]:
    """The mailbox of `[inbox]`, open for the length of a `with`. Raises ConfigurationError if it has no password."""
    named = settings.inbox
    if named.maildir is not None:
        return Maildir(named.maildir)
    from .delivery.mailboxes.imap import ImapMailbox

    return ImapMailbox(
        named.imap_host,
        named.imap_port,
        named.imap_security,
        user=named.imap_user,
        password=settings.imap_password(),
        folder=named.imap_folder,
        ca_file=named.imap_ca_file,
        patience=patience,
    )


def signers(settings: Settings) -> tuple[Signer, ...]:
    """The DKIM signers for letters, RSA first; none without `[dkim]`. Raises ConfigurationError for a key that cannot be used."""
    dkim = settings.dkim
    if dkim is None:
        return ()
    made = tuple(Signer(dkim.domain, selector, pem_in(path), name=str(path)) for selector, path in dkim.files)
    for signer, algorithm, key in zip(made, ("rsa-sha256", "ed25519-sha256"), ("key_file", "ed25519_key_file"), strict=False):
        if signer.algorithm != algorithm:
            hint = "key_file is an RSA key, which every receiver knows; ed25519_key_file is the one beside it"
            raise ConfigurationError(f"{settings.path}: [dkim] {key}", f"the key is one for {signer.algorithm}", hint=hint)
    return made


def embedder(settings: Settings, net: Net) -> Embedder | None:
    """The model of `[ranking] model`; None if not set. Raises ConfigurationError if it is not installed, or its key cannot be read."""
    ranking = settings.ranking
    if not ranking.model:
        return None
    if ranking.model != "endpoint":
        return open_model(ranking.model, ranking.models)
    return Endpoint(
        net,
        url=ranking.endpoint,
        model=ranking.endpoint_model,
        key=ranking.endpoint_key(),
        allow_private=ranking.endpoint_allow_private,
    )


def summariser(settings: Settings, net: Net) -> Summariser | None:
    """The model of `[summaries]`; None if no server is named. Raises ConfigurationError if its key cannot be read."""
    summaries = settings.summaries
    if not summaries.endpoint:
        return None
    return Summariser(
        net, url=summaries.endpoint, model=summaries.model, key=summaries.key(), allow_private=summaries.allow_private
    )


def polite_net(settings: Settings, *, timeout: float = 60.0, tries: int = 3) -> Net:
    """The configured HTTP client, which keeps arXiv's pace across all processes of this user; `timeout` in seconds."""
    return Net(
        # A header is ASCII, and an address need not be (RFC 6068 section 2).
        user_agent=f"digest/{__version__} (research-paper digest; mailto:{quote(settings.sender.address, safe='@+')})",
        pace=arxiv_pace(),
        proxy=settings.proxy,
        no_proxy=settings.no_proxy,
        timeout=timeout,
        tries=tries,
    )


def arxiv_pace() -> Pace:
    """arXiv's pace, kept in the user's cache folder."""
    return Pace(home() / ".cache" / "digest", ARXIV_SECONDS)


def source_of(options: SourceOptions, net: Net) -> Source:
    """The source for one `[[sources]]` table. Raises ConfigurationError."""
    is_query = options.kind == "arxiv" and not options.categories and "/api/query" in (options.url or "")
    # arXiv announces categories, not API queries: treated as an announced listing, a query would be late every day.
    try:
        make = load_maker("feed" if is_query else options.kind)
    except ConfigurationError as error:
        raise ConfigurationError(f"[[sources]] {options.name!r}: kind", error.message, hint=error.hint) from error
    return Foreign(options.name, lambda: make(options, net)) if ":" in options.kind else make(options, net)


def _with_categories(options: SourceOptions, named: Set[str]) -> SourceOptions:
    """The options with categories filled in, for an arXiv source without any: those that readers name, the default ones for ""."""
    if options.kind != "arxiv" or options.categories or (options.url and "{category}" not in options.url):
        return options
    elsewhere = {name for name in named if name.casefold() in PREPRINT_SUBJECTS}
    wanted = {*named, *(DEFAULT_CATEGORIES if "" in named else ())} - {"", "trending"} - elsewhere
    return replace(options, categories=tuple(sorted(wanted)) or DEFAULT_CATEGORIES)


def _named_categories(readers: Iterable[Subscription]) -> set[str]:
    """The categories that these readers name ("" for a reader who names none), like `Subscribers.categories` for the catalog's."""
    editions = {reader.edition.name for reader in readers if reader.edition is not None}
    return editions.union(*(reader.profile.categories or ("",) for reader in readers if reader.profile is not None))


def _library(settings: Settings, library: Library, net: Net, now: datetime) -> Shelf:
    key = key_in(Path(library.key_file), "name another with --key-file") if library.key_file else None
    zotero = settings.zotero
    return open_library(library.address, net, now, key=key, api=zotero.url, allow_private=zotero.allow_private)


def _details(options: Iterable[SourceOptions], net: Net) -> Works | None:
    """arXiv's API, used only if arXiv itself is a source; a mirror of arXiv is used only if `details_url` says where its API is."""
    arxiv = next((o for o in options if o.kind == "arxiv" and (o.details_url or not o.url)), None)
    if arxiv is None:
        return None
    if arxiv.details_url:
        return ArxivDetails(net, url=arxiv.details_url, allow_private=arxiv.allow_private)
    return ArxivDetails(net)


def _is_online(options: Iterable[SourceOptions]) -> bool:
    """Whether arXiv or Hugging Face is a source: an operator who reads only local files did not ask for more network access."""
    return any(o.kind in ("arxiv", "huggingface") for o in options)


def presses(settings: Settings) -> Presses:
    """The themes of these settings, each compiled when it is first used."""
    style = settings.rendering
    branding = Branding(name=settings.name, postal_address=settings.sender.postal_address, logo=style.logo, colours=style.colours)
    return Presses(style.theme, themes=style.themes, branding=branding)


def _policy(settings: Settings) -> Policy:
    delivery = settings.delivery
    return Policy(
        stale_after=delivery.stale_after,
        unknown=delivery.unknown,
        linger=delivery.linger,
        connections=delivery.connections,
        rate=delivery.rate,
        per_domain=delivery.per_domain,
        senders=(settings.sender.address, settings.sender.bounce_address),
    )


def _quota(settings: Settings) -> Quota | None:
    smtp = settings.smtp if settings.delivery.transport == "smtp" else None
    if smtp is None:
        return None
    server = f"{smtp.host} for {smtp.user}" if smtp.user else smtp.host
    return Quota(sender=settings.sender.address, server=server, daily_limit=smtp.daily_limit, ramp=settings.delivery.ramp)


def _sender(settings: Settings) -> Sender:
    sender = settings.sender
    smtp = settings.smtp if settings.delivery.transport == "smtp" else None
    return Sender(
        address=sender.address,
        name=settings.sender_name,
        reply_to=sender.reply_to or None,
        bounce_address=sender.bounce_address or None,
        inbox=settings.inbox.address or None,
        verp=decided(smtp.verp, smtp.host) if smtp else Verp.OFF,
        server=smtp.host if smtp else "",
    )
