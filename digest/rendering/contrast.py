"""Check that the text colours of a theme are readable on its page colours, by day and by night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LEAST = 4.5
"""What text needs (WCAG 2.2, 1.4.3)."""
_TEXTS = ("ink", "muted", "accent")


@dataclass(frozen=True, slots=True)
class LowContrast:
    """A text colour too close to its page colour, both by name, and the ratio of their luminances (1…21)."""

    text: str
    page: str
    ratio: float


def low_contrast(palette: Mapping[str, str]) -> tuple[LowContrast, ...]:
    """The colours in which text is hard to read, among a theme's colours ("#rrggbb", by name); only known names are checked."""
    pairs = [(f"{when}{text}", f"{when}page") for when in ("", "night_") for text in _TEXTS]
    found = (LowContrast(text, page, contrast(palette[text], palette[page])) for text, page in pairs if text in palette and page in palette)
    return tuple(pair for pair in found if pair.ratio < LEAST)


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white): WCAG 2.2, contrast ratio."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
