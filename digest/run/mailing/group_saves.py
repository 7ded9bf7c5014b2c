"""How many others of a reader's group saved each paper of a letter, counted when the letter is written."""

from __future__ import annotations

from dataclasses import replace

from ...model import Issue
from ..parts import Parts


def with_saves(parts: Parts, issue: Issue) -> Issue:
    """The issue with how many others of its reader's group saved each paper, if they and the reader agreed to that; else unchanged.

    It is counted whenever a letter is written, so that somebody who withdraws consent counts in no later letter.
    """
    if not issue.subscription.group or not issue.picks:
        return issue
    saves = parts.catalog.groups.saves(issue.subscription, (pick.paper.key for pick in issue.picks))
    if not saves:
        return issue
    return replace(issue, picks=tuple(replace(pick, saves=saves.get(pick.paper.key, 0)) for pick in issue.picks))
