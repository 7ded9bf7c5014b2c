"""What a reader's group says of the papers of a letter: how many saved each, as things stand when it is written."""

from __future__ import annotations

from dataclasses import replace

from ...model import Issue
from ..parts import Parts


def with_saves(parts: Parts, issue: Issue) -> Issue:
    """The issue with how many others of its reader's group saved each paper, where all of them agreed to that; else as it is.

    It is asked at every writing, so that a yes that was taken back counts in no letter more.
    """
    if not issue.subscription.group or not issue.picks:
        return issue
    saves = parts.catalog.groups.saves(issue.subscription, (pick.paper.key for pick in issue.picks))
    if not saves:
        return issue
    return replace(issue, picks=tuple(replace(pick, saves=saves.get(pick.paper.key, 0)) for pick in issue.picks))
