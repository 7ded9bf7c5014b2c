"""The names by which people mention papers they like, as the keys the catalog gives papers.

`catalog.identity.parse_name` knows more of them, in a room that this one cannot ask; a test holds what is known here equal to it.
"""

from __future__ import annotations

import re

from .values import text, texts, unfit

_ID = r"(\d{2}(?:0[1-9]|1[0-2])\.\d{4,5}|[a-z]+(?:-[a-z]+)*(?:\.[a-z]{2})?/\d{2}(?:0[1-9]|1[0-2])\d{3})(?:v\d+)?"
_SITE = r"(?:https?://)?(?:www\.|export\.)?(?:arxiv\.org/(?:abs|pdf|html)|alphaxiv\.org/(?:abs|pdf)|huggingface\.co/papers|hf\.co/papers)"
_DOI_PREFIX = r"(?:doi:\s*|(?:https?://)?(?:dx\.)?doi\.org/)?"
_FORMS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.ASCII), kind)
    for pattern, kind in (
        (rf"(?:arxiv:\s*)?{_ID}(?:\s*\[[\w.-]+\])?", "arxiv"),
        (rf"{_SITE}/{_ID}(?:\.pdf)?/?(?:[?#].*)?", "arxiv"),
        (rf"{_DOI_PREFIX}10\.48550/arxiv\.{_ID}", "arxiv"),
        (rf"{_DOI_PREFIX}(10\.\d{{4,9}}(?:\.\d+)*/[^\s?#]+)", "doi"),
        (r"sample:(\d+)", "sample"),
    )
)


def paper_key(value: object) -> str:
    """The key of a paper named by an arXiv id, a DOI or the address of either: "arxiv:2302.09664", "doi:10.1/x".

    Raises ConfigurationError.
    """
    given = text(value)
    for form, kind in _FORMS:
        if found := form.fullmatch(given):
            name = found[1].lower()
            # math.GT/0309136 and math/0309136 are one paper.
            return f"arxiv:{re.sub(r'[.][a-z]+/', '/', name)}" if kind == "arxiv" else f"{kind}:{name}"
    raise unfit(f"{given!r} is not a paper's name", "an arXiv id such as 2302.09664, a DOI, or the address of either")


def paper_keys(value: object) -> tuple[str, ...]:
    """A list of papers' names as keys."""
    return tuple(paper_key(each) for each in texts(value))
