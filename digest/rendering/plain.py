"""Plain text as a person would have typed it: wrapped, indented, addresses never broken."""

from __future__ import annotations

WIDTH = 72


def wrap(text: str, indent: int = 0) -> str:
    """The text in lines of at most 72 characters, each after `indent` blanks."""
    pad = " " * indent
    return "\n".join(pad + line for line in _lines(text, WIDTH - indent))


def hang(text: str, indent: int) -> str:
    """The same, for a first line that stands after something `indent` characters wide."""
    return wrap(text, indent)[indent:]


def _lines(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line = ""
    for word in _words(text, width):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def _words(text: str, width: int) -> list[str]:
    """The words; one that is longer than a line is cut (Chinese has no blanks), unless it is an address."""
    words: list[str] = []
    for word in text.split():
        if len(word) <= width or "://" in word or word.startswith("mailto:"):
            words.append(word)
        else:
            words.extend(word[i : i + width] for i in range(0, len(word), width))
    return words
