"""Papers named in the configuration, as the catalog's keys."""

from __future__ import annotations

from ..naming import parse_name
from .values import text, texts, unfit


def paper_key(value: object) -> str:
    """The key of a paper given by arXiv id, DOI or address: "arxiv:2302.09664", "doi:10.1/x". Raises ConfigurationError."""
    given = text(value)
    name = parse_name(given)
    if name is None:
        raise unfit(f"{given!r} is not a paper's name", "an arXiv id such as 2302.09664, a DOI, or the address of either")
    return name


def paper_keys(value: object) -> tuple[str, ...]:
    """A list of papers' names as keys."""
    return tuple(paper_key(each) for each in texts(value))
