"""The table in docs/themes.md of what a theme's templates may show, made of the dataclasses that they are given.

    uv run python -m tests.theme_fields         after a field of a letter or a card has changed
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from digest.rendering.cards import Pieces
from digest.rendering.letters import LetterView

GUIDE = Path(__file__).parents[1] / "docs" / "themes.md"
BLOCK = re.compile(r"(?<=<!-- fields: made by `uv run python -m tests.theme_fields` -->\n).*?(?=<!-- /fields -->)", re.DOTALL)
_NAMES = {"LetterView": "letter", "SectionView": "section", "Card": "card", "PaperView": "paper"}
_WORDS = {str: "a text", bool: "true or false", int: "a number", float: "a number"}


def table() -> str:
    """Every field that can be reached from the letter, class by class, with what it holds."""
    lines = ["| in a template | holds |", "|---|---|"]
    waiting: list[type] = [LetterView]
    for shown in waiting:
        for name, hint in _hints(shown):
            lines.append(f"| `{_called(shown)}.{name}` | {in_words(hint)} |")
            waiting += [found for found in _classes(hint) if found not in waiting]
    return "\n".join(lines) + "\n"


def in_words(hint: Any) -> str:
    """A type as an author of themes reads it."""
    inner = get_args(hint)
    if hint in _WORDS:
        return _WORDS[hint]
    if is_dataclass(hint):
        return f"a `{_called(hint)}`"
    if inner and inner[-1] is Ellipsis:
        return f"any number of: {in_words(inner[0])}"
    if inner and getattr(hint, "__origin__", None) is tuple:
        return f"({', '.join(in_words(part) for part in inner)})"
    if inner:  # of several things, one
        return " or ".join(in_words(part) for part in inner if part is not type(None)) + (", or none" if type(None) in inner else "")
    return f"`{getattr(hint, '__name__', hint)}`"


def _hints(shown: type) -> list[tuple[str, Any]]:
    """The fields a template may show: `pieces` are what a card is spliced of, and nobody's to show."""
    hints = get_type_hints(shown)
    return [(field.name, hints[field.name]) for field in fields(shown) if hints[field.name] is not Pieces]


def _classes(hint: Any) -> list[type]:
    return [hint] if is_dataclass(hint) else [found for part in get_args(hint) for found in _classes(part)]  # type: ignore[list-item]


def _called(shown: Any) -> str:
    return _NAMES.get(shown.__name__, shown.__name__.removesuffix("View").lower())


if __name__ == "__main__":
    GUIDE.write_text(BLOCK.sub(lambda _: table(), GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
