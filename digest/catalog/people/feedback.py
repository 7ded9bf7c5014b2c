"""What readers said of papers: given once however often it is said, listed, and undone."""

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

_STANDS = feedback.c.undone_at.is_(None)


class Feedbacks:
    """Everything that readers said of papers."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def give(
        self, subscription_id: int, paper: str, kind: FeedbackKind, now: datetime, *, author: str = "", origin: str = "cli"
    ) -> tuple[Feedback, bool]:
        """Write down what was said of a paper; gives it, and whether it is new. More and save take less back, and less takes more back.

        It teaches the interest that brought the paper in this subscription's last issue with it. Raises NotFound for an unknown paper, and
        for a subscription that is not there: it may have been erased since it was looked up.
        """
        with self._doors.writing() as connection:
            require_subscription(connection, subscription_id)
            number = paper_ids(connection, [paper]).get(paper)
            if number is None:
                raise NotFound(paper, "not seen yet: no source has listed it", hint="`digest search WORDS` finds papers by their titles")
            said = (feedback.c.subscription == subscription_id, feedback.c.paper == number)
            if kind in OPPOSITE:  # also where it stands: a paper stays saved when its reader wants less like it, and may be saved again
                connection.execute(update(feedback).where(*said, _STANDS, feedback.c.kind == OPPOSITE[kind]).values(undone_at=now))
            before = _load(connection, *said, _STANDS, feedback.c.kind == kind, feedback.c.author == author)
            if before:
                return before[0], False
            row = {"subscription": subscription_id, "paper": number, "kind": str(kind), "author": author, "origin": origin, "at": now}
            brought = _interest(connection, subscription_id, number)
            id_ = connection.execute(insert(feedback).values(**row, interest=brought).returning(feedback.c.id)).scalar_one()
            return _load(connection, feedback.c.id == id_)[0], True

    def undo(self, feedback_id: int, now: datetime) -> Feedback:
        """Take one of them back, at any time and any number of times; what it took back itself stands again. Raises NotFound."""
        with self._doors.writing() as connection:
            row = connection.execute(select(feedback).where(feedback.c.id == feedback_id, _STANDS)).mappings().one_or_none()
            if row is not None:
                connection.execute(update(feedback).where(feedback.c.id == feedback_id).values(undone_at=now))
                _stand_again(connection, row)
            return _numbered(connection, feedback_id)

    def by_id(self, feedback_id: int) -> Feedback:
        """One of them, taken back or not. Raises NotFound."""
        with self._doors.reading() as connection:
            return _numbered(connection, feedback_id)

    def of(self, subscription_ids: Iterable[int], *, undone: bool = False) -> dict[int, tuple[Feedback, ...]]:
        """What stands of what was said for these subscriptions (with `undone`, also what was taken back), newest first."""
        found: dict[int, list[Feedback]] = {}
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                which = [feedback.c.subscription.in_(some), *([] if undone else [_STANDS])]
                for one in _load(connection, *which):
                    found.setdefault(one.subscription, []).append(one)
        return {subscription: tuple(given) for subscription, given in found.items()}

    def on(self, subscription_id: int, paper: str) -> tuple[Feedback, ...]:
        """What stands of what was said for this subscription of the paper of that name, newest first; nothing of the others is read."""
        with self._doors.reading() as connection:
            number = paper_ids(connection, [paper]).get(paper)
            return tuple(_load(connection, feedback.c.subscription == subscription_id, feedback.c.paper == number, _STANDS))

    def lessons(self, subscription_ids: Iterable[int]) -> dict[int, tuple[Feedback, ...]]:
        """What stands, as `of` gives it, with no more of a paper than its key save where somebody is followed: that teaches profiles."""
        found: dict[int, list[Feedback]] = {}
        with self._doors.reading() as connection:
            for some in chunks(subscription_ids):
                rows = _rows(connection, feedback.c.subscription.in_(some), _STANDS)
                followed = load_papers(connection, (row["paper"] for row in rows if row["kind"] == FeedbackKind.FOLLOW))
                keys = keys_of(connection, {row["paper"] for row in rows} - followed.keys())
                known = followed | {id_: Paper(key=key, title="", abstract="") for id_, key in keys.items()}
                for row in rows:
                    found.setdefault(row["subscription"], []).append(_feedback(row, known[row["paper"]]))
        return {subscription: tuple(given) for subscription, given in found.items()}

    def judged(self, now: datetime) -> frozenset[str]:
        """The papers that the profiles of those who get letters now name as liked or disliked; of the rest of them nothing is read."""
        profile = subscriptions.c.profile
        theirs = select(profile["interests"]).join(subscribers, subscribers.c.id == subscriptions.c.subscriber)
        found: set[str] = set()
        with self._doors.reading() as connection:
            for interests in connection.scalars(theirs.where(*active(now), profile.is_not(None)).distinct()):
                found.update(name for one in interests for name in (*one.get("liked", ()), *one.get("disliked", ())))
        return frozenset(found)

    def filed(self, feedback_id: int, now: datetime) -> None:
        """Write down that a saved paper stands in its reader's own library now."""
        with self._doors.writing() as connection:
            connection.execute(update(feedback).where(feedback.c.id == feedback_id).values(filed_at=now))


def _stand_again(connection: Connection, undone: RowMapping) -> None:
    """Let the opposite word stand that this one took back when it was given, which is told by the moment.

    Not where it was said anew, or where another word stands that was given since and takes it back as well.
    """
    opposite = OPPOSITE.get(FeedbackKind(undone["kind"]))
    theirs = (feedback.c.subscription == undone["subscription"], feedback.c.paper == undone["paper"])
    was = (feedback.c.kind == opposite, feedback.c.id < undone["id"], feedback.c.undone_at == undone["at"])
    number = connection.scalar(select(func.max(feedback.c.id)).where(*theirs, *was))
    if number is None:
        return
    others = feedback.c.kind.in_([kind for kind, earlier in OPPOSITE.items() if earlier is opposite])
    is_settled = or_(feedback.c.kind == opposite, others & (feedback.c.id > number))
    if not connection.scalar(select(exists().where(*theirs, _STANDS, is_settled))):
        connection.execute(update(feedback).where(feedback.c.id == number).values(undone_at=None))


def _rows(connection: Connection, *which: ColumnElement[bool]) -> Sequence[RowMapping]:
    """Newest first."""
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
    """The interest that brought a paper to this subscription, by its name of today; "" where none did; an update brings none."""
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
