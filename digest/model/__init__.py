"""The words of digest: what travels between its rooms, as frozen values.

Tuples, never lists; every datetime is aware and in UTC; `None` means absent, never failed.
"""

from __future__ import annotations

from .issues import REPEATS, Delivery, DeliveryStatus, Issue, Letter, Looked, Pick, Reason, Section, Settled
from .libraries import Changes, Reference
from .mail import Mail, Place
from .papers import Author, Batch, Dropped, Facts, Failure, Listing, Paper, Sighting, SourceOptions
from .readers import (
    EVERYTHING_ELSE,
    Cadence,
    Edition,
    Every,
    Feedback,
    FeedbackKind,
    Format,
    Interest,
    Newcomer,
    No,
    Period,
    Profile,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
    SuppressionReason,
)
from .sending import Allowance, Handed, HeldBack, Rest

__all__ = [
    "REPEATS",
    "Allowance",
    "Author",
    "Batch",
    "Cadence",
    "Changes",
    "Delivery",
    "DeliveryStatus",
    "Dropped",
    "EVERYTHING_ELSE",
    "Edition",
    "Every",
    "Facts",
    "Failure",
    "Feedback",
    "FeedbackKind",
    "Format",
    "Handed",
    "HeldBack",
    "Interest",
    "Issue",
    "Letter",
    "Listing",
    "Looked",
    "Mail",
    "Newcomer",
    "No",
    "Paper",
    "Period",
    "Pick",
    "Place",
    "Profile",
    "Reason",
    "Reference",
    "Rest",
    "Section",
    "Settled",
    "Sighting",
    "SourceOptions",
    "Subscriber",
    "SubscriberStatus",
    "Subscription",
    "Suppression",
    "SuppressionReason",
]
