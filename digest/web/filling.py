"""The contents of the preferences form: what is stored, or what somebody typed and sent. Pure; nothing typed is lost."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from ..config.values import DAYS
from ..model import Cadence, Every, Interest, Profile, Subscription
from .forms import Form

MOST_INTERESTS = 20
TEXTS = (
    *("keywords", "muted", "authors", "categories", "limit", "floor", "only-above"),
    *("every", "at", "zone", "theme", "format", "language", "until", "papers"),
)
BOXES = ("explore", "others", "updates", "skip_empty", "sharing", *(f"day-{day}" for day in DAYS))
_LINE_ENDS = re.compile("[\v\f\x1c-\x1e\x85\u2028\u2029]")
_KEPT = frozenset("\n\u200c\u200d\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Some scripts are spelt with joiners; text that was turned around does not say what it showed, and is refused where it is read."""


@dataclass(frozen=True, slots=True)
class InterestFields:
    """The fields of one interest. `was` is its stored name (None: a new one), `owned` the number of its papers that no field shows."""

    number: int
    was: str | None = None
    name: str = ""
    topics: str = ""
    weight: str = "1"
    owned: int = 0
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Filled:
    """The whole form: each field's text, the ticked boxes, and the interests, of which the last is for a new one.

    `seen` fingerprints the stored interests it was made from, `shown` what each field showed when the page was opened.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    ticked: frozenset[str] = frozenset()
    interests: tuple[InterestFields, ...] = ()
    seen: str = ""
    shown: str = ""

    def text(self, name: str) -> str:
        """A field's text."""
        return self.texts.get(name, "")


def as_stored(subscription: Subscription) -> Filled:
    """The form as it opens, from what is stored."""
    cadence, reader = subscription.cadence, subscription.subscriber
    texts = {
        "every": str(cadence.every),
        "at": f"{cadence.at:%H:%M}",
        "zone": reader.zone,
        "theme": subscription.theme,
        "format": str(subscription.format),
        "language": reader.language,
    }
    ticked = {f"day-{DAYS[day]}" for day in cadence.days} | ({"skip_empty"} if cadence.skip_empty else set())
    if cadence.every is Every.WEEKLY and not cadence.days:
        ticked.add("day-mon")
    if subscription.share_saves:
        ticked.add("sharing")
    profile = subscription.profile
    if profile is None:
        return Filled(texts, frozenset(ticked))
    interests = [_interest(number, interest) for number, interest in enumerate(profile.interests)]
    shown, boxes = {**texts, **_texts(profile, cadence)}, frozenset(ticked | _boxes(profile))
    return Filled(shown, boxes, _with_a_blank(interests), fingerprint_of(profile.interests))


def as_typed(form: Form, profile: Profile | None) -> Filled:
    """The form as it was sent; `profile` is the stored one, which says how many papers an interest holds."""
    upload = form.file("library")
    texts = {name: _visible(form.text(name)) for name in TEXTS} | {"library": upload.name if upload else ""}
    ticked = frozenset(name for name in BOXES if form.has(name))
    most = max(MOST_INTERESTS, len(profile.interests) if profile is not None else 0)  # commands and lists may give somebody more
    interests = [_typed(form, number, profile) for number in range(most + 1) if form.has(f"interest-{number}-topics")]
    filled = [one for one in interests if one.was is not None or one.name.strip() or one.topics.strip()]
    return Filled(texts, ticked, _with_a_blank(filled) if profile is not None else (), form.text("seen"), form.text("shown"))


def fingerprint_of(interests: Iterable[Interest]) -> str:
    """A short fingerprint of these interests and their papers."""
    return sha256(repr(tuple(interests)).encode()).hexdigest()[:16]


def shown_as(value: object) -> str:
    """A stored value as its field shows it: a list one item per line, a number without trailing zero, "" for none."""
    if isinstance(value, tuple):
        return "\n".join(value)
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _texts(profile: Profile, cadence: Cadence) -> dict[str, str]:
    return {
        **{name: shown_as(getattr(profile, name)) for name in ("keywords", "muted", "authors", "categories", "limit", "floor")},
        "only-above": shown_as(cadence.only_above),
    }


def _boxes(profile: Profile) -> set[str]:
    return {name for name in ("explore", "others", "updates") if getattr(profile, name)}


def _interest(number: int, interest: Interest) -> InterestFields:
    return InterestFields(
        number=number,
        was=interest.name,
        name=interest.name,
        topics=shown_as(interest.topics),
        weight=shown_as(interest.weight),
        owned=len(interest.liked),
    )


def _typed(form: Form, number: int, profile: Profile | None) -> InterestFields:
    start = f"interest-{number}-"
    was = form.text(f"{start}was") if form.has(f"{start}was") else None
    stored = next((i for i in profile.interests if i.name == was), None) if profile else None
    return InterestFields(
        number=number,
        was=was,
        name=_visible(form.text(f"{start}name")),
        topics=_visible(form.text(f"{start}topics")),
        weight=_visible(form.text(f"{start}weight")),
        owned=len(stored.liked) if stored else 0,
        removed=form.has(f"{start}remove"),
    )


def _visible(text: str) -> str:
    """The text as its writer saw it: text copied from a PDF or a page has invisible characters, which nobody could remove in the field."""
    lines = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return "".join(c for c in lines if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf"))


def _with_a_blank(interests: list[InterestFields]) -> tuple[InterestFields, ...]:
    number = max((one.number for one in interests), default=-1) + 1
    return (*interests, InterestFields(number)) if len(interests) < MOST_INTERESTS and number <= MOST_INTERESTS else tuple(interests)
