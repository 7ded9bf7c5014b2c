"""Updates on papers that a reader was shown: a later version, accepted, withdrawn. They are extra picks beside the chosen papers."""

from __future__ import annotations

from collections.abc import Iterable, Set

from ...catalog import ACCEPTED, WITHDRAWN, Changed, accepted_where
from ...model import Pick, Profile, Reason, Section
from ...ranking import mutes

MOST = 5
"""The most updates in one letter; the next letter has the rest."""
_WEIGHTIEST_FIRST = (WITHDRAWN, ACCEPTED, "")


def updates(changed: Iterable[Changed], profile: Profile, hidden: Set[str]) -> tuple[Pick, ...]:
    """The most important updates, without papers that the profile mutes or that are `hidden` (keys); none if the profile wants none."""
    wanted = [one for one in changed if one.paper.key not in hidden and not mutes(profile, one.paper)] if profile.updates else []
    first = sorted(wanted, key=lambda one: _WEIGHTIEST_FIRST.index(one.fate))[:MOST]
    return tuple(
        Pick(paper=one.paper, section=Section.UPDATED, reasons=(Reason(Section.UPDATED.value, 0.0, note_of(one)),)) for one in first
    )


def note_of(changed: Changed) -> str:
    """ "version 3; you saw version 1", "accepted: NeurIPS 2026", "withdrawn"."""
    if changed.fate == WITHDRAWN:
        return "withdrawn"
    version = f"version {changed.paper.version}; you saw version {changed.saw}" if changed.paper.version > changed.saw else ""
    accepted = f"accepted: {accepted_where(changed.paper)}" if changed.fate == ACCEPTED else ""
    return "; ".join(part for part in (accepted, version) if part)
