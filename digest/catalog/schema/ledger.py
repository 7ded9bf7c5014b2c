"""The tables of the ledger: the result of each listing, which sources fail, and which sources a command added, changed or paused."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, String, Table, Text

from . import UTCDateTime, metadata

ledger = Table(
    "ledger",
    metadata,
    Column("source", Text, primary_key=True),
    Column("part", Text, primary_key=True),  # a category; "": all of the source
    Column("day", Date, primary_key=True),  # under which the listing stands
    Column("state", String(16), nullable=False),
    Column("expected", Integer),
    Column("fetched", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("first_tried", UTCDateTime, nullable=False),
    Column("tried_at", UTCDateTime, nullable=False),
    Column("next_try", UTCDateTime),
    Column("way", String(16), nullable=False),
    Column("message", Text, nullable=False),
    Column("is_cut", Boolean, nullable=False),
    Column("marks", LargeBinary),  # the keys of its papers, a line each, packed by zlib; none once it is old
)

troubles = Table(
    "troubles",
    metadata,
    Column("source", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("since", UTCDateTime, nullable=False),
    Column("silent_until", UTCDateTime),
    Column("message", Text, nullable=False),
)

# Beside those of the configuration, which no command changes; a pause is kept for both.
own_sources = Table(
    "own_sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("options", JSON(none_as_null=True)),  # none: the source is the configuration's
    Column("paused", Boolean, nullable=False),
    Column("changed_at", UTCDateTime, nullable=False),
)
