"""The pages behind a letter's foot: the issue as a page, and the end of a subscription."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..cadence import beginning, local
from ..errors import NotFound
from ..model import Every, Issue, Paper, Subscription
from ..naming import short_name
from ..rendering.languages import language
from ..run import Parts, is_paused, page_of
from ..tokens import Claim, Purpose, read_token
from .answers import Pages, letter
from .request_bodies import button
from .words import called, pause_day, when

PAUSE = timedelta(days=28)
"""What `?pause=28` holds letters back for: an address in a mail says what its button does."""
UNDO = timedelta(days=1)
"""How long the page offers to undo what its buttons did. Later an old letter, or who it was forwarded to, brings nobody back."""


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime]) -> list[BaseRoute]:
    """`/u/TOKEN` and `/i/TOKEN`; a POST to `/u/TOKEN?weekly` or `?pause=28` reduces letters instead of ending them.

    `?undo` undoes leaving and `?resume` a pause.
    """

    def ask(request: Request) -> Response:
        return _ask(parts, pages, request.path_params["token"], clock())

    def end(request: Request) -> Response:
        acts = (("weekly", _go_weekly), ("pause", _pause), ("undo", _undo), ("resume", _resume))
        act = next((act for name, act in acts if name in request.query_params), _end)
        if request.query_params.get("pause", "28") != "28":
            raise HTTPException(400)
        return act(parts, pages, request.path_params["token"], clock())

    def issue(request: Request) -> Response:
        return letter(page_of(parts, issue_of(parts, request.path_params["token"]), clock()).html)

    return [
        Route("/u/{token}", button(ask, end), methods=["GET", "POST"], name="unsubscribe"),
        Route("/i/{token}", issue, methods=["GET"], name="issue"),
    ]


def _ask(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """A page with one button: a scanner that follows links must not end a subscription (RFC 8058 section 1)."""
    subscription, is_removed = _meant(parts, token)
    # What config.toml names no more it may name again; only its reader's own no keeps it from coming then.
    if subscription.left_at is not None or (is_removed and not subscription.configured):
        return _left(pages, subscription, now, is_removed=is_removed)
    state = "removed" if is_removed else "resting" if is_paused(subscription, now) else "asked"
    return _page(pages, subscription, state, back=_back_from_pause(subscription, now))


def _end(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """End the subscription; repeating it changes nothing (RFC 8058 section 3.2: no cookie, no redirect, 200)."""
    parts.catalog.subscribers.leave(_claim(parts, token).subscription, now)
    return _ask(parts, pages, token, now)


def _go_weekly(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """Change to one letter a week, at the same hour; a subscription set by the operator, or a weekly one, stays unchanged."""
    subscription, is_removed = _meant(parts, token)
    if is_removed or subscription.left_at is not None:
        return _left(pages, subscription, now, is_removed=is_removed)
    if subscription.configured:
        return _page(pages, subscription, "asked")
    if subscription.cadence.every is not Every.WEEKLY:
        subscription = parts.catalog.subscribers.edit(subscription, now, _weekly)
    return _page(pages, subscription, "weekly", rests=is_paused(subscription, now))


def _weekly(found: Subscription) -> Subscription:
    return replace(found, cadence=replace(found.cadence, every=Every.WEEKLY, days=()))


def _pause(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """Pause all of the reader's letters for four weeks; a longer pause stays as it is."""
    subscription, is_removed = _meant(parts, token)
    if is_removed or subscription.left_at is not None:
        return _left(pages, subscription, now, is_removed=is_removed)
    until = max(_end_of_pause(subscription, now), subscription.subscriber.paused_until or now)
    parts.catalog.subscribers.rest(subscription.id, until)
    rested = parts.catalog.subscribers.by_id(subscription.id)
    return _page(pages, rested, "paused", back=_back_from_pause(rested, now))


def _end_of_pause(subscription: Subscription, now: datetime) -> datetime:
    """From that day on, not from the hour at which the button was pressed: the letter of its morning comes, as the page says."""
    zone = subscription.subscriber.zone
    return beginning((local(now, zone) + PAUSE).date(), zone)


def _resume(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """End a pause that this page may have begun within the last day; repeating it changes nothing. Any other pause stays as it is."""
    subscription, is_removed = _meant(parts, token)
    is_stuck = is_paused(subscription, now) and not _back_from_pause(subscription, now)
    if is_removed or subscription.left_at is not None or subscription.subscriber.suppressed or is_stuck:
        return _ask(parts, pages, token, now)
    parts.catalog.subscribers.wake(subscription.id, now)
    return _page(pages, subscription, "back")


def _back_from_pause(subscription: Subscription, now: datetime) -> str:
    """The way back from a pause: a button if it ends on a day on which one of this page's of the last day does; "" otherwise.

    The day is all that is known of where a pause began: another that ends there is taken for this page's, and a button stays until the
    end of the next day.
    """
    until = subscription.subscriber.paused_until
    is_ours = until is not None and _end_of_pause(subscription, now - UNDO) <= until <= _end_of_pause(subscription, now)
    return "button" if is_ours else ""


def _undo(parts: Parts, pages: Pages, token: str, now: datetime) -> Response:
    """Undo leaving within the last day; repeating it changes nothing. Who left earlier, was removed or suppressed is not brought back."""
    subscription, is_removed = _meant(parts, token)
    if is_removed or not _may_undo(subscription, now):
        return _ask(parts, pages, token, now)
    parts.catalog.subscribers.resume(subscription.id, now, "unsubscribe page")
    return _page(pages, subscription, "back", rests=is_paused(subscription, now))


def _may_undo(subscription: Subscription, now: datetime) -> bool:
    """Whether one button may undo it, or has: a suppressed address is not brought back by a letter's link."""
    return now - (subscription.left_at or now) <= UNDO and not subscription.subscriber.suppressed


def _left(pages: Pages, subscription: Subscription, now: datetime, *, is_removed: bool) -> Response:
    """The page for somebody who has left, and the way back, if there is one: first a button, later the preferences page."""
    back = "" if is_removed else "button" if _may_undo(subscription, now) else "preferences"
    return _page(pages, subscription, "left", back=back)


def _page(pages: Pages, subscription: Subscription, state: str, *, back: str = "", rests: bool = False) -> Response:
    """Names the subscription and never the address: letters are forwarded, and this page goes with them."""
    spoken = language(subscription.subscriber.language)
    values = {
        "name": called(subscription, pages.site),
        "when": when(subscription, spoken),
        "state": state,
        "rests": rests,
        "back": back,
        "offers_less": state != "removed",
        "offers_weekly": not subscription.configured and subscription.cadence.every is not Every.WEEKLY,
        "until": pause_day(subscription, spoken),
    }
    return pages.page("unsubscribe.html", values, spoken=spoken.code)


def _meant(parts: Parts, token: str) -> tuple[Subscription, bool]:
    """The subscription of the letter with that token, and whether the operator has removed it. Raises TokenError or NotFound."""
    return subscription_of(parts, _claim(parts, token))


def subscription_of(parts: Parts, claim: Claim) -> tuple[Subscription, bool]:
    """The subscription that a token names, and whether the operator has removed it, by a command or from the file. Raises NotFound."""
    readers = parts.catalog.subscribers
    try:
        found = readers.by_id(claim.subscription)
    except NotFound:
        found = readers.removed(claim.subscription)
    return found, found.removed_at is not None


def _claim(parts: Parts, token: str) -> Claim:
    """The content of a letter's token. Raises TokenError for any that is not ours."""
    return read_token(token, Purpose.LETTER, parts.secrets)


def issue_of(parts: Parts, token: str) -> Issue:
    """The issue of the letter with that token. Raises TokenError or NotFound, which must look the same to a client."""
    claim = _claim(parts, token)
    issue = parts.catalog.issues.load(claim.issue)
    if issue.subscription.id != claim.subscription:
        raise NotFound("", "no such issue")
    return issue


def paper_of(issue: Issue, name: str) -> Paper:
    """The issue's paper with that short name, or one it had before papers were merged. Raises NotFound."""
    for pick in issue.picks:
        if name in map(short_name, (pick.paper.key, *pick.paper.ids)):
            return pick.paper
    raise NotFound("", "no such paper in this issue")
