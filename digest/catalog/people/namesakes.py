"""The errors for giving a subscription a name that another subscription of the same address has."""

from __future__ import annotations

from shlex import quote

from sqlalchemy import RowMapping

from ...errors import UsageError
from ...model import Subscription


def name_taken(email: str, row: RowMapping) -> UsageError:
    """The error for a command; `row` is the subscription that has the name."""
    told, hint = f"there is already a subscription {row['name']!r}", "change it with `digest subscribers edit`, or give --name another name"
    if row["removed_at"] is not None:
        told, hint = f"the subscription {row['name']!r} was removed, and keeps its name", "add it again, or give another name"
    elif row["configured"]:
        told = f"the configuration already has a subscription {row['name']!r}, and this command would add another"
        hint = "edit config.toml, or give --name another name"
    return UsageError(email, told, hint=hint)


def in_both(subscription: Subscription) -> UsageError:
    """The error for the configuration, when a command gave the name to another subscription before."""
    email, name = subscription.subscriber.email, subscription.name
    message = f"the configuration and a command (`digest subscribers add`) both have a subscription {name!r} of this address"
    remove = f"digest subscribers remove {quote(email)} --name {quote(name)}"
    return UsageError(email, message, hint=f"`{remove}`, or give it another name in config.toml")
