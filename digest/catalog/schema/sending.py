"""The tables of the days on which each sender sent, and of servers that accept no more for now; and an index to count a day's letters."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from . import UTCDateTime, deliveries, metadata

# Both columns, so that a day is counted in the index alone.
Index("ix_deliveries_settled_at", deliveries.c.settled_at, deliveries.c.status)

# Kept apart from the letters: those are erased with their readers.
sender_days = Table(
    "sender_days",
    metadata,
    Column("sender", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # as 2026-11-23, in UTC
    Column("recorded_at", UTCDateTime, nullable=False),  # what was sent later is not recorded yet
)

server_rests = Table(
    "server_rests",
    metadata,
    Column("server", Text, primary_key=True),
    Column("until", UTCDateTime, nullable=False),
    Column("reply", Text, nullable=False),
)
