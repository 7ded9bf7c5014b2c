"""Topics: what a reader follows in their own words; one term for each distinct text, alone or beside liked papers."""

from __future__ import annotations

from .answering import Question
from .ground import Ground
from .rows import Rows
from .signal import Terms, Uses


def topics(ground: Ground, rows: Rows) -> Terms:
    """Every topic text against every paper. Beside liked papers a text counts less: they say more as they grow."""
    number: dict[Question, int] = {}
    found: list[tuple[int, int, float]] = []
    for row, interest in enumerate(rows.interests):
        if interest.topics:
            liked = sum(map(ground.library.__contains__, interest.liked))
            asked = [(topic, not liked) for topic in dict.fromkeys(interest.topics)]
            found += [(row, number.setdefault(question, len(number)), trust_beside(liked)) for question in asked]
    questions = tuple(number)
    uses = Uses.of((row for row, _, _ in found), (term for _, term, _ in found), (trust for _, _, trust in found))
    return Terms(level=ground.answers.levels(questions), uses=uses, note=lambda term, _: f"topic {questions[term][0]!r}")


def trust_beside(liked: int) -> float:
    """What a text counts beside so many liked papers; measured on lists with a title (`arx`) and on tags with some of their papers."""
    return 1.2 if liked <= 2 else 0.6 if liked <= 8 else 0.35
