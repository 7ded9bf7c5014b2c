"""`digest outbox`: the letters that wait or failed and why; make them due now, or cancel them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from .finding import opened
from .frame import clock, dry_run_option, json_option, now_option, print_json, print_table, refuse, say, settings
from .numbers import NUMBER, Whole

if TYPE_CHECKING:
    from ..catalog import Line, Moved
    from ..model import DeliveryStatus, Rest

LATELY = timedelta(days=7)
"""How long a letter that failed is shown."""
MEANING = {
    "queued": "is to be handed over",
    "claimed": "in the hands of a run",
    "sending": "on the wire",
    "sent": "the server took it",
    "deferred": "put off by the server, tried again when due",
    "refused": "failed; its papers are free for the next issue",
    "given_up": "waited too long; its papers are free for the next issue",
    "unknown": "handed over, the answer never heard: may have arrived",
    "cancelled": "not to be sent any more",
    "bounced": "was sent and came back; its papers are free for the next issue",
    "complained": "was sent, and its reader called it spam",
}
_STATUSES = [*MEANING]

_status_option = click.option("--status", type=click.Choice(_STATUSES), multiple=True, help="Only letters of this status; repeatable.")
_limit_option = click.option("--limit", type=Whole(0, 1_000_000), default=20, help="How many letters are shown (default: 20).")


def _issue_name(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    """An issue's name as it was given. Raises BadParameter for one that no issue can have: it would cancel nothing and say nothing."""
    try:
        if name is not None and not (re.fullmatch("[0-9]{4}-(?:[0-9]{2}-[0-9]{2}|W[0-9]{2})", name) and date.fromisoformat(name)):
            raise ValueError(name)  # of a day's names that are as good as another, letters have one
    except ValueError as error:
        raise click.BadParameter(f"{name!r} is neither a day nor a week; write it as 2026-11-23 or 2026-W48") from error
    return name


@click.group("outbox", invoke_without_command=True)
@_status_option
@_limit_option
@now_option
@json_option
@click.pass_context
def outbox(ctx: click.Context, status: tuple[str, ...], limit: int, now: datetime | None, as_json: bool) -> int:
    """What waits, what failed lately and why (`list`, the default); `retry` makes letters due now, `cancel` drops them."""
    if ctx.invoked_subcommand is None:
        return _show(ctx, status, limit, now, as_json=as_json)
    if status or now or as_json or ctx.get_parameter_source("limit") is not click.core.ParameterSource.DEFAULT:
        raise refuse("options stand behind the verb", f"write: digest outbox {ctx.invoked_subcommand} …, then the options")
    return 0


@outbox.command("list", short_help="Letters by status, then one by one.")
@_status_option
@_limit_option
@now_option
@json_option
@click.pass_context
def show(ctx: click.Context, status: tuple[str, ...], limit: int, now: datetime | None, as_json: bool) -> int:
    """Letters by status, then one by one: reader, issue, tries, when it is due, and what the server said."""
    return _show(ctx, status, limit, now, as_json=as_json)


@outbox.command("retry", short_help="Make letters due now, by number or all.")
@click.argument("ids", nargs=-1, type=NUMBER, metavar="ID…")
@click.option("--all", "every", is_flag=True, help="All that wait, save those that may have arrived.")
@click.option("--status", type=click.Choice(["queued", "deferred", "unknown"]), help="All of this status.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def retry(
    ctx: click.Context, ids: tuple[int, ...], every: bool, status: str | None, now: datetime | None, as_json: bool, dry_run: bool
) -> int:
    """Make letters due now, by number or all; the next run hands them over, also to a server that spoke of its quota.

    A letter whose answer was never heard may have arrived: it goes out again only by its number or with --status unknown.
    """
    from ..catalog import Which
    from ..model import DeliveryStatus

    _require_one(bool(ids), every, status is not None, hint="name letters by number, or say --all or --status")
    which = Which(ids=ids, status=DeliveryStatus(status) if status else None)
    moment = clock(now)
    fresh = moment - settings(ctx).delivery.stale_after
    with opened(ctx, now, dry_run=dry_run) as catalog:
        moved = catalog.waiting.retry(which, moment, fresh, dry_run=dry_run)
    if moved.uncertain:
        say(f"{_letters(moved.uncertain)} of these may have arrived: the reader may get it twice, with the same Message-ID")
    if moved.stale:
        say(f"{_letters(moved.stale)} of these waited longer than [delivery] stale_after: the next run gives them up")
    status_ = _tell(moved, "due now", as_json=as_json, dry_run=dry_run)
    if moved.letters and not dry_run:
        say("next: digest deliver")
    return status_


@outbox.command("cancel", short_help="Never send letters that wait.")
@click.argument("ids", nargs=-1, type=NUMBER, metavar="ID…")
@click.option("--issue", metavar="NAME", callback=_issue_name, help="All letters of a day or week: 2026-11-23, 2026-W48.")
@click.option("--all", "every", is_flag=True, help="All that wait.")
@now_option
@json_option
@dry_run_option
@click.pass_context
def cancel(
    ctx: click.Context, ids: tuple[int, ...], issue: str | None, every: bool, now: datetime | None, as_json: bool, dry_run: bool
) -> int:
    """Never send letters that wait; their papers are free for the readers' next issues.

    One that may have arrived is not sent again, and its papers count as shown.
    """
    from ..catalog import Which

    _require_one(bool(ids), every, issue is not None, hint="name letters by number, or say --all or --issue")
    with opened(ctx, now, dry_run=dry_run) as catalog:
        moved = catalog.waiting.cancel(Which(ids=ids, issue=issue), clock(now), dry_run=dry_run)
    return _tell(moved, "cancelled", as_json=as_json, dry_run=dry_run)


def _show(ctx: click.Context, wanted: Sequence[str], limit: int, now: datetime | None, *, as_json: bool) -> int:
    from ..catalog.letters.waiting import SHOWN
    from ..model import DeliveryStatus

    moment = clock(now)
    statuses = [DeliveryStatus(one) for one in dict.fromkeys(wanted)] or list(SHOWN)
    with opened(ctx, now) as catalog:
        counts, ended = catalog.outbox.counts(), catalog.waiting.ended(moment - LATELY)
        lines = catalog.waiting.lines(statuses, limit, ended_since=moment - LATELY)
        rests = catalog.waiting.rests(moment)
    if as_json:
        print_json(_as_json(moment, counts, rests, lines))
    else:
        rows = [[status, counts[DeliveryStatus(status)], MEANING[status]] for status in _STATUSES if counts[DeliveryStatus(status)]]
        print_table(["status", "letters", "meaning"], rows)
        headings = ["id", "reader", "issue", "status", "tries", "due (UTC)", "last reply, or why"]
        print_table(headings, [_row(line) for line in lines])
    for server, rest in rests.items():
        say(f"{server} takes no more until {_moment(rest.until)} UTC: {rest.reply}")
    _tell_more(statuses, {**counts, **ended}, len(lines), limit)
    return 0


def _as_json(
    moment: datetime, counts: Mapping[DeliveryStatus, int], rests: Mapping[str, Rest], lines: Sequence[Line]
) -> dict[str, object]:
    """What the table shows, whole."""
    return {
        "now": moment.isoformat(),
        "counts": {str(status): n for status, n in counts.items() if n},
        "rests": [{"server": server, "until": rest.until.isoformat(), "reply": rest.reply} for server, rest in rests.items()],
        "letters": [
            {
                "id": line.id,
                "address": line.address,
                "subscription": line.subscription,
                "issue": line.issue,
                "status": str(line.status),
                "attempts": line.attempts,
                "due": line.due.isoformat() if line.due else None,
                "queued_at": line.queued_at.isoformat(),
                "settled_at": line.settled_at.isoformat() if line.settled_at else None,
                "reply": line.reply,
                "reason": line.reason,
            }
            for line in lines
        ],
    }


def _row(line: Line) -> list[object]:
    due = _moment(line.due) if line.due else ""
    return [line.id, line.address, line.issue, str(line.status), line.attempts, due, line.reply or line.reason]


def _tell_more(statuses: Sequence[DeliveryStatus], counts: dict[DeliveryStatus, int], shown: int, limit: int) -> None:
    """How many letters were left out, and what can be done about those that wait for somebody."""
    from ..model import DeliveryStatus

    more = sum(counts[status] for status in statuses) - shown
    if not any(counts.values()):
        say("no letters yet")
    elif more > 0 and shown == limit:
        say(f"and {more} more; --limit shows more of them, --status only some")
    if counts[DeliveryStatus.UNKNOWN]:
        say("next: digest outbox retry --status unknown, to send again what may have arrived; a run repeats each up to four times")
    elif counts[DeliveryStatus.DEFERRED]:
        say("next: digest outbox retry --status deferred, to try these at once")


def _tell(moved: Moved, what: str, *, as_json: bool, dry_run: bool) -> int:
    """Say what was done; 1 where a letter that was named stays as it is."""
    if as_json:
        left: list[dict[str, Any]] = [{"id": id_, "why": why} for id_, why in moved.left]
        print_json({"letters": moved.letters, "left": left, "stale": moved.stale, "uncertain": moved.uncertain, "dry_run": dry_run})
    for id_, why in moved.left:
        say(f"letter {id_} {why}" if not why.startswith("there") else f"{id_}: {why}")
    if moved.letters or not moved.left:
        say(f"{_letters(moved.letters)} {'would be ' if dry_run else ''}{what}")
    return 1 if moved.left else 0


def _require_one(*ways: bool, hint: str) -> None:
    if sum(ways) != 1:
        raise refuse("which letters?" if not any(ways) else "these say different letters", hint)


def _letters(number: int) -> str:
    return "1 letter" if number == 1 else f"{number} letters"


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
