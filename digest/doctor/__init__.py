"""An examination: all that letters depend on outside of digest, each finding a sentence with what to do. It sends and changes nothing.

    findings        what is found: ok, note or problem
    configuration, database, listings, readers, clock, server, inbox, pages      one thing each: a thin look, and what it comes to
    domain          the DNS of the sender's domain: policies (SPF, DMARC), signatures (DKIM), reverse (PTR)
    letter          a letter as it arrived
    spf, spf_records, macros, resolver, providers    what these need: RFC 7208, questions to the DNS, whose server is whose
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from ..catalog import SourceState, open_catalog
from ..catalog.health import exists
from ..config import Settings
from ..errors import UsageError
from ..model import SourceOptions, Subscription
from ..wiring import polite_net
from .clock import clock, witness, zone_releases, zones
from .configuration import configuration
from .database import database
from .domain import domain
from .findings import Finding, Verdict, problem
from .inbox import inbox
from .letter import inspected
from .listings import remembered, tried
from .pages import pages
from .readers import wishes
from .resolver import NoAnswer, Resolver
from .server import server

__all__ = ["Finding", "Options", "examine"]

_SECONDS = 15.0
"""For one question over HTTP: somebody is waiting at a terminal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What to check, and how.

    `offline`: without the network. `tries_sources`: fetch every source. `resolver`: another name server. `sends_from`: the addresses that
    letters leave from. `letter`: a letter as it arrived.
    """

    offline: bool = False
    tries_sources: bool = False
    resolver: str = ""
    sends_from: tuple[str, ...] = ()
    letter: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the catalog knows, if it can be opened unchanged."""

    readers: tuple[Subscription, ...] = ()
    states: tuple[SourceState, ...] = ()
    sources: tuple[SourceOptions, ...] | None = None


def examine(settings: Settings, options: Options, now: datetime) -> Iterator[Finding]:
    """Every finding, in the order of the checks; one failing check does not stop the next.

    Raises UsageError, before any check, if `resolver` is not the address of a name server.
    """
    lookup = None if options.offline else _lookup(options.resolver)
    yield from configuration(settings)
    stored = database(settings.database)
    yield from stored
    known = _known(settings, stored)
    readers = [*settings.subscribers, *(known.readers if known else ())]
    if known is not None:
        settings = settings if known.sources is None else replace(settings, sources=known.sources)
        yield from remembered(settings.sources, {state.name: state for state in known.states}, now)
    yield from wishes(settings, readers)
    yield from zones({reader.subscriber.zone for reader in readers} | {"Europe/Berlin"}, zone_releases(), now)
    if not options.offline:
        yield from _online(settings, options, [reader.subscriber.email for reader in readers], now)
    elif settings.delivery.transport != "smtp":
        yield from server(settings, (), now)  # a folder, which is on this machine
    yield from inbox(settings, online=not options.offline)
    if isinstance(lookup, Resolver):
        yield from domain(settings, lookup, options.sends_from)
    elif lookup is not None:
        yield lookup
    if options.letter is not None:
        one_click = bool(settings.base_url) and settings.base_url_reach == "public"
        yield from inspected(options.letter, settings.sender.address, one_click=one_click)


def _lookup(server: str) -> Resolver | Finding:
    """The DNS lookup to use, or a finding that there is none."""
    try:
        return Resolver(server)
    except NoAnswer as error:
        return problem("dns", "name server", str(error), "name one to your system, or to the doctor: --resolver 9.9.9.9")


def _online(settings: Settings, options: Options, addresses: list[str], now: datetime) -> Iterator[Finding]:
    with polite_net(settings, timeout=_SECONDS, tries=1) as net:
        yield clock(net, witness(settings.sources), now)
        if options.tries_sources:
            yield from (tried(source, net, now) for source in settings.sources if not source.paused)
        yield from server(settings, sorted(set(addresses)), now)
        yield from pages(net, settings.base_url, is_internal=settings.base_url_reach == "internal")


def _known(settings: Settings, stored: tuple[Finding, ...]) -> _Known | None:
    """What the catalog knows; None if reading it would first migrate the database, or if it is damaged."""
    verdicts = {finding.verdict for finding in stored if finding.check == "database"}
    if Verdict.PROBLEM in verdicts:
        return None
    if not exists(settings.database):
        return _Known()
    if Verdict.OK not in verdicts:
        return None
    with open_catalog(settings.database) as catalog:
        readers = tuple(r for r in catalog.subscribers.each() if r.left_at is None)
        try:
            sources = catalog.own_sources.merged(settings.sources)
        except UsageError:  # two of one name; `digest run` says so
            sources = settings.sources
        return _Known(readers, catalog.sources.states(), sources)
