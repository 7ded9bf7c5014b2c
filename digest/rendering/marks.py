"""The marks in a template: the places of a card, of a paper's line and of the part about the other papers, and a card's own words.

White space inside the braces is up to the author; white space control is not allowed next to a mark.
"""

from __future__ import annotations

import re

OWN_LINE = re.compile(r"^[ \t]*(\{#\s*/?(?:card|line|others)\s*#\})[ \t]*\n", re.MULTILINE)
"""A mark alone on its line, which is not part of the letter."""
MARK = re.compile(r"\{#\s*/?(?:card|line|others)\s*#\}")
OTHERS = re.compile(r"\{#\s*others\s*#\}(.*?)\{#\s*/others\s*#\}", re.DOTALL)
CARD = re.compile(r"\{#\s*card\s*#\}(.*?)\{#\s*/card\s*#\}", re.DOTALL)
LINE = re.compile(r"\{#\s*line\s*#\}(.*?)\{#\s*/line\s*#\}", re.DOTALL)
_END = r"[ \t]*\{%\s*endfor\s*%\}(\n?)"
CARDS = re.compile(
    rf"[ \t]*\{{%\s*for card in section\.cards\s*%\}}\s*\{{%\s*set paper = card\.paper\s*%\}}\s*{CARD.pattern}{_END}",
    re.DOTALL,
)
"""The loop over cards: what a card is, and the end of its line."""
LINES = re.compile(rf"[ \t]*\{{%\s*for paper in group\.papers\s*%\}}\s*{LINE.pattern}{_END}", re.DOTALL)
GROUPS = re.compile(r"[ \t]*\{%\s*for group in others\.groups\s*%\}(.*)\{%\s*endfor\s*%\}(\n?)", re.DOTALL)
"""The loop over groups of the others, to the last end of a loop in their part."""
SLOT = re.compile(
    r"\{\{\s*card\.(?:(badge)\s*(?:\|\s*pad\s*\(\s*([0-9]+)\s*\)\s*)?"
    r"|(why)\s*(?:\|\s*(literal|wrap)\s*(?:\(\s*([0-9]+)\s*(?:,\s*(?:\"([^\"\\]*)\"|'([^'\\]*)')\s*)?\)\s*)?)?)\}\}"
)
"""Where a word of a card's reader is put in: the badge and its width, or the reasons, their filter, its number and its label."""
FORMS = {
    CARDS: "{% for card in section.cards %}{% set paper = card.paper %}{# card #} … {# /card #}{% endfor %}",
    LINES: "{% for paper in group.papers %}{# line #} … {# /line #}{% endfor %}",
    GROUPS: "{% for group in others.groups %} … {% endfor %}",
}
"""How each loop is written."""


def line_of(source: str, loop: re.Pattern[str]) -> int | None:
    """The line number of the first mark of that loop in a template's original source; None if there is none."""
    name = {CARDS: "card", LINES: "line", GROUPS: "others"}[loop]
    found = re.search(rf"\{{#-?\s*/?{name}\s*-?#\}}", source)
    return source.count("\n", 0, found.start()) + 1 if found else None
