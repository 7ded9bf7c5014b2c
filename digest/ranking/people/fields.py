"""Fields of research: which of arXiv's archives are so near each other that one person writes in several of them."""

from __future__ import annotations

from collections.abc import Iterable

_NEAR = (
    "cs stat eess",
    "math math-ph",
    "hep-ex hep-lat hep-ph hep-th nucl-ex nucl-th gr-qc",
    "astro-ph",
    "cond-mat",
    "quant-ph",
    "physics",
    "nlin",
    "q-bio",
    "q-fin econ",
)
_BIT = {archive: 1 << number for number, archives in enumerate(_NEAR) for archive in archives.split()}


def fields_of(categories: Iterable[str]) -> int:
    """The fields of these categories, a bit for each; 0 where none is arXiv's: then nothing is known."""
    fields = 0
    for category in categories:
        fields |= _BIT.get(category.strip().partition(".")[0].lower(), 0)
    return fields
