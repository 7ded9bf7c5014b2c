"""Links at the top of the preferences page to its invalid fields: their labels, in the page's order. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ..rendering.languages import Language, message
from .filling import InterestFields

_OF_AN_INTEREST = {"topics": message("Topics"), "name": message("Name"), "weight": message("Share")}
_LABELS = {
    "keywords": message("Keywords"),
    "authors": message("People you follow"),
    "categories": message("Categories"),
    "muted": message("Muted"),
    "limit": message("Most papers in a letter"),
    "floor": message("Lowest score"),
    "papers": message("Paste papers you know and like"),
    "every": message("Letters come"),
    "days": message("Days"),
    "at": message("At"),
    "zone": message("Time zone"),
    "only-above": message("Only if a paper scores above"),
    "theme": message("Theme"),
    "format": message("Format"),
    "language": message("Language"),
    "until": message("No letters before"),
}
"""As the page has them."""


def marked(wrong: Collection[str], interests: tuple[InterestFields, ...], spoken: Language) -> Mapping[str, str]:
    """The label of each invalid field, by field name; an interest's field also shows the interest's name."""
    labels = {}
    for one in interests:
        name = one.name.strip() or one.was
        for field, label in _OF_AN_INTEREST.items():
            labels[f"interest-{one.number}-{field}"] = f"{spoken.say(label)} ({name})" if name else spoken.say(label)
    labels |= {field: spoken.say(label) for field, label in _LABELS.items()}
    return {field: label for field, label in labels.items() if field in wrong}
