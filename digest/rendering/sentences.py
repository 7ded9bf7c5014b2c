"""Split an abstract into sentences, verbatim; never inside mathematics, brackets, an abbreviation, a number or an address."""

from __future__ import annotations

import re


def word_set(words: str) -> frozenset[str]:
    """The set of words in a line, to keep tables readable."""
    return frozenset(words.split())


# An escaped dollar, mathematics (not prices, as in "$5 to $10": a digit follows the second dollar), then brackets with their content. The
# lengths are bounded, and no alternative can match a text in two ways, so the time taken grows linearly with the length.
_WHOLE = re.compile(
    r"\\\$|\$\$[^$]*\$\$|\$(?:\\.|[^$\\])*\$(?!\d)|\\\((?:[^\\]|\\[^()\[\]]){0,999}\\\)|\\\[(?:[^\\]|\\[^()\[\]]){0,999}\\\]"
    r"|\((?:[^()$]|\$[^$]{0,200}\$|\([^()]{0,200}\)){0,600}\)|\[(?:[^\[\]$]|\$[^$]{0,200}\$){0,600}\]",
    re.DOTALL,
)
_MARK = re.compile("[.!?…]++|[。！？｡।؟۔]")
_END = re.compile(r"[.!?…]++[\"'”’»)\]}*]*+(?=\s)|[。！？｡]++[”’」』）]*|[।؟۔]++(?=\s)|\.(?=[A-Z][a-z]* )")
_BEFORE = "([{<\"'“‘«/–—-"
_NEXT = re.compile(r"\s*([\"'“‘«¿¡({\[]*)([^\s,;:.!?)\]}]*)")
_INITIAL = re.compile(r"(?:[^\W\d_]\.)*-?[^\W\d_]")
# Abbreviations followed by a number or a name, so that their full stop ends no sentence.
_NEVER = word_set(
    "e.g eg i.e ie cf vs fig figs eq eqs eqn eqns sec secs sect ref refs tab dr prof mr mrs ms st approx ca viz resp vol pp proc natl acad "
    "sci univ dept thm lem prop def cor app ch ed eds rev lett"
)
# After these, only the next word tells whether a sentence ended: "by Li et al. We", "by Li et al. Nature".
_SOMETIMES = word_set("al etc inc ltd co jr sr ph.d u.s u.k u.s.a a.m p.m sp spp")
_BEFORE_NUMBERS = word_set("no nos p")
_STARTERS = word_set(
    "a additionally after all although among an and applying as at based because besides both building but by code comparing compared "
    "consequently conversely current data despite due each empirically even every evaluating existing experiments experimental extensive "
    "finally first following for from further furthermore given hence here how however i if importantly in indeed inspired instead it its "
    "lastly later many more moreover most motivated moving my nevertheless next no not notably numerical on one only or our overall "
    "previous recent recently results second several similarly simulations since so some specifically starting such surprisingly that the "
    "their then there therefore these they third this those though three through thus to together two under unfortunately unlike until "
    "using via we what when whereas where whether which while with within without yet"
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a text in order, without the spaces between them; together they are the whole text."""
    whole = [*(found.span() for found in _WHOLE.finditer(text)), (len(text), len(text) + 1)]
    cuts, start, place = [], 0, 0
    for mark in _MARK.finditer(text):
        at = mark.start()
        while whole[place][1] <= at:
            place += 1
        if at < start or whole[place][0] <= at:
            continue
        end = _END.match(text, at)
        if end is not None and _ends(text, start, end):
            cuts.append(text[start : end.end()].strip())
            start = end.end()
    return tuple(cut for cut in (*cuts, text[start:].strip()) if cut)


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    """Whether the sentence that began at `start` ends with this mark."""
    first, at, after = end[0][0], end.start(), end.end()
    if first not in ".!?…":
        return True
    following = _NEXT.match(text, after)
    assert following is not None, "the pattern takes nothing as well"
    opening, word = following.groups()
    if word[:1].islower() or not (opening or word):
        return False
    before = text[at - 1 : at]
    if before.isspace():
        return False  # " ... " is an ellipsis, " ? " a placeholder
    if first != "." or end[0].startswith(".."):
        return True
    if not text[after].isspace():
        return before.islower() and word.lower() in _STARTERS  # the space after the full stop is missing
    return _is_last(text[max(start, at - 40) : at], word)


def _is_last(before: str, word: str) -> bool:
    """Whether the word and full stop at the end of `before` end a sentence, given the `word` that follows."""
    last = "".join(before.rsplit(None, 1)[-1:]).lstrip(_BEFORE).lower()
    if last in _NEVER:
        return False
    if last in _BEFORE_NUMBERS:
        return not word[:1].isdigit()
    if last in _SOMETIMES or (len(last) < 8 and _INITIAL.fullmatch(last)):
        return word.lower() in _STARTERS
    return True
