"""A reader's preferences page: what they get and when, changed by a form that works without JavaScript and has a preview.

The key is in the address; no cookie is read, so no other site can act for a reader whose link it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from .. import taxonomy
from ..cadence import due_for, is_known, local, next_for
from ..config.values import DAYS
from ..errors import ConfigurationError, LibraryError, TokenError, Wrong
from ..model import UNNAMED, Changes, Every, Format, SubscriberStatus, Subscription
from ..rendering.languages import Language, language, message
from ..rendering.presses import themes_there
from ..run import Parts, is_paused
from ..run.misspelling import misspelt_in, unsaid_in
from .answers import Pages, framed_letter
from .choices import languages, zones
from .field_errors import marked
from .filling import Filled, as_stored, as_typed
from .forms import Form, read_form
from .gate import Busy, Gate
from .keys import Keys
from .limits import Limits, too_often
from .next_issue import Previews
from .request_bodies import BODY_LIMIT, received
from .saved import saved_by, shown
from .stale_form import fingerprint_of_fields, freshened, untouched
from .uploads import LARGEST, Taken, pasted, take_in
from .wished import Wished, as_wrong, pause_end, sentence, wished
from .words import DAYS as DAY_NAMES
from .words import SHORT_DAYS, called, pause_day, shelf, when

MOST_BYTES = LARGEST + 512 * 1024
SECONDS = 30.0
"""How long a file may take to come."""
RHYTHMS = {
    Every.DAILY: message("every day"),
    Every.WEEKDAYS: message("Monday to Friday"),
    Every.WEEKLY: message("once a week, on"),
    Every.DAYS: message("on chosen days:"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the page shows besides the form: what was done, what is wrong, and whether there is a preview."""

    done: str = ""
    trouble: str = ""
    errors: Mapping[str, Wrong] = field(default_factory=dict)
    taken: Taken | None = None
    has_preview: bool = False
    is_past: bool = False
    """Whether the preview is of the past week, since the next letter would be empty."""
    status: int = 200
    wait: int = 0


def routes(parts: Parts, pages: Pages, clock: Callable[[], datetime], limits: Limits) -> list[BaseRoute]:
    """`/p/TOKEN`: GET shows the form, POST does what the pressed button says; `/preview.html` is the last preview, for its frame."""
    preference_pages = PreferencePages(parts, pages, clock, limits)

    async def preferences(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(preference_pages.show, request)
        content = await received(request, MOST_BYTES if preference_pages.knows(request) else BODY_LIMIT, SECONDS)
        if len(content) > BODY_LIMIT and (wait := limits.long_forms.take(request.path_params["token"])):
            return too_often(request.headers.get("accept-language", ""), pages, wait)
        form = read_form(content, request.headers.get("content-type", ""))
        return await run_in_threadpool(preference_pages.act, request, form)

    return [
        Route("/p/{token}", preferences, methods=["GET", "POST"], name="preferences"),
        Route("/p/{token}/preview.html", preference_pages.preview, methods=["GET"], name="preferences preview"),
    ]


class PreferencePages:
    """Answers the requests for these pages."""

    def __init__(self, parts: Parts, pages: Pages, clock: Callable[[], datetime], limits: Limits) -> None:
        self._parts, self._pages, self._clock = parts, pages, clock
        self._keys = Keys(parts, pages, clock, limits)
        self._gate = Gate(limits)
        self._previews = Previews(parts, self._gate)

    def knows(self, request: Request) -> bool:
        """Whether the link is one of ours, so that its holder may upload a file: two hundred uploads by strangers would fill the memory."""
        try:
            self._keys.claim(request)
        except TokenError:
            return False
        return True

    def show(self, request: Request) -> Response:
        """The form, filled with what is stored."""
        return self._keys.answer(request, lambda subscription: self._page(request, subscription, as_stored(subscription), Notice()))

    def act(self, request: Request, form: Form) -> Response:
        """Do what the pressed button says: save, preview, pause, resume or come back. A form that cannot be read is asked for again."""
        acts = {"save": self._save, "preview": self._preview, "pause": self._pause, "resume": self._resume, "back": self._back}
        act = acts.get(form.text("do"), self._unread)
        return self._keys.answer(request, lambda subscription: act(request, subscription, form))

    def preview(self, request: Request) -> Response:
        """The letter last previewed for this link; a GET makes nothing new."""
        return self._keys.answer(request, lambda subscription: framed_letter(self._previews.last(request.path_params["token"])))

    # --- what the buttons do ------------------------------------------------------------------------------------------

    def _save(self, request: Request, subscription: Subscription, form: Form) -> Response:
        now = self._clock()
        try:
            wish, libraries, errors = self._asked(request, subscription, form, now)
        except Busy as busy:
            return self._sent_away(request, subscription, as_typed(form, subscription.profile), busy)
        end = self._pause_beside(form, wish.subscription.subscriber.zone, now, errors)
        if errors:
            trouble = message("Nothing was saved yet: see what is marked below.")
            notice = Notice(trouble=trouble, errors=errors, status=422)
            return self._page(request, subscription, as_typed(form, subscription.profile), notice)
        before = subscription.profile
        if not subscription.configured:
            subscription = self._parts.catalog.subscribers.edit(subscription, now, lambda found: self._anew(form, found))
        slips = misspelt_in(self._parts.catalog, subscription.profile, now, before=before)
        unsaid = () if slips else unsaid_in(self._parts.catalog, subscription.profile, now, before=before)
        subscription = self._shared(subscription, form, now)
        if end is not None:
            self._parts.catalog.subscribers.rest(subscription.id, end)
            subscription = self._parts.catalog.subscribers.by_id(subscription.id)
        taken = take_in(self._parts, subscription, libraries, now) if libraries else None
        said = (_spoken(subscription).say("Saved."), *_doubts(subscription, slips, unsaid), self._next(subscription))
        return self._page(request, subscription, as_stored(subscription), Notice(done=" ".join(said), taken=taken))

    def _asked(
        self, request: Request, subscription: Subscription, form: Form, now: datetime
    ) -> tuple[Wished, tuple[tuple[str, Changes], ...], dict[str, Wrong]]:
        """The subscription that the form wishes for, the papers it brings, and what is wrong with either; settings of the operator do not
        change.

        Raises Busy.
        """
        filled = as_typed(form, subscription.profile)
        wish = Wished(subscription, {}) if subscription.configured else self._wished(filled, subscription)
        if subscription.profile is None:
            return wish, (), dict(wish.errors)
        if wish.errors or not (form.text("papers").strip() or form.file("library")):
            return wish, (), dict(wish.errors)
        try:
            with self._gate.entered(request.path_params["token"]):
                return wish, pasted(form.text("papers"), form.file("library"), now), {}
        except LibraryError as error:
            return wish, (), {"papers": as_wrong(error)}

    def _pause_beside(self, form: Form, zone: str, now: datetime, errors: dict[str, Wrong]) -> datetime | None:
        """The end of a pause whose date was typed without pressing its own button; an invalid date is added to the errors."""
        if not form.text("until").strip():
            return None
        try:
            return pause_end(form.text("until"), zone, now)
        except ConfigurationError as error:
            errors["until"] = as_wrong(error)
            return None

    def _anew(self, form: Form, found: Subscription) -> Subscription:
        """The valid form applied to what is stored at the moment of saving."""
        return self._wished(as_typed(form, found.profile), found).subscription

    def _wished(self, filled: Filled, subscription: Subscription) -> Wished:
        return wished(freshened(filled, as_stored(subscription)), subscription, self._themes())

    def _shared(self, subscription: Subscription, form: Form, now: datetime) -> Subscription:
        """Apply the reader's choice about sharing with their group, whoever set the rest: it is theirs alone."""
        wants = form.has("sharing")
        was_left = "sharing" in untouched(as_typed(form, subscription.profile))
        if not subscription.group or wants == subscription.share_saves or was_left:
            return subscription
        if wants:
            self._parts.catalog.groups.share(subscription.id, now, "preferences page")
        else:
            self._parts.catalog.groups.withdraw(subscription.id, now)
        return self._parts.catalog.subscribers.by_id(subscription.id)

    def _preview(self, request: Request, subscription: Subscription, form: Form) -> Response:
        filled = as_typed(form, subscription.profile)
        wish = Wished(subscription, {}) if subscription.configured else self._wished(filled, subscription)
        if wish.errors:
            return self._page(request, subscription, filled, Notice(trouble=MARKED, errors=wish.errors, status=422))
        try:
            is_past = self._previews.make(request.path_params["token"], wish.subscription, self._clock())
        except Busy as busy:
            return self._sent_away(request, subscription, filled, busy)
        return self._page(request, subscription, filled, Notice(has_preview=True, is_past=is_past))

    def _sent_away(self, request: Request, subscription: Subscription, filled: Filled, busy: Busy) -> Response:
        return self._page(request, subscription, filled, Notice(trouble=TOO_OFTEN, status=busy.status, wait=busy.seconds))

    def _pause(self, request: Request, subscription: Subscription, form: Form) -> Response:
        filled = as_typed(form, subscription.profile)
        try:
            end = pause_end(form.text("until"), subscription.subscriber.zone, self._clock())
        except ConfigurationError as error:
            return self._page(request, subscription, filled, Notice(trouble=MARKED, errors={"until": as_wrong(error)}, status=422))
        self._parts.catalog.subscribers.rest(subscription.id, end)
        return self._rested(request, subscription, filled)

    def _resume(self, request: Request, subscription: Subscription, form: Form) -> Response:
        filled = as_typed(form, subscription.profile)
        self._parts.catalog.subscribers.wake(subscription.id, self._clock())
        return self._rested(request, subscription, filled)

    def _rested(self, request: Request, subscription: Subscription, filled: Filled) -> Response:
        rested = self._parts.catalog.subscribers.by_id(subscription.id)
        return self._page(request, rested, filled, Notice(done=self._next(rested)))

    def _back(self, request: Request, subscription: Subscription, form: Form) -> Response:
        self._parts.catalog.subscribers.resume(subscription.id, self._clock(), "preferences page")
        back = self._parts.catalog.subscribers.by_id(subscription.id)
        welcome = "" if back.subscriber.suppressed or back.removed_at else _spoken(back).say("Welcome back.")
        return self._page(request, back, as_stored(back), Notice(done=f"{welcome} {self._next(back)}".strip()))

    def _unread(self, request: Request, subscription: Subscription, form: Form) -> Response:
        trouble = message("That could not be read, and nothing was changed. Press one of the buttons below.")
        return self._page(request, subscription, as_stored(subscription), Notice(trouble=trouble, status=400))

    # --- what the page shows ------------------------------------------------------------------------------------------

    def _page(self, request: Request, subscription: Subscription, filled: Filled, notice: Notice) -> Response:
        """Names the subscription and never the address: letters are forwarded, and this page goes with them."""
        profile, spoken = subscription.profile, _spoken(subscription)
        libraries = self._parts.catalog.libraries.of([subscription.id]) if profile else ()
        saved = saved_by(self._parts, subscription) if profile else ()
        since = subscription.sharing.since
        values = {
            "token": request.path_params["token"],
            "name": called(subscription, self._pages.site),
            "subscription": subscription,
            "unnamed": UNNAMED,
            "is_ranked": profile is not None,
            "liked": len(profile.liked) if profile else 0,
            "when": when(subscription, spoken),
            "next": self._next(subscription),
            "is_paused": is_paused(subscription, self._clock()),
            "filled": filled,
            "shown": filled.shown or fingerprint_of_fields(as_stored(subscription)),
            "has_several": sum(one.was is not None for one in filled.interests) > 1,
            "told": notice,
            "trouble": spoken.say(notice.trouble) if notice.trouble else "",
            "agreed": spoken.long_day(local(since, subscription.subscriber.zone).date()) if since else "",
            "errors": {name: sentence(error, spoken) for name, error in notice.errors.items()},
            "marked": marked(notice.errors, filled.interests, spoken),
            "libraries": [(shelf(one.address), one.entries, one.followed) for one in libraries],
            "saved": shown(saved),
            "more_saved": len(saved) - len(shown(saved)),
            "others": self._keys.others(request, subscription),
            "zones": zones(filled.text("zone")),
            "themes": self._themes(),
            "languages": languages(filled.text("language")),
            "formats": tuple(Format),
            "rhythms": {every: spoken.say(words) for every, words in RHYTHMS.items()},
            "days": [(day, spoken.say_in("short day", label)) for day, label in zip(DAYS, SHORT_DAYS, strict=True)],
        }
        headers = {"Retry-After": str(notice.wait)} if notice.wait else None
        page = self._pages.page
        return page("preferences.html", values, spoken=spoken.code, status=notice.status, headers=headers, frames_a_letter=True)

    def _themes(self) -> tuple[str, ...]:
        return self._parts.themes.names() if self._parts.themes else tuple(theme.name for theme in themes_there(None))

    def _next(self, subscription: Subscription) -> str:
        """When the next letter comes, in words."""
        now, zone, spoken = self._clock(), subscription.subscriber.zone, _spoken(subscription)
        if subscription.subscriber.suppressed:
            return spoken.say(SUPPRESSED)
        if subscription.left_at is not None or subscription.removed_at is not None:
            return spoken.say("You are unsubscribed: no letters come.")
        if subscription.subscriber.status is SubscriberStatus.PENDING:
            return spoken.say("No letters come yet: say yes in the letter that asked you.")
        if is_paused(subscription, now):
            day = pause_day(subscription, spoken)
            return spoken.say("Letters are paused and begin again on {day}.", day=day) if day else spoken.say(RESTING)
        if not is_known(zone):
            return spoken.say("No letters come: the time zone {zone} is not known here any more.", zone=zone)
        reached = self._parts.catalog.issues.reached([subscription.id], now).get(subscription.id)
        if due_for(subscription, now, reached) is not None:
            return spoken.say("Your next letter is due now and comes shortly.")
        moment = local(next_for(subscription, now, reached), zone)
        most = subscription.profile or subscription.edition
        assert most is not None, "a subscription has a profile or an edition"
        bound = subscription.cadence.only_above
        return spoken.say(
            COMES if bound is None else MAY_COME,
            bound=f"{bound:g}" if bound is not None else "",
            weekday=spoken.say(DAY_NAMES[moment.weekday()]),
            day=moment.day,
            month=spoken.month(moment.date()),
            hour=f"{moment:%H:%M}",
            zone=zone,
            count=most.limit,
        )


COMES = message("Your next letter comes on {weekday}, {day} {month} at {hour} ({zone}), with at most {count} papers.")
MAY_COME = message(
    "Your next letter may come on {weekday}, {day} {month} at {hour} ({zone}), with at most {count} papers, if one scores above {bound}."
)
RESTING = message("Letters are paused until you end the pause.")
MARKED = message("See what is marked below.")
TOO_OFTEN = message(
    "There were too many requests just now, and nothing was changed: try again in a minute. What you typed is still here."
)
SUPPRESSED = message("No letters come: your address is on this site's list of addresses that get no mail. Its operator can take it off.")


def _spoken(subscription: Subscription) -> Language:
    return language(subscription.subscriber.language)


def _doubts(subscription: Subscription, slips: Mapping[str, str], unsaid: Iterable[str]) -> Iterator[str]:
    """What looks odd about the topics and categories that were saved."""
    spoken, named = _spoken(subscription), subscription.profile.categories if subscription.profile else ()
    for category in taxonomy.doubtful(named):
        yield spoken.say("{category} is not a known category of arXiv, so it may bring nothing.", category=category)
        if near := taxonomy.nearest(category):
            yield spoken.say("Did you mean {category}?", category=near)
    for word, near in slips.items():
        yield spoken.say("No recent paper says “{word}”.", word=word)
        yield spoken.say("Did you mean “{near}”?", near=near)
    for topic in unsaid:
        yield spoken.say("No recent paper has a word of “{topic}”: write topics as papers do, most often in English.", topic=topic)
