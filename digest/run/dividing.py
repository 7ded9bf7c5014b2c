"""Which of the letters of one person shows a paper that several of them would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from ..model import Issue, Section


def claimed(issues: Iterable[Issue]) -> Mapping[int, Mapping[str, int]]:
    """By subscriber and key: the subscription that shows a paper, of those whose issues would, each made for itself.

    That is one which follows an author of it, else the one where it scores most; of equals the first. What is held shows nothing.
    """
    best: dict[int, dict[str, tuple[tuple[bool, float], int]]] = defaultdict(dict)
    for issue in issues:
        theirs = best[issue.subscription.subscriber.id]
        for pick in () if issue.held else issue.picks:
            claim = (pick.section is Section.FOLLOWED, pick.score)
            if pick.paper.key not in theirs or claim > theirs[pick.paper.key][0]:
                theirs[pick.paper.key] = (claim, issue.subscription.id)
    return {subscriber: {key: its for key, (_, its) in theirs.items()} for subscriber, theirs in best.items()}
