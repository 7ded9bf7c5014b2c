"""TeX commands in running text: accents, letters, styles, links, citations, and mathematics outside of dollars."""

from __future__ import annotations

import re
from collections.abc import Callable

from ...typesetting import SIGNS, STYLES, accented, character_of
from .formulas import DEEPEST, formula
from .scripts import Pieces, as_plain
from .symbols import ALPHABETS, FUNCTION_NAMES, FUNCTIONS, HATS, LETTERS, OPERATORS, SILENT, WRAPPING

Command = tuple[Pieces, int, str]
"""What a command reads as, where it ends in the source, and what it opens: "" where it opens no group.

A group is "silent" (its braces go), "slanted", "note" (in brackets) or "kept" (its braces stay); what stands for a group until its end is
seen is one piece. "slanting" opens none: the rest of the group around is slanted.
"""
_ACCENT = re.compile(
    r"\\(?:([`'^\"~=.])\s*(?:\{\s*(\\[ij](?![A-Za-z])|[^\W\d_])\s*\}|(\\[ij](?![A-Za-z])|[^\W\d_]))"
    r"|([uvHckrdb])(?:\s*\{\s*(\\[ij](?![A-Za-z])|[^\W\d_])\s*\}|\s+(\\[ij](?![A-Za-z])|[^\W\d_])(?![^\W_])))"
)
_APOSTROPHE = re.compile(r"\\'(?=(?:s|t|d|m|re|ve|ll)(?![^\W_]))")
# arXiv takes the first letter of {\rho} for an accent: \r{ho}.
_TORN = re.compile(r"\\([uvHckrdbt])\{([a-z]{2,9})\}")
_NAME = re.compile(r"\\([A-Za-z]+)")
# Exported twice, a BibTeX file doubles its backslashes.
_DOUBLED = re.compile(r"\\\\(?=(?:text[a-z]+|copyright|ss|grqq|glqq|char[0-9]+)(?![A-Za-z]))")
_ARGUMENT = re.compile(r"\s*\{((?:[^{}]++|\{(?:[^{}]++|\{[^{}]*\})*+\})*+)\}")
_OPTIONS = re.compile(r"\*?(?:\s*\[[^\[\]]{0,80}\]){0,2}")
_UNICODE = re.compile(r"\\unicode\s*\{(x[0-9A-Fa-f]{2,5})\}")
_CHAR = re.compile(r"\\char\s*([0-9]{2,3})(?![0-9])")
_STRUCTURES = frozenset({
    "frac", "dfrac", "tfrac", "nicefrac", "binom", "sqrt", "operatorname", "overset", "underset", "stackrel", "textsuperscript",
    "textsubscript",
}) | WRAPPING.keys() | HATS.keys() | (ALPHABETS - {"underline", "ensuremath", "fbox", "boxed"})  # fmt: skip
_CITING = re.compile(r"(?:no|paren|text|foot|auto|full)?[cC]ite(?:p|t|alp|alt|author|year|yearpar|num)?")
_WORDS = {
    "ie": "i.e.", "eg": "e.g.", "etc": "etc.", "etal": "et al.", "cf": "cf.", "wrt": "w.r.t.", "grqq": "“", "glqq": "„", "item": "•",
    "newline": " ", "par": " ", "linebreak": " ", "deg": "°", "textsterling": "£", "textperiodcentered": "·", "quad": " ", "qquad": " ",
    "textohm": "Ω", "textrightarrow": "→", "textleftarrow": "←", "texttimes": "×", "textpm": "±", "textdiv": "÷", "textbullet": "•",
    "textdagger": "†", "textasteriskcentered": "*", "textonehalf": "½", "xspace": "", "textsection": "§", "textgreek": "",
}  # fmt: skip
_BACKSLASHED = re.compile(r"\\([%#&_~])")
_ESCAPED = "$%&#_{}"
_BREAKS = {",": " ", ";": " ", ":": " ", " ": " ", "\n": " ", "-": "", "/": "", "@": "", "!": ""}
_ADDRESSES = frozenset({"url", "path", "nolinkurl"})
_SLANTED = frozenset({"emph", "textit", "textsl"})
_SLANTING = frozenset({"it", "em", "sl", "itshape", "slshape"})
_GROUPS = (STYLES - _SLANTED) | {"underline", "uline", "textmd", "ensuremath", "hbox", "fbox", "boxed", "textup", "so", "ul"}
_LETTERS = frozenset({"ss", "ae", "oe", "o", "l", "aa", "AE", "OE", "O", "L", "dh", "th", "dj", "ng", "i", "j"})


def read_command(source: str, start: int, read_text: Callable[[str, int], Pieces], depth: int) -> Command:
    """The command whose backslash stands at `start`."""
    start += _DOUBLED.match(source, start) is not None
    following = source[start + 1 : start + 2]
    if accent := _ACCENT.match(source, start):
        return _accent(accent, source)
    if following in _BREAKS and following:
        return [_BREAKS[following]], start + 2, ""
    if following and following in _ESCAPED:
        return [following], start + 2, ""
    if following == "\\":
        after = source[start + 2 : start + 3]
        # A line that ends before a blank; in \\server\share none does.
        return ([] if not after or after.isspace() else ["\\\\"]), start + 2, ""
    name = _NAME.match(source, start)
    if name is None:
        return ["\\"], start + 1, ""
    return _named(name, source, read_text, depth)


def _accent(found: re.Match[str], source: str) -> Command:
    before = source[found.start() - 1 : found.start()]
    if before.isalpha() and _APOSTROPHE.match(source, found.start()):
        return ["'"], found.start() + 2, ""
    mark = found[1] or found[4]
    letter = found[2] or found[3] or found[5] or found[6]
    return [accented(letter, mark)], found.end(), ""


def _named(found: re.Match[str], source: str, read_text: Callable[[str, int], Pieces], depth: int) -> Command:
    name, start, end = found[1], found.start(), found.end()
    if (torn := _TORN.match(source, start)) and (letter := LETTERS.get(torn[1] + torn[2]) or OPERATORS.get(torn[1] + torn[2])):
        return [letter], torn.end(), ""
    group = source[end : end + 1] == "{"
    if name in _SLANTED and group:
        return [source[start : end + 1]], end + 1, "slanted"
    if name in _GROUPS and group:
        return [source[start : end + 1]], end + 1, "silent"
    if name in SILENT or name in STYLES or name in _SLANTING:
        return _declared(name, source, end)
    if (code := _UNICODE.match(source, start) or _CHAR.match(source, start)) and (character := character_of(code[1])):
        return [character], code.end(), ""
    if name in ("href", "hyperlink") and (linked := _link(source, end, read_text, depth)):
        return linked
    if (special := _with_arguments(name, source, start, end)) is not None:
        return special
    if (text := _text_of(name)) is not None:
        return _sign(name, text, source, start, end)
    if name in _STRUCTURES and (argument := _ARGUMENT.match(source, _OPTIONS.match(source, end).end())):  # type: ignore[union-attr]  # it may be empty
        if name.endswith(("frac", "binom", "set", "stackrel")):
            argument = _ARGUMENT.match(source, argument.end()) or argument
        return formula(source[start : argument.end()], read_text, depth + 1), argument.end(), ""
    return [source[start : end + group]], end + group, "kept" if group else ""


def _declared(name: str, source: str, end: int) -> Command:
    """`\\bf` and its like: the blank behind them is theirs."""
    if source[end : end + 2] == "{}":
        end += 2
    elif source[end : end + 1] == " ":
        end += 1
    return [], end, "slanting" if name in _SLANTING else ""


def _text_of(name: str) -> str | None:
    for table in (_WORDS, SIGNS, OPERATORS, LETTERS, FUNCTION_NAMES):
        if name in table:
            return table[name]
    return name if name in FUNCTIONS else None


def _sign(name: str, text: str, source: str, start: int, end: int) -> Command:
    """A letter or a sign. The space after it stays, except within a word: most people who leave mathematics bare mean their spaces."""
    if source[end : end + 2] == "{}":
        end += 2
    elif name in _LETTERS and source[end : end + 1] == " " and source[end + 1 : end + 2].islower() and _within_a_word(source, start, name):
        end += 1
    return [text], end, ""


def _within_a_word(source: str, start: int, name: str) -> bool:
    return source[start - 1 : start].isalpha() or name in ("O", "L", "AE", "OE", "o", "l", "ae", "oe")


def _with_arguments(name: str, source: str, start: int, end: int) -> Command | None:
    """Links, notes, citations, colours, scripts: commands whose arguments are not simply text."""
    if name in ("footnote", "thanks", "footnotetext") and source[end : end + 1] == "{":
        return [source[start : end + 1]], end + 1, "note"
    if not (name in _ADDRESSES or name in ("textcolor", "color") or _CITING.fullmatch(name)):
        return None
    options = _OPTIONS.match(source, end)
    argument = _ARGUMENT.match(source, options.end() if options else end)
    if argument is None:
        return None
    if name in _ADDRESSES:
        return [_BACKSLASHED.sub(r"\1", argument[1].strip())], argument.end(), ""
    if name == "color":
        return [], argument.end() + (source[argument.end() : argument.end() + 1] == " "), ""
    if name == "textcolor":
        brace = source[argument.end() : argument.end() + 1] == "{"
        return ([source[start : argument.end() + 1]], argument.end() + 1, "silent") if brace else None
    return [f"[{argument[1].strip()}]"], argument.end(), ""


def _link(source: str, end: int, read_text: Callable[[str, int], Pieces], depth: int) -> Command | None:
    """The words of a link, and where they do not say it, its address."""
    address = _ARGUMENT.match(source, end)
    if address is None:
        return None
    target = _BACKSLASHED.sub(r"\1", address[1].strip())
    words = _ARGUMENT.match(source, address.end())
    if words is None or not words[1].strip():
        return [target], (words or address).end(), ""
    pieces = read_text(words[1], depth + 1) if depth < DEEPEST else [words[1]]
    if "://" in words[1]:
        return pieces, words.end(), ""
    said = as_plain(pieces) in target
    return [target] if said else [*pieces, f" ({target})"], words.end(), ""
