"""Languages that nobody speaks, made of every message there is: one that is longer and accented, one that is written from the right.

What stays plain English in a letter in either of them was never translated; what runs over its edge has no room for German.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import ceil
from pathlib import Path

from babel.messages import Message

from digest.rendering.languages import Language, language
from tests.messages import TEMPLATE, Plain, collected, compiled

_SLOT = re.compile(r"(\{\w+\})")
_ACCENTED = str.maketrans("aAcCdDeEgGhHiIkKlLnNoOpPrRsStTuUwWxXyYzZ", "áÁćĆďĎéÉğĞĥĤíÍķĶļĻńŃóÓṕṔŕŔśŚťŤúÚẃẂẋẊýÝźŹ")
LONGER = 1.4
ARABIC = ("ابت", "ثجح")


def pseudo_language(folder: Path) -> Language:
    """ "[!! Ţéẋť~~ !!]": each message accented, in brackets that show where it was cut, and 40 % longer; made in that folder."""
    return _made(folder, "en-XA", lambda text: f"[!! {_lengthened(_accented(text))} !!]", direction="ltr")


def rtl_language(folder: Path) -> Language:
    """Each message between Arabic letters, in a language whose direction is right to left; made in that folder."""
    return _made(folder, "ar-XX", lambda text: f"{ARABIC[0]} {text} {ARABIC[1]}", direction="rtl")


def _made(folder: Path, code: str, change: Callable[[str], str], *, direction: str) -> Language:
    catalogue = Plain(fuzzy=False)
    for message in collected(TEMPLATE):
        if message.id:
            catalogue.add(message.id, direction if message.id == "ltr" else _changed(message, change), context=message.context)
    path = folder / code / "digest.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(compiled(catalogue))
    return language(code, folder)


def _changed(message: Message, change: Callable[[str], str]) -> str | tuple[str, ...]:
    if message.context == "between the items of a list":
        return str(message.id)
    return tuple(map(change, message.id)) if isinstance(message.id, tuple) else change(message.id)


def _accented(text: str) -> str:
    return "".join(part if _SLOT.fullmatch(part) else part.translate(_ACCENTED) for part in _SLOT.split(text))


def _lengthened(text: str) -> str:
    return text + "~" * ceil(len(text) * (LONGER - 1))
