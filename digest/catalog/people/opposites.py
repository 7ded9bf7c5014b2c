"""Which kinds of feedback on a paper undo each other, when feedback is given and when two papers are merged."""

from __future__ import annotations

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from ...model import FeedbackKind
from ..schema import feedback

OPPOSITE = {FeedbackKind.MORE: FeedbackKind.LESS, FeedbackKind.SAVE: FeedbackKind.LESS, FeedbackKind.LESS: FeedbackKind.MORE}
"""By kind of feedback: the kind that it undoes."""


def settle_merged(connection: Connection, paper: int) -> None:
    """Settle the feedback on two papers that were merged into this one: of opposite kinds the last counts, of the same kind the first."""
    other = feedback.alias()
    stands = (feedback.c.paper == paper, feedback.c.undone_at.is_(None))
    theirs = (other.c.subscription == feedback.c.subscription, other.c.paper == feedback.c.paper, other.c.undone_at.is_(None))
    is_opposite = or_(*(and_(other.c.kind == kind, feedback.c.kind == earlier) for kind, earlier in OPPOSITE.items()))
    taken_back = select(func.min(other.c.at)).where(*theirs, other.c.id > feedback.c.id, is_opposite).scalar_subquery()
    connection.execute(update(feedback).where(*stands).values(undone_at=taken_back))
    same = (*theirs, other.c.id < feedback.c.id, other.c.kind == feedback.c.kind, other.c.author == feedback.c.author)
    connection.execute(delete(feedback).where(*stands, select(other.c.id).where(*same).exists()))
