"""The words of digest: what travels between its rooms, as frozen values.

Tuples, never lists; every datetime is aware and in UTC; `None` means absent, never failed.
"""

from __future__ import annotations

from .issues import Delivery, DeliveryStatus, Issue, Letter, Looked, Pick, Reason, Section
from .ledger import LedgerLine, ListingState, Newest, Trouble, Way
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

__all__ = [
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
    "Interest",
    "Issue",
    "Letter",
    "LedgerLine",
    "Listing",
    "ListingState",
    "Looked",
    "Mail",
    "Newcomer",
    "Newest",
    "No",
    "Paper",
    "Period",
    "Pick",
    "Place",
    "Profile",
    "Reason",
    "Reference",
    "Section",
    "Sighting",
    "SourceOptions",
    "Subscriber",
    "SubscriberStatus",
    "Subscription",
    "Suppression",
    "SuppressionReason",
    "Trouble",
    "Way",
]
