"""What is done at a tick: fetch if it is time, publish what is due, hand over what waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from ..errors import DigestError
from ..run import (
    SCHEDULE,
    WORK,
    Outlook,
    Parts,
    Report,
    at_work,
    check_theme,
    deliver,
    fetch,
    file_saved,
    follow,
    keeping_turn,
    learn_details,
    learn_liked,
    outlook,
    publish,
    receive,
    sum_up,
    take_turns,
)
from .deciding import is_fetch_due, is_patient, is_resting, last_asked, offline_from

Opened = Callable[[], AbstractContextManager[Parts]]
PAUSE_AFTER_REFUSAL = timedelta(minutes=15)
"""How long a server is left alone that is out of reach or takes no mail from us: a wrong password tried every minute locks accounts."""
RENEWED_EVERY = timedelta(minutes=3)
"""How often the lease of the one schedule is renewed."""
INBOX_EVERY = timedelta(minutes=5)
"""Readers' mails are looked for before a letter is composed, but not every minute: an answer younger than this may count in the next."""


class Worker:
    """Does what ticks ask for, one at a time; `told` hears what each did, `say` what the operator should know besides.

    A context manager that opens the parts and closes them; raises what opening them raises.
    """

    def __init__(
        self,
        opened: Opened,
        clock: Callable[[], datetime],
        told: Callable[[Report], None],
        say: Callable[[str], None] = lambda _: None,
        asked: threading.Event | None = None,
    ) -> None:
        self._opened, self._clock, self._told, self._say = opened, clock, told, say
        self._asked = asked or threading.Event()
        self._stack = ExitStack()
        self._said = ""
        self._noted: list[str] = []
        self._ours_since: datetime | None = None
        self._tried: datetime | None = None
        self._offline_since: datetime | None = None
        self._silent_until: datetime | None = None
        self._inbox_from: datetime | None = None

    def __enter__(self) -> Worker:
        self._parts = self._open(self._stack)
        return self

    def __exit__(self, *failure: object) -> None:
        with self._stack, suppress(DigestError):  # a full disk: others see that this process has ended
            self._parts.catalog.leases.give_back(SCHEDULE, self._parts.worker)

    def abandon(self) -> None:
        """Leave what the work in hand holds to others, since the process ends before that work does; in another thread than its own.

        On this host they see that it died; on another one, as where a container takes the place of this one, they would wait for two hours.
        """
        catalog, worker = self._parts.catalog, self._parts.worker
        with suppress(DigestError):
            catalog.outbox.recover(self._clock(), worker)
            for name in (WORK, SCHEDULE):
                catalog.leases.give_back(name, worker)

    def reload(self) -> None:
        """Go on with the configuration as it is now; with the old one where that cannot be used, which is said."""
        stack = ExitStack()
        try:
            parts = self._open(stack)
        except DigestError as error:
            stack.close()
            hint = f"\n  → {error.hint}" if error.hint else ""
            self._say(f"the new configuration cannot be used, the old one still holds: {error}{hint}")
            return
        before = self._parts
        with self._stack:
            self._stack, self._parts = stack, replace(parts, worker=before.worker)  # its leases stay its own
            if before.catalog.database != parts.catalog.database:
                with suppress(DigestError):  # it may be gone: then nobody waits for it
                    before.catalog.leases.give_back(SCHEDULE, before.worker)
        self._tried = self._silent_until = self._inbox_from = self._ours_since = None  # its database may be another
        self._say("the configuration was read again")

    def tick(self) -> None:
        """All that is to be done now."""
        report = Report(self._clock(), is_brief=True)
        if self._is_ours(report.now):
            with keeping_turn(self._parts, self._clock):
                self._do(report)

    def _do(self, report: Report) -> None:
        try:
            with report.guard():
                self._make(report)
        finally:  # also where a bug breaks that: what waits since earlier ticks leaves
            with report.guard():
                if not self._asked.is_set():
                    self._hand_over(report)
            # What holds for hours, such as a limit that is reached, is said once and not at every tick.
            noted, report.notes = report.notes, [note for note in report.notes if note not in self._noted]
            self._noted = noted
            self._told(report)

    def _open(self, stack: ExitStack) -> Parts:
        parts = stack.enter_context(self._opened())
        return replace(parts, policy=replace(parts.policy, linger=timedelta(0)))

    def _is_ours(self, now: datetime) -> bool:
        """Whether this is the one schedule that works; another waits until that has ended, however it ended."""
        if self._ours_since is not None and timedelta(0) <= now - self._ours_since < RENEWED_EVERY:
            return True
        other = take_turns(self._parts, now)
        self._ours_since = now if other is None else None
        if other is not None:
            self._tell(f"another digest schedule runs on this database ({other}): this one waits, and takes over when it has ended")
        return other is None

    def _is_fetch_due(self, now: datetime) -> bool:
        names = {source.name for source in self._parts.sources}
        states = {state.name: state.fetched_at for state in self._parts.catalog.sources.states()}
        asked = last_asked(now, self._tried, [states.get(name) for name in names])
        is_owed = any(one.deadline > now for one in self._parts.awaited(now))
        return is_fetch_due(now, asked, is_owed=is_owed, offline_since=self._offline_since)

    def _make(self, report: Report) -> None:
        """Fetch and compose where it is time for that, and nobody else is at it."""
        is_fetch = self._is_fetch_due(report.now)
        due = Outlook() if is_fetch else outlook(self._parts, report.now)
        if is_fetch or due.ready:
            with at_work(self._parts, self._clock) as other:
                if other is None:
                    self._work(report, is_fetch=is_fetch)
                else:
                    self._tell(f"another digest fetches and composes at the moment ({other}): this one waits until it is done")
        else:
            self._tell_what_waits(due)

    def _work(self, report: Report, *, is_fetch: bool) -> None:
        before = self._parts
        with report.guard():  # a command may have added a source since, or a reader named a category
            self._parts = before.renewed(before)
        if is_fetch or self._parts is not before:
            self._pull(report)
        if not self._asked.is_set() and not is_patient(report.now, self._offline_since):
            self._compose(report)

    def _pull(self, report: Report) -> None:
        self._receive(report)
        with report.guard():
            check_theme(self._parts, report)
        before = self._tried
        self._tried = report.now  # also where a bug breaks it: nobody is asked every minute, and the next tick composes
        fetch(self._parts, report)
        is_offline = bool(report.sources) and all(line.state == "failed" for line in report.sources)
        self._offline_since = offline_from(report.now, self._offline_since, before) if is_offline else None
        for step in (follow, file_saved, learn_liked):
            if not self._asked.is_set():
                step(self._parts, report)

    def _compose(self, report: Report) -> None:
        if self._parts.inbox is not None:
            self._receive(report)
        published = publish(self._parts, report, is_stopped=self._asked.is_set)
        learn_details(self._parts, published, report)
        sum_up(self._parts, published, report)

    def _hand_over(self, report: Report) -> None:
        if not is_resting(report.now, self._silent_until, PAUSE_AFTER_REFUSAL):
            refusal = deliver(self._parts, report, self._clock, is_stopped=self._asked.is_set)
            self._silent_until = report.now + PAUSE_AFTER_REFUSAL if refusal else None

    def _receive(self, report: Report) -> None:
        """Carry out what readers mailed, so that it counts in what is composed next."""
        if not is_resting(report.now, self._inbox_from, PAUSE_AFTER_REFUSAL):
            before = len(report.failures)
            self._inbox_from = report.now + PAUSE_AFTER_REFUSAL
            receive(self._parts, report)
            if len(report.failures) == before:
                self._inbox_from = report.now + INBOX_EVERY

    def _tell_what_waits(self, due: Outlook) -> None:
        waits = "1 letter waits" if due.waiting == 1 else f"{due.waiting} letters wait"
        listings = ", ".join(due.sources)
        self._tell(f"{waits} for the listing of {listings}, at most until {due.until:%H:%M} UTC" if due.until else "")

    def _tell(self, sentence: str) -> None:
        """Say it once, until something else is so."""
        if sentence and sentence != self._said:
            self._say(sentence)
        self._said = sentence
