"""A reader's own page: what they get and when, changed by a form that works without a script, and shown as it would be before it is saved.

The key is in the address: no cookie is read, so no other site can act for a reader whose link it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ..cadence import due_for, next_for
from ..errors import ConfigurationError, LibraryError
from ..library.opening import shown_address
from ..model import Changes, Every, Format, SubscriberStatus, Subscription
from ..rendering.presses import themes_there
from ..run import Parts
from .answers import Pages, framed_letter
from .bodies import received
from .choices import languages, zones
from .filling import DAYS, Filled, as_stored, as_typed
from .forms import Form, read_form
from .heavy import Busy, Gate
from .keys import Keys
from .limits import Limits
from .looking_ahead import Ahead
from .taking_in import LARGEST, Taken, pasted, take_in
from .wished import Wished, pause_end, wished
from .words import DAYS as DAY_NAMES
from .words import called, when

MOST_BYTES = LARGEST + 512 * 1024
SECONDS = 30.0
"""How long a file may take to come."""
RHYTHMS = {
    Every.DAILY: "every day",
    Every.WEEKDAYS: "Monday to Friday",
    Every.WEEKLY: "once a week, on",
    Every.DAYS: "on chosen days:",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the page says besides the form: what was done, what is wrong, and whether there is a preview to show."""

    done: str = ""
    trouble: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    taken: Taken | None = None
    has_preview: bool = False
    status: int = 200
    wait: int = 0


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime], limits: Limits) -> list[BaseRoute]:
    """`/p/TOKEN`: GET shows the form, POST does what its button says; `/preview.html` is what the last preview was, for its frame."""
    desk = Desk(parts, pages, clock, limits)

    async def preferences(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(desk.show, request)
        content = await received(request, MOST_BYTES, SECONDS)
        form = read_form(content, request.headers.get("content-type", ""))
        return await run_in_threadpool(desk.act, request, form)

    return [
        Route("/p/{token}", preferences, methods=["GET", "POST"], name="preferences"),
        Route("/p/{token}/preview.html", desk.preview, methods=["GET"], name="preferences preview"),
    ]


class Desk:
    """Answers for one site."""

    def __init__(self, parts: Parts, pages: Pages, clock: Callable[[], datetime], limits: Limits) -> None:
        self._parts, self._pages, self._clock = parts, pages, clock
        self._keys = Keys(parts, pages, clock, limits)
        self._gate = Gate(limits)
        self._ahead = Ahead(parts, self._gate)

    def show(self, request: Request) -> Response:
        """The form, as things stand."""
        return self._keys.answer(request, lambda subscription: self._page(request, subscription, as_stored(subscription), Told()))

    def act(self, request: Request, form: Form) -> Response:
        """What the button says: save, preview, pause, resume or come back. A form that cannot be read is asked for again."""
        acts = {"save": self._save, "preview": self._preview, "pause": self._pause, "resume": self._resume, "back": self._back}
        act = acts.get(form.text("do"), self._unread)
        return self._keys.answer(request, lambda subscription: act(request, subscription, form))

    def preview(self, request: Request) -> Response:
        """The letter that was last shown to this link; nothing is made anew by a GET."""
        return self._keys.answer(request, lambda subscription: framed_letter(self._ahead.last(request.path_params["token"])))

    # --- what the buttons do ------------------------------------------------------------------------------------------

    def _save(self, request: Request, subscription: Subscription, form: Form) -> Response:
        now = self._clock()
        try:
            wish, libraries, errors = self._asked(request, subscription, form, now)
        except Busy as busy:
            return self._sent_away(request, subscription, as_typed(form, subscription.profile), busy)
        if errors:
            trouble = "Nothing was saved yet: see what is marked below."
            return self._page(request, subscription, as_typed(form, subscription.profile), Told(trouble=trouble, errors=errors, status=422))
        if not subscription.configured:
            subscription = self._parts.catalog.subscribers.edit(wish.subscription, now)
        taken = take_in(self._parts, subscription, libraries, now) if libraries else None
        return self._page(request, subscription, as_stored(subscription), Told(done=f"Saved. {self._next(subscription)}", taken=taken))

    def _asked(
        self, request: Request, subscription: Subscription, form: Form, now: datetime
    ) -> tuple[Wished, tuple[tuple[str, Changes], ...], dict[str, str]]:
        """What the form wishes for, the papers it brings, and what is wrong with either; of what the operator set it changes nothing.

        Raises Busy.
        """
        filled = as_typed(form, subscription.profile)
        wish = Wished(subscription, {}) if subscription.configured else wished(filled, subscription, self._themes())
        if subscription.profile is None:
            return wish, (), dict(wish.errors)
        if wish.errors or not (form.text("papers").strip() or form.file("library")):
            return wish, (), dict(wish.errors)
        try:
            with self._gate.entered(request.path_params["token"]):
                return wish, pasted(form.text("papers"), form.file("library"), now), {}
        except LibraryError as error:
            return wish, (), {"papers": f"{error.subject}: {error.message}; {error.hint}".removesuffix("; ")}

    def _preview(self, request: Request, subscription: Subscription, form: Form) -> Response:
        filled = as_typed(form, subscription.profile)
        if subscription.configured:
            filled, wish = as_stored(subscription), Wished(subscription, {})
        else:
            wish = wished(filled, subscription, self._themes())
        if wish.errors:
            return self._page(request, subscription, filled, Told(trouble="See what is marked below.", errors=wish.errors, status=422))
        try:
            self._ahead.make(request.path_params["token"], wish.subscription, self._clock())
        except Busy as busy:
            return self._sent_away(request, subscription, filled, busy)
        return self._page(request, subscription, filled, Told(has_preview=True))

    def _sent_away(self, request: Request, subscription: Subscription, filled: Filled, busy: Busy) -> Response:
        trouble = "That is asked for too often just now, and nothing was changed: try again in a minute. What you typed is still here."
        return self._page(request, subscription, filled, Told(trouble=trouble, status=busy.status, wait=busy.seconds))

    def _pause(self, request: Request, subscription: Subscription, form: Form) -> Response:
        filled = as_stored(subscription) if subscription.configured else as_typed(form, subscription.profile)
        try:
            end = pause_end(form.text("until"), subscription.subscriber.zone, self._clock())
        except ConfigurationError as error:
            errors = {"until": f"{error.message[:1].upper()}{error.message[1:]}."}
            return self._page(request, subscription, filled, Told(trouble="See what is marked below.", errors=errors, status=422))
        return self._rested(request, subscription, filled, end)

    def _resume(self, request: Request, subscription: Subscription, form: Form) -> Response:
        filled = as_stored(subscription) if subscription.configured else as_typed(form, subscription.profile)
        return self._rested(request, subscription, filled, None)

    def _rested(self, request: Request, subscription: Subscription, filled: Filled, end: datetime | None) -> Response:
        self._parts.catalog.subscribers.rest(subscription.id, end)
        rested = self._parts.catalog.subscribers.by_id(subscription.id)
        return self._page(request, rested, filled, Told(done=self._next(rested)))

    def _back(self, request: Request, subscription: Subscription, form: Form) -> Response:
        self._parts.catalog.subscribers.resume(subscription.id, self._clock())
        back = self._parts.catalog.subscribers.by_id(subscription.id)
        welcome = "" if back.subscriber.suppressed else "Welcome back. "
        return self._page(request, back, as_stored(back), Told(done=f"{welcome}{self._next(back)}"))

    def _unread(self, request: Request, subscription: Subscription, form: Form) -> Response:
        trouble = "That could not be read, and nothing was changed. Press one of the buttons below."
        return self._page(request, subscription, as_stored(subscription), Told(trouble=trouble, status=400))

    # --- what the page shows ------------------------------------------------------------------------------------------

    def _page(self, request: Request, subscription: Subscription, filled: Filled, told: Told) -> Response:
        """Names the subscription and never the address: letters are forwarded, and this page goes with them."""
        profile = subscription.profile
        libraries = self._parts.catalog.libraries.of([subscription.id]) if profile else ()
        values = {
            "token": request.path_params["token"],
            "name": called(subscription),
            "subscription": subscription,
            "is_ranked": profile is not None,
            "liked": sum(len(interest.liked) for interest in profile.interests) if profile else 0,
            "when": when(subscription),
            "next": self._next(subscription),
            "is_paused": self._is_paused(subscription),
            "filled": filled,
            "told": told,
            "errors": told.errors,
            "libraries": [(shown_address(one.address).removeprefix("import:"), one.entries, one.followed) for one in libraries],
            "others": self._keys.others(request, subscription),
            "zones": zones(filled.text("zone")),
            "themes": self._themes(),
            "languages": languages(filled.text("language")),
            "formats": tuple(Format),
            "rhythms": RHYTHMS,
            "days": tuple(zip(DAYS, DAY_NAMES, strict=True)),
        }
        headers = {"Retry-After": str(told.wait)} if told.wait else None
        return self._pages.page_with_letter("preferences.html", values, status=told.status, headers=headers)

    def _themes(self) -> tuple[str, ...]:
        return self._parts.themes.names() if self._parts.themes else tuple(theme.name for theme in themes_there(None))

    def _is_paused(self, subscription: Subscription) -> bool:
        until = subscription.subscriber.paused_until
        return until is not None and until > self._clock()

    def _next(self, subscription: Subscription) -> str:
        """When the next letter comes, in words."""
        now, zone = self._clock(), subscription.subscriber.zone
        if subscription.subscriber.suppressed:
            return "No letters come: your address is on this site's list of those that nothing is sent to. Its operator can take it off."
        if subscription.left_at is not None:
            return "You are unsubscribed: no letters come."
        if subscription.subscriber.status is SubscriberStatus.PENDING:
            return "No letters come yet: say yes in the letter that asked you."
        until = subscription.subscriber.paused_until
        if until is not None and until > now:
            return f"Letters are paused and begin again on {until.astimezone(ZoneInfo(zone)):%A, %d %B %Y}."
        reached = self._parts.catalog.issues.reached([subscription.id], now).get(subscription.id)
        if due_for(subscription, now, reached) is not None:
            return "Your next letter is due now and comes shortly."
        moment = next_for(subscription, now, reached).astimezone(ZoneInfo(zone))
        most = subscription.profile or subscription.edition
        assert most is not None, "a subscription has a profile or an edition"
        bound = subscription.cadence.only_above
        chance = "comes" if bound is None else f"may come, if a paper scores above {bound:g},"
        return f"Your next letter {chance} on {moment:%A, %d %B} at {moment:%H:%M} ({zone}), with at most {most.limit} papers."
