"""Topics: what a reader follows in their own words; one term for each distinct text."""

from __future__ import annotations

from .ground import Ground
from .rows import Rows
from .signal import Terms, Uses


def topics(ground: Ground, rows: Rows) -> Terms:
    """Every topic text against every paper. Beside liked papers a text counts less: they say more as they grow."""
    texts = tuple(dict.fromkeys(topic for interest in rows.interests for topic in interest.topics))
    number = {topic: term for term, topic in enumerate(texts)}
    found: list[tuple[int, int, float]] = []
    for row, interest in enumerate(rows.interests):
        if interest.topics:
            trust = trust_beside(sum(map(ground.library.__contains__, interest.liked)))
            found += [(row, number[topic], trust) for topic in dict.fromkeys(interest.topics)]
    uses = Uses.of((row for row, _, _ in found), (term for _, term, _ in found), (trust for _, _, trust in found))
    return Terms(level=ground.answers.levels(texts), uses=uses, note=lambda term, _: f"topic {texts[term]!r}")


def trust_beside(liked: int) -> float:
    """What a text counts beside so many liked papers; measured on lists with a title (`arx`) and on tags with some of their papers."""
    return 1.2 if liked <= 2 else 0.6 if liked <= 8 else 0.35
