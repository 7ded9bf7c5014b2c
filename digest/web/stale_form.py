"""Merge a form with changes made since its page was opened: a field that the reader left alone changes nothing.

Two pages may be open at once, on a phone and a desk, and the operator may change something meanwhile. So the page carries a short
fingerprint of what each field showed. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256

from ..config.values import DAYS
from .filling import BOXES, TEXTS, Filled, InterestFields

_ALONE = tuple(name for name in TEXTS if name not in ("every", "until", "papers"))
_DAYS = frozenset(f"day-{day}" for day in DAYS)
_BOXES = tuple(name for name in BOXES if name not in _DAYS)


def fingerprint_of_fields(filled: Filled) -> str:
    """A short fingerprint of what each field shows, for the form to send back."""
    return " ".join(f"{name}={_print(text)}" for name, text in _fields(filled))


def freshened(typed: Filled, stored: Filled) -> Filled:
    """What was typed, with the stored value in every field that still says what its page showed.

    The days belong to the frequency. An interest whose name was changed is taken as typed: it is not known which stored one it now is.
    """
    alone = untouched(typed)
    texts = {**typed.texts, **{name: stored.text(name) for name in _ALONE if name in alone}}
    ticked = {name for name in _BOXES if name in (stored if name in alone else typed).ticked}
    rhythm = stored if "rhythm" in alone else typed
    texts["every"] = rhythm.text("every")
    there: Mapping[str | None, InterestFields] = {one.was: one for one in stored.interests if one.was is not None}
    interests = tuple(_freshened(one, there, alone) for one in typed.interests)
    return replace(typed, texts=texts, ticked=frozenset(ticked | (rhythm.ticked & _DAYS)), interests=interests)


def untouched(typed: Filled) -> frozenset[str]:
    """The fields that still say what their page showed; none if the form did not send that back."""
    shown = dict(part.split("=", 1) for part in typed.shown.split() if "=" in part)
    return frozenset(name for name, text in _fields(typed) if shown.get(name) == _print(text))


def _freshened(one: InterestFields, there: Mapping[str | None, InterestFields], alone: frozenset[str]) -> InterestFields:
    stored = there.get(one.was) if f"{one.number}-name" in alone else None
    if stored is None:
        return one
    topics = stored.topics if f"{one.number}-topics" in alone else one.topics
    return replace(one, topics=topics, weight=stored.weight if f"{one.number}-weight" in alone else one.weight)


def _fields(filled: Filled) -> Iterator[tuple[str, str]]:
    yield from ((name, filled.text(name)) for name in _ALONE)
    yield from ((name, "on" if name in filled.ticked else "") for name in _BOXES)
    yield "rhythm", " ".join((filled.text("every"), *sorted(filled.ticked & _DAYS)))
    for one in filled.interests:
        yield from ((f"{one.number}-{name}", text) for name, text in (("name", one.name), ("topics", one.topics), ("weight", one.weight)))


def _print(text: str) -> str:
    return sha256(text.strip().encode(errors="surrogatepass")).hexdigest()[:8]
