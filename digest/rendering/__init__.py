"""Render an issue as a letter in HTML, plain text and Markdown, all from the same view of its words.

A theme's MJML is compiled once, then Jinja fills the result. A card is rendered once per paper and spliced into every letter that shows it.
"""

from .bibtex import bibtex, bibtex_fragments, citation_key
from .languages import language
from .letters import reading_order, subject_line
from .links import TOKEN
from .notes import translated
from .press import Branding, Links, Press, Rendering
from .texts import clean

__all__ = [
    "TOKEN",
    "Branding",
    "Links",
    "Press",
    "Rendering",
    "bibtex",
    "bibtex_fragments",
    "citation_key",
    "clean",
    "language",
    "reading_order",
    "subject_line",
    "translated",
]
