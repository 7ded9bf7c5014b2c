"""The words of digest: what travels between its rooms, as frozen values.

Tuples, never lists; every datetime is aware and in UTC; `None` means absent, never failed.
"""

from __future__ import annotations

from .bounces import Action, Cause, Mark, Refusal, Returned, ReturnedKind, SentLetter, Verdict, action_of
from .issues import REPEATS, Delivery, DeliveryStatus, Issue, Letter, Looked, Pick, Reason, Section, Settled, WireText
from .ledger import LedgerLine, ListingState, Newest, Trouble, Way
from .libraries import Changes, Reference
from .mail import Mail, Place
from .papers import Author, Batch, Dropped, Facts, Failure, Listing, Paper, Sighting, SourceOptions
from .readers import (
    EVERYTHING_ELSE,
    UNNAMED,
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
    Sharing,
    Subscriber,
    SubscriberStatus,
    Subscription,
    Suppression,
    SuppressionReason,
)
from .sending import Allowance, Handed, HeldBack, Rest

__all__ = [
    "Action",
    "REPEATS",
    "Allowance",
    "Author",
    "Batch",
    "Cadence",
    "Cause",
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
    "LedgerLine",
    "Listing",
    "ListingState",
    "Looked",
    "Mail",
    "Mark",
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
    "Refusal",
    "Rest",
    "Returned",
    "ReturnedKind",
    "Section",
    "SentLetter",
    "Settled",
    "Sharing",
    "Sighting",
    "SourceOptions",
    "Subscriber",
    "SubscriberStatus",
    "Subscription",
    "Suppression",
    "SuppressionReason",
    "Trouble",
    "UNNAMED",
    "Verdict",
    "Way",
    "WireText",
    "action_of",
]
