"""Mails that come back, for tests: the labelled ones beside this file, and reports about a letter as it was sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "bounces"


@dataclass(frozen=True)
class Labelled:
    """One labelled mail: what it is, whom it names with which verdict, and what it leads to."""

    path: Path
    kind: str
    recipients: tuple[tuple[str, str], ...]
    action: str


def labelled() -> list[Labelled]:
    """The mails beside this file; `labels.json` says after what each was written."""
    rows: list[dict[str, Any]] = json.loads((FOLDER / "labels.json").read_text(encoding="utf-8"))
    return [
        Labelled(FOLDER / row["file"], row["kind"], tuple((r["address"], r["verdict"]) for r in row["recipients"]), row["action"])
        for row in rows
    ]


def a_report(
    to: str = "bounces@example.org",
    recipient: str = "ana@example.org",
    *,
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "550 5.1.1 User unknown",
    returned: str = "Subject: papers\n",
) -> bytes:
    """A delivery report (RFC 3464) sent to `to` about `recipient`, with the header of what it returns."""
    return (
        f"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example.net\nTo: {to}\nSubject: Undelivered Mail Returned to Sender\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nYour message could not be delivered.\n\n"
        f"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
        f"Final-Recipient: rfc822; {recipient}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; {said}\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{returned}\n--b--\n"
    ).encode()


def a_complaint(returned: str, *, kind: str = "abuse", whom: str = "ana@example.org") -> bytes:
    """A feedback report (RFC 5965) about a letter with that header."""
    return (
        "From: abuse@isp.example.net\nTo: abuse@example.org\nSubject: FW: papers\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nVersion: 1\nOriginal-Rcpt-To: {whom}\n\n"
        f"--b\nContent-Type: message/rfc822\n\n{returned}\n\n--b--\n"
    ).encode()
