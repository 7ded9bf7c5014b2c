"""The work of a tick: fetch if it is time, publish the issues that are due, send the letters that wait."""

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
    check_theme,
    deliver,
    fetch,
    file_saved,
    follow,
    holding_work_lease,
    keeping_schedule_lease,
    learn_details,
    learn_liked,
    outlook,
    publish,
    receive,
    sum_up,
    take_schedule_lease,
)
from .deciding import is_fetch_due, is_patient, is_resting, last_asked, offline_from

OpenParts = Callable[[], AbstractContextManager[Parts]]
PAUSE_AFTER_REFUSAL = timedelta(minutes=15)
"""How long to leave a server alone that cannot be reached or refuses our mail: a wrong password tried every minute locks accounts."""
RENEWED_EVERY = timedelta(minutes=3)
"""How often the lease of the one schedule is renewed."""
INBOX_EVERY = timedelta(minutes=5)
"""How often to read readers' mails before composing; a mail younger than this may only take effect on the next letter."""


class Worker:
    """Does the work of ticks, one at a time.

    `on_report` is called with each tick's report, `say` with other sentences for the operator; setting `stop_requested` requests a stop.
    A context manager that opens and closes the parts; raises what `opened` raises.
    """

    def __init__(
        self,
        opened: OpenParts,
        clock: Callable[[], datetime],
        on_report: Callable[[Report], None],
        say: Callable[[str], None] = lambda _: None,
        stop_requested: threading.Event | None = None,
    ) -> None:
        self._opened, self._clock, self._on_report, self._say = opened, clock, on_report, say
        self._stop_requested = stop_requested or threading.Event()
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
        with self._stack, suppress(DigestError):  # such as a full disk; others see anyway that this process has ended
            self._parts.catalog.leases.give_back(SCHEDULE, self._parts.worker)

    def abandon(self) -> None:
        """Release the letters and leases that the unfinished tick holds, as the process is about to exit; called from another thread.

        Processes on this host would see that it died; on another host, such as a container that replaces this one, they would wait for
        two hours.
        """
        catalog, worker = self._parts.catalog, self._parts.worker
        with suppress(DigestError):
            catalog.outbox.recover(self._clock(), worker)
            for name in (WORK, SCHEDULE):
                catalog.leases.give_back(name, worker)

    def reload(self) -> None:
        """Read the configuration again; if it cannot be used, tell the operator and keep the old one."""
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
                with suppress(DigestError):  # the old database may be gone, and then nobody waits for its lease
                    before.catalog.leases.give_back(SCHEDULE, before.worker)
        self._tried = self._silent_until = self._inbox_from = self._ours_since = None  # its database may be another
        self._say("the configuration was read again")

    def tick(self) -> None:
        """Do everything that is due now, if this is the schedule that works."""
        report = Report(self._clock(), is_brief=True)
        if self._is_ours(report.now):
            with keeping_schedule_lease(self._parts, self._clock):
                self._do(report)

    def _do(self, report: Report) -> None:
        try:
            with report.guard():
                self._make(report)
        finally:  # even after a bug: letters that wait since earlier ticks are still sent
            with report.guard():
                if not self._stop_requested.is_set():
                    self._hand_over(report)
            # A note that stays true for hours, such as a reached limit, is reported once, not at every tick.
            noted, report.notes = report.notes, [note for note in report.notes if note not in self._noted]
            self._noted = noted
            self._on_report(report)

    def _open(self, stack: ExitStack) -> Parts:
        parts = stack.enter_context(self._opened())
        return replace(parts, policy=replace(parts.policy, linger=timedelta(0)))

    def _is_ours(self, now: datetime) -> bool:
        """Whether this process is the one schedule that works; any other waits until that one has ended, however it ends."""
        if self._ours_since is not None and timedelta(0) <= now - self._ours_since < RENEWED_EVERY:
            return True
        other = take_schedule_lease(self._parts, now)
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
        """Fetch and compose, if it is time for that and no other process is doing it."""
        is_fetch = self._is_fetch_due(report.now)
        due = Outlook() if is_fetch else outlook(self._parts, report.now)
        if is_fetch or due.ready:
            with holding_work_lease(self._parts, self._clock) as other:
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
        if not self._stop_requested.is_set() and not is_patient(report.now, self._offline_since):
            self._compose(report)

    def _pull(self, report: Report) -> None:
        self._receive(report)
        with report.guard():
            check_theme(self._parts, report)
        before = self._tried
        self._tried = report.now  # set first: even if a bug ends the fetch, sources are not asked every minute, and the next tick composes
        fetch(self._parts, report)
        is_offline = bool(report.sources) and all(line.state == "failed" for line in report.sources)
        self._offline_since = offline_from(report.now, self._offline_since, before) if is_offline else None
        for step in (follow, file_saved, learn_liked):
            if not self._stop_requested.is_set():
                step(self._parts, report)

    def _compose(self, report: Report) -> None:
        if self._parts.inbox is not None:
            self._receive(report)
        published = publish(self._parts, report, is_stopped=self._stop_requested.is_set)
        learn_details(self._parts, published, report)
        sum_up(self._parts, published, report)

    def _hand_over(self, report: Report) -> None:
        if not is_resting(report.now, self._silent_until, PAUSE_AFTER_REFUSAL):
            refusal = deliver(self._parts, report, self._clock, is_stopped=self._stop_requested.is_set)
            self._silent_until = report.now + PAUSE_AFTER_REFUSAL if refusal else None

    def _receive(self, report: Report) -> None:
        """Carry out readers' mailed commands, so that they take effect on the next issues."""
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
        """Say a sentence to the operator, but not twice in a row."""
        if sentence and sentence != self._said:
            self._say(sentence)
        self._said = sentence
