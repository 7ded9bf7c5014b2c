"""The outbox under a sending quota, and what a report says of letters that wait for it."""

from __future__ import annotations

import logging
from datetime import datetime

from ...catalog import Outbox
from ...delivery import Outcome
from ...delivery.allowance import in_words
from ...model import DeliveryStatus, Failure
from ..parts import Parts, Report

log = logging.getLogger(__name__)


def outbox_of(parts: Parts) -> Outbox:
    """The outbox that letters are claimed from: one that keeps to the quota, if there is one."""
    return parts.catalog.outbox if parts.quota is None else parts.catalog.quota_outbox(parts.quota)


def tell_waiting(parts: Parts, outcome: Outcome, report: Report, now: datetime) -> None:
    """Remember that the server accepts no more for now, and report how many letters wait for it or for a limit of ours, and until when.

    Letters that have grown stale while they waited are given up, so that the next issue may show their papers.
    """
    if parts.quota is None:
        return
    outbox = parts.catalog.quota_outbox(parts.quota)
    if outcome.rest is not None:
        outbox.rest(outcome.rest)
    held = outbox.held_back(now)
    if held is None:
        return
    log.info("letters wait for a limit", extra={"letters": held.letters, "until": held.until.isoformat()})
    hours = f"{parts.policy.stale_after.total_seconds() / 3600:g} hours"
    stale = outbox.give_up(now - parts.policy.stale_after, now, f"not handed over within {hours}: {held.why}")
    if stale:
        report.deliveries[DeliveryStatus.GIVEN_UP] += stale
        one = f"1 letter waited longer than {hours} and was given up; its"
        many = f"{stale:,} letters waited longer than {hours} and were given up; their"
        message = f"{one if stale == 1 else many} papers are free again"
        hint = "send by a relay that takes more, or to fewer readers; [delivery] stale_after lets letters wait longer"
        report.failures.append(Failure("outbox", message, hint))
        held = outbox.held_back(now)
    if held is not None:
        report.notes.append(in_words(held, now))
