"""The parts of a run without a network: a catalog in a folder, letters to a transport of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from digest.catalog import Catalog
from digest.delivery import Policy, Transport
from digest.delivery.folder import NullTransport
from digest.model import Issue
from digest.rendering import Branding, Press
from digest.run import Parts, Report, publish
from digest.run.parts import Sender
from tests.builders import NOON


def parts_with(catalog: Catalog, connect: Callable[[], Transport] = NullTransport, *, worker: str = "elsewhere:1:a") -> Parts:
    """Parts that fetch nothing: tests put papers into the catalog themselves."""
    return Parts(
        catalog=catalog,
        sources=(),
        press=lambda theme, language: Press(theme or "paper", branding=Branding(), language=language),
        connect=connect,
        policy=Policy(),
        sender=Sender(address="digest@example.org"),
        secrets=(b"k" * 32,),
        worker=worker,
    )


def published(parts: Parts, now: datetime = NOON) -> tuple[Issue, ...]:
    """The issues of one round at that time."""
    return published_with(parts, Report(now))


def published_with(parts: Parts, report: Report) -> tuple[Issue, ...]:
    """The issues of one round, as the catalog has them; the report hears of it."""
    return tuple(parts.catalog.issues.load_all(publish(parts, report).issues).values())


def shown(issue: Issue) -> list[str]:
    """The keys of an issue's papers, in their order."""
    return [pick.paper.key for pick in issue.picks]
