"""Whole numbers on the command line."""

from __future__ import annotations

import click


class Whole(click.IntRange):
    """A whole number in a range; click's own type says about a word that it is "not a valid integer range"."""

    name = "integer"


NUMBER = Whole(1, 2**63 - 1)
"""What the catalog can number."""
