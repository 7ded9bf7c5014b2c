"""Words of a text, as ranking sees them: lower case, no accents, no TeX commands, plurals folded, hyphens both split and joined."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from ...typesetting import GREEK
from .plurals import singular

_TEX_ACCENT = re.compile(r"\\(?:[\"'`^~=.]\s*\{?|[Hbcdkruv]\{)([A-Za-z])\}?")
_TEX_COMMAND = re.compile(r"\\[A-Za-z]+")
# A plain pattern: this one runs over every abstract of a month, and each alternative in it costs a third more.
_WORD = re.compile(r"\w+(?:-\w+)*")
_GROWN_TOGETHER = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z]{2})")
# Words that hold sentences together and say nothing of what a paper is about; to find a phrase they count like all others.
_SMALL = (
    "a about above after again against all almost alone along already also although always am among an and another any anyone anything "
    "are around as at be became because become been before behind being below beside besides between beyond both but by can cannot could "
    "did do does doing done down due during each either else enough etc even ever every everything except few first for former from "
    "further give given had has have having he hence her here hers him his how however if in indeed instead into is it its itself just "
    "last latter least less like made mainly make many may me might more moreover most mostly much must my namely neither never "
    "nevertheless next no nobody none nor not nothing now of off often on once one only onto or other others otherwise our ours out over "
    "own paper per perhaps please put quite rather re really same see seem seemed seems several shall she should show since so some "
    "something sometimes somewhat still such take than that the their them then there thereby therefore these they this those though "
    "through throughout thus to together too toward towards two under until up upon us use used using very via vs was way we well were "
    "what whatever when whenever where whereas whether which while who whole whom whose why will with within without work would yet you "
    "your"
)
# What joins the parts of a word in TeX: "$p$-adic", "MoS$_2$", "C$^*$-algebra".
_JOINT = re.compile(r"(?<=[^\W_])[{}$*^_]{0,4}[-_^$][{}$*^_]{0,4}(?=[^\W_])")
_HYPHEN = re.compile(r"(?<=\w)-(?=\w)")
_SPELLED = (("c++", "cplusplus"), ("c#", "csharp"))
_GREEK = {letter: name for name, letter in GREEK.items()} | {"ϵ": "epsilon"}
_GREEK_LETTER = re.compile(r"(?<![α-ω])[αβγδεϵζηθικλμνξοπρστυφχψω](?![α-ω])")  # by itself: else it is a word in Greek


def surfaces(text: str) -> tuple[list[str], list[str]]:
    """The words as written, in order, in lower case; and the hyphenated ones among them as one word ("fine-tuning" → "finetuning").

    With both, a phrase is found whether its halves are written apart, with a hyphen or as one word.
    """
    plain = _plain(text)
    found = _WORD.findall(plain)
    if "-" not in plain:
        return found, []
    return " ".join(found).replace("-", " ").split(), [word.replace("-", "") for word in found if "-" in word]


def _plain(text: str) -> str:
    """The text in lower case, without accents and TeX: "β" and its command are "beta", and what joins the parts of a word is a hyphen."""
    plain = unaccented(text)
    if "\\" in plain:
        plain = _TEX_COMMAND.sub(_tex_letter, _TEX_ACCENT.sub(r"\1", plain))
    plain = plain.lower()
    if not plain.isascii():
        plain = _GREEK_LETTER.sub(lambda letter: _GREEK[letter[0]], plain)
    if "$" in plain or "_" in plain or "^" in plain or "*" in plain:
        plain = _JOINT.sub("-", plain).replace("_", " ")
    for sign, word in _SPELLED:
        if sign in plain:
            plain = plain.replace(sign, word)
    return plain


def _tex_letter(command: re.Match[str]) -> str:
    name = command[0][1:].removeprefix("var").lower()
    return name if name in GREEK else "l" if name == "ell" else " "


def phrase(text: str) -> tuple[str, ...]:
    """The words of a phrase, as they stand side by side in a text that has it."""
    return tuple(singular(word) for word in surfaces(text)[0])


def spellings(text: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which a text may write a phrase: hyphenated words apart, and as one."""
    return tuple(dict.fromkeys(phrase(each) for each in (text, _HYPHEN.sub("", _plain(text)))))


@lru_cache(maxsize=4096)  # each text is asked for its words and for its pairs
def query(text: str) -> tuple[str, ...]:
    """The distinct words a text asks for, hyphenated ones joined as well; small words and letters only where there are no others.

    Words grown together, as in "#MachineLearning" or the name of a repository, are asked for together and apart.
    """
    apart, joined = surfaces(_GROWN_TOGETHER.sub("-", text))
    found = tuple(dict.fromkeys(singular(word) for word in (*apart, *joined)))
    return tuple(word for word in found if says_something(word)) or found


def says_something(word: str) -> bool:
    """Whether a folded word counts towards what a text is about."""
    return len(word) > 1 and word not in small_words()


def unaccented(text: str) -> str:
    """The text without accents ("Gál" → "Gal") and without the ligatures and wide forms of other keyboards."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@cache
def small_words() -> frozenset[str]:
    """The words that hold sentences together, folded."""
    return frozenset(singular(word) for word in _SMALL.split())
