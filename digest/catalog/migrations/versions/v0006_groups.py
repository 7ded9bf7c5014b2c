"""Groups of readers, and whether they tell each other how many of them saved a paper."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make room for it; nobody is in a group, and nobody has agreed to anything."""
    op.add_column("subscriptions", sa.Column("group_name", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscriptions", sa.Column("shared_at", sa.DateTime(timezone=True)))
    op.add_column("subscriptions", sa.Column("share_origin", sa.Text(), nullable=False, server_default=""))
    op.add_column("subscriptions", sa.Column("share_ended_at", sa.DateTime(timezone=True)))
    op.create_index("ix_subscriptions_group_name", "subscriptions", ["group_name"])
