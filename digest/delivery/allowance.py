"""How many letters may be sent now: the provider's daily limit, the ramp-up of a new sender, and what a server said about its quota.

Providers count the last 24 hours, not the calendar day (Gmail: support.google.com/a/answer/166852; Exchange Online: "recipient rate
limit").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..model import Allowance, Handed, HeldBack

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one sender may send through one server.

    `daily_limit`: letters in any 24 hours (0: no limit). `ramp`: letters on the first day (UTC) on which this sender address sends, on
    the second, and so on; after the last entry there is no such limit. Receivers trust a new sender that grows slowly.
    """

    sender: str
    server: str
    daily_limit: int = 0
    ramp: tuple[int, ...] = ()

    def allowance(self, handed: Handed, now: datetime) -> Allowance:
        """How many more letters may go: the lowest limit decides, and among equally low ones the one that lasts longest."""
        ramps = handed.days < len(self.ramp)
        found = (self._server_pause(handed, now), self._daily_limit(handed, now), self._ramp_limit(handed, now))
        limits = [limit for limit in found if limit is not None]
        if not limits:
            return Allowance()
        least = min(letters for letters, _, _ in limits)
        chosen = max(limit for limit in limits if limit[0] == least)
        _, until, why = chosen
        return Allowance(letters=least, until=until, why=why, newest_first=ramps, rolls=chosen == self._daily_limit(handed, now))

    def _server_pause(self, handed: Handed, now: datetime) -> tuple[int, datetime, str] | None:
        if handed.rests_until is None or handed.rests_until <= now:
            return None
        return 0, handed.rests_until, f"{self.server} takes no more for now ({handed.reply})"

    def _daily_limit(self, handed: Handed, now: datetime) -> tuple[int, datetime, str] | None:
        if not self.daily_limit:
            return None
        left = max(self.daily_limit - handed.last_day, 0)
        return left, (handed.oldest or now) + _DAY, f"daily_limit of {self.daily_limit} reached"

    def _ramp_limit(self, handed: Handed, now: datetime) -> tuple[int, datetime, str] | None:
        if handed.days >= len(self.ramp):
            return None
        most = self.ramp[handed.days]
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + _DAY
        why = f"ramp of {most} letters on day {handed.days + 1} of {self.sender} reached"
        return max(most - handed.today, 0), midnight, why


def in_words(held: HeldBack, now: datetime) -> str:
    """The sentence for an operator: "daily_limit of 500 reached: 120 letters wait until 07:12 UTC tomorrow"."""
    days = (held.until.date() - now.date()).days
    when = f"{held.until:%H:%M} UTC" + ("" if days == 0 else " tomorrow" if days == 1 else f" on {held.until:%Y-%m-%d}")
    letters = "1 letter waits" if held.letters == 1 else f"{held.letters} letters wait"
    return f"{held.why}: {letters} until {when}"
