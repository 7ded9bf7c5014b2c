"""VERP: an envelope sender of its own for each letter, so that every bounce can be traced to its letter.

`digest+TOKEN@example.org`: the bounce mailbox plus a signed token, which names the subscription and the issue but no address.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from ..errors import TokenError
from ..tokens import Claim, Purpose, make_token, read_token

_LONGEST = 64  # octets before the @ (RFC 5321 §4.5.3.1.1)
_ACCOUNT = "puts the account's own address in its place"
_OWN_BOUNCES = "puts an address of its own in its place, and keeps the bounces"
_UNKNOWN = "takes only addresses that it knows to be the account's"
# Host name endings of servers that replace or refuse such a sender, and what they do.
_REWRITERS: tuple[tuple[str, str], ...] = (
    (".smtp.gmail.com", _ACCOUNT),
    (".smtp.googlemail.com", _ACCOUNT),
    (".office365.com", _UNKNOWN),
    (".outlook.com", _UNKNOWN),
    (".outlook.office.com", _UNKNOWN),
    (".hotmail.com", _UNKNOWN),
    (".live.com", _UNKNOWN),
    (".mail.yahoo.com", _UNKNOWN),
    (".aol.com", _UNKNOWN),
    (".mail.me.com", _UNKNOWN),
    (".mail.icloud.com", _UNKNOWN),
    (".zoho.com", _UNKNOWN),
    (".zoho.eu", _UNKNOWN),
    (".gmx.net", _UNKNOWN),
    (".gmx.com", _UNKNOWN),
    (".web.de", _UNKNOWN),
    (".yandex.com", _UNKNOWN),
    (".yandex.ru", _UNKNOWN),
    (".mail.ru", _UNKNOWN),
    (".sendgrid.net", _OWN_BOUNCES),
    (".mailgun.org", _OWN_BOUNCES),
    (".postmarkapp.com", _OWN_BOUNCES),
    (".brevo.com", _OWN_BOUNCES),
    (".sendinblue.com", _OWN_BOUNCES),
    (".mailjet.com", _OWN_BOUNCES),
    (".mandrillapp.com", _OWN_BOUNCES),
    (".sparkpostmail.com", _OWN_BOUNCES),
    (".smtp2go.com", _OWN_BOUNCES),
)


class Verp(StrEnum):
    """Whether letters leave with an envelope sender of their own."""

    OFF = "off"
    TRIED = "tried"
    """Yes, until the server refuses one; from then on with the plain address."""
    ALWAYS = "always"


def decided(wanted: bool | str, host: str) -> Verp:
    """The mode that `[smtp] verp` (true, false, "auto") means for that server."""
    if wanted != "auto":
        return Verp.ALWAYS if wanted else Verp.OFF
    return Verp.OFF if why_useless(host) else Verp.TRIED


def why_useless(host: str) -> str:
    """What that server is known to do to a letter's own sender; "" if nothing is known."""
    name = f".{host.lower().rstrip('.')}"
    return next((why for end, why in _REWRITERS if name.endswith(end)), "")


def own_sender(bounces: str, subscription_id: int, issue_id: int, secret: bytes) -> str:
    """The envelope sender of one letter, the same each time. If the address has no room for the token, it is returned unchanged."""
    local, _, domain = bounces.rpartition("@")
    own = f"{local}+{make_token(Purpose.BOUNCE, subscription_id, issue_id, secret)}"
    return f"{own}@{domain}" if len(own.encode()) <= _LONGEST else bounces


def delivery_of(address: str, secrets: Sequence[bytes]) -> Claim | None:
    """The subscription and issue named by an address that mail bounced to; None if it has no token that we signed.

    Servers on the way may have changed its case or put it in angle brackets.
    """
    token = address.rpartition("@")[0].rpartition("+")[2]
    try:
        return read_token(token.rstrip('"'), Purpose.BOUNCE, secrets)
    except TokenError:
        return None
