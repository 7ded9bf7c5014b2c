"""Recognises papers that are one work under several names, even if one source gives only a line of it, or no abstract."""

from __future__ import annotations

import re
from collections.abc import Hashable

from ..model import Paper
from .people.names import name_parts
from .texts.text import phrase

TELLING = 4
"""Words that a title needs for it to be unique among the papers of the same first author."""

# Formulas and TeX commands for signs, but not commands for text styles or for letters of other languages.
_FORMULA = re.compile(r"\$[^$]+\$|\\(?!emph|text|math|(?:[A-Za-z]|ae|AE|bf|em|it|oe|OE|rm|sc|sf|sl|ss|tt)(?![A-Za-z]))[A-Za-z]+")


def work_of(paper: Paper) -> Hashable:
    """A value shared by papers of one work: title, and the first author's family name and initial; the key if these say too little."""
    words, name = phrase(paper.title), name_parts(paper.authors[0].name) if paper.authors else ()
    # Formulas count: a collaboration has one family name, and titles on decays of $\Lambda$ and of $\Sigma$, or on H{\alpha} and H{\beta},
    # have the same words.
    return (words, *_FORMULA.findall(paper.title), name[0][:1], name[-1]) if name and len(words) >= TELLING else paper.key
