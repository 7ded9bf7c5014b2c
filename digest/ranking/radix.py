"""Whole numbers in order: counted 16 bits at a time instead of compared, which takes a fifth of the time where there are many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .texts.words import Ints

Whole = NDArray[Any]
"""Of any type of whole numbers, none below 0."""


def order_of(numbers: Whole) -> Ints:
    """Their places, the smallest number's first; equal ones in the order in which they stand."""
    most, shift = int(numbers.max(initial=0)), 16
    places = np.argsort(numbers.astype(np.uint16), kind="stable")
    while most >> shift:
        digits = (numbers >> numbers.dtype.type(shift)).astype(np.uint16)
        places = places[np.argsort(digits[places], kind="stable")]
        shift += 16
    return places


def distinct(numbers: Whole) -> Whole:
    """Each of them once, ascending. (`numpy.unique` loads numpy.ma when it is first asked, for a twentieth of a second.)"""
    found = np.sort(numbers)
    return found[is_first(found)]


def is_first(numbers: Whole) -> NDArray[np.bool_]:
    """Whether each differs from the one before it."""
    first = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return first
