"""The tables in docs/themes.md of what a theme's templates may show, made of the dataclasses that they are given.

    uv run python -m tests.theme_fields         after a field of a letter, a card or a line has changed
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from digest.rendering.letters import LetterView
from digest.rendering.others import OthersView
from digest.rendering.prose import Prose
from digest.rendering.why import Why

GUIDE = Path(__file__).parents[1] / "docs" / "themes.md"
BLOCK = re.compile(r"(?<=<!-- fields: made by `uv run python -m tests.theme_fields` -->\n).*?(?=<!-- /fields -->)", re.DOTALL)
_NAMES = {"OthersGroup": "group", "Headline": "paper"}
_PLACES = {
    "LetterView": "The letter",
    "SectionView": "A section, in the loop over `letter.sections`",
    "Card": "A card, in the loop over `section.cards`",
    "PaperView": "The paper of a card",
    "OthersView": "The others, in their part of the letter",
    "OthersGroup": "A group of the others, in the loop over `others.groups`",
    "Headline": "One of the others, in the loop over `group.papers`",
}
MEANINGS = {
    "letter.token": "what stands for the reader in the links; nothing to show",
    "letter.language": "its code, for `lang`",
    "letter.direction": "`ltr` or `rtl`, for `dir`",
    "letter.subject": "the mail's subject",
    "letter.preheader": "what a mail program shows beside the subject",
    "letter.heading": "`[rendering] name`, else `[sender] name`, else \"digest\"",
    "letter.date": "the day it was made, where its reader is",
    "letter.glance": "its one sentence: how many papers of how many, and on what",
    "letter.best_below": "the title of the best paper, in a letter that has none above the floor",
    "letter.best_below_url": "where that is",
    "letter.notes": "sentences for the reader, such as those of a first letter",
    "letter.sections": "the cards under their headings",
    "letter.unshown": "how many papers of the issue it has no room for",
    "letter.looked_at": "what was looked at, category by category",
    "letter.why": "why it came",
    "letter.unsubscribe": "an address: a page, or a mail to write",
    "letter.page": "the address of the issue on the web, where there is a `base_url`",
    "letter.preferences": "the address where its reader changes what they get, where there is a `base_url`",
    "letter.postal_address": "`[sender] postal_address`",
    "letter.thanks": "arXiv wants to be thanked; \"\" where all papers are from elsewhere, or none was looked at",
    "section.title": "*Top pick*, an interest, *By people you follow* …",
    "section.cards": "its cards",
    "section.is_top": "the top pick stands in it, alone",
    "card.paper": "its paper; said once, in `{% set paper = card.paper %}`",
    "card.badge": "the score, or the rank where nothing was ranked; nothing on an update",
    "card.badge_name": "*Score* or *Rank*; nothing on an update",
    "card.why": "why it is there: each reason and its points",
    "paper.title": "its title",
    "paper.url": "where its abstract is",
    "paper.language": "what its title and abstract are in, such as `en`; nothing where that is not known",
    "paper.meta": "its category, its day",
    "paper.authors": "three names at most, and *et al.*",
    "paper.place": "where they work, or how many they are",
    "paper.talk": "votes, comments, who brought it",
    "paper.comment": "its authors' comment, its journal",
    "paper.abstract": "two sentences of its abstract at most, or a model's summary",
    "paper.abstract_label": "whose words those are, if not its authors'",
    "paper.new": "on the top pick, the sentence that says what is new",
    "paper.links": "label and address: abstract, PDF, code, BibTeX",
    "paper.more_links": "those of them that lead elsewhere than its `url`",
    "paper.actions": "label and address: more, less, save, follow",
    "paper.has_code": "there is a link to code",
    "paper.is_top": "it is the top pick",
    "paper.category": "its first category",
    "others.groups": "the others by category",
    "others.more": "how many more there are",
    "group.title": "the category, or nothing",
    "group.papers": "its papers, best first",
}
_WORDS = {
    str: "a text",
    Prose: "a text, perhaps with mathematics",
    Why: "reasons",
    bool: "true or false",
    int: "a number",
    float: "a number",
}


def table() -> str:
    """Every field that can be reached from the letter and from the others, class by class, with what it holds and what that is."""
    return "\n".join(f"{_PLACES[shown.__name__]}:\n\n{_rows(shown)}\n" for root in (LetterView, OthersView) for shown in _reached(root))


def _rows(shown: type) -> str:
    named = [(f"{_called(shown)}.{name}", in_words(hint)) for name, hint in _hints(shown)]
    rows = [f"| `{name}` | {holds} | {MEANINGS[name]} |" for name, holds in named]
    return "\n".join(["| in a template | holds | which is |", "|---|---|---|", *rows])


def in_words(hint: Any) -> str:
    """A type as an author of themes reads it."""
    inner = get_args(hint)
    if hint in _WORDS:
        return _WORDS[hint]
    if _has_fields(hint):
        return f"a `{_called(hint)}`"
    if inner and inner[-1] is Ellipsis:
        return f"any number of: {in_words(inner[0])}"
    if inner and getattr(hint, "__origin__", None) is tuple:
        return f"({', '.join(in_words(part) for part in inner)})"
    if inner:  # of several things, one
        return " or ".join(in_words(part) for part in inner if part is not type(None)) + (", or none" if type(None) in inner else "")
    return f"`{getattr(hint, '__name__', hint)}`"


def _reached(shown: type) -> Iterator[type]:
    """The class, then those that its fields hold."""
    yield shown
    for _, hint in _hints(shown):
        for inner in _classes(hint):
            yield from _reached(inner)


def _hints(shown: type) -> list[tuple[str, Any]]:
    return list(get_type_hints(shown).items())


def _classes(hint: Any) -> list[type]:
    return [hint] if _has_fields(hint) else [found for part in get_args(hint) for found in _classes(part)]


def _has_fields(hint: Any) -> bool:
    return is_dataclass(hint) or hasattr(hint, "_fields")


def _called(shown: Any) -> str:
    return _NAMES.get(shown.__name__, shown.__name__.removesuffix("View").lower())


if __name__ == "__main__":
    GUIDE.write_text(BLOCK.sub(lambda _: table(), GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
