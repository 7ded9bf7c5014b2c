"""TeX as it occurs in libraries, turned into plain text: accents and symbols become letters, protective braces go, formulas stay.

Written here because pylatexenc needs 6 ms for an abstract (half a minute for 5,000), fails at 2,000 nested braces and takes "%" for a
comment. The time taken grows linearly with the length.
"""

from __future__ import annotations

import re

from ..typesetting import ACCENT, SIGNS, STYLES, accented

_STYLES = STYLES | {"url", "path", "nolinkurl", "ensuremath", "mkbibquote", "mkbibemph", "bibstring", "natexlab",
                    "textsuperscript", "textsubscript"}  # fmt: skip
# Each branch begins differently and stops at the next similar thing, so that nothing is scanned repeatedly. One branch is the escaped "\$":
# otherwise a text full of prices would be read to its end from each of them.
_TOKEN = re.compile(
    rf"""(?P<mathematics>\$\$[^$]*\$\$|\$(?:[^$\\]|\\.)*\$|\\\((?:[^\\]|\\[^()])*\\\))
    |{ACCENT}
    |\\(?P<command>[A-Za-z]+)(?P<blanks>\s*)
    |\\(?P<escaped>[&%_\#{{}}])
    |(?P<breaking>\\\\|\\[,;:!/\ -])
    |(?P<open>\{{)|(?P<close>\}})
    |(?P<ligature>---?|``|''|~)
    |(?P<price>\\\$)""",
    re.VERBOSE | re.DOTALL,
)
_LIGATURES = {"--": "–", "---": "—", "``": "“", "''": "”", "~": " "}
_BREAKS = {"\\\\": " ", "\\,": " ", "\\;": " ", "\\:": " ", "\\ ": " "}
_ADDRESS = re.compile(r"\\(?:url|path|nolinkurl|href)(?=\s*\{)")
_ESCAPED = re.compile(r"\\([&%_#~{}])")


def plain(tex: str) -> str:
    """The text that TeX would set. An unknown command stays as it is written, with its braces."""
    if not any(sign in tex for sign in "\\{}~-'`"):
        return tex
    return _Reader().read(tex)


def verbatim(tex: str) -> str:
    r"""An address, a DOI or a key without TeX: `\url{…}`, braces and the backslashes of `\_`, `\%`, `\&`, `\#` and `\~` are removed."""
    if not any(sign in tex for sign in "\\{}"):
        return tex.strip()
    text = _ADDRESS.sub("", tex).replace("\\textasciitilde", "~")
    text = _ESCAPED.sub(r"\1", text)
    return text.replace("{", "").replace("}", "").strip()


class _Reader:
    """Reads one text from left to right, and remembers which open braces belong to a command that is kept."""

    def __init__(self) -> None:
        self._kept: list[bool] = []
        self._staying = False

    def read(self, tex: str) -> str:
        return _TOKEN.sub(self._shown, tex)

    def _shown(self, token: re.Match[str]) -> str:
        staying, self._staying = self._staying, False
        kind, text = token.lastgroup, token[0]
        match kind:
            case "open":
                adjacent = staying and self._end == token.start()
                self._kept.append(adjacent)
                return "{" if adjacent else ""
            case "close":
                return "}" if self._kept and self._kept.pop() else ""
            case "inner" | "bare":
                return accented(token[kind], token["mark"])
            case "blanks":
                return self._command(token)
            case "escaped":
                return token["escaped"]
            case "breaking":
                return _BREAKS.get(text, "")
            case "ligature":
                return _LIGATURES[text]
        return text

    def _command(self, token: re.Match[str]) -> str:
        name = token["command"]
        if name in SIGNS:
            return SIGNS[name]
        if name in _STYLES:
            return ""
        self._staying, self._end = not token["blanks"], token.end()
        return token[0]
