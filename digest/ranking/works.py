"""Which papers are one work under several names, though one source may give of it a line, or no abstract."""

from __future__ import annotations

import re
from collections.abc import Hashable

from ..model import Paper
from .people.names import name_parts
from .texts.text import phrase

TELLING = 4
"""Words of a title that no other paper of the same first author has."""

# Signs, and not how a word is set nor a letter of another language.
_FORMULA = re.compile(r"\$[^$]+\$|\\(?!emph|text|math|(?:[A-Za-z]|ae|AE|bf|em|it|oe|OE|rm|sc|sf|sl|ss|tt)(?![A-Za-z]))[A-Za-z]+")


def work_of(paper: Paper) -> Hashable:
    """What papers of one work share: the title, and the first author's family name and initial; the key where these say too little."""
    words, name = phrase(paper.title), name_parts(paper.authors[0].name) if paper.authors else ()
    # Collaborations have one family name; and of decays of $\Lambda$ and of $\Sigma$ the words are the same, as of H{\alpha} and H{\beta}.
    return (words, *_FORMULA.findall(paper.title), name[0][:1], name[-1]) if name and len(words) >= TELLING else paper.key
