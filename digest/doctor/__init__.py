"""An examination: all that letters depend on outside of digest, each finding a sentence with what to do. It sends and changes nothing.

    findings        what is found: ok, note or problem
    configuration, database, listings, readers, clock, server, inbox, pages      one thing each: a thin look, and what it comes to
    wanted          what all readers ask for, gathered for `readers`
    domain          the DNS of the sender's domain: policies (SPF, DMARC), signatures (DKIM), reverse (PTR)
    letter          a letter as it arrived
    spf, spf_records, macros, resolver, providers    what these need: RFC 7208, questions to the DNS, whose server is whose
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

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
from .wanted import Wanted, wanted

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
    """What the catalog knows, if it can be opened unchanged; `asked` is what its readers and the configuration's ask for."""

    asked: Wanted
    sources: tuple[SourceOptions, ...]
    states: tuple[SourceState, ...] = ()


def examine(settings: Settings, options: Options, now: datetime) -> Iterator[Finding]:
    """Every finding, in the order of the checks; one failing check does not stop the next.

    Raises UsageError, before any check, if `resolver` is not the address of a name server.
    """
    lookup = None if options.offline else _lookup(options.resolver)
    yield from configuration(settings)
    stored = database(settings.database)
    yield from stored
    known = _known(settings, stored)
    if known is not None:
        settings = replace(settings, sources=known.sources)
        yield from remembered(settings.sources, {state.name: state for state in known.states}, now)
    asked = known.asked if known is not None else _asked(settings)
    yield from wishes(settings, asked)
    yield from zones(asked.zones | {"Europe/Berlin"}, zone_releases(), now)
    if not options.offline:
        yield from _online(settings, options, asked.foreign, now)
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


def _online(settings: Settings, options: Options, addresses: set[str], now: datetime) -> Iterator[Finding]:
    with polite_net(settings, timeout=_SECONDS, tries=1) as net:
        yield clock(net, witness(settings.sources), now)
        if options.tries_sources:
            yield from (tried(source, net, now) for source in settings.sources if not source.paused)
        yield from server(settings, sorted(addresses), now)
        yield from pages(net, settings.base_url, is_internal=settings.base_url_reach == "internal")


def _known(settings: Settings, stored: tuple[Finding, ...]) -> _Known | None:
    """What the catalog knows; None if reading it would first migrate the database, or if it is damaged."""
    verdicts = {finding.verdict for finding in stored if finding.check == "database"}
    if Verdict.PROBLEM in verdicts:
        return None
    if not exists(settings.database):
        return _Known(_asked(settings), settings.sources)
    if Verdict.OK not in verdicts:
        return None
    with open_catalog(settings.database) as catalog:
        try:
            sources = catalog.own_sources.merged(settings.sources)
        except UsageError:  # two of one name; `digest run` says so
            sources = settings.sources
        settings = replace(settings, sources=sources)
        # What the configuration said when it was last read counts no more.
        readers = (one for one in catalog.subscribers.each() if one.left_at is None and not one.configured)
        return _Known(_asked(settings, readers), sources, catalog.sources.states())


def _asked(settings: Settings, others: Iterable[Subscription] = ()) -> Wanted:
    """What the configuration's readers and these others, who are never all in memory, ask for."""
    return wanted(chain(settings.subscribers, others), [source.kind for source in settings.sources])
