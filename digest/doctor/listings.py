"""Check the sources: how their last fetch went and, if requested, whether they answer now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from ..announcements import calendar, latest_due
from ..catalog import SourceState
from ..errors import ConfigurationError, DigestError
from ..model import SourceOptions
from ..net import Net
from ..plugins import load_maker
from ..wiring import source_of
from .findings import Finding, note, ok, problem, several

_LATE = timedelta(days=2)
"""Two daily runs were missed by then, one of which may have been somebody's holiday."""
_CRON = "check the crontab line (crontab -l) and what the last `digest run` printed"


def remembered(sources: Sequence[SourceOptions], states: Mapping[str, SourceState], now: datetime) -> Iterator[Finding]:
    """What the catalog knows of each source's last fetch."""
    if not sources:
        yield problem("sources", "none", "no listing is asked, so no letter will ever have a paper", "add a [[sources]] table")
    for source in sources:
        yield _remembered(source, states.get(source.name), now)


def _remembered(source: SourceOptions, state: SourceState | None, now: datetime) -> Finding:
    if source.paused:
        return note("sources", source.name, "is paused and not asked")
    try:
        load_maker(source.kind)
    except ConfigurationError as error:  # every verb that needs the sources stops there, whatever is remembered
        return problem("sources", source.name, f"cannot be asked: {error.message}", error.hint)
    if state is None:
        return note("sources", source.name, "was never asked yet; the next `digest run` does")
    if state.state == "failed":
        advice = f"digest doctor --sources asks again; if it stays so, correct or pause [[sources]] {source.name!r}"
        return problem("sources", source.name, f"did not come in at the last run: {state.message}", advice)
    if state.fetched_at is None or state.fetched_at < _last_asked(source, now):
        when = f"{state.fetched_at:%Y-%m-%d %H:%M} UTC" if state.fetched_at else "never"
        return problem("sources", source.name, f"last answered on {when}, so `digest run` is not run every day", _CRON)
    return ok("sources", source.name, f"came in on {state.fetched_at:%Y-%m-%d %H:%M} UTC, with {several(state.new, 'new paper')}")


def _last_asked(source: SourceOptions, now: datetime) -> datetime:
    """Since when a source should have answered; arXiv is not fetched on days without an announcement."""
    late = now - _LATE
    return min(late, latest_due(calendar(source.holidays), late).due) if source.kind == "arxiv" else late


def tried(source: SourceOptions, net: Net, now: datetime) -> Finding:
    """Whether a source answers now; what it lists is not stored."""
    try:
        batch = source_of(source, net).fetch("", now)
    except DigestError as error:
        return problem("sources", source.name, f"does not come in: {error.message}", error.hint or "try it: digest sources try ADDRESS")
    if batch.failures:
        failure = batch.failures[0]
        sentence = f"comes in without {len(batch.failures)} of its parts: {failure.subject}: {failure.message}"
        return problem("sources", source.name, sentence, failure.hint or "run again later")
    return ok("sources", source.name, f"answers, and lists {several(len(batch.sightings), 'paper')}")
