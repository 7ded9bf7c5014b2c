"""Write header fields by hand, because the standard library's writer decodes what it should only write.

Python before 3.11.10 and 3.12.5 turns the encoded word `=?utf-8?q?=0D=0ABcc:_v@evil.test?=` in a title into a separate Bcc field
(cpython issue 121650). Here nothing is decoded: text is cleaned, every `=?` is broken apart, and non-ASCII text is encoded afresh.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache

_LINE = 78  # RFC 5322 §2.1.1 SHOULD
_CODED_LINE, _WORD = 76, 75  # RFC 2047 §2 MUST: a line that holds an encoded word, and the word
_CHARSET = "=?utf-8?"
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")  # C0, DEL, C1 (including NEL), LS, PS: each run becomes a space
# Bidirectional controls, invisible spaces and operators, annotation marks, lone surrogates. Joiners stay: some scripts need them.
_UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_QUOTED_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")  # also safe in a phrase: RFC 2047 §5 (3)


_Q = tuple("_" if octet == 0x20 else chr(octet) if octet in _QUOTED_SAFE else f"={octet:02X}" for octet in range(256))


def clean(text: str, longest: int = 500) -> str:
    """One line of harmless text: no control or bidirectional characters, single spaces, no encoded word, at most `longest` characters."""
    line = " ".join(_BREAKS.sub(" ", _UNSEEN.sub("", text)).split())
    while "=?" in line:
        line = line.replace("=?", "= ?")
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def field(name: str, text: str) -> str:
    """An unstructured field such as Subject, folded, with its line end."""
    line = clean(text)
    if line.isascii() and all(len(word) < _LINE - len(name) - 2 for word in line.split(" ")):
        return _folded(name, line.split(" "))
    return _folded(name, encoded_words(line, len(name) + 2))


def mailbox_field(name: str, phrase: str, address: str) -> str:
    """A field of one address, with its display name if there is one: `From: "Silva, A." <a@example.org>`."""
    words = _phrase(clean(phrase, 120), len(name) + 2)
    return _folded(name, [*words, f"<{address}>"] if words else [address])


def token_field(name: str, *tokens: str) -> str:
    """A field of unbreakable tokens; one that does not fit starts a new line."""
    return _folded(name, list(tokens))


def encoded_words(text: str, taken: int) -> list[str]:
    """The text as RFC 2047 encoded words of at most 75 octets, none splitting a character; `taken` octets of the first line are used."""
    costs = list(map(_cost, text))
    in_q = sum(costs) <= (len(text.encode()) + 2) // 3 * 4
    words: list[str] = []
    held, used = "", 0
    for character, cost in zip(text, costs, strict=True):
        room = min(_WORD, _CODED_LINE - (1 if words else taken)) - len(_CHARSET + "q??=")
        size = cost if in_q else len(character.encode())
        if held and used + size > (room if in_q else room // 4 * 3):
            words.append(_q(held) if in_q else _b(held))
            held, used = "", 0
        held, used = held + character, used + size
    return [*words, _q(held) if in_q else _b(held)] if held else words


@lru_cache(maxsize=4096)
def _cost(character: str) -> int:
    """How many octets the character takes in the Q encoding."""
    return sum(1 if octet in _QUOTED_SAFE or octet == 0x20 else 3 for octet in character.encode())


def _phrase(text: str, taken: int) -> list[str]:
    if not text:
        return []
    if text.isascii() and len(text) <= 60:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return [text if _ATOMS.fullmatch(text) else f'"{escaped}"']
    return encoded_words(text, taken)


def _q(text: str) -> str:
    coded = "".join(map(_Q.__getitem__, text.encode()))
    return f"{_CHARSET}q?{coded}?="


def _b(text: str) -> str:
    return f"{_CHARSET}b?{b64encode(text.encode()).decode('ascii')}?="


def _folded(name: str, words: list[str]) -> str:
    """The field folded to lines of 78 octets, or 76 with encoded words; a single longer word stays whole."""
    if len(words) == 1:
        return f"{name}: {words[0]}\r\n"
    longest = _CODED_LINE if words[0].startswith(_CHARSET) else _LINE
    lines, line, is_empty = [], f"{name}:", True
    for word in words:
        if not is_empty and len(line) + 1 + len(word.encode()) > longest:
            lines.append(line)
            line = ""
        line, is_empty = f"{line} {word}", False
    return "\r\n".join([*lines, line]) + "\r\n"
