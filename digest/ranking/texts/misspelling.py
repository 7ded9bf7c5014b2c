"""Find misspelt words of topics: words no paper has while many have one that differs by a slip; and topics of no known word. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from string import ascii_lowercase

from ...model import Paper
from .plurals import singular
from .text import surfaces

ENOUGH = 200
"""With this many papers it means something if none of them has a word."""
SHORTEST = 5
"""Letters of a word that is looked at: among shorter ones nearly every slip is another word, or a name."""
OFTEN = 0.01
"""The part of the papers that must have a word for it to be suggested."""


def misspelt(topics: Iterable[str], papers: Sequence[Paper]) -> dict[str, str]:
    """For each word of these topics that no paper has: the word one slip away that most papers have.

    A slip is a letter too many, too few, wrong or swapped with its neighbour (Damerau, "A technique for computer detection and correction
    of spelling errors", 1964). A word without such a neighbour is a name, or new, and is left out.
    """
    asked = {word: singular(word) for topic in topics for word in surfaces(topic)[0] if len(singular(word)) >= SHORTEST}
    if not asked or len(papers) < ENOUGH:
        return {}
    written = Counter(word for paper in papers for word in set(_words(paper)))
    said: Counter[str] = Counter()
    for word, count in written.items():
        said[singular(word)] += count
    often = OFTEN * len(papers)
    found: dict[str, str] = {}
    for word, folded in asked.items():
        if not said[folded] and folded.isascii() and folded.isalpha():
            near = max(_one_slip_away(folded), key=lambda other: (said[other], other))
            if said[near] >= often:
                found[word] = max((form for form in written if singular(form) == near), key=lambda form: (written[form], form))
    return found


def unsaid(topics: Iterable[str], papers: Sequence[Paper]) -> tuple[str, ...]:
    """The topics none of whose words (short ones aside) any of these papers has; perhaps they are in another language."""
    if len(papers) < ENOUGH:
        return ()
    said = {singular(word) for paper in papers for word in _words(paper)}
    asked = {topic: {singular(word) for word in surfaces(topic)[0] if len(singular(word)) >= SHORTEST} for topic in topics}
    return tuple(topic for topic, words in asked.items() if words and not words & said)


def _words(paper: Paper) -> list[str]:
    apart, joined = surfaces(f"{paper.title}\n{paper.abstract}")
    return [*apart, *joined]


def _one_slip_away(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        yield from (before + letter + after for letter in ascii_lowercase)
        if after:
            yield before + after[1:]
            yield from (before + letter + after[1:] for letter in ascii_lowercase if letter != after[0])
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
