"""Preview the next issue for the page that asks for it; it is kept only in memory."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from threading import Lock

from ..errors import NotFound
from ..model import Subscription
from ..run import Parts, Report, page_of, past_week, preview_issue
from .gate import Gate

MOST_KEPT = 32
"""Letters that are kept for their frames, of at most 100 KB each."""


class Previews:
    """Makes previews, and keeps the last one of each link, until those of MOST_KEPT others need its place."""

    def __init__(self, parts: Parts, gate: Gate) -> None:
        self._parts, self._gate = parts, gate
        self._keeping = Lock()
        self._kept: OrderedDict[str, str] = OrderedDict()

    def make(self, link: str, subscription: Subscription, now: datetime) -> bool:
        """Rank and render what this subscription, with the wished changes, would get now. Raises Busy.

        Somebody who opens the page from this morning's letter would see an empty preview, and so would somebody whose second letter already
        shows what is new. They see the past week's issue instead, and the result is then True.
        """
        with self._gate.entered(link):
            issue = preview_issue(self._parts, subscription, Report(now))
            past = None if issue.picks else past_week(self._parts, subscription, Report(now))
            is_past = past is not None and bool(past.picks)
            issue = past if past is not None and is_past else issue
            html = page_of(self._parts, issue, now).html
        with self._keeping:
            self._kept.pop(link, None)
            self._kept[link] = html
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return is_past

    def last(self, link: str) -> str:
        """The last letter made for this link. Raises NotFound if it is gone."""
        with self._keeping:
            html = self._kept.get(link)
        if html is None:
            raise NotFound("", "no preview was asked for", hint="press Preview on the page of preferences")
        return html
