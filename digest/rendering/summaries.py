"""Extract at most two sentences from an abstract, verbatim, one of them the one that says what is new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .cues import DANGLING, announces_in_foreign_words, points, tells_results, words_of
from .sentences import sentences, word_set

ROOM = 350
"""Characters that two sentences have on a card; one alone may be longer, and is cut there."""
_ENOUGH = 1.0
_ENOUGH_BEFORE = 3.0
"""Points that a second sentence needs, after the first or before it: what comes before is mostly what others did."""
_COMMON = word_set(
    "a an the of for and in on to with by from via is are as at its towards toward using through do does can how what"
)


@dataclass(frozen=True, slots=True)
class Summary:
    """Sentences in the abstract's order; `new` is one of them, or "" if there is no abstract."""

    sentences: tuple[str, ...] = ()
    new: str = ""

    @property
    def text(self) -> str:
        """The sentences as one line."""
        return " ".join(self.sentences)


def summary(abstract: str, title: str = "") -> Summary:
    """The two most informative sentences of an abstract: the one that says what is new, and one that reads well beside it.

    Sentences are verbatim. A long one is alone, and one that refers to the sentence before it is only used together with that one.
    """
    found = sentences(abstract)
    if not found:
        return Summary()
    words = [words_of(sentence) for sentence in found]
    subject = frozenset(words_of(title)) - _COMMON
    scores = [points(found[place], its, subject) + _place(place, len(found)) for place, its in enumerate(words)]
    if max(scores) < _ENOUGH and not abstract.isascii():
        scores = [score + 4.0 * announces_in_foreign_words(sentence) for score, sentence in zip(scores, found, strict=True)]
    if max(scores) < _ENOUGH:
        scores[0] += 2.0  # an abstract that never announces anything is best described by its beginning: "X is a program that"
    best = scores.index(max(scores))
    beside = _beside(found, words, scores, best)
    chosen = sorted({best, best if beside is None else beside})
    return Summary(tuple(found[place] for place in chosen), found[best])


def _place(place: int, count: int) -> float:
    """The points for a sentence's position: an abstract begins with what is known and comes to the point in its first half."""
    return (-0.8 if place == 0 and count > 2 else 0.0) - 1.5 * place / count


def _beside(found: Sequence[str], words: Sequence[list[str]], scores: Sequence[float], best: int) -> int | None:
    """The index of a second sentence that fits and is worth showing; None if there is none."""
    room = ROOM - len(found[best]) - 1
    if len(found) == 2 and len(found[1 - best]) <= room:
        return 1 - best
    chosen, most = None, _ENOUGH
    for place, its in enumerate(words):
        if place == best or len(found[place]) > room or not its or found[place] == found[best]:
            continue
        follows, dangles = place == best + 1, its[0] in DANGLING
        if scores[place] < _ENOUGH_BEFORE and (place < best or (dangles and not follows)):
            continue
        score = scores[place] + 2.0 * tells_results(its) + (2.0 + 2.0 * dangles if follows else 0.0)
        if score > most:
            chosen, most = place, score
    return chosen
