"""The catalog's tables, as SQLAlchemy Core sees them; `migrations/` makes them and a test holds the two equal."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from ..moments import UTCDateTime as UTCDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _json(name: str, *, nullable: bool = False) -> Column[Any]:
    return Column(name, JSON(none_as_null=True), nullable=nullable)


# --- papers -----------------------------------------------------------------------------------------------------------

papers = Table(
    "papers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    _json("authors"),
    Column("url", Text),
    Column("pdf_url", Text),
    Column("published", UTCDateTime, index=True),
    Column("version", Integer, nullable=False),
    _json("categories"),
    _json("facts"),
    _json("provenance"),  # field → how well founded its value is, compared when the next source speaks of the paper (merging.py)
    Column("first_seen", UTCDateTime, nullable=False),
    Column("listed_seq", Integer, index=True),  # the first sighting as new or cross; none for papers that were only replaced or added
    Column("listed_at", UTCDateTime, index=True),  # when that sighting was recorded
    Column("merged_into", Integer, ForeignKey("papers.id"), index=True),
    Column("fate", String(16)),  # "accepted", "withdrawn", "" for neither; none: nobody has looked yet
    sqlite_autoincrement=True,
)

paper_keys = Table(
    "paper_keys",
    metadata,
    Column("key", Text, primary_key=True),
    Column("paper", Integer, ForeignKey("papers.id"), nullable=False, index=True),
)

paper_titles = Table(
    "paper_titles",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("paper", Integer, ForeignKey("papers.id"), primary_key=True, index=True),
)

sightings = Table(
    "sightings",
    metadata,
    Column("id", Integer, primary_key=True),  # grows for ever and is never used again: the sequence that cutoffs speak of
    Column("source", Text, nullable=False),
    Column("paper", Integer, ForeignKey("papers.id"), nullable=False, index=True),
    Column("listed_on", Date, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("voted", Boolean, nullable=False),  # in a list whose papers are voted on, as Hugging Face's
    Column("recorded_at", UTCDateTime, nullable=False, index=True),
    UniqueConstraint("source", "paper", "listed_on", "kind"),
    sqlite_autoincrement=True,
)

sources = Table(
    "sources",
    metadata,
    Column("name", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("fetched_at", UTCDateTime),
    Column("new", Integer, nullable=False),
    Column("message", Text, nullable=False),
)

# --- readers ----------------------------------------------------------------------------------------------------------

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", Text, nullable=False),
    Column("email_folded", Text, nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("paused_until", UTCDateTime),
    Column("made_at", UTCDateTime, nullable=False),
    Column("suppressed", String(16)),  # why nothing goes to the address, as its line in `suppressions` says; none: it has no such line
    Column("invited_at", UTCDateTime, index=True),
    sqlite_autoincrement=True,
)

# The reader's name, zone and language stand here and not with the subscriber: the file and a command may say them differently, each for
# its own letters, and neither must move the other's hour. Ids stand in letters' links, so none is ever used again.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("reader_name", Text),
    Column("zone", Text, nullable=False),
    Column("language", Text, nullable=False),
    _json("profile", nullable=True),
    _json("edition", nullable=True),
    _json("cadence"),
    Column("theme", Text, nullable=False),
    Column("format", String(16), nullable=False),
    Column("configured", Boolean, nullable=False),
    Column("left_at", UTCDateTime),
    Column("removed_at", UTCDateTime),
    Column("made_at", UTCDateTime, nullable=False),
    Column("consented_at", UTCDateTime),
    Column("consent_origin", Text, nullable=False, server_default=""),
    Column("group_name", Text, nullable=False, server_default="", index=True),
    Column("shared_at", UTCDateTime),  # when its reader agreed that their saves count in the group
    Column("share_origin", Text, nullable=False, server_default=""),
    Column("share_ended_at", UTCDateTime),  # when they took that back; no file or command brings it on again
    UniqueConstraint("subscriber", "name"),
    sqlite_autoincrement=True,
)

# --- what readers have and say ----------------------------------------------------------------------------------------

# A library that is followed is asked at every run; one that was imported is not, and stays as it was.
libraries = Table(
    "libraries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", Integer, ForeignKey("subscriptions.id"), nullable=False),
    Column("address", Text, nullable=False),  # "zotero:user:123456/Collection", a file, an address, "import:refs.bib"
    Column("interest", Text, nullable=False),
    Column("key_file", Text, nullable=False),
    Column("save_to", Text),  # the collection that saved papers are written to, "" for none of them; none: they are not
    _json("wanted"),  # which of its entries: collections, and the days between which they came
    Column("followed", Boolean, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("checked_at", UTCDateTime),
    Column("message", Text, nullable=False),  # why the last asking failed
    UniqueConstraint("subscription", "address"),
    sqlite_autoincrement=True,
)

library_entries = Table(
    "library_entries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("library", Integer, ForeignKey("libraries.id"), nullable=False),
    Column("entry", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("place", Integer, nullable=False),  # in the library, among entries that came at one time
    Column("added", UTCDateTime),
    UniqueConstraint("library", "entry"),
)

# What an entry may be called, by names and fingerprints of titles: a paper that goes by one of them, now or later, stands in the library.
library_names = Table(
    "library_names",
    metadata,
    Column("entry", Integer, ForeignKey("library_entries.id"), primary_key=True),
    Column("name", Text, primary_key=True, index=True),
    Column("asked_at", UTCDateTime),  # when a service was last asked for the paper of that name
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", Integer, ForeignKey("subscriptions.id"), nullable=False, index=True),
    Column("paper", Integer, ForeignKey("papers.id"), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("interest", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("origin", String(16), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("undone_at", UTCDateTime),
    Column("filed_at", UTCDateTime),
    sqlite_autoincrement=True,
)

# --- issues and letters -----------------------------------------------------------------------------------------------

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscription", Integer, ForeignKey("subscriptions.id"), nullable=False, index=True),  # the newest of each is asked for a lot
    Column("period", Text, nullable=False),
    Column("period_start", UTCDateTime, nullable=False),
    Column("period_end", UTCDateTime, nullable=False),
    Column("made_at", UTCDateTime, nullable=False, index=True),
    Column("message_id", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("considered", Integer, nullable=False),
    _json("sources"),
    _json("notes"),
    Column("cutoff", Integer, nullable=False),
    Column("picks_of", Integer, ForeignKey("issues.id"), index=True),  # an edition's picks are kept once, with the first of its issues
    Column("looked", JSON(none_as_null=True), nullable=False, server_default="[]"),
    Column("late", JSON(none_as_null=True), nullable=False, server_default="[]"),  # sources whose listing had not come
    Column("held", Boolean, nullable=False, server_default="0"),  # nothing was good enough: what it looked at is still to come
    Column("others", LargeBinary),  # the ids of papers that were passed over, best first, as uint32, lowest byte first; none: not kept
    UniqueConstraint("subscription", "period"),
    sqlite_autoincrement=True,
)

picks = Table(
    "picks",
    metadata,
    Column("issue", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("paper", Integer, ForeignKey("papers.id"), nullable=False, index=True),
    Column("section", String(16), nullable=False),
    Column("score", Float, nullable=False),
    _json("reasons"),
    Column("interest", Text, nullable=False, server_default=""),  # the name of the interest that brought the paper
    Column("version", Integer, nullable=False, server_default="0"),  # which its letter shows; 0: not kept
    Column("fate", String(16)),  # likewise
)

seen = Table(
    "seen",
    metadata,
    Column("subscriber", Integer, ForeignKey("subscribers.id"), primary_key=True),
    Column("paper", Integer, ForeignKey("papers.id"), primary_key=True, index=True),
    Column("section", String(32), primary_key=True),  # "new"; then "updated:v3", "updated:accepted", "updated:withdrawn"
    Column("issue", Integer, ForeignKey("issues.id"), nullable=False, index=True),
)
NEW = "new"
"""The section of a paper's first sight; each reader sees a paper in it only once."""

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("issue", Integer, ForeignKey("issues.id"), nullable=False, unique=True),
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("was_unknown", Boolean, nullable=False),  # its answer was not heard once: what is sent now may be a repeat
    Column("due", UTCDateTime),  # none: it is not taken up again by itself
    Column("queued_at", UTCDateTime, nullable=False),
    Column("settled_at", UTCDateTime),
    Column("message_id", Text, nullable=False),
    Column("worker", Text),
    Column("lease_until", UTCDateTime),
    Column("reply", Text),
    Column("reason", Text),
    Index(None, "status", "due"),
    Index(None, "due"),
    sqlite_autoincrement=True,
)

# --- the world around ---------------------------------------------------------------------------------------------------

# Mail servers that would not take a sender address of its own for each letter.
plain_senders = Table(
    "plain_senders",
    metadata,
    Column("host", Text, primary_key=True),
    Column("refused_at", UTCDateTime, nullable=False),  # nothing reads it: for who wonders since when
    Column("reply", Text, nullable=False),
)

# --- the catalog's own ------------------------------------------------------------------------------------------------

secrets = Table(
    "secrets",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", LargeBinary, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)
