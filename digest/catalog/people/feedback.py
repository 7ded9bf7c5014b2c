"""Readers' feedback on papers: given (once, however often it is repeated), listed, and undone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, func, insert, or_, select, update

from ...errors import NotFound
from ...model import Feedback, FeedbackKind, Paper, Section
from ..doors import Doors, chunks
from ..encoding import profile_of
from ..papers.papers import keys_of, load_papers, paper_ids
from ..schema import feedback, issues, picks, subscribers, subscriptions
from .active import active, require_subscription
from .opposites import OPPOSITE
from .renamed import name_today

_IN_FORCE = feedback.c.undone_at.is_(None)


class Feedbacks:
    """All feedback of readers on papers."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def give(
        self, subscription_id: int, paper: str, kind: FeedbackKind, now: datetime, *, author: str = "", origin: str = "cli"
    ) -> tuple[Feedback, bool]:
        """Store feedback on a paper; returns it, and whether it is new. "More" and "save" undo "less", and "less" undoes "more".

        It counts for the interest that brought the paper in the subscription's last issue with it. Raises NotFound for an unknown paper,
        and for a subscription that does not exist: it may have been erased since it was looked up.
        """
        with self._doors.writing() as connection:
            require_subscription(connection, subscription_id)
            number = paper_ids(connection, [paper]).get(paper)
            if number is None:
                raise NotFound(paper, "not seen yet: no source has listed it", hint="`digest search WORDS` finds papers by their titles")
            said = (feedback.c.subscription == subscription_id, feedback.c.paper == number)
            if kind in OPPOSITE:  # also where it stands: a paper stays saved when its reader wants less like it, and may be saved again
                connection.execute(update(feedback).where(*said, _IN_FORCE, feedback.c.kind == OPPOSITE[kind]).values(undone_at=now))
            before = _load(connection, *said, _IN_FORCE, feedback.c.kind == kind, feedback.c.author == author)
            if before:
                return before[0], False
            row = {"subscription": subscription_id, "paper": number, "kind": str(kind), "author": author, "origin": origin, "at": now}
            brought = _interest(connection, subscription_id, number)
            id_ = connection.execute(insert(feedback).values(**row, interest=brought).returning(feedback.c.id)).scalar_one()
            return _load(connection, feedback.c.id == id_)[0], True

    def undo(self, feedback_id: int, now: datetime) -> Feedback:
        """Undo one feedback, at any time and any number of times; the feedback that it had undone is in force again. Raises NotFound."""
        with self._doors.writing() as connection:
            row = connection.execute(select(feedback).where(feedback.c.id == feedback_id, _IN_FORCE)).mappings().one_or_none()
            if row is not None:
                connection.execute(update(feedback).where(feedback.c.id == feedback_id).values(undone_at=now))
                _put_in_force_again(connection, row)
            return _numbered(connection, feedback_id)

    def by_id(self, feedback_id: int) -> Feedback:
        """The feedback of that id, undone or not. Raises NotFound."""
        with self._doors.reading() as connection:
            return _numbered(connection, feedback_id)

    def of(self, subscription_ids: Iterable[int], *, undone: bool = False) -> dict[int, tuple[Feedback, ...]]:
        """The feedback in force for each of these subscriptions (with `undone`, also what was undone), newest first."""
        found: dict[int, list[Feedback]] = {}
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                which = [feedback.c.subscription.in_(some), *([] if undone else [_IN_FORCE])]
                for one in _load(connection, *which):
                    found.setdefault(one.subscription, []).append(one)
        return {subscription: tuple(given) for subscription, given in found.items()}

    def on(self, subscription_id: int, paper: str) -> tuple[Feedback, ...]:
        """The feedback in force for this subscription on the paper of that name, newest first."""
        with self._doors.reading() as connection:
            number = paper_ids(connection, [paper]).get(paper)
            return tuple(_load(connection, feedback.c.subscription == subscription_id, feedback.c.paper == number, _IN_FORCE))

    def lessons(self, subscription_ids: Iterable[int]) -> dict[int, tuple[Feedback, ...]]:
        """The feedback in force, as from `of`, for profiles to learn from; papers have only their key unless an author is followed."""
        found: dict[int, list[Feedback]] = {}
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                rows = _rows(connection, feedback.c.subscription.in_(some), _IN_FORCE)
                followed = load_papers(connection, (row["paper"] for row in rows if row["kind"] == FeedbackKind.FOLLOW))
                keys = keys_of(connection, {row["paper"] for row in rows} - followed.keys())
                known = followed | {id_: Paper(key=key, title="", abstract="") for id_, key in keys.items()}
                for row in rows:
                    found.setdefault(row["subscription"], []).append(_feedback(row, known[row["paper"]]))
        return {subscription: tuple(given) for subscription, given in found.items()}

    def judged(self, now: datetime) -> frozenset[str]:
        """The names of papers that profiles of subscriptions which get letters now list as liked or disliked."""
        profile = subscriptions.c.profile
        theirs = select(profile["interests"]).join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
        found: set[str] = set()
        with self._doors.reading() as connection:
            for interests in connection.scalars(theirs.where(*active(now), profile.is_not(None)).distinct()):
                found.update(name for one in interests for name in (*one.get("liked", ()), *one.get("disliked", ())))
        return frozenset(found)

    def filed(self, feedback_id: int, now: datetime) -> None:
        """Record that a saved paper has been written to its reader's own library."""
        with self._doors.writing() as connection:
            connection.execute(update(feedback).where(feedback.c.id == feedback_id).values(filed_at=now))


def _put_in_force_again(connection: Connection, undone: RowMapping) -> None:
    """Put the opposite feedback in force again that this one undid when it was given (both moments are the same).

    Not if it was given anew, or if other feedback given since and still in force undoes it as well.
    """
    opposite = OPPOSITE.get(FeedbackKind(undone["kind"]))
    theirs = (feedback.c.subscription == undone["subscription"], feedback.c.paper == undone["paper"])
    was = (feedback.c.kind == opposite, feedback.c.id < undone["id"], feedback.c.undone_at == undone["at"])
    number = connection.scalar(select(func.max(feedback.c.id)).where(*theirs, *was))
    if number is None:
        return
    others = feedback.c.kind.in_([kind for kind, earlier in OPPOSITE.items() if earlier is opposite])
    is_settled = or_(feedback.c.kind == opposite, others & (feedback.c.id > number))
    if not connection.scalar(select(exists().where(*theirs, _IN_FORCE, is_settled))):
        connection.execute(update(feedback).where(feedback.c.id == number).values(undone_at=None))


def _rows(connection: Connection, *which: ColumnElement[bool]) -> Sequence[RowMapping]:
    """The rows that meet the conditions, newest first."""
    return connection.execute(select(feedback).where(*which).order_by(feedback.c.at.desc(), feedback.c.id.desc())).mappings().all()


def _load(connection: Connection, *which: ColumnElement[bool]) -> list[Feedback]:
    rows = _rows(connection, *which)
    found = load_papers(connection, (row["paper"] for row in rows))
    return [_feedback(row, found[row["paper"]]) for row in rows]


def _numbered(connection: Connection, feedback_id: int) -> Feedback:
    found = _load(connection, feedback.c.id == feedback_id)
    if not found:
        raise NotFound(str(feedback_id), "no such feedback", hint="`digest feedback list ADDRESS` numbers them")
    return found[0]


def _feedback(row: RowMapping, paper: Paper) -> Feedback:
    return Feedback(**{**row, "paper": paper, "kind": FeedbackKind(row["kind"])})


def _interest(connection: Connection, subscription_id: int, paper: int) -> str:
    """The current name of the interest that brought a paper to this subscription; "" if none did. Updates do not count."""
    brought = connection.execute(
        select(picks.c.interest, picks.c.section)
        .join(issues, issues.c.id == picks.c.issue)
        .where(issues.c.subscription == subscription_id, picks.c.paper == paper, picks.c.section != Section.UPDATED)
        .order_by(picks.c.issue.desc())
        .limit(1)
    ).one_or_none()
    if brought is None or brought.section == Section.OUTSIDE:
        return ""
    profile = connection.execute(select(subscriptions.c.profile).where(subscriptions.c.id == subscription_id)).scalar_one()
    return name_today(profile_of(profile), brought.interest)
