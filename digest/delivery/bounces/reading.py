"""Classify a mail that came back: its kind, whom it is about, and what may prove whose letter it was."""

from __future__ import annotations

from email.utils import parseaddr

from ...model import Refusal, Returned, ReturnedKind
from . import prose, reports
from .automatic import is_receipt, says_automatic, was_submitted_automatically
from .complaints import complaint, is_called_complaint, is_of_abuse_desk
from .mime import Part, parse
from .notifications import as_report, is_notification
from .phrases import DAEMON, DAEMON_NAME, DELAYED, FAILED_SUBJECT
from .traces import traces_of

FIELDS = (
    "Subject",
    "From",
    "To",
    "Content-Type",
    "Return-Path",
    "Auto-Submitted",
    "X-Failed-Recipients",
    "Delivered-To",
    "In-Reply-To",
    "References",
)
"""All of a header that `may_be_returned` looks at."""


def read_returned(data: bytes) -> Returned:
    """What a mail says, from whatever sender. Never raises, and takes bounded time: at most half a megabyte is read."""
    mail = parse(data)
    kind, refusals = _read(as_report(mail))
    return Returned(kind=kind, refusals=refusals, traces=traces_of(data, mail))


def may_be_returned(header: bytes) -> bool:
    """Whether a mail with this header may be a report or a complaint, and so is worth fetching."""
    mail = parse(header)
    return (
        _is_of_machine(mail)
        or is_called_complaint(mail)
        or is_notification(mail)
        or is_of_abuse_desk(mail)
        or "feedback-report" in mail.first("content-type").lower()
    )


def _read(mail: Part) -> tuple[ReturnedKind, tuple[Refusal, ...]]:
    complained = complaint(mail)
    if complained is not None:
        is_complaint, refusals = complained
        return (ReturnedKind.COMPLAINT if is_complaint else ReturnedKind.OTHER), refusals
    groups = reports.delivery_groups(mail, in_text=_is_of_machine(mail))
    if groups:
        refusals = reports.refusals(groups, prose.words_of(mail))
        if refusals or reports.tell_success(groups):
            return (ReturnedKind.BOUNCE if refusals else ReturnedKind.OTHER), refusals
    if is_receipt(mail) and not _tells_failure(mail):  # a filter that rejects a mail sends a receipt, too (RFC 5429 §2.1.2)
        return ReturnedKind.AUTO_REPLY, ()
    if says_automatic(mail) and not _is_daemon(mail):
        return ReturnedKind.AUTO_REPLY, ()
    if was_submitted_automatically(mail) and not (_is_daemon(mail) or _tells_failure(mail) or _is_multipart_report(mail)):
        return ReturnedKind.AUTO_REPLY, ()
    is_report = _is_of_machine(mail)
    is_certain = is_report and not _has_subject_alone(mail)
    refusals = prose.refusals(mail, is_certain=is_certain) if is_report else ()
    if refusals or (is_certain and _tells_failure(mail)):
        return ReturnedKind.BOUNCE, refusals
    return (ReturnedKind.AUTO_REPLY if was_submitted_automatically(mail) else ReturnedKind.OTHER), ()


def _is_of_machine(mail: Part) -> bool:
    """Whether a mail server may have written it. A person's answer begins with "Re:", whatever it answers."""
    return _is_certainly_of_machine(mail) or _has_subject_alone(mail)


def _has_subject_alone(mail: Part) -> bool:
    """Whether its subject is the only sign that a mail server wrote it."""
    subject = mail.first("subject")
    is_answer = subject[:3].lower() in ("re:", "aw:", "sv:") and bool(mail.first("in-reply-to") or mail.first("references"))
    fails = FAILED_SUBJECT.search(subject) is not None or DELAYED.search(subject) is not None
    return fails and not is_answer and not _is_certainly_of_machine(mail)


def _is_certainly_of_machine(mail: Part) -> bool:
    return bool(mail.first("x-failed-recipients")) or _is_multipart_report(mail) or mail.first("return-path") == "<>" or _is_daemon(mail)


def _is_multipart_report(mail: Part) -> bool:
    return mail.first("content-type").lower().startswith("multipart/report")


def _is_daemon(mail: Part) -> bool:
    try:
        name, address = parseaddr(mail.first("from"))
    except RecursionError:  # a thousand comments within each other
        return False
    return (
        DAEMON.match(address.strip("<>\"'")) is not None
        or DAEMON_NAME.search(name) is not None
        or (mail.first("from").rstrip().endswith("<>"))
    )


def _tells_failure(mail: Part) -> bool:
    return FAILED_SUBJECT.search(mail.first("subject")) is not None or bool(mail.first("x-failed-recipients"))
