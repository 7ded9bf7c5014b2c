"""On which days a sender sent, which servers want no more for now, and an index to count what was sent in a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make room for it; the days on which letters were sent before are counted at the first claim."""
    op.create_index("ix_deliveries_settled_at", "deliveries", ["settled_at", "status"])
    op.create_table(
        "sender_days",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", "day", name="pk_sender_days"),
    )
    op.create_table(
        "server_rests",
        sa.Column("server", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("server", name="pk_server_rests"),
    )
