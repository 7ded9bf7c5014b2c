"""What models wrote of papers, kept for ever under the model's name and the text that was summed up, so that nobody pays for one twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import func, select

from ...model import Paper
from ...naming import text_key
from ..doors import Doors, chunks, insert_new
from ..schema.made import summaries
from .papers import paper_ids

_DAY = timedelta(days=1)


class Summaries:
    """Summaries by model and paper; one that was of no use is kept as "", because it was asked for all the same."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def find(self, origin: str, some: Iterable[Paper]) -> dict[str, str]:
        """What that model wrote of these papers as they are here (title and abstract), by key; absent those it was never asked about."""
        wanted = {paper.key: _summed_up(paper) for paper in some}
        found: dict[str, str] = {}
        which = select(summaries.c.paper, summaries.c.of, summaries.c.text).where(summaries.c.origin == origin)
        with self._doors.reading() as connection:
            # By number, as they are kept: by key all that were ever made would be read, for each letter.
            keys = {id_: key for key, id_ in paper_ids(connection, wanted).items()}
            for numbers in chunks(keys):
                rows = connection.execute(which.where(summaries.c.paper.in_(numbers)))
                found.update((keys[id_], text) for id_, of, text in rows if of == wanted[keys[id_]])
        return found

    def add(self, paper: Paper, origin: str, text: str, now: datetime) -> None:
        """Keep what that model wrote of a paper as it is here, if the catalog knows it; what was kept before stays."""
        with self._doors.writing() as connection:
            ids = paper_ids(connection, [paper.key])
            rows = [{"paper": id_, "origin": origin, "of": _summed_up(paper), "text": text, "made_at": now} for id_ in ids.values()]
            insert_new(connection, summaries, rows)

    def made_since(self, moment: datetime) -> int:
        """How many were made in the day from that moment on, by whatever model, those of no use among them.

        What a wrong clock dated later does not count: until then the cap of each day would be reached.
        """
        with self._doors.reading() as connection:
            return connection.scalar(select(func.count()).where(summaries.c.made_at >= moment, summaries.c.made_at < moment + _DAY)) or 0


def _summed_up(paper: Paper) -> bytes:
    return text_key(f"{paper.title}\n{paper.abstract}")
