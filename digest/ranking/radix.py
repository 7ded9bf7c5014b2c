"""Radix sort of whole numbers, 16 bits at a time: for many numbers it takes a fifth of the time of a comparison sort."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .texts.words import Ints

Whole = NDArray[Any]
"""An array of any integer type, without negative numbers."""


def order_of(numbers: Whole) -> Ints:
    """The indices that sort the numbers, stably (like `numpy.argsort`)."""
    most, shift = int(numbers.max(initial=0)), 16
    places = np.argsort(numbers.astype(np.uint16), kind="stable")
    while most >> shift:
        digits = (numbers >> numbers.dtype.type(shift)).astype(np.uint16)
        places = places[np.argsort(digits[places], kind="stable")]
        shift += 16
    return places


def distinct(numbers: Whole) -> Whole:
    """The distinct numbers, ascending. (The first call of `numpy.unique` imports numpy.ma, which takes a twentieth of a second.)"""
    found = np.sort(numbers)
    return found[is_first(found)]


def is_first(numbers: Whole) -> NDArray[np.bool_]:
    """Whether each number differs from the one before it."""
    first = np.ones(len(numbers), dtype=bool)
    np.not_equal(numbers[1:], numbers[:-1], out=first[1:])
    return first
