"""Who was asked lately to join is found without reading all readers: each time letters are claimed their number is wanted."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_subscribers_invited_at", "subscribers", ["invited_at"])
