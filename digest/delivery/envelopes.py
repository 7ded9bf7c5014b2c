"""A letter's envelope: its sender and recipient, the commands that offer it to a server, and the server's replies to them."""

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
    """A letter with its sender and recipient.

    `plain` is the sender to fall back on; `of_sender` is the server's refusal of the letter's own (VERP) sender.
    """

    letter: Letter
    sender: Address | None
    to: Address
    plain: Address | None = None
    of_sender: str = ""

    @property
    def needs_utf8(self) -> bool:
        """Whether the sender, or the header apart from the recipient's address, holds non-ASCII characters (RFC 6531)."""
        content = self.letter.content
        head = content[: content.find(b"\r\n\r\n")]
        is_plain = head.isascii() or head.replace(str(self.to).encode(), b"").isascii()
        return (self.sender is not None and self.sender.needs_utf8) or not is_plain

    def as_plain(self, refusal: Reply | None) -> Envelope:
        """The same letter from the plain sender; `refusal` is the reply to its own sender (None: the server was not asked)."""
        return replace(self, sender=self.plain, plain=None, of_sender=str(refusal) if refusal else "")


def envelope_of(letter: Letter) -> Envelope:
    """The envelope for the letter. Raises DeliveryError for an address or a text that SMTP cannot carry."""
    if not isinstance(letter.content, WireText) and not _has_whole_lines(letter.content):
        raise DeliveryError(letter.message_id, "the letter's lines do not all end with CRLF", hint="report a bug")
    plain = mailbox(letter.plain_sender) if letter.plain_sender else None
    return Envelope(letter, mailbox(letter.sender) if letter.sender else None, mailbox(letter.to), plain)


def _has_whole_lines(content: bytes) -> bool:
    return content.endswith(b"\r\n") and content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n")


def commands_for(session: Session, envelope: Envelope) -> tuple[str, str, str]:
    """MAIL, RCPT and DATA for that letter, with options for the extensions that the server offered."""
    features, size = session.features, len(envelope.letter.content)
    options = f" SIZE={size}" if "SIZE" in features else ""
    if envelope.needs_utf8 or envelope.to.needs_utf8:
        options += (" BODY=8BITMIME" if "8BITMIME" in features else "") + " SMTPUTF8"
    return f"MAIL FROM:<{envelope.sender or ''}>{options}", f"RCPT TO:<{envelope.to}>", "DATA"


def size_limit(size: str) -> int:
    """The most octets that a letter may have, from the parameter of SIZE (RFC 1870: at most 20 digits); 0 means no limit."""
    return int(size) if size.isdecimal() and len(size) <= 20 else 0


def foreseen_refusal(session: Session, envelope: Envelope) -> Reply | None:
    """The refusal that follows from what the server said at EHLO, so that it need not be asked; None where nothing stands against it."""
    limit, octets = size_limit(session.features.get("SIZE", "")), len(envelope.letter.content)
    if 0 < limit < octets:
        return Reply(552, f"5.3.4 a letter of {octets} octets; the server takes {limit}", Stage.MAIL)
    if "SMTPUTF8" in session.features:
        return None
    if envelope.needs_utf8:
        return Reply(553, "5.6.7 the server takes no sender with letters outside ASCII before the @", Stage.AUTH)
    if envelope.to.needs_utf8:
        return Reply(553, "5.6.7 the server takes no address with letters outside ASCII before the @", Stage.RCPT)
    return None


def offer_envelope(session: Session, envelope: Envelope, *, was_asked: bool, is_clear: bool) -> Reply | None:
    """Ask the server to take the letter: None if it now waits for the text, else its refusal (code 0: no reply that makes sense).

    With `was_asked` the commands were sent ahead, and only the replies are read. Unless `is_clear`, RSET goes first: something was
    refused since the last one.
    """
    stage = Stage.MAIL
    try:
        if not was_asked:
            refusal = foreseen_refusal(session, envelope)
            if refusal is not None:
                return refusal
        if was_asked or "PIPELINING" in session.features:
            if not was_asked:
                session.ask(*(() if is_clear else ("RSET",)), *commands_for(session, envelope))
                if not is_clear and session.hear(Stage.MAIL).code != 250:
                    return Reply(0, "the server did not forget the letter it refused", Stage.MAIL)
            return _hear_pipelined(session)
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


def _hear_pipelined(session: Session) -> Reply | None:
    """The first refusal among the replies to MAIL, RCPT and DATA sent together; code 0 where a reply does not come.

    A server that waits for the text all the same is hung up on: an empty text might be delivered to somebody (RFC 2920 §3.1).
    """
    replies: list[Reply] = []
    for stage in _STAGES:
        try:
            replies.append(session.hear(stage))
        except Lost as lost:  # an earlier refusal still counts: some servers hang up after it
            replies.append(Reply(0, str(lost), stage))
            break
    if len(replies) > 1 and _is_accepted(replies[1]) and not _is_accepted(replies[0]):
        # RCPT cannot be accepted after MAIL was refused, so an extra reply came earlier (some servers refuse a text both in its middle and
        # at its end). Every reply would now be read as the answer to the letter after its own.
        session.close()
        return Reply(0, f"the server spoke out of turn: {replies[0]}", Stage.MAIL)
    refusal = next((reply for reply in replies if not _is_accepted(reply)), None)
    if refusal is not None and _is_accepted(replies[-1]):
        session.close()
    return refusal


def _is_accepted(reply: Reply) -> bool:
    return judge(reply.stage, reply).judgement is Judgement.ACCEPTED
