"""A paper's fate, accepted or withdrawn, as its comment, journal reference and abstract tell it."""

from __future__ import annotations

import re

from ...model import Facts, Paper

ACCEPTED, WITHDRAWN = "accepted", "withdrawn"

_TELLS_ACCEPTED = re.compile(
    r"(?<!not )(?<!not yet )(?<!not been )"
    r"\b(?:(?:accepted|to appear|forthcoming)\b(?: (?:as|at|by|for publication|for|in|to)\b)*|in press\b)"
    r"|(?:^|[.;,(]\s*)(?:to be |now )?published (?:as an? (?:\w+ ){1,3})?(?:at|by|in)\b",
    re.IGNORECASE,
)
# "Code will be released once accepted": it has not been accepted yet.
_CONDITION = re.compile(r"\b(?:if|once|when|after|until|unless|as soon as)\b[^.,;()\n]*", re.IGNORECASE)
# A paper "withdrawn from ICLR" still stands, one withdrawn from arXiv does not; no comment was seen to say "withdrawn" of anything else.
# "Replaces the withdrawn arXiv:2401.00001" is about another paper, and "will be withdrawn" has not happened yet.
_COMMENT_WITHDRAWS = re.compile(
    r"(?<!not )(?<!not been )(?<!the )(?<!our )(?<!will be )(?<!to be )"
    r"\b(?:withdrawn|retracted)\b(?! (?:from(?! (?:the )?arxiv\b)|arxiv)\b)|\bwithdrawal of this\b",
    re.IGNORECASE,
)
# "The previous version was withdrawn": this version was not.
_EARLIER = re.compile(r"\b(?:previous|prior|earlier|older|old) version\b[^.,;()\n]{0,60}\b(?:withdrawn|retracted)\b", re.IGNORECASE)
# An abstract may be about withdrawn drugs: it counts only if it says "this paper", as arXiv asks authors to write.
_ABSTRACT_WITHDRAWS = re.compile(
    r"\bth(?:is|e) (?:paper|article|submission|manuscript|preprint|work) "
    r"(?:has been|was|is|is being) (?:temporarily )?(?:withdrawn|retracted)\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[;\n]|\.(?=\s|$)|\)")
_LONGEST = 120


def fate_of(abstract: str, facts: Facts) -> str:
    """`WITHDRAWN`, `ACCEPTED`, or "" if neither is said; a journal reference counts as acceptance."""
    if _COMMENT_WITHDRAWS.search(_EARLIER.sub("", facts.comment or "")) or _ABSTRACT_WITHDRAWS.search(abstract):
        return WITHDRAWN
    return ACCEPTED if facts.journal or _TELLS_ACCEPTED.search(_CONDITION.sub("", facts.comment or "")) else ""


def accepted_where(paper: Paper) -> str:
    """Where an accepted paper was accepted, by its journal reference or its comment ("Accepted at NeurIPS 2026. 12 pages").

    If neither says where, the comment itself, cut to `_LONGEST` characters.
    """
    comment = paper.facts.comment or ""
    told = _CONDITION.sub("", comment)
    found = _TELLS_ACCEPTED.search(told)
    words = paper.facts.journal or (_ENDS.split(told[found.end() :], maxsplit=1)[0] if found else "")
    return " ".join(words.split()).strip(" ,:(")[:_LONGEST] or " ".join(comment.split())[:_LONGEST]
