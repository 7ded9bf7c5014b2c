"""Parse one TeX formula into text with superscripts and subscripts.

The time taken grows linearly with the length: every token is read once, and what is nested deeper than anybody nests stays as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from ...typesetting import STYLES, character_of
from .lines import bracketed, doubled, ends_with, matching, option, stands_apart
from .scripts import Mark, Pieces, flat, lowered, raised
from .symbols import ALPHABETS, DOUBLE_STRUCK, FUNCTION_NAMES, FUNCTIONS, GROWING, HATS, LETTERS, OPERATORS, SILENT, SPACES, WRAPPING

DEEPEST = 12
"""How many groups, arguments and texts may stand in one another."""
_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[0-9]+|[^\W\d_]+|\s+|.", re.DOTALL)
_TEXT = (STYLES - {"underline"}) | {"textrm", "hbox", "textmd", "textnormal", "mathtext"}
_ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
_LINKS = frozenset({"href", "url", "cite", "citep", "citet"})


def formula(source: str, read_text: Callable[[str, int], Pieces], depth: int) -> Pieces:
    """The content between dollars. `read_text` reads text inside it, such as `\\text{if}`, and is told the depth."""
    if depth == 0 and len(source) <= 60:
        return list(_common(source, read_text))
    return _Formula(source, read_text, depth).read_all()


@lru_cache(maxsize=1024)
def _common(source: str, read_text: Callable[[str, int], Pieces]) -> tuple[str | Mark, ...]:
    """The same for short formulas: `\\times` stands in one abstract of ten."""
    return tuple(_Formula(source, read_text, 0).read_all())


class _Formula:
    """Reads the tokens from left to right."""

    def __init__(self, source: str, read_text: Callable[[str, int], Pieces], depth: int) -> None:
        self._tokens = _TOKEN.findall(source.strip())
        self._ends = matching(self._tokens)
        self._read_text = read_text
        self._depth = depth
        self._at = 0
        self._end = len(self._tokens)
        # The kind of the last command, which with the next token decides whether a space follows it.
        self._behind = ""

    def read_all(self) -> Pieces:
        out: Pieces = []
        self._read(out)
        return out

    def _read(self, out: Pieces) -> None:
        while self._at < self._end:
            self._read_one(out)

    def _read_one(self, out: Pieces) -> None:
        """The next token, with its arguments."""
        token = self._tokens[self._at]
        self._at += 1
        match token[0]:
            case "\\":
                self._command(token[1:], out)
            case "{":
                self._group(out)
            case "^" | "_":
                self._script(token, out)
            case "'":
                self._put("′", out)
            case "~":
                self._blank(out)
            case _ if token.isspace():
                self._blank(out)
            case _:
                self._put(token, out)

    def _put(self, text: str, out: Pieces) -> None:
        if self._behind:
            behind, self._behind = self._behind, ""
            if stands_apart(behind, text[:1]) and ends_with(out) != " ":
                out.append(" ")
        if text:
            out.append(text)

    def _blank(self, out: Pieces) -> None:
        if self._behind != "function":
            self._behind = ""
        if out and ends_with(out) != " " and not self._behind:
            out.append(" ")

    def _skip_blanks(self) -> bool:
        """Whether there were any."""
        if self._at < self._end and self._tokens[self._at].isspace():
            self._at += 1
            return True
        return False

    def _command(self, name: str, out: Pieces) -> None:
        if name in LETTERS:
            if LETTERS[name] in "⟩⌋⌉" and out and out[-1] == " ":
                out.pop()
            self._put(LETTERS[name], out)
            blanks = self._skip_blanks()
            self._behind = "function" if LETTERS[name] in GROWING else "letter" if blanks else ""
        elif name in OPERATORS:
            self._operator(OPERATORS[name], out)
        elif name in FUNCTIONS or name in FUNCTION_NAMES:
            self._function([FUNCTION_NAMES.get(name, name)], out)
        elif name in SPACES:
            self._skip_blanks()
            self._blank(out)
        elif name in SILENT:
            self._silent(name)
        elif name in "%&#_{}$":
            self._put(name or "\\", out)
        elif name == "not":
            self._negated(out)
        elif name == "\\":
            self._line_end(out)
        elif name == "unicode":
            self._coded(out)
        elif not self._with_argument(name, out):
            self._unknown(name, out)

    def _operator(self, sign: str, out: Pieces) -> None:
        """An operator, with the same space after it as before; none at the beginning, where it belongs to what follows."""
        apart = ends_with(out) == " " or (self._behind == "letter" and self._at >= 2 and self._tokens[self._at - 2].isspace())
        self._put(sign, out)
        self._skip_blanks()
        if apart and self._at < self._end:
            out.append(" ")

    def _function(self, name: Pieces, out: Pieces) -> None:
        last = ends_with(out)
        if last and (last.isalnum() or last in ")]°′…"):
            out.append(" ")
        self._behind = ""
        out.extend(name)
        self._skip_blanks()
        self._behind = "function"

    def _silent(self, name: str) -> None:
        self._skip_blanks()
        if name in ("left", "right", "middle") and self._at < self._end and self._tokens[self._at] == ".":
            self._at += 1

    def _line_end(self, out: Pieces) -> None:
        """Two backslashes are kept, except before a name: there they are one that was exported twice."""
        name = self._tokens[self._at] if self._at < self._end else ""
        if len(name) > 2 and (name in OPERATORS or name in LETTERS or name in FUNCTIONS or name in _TEXT):
            self._at += 1
            self._command(name, out)
        else:
            self._put("\\\\", out)

    def _coded(self, out: Pieces) -> None:
        """`\\unicode{x2014}`, as MathJax knows it."""
        at, tokens = self._at, self._tokens
        end = self._ends.get(at)
        character = character_of("".join(tokens[at + 1 : end])) if end is not None and end - at < 8 else ""
        if end is None or not character:
            self._unknown("unicode", out)
            return
        self._at = end + 1
        self._put(character, out)

    def _negated(self, out: Pieces) -> None:
        body = self._argument()
        text = flat(body) if body else None
        if body and text and len(text.strip()) == 1:
            self._operator(unicodedata.normalize("NFC", text.strip() + "\u0338"), out)
        else:
            self._put("\\not", out)
            out.extend(body or [])

    def _group(self, out: Pieces) -> None:
        """The content of a group; its braces stay if it is a set, as in K ∈ {1, 2}, or if it never ends."""
        start = self._at
        end = self._ends.get(start - 1)
        if end is None:
            self._put("{", out)
            return
        if self._depth >= DEEPEST:
            self._put("".join(self._tokens[start - 1 : end + 1]), out)
            self._at = end + 1
            return
        listing = end - start < 200 and "," in self._tokens[start + 1 : end - 1]
        if listing:
            self._put("{", out)
        self._within(end, out)
        if listing:
            self._put("}", out)

    def _within(self, end: int, out: Pieces) -> None:
        around, self._end = self._end, end
        self._depth += 1
        self._read(out)
        self._depth -= 1
        self._end, self._at = around, end + 1

    def _argument(self) -> Pieces | None:
        """A group, a command with its arguments, or one character; None if nothing is left."""
        self._skip_blanks()
        if self._at >= self._end:
            return None
        token = self._tokens[self._at]
        out: Pieces = []
        behind, self._behind = self._behind, ""
        if token == "{" and self._at in self._ends and self._depth < DEEPEST:
            self._at += 1
            self._within(self._ends[self._at - 1], out)
        elif token[0] == "\\" and self._depth < DEEPEST:
            self._at += 1
            self._depth += 1
            self._command(token[1:], out)
            self._depth -= 1
        elif token[0] == "{" or len(token) == 1 or token[0] == "\\":
            self._at += 1
            self._group(out) if token == "{" else out.append(token)
        else:
            self._tokens[self._at] = token[1:]
            out.append(token[0])
        self._behind = behind
        while out and out[-1] == " ":
            out.pop()
        return out

    def _script(self, sign: str, out: Pieces) -> None:
        behind = self._behind
        body = self._script_body()
        if body is None:
            self._put(sign, out)
            return
        out.extend(raised(body) if sign == "^" else lowered(body))
        self._behind = behind

    def _script_body(self) -> Pieces | None:
        """The body of a script. TeX raises one character, but who writes 10^-15 or 2^32 means the number."""
        self._skip_blanks()
        at = self._at
        if at < self._end:
            sign = self._tokens[at] in "-+−"
            if sign and at + 1 < self._end and self._tokens[at + 1][0].isdigit():
                self._at += 2
                return ["".join(self._tokens[at : at + 2])]
            if self._tokens[at][0].isdigit():
                self._at += 1
                return [self._tokens[at]]
        return self._argument()

    def _with_argument(self, name: str, out: Pieces) -> bool:
        """Whether this is a known command with its arguments present; then it is read."""
        start, tokens = self._at, self._tokens
        self._skip_blanks()
        if self._at >= self._end:
            self._at = start
            return False
        if name in _TEXT or name in _LINKS:
            return self._text(name, out)
        if name in ALPHABETS:
            body = self._argument() or []
            self._extend(doubled(body) if name in DOUBLE_STRUCK else body, out)
        elif name in HATS:
            self._hat(name, out)
        elif name in ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "binom", "dbinom", "tbinom"):
            self._fraction(name, out)
        elif name == "sqrt":
            self._root(out)
        elif name == "operatorname":
            self._at += tokens[self._at] == "*"
            self._function(self._argument() or [], out)
        elif name in ("overset", "stackrel", "underset"):
            over, base = self._argument() or [], self._argument() or []
            self._extend(base + (lowered(over) if name == "underset" else raised(over)), out)
        elif name in WRAPPING:
            self._extend([WRAPPING[name][0], *(self._argument() or []), WRAPPING[name][1]], out)
        elif name == "textsuperscript" or name == "textsubscript":
            body = self._argument() or []
            out.extend(raised(body) if name == "textsuperscript" else lowered(body))
        else:
            self._at = start
            return False
        return True

    def _extend(self, pieces: Pieces, out: Pieces) -> None:
        if pieces and isinstance(first := pieces[0], str):
            self._put(first.lstrip() or " " if ends_with(out) == " " else first, out)
            pieces = pieces[1:]
        out.extend(pieces)

    def _text(self, name: str, out: Pieces) -> bool:
        """Text in a formula is read like any text; a style without its group is only layout."""
        at = self._at
        end = self._ends.get(at)
        if end is None or self._depth >= DEEPEST:
            return False
        if name == "href":
            end = self._ends.get(end + 1, end)
        source = f"\\{name}" + "".join(self._tokens[at : end + 1])
        self._extend(self._read_text(source, self._depth + 1), out)
        self._at = end + 1
        return True

    def _hat(self, name: str, out: Pieces) -> None:
        body = self._argument() or []
        text = flat(body)
        if text is not None and len(text) == 1 and text.isalnum():
            self._put(unicodedata.normalize("NFC", {"ı": "i", "ȷ": "j"}.get(text, text) + HATS[name]), out)
        else:
            self._put(f"\\{name}{{", out)
            out.extend([*body, "}"])

    def _fraction(self, name: str, out: Pieces) -> None:
        over, under = self._argument() or [], self._argument() or []
        if name.endswith("binom"):
            self._extend(["(", *over, " choose ", *under, ")"], out)
            return
        alone = not (ends_with(out) or " ")[-1].isalnum() and not self._goes_on()
        pieces = [*bracketed(over, product=False), "/", *bracketed(under, product=True)]
        self._extend(pieces if alone else ["(", *pieces, ")"], out)

    def _goes_on(self) -> bool:
        """Whether what follows would be taken for part of the denominator."""
        following = self._tokens[self._at] if self._at < self._end else " "
        return following[0].isalnum() or following[0] in "([{" or any(following[1:] in names for names in (LETTERS, ALPHABETS, HATS))

    def _root(self, out: Pieces) -> None:
        index, self._at = option(self._tokens, self._at, self._end)
        body = self._argument() or []
        sign: Pieces = [_ROOTS[index]] if index in _ROOTS else [*raised([index]), "√"]
        text = flat(body)
        simple = text is not None and (len(text) == 1 or text.isdigit())
        self._extend([*sign, *body] if simple else [*sign, "(", *body, ")"], out)

    def _unknown(self, name: str, out: Pieces) -> None:
        """An unknown command is kept, with the braces of its arguments."""
        self._put(f"\\{name}", out)
        self._behind = "command"
        while self._at < self._end and self._tokens[self._at] == "{" and self._at in self._ends and self._depth < DEEPEST:
            self._at += 1
            out.append("{")
            self._behind = ""
            self._within(self._ends[self._at - 1], out)
            out.append("}")
