"""Which interest brought a paper, and what texts look like to a model."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Give picks an interest, none to those there are, and make room for vectors."""
    op.add_column("picks", sa.Column("interest", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "vectors",
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("text", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "text", name="pk_vectors"),
    )
