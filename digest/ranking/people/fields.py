"""Fields of research: groups of arXiv archives so close to each other that one person may publish in several of them."""

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
    """The fields of these categories, one bit each; 0 if none is arXiv's, so that no field is known."""
    fields = 0
    for category in categories:
        fields |= _BIT.get(category.strip().partition(".")[0].lower(), 0)
    return fields
