"""A letter's envelope: from whom and to whom it goes, the commands that ask a server to take it, and what the server says to them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..errors import DeliveryError
from ..model import Letter, WireText
from .addresses import Address, mailbox
from .session import Lost, Session
from .verdicts import Judgement, Reply, Stage, judge

_STAGES = (Stage.MAIL, Stage.RCPT, Stage.DATA)


@dataclass(frozen=True, slots=True, eq=False)
class Envelope:
    """What a letter is sent in; `plain` is the sender to fall back on, `of_sender` what a server had said of the letter's own."""

    letter: Letter
    sender: Address | None
    to: Address
    plain: Address | None = None
    of_sender: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether our side, the sender or the header without the receiver, holds letters outside ASCII (RFC 6531)."""
        content = self.letter.content
        head = content[: content.find(b"\r\n\r\n")]
        is_plain = head.isascii() or head.replace(str(self.to).encode(), b"").isascii()
        return (self.sender is not None and self.sender.needs_utf8) or not is_plain

    def as_plain(self, refusal: Reply | None) -> Envelope:
        """The same with the plain sender, and what its own was refused with (None: it was not asked)."""
        return replace(self, sender=self.plain, plain=None, of_sender=str(refusal) if refusal else "")


def envelope_of(letter: Letter) -> Envelope:
    """The envelope that the letter asks for. Raises DeliveryError for an address or a text that cannot be put on the wire."""
    if not isinstance(letter.content, WireText) and not _has_whole_lines(letter.content):
        raise DeliveryError(letter.message_id, "the letter's lines do not all end with CRLF", hint="report a bug")
    plain = mailbox(letter.plain_sender) if letter.plain_sender else None
    return Envelope(letter, mailbox(letter.sender) if letter.sender else None, mailbox(letter.to), plain)


def _has_whole_lines(content: bytes) -> bool:
    return content.endswith(b"\r\n") and content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")


def commands_for(session: Session, envelope: Envelope) -> tuple[str, str, str]:
    """MAIL, RCPT and DATA for that letter, with what the server offered to understand."""
    features, size = session.features, len(envelope.letter.content)
    options = f" SIZE={size}" if "SIZE" in features else ""
    if envelope.is_ours or envelope.to.needs_utf8:
        options += (" BODY=8BITMIME" if "8BITMIME" in features else "") + " SMTPUTF8"
    return f"MAIL FROM:<{envelope.sender or ''}>{options}", f"RCPT TO:<{envelope.to}>", "DATA"


def largest(size: str) -> int:
    """The octets that a letter may have, by what follows SIZE (RFC 1870: a number of at most 20 digits); 0 where there is no limit."""
    return int(size) if size.isdecimal() and len(size) <= 20 else 0


def impossible(session: Session, envelope: Envelope) -> Reply | None:
    """The reply the server would give for what it said at EHLO, so that it need not be asked."""
    limit, octets = largest(session.features.get("SIZE", "")), len(envelope.letter.content)
    if 0 < limit < octets:
        return Reply(552, f"5.3.4 a letter of {octets} octets; the server takes {limit}", Stage.MAIL)
    if "SMTPUTF8" in session.features:
        return None
    if envelope.is_ours:
        return Reply(553, "5.6.7 the server takes no sender with letters outside ASCII before the @", Stage.AUTH)
    if envelope.to.needs_utf8:
        return Reply(553, "5.6.7 the server takes no address with letters outside ASCII before the @", Stage.RCPT)
    return None


def offered(session: Session, envelope: Envelope, *, was_asked: bool, is_clear: bool) -> Reply | None:
    """What the server refuses the letter with, None where it waits for the text; code 0 where nothing could be understood.

    Asks first, unless that `was_asked` ahead. RSET goes before where something was refused since the last (`is_clear` false).
    """
    stage = Stage.MAIL
    try:
        if not was_asked:
            refusal = impossible(session, envelope)
            if refusal is not None:
                return refusal
        if was_asked or "PIPELINING" in session.features:
            if not was_asked:
                session.ask(*(() if is_clear else ("RSET",)), *commands_for(session, envelope))
                if not is_clear and session.hear(Stage.MAIL).code != 250:
                    return Reply(0, "the server did not forget the letter it refused", Stage.MAIL)
            return _of_group(session)
        if not is_clear and session.rset().code != 250:
            return Reply(0, "the server did not forget the letter it refused", Stage.MAIL)
        for stage, command in zip(_STAGES, commands_for(session, envelope), strict=True):
            session.ask(command)
            reply = session.hear(stage)
            if not _is_accepted(reply):
                return reply
    except Lost as lost:
        return Reply(0, str(lost), stage)
    return None


def _of_group(session: Session) -> Reply | None:
    """The first refusal among the replies to MAIL, RCPT and DATA that were asked together; code 0 where one does not come.

    A server that waits for a text all the same gets none: it is hung up on, for an empty one might go to somebody (RFC 2920 §3.1).
    """
    replies: list[Reply] = []
    for stage in _STAGES:
        try:
            replies.append(session.hear(stage))
        except Lost as lost:  # after a refusal it is the refusal that counts: some servers hang up with it
            replies.append(Reply(0, str(lost), stage))
            break
    if len(replies) > 1 and _is_accepted(replies[1]) and not _is_accepted(replies[0]):
        # Nobody may be written to before there is a sender: one reply too many came before, as to a text refused in its middle and at its
        # end, and what was said to one letter would be taken for the next one's.
        session.close()
        return Reply(0, f"the server spoke out of turn: {replies[0]}", Stage.MAIL)
    refusal = next((reply for reply in replies if not _is_accepted(reply)), None)
    if refusal is not None and _is_accepted(replies[-1]):
        session.close()
    return refusal


def _is_accepted(reply: Reply) -> bool:
    return judge(reply.stage, reply).judgement is Judgement.ACCEPTED
