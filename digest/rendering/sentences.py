"""An abstract's sentences, verbatim: cut where one ends, never within mathematics, brackets, an abbreviation, a number or an address."""

from __future__ import annotations

import re

# Mathematics, a single dollar aside that is a price ("$5 to $10": a digit follows the second), then brackets with what they cite. The
# lengths are bounded, and no alternative can match one text in two ways, so time grows with the length alone.
_WHOLE = re.compile(
    r"\$\$[^$]*\$\$|\$(?:\\.|[^$\\])*\$(?!\d)|\\\((?:[^\\]|\\[^()\[\]])*\\\)|\\\[(?:[^\\]|\\[^()\[\]])*\\\]"
    r"|\((?:[^()$]|\$[^$]{0,200}\$){0,600}\)|\[(?:[^\[\]$]|\$[^$]{0,200}\$){0,600}\]",
    re.DOTALL,
)
_END = re.compile(r"[.!?…]+[\"'”’»)\]}*]*(?=\s)|[。！？｡]+[”’」』）]*|[।؟۔]+(?=\s)|(?<=[a-z]{2})\.(?=[A-Z][a-z]* )")
_LAST_WORD = re.compile(r"[^\s(\[{\"'“‘/–—]*$")
_NEXT = re.compile(r"\s*([\"'“‘«¿¡({\[]*)([^\s,;:.]*)")
_INITIAL = re.compile(r"(?:[^\W\d_]\.)*-?[^\W\d_]")
# What is followed by a number or a name, so that its full stop ends nothing.
_NEVER = frozenset(
    "e.g eg i.e ie cf vs fig figs eq eqs eqn eqns sec secs sect ref refs tab dr prof mr mrs ms st approx ca viz resp vol pp proc natl acad "
    "sci univ dept thm lem prop def cor app ch ed eds rev lett".split()
)
# Of these only the word after it tells whether a sentence ended: "by Li et al. We", "by Li et al. Nature".
_SOMETIMES = frozenset("al etc inc ltd co jr sr ph.d u.s u.k u.s.a a.m p.m sp spp".split())
_BEFORE_NUMBERS = frozenset("no nos p".split())
_STARTERS = frozenset(
    "a additionally after all although among an and applying as at based because besides both building but by code comparing compared "
    "consequently conversely current data despite due each empirically even every evaluating existing experiments experimental extensive "
    "finally first following for from further furthermore given hence here how however i if importantly in indeed inspired instead it its "
    "lastly later many more moreover most motivated moving my nevertheless next no not notably numerical on one only or our overall "
    "previous recent recently results second several similarly simulations since so some specifically starting such surprisingly that the "
    "their then there therefore these they third this those though three through thus to together two under unfortunately unlike until "
    "using via we what when whereas where whether which while with within without yet".split()
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in their order, without the blanks between them; joined they are all of it."""
    whole = [found.span() for found in _WHOLE.finditer(text)]
    cuts, start, place = [], 0, 0
    for end in _END.finditer(text):
        while place < len(whole) and whole[place][1] <= end.start():
            place += 1
        if place < len(whole) and whole[place][0] <= end.start():
            continue
        if _ends(text, start, end):
            cuts.append(text[start : end.end()].strip())
            start = end.end()
    return tuple(cut for cut in (*cuts, text[start:].strip()) if cut)


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    """Whether a sentence that began at `start` ends with that mark."""
    mark = end[0]
    if mark[0] not in ".!?…":
        return True
    following = _NEXT.match(text, end.end())
    opening, word = (following[1], following[2]) if following else ("", "")
    if not opening and not word:
        return text[end.end() :].strip() == ""
    if word[:1].islower():
        return False
    if mark[0] != "." or mark.startswith(".."):
        return not text[end.start() - 1 : end.start()].isspace()  # " ... " leaves something out
    if not text[end.end() : end.end() + 1].isspace():
        return word.lower() in _STARTERS  # the blank after a full stop is missing
    return _is_last(text[max(start, end.start() - 40) : end.start()], word)


def _is_last(before: str, word: str) -> bool:
    """Whether the word at the end of `before` with its full stop ends a sentence that `word` follows."""
    found = _LAST_WORD.search(before)
    last = (found[0] if found else "").lower()
    if last in _NEVER:
        return False
    if last in _BEFORE_NUMBERS:
        return not word[:1].isdigit()
    if last in _SOMETIMES or _INITIAL.fullmatch(last):
        return word.lower() in _STARTERS
    return True
