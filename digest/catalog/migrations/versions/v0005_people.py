"""Whom nobody writes to any more, when and how readers agreed, who was invited, and listmonk's names of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make room for it; of the readers there are, how they agreed is not known."""
    op.add_column("subscribers", sa.Column("suppressed", sa.String(16)))
    op.add_column("subscribers", sa.Column("invited_at", sa.DateTime(timezone=True)))
    op.add_column("subscriptions", sa.Column("consented_at", sa.DateTime(timezone=True)))
    op.add_column("subscriptions", sa.Column("consent_origin", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "suppression_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_suppression_keys"),
        sa.UniqueConstraint("key", name="uq_suppression_keys_key"),
    )
    op.create_table(
        "suppressions",
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("key", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("link", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["key"], ["suppression_keys.id"], name="fk_suppressions_key_suppression_keys"),
        sa.PrimaryKeyConstraint("hash", "subscription", name="pk_suppressions"),
    )
    op.create_index("ix_suppressions_link", "suppressions", ["link"])
    op.create_table(
        "listmonk_links",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["subscription"], ["subscriptions.id"], name="fk_listmonk_links_subscription_subscriptions"),
        sa.PrimaryKeyConstraint("uuid", "subscription", name="pk_listmonk_links"),
    )
    op.create_index("ix_listmonk_links_subscription", "listmonk_links", ["subscription"])
