"""The tables of what is computed from papers and can be computed again: vectors and summaries; and of the last good themes."""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Integer, LargeBinary, Table, Text

from . import UTCDateTime, metadata

# Kept by text and not by paper: topics have vectors too, and a paper whose abstract changes gets another.
vectors = Table(
    "vectors",
    metadata,
    Column("model", Text, primary_key=True),
    Column("text", LargeBinary, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# A summary that a model wrote, kept for ever under what it was made of, so that nobody pays for one twice.
summaries = Table(
    "summaries",
    metadata,
    Column("paper", Integer, ForeignKey("papers.id"), primary_key=True),
    Column("origin", Text, primary_key=True),  # the model's name, as a letter shows it
    Column("of", LargeBinary, primary_key=True),  # what was summed up: a hash of title and abstract
    Column("text", Text, nullable=False),
    Column("made_at", UTCDateTime, nullable=False, index=True),
)

# The last state of each theme that could be set, for when its owner breaks it.
good_themes = Table(
    "good_themes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("files", JSON(none_as_null=True), nullable=False),
    Column("kept_at", UTCDateTime, nullable=False),
)
