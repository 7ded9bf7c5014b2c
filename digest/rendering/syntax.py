"""Explain why a template cannot be parsed, with the line that its author has to look at."""

from __future__ import annotations

import re
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError

from ..errors import ThemeError

_BLOCKS = frozenset({"autoescape", "block", "call", "filter", "for", "if", "macro", "set", "with"})
_ENDS = "|".join(f"end{name}" for name in sorted(_BLOCKS))
_LEFT_OPEN = re.compile(rf"(?:Unexpected end of template|Encountered unknown tag '(?:{_ENDS})').* needs to be closed")
"""What Jinja says where another end came, or none; a tag that there is not, such as a misspelt end, is told where it stands."""


def syntax_error(environment: Environment, path: Path, source: str, error: TemplateSyntaxError) -> ThemeError:
    """Jinja's error as a ThemeError.

    For a block left open, Jinja names the line where it missed the end, often the last of the file; the useful line is where the block
    begins.
    """
    reason = str(error.message)
    begun = _left_open(environment, source) if _LEFT_OPEN.match(reason) else None
    if begun is None:
        return ThemeError(f"{path}:{error.lineno}", reason[:1].lower() + reason[1:].removesuffix("."))
    line, tag, name = begun
    return ThemeError(f"{path}:{line}", f"{tag} is left open: there is no {{% end{name} %}}")


def _left_open(environment: Environment, source: str) -> tuple[int, str, str] | None:
    """The line, text and name of the block still open where another ends, or at the end of the template."""
    begun: list[tuple[int, str, str]] = []
    for line, tag, name in _tags(environment, source):
        if name.startswith("end"):
            if not begun or begun[-1][2] != name.removeprefix("end"):
                break
            begun.pop()
        elif name in _BLOCKS and not (name == "set" and "=" in tag):
            begun.append((line, tag, name))
    return begun[-1] if begun else None


def _tags(environment: Environment, source: str) -> list[tuple[int, str, str]]:
    """The line, text and name of each `{% … %}`, except those in comments and strings."""
    tags: list[tuple[int, str, str]] = []
    words: list[str] = []
    for line, kind, text in environment.lex(source):
        words = [text] if kind == "block_begin" else [*words, text]
        if kind == "block_end":
            tags.append((line, "".join(words).strip(), words[1].strip() or words[2]))
    return tags
