"""The tables of people beside subscribers: the suppression list, and the links that listmonk gave to people it had."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, String, Table, Text

from ..moments import UTCDateTime
from . import metadata

# Keys of the hashes below. There is one of our own; more came with the suppressions of other catalogs that were imported.
suppression_keys = Table(
    "suppression_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", LargeBinary, nullable=False, unique=True),
)

# No address stands here: only its HMAC, which nobody can look up who has not the key and the address.
suppressions = Table(
    "suppressions",
    metadata,
    Column("hash", LargeBinary, primary_key=True),
    Column("subscription", Text, primary_key=True),  # the name of the one they left; "": nothing at all goes to the address
    Column("key", Integer, ForeignKey("suppression_keys.id"), nullable=False),
    Column("reason", String(16), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("origin", Text, nullable=False),
    Column("link", LargeBinary, index=True),  # SHA-256 of the uuid by which an old listmonk link names them
)

listmonk_links = Table(
    "listmonk_links",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("subscription", Integer, ForeignKey("subscriptions.id"), primary_key=True, index=True),
)
