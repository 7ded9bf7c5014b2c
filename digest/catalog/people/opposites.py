"""Which feedback on a paper takes which back: when it is given, and where two papers prove to be one."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from ...model import FeedbackKind
from ..schema import feedback

OPPOSITE = {FeedbackKind.MORE: FeedbackKind.LESS, FeedbackKind.SAVE: FeedbackKind.LESS, FeedbackKind.LESS: FeedbackKind.MORE}
"""Which word is taken back by which."""


def say_once(connection: Connection, paper: int) -> None:
    """Settle what was said of two papers that are this one now: of opposite words the last counts, of the same the first."""
    other = feedback.alias()
    stands = (feedback.c.paper == paper, feedback.c.undone_at.is_(None))
    theirs = (other.c.subscription == feedback.c.subscription, other.c.paper == feedback.c.paper, other.c.undone_at.is_(None))
    is_opposite = or_(*(and_(other.c.kind == kind, feedback.c.kind == earlier) for kind, earlier in OPPOSITE.items()))
    taken_back = select(func.min(other.c.at)).where(*theirs, other.c.id > feedback.c.id, is_opposite).scalar_subquery()
    connection.execute(update(feedback).where(*stands).values(undone_at=taken_back))
    same = (*theirs, other.c.id < feedback.c.id, other.c.kind == feedback.c.kind, other.c.author == feedback.c.author)
    connection.execute(delete(feedback).where(*stands, select(other.c.id).where(*same).exists()))
