"""The table of leases: which process does work that only one may do at a time."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from ..moments import UTCDateTime
from . import metadata

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),  # "host:pid:anything"
    Column("since", UTCDateTime, nullable=False),
    Column("until", UTCDateTime, nullable=False),
)
