"""Words of a text, as ranking sees them: lower case, no accents, no TeX commands, plurals folded, hyphens both split and joined."""

from __future__ import annotations

import re
import unicodedata

_TEX_ACCENT = re.compile(r"\\[\"'`^~=.]\s*\{?([A-Za-z])\}?")
_TEX_COMMAND = re.compile(r"\\[A-Za-z]+")
# A plain pattern: this one runs over every abstract of a month, and each alternative in it costs a third more.
_WORD = re.compile(r"\w+(?:-\w+)*")
# In a month of papers these weigh next to nothing by themselves; in a catalog of one day they would not.
_SMALL = (
    "a an and are as at be by can do does for from how i in into is it its me my not of on or our paper that the their them this to using "
    "via vs we what when where which who why with work you your"
)
_SPELLED = (("c++", "cplusplus"), ("c#", "csharp"), ("_", " "))


def surfaces(text: str) -> tuple[list[str], list[str]]:
    """The words as written, in order, in lower case; and the hyphenated ones among them as one word ("fine-tuning" → "finetuning").

    With both, a phrase is found whether its halves are written apart, with a hyphen or as one word.
    """
    plain = unaccented(text)
    if "\\" in plain:
        plain = _TEX_COMMAND.sub(" ", _TEX_ACCENT.sub(r"\1", plain))
    plain = plain.lower()
    for sign, word in _SPELLED:
        if sign in plain:
            plain = plain.replace(sign, word)
    found = _WORD.findall(plain)
    if "-" not in plain:
        return found, []
    return " ".join(found).replace("-", " ").split(), [word.replace("-", "") for word in found if "-" in word]


def phrase(text: str) -> tuple[str, ...]:
    """The words of a phrase, as they stand side by side in a text that has it."""
    return tuple(singular(word) for word in surfaces(text)[0])


def query(text: str) -> tuple[str, ...]:
    """The distinct words a text asks for, hyphenated ones joined as well; the small words only where there are no others."""
    apart, joined = surfaces(text)
    found = tuple(dict.fromkeys(singular(word) for word in (*apart, *joined)))
    small = frozenset(_SMALL.split())
    return tuple(word for word in found if word not in small) or found


def unaccented(text: str) -> str:
    """The text without accents ("Gál" → "Gal") and without the ligatures and wide forms of other keyboards."""
    if text.isascii():
        return text
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def singular(word: str) -> str:
    """The word without its plural's ending, by the S-stemmer of Harman, "How effective is suffixing?" (1991).

    It folds plurals only, so that names and terms stay themselves.
    """
    if len(word) < 4 or word[-1] != "s":
        return word
    if word.endswith("ies"):
        return word if word[-4] in "ae" else word[:-3] + "y"
    if word.endswith("es"):
        return word if word[-3] in "aeo" else word[:-1]
    return word if word[-2] in "us" else word[:-1]
