"""An issue as a letter: HTML, plain text and Markdown, from one set of words.

A theme's MJML is compiled once, then Jinja fills what came out.
A card is filled once per paper and spliced into every letter that shows it.
"""

from .bibtex import bibtex
from .cards import clean
from .letters import subject_line
from .press import Branding, Links, Press, Rendering

__all__ = ["Branding", "Links", "Press", "Rendering", "bibtex", "clean", "subject_line"]
