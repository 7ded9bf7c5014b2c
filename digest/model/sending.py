"""How much may be sent: what was handed over so far, and how many letters may follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What the catalog knows of letters that were handed over, may have been, or are just being.

    `last_day` of them in the 24 hours before, the oldest at `oldest`; `today` since midnight (UTC); `days` are the earlier days (UTC) on
    which this sender sent anything. Until `rests_until` the server wants no more from us, as it said in `reply`; None: it did not.
    """

    last_day: int = 0
    today: int = 0
    days: int = 0
    oldest: datetime | None = None
    rests_until: datetime | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How many letters may be handed over now (None: any number), and where there is a limit, when there may be more, and why.

    `newest_first`: those who confirmed last get theirs first. `rolls`: the limit counts 24 hours, so letters are let go one by one as they
    were sent, the first at `until`.
    """

    letters: int | None = None
    until: datetime | None = None
    why: str = ""
    newest_first: bool = False
    rolls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBack:
    """Letters that are due and have to wait; by `until` as many of them may be handed over as the limit allows. `why` names the limit."""

    letters: int
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Rest:
    """Until when a server wants no more from us, and what it said, without addresses."""

    until: datetime
    reply: str
