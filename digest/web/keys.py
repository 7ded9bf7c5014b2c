"""Open a reader's preferences by the token in a link, which is valid until a certain day; unknown and wrong links get the same answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from ..errors import DigestError, NotFound
from ..model import Subscription
from ..rendering.languages import SOURCE
from ..run import Parts
from ..run.mailing.fresh_links import mail_fresh_link
from ..tokens import Claim, Purpose, make_token, read_token
from .answers import Pages
from .limits import Limits
from .words import called

log = logging.getLogger(__name__)

Answer = Callable[[Subscription], Response]
WESTERNMOST = timedelta(hours=12)
"""How much later than in UTC a day ends where it ends last: the mail with a link names its last day, which is a day of its reader."""


class Keys:
    """Checks links to preferences at `clock()`."""

    def __init__(self, parts: Parts, pages: Pages, clock: Callable[[], datetime], limits: Limits) -> None:
        self._parts, self._pages, self._clock, self._limits = parts, pages, clock, limits

    def answer(self, request: Request, answer: Answer) -> Response:
        """The response of `answer` for the link's reader; for an expired link, a page that offers a fresh one by mail.

        Raises TokenError or NotFound for anything that is not ours; both look the same to a client.
        """
        claim = self.claim(request)
        if self.is_over(claim):
            is_deeper = not request.scope["path"].endswith(request.path_params["token"])
            values = {"state": "expired", "action": "fresh" if is_deeper else f"{request.path_params['token']}/fresh"}
            return self._pages.page("fresh.html", values, spoken=self._language(claim), status=410)
        return answer(self._parts.catalog.subscribers.by_id(claim.subscription))

    def mail(self, request: Request) -> Response:
        """Mail a fresh link in the background, at most once an hour; the page is the same whatever happens."""
        claim = self.claim(request)
        response = self._pages.page("fresh.html", {"state": "mailed", "action": ""}, spoken=self._language(claim))
        if self._limits.mails.take(str(claim.subscription)) == 0:
            response.background = BackgroundTask(_mail, self._parts, claim.subscription, self._clock())
        return response

    def claim(self, request: Request) -> Claim:
        """The content of the link's token, even after it has expired. Raises TokenError."""
        return read_token(request.path_params["token"], Purpose.PREFERENCES, self._parts.secrets)

    def _language(self, claim: Claim) -> str:
        """The reader's language; English for a reader who is gone, so that the page does not differ."""
        try:
            return self._parts.catalog.subscribers.by_id(claim.subscription).subscriber.language
        except NotFound:
            return SOURCE

    def is_over(self, claim: Claim) -> bool:
        """Whether its last day has passed in every time zone, or it never had one."""
        return claim.last_day is None or claim.last_day < (self._clock() - WESTERNMOST).date()

    def others(self, request: Request, subscription: Subscription) -> list[tuple[str, str]]:
        """The same reader's other subscriptions by name, with links that are valid as long as this one."""
        claim = self.claim(request)
        mine = self._parts.catalog.subscribers.find(subscription.subscriber.email)
        others = [one for one in mine if one.id != subscription.id]
        key = self._parts.secrets[0]
        return [(called(one, self._pages.site), make_token(Purpose.PREFERENCES, one.id, 0, key, last_day=claim.last_day)) for one in others]


def _mail(parts: Parts, subscription_id: int, now: datetime) -> None:
    """Send the mail; nobody waits for it, so a failure is only logged, without an address."""
    try:
        mail_fresh_link(parts, subscription_id, now)
    except DigestError as error:
        log.warning("a fresh link could not be mailed", extra={"subscription": subscription_id, "kind": error.kind})
