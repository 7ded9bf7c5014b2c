"""Languages that nobody speaks, made of every message there is: one that is longer and accented, one that is written from the right.

What stays plain English in a letter in either of them was never translated; what runs over its edge has no room for German.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from math import ceil
from pathlib import Path

from digest.rendering.languages import Language, language
from digest.resources import languages_dir
from tests.messages import begun, collected, compiled

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
    catalogue = begun(code)
    for message in collected(languages_dir() / "de" / "digest.po"):
        if message.msgid_plural:
            message.msgstr_plural = {0: change(message.msgid), 1: change(message.msgid_plural)}
        elif message.msgid == "ltr":
            message.msgstr = direction
        else:
            message.msgstr = message.msgid if message.msgctxt == "between the items of a list" else change(message.msgid)
        catalogue.append(message)
    path = folder / code / "digest.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(compiled(catalogue))
    return language(code, folder)


def _accented(text: str) -> str:
    return "".join(part if _SLOT.fullmatch(part) else part.translate(_ACCENTED) for part in _SLOT.split(text))


def _lengthened(text: str) -> str:
    return text + "~" * ceil(len(text) * (LONGER - 1))
