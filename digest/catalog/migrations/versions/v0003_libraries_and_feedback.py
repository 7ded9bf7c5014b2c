"""What readers have, and what they say of papers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make room for libraries and feedback."""
    _libraries()
    _feedback()


def _libraries() -> None:
    op.create_table(
        "libraries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("key_file", sa.Text(), nullable=False),
        sa.Column("save_to", sa.Text()),
        sa.Column("wanted", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("followed", sa.Boolean(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("message", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"], name="fk_libraries_subscription_subscriptions"),
        sa.PrimaryKeyConstraint("id", name="pk_libraries"),
        sa.UniqueConstraint("subscription", "address", name="uq_libraries_subscription_address"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "library_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("library", sa.Integer(), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("added", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["library"], ["libraries.id"], name="fk_library_entries_library_libraries"),
        sa.PrimaryKeyConstraint("id", name="pk_library_entries"),
        sa.UniqueConstraint("library", "entry", name="uq_library_entries_library_entry"),
    )
    op.create_table(
        "library_names",
        sa.Column("entry", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["entry"], ["library_entries.id"], name="fk_library_names_entry_library_entries"),
        sa.PrimaryKeyConstraint("entry", "name", name="pk_library_names"),
    )
    op.create_index("ix_library_names_name", "library_names", ["name"])


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subscription", sa.Integer(), nullable=False),
        sa.Column("paper", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("filed_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(["paper"], ["papers.id"], name="fk_feedback_paper_papers"),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"], name="fk_feedback_subscription_subscriptions"),
        sa.PrimaryKeyConstraint("id", name="pk_feedback"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_feedback_subscription", "feedback", ["subscription"])
    op.create_index("ix_feedback_paper", "feedback", ["paper"])
