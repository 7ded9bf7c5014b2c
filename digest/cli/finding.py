"""Find the subscriptions that a command is about, and whether it may change them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from shlex import quote
from typing import TYPE_CHECKING

import click

from ..errors import NotFound, UsageError
from ..model import Subscription
from .frame import clock, refuse, rehearsed, settings
from .wishes import meant

if TYPE_CHECKING:
    from ..catalog import Catalog

NAMED = 5
"""Addresses or subscriptions that are named to who mistyped one."""
subscription_option = click.option("--subscription", metavar="NAME", callback=meant("text"), help="Which of their subscriptions.")


@contextmanager
def opened(ctx: click.Context, now: datetime | None, *, dry_run: bool = False, mends: bool = False) -> Iterator[Catalog]:
    """The catalog of the configuration, including the configuration's own subscriptions.

    If a command added one that the configuration has too, that is an error, except for a command that `mends` it: it sees the state before.
    """
    from ..catalog import open_catalog

    with rehearsed(settings(ctx), dry_run=dry_run) as read, open_catalog(read.database) as catalog:
        try:
            catalog.subscribers.adopt(read.subscribers, clock(now))
        except UsageError:
            if not mends:
                raise
        yield catalog


def all_of(catalog: Catalog, address: str, name: str | None) -> tuple[Subscription, ...]:
    """The subscriptions of an address, or the one with that name; at least one. Raises NotFound."""
    found = catalog.subscribers.find(address, name)
    if found:
        return found
    theirs = catalog.subscribers.find(address)
    known = [s.name for s in theirs][:NAMED] or catalog.subscribers.some_addresses(NAMED)
    hint = f"known: {', '.join(known)}" if known else "`digest subscribers add` adds one"
    raise NotFound(address, f"no subscription {name!r}" if theirs else "no such subscriber", hint=hint)


def refuse_taken(found: Sequence[Subscription], wanted: Subscription, option: str) -> None:
    """Raise UsageError where another of these has the name of the wanted one, as the catalog does where that is to be stored."""
    if any(one.name == wanted.name and one.id != wanted.id for one in found):
        raise refuse(f"{wanted.subscriber.email} already has a subscription {wanted.name!r}", f"give {option} another name")


def only(found: Sequence[Subscription], option: str = "--name") -> Subscription:
    """The single subscription. Raises UsageError if there are several, naming the option that chooses among them."""
    if len(found) > 1:
        names = ", ".join(s.name for s in found)
        raise refuse(f"{found[0].subscriber.email} has several subscriptions", f"add {option}: {names}")
    return found[0]


def with_a_profile(catalog: Catalog, address: str, name: str | None) -> Subscription:
    """The subscription meant by address and name; editions are ignored. Raises NotFound or UsageError."""
    found = all_of(catalog, address, name)
    profiles = [s for s in found if s.profile is not None]
    if not profiles:
        hint = f"add a profile: digest subscribers add {quote(address)} --topic '…'"
        raise refuse(f"{found[0].name!r} is an edition, the same for all its readers, and has no interests", hint)
    return only(profiles, "--subscription")


def preview_of(catalog: Catalog, subscription: Subscription) -> str:
    """The command that shows its next issue."""
    email = subscription.subscriber.email
    named = f" --subscription {quote(subscription.name)}" if len(catalog.subscribers.find(email)) > 1 else ""
    return f"digest preview {quote(email)}{named}"
