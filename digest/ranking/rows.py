"""The rows of a ranking: each interest of each reader is scored by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..model import Interest, Profile
from .texts.words import Ints


@dataclass(frozen=True)
class Rows:
    """Profiles, and one row for each of their interests; a profile without interests has one row, too."""

    profiles: tuple[Profile, ...]

    def __len__(self) -> int:
        return len(self.interests)

    @cached_property
    def interests(self) -> tuple[Interest, ...]:
        """(rows,) the interest of each row."""
        return tuple(interest for profile in self.profiles for interest in profile.interests or (Interest(),))

    @cached_property
    def start(self) -> Ints:
        """(profiles + 1,) the first row of each profile."""
        return np.concatenate(([0], np.cumsum([max(len(profile.interests), 1) for profile in self.profiles], dtype=np.int64)))

    @cached_property
    def owner(self) -> Sequence[int]:
        """(rows,) the profile of each row."""
        rows: list[int] = np.repeat(np.arange(len(self.profiles)), np.diff(self.start)).tolist()
        return rows

    def of(self, profile: int) -> range:
        """The rows of one profile."""
        return range(int(self.start[profile]), int(self.start[profile + 1]))
