"""Read failure reports written for people: who did not get the letter, and why, judged by phrases and their positions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from ...model import Cause, Refusal, Verdict
from .addresses import PATTERN, address_in, addresses_in, bare_name
from .causes import class_in, code_in, judged, tells
from .mime import Part, as_plain
from .phrases import DELAYED, FAILING, GIVEN_UP, HEADER_LINE, INTRODUCTION, RECIPIENT_LABEL, separates

_LONGEST = 65_536
_MOST_LINES = 500
_MOST = 100
_MOST_SEEN = 400
_MOST_WORDS = 4000
_LABEL = 300
"""Characters before an address that may say what it is."""
_SOMEBODY_ELSES, _OPEN = 0, 9
_REACH = 14
"""Lines behind an address that may say why."""
_ALONE = re.compile(
    rf"^[^\w@]{{0,12}}(?:\d{{1,3}}[.)] )?(?:smtp:|mailto:"
    rf"|to:\s+<)?[\"'<\[(]{{0,8}}(?:{PATTERN})[\"'>\])]{{0,8}}(?:<mailto:[^>]*>)?\s*(?:$|[:;,(\[]|[-–=.]{{1,3}}\s|\.\.\.|on \w|failed"
    rf"|due to|because|\W{{1,40}}(?:{PATTERN})|\s{{2,}}|[A-Z\"]|;)"
)
_NAMED = re.compile(rf"^[^\w@]{{0,12}}\"?[^@<>]{{0,60}}\"?\s*<(?:mailto:)?(?:{PATTERN})>\W*$")
_ANSWERED = re.compile(rf"^(?:[45]\d\d <(?:{PATTERN})>\.\.\. |>>> RCPT To:)", re.IGNORECASE)
_GENERATED = re.compile(r"\((?:ultimately )?generated from", re.IGNORECASE)
_EXPANDED = re.compile(r"\(expanded from", re.IGNORECASE)
_TO_FIELD = re.compile(r"^\W{0,4}(?:to|an|à|para|a|宛先|收件人)\s*:", re.IGNORECASE)
_OTHER_FIELD = re.compile(
    r"^\W{0,12}(?:in:\s+mail from|from|(?:original |envelope )?sender|reply-to|message-id|von|de|expéditeur|cc|subject|betreff|objet"
    r"|return-path|x-[\w-]+|references|in-reply-to)\s*:",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"contact|assistance|questions?\b|help\b|please (?:send|reply|forward|mail|e-?mail)|reply to|report (?:this|it)"
    r"|problem report|if you (?:feel|have|believe|think)|mail from|sent (?:by|from)|from (?:the )?address|sender\b|kontakt"
    r"|wenden sie|contactez|contacte",
    re.IGNORECASE,
)
_X400 = re.compile(r"dda:SMTP=(\S{1,400}?@[\w.-]+)", re.IGNORECASE)
_BARE = re.compile(r"^\s{1,12}([A-Za-z0-9][\w.+-]{1,63})(?:\s{2,}\S.*)?$")
# "Eventually it will give up, and the message will be returned to you": it has not.
_LATER = re.compile(
    r"\b(?:eventually|if (?:the|this|it|your|delivery|we)|unless|sollte|falls|si (?:le|la|no)|when that)\b[^.]{0,300}",
    re.IGNORECASE,
)
_PATTERNED = re.compile(r"mailing(?: to)?\s+NAME@([\w.-]+[\w])")


@dataclass(frozen=True, slots=True)
class _Named:
    """An address at one place in the text; a lower rank is better evidence that it is a recipient's."""

    address: str
    line: int
    rank: int


def words_of(mail: Part) -> str:
    """What a mail says to people, without the returned letter."""
    texts = list(_texts(mail))
    first = next((text for text in texts if "@" in text), texts[0] if texts else "")
    return "\n".join(_notice(first[:_LONGEST].split("\n")[:_MOST_LINES]))


def refusals(mail: Part, *, is_certain: bool) -> tuple[Refusal, ...]:
    """Who did not get the letter, according to the words; empty if they name nobody.

    Unless it `is_certain` that a mail server wrote the mail, an address in a sentence is not enough evidence.
    """
    words = words_of(mail)
    lines = words.split("\n")
    listed = [address for value in mail.all("x-failed-recipients") for address in addresses_in(value)]
    seen = list(islice(_found(lines, _own(mail)), _MOST_SEEN))
    named = _best(seen, 3) or (is_certain and (_bare(lines, mail) or _best(seen, 5) or _best(_found(lines, set()), 1))) or []
    if listed:
        at = {one.address.casefold(): one.line for one in islice(_found(lines, set()), _MOST_SEEN)}
        named = [_Named(address, at.get(address.casefold(), 0), 0) for address in listed]
    is_delay, is_final = _is_delay(mail.first("subject"), words), GIVEN_UP.search(words.replace("\n", " ")) is not None
    found: dict[str, Refusal] = {}
    starts = sorted({other.line for other in named})
    for one in named[:_MOST]:
        found.setdefault(one.address.casefold(), _refusal(one, lines, starts, is_delay=is_delay, is_final=is_final))
    return tuple(found.values())


def _texts(mail: Part) -> Iterator[str]:
    """The texts of the report itself: those before, and not within, a returned letter."""
    for part in mail.walk():
        if part.kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/rfc822-headers"):
            return
        if part.parts or not part.text.strip():
            continue
        if part.kind == "text/plain":
            yield part.text
        elif part.kind == "text/html":
            yield as_plain(part.text[:_LONGEST])


def _notice(lines: list[str]) -> list[str]:
    """The lines before the returned letter begins."""
    for number, line in enumerate(lines):
        is_header = HEADER_LINE.match(line) is not None and any(HEADER_LINE.match(other) for other in lines[number + 1 : number + 6])
        if number and (separates(line) or is_header) and any(other.strip() for other in lines[:number]):
            return lines[:number]
    return lines


def _own(mail: Part) -> set[str]:
    """Addresses that are not recipients': the reporter's and, since the report was sent to it, ours."""
    names = ("from", "to", "reply-to", "sender", "errors-to", "return-path", "delivered-to")
    return {address.casefold() for name in names for value in mail.all(name) for address in addresses_in(value)}


def _found(lines: Sequence[str], own: set[str]) -> Iterator[_Named]:
    start = next((number for number, line in enumerate(lines) if INTRODUCTION.search(line)), len(lines))
    for number, line in enumerate(lines):
        if "@" not in line:
            continue
        x400 = _X400.search(line)
        if x400 is not None:
            yield _Named(x400[1], number, 1)
            continue
        addresses = dict.fromkeys(a for a in addresses_in(line) if a.casefold() not in own and not _is_daemon(a))
        for address, rank in _ranked(tuple(addresses), lines, number):
            yield _Named(address, number, rank + (rank == 1 and number < start))


def _is_daemon(address: str) -> bool:
    return re.match(r"(?:mailer-?daemon|postmaster|abuse|hostmaster|support|helpdesk|root)@", address, re.IGNORECASE) is not None


def _ranked(addresses: Sequence[str], lines: Sequence[str], number: int) -> Iterator[tuple[str, int]]:
    """The addresses of a line, each ranked by its evidence, without anybody else's.

    1 in a list; 2 in a list before any words that introduce one, or in a transcript; 3 named as a recipient; 4 in a sentence about a
    failure; 5 in a To field; 6 anywhere else.
    """
    if not addresses:
        return
    line = lines[number]
    # A line may hold ten thousand addresses: its phrases are searched for once, and each address is only compared with their positions.
    whole = _rank_of(line)
    fails = FAILING.search(" ".join(lines[max(0, number - 1) : number + 3])) is not None
    generated, expanded, contact = (_end_of(pattern, line) for pattern in (_GENERATED, _EXPANDED, _CONTACT))
    for address in addresses:
        at = line.find(address)
        rank = 3 if generated <= at else 1 if expanded <= at else whole
        if rank == _OPEN:
            is_labelled = contact > at and (fails or at < 40) and RECIPIENT_LABEL.search(line[max(0, at - _LABEL) : at]) is not None
            rank = 3 if is_labelled else _SOMEBODY_ELSES if contact <= at else 4 if fails else 6
        if rank != _SOMEBODY_ELSES:
            yield address, rank


def _rank_of(line: str) -> int:
    """The rank of every address in the line, or _OPEN if that depends on what comes before it."""
    if _OTHER_FIELD.match(line) or "message-id" in line.lower():
        return _SOMEBODY_ELSES
    if _ANSWERED.match(line):
        return 2
    if _ALONE.match(line) or _NAMED.match(line):
        return 1
    return 5 if _TO_FIELD.match(line) else _OPEN


def _end_of(pattern: re.Pattern[str], line: str) -> int:
    """Where the first match ends; beyond the line if there is none."""
    found = pattern.search(line)
    return found.end() if found else len(line) + 1


def _best(named: Iterable[_Named], worst: int) -> list[_Named]:
    """The addresses with the best rank found, if that is no worse than `worst`."""
    found = list(islice(named, _MOST_SEEN))
    best = min((one.rank for one in found), default=9)
    return [one for one in found if one.rank == best] if best <= worst else []


def _bare(lines: Sequence[str], mail: Part) -> list[_Named]:
    """Names without a host in a list of failed recipients; the host is the reporter's, or the one the text gives."""
    reporter = address_in(mail.first("from"))
    hosts = list(dict.fromkeys(_PATTERNED.findall("\n".join(lines))))[:_MOST] or [reporter.rpartition("@")[2]]
    found: list[_Named] = []
    listing = False
    for number, line in enumerate(lines):
        if line.rstrip().endswith(":"):
            listing = INTRODUCTION.search(" ".join(lines[max(0, number - 2) : number + 1])) is not None
        elif listing and line.strip():
            word = _BARE.match(line)
            listing = word is not None
            if word is not None and bare_name(word[1]) and hosts[0]:
                found += [_Named(f"{word[1]}@{host}", number, 1) for host in hosts]
    return found


def _is_delay(subject: str, words: str) -> bool:
    told = _LATER.sub(" ", f"{subject}\n{words}")
    return DELAYED.search(told) is not None and GIVEN_UP.search(told) is None


def _refusal(one: _Named, lines: Sequence[str], starts: list[int], *, is_delay: bool, is_final: bool) -> Refusal:
    end = next((start for start in starts if start > one.line), one.line + _REACH)
    reach = 1 if lines[one.line][:1] in ("4", "5") and _ANSWERED.match(lines[one.line]) else _REACH
    here = " ".join(lines[one.line : min(end, one.line + reach)])[: 2 * _MOST_WORDS]
    near = here.replace(one.address, " ")
    if not tells(near):  # the reason stands above, or once for all
        near = " ".join(lines)[:_MOST_WORDS].replace(one.address, " ")
    code = code_in(near)
    said = " ".join("".join(c if c.isprintable() else " " for c in here).split())[:300]
    if is_delay:
        return Refusal(address=one.address, verdict=Verdict.SOFT, cause=Cause.DELAY, status=code, said=said)
    told = class_in(near)
    verdict, cause = judged(code or (f"{told}.0.0" if told else ""), near)
    if verdict is Verdict.SOFT and not code.endswith(".2.2") and is_final:
        verdict = Verdict.HARD  # whoever sent it says that no more is tried, whatever the last answer was
    return Refusal(address=one.address, verdict=verdict, cause=cause, status=code, said=said)
