"""Read text with TeX in it: tell mathematics from prices, drop meaningless braces, and set dashes, quotes, ties and scripts.

The time taken grows linearly with the length: braces are kept on a list, not in recursive calls, and an end that is missing is searched for
once.
"""

from __future__ import annotations

import re

from .formulas import DEEPEST, formula
from .scripts import Mark, Pieces, lowered, raised
from .text_commands import read_command

# Each alternative begins with one character of its own, so that the search runs from sign to sign.
_SIGN = re.compile(r"\$|\\|\{|\}|\^|_|~|``|''|\"|--+|https?://[^\s{}\\$<>\"]+")
_DISPLAY = re.compile(r"\$\$([^$]+)\$\$")
_INLINE = re.compile(r"\$((?:[^$\\]++|\\.)++)\$", re.DOTALL)
_BRACED = re.compile(r"\{[^{}]*\}")
_PROSE = re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}\s+[a-z]{3,}(?![A-Za-z(])")
_AFTER_A_COMMAND = re.compile(r"\\(?:[A-Za-z]+|[,;! ])\s*$")
_NUMBER = re.compile(r"\s*[-+]?[0-9.,]*[0-9]%?")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z]{2,}")
_LONGEST_BARE = 80
_SCRIPT = re.compile(r"[\^_]\{((?:[^{}]++|\{[^{}]*\})*+)\}")
_POWER = re.compile(r"\^([-−+]?[0-9]+)(?!\.?[0-9])|\^([A-Za-z])(?![\w^{])")
_INDEX = re.compile(r"_([0-9]{1,2})(?![0-9a-z_.])")
_SHORT_BASE = re.compile(r"(?:^|[^\w/.@\\#?&=-])[^\W\d_]{1,2}$")
_CASE = re.compile(r"(?=[^{}]*[A-Z])[^\W\d_][\w+-]*|\([A-Z][\w-]*\)|[,=]|\s*-{1,3}\s*")
_STAYS = re.compile(r"\\[A-Za-z]+$")
_PAIR = re.compile(r"\w\w")


def read_text(text: str, depth: int = 0) -> Pieces:
    """The text with its TeX read; `depth` is the number of formulas and texts around it."""
    return _Reader(text, depth).read()


class _Reader:
    """Reads one text from left to right, remembering the open braces and their positions."""

    def __init__(self, source: str, depth: int) -> None:
        self._source = source
        self._depth = depth
        self._out: Pieces = []
        # The open braces: each one's position in the output, the beginning of its content, and its kind.
        self._open: list[tuple[int, int, str]] = []
        self._quotes = 0
        self._unclosed: set[str] = set()

    def read(self) -> Pieces:
        source, at = self._source, 0
        while sign := _SIGN.search(source, at):
            start = sign.start()
            if start > at:
                self._out.append(source[at:start])
            at = self._sign(sign[0], start, sign.end())
        if at < len(source):
            self._out.append(source[at:])
        return [piece for piece in self._out if piece]

    def _sign(self, text: str, start: int, end: int) -> int:
        """Read what begins with this sign; gives its end."""
        match text[0]:
            case "$":
                return self._dollar(start)
            case "\\":
                return self._backslash(start)
            case "{":
                self._open.append((len(self._out), end, "group"))
                self._out.append("{")
            case "}":
                self._close(start)
            case "^" | "_":
                return self._script(start)
            case _:
                self._out.append(self._character(text, start, end))
        return end

    def _backslash(self, start: int) -> int:
        following = self._source[start + 1 : start + 2]
        if following in ("(", "["):
            return self._bracketed_formula(start, "\\)" if following == "(" else "\\]")
        pieces, end, kind = read_command(self._source, start, read_text, self._depth)
        if kind == "slanting":
            self._slant()
        elif kind:
            self._open.append((len(self._out), end, kind))
        self._out.extend(pieces)
        return end

    def _bracketed_formula(self, start: int, closing: str) -> int:
        end = -1 if closing in self._unclosed else self._source.find(closing, start + 2)
        if end < 0:
            self._unclosed.add(closing)
            self._out.append(self._source[start : start + 2])
            return start + 2
        return self._formula(self._source[start + 2 : end], end + 2)

    def _formula(self, body: str, end: int) -> int:
        pieces = formula(body, read_text, self._depth)
        self._out.extend(pieces)
        if pieces and self._source[end : end + 1].isalpha() and _STAYS.search(str(pieces[-1])):
            self._out.append(" ")
        return end

    def _dollar(self, start: int) -> int:
        source = self._source
        found = _DISPLAY.match(source, start)
        if found is None and "$" not in self._unclosed:
            found = _INLINE.match(source, start)
            if found is None and source[start + 1 : start + 2] != "$":
                self._unclosed.add("$")
        if found is None or not is_formula(found[1], source[start - 1 : start], source[found.end() : found.end() + 1]):
            self._out.append("$")
            return start + 1
        return self._formula(found[1], found.end())

    def _script(self, start: int) -> int:
        """A script outside of mathematics, where it can be nothing else: x_{ij}, R^2, 10^-15, H_2O."""
        source = self._source
        before = source[start - 1 : start]
        pieces: Pieces = []
        if (found := _SCRIPT.match(source, start)) and self._depth < DEEPEST:
            body = formula(found[1], read_text, self._depth + 1)
            pieces = raised(body) if source[start] == "^" else lowered(body)
        elif source[start] == "^":
            found = _POWER.match(source, start) if before.isalnum() or before in (")", "]", "}", "*") else None
            pieces = raised([found[1] or found[2]]) if found else []
            found = found if len(pieces) == 1 else None
        else:
            found = _INDEX.match(source, start)
            found = found if found and _SHORT_BASE.search(source[max(start - 3, 0) : start]) else None
            pieces = lowered([found[1]]) if found else []
        if found is None:
            self._out.append(source[start])
            return start + 1
        self._out.extend(pieces)
        return found.end()

    def _slant(self) -> None:
        """`{\\it …}` slants the rest of the group in which it stands."""
        if self._open and self._open[-1][2] == "group":
            place, begin, _ = self._open.pop()
            self._open.append((place, begin, "slanted"))

    def _close(self, start: int) -> None:
        """End a group: now it is known how to treat its beginning."""
        place, begin, kind = self._open.pop() if self._open else (-1, 0, "kept")
        if kind == "kept" and place >= 0 and begin == start:
            # A command that is not known, ended by {}: the braces only end it.
            self._out[place] = str(self._out[place])[:-1]
        elif kind == "kept" or (kind == "group" and not self._is_silent(begin, start)):
            self._out.append("}")
        elif kind == "slanted":
            self._out[place] = Mark.ITALIC
            self._out.append(Mark.END_ITALIC)
        elif kind == "note":
            self._out[place] = " (" if place and str(self._out[place - 1])[-1:] != " " else "("
            self._out.append(")")
        else:
            self._out[place] = ""

    def _is_silent(self, begin: int, end: int) -> bool:
        """Whether a group only protects its letters' case, or holds a command: then its braces mean nothing."""
        source = self._source
        if source[begin] == "\\" and source[begin + 1] not in "{}":
            # Without its brace, a kept command would run into the next word.
            written = "".join(str(piece) for piece in self._out[-2:])
            return not (source[end + 1 : end + 2].isalpha() and _STAYS.search(written, max(len(written) - 40, 0)))
        if begin == end:
            return False
        whole = begin == 1 and end == len(source) - 1 and source[1].isalpha()
        formula_alone = source[begin] == source[end - 1] == "$"
        return whole or formula_alone or _CASE.fullmatch(source, begin, end) is not None

    def _character(self, text: str, start: int, end: int) -> str:
        before, after = self._source[start - 1 : start], self._source[end : end + 1]
        if text == "~":
            return " " if self._ties(start, before, after) else "~"
        if text == "``":
            self._quotes += 1
            return "“"
        if text in ("''", '"') and self._quotes:
            self._quotes -= 1
            return "”"
        if text[0] == "-" and len(text) <= 3 and before not in ("<", "!") and after != ">":
            # " --help" is an option.
            option = len(text) == 2 and (not before or before.isspace()) and after.isalpha()
            return text if option else ("–" if len(text) == 2 else "—")
        return text

    def _ties(self, start: int, before: str, after: str) -> bool:
        """Whether a tilde keeps two words together; elsewhere it means "about", "to", or somebody's home page."""
        if not before or not after or before in " \n\t(/[<>=≈:" or after in " \n\t]":
            return False
        if before in "0123456789%" and after.isdigit():
            return False
        around = self._source[max(start - 2, 0) : start + 3]
        # In "y~x" it is how R writes a model.
        return not (before.isalpha() and after.isalpha() and not _PAIR.search(around))


def is_formula(body: str, before: str, after: str) -> bool:
    """Whether the text between two dollars is mathematics: "$5 and $10" is not, and neither is text that reads like prose.

    `before` and `after` are the characters around the dollars: a digit after the second makes it the sign of a price ("US$5 and US$6").
    """
    begins_apart, ends_apart = body[0].isspace(), body[-1].isspace()
    if not ("\\" in body or "^" in body or "_" in body or "{" in body):
        if ends_apart or (begins_apart and (before.isalnum() or _WORD.search(body))):
            return _NUMBER.fullmatch(body) is not None
        runs_on = " " in body and body[-1].isalpha() and len(body) > 12
        price = body[0].isdigit() and (after.isdigit() or body[-1] in "-–—/,(" or runs_on)
        return not price and len(body) <= _LONGEST_BARE and _PROSE.search(body) is None
    bare = _COMMAND.sub("·", _BRACED.sub("·", _BRACED.sub("·", _BRACED.sub("·", body))))
    if ends_apart and not begins_apart and (body[0].isdigit() or _WORD.search(bare)) and not _AFTER_A_COMMAND.search(body):
        return False
    return _PROSE.search(bare) is None
