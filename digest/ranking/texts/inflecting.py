"""Other forms of a word that a topic asks for: "inpaint" is also asked for as "inpainting", "restored" as "restore"."""

from __future__ import annotations

from functools import lru_cache

from .plurals import singular
from .text import says_something

_VOWELS = frozenset("aeiouy")
_ENDINGS = ("ing", "ed")
SHORTEST = 4
"""Letters of a word that has other forms; of what is left of it without an ending one less."""


@lru_cache(maxsize=100_000)
def inflected(word: str) -> tuple[str, ...]:
    """The forms of a folded word by the rules of English for -ing and -ed, sorted; some that nobody writes are among them.

    Nouns formed from verbs ("restoration") are not included: they gained nothing more, and misled ("station" and "state").
    """
    if len(word) < SHORTEST or not (word.isascii() and word.isalpha()):
        return ()
    found = {form for stem in _stems(word) for form in (stem, *_with_endings(stem))}
    folded = {singular(form) for form in found if _is_stem(form)}
    return tuple(sorted(form for form in folded if form != word and says_something(form)))


def _stems(word: str) -> tuple[str, ...]:
    """The stems that the word may be a form of: itself, or what is left without its ending, spelled as a word."""
    rest = next((word[: -len(ending)] for ending in _ENDINGS if word.endswith(ending)), "")
    if not _is_stem(rest):
        return (word,)
    if word.endswith("eed"):  # "exceed", or what ends in "ee": "guaranteed"; a short one is most often a word of its own: "seed"
        return (word, word[:-1]) if len(word) > 5 else (word,)
    if rest[-1] == rest[-2] and rest[-1] not in _VOWELS:
        return (rest, rest[:-1])
    if word.endswith("ied"):
        return (rest[:-1] + "y",)
    if len(rest) < SHORTEST and rest[-2] not in _VOWELS:  # "ended", or a verb that ends so: "embed"
        return (word, rest, rest + "e")
    return (rest + "e",) if _doubles(rest) else (rest, rest + "e")


def _with_endings(stem: str) -> tuple[str, ...]:
    """A stem with each of the endings."""
    if stem[-1] == "y" and stem[-2] not in _VOWELS:
        return (stem + "ing", stem[:-1] + "ied")
    spelled = [stem[:-1] if stem[-1] == "e" else stem + stem[-1] if _doubles(stem) else stem]
    if _may_double(stem):
        spelled.append(stem + stem[-1])
    return tuple(before + ending for before in spelled for ending in _ENDINGS)


def _doubles(stem: str) -> bool:
    """Whether its last letter is doubled before an ending, as in "plan": one syllable, one vowel before one consonant."""
    return _is_closed(stem) and stem[-1] not in ("w", "x") and _VOWELS.isdisjoint(stem[:-2])


def _may_double(stem: str) -> bool:
    """Whether it may be in a longer word: where that is stressed at its end, "infer" and "embed", or in British spelling, "model"."""
    return _is_closed(stem) and stem[-1] in "bdlmprt"


def _is_closed(stem: str) -> bool:
    """Whether it ends in one vowel and one consonant; a stem may have no third letter, as that of "adding"."""
    return stem[-1] not in _VOWELS and stem[-2] in _VOWELS and stem[-3:-2] not in _VOWELS


def _is_stem(text: str) -> bool:
    return len(text) >= SHORTEST - 1 and not _VOWELS.isdisjoint(text)
