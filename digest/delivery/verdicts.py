"""Judge a server's reply: whether it is about this letter's mailbox or about us.

The difference decides what happens. "No such user" fails one letter; "wrong password", "you sent enough today" or "you may not send as
this address" would answer every letter, so the batch stops and all letters are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from .hints import SENDER, about_sender, about_us, hint_for, names_sender, rest_after, wants_slower

_LONGEST = 500
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")  # RFC 3463
_OURS_TO_ESCAPE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\\\\]")


class Stage(StrEnum):
    """The command that a reply answers."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "end of data"


@dataclass(frozen=True, slots=True)
class Reply:
    """A server's reply, safe to store and to print; code 0: no valid reply came, and `text` says what happened instead.

    `of_sender` is the refusal of the letter's own (VERP) sender, if the server then took the plain one; else "".
    """

    code: int
    text: str
    stage: Stage = Stage.DOT
    of_sender: str = ""

    @property
    def enhanced(self) -> str:
        """The status code of RFC 3463 that the text begins with ("5.1.1"), or ""."""
        found = _ENHANCED.match(self.text)
        return found[1] if found else ""

    def __str__(self) -> str:
        return f"{self.code} {self.text}" if self.code else self.text


@lru_cache(maxsize=256)  # most are "250 2.1.0 Ok"
def reply(code: int, lines: bytes, stage: Stage) -> Reply:
    """A reply from its raw lines (without their codes), joined to one line of at most 500 characters.

    Characters that could move a cursor, hide text or forge a log line become escapes (\\x1b); a web page must still escape HTML.
    """
    texts = [line.strip() for line in lines[: 8 * _LONGEST].decode("utf-8", "replace").split("\n")]
    enhanced = _ENHANCED.match(texts[0])
    # Servers repeat the status on each line; it is kept once.
    joined = " ".join(line.removeprefix(enhanced[1]).strip() if enhanced and n else line for n, line in enumerate(texts))
    return Reply(code, escaped(joined), stage)


def escaped(text: str) -> str:
    """The text on one line of at most 500 characters, with control and bidirectional characters as escapes."""
    safe = _OURS_TO_ESCAPE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text.strip())
    return safe if len(safe) <= _LONGEST else safe[: _LONGEST - 1] + "…"


class Judgement(StrEnum):
    """What happens to a letter after a reply."""

    ACCEPTED = "accepted"
    DEFER = "defer"
    """Not now: this letter is tried again later."""
    REFUSE = "refuse"
    """Never: this letter has failed."""
    STOP_BATCH = "stop_batch"
    """It speaks of us or of the server: nothing more is sent now, nobody is blamed."""
    UNKNOWN = "unknown"
    """Handed over, the answer never heard (RFC 5321 §6.1)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement, what the operator can do about it, and whether it is greylisting, which only wants a retry soon.

    `slows_domain`: letters to the same domain must go slower (452, 4.7.x, "too many"). `rest`: how long our account must wait before it
    sends anything, if the reply says that its quota is used up; hours, unlike the letter's own retry. `names_us`: the reply names our
    address, so it may be about us, but one reader's own filter rule would name it too.
    """

    judgement: Judgement
    hint: str = ""
    is_greylisting: bool = False
    slows_domain: bool = False
    rest: timedelta = timedelta(0)
    names_us: bool = False


_ACCEPTED = Verdict(Judgement.ACCEPTED)
_POLICY = "see with `digest doctor` what receivers look at; if all of it is in order, ask the receiver's postmaster which rule it is"


def judge(stage: Stage, reply: Reply, senders: Sequence[str] = ()) -> Verdict:
    """What the reply to that command means for the letter; `senders` are the addresses it was sent from.

    2xx (354 to DATA): accepted. 4xx: retry this letter later; before any letter (greeting, EHLO, STARTTLS, AUTH) it is about us. 5xx: about
    this letter's mailbox at RCPT, DATA and the dot; about us at any earlier command, and wherever the text says so (RFC 5321 §4.2.1;
    quotas: providers' pages). No reply: unknown after the dot, else retry later.
    """
    if reply.code == 354 if stage is Stage.DATA else 200 <= reply.code < 300:
        return _ACCEPTED
    hint = hint_for(reply.code, reply.enhanced, reply.text)
    if _speaks_of_us(stage, reply):
        return Verdict(Judgement.STOP_BATCH, hint or _of_us(reply), rest=rest_after(reply.code, reply.enhanced, reply.text))
    if names_sender(reply.code, reply.enhanced, reply.text, senders):
        return Verdict(Judgement.STOP_BATCH, hint or SENDER, names_us=True)
    if reply.code == 0:
        return Verdict(Judgement.UNKNOWN if stage is Stage.DOT else Judgement.DEFER, hint)
    if reply.code >= 500:
        return Verdict(Judgement.REFUSE, hint or (_POLICY if reply.enhanced.startswith("5.7.") else ""))
    return Verdict(Judgement.DEFER, hint, _is_greylisting(reply), slows_domain=_slows_domain(reply))


def refuses_sender(reply: Reply) -> bool:
    """Whether the refusal is about the sender address, so that another might be accepted: MAIL was refused, or a later reply says so.

    Postfix delays its verdict on the sender until RCPT (smtpd_delay_reject), Exchange until it has the letter.
    """
    if reply.code < 500:
        return False
    if reply.stage is Stage.MAIL:
        return _speaks_of_us(Stage.MAIL, reply)
    return about_sender(reply.code, reply.enhanced, reply.text)


def _of_us(reply: Reply) -> str:
    """A general hint for a reply that is about us and matches no known one."""
    if reply.code < 500:
        return "the letters wait: try again later, and if it goes on, ask who runs the server"
    return "the letters wait: send one with `digest test-mail`, and ask who runs the server what it has against your mail"


def _speaks_of_us(stage: Stage, reply: Reply) -> bool:
    if stage in (Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH):
        return True
    if stage is Stage.MAIL and reply.code >= 500:
        # 552 and 5.3.4: this letter is too large; 5.6.7: it needs SMTPUTF8. The next letter may be accepted.
        return not (reply.code == 552 or reply.enhanced in ("5.3.4", "5.6.7", "5.2.3"))
    return about_us(reply.code, reply.enhanced, reply.text)


def _is_greylisting(reply: Reply) -> bool:
    if re.search(r"gr[ae]y-?list", reply.text, re.IGNORECASE):
        return True
    if wants_slower(reply.code, reply.enhanced, reply.text):
        return False
    return reply.code in (450, 451) and reply.enhanced in ("4.7.1", "4.2.0", "4.7.0")


def _slows_domain(reply: Reply) -> bool:
    """Whether letters to the domain must go slower: not for a full mailbox (452 4.2.2), which is one reader's, or for greylisting."""
    if _is_greylisting(reply) or reply.enhanced.startswith("4.2."):
        return False
    return reply.code == 452 or reply.enhanced.startswith("4.7.") or wants_slower(reply.code, reply.enhanced, reply.text)
