"""Letters that came back: what was said of each, and what it counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make room for them."""
    op.create_table(
        "returns",
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("cause", sa.String(16), nullable=False),
        sa.Column("points", sa.Float(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["issue"], ["issues.id"], name="fk_returns_issue_issues"),
        sa.ForeignKeyConstraint(["subscriber"], ["subscribers.id"], name="fk_returns_subscriber_subscribers"),
        sa.PrimaryKeyConstraint("issue", name="pk_returns"),
    )
    op.create_index("ix_returns_subscriber", "returns", ["subscriber"])
