"""The letters that are due first are found without sorting all that wait."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the index."""
    op.create_index("ix_deliveries_due", "deliveries", ["due"])
