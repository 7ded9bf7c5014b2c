"""Map lists of another program to subscriptions here: `--map "ML weekly=edition:cs.LG@weekly"`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ..config import values
from ..config.subscriptions import edition_name
from ..errors import ConfigurationError, UsageError
from ..model import Cadence, Edition, Interest, Profile, Subscriber, Subscription

_TARGET = re.compile(r"(edition|topic|category):(.+?)(?:@([\w, ]+))?", re.DOTALL)
_MAP = re.compile(r"(.+?)=((?:edition|topic|category):.+|none)", re.DOTALL)
_FORM = 'such as "ML weekly=edition:cs.LG@weekly", "Foxes=topic:urban foxes", "cs=category:cs.LG", or "Old list=none"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A subscription to create: an edition, or a profile of one topic, of one category, or empty ("")."""

    kind: str
    text: str
    cadence: Cadence = Cadence()

    def subscription(self, reader: Subscriber, name: str) -> Subscription:
        """The subscription for that reader; an edition has its own name, a profile gets this one."""
        if self.kind == "edition":
            return Subscription(subscriber=reader, name=self.text, edition=Edition(name=self.text), cadence=self.cadence)
        topics = (Interest(topics=(self.text,)),) if self.kind == "topic" else ()
        profile = Profile(interests=topics, categories=(self.text,) if self.kind == "category" else ())
        return Subscription(subscriber=reader, name=name, profile=profile, cadence=self.cadence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The operator's instructions for a file: lists by folded name (None: not wanted), and the default for people without a list.

    `confirmed` is the operator's word that everybody in the file agreed; with `asks` everybody is asked first. `origin` is recorded as the
    source of consent if the file does not give one.
    """

    lists: Mapping[str, Target | None] = field(default_factory=dict)
    default: Target | None = None
    zone: str = "UTC"
    confirmed: bool = False
    asks: bool = False
    origin: str = "a list"

    def target(self, list_name: str) -> Target | None:
        """What that list becomes; None for nothing."""
        return self.lists.get(list_name.strip().casefold(), self.default)

    def knows(self, list_name: str) -> bool:
        """Whether the plan mentions that list."""
        return self.default is not None or list_name.strip().casefold() in self.lists


def parse_target(text: str) -> Target:
    """The target in a text like "edition:cs.LG@weekly", "topic:urban foxes", "category:cs.LG@mon,thu". Raises UsageError."""
    found = _TARGET.fullmatch(text.strip())
    if found is None:
        hint = "write edition:cs.LG, topic:urban foxes or category:cs.LG, then @weekly or such"
        raise UsageError(repr(text), "is no subscription", hint=hint)
    kind, what, days = found[1], found[2], found[3]
    checks = {"edition": edition_name, "topic": values.text, "category": values.category}
    try:
        every, chosen = values.every(days) if days else (Cadence().every, ())
        return Target(kind=kind, text=checks[kind](what), cadence=Cadence(every=every, days=chosen))
    except ConfigurationError as error:
        raise UsageError(repr(text), error.message, hint=error.hint) from error


def parse_map(text: str) -> tuple[str, Target | None]:
    """A list's folded name and its target, None for "none". Raises UsageError."""
    found = _MAP.fullmatch(text.strip())
    if found is None:
        raise UsageError(repr(text), "says not which list becomes what", hint=_FORM)
    return found[1].strip().casefold(), None if found[2] == "none" else parse_target(found[2])
