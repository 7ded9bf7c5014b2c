"""`[[sources]]` and `[[subscribers]]`: where papers come from, and who gets what."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from difflib import get_close_matches

from ..model import EVERYTHING_ELSE, UNNAMED, Cadence, Edition, Format, Interest, Profile, SourceOptions, Subscriber, Subscription
from ..resources import language_codes
from . import addresses, values
from .papers import paper_keys
from .tables import Table

KINDS = ("arxiv", "huggingface", "feed", "biorxiv", "medrxiv")
DEFAULT_SOURCES = (SourceOptions(name="arxiv", kind="arxiv"), SourceOptions(name="huggingface", kind="huggingface"))
"""Where the file names none; arXiv without categories follows those of the subscribers."""

TRENDING = "trending"
LIMITS = (1, 200)
LONGEST_GROUP = 60
_MAKER = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_PROFILE_KEYS = (
    "topics", "keywords", "muted", "authors", "categories", "liked", "interests", "floor", "explore", "others", "updates", "only_above",
)  # fmt: skip


def sources_of(tables: Sequence[Table]) -> tuple[SourceOptions, ...]:
    """The sources in the file, by default arXiv and Hugging Face. Raises ConfigurationError, naming both lines for a name used twice."""
    found: dict[str, Table] = {}
    options = []
    for table in tables:
        source = _source(table)
        if source.name in found:
            message = f"there is a source {source.name!r} already, in line {found[source.name].line}"
            raise table.error("name", message, "give one of them another name")
        found[source.name] = table
        options.append(source)
    return tuple(options) or DEFAULT_SOURCES


def subscribers_of(tables: Sequence[Table], local_zone: str) -> tuple[Subscription, ...]:
    """The subscriptions of the file; one without a zone is in `local_zone`.

    Raises ConfigurationError; the same name twice for one address is an error that names both lines.
    """
    found: dict[tuple[str, str], Table] = {}
    subscriptions = []
    for table in tables:
        subscription = _subscription(table, local_zone)
        name = (subscription.subscriber.email.casefold(), subscription.name.casefold())
        if name in found:
            message = f"{subscription.subscriber.email!r} has a subscription {subscription.name!r} already, in line {found[name].line}"
            raise table.error("name" if "name" in table else "address", message, "give one of them another name")
        found[name] = table
        subscriptions.append(subscription)
    return tuple(subscriptions)


def cadence_of(table: Table) -> Cadence:
    """When a subscription's letters are due."""
    usual = Cadence()
    every, days = table.read("every", values.every, (usual.every, usual.days))
    return Cadence(
        every=every,
        days=days,
        at=table.read("at", values.clock_time, usual.at),
        only_above=table.read("only_above", values.points, None),
        skip_empty=table.flag("skip_empty"),
    )


def edition_name(value: object) -> str:
    """ "trending", or a category."""
    name = values.category(value)
    if name != TRENDING and get_close_matches(name.lower(), [TRENDING]):
        raise values.unfit(f"{name!r} is not an edition", f'"{TRENDING}", or a category such as cs.LG')
    return name


def days_off(value: object) -> tuple[date, ...]:
    """Days, as TOML writes them or as texts: [2027-01-18] or ["2027-01-18"]."""
    given = value if isinstance(value, list) else [value]
    try:
        found = [day if isinstance(day, date) else date.fromisoformat(values.text(day)) for day in given]
    except ValueError as error:
        raise values.unfit(f"{value!r} is not a list of days", 'write it as holidays = ["2027-01-18"]') from error
    return tuple(day.date() if isinstance(day, datetime) else day for day in found)


def _source(table: Table) -> SourceOptions:
    kind = table.required("kind", _kind, f"what the source is: {', '.join(KINDS)}, or package.module:make")
    options = SourceOptions(
        name=table.text("name", kind.partition(":")[0]),
        kind=kind,
        categories=table.read("categories", values.subject_classes if kind == "arxiv" else values.texts, ()),
        url=table.read("url", addresses.web_address if kind in KINDS else values.text, "") or None,
        details_url=table.read("details_url", addresses.web_address, "") or None,
        listing_url=table.read("listing_url", addresses.web_address, "") or None,
        holidays=table.read("holidays", days_off, ()),
        allow_private=table.flag("allow_private"),
        paused=table.flag("paused"),
    )
    if kind == "feed" and options.url is None:
        raise table.error("", f"the feed {options.name!r} has no url", 'url = "https://journal.example.org/feed.xml"')
    return options


def _kind(value: object) -> str:
    given = values.text(value)
    if given not in KINDS and not _MAKER.fullmatch(given):
        raise values.unfit(f"{given!r} is no kind of source", f"one of {', '.join(KINDS)}, or package.module:make")
    return given


def _subscription(table: Table, local_zone: str) -> Subscription:
    email = table.required("address", values.address, 'who gets the letters: address = "ana@example.org"')
    edition = table.read("edition", edition_name, "")
    if edition:
        clash = next((key for key in _PROFILE_KEYS if key in table), None)
        if clash:
            raise table.error(clash, "an edition is the same for all its readers and takes no profile", "make two subscriptions of it")
    limit = table.read("limit", values.whole(*LIMITS), 0)
    group = table.read("group", group_name, "")
    if table.flag("share_saves") and not group:
        raise table.error("share_saves", "there is nobody to share with", 'name the group: group = "lab"')
    return Subscription(
        subscriber=Subscriber(
            email=email,
            zone=table.read("zone", values.zone, local_zone),
            language=table.read("language", language_code, "en"),
        ),
        name=table.text("name", edition or UNNAMED),
        profile=None if edition else _profile(table, limit),
        edition=(Edition(name=edition, limit=limit) if limit else Edition(name=edition)) if edition else None,
        cadence=cadence_of(table),
        theme=table.read("theme", values.word, ""),
        format=table.read("format", lambda value: Format(values.one_of(*Format)(value)), Format.HTML),
        configured=True,
        group=group,
        share_saves=table.flag("share_saves"),
    )


def language_code(value: object) -> str:
    """The code of an available language; "de-AT" is accepted if "de" is available."""
    code, there = values.text(value), language_codes()
    if not _CODE.fullmatch(code) or not {code.lower(), code.lower().partition("-")[0]} & {known.lower() for known in there}:
        raise values.wrong("{given} is no language that letters are written in", "one of {names}", given=repr(code), names=", ".join(there))
    return code


def group_name(value: object) -> str:
    """The name of a group of readers."""
    name = values.text(value)
    if len(name) > LONGEST_GROUP:
        raise values.unfit(f"{name[:20]!r}… is longer than {LONGEST_GROUP} characters", 'a short name, such as "lab"')
    return name


def interest_name(value: object) -> str:
    """The name of an interest."""
    name = values.text(value)
    if name.casefold() == EVERYTHING_ELSE:
        raise values.wrong("{given} is what the topics beside the named ones are called", "give it another name", given=repr(name))
    return name


def _profile(table: Table, limit: int) -> Profile:
    return Profile(
        interests=_interests(table),
        keywords=table.texts("keywords"),
        muted=table.texts("muted"),
        authors=table.read("authors", values.authors, ()),
        categories=table.read("categories", values.categories, ()),
        limit=limit or Profile().limit,
        floor=table.read("floor", values.points, None),
        explore=table.flag("explore"),
        others=table.flag("others", usual=Profile().others),
        updates=table.flag("updates"),
    )


def _interests(table: Table) -> tuple[Interest, ...]:
    """The topics and liked papers next to the named interests, if any, and the named interests."""
    rest = Interest(topics=table.texts("topics"), liked=table.read("liked", paper_keys, ()))
    found: dict[str, Table] = {}
    interests = [] if rest.is_empty else [rest]
    for inner in table.tables("interests"):
        interest = Interest(
            name=inner.required("name", interest_name, 'what it is called: name = "graphs"'),
            topics=inner.texts("topics"),
            liked=inner.read("liked", paper_keys, ()),
            weight=inner.read("weight", values.weight, 1.0),
        )
        if not interest.topics and not interest.liked:
            raise inner.error("", f"the interest {interest.name!r} has nothing to rank by", 'topics = ["…"], or liked = ["2302.09664"]')
        if before := found.get(interest.name.casefold()):
            raise inner.error("name", f"there is an interest {interest.name!r} already, in line {before.line}", "give it another name")
        found[interest.name.casefold()] = inner
        interests.append(interest)
    return tuple(interests)
