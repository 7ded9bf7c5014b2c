"""Amazon SES' notices of bounces and complaints, which SNS mails as JSON, converted to the reports that other servers send.

https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from .mime import Part

_OF_SNS = "no-reply@sns.amazonaws.com"
_MOST = 100
_STATUS = {"Permanent": "5.0.0", "Transient": "4.0.0", "Undetermined": "4.0.0"}


def is_notification(mail: Part) -> bool:
    """Whether it claims to be from Amazon's notification service."""
    return _OF_SNS in mail.first("from").lower()


def as_report(mail: Part) -> Part:
    """The mail with its JSON replaced by the equivalent report; any other mail unchanged."""
    if not is_notification(mail):
        return mail
    try:
        # A long line is broken on its way, as Sendmail breaks it.
        notice, _ = json.JSONDecoder().raw_decode(mail.text.replace("!\n ", "").lstrip())
        notice = json.loads(notice["Message"]) if "Message" in notice else notice
        told = notice.get("notificationType") or notice.get("eventType")
        if told == "Bounce" and not _may_be_absence(notice["bounce"]):
            return _report(mail, "message/delivery-status", "\n\n".join(_groups(notice["bounce"])))
        if told == "Complaint":
            return _report(mail, "message/feedback-report", "\n".join(_complaint(notice["complaint"])))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return mail  # its JSON is none, or not this
    return mail


def _may_be_absence(bounce: dict[str, Any]) -> bool:
    """Whether it cannot be told from an out-of-office answer, which SES reports as a bounce too.

    https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html#bounce-types
    """
    is_general = (bounce.get("bounceType"), bounce.get("bounceSubType")) == ("Transient", "General")
    return is_general and not any(one.get("status") or one.get("diagnosticCode") for one in bounce["bouncedRecipients"])


def _report(mail: Part, kind: str, text: str) -> Part:
    return replace(mail, kind="multipart/report", text="", parts=(Part((), kind, text=text),))


def _groups(bounce: dict[str, Any]) -> Iterator[str]:
    for one in bounce["bouncedRecipients"][:_MOST]:
        status = one.get("status") or _STATUS.get(bounce.get("bounceType", ""), "")
        said = _line(one.get("diagnosticCode") or bounce.get("bounceSubType", ""))
        yield f"Final-Recipient: rfc822; {_line(one['emailAddress'])}\nAction: failed\nStatus: {_line(status)}\nDiagnostic-Code: {said}"


def _complaint(complaint: dict[str, Any]) -> Iterator[str]:
    yield f"Feedback-Type: {_line(complaint.get('complaintFeedbackType') or 'abuse')}"
    for one in complaint["complainedRecipients"][:_MOST]:
        yield f"Original-Rcpt-To: {_line(one['emailAddress'])}"


def _line(value: object) -> str:
    return " ".join(str(value).split())
