"""Collect from a returned mail everything that may prove whose letter it was: our own addresses, message-ids and tokens."""

from __future__ import annotations

import re

from .mime import MOST, Part

_MOST = 400
_ADDRESS = re.compile(r"[\w.=-]{1,60}\+[A-Za-z2-7]{16,48}@[\w.-]{1,200}")
_MESSAGE_ID = re.compile(r"<[\w.+=$/-]{5,150}@[\w.-]{1,150}>")
_TOKEN = re.compile(r"(?:/[a-z]/|\b(?:unsubscribe|more|less|seen|save|follow)(?:%20|[ +]))([A-Za-z0-9_-]{20,80})")


def traces_of(data: bytes, mail: Part) -> tuple[str, ...]:
    """Those strings, addresses first, each once and at most some hundred. None is proof until its signature is checked."""
    texts = [data[:MOST].decode("utf-8", "replace"), *(value for part in mail.walk() for _, value in part.fields)]
    texts += [part.text for part in mail.walk() if part.text]
    found: dict[str, None] = {}
    for pattern in (_ADDRESS, _MESSAGE_ID, _TOKEN):
        for text in texts:
            for match in pattern.finditer(text):
                found.setdefault(match[match.lastindex or 0])
                if len(found) >= _MOST:
                    return tuple(found)
    return tuple(found)
