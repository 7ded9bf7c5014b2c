"""Who does what only one shall do; issues that were held back, and those that went without a listing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make room for it; no issue there is was held back."""
    op.add_column("issues", sa.Column("late", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("issues", sa.Column("held", sa.Boolean(), nullable=False, server_default="0"))
    op.create_index("ix_issues_subscription", "issues", ["subscription"])
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
