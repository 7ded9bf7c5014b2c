"""What a mailbox shows before a letter is opened: its subject and its preheader."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..model import Issue
from .languages import Language
from .texts import clean, shortened

_LONGEST = 78
_PREHEADER = 140
# Prefixes that mail programs put before the subject of a reply or a forwarded mail, in their languages.
_ANSWER = re.compile(r"(?:re|aw|antw|sv|vs|res|rif|fwd?|wg|tr|rv|enc) ?(?:\[[0-9]+\])? ?:", re.IGNORECASE)
_ENCODED_WORD = re.compile(r"=(?=\?)")


def subject_of(issue: Issue, titles: Sequence[str], date: str, language: Language) -> str:
    """ "Conformal calibration of LLM judges, and 11 more": at most 78 characters, the first title cut at a word.

    As in the sentence at a glance, those shown beside do not count.

    A title such as "Re: On Foxes" stands in quotation marks: mail programs would file the letter with a conversation, and filters take a
    first mail that says it is an answer for spam.
    It holds no control character and nothing that a parser takes for an encoded word (Python before 3.11.10 decodes
    such a word in a title into a header of its own, cpython issue 121650).
    """
    if not titles:
        return language.say("Nothing new for you, {date}", date=date)
    others = sum(not pick.section.is_beside for pick in issue.picks) - 1
    ending = language.say_many(", and {count} more", ", and {count} more", others) if others > 0 else ""
    beginning = _beginning(issue, language)
    title = _tame(titles[0])
    mark = '"' if not beginning and _ANSWER.match(title) else ""
    return beginning + mark + shortened(title, _LONGEST - len(beginning) - len(ending) - 2 * len(mark)) + mark + ending


def preheader_of(titles: Sequence[str], glance: str, language: Language) -> str:
    """The titles after the subject's, as many as a mailbox shows; the glance if there are none."""
    return shortened(language.say("Also: {titles}", titles="; ".join(titles[1:4])) if titles[1:] else glance, _PREHEADER)


def _beginning(issue: Issue, language: Language) -> str:
    edition = issue.subscription.edition
    if edition is None:
        return ""
    name = shortened(_tame(edition.name), 24)
    said = language.say("Trending") if name == "trending" else name
    return f"{said}: "


def _tame(text: str) -> str:
    return _ENCODED_WORD.sub("= ", clean(text))
