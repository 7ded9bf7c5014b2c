"""What processes do in the tests of several: a file of its own, since each process reads the file in which its work stands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from digest.errors import CatalogError
from digest.model import Profile
from digest.ranking import Ground, order
from digest.ranking.sparse import Floats

Profiles = list[Profile]


def scores(ground: Ground, profiles: Profiles) -> tuple[Floats, list[str]]:
    ranking = order(ground, profiles)
    return ranking.scores, [reason.note for row in range(3) for reason in ranking.reasons(row, 0)]


@contextmanager
def ranking(ground: Ground) -> Iterator[Callable[[Profiles], tuple[Floats, list[str]]]]:
    yield lambda profiles: scores(ground, profiles)


@contextmanager
def multiplying(factor: int) -> Iterator[Callable[[int], int]]:
    yield lambda number: factor * number


@contextmanager
def dying(_: int) -> Iterator[Callable[[int], int]]:
    yield lambda number: os._exit(7) if number == 3 else number


@contextmanager
def dying_beside_one_that_works(told: str) -> Iterator[Callable[[int], object]]:
    """The first task is done once the other process, which ends at the second, was waited for by who asked."""
    number_of_the_dead = Path(told)

    def work(number: int) -> None:
        if number == 1:
            number_of_the_dead.write_text(f"{os.getpid()}\n")
            os._exit(7)
        while number == 0 and _is_there(number_of_the_dead):
            time.sleep(0.01)

    yield work


def _is_there(number: Path) -> bool:
    """Whether the process that this names, once it does, was not waited for yet."""
    said = number.read_text() if number.exists() else ""
    try:
        return not said.endswith("\n") or os.kill(int(said), 0) is None
    except ProcessLookupError:
        return False


@contextmanager
def looking_into(folder: str) -> Iterator[Callable[[int], list[str]]]:
    found = os.listdir(folder)
    yield lambda _: found


@contextmanager
def failing(_: int) -> Iterator[Callable[[int], int]]:
    raise CatalogError("digest.db", "locked")
    yield
