"""The table of letters that came back."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Integer, String, Table, Text

from . import UTCDateTime, metadata

FORGIVEN = "forgiven"
"""The kind of a row that no longer counts, since its reader is written to again."""

# One line for each letter, however often it comes back.
returns = Table(
    "returns",
    metadata,
    Column("issue", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("subscriber", Integer, ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),  # "bounce", "complaint", "forgiven"
    Column("cause", String(16), nullable=False),  # decides nothing later: told to the reader with the whole line (`rights.about`)
    Column("points", Float, nullable=False),
    Column("code", Text, nullable=False),  # the enhanced status, "" for none
    Column("said", Text, nullable=False),
    Column("left_at", UTCDateTime, nullable=False),  # when the letter was handed over
    Column("read_at", UTCDateTime, nullable=False),  # told in the same way
)
