"""What readers ask for, gathered in one pass: who asks for what is counted, and only the first are kept by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from .. import taxonomy
from ..model import Subscriber, Subscription
from ..naming import doubt_of_ids

NAMED = 5
"""Readers that a finding names."""


class Askers:
    """Those who ask for one thing, each once: the first by address, and how many there are. A bit for each reader of the catalog."""

    def __init__(self) -> None:
        self.first: list[str] = []
        self.count = 0
        self._unstored: set[str] = set()
        self._stored = bytearray()

    def add(self, reader: Subscriber) -> None:
        """Count a reader; one of the configuration, who has no id, must come before those of the catalog."""
        if reader.email in self._unstored or (reader.id and not self._is_new(reader.id)):
            return
        if not reader.id:
            self._unstored.add(reader.email)
        self.count += 1
        if len(self.first) <= NAMED:
            self.first.append(reader.email)

    def _is_new(self, id_: int) -> bool:
        place, bit = divmod(id_, 8)
        self._stored.extend(bytes(max(place + 1 - len(self._stored), 0)))
        was = self._stored[place] >> bit & 1
        self._stored[place] |= 1 << bit
        return not was

    def told(self, *before: str) -> str:
        """Their addresses after the names in `before`; if there are many, the first ones and the number of the others."""
        names, more = [*before, *self.first], len(before) + self.count - NAMED
        return ", ".join(names) if more <= 1 else f"{', '.join(names[:NAMED])} and {more:,} others"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What readers ask for: themes, categories, time zones; doubts about what commands gave them, and addresses outside ASCII."""

    themes: dict[str, Askers] = field(default_factory=lambda: defaultdict(Askers))
    doubts: dict[str, Askers] = field(default_factory=lambda: defaultdict(Askers))
    categories: dict[str, Askers] = field(default_factory=lambda: defaultdict(Askers))
    zones: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)


def wanted(readers: Iterable[Subscription], kinds: Iterable[str]) -> Wanted:
    """What these readers ask for, those of the configuration first; `kinds` are those of the sources."""
    found, kinds = Wanted(), tuple(kinds)
    for one in readers:
        reader = one.subscriber
        found.zones.add(reader.zone)
        if not reader.email.rpartition("@")[0].isascii():
            found.foreign.add(reader.email)
        if one.theme:
            found.themes[one.theme].add(reader)
        for category in one.categories:
            found.categories[category].add(reader)
        if not one.configured:  # the configuration reports itself what is misspelt in it
            followed = one.profile.authors if one.profile else ()
            for doubt in (*taxonomy.doubts(one.categories), *doubt_of_ids(followed, kinds)):
                found.doubts[doubt].add(reader)
    return found
