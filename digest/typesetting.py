"""TeX's commands for accents, letters and text styles, and the characters they stand for; for libraries, listings, ranking and search."""

from __future__ import annotations

import re
import unicodedata

ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", '"': "\u0308", "=": "\u0304", ".": "\u0307", "u": "\u0306", "v": "\u030c",
    "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323", "b": "\u0331",
}  # fmt: skip
"""The combining character of each accent command."""
SIGNS = {
    "aa": "å", "AA": "Å", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "i": "ı", "j": "ȷ",
    "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ", "NG": "Ŋ", "S": "§", "P": "¶", "copyright": "©",
    "pounds": "£", "dag": "†", "ddag": "‡", "dots": "…", "ldots": "…", "textellipsis": "…", "textendash": "–", "textemdash": "—",
    "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”", "textregistered": "®",
    "texttrademark": "™", "textasciitilde": "~", "textasciicircum": "^", "textunderscore": "_", "textless": "<", "textgreater": ">",
    "textbar": "|", "textbackslash": "\\", "textbraceleft": "{", "textbraceright": "}",
    "textdegree": "°", "textmu": "µ", "texteuro": "€", "euro": "€", "textcopyright": "©",
    "texttimes": "×", "textpm": "±", "textbullet": "•", "textperiodcentered": "·", "textquestiondown": "¿", "textexclamdown": "¡",
    "hyphen": "-", "cprime": "ʹ",
    "TeX": "TeX", "LaTeX": "LaTeX", "BibTeX": "BibTeX", "textquotesingle": "'", "quotedblbase": "„", "guillemotleft": "«",
    "guillemotright": "»", "slash": "/", "relax": "", "protect": "", "noopsort": "",
}  # fmt: skip
"""The letters and signs of commands without an argument."""
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι", "kappa": "κ",
    "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "omicron": "ο", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ", "upsilon": "υ",
    "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip
"""The small Greek letters by name, which is also their command."""
STYLES = frozenset({
    "emph", "textit", "textbf", "textsc", "textsl", "texttt", "textrm", "textsf", "textup", "textmd", "textnormal", "text", "mbox",
    "it", "bf", "sc", "em", "tt", "rm", "sl", "sf", "itshape", "bfseries", "scshape", "uppercase", "lowercase", "MakeUppercase",
    "MakeLowercase", "underline", "enquote",
})  # fmt: skip
"""Commands that only change how text looks, and can be dropped."""
ACCENT = (
    r"""\\(?P<mark>[`'^"~=.]|[uvHckrdb](?![A-Za-z]))\s*"""
    r"""(?:\{\s*(?P<inner>\\[ij](?![A-Za-z])|[^\W\d_])\s*\}|(?P<bare>\\[ij](?![A-Za-z])\s*|[^\W\d_]))"""
)
"""The pattern of an accented letter in TeX; its character is `accented(inner or bare, mark)`."""
_LETTERS = ("aa", "AA", "ae", "AE", "oe", "OE", "o", "O", "l", "L", "ss", "i", "j", "dh", "DH", "th", "TH", "dj", "DJ", "ng", "NG")
# The apostrophe in O'Brien, d'Ascoli and N'Diaye, as a database escapes it.
_APOSTROPHE = r"(?P<apostrophe>(?:(?<=\b[DLO])|(?<=[a-z]))\\'(?=[A-Z])|(?<=\b[A-Z])\\'(?=[A-Z][a-z]))"
_OF_A_NAME = re.compile(rf"{_APOSTROPHE}|{ACCENT}|\\(?P<letter>{'|'.join(_LETTERS)})(?![A-Za-z])\s*|[{{}}]")
_DOTLESS = {"\\i": "i", "\\j": "j", "ı": "i", "ȷ": "j"}


def accented(letter: str, accent: str) -> str:
    r"""The letter (TeX's `\i` and `\j` count as i and j) with the accent of this command; one character if Unicode has it."""
    return unicodedata.normalize("NFC", _DOTLESS.get(letter.strip(), letter) + ACCENTS[accent])


def spelt_out(name: str) -> str:
    r"""A name with TeX's commands, which occur in arXiv's feeds, replaced by their letters: `Andr\'e` becomes André."""
    spelt = _OF_A_NAME.sub(_letter, name)
    while spelt != name and "\\" in spelt:  # Vietnamese letters have two accents, nested in TeX
        name, spelt = spelt, _OF_A_NAME.sub(_letter, spelt)
    return spelt


def _letter(found: re.Match[str]) -> str:
    if found["apostrophe"]:
        return "'"
    if found["mark"]:
        return accented(found["inner"] or found["bare"], found["mark"])
    return SIGNS[found["letter"]] if found["letter"] else ""


def character_of(number: str) -> str:
    """The character with this number, as in a character reference ("64", or hexadecimal "x2014"); "" if it is not printable."""
    try:
        character = chr(int(number[1:], 16) if number[:1] == "x" else int(number))
    except (ValueError, OverflowError):
        return ""
    return character if character.isprintable() else ""
